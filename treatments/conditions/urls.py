"""The pages of this app."""

from django.urls import path

from treatments.conditions.views import (
    assess,
    assessments,
    hair_counts,
    labs,
    measurements,
    phones,
    photo_uses,
    photographs,
)

app_name = "conditions"
urlpatterns = [
    path("patients/<int:pk>/assess/", assess.show_or_save_assessment, name="assess"),
    path("patients/<int:pk>/assessments/", assessments.assessment_list_page, name="assessments"),
    path("assessments/<int:pk>/", assessments.assessment_page, name="assessment"),
    path(
        "patients/<int:pk>/measurements/",
        measurements.show_or_record_measurement,
        name="measurements",
    ),
    path(
        "patients/<int:pk>/measurements/site/",
        measurements.save_measurement_site,
        name="measurement_site",
    ),
    path("patients/<int:pk>/laboratory/", labs.show_or_record_lab_result, name="labs"),
    path("patients/<int:pk>/laboratory/order/", labs.order_posted_lab_test, name="lab_order"),
    path("laboratory/orders/<int:pk>/drop/", labs.drop_posted_lab_order, name="lab_order_drop"),
    path("laboratory/<int:pk>/replace/", labs.show_or_replace_lab_result, name="lab_replace"),
    path("patients/<int:pk>/photographs/", photographs.photograph_list_page, name="photographs"),
    path("patients/<int:pk>/photographs/start/", photographs.start_photo_set, name="photo_set_start"),
    path("patients/<int:pk>/photographs/compare/", photo_uses.photo_compare_page, name="photo_compare"),
    path("photo-sets/<int:pk>/", photographs.photo_set_page, name="photo_set"),
    path("photo-sets/<int:pk>/take/<int:view_pk>/", photographs.take_posted_photograph, name="photo_take"),
    path("photo-sets/<int:pk>/skip/", photographs.skip_posted_views, name="photo_skip"),
    path("photo-sets/<int:pk>/how/", photographs.save_posted_how_taken, name="photo_how"),
    path("photo-sets/<int:pk>/phone/", phones.pair_phone, name="photo_phone"),
    path("photo-sets/<int:pk>/phone/end/", phones.end_paired_phone, name="photo_phone_end"),
    path("photo-sets/<int:pk>/arrived/", phones.arrived_photographs, name="photo_arrived"),
    path("phone/<str:token>/", phones.phone_page, name="phone"),
    path("photographs/<int:pk>/pick/", photographs.pick_posted_photograph, name="photo_pick"),
    path("photographs/<int:pk>/points/", photo_uses.show_or_place_landmarks, name="photo_points"),
    path("photographs/<int:pk>/count/", hair_counts.show_or_count_hairs, name="hair_count"),
    path("photographs/<int:pk>/count/keep/", hair_counts.keep_counted_hairs, name="hair_count_keep"),
    path("photographs/<int:pk>/use/", photo_uses.show_or_release_photograph, name="photo_release"),
    path("photographs/<int:pk>/<slug:size>.jpg", photographs.photograph_file, name="photo_file"),
    path("photographs/<int:pk>/on/<int:to_pk>.jpg", photo_uses.aligned_file, name="photo_aligned"),
    path("photo-releases/<int:pk>/withdraw/", photo_uses.withdraw_posted_release, name="photo_withdraw"),
    path("photo-releases/<int:pk>/copy.jpg", photo_uses.released_copy_file, name="photo_copy"),
]
