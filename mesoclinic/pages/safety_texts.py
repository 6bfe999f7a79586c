"""The emergency texts of patients' pages, language by language: read beside the English ones, and signed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from mesoclinic.accounts.models import Clinic
from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.accounts.requests import StaffRequest
from mesoclinic.core.findings import Finding, Refused, block
from mesoclinic.core.idempotency import once
from mesoclinic.core.languages import ENGLISH, Language, offered_languages
from mesoclinic.outbox.models import outbox_settings_or_unsaved
from patients.actions.safety_texts import sign_safety_texts
from patients.models import SafetyTextReading
from patients.rules.safety_texts import SafetyText, SafetyTopic, version_of_texts
from treatments.followup.queries.safety_texts import check_in_safety_texts
from treatments.followup.rules import emergency_number

_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True)
class LanguageLine:
    """A language, who has read its texts as they stand now, and whether older ones were read."""

    language: Language
    reading: SafetyTextReading | None
    was_read_before: bool

    @property
    def url(self) -> str:
        return reverse("safety_texts_of_language", args=[self.language.code])


def language_lines(clinic: Clinic) -> list[LanguageLine]:
    """One query."""
    rows = SafetyTextReading.objects.filter(clinic=clinic, topic=SafetyTopic.CHECK_IN.value)
    readings = {(each.language, each.version): each for each in rows.select_related("read_by")}
    before = {language for language, _ in readings}
    return [
        LanguageLine(
            each,
            readings.get((each.code, version_of_texts(check_in_safety_texts(each.code)))),
            each.code in before,
        )
        for each in offered_languages()
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
    }
    return render(request, "mesoclinic/pages/safety_text_list.html", page)


@requires_permission(Permission.READ_SAFETY_TEXTS)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def show_or_sign_safety_texts(request: StaffRequest, language: str) -> HttpResponse:
    """The texts of one language beside the English ones; who has read them signs."""
    clinic = request.clinic
    line = next(
        (each for each in language_lines(clinic) if each.language.code == language) if clinic else iter(()),
        None,
    )
    if clinic is None or line is None:
        raise Http404
    texts = check_in_safety_texts(language)
    refused: Sequence[Finding] = ()
    if request.method == "POST":
        try:
            _sign_posted(request, clinic, language, texts)
        except Refused as error:
            refused = error.findings
        else:
            messages.success(request, f"Signed: check-ins go out in {line.language.english_name}.")
            return redirect("safety_texts")
    page = {
        "title": f"Emergency texts: {line.language.english_name}",
        "nav_on": "safety_texts",
        "line": line,
        "is_english": language == ENGLISH,
        "texts": _as_patients_read_them(texts, clinic),
        "version": version_of_texts(texts),
        "refused": refused,
    }
    return render(
        request, "mesoclinic/pages/safety_texts.html", page, status=422 if request.method == "POST" else 200
    )


def _sign_posted(
    request: StaffRequest, clinic: Clinic, language: str, texts: Sequence[SafetyText]
) -> SafetyTextReading:
    if "right" not in request.POST:
        message = "Tick that you have read these texts and that they are right."
        raise Refused(block("safety-texts:tick", message, fixed=True, where="id_right"))
    return sign_safety_texts(
        clinic=clinic,
        topic=SafetyTopic.CHECK_IN,
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
