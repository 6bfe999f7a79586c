"""The figures of the clinic, on a page and as files."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from mesoclinic.accounts.models import Clinic
from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.accounts.requests import StaffRequest
from mesoclinic.core.csv_out import csv_response
from mesoclinic.core.long_work import takes_longer
from mesoclinic.core.quantities import ZERO
from mesoclinic.core.replica import FiguresDatabase, figures_database
from mesoclinic.core.time_limits import Work
from treatments.billing.queries.owed import AGES, owed_by_age
from treatments.insights.queries.chairs import ChairUse, chair_use_of_clinics
from treatments.insights.queries.figures import KINDS, ClinicFigures, clinics_managed_by, figures_of_clinics
from treatments.insights.queries.shelf import Shelf, shelf_of_clinics
from treatments.insights.rules.periods import PERIODS, Days, days_of_period
from treatments.insights.rules.plots import share_of
from treatments.insights.views.boards import MONTH_TABLES, Board, OwedLine, board_of_clinic

Cell = str | Decimal


@dataclass(frozen=True, slots=True)
class Asked:
    """Which clinics and days the address asks for."""

    clinics: list[Clinic]
    days: Days
    period: str
    #: All clinics that the person manages, and whether there are several.
    every: bool
    several: bool
    now: datetime
    #: Where the figures are read; they may lag.
    database: FiguresDatabase


def _asked(request: StaffRequest, database: FiguresDatabase) -> Asked:
    now = timezone.now()
    managed = clinics_managed_by(request.user)
    every = request.GET.get("clinic") == "all"
    shown = managed if every else [c for c in managed if c == request.clinic]
    period = request.GET.get("period", "quarter")
    today = timezone.localdate(now, request.clinic.zone if request.clinic else None)
    days = days_of_period(period, today)
    known = period if period in PERIODS else "quarter"
    return Asked(shown, days, known, every, len(managed) > 1, now, database)


@requires_permission(Permission.MANAGE_CLINIC)
@require_GET
def insights_page(request: StaffRequest) -> HttpResponse:
    with figures_database() as database:
        asked = _asked(request, database)
        boards = _boards(asked)
    context = {
        "nav_on": "insights",
        "title": "Insights",
        "boards": boards,
        "days": asked.days,
        "as_of": asked.database.as_of_or_none,
        "period": asked.period,
        "periods": PERIODS.items(),
        "every": asked.every,
        "several": asked.several,
        "link": f"period={asked.period}" + ("&clinic=all" if asked.every else ""),
    }
    return render(request, "treatments/insights/insights.html", context)


def _boards(asked: Asked) -> list[Board]:
    """For each clinic what its part of the page shows."""
    chairs = chair_use_of_clinics(asked.clinics, asked.days, using=asked.database.alias)
    owed = _owed_lines(asked)
    shelves = _shelves(asked)
    return [
        board_of_clinic(
            figures,
            chairs[figures.clinic.pk],
            owed[figures.clinic.pk],
            shelves.get(figures.clinic.pk),
            asked.days,
        )
        for figures in figures_of_clinics(asked.clinics, asked.days, asked.now, using=asked.database.alias)
    ]


def _owed_lines(asked: Asked) -> dict[int, list[OwedLine]]:
    """By clinic, a line for each age. Money in another currency than the clinic's own is left out. One query."""
    today, before = asked.days.last, asked.days.before.last
    own = {clinic.pk: clinic.currency for clinic in asked.clinics}
    found = {
        (each.clinic_id, each.day, each.age): each
        for each in owed_by_age(asked.clinics, [today, before], using=asked.database.alias)
        if each.currency == own[each.clinic_id]
    }
    lines = {}
    for pk in own:
        amounts = [each.amount if (each := found.get((pk, today, age))) else ZERO for age in range(len(AGES))]
        lines[pk] = [
            OwedLine(
                label=label,
                patients=each.patients if (each := found.get((pk, today, age))) else 0,
                amount=amounts[age],
                before=each.amount if (each := found.get((pk, before, age))) else ZERO,
                share=share_of(amounts[age], max(amounts)),
                is_late=age > 0,
            )
            for age, label in enumerate(AGES)
        ]
    return lines


def _shelves(asked: Asked) -> dict[int, Shelf]:
    return shelf_of_clinics(
        asked.clinics, asked.days.last, asked.days.before.last, using=asked.database.alias
    )


@requires_permission(Permission.MANAGE_CLINIC)
@require_GET
@takes_longer(Work.EXPORT)
def insights_csv(request: StaffRequest) -> HttpResponse:
    """One table of the page as a file; without a word which, month by month."""
    with figures_database() as database:
        return _table_as_csv(_asked(request, database), request.GET.get("table", ""))


def _table_as_csv(asked: Asked, table: str) -> HttpResponse:
    if table == "chairs":
        head = ["clinic", "kind", "name", "minutes_open", "minutes_booked", "percent", "percent_before"]
        return csv_response("insights-chairs", head, _chair_rows(asked))
    if table == "owed":
        head = ["clinic", "currency", "age", "patients", "owed", "owed_before"]
        return csv_response("insights-owed", head, _owed_rows(asked))
    if table == "stock":
        head = ["clinic", "currency", "value", "value_before", "expired", "expiring", "lots_without_price"]
        return csv_response("insights-stock", head, _shelf_rows(asked))
    figures = figures_of_clinics(asked.clinics, asked.days, asked.now, using=asked.database.alias)
    kinds = MONTH_TABLES.get(table, tuple(KINDS))
    name = f"insights-{table}" if table in MONTH_TABLES else "insights"
    return csv_response(name, ["clinic", "month", "currency", *kinds], _month_rows(figures, kinds))


def _month_rows(figures: Sequence[ClinicFigures], kinds: Sequence[str]) -> Iterator[list[Cell]]:
    for each in figures:
        for month, sums in each.months.items():
            values = [sums.value(kind) for kind in kinds]
            yield [
                each.clinic.name,
                f"{month:%Y-%m}",
                each.clinic.currency,
                *(v if isinstance(v, Decimal) else str(v) for v in values),
            ]


def _chair_rows(asked: Asked) -> Iterator[list[Cell]]:
    uses = chair_use_of_clinics(asked.clinics, asked.days, using=asked.database.alias)
    for clinic in asked.clinics:
        for use in uses[clinic.pk]:
            yield [clinic.name, *_chair_cells(use)]


def _chair_cells(use: ChairUse) -> list[Cell]:
    return [
        "clinician" if use.is_clinician else "room",
        use.name,
        str(use.opened.get("now", 0)),
        str(use.booked.get("now", 0)),
        "" if use.rate is None else use.rate,
        "" if use.rate_before is None else use.rate_before,
    ]


def _owed_rows(asked: Asked) -> Iterator[list[Cell]]:
    owed = _owed_lines(asked)
    for clinic in asked.clinics:
        for line in owed[clinic.pk]:
            yield [clinic.name, clinic.currency, line.label, str(line.patients), line.amount, line.before]


def _shelf_rows(asked: Asked) -> Iterator[list[Cell]]:
    shelves = _shelves(asked)
    for clinic in asked.clinics:
        if shelf := shelves.get(clinic.pk):
            sums = [shelf.value, shelf.value_before, shelf.expired, shelf.expiring]
            yield [clinic.name, clinic.currency, *sums, str(shelf.unpriced)]
