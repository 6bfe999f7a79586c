"""The pages of this app."""

from django.urls import path

from treatments.conditions import views

app_name = "conditions"
urlpatterns = [
    path("patients/<int:pk>/assess/", views.assess, name="assess"),
]
