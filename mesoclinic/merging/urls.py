"""The pages of this app."""

from django.urls import path

from mesoclinic.merging import views

app_name = "merging"
urlpatterns = [
    path("<int:pk>/merge/<int:other_pk>/", views.compare_page, name="compare"),
    path("<int:pk>/merge/<int:other_pk>/different/", views.save_posted_difference, name="different"),
    path("merges/<int:merge_pk>/withdraw/", views.withdraw_posted_merge, name="withdraw"),
    path("merges/<int:merge_pk>/undo/", views.undo_page, name="undo"),
]
