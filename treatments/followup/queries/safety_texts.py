"""What a check-in says for the patient's safety, and in which languages a clinic has read it."""

from collections.abc import Callable, Collection, Mapping, Sequence

from django.utils import translation

from mesoclinic.accounts.models import Clinic
from mesoclinic.core.languages import language_for_patient, language_name, offered_languages
from patients.models import PatientLink, SafetyTextReading
from patients.queries import languages_read
from patients.rules.safety_texts import (
    SafetyText,
    SafetyTopic,
    first_language_read_or_none,
    not_read_text,
    version_of_texts,
)
from treatments.followup.queries.aftercare import aftercare_safety_texts
from treatments.followup.rules import SAFETY_SENTENCES


def check_in_safety_texts(language: str) -> list[SafetyText]:
    """As they stand in the catalogue of this language now."""
    with translation.override(language):
        return [SafetyText(each, translation.gettext(each)) for each in SAFETY_SENTENCES]


#: Of each topic of ours, its texts in a language.
TEXTS: Mapping[SafetyTopic, Callable[[str], list[SafetyText]]] = {
    SafetyTopic.CHECK_IN: check_in_safety_texts,
    SafetyTopic.AFTERCARE: aftercare_safety_texts,
}


def topic_languages_read(clinic: Clinic, topic: SafetyTopic) -> frozenset[str]:
    """In which languages pages of this topic are sent and opened here. One query."""
    texts = {each.code: TEXTS[topic](each.code) for each in offered_languages()}
    return languages_read(clinic, topic, texts)


def check_in_languages_read(clinic: Clinic) -> frozenset[str]:
    """In which languages a check-in is sent and opened here. One query."""
    return topic_languages_read(clinic, SafetyTopic.CHECK_IN)


def languages_wanted(patients: str, clinic: Clinic) -> Sequence[str]:
    """The patient's language, then the clinic's, where the first has not been read."""
    return [language_for_patient(patients), language_for_patient(clinic.language)]


def language_to_send_or_none(
    patients: str, clinic: Clinic, topic: SafetyTopic = SafetyTopic.CHECK_IN
) -> str | None:
    """In which language this patient is written to; None: not by link. One query."""
    return first_language_read_or_none(
        languages_wanted(patients, clinic), topic_languages_read(clinic, topic)
    )


def languages_of_check_in_link(link: PatientLink) -> Sequence[str]:
    """What its page opens in: its own language first, then the clinic's, then the others that were read. One query."""
    return _languages_of_link(link, SafetyTopic.CHECK_IN)


def languages_of_aftercare_link(link: PatientLink) -> Sequence[str]:
    """The same, of a page of aftercare. One query."""
    return _languages_of_link(link, SafetyTopic.AFTERCARE)


def _languages_of_link(link: PatientLink, topic: SafetyTopic) -> Sequence[str]:
    read = topic_languages_read(link.clinic, topic)
    own = [each for each in (link.language, language_for_patient(link.clinic.language)) if each in read]
    return [*dict.fromkeys(own), *sorted(read.difference(own))] if own else []


def reading_that_stands(
    clinic: Clinic, language: str, topic: SafetyTopic = SafetyTopic.CHECK_IN
) -> SafetyTextReading:
    """Who has read these texts as they stand; to be asked where the language is one of those read."""
    return SafetyTextReading.objects.select_related("read_by").get(
        clinic=clinic,
        topic=topic.value,
        language=language,
        version=version_of_texts(TEXTS[topic](language)),
    )


def why_not_by_link(patients: str, clinic: Clinic, read: Collection[str]) -> str:
    """What the desk reads beside a call that does not go out by link; empty where it may."""
    wanted = languages_wanted(patients, clinic)
    if first_language_read_or_none(wanted, read) is not None:
        return ""
    return not_read_text([language_name(each) for each in wanted])


def sent_in_language_text(link: PatientLink) -> str:
    """What the desk reads after sending: in which language it went, where that is not the patient's."""
    wanted = language_for_patient(link.patient.language)
    if link.language == wanted:
        return "The link is on its way."
    names = (language_name(link.language), language_name(wanted))
    return "The link is on its way, in {}: nobody here has read the emergency texts in {}.".format(*names)
