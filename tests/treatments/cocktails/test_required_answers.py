"""What was not asked: said by the bench in its own place, answered there, and refused at the signature."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from mesoclinic.core.findings import Refused
from patients.models import RiskFactor, SafetyAnswer
from tests.factories import (
    ComponentFactory,
    FactorFactory,
    FactorTermFactory,
    IngredientFactory,
    PatientFactory,
    ProductFactory,
    RiskFactorFactory,
)
from tests.safety_answers import answer, answer_everything, must_ask
from treatments.catalogue.models import RequiredAnswer
from treatments.cocktails.actions.signing import sign_version
from treatments.cocktails.models import CocktailVersion
from treatments.cocktails.queries.required_answers import answers_of_patient

pytestmark = pytest.mark.django_db

ALL_CLEAR = "Nothing on record speaks against it"


@pytest.fixture
def minoxidil():
    return ProductFactory(
        code="minoxidil-5", name="Minoxidil", ingredient=IngredientFactory(code="minoxidil", name="Minoxidil")
    )


@pytest.fixture
def drawn(draft, minoxidil, biotin):
    """Minoxidil and biotin, each 1 ml."""
    for product in (minoxidil, biotin):
        ComponentFactory(version=draft, product=product, ml=Decimal(1))
    return draft


@pytest.fixture
def asked():
    must_ask("ask-heart-vaso", "ask-bleeding", "ask-allergy", "ask-lab-biotin")


def url(name, version):
    return reverse(f"cocktails:{name}", args=[version.pk])


def posted(version, **more):
    lines = list(version.components.values_list("product__code", "ml"))
    return {
        "name": version.cocktail.name,
        "kind": version.kind,
        "syringe_ml": "5",
        "revision": str(version.revision),
        "line": [code for code, _ in lines],
        **{f"ml:{code}": str(ml) for code, ml in lines},
        **more,
    }


def not_asked(response):
    return [each.shown.asked.code for each in response.context["not_asked"]]


def test_on_the_bench_what_was_found_stands_before_what_was_not_asked(as_clinician, drawn, asked):
    response = as_clinician.get(url("formulation", drawn))
    page = response.text

    assert f'href="#not-asked">{len(not_asked(response))} not asked</a>' in page
    assert page.index('id="checks-head"') < page.index('class="findings"') < page.index('id="not-asked"')


def said_by(patient):
    return {row.question: row.said for row in SafetyAnswer.objects.filter(patient=patient)}


# ── the bench ────────────────────────────────────────────────────────────────────────────────────


def test_the_bench_asks_what_was_not_asked_and_does_not_say_that_all_is_well(as_clinician, drawn, asked):
    response = as_clinician.get(url("formulation", drawn))

    # Blood tests are asked at the start of a session, not here.
    assert not_asked(response) == ["allergy", "heart", "bleeding"]
    page = response.content.decode()
    assert "Not asked is not “no”" in page
    assert ALL_CLEAR not in page
    assert not [each for each in response.context["findings"] if each.code.startswith("unknown:")]


def test_once_everything_is_answered_the_bench_says_so(as_clinician, drawn, patient, asked):
    answer_everything(patient)

    response = as_clinician.get(url("formulation", drawn))

    assert not_asked(response) == []
    assert ALL_CLEAR in response.content.decode()


def test_the_live_check_takes_ten_statements_at_most(as_clinician, drawn, patient, asked, count_queries):
    as_clinician.get(url("formulation", drawn))

    def statements_of_check(ml):
        drawn.refresh_from_db()
        fields = posted(drawn, **{"ml:biotin-5": ml})
        with count_queries() as sent:
            as_clinician.post(url("check", drawn), fields, headers={"HX-Request": "true"})
        return len(sent)

    nothing_answered = statements_of_check("2")
    answer_everything(patient, on=timezone.localdate() - timedelta(days=2))
    answer_everything(patient)
    RiskFactorFactory(patient=patient)

    assert statements_of_check("1") == nothing_answered <= 10


def test_none_of_these_writes_each_and_keeps_the_syringe_as_typed(
    as_clinician, clinician, drawn, patient, asked, once
):
    response = as_clinician.post(
        url("answers", drawn),
        posted(
            drawn,
            once=once(),
            none_of_these="1",
            question_shown=["allergy", "bleeding", "heart"],
            **{"ml:biotin-5": "1.5"},
        ),
    )

    assert response.status_code == 302
    assert said_by(patient) == {"allergy": ["none"], "heart": ["none"], "bleeding": ["no"]}
    row = SafetyAnswer.objects.get(question="heart")
    assert (row.asked_where, row.asked_by, row.asked_on) == ("bench", clinician, timezone.localdate())
    assert drawn.components.get(product__code="biotin-5").ml == Decimal("1.5")


def test_an_answer_that_speaks_against_it_stands_on_the_record_and_is_found(
    as_clinician, drawn, patient, asked, once
):
    FactorTermFactory(
        where="answer", question="heart", term="arrhythmia", factor=FactorFactory(code="cardiac")
    )

    as_clinician.post(
        url("answers", drawn),
        posted(drawn, once=once(), write_answers="1", **{"answer:heart": "arrhythmia"}),
    )

    assert [row.factor.code for row in RiskFactor.objects.filter(patient=patient)] == ["cardiac"]
    response = as_clinician.get(url("formulation", drawn))
    assert sorted(not_asked(response)) == ["allergy", "bleeding", "heart"]
    found = {each.code: each.fixed for each in response.context["findings"]}
    assert found["answer:minoxidil:heart"] is True


def test_what_cannot_be_read_is_said_at_its_question_and_nothing_is_lost(
    as_clinician, drawn, patient, asked, once
):
    fields = {"answer:heart": ["none", "arrhythmia"], "answer:bleeding": "no"}

    response = as_clinician.post(
        url("answers", drawn), posted(drawn, once=once(), write_answers="1", **fields)
    )

    assert response.status_code == 422
    assert said_by(patient) == {"bleeding": ["no"]}
    heart = next(each.shown for each in response.context["not_asked"] if each.shown.asked.code == "heart")
    assert (heart.chosen, bool(heart.error)) == (("none", "arrhythmia"), True)


def test_writing_nothing_says_so(as_clinician, drawn, patient, asked, once):
    response = as_clinician.post(url("answers", drawn), posted(drawn, once=once(), write_answers="1"))

    assert response.status_code == 422
    assert "Nothing was answered" in response.content.decode()
    assert said_by(patient) == {}


def test_an_allergy_on_record_is_confirmed_as_it_stands_not_denied(as_clinician, drawn, patient, asked, once):
    RiskFactorFactory(patient=patient, kind="allergy", label="Penicillin")

    as_clinician.post(
        url("answers", drawn),
        posted(drawn, once=once(), none_of_these="1", question_shown=["allergy", "bleeding", "heart"]),
    )

    assert said_by(patient)["allergy"] == ["Penicillin"]


def test_a_signed_cocktail_takes_no_answers(as_clinician, drawn, patient, asked, once):
    CocktailVersion.objects.filter(pk=drawn.pk).update(
        status="signed", signed_by=drawn.created_by, signed_at=timezone.now()
    )

    as_clinician.post(
        url("answers", drawn), {"once": once(), "none_of_these": "1", "question_shown": ["heart"]}
    )

    assert said_by(patient) == {}


def count_beside_sign(response):
    page = " ".join(response.content.decode().split())
    place = page.index('id="checks-count"')
    return re.findall(r'<span class="chip c-\w+">([^<]+)</span>', page[place : page.index("</a>", place)])


def test_what_was_not_asked_and_blocks_is_counted_beside_sign(as_clinician, drawn, patient, asked):
    page = as_clinician.get(url("formulation", drawn))
    drawn.refresh_from_db()
    answer(patient, heart="none")
    live = as_clinician.post(url("check", drawn), posted(drawn), headers={"HX-Request": "true"})
    drawn.refresh_from_db()
    answer_everything(patient)
    answered = as_clinician.post(url("check", drawn), posted(drawn), headers={"HX-Request": "true"})

    assert [not_asked(each) for each in (page, live)] == [
        ["allergy", "heart", "bleeding"],
        ["allergy", "bleeding"],
    ]
    assert [count_beside_sign(each) for each in (page, live, answered)] == [
        ["3 blocks"],
        ["2 blocks"],
        ["no block, no warning"],
    ]


# ── the signature ────────────────────────────────────────────────────────────────────────────────


def codes(refused):
    return {finding.code: finding.fixed for finding in refused.value.findings}


def test_a_cocktail_is_not_signed_before_it_was_asked(drawn, clinician, asked):
    with pytest.raises(Refused) as refused:
        sign_version(version=drawn, by=clinician)

    assert codes(refused) == {
        "unknown:minoxidil:heart": True,
        "unknown:*treatment:allergy": True,
        "unknown:*treatment:bleeding": False,
    }


def test_a_missing_answer_that_may_be_passed_is_passed_with_a_reason(drawn, patient, clinician, asked):
    answer(patient, heart="none", allergy="none")

    signed = sign_version(
        version=drawn, by=clinician, reasons={"unknown:*treatment:bleeding": "Seen by her haematologist"}
    )

    assert [row["code"] for row in signed.findings if row["level"] == "block"] == [
        "unknown:*treatment:bleeding"
    ]
    assert "person" not in {row["code"] for row in signed.findings}


def test_an_answer_that_is_too_old_is_asked_again(drawn, patient, clinician, asked):
    answer_everything(patient)
    yesterday = timezone.localdate() - timedelta(days=1)
    assert sign_version(version=drawn, by=clinician).is_signed

    other = PatientFactory()
    answer_everything(other, on=yesterday - timedelta(days=1))
    known = answers_of_patient(other, timezone.localdate())
    assert known.answers["allergy"].asked_on == yesterday - timedelta(days=1)


def test_what_was_said_before_two_records_were_merged_counts(patient, asked):
    merged = PatientFactory(merged_into=patient)
    answer(merged, heart="none")

    assert answers_of_patient(patient, timezone.localdate()).answers["heart"].said == ("none",)


def test_an_answer_of_tomorrow_is_not_known_today(patient, asked):
    answer(patient, on=timezone.localdate() + timedelta(days=1), heart="none")

    assert "heart" not in answers_of_patient(patient, timezone.localdate()).answers


def test_the_rules_and_the_answers_are_one_query(patient, asked, count_queries):
    answer_everything(patient)

    with count_queries() as sent:
        known = answers_of_patient(patient, timezone.localdate())

    assert len(sent) == 1
    assert {rule.code for rule in known.rules} == set(RequiredAnswer.objects.values_list("code", flat=True))


def test_a_retired_row_asks_nothing_more(patient, asked):
    RequiredAnswer.objects.filter(code="ask-bleeding").update(retired_at=timezone.now())

    assert "ask-bleeding" not in {
        rule.code for rule in answers_of_patient(patient, timezone.localdate()).rules
    }
