"""The models of this app, by topic."""

from treatments.catalogue.models.ingredients import Ingredient
from treatments.catalogue.models.products import Gtin, Product, ProductContent
from treatments.catalogue.models.required_answers import RequiredAnswer
from treatments.catalogue.models.safety_rules import Contraindication, DoseLimit, Indication, Interaction
from treatments.catalogue.models.versions import SAID, PlannedChange, PlannedChangeQuerySet, RowVersion

__all__ = [
    "Contraindication",
    "DoseLimit",
    "Gtin",
    "Indication",
    "Ingredient",
    "Interaction",
    "PlannedChange",
    "PlannedChangeQuerySet",
    "Product",
    "ProductContent",
    "RequiredAnswer",
    "RowVersion",
    "SAID",
]
