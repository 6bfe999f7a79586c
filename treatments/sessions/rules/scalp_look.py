"""The look at the scalp before the first point: asked before points are charted. No Django here."""

from collections.abc import Sequence
from dataclasses import dataclass

from mesoclinic.core.findings import Finding, block
from patients.rules.scalp_look import PUS, SITE_ALERTS
from treatments.sessions.rules.charting import SessionChart

#: The line of the checklist whose tick says “nothing was seen”.
SCALP_EXAM = "scalp-exam"


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
        return [block(SITE_ALERTS[PUS], message, fixed=True, where="checklist")]
    if said or (look.item is not None and look.item in chart.ticked):
        return []
    message = "Look at the scalp before the first point: tick it, or say what was seen and where."
    return [block("unknown:*treatment:scalp_look", message, fixed=True, where="checklist")]
