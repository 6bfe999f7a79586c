"""The pages of consent: give, withdraw, print, and the wordings of the clinic."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mesoclinic.accounts.models import Clinic
from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core import documents
from mesoclinic.core.findings import Refused
from mesoclinic.core.idempotency import once
from mesoclinic.core.languages import ENGLISH, language_for_patient, language_name_or_code
from mesoclinic.core.reasons import add_all_errors
from mesoclinic.core.wording import day_text
from patients import queries
from patients.actions.consents import add_consent_text_version, give_consent, withdraw_consent
from patients.actions.people import record_viewing
from patients.forms.consents import ConsentForm, ConsentTextForm
from patients.models import Consent, ConsentText, Patient, records_of
from patients.rules.consent import consent_validity_finding


@require_http_methods(["GET", "POST"])
@requires_permission(Permission.TAKE_CONSENT)
@once
def consent_page(request, pk):
    """Shows the wording and the consents; a POST records a consent."""
    patient = get_object_or_404(Patient, pk=pk)
    kind = request.GET.get("kind", Consent.Kind.TREATMENT)
    if kind not in Consent.Kind.values:
        kind = Consent.Kind.TREATMENT
    form = ConsentForm(request.POST or None)
    refused = []
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            give_consent(
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
        record_viewing(patient=patient, by=request.user, page="consent")
    languages = _languages_for(patient, request.clinic)
    texts = queries.consent_text_in_force_by_kind(languages, timezone.localdate(), request.clinic)
    text = texts.get(kind)
    if text and form.is_bound:
        # What is signed next is the wording this page shows.
        form.data = request.POST.copy()
        form.data["text"] = str(text.pk)
    elif text:
        form = ConsentForm(initial={"text": text.pk})
    consents = queries.consents_of(patient)
    facts = [queries.consent_fact_of(c) for c in consents]
    today = timezone.localdate()
    context = {
        "title": "Consent",
        "patient": patient,
        "step": "intake",
        "nav_on": "patients",
        "form": form,
        "refused": refused,
        "text": text,
        "other_language": _other_language_text(patient, text),
        "kind": kind,
        "kinds": Consent.Kind.choices,
        "standing": [consent_validity_finding(facts, each, today) for each in Consent.Kind.values],
        "consents": consents,
        "valid_days": request.clinic.consent_valid_days,
    }
    status = 422 if form.is_bound else 200
    return render(request, "patients/consent.html", context, status=status)


def _languages_for(patient: Patient, clinic: Clinic) -> list[str]:
    """In which a wording is looked for: the patient's, then the clinic's, then English."""
    own = [patient.language, language_for_patient(patient.language)]
    return list(dict.fromkeys([*own, clinic.language, ENGLISH]))


def _other_language_text(patient: Patient, text: ConsentText | None) -> str:
    """What is said where the wording is not in the patient's language; empty where it is."""
    wanted = language_for_patient(patient.language)
    if text is None or text.language in (patient.language, wanted):
        return ""
    return (
        f"The patient speaks {language_name_or_code(patient.language)}; nobody at this clinic has read that wording. "
        f"This is in {language_name_or_code(text.language)}: have it explained in the patient’s language."
    )


@require_POST
@requires_permission(Permission.TAKE_CONSENT)
@once
def withdraw_posted_consent(request, pk, consent_pk):
    """Withdraws it with the reason posted, and goes back to the consents."""
    signed = get_object_or_404(Consent, pk=consent_pk, patient__in=records_of(pk))
    try:
        withdraw_consent(consent=signed, reason=request.POST.get("reason", ""), by=request.user)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, "Consent withdrawn.")
    return redirect(f"{reverse('patients:consent', args=[pk])}?kind={signed.kind}")


@require_GET
@requires_permission(Permission.TAKE_CONSENT)
def consent_pdf(request, pk, consent_pk):
    """A signed consent on paper, as it was signed, with its withdrawal where there is one."""
    signed = get_object_or_404(
        Consent.objects.select_related("patient", "text", "taken_by", "withdrawn_by"),
        pk=consent_pk,
        patient_id=pk,
    )
    record_viewing(patient=signed.patient, by=request.user, page="consent-pdf")
    day = timezone.localdate(signed.signed_at)
    return _consent_pdf_response(request, signed.patient, signed.text, day, signed)


@require_GET
@requires_permission(Permission.TAKE_CONSENT)
def blank_consent_pdf(request, pk, kind):
    """The wording in force with lines to sign on, for a patient who signs on paper."""
    patient = get_object_or_404(Patient, pk=pk)
    today = timezone.localdate()
    if request.clinic is None:
        raise Http404
    languages = _languages_for(patient, request.clinic)
    text = queries.consent_text_in_force_by_kind(languages, today, request.clinic).get(kind)
    if text is None:
        raise Http404
    record_viewing(patient=patient, by=request.user, page="consent-pdf")
    return _consent_pdf_response(request, patient, text, today, None)


def _consent_pdf_response(request, patient, text, on, signed):
    data = queries.consent_pdf_data(
        patient, text, signed, clinic=request.clinic.name if request.clinic else ""
    )
    printed = documents.render_pdf("patients/consent.typ", data, on=on)
    name = f"consent-{patient.record_number}-{text.kind}-{text.version}.pdf"
    response = HttpResponse(printed, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{name}"'
    return response


@require_GET
@requires_permission(Permission.MANAGE_CLINIC)
def consent_text_list_page(request):
    """Every wording with its versions. None is ever changed: a new one follows."""
    context = {
        "title": "Consent texts",
        "nav_on": "consent_texts",
        "wordings": queries.consent_text_versions(timezone.localdate()),
        "kinds": dict(Consent.Kind.choices),
    }
    return render(request, "patients/consent_text_list.html", context)


@require_http_methods(["GET", "POST"])
@requires_permission(Permission.MANAGE_CLINIC)
@once
def next_consent_text_version_page(request, pk):
    """The next version of a wording, beginning with the words of this one."""
    text = get_object_or_404(ConsentText, pk=pk)
    form = ConsentTextForm(
        request.POST or None,
        initial={"title": text.title, "body": text.body, "in_force_from": timezone.localdate()},
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = add_consent_text_version(
                kind=text.kind, language=text.language, by=request.user, **form.cleaned_data
            )
        except Refused as refused:
            add_all_errors(refused, form)
        else:
            day = day_text(made.in_force_from)
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
