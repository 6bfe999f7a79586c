"""The desk's inbox in Today: who waits for what, in groups, each line with the one thing to do."""

from datetime import date, datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.accounts.permissions import Permission
from mesoclinic.core.paging import MOST_COUNTED, counted_text
from mesoclinic.core.wording import day_text
from mesoclinic.inbox.queries import marks_of_clinic
from mesoclinic.inbox.rules import LineKind, line_key
from mesoclinic.outbox.models import Message
from mesoclinic.outbox.rules import NEEDS_SOMEBODY
from mesoclinic.pages.inbox_lines import LINES, Desk, Group, Line
from mesoclinic.pages.inbox_money import money_group
from treatments.followup.models import CheckIn
from treatments.followup.queries import follow_ups as follow_up
from treatments.plans.models import TreatmentPlan
from treatments.plans.rules import PlanStatus
from treatments.recalls.queries import people_to_tell
from treatments.schedule.actions.visit_links import CANCELLED_BY_LINK
from treatments.schedule.models import Appointment, FreedTime
from treatments.schedule.queries.going_ahead import visits_that_cannot_go_ahead
from treatments.waiting.queries import freed_times_with_candidates, one_best_time_per_patient


def works_the_inbox(user: User) -> bool:
    return user.may(Permission.BOOK) and user.may(Permission.TAKE_PAYMENT)


def inbox_of_desk(user: User, clinic: Clinic, today: date, now: datetime) -> list[Group]:
    """The groups that have something in them, in the order they are worked. At most fifteen queries."""
    desk = Desk(user, clinic, now, marks_of_clinic(clinic, now))
    groups = [
        _calls(desk, today),
        _changes(desk),
        _to_book(desk),
        money_group(desk, today),
        _messages(desk),
        _free_times(desk),
    ]
    return [group for group in groups if group and (group.lines or group.seen)]


# ── calls ────────────────────────────────────────────────────────────────────────────────────────


