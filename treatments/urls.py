"""The pages of a treatment, each app under its own name."""

from django.urls import include, path

urlpatterns = [
    path("", include("treatments.conditions.urls")),
    path("", include("treatments.catalogue.urls")),
    path("", include("treatments.stock.urls")),
    path("", include("treatments.cocktails.urls")),
    path("", include("treatments.plans.urls")),
    path("", include("treatments.billing.urls")),
    path("", include("treatments.schedule.urls")),
    path("", include("treatments.waiting.urls")),
    path("", include("treatments.sessions.urls")),
    path("", include("treatments.followup.urls")),
    path("", include("treatments.response.urls")),
    path("", include("treatments.recalls.urls")),
    path("", include("treatments.insights.urls")),
    path("", include("treatments.outcomes.urls")),
]
