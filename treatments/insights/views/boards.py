"""What the page shows of one clinic: its cards, and each plot with its table. Every figure knows where its rows stand."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import formats

from mesoclinic.accounts.models import Clinic
from mesoclinic.core.money import money_text
from mesoclinic.core.quantities import ZERO
from treatments.insights.queries.chairs import ChairUse, use_of_all
from treatments.insights.queries.figures import KINDS, ClinicFigures, Sums
from treatments.insights.queries.shelf import Shelf
from treatments.insights.rules.periods import Days, month_of_day, rate_or_none
from treatments.insights.rules.plots import (
    Change,
    Columns,
    Lines,
    LyingBar,
    change_of,
    columns_by_month,
    lines_by_month,
    lying_bars,
    share_of,
)

#: The files of the plots by month, and what stands in each.
MONTH_TABLES = {
    "money": ("billed", "collected"),
    "visits": ("visits", "missed", "late"),
    "quotes": ("quotes_issued", "quotes_accepted", "quotes_paid"),
    "courses": ("begun", "finished"),
    "waste": ("wasted",),
}


@dataclass(frozen=True, slots=True)
class OwedLine:
    """What is owed of one age: today, and at the end of the period before."""

    label: str
    patients: int
    amount: Decimal
    before: Decimal
    share: int
    is_late: bool


@dataclass(frozen=True, slots=True)
class Linked:
    """A figure as it is written, and the address of its rows; without one it is worked out of others."""

    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    label: str
    figure: Linked
    was: str
    change: Change


@dataclass(frozen=True, slots=True)
class TableRow:
    label: str
    cells: Sequence[Linked]


@dataclass(frozen=True, slots=True)
class Plot:
    """One plot: drawn one of three ways, its table, and the word of its file."""

    key: str
    title: str
    note: str
    head: Sequence[str]
    rows: Sequence[TableRow]
    series: Sequence[str] = ()
    columns: Columns | None = None
    lines: Lines | None = None
    bars: Sequence[LyingBar] = ()
    table: str = ""

    @property
    def says(self) -> str:
        """For who does not see it: the table's rows as words."""
        return "; ".join(f"{row.label}: {', '.join(cell.text for cell in row.cells)}" for row in self.rows)


@dataclass(frozen=True, slots=True)
class Board:
    clinic: Clinic
    cards: Sequence[Card]
    plots: Sequence[Plot]
    unpriced: Linked | None


class _Addresses:
    """The rows behind the figures of one clinic."""

    def __init__(self, clinic: Clinic):
        self.clinic = clinic

    def of(self, figure: str, days: Days) -> str:
        asked = {"of": figure, "at": self.clinic.pk, "from": days.first, "to": days.last}
        return f"{reverse('insights:rows')}?{urlencode(asked)}"


def board_of_clinic(
    figures: ClinicFigures,
    chairs: Sequence[ChairUse],
    owed: Sequence[OwedLine],
    shelf: Shelf | None,
    days: Days,
) -> Board:
    at = _Addresses(figures.clinic)
    plots = [
        _money_plot(figures, at, days),
        _chair_plot(chairs, at, days),
        _visit_plot(figures, at, days),
        _quote_plot(figures, at, days),
        _owed_plot(figures.clinic, owed, at, days),
        _stock_plot(figures, shelf, at, days),
        _course_plot(figures, at, days),
    ]
    unpriced = None
    if shelf and shelf.unpriced:
        unpriced = Linked(str(shelf.unpriced), at.of("shelf.unpriced", days))
    return Board(figures.clinic, _cards(figures, chairs, owed, at, days), plots, unpriced)


# ── the cards ────────────────────────────────────────────────────────────────────────────────────


