"""TODO-DOC PAGE, _REACHABLE, Key, _page, calls_due, page_of_calls, open"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, JSONObject

from mesoclinic.accounts.models import Clinic, User
from treatments.followup.models import CheckIn, FollowUp, FollowUpNote
from treatments.followup.rules import FOLLOWED_UP_LEVELS, CheckInStatus, FollowUpStatus
from treatments.sessions.models import Dose, Pain, Reaction, TreatmentSession
from treatments.sessions.rules.late_reports import lots_asked_from
from treatments.sessions.rules.states import SessionStatus
from treatments.stock.models import Lot

PAGE = 20

#: A patient who has died is not rung. One whose record was merged is: the call must not be lost with it.
_REACHABLE = Q(treatment_session__patient__died_on=None)


@dataclass(frozen=True, slots=True)
class Key:
    """Where a page begins: after this row."""

    due_on: date
    pk: int

    @classmethod
    def read(cls, text: str) -> "Key | None":
        """From an address (“2026-11-25.17”); None where it says nothing."""
        day, _, pk = text.partition(".")
        try:
            return cls(date.fromisoformat(day), int(pk))
        except ValueError:
            return None

    def __str__(self) -> str:
        return f"{self.due_on.isoformat()}.{self.pk}"


def _page(rows: QuerySet[Any], after: Key | None) -> tuple[list[Any], Key | None]:
    """A page of rows that are ordered by day and key, and where the next begins."""
    if after is not None:
        rows = rows.filter(Q(due_on__gt=after.due_on) | Q(due_on=after.due_on, pk__gt=after.pk))
    found = list(rows.order_by("due_on", "pk")[: PAGE + 1])
    more = found[PAGE - 1] if len(found) > PAGE else None
    return found[:PAGE], Key(more.due_on, more.pk) if more else None


def calls_due(clinic: Clinic, until: date) -> QuerySet[CheckIn]:
    """Check-ins that are due on ``until`` or before, the longest waiting first."""
    return (
        CheckIn.objects.filter(_REACHABLE, clinic=clinic, status=CheckInStatus.DUE, due_on__lte=until)
        .select_related("treatment_session__patient")
        .order_by("due_on", "pk")
    )


def page_of_calls(clinic: Clinic, until: date, after: Key | None = None) -> tuple[list[CheckIn], Key | None]:
    """One query."""
    return _page(calls_due(clinic, until), after)


def open_follow_ups(clinic: Clinic, *, of: User | None = None) -> QuerySet[FollowUp]:
    """What clinicians still see to, the first due first; ``of`` one of them."""
    rows = FollowUp.objects.filter(clinic=clinic).exclude(status=FollowUpStatus.CLOSED)
    if of is not None:
        rows = rows.filter(assigned_to=of)
    return rows.select_related("treatment_session__patient", "reaction__effect", "assigned_to").order_by(
        "due_on", "pk"
    )


def page_of_follow_ups(clinic: Clinic, after: Key | None = None) -> tuple[list[FollowUp], Key | None]:
    """One query."""
    return _page(open_follow_ups(clinic), after)


def check_ins() -> QuerySet[CheckIn]:
    """Check-ins with whose they are, and the pain and reactions that are known of the session. One query."""
    mine = {"treatment_session": OuterRef("treatment_session")}
    return CheckIn.objects.select_related(
        "treatment_session__patient",
        "treatment_session__clinic",
        "treatment_session__plan",
        "closed_by",
        "taken_over_by",
    ).annotate(
        known_reactions=ArraySubquery(
            Reaction.objects.filter(**mine)
            .order_by("pk")
            .values(
                row=JSONObject(
                    id="pk",
                    label="effect__short_label",
                    grade="grade",
                    began="began_on",
                    ended=Coalesce("end__ended_on", "ended_on"),
                    told_on_day="told_on_day",
                )
            )
        ),
        known_pain=ArraySubquery(
            Pain.objects.filter(**mine).order_by("pk").values(row=JSONObject(moment="moment", score="score"))
        ),
    )


def follow_ups() -> QuerySet[FollowUp]:
    """Follow-ups with the reaction, its session, and what was done so far. One query."""
    return FollowUp.objects.select_related(
        "treatment_session__patient",
        "treatment_session__clinic",
        "treatment_session__plan",
        "reaction__effect",
        "reaction__zone",
        "reaction__added_by",
        "assigned_to",
        "opened_by",
    ).annotate(
        told=ArraySubquery(
            FollowUpNote.objects.filter(follow_up=OuterRef("pk"))
            .order_by("pk")
            .values(
                row=JSONObject(
                    text="text",
                    moved_to="moved_to",
                    at="at",
                    title="by__title",
                    first="by__first_name",
                    last="by__last_name",
                )
            )
        )
    )


def began_on(reaction: Reaction) -> date:
    """The day a reaction began; in the chair where nobody says otherwise."""
    return reaction.began_on or reaction.treatment_session.performed_on


#: A void session too: what was injected was injected.
_GIVEN = ~Q(status=SessionStatus.DRAFT)


def lots_asked(follow_up: FollowUp) -> QuerySet[Any]:
    """The lots of all sessions of this patient in the incubation time, with who else had them. One query.

    A lot has ``given`` (this patient's sessions), ``others`` (how many other patients had it) and ``alike``
    (those of them with the same reaction, by record number). Empty where the reaction asks about no lot.
    """
    if follow_up.lot_days is None:
        return Lot.objects.none()
    began = began_on(follow_up.reaction)
    patient = follow_up.treatment_session.patient_id
    sessions = TreatmentSession.objects.filter(
        _GIVEN,
        patient=patient,
        performed_on__gte=lots_asked_from(began, follow_up.lot_days),
        performed_on__lte=began,
    )
    doses = Dose.objects.filter(lot=OuterRef("pk")).exclude(treatment_session__status=SessionStatus.DRAFT)
    elsewhere = doses.exclude(treatment_session__patient=patient)
    same = Reaction.objects.filter(effect=follow_up.reaction.effect_id).values("treatment_session__patient")
    return (
        Lot.objects.filter(pk__in=Dose.objects.filter(treatment_session__in=sessions).values("lot"))
        .select_related("product")
        .annotate(
            given=ArraySubquery(
                doses.filter(treatment_session__in=sessions)
                .order_by("treatment_session__performed_on", "pk")
                .values(
                    row=JSONObject(
                        session="treatment_session_id",
                        number="treatment_session__number",
                        on="treatment_session__performed_on",
                        ml="ml",
                    )
                )
            ),
            others=Coalesce(
                Subquery(
                    elsewhere.order_by()
                    .values("lot")
                    .annotate(count=Count("treatment_session__patient", distinct=True))
                    .values("count"),
                    output_field=IntegerField(),
                ),
                Value(0),
            ),
            alike=ArraySubquery(
                elsewhere.filter(treatment_session__patient__in=same)
                .values(
                    row=JSONObject(
                        id="treatment_session__patient_id", number="treatment_session__patient__record_number"
                    )
                )
                .order_by("row")
                .distinct()
            ),
        )
        .order_by("product__name", "number", "pk")
    )


def signed_without_check_ins(after: datetime | None) -> list[TreatmentSession]:
    """Signed sessions nobody is asked about yet, the oldest first. ``after``: only those signed since."""
    sessions = TreatmentSession.objects.filter(
        ~Exists(CheckIn.objects.filter(treatment_session=OuterRef("pk"))),
        status__in=(SessionStatus.SIGNED, SessionStatus.AMENDED),
    )
    if after is not None:
        sessions = sessions.filter(signed_at__gte=after)
    return list(sessions.order_by("performed_on", "pk"))


def reactions_without_follow_up(after: datetime | None) -> list[Reaction]:
    """Reactions that have to be followed up (an alert, an emergency, one that asks about the lots) and are not."""
    reactions = Reaction.objects.filter(
        Q(effect__level__in=FOLLOWED_UP_LEVELS) | Q(effect__lot_days__isnull=False),
        ~Exists(FollowUp.objects.filter(reaction=OuterRef("pk"))),
        treatment_session__signed_at__isnull=False,
    )
    if after is not None:
        reactions = reactions.filter(Q(treatment_session__signed_at__gte=after) | Q(added_at__gte=after))
    return list(reactions.select_related("effect", "treatment_session__clinic").order_by("pk"))
