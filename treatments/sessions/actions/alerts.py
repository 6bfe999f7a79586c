"""Raise the alerts of a session's reactions, pain and words: when it is signed, and when something is told later.

And end those that are about the last session, when the next one is signed.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date

from mesoclinic.accounts.models import User
from mesoclinic.core.findings import Finding
from patients.actions.alerts import end_alerts, raise_alerts_unless_open
from patients.actions.self_harm import raise_alert_if_self_harm_is_named
from patients.models import Alert, AlertClearing, AlertType, records_of
from patients.rules.alerts import NewAlert
from treatments.catalogue.models import ProductContent
from treatments.sessions.models import Dose, Pain, PainRelief, Reaction, TreatmentSession
from treatments.sessions.queries.sessions import SessionDetail
from treatments.sessions.rules.alerts import (
    ALERT_PAIN,
    IN_WORDS,
    RELIEF_HOLDS,
    ReactionSeen,
    SessionGiven,
    alert_codes_named_in_text,
    alerts_of_reactions_named_in_text,
    is_alarming,
    lasts_longer_than_usual,
    pain_alerts,
    reaction_alerts,
    unread_reaction_alert,
)
from treatments.sessions.rules.charting import SessionChart


def raise_alerts_of_signed_session(detail: SessionDetail, by: User) -> None:
    """What was seen in the chair and stands against the next injection; of the pain, the worst."""
    session = detail.session
    alerts = _unsaved_alerts_of_alarming_reactions(session, detail.reactions, detail.relief)
    if detail.pain:
        worst = max(detail.pain, key=lambda row: row.score)
        alerts += _unsaved_alerts_of_high_pain(session, worst, detail.relief)
    _raise_alerts_for_session_patient(session, alerts, by)
    _raise_alerts_of_reactions_in_words(session, detail.reactions, by, session.performed_on)


def raise_alerts_of_alarming_reactions(
    session: TreatmentSession,
    reactions: Iterable[Reaction],
    by: User | None,
    lasted_days: Mapping[int, int] | None = None,
) -> None:
    """The alerts of these reactions, each read with its effect and its zone. No query where none is alarming.

    ``lasted_days``: by reaction (id), how long one is there that is still there.
    """
    alerts = _unsaved_alerts_of_alarming_reactions(session, reactions, lasted_days=lasted_days or {})
    _raise_alerts_for_session_patient(session, alerts, by)


def raise_alert_if_pain_is_high(session: TreatmentSession, pain: Pain, by: User) -> None:
    """The alert of a pain score, where it has one."""
    if pain.score >= ALERT_PAIN:
        relief = PainRelief.objects.filter(treatment_session=session).order_by("pk")
        _raise_alerts_for_session_patient(session, _unsaved_alerts_of_high_pain(session, pain, relief), by)


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
        if row.effect.code != IN_WORDS
        and (
            is_alarming(row.effect.level, row.grade)
            or lasts_longer_than_usual(row.effect.usual_duration, lasted.get(row.pk))
        )
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
    session: TreatmentSession,
    text: str,
    *,
    source: str,
    told_on: date,
    by: User | None,
    before: str = "",
    charted: Collection[str] = (),
) -> bool:
    """The alerts of reactions that a text names: an addendum's or a call's, from the minute it is written.

    Returns whether it names one.

    ``before``: the text as it was read already; ``charted``: effects that are told as such (their codes). What either
    names is not raised again. No query where nothing new is written.
    """
    if not text.strip() or text == before:
        return False
    words = {
        row.code: row.words
        for row in AlertType.objects.filter(trigger_kind="reaction", retired_at=None).exclude(words=[])
    }
    known = {*alert_codes_named_in_text(before, words), *(f"alert:reaction:{code}" for code in charted)}
    named = {code: said for code, said in words.items() if code not in known}
    if not alert_codes_named_in_text(text, named):
        return False
    alerts = alerts_of_reactions_named_in_text(
        text, named, source, _session_given_for_alerts(session), told_on
    )
    _raise_alerts_for_session_patient(session, alerts, by)
    return True


def raise_alerts_of_words_in_chart(
    session: TreatmentSession, stood: SessionChart, chart: SessionChart, by: User
) -> None:
    """What the patient says in the chair counts from the minute it is saved; what was read before is not read again.

    Thoughts of self-harm in any words of the chart; reactions in what is told since the last session, for those of
    today have fields of their own. No query where nothing new is told.
    """
    written = {*_words_of_chart(chart)} - {*_words_of_chart(stood)}
    raise_alert_if_self_harm_is_named(session.patient_id, sorted(written), by)
    if not chart.since_last.strip() or chart.since_last == stood.since_last:
        return
    signed = TreatmentSession.objects.filter(
        patient__in=records_of(session.patient_id), signed_at__isnull=False
    )
    last = signed.exclude(pk=session.pk).order_by("-performed_on", "-pk").first()
    if last is not None:
        raise_alerts_of_reactions_named_in_text(
            last,
            chart.since_last,
            source=f"treatment_sessions.treatmentsession:{session.pk}/since-last",
            told_on=session.performed_on,
            by=by,
            before=stood.since_last,
        )


def _words_of_chart(chart: SessionChart) -> list[str]:
    new = [risk["label"] for said in chart.safety.values() for risk in said.get("new", ())]
    words = [chart.since_last, chart.note, *(each.note for each in chart.reactions), *new]
    return [text for text in words if text.strip()]


def raise_alerts_of_words_about_reactions(
    session: TreatmentSession, reactions: Sequence[Reaction], by: User | None, told_on: date
) -> None:
    """What is written beside reactions told later names others too. Each is read with its effect."""
    _raise_alerts_of_reactions_in_words(session, reactions, by, told_on)
    notes = [row.note for row in reactions if row.note.strip() and row.effect.code != IN_WORDS]
    if notes:
        raise_alert_if_self_harm_is_named(session.patient_id, notes, by)
        raise_alerts_of_reactions_named_in_text(
            session,
            ". ".join(notes),
            source=f"treatment_sessions.reaction:{reactions[0].pk}/note",
            told_on=told_on,
            by=by,
            charted=[row.effect.code for row in reactions],
        )


def _raise_alerts_of_reactions_in_words(
    session: TreatmentSession, reactions: Iterable[Reaction], by: User | None, told_on: date
) -> None:
    """A reaction told in words is the one they name; where no code reads them, that it is unread stands."""
    for row in reactions:
        if row.effect.code != IN_WORDS:
            continue
        raise_alert_if_self_harm_is_named(session.patient_id, [row.note], by)
        source = f"treatment_sessions.reaction:{row.pk}/words"
        if not raise_alerts_of_reactions_named_in_text(
            session, row.note, source=source, told_on=told_on, by=by
        ):
            given = _session_given_for_alerts(session)
            unread = unread_reaction_alert(row.pk, row.note, given, told_on)
            _raise_alerts_for_session_patient(session, [unread], by)


def _raise_alerts_for_session_patient(
    session: TreatmentSession, alerts: Sequence[NewAlert], by: User | None
) -> None:
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
        .filter(patient__in=records_of(session.patient_id), type__ends_with="next_session")
        .order_by("pk")
    )
    for alert in standing:
        words = reasons.get(alert.code, "").strip() or f"Session {session.number} was given and signed."
        end_alerts([alert.pk], words=words, by=by, how=AlertClearing.How.NEXT_SESSION)
