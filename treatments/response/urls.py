"""The pages of this app."""

from django.urls import path

from treatments.response import views

app_name = "response"
urlpatterns = [
    path("plans/<int:pk>/review/", views.show_or_decide_review, name="review"),
    path("reviews/<int:pk>/", views.reviewed_page, name="reviewed"),
    path("reviews/<int:pk>/letter/", views.review_letter_pdf, name="letter"),
]
