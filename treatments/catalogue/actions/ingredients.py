"""Ingredients of the clinic's own, and new versions of any."""

from datetime import date
from typing import TypedDict, Unpack

from mesoclinic.accounts.models import User
from mesoclinic.core.findings import gate
from treatments.catalogue.actions.versions import add_row, change_row_now_or_plan
from treatments.catalogue.models import Ingredient, PlannedChange
from treatments.catalogue.rules import check_ingredient_status_has_reason


class IngredientFields(TypedDict, total=False):
    """What the ingredient form fills."""

    code: str
    name: str
    synonyms: str
    ingredient_class: str
    family: str
    work_order: int
    is_active: bool
    in_syringe: bool
    preparation: str
    prescription: str
    counting_note: str
    status: str
    status_reason: str
    usual_concentration: str
    usual_dose: str
    usual_interval: str
    storage: str
    regulatory_status: str
    evidence_note: str
    source_keys: list[str]
    source_text: str


def add_ingredient(*, by: User, reason: str, **fields: Unpack[IngredientFields]) -> Ingredient:
    """An ingredient the published data does not have; ``fields`` hold its ``code``."""
    gate(
        check_ingredient_status_has_reason(
            status=fields["status"], status_reason=fields.get("status_reason", "")
        )
    )
    ingredient = Ingredient(**fields)
    add_row(row=ingredient, reason=reason, by=by)
    return ingredient


def edit_ingredient_now_or_plan(
    *,
    ingredient: Ingredient,
    by: User,
    reason: str,
    valid_from: date,
    version: int | None = None,
    **fields: Unpack[IngredientFields],
) -> PlannedChange | None:
    """A new version from ``valid_from``; a later one is returned as a plan.

    Blocking it holds at once for every syringe that is not signed: the database asks again.
    """
    gate(
        check_ingredient_status_has_reason(
            status=fields.get("status", ingredient.status),
            status_reason=fields.get("status_reason", ingredient.status_reason),
        )
    )
    return change_row_now_or_plan(
        row=ingredient, changes=fields, valid_from=valid_from, reason=reason, version=version, by=by
    )
