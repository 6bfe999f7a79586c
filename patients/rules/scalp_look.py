"""What was seen at the scalp before the first point: how the answer is kept, and what of it is an alert. No Django here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

#: The question.
SCALP_LOOK = "scalp_look"

CLEAR, PUS = "clear", "pus"

#: What can be seen and stands against an injection, as it is asked (must_ask.csv).
SEEN: Mapping[str, str] = {
    PUS: "Pus, folliculitis, herpes or tinea",
    "flare": "Psoriasis, eczema, sunburn or wound",
    "open crust": "Crusts or scabs after more than 7 days, or oozing",
    "bald patch": "New bald patch",
}

#: What of it is an alert (alerts.csv).
SITE_ALERTS: Mapping[str, str] = {
    PUS: "alert:site:infected",
    "flare": "alert:site:flare",
    "open crust": "alert:site:crust",
}

#: A part of the answer that says where begins with this.
_AT = "at "


def scalp_look_answer_parts(seen: Sequence[str], zones: Iterable[str]) -> list[str]:
    """The answer as it is kept: what was seen, and where (codes of zones)."""
    return [*seen, *(f"{_AT}{zone}" for zone in zones)] if seen else []


def zones_of_look(said: Iterable[str]) -> list[str]:
    """The zones (codes) that the answer names; none where nobody said where."""
    return [part.removeprefix(_AT) for part in said if part.startswith(_AT)]


def site_alert_codes(said: Iterable[str]) -> list[str]:
    """The kinds of alert that were seen."""
    return [SITE_ALERTS[part] for part in said if part in SITE_ALERTS]


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen at the scalp on a day: the parts of the answer."""

    said: Sequence[str]
    on: date


def is_infection_over(infected: Look, latest: Look, min_days: int) -> bool:
    """Whether pus seen once is gone: somebody looked again and saw none, so many days later at the earliest.

    A look on the same day corrects the first. Time alone ends nothing.
    """
    if PUS in latest.said:
        return False
    return latest.on == infected.on or latest.on >= infected.on + timedelta(days=min_days)
