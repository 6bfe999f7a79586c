"""Turns what the files say about amounts into rows of the database."""

from mesoclinic.core.reference import Loaded, merge_shipped_rows_keeping_edits
from mesoclinic.data.rows import Catalogue
from treatments.catalogue.models import DoseCoverage, Ingredient, SubstanceIdentity, VolumeLimit


def load_limits_coverage_and_substances(data: Catalogue) -> Loaded:
    """Volume limits, what is known of each dose, and substances by all their names."""
    ingredients = dict(Ingredient.objects.values_list("code", "pk"))
    return (
        _load_volume_limits(data, ingredients)
        + _load_dose_coverage(data, ingredients)
        + _load_substances(data, ingredients)
    )


def _load_volume_limits(data: Catalogue, ingredients: dict[str, int]) -> Loaded:
    rows = [
        {
            "code": row.code,
            "what": row.what,
            "technique": row.technique,
            "scope": row.scope,
            "ingredient": ingredients[row.ingredient] if row.ingredient else None,
            "zone": row.zone,
            "minimum": row.minimum,
            "usual": row.usual,
            "maximum": row.maximum,
            "unit": row.unit,
            "level": row.level,
            "finding": row.finding,
            "formula": row.formula,
            "kind": row.kind,
            "note": row.note,
            "basis": row.basis,
            "source_keys": list(row.sources),
        }
        for row in data.volume_limits
    ]
    return merge_shipped_rows_keeping_edits(VolumeLimit, rows, key=("code",))[1]


def _load_dose_coverage(data: Catalogue, ingredients: dict[str, int]) -> Loaded:
    rows = [
        {
            "ingredient": ingredients[row.ingredient],
            "highest_dose": row.highest_dose,
            "unit": row.unit,
            "period": row.period,
            "concentration": row.concentration,
            "population": row.population,
            "kind": row.kind,
            "level_over": row.level_over,
            "reason": row.reason,
            "screen_text": row.screen_text,
            "note": row.note,
            "basis": row.basis,
            "source_keys": list(row.sources),
        }
        for row in data.dose_coverage
    ]
    return merge_shipped_rows_keeping_edits(DoseCoverage, rows, key=("ingredient",))[1]


def _load_substances(data: Catalogue, ingredients: dict[str, int]) -> Loaded:
    rows = [
        {
            "code": row.code,
            "ingredient": ingredients[row.ingredient] if row.ingredient else None,
            "kind": row.kind,
            "moiety": row.moiety,
            "is_mixture": row.is_mixture,
            "pools": list(row.pools),
            "possible_pools": list(row.possible_pools),
            "members_are_counted": row.members_are_counted,
            "counts_as_active": row.counts_as_active,
            "forms": list(row.forms),
            "inside_products": list(row.inside_products),
            "maybe_inside_products": list(row.maybe_inside_products),
            "label_names": list(row.label_names),
            "allergy_class": row.allergy_class,
            "allergy_level": row.allergy_level,
            "cross_reacts_with": list(row.cross_reacts_with),
            "cross_level": row.cross_level,
            "does_not_cross": row.does_not_cross,
            "cross_basis": row.cross_basis,
            "synonyms": {language: list(words) for language, words in row.synonyms.items()},
            "match_note": row.match_note,
            "basis": row.basis,
            "source_keys": list(row.sources),
        }
        for row in data.substances
    ]
    return merge_shipped_rows_keeping_edits(SubstanceIdentity, rows, key=("code",))[1]
