"""The desk's inbox in Today: who waits for what, in groups, each line with the one thing to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import CharField, Exists, F, Model, OuterRef, QuerySet, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast, Concat
from django.urls import reverse
from django.utils import timezone

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.accounts.permissions import Permission
from mesoclinic.core.money import money_text
from mesoclinic.core.wording import day_text
from mesoclinic.outbox.models import Message
from mesoclinic.outbox.rules import NEEDS_SOMEBODY
from mesoclinic.pages.visit_fee import FEES
from treatments.billing.models import InvoiceLine, Price
from treatments.billing.queries.owed import Overdue, count_of_overdue_payments, overdue_payments
from treatments.followup import queries as follow_up
from treatments.followup.models import CheckIn
from treatments.plans.models import TreatmentPlan
from treatments.plans.rules import PlanStatus
from treatments.recalls.queries import count_of_people_to_tell, people_to_tell
from treatments.schedule.actions.visit_links import CANCELLED_BY_LINK
from treatments.schedule.models import Appointment, FreedTime
from treatments.schedule.queries.going_ahead import visits_that_cannot_go_ahead
from treatments.waiting.queries import freed_times_with_candidates, one_best_time_per_patient

Row = TypeVar("Row", bound=Model)

#: A group shows so many lines, then a link to all of them.
LINES = 3

#: Nothing is counted past this.
MOST_COUNTED = 100

#: A fee that nobody charged is shown so long.
FEE_DAYS = 14


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to do: who, what, why now, and the one action."""

    who: str
    what: str
    why: str
    action: str
    url: str
    phone: str = ""
    chip: str = ""
    level: str = "plain"
    #: A posted action names its fields; without any the action is a link.
    posts: tuple[tuple[str, str], ...] = ()
    is_post: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    key: str
    title: str
    lines: Sequence[Line]
    count: int
    #: Where all of them stand: the words and the address.
    more: Sequence[tuple[str, str]] = ()

    @property
    def count_text(self) -> str:
        return counted_text(self.count)


def counted_text(count: int) -> str:
    """“7”, “99+”."""
    return "99+" if count >= MOST_COUNTED else str(count)


def inbox_of_desk(user: User, clinic: Clinic, today: date, now: datetime) -> list[Group]:
    """The groups that have something in them, in the order they are worked. At most twelve queries."""
    due = _first_and_count(follow_up.reachable_check_ins_due(clinic, today))
    stopped = _first_and_count(visits_that_cannot_go_ahead(clinic, now))
    groups = [
        _calls(user, clinic, due, stopped, today),
        _changes(clinic, now),
        _to_book(clinic, now),
        _money(user, clinic, today, now),
        _messages(clinic),
        _free_times(clinic, now),
    ]
    return [group for group in groups if group and group.lines]


def badges_of_menu(user: User, clinic: Clinic, now: datetime) -> dict[str, int]:
    """How much waits behind a place of the menu, for those who work the inbox or sign. One query, or none."""
    counted: dict[str, ArraySubquery | RawSQL] = {}
    today = timezone.localdate(now, clinic.zone)
    if works_the_inbox(user):
        counted = {
            "check_ins": _ids_of(follow_up.reachable_check_ins_due(clinic, today)),
            "stopped": _ids_of(visits_that_cannot_go_ahead(clinic, now)),
            "changes": _ids_of(changes_by_patients(clinic, now)),
            "to_book": _ids_of(agreed_and_not_booked(clinic, now)),
            "fees": _ids_of(visits_with_fee_to_decide(clinic, now)),
            "messages": _ids_of(messages_to_see_to(clinic)),
            "overdue": count_of_overdue_payments(clinic, today, MOST_COUNTED),
            "recalled": count_of_people_to_tell(clinic, MOST_COUNTED),
        }
    if user.may(Permission.SIGN_SESSION):
        counted["reactions"] = _ids_of(follow_up.open_follow_ups(clinic, of=user))
    if not counted:
        return {}
    columns = {f"badge_today_{key}": value for key, value in counted.items()}
    row = Clinic.objects.filter(pk=clinic.pk).annotate(**columns).values_list(*columns).get()
    found = {
        key: value if isinstance(value, int) else len(value) for key, value in zip(counted, row, strict=True)
    }
    return {
        "today": sum(found.values()),
        "follow_up": found.get("check_ins", 0) + found.get("reactions", 0),
        "recalls": found.get("recalled", 0),
        "message_list": found.get("messages", 0),
    }


