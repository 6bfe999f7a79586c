"""The pages of this app."""

from django.urls import path

from treatments.insights import views

app_name = "insights"
urlpatterns = [
    path("insights/", views.insights_page, name="insights"),
    path("insights.csv", views.insights_csv, name="csv"),
]
