"""Who a change would affect is counted over everything; who they are is for those who may read records."""

from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.urls import reverse
from django.utils import timezone

from mesoclinic.pages.impact import impact_of, uses_of_row
from tests import factories

pytestmark = pytest.mark.django_db


def counts(row, viewer):
    return {group.label: group.count for group in impact_of(row, viewer=viewer).groups}


NOBODY = {"Open plans": 0, "Unsigned cocktails": 0, "Booked sessions": 0, "Saved formulations": 0}


@pytest.fixture
def biotin():
    return factories.IngredientFactory(code="biotin", name="Biotin")


@pytest.fixture
def zinc():
    return factories.IngredientFactory(code="zinc", name="Zinc")


@pytest.fixture
def product(biotin):
    return factories.ProductFactory(name="Biotin vial", ingredient=biotin)


@pytest.fixture
def other(zinc):
    return factories.ProductFactory(name="Zinc vial", ingredient=zinc)


@pytest.fixture
def course(clinic, clinician, product, other):
    """A patient with a signed cocktail of both, an open plan, a booked session; a draft; a saved formulation."""
    patient = factories.PatientFactory(given_names="Noor", family_name="Hidden")
    version = factories.signed_cocktail(
        clinic=clinic, patient=patient, products=[product, other], by=clinician
    )
    plan = factories.make_plan(clinic=clinic, patient=patient, version=version, by=clinician, status="active")
    tomorrow = timezone.now() + timedelta(days=1)
    factories.AppointmentFactory(
        clinic=clinic,
        patient=patient,
        plan=plan,
        clinician=clinician,
        starts_at=tomorrow,
        ends_at=tomorrow + timedelta(minutes=30),
    )
    draft = factories.CocktailVersionFactory(
        cocktail=factories.CocktailFactory(clinic=clinic, patient=patient)
    )
    factories.ComponentFactory(version=draft, product=product)
    saved = factories.CocktailVersionFactory(
        cocktail=factories.CocktailFactory(clinic=clinic, patient=None, name="House mix")
    )
    factories.ComponentFactory(version=saved, product=product)
    return plan


def test_a_product_concerns_the_plans_cocktails_and_sessions_that_hold_it(course, product, admin):
    assert counts(product, admin) == {
        "Open plans": 1,
        "Unsigned cocktails": 1,
        "Booked sessions": 1,
        "Saved formulations": 1,
    }


def test_a_product_in_nothing_concerns_nobody(course, admin):
    assert counts(factories.ProductFactory(), admin) == NOBODY


def test_a_rule_concerns_those_that_hold_what_it_is_about(course, biotin, zinc, admin):
    stranger = factories.IngredientFactory()
    only_plan = NOBODY | {"Open plans": 1, "Booked sessions": 1}

    assert counts(biotin, admin)["Unsigned cocktails"] == 1
    assert counts(zinc, admin) == only_plan
    assert counts(factories.DoseLimitFactory(ingredient=zinc), admin) == only_plan
    pair = factories.InteractionFactory(first=biotin, second=zinc)
    assert counts(pair, admin) == only_plan
    apart = factories.InteractionFactory(first=zinc, second=stranger)
    assert counts(apart, admin) == NOBODY
    with_all = factories.InteractionFactory(first=biotin, second=None, kind="caution")
    assert counts(with_all, admin)["Unsigned cocktails"] == 1
    whole = factories.ContraindicationFactory(ingredient=None)
    assert counts(whole, admin)["Open plans"] == 1


def test_an_indication_concerns_those_assessed_with_its_condition(course, biotin, admin):
    version = course.cocktail_version
    theirs = factories.IndicationFactory(ingredient=biotin, condition=course.assessment.condition)
    elsewhere = factories.IndicationFactory(
        ingredient=biotin, condition=factories.ConditionFactory(code="dandruff")
    )

    assert version.assessment_id is None
    assert counts(elsewhere, admin) == NOBODY
    assert counts(theirs, admin)["Open plans"] == 1


@pytest.mark.parametrize("status", ["done", "stopped", "declined", "expired"])
def test_a_plan_that_is_over_is_not_concerned(course, product, admin, status):
    type(course).objects.filter(pk=course.pk).update(status=status)

    assert counts(product, admin)["Open plans"] == 0


def test_a_session_that_was_or_was_cancelled_is_not_concerned(course, product, admin):
    booked = course.patient.appointments.get()
    type(booked).objects.filter(pk=booked.pk).update(
        starts_at=timezone.now() - timedelta(days=2), ends_at=timezone.now() - timedelta(days=1)
    )

    assert counts(product, admin)["Booked sessions"] == 0


def test_who_they_are_is_for_those_who_may_read_records(course, product, admin, clinician):
    for_admin = impact_of(product, viewer=admin)
    for_clinician = impact_of(product, viewer=clinician)

    assert [list(group.named) for group in for_admin.groups] == [[]] * 4
    assert for_admin.may_open is False
    named = [one for group in for_clinician.groups for one in group.named]
    assert [one.text.count("Noor Hidden") for one in named] == [1, 1, 1]
    assert {one.url for one in named} >= {reverse("plan", args=[course.pk])}


