"""Going around the application: every change leaves its version, and nothing of the catalogue disappears."""

from decimal import Decimal as D

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from tests import factories
from treatments.catalogue.models import (
    Contraindication,
    DoseLimit,
    Indication,
    Ingredient,
    Interaction,
    PlannedChange,
    Product,
    RowVersion,
)

pytestmark = pytest.mark.django_db

FACTORIES = {
    Ingredient: factories.IngredientFactory,
    DoseLimit: factories.DoseLimitFactory,
    Interaction: factories.InteractionFactory,
    Contraindication: factories.ContraindicationFactory,
    Product: factories.ProductFactory,
    Indication: factories.IndicationFactory,
}
#: A column of each that changes what it says.
CHANGED = {
    Ingredient: ("storage", "cold"),
    DoseLimit: ("basis_text", "read again"),
    Interaction: ("why", "They react badly."),
    Contraindication: ("why", "It says so."),
    Product: ("maker", "Another Pharma"),
    Indication: ("remark", "in women"),
}
REVIEWED = [model for model in FACTORIES if model is not Product]


def label(model):
    return model._meta.label


def sql(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def commit():
    """What the end of the transaction asks the triggers."""
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    sql("SET CONSTRAINTS ALL DEFERRED")


def refused(statement, *values):
    """The sentence the database refuses with."""
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        sql(statement, *values)
    return str(error.value)


def versions(row):
    return list(RowVersion.objects.filter(kind=row._meta.label_lower, row_id=row.pk).order_by("number"))


# --- versions ----------------------------------------------------------------


@pytest.mark.parametrize("model", FACTORIES, ids=label)
def test_a_change_by_raw_sql_leaves_a_version(model):
    row = FACTORIES[model]()
    commit()
    column, value = CHANGED[model]

    sql(f"UPDATE {model._meta.db_table} SET {column} = %s WHERE id = %s", value, row.pk)
    commit()

    kept = versions(row)
    assert [version.number for version in kept] == [1, 2]
    assert kept[0].content[column] != value
    assert kept[1].content[column] == value
    assert (kept[1].by, kept[1].reason) == (None, "")


@pytest.mark.parametrize("model", REVIEWED, ids=label)
def test_a_review_is_no_version_and_falls_off_with_a_change(model):
    row = FACTORIES[model]()
    clinician = factories.ClinicianFactory()
    table, (column, value) = model._meta.db_table, CHANGED[model]
    sql(f"UPDATE {table} SET reviewed_by_id = %s, reviewed_at = now() WHERE id = %s", clinician.pk, row.pk)
    commit()
    assert len(versions(row)) == 1
    row.refresh_from_db()
    assert row.reviewed_by == clinician

    sql(f"UPDATE {table} SET {column} = %s WHERE id = %s", value, row.pk)

    row.refresh_from_db()
    assert (row.reviewed_by, row.reviewed_at) == (None, None)


@pytest.mark.parametrize("model", REVIEWED, ids=label)
@pytest.mark.parametrize("roles", [[], ["admin"], ["front_desk", "cosmetologist"]])
def test_nobody_but_a_clinician_reviews(model, roles):
    row = FACTORIES[model]()
    somebody = factories.UserFactory(roles=roles)

    assert "reviewed by a clinician" in refused(
        f"UPDATE {model._meta.db_table} SET reviewed_by_id = %s, reviewed_at = now() WHERE id = %s",
        somebody.pk,
        row.pk,
    )


def test_a_product_and_what_is_in_it_are_one_version():
    zinc = factories.IngredientFactory(code="zinc")
    product = factories.ProductFactory(ingredient=zinc, ingredient__mg_per_ml=D("1.5000"))
    commit()
    sql("UPDATE catalogue_productcontent SET mg_per_ml = 2 WHERE product_id = %s", product.pk)
    commit()
    sql("DELETE FROM catalogue_productcontent WHERE product_id = %s", product.pk)
    commit()

    assert [version.content["contents"] for version in versions(product)] == [
        [["zinc", 1.5]],
        [["zinc", 2.0]],
        [],
    ]


def test_a_row_saved_as_it_was_makes_no_version():
    product = factories.ProductFactory()
    commit()

    product.save()
    commit()

    assert len(versions(product)) == 1


@pytest.mark.parametrize(
    "statement", ["UPDATE catalogue_rowversion SET reason = 'x'", "DELETE FROM catalogue_rowversion"]
)
def test_the_history_never_changes(statement):
    factories.ProductFactory()
    commit()

    assert "The history of the catalogue is append-only" in refused(statement)


def test_the_history_is_never_emptied():
    sql("SET LOCAL mesoclinic.tests_may_truncate = 'off'")

    assert "The history of the catalogue is never emptied" in refused("TRUNCATE catalogue_rowversion CASCADE")


# --- what stays --------------------------------------------------------------


@pytest.mark.parametrize("model", FACTORIES, ids=label)
def test_a_row_is_retired_and_never_deleted(model):
    row = FACTORIES[model]()
    commit()
    table = model._meta.db_table

    assert "is kept: retire it instead" in refused(f"DELETE FROM {table} WHERE id = %s", row.pk)
    sql("SET LOCAL mesoclinic.tests_may_truncate = 'off'")
    assert "is never emptied" in refused(f"TRUNCATE {table} CASCADE")
    assert model.objects.filter(pk=row.pk).exists()


def test_what_a_regulator_blocked_stays_blocked():
    row = factories.IngredientFactory(
        status="blocked", status_reason="Suspended.", loaded={"status": "blocked"}
    )

    assert "a regulator blocked stays blocked" in refused(
        "UPDATE catalogue_ingredient SET status = 'allowed' WHERE id = %s", row.pk
    )
    sql(
        "UPDATE catalogue_ingredient SET status = 'allowed', loaded = '{\"status\": \"allowed\"}' WHERE id = %s",
        row.pk,
    )


def test_a_product_that_was_shipped_blocked_stays_blocked():
    row = factories.ProductFactory(blocked=True, loaded={"blocked": True})

    assert "stays blocked" in refused("UPDATE catalogue_product SET blocked = false WHERE id = %s", row.pk)


@pytest.mark.parametrize("change", ["severity = 'relative'", "retired_at = now()"])
def test_a_contraindication_stated_as_absolute_stays(change):
    row = factories.ContraindicationFactory(
        severity="absolute", loaded={"severity": "absolute", "basis": "stated"}
    )

    assert "stated as absolute stays so" in refused(
        f"UPDATE catalogue_contraindication SET {change} WHERE id = %s", row.pk
    )


# --- planned changes ---------------------------------------------------------


@pytest.fixture
def planned():
    return PlannedChange.objects.create(
        kind="catalogue.product",
        row_id=factories.ProductFactory().pk,
        changes={"name": "New"},
        valid_from=timezone.localdate(),
        reason="New label.",
        by=factories.UserFactory(),
    )


@pytest.mark.parametrize(
    "change", ["reason = 'x'", "changes = '{}'", "valid_from = '2030-01-01'", "row_id = 1"]
)
def test_what_was_planned_stays_as_it_was_planned(planned, change):
    assert "A planned change is frozen" in refused(f"UPDATE catalogue_plannedchange SET {change}")


def test_a_planned_change_is_kept(planned):
    assert "cannot be deleted" in refused("DELETE FROM catalogue_plannedchange")


def test_a_planned_change_is_settled_once(planned):
    sql("UPDATE catalogue_plannedchange SET applied_at = now()")

    assert "settled once" in refused("UPDATE catalogue_plannedchange SET applied_at = NULL")


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("withdrawn_at = now()", "planned_change_withdrawn_by_and_at_together"),
        (
            "applied_at = now(), withdrawn_at = now(), withdrawn_by_id = by_id",
            "planned_change_is_applied_or_withdrawn",
        ),
    ],
)
def test_a_planned_change_is_applied_or_withdrawn_by_somebody(planned, change, constraint):
    assert constraint in refused(f"UPDATE catalogue_plannedchange SET {change}")
