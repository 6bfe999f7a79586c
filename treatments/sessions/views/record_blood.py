"""What the record of a session says of what was made of the patient's own blood."""

from collections.abc import Sequence
from dataclasses import dataclass

from mesoclinic.core.quantities import plain_number_text
from treatments.cocktails.views.documents import date_text, instant_text
from treatments.cocktails.views.figures import number_text
from treatments.sessions.models import BloodPreparation


@dataclass(frozen=True, slots=True)
class Fact:
    """A thing and what is said of it. ``is_alarming``: a reaction that is shown in red."""

    label: str
    text: str
    detail: str = ""
    is_alarming: bool = False


def blood_facts(blood: BloodPreparation | None, thrown_away: Sequence[BloodPreparation]) -> list[Fact]:
    """Kit, tube, spin, times and the rest, in the order of the work; nothing where no blood was drawn."""
    facts = [] if blood is None else _preparation_facts(blood)
    for gone in thrown_away:
        by = gone.abandoned_by.display_name if gone.abandoned_by else ""
        at = instant_text(gone.abandoned_at) if gone.abandoned_at else ""
        facts.append(Fact(f"Thrown away, kit {gone.lot.number}", gone.abandoned_reason, f"{at}, {by}"))
    return facts


def _preparation_facts(blood: BloodPreparation) -> list[Fact]:
    lot = blood.lot
    recalled = " (recalled since)" if lot.status == "recalled" else ""
    facts = [
        Fact(
            "Kit",
            f"{lot.number}, expires {date_text(lot.expires_on)}{recalled}",
            f"{lot.maker}, {lot.country}",
        ),
        Fact(
            "Blood drawn",
            f"{number_text(blood.drawn_ml)} ml, {instant_text(blood.drawn_at)}",
            blood.drawn_by.display_name,
        ),
        *(
            Fact(
                "Tube checked",
                check.record_number,
                f"{check.checked_by.display_name}, {instant_text(check.at)}",
            )
            for check in blood.identity_checks.all()
        ),
        _spin_fact(blood),
        Fact("Use before", instant_text(blood.use_before), blood.limit_source),
    ]
    if blood.injected_at and blood.injected_said_by:
        late = f"after its time: {blood.late_reason}" if blood.late_reason else ""
        said_by = f"said {blood.injected_said_by.display_name}"
        detail = " · ".join(part for part in (said_by, late) if part)
        facts.append(Fact("Injected", instant_text(blood.injected_at), detail))
    if blood.rest_discarded_at and blood.rest_discarded_by:
        rest = "" if blood.rest_ml is None else f"{number_text(blood.rest_ml)} ml not drawn up, "
        facts.append(
            Fact(
                "The rest",
                f"{rest}thrown away",
                f"{blood.rest_discarded_by.display_name}, {instant_text(blood.rest_discarded_at)}",
            )
        )
    return facts


def _spin_fact(blood: BloodPreparation) -> Fact:
    if blood.spun_at is None or blood.spin_minutes is None or blood.obtained_ml is None:
        return Fact("Spun", "not yet")
    speed = [f"{blood.spin_g} g"] if blood.spin_g else []
    speed += [f"{blood.spin_rpm} rpm"] if blood.spin_rpm else []
    how = ", ".join([f"{plain_number_text(blood.spin_minutes)} min", *speed])
    by = f"{blood.spun_by.display_name}, " if blood.spun_by else ""
    return Fact(
        "Spun", f"{how}: {number_text(blood.obtained_ml)} ml of plasma", f"{by}{instant_text(blood.spun_at)}"
    )
