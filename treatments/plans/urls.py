"""The pages of this app."""

from django.urls import path

from treatments.plans import views

app_name = "plans"
urlpatterns = [
    path("patients/<int:pk>/plan/", views.start, name="start"),
    path("plans/<int:pk>/", views.plan, name="plan"),
    path("plans/<int:pk>/accept/", views.plan_accept, name="plan_accept"),
    path("plans/<int:pk>/stop/", views.plan_stop, name="plan_stop"),
    path("plans/<int:pk>/quote/", views.quote_draft, name="quote_draft"),
    path("plans/<int:pk>/payments/", views.payment_add, name="payment_add"),
    path("plans/<int:pk>/refund/", views.payment_refund, name="payment_refund"),
    path("payments/<int:pk>/void/", views.payment_void, name="payment_void"),
    path("quotes/", views.quote_list, name="quote_list"),
    path("quotes/<int:pk>/", views.quote, name="quote"),
    path("quotes/<int:pk>/issue/", views.quote_issue, name="quote_issue"),
    path("quotes/<int:pk>/accept/", views.quote_accept, name="quote_accept"),
    path("quotes/<int:pk>/decline/", views.quote_decline, name="quote_decline"),
    path(
        "quotes/<int:pk>/options/<int:option_pk>/discount/",
        views.quote_discount,
        name="quote_discount",
    ),
    path("prices/", views.price_list_list, name="price_list_list"),
    path("prices/new/", views.price_list_new, name="price_list_new"),
]
