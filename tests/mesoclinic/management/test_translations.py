"""The catalogues of the patients' languages: what the check finds in a translation that says something else."""

import pytest

from mesoclinic.management.commands.translations import (
    is_translated,
    translated_sources,
    translation_files,
    wrong_placeholders,
)

HEAD = 'msgid ""\nmsgstr ""\n"Language: de\\n"\n"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'


@pytest.fixture
def catalogue(tmp_path):
    def written(*lines):
        path = tmp_path / "de" / "LC_MESSAGES" / "django.po"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")
        return path

    return written


@pytest.mark.parametrize(
    ("translation", "is_wrong"),
    [
        ("bis %(until)s", False),
        ("bis morgen", True),
        ("bis %(untill)s", True),
        ("bis %(until)s, %(clinic)s", True),
    ],
)
def test_a_translation_names_the_placeholders_of_the_original(catalogue, translation, is_wrong):
    path = catalogue('msgid "until %(until)s"', f'msgstr "{translation}"')

    assert bool(wrong_placeholders(path)) == is_wrong


def test_a_plural_has_as_many_forms_as_its_language_and_may_say_one_in_words(catalogue):
    sentence = ['msgid "one day"', 'msgid_plural "%(count)s days"']

    whole = catalogue(*sentence, 'msgstr[0] "ein Tag"', 'msgstr[1] "%(count)s Tage"')
    assert wrong_placeholders(whole) == []
    other = catalogue(*sentence, 'msgstr[0] "ein Tag"', 'msgstr[1] "%(days)s Tage"')
    assert wrong_placeholders(other) == ["('one day', '%(count)s days')"]


def test_a_plural_with_a_form_missing_is_not_translated():
    class Message:
        string = ("ein Tag", "")

    assert not is_translated(Message)


def test_what_patients_read_is_found_by_itself():
    found = set(translated_sources())

    assert {
        "templates/layouts/patient.html",
        "templates/treatments/followup/check_in_link.html",
        "treatments/followup/forms.py",
        "mesoclinic/outbox/messages.py",
    } <= found
    assert {path.parent.parent.name for path in translation_files()} == {"ar", "de", "es", "fr", "tr"}
