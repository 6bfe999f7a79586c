"""The pages of this app."""

from django.urls import path

from treatments.outcomes.views import alarms, figures, separates, sessions, sides

app_name = "outcomes"
urlpatterns = [
    path("insights/clinical/", figures.clinical_insights_page, name="clinical"),
    path("insights/clinical.csv", figures.clinical_insights_csv, name="csv"),
    path("insights/clinical/sessions/", sessions.sessions_behind_figure_page, name="sessions"),
    path("insights/clinical/separates/", separates.what_separates_page, name="separates"),
    path("insights/alarms/<int:pk>/", alarms.show_or_decide_alarm, name="alarm"),
    path("insights/sides/settings/", sides.show_or_save_split_scalp_settings, name="split_scalp_settings"),
    path("sessions/<int:pk>/sides/", sides.show_or_draw_sides, name="sides"),
    path("sessions/<int:pk>/sides/withdraw/", sides.sides_withdraw, name="sides_withdraw"),
]
