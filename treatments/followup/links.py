"""Check-ins by link: sent when they are due, answered by the patient, and told on where nobody attends to an answer in red."""

import logging
from collections.abc import Iterable
from datetime import datetime, time, timedelta

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.accounts.permissions import Permission, Role
from mesoclinic.core import audit
from mesoclinic.core.findings import Refused, raise_if_found
from mesoclinic.core.languages import language_name
from mesoclinic.outbox.actions import way_to_reach_patient
from mesoclinic.outbox.link_messages import SentLink, refuse_unless_reachable, send_link
from mesoclinic.outbox.models import outbox_settings_or_unsaved
from mesoclinic.outbox.rules import Purpose
from patients.actions.links import end_link, lock_usable_link_or_none, mark_link_used
from patients.actions.self_harm import raise_alert_if_self_harm_is_named
from patients.models import Patient, PatientLink
from patients.rules.links import LinkPurpose
from patients.rules.safety_texts import SafetyTopic, unread_texts_finding
from treatments.followup import rules
from treatments.followup.actions import lock_due_check_in_or_refuse, open_follow_up_if_missing
from treatments.followup.models import (
    AftercareLink,
    CheckIn,
    CheckInAnswer,
    CheckInLink,
    CheckInPhotograph,
    CheckInSettings,
)
from treatments.followup.queries.by_link import check_ins_to_send_by_link, is_red_answer_unattended
from treatments.followup.queries.safety_texts import (
    language_to_send_or_none,
    languages_wanted,
    reading_that_stands,
)
from treatments.followup.rules import CheckInStatus, ToldByLink
from treatments.sessions.actions.alerts import raise_alerts_of_reactions_named_in_text
from treatments.sessions.actions.checks import refuse_unless_allowed_in_session
from treatments.sessions.actions.late_reports import (
    lock_signed_session_or_refuse,
    save_reactions_and_raise_alerts,
)
from treatments.sessions.models import AdverseEffect, Reaction, TreatmentSession
from treatments.sessions.rules.charting import ReactionEntry

logger = logging.getLogger(__name__)


# --- sent ----------------------------------------------------------------------------------------


@transaction.atomic
def send_check_in_link(*, check_in: CheckIn, by: User | None, now: datetime | None = None) -> SentLink:
    """Send the patient a link to answer this check-in; an earlier one of it is ended. ``by`` is None where the tick sends."""
    if by is not None:
        refuse_unless_allowed_in_session(by, Permission.SEE_PATIENT)
    locked = lock_due_check_in_or_refuse(check_in)
    session = TreatmentSession.objects.select_related("patient", "clinic__outbox").get(
        pk=locked.treatment_session_id
    )
    if by is not None:
        refuse_unless_reachable(session.patient, session.clinic, LinkPurpose.CHECK_IN)
    for earlier in CheckInLink.objects.filter(check_in=locked, link__ended_at=None).select_related("link"):
        end_link(link=earlier.link, by=by)
    clinic, now = session.clinic, now or timezone.now()
    language = _language_or_refuse(session.patient, clinic)
    last = max(locked.due_on, timezone.localdate(now, clinic.zone)) + timedelta(days=rules.LINK_DAYS + 1)
    sent = send_link(
        clinic=clinic,
        patient=session.patient,
        purpose=LinkPurpose.CHECK_IN,
        expires_at=datetime.combine(last, time(), clinic.zone),
        by=by,
        language=language,
        now=now,
    )
    CheckInLink.objects.create(
        check_in=locked, link=sent.link, texts_read=reading_that_stands(clinic, language)
    )
    audit.record(by=by, did="check_in.sent", about=locked, patient_id=session.patient_id, link=sent.link.pk)
    return sent


def _language_or_refuse(patient: Patient, clinic: Clinic, topic: SafetyTopic = SafetyTopic.CHECK_IN) -> str:
    """The patient's, or the clinic's where nobody here has read the texts of the patient's."""
    language = language_to_send_or_none(patient.language, clinic, topic)
    if language is None:
        names = [language_name(each) for each in languages_wanted(patient.language, clinic)]
        raise Refused(unread_texts_finding(names))
    return language


