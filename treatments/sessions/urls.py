"""The pages of this app."""

from django.urls import path

from treatments.sessions.views import (
    amounts,
    autosave,
    blood,
    discarding,
    late_reports,
    lots,
    preparation,
    record,
    relief,
    session,
    signed,
    signing,
)

app_name = "sessions"
urlpatterns = [
    path("appointments/<int:pk>/session/", session.start_session_of_appointment, name="start"),
    path("plans/<int:pk>/session/", session.start_session_of_plan, name="start_for_plan"),
    path("sessions/<int:pk>/", session.session_page, name="session"),
    path("sessions/<int:pk>/keep/", autosave.autosave_session_fields, name="keep"),
    path("sessions/<int:pk>/scan/", autosave.find_scanned_lot, name="scan"),
    path("sessions/<int:pk>/safety/", autosave.safety_findings_fragment, name="safety"),
    path("sessions/<int:pk>/relief/", relief.relief_findings_fragment, name="relief"),
    path("sessions/<int:pk>/amounts/", amounts.session_amounts, name="amounts"),
    path("sessions/<int:pk>/discard/", discarding.session_discard, name="discard"),
    path("sessions/<int:pk>/lots/", lots.unusable_lots_fragment, name="lot_watch"),
    path("sessions/<int:pk>/preparation/", preparation.session_preparation, name="preparation"),
    path("sessions/<int:pk>/blood/", blood.blood_drawn, name="blood_drawn"),
    path("blood/<int:pk>/tube/", blood.tube_checked, name="tube_checked"),
    path("blood/<int:pk>/spun/", blood.blood_spun, name="blood_spun"),
    path("blood/<int:pk>/injected/", blood.blood_injected, name="blood_injected"),
    path("blood/<int:pk>/thrown-away/", blood.blood_thrown_away, name="blood_thrown_away"),
    path("syringes/<int:pk>/prepared/", preparation.mark_syringe_prepared, name="syringe_prepared"),
    path("syringes/<int:pk>/checked/", preparation.mark_syringe_checked, name="syringe_checked"),
    path("syringes/<int:pk>/sheet/", preparation.syringe_sheet, name="syringe_sheet"),
    path("syringes/<int:pk>/label/", preparation.syringe_label, name="syringe_label"),
    path("sessions/<int:pk>/sign/", signing.session_sign, name="sign"),
    path("sessions/<int:pk>/record/", record.session_record_page, name="record"),
    path("sessions/<int:pk>/record/pdf/", record.session_record_pdf, name="record_pdf"),
    path("sessions/<int:pk>/addendum/", signed.session_addendum, name="addendum"),
    path("sessions/<int:pk>/void/", signed.session_void, name="void"),
    path("sessions/<int:pk>/pain/", late_reports.report_late_pain, name="pain"),
    path("sessions/<int:pk>/reactions/", late_reports.report_late_reactions, name="reactions"),
    path("reactions/<int:pk>/end/", late_reports.record_reaction_end, name="reaction_end"),
]
