"""Database expressions and columns that several apps use."""

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Round

from mesoclinic.core.quantities import CURRENCY_DIGITS


class Unaccented(models.Func):
    """Lower case without accents, as the database sorts and finds it (``core_plain``, an immutable function)."""

    function = "core_plain"
    output_field = models.TextField()


class NextInSequence(models.Func):
    """``prefix`` and the next number of a sequence, padded to ``digits``: MC-000417."""

    output_field = models.CharField()

    def __init__(self, sequence: str, prefix: str, digits: int = 6):
        super().__init__()
        self.sequence, self.prefix, self.digits = sequence, prefix, digits

    def as_sql(self, compiler, connection, **extra):
        """Django's: the expression in SQL."""
        return (f"('{self.prefix}' || lpad(nextval('{self.sequence}')::text, {self.digits}, '0'))", [])

    def deconstruct(self):
        """Django's: how a migration writes it."""
        return ("mesoclinic.core.fields.NextInSequence", [self.sequence, self.prefix, self.digits], {})


def ml_field(**options) -> models.DecimalField:
    """Millilitres, to a hundredth."""
    return models.DecimalField(max_digits=9, decimal_places=2, **options)


def mg_field(**options) -> models.DecimalField:
    """Milligrams, or mg/ml, to a ten-thousandth: compounded dutasteride is 0.05 mg/ml."""
    return models.DecimalField(max_digits=12, decimal_places=4, **options)


def area_field(**options) -> models.DecimalField:
    """Square centimetres, to a tenth."""
    return models.DecimalField(max_digits=6, decimal_places=1, **options)


def money_field(**options) -> models.DecimalField:
    """An amount in the currency's main unit; three decimals, because some currencies have three."""
    return models.DecimalField(max_digits=12, decimal_places=3, **options)


def currency_decimals_constraint(name: str, *fields: str) -> models.CheckConstraint:
    """These amounts have no more decimals than the ``currency`` of their row."""
    digits = Case(
        *(
            When(
                currency__in=[code for code, found in CURRENCY_DIGITS.items() if found == count],
                then=Value(count),
            )
            for count in sorted(set(CURRENCY_DIGITS.values()))
        ),
        default=Value(2),
        output_field=models.IntegerField(),
    )
    condition = Q()
    for field in fields:
        condition &= Q(**{field: Round(F(field), precision=digits)})  # type: ignore[arg-type]
    return models.CheckConstraint(condition=condition, name=name)


def rate_field(**options) -> models.DecimalField:
    """A share as a percentage, 0 to 100, to a thousandth (sales tax is 8.25 %)."""
    return models.DecimalField(max_digits=6, decimal_places=3, **options)
