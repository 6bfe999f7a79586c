"""The pages of this app."""

from django.urls import path

from treatments.insights.views import insights, rows

app_name = "insights"
urlpatterns = [
    path("insights/", insights.insights_page, name="insights"),
    path("insights.csv", insights.insights_csv, name="csv"),
    path("insights/rows/", rows.rows_page, name="rows"),
    path("insights/rows.csv", rows.rows_csv, name="rows_csv"),
]
