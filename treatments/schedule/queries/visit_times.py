"""Other free times for a visit, as its patient may choose them by link: the same kind, length and equipment, nothing that needs a reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, cast

from django.db.models import OuterRef

from mesoclinic.core.periods import Period
from treatments.schedule.models import Appointment
from treatments.schedule.queries import courses
from treatments.schedule.queries.availability import Slot, read_diary_during, working_hours_of
from treatments.schedule.rules.availability import day_period
from treatments.schedule.rules.day_parts import DayPart, day_part_of

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

#: So many days are shown at once, and none later than so many from today.
DAYS_AT_ONCE = 7
FURTHEST = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class VisitTimes:
    """The free times of some days, each start once. ``day`` is the day whose times are shown; None where none is free.

    ``later`` is the first day after them that the visit may be moved to; None where there is none.
    """

    days: Sequence[date]
    free: dict[date, list[Slot]]
    day: date | None
    later: date | None

    def parts(self) -> list[tuple[DayPart, list[Slot]]]:
        """The times of the day shown, morning and afternoon apart."""
        slots = self.free.get(self.day, []) if self.day else []
        return [
            (part, [slot for slot in slots if day_part_of(slot.local_start) is part])
            for part in DayPart
            if any(day_part_of(slot.local_start) is part for slot in slots)
        ]

    def slot_or_none(self, value: str) -> Slot | None:
        """The free time with this form value."""
        return next(
            (slot for slots in self.free.values() for slot in slots if slot.form_value == value), None
        )


def read_times_to_move_visit_to(
    visit: Appointment, *, first: date, day: date | None, with_anyone: bool, now: datetime
) -> VisitTimes:
    """Free times from ``first`` on, in three queries for a session and two for another visit.

    With the visit's own clinician, or ``with_anyone``. A session is offered only days that meet every interval of its
    course: a patient is not asked for a reason.
    """
    zone = visit.clinic.zone
    today = now.astimezone(zone).date()
    first = min(max(first, today), today + FURTHEST)
    days = [first + timedelta(days=n) for n in range(DAYS_AT_ONCE)]
    after = [days[-1] + timedelta(days=n) for n in range(1, (today + FURTHEST - days[-1]).days + 1)]
    length = visit.ends_at - visit.starts_at
    allowed, equipment = {*days, *after}, frozenset[str]()
    if visit.plan_id and visit.session_number:
        course = _course_of(visit)
        equipment = course.required_equipment
        allowed = courses.days_meeting_all_intervals(course, visit.session_number, allowed)
    clinician_id = None if with_anyone else visit.clinician_id
    whole = Period(day_period(days[0], zone).start, day_period(days[-1], zone).end)
    diary = read_diary_during(
        visit.clinic,
        working_hours_of(visit.clinic),
        whole,
        patient_id=visit.patient_id,
        clinician_id=clinician_id,
        without=[visit.pk],
    )
    free = {}
    for some_day in days:
        found = []
        if some_day in allowed:
            found = diary.free_slots_on(
                some_day, length, now=now, clinician_id=clinician_id, equipment=equipment
            )
        # Each start once, the time that the visit has left out.
        once = {slot.start: slot for slot in reversed(found) if slot.start != visit.starts_at}
        free[some_day] = sorted(once.values())
    shown = day if day in free and free[day] else next((d for d in days if free[d]), None)
    return VisitTimes(days, free, shown, next((d for d in after if d in allowed), None))


def _course_of(visit: Appointment) -> courses.Course:
    """The course of the visit's plan, as it stands now. One query."""
    row = (
        Appointment.objects.select_related("plan__clinic__booking")
        .annotate(**courses.course_columns_of(OuterRef("plan")))
        .get(pk=visit.pk)
    )
    assert row.plan is not None  # a session belongs to a plan
    return courses.course_from_row(row.plan, cast("WithAnnotations[Appointment, courses.HeldColumns]", row))
