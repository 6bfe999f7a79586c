"""What may be written about a formulation, by whom, and what is refused."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from mesoclinic.core.findings import Refused
from mesoclinic.core.models import AuditEvent
from tests.factories import (
    AssessmentFactory,
    ClinicFactory,
    CocktailFactory,
    CocktailVersionFactory,
    ComponentFactory,
    ContraindicationFactory,
    FactorFactory,
    IngredientFactory,
    InteractionFactory,
    PatientFactory,
    ProductFactory,
    RiskFactorFactory,
    signed_cocktail,
)
from treatments.catalogue.models import PlannedChange
from treatments.cocktails.actions import signing
from treatments.cocktails.actions.formulation import (
    change_version,
    save_as_formulation,
    set_components,
    start_cocktail,
)
from treatments.cocktails.actions.signing import sign_version
from treatments.cocktails.models import Cocktail, CocktailOverride, CocktailVersion, Component
from treatments.cocktails.queries.catalogue import catalogue_at

pytestmark = pytest.mark.django_db

D = Decimal


@pytest.fixture
def draft(clinic, clinician):
    return CocktailVersionFactory(cocktail=CocktailFactory(clinic=clinic, created_by=clinician))


def offered(*products):
    """The products as the bench knows them."""
    catalogue = catalogue_at(ClinicFactory())
    return [catalogue.products[product.code] for product in products]


def put(version, by, *lines, revision=None, **more):
    products = offered(*(product for product, _ in lines))
    return set_components(
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


# ── starting ─────────────────────────────────────────────────────────────────────────────────────


def test_a_cocktail_starts_empty_with_the_latest_assessment(clinic, clinician):
    patient = PatientFactory()
    assessment = AssessmentFactory(patient=patient)

    version = start_cocktail(patient=patient, by=clinician, clinic=clinic)

    assert (version.number, version.status, version.assessment) == (1, "draft", assessment)
    assert version.cocktail.name == "Mix A"
    assert drawn(version) == []
    assert done() == ["cocktail.started"]


def test_starting_again_reopens_the_one_draft(clinic, clinician):
    patient = PatientFactory()
    first = start_cocktail(patient=patient, by=clinician, clinic=clinic)

    again = start_cocktail(patient=patient, by=clinician, clinic=clinic)

    assert again == first
    assert CocktailVersion.objects.count() == 1


def test_starting_from_somebody_elses_signed_cocktail_copies_it_as_a_draft(clinic, clinician):
    like = signed_cocktail(clinic=clinic, syringe_ml=D(10))

    version = start_cocktail(patient=PatientFactory(), by=clinician, clinic=clinic, from_version=like)

    assert drawn(version) == drawn(like)
    assert (version.status, version.syringe_ml, version.findings) == ("draft", D(10), [])


def test_a_copy_leaves_out_what_was_blocked_meanwhile(clinic, clinician):
    kept, gone = ProductFactory(), ProductFactory()
    like = signed_cocktail(clinic=clinic, products=[kept, gone])
    gone.blocked = True
    gone.save()

    version = start_cocktail(patient=PatientFactory(), by=clinician, clinic=clinic, from_version=like)

    assert drawn(version) == [(kept.code, D(1))]


def test_a_merged_record_gets_no_cocktail(clinic, clinician):
    patient = PatientFactory(merged_into=PatientFactory())

    with pytest.raises(Refused) as refused:
        start_cocktail(patient=patient, by=clinician, clinic=clinic)

    assert codes(refused) == ["closed-record"]


# ── filling the syringe ──────────────────────────────────────────────────────────────────────────


def test_the_whole_bench_is_set_at_once_in_the_order_given(draft, clinician):
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


# ── signing ──────────────────────────────────────────────────────────────────────────────────────


def filled(draft, *products, ml=1):
    for position, product in enumerate(products):
        ComponentFactory(version=draft, product=product, ml=D(ml), position=position)
    return draft


def test_signing_freezes_the_findings_and_says_who(draft, clinician):
    biotin, zinc = ProductFactory(), ProductFactory()
    filled(draft, biotin, zinc)

    version = sign_version(version=draft, by=clinician, signed_from="192.0.2.7")

    version.refresh_from_db()
    assert (version.status, version.signed_by) == ("signed", clinician)
    assert version.signed_from == "192.0.2.7"
    assert {(f["code"], f["level"]) for f in version.findings} == {
        ("count", "ok"),
        ("volume", "ok"),
        ("pairs", "ok"),
        ("person", "ok"),
        ("no-limit", "note"),
    }
    event = AuditEvent.objects.last()
    assert (event.did, event.patient_id, event.data) == (
        "cocktail.signed",
        version.cocktail.patient_id,
        {"components": {biotin.code: "1.00", zinc.code: "1.00"}, "overrides": [], "signed_from": "192.0.2.7"},
    )


def test_signing_twice_signs_once(draft, clinician):
    filled(draft, ProductFactory(), ProductFactory())
    first = sign_version(version=draft, by=clinician)

    again = sign_version(version=draft, by=clinician)

    assert again.signed_at == first.signed_at
    assert done() == ["cocktail.signed"]


@pytest.mark.parametrize("count", [0, 1, 7])
def test_a_cocktail_of_fewer_than_two_or_more_than_six_is_refused_with_any_reason(draft, clinician, count):
    filled(draft, *(ProductFactory() for _ in range(count)), ml="0.5")

    with pytest.raises(Refused) as refused:
        sign_version(version=draft, by=clinician, reasons={"count": "I know what I am doing."})

    assert codes(refused) == ["empty" if count == 0 else "count"]


def test_a_clinic_that_allows_three_refuses_four(draft, clinician, clinic):
    clinic.max_actives = 3
    clinic.save()
    filled(draft, *(ProductFactory() for _ in range(4)))

    with pytest.raises(Refused) as refused:
        sign_version(version=draft, by=clinician)

    assert codes(refused) == ["count"]


def test_an_over_full_syringe_is_refused(draft, clinician):
    filled(draft, ProductFactory(), ProductFactory(), ml=3)

    with pytest.raises(Refused) as refused:
        sign_version(version=draft, by=clinician)

    assert codes(refused) == ["volume"]


def test_a_block_is_passed_by_a_clinician_with_a_sentence_and_kept(draft, clinician):
    first, second = IngredientFactory(), IngredientFactory()
    InteractionFactory(first=first, second=second)
    filled(draft, ProductFactory(ingredient=first), ProductFactory(ingredient=second))
    code = "pair:" + "+".join(sorted((first.code, second.code)))

    with pytest.raises(Refused):
        sign_version(version=draft, by=clinician, reasons={code: "short"})
    version = sign_version(version=draft, by=clinician, reasons={code: "Drawn one after the other."})

    assert list(CocktailOverride.objects.values_list("version", "code", "level", "reason", "by")) == [
        (version.pk, code, "block", "Drawn one after the other.", clinician.pk)
    ]
    assert AuditEvent.objects.last().data["overrides"] == [
        {"code": code, "level": "block", "reason": "Drawn one after the other."}
    ]


def test_a_block_is_not_passed_by_somebody_who_may_not_override(draft, cosmetologist):
    first, second = IngredientFactory(), IngredientFactory()
    InteractionFactory(first=first, second=second)
    filled(draft, ProductFactory(ingredient=first), ProductFactory(ingredient=second))
    code = "pair:" + "+".join(sorted((first.code, second.code)))

    with pytest.raises(Refused) as refused:
        sign_version(version=draft, by=cosmetologist, reasons={code: "Drawn one after the other."})

    assert codes(refused) == [code]


def test_signing_asks_again_of_what_stands_now(draft, clinician):
    pregnancy = FactorFactory(code="pregnancy", kind="pregnancy")
    ingredient = IngredientFactory()
    ContraindicationFactory(ingredient=ingredient, factor=pregnancy)
    filled(draft, ProductFactory(ingredient=ingredient), ProductFactory())
    RiskFactorFactory(
        patient=draft.cocktail.patient,
        kind="pregnancy",
        factor=pregnancy,
        label="Pregnant",
        started_on=timezone.localdate(),
    )

    with pytest.raises(Refused) as refused:
        sign_version(version=draft, by=clinician)

    assert codes(refused) == [f"contra:{ingredient.code}:pregnancy"]


def test_an_allergy_told_in_words_blocks_the_ingredient_it_names(draft, clinician):
    ContraindicationFactory(ingredient=None, factor=FactorFactory(code="allergy_component", kind="allergy"))
    zinc = IngredientFactory(code="zinc", name="Zinc")
    filled(draft, ProductFactory(ingredient=zinc), ProductFactory())
    RiskFactorFactory(patient=draft.cocktail.patient, label="Allergy to zinc sulfate")

    with pytest.raises(Refused) as refused:
        sign_version(version=draft, by=clinician)

    assert codes(refused) == ["contra:zinc:allergy_component"]


def test_a_retired_product_asks_for_a_reason(draft, clinician):
    product = ProductFactory(retired_at=timezone.now())
    filled(draft, product, ProductFactory())

    with pytest.raises(Refused) as refused:
        sign_version(version=draft, by=clinician)

    assert codes(refused) == [f"retired:{product.code}"]


def test_what_only_the_database_refuses_is_told_in_its_words(draft, clinician, monkeypatch):
    filled(draft, ProductFactory(), ProductFactory(), ml=3)
    monkeypatch.setattr(signing, "check_mix", lambda *args, **more: [])

    with pytest.raises(Refused) as refused:
        sign_version(version=draft, by=clinician)

    assert codes(refused) == ["database"]
    assert str(refused.value) == "The mixture does not fit in its syringe."


def test_a_saved_formulation_is_not_signed(clinic, clinician):
    saved = CocktailVersionFactory(cocktail=CocktailFactory(clinic=clinic, patient=None))

    with pytest.raises(Refused) as refused:
        sign_version(version=saved, by=clinician)

    assert codes(refused) == ["nobody"]


# ── changing and keeping ─────────────────────────────────────────────────────────────────────────


def test_a_change_is_the_next_version_with_the_same_in_it(clinician):
    version = signed_cocktail()

    draft = change_version(version=version, by=clinician, reason="Less biotin")

    assert (draft.number, draft.status, draft.reason) == (2, "draft", "Less biotin")
    assert drawn(draft) == drawn(version)


def test_a_change_reopens_the_draft_that_is_open(clinician):
    version = signed_cocktail()
    draft = change_version(version=version, by=clinician, reason="Less biotin")

    assert change_version(version=version, by=clinician, reason="More zinc") == draft


@pytest.mark.parametrize("reason", ["", "  ", "ok", "x" * 201])
def test_a_change_says_why(clinician, reason):
    with pytest.raises(Refused) as refused:
        change_version(version=signed_cocktail(), by=clinician, reason=reason)

    assert codes(refused) == ["no-reason"]


def test_a_formulation_is_kept_without_the_patient(draft, clinician):
    filled(draft, ProductFactory(), ProductFactory())

    saved = save_as_formulation(version=draft, name="Density A", by=clinician)

    assert (saved.cocktail.patient, saved.cocktail.name) == (None, "Density A")
    assert drawn(saved) == drawn(draft)


@pytest.mark.parametrize(("name", "code"), [("", "name"), ("x" * 81, "name"), ("density a", "name-taken")])
def test_a_formulation_has_a_name_of_its_own(draft, clinician, name, code):
    filled(draft, ProductFactory(), ProductFactory())
    save_as_formulation(version=draft, name="Density A", by=clinician)

    with pytest.raises(Refused) as refused:
        save_as_formulation(version=draft, name=name, by=clinician)

    assert codes(refused) == [code]


def test_an_empty_syringe_is_no_formulation(draft, clinician):
    with pytest.raises(Refused) as refused:
        save_as_formulation(version=draft, name="Nothing", by=clinician)

    assert codes(refused) == ["empty"]
    assert Cocktail.objects.count() == 1


# ── around the application: raw SQL ──────────────────────────────────────────────────────────────


def sql(statement, *values):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


def test_sql_does_not_change_a_signed_version():
    version = signed_cocktail()

    with pytest.raises(IntegrityError, match="A signed cocktail is frozen"):
        sql("UPDATE cocktails_cocktailversion SET syringe_ml = 9 WHERE id = %s", version.pk)
    with pytest.raises(IntegrityError):
        sql("DELETE FROM cocktails_cocktailversion WHERE id = %s", version.pk)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE cocktails_component SET ml = 2 WHERE version_id = %s",
        "DELETE FROM cocktails_component WHERE version_id = %s",
        "INSERT INTO cocktails_component (version_id, product_id, ml, position)"
        " SELECT %s, max(id), 1, 9 FROM catalogue_product",
    ],
    ids=["changed", "taken out", "added"],
)
def test_sql_does_not_touch_the_components_of_a_signed_version(statement):
    version = signed_cocktail()
    ProductFactory()

    with pytest.raises(IntegrityError):
        sql(statement, version.pk)


@pytest.mark.parametrize("count", [1, 7])
def test_sql_does_not_sign_one_active_or_seven(draft, clinician, count):
    filled(draft, *(ProductFactory() for _ in range(count)), ml="0.5")

    with pytest.raises(IntegrityError, match="2 to 6 different actives"):
        sql(
            "UPDATE cocktails_cocktailversion SET status = 'signed', signed_at = now(),"
            " signed_by_id = %s WHERE id = %s",
            clinician.pk,
            draft.pk,
        )


def test_sql_does_not_sign_more_than_the_clinic_allows(draft, clinician, clinic):
    clinic.max_actives = 3
    clinic.save()
    filled(draft, *(ProductFactory() for _ in range(4)))

    with pytest.raises(IntegrityError, match="fewer where the clinic says so"):
        sql(
            "UPDATE cocktails_cocktailversion SET status = 'signed', signed_at = now(),"
            " signed_by_id = %s WHERE id = %s",
            clinician.pk,
            draft.pk,
        )


def test_sql_does_not_sign_an_over_full_syringe(draft, clinician):
    filled(draft, ProductFactory(), ProductFactory(), ml=3)

    with pytest.raises(IntegrityError, match="does not fit"):
        sql(
            "UPDATE cocktails_cocktailversion SET status = 'signed', signed_at = now(),"
            " signed_by_id = %s WHERE id = %s",
            clinician.pk,
            draft.pk,
        )


def test_sql_does_not_put_a_blocked_ingredient_into_a_draft(draft):
    product = ProductFactory(ingredient=IngredientFactory(status="blocked", status_reason="It kills."))

    with pytest.raises(IntegrityError, match="A blocked ingredient cannot be part"):
        sql(
            "INSERT INTO cocktails_component (version_id, product_id, ml, position) VALUES (%s, %s, 1, 0)",
            draft.pk,
            product.pk,
        )


@pytest.mark.parametrize(
    "statement",
    ["UPDATE cocktails_cocktailoverride SET reason = 'other'", "DELETE FROM cocktails_cocktailoverride"],
)
def test_sql_does_not_change_an_override(draft, clinician, statement):
    CocktailOverride.objects.create(
        version=draft, code="pair:a+b", level="warn", message="m", reason="r", by=clinician
    )

    with pytest.raises(IntegrityError, match="append-only"):
        sql(statement)


def test_sql_does_not_open_a_second_draft(draft):
    with pytest.raises(IntegrityError, match="one_draft_version_per_cocktail"):
        CocktailVersionFactory(cocktail=draft.cocktail, number=2)


def test_a_clinic_where_only_a_pharmacy_mixes_asks_which_made_it(draft, clinician, clinic):
    clinic.mixing = "pharmacy"
    clinic.save()
    filled(draft, ProductFactory(), ProductFactory())

    with pytest.raises(Refused) as refused:
        sign_version(version=draft, by=clinician)
    assert codes(refused) == ["mixing"]

    signed = sign_version(
        version=draft, by=clinician, reasons={"mixing": "Made by the made-up pharmacy, order 12."}
    )
    assert signed.overrides.get().code == "mixing"


def test_a_rule_that_begins_today_holds_for_todays_signature(draft, clinician):
    first, second = ProductFactory(), ProductFactory()
    filled(draft, first, second)
    PlannedChange.objects.create(
        kind="catalogue.ingredient",
        row_id=first.contents.get().ingredient_id,
        changes={"status": "restricted", "status_reason": "Under study."},
        valid_from=timezone.localdate(),
        reason="Decided last week.",
        by=clinician,
    )

    with pytest.raises(Refused) as refused:
        sign_version(version=draft, by=clinician)

    assert codes(refused) == [f"restricted:{first.contents.get().ingredient.code}"]
