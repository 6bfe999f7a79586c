"""What the catalogue's pages show from the apps above it: who a change affects, and where a thing is used."""

from typing import Any

from django import template

from mesoclinic.pages import impact as reach

register = template.Library()


@register.simple_tag(takes_context=True)
def reach_of(context: dict[str, Any], row: Any) -> reach.Reach:
    """Who a change of ``row`` would affect, as far as the reader may know (mesoclinic.reach.reach_of)."""
    return reach.reach_of(row, viewer=context["request"].user)


@register.simple_tag(takes_context=True)
def uses_of(context: dict[str, Any], sheet: Any, product: Any = None) -> reach.Uses:
    """Where what a ``sheet`` is about is used; of one ``product``, or of all that hold its ingredient."""
    return reach.uses_of(
        products=[product.pk] if product else sheet.product_ids,
        ingredients=[ingredient.pk for ingredient in sheet.ingredients],
        cited=sheet.cited,
        viewer=context["request"].user,
    )
