"""The pages about who is treated: finding, registering, the intake, consents, risk factors."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mesoclinic.accounts.permissions import Permission, allowed
from mesoclinic.core import documents, drafts
from mesoclinic.core.findings import Finding, Refused
from mesoclinic.core.once import once
from patients import actions, queries, rules
from patients.forms import ConsentForm, ConsentTextForm, IntakeForm, PatientForm, RiskFactorForm, SearchForm
from patients.models import Consent, ConsentText, Intake, Patient, RiskFactor

#: Fewer letters than this find half the clinic.
MIN_SEARCH = 2


# --- finding and registering -------------------------------------------------


@require_http_methods(["GET", "POST"])
@allowed(Permission.FIND_PATIENTS)
def patient_list(request):
    """The last registered, or what a search finds. A search is a POST: no name stands in an address."""
    form = SearchForm(request.POST or None)
    text = form.cleaned_data["q"] if form.is_valid() else ""
    context = {"form": form, "text": text, "nav_on": "patients"}
    if len(text.strip()) >= MIN_SEARCH:
        context["patients"], context["more"] = queries.found_patients(text)
    else:
        page = queries.recent_patients(before=_key(request.GET.get("before")))
        context |= {"patients": page.rows, "recent": True}
        if page.before:
            context["page"] = {"next": f"{request.path}?before={page.before}"}
    partial = request.htmx and request.method == "POST"
    template = "patients/_results.html" if partial else "patients/patient_list.html"
    return render(request, template, context)


def _key(text: str | None) -> int | None:
    """A key of a list as its address carries it; nothing for what is no key."""
    if not text or not text.isascii() or not text.isdecimal() or len(text) > 18:
        return None
    return int(text)


@require_http_methods(["GET", "POST"])
@allowed(Permission.REGISTER_PATIENTS)
@once
def register(request):
    form = PatientForm(request.POST or None)
    context = {"title": "New patient"}
    if request.method == "POST" and form.is_valid():
        try:
            patient = actions.register_patient(
                **form.cleaned_data, by=request.user, country=_country(request), reasons=_reasons(request)
            )
        except Refused as refused:
            context |= _refusal(request, form, refused)
        else:
            messages.success(request, f"Registered as {patient.record_number}.")
            _say_unread_phones(request, patient)
            if request.user.may(Permission.TAKE_INTAKE):
                return redirect("patients:intake", pk=patient.pk)
            return redirect("patient", pk=patient.pk)
    return _person_page(request, "patients/register.html", form, context)


@require_http_methods(["GET", "POST"])
@allowed(Permission.REGISTER_PATIENTS)
@once
def edit(request, pk):
    patient = get_object_or_404(Patient, pk=pk)
    known = {name: getattr(patient, name) for name in actions.PATIENT_FIELDS}
    form = PatientForm(request.POST or None, initial=known)
    context = {"title": "Details", "patient": patient, "step": ""}
    if request.method == "POST" and form.is_valid():
        try:
            patient = actions.amend_patient(
                patient=patient,
                **form.cleaned_data,
                by=request.user,
                country=_country(request),
                reasons=_reasons(request),
            )
        except Refused as refused:
            context |= _refusal(request, form, refused)
        else:
            messages.success(request, "Saved.")
            _say_unread_phones(request, patient)
            return redirect("patient", pk=patient.pk)
    if request.method == "GET":
        actions.note_viewing(patient=patient, by=request.user, page="details")
    return _person_page(request, "patients/edit.html", form, context)


def _person_page(request, template: str, form: PatientForm, context: dict[str, Any]):
    wrong = "findings" in context or (form.is_bound and not form.is_valid())
    context |= {
        "form": form,
        "nav_on": "patients",
        "kept_reasons": _kept_reasons(request, context.get("findings", [])),
        "may_override": request.user.may(Permission.OVERRIDE),
    }
    return render(request, template, context, status=422 if wrong else 200)


def _country(request) -> str:
    return request.clinic.country if request.clinic else ""


def _reasons(request) -> dict[str, str]:
    """What was typed beside the findings: ``reason:<code>`` to the reason."""
    return {
        name.removeprefix("reason:"): str(value)
        for name, value in request.POST.items()
        if name.startswith("reason:")
    }


def _kept_reasons(request, findings: Iterable[Finding]) -> dict[str, str]:
    """Reasons typed for what is no longer in the way: they go along, unseen, with the next try."""
    shown = {finding.code for finding in findings}
    typed = _reasons(request)
    return {code: said for code, said in typed.items() if said and code not in shown}


def _refusal(request, form: PatientForm, refused: Refused) -> dict[str, Any]:
    """What the page shows of a refusal: a fixed block at its field, what asks for a reason apart."""
    asking = [f for f in refused.findings if f.asks]
    for finding in refused.findings:
        if not finding.asks:
            form.add_error(finding.where if finding.where in form.fields else None, finding.message)
    reasons = _reasons(request)
    return {
        "findings": asking,
        "reasons": reasons,
        "missing": [f.code for f in asking if f.code in reasons],
        "candidates": getattr(refused, "candidates", []),
    }


def _say_unread_phones(request, patient: Patient) -> None:
    country = _country(request)
    for name in ("phone", "emergency_contact_phone"):
        if not rules.read_phone(getattr(patient, name), country).is_read:
            label = "The phone" if name == "phone" else "The emergency contact’s phone"
            messages.warning(request, f"{label} could not be read as a number: kept as typed.")


# --- the intake --------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@allowed(Permission.TAKE_INTAKE)
@once
def intake(request, pk):
    patient = get_object_or_404(Patient, pk=pk)
    subject = f"patient:{pk}"
    context = {"draft_kind": "intake", "draft_subject": subject}
    if request.method == "POST":
        questions = list(queries.questions_with_meanings())
        asked = queries.asked_of(patient, questions)
        form = IntakeForm(request.POST, questions=asked)
        if form.is_valid():
            try:
                actions.record_intake(
                    patient=patient,
                    **form.given(),
                    by=request.user,
                    reasons=_reasons(request),
                    questions=questions,
                )
            except Refused as refused:
                context |= _left_out(request, refused, asked)
            else:
                drafts.drop_draft(owner=request.user, kind="intake", subject=subject)
                messages.success(request, "Intake saved.")
                return redirect("conditions:assess", pk=pk)
    else:
        form = IntakeForm(questions=queries.asked_of(patient, queries.questions()))
        last = Intake.objects.filter(patient=patient).select_related("taken_by").first()
        if last:
            form.start_from(last)
        draft = drafts.draft_of(owner=request.user, kind="intake", subject=subject)
        if draft:
            form.go_on_with(drafts.as_posted(draft))
        context |= {"last": last, "draft": draft, "saved_at": draft and draft.saved_at}
        actions.note_viewing(patient=patient, by=request.user, page="intake")
    context |= {
        "kept_reasons": _kept_reasons(request, context.get("findings", [])),
        "title": "Intake",
        "patient": patient,
        "step": "intake",
        "nav_on": "patients",
        "form": form,
    }
    return render(request, "patients/intake.html", context, status=422 if form.is_bound else 200)


def _left_out(request, refused: Refused, asked) -> dict[str, Any]:
    """The questions still without an answer, in the page's order, each pointing at its place on it."""
    order = {question.code: at for at, question in enumerate(asked)}
    findings = sorted(refused.findings, key=lambda f: order.get(f.where, 0))
    return {
        "findings": [replace(f, where=f.where and f"q-{f.where}") for f in findings],
        "waiting": {f.where: f for f in findings if f.where},
        "reasons": _reasons(request),
    }


