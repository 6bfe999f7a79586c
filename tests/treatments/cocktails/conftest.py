"""A patient with a draft on the formulation page, and three products to draw."""

from decimal import Decimal

import pytest

from tests.factories import (
    CocktailFactory,
    CocktailVersionFactory,
    IngredientFactory,
    PatientFactory,
    ProductFactory,
)

D = Decimal


@pytest.fixture
def patient():
    return PatientFactory(given_names="Noor", family_name="Haddad")


@pytest.fixture
def draft(clinic, clinician, patient):
    return CocktailVersionFactory(
        cocktail=CocktailFactory(clinic=clinic, patient=patient, created_by=clinician)
    )


@pytest.fixture
def biotin():
    return ProductFactory(
        code="biotin-5",
        name="Biotin",
        strength="5 mg/ml",
        ingredient=IngredientFactory(code="biotin", name="Biotin"),
        ingredient__mg_per_ml=D(5),
    )


@pytest.fixture
def zinc():
    return ProductFactory(
        code="zinc-1",
        name="Zinc",
        strength="1 mg/ml",
        ingredient=IngredientFactory(code="zinc", name="Zinc"),
        ingredient__mg_per_ml=D(1),
    )


@pytest.fixture
def saline():
    return ProductFactory(
        code="saline",
        name="Saline",
        ingredient=IngredientFactory(code="saline-09", name="Saline", family="diluent", is_active=False),
    )
