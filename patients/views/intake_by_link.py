"""The intake by link: the patient's pages after the birth date, and the clinician's page that confirms what they told."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core.findings import Refused
from mesoclinic.core.idempotency import once
from mesoclinic.core.public_pages import render_link_refused
from mesoclinic.core.reasons import posted_reason_by_code
from patients import queries
from patients.actions.intake_by_link import confirm_told_intake, finish_told_intake, save_told_part
from patients.actions.links import link_token
from patients.actions.people import record_viewing
from patients.forms.intake_by_link import PartForm, part_name
from patients.forms.told_intake import ToldIntakeForm
from patients.models import Intake, PatientLink, ToldIntake, records_of
from patients.rules.intake_by_link import PART_BY_CODE, PARTS, Part, PartTold, missing_parts, told_by_question
from patients.views.intake import missing_answers_context
from patients.views.people import reasons_no_longer_shown

# --- by the patient's link (mesoclinic.pages.patient_links): after the birth date --------------------


def is_intake_open_by_link(link: PatientLink) -> bool:
    """Whether the intake of a link still waits for its answers."""
    return ToldIntake.objects.filter(link=link, finished_at=None).exists()


def intake_by_link(request: HttpRequest, link: PatientLink, part: str) -> HttpResponse:
    """All parts at a glance, one part, or thanks. It shows the patient's own answers of this link and nothing on record."""
    told = ToldIntake.objects.filter(link=link).first()
    if told is None or (part and part not in PART_BY_CODE):
        return render_link_refused(request, "ended", 404)
    if link.used_at is not None:
        return render(request, "patients/intake_by_link_done.html", {"clinic": link.clinic})
    parts = {each.part: each for each in told.parts_told()}
    if part:
        return _part_page(request, link, PART_BY_CODE[part], parts)
    if request.method == "POST":
        finish_told_intake(link=link)
        return redirect(request.path)
    missing = missing_parts(parts)
    page = {
        "clinic": link.clinic,
        "parts": [
            {"name": part_name(each), "url": _part_address(link, each), "is_answered": each.code in parts}
            for each in PARTS
        ],
        "next": _part_address(link, missing[0]) if missing else "",
        "has_begun": bool(parts),
    }
    return render(request, "patients/intake_by_link.html", page)


def _part_address(link: PatientLink, part: Part) -> str:
    return reverse("patient_link_part", args=[link_token(link), part.code])


def _part_page(
    request: HttpRequest, link: PatientLink, part: Part, parts: dict[str, PartTold]
) -> HttpResponse:
    """A POST saves the part and goes on to the next one without an answer; “go on later” saves what is there."""
    home = reverse("patient_link", args=[link_token(link)])
    if request.method == "POST":
        form = PartForm(request.POST, part=part)
        if form.is_valid():
            save_told_part(link=link, told=form.as_told(), language=get_language() or link.language)
            left = missing_parts([*parts, part.code])
            return redirect(home if "later" in request.POST or not left else _part_address(link, left[0]))
        if "later" in request.POST and not form.has_changed():
            return redirect(home)
    else:
        form = PartForm(part=part)
        if part.code in parts:
            form.fill_from_told(parts[part.code])
    left = missing_parts([*parts, part.code])
    page = {
        "clinic": link.clinic,
        "form": form,
        "name": part_name(part),
        "number": PARTS.index(part) + 1,
        "count": len(PARTS),
        "next_name": part_name(left[0]) if left else "",
        "home": home,
    }
    status = 422 if form.is_bound else 200
    return render(request, "patients/intake_by_link_part.html", page, status=status)


# --- the clinician's page ------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@requires_permission(Permission.TAKE_INTAKE)
@once
def confirm_told_intake_page(request, pk):
    """What the patient told by link, each answer to be confirmed or changed; a POST makes the next intake of it."""
    told = get_object_or_404(
        ToldIntake.objects.select_related("patient", "link").exclude(finished_at=None), pk=pk
    )
    patient = told.patient
    if told.intake_id is not None:
        messages.info(request, "These answers are confirmed. This is the intake that stands.")
        return redirect("patients:intake", patient.pk)
    questions = queries.questions_asked_of(patient, queries.intake_questions_in_use())
    last = Intake.objects.filter(patient__in=records_of(patient)).order_by("-taken_at", "-pk").first()
    form = ToldIntakeForm(
        request.POST or None,
        questions=questions,
        told=told_by_question(told.parts_told()),
        last=last,
    )
    context: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid():
        try:
            confirm_told_intake(
                told=told,
                by=request.user,
                confirmed=form.confirmed,
                changed=form.changed,
                reasons=posted_reason_by_code(request.POST),
                **form.arguments_for_record_intake(),
            )
        except Refused as refused:
            context = missing_answers_context(request, refused, questions)
        else:
            messages.success(request, "Intake saved. What the patient told counts from now on.")
            return redirect("next_step", pk=patient.pk)
    if request.method != "POST":
        record_viewing(patient=patient, by=request.user, page="told-intake")
    context |= {
        "kept_reasons": reasons_no_longer_shown(request, context.get("findings", [])),
        "title": "Answers by link",
        "patient": patient,
        "told": told,
        "step": "intake",
        "nav_on": "patients",
        "form": form,
        "last": last,
    }
    return render(request, "patients/told_intake.html", context, status=422 if form.is_bound else 200)
