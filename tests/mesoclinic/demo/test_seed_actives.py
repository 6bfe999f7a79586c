"""Of every active that the seed names there is something to draw in the demo, or a product that says why not."""

import csv

from django.conf import settings

DATA = settings.BASE_DIR / "mesoclinic"


def rows(path):
    with (DATA / path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_active_that_the_seed_names_has_a_product_in_the_demo():
    named = {
        row["code"]: row["default_status"]
        for row in rows("data/ingredients.csv")
        if row["from_seed"] == "yes" and row["is_active"] == "yes" and row["code"] != "premade-cocktail"
    }
    products = [*rows("demo/products.csv"), *rows("demo/seed_actives.csv")]
    held = {row["ingredient"] for row in products}
    reasons = {row["ingredient"]: row.get("blocked_reason") for row in products}

    assert set(named) - held == set()
    assert len(named) >= 12
    assert [code for code, status in named.items() if (status == "blocked") != bool(reasons[code])] == []


def test_what_the_law_leaves_open_says_so_on_its_product():
    restricted = {
        row["code"] for row in rows("data/ingredients.csv") if row["default_status"] == "restricted"
    }

    assert [
        row["code"]
        for row in rows("demo/seed_actives.csv")
        if row["ingredient"] in restricted and not row["legal_route"]
    ] == []
