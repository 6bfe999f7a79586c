"""What a patient may tell after the signature, and which days that can be. No Django here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from mesoclinic.core.findings import Finding, block
from mesoclinic.core.wording import day_text

#: Asked after the signature too; what hurt in the chair is charted in the chair.
LATER_MOMENTS = ("1h", "24h")


def days_as_hours_or_weeks_text(days: int) -> str:
    """“48 h”, “12 weeks”."""
    if days == 2:
        return "48 h"
    return f"{days // 7} weeks" if days % 7 == 0 else f"{days} days"


def first_day_of_suspect_lots(began_on: date, lot_days: int) -> date:
    """The first day of the sessions whose lots a reaction that began on ``began_on`` may come from.

    ``lot_days`` is the longest incubation, from the data (docs/clinical.md §10: three weeks on average and
    9.8 weeks to the diagnosis for mycobacteria, up to a year for a bald patch).
    """
    return began_on - timedelta(days=lot_days)


@dataclass(frozen=True, slots=True)
class ReactionDays:
    """A reaction as somebody tells it. ``code`` names it among its fellows."""

    code: str
    began_on: date | None = None
    ended_on: date | None = None


def check_reaction_days_possible(
    told: Sequence[ReactionDays], performed_on: date, today: date
) -> list[Finding]:
    """Days that can be: nothing begins before the session or tomorrow, nothing ends before it begins."""
    found = []

    def add_finding(code: str, message: str) -> None:
        found.append(block(code, message, fixed=True, where="reactions"))

    for each in told:
        if each.began_on and not performed_on <= each.began_on <= today:
            message = (
                f"A reaction began between the session ({day_text(performed_on)}) and today. Correct the day."
            )
            add_finding(f"reaction-began:{each.code}", message)
        if each.ended_on and each.ended_on > today:
            add_finding(
                f"reaction-ends-ahead:{each.code}",
                "A reaction cannot have ended yet on a day to come. Correct the day, or leave it empty.",
            )
        if each.ended_on and each.ended_on < (each.began_on or performed_on):
            add_finding(
                f"reaction-ended:{each.code}",
                "A reaction ends on the day it began, or later. Correct one of the days.",
            )
    return found


def check_reactions_told_once(effects: Sequence[int]) -> Finding | None:
    """At least one reaction is told, and none of them twice. ``effects`` are their ids."""
    if not effects:
        message = "Choose the reaction that was told."
        return block("reaction:none", message, fixed=True, where="reactions")
    if len(set(effects)) < len(effects):
        message = "One reaction is told twice here. Keep one of them."
        return block("reaction:twice", message, fixed=True, where="reactions")
    return None


def check_reaction_not_ended(is_over: bool) -> Finding | None:
    """When a reaction was over is said once."""
    message = "When this reaction was over is on record. Write an addendum to correct it."
    return block("reaction:ended", message, fixed=True, where="reactions") if is_over else None


def check_pain_not_on_record(moment: str, known: int | None) -> Finding | None:
    """Pain at a ``moment`` (in words) is said once; ``known`` is the score on record."""
    if known is None:
        return None
    message = f"Pain {moment} is on record: {known}. Write an addendum to correct it."
    return block("pain:known", message, fixed=True, where="pain")


def check_late_pain_moment_and_score(moment: str, score: int) -> list[Finding]:
    found = []
    if moment not in LATER_MOMENTS:
        message = "Only the pain an hour and a day after is added later. Write an addendum instead."
        found.append(block("pain:moment", message, fixed=True, where="pain"))
    if not 0 <= score <= 10:
        message = f"Pain {score} is not on the scale. Choose a number from 0 to 10."
        found.append(block("pain:scale", message, fixed=True, where="pain"))
    return found
