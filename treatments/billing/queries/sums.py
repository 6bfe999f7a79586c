"""Sums of money as part of another query."""

from typing import TypeVar

from django.db.models import Model, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from mesoclinic.core.fields import money_field
from mesoclinic.core.quantities import ZERO

Row = TypeVar("Row", bound=Model)


def sum_or_zero_subquery(
    rows: QuerySet[Row], *, of: str, outer: str = "pk", amount: str = "amount"
) -> Coalesce:
    """The sum of ``amount`` over the rows whose ``of`` is the column ``outer`` of the query around this one."""
    sums = rows.filter(**{of: OuterRef(outer)}).order_by().values(of).annotate(sum=Sum(amount))
    return Coalesce(Subquery(sums.values("sum")), Value(ZERO), output_field=money_field())
