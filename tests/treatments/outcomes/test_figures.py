"""What the tick counts of sessions: groups, moments, people, and what is hidden of few."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests import factories
from tests.treatments.outcomes.conftest import react, with_triggers_off
from treatments.conditions.models import Assessment
from treatments.followup.models import CheckIn
from treatments.outcomes.actions.figures import EVERY, refresh_outcomes
from treatments.outcomes.models import OutcomeCell, SessionOutcome
from treatments.outcomes.queries.figures import Asked, counts_of_groups, own_counts
from treatments.outcomes.queries.labels import labels_of_groups
from treatments.outcomes.rules.groups import Moment

pytestmark = pytest.mark.django_db


def asked(clinic, **changes):
    return Asked(
        **{
            "clinic": clinic,
            "days": 182,
            "condition": None,
            "sex": "",
            "is_first_course_only": False,
            "moment": Moment.DURING,
        }
        | changes
    )


def counted(clinic, name, **changes):
    wanted = asked(clinic, **changes)
    return counts_of_groups(wanted, [wanted.moment])[wanted.moment].get(name)


def test_a_session_is_counted_by_all_that_was_done_in_it(clinic, clinician, give, lot):
    room = factories.RoomFactory(clinic=clinic)
    session = give(
        pain={"during": 4}, relief=["ice", "vibration"], technique="Nappage ", needle="30G", room=room
    )
    ingredient = lot.product.contents.get().ingredient

    refresh_outcomes()

    found = SessionOutcome.objects.get()
    assert (found.patient, found.performer, found.pain_during) == (session.patient, clinician, 4)
    assert (found.is_first_course, found.has_reacted, found.was_asked_later) == (True, False, False)
    vial = session.doses.get().movement.draws.get().vial_id
    assert set(found.groups) == {
        "technique:nappage",
        "needle:30g",
        "relief:ice",
        "relief:vibration",
        f"lot:{lot.pk}",
        f"vial:{vial}",
        f"room:{room.pk}",
        f"ingredient:{ingredient.pk}",
        "experience:0",
        "cocktail:own",
    }
    assert labels_of_groups(found.groups)[f"lot:{lot.pk}"] == f"OS-2174, {lot.product.name}"
    assert labels_of_groups(found.groups)["cocktail:own"] == "Made for one person"
    assert labels_of_groups(found.groups)["relief:ice"] == "Ice"


def test_scores_people_and_answers_are_counted_of_each_group(clinic, give):
    her = factories.PatientFactory()
    give(patient=her, pain={"during": 4, "24h": 1}, relief=["ice"])
    give(patient=her, pain={"during": 8}, relief=["ice"], days_ago=5)
    give(pain={"during": 4}, relief=["ice"])
    give(pain={"during": 9})

    refresh_outcomes()

    ice = counted(clinic, "relief:ice")
    assert (ice.asked, ice.answered, ice.people, ice.sessions) == (3, 3, 2, 3)
    assert ice.scores == [0, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0]
    assert counted(clinic, "relief:none").scores[9] == 1
    later = counted(clinic, "relief:ice", moment=Moment.AFTER_24H)
    assert (later.asked, later.answered, later.people) == (3, 1, 1)
    assert counted(clinic, "all:").people == 3


def test_days_condition_sex_and_course_choose_the_sessions(clinic, give):
    old = give(pain={"during": 2}, days_ago=300)
    give(pain={"during": 4}, patient=factories.PatientFactory(sex_at_birth="male"))
    second = give(pain={"during": 6}, patient=old.patient, days_ago=20)
    another = factories.ConditionFactory(code="another")
    with_triggers_off(
        lambda: Assessment.objects.filter(pk=second.plan.assessment_id).update(condition=another)
    )

    refresh_outcomes()

    assert counted(clinic, "all:").sessions == 2
    assert counted(clinic, "all:", days=365).sessions == 3
    assert counted(clinic, "all:", days=0).people == 2
    assert counted(clinic, "all:", sex="male").scores[4] == 1
    assert counted(clinic, "all:", days=0, is_first_course_only=True).scores[6] == 0
    assert counted(clinic, "all:", days=0, condition=another.pk).scores[6] == 1
    assert counted(clinic, "all:", days=0, condition=another.pk).sessions == 1
    assert counted(factories.ClinicFactory(), "all:") is None


def test_a_reaction_counts_from_the_third_day_and_not_in_words(clinic, clinician, give, effect):
    words = factories.AdverseEffectFactory(code="unread-text")
    sessions = [give(days_ago=40) for _ in range(4)]
    react(sessions[0], effect, after_days=2, by=clinician)
    react(sessions[1], effect, after_days=3, by=clinician)
    react(sessions[2], words, after_days=9, by=clinician)

    refresh_outcomes()

    found = counted(clinic, "all:", moment=Moment.REACTION)
    assert found.scores[:2] == [3, 1]
    assert SessionOutcome.objects.get(has_reacted=True).treatment_session == sessions[1]


def test_an_answered_call_after_day_two_is_a_response(clinic, clinician, give):
    for days in (2, 14):
        session = give()
        CheckIn.objects.create(
            treatment_session=session,
            clinic=clinic,
            days=days,
            due_on=timezone.localdate(),
            status="answered",
            closed_at=timezone.now(),
            closed_by=clinician,
        )

    refresh_outcomes()

    found = counted(clinic, "all:", moment=Moment.REACTION)
    assert (found.asked, found.answered, found.sessions) == (2, 1, 2)


def test_experience_is_what_the_performer_had_done_before(clinic, clinician, give):
    other = factories.ClinicianFactory(clinic=clinic)
    for _ in range(2):
        give(pain={"during": 3})
    give(pain={"during": 5}, performed_by=other)

    refresh_outcomes()

    band = counted(clinic, "experience:0")
    assert (band.sessions, band.performers) == (3, 2)


def test_ones_own_figures_are_only_ones_own(clinic, clinician, give, count_queries):
    other = factories.ClinicianFactory(clinic=clinic)
    give(pain={"during": 3})
    give(pain={"during": 5}, performed_by=other)
    give()
    refresh_outcomes()

    with count_queries() as sent:
        mine = own_counts(asked(clinic), clinician, timezone.localdate())

    assert (mine.asked, mine.sessions, mine.people) == (2, 1, 1)
    assert mine.scores[3] == 1
    assert len(sent) == 2


def test_a_drawn_back_session_is_not_counted(clinic, give):
    give(pain={"during": 3}, status="void")
    give(pain={"during": 3}, status="amended")

    refresh_outcomes()

    assert counted(clinic, "all:").sessions == 1


def test_the_tick_counts_again_only_after_hours(clinic, give):
    give(pain={"during": 3})
    now = timezone.now()

    assert refresh_outcomes(now=now) > 0
    assert refresh_outcomes(now=now + EVERY / 2) == 0
    assert refresh_outcomes(now=now + EVERY + timedelta(minutes=1)) > 0
    assert (
        OutcomeCell.objects.filter(name="all:", days=0, sex="", condition=None, moment="during").count() == 2
    )
