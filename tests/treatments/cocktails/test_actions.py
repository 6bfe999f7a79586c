"""What may be written about a formulation, by whom, and what is refused."""

from decimal import Decimal

import pytest

from mesoclinic.core.findings import Refused
from mesoclinic.core.models import AuditEvent
from tests.factories import (
    AssessmentFactory,
    ClinicFactory,
    CocktailFactory,
    CocktailVersionFactory,
    ComponentFactory,
    IngredientFactory,
    PatientFactory,
    ProductFactory,
    signed_cocktail,
)
from treatments.cocktails.actions.formulation import (
    reopen_or_start_cocktail,
    reopen_or_start_next_version,
    save_draft_contents,
    save_version_as_formulation,
)
from treatments.cocktails.models import Cocktail, CocktailVersion, Component
from treatments.cocktails.queries.catalogue import catalogue_of_clinic

pytestmark = pytest.mark.django_db


D = Decimal


@pytest.fixture
def draft(clinic, clinician):
    return CocktailVersionFactory(cocktail=CocktailFactory(clinic=clinic, created_by=clinician))


def offered(*products):
    """The products as the formulation page knows them."""
    catalogue = catalogue_of_clinic(ClinicFactory())
    return [catalogue.products[product.code] for product in products]


def put(version, by, *lines, revision=None, **more):
    products = offered(*(product for product, _ in lines))
    return save_draft_contents(
        version=version,
        lines=[(each, D(ml)) for each, (_, ml) in zip(products, lines, strict=True)],
        kind=more.get("kind", "cocktail"),
        syringe_ml=D(more.get("syringe_ml", 5)),
        name=more.get("name", "Density A"),
        by=by,
        revision=version.revision if revision is None else revision,
    )


def drawn(version):
    return [
        (each.product.code, each.ml)
        for each in Component.objects.filter(version=version).select_related("product")
    ]


def codes(refused):
    return [finding.code for finding in refused.value.findings]


def done():
    return list(AuditEvent.objects.order_by("pk").values_list("did", flat=True))


# --- starting ----------------------------------------------------------------


def test_a_cocktail_starts_empty_with_the_latest_assessment(clinic, clinician):
    patient = PatientFactory()
    assessment = AssessmentFactory(patient=patient)

    version = reopen_or_start_cocktail(patient=patient, by=clinician, clinic=clinic)

    assert (version.number, version.status, version.assessment) == (1, "draft", assessment)
    assert version.cocktail.name == "Mix A"
    assert drawn(version) == []
    assert done() == ["cocktail.started"]


def test_starting_again_reopens_the_one_draft(clinic, clinician):
    patient = PatientFactory()
    first = reopen_or_start_cocktail(patient=patient, by=clinician, clinic=clinic)

    again = reopen_or_start_cocktail(patient=patient, by=clinician, clinic=clinic)

    assert again == first
    assert CocktailVersion.objects.count() == 1


def test_starting_from_somebody_elses_signed_cocktail_copies_it_as_a_draft(clinic, clinician):
    like = signed_cocktail(clinic=clinic, syringe_ml=D(10))

    version = reopen_or_start_cocktail(
        patient=PatientFactory(), by=clinician, clinic=clinic, from_version=like
    )

    assert drawn(version) == drawn(like)
    assert (version.status, version.syringe_ml, version.findings) == ("draft", D(10), [])


def test_a_copy_leaves_out_what_was_blocked_meanwhile(clinic, clinician):
    kept, gone = ProductFactory(), ProductFactory()
    like = signed_cocktail(clinic=clinic, products=[kept, gone])
    gone.blocked = True
    gone.save()

    version = reopen_or_start_cocktail(
        patient=PatientFactory(), by=clinician, clinic=clinic, from_version=like
    )

    assert drawn(version) == [(kept.code, D(1))]


def test_a_merged_record_gets_no_cocktail(clinic, clinician):
    patient = PatientFactory(merged_into=PatientFactory())

    with pytest.raises(Refused) as refused:
        reopen_or_start_cocktail(patient=patient, by=clinician, clinic=clinic)

    assert codes(refused) == ["closed-record"]


# --- filling the syringe -----------------------------------------------------


def test_the_whole_formulation_is_set_at_once_in_the_order_given(draft, clinician):
    biotin, zinc, copper = ProductFactory(), ProductFactory(), ProductFactory()
    put(draft, clinician, (biotin, "1"), (zinc, "0.5"))
    draft.refresh_from_db()

    version = put(draft, clinician, (zinc, "0.25"), (copper, "1"), syringe_ml=3)

    assert drawn(version) == [(zinc.code, D("0.25")), (copper.code, D(1))]
    assert (version.revision, version.syringe_ml) == (3, D(3))
    assert AuditEvent.objects.last().data == {"components": {zinc.code: "0.25", copper.code: "1"}}


