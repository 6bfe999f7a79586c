"""TODO-DOC answer_check_in, note_not_reached, cancel_check_in, cancel_c"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from mesoclinic.accounts.models import User
from mesoclinic.accounts.permissions import Permission
from mesoclinic.core import audit
from mesoclinic.core.findings import Refused
from treatments.followup import rules
from treatments.followup.models import CheckIn, FollowUp, FollowUpNote
from treatments.followup.queries import lots_asked
from treatments.followup.rules import CheckInStatus, FollowUpStatus
from treatments.sessions.actions.checks import must_be_allowed, words
from treatments.sessions.actions.late_reports import locked_signed, write_pain, write_reactions
from treatments.sessions.models import Pain, TreatmentSession
from treatments.sessions.rules.charting import ReactionEntry
from treatments.stock.actions.lots import quarantine_lot
from treatments.stock.models import Lot


@transaction.atomic
def answer_check_in(
    *,
    check_in: CheckIn,
    by: User,
    pain: int | None = None,
    reactions: Sequence[ReactionEntry] = (),
    note: str = "",
    now: datetime | None = None,
) -> CheckIn:
    """What the patient told at a check-in. No reaction means that they were asked and had none.

    The pain a day after is asked at 48 hours. Reactions open follow-ups as :func:`add_reactions` does.
    """
    must_be_allowed(by, Permission.RUN_SESSION)
    now = now or timezone.now()
    # The session first, as whoever makes it void takes them.
    session = locked_signed(check_in.treatment_session)
    locked = _locked_due(check_in)
    if pain is not None:
        if locked.days != rules.ASKS_PAIN_AFTER_DAYS:
            raise Refused.because(
                "The pain a day after is asked at 48 hours only. Write it into the note.",
                code="pain:moment",
                where="pain",
            )
        write_pain(session, Pain.Moment.AFTER_24H, pain, by, now, locked)
    if reactions:
        write_reactions(session, reactions, by, now, locked)
    locked.status = CheckInStatus.ANSWERED
    locked.closed_at, locked.closed_by = now, by
    locked.note = note.strip()
    locked.save(update_fields=["status", "closed_at", "closed_by", "note"])
    audit.record(
        by=by, did="check_in.answered", about=locked, patient_id=session.patient_id, reactions=len(reactions)
    )
    return locked


@transaction.atomic
def note_not_reached(*, check_in: CheckIn, by: User, now: datetime | None = None) -> CheckIn:
    """Somebody rang and nobody answered: the call stays due."""
    must_be_allowed(by, Permission.SEE_PATIENT)
    locked = _locked_due(check_in)
    locked.tries += 1
    locked.last_tried_at = now or timezone.now()
    locked.save(update_fields=["tries", "last_tried_at"])
    audit.record(
        by=by,
        did="check_in.not_reached",
        about=locked,
        patient_id=locked.treatment_session.patient_id,
        tries=locked.tries,
    )
    return locked


@transaction.atomic
def cancel_check_in(*, check_in: CheckIn, by: User, reason: str, now: datetime | None = None) -> CheckIn:
    """The patient is not rung this time, and why: they asked not to be, or cannot be reached."""
    must_be_allowed(by, Permission.RUN_SESSION)
    reason = words(reason, "Say in a few words why this call is not made.", "reason")
    locked = _locked_due(check_in)
    _cancel([locked], by, reason, now or timezone.now())
    audit.record(
        by=by, did="check_in.cancelled", about=locked, patient_id=locked.treatment_session.patient_id
    )
    return locked


def cancel_check_ins_of(session: TreatmentSession, *, by: User, now: datetime) -> None:
    """The session is void: nobody is rung about it. Part of making it void, which says so in the log."""
    due = CheckIn.objects.select_for_update().filter(treatment_session=session, status=CheckInStatus.DUE)
    _cancel(list(due), by, "The session was made void.", now)


def _cancel(check_ins: Iterable[CheckIn], by: User, reason: str, now: datetime) -> None:
    for each in check_ins:
        each.status = CheckInStatus.CANCELLED
        each.closed_at, each.closed_by, each.note = now, by, reason
        each.save(update_fields=["status", "closed_at", "closed_by", "note"])


@dataclass(frozen=True, slots=True)
class Seen:
    """A reaction that is on record: its row, and what the data say about its effect."""

    reaction_id: int
    level: str
    lot_days: int | None

    @property
    def is_followed_up(self) -> bool:
        return self.level in ("alert", "emergency") or self.lot_days is not None


def open_follow_ups(session: TreatmentSession, seen: Iterable[Seen], *, by: User, on: date) -> list[FollowUp]:
    """One follow-up for each reaction that needs one, for the session's clinician. At most one statement.

    Part of writing the reactions, in their transaction and under their audit event.
    """
    return FollowUp.objects.bulk_create(
        FollowUp(
            treatment_session=session,
            clinic_id=session.clinic_id,
            reaction_id=each.reaction_id,
            assigned_to_id=session.clinician_id,
            lot_days=each.lot_days,
            due_on=rules.follow_up_due_on(each.level, on),
            opened_by=by,
        )
        for each in seen
        if each.is_followed_up
    )


@transaction.atomic
def move_follow_up(*, follow_up: FollowUp, to: str, by: User, text: str) -> FollowUp:
    """Take it in hand (it is then ``by``'s), close it with what came of it, or open it again, each in words."""
    must_be_allowed(by, Permission.SIGN_SESSION)
    text = words(text, "Say what was done, or what came of it.", "text")
    locked = FollowUp.objects.select_for_update(of=("self",)).get(pk=follow_up.pk)
    if not rules.follow_up_can_move(locked.status, to):
        raise Refused.because(
            f"This follow-up is {locked.get_status_display()}: somebody was quicker. Look at it again.",
            code=f"follow-up:{to}",
        )
    locked.status = FollowUpStatus(to).value
    if to == FollowUpStatus.IN_HAND:
        locked.assigned_to = by
    locked.save(update_fields=["status", "assigned_to"])
    _note(locked, by, text, to)
    return locked


@transaction.atomic
def add_follow_up_note(*, follow_up: FollowUp, by: User, text: str) -> FollowUpNote:
    """What was done meanwhile; it stays where it is."""
    must_be_allowed(by, Permission.SIGN_SESSION)
    text = words(text, "Say what was done.", "text")
    return _note(follow_up, by, text, "")


@transaction.atomic
def quarantine_asked_lot(*, follow_up: FollowUp, lot: Lot, by: User, reason: str) -> Lot:
    """Put aside a lot that the follow-up asks about, and write that into it. All or nothing."""
    must_be_allowed(by, Permission.SIGN_SESSION)
    follow_up = FollowUp.objects.select_related("reaction__treatment_session", "treatment_session").get(
        pk=follow_up.pk
    )
    if not lots_asked(follow_up).filter(pk=lot.pk).exists():
        raise Refused.because("This lot was not given in the time that is asked about.", code="lot:other")
    reason = words(reason, f"Say why lot {lot.number} is put aside.", "reason")
    lot = quarantine_lot(lot=lot, reason=reason, by=by)
    _note(follow_up, by, f"Lot {lot.number} put aside: {reason}", "")
    return lot


def _note(follow_up: FollowUp, by: User, text: str, to: str) -> FollowUpNote:
    note = FollowUpNote.objects.create(follow_up=follow_up, text=text, moved_to=to, by=by)
    audit.record(
        by=by,
        did=f"follow_up.{to or 'noted'}",
        about=follow_up,
        patient_id=follow_up.treatment_session.patient_id,
    )
    return note


def _locked_due(check_in: CheckIn) -> CheckIn:
    locked: Any = (
        CheckIn.objects.select_for_update(of=("self",))
        .select_related("treatment_session")
        .get(pk=check_in.pk)
    )
    if locked.status != CheckInStatus.DUE:
        raise Refused.because(
            f"This check-in is {locked.get_status_display()} already. Add what was told to the session instead.",
            code="check-in:done",
        )
    found: CheckIn = locked
    return found
