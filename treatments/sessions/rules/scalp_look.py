"""The look at the scalp before the first point: asked before points are charted, and what was seen. No Django here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mesoclinic.core.findings import Finding, block
from treatments.sessions.rules.charting import SessionChart

#: The question, and the line of the checklist whose tick says “nothing was seen”.
SCALP_LOOK, SCALP_EXAM = "scalp_look", "scalp-exam"

CLEAR, PUS = "clear", "pus"

#: What can be seen and stands against an injection, as it is asked (must_ask.csv).
SEEN: Mapping[str, str] = {
    PUS: "Pus, folliculitis, herpes or tinea",
    "flare": "Psoriasis, eczema, sunburn or wound",
    "open crust": "Crusts or scabs of the last session",
    "bald patch": "New bald patch",
}

#: What of it is an alert (alerts.csv).
_SITE_ALERTS: Mapping[str, str] = {
    PUS: "alert:site:infected",
    "flare": "alert:site:flare",
    "open crust": "alert:site:crust",
}

#: A part of the answer that says where begins with this.
_AT = "at "


def parts_of_look(seen: Sequence[str], zones: Iterable[str]) -> list[str]:
    """The answer as it is kept: what was seen, and where (codes of zones)."""
    return [*seen, *(f"{_AT}{zone}" for zone in zones)] if seen else []


def zones_of_look(said: Iterable[str]) -> list[str]:
    """The zones (codes) that the answer names; none where nobody said where."""
    return [part.removeprefix(_AT) for part in said if part.startswith(_AT)]


def site_alert_codes(said: Iterable[str]) -> list[str]:
    """The kinds of alert that were seen."""
    return [_SITE_ALERTS[part] for part in said if part in _SITE_ALERTS]


@dataclass(frozen=True, slots=True)
class LookAtScalp:
    """What is known of today's look. ``is_asked``: the clinic asks for one; ``item``: the line of the checklist."""

    is_asked: bool = False
    said: tuple[str, ...] = ()
    item: int | None = None


def check_scalp_looked_at(
    look: LookAtScalp, new: Sequence[str], chart: SessionChart, stands: SessionChart
) -> list[Finding]:
    """Why no point is charted yet: nobody looked, or what was seen is infected. Nobody goes past it.

    ``new``: what is said of the look with this chart. Only what is charted now is asked about: what the plan proposed
    stands already, and what was given before is recorded (law 16).
    """
    if not look.is_asked or (chart.zones == stands.zones and chart.pain == stands.pain):
        return []
    said = tuple(new) or look.said
    if PUS in said:
        message = (
            "Infected scalp: not today. Chart no point; what was given before it was seen stands as it is."
        )
        return [block(_SITE_ALERTS[PUS], message, fixed=True, where="checklist")]
    if said or (look.item is not None and look.item in chart.ticked):
        return []
    message = "Look at the scalp before the first point: tick it, or say what was seen and where."
    return [block("unknown:*treatment:scalp_look", message, fixed=True, where="checklist")]
