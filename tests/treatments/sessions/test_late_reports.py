"""What a patient tells after the signature: later pain, later reactions, and the day one was over."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from mesoclinic.core.findings import Refused
from tests import factories
from tests.treatments.sessions.conftest import fill
from treatments.sessions.actions.late_reports import (
    record_late_pain,
    record_late_reactions,
    record_reaction_end,
)
from treatments.sessions.actions.signing import sign_session
from treatments.sessions.models import Reaction, ReactionEnd
from treatments.sessions.rules.charting import ReactionEntry


def sql(statement: str, *values: object) -> None:
    """Go around the application, in a savepoint of its own."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.fixture
def today():
    return timezone.localdate()


@pytest.fixture
def signed(charted, clinician):
    return sign_session(session=charted, by=clinician)


@pytest.fixture
def swelling(db):
    return factories.AdverseEffectFactory(from_seed=True)


def test_what_is_told_later_is_added_beside_what_was_charted(ready, clinician, swelling):
    session = fill(ready, clinician, no_reactions=False, reactions=(ReactionEntry(swelling.pk),))
    sign_session(session=session, by=clinician)

    record_late_reactions(session=session, by=clinician, reactions=[ReactionEntry(swelling.pk, "severe")])
    record_late_reactions(session=session, by=clinician, reactions=[ReactionEntry(swelling.pk, "mild")])

    assert list(Reaction.objects.order_by("pk").values_list("grade", "occasion", "added_by")) == [
        ("mild", 0, None),
        ("severe", 1, clinician.pk),
        ("mild", 2, clinician.pk),
    ]


@pytest.mark.parametrize("moment", ["1h", "24h"])
def test_the_later_pain_is_added_once(signed, clinician, moment):
    record_late_pain(session=signed, by=clinician, moment=moment, score=2)

    with pytest.raises(Refused, match="is on record: 2"):
        record_late_pain(session=signed, by=clinician, moment=moment, score=3)


def test_a_draft_is_charted_and_takes_nothing_later(ready, clinician, swelling):
    with pytest.raises(Refused, match="not signed yet"):
        record_late_pain(session=ready, by=clinician, moment="1h", score=2)
    with pytest.raises(Refused, match="not signed yet"):
        record_late_reactions(session=ready, by=clinician, reactions=[ReactionEntry(swelling.pk)])


LATER_PAIN = (
    "INSERT INTO treatment_sessions_pain (treatment_session_id, moment, score, added_at, added_by_id)"
    " VALUES (%s, %s, 3, {at}, {by})"
)


@pytest.mark.parametrize(
    ("moment", "at", "by"),
    [("1h", "NULL", "NULL"), ("end", "now()", "1"), ("1h", "now()", "NULL")],
    ids=["as-if-charted", "a-moment-of-the-chair", "by-nobody"],
)
def test_the_database_lets_in_only_what_says_that_it_is_later(signed, moment, at, by):
    by = str(signed.clinician_id) if by == "1" else by

    with pytest.raises(IntegrityError):
        sql(LATER_PAIN.format(at=at, by=by), signed.pk, moment)


def test_the_database_lets_nothing_later_into_a_draft(ready, clinician):
    with pytest.raises(IntegrityError, match="not signed yet"):
        sql(LATER_PAIN.format(at="now()", by=clinician.pk), ready.pk, "1h")


def test_what_was_added_later_is_frozen_too(signed, clinician, swelling):
    record_late_pain(session=signed, by=clinician, moment="1h", score=2)
    record_late_reactions(session=signed, by=clinician, reactions=[ReactionEntry(swelling.pk)])

    for statement in (
        "UPDATE treatment_sessions_pain SET score = 0 WHERE moment = '1h'",
        "UPDATE treatment_sessions_reaction SET grade = 'severe'",
        "DELETE FROM treatment_sessions_reaction",
    ):
        with pytest.raises(IntegrityError, match="is signed"):
            sql(statement)


def test_the_end_of_a_reaction_is_said_once(signed, clinician, swelling, today):
    [told] = record_late_reactions(session=signed, by=clinician, reactions=[ReactionEntry(swelling.pk)])

    record_reaction_end(reaction=told, by=clinician, ended_on=today)

    with pytest.raises(Refused, match="is on record"):
        record_reaction_end(reaction=told, by=clinician, ended_on=today)
    assert ReactionEnd.objects.get().ended_on == today


def test_a_reaction_does_not_end_before_it_begins_or_tomorrow(signed, clinician, swelling, today):
    [told] = record_late_reactions(session=signed, by=clinician, reactions=[ReactionEntry(swelling.pk)])

    for day in (today - timedelta(days=1), today + timedelta(days=1)):
        with pytest.raises(Refused):
            record_reaction_end(reaction=told, by=clinician, ended_on=day)
