"""What is known about the alerts that stand against the next injection, day by day: for who starts or clears."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils import timezone

from patients.models import records_of
from patients.rules.alerts import OpenAlert, alerts_without_companions
from treatments.followup.models import CheckIn, FollowUp, FollowUpNote
from treatments.followup.queries.follow_ups import reaction_began_on
from treatments.followup.rules import CheckInStatus, FollowUpStatus
from treatments.plans.alert_queries import open_alerts_of_patient
from treatments.sessions.rules.late_reports import days_as_hours_or_weeks_text

#: So many days are told; the follow-up has the others.
MOST_FACTS = 8
#: A note is read whole on the follow-up's own page.
MOST_CHARACTERS = 120


@dataclass(frozen=True, slots=True)
class KnownFact:
    """What became known, or is waited for, and on which day. ``is_late``: it should have been done by then."""

    on: date
    text: str
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class AlertHistory:
    """The oldest first, and the page where it is followed up."""

    facts: list[KnownFact]
    url: str = ""


def alert_history_or_none(patient_pk: int, today: date) -> AlertHistory | None:
    """What is known about the patient's alerts that stop an injection; None where none does. Four queries, else one."""
    red = [
        each
        for each in alerts_without_companions(open_alerts_of_patient(patient_pk, today))
        if each.blocks_injection
    ]
    if not red:
        return None
    follow_ups = list(
        FollowUp.objects.filter(treatment_session__patient__in=records_of(patient_pk))
        .exclude(status=FollowUpStatus.CLOSED)
        .select_related("reaction__effect", "reaction__zone", "reaction__treatment_session")
        .order_by("pk")
    )
    notes = FollowUpNote.objects.filter(follow_up__in=follow_ups).order_by("at", "pk")
    facts = [
        *_facts_of_alerts(red),
        *_facts_of_reactions(follow_ups),
        *(KnownFact(timezone.localdate(note.at), _shortened(note.text)) for note in notes),
        *_facts_of_late(follow_ups, _late_calls(patient_pk, today), today),
    ]
    url = reverse("followup:follow_up", args=[follow_ups[-1].pk]) if follow_ups else ""
    return AlertHistory(sorted(facts, key=lambda each: each.on)[-MOST_FACTS:], url)


def _facts_of_alerts(alerts: Iterable[OpenAlert]) -> list[KnownFact]:
    """What stands, from its day on, without what to do about it."""
    return [KnownFact(each.stands_since, f"{each.text.partition(': ')[0].rstrip('.')}.") for each in alerts]


def _facts_of_reactions(follow_ups: Iterable[FollowUp]) -> list[KnownFact]:
    """What was noticed, where, and what was done about it at once."""
    found = []
    for each in follow_ups:
        reaction = each.reaction
        said = [
            reaction.effect.effect,
            reaction.grade,
            reaction.zone.name if reaction.zone else "",
            reaction.note,
        ]
        text = ", ".join(part for part in said if part)
        found.append(KnownFact(reaction_began_on(reaction), _shortened(text)))
    return found


def _late_calls(patient_pk: int, today: date) -> Iterable[CheckIn]:
    due = CheckIn.objects.filter(
        treatment_session__patient__in=records_of(patient_pk), status=CheckInStatus.DUE, due_on__lt=today
    )
    return due.order_by("due_on", "pk")


def _facts_of_late(follow_ups: Iterable[FollowUp], calls: Iterable[CheckIn], today: date) -> list[KnownFact]:
    """What should have been done by now."""
    late = [(each.due_on, "Follow-up not closed") for each in follow_ups if each.due_on < today]
    late += [
        (each.due_on, f"Call {days_as_hours_or_weeks_text(each.days)} after the session not made")
        for each in calls
    ]
    return [KnownFact(on, f"{text}, {_days_late_text((today - on).days)}", is_late=True) for on, text in late]


def _days_late_text(days: int) -> str:
    return "1 day late" if days == 1 else f"{days} days late"


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MOST_CHARACTERS else f"{line[: MOST_CHARACTERS - 1]}…"
