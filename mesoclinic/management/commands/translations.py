"""Collect what is written to patients and compile its translations, without GNU gettext.

A new language: ``manage.py translations --add it``, translate ``mesoclinic/locale/it/LC_MESSAGES/django.po``, run it again.
"""

import io
import re
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import to_locale
from django.utils.translation.template import templatize

#: What patients read, and nothing else is: the staff's pages are English. A file is read where it asks for translations.
_ASKS = {
    ".html": re.compile(r"{% load [^%]*\bi18n\b"),
    ".py": re.compile(r"^from django\.utils\.translation import .*gettext", re.M),
}
_FOLDERS = {".html": ("templates",), ".py": ("mesoclinic", "patients", "treatments")}
_FUNCTIONS = {
    "gettext": None,
    "_": None,
    "gettext_noop": None,
    "pgettext": ((1, "c"), 2),
    "ngettext": (1, 2),
    "npgettext": ((1, "c"), 2, 3),
}


def translated_sources() -> list[str]:
    """The files whose sentences are translated, by their names."""
    found = []
    for ending, folders in _FOLDERS.items():
        for folder in folders:
            for path in (Path(settings.BASE_DIR) / folder).rglob(f"*{ending}"):
                if _ASKS[ending].search(path.read_text(encoding="utf-8")):
                    found.append(str(path.relative_to(settings.BASE_DIR)))
    return sorted(found)


def collect_translatable_sentences() -> Any:
    """A Babel catalogue of every sentence in :func:`translated_sources`, with where it stands."""
    from babel.messages.catalog import Catalog  # noqa: PLC0415  # a tool of developers, absent in production
    from babel.messages.extract import extract  # noqa: PLC0415

    catalogue: Any = Catalog(project="Mesoclinic", charset="utf-8", fuzzy=False, header_comment="#")
    for source in translated_sources():
        text = (Path(settings.BASE_DIR) / source).read_text(encoding="utf-8")
        if source.endswith(".html"):
            # Looks like Python but for its indents.
            lines = templatize(text, origin=source).splitlines()
            text = "\n".join(line.strip() for line in lines)
        code = io.BytesIO(text.encode())
        options = {"encoding": "utf-8"}
        for _, message, comments, context in extract("python", code, _FUNCTIONS, ["Translators:"], options):
            catalogue.add(message, None, [(source, "")], auto_comments=comments, context=context)
    return catalogue


def translation_files() -> list[Path]:
    return sorted(Path(settings.LOCALE_PATHS[0]).glob("*/LC_MESSAGES/django.po"))


def updated_po_mo_bytes_and_untranslated_sentences(path: Path) -> tuple[bytes, bytes, list[str]]:
    """The .po and the .mo as they should be, and the sentences nobody has translated yet."""
    from babel.messages.mofile import write_mo  # noqa: PLC0415
    from babel.messages.pofile import read_po, write_po  # noqa: PLC0415

    with path.open("rb") as file:
        catalogue = read_po(file, locale=path.parent.parent.name)
    catalogue.update(
        collect_translatable_sentences(),
        no_fuzzy_matching=True,
        update_header_comment=False,
        update_creation_date=False,
    )
    catalogue.obsolete.clear()
    po, mo = io.BytesIO(), io.BytesIO()
    write_po(po, catalogue, width=0, omit_header=False, sort_output=False)
    write_mo(mo, catalogue)
    missing = [str(m.id) for m in catalogue if m.id and not is_translated(m)]
    return po.getvalue(), mo.getvalue(), missing


def is_translated(message: Any) -> bool:
    """Whether every form is there: one, or as many as the language has plurals."""
    forms = message.string if isinstance(message.string, (list, tuple)) else [message.string]
    return bool(forms) and all(forms)


def wrong_placeholders(path: Path) -> list[str]:
    """The sentences whose translation names other placeholders than the original, or another number of plural forms."""
    from babel.messages.pofile import read_po  # noqa: PLC0415

    with path.open("rb") as file:
        catalogue = read_po(file, locale=path.parent.parent.name)
    wrong = []
    for message in catalogue:
        if not message.id or not message.string:
            continue
        plural = not isinstance(message.id, str)
        asked = placeholders_of(str(message.id[-1] if plural else message.id))
        forms = [str(form) for form in message.string] if plural else [str(message.string)]
        # A form for one, two or none may say the number in words.
        spare = {"%(count)s", "%(counter)s"} if plural else set()
        if any(not asked - spare <= placeholders_of(form) <= asked for form in forms):
            wrong.append(str(message.id))
        if plural and len(forms) != catalogue.num_plurals:
            wrong.append(f"{message.id}: {len(forms)} forms of {catalogue.num_plurals}")
    return wrong


def placeholders_of(text: str) -> set[str]:
    return set(re.findall(r"%\(\w+\)[sd]|%[sd]|\{\w*\}", text))


class Command(BaseCommand):
    help = "Bring mesoclinic/locale up to date; with --check only say whether it is, with --add begin a language."

    def add_arguments(self, parser):
        parser.add_argument("--check", action="store_true")
        parser.add_argument("--add", metavar="LANGUAGE")

    def handle(self, *args, **options):
        """Writes the .po and .mo files; with --check raises where they are stale or incomplete."""
        if options["add"]:
            self._create_translation_file(options["add"])
        stale, untranslated, wrong = [], [], []
        for path in translation_files():
            po, mo, missing = updated_po_mo_bytes_and_untranslated_sentences(path)
            untranslated += [f"{path.parent.parent.name}: {m}" for m in missing]
            wrong += [f"{path.parent.parent.name}: {each}" for each in wrong_placeholders(path)]
            compiled = path.with_suffix(".mo")
            same = path.read_bytes() == po and compiled.exists() and compiled.read_bytes() == mo
            if options["check"] and not same:
                stale.append(str(path.relative_to(settings.BASE_DIR)))
            elif not same:
                path.write_bytes(po)
                compiled.write_bytes(mo)
        for sentence in untranslated:
            self.stderr.write(f"Not translated: {sentence}")
        if wrong:
            raise CommandError(f"Other placeholders or plural forms than the original: {'; '.join(wrong)}.")
        if stale:
            raise CommandError(f"Stale: {', '.join(stale)}. Run manage.py translations.")
        if options["check"] and untranslated:
            raise CommandError(f"{len(untranslated)} sentences are not translated.")

    def _create_translation_file(self, language):
        path = Path(settings.LOCALE_PATHS[0]) / to_locale(language) / "LC_MESSAGES/django.po"
        if not path.exists():
            path.parent.mkdir(parents=True)
            head = f'msgid ""\nmsgstr ""\n"Language: {to_locale(language)}\\n"\n'
            path.write_text(head, encoding="utf-8")
