"""The arithmetic of a syringe in rows to read: what is in it, per session, per month, per course, per kg and cm²."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.utils import formats

from mesoclinic.core.quantities import plain_number_text
from treatments.cocktails.rules.arithmetic import LimitUse
from treatments.cocktails.rules.totals import SubstanceTotal, Totals


@dataclass(frozen=True)
class FigureRow:
    """One substance of the syringe. ``limits`` holds a sentence for each limit on file."""

    name: str
    is_active: bool
    bottles: list[str]  # "Biotin 5 mg/ml: 5 mg/ml = 0.5 %"
    is_summed: bool
    ml: Decimal
    diluted: str  # "1.25 mg/ml = 0.125 %"
    mg: Decimal | None
    session_mg: Decimal | None
    month_mg: Decimal | None
    course_mg: Decimal | None
    per_kg: str
    mg_per_cm2: str
    ml_per_cm2: str
    limits: list[str]


def figure_rows(figures: Totals) -> list[FigureRow]:
    return [_substance_figure_row(each) for each in figures.substances]


def _substance_figure_row(each: SubstanceTotal) -> FigureRow:
    return FigureRow(
        name=each.substance.name,
        is_active=each.substance.is_active,
        bottles=[
            f"{name}: {_strength_text(mg_per_ml, percent)}"
            if each.comes_from_several_products
            else _strength_text(mg_per_ml, percent)
            for name, mg_per_ml, percent in each.products
        ],
        is_summed=each.comes_from_several_products,
        ml=each.ml,
        diluted=_strength_text(each.mg_per_ml, each.percent) if each.mg_per_ml is not None else "",
        mg=each.mg,
        session_mg=each.session_mg,
        month_mg=each.month_mg,
        course_mg=each.course_mg,
        per_kg=_with_unit_text_or_empty(each.mg_per_kg, "mg/kg"),
        mg_per_cm2=_with_unit_text_or_empty(each.mg_per_cm2, "mg/cm²"),
        ml_per_cm2=_with_unit_text_or_empty(each.ml_per_cm2, "ml/cm²"),
        limits=list(_dose_limit_usage_texts(each.uses)),
    )


def _dose_limit_usage_texts(uses: Iterable[LimitUse]) -> Iterable[str]:
    """Each limit with how much of it is used."""
    for use in uses:
        figures = []
        if use.limit.per_kg is not None:
            figures.append(f"{number_text(use.limit.per_kg)} mg/kg")
        if use.limit.value is not None:
            unit = use.limit.unit.replace("mL", "ml").replace("cm2", "cm²")
            figures.append(f"{number_text(use.limit.value)} {unit}")
        said = f"{use.limit_kind_text}, {' and '.join(figures)} per {use.limit.period}"
        if use.allowed is None:
            wanted = " and ".join(sorted(use.missing))
            yield f"{said}: no {wanted} on file, so it cannot be reckoned"
        else:
            yield f"{said}: {number_text(use.used)} of {number_text(use.allowed)} {use.unit}"


def _strength_text(mg_per_ml: Decimal | None, percent: Decimal | None) -> str:
    if mg_per_ml is None or percent is None:
        return "strength not on file"
    return f"{number_text(mg_per_ml)} mg/ml = {number_text(percent)} %"


def _with_unit_text_or_empty(value: Decimal | None, unit: str) -> str:
    return "" if value is None else f"{number_text(value)} {unit}"


def number_text(value: Decimal) -> str:
    """All its figures, with the reader's decimal sign."""
    shown = len(plain_number_text(value).partition(".")[2])
    return formats.number_format(value, decimal_pos=shown, use_l10n=True)
