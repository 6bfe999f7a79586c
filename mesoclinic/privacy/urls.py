"""The pages of this app."""

from django.urls import path

from mesoclinic.privacy import views

app_name = "privacy"
urlpatterns = [
    path("", views.privacy_page, name="privacy"),
    path("processing/", views.processing_page, name="processing"),
    path("records/<int:pk>/", views.record_page, name="record"),
    path("records/<int:pk>/record.zip", views.record_zip, name="record_zip"),
    path("records/<int:pk>/restrict/", views.restrict, name="restrict"),
    path("records/<int:pk>/lift/", views.lift, name="lift"),
    path("records/<int:pk>/erase/", views.erase, name="erase"),
    path("exports/", views.file_ask, name="file_ask"),
    path("exports/<int:pk>/", views.file_state_page, name="file_state"),
    path("exports/<int:pk>/file.zip", views.file, name="file"),
]
