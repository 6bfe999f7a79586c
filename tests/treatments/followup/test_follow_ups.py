"""Follow-ups: opened for what a clinician has to see to, moved in words, kept."""

import pytest
from django.db import IntegrityError

from mesoclinic.core.findings import Refused
from tests import factories
from tests.treatments.followup.conftest import sql
from tests.treatments.sessions.conftest import fill
from treatments.followup.actions import (
    add_follow_up_note,
    change_follow_up_status,
    record_check_in_answers,
    sync_check_ins_and_follow_ups,
)
from treatments.followup.models import FollowUp, FollowUpNote
from treatments.sessions.actions.late_reports import record_late_reactions
from treatments.sessions.actions.signing import sign_session
from treatments.sessions.rules.charting import ReactionEntry


def test_an_alert_opens_a_follow_up_for_the_sessions_clinician(check_in, clinician, bald_patch, today):
    other = factories.ClinicianFactory(clinic=check_in.clinic)

    record_check_in_answers(check_in=check_in, by=other, reactions=[ReactionEntry(bald_patch.pk)])
    sync_check_ins_and_follow_ups()

    follow_up = FollowUp.objects.get()
    assert (follow_up.assigned_to, follow_up.opened_by) == (clinician, other)
    assert (follow_up.status, follow_up.lot_days, follow_up.due_on) == ("open", 365, today)


def test_an_alert_seen_in_the_chair_opens_one_after_the_signature(ready, clinician, bald_patch):
    session = fill(
        ready, clinician, no_reactions=False, reactions=(ReactionEntry(bald_patch.pk, note="Stopped"),)
    )

    sign_session(session=session, by=clinician)
    sync_check_ins_and_follow_ups()

    assert FollowUp.objects.get().reaction.occasion == 0


def test_an_expected_reaction_opens_none(signed, clinician, swelling):
    record_late_reactions(session=signed, by=clinician, reactions=[ReactionEntry(swelling.pk)])
    sync_check_ins_and_follow_ups()

    assert not FollowUp.objects.exists()


def test_a_follow_up_moves_with_words_and_only_as_the_table_says(follow_up, clinician, clinic):
    other = factories.ClinicianFactory(clinic=clinic)

    with pytest.raises(Refused, match="Say what was done"):
        change_follow_up_status(follow_up=follow_up, to="in_hand", by=other, text=" ")
    change_follow_up_status(follow_up=follow_up, to="in_hand", by=other, text="Rang her")
    with pytest.raises(Refused, match="in hand"):
        change_follow_up_status(follow_up=follow_up, to="open", by=other, text="Again")
    change_follow_up_status(follow_up=follow_up, to="closed", by=other, text="Regrown", outcome="healed")

    follow_up.refresh_from_db()
    assert (follow_up.status, follow_up.assigned_to) == ("closed", other)
    assert list(FollowUpNote.objects.values_list("text", "moved_to")) == [
        ("Rang her", "in_hand"),
        ("Regrown", "closed"),
    ]


def test_a_follow_up_is_kept_and_its_notes_are_never_changed(follow_up, clinician):
    add_follow_up_note(follow_up=follow_up, by=clinician, text="Rang her")

    for statement in (
        "DELETE FROM followup_followup",
        "UPDATE followup_followup SET lot_days = NULL",
        "UPDATE followup_followupnote SET text = 'other'",
    ):
        with pytest.raises(IntegrityError):
            sql(statement)


def test_the_database_moves_a_follow_up_along_the_table_only(follow_up, clinician):
    change_follow_up_status(follow_up=follow_up, to="closed", by=clinician, text="Fine", outcome="healed")

    with pytest.raises(IntegrityError, match="A follow-up moves along"):
        sql("UPDATE followup_followup SET status = 'in_hand'")


def test_who_may_not_sign_moves_no_follow_up(follow_up, front_desk):
    with pytest.raises(Refused, match="Your account may not"):
        change_follow_up_status(follow_up=follow_up, to="closed", by=front_desk, text="Fine")