@require_http_methods(["GET"])
@allowed(Permission.SEE_CLINICAL)
def intake_history(request, pk):
    """Every version of the intake, newest first, by what changed in it."""
    patient = get_object_or_404(Patient, pk=pk)
    versions, before = queries.intake_versions(patient, before=_key(request.GET.get("before")))
    actions.note_viewing(patient=patient, by=request.user, page="intake-history")
    context = {
        "title": "Intake history",
        "patient": patient,
        "step": "intake",
        "nav_on": "patients",
        "versions": versions,
        "page": {"next": f"{request.path}?before={before}"} if before else {},
    }
    return render(request, "patients/intake_history.html", context)


# --- consent -----------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@allowed(Permission.TAKE_CONSENT)
@once
def consent(request, pk):
    patient = get_object_or_404(Patient, pk=pk)
    kind = request.GET.get("kind", Consent.Kind.TREATMENT)
    if kind not in Consent.Kind.values:
        kind = Consent.Kind.TREATMENT
    form = ConsentForm(request.POST or None)
    refused = []
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            actions.give_consent(
                patient=patient,
                text=get_object_or_404(ConsentText, pk=said["text"], kind=kind),
                method=said["method"],
                signed_name=said["signed_name"],
                strokes=said["strokes"],
                clinic=request.clinic,
                by=request.user,
            )
        except Refused as error:
            refused = error.findings
        else:
            messages.success(request, "Consent recorded.")
            return redirect(f"{reverse('patients:consent', args=[pk])}?kind={kind}")
    if request.method == "GET":
        actions.note_viewing(patient=patient, by=request.user, page="consent")
    text = queries.consent_texts(patient.language, timezone.localdate()).get(kind)
    if text and form.is_bound:
        # What is signed next is the wording this page shows.
        form.data = form.data | {"text": text.pk}
    elif text:
        form = ConsentForm(initial={"text": text.pk})
    consents = queries.consents_of(patient)
    facts = [queries.consent_fact(c) for c in consents]
    today = timezone.localdate()
    context = {
        "title": "Consent",
        "patient": patient,
        "step": "intake",
        "nav_on": "patients",
        "form": form,
        "refused": refused,
        "text": text,
        "kind": kind,
        "kinds": Consent.Kind.choices,
        "standing": [rules.consent_standing(facts, each, today) for each in Consent.Kind.values],
        "consents": consents,
        "valid_days": request.clinic.consent_valid_days,
    }
    status = 422 if form.is_bound else 200
    return render(request, "patients/consent.html", context, status=status)


