"""Calls after a session, what a clinician follows up, and bringing both up to date with the sessions."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from mesoclinic.accounts.models import User
from mesoclinic.accounts.permissions import Permission, refuse_unless_allowed
from mesoclinic.core import audit
from mesoclinic.core.findings import Refused, gate, raise_if_found
from mesoclinic.core.locking import lock_row
from mesoclinic.core.reasons import refuse_card_number
from patients.actions.alerts import clear_alert_of_source, raise_alerts_unless_open
from patients.actions.self_harm import raise_alert_if_self_harm_is_named
from patients.rules.alerts import AlertKind, AlertLevel, NewAlert
from treatments.followup import rules
from treatments.followup.models import AdverseReport, AdverseReportSubmission, CheckIn, FollowUp, FollowUpNote
from treatments.followup.queries.follow_ups import (
    ASKED_ABOUT,
    reactions_needing_follow_up,
    sessions_without_check_ins,
    suspect_lots_of_follow_up,
)
from treatments.followup.rules import CheckInStatus, FollowUpStatus
from treatments.sessions.actions.alerts import raise_alerts_of_reactions_named_in_text
from treatments.sessions.actions.checks import refuse_unless_allowed_in_session
from treatments.sessions.actions.late_reports import (
    lock_signed_session_or_refuse,
    save_pain_and_raise_alert,
    save_reactions_and_raise_alerts,
)
from treatments.sessions.models import Addendum, AdverseEffect, Pain, Reaction, TreatmentSession
from treatments.sessions.rules.charting import ReactionEntry
from treatments.sessions.rules.states import SessionStatus
from treatments.stock.actions.lots import quarantine_lot
from treatments.stock.models import Lot

logger = logging.getLogger(__name__)


@transaction.atomic
def record_check_in_answers(
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
    refuse_unless_allowed_in_session(by, Permission.RUN_SESSION)
    now = now or timezone.now()
    # The session first, as whoever makes it void takes them.
    session = lock_signed_session_or_refuse(check_in.treatment_session)
    locked = lock_due_check_in_or_refuse(check_in)
    if pain is not None:
        raise_if_found(rules.check_pain_asked_at_this_call(locked.days))
        save_pain_and_raise_alert(session, Pain.Moment.AFTER_24H, pain, by, now, locked.days)
    if reactions:
        save_reactions_and_raise_alerts(session, reactions, by, now, locked.days)
    locked.status = CheckInStatus.ANSWERED
    locked.closed_at, locked.closed_by = now, by
    locked.note = note.strip()
    locked.save(update_fields=["status", "closed_at", "closed_by", "note"])
    clear_alert_of_source(source=_alert_source_of_unanswered(locked), reason="The call was answered.", by=by)
    if note.strip():
        source = f"{_alert_source_of_unanswered(locked)}/note"
        raise_alerts_of_reactions_named_in_text(
            session, note, source=source, told_on=timezone.localdate(now), by=by
        )
    raise_alert_if_self_harm_is_named(session.patient_id, [note], by)
    audit.record(
        by=by, did="check_in.answered", about=locked, patient_id=session.patient_id, reactions=len(reactions)
    )
    return locked


@transaction.atomic
def record_not_reached(*, check_in: CheckIn, by: User, now: datetime | None = None) -> CheckIn:
    """Somebody rang and nobody answered: the call stays due."""
    refuse_unless_allowed_in_session(by, Permission.SEE_PATIENT)
    locked = lock_due_check_in_or_refuse(check_in)
    locked.tries += 1
    locked.last_tried_at = now or timezone.now()
    locked.save(update_fields=["tries", "last_tried_at"])
    _raise_unanswered_alert_if_due(locked, by)
    audit.record(
        by=by,
        did="check_in.not_reached",
        about=locked,
        patient_id=locked.treatment_session.patient_id,
        tries=locked.tries,
    )
    return locked


def _alert_source_of_unanswered(check_in: CheckIn) -> str:
    return f"followup.checkin:{check_in.pk}"


def _raise_unanswered_alert_if_due(check_in: CheckIn, by: User) -> None:
    """Nobody was reached so often: the next session asks in person what the call would have asked."""
    if check_in.tries < rules.TRIED_IN_VAIN or check_in.days not in rules.ASKED_IN_PERSON_AFTER:
        return
    session = check_in.treatment_session
    alert = NewAlert(
        AlertKind.FOLLOW_UP,
        AlertLevel.WARN,
        f"Nobody reached the patient after session {session.number}: ask now about fever, pus, lumps, hives.",
        _alert_source_of_unanswered(check_in),
        codes=("alert:check-in:unanswered",),
        session_number=session.number,
    )
    raise_alerts_unless_open([(session.patient_id, alert)], by=by)


@transaction.atomic
def cancel_check_in(*, check_in: CheckIn, by: User, reason: str, now: datetime | None = None) -> CheckIn:
    """The patient is not rung this time, and why: they asked not to be, or cannot be reached."""
    refuse_unless_allowed_in_session(by, Permission.RUN_SESSION)
    reason = _stripped_text_or_refuse(reason, "Say in a few words why this call is not made.", "reason")
    locked = lock_due_check_in_or_refuse(check_in)
    _cancel_check_ins([locked], by, reason, now or timezone.now())
    audit.record(
        by=by, did="check_in.cancelled", about=locked, patient_id=locked.treatment_session.patient_id
    )
    return locked


def _cancel_check_ins(check_ins: Iterable[CheckIn], by: User, reason: str, now: datetime) -> None:
    for each in check_ins:
        each.status = CheckInStatus.CANCELLED
        each.closed_at, each.closed_by, each.note = now, by, reason
        each.save(update_fields=["status", "closed_at", "closed_by", "note"])


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """What was done: sessions that got their check-ins, calls cancelled, follow-ups opened."""

    sessions: int
    cancelled: int
    opened: int


#: How far back :func:`sync_check_ins_and_follow_ups` looks: after that no call of a session is left to make.
LOOKS_BACK = timedelta(days=max(rules.CHECK_IN_DAYS))

#: A signed session that has no check-ins after this time is an error.
CHECK_INS_WITHIN = timedelta(hours=1)


def sync_check_ins_and_follow_ups(
    *, now: datetime | None = None, since: timedelta | None = LOOKS_BACK
) -> CaughtUp:
    """Bring calls and follow-ups up to date with the sessions. Safe to run twice, or twice at once.

    1. A signed session without check-ins gets its four; the patient's older open ones are taken over by it.
    2. The open check-ins of a void session are cancelled.
    3. A reaction that has to be followed up and has no follow-up gets one, for the session's clinician, with an alert.

    ``since``: how far back to look; None for everything.
    """
    now = now or timezone.now()
    after = None if since is None else now - since
    sessions = sum(_add_check_ins_if_missing(session) for session in sessions_without_check_ins(after))
    cancelled = _cancel_check_ins_of_void_sessions(now)
    opened = sum(open_follow_up_if_missing(reaction) for reaction in reactions_needing_follow_up(after))
    return CaughtUp(sessions, cancelled, opened)


def log_sessions_without_check_ins(*, now: datetime | None = None) -> int:
    """Log an error where a session was signed over an hour ago and has no check-ins. Returns how many have none."""
    now = now or timezone.now()
    left_out = sessions_without_check_ins(now - LOOKS_BACK, now - CHECK_INS_WITHIN)
    if left_out:
        logger.error(
            "No check-ins for signed sessions %s", ", ".join(str(session.pk) for session in left_out)
        )
    return len(left_out)


def _lock_session(session_pk: int) -> TreatmentSession:
    """The session as it stands now. A second tick waits here until the first has done its work on it."""
    return (
        TreatmentSession.objects.select_for_update(of=("self",), no_key=True)
        .select_related("patient", "clinic")
        .get(pk=session_pk)
    )


@transaction.atomic
def _add_check_ins_if_missing(session: TreatmentSession) -> bool:
    """True where the session got its four. Older open ones of the patient are taken over by it."""
    session = _lock_session(session.pk)
    if session.status not in ASKED_ABOUT or session.check_ins.exists():
        return False
    CheckIn.objects.filter(
        treatment_session__patient=session.patient_id,
        treatment_session__performed_on__lte=session.performed_on,
        status=CheckInStatus.DUE,
    ).update(status=CheckInStatus.TAKEN_OVER, taken_over_by=session)
    CheckIn.objects.bulk_create(
        CheckIn(treatment_session=session, clinic_id=session.clinic_id, days=days, due_on=due_on)
        for days, due_on in zip(
            rules.CHECK_IN_DAYS, rules.due_dates_of_check_ins(session.performed_on), strict=True
        )
    )
    return True


@transaction.atomic
def _cancel_check_ins_of_void_sessions(now: datetime) -> int:
    """Returns how many were cancelled, each by who made the session void."""
    due = list(
        CheckIn.objects.select_for_update(of=("self",))
        .filter(status=CheckInStatus.DUE, treatment_session__status=SessionStatus.VOID)
        .select_related("treatment_session__signed_by")
        .order_by("pk")
    )
    # The last addendum of a void session is the one that made it void: it says who did.
    voided_by: dict[int, User] = {
        addendum.treatment_session_id: addendum.by
        for addendum in Addendum.objects.filter(
            treatment_session__in={each.treatment_session_id for each in due}
        )
        .select_related("by")
        .order_by("pk")
    }
    cancelled = 0
    for each in due:
        by = voided_by.get(each.treatment_session_id) or each.treatment_session.signed_by
        if by is not None:
            _cancel_check_ins([each], by, "The session was made void.", now)
            cancelled += 1
    return cancelled


@transaction.atomic
def open_follow_up_if_missing(reaction: Reaction) -> bool:
    """True where it was opened, with its alert; False where the reaction has one already."""
    session, effect = _lock_session(reaction.treatment_session_id), reaction.effect
    if FollowUp.objects.filter(reaction=reaction).exists():
        return False
    told_on = (
        timezone.localtime(reaction.added_at, session.clinic.zone).date()
        if reaction.added_at
        else session.performed_on
    )
    follow_up = FollowUp.objects.create(
        treatment_session=session,
        clinic_id=session.clinic_id,
        reaction=reaction,
        assigned_to_id=session.clinician_id,
        lot_days=effect.lot_days,
        due_on=rules.follow_up_due_on(effect.level, told_on),
        opened_by_id=reaction.added_by_id or session.signed_by_id or session.clinician_id,
    )
    audit.record(by=None, did="follow_up.opened", about=follow_up, patient_id=session.patient_id)
    _raise_follow_up_alert(follow_up, session, effect, since=told_on, by=None)
    return True


def _alert_source_of_follow_up(follow_up: FollowUp) -> str:
    return f"followup.followup:{follow_up.pk}"


def _raise_follow_up_alert(
    follow_up: FollowUp,
    session: TreatmentSession,
    effect: AdverseEffect,
    *,
    since: date,
    by: User | None,
    came_back: bool = False,
) -> None:
    """What is followed up stands against the next injection until it is closed."""
    what = effect.short_label.lower()
    alert = NewAlert(
        AlertKind.FOLLOW_UP,
        rules.follow_up_alert_level(effect.level),
        rules.follow_up_alert_text(effect.short_label),
        _alert_source_of_follow_up(follow_up),
        codes=(rules.follow_up_alert_code(effect.level, follow_up.status, came_back=came_back),),
        slots={"what": what, "clinician": by.display_name if by else "A clinician"},
        since=since,
        session_number=session.number,
    )
    raise_alerts_unless_open([(session.patient_id, alert)], by=by)


@transaction.atomic
def change_follow_up_status(
    *, follow_up: FollowUp, to: str, by: User, text: str, outcome: str = "", today: date | None = None
) -> FollowUp:
    """Take it in hand (it is then ``by``'s), close it with what came of it, or open it again, each in words.

    Closing it ends its own alert, and no other: the alert of the reaction goes on until a clinician clears it. In
    hand it is another alert, and opened again a third.
    """
    refuse_unless_allowed_in_session(by, Permission.SIGN_SESSION)
    text = _stripped_text_or_refuse(text, "Say what was done, or what came of it.", "text")
    locked = lock_row(FollowUp, follow_up.pk, "treatment_session__patient", "reaction__effect")
    effect = locked.reaction.effect
    raise_if_found(rules.check_follow_up_status_may_change(locked.status, to))
    raise_if_found(rules.check_outcome_said_when_closing(effect.level, to, outcome))
    locked.status = FollowUpStatus(to).value
    locked.outcome = outcome if to == FollowUpStatus.CLOSED else ""
    if to == FollowUpStatus.IN_HAND:
        locked.assigned_to = by
    locked.save(update_fields=["status", "assigned_to", "outcome"])
    _create_note_and_audit(locked, by, text, to)
    clear_alert_of_source(source=_alert_source_of_follow_up(locked), reason=text, by=by)
    if to != FollowUpStatus.CLOSED:
        _raise_follow_up_alert(
            locked,
            locked.treatment_session,
            effect,
            since=today or timezone.localdate(),
            by=by,
            came_back=to == FollowUpStatus.OPEN,
        )
    return locked


@transaction.atomic
def add_follow_up_note(*, follow_up: FollowUp, by: User, text: str) -> FollowUpNote:
    """What was done meanwhile; it stays where it is."""
    refuse_unless_allowed_in_session(by, Permission.SIGN_SESSION)
    text = _stripped_text_or_refuse(text, "Say what was done.", "text")
    return _create_note_and_audit(follow_up, by, text, "")


@transaction.atomic
def quarantine_suspect_lot(*, follow_up: FollowUp, lot: Lot, by: User, reason: str) -> Lot:
    """Put aside a lot that the follow-up asks about, and write that into it. All or nothing."""
    refuse_unless_allowed_in_session(by, Permission.SIGN_SESSION)
    follow_up = FollowUp.objects.select_related("reaction__treatment_session", "treatment_session").get(
        pk=follow_up.pk
    )
    if lot.pk not in {suspect.lot.pk for suspect in suspect_lots_of_follow_up(follow_up)}:
        raise Refused.because("This lot was not given in the time that is asked about.", code="lot:other")
    reason = _stripped_text_or_refuse(reason, f"Say why lot {lot.number} is put aside.", "reason")
    lot = quarantine_lot(lot=lot, reason=reason, by=by)
    _create_note_and_audit(follow_up, by, f"Lot {lot.number} put aside: {reason}", "")
    return lot


def _create_note_and_audit(follow_up: FollowUp, by: User, text: str, to: str) -> FollowUpNote:
    """Written and audited; ``to`` is the status that it moved the follow-up to, "" for none."""
    note = FollowUpNote.objects.create(follow_up=follow_up, text=text, moved_to=to, by=by)
    raise_alert_if_self_harm_is_named(follow_up.treatment_session.patient_id, [text], by)
    audit.record(
        by=by,
        did=f"follow_up.{to or 'noted'}",
        about=follow_up,
        patient_id=follow_up.treatment_session.patient_id,
    )
    return note


def lock_due_check_in_or_refuse(check_in: CheckIn) -> CheckIn:
    """Refused where the check-in was answered, taken over or cancelled."""
    locked = lock_row(CheckIn, check_in.pk, "treatment_session")
    raise_if_found(rules.check_call_still_due(locked.status))
    return locked


def _stripped_text_or_refuse(text: str, message: str, where: str) -> str:
    """Refused with ``message`` where it says nothing."""
    raise_if_found(rules.check_text_long_enough(text, message, where))
    return text.strip()


# --- the adverse reaction report -----------------------------------------------------------------


@transaction.atomic
def save_adverse_report(
    *,
    follow_up: FollowUp,
    by: User,
    outcome: str,
    causality: str,
    serious: Sequence[str] = (),
    dechallenge: str = rules.Challenge.DOES_NOT_APPLY.value,
    rechallenge: str = rules.Challenge.NO.value,
    narrative: str = "",
) -> AdverseReport:
    """Keep how a clinician judges the reaction. Nothing is sent: the paper is printed or typed into the authority's form."""
    refuse_unless_allowed(by, Permission.SIGN_SESSION)
    refuse_card_number(narrative, "narrative")
    gate(rules.check_adverse_report(outcome=outcome, causality=causality, serious=serious))
    report = AdverseReport.objects.create(
        follow_up=follow_up,
        serious=[code.value for code in rules.Seriousness if code in serious],
        outcome=outcome,
        causality=causality,
        dechallenge=dechallenge,
        rechallenge=rechallenge,
        narrative=narrative.strip(),
        by=by,
    )
    _audit_report(report, by, "adverse_report.written")
    return report


@transaction.atomic
def record_report_submission(
    *,
    report: AdverseReport,
    by: User,
    authority: str,
    sent_on: date | None,
    number: str = "",
    today: date | None = None,
) -> AdverseReportSubmission:
    """Keep who got the report, when, and the number that came back."""
    refuse_unless_allowed(by, Permission.SIGN_SESSION)
    today = today or timezone.localdate()
    gate(rules.check_report_submission(authority=authority, sent_on=sent_on, today=today))
    submission = AdverseReportSubmission.objects.create(
        report=report, authority=authority.strip(), number=number.strip(), sent_on=sent_on or today, by=by
    )
    _audit_report(report, by, "adverse_report.submitted")
    return submission


def _audit_report(report: AdverseReport, by: User, did: str) -> None:
    patient_id = report.follow_up.treatment_session.patient_id
    audit.record(by=by, did=did, about=report, patient_id=patient_id, causality=report.causality)
