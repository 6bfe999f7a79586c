"""Nothing names what stands above it, by page, template, relation or table; files and functions stay short.

What the import contract cannot see. Each test has a list of known failures in tests/known/: a line is deleted when
its place is repaired, and none is added.
"""

from pathlib import Path

import pytest

from tests import layers

KNOWN = Path(__file__).parent / "known"


@pytest.fixture(scope="module", autouse=True)
def parsed_files():
    """What was parsed is let go at the end: the garbage collector would look at all of it until the last test."""
    yield
    layers.parsed.cache_clear()


def agrees(name: str, found: set[str]) -> None:
    """What is found is what tests/known/``name``.txt lists: nothing new, and nothing that is repaired already."""
    known = set((KNOWN / f"{name}.txt").read_text(encoding="utf-8").splitlines())

    assert sorted(found - known) == [], f"new, see tests/test_layers.py: {name}"
    assert sorted(known - found) == [], f"repaired: delete these lines from tests/known/{name}.txt"


def lines(uses: set[layers.Use]) -> set[str]:
    return {f"{path} -> {name}" for path, name in uses}


def test_no_page_of_a_higher_app_is_named():
    agrees("pages", lines(layers.pages_named_upward()))


def test_no_template_is_taken_from_a_higher_app():
    agrees("templates", lines(layers.templates_taken_from_above()))


def test_no_relation_is_followed_to_a_higher_app():
    agrees("relations", lines(layers.relations_followed_upward()))


@pytest.mark.django_db
def test_no_table_of_a_higher_app_is_named():
    agrees("tables", lines(layers.tables_named_upward()))


def test_no_file_has_more_than_500_lines():
    agrees("long_files", layers.long_files(500))


def test_no_function_has_more_than_60_lines():
    agrees("long_functions", layers.long_functions(60))


def test_packages_hold_no_code_and_only_models_are_exported_by_theirs():
    assert layers.packages_with_code() == set()


# ── the readers see what they are for ────────────────────────────────────────────────────────────


def test_the_order_is_read_from_the_import_contract():
    assert layers.may_not_know("treatments.plans", "treatments.billing")
    assert not layers.may_not_know("treatments.billing", "treatments.plans")
    assert layers.may_not_know("treatments.sessions", "treatments.waiting")
    assert not layers.may_not_know("mesoclinic.pages", "mesoclinic.demo")
    assert layers.app_of("treatments.billing.views.quotes") == "treatments.billing"


def test_every_page_with_a_namespace_is_known_to_the_reader():
    names = layers.page_names()

    assert names["billing:quote"] == "treatments.billing"
    assert names["patients:list"] == "patients"


def test_relations_from_above_are_known_and_a_name_that_is_also_ones_own_is_not():
    upward = layers.names_from_above()

    assert "treatment_sessions" in upward["treatments.plans"]
    assert "treatment_sessions" not in upward["treatments.sessions"]
    assert "patient" not in upward["patients"]


def test_a_table_is_found_as_a_whole_word():
    known = {"billing_quote": "treatments.billing"}

    assert layers.tables_named("SELECT 1 FROM billing_quote q", "treatments.plans", known) == {
        "billing_quote"
    }
    assert layers.tables_named("FROM billing_quotelink", "treatments.plans", known) == set()
    assert layers.tables_named("FROM billing_quote", "treatments.billing", known) == set()


@pytest.mark.django_db
def test_every_trigger_function_is_read():
    places = {place for place, _, _ in layers.database_code()}

    assert "trigger billing.Quote.frozen" in places
    assert "database core_plain" in places
