"""The states of an appointment, how it moves between them, and when a cancellation is late. No Django here."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum

from mesoclinic.core.findings import Finding, warn


class AppointmentStatus(StrEnum):
    BOOKED = "booked"
    CONFIRMED = "confirmed"
    ARRIVED = "arrived"
    IN_TREATMENT = "in_treatment"
    DONE = "done"
    CANCELLED = "cancelled"
    LATE_CANCELLED = "late_cancelled"
    NO_SHOW = "no_show"


#: Nobody comes: the time is free again.
GIVEN_UP = {AppointmentStatus.CANCELLED, AppointmentStatus.LATE_CANCELLED, AppointmentStatus.NO_SHOW}

APPOINTMENT_MOVES: dict[AppointmentStatus, frozenset[AppointmentStatus]] = {
    # Straight into treatment where the session is started and nobody had said that they were here.
    AppointmentStatus.BOOKED: frozenset(
        {
            AppointmentStatus.CONFIRMED,
            AppointmentStatus.ARRIVED,
            AppointmentStatus.IN_TREATMENT,
            *GIVEN_UP,
        }
    ),
    AppointmentStatus.CONFIRMED: frozenset(
        {AppointmentStatus.ARRIVED, AppointmentStatus.IN_TREATMENT, *GIVEN_UP}
    ),
    # Back to booked where the wrong patient was checked in; some leave before they are treated.
    AppointmentStatus.ARRIVED: frozenset(
        {AppointmentStatus.IN_TREATMENT, AppointmentStatus.BOOKED, AppointmentStatus.LATE_CANCELLED}
    ),
    AppointmentStatus.IN_TREATMENT: frozenset({AppointmentStatus.DONE, AppointmentStatus.ARRIVED}),
    AppointmentStatus.DONE: frozenset(),
    AppointmentStatus.CANCELLED: frozenset(),
    AppointmentStatus.LATE_CANCELLED: frozenset(),
    # Late, but here after all: if nobody else has taken the time by now.
    AppointmentStatus.NO_SHOW: frozenset({AppointmentStatus.ARRIVED}),
}

#: Nothing of it changes any more, its time least of all (a missed one may still arrive).
OVER = frozenset({AppointmentStatus.DONE, *GIVEN_UP})

#: These keep clinician, room and patient busy; the exclusion constraints count them and no others.
ACTIVE = frozenset(AppointmentStatus) - GIVEN_UP

#: Still to come, or going on.
NOT_OVER = ACTIVE - OVER


#: What people usually say; anything else may be typed. Nothing clinical.
CANCEL_REASONS = (
    "Ill",
    "Cannot come then",
    "Does not want to go on",
    "The clinician is away",
    "Booked by mistake",
)

#: Cancelling later than this before the start is late (docs/pricing.md: 24 to 48 h, by contract).
NOTICE_HOURS = 24


def status_when_cancelled(
    starts_at: datetime, at: datetime, notice_hours: int = NOTICE_HOURS
) -> AppointmentStatus:
    """What an appointment becomes when it is cancelled at ``at``; exactly in time is in time."""
    notice = starts_at.astimezone(UTC) - at.astimezone(UTC)
    if notice < timedelta(hours=notice_hours):
        return AppointmentStatus.LATE_CANCELLED
    return AppointmentStatus.CANCELLED


def check_cancellation_is_not_late(
    starts_at: datetime, at: datetime, notice_hours: int = NOTICE_HOURS
) -> Finding | None:
    """Says before cancelling that it is late."""
    if status_when_cancelled(starts_at, at, notice_hours) is AppointmentStatus.CANCELLED:
        return None
    message = (
        f"Less than {notice_hours} hours' notice: this counts as a late cancellation. "
        "Say why: the reason stays with the visit."
    )
    return warn("cancel:late", message, where="status_reason")