def works_the_inbox(user: User) -> bool:
    return user.may(Permission.BOOK) and user.may(Permission.TAKE_PAYMENT)


def has_badges(user: User) -> bool:
    """Those who work the inbox, and those who sign."""
    return works_the_inbox(user) or user.may(Permission.SIGN_SESSION)


def _ids_of(rows: QuerySet[Row]) -> ArraySubquery:
    return ArraySubquery(rows.values("pk")[:MOST_COUNTED])


def _first_and_count(rows: QuerySet[Row]) -> tuple[list[Row], int]:
    """The first lines of these, and how many there are (a hundred at most). One query."""
    found = list(rows[:MOST_COUNTED])
    return found[:LINES], len(found)


# ── calls ────────────────────────────────────────────────────────────────────────────────────────


def _calls(
    user: User,
    clinic: Clinic,
    due: tuple[list[CheckIn], int],
    stopped: tuple[list[Appointment], int],
    today: date,
) -> Group:
    """Recalls, visits that cannot take place, check-ins: whoever is to be rung, the gravest first."""
    recalled, recalled_count = (
        people_to_tell(clinic, LINES) if user.may(Permission.CONTACT_RECALLED) else ([], 0)
    )
    visits, visit_count = stopped
    check_ins, check_in_count = due
    kinds = [
        [
            Line(
                who=person.name,
                what="recall, please ring",
                why="received a lot that is recalled",
                phone=person.phone,
                chip="recall",
                level="stop",
                action="Call",
                url=reverse("recalls:contacts", args=[person.case_id]),
            )
            for person in recalled
        ],
        [_line_of_stopped_visit(visit, clinic) for visit in visits],
        [_line_of_check_in(check_in, today) for check_in in check_ins],
    ]
    more = []
    if recalled_count:
        text = (
            "1 patient to tell of a recall"
            if recalled_count == 1
            else f"{recalled_count} patients to tell of a recall"
        )
        more.append((text, reverse("recalls:contacts", args=[recalled[0].case_id])))
    if visit_count:
        text = (
            "1 visit ahead cannot take place"
            if visit_count == 1
            else f"{counted_text(visit_count)} visits ahead cannot take place"
        )
        more.append((text, reverse("schedule:to_ring")))
    if check_in_count:
        text = (
            "1 patient to ring" if check_in_count == 1 else f"{counted_text(check_in_count)} patients to ring"
        )
        more.append((text, reverse("followup:calls")))
    return Group("calls", "Calls", first_lines(kinds), recalled_count + visit_count + check_in_count, more)


def first_lines(kinds: Sequence[Sequence[Line]]) -> list[Line]:
    """As many lines as a group shows: one of each kind, then more of the gravest, in the order of the kinds."""
    shown = [min(len(lines), 1) for lines in kinds]
    for place, lines in enumerate(kinds):
        shown[place] += min(len(lines) - shown[place], max(LINES - sum(shown), 0))
    return [line for lines, count in zip(kinds, shown, strict=True) for line in lines[:count]]


def _line_of_stopped_visit(visit: Appointment, clinic: Clinic) -> Line:
    at = timezone.localtime(visit.starts_at, clinic.zone)
    return Line(
        who=visit.patient.full_name,
        what="visit cannot take place",
        why=f"{day_text(at.date())}, {at:%H:%M}",
        phone=visit.patient.phone,
        chip="move it",
        level="stop",
        action="Call",
        url=reverse("schedule:appointment", args=[visit.pk]),
    )


def _line_of_check_in(check_in: CheckIn, today: date) -> Line:
    late = (today - check_in.due_on).days
    session = check_in.treatment_session
    return Line(
        who=session.patient.full_name,
        what="check-in call",
        why=f"{check_in.time_after_session_text} after the session",
        phone=session.patient.phone,
        chip=f"{late} day{'' if late == 1 else 's'} late" if late > 0 else "today",
        level="stop" if late > 0 else "info",
        action="Call",
        url=reverse("followup:calls"),
    )


