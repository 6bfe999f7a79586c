"""What an administrator sets about booking: lengths, notice, buffer, breaks, holidays, equipment."""

from collections.abc import Collection, Sequence
from datetime import date, time
from decimal import Decimal

from django.db import transaction

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.core import audit
from mesoclinic.core.findings import Refused, raise_if_found
from treatments.schedule.models import BookingSettings, Break, Holiday, Room
from treatments.schedule.rules.hours import (
    Clash,
    check_break_times_days_and_overlap,
    check_day_is_not_holiday_already,
)
from treatments.schedule.rules.lengths import check_length_rule_rows_consistent
from treatments.schedule.rules.reminders import check_reminder_hours_count_and_range


@transaction.atomic
def save_booking_settings(
    *,
    clinic: Clinic,
    areas: Sequence[tuple[Decimal, int]],
    techniques: Sequence[tuple[str, int, str]],
    notice_hours: int,
    buffer_minutes: int,
    first_minutes: int,
    per_100_cm2: int,
    intake_minutes: int,
    review_minutes: int,
    quote_minutes: int,
    by: User,
) -> BookingSettings:
    """Set the clinic's rule of lengths and the rest. What is booked already keeps its length.

    ``areas``: up to so many cm², so many minutes. ``techniques``: name, minutes more, and what the
    room must have (empty: any room).
    """
    found = check_length_rule_rows_consistent(areas, [(name, minutes) for name, minutes, _ in techniques])
    if found:
        raise Refused(*found)
    row = BookingSettings.objects.select_for_update().filter(clinic=clinic).first()
    row = row or BookingSettings(clinic=clinic)
    row.area_up_to_cm2 = [area for area, _ in areas]
    row.area_minutes = [minutes for _, minutes in areas]
    row.technique_names = [name for name, _, _ in techniques]
    row.technique_minutes = [minutes for _, minutes, _ in techniques]
    row.technique_equipment = [equipment for _, _, equipment in techniques]
    row.notice_hours, row.buffer_minutes = notice_hours, buffer_minutes
    row.first_minutes, row.per_100_cm2 = first_minutes, per_100_cm2
    row.intake_minutes, row.review_minutes = intake_minutes, review_minutes
    row.quote_minutes = quote_minutes
    row.save()
    audit.record(by=by, did="booking.set", about=row)
    return row


@transaction.atomic
def save_reminder_and_feed_settings(
    *,
    clinic: Clinic,
    hours_before: Collection[int],
    names_in_feeds: bool,
    by: User,
    intake_by_link: bool = False,
) -> BookingSettings:
    """How many hours before a visit its patient is reminded, whether feeds name patients, and whether intakes go out by link."""
    hours = sorted(set(hours_before), reverse=True)
    if found := check_reminder_hours_count_and_range(hours):
        raise Refused(*found)
    row, _ = BookingSettings.objects.select_for_update().get_or_create(clinic=clinic)
    row.hours_before, row.names_in_feeds, row.intake_by_link = hours, names_in_feeds, intake_by_link
    row.save(update_fields=["hours_before", "names_in_feeds", "intake_by_link"])
    audit.record(
        by=by,
        did="reminders.set",
        about=row,
        hours_before=hours,
        names_in_feeds=names_in_feeds,
        intake_by_link=intake_by_link,
    )
    return row


@transaction.atomic
def add_breaks(
    *,
    clinic: Clinic,
    clinician: User,
    weekdays: Collection[int],
    starts: time,
    ends: time,
    name: str,
    by: User,
) -> list[Break]:
    """A pause in a clinician's hours on these weekdays; all or none. Visits already booked stay."""
    clash = (
        Break.objects.filter(
            clinic=clinic, clinician=clinician, weekday__in=weekdays, starts__lt=ends, ends__gt=starts
        )
        .order_by("weekday", "starts")
        .first()
    )
    raise_if_found(
        check_break_times_days_and_overlap(
            starts=starts,
            ends=ends,
            weekdays=weekdays,
            clash=Clash(clash.weekday, clash.starts, clash.ends, same_clinician=True) if clash else None,
        )
    )
    made = Break.objects.bulk_create(
        Break(
            clinic=clinic,
            clinician=clinician,
            weekday=weekday,
            starts=starts,
            ends=ends,
            name=name.strip()[:40] or "Break",
        )
        for weekday in sorted(weekdays)
    )
    audit.record(by=by, did="break.added", about=made[0], weekdays=[b.weekday for b in made])
    return made


@transaction.atomic
def remove_break(*, row: Break, by: User) -> None:
    audit.record(by=by, did="break.removed", about=row, weekday=row.weekday)
    row.delete()


@transaction.atomic
def add_holiday(*, clinic: Clinic, day: date, name: str, by: User) -> Holiday:
    """A day on which the clinic is closed. Visits already booked stay, and are said by the page."""
    raise_if_found(
        check_day_is_not_holiday_already(
            is_one_already=Holiday.objects.filter(clinic=clinic, day=day).exists()
        )
    )
    holiday = Holiday.objects.create(clinic=clinic, day=day, name=name.strip()[:60])
    audit.record(by=by, did="holiday.added", about=holiday, day=day.isoformat())
    return holiday


@transaction.atomic
def remove_holiday(*, holiday: Holiday, by: User) -> None:
    audit.record(by=by, did="holiday.removed", about=holiday, day=holiday.day.isoformat())
    holiday.delete()


@transaction.atomic
def save_room_equipment(*, room: Room, equipment: Sequence[str], by: User) -> Room:
    """What stands in a room: a technique may need it."""
    room.equipment = list(equipment)
    room.save(update_fields=["equipment"])
    audit.record(by=by, did="room.equipped", about=room, equipment=list(equipment))
    return room
