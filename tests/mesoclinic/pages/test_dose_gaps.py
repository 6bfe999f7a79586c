"""What has no dose limit on file, by use: a page for the admin, with the way to a limit of the clinic's own."""

from decimal import Decimal as D

import pytest
from django.urls import reverse

from tests import factories
from treatments.catalogue.models import DoseCoverage

pytestmark = pytest.mark.django_db


def gap_codes(client) -> list[str]:
    return [gap.code for gap in client.get(reverse("dose_gaps")).context["gaps"]]


def test_what_is_injected_without_a_limit_is_listed_and_nothing_else(as_admin):
    for code, more in {
        "biotin": {},
        "saline": {"is_active": False, "family": "diluent"},
        "procaine": {"is_active": False, "family": "anaesthetic"},
        "exosomes": {"status": "blocked", "status_reason": "No product is approved."},
        "cream": {"in_syringe": False},
    }.items():
        factories.IngredientFactory(code=code, name=code, **more)
    factories.DoseLimitFactory(ingredient=factories.IngredientFactory(code="minoxidil"))

    assert sorted(gap_codes(as_admin)) == ["biotin", "procaine"]


def test_the_most_used_stand_first_and_each_leads_to_a_limit_of_our_own(as_admin, clinic, clinician):
    rare = factories.IngredientFactory(code="rare", name="A rare one")
    used = factories.IngredientFactory(code="used", name="Used")
    DoseCoverage.objects.create(
        ingredient=used, reason="No trial.", screen_text="No dose limit.", kind="none", basis="stated"
    )
    factories.ProductFactory(code="rare-1", ingredient=rare)
    product = factories.ProductFactory(code="used-1", ingredient=used)
    version = factories.CocktailVersionFactory()
    factories.ComponentFactory(version=version, product=product, ml=D(1))

    page = as_admin.get(reverse("dose_gaps"))

    first, second = page.context["gaps"]
    assert (first.code, first.products, first.cocktails, first.sessions) == ("used", "1", "1", "0")
    assert (second.code, second.cocktails) == ("rare", "0")
    assert "No trial." in page.content.decode()
    form = as_admin.get(first.add_url).context["form"]
    assert (form.initial["ingredient"], form.initial["kind"]) == (used, "clinic")


def test_a_limit_of_the_clinics_own_takes_it_off_the_list(as_admin):
    biotin = factories.IngredientFactory(code="biotin")

    assert gap_codes(as_admin) == ["biotin"]
    factories.DoseLimitFactory(ingredient=biotin, kind="clinic")
    assert gap_codes(as_admin) == []


@pytest.mark.parametrize("who", ["as_front_desk", "as_cosmetologist"])
def test_nobody_else_reads_it(request, who):
    assert request.getfixturevalue(who).get(reverse("dose_gaps")).status_code == 403


def test_it_costs_the_same_for_one_ingredient_and_for_three(as_admin, count_queries):
    counts = []
    for more in (1, 2):
        for _ in range(more):
            factories.ProductFactory(ingredient=factories.IngredientFactory())
        with count_queries() as sent:
            as_admin.get(reverse("dose_gaps"))
        counts.append(len(sent))

    assert counts[0] == counts[1] <= 20


def test_the_list_of_rules_leads_there(as_admin, as_clinician):
    assert reverse("dose_gaps") in as_admin.get(reverse("catalogue:rule_list")).content.decode()
