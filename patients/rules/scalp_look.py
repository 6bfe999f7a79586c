"""What was seen at the scalp before the first point: how the answer is kept, and what of it is an alert. No Django here."""

from collections.abc import Iterable, Mapping, Sequence

#: The question.
SCALP_LOOK = "scalp_look"

CLEAR, PUS = "clear", "pus"

#: What can be seen and stands against an injection, as it is asked (must_ask.csv).
SEEN: Mapping[str, str] = {
    PUS: "Pus, folliculitis, herpes or tinea",
    "flare": "Psoriasis, eczema, sunburn or wound",
    "open crust": "Crusts or scabs of the last session",
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


def parts_of_look(seen: Sequence[str], zones: Iterable[str]) -> list[str]:
    """The answer as it is kept: what was seen, and where (codes of zones)."""
    return [*seen, *(f"{_AT}{zone}" for zone in zones)] if seen else []


def zones_of_look(said: Iterable[str]) -> list[str]:
    """The zones (codes) that the answer names; none where nobody said where."""
    return [part.removeprefix(_AT) for part in said if part.startswith(_AT)]


def site_alert_codes(said: Iterable[str]) -> list[str]:
    """The kinds of alert that were seen."""
    return [SITE_ALERTS[part] for part in said if part in SITE_ALERTS]
