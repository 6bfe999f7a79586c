"""Check-ins: made after the signature, answered once, taken over by the next session."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from mesoclinic.core.findings import Refused
from mesoclinic.core.models import AuditEvent
from mesoclinic.core.paging import Place
from tests import factories
from tests.treatments.followup.conftest import make_due, sql
from tests.treatments.sessions.conftest import fill
from treatments.followup.actions import (
    cancel_check_in,
    record_check_in_answers,
    record_not_reached,
    sync_check_ins_and_follow_ups,
)
from treatments.followup.models import CheckIn, FollowUp
from treatments.followup.queries.follow_ups import page_of_check_ins_due
from treatments.sessions.actions.corrections import mark_session_void
from treatments.sessions.actions.signing import sign_session
from treatments.sessions.actions.start import start_or_resume_session
from treatments.sessions.models import Pain, Reaction
from treatments.sessions.rules.charting import ReactionEntry


def another_session(session, by, clinic):
    """The next session of the same plan, charted."""
    return fill(start_or_resume_session(plan=session.plan, by=by, clinic=clinic), by)


def test_a_signed_session_gets_four_check_ins(signed):
    day = signed.performed_on

    assert list(signed.check_ins.values_list("days", "due_on", "status")) == [
        (n, day + timedelta(days=n), "due") for n in (2, 14, 42, 84)
    ]


def test_a_draft_has_no_check_in(charted):
    sync_check_ins_and_follow_ups()

    assert not charted.check_ins.exists()


def test_check_ins_are_made_whoever_signs(charted, clinician):
    """The row is signed by hand, in SQL, and taken back: without its stock it could not be committed."""
    with transaction.atomic():
        sql(
            "UPDATE treatment_sessions_treatmentsession SET status = 'signed', signed_at = now(), signed_by_id = %s"
            " WHERE id = %s",
            clinician.pk,
            charted.pk,
        )
        sync_check_ins_and_follow_ups()
        made = charted.check_ins.count()
        transaction.set_rollback(True)

    assert made == 4


def test_the_next_session_takes_over_what_nobody_has_answered(signed, check_in, clinician, clinic):
    record_check_in_answers(check_in=check_in, by=clinician)
    following = another_session(signed, clinician, clinic)

    sign_session(session=following, by=clinician)
    sync_check_ins_and_follow_ups()

    assert list(signed.check_ins.values_list("status", "taken_over_by")) == [
        ("answered", None),
        *[("taken_over", following.pk)] * 3,
    ]
    assert set(following.check_ins.values_list("status", flat=True)) == {"due"}


def test_another_patients_calls_stay(signed, clinician, clinic, products, lots):
    other = factories.PatientFactory(registered_by=clinician)
    factories.ConsentFactory(patient=other, taken_by=clinician)
    version = factories.signed_cocktail(clinic=clinic, patient=other, products=products, by=clinician)
    plan = factories.make_plan(clinic=clinic, patient=other, version=version, by=clinician, status="active")
    theirs = fill(start_or_resume_session(plan=plan, by=clinician, clinic=clinic), clinician)

    sign_session(session=theirs, by=clinician)
    sync_check_ins_and_follow_ups()

    assert set(signed.check_ins.values_list("status", flat=True)) == {"due"}


def test_a_void_session_is_not_rung_about(signed, check_in, clinician):
    record_check_in_answers(check_in=check_in, by=clinician)

    mark_session_void(session=signed, by=clinician, reason="Charted on the wrong patient")
    sync_check_ins_and_follow_ups()

    assert list(signed.check_ins.values_list("status", flat=True)) == ["answered", *["cancelled"] * 3]


def test_an_answer_keeps_pain_reactions_and_note(check_in, clinician, swelling):
    record_check_in_answers(
        check_in=check_in,
        by=clinician,
        pain=3,
        reactions=[ReactionEntry(swelling.pk, "moderate", began_on=check_in.treatment_session.performed_on)],
        note="Cold pack helped",
    )

    check_in.refresh_from_db()
    assert (check_in.status, check_in.closed_by, check_in.note) == ("answered", clinician, "Cold pack helped")
    sync_check_ins_and_follow_ups()
    pain = Pain.objects.get(told_on_day=check_in.days)
    assert (pain.moment, pain.score, pain.added_by) == ("24h", 3, clinician)
    told = Reaction.objects.get(told_on_day=check_in.days)
    assert (told.effect, told.grade, told.occasion) == (swelling, "moderate", 1)
    assert not FollowUp.objects.exists()
    assert AuditEvent.objects.filter(did="check_in.answered").count() == 1


def test_an_answer_is_given_once(check_in, clinician):
    record_check_in_answers(check_in=check_in, by=clinician)

    with pytest.raises(Refused, match="answered already"):
        record_check_in_answers(check_in=check_in, by=clinician)


def test_the_pain_of_the_day_after_is_asked_at_48_hours_only(signed, clinician):
    with pytest.raises(Refused, match="48 hours only"):
        record_check_in_answers(check_in=signed.check_ins.get(days=14), by=clinician, pain=3)


def test_who_is_not_reached_stays_on_the_list(check_in, front_desk):
    record_not_reached(check_in=check_in, by=front_desk)
    record_not_reached(check_in=check_in, by=front_desk)

    check_in.refresh_from_db()
    assert (check_in.status, check_in.tries) == ("due", 2)
    assert check_in.last_tried_at is not None


def test_a_call_is_taken_off_the_list_with_a_reason(check_in, clinician):
    with pytest.raises(Refused):
        cancel_check_in(check_in=check_in, by=clinician, reason=" ")
    cancel_check_in(check_in=check_in, by=clinician, reason="Asked not to be")

    check_in.refresh_from_db()
    assert (check_in.status, check_in.note) == ("cancelled", "Asked not to be")


def test_the_front_desk_answers_nothing_clinical(check_in, front_desk):
    for act, more in ((record_check_in_answers, {}), (cancel_check_in, {"reason": "Because"})):
        with pytest.raises(Refused, match="Your account may not"):
            act(check_in=check_in, by=front_desk, **more)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE followup_checkin SET note = 'other' WHERE id = %s",
        "UPDATE followup_checkin SET status = 'due', closed_at = NULL, closed_by_id = NULL WHERE id = %s",
        "DELETE FROM followup_checkin WHERE id = %s",
    ],
)
def test_an_answered_check_in_is_frozen(check_in, clinician, statement):
    record_check_in_answers(check_in=check_in, by=clinician)

    with pytest.raises(IntegrityError, match="A check-in is"):
        sql(statement, check_in.pk)


def test_a_due_check_in_cannot_be_deleted(check_in):
    with pytest.raises(IntegrityError, match="A check-in is kept"):
        sql("DELETE FROM followup_checkin WHERE id = %s", check_in.pk)


def test_a_call_of_a_merged_record_is_not_lost(as_clinician, check_in, patient, today):
    make_due(check_in, today)
    factories.merge_records(patient, factories.PatientFactory())

    assert len(as_clinician.get(reverse("followup:calls")).context["calls"]) == 1


def test_the_calls_are_paged_by_key(clinic, signed, today, monkeypatch):
    monkeypatch.setattr("treatments.followup.queries.follow_ups.PAGE", 2)
    CheckIn.objects.update(due_on=today)

    first = page_of_check_ins_due(clinic, today)
    second = page_of_check_ins_due(clinic, today, Place(after=first.after))

    assert [c.days for c in [*first.rows, *second.rows]] == [2, 14, 42, 84]
    assert second.after == ""