@transaction.atomic
def send_aftercare_link(*, session: TreatmentSession, by: User, now: datetime | None = None) -> SentLink:
    """Send the patient a link to what they were given and what to do now; an earlier one of this session is ended."""
    refuse_unless_allowed_in_session(by, Permission.SEE_PATIENT)
    session = TreatmentSession.objects.select_related("patient", "clinic__outbox").get(pk=session.pk)
    raise_if_found(rules.check_aftercare_can_be_sent(session.status))
    refuse_unless_reachable(session.patient, session.clinic, LinkPurpose.AFTERCARE)
    language = _language_or_refuse(session.patient, session.clinic, SafetyTopic.AFTERCARE)
    earlier = AftercareLink.objects.filter(treatment_session=session, link__ended_at=None)
    for each in earlier.select_related("link"):
        end_link(link=each.link, by=by)
    now = now or timezone.now()
    sent = send_link(
        clinic=session.clinic,
        patient=session.patient,
        purpose=LinkPurpose.AFTERCARE,
        expires_at=now + timedelta(days=rules.AFTERCARE_DAYS),
        by=by,
        language=language,
        now=now,
    )
    reading = reading_that_stands(session.clinic, language, SafetyTopic.AFTERCARE)
    AftercareLink.objects.create(treatment_session=session, link=sent.link, texts_read=reading)
    audit.record(by=by, did="aftercare.sent", about=session, patient_id=session.patient_id, link=sent.link.pk)
    return sent


def send_due_check_in_links(*, now: datetime | None = None) -> int:
    """Send those that are due today, where the clinic asks by link and the patient is reached. Safe to run twice, or twice at once."""
    now = now or timezone.now()
    return sum(_send_if_not_sent(check_in.pk, now) for check_in in check_ins_to_send_by_link(now))


@transaction.atomic
def _send_if_not_sent(check_in_pk: int, now: datetime) -> bool:
    locked = (
        CheckIn.objects.select_for_update(of=("self",))
        .select_related("treatment_session__patient", "clinic__outbox")
        .get(pk=check_in_pk)
    )
    if locked.status != CheckInStatus.DUE or CheckInLink.objects.filter(check_in=locked).exists():
        return False
    patient = locked.treatment_session.patient
    settings = outbox_settings_or_unsaved(locked.clinic)
    if not way_to_reach_patient(patient, settings, Purpose.CHECK_IN).channel:
        return False
    if language_to_send_or_none(patient.language, locked.clinic) is None:
        return False  # It stays a call; the list of calls says why.
    send_check_in_link(check_in=locked, by=None, now=now)
    return True


# --- answered ------------------------------------------------------------------------------------


@transaction.atomic
def record_answer_by_link(
    *,
    link: PatientLink,
    told: ToldByLink,
    language: str,
    picture: bytes | None = None,
    now: datetime | None = None,
) -> CheckInAnswer | None:
    """Keep what the patient answered, and close the check-in. None where the link was used or ended meanwhile.

    What is red opens its follow-up and its alert in the same transaction: nobody waits for a tick.
    """
    now = now or timezone.now()
    check_in = CheckIn.objects.select_related("treatment_session").get(links__link=link)
    # The session first, as whoever makes it void takes them.
    session = lock_signed_session_or_refuse(check_in.treatment_session)
    locked_link = lock_usable_link_or_none(link, now=now)
    if locked_link is None:
        return None
    locked = lock_due_check_in_or_refuse(check_in)
    answer = CheckInAnswer.objects.create(
        check_in=locked,
        pain=told.pain,
        noticed=[each.value for each in told.noticed],
        alarms=[each.value for each in told.alarms],
        words=told.words.strip(),
        shedding=told.shedding,
        density=told.density,
        language=language,
        answered_at=now,
        is_red=told.is_red,
    )
    if picture:
        CheckInPhotograph.objects.create(answer=answer, jpeg=picture)
    _save_told_effects(session, told, locked.days, now)
    _read_words(session, locked, told.words, now)
    locked.status, locked.closed_at = CheckInStatus.ANSWERED, now
    locked.save(update_fields=["status", "closed_at"])
    mark_link_used(locked_link, now=now)
    audit.record(
        by=None,
        did="check_in.answered",
        about=locked,
        patient_id=session.patient_id,
        link=link.pk,
        is_red=told.is_red,
    )
    return answer


