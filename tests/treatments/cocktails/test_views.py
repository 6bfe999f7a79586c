"""The formulation page as a clinician meets it: live or by its buttons, with good input and bad."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from mesoclinic.core.models import AuditEvent, Autosave, Source
from tests.factories import (
    AssessmentFactory,
    AssessmentZoneFactory,
    CocktailFactory,
    CocktailVersionFactory,
    ComponentFactory,
    ConditionFactory,
    DoseLimitFactory,
    IndicationFactory,
    IngredientFactory,
    InteractionFactory,
    LotFactory,
    ProductFactory,
)
from treatments.cocktails.forms import ml_field_text, read_ml_or_none
from treatments.cocktails.models import Component

pytestmark = pytest.mark.django_db


D = Decimal


HTMX = {"headers": {"HX-Request": "true"}}


def url(name, version):
    return reverse(f"cocktails:{name}", args=[version.pk])


def posted(version, **lines):
    """What the formulation page posts: product code (with _ for -) to the ml as typed."""
    fields = {
        "name": version.cocktail.name,
        "kind": version.kind,
        "syringe_ml": "5",
        "revision": str(version.revision),
        "line": [code.replace("_", "-") for code in lines],
    }
    return fields | {f"ml:{code.replace('_', '-')}": text for code, text in lines.items()}


def drawn(version):
    return list(Component.objects.filter(version=version).values_list("product__code", "ml"))


def found(response):
    return {finding.code: str(finding.level) for finding in response.context["findings"]}


PAGES = [
    ("start", "get"),
    ("start", "post"),
    ("formulation", "get"),
    ("check", "post"),
    ("sign", "post"),
    ("answers", "post"),
    ("change", "post"),
    ("save_formulation", "post"),
]


# --- who may come in ---------------------------------------------------------


@pytest.mark.parametrize("who", ["as_cosmetologist", "as_front_desk", "as_admin"])
@pytest.mark.parametrize(("name", "method"), PAGES)
def test_only_a_clinician_comes_in(request, draft, who, name, method):
    client = request.getfixturevalue(who)

    assert getattr(client, method)(url(name, draft)).status_code == 403
    assert getattr(client, method)(reverse(f"cocktails:{name}", args=[999999])).status_code == 403


@pytest.mark.parametrize(("name", "method"), PAGES)
def test_what_is_not_there_is_not_found(as_clinician, name, method):
    address = reverse(f"cocktails:{name}", args=[999999])

    assert getattr(as_clinician, method)(address).status_code == 404


@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("formulation", "post"),
        ("check", "get"),
        ("sign", "get"),
        ("change", "get"),
        ("save_formulation", "get"),
    ],
)
def test_a_page_answers_its_own_method_only(as_clinician, draft, name, method):
    assert getattr(as_clinician, method)(url(name, draft)).status_code == 405


def test_a_saved_formulation_has_no_formulation_page(as_clinician, clinic):
    saved = CocktailVersionFactory(cocktail=CocktailFactory(clinic=clinic, patient=None))

    assert as_clinician.get(url("formulation", saved)).status_code == 404


# --- the formulation page ---------------------------------------------------------------


def test_the_formulation_page_shows_dose_limit_total_and_area(as_clinician, draft, patient, biotin, zinc):
    DoseLimitFactory(ingredient=biotin.ingredients.get(), value=D(10))
    AssessmentZoneFactory(assessment=AssessmentFactory(patient=patient), area_cm2=D(78))
    ComponentFactory(version=draft, product=biotin, ml=D(1))
    ComponentFactory(version=draft, product=zinc, ml=D("0.5"), position=1)

    response = as_clinician.get(url("formulation", draft))

    [first, second] = response.context["rows"]
    assert (first.name, first.text, first.mg, first.percent, first.word) == (
        "Biotin 5 mg/ml",
        "1.0",
        D("5.000"),
        D("50.00"),
        "highest studied dose",
    )
    assert (second.text, second.mg, second.percent) == ("0.5", D("0.500"), None)
    assert response.context["figures"].total_ml == D("1.50")
    assert "0.019\N{NO-BREAK SPACE}ml/cm²" in response.content.decode()
    assert "2 actives, 2–6 allowed" in response.content.decode()


def test_looking_is_written_down(as_clinician, draft, patient):
    as_clinician.get(url("formulation", draft))

    event = AuditEvent.objects.get()
    assert (event.did, event.patient_id) == ("patient.viewed", patient.pk)


def test_suggestions_stand_by_evidence_with_their_state(as_clinician, draft, patient, biotin, zinc):
    condition = ConditionFactory()
    AssessmentFactory(patient=patient, condition=condition)
    bad = IngredientFactory(code="bad", name="Bad", status="blocked", status_reason="It harms")
    for ingredient, support, level in [
        (zinc.ingredients.get(), 3, "RCT"),
        (biotin.ingredients.get(), 1, "seed claim; editorial says not effective"),
        (IngredientFactory(code="rare", name="Rare"), 2, "trial"),
        (bad, 3, "RCT"),
    ]:
        IndicationFactory(condition=condition, ingredient=ingredient, support=support, evidence_level=level)
    ComponentFactory(version=draft, product=biotin)

    response = as_clinician.get(url("formulation", draft))

    said = [
        (
            each.suggestion.substance.name,
            each.suggestion.state,
            each.suggestion.contested,
            each.short_reason_text,
        )
        for each in response.context["choices"]
    ]
    assert said == [
        ("Zinc", "can_add", False, ""),
        ("Biotin", "in_mix", True, ""),
        ("Bad", "blocked", False, "Bad is blocked: It harms."),
    ]
    assert [each.suggestion.substance.name for each in response.context["unsold"]] == ["Rare"]
    assert "Suggested for her" in response.content.decode()


def test_why_not_is_one_sentence(as_clinician, draft, zinc):
    response = as_clinician.post(url("check", draft), posted(draft) | {"pick": "zinc-1", "why": "1"}, **HTMX)

    assert response.context["why"] == [
        "No condition is assessed yet, so nothing is suggested. It is listed for no condition."
    ]


# --- every change ------------------------------------------------------------


def test_a_change_is_kept_and_answered_with_page_and_checks(as_clinician, draft, biotin, zinc):
    response = as_clinician.post(url("check", draft), posted(draft, biotin_5="1", zinc_1="0,5"), **HTMX)

    assert response.status_code == 200
    assert response.templates[0].name == "treatments/cocktails/_formulation.html"
    assert found(response)["count"] == "ok"
    assert drawn(draft) == [("biotin-5", D(1)), ("zinc-1", D("0.5"))]
    assert 'name="revision" value="2"' in response.content.decode()
    assert not Autosave.objects.exists()


def test_without_javascript_the_button_does_the_same(as_clinician, draft, biotin, zinc):
    response = as_clinician.post(url("check", draft), posted(draft, biotin_5="1", zinc_1="0.5"))

    assert response["Location"] == url("formulation", draft)
    assert drawn(draft) == [("biotin-5", D(1)), ("zinc-1", D("0.5"))]


def test_adding_and_taking_out(as_clinician, draft, biotin, zinc):
    as_clinician.post(url("check", draft), posted(draft, biotin_5="1.5") | {"add": "zinc-1"})
    draft.refresh_from_db()
    as_clinician.post(url("check", draft), posted(draft, biotin_5="1.5", zinc_1="1") | {"remove": "biotin-5"})

    assert drawn(draft) == [("zinc-1", D(1))]


def test_saline_fills_up_to_the_chosen_total(as_clinician, draft, biotin, zinc, saline):
    fields = posted(draft, biotin_5="1", zinc_1="0.5") | {"fill_with": "saline", "fill_to": "4"}
    as_clinician.post(url("check", draft), fields)

    response = as_clinician.get(url("formulation", draft))

    assert drawn(draft)[-1] == ("saline", D("2.5"))
    assert (response.context["typed"].fill_to, response.context["typed"].diluent_ml_or_none) == (
        "4.0",
        D("2.50"),
    )


def test_a_total_below_what_is_drawn_is_told_at_its_field(as_clinician, draft, biotin, saline):
    fields = posted(draft, biotin_5="3") | {"fill_with": "saline", "fill_to": "2"}

    response = as_clinician.post(url("check", draft), fields)

    assert response.status_code == 422
    assert response.context["typed"].errors["fill_to"].startswith("The ingredients alone are 3.0 ml")
    assert as_clinician.get(url("formulation", draft)).context["typed"].fill_to == "2"


def test_a_formulation_comes_into_the_syringe(as_clinician, clinic, draft, biotin, zinc):
    saved = CocktailVersionFactory(cocktail=CocktailFactory(clinic=clinic, patient=None), syringe_ml=D(10))
    ComponentFactory(version=saved, product=zinc, ml=D(2))

    as_clinician.post(url("check", draft), posted(draft, biotin_5="1") | {"use": str(saved.pk)})

    assert drawn(draft) == [("biotin-5", D(1)), ("zinc-1", D(2))]


# --- bad input ---------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "0", "-1", "1e9", "1000000000", "one", "0.125", "NaN", "1,5,0"])
def test_a_volume_that_is_none_is_told_at_its_line_and_nothing_is_lost(
    as_clinician, draft, biotin, zinc, text
):
    response = as_clinician.post(url("check", draft), posted(draft, biotin_5=text, zinc_1="1"))
    again = as_clinician.get(url("formulation", draft))

    assert response.status_code == 422
    for page in (response, again):
        assert found(page)["ml:biotin-5"] == "block"
        [first, second] = page.context["rows"]
        assert (first.text, second.text) == (text, "1")
        assert first.error.startswith("Biotin 5 mg/ml: enter a volume")
    assert drawn(draft) == []


def test_what_is_put_right_leaves_no_draft_behind(as_clinician, draft, biotin):
    as_clinician.post(url("check", draft), posted(draft, biotin_5="one"))
    as_clinician.post(url("check", draft), posted(draft, biotin_5="1"))

    assert drawn(draft) == [("biotin-5", D(1))]
    assert not Autosave.objects.exists()


def test_an_unknown_product_is_told(as_clinician, draft, biotin):
    response = as_clinician.post(
        url("check", draft), posted(draft, biotin_5="1") | {"add": "no-such"}, **HTMX
    )

    assert found(response)["unknown:no-such"] == "block"
    assert [row.code for row in response.context["rows"]] == ["biotin-5"]


def test_an_ingredient_retired_meanwhile_is_told_at_its_line(as_clinician, draft, biotin):
    ComponentFactory(version=draft, product=biotin)
    ingredient = biotin.ingredients.get()
    ingredient.retired_at = timezone.now()
    ingredient.save()

    response = as_clinician.get(url("formulation", draft))

    assert found(response)["retired:biotin-5"] == "block"
    assert "is retired from the catalogue" in response.context["rows"][0].error


def test_a_blocked_product_is_told_at_its_line_and_not_stored(as_clinician, draft, biotin):
    biotin.blocked, biotin.blocked_reason = True, "It caused abscesses."
    biotin.save()

    response = as_clinician.post(url("check", draft), posted(draft, biotin_5="1"))

    assert response.status_code == 422
    assert found(response)["blocked:biotin-5"] == "block"
    assert drawn(draft) == []


@pytest.mark.parametrize("field", ["name", "syringe_ml"])
def test_a_setting_that_is_none_is_told(as_clinician, draft, biotin, field):
    wrong = {"name": " ", "syringe_ml": "99"}[field]

    response = as_clinician.post(url("check", draft), posted(draft, biotin_5="1") | {field: wrong})

    assert response.status_code == 422
    assert set(response.context["typed"].errors) == {{"syringe_ml": "syringe"}.get(field, field)}


@pytest.mark.parametrize(
    ("language", "text", "ml"),
    [
        ("en", "1.5", "1.5"),
        ("en", "1,5", "1.5"),
        ("en", ".5", "0.5"),
        ("en", "1.500", "1.50"),
        ("en", "1,500", None),
        ("de", "1,5", "1.5"),
        ("de", "1.5", "1.5"),
        ("de", "1,500", "1.50"),
        ("de", "1.500", None),
        ("en", " 2 ", "2"),
        ("en", "½", None),
        ("en", "１", "1"),
        ("en", ".", None),
    ],
)
def test_volumes_are_read_with_comma_or_point(language, text, ml):
    with translation.override(language):
        assert read_ml_or_none(text) == (None if ml is None else D(ml))


def test_volumes_are_written_as_the_locale_writes_them():
    with translation.override("de"):
        assert (ml_field_text(D("1.00")), ml_field_text(D("0.25"))) == ("1,0", "0,25")


# --- two editors -------------------------------------------------------------


def test_the_second_editor_sees_both_and_chooses(as_clinician, draft, biotin, zinc):
    mine, theirs = posted(draft, biotin_5="1"), posted(draft, zinc_1="2")
    as_clinician.post(url("check", draft), theirs)

    refused = as_clinician.post(url("check", draft), mine)
    reopened = as_clinician.get(url("formulation", draft))

    for page in (refused, reopened):
        message = page.context["conflict"].message
        assert "now holds Zinc 1 mg/ml 2 ml; here it holds Biotin 5 mg/ml 1 ml" in message
        assert [row.code for row in page.context["rows"]] == ["biotin-5"]
    assert refused.status_code == 422
    assert drawn(draft) == [("zinc-1", D(2))]

    as_clinician.post(url("check", draft), mine | {"keep": "2"})
    assert drawn(draft) == [("biotin-5", D(1))]
    assert not Autosave.objects.exists()


def test_the_second_editor_takes_the_other(as_clinician, draft, biotin, zinc):
    as_clinician.post(url("check", draft), posted(draft, zinc_1="2"))
    as_clinician.post(url("check", draft), posted(draft, biotin_5="1"))

    as_clinician.post(url("check", draft), posted(draft, biotin_5="1") | {"take": "1"})

    page = as_clinician.get(url("formulation", draft))
    assert page.context["conflict"] is None
    assert [row.code for row in page.context["rows"]] == ["zinc-1"]


@pytest.fixture
def ready(draft, biotin, zinc):
    ComponentFactory(version=draft, product=biotin, ml=D(1))
    ComponentFactory(version=draft, product=zinc, ml=D("0.5"), position=1)
    return draft


# --- stock -------------------------------------------------------------------


def test_a_clinic_without_lots_is_not_asked_about_stock(as_clinician, ready):
    assert not [c for c in found(as_clinician.get(url("formulation", ready))) if c.startswith("stock")]


def test_a_clinic_with_lots_is_told_what_lacks_and_what_expires(as_clinician, ready, clinic, biotin):
    LotFactory(
        product=biotin,
        clinic=clinic,
        number="BT-0086",
        on_hand=D(5),
        expires_on=timezone.localdate() + timedelta(days=12),
    )

    findings = found(as_clinician.get(url("formulation", ready)))

    assert findings["stock:zinc-1"] == "warn"
    assert findings["expiry:biotin-5:BT-0086"] == "warn"


# --- corners -----------------------------------------------------------------


def test_why_not_works_without_javascript(as_clinician, draft, zinc):
    zinc.blocked, zinc.blocked_reason = True, "It caused abscesses."
    zinc.save()

    response = as_clinician.post(url("check", draft), posted(draft) | {"pick": "zinc-1", "why": "1"})

    assert response.status_code == 200
    assert "Zinc 1 mg/ml is blocked: It caused abscesses." in response.content.decode()
    assert '<option value="zinc-1" selected>Zinc 1 mg/ml (blocked)</option>' in response.content.decode()


@pytest.mark.parametrize("fill_to", ["x", "61", "-4"])
def test_a_total_that_is_none_is_told(as_clinician, draft, biotin, saline, fill_to):
    fields = posted(draft, biotin_5="1") | {"fill_with": "saline", "fill_to": fill_to}

    response = as_clinician.post(url("check", draft), fields)

    assert response.status_code == 422
    assert response.context["typed"].errors["fill_to"].startswith("Enter a total")


def test_a_finding_cites_its_source(as_clinician, draft, biotin, zinc):
    Source.objects.create(key="JAC01", citation="Jacob 2001, on mixing", kind="paper")
    InteractionFactory(first=biotin.ingredients.get(), second=zinc.ingredients.get(), source_keys=["JAC01"])

    response = as_clinician.post(url("check", draft), posted(draft, biotin_5="1", zinc_1="1"), **HTMX)

    assert "Jacob 2001, on mixing" in response.content.decode()


# --- what it costs -----------------------------------------------------------


@pytest.mark.parametrize("rows", [1, 3])
def test_the_formulation_page_costs_the_same_for_one_row_and_three(
    as_clinician, draft, patient, clinic, count_queries, rows
):
    condition = ConditionFactory()
    AssessmentZoneFactory(assessment=AssessmentFactory(patient=patient, condition=condition))
    for position in range(rows):
        product = ProductFactory()
        LotFactory(product=product, clinic=clinic, on_hand=D(5))
        IndicationFactory(condition=condition, ingredient=product.ingredients.get())
        IndicationFactory(condition=condition)
        ComponentFactory(version=draft, product=product, position=position)

    with count_queries() as queries:
        page = as_clinician.get(url("formulation", draft))

    assert len(page.context["rows"]) == rows
    assert len(page.context["unsold"]) == rows
    assert len(queries) == 6


@pytest.mark.parametrize("rows", [1, 3])
def test_a_change_costs_the_same_for_one_row_and_three(as_clinician, draft, count_queries, rows):
    products = [ProductFactory() for _ in range(rows)]
    lines = {product.code.replace("-", "_"): "1" for product in products}

    with count_queries() as queries:
        as_clinician.post(url("check", draft), posted(draft, **lines), **HTMX)

    assert len(drawn(draft)) == rows
    assert len(queries) == 10  # one of them the row that says who was shown
