"""Texts that a patient's safety hangs on, and in which languages somebody at the clinic has read them. No Django here."""

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from mesoclinic.core.findings import Finding, block


class SafetyTopic(StrEnum):
    """What is read and signed together, language by language."""

    #: What to do in an emergency, what is alarming, and what an answer in red tells the patient.
    CHECK_IN = "check_in"
    #: What to do and to leave after a session, and what is alarming.
    AFTERCARE = "aftercare"
    #: One version of one wording of consent.
    CONSENT = "consent"


@dataclass(frozen=True, slots=True)
class SafetyText:
    """One sentence in English and as the patient reads it."""

    english: str
    translated: str


def version_of_texts(texts: Sequence[SafetyText]) -> str:
    """The same for the same texts in the same order, another where a letter of one has changed, the English too."""
    pairs = json.dumps([(each.english, each.translated) for each in texts])
    return hashlib.sha256(pairs.encode()).hexdigest()


def consent_texts(title: str, body: str) -> list[SafetyText]:
    """A wording of consent as it is read and signed: it is its own text, whatever its language."""
    return [SafetyText(title, title), SafetyText(body, body)]


def first_language_read_or_none(wanted: Sequence[str], read: Collection[str]) -> str | None:
    """The first of the languages wanted whose texts were read; None where none of them was."""
    return next((language for language in wanted if language in read), None)


def check_texts_are_those_seen(seen: str, version: str) -> Finding | None:
    """Why these texts are not signed: they are no longer those on the page. None where they are."""
    if seen == version:
        return None
    message = "These texts have changed since the page was opened. Read them again, then sign."
    return block("safety-texts:changed", message, fixed=True)


def unread_texts_finding(wanted: Sequence[str]) -> Finding:
    """Why nothing is sent. ``wanted``: the names of the languages that were asked for."""
    return block("safety-texts:unread", not_read_text(wanted), fixed=True)


def not_read_text(wanted: Sequence[str]) -> str:
    """What the desk is told, and what to do instead."""
    names = " or ".join(dict.fromkeys(wanted))
    return f"Not sent: nobody at this clinic has read the emergency texts in {names}. Ring the patient."
