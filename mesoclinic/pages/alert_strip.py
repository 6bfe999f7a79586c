"""The red strip under a patient's name: the worst that stands against the next injection, and the way to end it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse

from mesoclinic.core.wording import day_text
from patients.rules.alerts import NOT_KNOWN, AlertKind, OpenAlert, alert_level_for_injection_or_empty

#: So many alerts are named in one line; the others are counted.
MOST_NAMED = 2

#: What the desk reads above its own line.
ASK_FIRST = "Ask the clinician before this visit."


@dataclass(frozen=True, slots=True)
class StripLink:
    text: str
    url: str
    is_strong: bool = False


@dataclass(frozen=True, slots=True)
class AlertStrip:
    """What is open, in one line; what to do, in a second; and where it is done."""

    head: str
    line: str
    links: Sequence[StripLink] = ()


def alert_strip_or_none(
    alerts: Sequence[OpenAlert],
    patient_pk: int,
    *,
    clinical: bool,
    may_clear: bool,
    happened: str = "",
    booked_pk: int | None = None,
) -> AlertStrip | None:
    """The strip for these alerts, the gravest first; None where none of them stops an injection.

    ``happened``: the page of what raised the first. ``booked_pk``: the next visit, which the desk may move.
    """
    red = [
        alert
        for alert in alerts
        if alert.blocks_injection and alert_level_for_injection_or_empty(alert, NOT_KNOWN)
    ]
    if not red:
        return None
    if not clinical:
        move = [StripLink("Move the visit", reverse("schedule:move", args=[booked_pk]))] if booked_pk else []
        told = next((alert.desk_text for alert in red if alert.concerns_the_desk), "")
        return AlertStrip(ASK_FIRST, told, move)
    if len(red) > 1:
        named = [_name_and_day_of_alert(alert, ", ") for alert in red[:MOST_NAMED]]
        if len(red) > MOST_NAMED:
            named.append(f"{len(red) - MOST_NAMED} more")
        see = StripLink("See all", reverse("patient_alerts", args=[patient_pk]), is_strong=True)
        return AlertStrip(
            f"{len(red)} open: {' · '.join(named)}", "Worst first. Each is cleared on its own.", [see]
        )
    [alert] = red
    links = [StripLink("What happened", happened)] if happened else []
    if may_clear or not alert.pk:
        links.append(_clearing_link(alert, patient_pk))
    return AlertStrip(
        f"Open: {_name_and_day_of_alert(alert, ', since ')}. Not cleared.",
        _what_to_do_text(alert) or "No injection until a clinician clears it in writing.",
        links,
    )


def clearing_url_of_alert(alert: OpenAlert, patient_pk: int) -> str:
    """The page on which an alert ends: its own, or where the fact that it is stands on the record."""
    here = [patient_pk]
    if alert.pk:
        return reverse("patients:alert_clear", args=[patient_pk, alert.pk])
    if alert.factor:
        return reverse("patients:risk_factor_add", args=here)
    pages = {AlertKind.LAB: "conditions:labs", AlertKind.CONSENT: "patients:consent"}
    return reverse(pages.get(AlertKind(alert.kind), "patient_alerts"), args=here)


def _clearing_link(alert: OpenAlert, patient_pk: int) -> StripLink:
    url = clearing_url_of_alert(alert, patient_pk)
    return StripLink("Clear it…", url, is_strong=True) if alert.pk else StripLink("On the record", url)


def _what_to_do_text(alert: OpenAlert) -> str:
    """What to do about it, as a sentence; "" where it does not say."""
    text = alert.text.partition(": ")[2]
    return text[:1].upper() + text[1:]


def _name_of_alert(alert: OpenAlert) -> str:
    """What it is, without what to do about it."""
    return alert.text.partition(": ")[0].rstrip(".")


def _name_and_day_of_alert(alert: OpenAlert, joined: str) -> str:
    """What it is and since when; a day that its name says is not said again."""
    name, day = _name_of_alert(alert), day_text(alert.stands_since)
    return name if day in name else f"{name}{joined}{day}"
