"""The catalogue as the formulation page reads it: known by its mark, never stale."""

from decimal import Decimal

import pytest
from django.db import transaction
from django.utils import timezone

from mesoclinic.core.models import Source
from tests.factories import (
    ContraindicationFactory,
    DoseLimitFactory,
    FactorFactory,
    IndicationFactory,
    InteractionFactory,
    LotFactory,
)
from treatments.cocktails.queries.catalogue import catalogue_of_clinic

pytestmark = pytest.mark.django_db

D = Decimal


@pytest.fixture
def rows(biotin, zinc):
    """One row of every kind that the rules are made of."""
    first, second = biotin.ingredients.get(), zinc.ingredients.get()
    Source.objects.create(key="MADE", citation="Made up 2020", kind="study")
    return {
        "pair": InteractionFactory(first=first, second=second, source_keys=["MADE"]),
        "limit": DoseLimitFactory(ingredient=first, value=D(10)),
        "contra": ContraindicationFactory(ingredient=first, factor=FactorFactory(code="wilson")),
        "indication": IndicationFactory(ingredient=first, support=1),
        "ingredient": first,
    }


def test_the_same_rules_are_read_once(clinic, rows, count_queries):
    first = catalogue_of_clinic(clinic)

    with count_queries() as sent:
        second = catalogue_of_clinic(clinic)

    assert second.rulebook is first.rulebook
    assert second.products is first.products
    assert len(sent) == 1


def change(row, **fields):
    for name, value in fields.items():
        setattr(row, name, value)
    row.save(update_fields=list(fields))


@pytest.mark.parametrize(
    ("edit", "read"),
    [
        (lambda r: change(r["pair"], kind="caution"), lambda c: c.rulebook.pairs[0].kind),
        (lambda r: change(r["pair"], retired_at=timezone.now()), lambda c: len(c.rulebook.pairs)),
        (lambda r: change(r["limit"], value=D(7)), lambda c: c.rulebook.limits[0].value),
        (
            lambda r: DoseLimitFactory(ingredient=r["ingredient"], kind="clinic"),
            lambda c: len(c.rulebook.limits),
        ),
        (lambda r: change(r["contra"], severity="relative"), lambda c: c.rulebook.contras[0].severity),
        (
            lambda r: change(r["contra"].factor, short_label="W."),
            lambda c: c.rulebook.contras[0].factor_label,
        ),
        (lambda r: change(r["indication"], support=3), lambda c: c.rulebook.indications[0].support),
        (
            lambda r: change(r["indication"].condition, code="other"),
            lambda c: c.rulebook.indications[0].condition,
        ),
        (lambda r: change(r["ingredient"], status="restricted"), lambda c: c.substances["biotin"].status),
        (
            lambda r: Source.objects.filter(key="MADE").update(citation="Another"),
            lambda c: c.rulebook.pairs[0].source,
        ),
    ],
    ids=[
        "a pair changed",
        "a pair retired",
        "a limit changed",
        "a limit added",
        "a contraindication changed",
        "a factor renamed",
        "an indication changed",
        "a condition renamed",
        "an ingredient restricted",
        "a source reworded",
    ],
)
def test_a_rule_that_changed_is_heard_at_the_next_check(clinic, rows, edit, read):
    before = catalogue_of_clinic(clinic)
    said = read(before)

    edit(rows)

    after = catalogue_of_clinic(clinic)
    assert read(after) != said
    assert after.rulebook is not before.rulebook


def test_two_changes_of_one_row_in_one_transaction_are_both_heard(clinic, rows):
    """The writing transaction is the same for both, the row's place is not."""
    seen = []
    for value in (3, 4, 3):
        change(rows["limit"], value=D(value))
        seen.append(catalogue_of_clinic(clinic).rulebook.limits[0].value)

    assert seen == [D(3), D(4), D(3)]


def test_a_change_that_is_rolled_back_is_unheard_again(clinic, rows):
    before = catalogue_of_clinic(clinic).rulebook.limits[0].value
    with transaction.atomic():
        change(rows["limit"], value=D(2))
        assert catalogue_of_clinic(clinic).rulebook.limits[0].value == D(2)
        transaction.set_rollback(True)

    assert catalogue_of_clinic(clinic).rulebook.limits[0].value == before


def test_stock_price_and_products_are_read_anew(clinic, biotin, zinc):
    assert catalogue_of_clinic(clinic).products["biotin-5"].stock is None

    LotFactory(product=biotin, clinic=clinic, on_hand=D(7))
    biotin.price_per_ml = D("3.10")
    biotin.save()

    product = catalogue_of_clinic(clinic).products["biotin-5"]
    assert product.drawable_stock_ml(timezone.localdate()) == D(7)
    assert product.price_per_ml == D("3.10")


@pytest.mark.parametrize(
    ("status", "keys", "basis"),
    [
        ("blocked", ["EMA12", "SEED"], "stated"),
        ("blocked", ["SEED", "GK"], "general_knowledge"),
        ("restricted", ["EMA12"], "general_knowledge"),  # our own caution (F7)
        ("allowed", ["EMA12"], ""),
    ],
)
def test_a_status_says_how_surely(clinic, biotin, status, keys, basis):
    change(biotin.ingredients.get(), status=status, status_reason="why", source_keys=keys)

    assert catalogue_of_clinic(clinic).substances["biotin"].status_basis == basis
