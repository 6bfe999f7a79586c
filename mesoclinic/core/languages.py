"""Which languages patients are written to in: the folders of mesoclinic/locale, and English."""

import gettext
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings
from django.conf.locale import LANG_INFO
from django.utils import translation

ENGLISH = "en"


@cache
def translated_languages() -> frozenset[str]:
    """What messages and pages for patients are translated into."""
    folders = (
        path.parent.parent.name
        for place in settings.LOCALE_PATHS
        for path in Path(place).glob("*/LC_MESSAGES/django.mo")
    )
    return frozenset({ENGLISH, *map(translation.to_language, folders)})


def translated_language_or_none(wanted: str) -> str | None:
    """The language asked for, where there is a translation: ``de-AT`` is served by ``de``.

    Asked of our own translations: Django knows a hundred languages, and would write the date in one and
    the rest in English.
    """
    wanted = wanted.lower().replace("_", "-")
    for code in (wanted, wanted.partition("-")[0]):
        if code in translated_languages():
            return code
    return None


def language_for_patient(wanted: str) -> str:
    """The patient's language if there is a translation, else English."""
    return translated_language_or_none(wanted) or ENGLISH


@dataclass(frozen=True, slots=True)
class Language:
    """A language that a page is offered in, by its own name and in English."""

    code: str
    name: str
    english_name: str = ""
    direction: str = "ltr"


@cache
def offered_languages() -> Sequence[Language]:
    """Every language of the pages for patients, by its own name; English first."""
    codes = sorted(translated_languages(), key=lambda code: (code != ENGLISH, code))
    return tuple(
        Language(code, _own_name(code), language_name(code), "rtl" if LANG_INFO[code]["bidi"] else "ltr")
        for code in codes
    )


def _own_name(code: str) -> str:
    name = str(LANG_INFO[code]["name_local"])
    return name[:1].upper() + name[1:]


def language_direction(code: str) -> str:
    return "rtl" if LANG_INFO.get(code, {}).get("bidi") else "ltr"


def language_name_or_code(code: str) -> str:
    """The same, of any language that a text may be in."""
    return str(LANG_INFO[code]["name"]) if code in LANG_INFO and "name" in LANG_INFO[code] else code


def language_name(code: str) -> str:
    """In English, for the staff."""
    return str(LANG_INFO[code]["name"])


_FORMS = re.compile(r"nplurals\s*=\s*(\d+)")


def _catalogue(language: str) -> gettext.GNUTranslations | None:
    """Our own translations into this language; none into English."""
    if language == ENGLISH:
        return None
    return gettext.translation("django", settings.LOCALE_PATHS[0], [translation.to_locale(language)])


@cache
def plural_forms_of(language: str) -> int:
    """How many forms a plural has: two in English, six in Arabic, as the catalogue says."""
    found = _catalogue(language)
    said = _FORMS.search(found.info().get("plural-forms", "")) if found else None
    return int(said[1]) if said else 2


def plural_form_of(language: str, number: int) -> int:
    """Which of the forms a number takes."""
    found = _catalogue(language)
    # The standard library keeps it so; its types do not say it.
    return int(found.plural(number)) if found else int(number != 1)  # type: ignore[attr-defined]
