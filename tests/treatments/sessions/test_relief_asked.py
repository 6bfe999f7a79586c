"""Before a cream or a nerve block is given, a reaction to an anaesthetic is asked: at the tap, and when it is kept."""

from dataclasses import replace
from decimal import Decimal

import pytest

from mesoclinic.core.findings import Refused
from patients.models import SafetyAnswer
from tests import factories
from tests.safety_answers import answer, must_ask
from tests.treatments.sessions.conftest import fill, stored
from tests.treatments.sessions.test_relief_at_the_tap import keep, tap
from tests.treatments.sessions.test_views import page, post, posted
from treatments.catalogue.models import RequiredAnswer
from treatments.sessions.actions.charting import save_chart
from treatments.sessions.actions.signing import sign_session
from treatments.sessions.models import PainRelief
from treatments.sessions.rules.charting import ReliefEntry

D = Decimal

CREAM = "unknown:topical-anaesthetic-cream:anaesthetic"
BLOCK = "unknown:*nerve_block:anaesthetic"


@pytest.fixture
def asked(db):
    must_ask("ask-anaesthetic")


def questions(response):
    return [each.shown.asked.code for each in response.context["not_asked"]]


def codes(findings):
    return [finding.code for finding in findings if finding.fixed]


def said():
    return [
        (row.question, row.said, row.asked_where)
        for row in SafetyAnswer.objects.filter(question="anaesthetic")
    ]


@pytest.mark.parametrize("method", ["cream", "nerve_block"])
def test_the_tap_asks_it_with_its_answers_and_no_way_past_it(as_clinician, ready, asked, method):
    response = tap(as_clinician, ready, relief=[method])
    html = response.content.decode()

    assert questions(response) == ["anaesthetic"]
    assert html.count('name="answer:anaesthetic"') >= 2
    assert 'name="write_answers"' in html
    assert "reason:unknown" not in html


def test_the_tap_asks_nothing_before_ice_nor_once_it_was_answered(as_clinician, ready, asked, patient):
    ice = tap(as_clinician, ready, relief=["ice"])
    answer(patient, anaesthetic="no")
    cream = tap(as_clinician, ready, relief=["cream"])

    assert questions(ice) == questions(cream) == []


def test_the_tap_keeps_what_was_chosen_and_not_written(as_clinician, ready, asked):
    response = tap(as_clinician, ready, relief=["cream", "nerve_block"], **{"answer:anaesthetic": "no"})

    (question,) = response.context["not_asked"]
    assert question.shown.chosen == ("no",)
    assert said() == []


@pytest.mark.parametrize(("method", "code"), [("cream", CREAM), ("nerve_block", BLOCK)])
def test_new_relief_is_not_kept_while_it_was_not_asked(ready, clinician, asked, patient, method, code):
    with pytest.raises(Refused) as refused:
        keep(ready, clinician, ReliefEntry(method, D(25)))
    assert codes(refused.value.findings) == [code]
    assert not PainRelief.objects.exists()

    answer(patient, anaesthetic="no")
    keep(ready, clinician, ReliefEntry(method, D(25)))

    assert PainRelief.objects.get().method == method


def test_the_page_that_refuses_it_asks_and_offers_the_mark(as_clinician, ready, asked):
    response = post(
        as_clinician, page(ready), posted(ready, do="draft", relief=["cream"], relief_mg_cream="25")
    )
    html = response.content.decode()

    assert response.status_code == 422
    assert codes(response.context["refused"]) == [CREAM]
    assert questions(response) == ["anaesthetic"]
    assert 'href="#question-anaesthetic"' in html
    assert 'id="question-anaesthetic"' in html
    assert 'name="relief_given" value="cream"' in html
    assert not PainRelief.objects.exists()


@pytest.mark.parametrize(
    "answered",
    [
        {"none_of_these": "1", "question_shown": "anaesthetic"},
        {"answer:anaesthetic": "no", "write_answers": "1"},
    ],
)
def test_the_answer_is_written_and_the_relief_kept_in_one_tap(
    as_clinician, ready, clinician, asked, answered
):
    fields = posted(ready, relief=["cream"], relief_mg_cream="25", **answered)

    response = post(as_clinician, page(ready), fields)

    assert response.status_code == 302
    assert said() == [("anaesthetic", ["no"], "session")]
    row = SafetyAnswer.objects.get(question="anaesthetic")
    assert (row.asked_on, row.asked_by) == (ready.performed_on, clinician)
    assert PainRelief.objects.get().method == "cream"


def test_a_yes_is_written_and_the_relief_is_not_kept(as_clinician, ready, asked):
    fields = posted(ready, relief=["cream"], **{"answer:anaesthetic": "yes", "write_answers": "1"})

    response = post(as_clinician, page(ready), fields)

    assert response.status_code == 422
    assert said() == [("anaesthetic", ["yes"], "session")]
    assert codes(response.context["refused"]) == ["answer:topical-anaesthetic-cream:anaesthetic"]
    assert not PainRelief.objects.exists()


def test_what_was_given_already_is_kept_and_flagged_by_the_signature(as_clinician, ready, clinician, asked):
    fields = posted(ready, do="draft", relief=["cream"], relief_given=["cream"], relief_mg_cream="25")

    response = post(as_clinician, page(ready), fields)
    signed = sign_session(session=fill(ready, clinician), by=clinician)

    signed.refresh_from_db()
    assert response.status_code == 302
    assert PainRelief.objects.get().already_given_by == clinician
    assert signed.not_asked == [CREAM]


def test_relief_that_stands_in_the_chart_does_not_hold_up_what_is_kept_later(ready, clinician):
    keep(ready, clinician, ReliefEntry("cream", D(25)))
    must_ask("ask-anaesthetic")
    ready.refresh_from_db()

    save_chart(
        session=ready, by=clinician, revision=ready.revision, chart=replace(stored(ready), note="Rested well")
    )
    with pytest.raises(Refused) as refused:
        keep(ready, clinician, ReliefEntry("cream", D(25)), ReliefEntry("nerve_block", D(10)))

    assert codes(refused.value.findings) == [BLOCK]
    assert stored(ready).note == "Rested well"


def test_what_the_record_says_already_is_not_said_twice(ready, clinician, asked, patient):
    factor = factories.FactorFactory(
        code="allergy_la_unknown", label="Reaction to an anaesthetic", kind="allergy"
    )
    cream = factories.IngredientFactory(
        code="topical-anaesthetic-cream", name="Anaesthetic cream", is_active=False
    )
    factories.ContraindicationFactory(ingredient=cream, factor=factor, severity="absolute", basis="stated")
    factories.RiskFactorFactory(patient=patient, factor=factor, kind="allergy", label=factor.label)
    RequiredAnswer.objects.filter(code="ask-anaesthetic").update(factors=[factor.code])
    answer(patient, anaesthetic="yes")

    with pytest.raises(Refused) as refused:
        keep(ready, clinician, ReliefEntry("cream", D(25)))

    assert codes(refused.value.findings) == ["contra:topical-anaesthetic-cream:allergy_la_unknown"]
