"""The pages of this app."""

from django.urls import path

from treatments.conditions.views import assess, assessments, labs

app_name = "conditions"
urlpatterns = [
    path("patients/<int:pk>/assess/", assess.assess, name="assess"),
    path("patients/<int:pk>/assessments/", assessments.assessments, name="assessments"),
    path("assessments/<int:pk>/", assessments.assessment, name="assessment"),
    path("patients/<int:pk>/laboratory/", labs.labs, name="labs"),
    path("laboratory/<int:pk>/replace/", labs.lab_replace, name="lab_replace"),
]
