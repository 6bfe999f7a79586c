"""How much of a product is there: in ml, of a kit in kits."""

from decimal import Decimal
from typing import Protocol

from django import template

from mesoclinic.core.money import MINUS, NBSP
from mesoclinic.core.templatetags.clinic import ml_text
from treatments.catalogue.kits import kits_in_ml_or_none, kits_text

register = template.Library()


class Presented(Protocol):
    """A product, or what is offered of one."""

    presentation: str
    container_ml: Decimal | None


@register.filter("ml_or_kits")
def ml_or_kits_text(ml: Decimal | None, product: Presented) -> str:
    """``63`` of a kit that gives 7 ml → "9 kits"; of anything else "63.0 ml"."""
    if ml is None or kits_in_ml_or_none(ml, product.presentation, product.container_ml) is None:
        return ml_text(ml)
    assert product.container_ml is not None
    return kits_text(ml, product.container_ml).replace(" ", NBSP).replace("-", MINUS)