# ── changes by patients ──────────────────────────────────────────────────────────────────────────


def changes_by_patients(clinic: Clinic, now: datetime) -> QuerySet[FreedTime]:
    """Visits ahead that patients cancelled by the link in their reminder, until somebody saw to the time or it is taken."""
    taken = Appointment.objects.holding_time().filter(
        clinician=OuterRef("clinician"), starts_at__lt=OuterRef("ends_at"), ends_at__gt=OuterRef("starts_at")
    )
    return (
        FreedTime.objects.filter(
            ~Exists(taken),
            clinic=clinic,
            dismissed_at=None,
            ends_at__gt=now,
            because__in=[FreedTime.Because.CANCELLED, FreedTime.Because.LATE],
            appointment__status_reason=CANCELLED_BY_LINK,
        )
        .select_related("appointment__patient", "clinician")
        .order_by("starts_at", "pk")
    )


def _changes(clinic: Clinic, now: datetime) -> Group:
    rows, count = _first_and_count(changes_by_patients(clinic, now))
    lines = []
    for freed in rows:
        at = timezone.localtime(freed.starts_at, clinic.zone)
        visit = freed.appointment
        lines.append(
            Line(
                who=visit.patient.full_name if visit else "",
                what=f"cancelled {day_text(at.date())}, {at:%H:%M}",
                why=f"by the link · {freed.clinician.display_name}",
                chip="late" if freed.because == FreedTime.Because.LATE else "",
                level="warn",
                action="Offer the time",
                url=reverse("waiting:freed_time", args=[freed.pk]),
            )
        )
    more = [(f"All {counted_text(count)}", reverse("waiting:waiting"))] if count > LINES else []
    return Group("changes", "Changes by patients", lines, count, more)


# ── agreed, and nothing booked ───────────────────────────────────────────────────────────────────


def agreed_and_not_booked(clinic: Clinic, now: datetime) -> QuerySet[TreatmentPlan]:
    """Plans the patient said yes to for which no visit stands ahead."""
    ahead = Appointment.objects.filter(plan=OuterRef("pk"), starts_at__gte=now).holding_time().order_by()
    return (
        TreatmentPlan.objects.filter(~Exists(ahead), clinic=clinic, status=PlanStatus.ACCEPTED)
        .select_related("patient")
        .order_by("pk")
    )


def _to_book(clinic: Clinic, now: datetime) -> Group:
    rows, count = _first_and_count(agreed_and_not_booked(clinic, now))
    lines = [
        Line(
            who=plan.patient.full_name,
            what=plan.name,
            why="agreed, nothing is booked",
            phone=plan.patient.phone,
            action="Book the course",
            url=reverse("schedule:book_course", args=[plan.pk]),
        )
        for plan in rows
    ]
    more = [(f"All {counted_text(count)}", reverse("schedule:to_book"))] if count > LINES else []
    return Group("to_book", "Courses to book", lines, count, more)


# ── money ────────────────────────────────────────────────────────────────────────────────────────


def visits_with_fee_to_decide(clinic: Clinic, now: datetime) -> QuerySet[Appointment]:
    """Missed and late-cancelled visits of the last two weeks not charged for, where the clinic has a price for it."""
    charged = InvoiceLine.objects.filter(
        kind__in=[kind.value for kind in FEES.values()],
        source=Concat(Value("schedule.appointment:"), Cast(OuterRef("pk"), CharField())),
    )
    priced = Price.objects.filter(
        price_list__clinic=clinic,
        price_list__withdrawn_at=None,
        price_list__valid_from__lte=timezone.localdate(now, clinic.zone),
        kind__in=[kind.value for kind in FEES.values()],
    )
    return (
        Appointment.objects.filter(
            ~Exists(charged),
            Exists(priced),
            clinic=clinic,
            status__in=[status.value for status in FEES],
            starts_at__gte=now - timedelta(days=FEE_DAYS),
            starts_at__lt=now + timedelta(days=2),
        )
        .select_related("patient")
        .order_by("starts_at", "pk")
    )


