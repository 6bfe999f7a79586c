"""The tick brings calls and follow-ups up to date with the sessions, as often as it runs."""

import logging
from datetime import timedelta

from django.utils import timezone

from mesoclinic.core.models import AuditEvent
from patients.models import Alert
from patients.rules.alerts import AlertKind, AlertLevel
from tests import factories
from tests.treatments.sessions.conftest import fill
from treatments.followup.actions import (
    CaughtUp,
    change_follow_up_status,
    log_sessions_without_check_ins,
    sync_check_ins_and_follow_ups,
)
from treatments.followup.models import CheckIn, FollowUp
from treatments.plans.alert_queries import open_alerts_of_patient
from treatments.sessions.actions.corrections import mark_session_void
from treatments.sessions.actions.late_reports import record_late_reactions
from treatments.sessions.actions.signing import sign_session
from treatments.sessions.actions.start import start_or_resume_session
from treatments.sessions.models import TreatmentSession
from treatments.sessions.rules.charting import ReactionEntry


def follow_up_alerts(patient):
    return [alert for alert in open_alerts_of_patient(patient.pk) if alert.kind == AlertKind.FOLLOW_UP]


def test_catching_up_says_what_it_did_and_does_it_once(charted, clinician, bald_patch):
    session = sign_session(session=charted, by=clinician)
    record_late_reactions(session=session, by=clinician, reactions=[ReactionEntry(bald_patch.pk)])

    first, second = sync_check_ins_and_follow_ups(), sync_check_ins_and_follow_ups()

    assert (first, second) == (CaughtUp(1, 0, 1), CaughtUp(0, 0, 0))
    assert (CheckIn.objects.count(), FollowUp.objects.count()) == (4, 1)
    assert AuditEvent.objects.filter(did="follow_up.opened", patient_id=session.patient_id).count() == 1


def test_a_severe_reaction_that_is_expected_raises_an_alert_and_no_follow_up(signed, clinician, patient):
    expected = factories.AdverseEffectFactory(level="expected")
    record_late_reactions(session=signed, by=clinician, reactions=[ReactionEntry(expected.pk, "severe")])

    assert sync_check_ins_and_follow_ups() == CaughtUp(0, 0, 0)
    assert [alert.kind for alert in open_alerts_of_patient(patient.pk)] == [AlertKind.REACTION]


def test_two_sessions_signed_before_one_tick_leave_the_calls_of_the_later_one(signed, clinician, clinic):
    for _ in range(2):
        following = fill(start_or_resume_session(plan=signed.plan, by=clinician, clinic=clinic), clinician)
        sign_session(session=following, by=clinician)

    assert sync_check_ins_and_follow_ups() == CaughtUp(2, 0, 0)

    due = CheckIn.objects.filter(status="due")
    assert set(due.values_list("treatment_session", flat=True)) == {following.pk}
    assert CheckIn.objects.filter(status="taken_over").count() == 8


def test_a_session_signed_and_void_before_the_tick_is_not_called_about(charted, clinician):
    session = sign_session(session=charted, by=clinician)
    mark_session_void(session=session, by=clinician, reason="Charted on the wrong patient")

    assert sync_check_ins_and_follow_ups() == CaughtUp(0, 0, 0)
    assert not CheckIn.objects.exists()


def test_a_void_sessions_calls_are_cancelled_by_who_made_it_void(signed, clinician):
    mark_session_void(session=signed, by=clinician, reason="Charted on the wrong patient")

    assert sync_check_ins_and_follow_ups() == CaughtUp(0, 4, 0)
    assert sync_check_ins_and_follow_ups() == CaughtUp(0, 0, 0)
    assert set(signed.check_ins.values_list("status", "closed_by", "note")) == {
        ("cancelled", clinician.pk, "The session was made void.")
    }


def test_a_closed_follow_up_is_not_opened_by_the_next_tick(follow_up, clinician):
    change_follow_up_status(follow_up=follow_up, to="closed", by=clinician, text="Regrown", outcome="healed")

    assert sync_check_ins_and_follow_ups().opened == 0
    assert FollowUp.objects.get().status == "closed"


def test_older_sessions_are_left_alone_unless_everything_is_asked_for(charted, clinician):
    sign_session(session=charted, by=clinician)
    later = timezone.now() + timedelta(days=85)

    assert sync_check_ins_and_follow_ups(now=later).sessions == 0
    assert sync_check_ins_and_follow_ups(now=later, since=None).sessions == 1


def test_a_session_without_check_ins_for_an_hour_is_an_error_in_the_log(charted, clinician, caplog):
    session = sign_session(session=charted, by=clinician)

    with caplog.at_level(logging.ERROR):
        soon = log_sessions_without_check_ins()
        late = log_sessions_without_check_ins(now=timezone.now() + timedelta(minutes=61))

    assert (soon, late) == (0, 1)
    assert caplog.messages == [f"No check-ins for signed sessions {session.pk}"]
    sync_check_ins_and_follow_ups()
    assert log_sessions_without_check_ins(now=timezone.now() + timedelta(minutes=61)) == 0


# --- the alert of a follow-up ------------------------------------------------


def test_an_open_follow_up_stands_against_the_next_injection(follow_up, patient):
    [alert] = follow_up_alerts(patient)

    assert (alert.level, alert.text) == (AlertLevel.BLOCK, "Follow-up open: bald patch")
    assert Alert.objects.get(pk=alert.pk).source == f"followup.followup:{follow_up.pk}"


def test_a_follow_up_that_only_asks_about_the_lots_warns(signed, clinician, swelling, patient):
    swelling.lot_days = 30
    swelling.save()
    record_late_reactions(session=signed, by=clinician, reactions=[ReactionEntry(swelling.pk)])
    sync_check_ins_and_follow_ups()

    assert [alert.level for alert in follow_up_alerts(patient)] == [AlertLevel.WARN]


def test_closing_the_follow_up_clears_its_alert_and_opening_it_again_raises_one(
    follow_up, clinician, patient
):
    source = f"followup.followup:{follow_up.pk}"
    change_follow_up_status(follow_up=follow_up, to="in_hand", by=clinician, text="Rang her")
    assert len(follow_up_alerts(patient)) == 1

    change_follow_up_status(follow_up=follow_up, to="closed", by=clinician, text="Fine", outcome="healed")
    assert follow_up_alerts(patient) == []
    opened, in_hand = Alert.objects.filter(source=source).order_by("pk")
    assert [each.clearing.words for each in (opened, in_hand)] == ["Rang her", "Fine"]
    assert in_hand.clearing.by == clinician

    change_follow_up_status(follow_up=follow_up, to="open", by=clinician, text="It is back")
    assert len(follow_up_alerts(patient)) == 1
    assert Alert.objects.filter(source=source).count() == 3


def test_check_ins_survive_a_second_tick_that_saw_the_same_list(charted, clinician, monkeypatch):
    """The second tick read its list before the first had written."""
    sign_session(session=charted, by=clinician)
    stale = [TreatmentSession.objects.get(pk=charted.pk)]
    sync_check_ins_and_follow_ups()
    monkeypatch.setattr("treatments.followup.actions.sessions_without_check_ins", lambda *_: stale)

    assert sync_check_ins_and_follow_ups().sessions == 0
    assert CheckIn.objects.filter(status="due").count() == 4
