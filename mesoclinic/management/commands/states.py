"""Draw docs/states.md from the MOVES tables, so that the picture cannot disagree with the rule."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from mesoclinic.outbox.rules import MESSAGE_MOVES
from patients.rules.merges import MERGE_MOVES
from treatments.billing.rules.states import QUOTE_MOVES
from treatments.followup.rules import CHECK_IN_MOVES, FOLLOW_UP_MOVES
from treatments.plans.rules import PLAN_MOVES
from treatments.recalls.rules import RECALL_MOVES
from treatments.schedule.rules.appointments import APPOINTMENT_MOVES
from treatments.sessions.rules.states import SESSION_MOVES
from treatments.stock.rules.lots import LOT_MOVES
from treatments.stock.rules.stocktakes import STOCKTAKE_MOVES
from treatments.waiting.rules import OFFER_MOVES, WAITING_LIST_MOVES

TABLES: dict[str, Mapping[Any, frozenset[Any]]] = {
    "Plan": PLAN_MOVES,
    "Quote": QUOTE_MOVES,
    "Appointment": APPOINTMENT_MOVES,
    "Place on the waiting list": WAITING_LIST_MOVES,
    "Offer from the waiting list": OFFER_MOVES,
    "Session": SESSION_MOVES,
    "Check-in": CHECK_IN_MOVES,
    "Follow-up": FOLLOW_UP_MOVES,
    "Lot": LOT_MOVES,
    "Stocktake": STOCKTAKE_MOVES,
    "Recall": RECALL_MOVES,
    "Message": MESSAGE_MOVES,
    "Merge of two records": MERGE_MOVES,
}


def states_markdown() -> str:
    """The whole page, as Markdown with one Mermaid diagram a table."""
    parts = ["# States\n\nMade by `make states` from the MOVES tables in `rules`; do not edit.\n"]
    for name, moves in TABLES.items():
        lines = [f"## {name}\n", "```mermaid", "stateDiagram-v2", f"    [*] --> {next(iter(moves))}"]
        for state, ways in moves.items():
            lines += [f"    {state} --> {to}" for to in moves if to in ways]
            if not ways:
                lines.append(f"    {state} --> [*]")
        parts.append("\n".join([*lines, "```\n"]))
    return "\n".join(parts)


class Command(BaseCommand):
    help = "Write docs/states.md; with --check only say whether it is up to date."

    def add_arguments(self, parser):
        parser.add_argument("--check", action="store_true")

    def handle(self, *args, **options):
        """Writes the page; with --check raises where it is stale and writes nothing."""
        page = Path(settings.BASE_DIR) / "docs" / "states.md"
        if not options["check"]:
            page.write_text(states_markdown(), encoding="utf-8")
        elif not page.exists() or page.read_text(encoding="utf-8") != states_markdown():
            raise CommandError("docs/states.md is stale: run make states.")