def _money(user: User, clinic: Clinic, today: date, now: datetime) -> Group | None:
    """What is overdue, then fees nobody decided on."""
    if not user.may(Permission.TAKE_PAYMENT):
        return None
    overdue, overdue_count = overdue_payments(clinic, today, LINES)
    visits, visit_count = _first_and_count(visits_with_fee_to_decide(clinic, now))
    lines = first_lines(
        [[_line_of_overdue_amount(each, today) for each in overdue], _lines_of_fees(visits, clinic)]
    )
    more = []
    if overdue_count:
        more.append((f"{counted_text(overdue_count)} overdue", reverse("billing:quote_list") + "?list=owing"))
    return Group("money", "Money", lines, overdue_count + visit_count, more)


def _line_of_overdue_amount(overdue: Overdue, today: date) -> Line:
    late = (today - overdue.due_on).days
    return Line(
        who=overdue.name,
        what=f"{money_text(overdue.amount, overdue.currency)} overdue",
        why=f"due {day_text(overdue.due_on)}",
        phone=overdue.phone,
        chip=f"{late} day{'' if late == 1 else 's'} late",
        level="stop",
        action="Take payment",
        url=reverse("plan", args=[overdue.plan_id])
        if overdue.plan_id
        else reverse("billing:invoice", args=[overdue.invoice_id]),
    )


def _lines_of_fees(visits: Sequence[Appointment], clinic: Clinic) -> list[Line]:
    lines = []
    for visit in visits:
        at = timezone.localtime(visit.starts_at, clinic.zone)
        missed = visit.status == Appointment.Status.NO_SHOW
        lines.append(
            Line(
                who=visit.patient.full_name,
                what=f"{'missed' if missed else 'cancelled late'} {day_text(at.date())}",
                why="fee not charged yet",
                action="Charge the fee",
                url=reverse("visit_fee", args=[visit.pk]),
            )
        )
    return lines


# ── messages that did not go out ─────────────────────────────────────────────────────────────────


def messages_to_see_to(clinic: Clinic) -> QuerySet[Message]:
    """Those that did not go out or may not have, about what is soonest first."""
    return (
        Message.objects.filter(clinic=clinic, status__in=[s.value for s in NEEDS_SOMEBODY])
        .select_related("patient")
        .order_by(F("about_at").asc(nulls_last=True), "pk")
    )


def _messages(clinic: Clinic) -> Group:
    rows, count = _first_and_count(messages_to_see_to(clinic))
    lines = []
    for message in rows:
        at = timezone.localtime(message.about_at, clinic.zone) if message.about_at else None
        again = message.status == "failed" and "address" not in message.reason
        lines.append(
            Line(
                who=message.patient.full_name,
                what=message.get_purpose_display()
                + (f" for {day_text(at.date())}, {at:%H:%M}" if at else ""),
                why=message.reason
                or ("did not go out" if message.status == "failed" else "may not have gone out"),
                phone="" if again else message.patient.phone,
                action="Send again" if again else "Call instead",
                url=reverse("outbox:message_again", args=[message.pk])
                if again
                else reverse("outbox:message_list"),
                is_post=again,
            )
        )
    more = [(f"All {counted_text(count)}", reverse("outbox:message_list"))] if count > LINES else []
    return Group("messages", "Messages that did not go out", lines, count, more)


# ── free times ───────────────────────────────────────────────────────────────────────────────────


def _free_times(clinic: Clinic, now: datetime) -> Group:
    best = one_best_time_per_patient(freed_times_with_candidates(clinic, now))
    lines = [
        Line(
            who=f"{one.candidate.slot.weekday_and_date_text}, {one.candidate.slot.clock_text}",
            what=one.candidate.slot.clinician.display_name,
            why=f"ask {one.candidate.entry.patient.full_name} first: {one.candidate.why}",
            action="Ask",
            url=reverse("waiting:offer_make", args=[one.freed.pk]),
            is_post=True,
            posts=(("entry", str(one.candidate.entry.pk)),),
        )
        for one in best[:LINES]
    ]
    more = [("Waiting list", reverse("waiting:waiting"))]
    return Group("free", "Free times", lines, len(best), more)
