"""What is written after the signature: later pain and reactions, answered check-ins, and what is followed up.

Nothing here changes what was signed: it adds.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from mesoclinic.accounts.models import User
from mesoclinic.accounts.permissions import Permission
from mesoclinic.core import audit
from mesoclinic.core.findings import Finding, Refused, block, gate
from treatments.catalogue import actions as catalogue
from treatments.catalogue.models import Lot
from treatments.sessions import rules
from treatments.sessions.models import (
    AdverseEffect,
    CheckIn,
    FollowUp,
    FollowUpNote,
    Pain,
    Reaction,
    ReactionEnd,
    TreatmentSession,
)
from treatments.sessions.queries import ReactionEntry
from treatments.sessions.queries.follow_up import lots_asked
from treatments.sessions.rules import CheckInStatus, FollowUpStatus, SessionStatus

#: What is written about a call or a follow-up is a few words at least.
MIN_WORDS = 3


# ── what becomes known later ─────────────────────────────────────────────────────────────────────


@transaction.atomic
def add_pain(
    *, session: TreatmentSession, by: User, moment: str, score: int, now: datetime | None = None
) -> Pain:
    """The pain an hour or a day after, as the patient tells it once the session is signed. Said once."""
    _must_be_allowed(by, Permission.RUN_SESSION)
    locked = _locked_signed(session)
    pain = _write_pain(locked, moment, score, by, now or timezone.now(), None)
    audit.record(by=by, did="session.pain_added", about=locked, patient_id=locked.patient_id, moment=moment)
    return pain


@transaction.atomic
def add_reactions(
    *, session: TreatmentSession, by: User, reactions: Sequence[ReactionEntry], now: datetime | None = None
) -> list[Reaction]:
    """Reactions told after the signature: rows of their own, beside those that were charted.

    An alert, an emergency and one that asks about the lots each open a follow-up for the session's clinician.
    """
    _must_be_allowed(by, Permission.RUN_SESSION)
    if not reactions:
        raise Refused.because("Choose the reaction that was told.", code="reaction:none", where="reactions")
    locked = _locked_signed(session)
    made = _write_reactions(locked, reactions, by, now or timezone.now(), None)
    audit.record(
        by=by,
        did="session.reactions_added",
        about=locked,
        patient_id=locked.patient_id,
        reactions=[reaction.pk for reaction in made],
    )
    return made


@transaction.atomic
def end_reaction(*, reaction: Reaction, by: User, ended_on: date, now: datetime | None = None) -> ReactionEnd:
    """The day it was over, once that is known. Said once, beside the reaction."""
    _must_be_allowed(by, Permission.RUN_SESSION)
    reaction = Reaction.objects.select_related("treatment_session__clinic").get(pk=reaction.pk)
    session = _locked_signed(reaction.treatment_session)
    if reaction.ended_on or ReactionEnd.objects.filter(reaction=reaction).exists():
        raise Refused.because(
            "When this reaction was over is on record. Write an addendum to correct it.",
            code="reaction:ended",
            where="reactions",
        )
    told = rules.Told(str(reaction.pk), reaction.began_on, ended_on)
    today = _today(reaction.treatment_session, now)
    gate(rules.check_told([told], session.performed_on, today))
    end = ReactionEnd.objects.create(reaction=reaction, ended_on=ended_on, by=by)
    audit.record(
        by=by,
        did="session.reaction_ended",
        about=session,
        patient_id=session.patient_id,
        reaction=reaction.pk,
    )
    return end


def _write_pain(
    session: TreatmentSession, moment: str, score: int, by: User, now: datetime, check_in: CheckIn | None
) -> Pain:
    gate(rules.check_later_pain(moment, score))
    known = Pain.objects.filter(treatment_session=session, moment=moment).first()
    if known is not None:
        raise Refused.because(
            f"Pain {known.get_moment_display()} is on record: {known.score}. Write an addendum to correct it.",
            code="pain:known",
            where="pain",
        )
    return Pain.objects.create(
        treatment_session=session, moment=moment, score=score, added_at=now, added_by=by, check_in=check_in
    )


def _write_reactions(
    session: TreatmentSession,
    entries: Sequence[ReactionEntry],
    by: User,
    now: datetime,
    check_in: CheckIn | None,
) -> list[Reaction]:
    if len({entry.effect_id for entry in entries}) < len(entries):
        raise Refused.because(
            "One reaction is told twice here. Keep one of them.", code="reaction:twice", where="reactions"
        )
    today = _today(session, now)
    effects = {
        effect.pk: effect
        for effect in AdverseEffect.objects.filter(pk__in=[entry.effect_id for entry in entries])
    }
    gate(
        rules.check_told(
            [rules.Told(str(e.effect_id), e.began_on, e.ended_on) for e in entries],
            session.performed_on,
            today,
        )
    )
    said: dict[int, int] = dict(
        Reaction.objects.filter(treatment_session=session)
        .order_by()
        .values_list("effect")
        .annotate(Max("occasion"))
    )
    made = Reaction.objects.bulk_create(
        Reaction(
            treatment_session=session,
            effect_id=entry.effect_id,
            grade=entry.grade,
            zone_id=entry.zone_id,
            note=entry.note[:200],
            began_on=entry.began_on or today,
            ended_on=entry.ended_on,
            occasion=said.get(entry.effect_id, 0) + 1,
            added_at=now,
            added_by=by,
            check_in=check_in,
        )
        for entry in entries
    )
    open_follow_ups(
        session,
        [
            Seen(reaction.pk, effects[reaction.effect_id].level, effects[reaction.effect_id].lot_days)
            for reaction in made
        ],
        by=by,
        on=today,
    )
    return made


# ── check-ins ────────────────────────────────────────────────────────────────────────────────────


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
    _must_be_allowed(by, Permission.RUN_SESSION)
    now = now or timezone.now()
    # The session first, as whoever makes it void takes them.
    session = _locked_signed(check_in.treatment_session)
    locked = _locked_due(check_in)
    if pain is not None:
        if locked.days != rules.ASKS_PAIN_AFTER_DAYS:
            raise Refused.because(
                "The pain a day after is asked at 48 hours only. Write it into the note.",
                code="pain:moment",
                where="pain",
            )
        _write_pain(session, Pain.Moment.AFTER_24H, pain, by, now, locked)
    if reactions:
        _write_reactions(session, reactions, by, now, locked)
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
    _must_be_allowed(by, Permission.SEE_PATIENT)
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
    _must_be_allowed(by, Permission.RUN_SESSION)
    reason = _words(reason, "Say in a few words why this call is not made.", "reason")
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


# ── follow-ups ───────────────────────────────────────────────────────────────────────────────────


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
    _must_be_allowed(by, Permission.SIGN_SESSION)
    text = _words(text, "Say what was done, or what came of it.", "text")
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
    _must_be_allowed(by, Permission.SIGN_SESSION)
    text = _words(text, "Say what was done.", "text")
    return _note(follow_up, by, text, "")


@transaction.atomic
def quarantine_asked_lot(*, follow_up: FollowUp, lot: Lot, by: User, reason: str) -> Lot:
    """Put aside a lot that the follow-up asks about, and write that into it. All or nothing."""
    _must_be_allowed(by, Permission.SIGN_SESSION)
    follow_up = FollowUp.objects.select_related("reaction__treatment_session", "treatment_session").get(
        pk=follow_up.pk
    )
    if not lots_asked(follow_up).filter(pk=lot.pk).exists():
        raise Refused.because("This lot was not given in the time that is asked about.", code="lot:other")
    reason = _words(reason, f"Say why lot {lot.number} is put aside.", "reason")
    lot = catalogue.quarantine_lot(lot=lot, reason=reason, by=by)
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


# ── the steps ────────────────────────────────────────────────────────────────────────────────────


def _locked_signed(session: TreatmentSession) -> TreatmentSession:
    """The session as it stands now, which has been signed: a draft is charted instead. A void one takes what is told
    too: what was injected was injected."""
    locked = (
        TreatmentSession.objects.select_for_update(of=("self",)).select_related("clinic").get(pk=session.pk)
    )
    if locked.status == SessionStatus.DRAFT:
        raise Refused.because("This session is not signed yet. Chart it there.", code="session:draft")
    return locked


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


def _today(session: TreatmentSession, now: datetime | None) -> date:
    return timezone.localtime(now or timezone.now(), session.clinic.zone).date()


def _words(text: str, message: str, where: str) -> str:
    text = text.strip()
    if len(text) < MIN_WORDS:
        raise Refused(_too_short(message, where))
    return text


def _too_short(message: str, where: str) -> Finding:
    return block(f"follow-up:{where}", message, fixed=True, where=where)


def _must_be_allowed(by: User, permission: Permission) -> None:
    """Asked again here: a role can be taken away while a page stands open."""
    if not by.may(permission):
        raise Refused.because(f"Your account may not {permission}. Ask a clinician.", code="session:role")
