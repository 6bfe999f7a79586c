"""A row changes from a day, by somebody, for a reason; what begins later waits; a clinician signs what stands."""

from datetime import timedelta
from decimal import Decimal as D

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from mesoclinic.core.findings import Refused
from mesoclinic.core.models import AuditEvent
from tests import factories
from treatments.catalogue.actions import ingredients, safety_rules
from treatments.catalogue.actions import versions as versions_actions
from treatments.catalogue.actions.products import edit_product_now_or_plan
from treatments.catalogue.models import DoseLimit, PlannedChange, RowVersion
from treatments.catalogue.rules import PRODUCT_FIELDS

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate


def in_days(days):
    return TODAY() + timedelta(days=days)


def versions(row):
    return list(
        RowVersion.objects.filter(kind=versions_actions.version_kind_of_row(row), row_id=row.pk)
        .order_by("number")
        .values_list("number", "valid_from", "by", "reason")
    )


def change(row, by, *, valid_from=None, reason="New label.", **fields):
    return versions_actions.change_row_now_or_plan(
        row=row, changes=fields, valid_from=valid_from or TODAY(), reason=reason, by=by
    )


def refused_by(call, **arguments):
    with pytest.raises(Refused) as refused:
        call(**arguments)
    return [(finding.code, finding.where) for finding in refused.value.findings]


def test_a_change_is_a_version_with_who_when_and_why(admin):
    row = factories.ProductFactory(maker="One Pharma")

    assert change(row, admin, maker="Two Pharma") is None

    row.refresh_from_db()
    assert row.maker == "Two Pharma"
    assert versions(row) == [(1, TODAY(), None, ""), (2, TODAY(), admin.pk, "New label.")]
    event = AuditEvent.objects.latest("pk")
    assert (event.did, event.data) == ("catalogue.changed", {"fields": ["maker"]})


def test_two_changes_in_one_transaction_keep_their_own_words(admin, clinician):
    one, other = factories.ProductFactory(), factories.ProductFactory()

    change(one, admin, maker="Two Pharma", reason="It was sold.")
    change(other, clinician, maker="Three Pharma", reason="It moved.")
    change(one, clinician, maker="Four Pharma", reason="Sold again.")

    assert [version[2:] for version in versions(one)[1:]] == [
        (admin.pk, "It was sold."),
        (clinician.pk, "Sold again."),
    ]
    assert versions(other)[1][2:] == (clinician.pk, "It moved.")


def test_what_is_written_after_a_change_is_not_said_to_be_part_of_it(admin):
    row, other = factories.ProductFactory(), factories.ProductFactory()
    change(row, admin, maker="Two Pharma")

    type(other).objects.filter(pk=other.pk).update(maker="By hand")
    changes_kept_now()

    assert versions(other)[-1][2:] == (None, "")


def changes_kept_now():
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"maker": "One Pharma"}, ("change-nothing", "nothing")),
        ({"maker": "Two", "reason": ""}, ("change-reason", "reason")),
        ({"maker": "Two", "valid_from": TODAY() - timedelta(days=2)}, ("change-valid_from", "valid_from")),
    ],
)
def test_a_change_that_makes_no_sense_writes_nothing(admin, given, found):
    row = factories.ProductFactory(maker="One Pharma")

    with pytest.raises(Refused) as refused:
        change(row, admin, **given)

    assert [(f.code, f.where) for f in refused.value.findings] == [found]
    row.refresh_from_db()
    assert row.maker == "One Pharma"
    assert PlannedChange.objects.count() == 0


def test_a_later_change_waits_for_its_day_and_then_is_in_force(admin):
    row = factories.ProductFactory(price_per_ml=D(8))

    planned = change(row, admin, price_per_ml=D("9.5"), valid_from=in_days(7))

    row.refresh_from_db()
    assert (row.price_per_ml, len(versions(row))) == (D(8), 0)
    assert versions_actions.apply_planned_changes_due(on=in_days(6)) == []
    row.refresh_from_db()
    assert row.price_per_ml == D(8)

    assert versions_actions.apply_planned_changes_due(on=in_days(7)) == [planned]

    row.refresh_from_db()
    assert row.price_per_ml == D("9.5")
    assert versions(row)[-1] == (2, in_days(7), admin.pk, "New label.")
    assert versions_actions.apply_planned_changes_due(on=in_days(8)) == []


