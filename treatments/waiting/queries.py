"""The waiting list as the desk sees it: what is free, whom to ask first and why. A fixed number of queries."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, cast

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from mesoclinic.accounts.models import Clinic
from mesoclinic.core.compiled_queries import Blank, CompiledQuery
from mesoclinic.core.paging import Page, Place, page_of
from mesoclinic.core.periods import Period
from mesoclinic.core.wording import day_text
from treatments.schedule.models import Appointment, FreedTime
from treatments.schedule.queries import availability
from treatments.schedule.queries.availability import Diary, Slot
from treatments.schedule.queries.courses import Course, HeldColumns, course_columns_of, course_from_row
from treatments.schedule.rules.intervals import fewest_and_most_days_between_sessions
from treatments.waiting.models import Offer, WaitingListEntry
from treatments.waiting.rules import (
    OfferStatus,
    Preferences,
    Turn,
    fits_preferences,
    how_long_waiting_text,
    net_freed_periods,
    one_time_for_each,
    turns_in_fair_order,
)

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

#: So many people to ask are shown, or all where they are asked for; so many free times and so many who wait are looked at.
BEST_SHOWN = 4
FREED_AT_MOST = 40
ENTRIES_LOOKED_AT = 300
ENTRIES_A_PAGE = 7


@dataclass(frozen=True)
class Candidate:
    """Somebody who waits and whom a free time suits: which part of it, and why they stand where they do."""

    entry: WaitingListEntry
    slot: Slot
    why: str
    #: An open offer of another time, where they have one.
    has_offer: bool


@dataclass(frozen=True)
class FreeTime:
    freed: FreedTime
    candidates: list[Candidate]


@dataclass(frozen=True)
class BestTime:
    """Somebody who waits, with the one time to offer them. ``others``: how many more this time suits."""

    candidate: Candidate
    freed: FreedTime
    others: int


class EntryColumns(HeldColumns):
    """What :func:`waiting_entries_of_clinic` adds to an entry: an open offer, and the course it waits for."""

    has_offer: bool


if TYPE_CHECKING:
    EntryRow = WithAnnotations[WaitingListEntry, EntryColumns]


def waiting_entries_of_clinic(clinic: Clinic | Blank, today: date | None = None) -> "QuerySet[EntryRow]":
    """Those who wait, the longest first, with what the page says of them."""
    made = Offer.objects.filter(entry=OuterRef("pk"), status=OfferStatus.MADE.value)
    entries = (
        WaitingListEntry.objects.waiting()
        .filter(clinic=clinic)
        .select_related("patient", "clinician", "room", "plan__clinic__booking", "clinic")
        .annotate(has_offer=Exists(made), **course_columns_of(OuterRef("plan"), today))
        .order_by("added_at", "pk")
    )
    return cast("QuerySet[EntryRow]", entries)


def unanswered_offers(clinic: Clinic) -> QuerySet[Offer]:
    """Offers that wait for an answer, the first to expire first."""
    return (
        Offer.objects.filter(entry__clinic=clinic, status=OfferStatus.MADE.value)
        .select_related("entry__patient", "entry__plan", "clinician", "room")
        .order_by("expires_at", "pk")
    )


def longest_waiting_entries(clinic: Clinic) -> "list[EntryRow]":
    """As many as are looked at for a free time."""
    return _compiled_longest_waiting(timezone.localdate()).ask(clinic=clinic.pk)


@lru_cache(maxsize=16)
def _compiled_longest_waiting(today: date) -> "CompiledQuery[WaitingListEntry, EntryRow]":
    return CompiledQuery(waiting_entries_of_clinic(Blank("clinic"), today)[:ENTRIES_LOOKED_AT])


def page_of_waiting_entries(clinic: Clinic, place: Place) -> "Page[EntryRow]":
    """One query."""
    return page_of(waiting_entries_of_clinic(clinic), ["added_at", "pk"], place, size=ENTRIES_A_PAGE)


@dataclass(frozen=True)
class _List:
    """Those who wait and what is known of them, read once for any number of free times."""

    entries: "list[EntryRow]"
    courses: dict[int, Course]
    diary: Diary
    visits: dict[int, list[Period]]


def _waiting_list_with_diary_or_none(
    clinic: Clinic, noted: Sequence[FreedTime], entries: "Sequence[EntryRow]"
) -> _List | None:
    """Three queries; None where nobody waits or nothing is free."""
    if not entries or not noted:
        return None
    whole = Period(
        min(f.starts_at for f in noted) - availability.LONGEST,
        max(f.ends_at for f in noted) + availability.LONGEST,
    )
    return _List(
        list(entries),
        {w.pk: course_from_row(w.plan, w) for w in entries if w.plan},
        availability.read_diary_during(clinic, availability.working_hours_of(clinic), whole),
        _busy_periods_by_patient({w.patient_id for w in entries}, whole),
    )


def _freed_times_ahead(clinic: Clinic, now: datetime) -> QuerySet[FreedTime]:
    return (
        FreedTime.objects.filter(clinic=clinic, dismissed_at=None, ends_at__gt=now)
        .select_related("clinician", "room")
        .order_by("starts_at", "pk")
    )


def freed_times_with_candidates(
    clinic: Clinic, now: datetime, entries: "Sequence[EntryRow] | None" = None
) -> list[FreeTime]:
    """Each time that has come free and still is, with whom to offer it to, in fair order.

    Five queries; four where ``entries`` (:func:`longest_waiting_entries`) are at hand.
    """
    entries = longest_waiting_entries(clinic) if entries is None else entries
    noted = list(_freed_times_ahead(clinic, now)[:FREED_AT_MOST]) if entries else []
    who = _waiting_list_with_diary_or_none(clinic, noted, entries)
    if who is None:
        return []
    found = []
    for freed in _without_duplicate_times(noted):
        candidates = _candidates_in_fair_order(freed, who, now)
        if candidates:
            found.append(FreeTime(freed, candidates))
    return found


def one_best_time_per_patient(free: Iterable[FreeTime]) -> list[BestTime]:
    """People first: each once, with one time, and each time with one of them. Who has an open offer is asked already."""
    by_pk = {time.freed.pk: time for time in free}
    given = one_time_for_each(
        (pk, [c.entry.pk for c in time.candidates if not c.has_offer]) for pk, time in by_pk.items()
    )
    found = []
    for entry_pk, time_pk in given.items():
        time = by_pk[time_pk]
        candidate = next(c for c in time.candidates if c.entry.pk == entry_pk)
        found.append(BestTime(candidate, time.freed, len(time.candidates) - 1))
    return sorted(found, key=lambda best: best.candidate.slot.start)


def candidates_for_freed_time(clinic: Clinic, freed_id: int, now: datetime) -> list[Candidate]:
    """Everybody whom one freed time suits as it stands now, in fair order. Five queries."""
    noted = list(_freed_times_ahead(clinic, now).filter(pk=freed_id))
    who = _waiting_list_with_diary_or_none(clinic, noted, longest_waiting_entries(clinic) if noted else [])
    return _candidates_in_fair_order(noted[0], who, now) if who else []


def _without_duplicate_times(noted: Iterable[FreedTime]) -> list[FreedTime]:
    """One of those that say the same: a visit that was moved and then cancelled frees one time twice."""
    seen: dict[tuple[int, int, datetime, datetime], FreedTime] = {}
    for freed in noted:
        key = (freed.clinician_id, freed.room_id, freed.starts_at, freed.ends_at)
        seen.setdefault(key, freed)
    return list(seen.values())


def _busy_periods_by_patient(patients: set[int], whole: Period) -> dict[int, list[Period]]:
    """When each of these patients is busy, at any clinic. One query."""
    rows = (
        Appointment.objects.holding_time()
        .overlapping(whole.start, whole.end)
        .filter(patient__in=patients)
        .order_by("patient")
        .values_list("patient", "starts_at", "ends_at")
    )
    visits: dict[int, list[Period]] = defaultdict(list)
    for patient, start, end in rows:
        visits[patient].append(Period(start, end))
    return visits


def _candidates_in_fair_order(freed: FreedTime, who: _List, now: datetime) -> list[Candidate]:
    zone = who.diary.zone
    today = now.astimezone(zone).date()
    by_length: dict[int, list[Slot]] = {}
    suits: dict[int, Slot] = {}
    turns: list[Turn] = []
    for entry in who.entries:
        course = who.courses.get(entry.pk)
        if entry.plan_id and (course is None or not course.session_numbers_to_book):
            continue
        if course and not freed.room.has_equipment(course.required_equipment):
            continue
        if entry.minutes not in by_length:
            by_length[entry.minutes] = _slots_overlapping_freed_time(freed, entry.minutes, who.diary, now)
        fits = _first_fitting_slot_or_none(
            by_length[entry.minutes], entry.as_preferences(), who.visits.get(entry.patient_id, ()), course
        )
        if fits is not None:
            suits[entry.pk], late = fits
            number = course.session_numbers_to_book[0] if course else None
            turns.append(Turn(entry.pk, entry.added_at, late, number))
    rows = {entry.pk: entry for entry in who.entries}
    return [
        Candidate(
            rows[s.entry],
            suits[s.entry],
            how_long_waiting_text(s, today, s.added_at.astimezone(zone).date()),
            rows[s.entry].has_offer,
        )
        for s in turns_in_fair_order(turns)
    ]


def _first_fitting_slot_or_none(
    slots: Iterable[Slot], preferences: Preferences, visits: Sequence[Period], course: Course | None
) -> tuple[Slot, int] | None:
    """The first slot that is as they wish and meets none of their visits, and its days past the protocol."""
    late_by_day: dict[date, int | None] = {}
    for slot in slots:
        start = slot.local_start
        if not fits_preferences(
            preferences, start, slot.end.astimezone(slot.zone), slot.clinician.pk, slot.room.pk
        ) or any(visit.overlaps(Period(slot.start, slot.end)) for visit in visits):
            continue
        day = start.date()
        if day not in late_by_day:
            late_by_day[day] = _days_past_protocol_or_none_if_too_soon(course, day) if course else 0
        late = late_by_day[day]
        if late is not None:  # else too soon after the last session
            return slot, late
    return None


def _slots_overlapping_freed_time(freed: FreedTime, minutes: int, diary: Diary, now: datetime) -> list[Slot]:
    """Free times of this length that use some of what was freed and not taken again, the fullest use of it first."""
    length = timedelta(minutes=minutes)
    taken = diary.taken_periods_of(freed.clinician_id, freed.room_id)
    pieces = net_freed_periods(Period(freed.starts_at, freed.ends_at), taken)
    days = {at.astimezone(diary.zone).date() for at in (freed.starts_at, freed.ends_at)}
    slots = [
        slot
        for day in sorted(days)
        for slot in diary.free_slots_on(day, length, now=now, clinician_id=freed.clinician_id)
        if slot.room.pk == freed.room_id
        and any(slot.start < piece.end and slot.end > piece.start for piece in pieces)
    ]

    def time_outside_freed(slot: Slot) -> timedelta:
        """How much of the slot lies before or after what was freed."""
        before = max(freed.starts_at - slot.start, timedelta())
        after = max(slot.end - freed.ends_at, timedelta())
        return before + after

    return sorted(slots, key=lambda slot: (time_outside_freed(slot), slot.start))


def _days_past_protocol_or_none_if_too_soon(course: Course, day: date) -> int | None:
    """Days past the protocol's latest for the next session; None where it is too soon for it."""
    number = course.session_numbers_to_book[0]
    before = course.previous_session_number_or_none(number, course.days_by_session_number)
    if before is None:
        return 0
    least, most = fewest_and_most_days_between_sessions(course.protocol_interval_days(before, number))
    since = (day - course.days_by_session_number[before]).days
    if since < least:
        return None
    return max(since - most, 0)


