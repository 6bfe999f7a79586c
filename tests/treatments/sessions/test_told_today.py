"""What is told at a session in words is checked before it stands on the record, and stands there once signed."""

import pytest

from mesoclinic.core.findings import Refused
from patients.models import RiskFactor
from tests import factories
from tests.treatments.sessions.conftest import ASKED, fill
from treatments.sessions.actions.signing import sign_session
from treatments.sessions.queries.told_today import factors_told_in_words
from treatments.sessions.rules.safety_questions import NewRisk


@pytest.fixture
def words(db):
    """An allergy that is read, and the factor of those that are not."""
    fish = factories.FactorFactory(
        code="allergy_fish", kind="allergy", short_label="Allergy: fish", said_label="Allergy: {said} (fish)"
    )
    unread = factories.FactorFactory(
        code="allergy_unread",
        kind="allergy",
        short_label="Allergy: not read",
        said_label="Allergy: “{said}” (not read)",
    )
    factories.FactorTermFactory(term="salmon", kind="allergy", factor=fish)
    factories.FactorTermFactory(term="*", kind="allergy", factor=unread)
    factories.ContraindicationFactory(
        ingredient=None, factor=unread, factor_text="Allergy not read", severity="absolute", basis="inferred"
    )
    return fish, unread


def told(label: str, kind: str = "allergy") -> list[tuple[str | None, str]]:
    return [(row["code"], row.get("said", "")) for row in factors_told_in_words([NewRisk(kind, label)])]


@pytest.mark.parametrize(
    ("label", "rows"),
    [
        ("salmon", [("allergy_fish", "salmon")]),
        ("the blue ampoule", [("allergy_unread", "the blue ampoule")]),
        ("salmon, the blue ampoule", [("allergy_fish", "salmon"), ("allergy_unread", "the blue ampoule")]),
        ("NKDA", []),
    ],
)
def test_words_are_read_as_they_will_be_recorded(words, label, rows):
    assert told(label) == rows


def test_a_medicine_no_rule_asks_for_keeps_its_words(words):
    assert told("Levothyroxine", kind="medicine") == [(None, "")]


@pytest.mark.parametrize("many", [1, 3])
def test_any_number_of_words_costs_the_same(words, count_queries, many):
    with count_queries() as queries:
        factors_told_in_words([NewRisk("allergy", f"salmon {n}") for n in range(many)])

    assert len(queries) == 2


def test_nothing_told_reads_nothing(words, count_queries):
    with count_queries() as queries:
        assert factors_told_in_words([]) == []

    assert len(queries) == 0


def test_an_allergy_that_no_rule_reads_stops_the_signing_until_a_clinician_judges_it(words, ready, clinician):
    new = {"changed": True, "new": [{"factor": None, "label": "the blue ampoule"}]}
    session = fill(ready, clinician, safety=ASKED | {"allergy": new})

    with pytest.raises(Refused, match="“the blue ampoule” .not read.: no rule reads this, judge it yourself"):
        sign_session(session=session, by=clinician)

    reason = {"alert:state:allergy-unread": "Shown to me: an ampoule of saline, nothing here holds more"}
    sign_session(session=session, by=clinician, reasons=reason)
    row = RiskFactor.objects.get()
    assert (row.factor.code, row.said, row.label) == (
        "allergy_unread",
        "the blue ampoule",
        "the blue ampoule",
    )
