"""Check-ins by link: which are to be sent, whose answer in red waits, and how many of those asked have answered."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from mesoclinic.accounts.models import Clinic
from treatments.followup.models import CheckIn, CheckInAnswer, FollowUp
from treatments.followup.queries.follow_ups import REACHABLE
from treatments.followup.rules import CheckInStatus, FollowUpStatus, answered_share_or_none


def check_ins_to_send_by_link(now: datetime) -> list[CheckIn]:
    """Due since yesterday at most by the clinic's day, not sent yet, at clinics that ask by link. One query."""
    today = now.date()
    found = CheckIn.objects.filter(
        REACHABLE,
        status=CheckInStatus.DUE,
        clinic__check_in_settings__by_link=True,
        due_on__range=(today - timedelta(days=1), today + timedelta(days=1)),
        links=None,
    ).select_related("clinic")
    return [each for each in found.order_by("pk") if each.due_on <= timezone.localdate(now, each.clinic.zone)]


def red_follow_ups(clinic: Clinic) -> QuerySet[FollowUp]:
    """Follow-ups that a patient's own answer opened and no clinician has in hand, the longest waiting first."""
    told_by_patient = Q(reaction__added_by=None, reaction__told_on_day__isnull=False)
    return (
        FollowUp.objects.filter(told_by_patient, clinic=clinic, status=FollowUpStatus.OPEN)
        .select_related("treatment_session__patient", "reaction__effect")
        .order_by("opened_at", "pk")
    )


def is_red_answer_unattended(answer: CheckInAnswer) -> bool:
    """Whether no clinician has taken any of its follow-ups in hand."""
    mine = FollowUp.objects.filter(
        treatment_session=answer.check_in.treatment_session_id,
        reaction__told_on_day=answer.check_in.days,
        reaction__added_by=None,
    )
    states = set(mine.values_list("status", flat=True))
    return states == {FollowUpStatus.OPEN.value}


@dataclass(frozen=True, slots=True)
class AnsweredShare:
    """Of the check-ins that fell due, how many were answered, and how many of those by link."""

    asked: int
    answered: int
    by_link: int

    @property
    def percent(self) -> int | None:
        return answered_share_or_none(self.answered, self.asked)


#: How many days back the share is counted.
SHARE_DAYS = 90


def answered_share(clinic: Clinic, today: date) -> AnsweredShare:
    """Of what fell due here in ninety days; what was taken over or cancelled was not asked. One query."""
    due = CheckIn.objects.filter(clinic=clinic, status__in=[CheckInStatus.DUE, CheckInStatus.ANSWERED])
    due = due.filter(due_on__lte=today, due_on__gt=today - timedelta(days=SHARE_DAYS))
    answered = Q(status=CheckInStatus.ANSWERED)
    found = due.aggregate(
        asked=Count("pk"),
        answered=Count("pk", filter=answered),
        by_link=Count("pk", filter=answered & Q(closed_by=None)),
    )
    return AnsweredShare(**found)
