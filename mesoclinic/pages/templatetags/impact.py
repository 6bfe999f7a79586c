"""What the layouts of the catalogue's pages show from the apps above it: whom a change affects, where a thing is used."""

from django import template

from mesoclinic.pages import impact
from treatments.catalogue.models import Ingredient, Product

register = template.Library()


@register.simple_tag(takes_context=True)
def impact_of(context: template.Context, row: impact.Row) -> impact.Impact:
    """Whom a change of ``row`` would affect, as far as the reader may know."""
    return impact.impact_of(row, viewer=context["request"].user)


@register.simple_tag(takes_context=True)
def uses_of(context: template.Context, row: Product | Ingredient) -> impact.Uses:
    """Where a product or an ingredient is used."""
    return impact.uses_of_row(row, viewer=context["request"].user)
