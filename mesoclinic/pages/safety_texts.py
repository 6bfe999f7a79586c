"""The texts that a patient's safety hangs on, language by language: emergency, aftercare and consent, read and signed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from mesoclinic.accounts.models import Clinic
from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.accounts.requests import StaffRequest
from mesoclinic.core.findings import Finding, Refused, block
from mesoclinic.core.idempotency import once
from mesoclinic.core.languages import (
    ENGLISH,
    Language,
    language_direction,
    language_name_or_code,
    offered_languages,
)
from mesoclinic.outbox.models import outbox_settings_or_unsaved
from patients.actions.safety_texts import sign_safety_texts
from patients.models import Consent, ConsentText, SafetyTextReading
from patients.queries import version_of_consent
from patients.rules.safety_texts import SafetyText, SafetyTopic, consent_texts, version_of_texts
from treatments.followup.queries.safety_texts import TEXTS
from treatments.followup.rules import emergency_number

_TAG = re.compile(r"<[^>]*>")

#: What goes out in a language once its texts are read.
_GOES_OUT = {SafetyTopic.CHECK_IN: "check-ins go", SafetyTopic.AFTERCARE: "aftercare goes"}


@dataclass(frozen=True, slots=True)
class LanguageLine:
    """A language, who has read its texts as they stand now, and whether older ones were read."""

    topic: SafetyTopic
    language: Language
    reading: SafetyTextReading | None
    was_read_before: bool

    @property
    def url(self) -> str:
        name = "safety_texts_of_language" if self.topic == SafetyTopic.CHECK_IN else "safety_texts_aftercare"
        return reverse(name, args=[self.language.code])


@dataclass(frozen=True, slots=True)
class ConsentLine:
    """The newest wording of consent of a kind in a language, and who has read it."""

    text: ConsentText
    kind: str
    language: str
    reading: SafetyTextReading | None
    was_read_before: bool

    @property
    def url(self) -> str:
        return reverse("safety_texts_consent", args=[self.text.pk])


def _readings(clinic: Clinic, topic: SafetyTopic) -> list[SafetyTextReading]:
    rows = SafetyTextReading.objects.filter(clinic=clinic, topic=topic.value)
    return list(rows.select_related("read_by"))


def language_lines(clinic: Clinic, topic: SafetyTopic = SafetyTopic.CHECK_IN) -> list[LanguageLine]:
    """One query."""
    rows = _readings(clinic, topic)
    readings = {(each.language, each.version): each for each in rows}
    before = {language for language, _ in readings}
    return [
        LanguageLine(
            topic,
            each,
            readings.get((each.code, version_of_texts(TEXTS[topic](each.code)))),
            each.code in before,
        )
        for each in offered_languages()
    ]


def consent_lines(clinic: Clinic) -> list[ConsentLine]:
    """Every kind and language. Two queries."""
    rows = _readings(clinic, SafetyTopic.CONSENT)
    readings = {each.version: each for each in rows}
    before = {each.language for each in rows}
    newest = ConsentText.objects.order_by("kind", "language", "-version").distinct("kind", "language")
    kinds = dict(Consent.Kind.choices)
    return [
        ConsentLine(
            text,
            kinds.get(text.kind, text.kind),
            language_name_or_code(text.language),
            readings.get(version_of_consent(text)),
            text.language in before,
        )
        for text in newest
    ]


@requires_permission(Permission.READ_SAFETY_TEXTS)
@require_GET
def safety_text_list_page(request: StaffRequest) -> HttpResponse:
    """Which languages are read here, and which are off."""
    if request.clinic is None:
        raise Http404
    page = {
        "title": "Emergency texts",
        "nav_on": "safety_texts",
        "lines": language_lines(request.clinic),
        "aftercare": language_lines(request.clinic, SafetyTopic.AFTERCARE),
        "consents": consent_lines(request.clinic),
    }
    return render(request, "mesoclinic/pages/safety_text_list.html", page)


@requires_permission(Permission.READ_SAFETY_TEXTS)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def show_or_sign_safety_texts(request: StaffRequest, language: str) -> HttpResponse:
    """The emergency texts of one language beside the English ones; who has read them signs."""
    return _show_or_sign(request, language, SafetyTopic.CHECK_IN)


@requires_permission(Permission.READ_SAFETY_TEXTS)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def show_or_sign_aftercare_texts(request: StaffRequest, language: str) -> HttpResponse:
    """The same, of the page of aftercare."""
    return _show_or_sign(request, language, SafetyTopic.AFTERCARE)


def _show_or_sign(request: StaffRequest, language: str, topic: SafetyTopic) -> HttpResponse:
    clinic = request.clinic
    lines = language_lines(clinic, topic) if clinic else []
    line = next((each for each in lines if each.language.code == language), None)
    if clinic is None or line is None:
        raise Http404
    texts = TEXTS[topic](language)
    refused: Sequence[Finding] = ()
    if request.method == "POST":
        try:
            _sign_posted(request, clinic, topic, language, texts)
        except Refused as error:
            refused = error.findings
        else:
            messages.success(request, f"Signed: {_GOES_OUT[topic]} out in {line.language.english_name}.")
            return redirect("safety_texts")
    name = "Emergency texts" if topic == SafetyTopic.CHECK_IN else "Aftercare texts"
    page = {
        "title": f"{name}: {line.language.english_name}",
        "nav_on": "safety_texts",
        "line": line,
        "what": "check-ins" if topic == SafetyTopic.CHECK_IN else "pages of aftercare",
        "is_english": language == ENGLISH,
        "texts": _as_patients_read_them(texts, clinic),
        "version": version_of_texts(texts),
        "refused": refused,
    }
    return render(
        request, "mesoclinic/pages/safety_texts.html", page, status=422 if request.method == "POST" else 200
    )


@requires_permission(Permission.READ_SAFETY_TEXTS)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def show_or_sign_consent_text(request: StaffRequest, pk: int) -> HttpResponse:
    """One version of a wording beside the English one; who has read it signs. Until then nobody signs it here."""
    clinic = request.clinic
    text = get_object_or_404(ConsentText, pk=pk)
    if clinic is None:
        raise Http404
    texts = consent_texts(text.title, text.body)
    refused: Sequence[Finding] = ()
    if request.method == "POST":
        try:
            _sign_posted(request, clinic, SafetyTopic.CONSENT, text.language, texts)
        except Refused as error:
            refused = error.findings
        else:
            messages.success(request, "Signed: patients sign this wording from its day on.")
            return redirect("safety_texts")
    reading = next(
        (each for each in _readings(clinic, SafetyTopic.CONSENT) if each.version == version_of_consent(text)),
        None,
    )
    english = ConsentText.objects.filter(
        kind=text.kind, language=ENGLISH, in_force_from__lte=timezone.localdate()
    ).order_by("-version")
    page = {
        "title": f"Consent text: {language_name_or_code(text.language)}, version {text.version}",
        "nav_on": "safety_texts",
        "text": text,
        "reading": reading,
        "direction": language_direction(text.language),
        "english": None if text.language == ENGLISH else english.first(),
        "version": version_of_texts(texts),
        "refused": refused,
    }
    return render(
        request,
        "mesoclinic/pages/consent_reading.html",
        page,
        status=422 if request.method == "POST" else 200,
    )


def _sign_posted(
    request: StaffRequest, clinic: Clinic, topic: SafetyTopic, language: str, texts: Sequence[SafetyText]
) -> SafetyTextReading:
    if "right" not in request.POST:
        message = "Tick that you have read these texts and that they are right."
        raise Refused(block("safety-texts:tick", message, fixed=True, where="id_right"))
    return sign_safety_texts(
        clinic=clinic,
        topic=topic,
        language=language,
        texts=texts,
        seen=request.POST.get("seen", ""),
        by=request.user,
    )


def _as_patients_read_them(texts: Sequence[SafetyText], clinic: Clinic) -> list[SafetyText]:
    """With the numbers that stand in them at this clinic."""
    phone = outbox_settings_or_unsaved(clinic).phone or "(the clinic's telephone)"
    values = {"emergency": emergency_number(clinic.country), "phone": phone}

    def shown(text: str) -> str:
        return _TAG.sub("", text % values)

    return [SafetyText(shown(each.english), shown(each.translated)) for each in texts]
