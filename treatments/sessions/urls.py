"""The pages of this app."""

from django.urls import path

from treatments.sessions.views import (
    amounts,
    autosave,
    blood,
    discarding,
    late_reports,
    lots,
    photographs,
    preparation,
    relief,
    session,
    signed,
    signing,
)

app_name = "sessions"
urlpatterns = [
    path("appointments/<int:pk>/session/", session.start_posted_session_of_appointment, name="start"),
    path("plans/<int:pk>/session/", session.start_posted_session_of_plan, name="start_for_plan"),
    path("sessions/<int:pk>/", session.show_or_save_session, name="session"),
    path("sessions/<int:pk>/keep/", autosave.autosave_posted_session_fields, name="keep"),
    path("sessions/<int:pk>/scan/", autosave.lot_of_posted_scan_json, name="scan"),
    path("sessions/<int:pk>/safety/", autosave.posted_safety_findings_fragment, name="safety"),
    path("sessions/<int:pk>/relief/", relief.posted_relief_findings_fragment, name="relief"),
    path("sessions/<int:pk>/amounts/", amounts.posted_volume_findings_fragment, name="amounts"),
    path("sessions/<int:pk>/discard/", discarding.discard_posted_session, name="discard"),
    path("sessions/<int:pk>/lots/", lots.unusable_lots_fragment, name="lot_watch"),
    path("sessions/<int:pk>/photographs/", photographs.open_or_create_photo_set, name="photographs"),
    path("sessions/<int:pk>/photographs/phone/", photographs.pair_phone_with_session, name="phone"),
    path("sessions/<int:pk>/preparation/", preparation.session_preparation_page, name="preparation"),
    path("sessions/<int:pk>/blood/", blood.record_posted_blood_draw, name="blood_drawn"),
    path("blood/<int:pk>/tube/", blood.record_posted_tube_check, name="tube_checked"),
    path("blood/<int:pk>/spun/", blood.record_posted_blood_spin, name="blood_spun"),
    path("blood/<int:pk>/injected/", blood.record_posted_blood_injection, name="blood_injected"),
    path("blood/<int:pk>/thrown-away/", blood.record_posted_blood_thrown_away, name="blood_thrown_away"),
    path("syringes/<int:pk>/prepared/", preparation.mark_posted_syringe_prepared, name="syringe_prepared"),
    path("syringes/<int:pk>/checked/", preparation.record_posted_syringe_check, name="syringe_checked"),
    path("syringes/<int:pk>/sheet/", preparation.syringe_sheet_pdf, name="syringe_sheet"),
    path("syringes/<int:pk>/label/", preparation.syringe_label_pdf, name="syringe_label"),
    path("sessions/<int:pk>/sign/", signing.show_or_sign_session, name="sign"),
    path("sessions/<int:pk>/addendum/", signed.add_posted_addendum, name="addendum"),
    path("sessions/<int:pk>/void/", signed.void_posted_session, name="void"),
    path("sessions/<int:pk>/pain/", late_reports.record_posted_late_pain, name="pain"),
    path("sessions/<int:pk>/reactions/", late_reports.show_or_record_late_reactions, name="reactions"),
    path("reactions/<int:pk>/end/", late_reports.record_posted_reaction_end, name="reaction_end"),
]
