"""Which one thing separates the sessions with a reaction from those without."""

from dataclasses import dataclass
from math import inf

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.accounts.requests import StaffRequest
from treatments.outcomes.queries.cases import CasesAsked, effects_seen, what_separates
from treatments.outcomes.queries.labels import labels_of_groups
from treatments.outcomes.rules.groups import Kind
from treatments.outcomes.rules.tables import Suspect, expected_by_chance
from treatments.outcomes.views.asked import address_of_asked, asked_of_address


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that was looked at."""

    suspect: Suspect
    kind: str
    label: str
    link: str

    @property
    def ratio_text(self) -> str:
        return _ratio_text(self.suspect.odds.ratio)

    @property
    def interval_text(self) -> str:
        return f"{_ratio_text(self.suspect.odds.low)} to {_ratio_text(self.suspect.odds.high)}"


DAYS = {91: "3 months", 182: "6 months", 365: "12 months"}


@requires_permission(Permission.SEE_CLINICAL)
@require_GET
def what_separates_page(request: StaffRequest) -> HttpResponse:
    """A table for each ingredient, lot, vial, room and day that a case had, the surest first."""
    given = request.GET.get("days", "")
    days = int(given) if given in map(str, DAYS) else 182
    today = timezone.localdate(timezone.now(), request.clinic.zone)
    effects = effects_seen(request.clinic, CasesAsked(request.clinic, [], days, today).since)
    chosen = {pk for pk, _ in effects if str(pk) in request.GET.getlist("effect")}
    context: dict[str, object] = {
        "nav_on": "outcomes",
        "title": "Which one thing separates them?",
        "effects": [(pk, label, pk in chosen) for pk, label in effects],
        "days": days,
        "choices": DAYS.items(),
        "chosen": chosen,
    }
    if chosen:
        asked = CasesAsked(request.clinic, sorted(chosen), days, today)
        found = what_separates(asked)
        labels = labels_of_groups(found.names)
        behind = asked_of_address(
            request.clinic, {"days": "0" if days > 182 else "182", "course": "all", "moment": "reaction"}
        )
        context |= {
            "found": found,
            "by_chance": expected_by_chance(found.looked_at),
            "rows": [
                Row(
                    each,
                    Kind(each.kind).label,
                    labels.get(name, each.label),
                    address_of_asked(behind, group=name),
                )
                for each, name in zip(found.suspects, found.names, strict=True)
            ],
        }
    return render(request, "treatments/outcomes/separates.html", context)


def _ratio_text(ratio: float) -> str:
    if ratio == inf:
        return "no end"
    return f"{ratio:.0f}" if ratio >= 10 else f"{ratio:.1f}" if ratio >= 1 else f"{ratio:.2f}"
