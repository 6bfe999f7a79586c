"""Raise the alerts of a session's reactions, pain and words: when it is signed, and when something is told later.

And end those that are about the last session, when the next one is signed.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta

from django.db.models import Max, Q
from django.utils import timezone

from mesoclinic.accounts.models import User
from mesoclinic.core.findings import Finding
from mesoclinic.core.wording import day_text
from patients.actions.alerts import end_alerts, raise_alerts_unless_open
from patients.actions.learned import PREGNANCY, add_fact_listener
from patients.models import Alert, AlertClearing, AlertType, Patient
from patients.rules.alerts import AlertKind, AlertLevel, NewAlert
from treatments.catalogue.models import ProductContent
from treatments.sessions.models import Dose, Pain, PainRelief, Reaction, TreatmentSession
from treatments.sessions.queries.sessions import SessionDetail
from treatments.sessions.rules.alerts import (
    ALERT_PAIN,
    RELIEF_HOLDS,
    ReactionSeen,
    SessionGiven,
    alerts_of_reactions_named_in_text,
    is_alarming,
    lasts_longer_than_usual,
    pain_alerts,
    reaction_alerts,
)


def raise_alerts_of_signed_session(detail: SessionDetail, by: User) -> None:
    """What was seen in the chair and stands against the next injection; of the pain, the worst."""
    session = detail.session
    alerts = _unsaved_alerts_of_alarming_reactions(session, detail.reactions, detail.relief)
    if detail.pain:
        worst = max(detail.pain, key=lambda row: row.score)
        alerts += _unsaved_alerts_of_high_pain(session, worst, detail.relief)
    _raise_alerts_of_session_patient(session, alerts, by)


def raise_alerts_of_alarming_reactions(
    session: TreatmentSession,
    reactions: Iterable[Reaction],
    by: User,
    lasted_days: Mapping[int, int] | None = None,
) -> None:
    """The alerts of these reactions, each read with its effect and its zone. No query where none is alarming.

    ``lasted_days``: by reaction (id), how long one is there that is still there.
    """
    alerts = _unsaved_alerts_of_alarming_reactions(session, reactions, lasted_days=lasted_days or {})
    _raise_alerts_of_session_patient(session, alerts, by)


def raise_alert_if_pain_is_high(session: TreatmentSession, pain: Pain, by: User) -> None:
    """The alert of a pain score, where it has one."""
    if pain.score >= ALERT_PAIN:
        relief = PainRelief.objects.filter(treatment_session=session).order_by("pk")
        _raise_alerts_of_session_patient(session, _unsaved_alerts_of_high_pain(session, pain, relief), by)


def _unsaved_alerts_of_alarming_reactions(
    session: TreatmentSession,
    reactions: Iterable[Reaction],
    relief: Iterable[PainRelief] | None = None,
    *,
    lasted_days: Mapping[int, int] | None = None,
) -> list[NewAlert]:
    lasted = lasted_days or {}
    alarming = [
        row
        for row in reactions
        if is_alarming(row.effect.level, row.grade)
        or lasts_longer_than_usual(row.effect.usual_duration, lasted.get(row.pk))
    ]
    if not alarming:
        return []
    given = _session_given_for_alerts(session, relief)
    seen = [
        ReactionSeen(
            pk=row.pk,
            code=row.effect.code,
            effect=row.effect.effect,
            level=row.effect.level,
            grade=row.grade,
            began_on=row.began_on,
            zone=row.zone.code if row.zone else "",
            region=row.zone.name if row.zone else "",
            usual_duration=row.effect.usual_duration,
            lasted_days=lasted.get(row.pk),
        )
        for row in alarming
    ]
    return [alert for each in seen for alert in reaction_alerts(each, given)]


def _unsaved_alerts_of_high_pain(
    session: TreatmentSession, pain: Pain, relief: Iterable[PainRelief]
) -> list[NewAlert]:
    return pain_alerts(
        pk=pain.pk,
        score=pain.score,
        moment=Pain.Moment(pain.moment).label,
        relief=[row.method.replace("_", " ") for row in relief],
        given=SessionGiven(session.number, session.performed_on, session.clinician_id),
    )


def raise_alerts_of_reactions_named_in_text(
    session: TreatmentSession, text: str, *, source: str, told_on: date, by: User
) -> None:
    """The alerts of reactions that a text names: an addendum's, from the minute it is written."""
    words = {
        row.code: row.words
        for row in AlertType.objects.filter(trigger_kind="reaction", retired_at=None).exclude(words=[])
    }
    alerts = alerts_of_reactions_named_in_text(
        text, words, source, _session_given_for_alerts(session), told_on
    )
    _raise_alerts_of_session_patient(session, alerts, by)