def test_the_edit_page_tells_an_admin_how_many_and_no_name(course, product, as_admin, once):
    sent = {
        "name": "Biotin vial",
        "presentation": "ampoule",
        "injectable": "yes",
        "maker": "Typed Pharma",
        "content-TOTAL_FORMS": "1",
        "content-INITIAL_FORMS": "1",
        "content-0-ingredient": "biotin",
        "content-0-mg_per_ml": "10",
        "valid_from": timezone.localdate().isoformat(),
        "reason": "It was sold.",
        "once": once(),
    }
    url = reverse("catalogue:product_edit", args=[product.pk])

    asked = as_admin.post(url, sent)

    said = " ".join(asked.content.decode().split())
    assert asked.status_code == 200
    assert "Who this change would affect" in said
    assert "Booked sessions" in said
    assert "Hidden" not in said
    product.refresh_from_db()
    assert product.maker == ""

    assert as_admin.post(url, sent | {"save": "1"}).status_code == 302
    product.refresh_from_db()
    assert product.maker == "Typed Pharma"


def test_an_admin_who_is_also_a_clinician_gets_names(course, product, admin, as_admin, once):
    admin.memberships.update(roles=["admin", "clinician"])
    url = reverse("catalogue:product_edit", args=[product.pk])
    sent = {
        "name": "Biotin vial",
        "presentation": "ampoule",
        "injectable": "yes",
        "maker": "Typed Pharma",
        "content-TOTAL_FORMS": "1",
        "content-INITIAL_FORMS": "1",
        "content-0-ingredient": "biotin",
        "content-0-mg_per_ml": "10",
        "valid_from": timezone.localdate().isoformat(),
        "reason": "It was sold.",
        "once": once(),
    }

    assert "Noor Hidden" in as_admin.post(url, sent).content.decode()


def test_asking_costs_the_same_for_one_patient_and_for_three(
    course, product, other, clinic, clinician, count_queries
):
    assert clinician.clinic == clinic  # read once, as for a request
    found = []
    for more in (0, 2):
        for _ in range(more):
            patient = factories.PatientFactory()
            version = factories.signed_cocktail(
                clinic=clinic, patient=patient, products=[product, other], by=clinician
            )
            factories.make_plan(clinic=clinic, patient=patient, version=version, by=clinician)
        with count_queries() as queries:
            impact_of(product, viewer=clinician)
        found.append(len(queries))

    assert found == [7, 7]


# --- where it is used --------------------------------------------------------


@pytest.fixture
def used(course, product, clinic):
    """A signed session of the course that took 1 ml of the product."""
    lot = factories.LotFactory(product=product, clinic=clinic, on_hand=D(10))
    session = factories.TreatmentSessionFactory(plan=course)
    syringe = session.syringes.create(label="A", prepared_by=session.clinician, use_before=timezone.now())
    session.doses.create(syringe=syringe, product=product, lot=lot, planned_ml=1, ml=1)
    return session


def uses(product, viewer):
    return uses_of_row(product, viewer=viewer)


def test_a_session_counts_once_it_is_signed(used, product, clinician):
    assert uses(product, clinician).session_count == 0

    sign(used)

    assert uses(product, clinician).session_count == 1


def sign(session):
    """As an action would leave it, by the shortest way."""
    for dose in session.doses.all():
        dose.movement = factories.StockMovementFactory(lot=dose.lot, kind="use", ml=-1)
        dose.save()
    session.status, session.signed_by = "signed", session.clinician
    session.signed_at = timezone.now()
    session.save()
    factories.tell_the_plan(session)


def test_where_it_is_used_names_patients_for_clinicians_only(used, product, clinician, admin, cosmetologist):
    sign(used)

    for_clinician, for_admin, for_teacher = (
        uses(product, viewer) for viewer in (clinician, admin, cosmetologist)
    )

    assert "Noor Hidden" in for_clinician.sessions[0].text
    assert (for_admin.sessions, for_admin.session_count) == ([], 1)
    assert (for_teacher.sessions, for_teacher.session_count) == ([], 0)
    assert [recipe.text for recipe in for_teacher.recipes] == ["House mix"]
    assert for_teacher.recipes[0].url == ""
    assert for_clinician.recipes[0].url


def test_a_saved_formulation_opens_from_where_it_is_used(used, product, clinician, as_clinician):
    recipe = uses(product, clinician).recipes[0]

    assert recipe.text in as_clinician.get(recipe.url).content.decode()


def test_the_product_page_says_recipes_sessions_and_price_history(used, product, as_clinician):
    sign(used)

    said = " ".join(
        as_clinician.get(reverse("catalogue:product", args=[product.pk])).content.decode().split()
    )

    assert "House mix" in said
    assert "1 session, last on" in said
    assert "Noor Hidden" in said
    assert "Price per ml" in said


def test_a_cosmetologist_reads_the_page_without_prices_sessions_or_names(used, product, as_cosmetologist):
    sign(used)

    said = as_cosmetologist.get(reverse("catalogue:product", args=[product.pk])).content.decode()

    assert "House mix" in said
    assert "Price per ml" not in said
    assert "Hidden" not in said
    assert "Sessions" not in said
