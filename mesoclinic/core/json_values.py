"""Values as JSON keeps them."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TypeAlias

from django.db import models

JSON: TypeAlias = "str | int | float | bool | None | Sequence[JSON] | Mapping[str, JSON]"


def as_json(value: object) -> JSON:
    """``value`` as JSON keeps it, so that what was typed or loaded compares equal to what is stored.

    A row becomes its id, a Decimal its plain digits, a day or an instant ISO text.
    """
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, models.Model):
        return as_json(value.pk)
    if isinstance(value, list | tuple):
        return [as_json(one) for one in value]
    if isinstance(value, dict):
        return {str(name): as_json(one) for name, one in value.items()}
    raise TypeError(f"A {type(value).__name__} has no form in JSON.")
