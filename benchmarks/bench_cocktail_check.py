"""How long the bench takes to answer a change, at 500 ingredients and 5,000 rules.

    DATABASE_URL=… python -m benchmarks.bench_cocktail_check

Everything is made up in one transaction and rolled back. The figure is set beside a trivial view of the same
run (sign-in, session and a redirect), so that a slow machine does not look like slow code.
"""

import statistics
import sys
import time

from django.conf import settings
from django.db import transaction
from django.test import Client
from django.urls import reverse

from tests import factories
from treatments.catalogue.models import (
    Contraindication,
    DoseLimit,
    Ingredient,
    Interaction,
    Product,
    ProductContent,
)

INGREDIENTS, PAIRS, CONTRAS, LIMITS = 500, 3500, 1000, 500
ROUNDS, BUDGET_MS = 30, 150


def main() -> None:
    settings.ALLOWED_HOSTS = ["testserver"]
    with transaction.atomic():
        client, version, codes = build()
        fields = {
            "name": "Density A",
            "kind": "cocktail",
            "syringe_ml": "5",
            "line": codes,
            **{f"ml:{code}": "0.5" for code in codes},
        }
        check = reverse("cocktails:check", args=[version.pk])
        trivial = reverse("cocktails:start", args=[version.cocktail.patient_id])

        def change(turn: int) -> None:
            fields[f"ml:{codes[0]}"] = f"0.{turn % 8 + 1}"
            version.refresh_from_db()
            answer = client.post(
                check,
                fields | {"revision": str(version.revision)},
                headers={"HX-Request": "true"},
            )
            assert answer.status_code == 200, answer.status_code

        beside = median_ms(lambda turn: client.get(trivial))
        took = median_ms(change)
        transaction.set_rollback(True)
    print(
        f"a change of the bench: {took:.0f} ms ({BUDGET_MS} ms allowed), "
        f"a trivial view: {beside:.0f} ms, ratio {took / beside:.1f}"
    )
    sys.exit(took > BUDGET_MS)


def median_ms(do) -> float:
    times = []
    for turn in range(ROUNDS):
        began = time.perf_counter()
        do(turn)
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


def build():
    clinic = factories.ClinicFactory(name="Bench clinic")
    clinician = factories.ClinicianFactory(clinic=clinic, username="bench")
    patient = factories.PatientFactory(registered_by=clinician)
    version = factories.CocktailVersionFactory(
        cocktail=factories.CocktailFactory(
            clinic=clinic, patient=patient, created_by=clinician
        )
    )
    ingredients = Ingredient.objects.bulk_create(
        factories.IngredientFactory.build(code=f"bench-{n}") for n in range(INGREDIENTS)
    )
    products = Product.objects.bulk_create(
        factories.ProductFactory.build(code=f"bench-{n}", ingredient=False)
        for n in range(INGREDIENTS)
    )
    ProductContent.objects.bulk_create(
        ProductContent(product=product, ingredient=ingredient, mg_per_ml=10)
        for product, ingredient in zip(products, ingredients, strict=True)
    )
    factors = [
        factories.FactorFactory(code=f"bench-{n}") for n in range(CONTRAS // 100)
    ]
    Contraindication.objects.bulk_create(
        Contraindication(
            ingredient=ingredients[n % INGREDIENTS],
            factor=factors[n // INGREDIENTS],
            factor_text="Made up",
            severity="absolute",
            why="Made up for a measurement.",
            basis="stated",
            source_text="[MADE] Made up for a measurement",
        )
        for n in range(CONTRAS)
    )
    Interaction.objects.bulk_create(
        Interaction(
            first=ingredients[n % INGREDIENTS],
            second=ingredients[n % INGREDIENTS + 1 + n // INGREDIENTS],
            kind="caution",
            severity="low",
            scope="same syringe",
            why="Made up for a measurement.",
            basis="stated",
            source_text="[MADE] Made up for a measurement",
        )
        for n in range(PAIRS + INGREDIENTS)
        if n % INGREDIENTS + 1 + n // INGREDIENTS < INGREDIENTS
    )
    DoseLimit.objects.bulk_create(
        DoseLimit(
            ingredient=each, value=20, unit="mg", period="session", kind="studied_dose"
        )
        for each in ingredients[:LIMITS]
    )
    factories.RiskFactorFactory(
        patient=patient, factor=factors[0], kind="disease", recorded_by=clinician
    )
    client = Client()
    client.force_login(clinician, backend="django.contrib.auth.backends.ModelBackend")
    return client, version, [product.code for product in products[:4]]


if __name__ == "__main__":
    main()