def _save_told_effects(session: TreatmentSession, told: ToldByLink, days: int, now: datetime) -> None:
    """The reactions, each with its alert; of the red ones the follow-ups too."""
    effects = rules.effects_told(told, days)
    rows = {row.code: row for row in AdverseEffect.objects.filter(code__in=[each.code for each in effects])}
    missing = {each.code for each in effects} - rows.keys()
    if missing:
        logger.error("Check-in by link: no adverse effect on file for %s", ", ".join(sorted(missing)))
    known = [each for each in effects if each.code in rows]
    if not known:
        return
    entries = [ReactionEntry(rows[each.code].pk, each.grade, each.words, began_on=None) for each in known]
    made = save_reactions_and_raise_alerts(session, entries, None, now, days)
    red = {rows[each.code].pk for each in known if each.is_red}
    for reaction in made:
        if reaction.effect_id in red:
            open_follow_up_if_missing(Reaction.objects.select_related("effect").get(pk=reaction.pk))


def _read_words(session: TreatmentSession, check_in: CheckIn, words: str, now: datetime) -> None:
    if words.strip():
        source = f"followup.checkin:{check_in.pk}/note"
        told_on = timezone.localdate(now, session.clinic.zone)
        raise_alerts_of_reactions_named_in_text(session, words, source=source, told_on=told_on, by=None)
        raise_alert_if_self_harm_is_named(session.patient_id, [words], None)


# --- told on -------------------------------------------------------------------------------------


def escalate_unattended_red_answers(*, now: datetime | None = None) -> int:
    """Write to whom the clinic has named where an answer in red waits for a clinician as long as the clinic lets it."""
    now = now or timezone.now()
    waiting = CheckInAnswer.objects.filter(is_red=True, escalated_at=None).order_by("answered_at", "pk")
    return sum(_escalate_if_unattended(pk, now) for pk in waiting.values_list("pk", flat=True))


@transaction.atomic
def _escalate_if_unattended(answer_pk: int, now: datetime) -> bool:
    answer = (
        CheckInAnswer.objects.select_for_update(of=("self",))
        .select_related("check_in__clinic__check_in_settings", "check_in__treatment_session")
        .get(pk=answer_pk)
    )
    clinic = answer.check_in.clinic
    rule = check_in_settings_or_usual(clinic)
    after = timedelta(minutes=rule.escalate_after)
    if answer.escalated_at is not None or not rules.has_waited_too_long(answer.answered_at, now, after):
        return False
    if not is_red_answer_unattended(answer):
        return False
    answer.escalated_at = now
    answer.save(update_fields=["escalated_at"])
    audit.record(
        by=None,
        did="check_in.escalated",
        about=answer.check_in,
        patient_id=answer.check_in.treatment_session.patient_id,
        minutes=rule.escalate_after,
    )
    to = [user.email for user in _whom_to_tell(clinic, rule) if user.email]
    transaction.on_commit(lambda: _write_to_staff(clinic, rule.escalate_after, to), robust=True)
    return True


def check_in_settings_or_usual(clinic: Clinic) -> CheckInSettings:
    """The clinic's own, or the usual ones. No query where they were read with the clinic."""
    try:
        return clinic.check_in_settings
    except CheckInSettings.DoesNotExist:
        return CheckInSettings(clinic=clinic)


def _whom_to_tell(clinic: Clinic, rule: CheckInSettings) -> Iterable[User]:
    if rule.escalate_to is not None:
        return [rule.escalate_to]
    return User.objects.with_role(Role.ADMIN, clinic).order_by("pk")


def _write_to_staff(clinic: Clinic, minutes: int, to: list[str]) -> None:
    """No name and nothing of what was told: an inbox is read by others too."""
    if not to:
        logger.error("An answer in red waits at clinic %s and nobody there has an e-mail address", clinic.pk)
        return
    send_mail(
        f"{clinic.name}: an answer in red waits",
        f"A patient's answer in red has waited for {minutes} minutes and no clinician has taken it in hand.\n\n"
        f"It stands on top of Today: {settings.SITE_URL.rstrip('/')}{reverse('today')}\n",
        settings.DEFAULT_FROM_EMAIL,
        to,
    )


@transaction.atomic
def save_check_in_settings(
    *, clinic: Clinic, by: User, by_link: bool, escalate_after: int, escalate_to: User | None
) -> CheckInSettings:
    """Whether check-ins go out by link, and whom an unattended answer in red is told to, after how long."""
    raise_if_found(rules.check_escalation_minutes(escalate_after))
    row, _ = CheckInSettings.objects.select_for_update().get_or_create(clinic=clinic)
    row.by_link, row.escalate_after, row.escalate_to = by_link, escalate_after, escalate_to
    row.save()
    audit.record(by=by, did="check_in.settings_saved", about=row, by_link=by_link, minutes=escalate_after)
    return row