def test_setting_the_same_again_writes_nothing(draft, clinician):
    biotin = ProductFactory()
    put(draft, clinician, (biotin, "1"))

    version = put(draft, clinician, (biotin, "1"))

    assert version.revision == 2
    assert done() == ["cocktail.changed"]


def test_the_second_of_two_editors_sees_both_and_writes_nothing(draft, clinician):
    biotin, zinc = ProductFactory(name="Biotin"), ProductFactory(name="Zinc")
    put(draft, clinician, (biotin, "1"))

    with pytest.raises(Refused) as refused:
        put(draft, clinician, (zinc, "0.5"))

    assert codes(refused) == ["changed-meanwhile"]
    assert "now holds Biotin 10 mg/ml 1 ml; here it holds Zinc 10 mg/ml 0.5 ml" in str(refused.value)
    assert drawn(draft) == [(biotin.code, D(1))]


@pytest.mark.parametrize("ml", ["0", "-1", "60.01", "1000000000", "0.005"])
def test_a_volume_no_syringe_measures_is_refused_at_its_line(draft, clinician, ml):
    product = ProductFactory()

    with pytest.raises(Refused) as refused:
        put(draft, clinician, (product, ml))

    assert codes(refused) == [f"ml:{product.code}"]
    assert refused.value.findings[0].where == f"line:{product.code}"


def test_a_blocked_ingredient_is_refused_at_its_line(draft, clinician):
    product = ProductFactory(ingredient=IngredientFactory(status="blocked", status_reason="It kills."))

    with pytest.raises(Refused) as refused:
        put(draft, clinician, (product, "1"))

    assert codes(refused) == [f"blocked:{product.code}"]


def test_a_product_stands_once(draft, clinician):
    product = ProductFactory()

    with pytest.raises(Refused) as refused:
        put(draft, clinician, (product, "1"), (product, "1"))

    assert codes(refused) == [f"twice:{product.code}"]


def test_a_cocktail_has_a_name(draft, clinician):
    with pytest.raises(Refused) as refused:
        put(draft, clinician, name="  ")

    assert codes(refused) == ["name"]


def test_a_signed_cocktail_is_not_set(clinician):
    version = signed_cocktail()

    with pytest.raises(Refused) as refused:
        put(version, clinician, (ProductFactory(), "1"))

    assert codes(refused) == ["signed"]


def test_a_new_name_is_a_change(draft, clinician):
    version = put(draft, clinician, name="Density B")

    assert (version.cocktail.name, version.revision) == ("Density B", 2)


def filled(draft, *products, ml=1):
    for position, product in enumerate(products):
        ComponentFactory(version=draft, product=product, ml=D(ml), position=position)
    return draft


# --- changing and keeping ----------------------------------------------------


def test_a_change_is_the_next_version_with_the_same_in_it(clinician):
    version = signed_cocktail()

    draft = reopen_or_start_next_version(version=version, by=clinician, reason="Less biotin")

    assert (draft.number, draft.status, draft.reason) == (2, "draft", "Less biotin")
    assert drawn(draft) == drawn(version)


def test_a_change_reopens_the_draft_that_is_open(clinician):
    version = signed_cocktail()
    draft = reopen_or_start_next_version(version=version, by=clinician, reason="Less biotin")

    assert reopen_or_start_next_version(version=version, by=clinician, reason="More zinc") == draft


@pytest.mark.parametrize("reason", ["", "  ", "ok", "x" * 201])
def test_a_change_says_why(clinician, reason):
    with pytest.raises(Refused) as refused:
        reopen_or_start_next_version(version=signed_cocktail(), by=clinician, reason=reason)

    assert codes(refused) == ["no-reason"]


def test_a_formulation_is_kept_without_the_patient(draft, clinician):
    filled(draft, ProductFactory(), ProductFactory())

    saved = save_version_as_formulation(version=draft, name="Density A", by=clinician)

    assert (saved.cocktail.patient, saved.cocktail.name) == (None, "Density A")
    assert drawn(saved) == drawn(draft)


@pytest.mark.parametrize(("name", "code"), [("", "name"), ("x" * 81, "name"), ("density a", "name-taken")])
def test_a_formulation_has_a_name_of_its_own(draft, clinician, name, code):
    filled(draft, ProductFactory(), ProductFactory())
    save_version_as_formulation(version=draft, name="Density A", by=clinician)

    with pytest.raises(Refused) as refused:
        save_version_as_formulation(version=draft, name=name, by=clinician)

    assert codes(refused) == [code]


def test_an_empty_syringe_is_no_formulation(draft, clinician):
    with pytest.raises(Refused) as refused:
        save_version_as_formulation(version=draft, name="Nothing", by=clinician)

    assert codes(refused) == ["empty"]
    assert Cocktail.objects.count() == 1
