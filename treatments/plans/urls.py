"""The pages of this app."""

from django.urls import path

from treatments.plans import views
from treatments.plans.views import drafts, money, sending

app_name = "plans"
urlpatterns = [
    path("patients/<int:pk>/plan/", views.start, name="start"),
    path("plans/<int:pk>/", views.plan, name="plan"),
    path("plans/<int:pk>/accept/", views.plan_accept, name="plan_accept"),
    path("plans/<int:pk>/stop/", views.plan_stop, name="plan_stop"),
    path("plans/<int:pk>/quote/", views.quote_draft, name="quote_draft"),
    path("plans/<int:pk>/payments/", money.payment_add, name="payment_add"),
    path("plans/<int:pk>/refund/", money.payment_refund, name="payment_refund"),
    path("payments/<int:pk>/void/", money.payment_void, name="payment_void"),
    path("quotes/", views.quote_list, name="quote_list"),
    path("quotes/<int:pk>/", views.quote, name="quote"),
    path("quotes/<int:pk>/issue/", views.quote_issue, name="quote_issue"),
    path("quotes/<int:pk>/accept/", views.quote_accept, name="quote_accept"),
    path("quotes/<int:pk>/decline/", views.quote_decline, name="quote_decline"),
    path("quotes/<int:pk>/options/<int:option_pk>/discount/", drafts.quote_discount, name="quote_discount"),
    path("quotes/<int:pk>/terms/", drafts.quote_terms, name="quote_terms"),
    path("quotes/<int:pk>/extras/", drafts.quote_extra_add, name="quote_extra_add"),
    path(
        "quotes/<int:pk>/extras/<int:line_pk>/remove/", drafts.quote_extra_remove, name="quote_extra_remove"
    ),
    path("quotes/<int:pk>/options/", drafts.quote_option_add, name="quote_option_add"),
    path(
        "quotes/<int:pk>/options/<int:option_pk>/remove/",
        drafts.quote_option_remove,
        name="quote_option_remove",
    ),
    path("quotes/<int:pk>/pdf/", sending.quote_pdf, name="quote_pdf"),
    path("quotes/<int:pk>/send/", sending.quote_send, name="quote_send"),
    path("links/<int:pk>/revoke/", sending.link_revoke, name="link_revoke"),
    path("q/<str:token>/", sending.quote_open, name="quote_open"),
    path("payments/<int:pk>/receipt/", money.receipt, name="receipt"),
    path("till/", money.day_close, name="day_close"),
    path("till/book/", money.payment_book, name="payment_book"),
    path("prices/coupons/", money.coupon_list, name="coupon_list"),
    path("prices/coupons/<int:pk>/retire/", money.coupon_retire, name="coupon_retire"),
    path("prices/settings/", money.plan_settings, name="plan_settings"),
    path("prices/", views.price_list_list, name="price_list_list"),
    path("prices/new/", views.price_list_new, name="price_list_new"),
]
