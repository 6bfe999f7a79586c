"""The formulation page's arithmetic, its course, what stands ready, and what is shown beside it."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import translation

from tests.conftest import signed_in
from tests.factories import (
    AssessmentFactory,
    AssessmentZoneFactory,
    CocktailFactory,
    CocktailVersionFactory,
    ComponentFactory,
    ConditionFactory,
    ContraindicationFactory,
    DoseLimitFactory,
    FactorFactory,
    IndicationFactory,
    IngredientFactory,
    LotFactory,
    ProductFactory,
    RiskFactorFactory,
    UserFactory,
    signed_cocktail,
)
from tests.treatments.cocktails.test_views import HTMX, drawn, found, posted, url
from treatments.cocktails.forms import typed_amount_as_ml_or_none
from treatments.cocktails.models import CocktailVersion

pytestmark = pytest.mark.django_db

D = Decimal


# ── mg, ml, %, per cm², per course ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("language", "text", "strength", "ml"),
    [
        ("en", "250 mg", "250", "1.00"),
        ("en", "2.5mg", "5", "0.50"),
        ("en", "2,5 MG", "5", "0.50"),
        ("en", "1 ml", "5", "1"),
        ("en", "0.333 mg", "1", "0.33"),  # the nearest hundredth of a ml
        ("en", "1 mg", None, None),  # no strength on file
        ("en", "mg", "5", None),
        ("en", "-2 mg", "5", None),
        ("en", "1,500 mg", "5", None),  # a thousand and a half, or one and a half?
        ("de", "1,500 mg", "5", "0.30"),
        ("en", "1e9 mg", "5", None),
        ("en", "5 %", "5", None),
    ],
)
def test_milligrams_become_millilitres_by_the_strength(language, text, strength, ml):
    with translation.override(language):
        read = typed_amount_as_ml_or_none(text, None if strength is None else D(strength))

    assert read == (None if ml is None else D(ml))


def test_what_is_typed_in_mg_is_kept_in_ml_and_said_back(as_clinician, draft, biotin, zinc):
    answer = as_clinician.post(url("check", draft), posted(draft, biotin_5="7.5 mg", zinc_1="1"), **HTMX)

    assert drawn(draft) == [("biotin-5", D("1.50")), ("zinc-1", D(1))]
    [first, _] = answer.context["rows"]
    assert (first.text, first.mg) == ("1.5", D("7.500"))


def test_the_figures_show_strength_dilution_and_every_total(as_clinician, draft, patient, biotin, saline):
    stronger = ProductFactory(
        code="biotin-10",
        name="Biotin forte",
        strength="10 mg/ml",
        ingredient=biotin.ingredients.get(),
        ingredient__mg_per_ml=D(10),
    )
    DoseLimitFactory(ingredient=biotin.ingredients.get(), value=D(100), mg_per_kg=D("0.5"))
    assessment = AssessmentFactory(patient=patient)
    AssessmentZoneFactory(assessment=assessment, area_cm2=D(50))
    fields = posted(draft, biotin_5="1", biotin_10="1") | {
        "fill_with": "saline",
        "fill_to": "4",
        "sessions": "6",
        "every_days": "14",
    }

    page = as_clinician.post(url("check", draft), fields, **HTMX)

    [row, _] = page.context["figure_rows"]
    assert stronger.code in dict(drawn(draft))
    assert row.bottles == ["Biotin 5 mg/ml: 5 mg/ml = 0.5 %", "Biotin forte 10 mg/ml: 10 mg/ml = 1 %"]
    assert row.is_summed
    assert row.diluted == "3.75 mg/ml = 0.375 %"  # 15 mg in 4 ml
    assert (row.mg, row.session_mg, row.month_mg, row.course_mg) == (D(15), D(15), D(45), D(90))
    assert (row.mg_per_cm2, row.ml_per_cm2) == ("0.3 mg/cm²", "0.04 ml/cm²")
    html = page.content.decode()
    assert "from 2 products, added up" in html
    assert "6 sessions, at most 3 in 30 days" in html
    assert "1.0 ml free of 5.0 ml" in html


def test_the_course_is_kept_and_copied(as_clinician, draft, biotin, zinc, clinician):
    as_clinician.post(
        url("check", draft), posted(draft, biotin_5="1") | {"sessions": "8", "every_days": "10"}
    )

    draft.refresh_from_db()
    assert (draft.sessions, draft.every_days, draft.revision) == (8, 10, 2)
    page = as_clinician.get(url("formulation", draft))
    assert (page.context["typed"].sessions_text, page.context["typed"].days_between_sessions_text) == (
        "8",
        "10",
    )


@pytest.mark.parametrize(
    ("sessions", "days"),
    [("0", "14"), ("53", "14"), ("x", "14"), ("8", "0"), ("8", "1e3"), ("", "14"), ("-2", "7")],
)
def test_a_course_that_is_none_is_told_and_nothing_is_lost(as_clinician, draft, biotin, sessions, days):
    fields = posted(draft, biotin_5="1") | {"sessions": sessions, "every_days": days}

    answer = as_clinician.post(url("check", draft), fields)
    again = as_clinician.get(url("formulation", draft))

    assert answer.status_code == 422
    for page in (answer, again):
        typed = page.context["typed"]
        assert typed.errors["course"].startswith("Enter 1 to 52 sessions, 1 to 365 days apart.")
        assert (typed.sessions_text, typed.days_between_sessions_text) == (sessions, days)
        assert [row.text for row in page.context["rows"]] == ["1"]
    assert drawn(draft) == []


def test_a_limit_per_course_counts_the_sessions_of_the_formulation_page(as_clinician, draft, biotin, zinc):
    DoseLimitFactory(ingredient=biotin.ingredients.get(), value=D(30), period="course", kind="clinic")

    eight = as_clinician.post(
        url("check", draft), posted(draft, biotin_5="1", zinc_1="1") | {"sessions": "8"}, **HTMX
    )
    draft.refresh_from_db()
    six = as_clinician.post(
        url("check", draft), posted(draft, biotin_5="1", zinc_1="1") | {"sessions": "6"}, **HTMX
    )

    assert found(eight)["dose:biotin"] == "block"
    assert "dose:biotin" not in found(six)


def test_a_change_of_the_course_is_a_difference_to_read(
    as_clinician, clinic, patient, clinician, biotin, zinc, once
):
    version = signed_cocktail(clinic=clinic, patient=patient, by=clinician, products=[biotin, zinc])
    as_clinician.post(url("change", version), {"reason": "A longer course", "once": once()})
    draft = CocktailVersion.objects.get(status="draft")

    page = as_clinician.post(
        url("check", draft), posted(draft, biotin_5="1.0", zinc_1="1.0") | {"sessions": "8"}, **HTMX
    )

    assert page.context["changes"] == ["Reckoned for 1 session became 8 sessions, every 14 days"]


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ("sessions = 0", "course_of_a_cocktail_is_a_course"),
        ("sessions = 53", "course_of_a_cocktail_is_a_course"),
        ("every_days = 0", "course_of_a_cocktail_is_a_course"),
        ("signed_from = '192.0.2.7'", "only_a_signature_comes_from_somewhere"),
    ],
)
def test_sql_does_not_write_a_course_that_is_none_nor_an_address_without_a_signature(draft, change, name):
    statement = f"UPDATE cocktails_cocktailversion SET {change} WHERE id = %s"

    with pytest.raises(IntegrityError, match=name), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, [draft.pk])


# ── who signed, from where ───────────────────────────────────────────────────────────────────────


def test_a_signature_says_from_where_and_so_does_the_page(as_clinician, draft, biotin, zinc, clinic, once):
    ComponentFactory(version=draft, product=biotin)
    ComponentFactory(version=draft, product=zinc, position=1)
    fields = posted(draft, biotin_5="1", zinc_1="1") | {"once": once()}

    as_clinician.post(url("sign", draft), fields, REMOTE_ADDR="192.0.2.7")

    draft.refresh_from_db()
    assert (draft.status, draft.signed_from) == ("signed", "192.0.2.7")
    page = as_clinician.get(url("formulation", draft)).content.decode()
    assert f"at {clinic.name}, from 192.0.2.7" in page


# ── two people ───────────────────────────────────────────────────────────────────────────────────


def test_two_people_edit_one_draft_and_the_second_sees_both(as_clinician, draft, biotin, zinc, clinic):
    colleague = signed_in(UserFactory(roles=["clinician"], clinic=clinic))
    for client in (as_clinician, colleague):
        assert client.get(url("formulation", draft)).context["typed"].revision == 1

    as_clinician.post(url("check", draft), posted(draft, zinc_1="2"), **HTMX)
    second = colleague.post(url("check", draft), posted(draft, biotin_5="1"), **HTMX)

    assert (
        "now holds Zinc 1 mg/ml 2 ml; here it holds Biotin 5 mg/ml 1 ml" in second.context["conflict"].message
    )
    assert drawn(draft) == [("zinc-1", D(2))]
    assert [row.code for row in colleague.get(url("formulation", draft)).context["rows"]] == ["biotin-5"]
    assert [row.code for row in as_clinician.get(url("formulation", draft)).context["rows"]] == ["zinc-1"]

    colleague.post(url("check", draft), posted(draft, biotin_5="1") | {"keep": "2"}, **HTMX)
    assert drawn(draft) == [("biotin-5", D(1))]


# ── beside the suggestions ───────────────────────────────────────────────────────────────────────


@pytest.fixture
def assessed(patient, biotin, zinc):
    """Brittle hair; zinc better supported than biotin."""
    condition = ConditionFactory(code="brittle-hair", name="Brittle hair")
    AssessmentFactory(patient=patient, condition=condition)
    IndicationFactory(
        condition=condition, ingredient=biotin.ingredients.get(), support=1, evidence_level="expert use"
    )
    IndicationFactory(
        condition=condition, ingredient=zinc.ingredients.get(), support=2, evidence_level="a trial"
    )
    return condition


def order(page):
    return [each.suggestion.substance.code for each in page.context["choices"]]


def test_stock_and_price_stand_beside_and_change_no_order(
    as_clinician, clinic, draft, assessed, biotin, zinc
):
    before = order(as_clinician.get(url("formulation", draft)))
    biotin.price_per_ml, zinc.price_per_ml = D("0.10"), D(900)
    biotin.save()
    zinc.save()
    LotFactory(product=biotin, clinic=clinic, on_hand=D(500))

    page = as_clinician.get(url("formulation", draft))

    assert order(page) == before == ["zinc", "biotin"]
    html = page.content.decode()
    assert "500.0 ml in stock" in html
    assert "$0.10/ml" in html
    assert "none in stock" in html


def test_an_ingredient_that_no_product_holds_has_its_why_too(as_clinician, draft, biotin):
    IngredientFactory(code="caffeine", name="Caffeine")
    fields = posted(draft, biotin_5="1") | {"pick": "ingredient:caffeine"}

    asked = as_clinician.post(url("check", draft), fields | {"why": "1"}, **HTMX)
    draft.refresh_from_db()
    added = as_clinician.post(
        url("check", draft), fields | {"revision": str(draft.revision), "add_picked": "1"}, **HTMX
    )

    assert (
        '<option value="ingredient:caffeine"' in as_clinician.get(url("formulation", draft)).content.decode()
    )
    assert asked.context["why"] == [
        "No condition is assessed yet, so nothing is suggested. It is listed for no condition.",
        "No product here holds it.",
    ]
    assert found(added)["unknown:ingredient:caffeine"] == "block"
    assert [row.code for row in added.context["rows"]] == ["biotin-5"]


# ── what stands ready ────────────────────────────────────────────────────────────────────────────


def saved(clinic, name, *products):
    version = CocktailVersionFactory(cocktail=CocktailFactory(clinic=clinic, patient=None, name=name))
    for position, product in enumerate(products):
        ComponentFactory(version=version, product=product, position=position)
    return version


def test_formulations_are_offered_where_they_fit_and_the_others_say_why(
    as_clinician, clinic, draft, patient, clinician, assessed, biotin, zinc
):
    other, third = ProductFactory(name="Other"), ProductFactory(name="Third")
    factor = FactorFactory(code="wilson")
    ContraindicationFactory(
        ingredient=third.ingredients.get(), factor=factor, severity="absolute", basis="stated"
    )
    RiskFactorFactory(patient=patient, factor=factor, recorded_by=clinician)
    saved(clinic, "Fits well", biotin, zinc)
    saved(clinic, "Unsupported", other, ProductFactory())
    saved(clinic, "Harmful", biotin, third)

    page = as_clinician.get(url("formulation", draft))

    assert [(each.name, each.suitability.state) for each in page.context["ready"]] == [
        ("Fits well", "suitable")
    ]
    assert [(each.name, each.suitability.state) for each in page.context["unsuitable"]] == [
        ("Unsupported", "unsupported"),
        ("Harmful", "blocked"),
    ]
    html = page.content.decode()
    assert 'aria-label="Use Fits well"' in html
    assert 'aria-label="Use Harmful"' not in html
    assert page.context["unsuitable"][1].suitability.why.split(".")[0] in html


def test_neither_stock_nor_price_moves_what_stands_ready(as_clinician, clinic, draft, assessed, biotin, zinc):
    saved(clinic, "Alpha", biotin, ProductFactory(name="X"))
    saved(clinic, "Beta", zinc, ProductFactory(name="Y"))
    before = [each.name for each in as_clinician.get(url("formulation", draft)).context["ready"]]
    biotin.price_per_ml = D("0.01")
    biotin.save()
    LotFactory(product=biotin, clinic=clinic, on_hand=D(500))

    after = [each.name for each in as_clinician.get(url("formulation", draft)).context["ready"]]

    assert before == after == ["Beta", "Alpha"]  # by support


def test_a_ready_made_product_is_offered_alone_and_a_blocked_one_says_why(
    as_clinician, draft, assessed, biotin
):
    ProductFactory(code="house", name="House ampoule", premade=True, ingredient=biotin.ingredients.get())
    ProductFactory(
        code="bad",
        name="Bad ampoule",
        premade=True,
        ingredient=biotin.ingredients.get(),
        blocked=True,
        blocked_reason="It caused abscesses.",
    )

    page = as_clinician.get(url("formulation", draft))

    assert [(each.value, each.suitability.state) for each in page.context["ready"]] == [("house", "suitable")]
    assert [(each.value, each.suitability.state) for each in page.context["unsuitable"]] == [
        ("bad", "blocked")
    ]
    assert "It caused abscesses" in page.content.decode()
    assert reverse("cocktails:check", args=[draft.pk]) in page.content.decode()
