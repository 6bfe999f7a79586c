"""The pages of this app."""

from django.urls import path

from treatments.conditions.views import assess, assessments, labs

app_name = "conditions"
urlpatterns = [
    path("patients/<int:pk>/assess/", assess.show_or_save_assessment, name="assess"),
    path("patients/<int:pk>/assessments/", assessments.assessment_list_page, name="assessments"),
    path("assessments/<int:pk>/", assessments.assessment_page, name="assessment"),
    path("patients/<int:pk>/laboratory/", labs.show_or_record_lab_result, name="labs"),
    path("laboratory/<int:pk>/replace/", labs.show_or_replace_lab_result, name="lab_replace"),
]
