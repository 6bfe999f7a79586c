"""A clinic's own words for its messages: a list by language, and one page for each, with a preview and a test."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from mesoclinic.accounts.models import Clinic
from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.accounts.requests import StaffRequest
from mesoclinic.core.findings import Finding, Refused
from mesoclinic.core.idempotency import once
from mesoclinic.core.languages import Language, offered_languages, translated_language_or_none
from mesoclinic.core.placeholders import sms_parts
from mesoclinic.core.reasons import add_field_errors_and_return_others
from mesoclinic.outbox.forms import MessageTextForm
from mesoclinic.outbox.messages import Words, body_places, shipped_words
from mesoclinic.outbox.models import MessageText
from mesoclinic.outbox.queries import newest_texts_of_clinic, versions_of_text
from mesoclinic.outbox.rules import Channel, Purpose
from mesoclinic.outbox.texts import (
    TextKey,
    check_words,
    example_of,
    read_words,
    restore_shipped_text,
    save_message_text,
    send_test_message,
)


@dataclass(frozen=True, slots=True)
class TextLine:
    """One kind of message by one channel, and whose words are sent."""

    key: TextKey
    own: MessageText | None
    begins: str

    @property
    def url(self) -> str:
        return reverse(
            "outbox:text", args=[self.key.purpose.value, self.key.channel.value, self.key.language]
        )

    @property
    def label(self) -> str:
        return self.key.purpose.value.replace("_", "-").capitalize()

    @property
    def channel_text(self) -> str:
        return "E-mail" if self.key.channel == Channel.EMAIL else "Text message"


@requires_permission(Permission.MANAGE_CLINIC)
@require_GET
def text_list_page(request: StaffRequest) -> HttpResponse:
    """Every message in one language, and whether the clinic has its own words for it."""
    clinic = _clinic_or_404(request)
    asked = request.GET.get("in", "") or clinic.language
    language = translated_language_or_none(asked) or "en"
    own = newest_texts_of_clinic(clinic, language)
    context = {
        "title": "Message texts",
        "nav_on": "messages",
        "languages": offered_languages(),
        "language": language,
        "lines": [
            _line(TextKey(purpose, channel, language), own.get((purpose.value, channel.value)))
            for purpose in Purpose
            for channel in Channel
        ],
    }
    return render(request, "mesoclinic/outbox/text_list.html", context)


def _line(key: TextKey, newest: MessageText | None) -> TextLine:
    own = newest if newest and newest.body else None
    words = Words(own.body, own.subject) if own else shipped_words(key.purpose, key.channel, key.language)
    return TextLine(key, own, words.subject or words.body.partition("\n")[0])


@requires_permission(Permission.MANAGE_CLINIC)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def text_page(request: StaffRequest, purpose: str, channel: str, language: str) -> HttpResponse:
    """The words of one message: looked at as a patient would read them, sent to oneself, saved as the next version."""
    clinic = _clinic_or_404(request)
    key = _key_or_404(purpose, channel, language)
    versions = versions_of_text(clinic, purpose, channel, key.language)
    newest = versions[0] if versions else None
    line = _line(key, newest)
    now_sent = Words(line.own.body, line.own.subject) if line.own else _shipped(key)
    form = MessageTextForm(
        request.POST if request.method == "POST" else None,
        has_subject=key.channel == Channel.EMAIL,
        initial={"subject": now_sent.subject, "body": now_sent.body, "seen": newest.version if newest else 0},
    )
    refused: list[Finding] = []
    if form.is_bound and form.is_valid():
        words = read_words(key, subject=form.cleaned_data.get("subject", ""), body=form.cleaned_data["body"])
        try:
            if said := _do(request, clinic, key, words, form.cleaned_data):
                messages.success(request, said)
                return redirect(line.url)
        except Refused as error:
            refused = add_field_errors_and_return_others(error, form)
    status = 422 if form.errors or refused else 200
    preview = _preview_or_none(key, form, now_sent, clinic)
    context = {
        "title": f"{line.label}, {line.channel_text.lower()}",
        "nav_on": "messages",
        "line": line,
        "language": _language(key.language),
        "form": form,
        "refused": refused,
        "places": body_places(key.purpose, key.language),
        "preview": preview,
        "parts": sms_parts(preview.body) if preview and key.channel == Channel.SMS else 0,
        "versions": versions,
        "test_to": request.POST.get("to", "") or (request.user.email if key.channel == Channel.EMAIL else ""),
    }
    return render(request, "mesoclinic/outbox/text.html", context, status=status)


def _do(request: StaffRequest, clinic: Clinic, key: TextKey, words: Words, said: dict) -> str:
    """What was done, in words; empty where the page is only to show how it reads."""
    wanted, seen = request.POST.get("do", ""), said["seen"]
    if wanted == "restore":
        restore_shipped_text(clinic=clinic, key=key, seen=seen, by=request.user)
        return "The text that comes with Mesoclinic goes out again."
    if wanted == "test":
        to = said["to"].strip()
        if not to:
            raise Refused.because("Say where the test goes.", code="text:to", where="to")
        send_test_message(clinic=clinic, key=key, words=words, to=to, by=request.user)
        return f"The test is on its way to {to}. Nothing is saved yet."
    if wanted == "save":
        text = save_message_text(clinic=clinic, key=key, words=words, seen=seen, by=request.user)
        return f"Version {text.version} is saved: it goes out from now on."
    if found := check_words(key, words, clinic):
        raise Refused(*found)
    return ""


def _preview_or_none(key: TextKey, form: MessageTextForm, now_sent: Words, clinic: Clinic) -> Words | None:
    """As a patient would read it; None where the words cannot be sent."""
    if not form.is_bound:
        return example_of(key, now_sent, clinic)
    if form.errors:
        return None
    typed = form.cleaned_data
    words = read_words(key, subject=typed.get("subject", ""), body=typed["body"])
    return None if check_words(key, words, clinic) else example_of(key, words, clinic)


def _shipped(key: TextKey) -> Words:
    return shipped_words(key.purpose, key.channel, key.language)


def _key_or_404(purpose: str, channel: str, language: str) -> TextKey:
    codes = {each.code for each in offered_languages()}
    if purpose not in set(Purpose) or channel not in set(Channel) or language not in codes:
        raise Http404
    return TextKey(Purpose(purpose), Channel(channel), language)


def _language(code: str) -> Language:
    return next(each for each in offered_languages() if each.code == code)


def _clinic_or_404(request: StaffRequest) -> Clinic:
    if request.clinic is None:
        raise Http404
    return request.clinic
