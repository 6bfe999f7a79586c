"""The preparation of a session: its syringes lot by lot, the sheet, the label, who drew and who checked."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core.documents import pdf_response, qr_code_svg
from mesoclinic.core.findings import Finding, Refused
from mesoclinic.core.idempotency import once
from treatments.cocktails.rules.beyond_use import opened_container_rest_text
from treatments.cocktails.views.documents import (
    LABEL,
    SHEET,
    Sheet,
    SheetStep,
    build_preparation_sheet,
    instant_text,
    preparation_sheet_lot,
    signed_by_and_when_or_empty,
)
from treatments.cocktails.views.figures import number_text
from treatments.sessions.actions.preparation import (
    audit_preparation_view,
    mark_syringe_prepared,
    record_syringe_check,
)
from treatments.sessions.models import Syringe, TreatmentSession
from treatments.sessions.queries.preparation import (
    DrawnDose,
    Prepared,
    allergy_labels_on_session_day,
    prepared_syringe,
    sessions_and_their_syringes_queryset,
)
from treatments.sessions.rules.states import SessionStatus
from treatments.sessions.views.blood_card import blood_card_or_none
from treatments.stock.models import Lot


@require_GET
@requires_permission(Permission.RUN_SESSION)
def session_preparation_page(request, pk: int) -> HttpResponse:
    """Each syringe of the session: what is in it by lot, its code, its time, and two names."""
    session = get_object_or_404(sessions_and_their_syringes_queryset(), pk=pk)
    audit_preparation_view(session=session, by=request.user, page="preparation")
    return render_preparation_page(request, session)


@require_POST
@requires_permission(Permission.RUN_SESSION)
@once
def mark_posted_syringe_prepared(request, pk: int) -> HttpResponse:
    """The syringe was drawn by whoever presses this, now."""
    syringe = get_object_or_404(Syringe, pk=pk)
    try:
        mark_syringe_prepared(syringe=syringe, by=request.user)
    except Refused as refused:
        return _preparation_page_with_refusal(request, syringe, refused)
    messages.success(request, "Drawn. Its time runs from now.")
    return redirect("sessions:preparation", syringe.treatment_session_id)


@require_POST
@requires_permission(Permission.RUN_SESSION)
@once
def record_posted_syringe_check(request, pk: int) -> HttpResponse:
    """A second person has compared the syringe with its sheet."""
    syringe = get_object_or_404(Syringe, pk=pk)
    try:
        record_syringe_check(syringe=syringe, by=request.user, seen=_posted_syringe_contents(request))
    except Refused as refused:
        return _preparation_page_with_refusal(request, syringe, refused)
    messages.success(request, "Checked.")
    return redirect("sessions:preparation", syringe.treatment_session_id)


@require_GET
@requires_permission(Permission.RUN_SESSION)
def syringe_sheet_pdf(request, pk: int) -> HttpResponse:
    """The sheet of one drawn syringe, with its label."""
    one, sheet = _audit_and_build_syringe_sheet_or_404(request, pk)
    return pdf_response(SHEET, asdict(sheet), f"preparation-{one.code}")


@require_GET
@requires_permission(Permission.RUN_SESSION)
def syringe_label_pdf(request, pk: int) -> HttpResponse:
    """The label alone, for a label printer."""
    one, sheet = _audit_and_build_syringe_sheet_or_404(request, pk)
    return pdf_response(LABEL, asdict(sheet.label), f"label-{one.code}")


def _posted_syringe_contents(request) -> list[list[str]]:
    """What the page said was in the syringe, as it was posted; empty where it cannot be read."""
    try:
        seen = json.loads(request.POST.get("seen", ""))
    except ValueError:
        return []
    is_list = isinstance(seen, list) and all(isinstance(each, list) for each in seen)
    return [[str(part) for part in each] for each in seen] if is_list else []


def _preparation_page_with_refusal(request, syringe: Syringe, refused: Refused) -> HttpResponse:
    session = get_object_or_404(sessions_and_their_syringes_queryset(), pk=syringe.treatment_session_id)
    return render_preparation_page(request, session, refused=refused.findings, status=422)


def render_preparation_page(
    request,
    session: TreatmentSession,
    *,
    form: Form | None = None,
    refused: Sequence[Finding] = (),
    status: int = 200,
) -> HttpResponse:
    """The page; ``form`` is the one of the patient's blood with what was typed and refused."""
    card = blood_card_or_none(session, request.user, form)
    page = {
        "session": session,
        "patient": session.patient,
        "step": "",
        "title": "Preparation",
        "nav_on": "patients",
        "syringes": [
            {
                "one": one,
                "picture": qr_code_svg(one.code),
                "seen": json.dumps(one.contents),
                "total": sum((dose.ml for dose in one.doses), Decimal(0)),
                "is_mine": one.syringe.prepared_by_id == request.user.pk,
                "lines": [_line_of_dose(dose) for dose in one.doses],
            }
            for one in map(prepared_syringe, session.syringes.all())
        ],
        "refused": refused,
        "card": card,
        "form": card and card.form,
    }
    return render(request, "treatments/sessions/session_preparation.html", page, status=status)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a syringe on the page."""

    product: str
    ml: Decimal
    mg: Decimal | None
    lot: Lot
    beyond_use: str


def _line_of_dose(dose: DrawnDose) -> Line:
    return Line(
        product=str(dose.product),
        ml=dose.ml,
        mg=dose.mg,
        lot=dose.lot,
        beyond_use=opened_container_rest_text(dose.product.presentation, dose.product.in_use_hours),
    )


def _audit_and_build_syringe_sheet_or_404(request, pk: int) -> tuple[Prepared, Sheet]:
    session = sessions_and_their_syringes_queryset().filter(syringes=pk).first()
    if session is None:
        raise Http404
    audit_preparation_view(session=session, by=request.user, page="preparation sheet")
    one = next(prepared_syringe(each) for each in session.syringes.all() if each.pk == pk)
    version = session.cocktail_version  # signed, or no session would have begun
    return one, build_preparation_sheet(
        code=one.code,
        name=f"{version.cocktail.name}, version {version.number}, session {session.number}",
        kind=version.get_kind_display(),
        patient=session.patient,
        allergies=allergy_labels_on_session_day(session),
        clinic=session.clinic.name,
        steps=[_sheet_step_of_drawn_dose(dose) for dose in one.doses],
        total_ml=sum((dose.ml for dose in one.doses), Decimal(0)),
        syringe_ml=one.syringe.capacity_ml,
        signed=signed_by_and_when_or_empty(version),
        overrides=[],
        now=timezone.now(),
        prepared=f"{one.syringe.prepared_by.display_name}, {instant_text(one.syringe.prepared_at)}",
        checked=f"{one.check.checked_by.display_name}, {instant_text(one.check.at)}"
        if one.check and one.is_checked
        else "",
        use_before=instant_text(one.syringe.use_before) if one.syringe.use_before else "",
        void=_void_text_or_empty(session),
    )


def _void_text_or_empty(session: TreatmentSession) -> str:
    """Who made the session void, when and why; empty where it counts."""
    if session.status != SessionStatus.VOID:
        return ""
    last = session.addenda.select_related("by").latest("at")
    return f"Session made void on {instant_text(last.at)} by {last.by.display_name}: {last.reason}"


def _sheet_step_of_drawn_dose(dose: DrawnDose) -> SheetStep:
    return SheetStep(
        product=str(dose.product),
        ml=f"{number_text(dose.ml)} ml",
        mg="" if dose.mg is None else f"{number_text(dose.mg)} mg",
        beyond_use=opened_container_rest_text(dose.product.presentation, dose.product.in_use_hours),
        lots=[preparation_sheet_lot(dose.lot, dose.ml)],
    )