def offers_with_related() -> QuerySet[Offer]:
    return Offer.objects.select_related(
        "entry__patient", "entry__clinic", "entry__plan", "clinician", "room", "made_by", "appointment"
    )


def preferences_text(entry: WaitingListEntry) -> str:
    """What they wait for, in a line: “Mon Wed, 9:00–12:00, with Dr Kaya, until 3 Apr 2027”."""
    parts = []
    if entry.weekdays:
        parts.append(_weekdays_text(entry.weekdays))
    if entry.not_before and entry.not_after:
        parts.append(f"{entry.not_before:%H:%M}–{entry.not_after:%H:%M}")
    elif entry.not_before:
        parts.append(f"from {entry.not_before:%H:%M}")
    elif entry.not_after:
        parts.append(f"over by {entry.not_after:%H:%M}")
    if entry.clinician:
        parts.append(f"with {entry.clinician.display_name}")
    if entry.room:
        parts.append(f"in {entry.room.name}")
    if entry.until_day:
        parts.append(f"until {day_text(entry.until_day)}")
    return ", ".join(parts) or "any time"


_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def _weekdays_text(weekdays: Iterable[int]) -> str:
    """“Mon–Wed Fri”: three or more in a row as from and to."""
    out = []
    runs = groupby(enumerate(sorted(weekdays)), key=lambda pair: pair[1] - pair[0])
    for _, run in runs:
        days = [_DAYS[day] for _, day in run]
        out += [f"{days[0]}–{days[-1]}"] if len(days) > 2 else days
    return " ".join(out)
