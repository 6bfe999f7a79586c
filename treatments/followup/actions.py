"""TODO-DOC answer_check_in, note_not_reached, cancel_check_in, cancel_c"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from mesoclinic.accounts.models import User
from mesoclinic.accounts.permissions import Permission
from mesoclinic.core import audit
from mesoclinic.core.findings import Refused
from treatments.followup import rules
from treatments.followup.models import CheckIn, FollowUp, FollowUpNote
from treatments.followup.queries import lots_asked, reactions_without_follow_up, signed_without_check_ins
from treatments.followup.rules import CheckInStatus, FollowUpStatus
from treatments.sessions.actions.checks import must_be_allowed, words
from treatments.sessions.actions.late_reports import locked_signed, write_pain, write_reactions
from treatments.sessions.models import Pain, Reaction, TreatmentSession
from treatments.sessions.rules.charting import ReactionEntry
from treatments.sessions.rules.states import SessionStatus
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

    The pain a day after is asked at 48 hours. A reaction that has to be followed up gets its follow-up at the next tick.
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
        write_pain(session, Pain.Moment.AFTER_24H, pain, by, now, locked.days)
    if reactions:
        write_reactions(session, reactions, by, now, locked.days)
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


def _cancel(check_ins: Iterable[CheckIn], by: User, reason: str, now: datetime) -> None:
    for each in check_ins:
        each.status = CheckInStatus.CANCELLED
        each.closed_at, each.closed_by, each.note = now, by, reason
        each.save(update_fields=["status", "closed_at", "closed_by", "note"])


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """What :func:`catch_up` did: sessions that got their check-ins, calls cancelled, follow-ups opened."""

    sessions: int
    cancelled: int
    opened: int


#: How far back :func:`catch_up` looks. It runs every five minutes; a week covers any outage.
LOOKS_BACK = timedelta(days=7)


def catch_up(*, now: datetime | None = None, since: timedelta | None = LOOKS_BACK) -> CaughtUp:
    """Bring calls and follow-ups up to date with the sessions. Safe to run twice, or twice at once.

    1. A signed session without check-ins gets its four; the patient's older open ones are taken over by it.
    2. The open check-ins of a void session are cancelled.
    3. A reaction that has to be followed up and has no follow-up gets one, for the session's clinician.

    ``since``: how far back to look; None for everything.
    """
    now = now or timezone.now()
    after = None if since is None else now - since
    sessions = signed_without_check_ins(after)
    for session in sessions:
        _ask_about(session)
    cancelled = _cancel_void(now)
    opened = sum(_follow_up(reaction) for reaction in reactions_without_follow_up(after))
    return CaughtUp(len(sessions), cancelled, opened)


@transaction.atomic
def _ask_about(session: TreatmentSession) -> None:
    CheckIn.objects.select_for_update().filter(
        treatment_session__patient=session.patient_id,
        treatment_session__performed_on__lte=session.performed_on,
        status=CheckInStatus.DUE,
    ).exclude(treatment_session=session).update(status=CheckInStatus.TAKEN_OVER, taken_over_by=session)
    CheckIn.objects.bulk_create(
        (
            CheckIn(
                treatment_session=session,
                clinic_id=session.clinic_id,
                days=days,
                due_on=session.performed_on + timedelta(days=days),
            )
            for days in rules.CHECK_IN_DAYS
        ),
        ignore_conflicts=True,
    )


@transaction.atomic
def _cancel_void(now: datetime) -> int:
    due = list(
        CheckIn.objects.select_for_update(of=("self",))
        .filter(status=CheckInStatus.DUE, treatment_session__status=SessionStatus.VOID)
        .select_related("treatment_session")
    )
    for each in due:
        # The addendum that voids a session says who did.
        voided = each.treatment_session.addenda.select_related("by").order_by("pk").last()
        by = voided.by if voided else each.treatment_session.signed_by
        _cancel([each], by, "The session was made void.", now)
    return len(due)


@transaction.atomic
def _follow_up(reaction: Reaction) -> int:
    session = reaction.treatment_session
    told_on = (
        timezone.localtime(reaction.added_at, session.clinic.zone).date()
        if reaction.added_at
        else session.performed_on
    )
    made = FollowUp.objects.bulk_create(
        [
            FollowUp(
                treatment_session=session,
                clinic_id=session.clinic_id,
                reaction=reaction,
                assigned_to_id=session.clinician_id,
                lot_days=reaction.effect.lot_days,
                due_on=rules.follow_up_due_on(reaction.effect.level, told_on),
                opened_by_id=reaction.added_by_id or session.signed_by_id,
            )
        ],
        ignore_conflicts=True,
    )
    return len(made)


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