def _cards(
    figures: ClinicFigures, chairs: Sequence[ChairUse], owed: Sequence[OwedLine], at: _Addresses, days: Days
) -> list[Card]:
    now, before, currency = figures.now, figures.before, figures.clinic.currency
    use = use_of_all(chairs)
    late = sum((line.amount for line in owed if line.is_late), ZERO)
    late_before = sum((line.before for line in owed if line.is_late), ZERO)

    def money_card(label: str, kind: str) -> Card:
        was, amount = before.amounts[kind], now.amounts[kind]
        change = change_of(amount, was, more_is_good=True, in_points=False)
        return Card(
            label, Linked(money_text(amount, currency), at.of(kind, days)), money_text(was, currency), change
        )

    def rate_card(
        label: str, rate: Decimal | None, was: Decimal | None, url: str, *, more_is_good: bool
    ) -> Card:
        change = change_of(rate, was, more_is_good=more_is_good, in_points=True)
        return Card(label, Linked(_rate_text(rate), url), _rate_text(was), change)

    return [
        money_card("Collected", "collected"),
        money_card("Billed", "billed"),
        rate_card("Chair time used", use.rate, use.rate_before, at.of("visits", days), more_is_good=True),
        rate_card(
            "Missed visits", now.missed_rate, before.missed_rate, at.of("missed", days), more_is_good=False
        ),
        rate_card(
            "Quotes accepted",
            now.accepted_rate,
            before.accepted_rate,
            at.of("quotes_accepted", days),
            more_is_good=True,
        ),
        Card(
            "Late money",
            Linked(money_text(late, currency), at.of("owed.late", days)),
            money_text(late_before, currency),
            change_of(late, late_before, more_is_good=False, in_points=False),
        ),
    ]


def _rate_text(rate: Decimal | None) -> str:
    return "–" if rate is None else f"{formats.number_format(rate, 1)} %"


# ── by month ─────────────────────────────────────────────────────────────────────────────────────


def _month_labels(months: Sequence[date]) -> list[str]:
    return [formats.date_format(month, "M") for month in months]


def _month_rows(figures: ClinicFigures, kinds: Sequence[str], at: _Addresses, days: Days) -> list[TableRow]:
    """The figures of each month, each with its rows; the month that is not finished says so."""
    rows = []
    for month, sums in figures.months.items():
        of_month = month_of_day(month, days.last)
        label = formats.date_format(month, "F Y")
        if month == list(figures.months)[-1]:
            label += f" (to {formats.date_format(days.last, 'j M')})"
        rows.append(
            TableRow(
                label, [Linked(_figure_text(sums, kind, at.clinic), at.of(kind, of_month)) for kind in kinds]
            )
        )
    return rows


def _period_rows(figures: ClinicFigures, kinds: Sequence[str], at: _Addresses, days: Days) -> list[TableRow]:
    """The same of the period, and of the one before."""
    return [
        TableRow(label, [Linked(_figure_text(sums, kind, at.clinic), at.of(kind, of)) for kind in kinds])
        for label, sums, of in (
            ("This period", figures.now, days),
            ("Period before", figures.before, days.before),
        )
    ]


def _figure_text(sums: Sums, kind: str, clinic: Clinic) -> str:
    return money_text(sums.amounts[kind], clinic.currency) if KINDS[kind][1] else str(sums.counts[kind])


def _by_month(figures: ClinicFigures, figure: Callable[[Sums], Decimal | None]) -> list[Decimal | None]:
    return [figure(sums) for sums in figures.months.values()]


def _amounts(figures: ClinicFigures, kind: str) -> list[Decimal]:
    return [sums.amounts[kind] for sums in figures.months.values()]


def _counts(figures: ClinicFigures, kind: str) -> list[Decimal]:
    return [Decimal(sums.counts[kind]) for sums in figures.months.values()]


def _plot_by_month(
    key: str, title: str, note: str, figures: ClinicFigures, at: _Addresses, days: Days
) -> Plot:
    """Its words and its table; what is drawn comes to it."""
    kinds = MONTH_TABLES[key]
    return Plot(
        key=key,
        title=title,
        note=note,
        head=["Month", *(KINDS[kind][0] for kind in kinds)],
        rows=[*_month_rows(figures, kinds, at, days), *_period_rows(figures, kinds, at, days)],
        table=key,
    )


def _money_plot(figures: ClinicFigures, at: _Addresses, days: Days) -> Plot:
    columns = columns_by_month(
        _month_labels(list(figures.months)), [_amounts(figures, "billed"), _amounts(figures, "collected")]
    )
    return replace(
        _plot_by_month(
            "money", "Billed and collected by month", f"in {at.clinic.currency}", figures, at, days
        ),
        series=("billed", "collected"),
        columns=columns,
    )


def _visit_plot(figures: ClinicFigures, at: _Addresses, days: Days) -> Plot:
    lines = lines_by_month(
        _month_labels(list(figures.months)),
        [_by_month(figures, lambda sums: sums.missed_rate), _by_month(figures, lambda sums: sums.late_rate)],
        " %",
    )
    return replace(
        _plot_by_month("visits", "Missed and cancelled late", "of booked visits", figures, at, days),
        series=("missed", "cancelled late"),
        lines=lines,
    )