def test_changes_due_together_come_into_force_in_the_order_of_their_days(admin):
    row = factories.ProductFactory(price_per_ml=D(8))
    change(row, admin, price_per_ml=D(10), valid_from=in_days(5), reason="Second.")
    change(row, admin, price_per_ml=D(9), valid_from=in_days(3), reason="First.")

    versions_actions.apply_planned_changes_due(on=in_days(9))

    row.refresh_from_db()
    assert row.price_per_ml == D(10)
    assert [version[3] for version in versions(row)[-2:]] == ["First.", "Second."]


def test_what_is_due_comes_into_force_on_its_day(admin):
    row = factories.ProductFactory(maker="One Pharma")
    change(row, admin, maker="Two Pharma", valid_from=in_days(2))

    before = versions_actions.apply_planned_changes_due_today()
    with time_machine.travel(timezone.now() + timedelta(days=2), tick=False):
        after = versions_actions.apply_planned_changes_due_today()

    row.refresh_from_db()
    assert row.maker == "Two Pharma"
    assert (len(before), len(after)) == (0, 1)


def test_a_change_that_cannot_be_any_more_stays_waiting_and_is_said(admin):
    row, other = factories.ProductFactory(), factories.ProductFactory()
    change(row, admin, gtin="4006381333931", valid_from=in_days(1))
    change(other, admin, maker="Two Pharma", valid_from=in_days(1))
    type(other).objects.filter(pk=factories.ProductFactory().pk).update(gtin="4006381333931")

    applied = versions_actions.apply_planned_changes_due(on=in_days(1))

    assert [planned.row_id for planned in applied] == [other.pk]
    assert PlannedChange.objects.neither_applied_nor_withdrawn().get().row_id == row.pk
    assert AuditEvent.objects.filter(did="catalogue.change_failed").count() == 1


def test_what_waits_can_be_withdrawn_and_what_is_in_force_cannot(admin):
    row = factories.ProductFactory(maker="One Pharma")
    first = change(row, admin, maker="Two Pharma", valid_from=in_days(1))
    second = change(row, admin, maker="Three Pharma", valid_from=in_days(2))

    versions_actions.withdraw_planned_change(planned=first, by=admin)
    versions_actions.apply_planned_changes_due(on=in_days(3))

    row.refresh_from_db()
    assert row.maker == "Three Pharma"
    found = refused_by(versions_actions.withdraw_planned_change, planned=second, by=admin)
    assert found == [("change-applied", "")]


def test_a_retired_row_stays_with_all_it_said_and_can_be_taken_back(admin):
    row = factories.ProductFactory()
    planned = change(row, admin, maker="Two Pharma", valid_from=in_days(1))

    versions_actions.retire_row(row=row, reason="No longer made.", by=admin)

    row.refresh_from_db()
    assert row.retired_at is not None
    planned.refresh_from_db()
    assert planned.withdrawn_by == admin
    assert refused_by(change, row=row, by=admin, maker="Two") == [("change-retired", "")]

    versions_actions.restore_row(row=row, reason="Made again.", by=admin)

    row.refresh_from_db()
    assert row.retired_at is None
    assert [version[3] for version in versions(row)] == ["", "No longer made.", "Made again."]


def test_what_is_retired_says_why(admin):
    row = factories.ProductFactory()

    found = refused_by(versions_actions.retire_row, row=row, reason="", by=admin)

    assert found == [("change-reason", "reason")]


def test_a_regulators_block_is_not_lifted_by_an_admin(admin):
    row = factories.IngredientFactory(
        status="blocked", status_reason="Suspended.", loaded={"status": "blocked"}
    )

    found = refused_by(
        ingredients.edit_ingredient_now_or_plan,
        ingredient=row,
        by=admin,
        reason="We want it.",
        valid_from=TODAY(),
        status="allowed",
    )

    assert found == [("change-status", "status")]


