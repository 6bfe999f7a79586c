"""While somebody charts: what points, zones, depth and technique come to, against the ceilings of volume."""

from django.shortcuts import render
from django.views.decorators.http import require_POST

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core.findings import ordered
from treatments.cocktails.rules.volumes import Injected
from treatments.sessions.forms.charting import SessionForms
from treatments.sessions.forms.fields import typed_number_or_zero
from treatments.sessions.queries.amounts import (
    VOLUME_CODES,
    Injections,
    other_doses_that_day_annotated_on_session,
)
from treatments.sessions.queries.reference import charting_reference
from treatments.sessions.queries.signing import safety_of_injection
from treatments.sessions.views.autosave import draft_detail_or_404


@requires_permission(Permission.RUN_SESSION)
@require_POST
def posted_volume_findings_fragment(request, pk):
    """What the ceilings of volume say to the chart as it is typed: a part of the page. Signing asks again."""
    detail = draft_detail_or_404(request, pk)
    session = detail.session
    session_forms = SessionForms.from_post(request.POST, detail, charting_reference(session.clinic_id), {})
    given = session_forms.typed_ml_by_product
    asked = safety_of_injection(
        version_id=session.cocktail_version_id,
        patient_id=session.patient_id,
        clinic=session.clinic,
        by=request.user,
        on=session.performed_on,
        given=[
            (each.code, given[each.product_id]) for each in detail.components if given.get(each.product_id)
        ],
        area_cm2=session_forms.treated_area_cm2,
        injections=Injections(
            str(session_forms.main["technique"].value() or ""),
            [
                Injected(
                    zone_code_of_form_or_empty(form),
                    form.zone_name,
                    points,
                    points * ml,
                    typed_number_or_zero(form["depth"].value()),
                )
                for form, points, ml, _ in session_forms.treated_zone_forms_and_figures
            ],
        ),
        given_today=other_doses_that_day_annotated_on_session(session),
    )
    findings = ordered(each for each in asked.findings if each.code.startswith(VOLUME_CODES))
    return render(
        request,
        "treatments/sessions/_amount_findings.html",
        {"session": session, "amount_findings": findings, "asked": True},
    )


def zone_code_of_form_or_empty(form):
    """Of a zone of the map; a drawn one has none."""
    zone = getattr(form, "zone", None)
    return zone.code if zone else ""
