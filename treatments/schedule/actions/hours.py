"""Rooms, working hours and time off, as an administrator sets them."""

from collections.abc import Collection
from datetime import datetime, time

from django.db import transaction
from django.db.models import Q

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.accounts.permissions import Role
from mesoclinic.core import audit
from mesoclinic.core.findings import raise_if_found
from treatments.schedule.actions.freed_times import (
    add_freed_times_of_new_hours,
    add_freed_times_of_removed_absence,
)
from treatments.schedule.models import Room, TimeOff, WorkingHours
from treatments.schedule.rules.hours import (
    Clash,
    check_room_name_given_and_free,
    check_time_off_who_and_times,
    check_working_hours_possible_and_free,
)


@transaction.atomic
def add_room(*, clinic: Clinic, name: str, by: User) -> Room:
    """Refused without a name, or with one that another room has."""
    name = name.strip()
    raise_if_found(
        check_room_name_given_and_free(
            name, is_used=Room.objects.filter(clinic=clinic, name__iexact=name).exists()
        )
    )
    room = Room.objects.create(clinic=clinic, name=name)
    audit.record(by=by, did="room.added", about=room)
    return room


@transaction.atomic
def set_room_in_use(*, room: Room, active: bool, by: User) -> Room:
    """A room that is out of use is offered no more; what is booked there stays."""
    room.active = active
    room.save(update_fields=["active"])
    audit.record(by=by, did="room.opened" if active else "room.closed", about=room)
    return room


@transaction.atomic
def add_working_hours_and_freed_times(
    *,
    clinic: Clinic,
    clinician: User,
    room: Room,
    weekdays: Collection[int],
    opens: time,
    closes: time,
    by: User,
) -> list[WorkingHours]:
    """A clinician's hours in a room on these weekdays, by the clinic's clock; all or none.

    Neither the clinician nor the room may have others that overlap.
    """
    clash = (
        WorkingHours.objects.filter(
            Q(clinician=clinician) | Q(room=room), weekday__in=weekdays, opens__lt=closes, closes__gt=opens
        )
        .order_by("weekday", "opens")
        .first()
    )
    raise_if_found(
        check_working_hours_possible_and_free(
            opens=opens,
            closes=closes,
            weekdays=weekdays,
            room_in_use=room.active and room.clinic_id == clinic.pk,
            clinician_name=clinician.display_name,
            treats_here=clinician.is_active and clinician.has_role(Role.CLINICIAN, clinic),
            clash=Clash(clash.weekday, clash.opens, clash.closes, clash.clinician_id == clinician.pk)
            if clash
            else None,
        )
    )
    working_hours = WorkingHours.objects.bulk_create(
        WorkingHours(
            clinic=clinic, clinician=clinician, room=room, weekday=weekday, opens=opens, closes=closes
        )
        for weekday in sorted(weekdays)
    )
    add_freed_times_of_new_hours(clinic, working_hours)
    audit.record(
        by=by, did="opening.added", about=working_hours[0], weekdays=[o.weekday for o in working_hours]
    )
    return working_hours


def add_working_hours_on_weekday(
    *, clinic: Clinic, clinician: User, room: Room, weekday: int, opens: time, closes: time, by: User
) -> WorkingHours:
    """The same for one weekday."""
    (working,) = add_working_hours_and_freed_times(
        clinic=clinic, clinician=clinician, room=room, weekdays=[weekday], opens=opens, closes=closes, by=by
    )
    return working


@transaction.atomic
def remove_working_hours(*, working: WorkingHours, by: User) -> None:
    """Appointments already booked stay."""
    audit.record(by=by, did="opening.removed", about=working, weekday=working.weekday)
    working.delete()


@transaction.atomic
def add_time_off(
    *,
    clinic: Clinic,
    starts_at: datetime,
    ends_at: datetime,
    by: User,
    clinician: User | None = None,
    room: Room | None = None,
    reason: str = "",
) -> TimeOff:
    """When a clinician is away or a room closed. Appointments already booked stay."""
    raise_if_found(
        check_time_off_who_and_times(
            is_of_one=(clinician is None) != (room is None), starts_at=starts_at, ends_at=ends_at
        )
    )
    off = TimeOff.objects.create(
        clinic=clinic,
        clinician=clinician,
        room=room,
        starts_at=starts_at,
        ends_at=ends_at,
        reason=reason.strip()[:100],
    )
    audit.record(by=by, did="time_off.added", about=off)
    return off


@transaction.atomic
def remove_time_off_and_add_freed_times(*, off: TimeOff, by: User) -> None:
    """They are there after all."""
    audit.record(by=by, did="time_off.removed", about=off)
    add_freed_times_of_removed_absence(off)
    off.delete()
