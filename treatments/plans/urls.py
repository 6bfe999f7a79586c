"""The pages of this app."""

from django.urls import path

from treatments.plans import views

app_name = "plans"
urlpatterns = [
    path("plans/<int:pk>/accept/", views.accept_plan_without_quote_and_redirect, name="plan_accept"),
    path("plans/<int:pk>/stop/", views.plan_stop, name="plan_stop"),
    path("plans/<int:pk>/go-on/", views.plan_go_on, name="plan_go_on"),
]