def test_a_contraindication_stated_as_absolute_is_not_retired(admin):
    row = factories.ContraindicationFactory(loaded={"severity": "absolute", "basis": "stated"})

    found = refused_by(versions_actions.retire_row, row=row, reason="In the way.", by=admin)

    assert found == [("change-severity", "severity")]


# --- reviews -----------------------------------------------------------------


def test_a_clinician_signs_the_version_that_was_read(admin, clinician):
    row = factories.DoseLimitFactory(value=D(10))
    changes_kept_now()

    versions_actions.mark_row_reviewed(row=row, version=1, by=clinician)

    row.refresh_from_db()
    assert row.reviewed_by == clinician
    change(row, admin, value=D(20))
    row.refresh_from_db()
    assert row.reviewed_by is None
    assert refused_by(versions_actions.mark_row_reviewed, row=row, version=1, by=clinician) == [
        ("review-stale", "")
    ]
    versions_actions.mark_row_reviewed(row=row, version=2, by=clinician)
    row.refresh_from_db()
    assert row.reviewed_by == clinician


@pytest.mark.parametrize("who", ["admin", "front_desk", "cosmetologist"])
def test_nobody_else_signs(request, who):
    row = factories.DoseLimitFactory()
    changes_kept_now()

    found = refused_by(
        versions_actions.mark_row_reviewed, row=row, version=1, by=request.getfixturevalue(who)
    )

    assert found == [("review-clinician", "")]


# --- rules -------------------------------------------------------------------


def a_limit(**fields):
    return DoseLimit(
        **{
            "ingredient": factories.IngredientFactory(),
            "value": D(10),
            "unit": "mg",
            "period": "session",
            "kind": "clinic",
            "source_text": "Our own protocol.",
        }
        | fields
    )


def test_a_rule_of_the_clinics_own_holds_and_nobody_has_reviewed_it(admin):
    row = safety_rules.add_rule(row=a_limit(), reason="Decided in May.", by=admin)

    assert (row.pk is not None, row.reviewed_at) == (True, None)
    assert versions(row) == [(1, TODAY(), admin.pk, "Decided in May.")]


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"source_text": " "}, "source_text"),
        ({"value": D(0)}, "value"),
        ({"value": None}, "value"),
        ({"unit": "drops"}, "unit"),
    ],
)
def test_a_rule_that_makes_no_sense_is_not_added(admin, fields, where):
    found = refused_by(safety_rules.add_rule, row=a_limit(**fields), reason="Decided.", by=admin)

    assert [at for _, at in found] == [where]
    assert DoseLimit.objects.count() == 0


def test_a_rule_stands_once(admin):
    first = safety_rules.add_rule(row=a_limit(), reason="Decided.", by=admin)

    found = refused_by(
        safety_rules.add_rule,
        row=a_limit(ingredient=first.ingredient, value=D(20)),
        reason="Decided again.",
        by=admin,
    )

    assert found == [("change-kind", "kind")]


# --- products ----------------------------------------------------------------


def test_what_is_in_a_product_can_be_planned(admin):
    zinc = factories.IngredientFactory(code="zinc")
    product = factories.ProductFactory(ingredient=zinc, ingredient__mg_per_ml=D(1))
    fields = {name: getattr(product, name) for name in PRODUCT_FIELDS}

    edit_product_now_or_plan(
        product=product,
        contents=[(zinc, D("2.5"))],
        valid_from=in_days(1),
        reason="Its maker changes it.",
        by=admin,
        **fields,
    )

    assert product.contents.get().mg_per_ml == D(1)
    versions_actions.apply_planned_changes_due(on=in_days(1))
    assert product.contents.get().mg_per_ml == D("2.5")


def test_a_product_keeps_its_code(admin):
    zinc = factories.IngredientFactory(code="zinc")
    product = factories.ProductFactory(code="zinc-1", ingredient=zinc)
    fields = {name: getattr(product, name) for name in PRODUCT_FIELDS}

    found = refused_by(
        edit_product_now_or_plan,
        product=product,
        contents=[(zinc, D(10))],
        reason="A better code.",
        by=admin,
        **fields | {"code": "zinc-2"},
    )

    assert ("product-code", "code") in found
