"""The pages of this app."""

from django.urls import path

from treatments.response.views import review, scoring

app_name = "response"
urlpatterns = [
    path("plans/<int:pk>/review/", review.show_or_decide_review, name="review"),
    path("reviews/<int:pk>/", review.reviewed_page, name="reviewed"),
    path("reviews/<int:pk>/letter/", review.review_letter_pdf, name="letter"),
    path("scoring/", scoring.show_or_score_pair, name="scoring"),
    path("scoring/<int:pk>/<slug:side>.jpg", scoring.scored_picture, name="scoring_picture"),
]
