"""Lots as the tick watches them: which reactions are theirs, when a quarantine is drafted, and how a person decides."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from mesoclinic.core.findings import Refused
from mesoclinic.core.models import AuditEvent
from tests import factories
from tests.conftest import signed_in
from tests.treatments.outcomes.conftest import react
from treatments.outcomes.actions.sentinel import EVERY, decide_alarm, watch_lots
from treatments.outcomes.models import LotAlarm, LotSignal
from treatments.outcomes.queries.signals import watched_lots_and_vials
from treatments.recalls.models import RecallCase

pytestmark = pytest.mark.django_db

REASON = "Three lumps in two weeks."


@pytest.fixture
def alarm(clinic, clinician, give, lot, lump):
    """A lot of ten sessions in which five people had a lump within weeks."""
    sessions = [give(days_ago=60 - number) for number in range(10)]
    for number, session in enumerate(sessions[:5]):
        react(session, lump, after_days=20 + number, by=clinician)
    watch_lots()
    return LotAlarm.objects.get(lot=lot, vial=None)


def watched(clinic):
    return watched_lots_and_vials(timezone.localdate() - timedelta(days=700))[clinic.pk]


def test_a_late_lump_counts_once_against_every_lot_the_patient_had(clinic, clinician, give, lot, lump):
    other = factories.LotFactory(clinic=clinic, on_hand=50)
    her = factories.PatientFactory()
    for days_ago in (90, 80):
        give(patient=her, days_ago=days_ago)
    give(patient=her, days_ago=70, of=other)
    last = give(patient=her, days_ago=60)
    react(last, lump, after_days=30, by=clinician)

    found = {each.lot_id: each for each in watched(clinic).lots}

    told = timezone.localdate() - timedelta(days=30)
    assert (len(found[lot.pk].given_on), found[lot.pk].told_on) == (3, [told])
    assert (len(found[other.pk].given_on), found[other.pk].told_on) == (1, [told])
    assert found[lot.pk].delays == [30]


def test_a_reaction_without_incubation_is_of_its_own_session_only(clinic, clinician, give, lot, effect):
    other = factories.LotFactory(clinic=clinic, on_hand=50)
    her = factories.PatientFactory()
    give(patient=her, days_ago=30, of=other)
    react(give(patient=her, days_ago=20), effect, after_days=4, by=clinician)
    react(give(days_ago=20), effect, after_days=1, by=clinician)

    found = {each.lot_id: len(each.began_on) for each in watched(clinic).lots}

    assert found == {lot.pk: 1, other.pk: 0}


def test_what_came_out_of_one_vial_is_watched_by_itself(clinic, clinician, give, lot, lump):
    session = give(days_ago=20)
    react(session, lump, after_days=10, by=clinician)

    (vial,) = watched(clinic).vials

    assert vial.vial_id == session.doses.get().movement.draws.get().vial_id
    assert (len(vial.given_on), len(vial.began_on)) == (1, 1)


def test_a_lot_that_crosses_its_line_drafts_a_quarantine_and_moves_nothing(alarm, lot):
    lot.refresh_from_db()

    assert (alarm.sessions, alarm.observed, alarm.decided_at) == (10, 5, None)
    assert alarm.expected < 1
    assert lot.status == "released"
    assert not RecallCase.objects.exists()
    assert AuditEvent.objects.filter(did="lot_alarm.drafted", by=None).exists()
    signal = LotSignal.objects.get(lot=lot, vial=None)
    assert signal.crossed_on == alarm.crossed_on
    assert signal.sum_now >= signal.line


def test_two_reactions_draft_nothing(clinician, give, lot, lump):
    for _ in range(2):
        react(give(days_ago=30), lump, after_days=10, by=clinician)

    assert watch_lots()[1] == 0
    assert LotSignal.objects.filter(lot=lot).exists()


def test_the_tick_drafts_once_and_watches_again_after_hours(alarm):
    now = timezone.now()

    assert watch_lots(now=now + EVERY / 2) == (0, 0)
    assert watch_lots(now=now + EVERY + timedelta(minutes=1))[1] == 0
    assert LotAlarm.objects.filter(vial=None).count() == 1


def test_put_aside_it_is_a_recall_that_says_why(alarm, clinician, lot):
    decide_alarm(alarm=alarm, decision="quarantine", reason=REASON, by=clinician)

    alarm.refresh_from_db()
    lot.refresh_from_db()
    assert (alarm.decided_by, alarm.decision, lot.status) == (clinician, "quarantine", "quarantined")
    assert alarm.case.reason == f"More reactions than expected (5 in 10 sessions): {REASON}"
    assert alarm.case.measure == "quarantine"


def test_left_in_use_it_starts_again_from_the_decision(alarm, clinician, lot):
    decide_alarm(alarm=alarm, decision="use", reason=REASON, by=clinician)

    watch_lots(now=timezone.now() + EVERY + timedelta(minutes=1))

    lot.refresh_from_db()
    assert lot.status == "released"
    assert LotAlarm.objects.filter(lot=lot, vial=None).count() == 1
    assert LotSignal.objects.get(lot=lot, vial=None).crossed_on is None


@pytest.mark.parametrize(
    ("decision", "reason", "code"),
    [("", REASON, "alarm:decision"), ("recall", REASON, "alarm:decision"), ("use", "no", "alarm:reason")],
)
def test_a_decision_is_one_of_two_and_says_why(alarm, clinician, decision, reason, code):
    with pytest.raises(Refused) as refused:
        decide_alarm(alarm=alarm, decision=decision, reason=reason, by=clinician)

    assert [each.code for each in refused.value.findings] == [code]


def test_an_alarm_is_decided_once_in_the_database_too(alarm, clinician):
    decide_alarm(alarm=alarm, decision="use", reason=REASON, by=clinician)

    with pytest.raises(Refused, match="Somebody has decided"):
        decide_alarm(alarm=alarm, decision="quarantine", reason=REASON, by=clinician)
    with pytest.raises(IntegrityError, match="decided once"), transaction.atomic():
        LotAlarm.objects.filter(pk=alarm.pk).update(reason="Another reason")
    with pytest.raises(IntegrityError, match="is kept"), transaction.atomic():
        LotAlarm.objects.filter(pk=alarm.pk).delete()


def test_the_desk_decides_about_no_lot(alarm, front_desk):
    with pytest.raises(Refused):
        decide_alarm(alarm=alarm, decision="use", reason=REASON, by=front_desk)


@pytest.mark.parametrize(
    ("role", "said"),
    [
        ("clinician", "Lot {}: more reactions than expected"),
        ("admin", "1 lot with more reactions than expected"),
        ("front_desk", None),
    ],
)
def test_today_tells_who_decides_of_a_lot_until_it_is_decided(alarm, clinic, clinician, lot, role, said):
    client = signed_in(factories.UserFactory(roles=[role], clinic=clinic))
    today = reverse("today")
    words = (said or "more reactions than expected").format(lot.number)

    before = client.get(today).text
    for each in LotAlarm.objects.all():
        decide_alarm(alarm=each, decision="use", reason=REASON, by=clinician)

    assert (words in before) == (said is not None)
    assert "more reactions than expected" not in client.get(today).text