def _calls(desk: Desk, today: date) -> Group:
    """Recalls, visits that cannot take place, check-ins: whoever is to be rung, the gravest first."""
    clinic = desk.clinic
    recalled, recalled_count = (
        people_to_tell(clinic, MOST_COUNTED) if desk.user.may(Permission.CONTACT_RECALLED) else ([], 0)
    )
    visits = list(visits_that_cannot_go_ahead(clinic, desk.now)[:MOST_COUNTED])
    check_ins = list(follow_up.reachable_check_ins_due(clinic, today)[:MOST_COUNTED])
    kinds = [
        [
            Line(
                key=line_key(LineKind.RECALL, person.case_id, person.patient_id),
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
    if visits:
        text = (
            "1 visit ahead cannot take place"
            if len(visits) == 1
            else f"{counted_text(len(visits))} visits ahead cannot take place"
        )
        more.append((text, reverse("schedule:to_ring")))
    if check_ins:
        text = (
            "1 patient to ring" if len(check_ins) == 1 else f"{counted_text(len(check_ins))} patients to ring"
        )
        more.append((text, reverse("followup:calls")))
    return desk.group("calls", "Calls", kinds, more)


def _line_of_stopped_visit(visit: Appointment, clinic: Clinic) -> Line:
    at = timezone.localtime(visit.starts_at, clinic.zone)
    return Line(
        key=line_key(LineKind.STOPPED_VISIT, visit.pk),
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
        key=line_key(LineKind.CHECK_IN, check_in.pk),
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
    """Times ahead that patients gave up by link: cancelled, until somebody saw to it or it is taken; or moved."""
    taken = Appointment.objects.holding_time().filter(
        clinician=OuterRef("clinician"), starts_at__lt=OuterRef("ends_at"), ends_at__gt=OuterRef("starts_at")
    )
    return (
        FreedTime.objects.filter(
            Q(
                ~Exists(taken),
                because__in=[FreedTime.Because.CANCELLED, FreedTime.Because.LATE],
                appointment__status_reason=CANCELLED_BY_LINK,
            )
            | Q(because=FreedTime.Because.MOVED, appointment__patient_moved_from=F("starts_at")),
            clinic=clinic,
            dismissed_at=None,
            ends_at__gt=now,
        )
        .select_related("appointment__patient", "clinician")
        .order_by("starts_at", "pk")
    )


def _changes(desk: Desk) -> Group:
    lines = []
    for freed in changes_by_patients(desk.clinic, desk.now)[:MOST_COUNTED]:
        at = timezone.localtime(freed.starts_at, desk.clinic.zone)
        visit = freed.appointment
        key, who = line_key(LineKind.CHANGE, freed.pk), visit.patient.full_name if visit else ""
        if visit and freed.because == FreedTime.Because.MOVED:
            to = timezone.localtime(visit.starts_at, desk.clinic.zone)
            lines.append(
                Line(
                    key=key,
                    who=who,
                    what=f"moved to {day_text(to.date())}, {to:%H:%M}",
                    why=f"by the link · was {day_text(at.date())}, {at:%H:%M}",
                    level="info",
                    action="Open",
                    url=reverse("schedule:appointment", args=[visit.pk]),
                )
            )
            continue
        lines.append(
            Line(
                key=key,
                who=who,
                what=f"cancelled {day_text(at.date())}, {at:%H:%M}",
                why=f"by the link · {freed.clinician.display_name}",
                chip="late" if freed.because == FreedTime.Because.LATE else "",
                level="warn",
                action="Offer the time",
                url=reverse("waiting:freed_time", args=[freed.pk]),
            )
        )
    return desk.group("changes", "Changes by patients", [lines], _all(lines, "waiting:waiting"))


def _all(lines: list[Line], address: str) -> list[tuple[str, str]]:
    """“All 7”, where a group does not show them all."""
    return [(f"All {counted_text(len(lines))}", reverse(address))] if len(lines) > LINES else []


# ── agreed, and nothing booked ───────────────────────────────────────────────────────────────────


def agreed_and_not_booked(clinic: Clinic, now: datetime) -> QuerySet[TreatmentPlan]:
    """Plans the patient said yes to for which no visit stands ahead."""
    ahead = Appointment.objects.filter(plan=OuterRef("pk"), starts_at__gte=now).holding_time().order_by()
    return (
        TreatmentPlan.objects.filter(~Exists(ahead), clinic=clinic, status=PlanStatus.ACCEPTED)
        .select_related("patient")
        .order_by("pk")
    )


def _to_book(desk: Desk) -> Group:
    lines = [
        Line(
            key=line_key(LineKind.TO_BOOK, plan.pk),
            who=plan.patient.full_name,
            what=plan.name,
            why="agreed, nothing is booked",
            phone=plan.patient.phone,
            action="Book the course",
            url=reverse("schedule:book_course", args=[plan.pk]),
        )
        for plan in agreed_and_not_booked(desk.clinic, desk.now)[:MOST_COUNTED]
    ]
    return desk.group("to_book", "Courses to book", [lines], _all(lines, "schedule:to_book"))


# ── messages that did not go out ─────────────────────────────────────────────────────────────────


def messages_to_see_to(clinic: Clinic) -> QuerySet[Message]:
    """Those that did not go out or may not have, about what is soonest first."""
    return (
        Message.objects.filter(clinic=clinic, status__in=[s.value for s in NEEDS_SOMEBODY])
        .select_related("patient")
        .order_by(F("about_at").asc(nulls_last=True), "pk")
    )


def _messages(desk: Desk) -> Group:
    lines = []
    for message in messages_to_see_to(desk.clinic)[:MOST_COUNTED]:
        at = timezone.localtime(message.about_at, desk.clinic.zone) if message.about_at else None
        again = message.status == "failed" and "address" not in message.reason
        lines.append(
            Line(
                key=line_key(LineKind.MESSAGE, message.pk),
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
    more = _all(lines, "outbox:message_list")
    return desk.group("messages", "Messages that did not go out", [lines], more)


# ── free times ───────────────────────────────────────────────────────────────────────────────────


def _free_times(desk: Desk) -> Group:
    best = one_best_time_per_patient(freed_times_with_candidates(desk.clinic, desk.now))
    lines = [
        Line(
            key=line_key(LineKind.FREE_TIME, one.freed.pk, one.candidate.entry.pk),
            who=f"{one.candidate.slot.weekday_and_date_text}, {one.candidate.slot.clock_text}",
            what=one.candidate.slot.clinician.display_name,
            why=f"ask {one.candidate.entry.patient.full_name} first: {one.candidate.why}",
            action="Ask",
            url=reverse("waiting:offer_make", args=[one.freed.pk]),
            is_post=True,
            posts=(("entry", str(one.candidate.entry.pk)),),
        )
        for one in best
    ]
    return desk.group("free", "Free times", [lines], [("Waiting list", reverse("waiting:waiting"))])
