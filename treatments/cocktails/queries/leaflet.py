"""What a patient is told of the substances of a cocktail, in any language."""

from treatments.cocktails.models import CocktailVersion
from treatments.cocktails.queries.catalogue import catalogue_of_clinic
from treatments.cocktails.queries.documents import ingredients_by_code
from treatments.cocktails.rules.arithmetic import held_by_substance_code
from treatments.cocktails.rules.education import Told, tell_of_substance


def told_of_cocktail(version: CocktailVersion) -> list[Told]:
    """The actives first, as they stand in the mixture. Four queries."""
    catalogue = catalogue_of_clinic(version.cocktail.clinic)
    mix = catalogue.build_mix_of_known_products(
        [(line.product.code, line.ml) for line in version.components.select_related("product")],
        kind=version.kind,
        syringe_ml=version.syringe_ml,
    )
    held = held_by_substance_code(mix)
    known = ingredients_by_code(list(held))
    parts = sorted(held.items(), key=lambda item: not item[1].substance.is_active)
    return [
        tell_of_substance(
            part.substance,
            catalogue.rulebook,
            regulatory=known[code].regulatory_status if code in known else "",
        )
        for code, part in parts
    ]
