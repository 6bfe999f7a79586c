"""The waiting list: who is put on it, what they are offered, and how an offer ends. An offer holds nothing."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.core import audit
from mesoclinic.core.findings import Finding, Refused, raise_if_found
from mesoclinic.core.locking import lock_row
from mesoclinic.core.wording import day_text
from patients.models import Patient
from treatments.plans.models import TreatmentPlan
from treatments.schedule.actions.booking import book_appointment
from treatments.schedule.actions.checks import Wanted
from treatments.schedule.models import Appointment, FreedTime, Room
from treatments.schedule.queries.availability import Slot
from treatments.schedule.queries.courses import BOOKABLE, read_course
from treatments.waiting.models import Offer, WaitingListEntry, WaitingSettings, waiting_settings_or_defaults
from treatments.waiting.rules import (
    OfferStatus,
    WaitingListStatus,
    check_clinician_works_room_in_use,
    check_course_has_open_session,
    check_no_other_open_offer,
    check_not_waiting_already,
    check_offer_can_be_accepted,
    check_offer_can_be_declined,
    check_offer_hours_in_range,
    check_offer_is_early_enough,
    check_patient_may_wait,
    check_preferences_possible,
    check_still_waits,
)

#: An offer may be answered until so long before its time: somebody has still to come here.
LEAST_NOTICE = timedelta(minutes=15)


@transaction.atomic
def join_waiting_list(
    *,
    patient: Patient,
    clinic: Clinic,
    kind: str,
    minutes: int,
    by: User,
    plan: TreatmentPlan | None = None,
    clinician: User | None = None,
    room: Room | None = None,
    weekdays: Collection[int] = (),
    not_before: time | None = None,
    not_after: time | None = None,
    from_day: date | None = None,
    until_day: date | None = None,
    note: str = "",
    now: datetime | None = None,
) -> WaitingListEntry:
    """Put a patient on the waiting list, at its end.

    A session waits for its plan: the next that is open is booked. Times are by the clinic's clock.
    Refuses preferences that no time can meet, and a second place for the same thing.
    """
    now = now or timezone.now()
    today = now.astimezone(clinic.zone).date()
    from_day = from_day or today
    findings = [
        *_check_patient_may_wait_for_plan(patient, kind, plan),
        *check_preferences_possible(minutes, not_before, not_after, from_day, until_day, today),
        *check_clinician_works_room_in_use(
            gone=clinician.display_name if clinician is not None and not clinician.is_active else "",
            room_in_use=room is None or (room.clinic_id == clinic.pk and room.active),
        ),
    ]
    if findings:
        raise Refused(*findings)
    # Two desks adding the same person: the second waits here, and then sees the first.
    Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
    same = WaitingListEntry.objects.waiting().filter(patient=patient, kind=kind, plan=plan)
    raise_if_found(check_not_waiting_already(waits_already=same.exists()))
    entry = WaitingListEntry.objects.create(
        clinic=clinic,
        patient=patient,
        kind=kind,
        plan=plan,
        minutes=minutes,
        clinician=clinician,
        room=room,
        weekdays=sorted(set(weekdays)),
        not_before=not_before,
        not_after=not_after,
        from_day=from_day,
        until_day=until_day,
        note=note.strip()[:200],
        added_at=now,
        added_by=by,
    )
    audit.record(by=by, did="wait.added", about=entry, patient_id=patient.pk, kind=str(kind))
    return entry


def _check_patient_may_wait_for_plan(
    patient: Patient, kind: str, plan: TreatmentPlan | None
) -> list[Finding]:
    if kind != Appointment.Kind.SESSION:
        plan = None
    of_patient = plan is not None and plan.patient_id == patient.pk
    return check_patient_may_wait(
        closed=patient.died_on is not None or patient.merged_into_id is not None,
        is_session=kind == Appointment.Kind.SESSION,
        of_patient=of_patient,
        plan_status="" if plan is None or plan.status in BOOKABLE else plan.get_status_display(),
        has_open_sessions=plan is not None
        and of_patient
        and bool(read_course(plan.pk).session_numbers_to_book),
    )


@transaction.atomic
def leave_waiting_list(
    *, entry: WaitingListEntry, by: User, reason: str = "", now: datetime | None = None
) -> WaitingListEntry:
    """Take somebody off the list. An open offer is declined with it."""
    now = now or timezone.now()
    entry = _lock_entry(entry)
    if entry.status == WaitingListStatus.WITHDRAWN:
        return entry
    waits = entry.status == WaitingListStatus.WAITING
    raise_if_found(check_still_waits(waits=waits, status=entry.get_status_display(), look_again=False))
    for offer in entry.offers.select_for_update().filter(status=OfferStatus.MADE.value):
        _save_offer_answer(offer, OfferStatus.DECLINED, by, "Taken off the list", now)
    return _save_entry_closed(entry, WaitingListStatus.WITHDRAWN, by, reason, now)


def _lock_entry(entry: WaitingListEntry) -> WaitingListEntry:
    return lock_row(WaitingListEntry, entry.pk, "patient", "clinic__waiting_settings", "plan")


def _save_entry_closed(
    entry: WaitingListEntry, to: WaitingListStatus, by: User | None, reason: str, now: datetime
) -> WaitingListEntry:
    entry.status, entry.closed_at, entry.closed_by = to.value, now, by
    entry.closed_reason = reason.strip()[:200]
    entry.save(update_fields=["status", "closed_at", "closed_by", "closed_reason"])
    audit.record(by=by, did=f"wait.{to.value}", about=entry, patient_id=entry.patient_id)
    return entry


# --- offers ------------------------------------------------------------------


@transaction.atomic
def make_offer(
    *, entry: WaitingListEntry, slot: Slot, why: str, by: User, now: datetime | None = None
) -> Offer:
    """Offer a free time to somebody who waits. Nothing is held: others may be offered it too.

    One open offer a person; a repeat of the same answers with the first.
    """
    now = now or timezone.now()
    entry = _lock_entry(entry)
    waits = entry.status == WaitingListStatus.WAITING
    raise_if_found(check_still_waits(waits=waits, status=entry.get_status_display()))
    latest = slot.start - LEAST_NOTICE
    raise_if_found(check_offer_is_early_enough(latest_answer=latest, now=now))
    still_open = entry.offers.filter(status=OfferStatus.MADE.value).first()
    if still_open is not None:
        same = (still_open.starts_at, still_open.clinician_id, still_open.room_id) == (
            slot.start,
            slot.clinician.pk,
            slot.room.pk,
        )
        if same and still_open.expires_at > now:
            return still_open
        raise_if_found(check_no_other_open_offer(expires_at=still_open.expires_at, now=now))
        _save_offer_answer(still_open, OfferStatus.EXPIRED, None, "", now)
    hours = timedelta(hours=waiting_settings_or_defaults(entry.clinic).offer_hours)
    offer = Offer.objects.create(
        entry=entry,
        clinician=slot.clinician,
        room=slot.room,
        starts_at=slot.start,
        ends_at=slot.end,
        why=why[:200],
        made_at=now,
        made_by=by,
        expires_at=min(now + hours, latest),
    )
    audit.record(
        by=by, did="offer.made", about=offer, patient_id=entry.patient_id, starts_at=slot.start.isoformat()
    )
    return offer


@transaction.atomic
def accept_offer_and_book(
    *,
    offer: Offer,
    by: User,
    instead: Wanted | None = None,
    reasons: Mapping[str, str] | None = None,
    now: datetime | None = None,
) -> Appointment:
    """Book what was offered, or the time chosen ``instead``, through the one booking action.

    Raises ``Taken`` where somebody was first: nothing is written, the offer stays open, and the page
    offers what is free nearby. A repeat answers with the appointment there is.
    """
    now = now or timezone.now()
    # The entry before the offer, as everywhere: one order, no deadlock.
    entry = _lock_entry(offer.entry)
    offer = lock_row(Offer, offer.pk, "clinician", "room", "appointment")
    if offer.appointment is not None:
        return offer.appointment
    raise_if_found(
        check_offer_can_be_accepted(
            is_made=offer.status == OfferStatus.MADE,
            status=offer.get_status_display(),
            expires_at=offer.expires_at,
            now=now,
        )
    )
    number = None
    if entry.plan is not None:
        session_numbers_to_book = read_course(entry.plan.pk).session_numbers_to_book
        raise_if_found(check_course_has_open_session(is_full=not session_numbers_to_book))
        number = session_numbers_to_book[0]
    minutes = int((offer.ends_at - offer.starts_at).total_seconds() // 60)
    wanted = Wanted(
        instead.clinician if instead else offer.clinician,
        instead.room if instead else offer.room,
        instead.starts_at if instead else offer.starts_at,
        minutes,
        number,
    )
    appointment = book_appointment(
        patient=entry.patient,
        wanted=wanted,
        kind=entry.kind,
        by=by,
        clinic=entry.clinic,
        plan=entry.plan,
        note=entry.note,
        reasons=reasons,
        now=now,
    )
    offer.appointment = appointment
    _save_offer_answer(offer, OfferStatus.ACCEPTED, by, "Another time" if instead else "", now)
    _save_entry_closed(entry, WaitingListStatus.BOOKED, by, "", now)
    return appointment


@transaction.atomic
def decline_offer(*, offer: Offer, by: User, reason: str = "", now: datetime | None = None) -> Offer:
    """They cannot, or will not. They keep their place on the list."""
    now = now or timezone.now()
    _lock_entry(offer.entry)
    offer = lock_row(Offer, offer.pk)
    if offer.status == OfferStatus.DECLINED:
        return offer
    raise_if_found(
        check_offer_can_be_declined(
            is_made=offer.status == OfferStatus.MADE, status=offer.get_status_display()
        )
    )
    return _save_offer_answer(offer, OfferStatus.DECLINED, by, reason, now)


def _save_offer_answer(offer: Offer, to: OfferStatus, by: User | None, answer: str, now: datetime) -> Offer:
    offer.status, offer.answered_at, offer.answered_by = to.value, now, by
    offer.answer = answer.strip()[:200]
    offer.save(update_fields=["status", "answered_at", "answered_by", "answer", "appointment"])
    audit.record(
        by=by,
        did=f"offer.{to.value}",
        about=offer,
        patient_id=offer.entry.patient_id,
        appointment=offer.appointment_id,
    )
    return offer


@transaction.atomic
def dismiss_freed_time(*, freed: FreedTime, by: User, now: datetime | None = None) -> FreedTime:
    """Show a free time no more: nobody wants it, or it is kept for something else."""
    if freed.dismissed_at is None:
        freed.dismissed_at = now or timezone.now()
        freed.save(update_fields=["dismissed_at"])
        audit.record(by=by, did="freed.dismissed", about=freed)
    return freed


# --- what time does ----------------------------------------------------------


@transaction.atomic
def mark_offers_expired(*, now: datetime | None = None) -> int:
    """Close the offers nobody answered. Returns how many; one being answered is left alone."""
    now = now or timezone.now()
    due = (
        Offer.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("entry")
        .filter(status=OfferStatus.MADE.value, expires_at__lte=now)
    )
    return len([_save_offer_answer(offer, OfferStatus.EXPIRED, None, "", now) for offer in due])


@transaction.atomic
def close_lapsed_entries(*, now: datetime | None = None) -> int:
    """Close the entries whose last day has passed by their clinic's clock, or that need nothing any more."""
    now = now or timezone.now()
    gone = Q(until_day__isnull=False) | Q(patient__died_on__isnull=False)
    due = (
        WaitingListEntry.objects.waiting()
        .select_for_update(of=("self",), skip_locked=True)
        .select_related("clinic", "patient")
        .filter(gone)
        .exclude(offers__status=OfferStatus.MADE.value)
    )
    count = 0
    for entry in due:
        today = now.astimezone(entry.clinic.zone).date()
        if entry.patient.died_on:
            _save_entry_closed(entry, WaitingListStatus.LAPSED, None, "The patient has died", now)
        elif entry.until_day is not None and entry.until_day < today:
            until = day_text(entry.until_day)
            _save_entry_closed(entry, WaitingListStatus.LAPSED, None, f"Waited until {until}", now)
        else:
            continue
        count += 1
    return count


def delete_past_freed_times(*, now: datetime | None = None) -> int:
    """Remove freed times that are over: they were a note, and the appointment keeps its own history."""
    gone, _ = FreedTime.objects.filter(ends_at__lte=now or timezone.now()).delete()
    return gone


@transaction.atomic
def save_offer_hours(*, clinic: Clinic, offer_hours: int, by: User) -> WaitingSettings:
    """How long an offer stands. Offers made already keep their time."""
    raise_if_found(check_offer_hours_in_range(offer_hours))
    row, _ = WaitingSettings.objects.select_for_update().get_or_create(clinic=clinic)
    row.offer_hours = offer_hours
    row.save(update_fields=["offer_hours"])
    audit.record(by=by, did="waiting.set", about=row, offer_hours=offer_hours)
    return row
