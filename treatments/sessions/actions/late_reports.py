"""Add what the patient tells after the signature: pain, reactions, and the day a reaction was over."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from mesoclinic.accounts.models import User
from mesoclinic.accounts.permissions import Permission
from mesoclinic.core import audit
from mesoclinic.core.findings import Refused, gate, raise_if_found
from mesoclinic.core.locking import lock_row
from treatments.sessions.actions.alerts import (
    raise_alert_if_pain_is_high,
    raise_alerts_of_alarming_reactions,
    raise_alerts_of_words_about_reactions,
)
from treatments.sessions.actions.checks import refuse_unless_allowed_in_session
from treatments.sessions.models import Pain, Reaction, ReactionEnd, TreatmentSession
from treatments.sessions.rules.charting import ReactionEntry
from treatments.sessions.rules.late_reports import (
    ReactionDays,
    check_late_pain_moment_and_score,
    check_pain_not_on_record,
    check_reaction_days_possible,
    check_reaction_not_ended,
    check_reactions_told_once,
)
from treatments.sessions.rules.states import SessionStatus


@transaction.atomic
def record_late_pain(
    *, session: TreatmentSession, by: User, moment: str, score: int, now: datetime | None = None
) -> Pain:
    """The pain an hour or a day after, as the patient tells it once the session is signed. Said once."""
    refuse_unless_allowed_in_session(by, Permission.RUN_SESSION)
    locked = lock_signed_session_or_refuse(session)
    pain = save_pain_and_raise_alert(locked, moment, score, by, now or timezone.now(), None)
    audit.record(by=by, did="session.pain_added", about=locked, patient_id=locked.patient_id, moment=moment)
    return pain


@transaction.atomic
def record_late_reactions(
    *, session: TreatmentSession, by: User, reactions: Sequence[ReactionEntry], now: datetime | None = None
) -> list[Reaction]:
    """Reactions told after the signature: rows of their own, beside those that were charted.

    An alert, an emergency and a severe one raise an alert now. An alert, an emergency and one that asks about the
    lots each get a follow-up at the next tick; that one is severe makes no follow-up.
    """
    refuse_unless_allowed_in_session(by, Permission.RUN_SESSION)
    raise_if_found(check_reactions_told_once([entry.effect_id for entry in reactions]))
    locked = lock_signed_session_or_refuse(session)
    made = save_reactions_and_raise_alerts(locked, reactions, by, now or timezone.now(), None)
    audit.record(
        by=by,
        did="session.reactions_added",
        about=locked,
        patient_id=locked.patient_id,
        reactions=[reaction.pk for reaction in made],
    )
    return made


@transaction.atomic
def record_reaction_end(
    *, reaction: Reaction, by: User, ended_on: date, now: datetime | None = None
) -> ReactionEnd:
    """The day it was over, once that is known. Said once, beside the reaction."""
    refuse_unless_allowed_in_session(by, Permission.RUN_SESSION)
    reaction = Reaction.objects.select_related("treatment_session__clinic").get(pk=reaction.pk)
    session = lock_signed_session_or_refuse(reaction.treatment_session)
    is_over = reaction.ended_on is not None or ReactionEnd.objects.filter(reaction=reaction).exists()
    raise_if_found(check_reaction_not_ended(is_over))
    told = ReactionDays(str(reaction.pk), reaction.began_on, ended_on)
    today = _clinic_today(reaction.treatment_session, now)
    gate(check_reaction_days_possible([told], session.performed_on, today))
    end = ReactionEnd.objects.create(reaction=reaction, ended_on=ended_on, by=by)
    audit.record(
        by=by,
        did="session.reaction_ended",
        about=session,
        patient_id=session.patient_id,
        reaction=reaction.pk,
    )
    return end


def save_pain_and_raise_alert(
    session: TreatmentSession, moment: str, score: int, by: User, now: datetime, told_on_day: int | None
) -> Pain:
    """Add a pain score to a session that is locked; a high one raises an alert."""
    gate(check_late_pain_moment_and_score(moment, score))
    known = Pain.objects.filter(treatment_session=session, moment=moment).first()
    raise_if_found(check_pain_not_on_record(Pain.Moment(moment).label, known.score if known else None))
    pain = Pain.objects.create(
        treatment_session=session,
        moment=moment,
        score=score,
        added_at=now,
        added_by=by,
        told_on_day=told_on_day,
    )
    raise_alert_if_pain_is_high(session, pain, by)
    return pain


def save_reactions_and_raise_alerts(
    session: TreatmentSession,
    entries: Sequence[ReactionEntry],
    by: User | None,
    now: datetime,
    told_on_day: int | None,
) -> list[Reaction]:
    """Add reactions to a session that is locked; those that stand against the next injection raise an alert.

    ``by`` is None where the patient answered by link.
    """
    if entries:
        raise_if_found(check_reactions_told_once([entry.effect_id for entry in entries]))
    today = _clinic_today(session, now)
    gate(
        check_reaction_days_possible(
            [ReactionDays(str(e.effect_id), e.began_on, e.ended_on) for e in entries],
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
            told_on_day=told_on_day,
        )
        for entry in entries
    )
    told = list(
        Reaction.objects.filter(pk__in=[row.pk for row in made])
        .select_related("effect", "zone")
        .order_by("pk")
    )
    lasted = {
        row.pk: (today - (entry.began_on or session.performed_on)).days
        for row, entry in zip(made, entries, strict=True)
        if entry.ended_on is None and told_on_day is not None
    }
    raise_alerts_of_alarming_reactions(session, told, by, lasted)
    raise_alerts_of_words_about_reactions(session, told, by, today)
    return made


def lock_signed_session_or_refuse(session: TreatmentSession) -> TreatmentSession:
    """The session as it stands now, which has been signed: a draft is charted instead. A void one takes what is told
    too: what was injected was injected."""
    locked = lock_row(TreatmentSession, session.pk, "clinic", "patient")
    if locked.status == SessionStatus.DRAFT:
        raise Refused.because("This session is not signed yet. Chart it there.", code="session:draft")
    return locked


def _clinic_today(session: TreatmentSession, now: datetime | None) -> date:
    return timezone.localtime(now or timezone.now(), session.clinic.zone).date()