@require_POST
@allowed(Permission.TAKE_CONSENT)
@once
def consent_withdraw(request, pk, consent_pk):
    signed = get_object_or_404(Consent, pk=consent_pk, patient_id=pk)
    try:
        actions.withdraw_consent(consent=signed, reason=request.POST.get("reason", ""), by=request.user)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, "Consent withdrawn.")
    return redirect(f"{reverse('patients:consent', args=[pk])}?kind={signed.kind}")


@require_GET
@allowed(Permission.TAKE_CONSENT)
def consent_pdf(request, pk, consent_pk):
    """A signed consent on paper, as it was signed, with its withdrawal where there is one."""
    signed = get_object_or_404(
        Consent.objects.select_related("patient", "text", "taken_by", "withdrawn_by"),
        pk=consent_pk,
        patient_id=pk,
    )
    actions.note_viewing(patient=signed.patient, by=request.user, page="consent-pdf")
    day = timezone.localdate(signed.signed_at)
    return _consent_pdf(request, signed.patient, signed.text, day, signed)


@require_GET
@allowed(Permission.TAKE_CONSENT)
def consent_blank(request, pk, kind):
    """The wording in force with lines to sign on, for a patient who signs on paper."""
    patient = get_object_or_404(Patient, pk=pk)
    today = timezone.localdate()
    text = queries.consent_texts(patient.language, today).get(kind)
    if text is None:
        raise Http404
    actions.note_viewing(patient=patient, by=request.user, page="consent-pdf")
    return _consent_pdf(request, patient, text, today, None)


def _consent_pdf(request, patient, text, on, signed):
    data = queries.consent_as_printed(
        patient, text, signed, clinic=request.clinic.name if request.clinic else ""
    )
    printed = documents.pdf("patients/consent.typ", data, on=on)
    name = f"consent-{patient.record_number}-{text.kind}-{text.version}.pdf"
    response = HttpResponse(printed, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{name}"'
    return response


# --- the wordings of consents ------------------------------------------------


@require_GET
@allowed(Permission.MANAGE_CLINIC)
def consent_text_list(request):
    """Every wording with its versions. None is ever changed: a new one follows."""
    context = {
        "title": "Consent texts",
        "nav_on": "consent_texts",
        "wordings": queries.wordings(),
        "kinds": dict(Consent.Kind.choices),
        "today": timezone.localdate(),
    }
    return render(request, "patients/consent_text_list.html", context)


@require_http_methods(["GET", "POST"])
@allowed(Permission.MANAGE_CLINIC)
@once
def consent_text_edit(request, pk):
    """The next version of a wording, beginning with the words of this one."""
    text = get_object_or_404(ConsentText, pk=pk)
    form = ConsentTextForm(
        request.POST or None,
        initial={"title": text.title, "body": text.body, "in_force_from": timezone.localdate()},
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.write_consent_text(
                kind=text.kind, language=text.language, by=request.user, **form.cleaned_data
            )
        except Refused as refused:
            for finding in refused.findings:
                form.add_error(finding.where or None, finding.message)
        else:
            day = rules.day_words(made.in_force_from)
            messages.success(request, f"Version {made.version} is written. It is signed from {day} on.")
            return redirect("patients:consent_text_list")
    context = {
        "title": "New version",
        "nav_on": "consent_texts",
        "text": text,
        "kind": dict(Consent.Kind.choices).get(text.kind, text.kind),
        "form": form,
    }
    status = 422 if form.is_bound else 200
    return render(request, "patients/consent_text_edit.html", context, status=status)


# --- risk factors ------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@allowed(Permission.TAKE_INTAKE)
@once
def risk_factor_add(request, pk):
    patient = get_object_or_404(Patient, pk=pk)
    form = RiskFactorForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            _record_risk(request, patient, form.cleaned_data)
        except Refused as refused:
            for finding in refused.findings:
                form.add_error(finding.where or None, finding.message)
        else:
            messages.success(request, "Recorded.")
            return redirect("patients:risk_factor_add", pk=pk)
    if request.method == "GET":
        actions.note_viewing(patient=patient, by=request.user, page="risk-factors")
    standing, ended = queries.risk_factors_of(patient, on=timezone.localdate())
    context = {
        "title": "Risk factors",
        "patient": patient,
        "step": "",
        "nav_on": "patients",
        "form": form,
        "standing": standing,
        "ended": ended,
    }
    status = 422 if form.is_bound else 200
    return render(request, "patients/risk_factor_add.html", context, status=status)


def _record_risk(request, patient: Patient, said: Mapping[str, Any]) -> None:
    """From the list where something was chosen, else by looking up the words."""
    if said["factor"]:
        actions.record_risk_factor(patient=patient, by=request.user, **said)
    else:
        words = {name: value for name, value in said.items() if name != "factor"}
        actions.record_said(patient=patient, by=request.user, **words)


@require_POST
@allowed(Permission.TAKE_INTAKE)
@once
def risk_factor_end(request, pk, factor_pk):
    row = get_object_or_404(RiskFactor, pk=factor_pk, patient_id=pk)
    try:
        actions.end_risk_factor(risk_factor=row, by=request.user)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, "Ended today.")
    return redirect("patients:risk_factor_add", pk=pk)
