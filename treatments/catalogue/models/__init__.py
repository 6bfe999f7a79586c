"""The models of this app, by topic."""

from treatments.catalogue.models.amounts import DoseCoverage, SubstanceIdentity, VolumeLimit
from treatments.catalogue.models.blood import BloodLimit
from treatments.catalogue.models.ingredients import Ingredient
from treatments.catalogue.models.intervals import Interval
from treatments.catalogue.models.other_treatments import OtherTreatment
from treatments.catalogue.models.products import Gtin, Product, ProductContent
from treatments.catalogue.models.required_answers import RequiredAnswer
from treatments.catalogue.models.safety_rules import Contraindication, DoseLimit, Indication, Interaction
from treatments.catalogue.models.versions import SAID, PlannedChange, PlannedChangeQuerySet, RowVersion

__all__ = [
    "BloodLimit",
    "Contraindication",
    "DoseCoverage",
    "DoseLimit",
    "Gtin",
    "Indication",
    "Ingredient",
    "Interaction",
    "Interval",
    "OtherTreatment",
    "PlannedChange",
    "PlannedChangeQuerySet",
    "Product",
    "ProductContent",
    "RequiredAnswer",
    "RowVersion",
    "SAID",
    "SubstanceIdentity",
    "VolumeLimit",
]
