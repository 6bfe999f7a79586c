"""Sessions with a reaction against those without: what each had, by hand."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests import factories
from tests.treatments.outcomes.conftest import react
from treatments.outcomes.actions.figures import refresh_outcomes
from treatments.outcomes.queries.cases import CasesAsked, effects_seen, what_separates
from treatments.outcomes.rules.tables import Table

pytestmark = pytest.mark.django_db


@pytest.fixture
def outbreak(clinic, clinician, give, lump):
    """Three of four sessions with one lot led to a lump, and one of six with the other."""
    bad, good = (factories.LotFactory(clinic=clinic, on_hand=50, number=number) for number in ("BAD", "GOOD"))
    room = factories.RoomFactory(clinic=clinic, name="Room 2")
    for number in range(4):
        session = give(of=bad, days_ago=30 + number, room=room if number < 2 else None)
        if number < 3:
            react(session, lump, after_days=9, by=clinician)
    for number in range(6):
        session = give(of=good, days_ago=30 + number)
        if number == 0:
            react(session, lump, after_days=9, by=clinician)
    refresh_outcomes()
    return bad


def asked(clinic, *effects, days=182):
    return CasesAsked(clinic, [each.pk for each in effects], days, timezone.localdate())


def test_each_thing_a_case_had_is_a_table_of_its_own(clinic, outbreak, lump):
    found = what_separates(asked(clinic, lump))

    first = found.suspects[0]
    by_name = dict(zip(found.names, found.suspects, strict=True))
    assert (found.cases, found.people, found.controls) == (4, 4, 6)
    assert by_name[f"lot:{outbreak.pk}"].table == Table(3, 4, 1, 6)
    assert by_name[f"day:{timezone.localdate() - timedelta(days=30)}"].table == Table(2, 4, 0, 6)
    assert first.odds.low == max(each.odds.low for each in found.suspects)
    assert not any(each.odds.separates for each in found.suspects)
    assert found.looked_at == len(found.suspects)
    assert {each.kind for each in found.suspects} == {"ingredient", "lot", "vial", "room", "day"}


def test_another_reaction_and_older_sessions_are_no_cases(clinic, outbreak, effect, lump):
    assert what_separates(asked(clinic, effect)).cases == 0
    assert what_separates(asked(clinic, lump, days=32)).cases == 3
    assert effects_seen(clinic, timezone.localdate() - timedelta(days=182)) == [(lump.pk, lump.short_label)]


def test_the_page_says_how_many_were_looked_at_and_claims_no_cause(
    as_clinician, clinic, outbreak, lump, count_queries
):
    with count_queries() as sent:
        page = as_clinician.get(reverse("outcomes:separates"), {"effect": lump.pk})

    text = page.text
    found = what_separates(asked(clinic, lump))
    assert f"{found.looked_at} looked at" in text
    assert "4 sessions of 4 people with it, 6 without" in text
    assert "BAD, " in text
    assert "not what caused it" in text
    assert len(sent) <= 20


def test_behind_a_day_stand_its_sessions(as_clinician, outbreak):
    day = timezone.localdate() - timedelta(days=30)
    address = reverse("outcomes:sessions")

    page = as_clinician.get(address, {"group": f"day:{day}", "course": "all", "moment": "reaction"})

    assert page.text.count(f"{day:%-d %b %Y}, session 1") == 2
    assert as_clinician.get(address, {"group": "day:never"}).status_code == 404


def test_the_desk_looks_at_no_reactions(as_front_desk):
    assert as_front_desk.get(reverse("outcomes:separates")).status_code == 403
