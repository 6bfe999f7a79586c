"""Rows held until the transaction ends."""

from typing import TypeVar

from django.db.models import Model

Row = TypeVar("Row", bound=Model)


def lock_row(model: type[Row], pk: int, *along: str) -> Row:
    """The row as it stands now; nobody else changes it until the transaction ends.

    ``along``: the relations to read with it. Their rows are not locked.
    """
    rows = model._default_manager.select_for_update(of=("self",))
    if along:
        rows = rows.select_related(*along)
    return rows.get(pk=pk)
