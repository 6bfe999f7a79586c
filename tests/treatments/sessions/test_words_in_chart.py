"""What a patient says in the chair or later, in words, raises what stands against the next injection."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from patients.actions.alerts import end_alerts
from patients.models import Alert, AlertType
from tests import factories
from tests.alert_types import load_alert_types
from tests.treatments.sessions.conftest import fill, stored
from treatments.followup.actions import change_follow_up_status, sync_check_ins_and_follow_ups
from treatments.followup.models import FollowUp
from treatments.plans.alert_queries import open_alerts_of_patient
from treatments.sessions.actions.charting import save_chart
from treatments.sessions.actions.late_reports import record_late_reactions
from treatments.sessions.actions.signing import sign_session
from treatments.sessions.rules.charting import ReactionEntry

SUICIDAL, INFECTION = "alert:state:suicidal", "alert:reaction:infection"


@pytest.fixture
def types(db):
    load_alert_types()


def save(session, by, **parts):
    session.refresh_from_db()
    chart = replace(stored(session), **parts)
    return save_chart(session=session, by=by, revision=session.revision, chart=chart)


def codes(session) -> list[str]:
    return sorted(alert.code for alert in open_alerts_of_patient(session.patient_id))


@pytest.mark.parametrize("part", ["note", "since_last"])
def test_thoughts_of_self_harm_in_the_words_of_a_session_stand_from_the_minute_they_are_saved(
    types, ready, clinician, part
):
    save(ready, clinician, **{part: "Suicidal thoughts since the finasteride"})

    assert codes(ready) == [SUICIDAL]
    assert Alert.objects.get().level == "block_fixed"


def test_they_are_read_beside_a_reaction_of_the_session_too(types, ready, clinician):
    effect = factories.AdverseEffectFactory(code="swelling", level="expected")

    save(ready, clinician, reactions=(ReactionEntry(effect.pk, note="wants to kill himself"),))

    assert codes(ready) == [SUICIDAL]


def test_what_is_denied_raises_nothing(types, ready, clinician):
    save(ready, clinician, note="Denies suicidal thoughts", since_last="No pus, no infection")

    assert codes(ready) == []


def test_words_that_were_read_and_cleared_are_not_read_again_by_the_next_save(types, ready, clinician):
    save(ready, clinician, note="Suicidal thoughts")
    end_alerts([Alert.objects.get().pk], words="Seen by psychiatry today", by=clinician)

    save(ready, clinician, technique="papule")

    assert codes(ready) == []
    save(ready, clinician, since_last="suicidal again")
    assert codes(ready) == [SUICIDAL]


@pytest.fixture
def second(types, plan, ready, clinician, clinic):
    """The second session of a course, begun; the first is signed."""
    sign_session(session=fill(ready, clinician), by=clinician)
    ready.refresh_from_db()
    return factories.TreatmentSessionFactory(
        clinic=clinic,
        patient=plan.patient,
        plan=plan,
        number=2,
        clinician=clinician,
        cocktail_version=plan.cocktail_version,
        performed_on=timezone.localdate() + timedelta(days=20),
    )


def test_pus_told_since_last_time_is_an_infection_of_the_last_session(second, clinician):
    save(second, clinician, since_last="Three days of pus at the crown, it went by itself")

    assert codes(second) == [INFECTION]
    alert = Alert.objects.get()
    assert (alert.session_number, alert.level) == (1, "block_fixed")
    assert "/since-last" in alert.source


def test_late_reports_are_read_in_words_and_what_is_told_as_a_reaction_is_not_told_twice(
    types, ready, clinician
):
    signed = sign_session(session=fill(ready, clinician), by=clinician)
    hives = factories.AdverseEffectFactory(code="urticaria", level="alert")
    entry = ReactionEntry(hives.pk, "moderate", "Hives, and an abscess beside; says she is suicidal")

    record_late_reactions(session=signed, by=clinician, reactions=[entry])

    assert codes(signed) == sorted([SUICIDAL, "alert:reaction:abscess", "alert:reaction:urticaria"])
    assert AlertType.objects.filter(code="alert:reaction:urticaria").exists()


# --- a reaction told in words, not as one of the list --------------------------------


@pytest.fixture
def in_words(types):
    return factories.AdverseEffectFactory(
        code="unread-text", effect="Something else, in words", level="expected", lot_days=30
    )


@pytest.fixture
def signed(types, ready, clinician):
    return sign_session(session=fill(ready, clinician), by=clinician)


def test_a_reaction_in_words_that_no_code_reads_blocks_until_a_clinician_chooses_what_it_was(
    signed, in_words, clinician
):
    entry = ReactionEntry(in_words.pk, note="A cold feeling behind the ear")

    record_late_reactions(session=signed, by=clinician, reactions=[entry])

    [alert] = open_alerts_of_patient(signed.patient_id)
    assert (alert.code, alert.level) == ("alert:reaction:unread-text", "block_overridable")
    assert alert.text == "A reaction was described in words: choose what it was before the next injection."


def test_words_that_a_code_reads_are_that_reaction(signed, in_words, clinician):
    entry = ReactionEntry(in_words.pk, note="Hives all over the neck")

    record_late_reactions(session=signed, by=clinician, reactions=[entry])

    assert codes(signed) == ["alert:reaction:urticaria"]


def test_charted_in_the_chair_it_stands_from_the_signature(ready, in_words, clinician):
    session = fill(ready, clinician)
    save(session, clinician, no_reactions=False, reactions=(ReactionEntry(in_words.pk, note="Odd taste"),))
    session.refresh_from_db()

    sign_session(session=session, by=clinician)

    assert codes(session) == ["alert:reaction:unread-text"]


def test_it_is_followed_up_and_asks_for_a_short_reason_until_that_is_closed(signed, in_words, clinician):
    entry = ReactionEntry(in_words.pk, note="A cold feeling behind the ear")
    record_late_reactions(session=signed, by=clinician, reactions=[entry])

    sync_check_ins_and_follow_ups()

    opened = Alert.objects.get(code="alert:follow-up:expected-open")
    assert (opened.level, opened.desk_text) == ("warn", "Nothing to do at the desk.")
    assert opened.text == "A follow-up is open: swelling. Look and close it, or give a short reason."
    change_follow_up_status(
        follow_up=FollowUp.objects.get(), to="closed", by=clinician, text="Looked at: gone"
    )
    assert codes(signed) == ["alert:reaction:unread-text"]


def test_without_words_it_is_asked_for_them(as_clinician, signed, in_words, once):
    url = reverse("sessions:reactions", args=[signed.pk])
    sent = {"once": once(), f"reaction-{in_words.pk}-seen": "1", f"reaction-{in_words.pk}-grade": "mild"}

    answer = as_clinician.post(url, sent)

    assert answer.status_code == 422
    assert "Write what it was, in the patient’s words." in answer.text
