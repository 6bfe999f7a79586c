"""Write docs/triggers.md from the models, so that the page cannot disagree with the database."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Model

from mesoclinic.core.triggers import Trigger

_ABOUT = """# Triggers

Made by `make triggers` from the models; do not edit.

A trigger refuses a change with a sentence, whoever makes it. A few write: a copy, a sum or a key, into the row itself or into
another table. None of them decides anything: `rules` do.
"""


def all_triggers() -> Iterator[tuple[type[Model], Trigger]]:
    """Every trigger with the model that brings it, app by app from the lowest up."""
    for model in apps.get_models():
        for trigger in getattr(model._meta, "triggers", []):
            yield model, trigger


def trigger_timing_text(trigger: Trigger) -> str:
    """Before or after what: "after insert or update of status, at the end of the transaction"."""
    text = f"{trigger.when} {trigger.operation}".lower().replace('"', "")
    return f"{text}, at the end of the transaction" if trigger.timing else text


def _triggers_table(rows: Iterable[tuple[type[Model], Trigger]]) -> list[str]:
    lines = ["| Table | Trigger | When | Says or writes |", "|---|---|---|---|"]
    for model, trigger in rows:
        doc = trigger.doc.replace("|", "\\|")
        lines.append(f"| {model._meta.db_table} | {trigger.name} | {trigger_timing_text(trigger)} | {doc} |")
    return lines


def triggers_markdown() -> str:
    """The whole page, as Markdown: first what triggers write, then every trigger, app by app."""
    rows = list(all_triggers())
    writing = [(model, trigger) for model, trigger in rows if trigger.doc.startswith("writes ")]
    lines = [_ABOUT, f"{len(rows)} triggers, of which {len(writing)} write.", ""]
    lines += ["## What triggers write", "", *_triggers_table(writing), ""]
    for label in dict.fromkeys(model._meta.app_label for model, _ in rows):
        of_app = [(model, trigger) for model, trigger in rows if model._meta.app_label == label]
        lines += [f"## {label} ({len(of_app)})", "", *_triggers_table(of_app), ""]
    return "\n".join(lines)


class Command(BaseCommand):
    help = "Write docs/triggers.md; with --check only say whether it is up to date."

    def add_arguments(self, parser):
        parser.add_argument("--check", action="store_true")

    def handle(self, *args, **options):
        """Writes the page; with --check raises where it is stale and writes nothing."""
        path = Path(settings.BASE_DIR) / "docs" / "triggers.md"
        if not options["check"]:
            path.write_text(triggers_markdown(), encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != triggers_markdown():
            raise CommandError("docs/triggers.md is stale: run make triggers.")