def _course_plot(figures: ClinicFigures, at: _Addresses, days: Days) -> Plot:
    columns = columns_by_month(
        _month_labels(list(figures.months)), [_counts(figures, "begun"), _counts(figures, "finished")]
    )
    return replace(
        _plot_by_month(
            "courses", "Courses begun and finished", "by first and last session", figures, at, days
        ),
        series=("begun", "finished"),
        columns=columns,
    )


def _quote_plot(figures: ClinicFigures, at: _Addresses, days: Days) -> Plot:
    counts = figures.now.counts
    issued = counts["quotes_issued"]
    bars = lying_bars(
        [
            (
                label,
                Decimal(counts[kind]),
                f"{counts[kind]} · {_rate_text(rate_or_none(counts[kind], issued))}",
            )
            for label, kind in (
                ("Issued", "quotes_issued"),
                ("Accepted", "quotes_accepted"),
                ("Paid for", "quotes_paid"),
            )
        ]
    )
    note = "of the quotes issued in this period"
    return replace(
        _plot_by_month("quotes", "Quotes, from issued to paid", note, figures, at, days), bars=bars
    )


# ── as it stands ─────────────────────────────────────────────────────────────────────────────────


def _chair_plot(chairs: Sequence[ChairUse], at: _Addresses, days: Days) -> Plot:
    rows, bars = [], []
    for use in chairs:
        of = f"chair.{'clinician' if use.is_clinician else 'room'}-{use.pk}"
        rows.append(
            TableRow(
                use.name,
                [
                    Linked(_rate_text(use.rate), at.of(of, days)),
                    Linked(_rate_text(use.rate_before), at.of(of, days.before)),
                ],
            )
        )
        before = None if use.rate_before is None else share_of(use.rate_before, Decimal(100))
        bars.append(LyingBar(use.name, use.share, _rate_text(use.rate), before))
    return Plot(
        key="chairs",
        title="Chair time used",
        note="of opening hours, as the working hours stand today; the line is the period before",
        head=["Who, where", "Booked", "Before"],
        rows=rows,
        bars=bars,
        table="chairs",
    )


def _owed_plot(clinic: Clinic, owed: Sequence[OwedLine], at: _Addresses, days: Days) -> Plot:
    rows = [
        TableRow(
            line.label,
            [
                Linked(str(line.patients), at.of(f"owed.{age}", days)),
                Linked(money_text(line.amount, clinic.currency), at.of(f"owed.{age}", days)),
                Linked(money_text(line.before, clinic.currency), at.of(f"owed.{age}", days.before)),
            ],
        )
        for age, line in enumerate(owed)
    ]
    bars = [LyingBar(line.label, line.share, money_text(line.amount, clinic.currency)) for line in owed]
    return Plot(
        key="owed",
        title="Owed money by age",
        note="parts of accepted quotes and invoices today; stopped courses left out",
        head=["Owing since", "Patients", "Amount", "Before"],
        rows=rows,
        bars=bars,
        table="owed",
    )


def _stock_plot(figures: ClinicFigures, shelf: Shelf | None, at: _Addresses, days: Days) -> Plot:
    currency = at.clinic.currency
    rows = []
    if shelf is not None:
        rows = [
            TableRow(label, [Linked(money_text(amount, currency), at.of(f"shelf.{of}", days) if of else "")])
            for label, amount, of in (
                ("On the shelf today", shelf.value, "value"),
                (f"On the shelf on {formats.date_format(days.before.last, 'j M Y')}", shelf.value_before, ""),
                ("of this expired", shelf.expired, "expired"),
                ("expires within 30 days", shelf.expiring, "expiring"),
            )
        ]
    rows += [
        TableRow(f"Wasted, {row.label[0].lower()}{row.label[1:]}", row.cells)
        for row in _period_rows(figures, ("wasted",), at, days)
    ]
    rows += [
        TableRow(f"Wasted, {row.label}", row.cells) for row in _month_rows(figures, ("wasted",), at, days)
    ]
    return Plot(
        key="stock",
        title="Stock and waste",
        note=f"wasted by month, in {currency}",
        head=["What", "Value"],
        rows=rows,
        series=("wasted",),
        columns=columns_by_month(_month_labels(list(figures.months)), [_amounts(figures, "wasted")]),
        table="stock",
    )
