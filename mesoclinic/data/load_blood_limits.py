"""Writes how long what is made of the patient's own blood may wait."""

from mesoclinic.core.reference import Loaded, merge_shipped_rows_keeping_edits
from mesoclinic.data.rows import Catalogue
from treatments.catalogue.models import BloodLimit, Ingredient


def load_blood_limits(data: Catalogue) -> Loaded:
    ingredients = dict(Ingredient.objects.values_list("code", "pk"))
    rows = [
        {
            "code": each.code,
            "ingredient": ingredients[each.ingredient],
            "minutes": each.minutes,
            "why": each.why,
            "note": each.note,
            "basis": each.basis,
            "source_keys": list(each.sources),
        }
        for each in data.blood_limits
    ]
    return merge_shipped_rows_keeping_edits(BloodLimit, rows, key=("code",))[1]
