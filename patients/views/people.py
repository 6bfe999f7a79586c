"""The list of patients, and the pages that register and amend a person."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.text import slugify
from django.views.decorators.http import require_http_methods

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core import autosave
from mesoclinic.core.findings import Finding, Refused
from mesoclinic.core.idempotency import once
from mesoclinic.core.paging import Place, pager_addresses
from mesoclinic.core.reasons import add_all_errors, posted_reason_by_code
from mesoclinic.core.wording import day_text
from patients import queries
from patients.actions.people import (
    PATIENT_FIELDS,
    amend_patient,
    details_text,
    record_viewing,
    register_patient,
)
from patients.forms.people import PatientForm, SearchForm
from patients.models import Patient
from patients.rules.phones import read_phone
from patients.rules.search import person_typed

#: Fewer letters than this find half the clinic.
MIN_SEARCH = 2


@require_http_methods(["GET", "POST"])
@requires_permission(Permission.FIND_PATIENTS)
def patient_list_page(request):
    """The last registered, or what a search finds. A search is a POST: no name stands in an address."""
    form = SearchForm(request.POST or None)
    text = form.cleaned_data["q"] if form.is_valid() else ""
    context = {"form": form, "text": text, "nav_on": "patients"}
    if len(text.strip()) >= MIN_SEARCH:
        context["patients"], context["more"] = queries.search_patients_and_tell_if_more(
            text, user_pk=request.user.pk
        )
    else:
        page = queries.page_of_recent_patients(
            request.clinic.pk if request.clinic else 0, Place.from_query(request.GET)
        )
        context |= {"patients": page.rows, "recent": True, "page": pager_addresses(page, request.path)}
    partial = request.htmx and request.method == "POST"
    template = "patients/_results.html" if partial else "patients/patient_list.html"
    return render(request, template, context)


@require_http_methods(["GET", "POST"])
@requires_permission(Permission.REGISTER_PATIENTS)
@once
def register_patient_page(request):
    """Shows the form; a POST registers, or comes back with what stands in the way."""
    then = _address_after_registering_or_empty(request)
    context = {"title": "New patient", "then": then, **_draft_context("new")}
    if request.method == "POST" and "typed" in request.POST:
        # Nobody was found by what was typed: it stands in the form.
        context["form"] = PatientForm(initial=person_typed(request.POST["typed"]))
        return _render_person_page(request, "patients/register.html", context["form"], context)
    form = PatientForm(request.POST or None)
    if request.method == "GET" and (draft := _draft_or_none(request, "new")):
        form = PatientForm(initial=autosave.autosave_as_posted(draft).dict())
        context["draft"] = draft
    if request.method == "POST" and form.is_valid():
        try:
            patient = register_patient(
                **form.cleaned_data,
                by=request.user,
                country=_clinic_country_or_empty(request),
                reasons=posted_reason_by_code(request.POST),
            )
        except Refused as refused:
            context |= _add_field_errors_and_refusal_context(request, form, refused, then)
        else:
            _forget_draft(request, "new")
            messages.success(
                request, f"Registered as {patient.record_number}, born {day_text(patient.birth_date)}."
            )
            _warn_about_unread_phones(request, patient)
            if then:
                return redirect(address_of_patient(then, patient.pk))
            if request.user.may(Permission.TAKE_INTAKE):
                return redirect("patients:intake", pk=patient.pk)
            return redirect("patient", pk=patient.pk)
    return _render_person_page(request, "patients/register.html", form, context)


@require_http_methods(["GET", "POST"])
@requires_permission(Permission.REGISTER_PATIENTS)
@once
def edit_patient_page(request, pk):
    """Shows what is known; a POST changes it."""
    patient = get_object_or_404(Patient, pk=pk)
    known = {name: getattr(patient, name) for name in PATIENT_FIELDS}
    subject = f"patient:{pk}"
    context = {"title": "Details", "patient": patient, "step": "", **_draft_context(subject)}
    seen = {name: details_text(value) for name, value in known.items()}
    typed: dict[str, Any] = {}
    if request.method == "GET" and (draft := _draft_or_none(request, subject)):
        kept = autosave.autosave_as_posted(draft).dict()
        typed = {name: kept[name] for name in PATIENT_FIELDS if name in kept}
        # Whoever takes a draft up again is told, too, what somebody else has changed since it was begun.
        seen |= {name: kept[f"seen:{name}"] for name in PATIENT_FIELDS if f"seen:{name}" in kept}
        context["draft"] = draft
    context["seen"] = seen
    form = PatientForm(request.POST or None, initial=known | typed)
    if request.method == "POST" and form.is_valid():
        try:
            patient = amend_patient(
                patient=patient,
                **form.cleaned_data,
                by=request.user,
                country=_clinic_country_or_empty(request),
                reasons=posted_reason_by_code(request.POST),
                seen=_posted_seen(request.POST),
            )
        except Refused as refused:
            context |= _add_field_errors_and_refusal_context(request, form, refused)
        else:
            _forget_draft(request, subject)
            messages.success(request, "Saved.")
            _warn_about_unread_phones(request, patient)
            return redirect("patient", pk=patient.pk)
    if request.method == "GET":
        record_viewing(patient=patient, by=request.user, page="details")
    return _render_person_page(request, "patients/edit.html", form, context)


def _address_after_registering_or_empty(request) -> str:
    """Where to go on for the new patient, like /patients/0/appointment/?slot=…: 0 stands for their number."""
    then = request.GET.get("then", "")
    is_here = then.startswith(NOBODY) and url_has_allowed_host_and_scheme(then, None)
    return then if is_here else ""


#: How an address of a patient's page begins before there is a patient.
NOBODY = "/patients/0/"


def address_of_patient(address: str, pk: int) -> str:
    return address.replace(NOBODY, f"/patients/{pk}/", 1)


#: The kind of an autosaved form of this page.
_DRAFT = "person"


def _draft_context(subject: str) -> dict[str, str]:
    return {"autosave_kind": _DRAFT, "autosave_subject": subject}


def _draft_or_none(request, subject: str):
    """What was typed and not sent: the sign-in ran out, or the page was left."""
    return autosave.autosave_or_none(owner=request.user, kind=_DRAFT, subject=subject)


def _forget_draft(request, subject: str) -> None:
    autosave.delete_autosave(owner=request.user, kind=_DRAFT, subject=subject)


def _posted_seen(posted: Mapping[str, str]) -> dict[str, str]:
    """What the page showed, by field."""
    return {name: posted[f"seen:{name}"] for name in PATIENT_FIELDS if f"seen:{name}" in posted}


def _render_person_page(request, template: str, form: PatientForm, context: dict[str, Any]):
    wrong = "findings" in context or (form.is_bound and not form.is_valid())
    context |= {
        "form": form,
        "nav_on": "patients",
        "kept_reasons": reasons_no_longer_shown(request, context.get("findings", [])),
        "may_override": request.user.may(Permission.OVERRIDE),
    }
    return render(request, template, context, status=422 if wrong else 200)


def _clinic_country_or_empty(request) -> str:
    return request.clinic.country if request.clinic else ""


def reasons_no_longer_shown(request, findings: Iterable[Finding]) -> dict[str, str]:
    """Reasons typed for what is no longer in the way: they go along, unseen, with the next try."""
    shown = {finding.code for finding in findings}
    typed = posted_reason_by_code(request.POST)
    return {code: said for code, said in typed.items() if said and code not in shown}


def _add_field_errors_and_refusal_context(
    request, form: PatientForm, refused: Refused, then: str = ""
) -> dict[str, Any]:
    """What the page shows of a refusal: a fixed block at its field, what asks for a reason apart."""
    asking = [f for f in refused.findings if f.needs_reason]
    add_all_errors(Refused(*(f for f in refused.findings if not f.needs_reason)), form)
    reasons = posted_reason_by_code(request.POST)
    return {
        # The list of errors leads to where the reason is typed.
        "findings": [replace(f, where=f"reason-{slugify(f.code)}") for f in asking],
        "reasons": reasons,
        "missing": [f.code for f in asking if f.code in reasons],
        "candidates": getattr(refused, "candidates", []),
        "candidate_links": [
            (
                candidate,
                address_of_patient(then, candidate.pk) if then else reverse("patient", args=[candidate.pk]),
            )
            for candidate in getattr(refused, "candidates", [])
        ],
        # Of a patient of other clinics the page says no more than a search does.
        "open_candidates": queries.patients_open_to_person(request.user.pk)
        .filter(pk__in=[p.pk for p in getattr(refused, "candidates", [])])
        .values_list("pk", flat=True),
    }


def _warn_about_unread_phones(request, patient: Patient) -> None:
    """Adds a message for each telephone that is kept as typed."""
    country = _clinic_country_or_empty(request)
    for name in ("phone", "emergency_contact_phone"):
        if not read_phone(getattr(patient, name), country).is_read:
            label = "The phone" if name == "phone" else "The emergency contact’s phone"
            messages.warning(request, f"{label} could not be read as a number: kept as typed.")