def _raise_alerts_of_session_patient(session: TreatmentSession, alerts: Sequence[NewAlert], by: User) -> None:
    raise_alerts_unless_open([(session.patient_id, alert) for alert in alerts], by=by)


def _session_given_for_alerts(
    session: TreatmentSession, relief: Iterable[PainRelief] | None = None
) -> SessionGiven:
    """What was injected in this session, and the relief of that day. Two queries, one where the relief is read."""
    doses = Dose.objects.filter(treatment_session=session, ml__gt=0).order_by().values("product")
    codes = (
        ProductContent.objects.filter(product__in=doses)
        .order_by("ingredient__code")
        .values_list("ingredient__code", flat=True)
        .distinct()
    )
    if relief is None:
        relief = PainRelief.objects.filter(treatment_session=session).order_by("pk")
    eased = [RELIEF_HOLDS[row.method] for row in relief if row.method in RELIEF_HOLDS]
    return SessionGiven(
        number=session.number,
        on=session.performed_on,
        given_by_id=session.performed_by_id or session.clinician_id,
        substances=tuple(dict.fromkeys([*codes, *eased])),
    )


#: So long after the last dose a pregnancy stands beside what was given (the deferral of a blood donor).
FIVE_ARI_DAYS = 182

FIVE_ARI = ("dutasteride", "finasteride")


def raise_alert_of_pregnancy_after_5ari(patient_id: int, codes: Collection[str], by: User) -> None:
    """A pregnancy is told: where dutasteride or finasteride was injected lately, the exposure is an alert of its own.

    Two queries where a pregnancy is among the facts, none otherwise.
    """
    if PREGNANCY not in codes:
        return
    persons = Patient.objects.filter(Q(pk=patient_id) | Q(merged_into=patient_id)).order_by()
    last_on = Dose.objects.filter(
        treatment_session__patient__in=persons.values("pk"),
        treatment_session__performed_on__gte=timezone.localdate() - timedelta(days=FIVE_ARI_DAYS),
        product__contents__ingredient__code__in=FIVE_ARI,
        movement__isnull=False,  # it left its lot: it was given
    ).aggregate(on=Max("treatment_session__performed_on"))["on"]
    if last_on is None:
        return
    alert = NewAlert(
        AlertKind.PATIENT_STATE,
        AlertLevel.FIXED,
        f"Pregnant, and dutasteride or finasteride was given on {day_text(last_on)}: refer to obstetrics today.",
        f"patients.patient:{patient_id}/pregnancy-after-5ari",
        codes=("alert:state:pregnancy-after-5ari",),
    )
    raise_alerts_unless_open([(patient_id, alert)], by=by)


def end_alerts_about_last_session(
    session: TreatmentSession, findings: Iterable[Finding], reasons: Mapping[str, str], by: User
) -> None:
    """Alerts that are about the last session end with the signature of the next, with the reason given for each.

    ``findings`` are those that the signature was asked: nothing is read where no alert was among them.
    """
    if not any(finding.code.startswith("alert:") for finding in findings):
        return
    standing = (
        Alert.objects.select_for_update(of=("self",))
        .not_cleared()
        .filter(patient=session.patient_id, type__ends_with="next_session")
        .order_by("pk")
    )
    for alert in standing:
        words = reasons.get(alert.code, "").strip() or f"Session {session.number} was given and signed."
        end_alerts([alert.pk], words=words, by=by, how=AlertClearing.How.NEXT_SESSION)


add_fact_listener(raise_alert_of_pregnancy_after_5ari)
