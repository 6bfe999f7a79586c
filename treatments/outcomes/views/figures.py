"""What the clinic learns of its sessions: pain and reactions by group, lots in a funnel, lots that are watched."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.accounts.requests import StaffRequest
from mesoclinic.core.csv_out import csv_response
from mesoclinic.core.long_work import takes_longer
from mesoclinic.core.time_limits import Work
from treatments.outcomes.queries.changes import ChangeTable, change_tables_of_clinic
from treatments.outcomes.queries.figures import (
    ALL,
    Asked,
    conditions_counted,
    counted_at_or_none,
    counts_of_groups,
    own_counts,
)
from treatments.outcomes.queries.labels import labels_of_groups
from treatments.outcomes.queries.sides import drafts_to_draw_sides_in, side_results, split_scalp_is_on
from treatments.outcomes.queries.signals import decided_alarms, open_alarms, signals_to_show
from treatments.outcomes.rules.drawings import (
    PAIN_END,
    REACTION_END,
    Box,
    Lot,
    Whisker,
    box_of_figures,
    plot_funnel,
    plot_signal,
    whisker_of_figures,
)
from treatments.outcomes.rules.experience import BANDS, band_may_be_shown
from treatments.outcomes.rules.groups import (
    COUNTED,
    LATER,
    PERIODS,
    Counts,
    GroupFigures,
    Kind,
    Moment,
    Response,
    figures_of_group,
    key_of_name,
    kind_of_name,
)
from treatments.outcomes.rules.shares import LEAST_PEOPLE, may_be_shown
from treatments.outcomes.views.asked import SEXES, address_of_asked, asked_of_address

#: Rows of one kind: the largest groups. The file has all of them.
MOST_ROWS = 12

#: What is written in place of figures.
_FEW = f"under {LEAST_PEOPLE}"


@dataclass(frozen=True, slots=True)
class Row:
    """One group on the page."""

    label: str
    link: str
    figures: GroupFigures
    box: Box | None
    whisker: Whisker | None
    few_text: str = _FEW

    @property
    def quartiles_text(self) -> str:
        found = self.figures.quartiles
        return "" if found is None else f"({_score_text(found.low)}–{_score_text(found.high)})"

    @property
    def median_text(self) -> str:
        found = self.figures.quartiles
        return "" if found is None else _score_text(found.median)

    @property
    def share_text(self) -> str:
        return "" if self.figures.share is None else _percent_text(self.figures.share)

    @property
    def interval_text(self) -> str:
        found = self.figures.interval
        return "" if found is None else f"({100 * found.low:.0f}–{100 * found.high:.0f})"


@dataclass(slots=True)
class Section:
    """The groups of one kind."""

    kind: Kind
    rows: list[Row] = field(default_factory=list)
    left_out: int = 0


def _score_text(score: float) -> str:
    return f"{score:.1f}".removesuffix(".0")


def _percent_text(share: float) -> str:
    """One decimal under 10 %: 0.4 % is not none."""
    percent = 100 * share
    return f"{percent:.0f} %" if percent >= 10 or percent == 0 else f"{percent:.1f} %".replace(".0 %", " %")


@requires_permission(Permission.SEE_CLINICAL)
@require_GET
def clinical_insights_page(request: StaffRequest) -> HttpResponse:
    """At most twenty queries, whatever is counted."""
    asked = asked_of_address(request.clinic, request.GET)
    counted_at = counted_at_or_none(request.clinic)
    context: dict[str, object] = {
        "nav_on": "outcomes",
        "title": "Clinical insights",
        "asked": asked,
        "counted_at": counted_at,
        "periods": PERIODS.items(),
        "sexes": SEXES.items(),
        "moments": [(each, address_of_asked(asked, moment=each.value)) for each in Moment],
        "query": address_of_asked(asked),
        "first_moment": Moment.DURING,
        "least": LEAST_PEOPLE,
        "conditions": conditions_counted(request.clinic),
        "alarms": open_alarms(request.clinic),
        "decided": decided_alarms(request.clinic),
        "sides_are_on": split_scalp_is_on(request.clinic),
        "sides": side_results(request.clinic),
        "signals": [
            (each, plot_signal(each.path_days, each.path_sums, each.line, each.crossed_on))
            for each in signals_to_show(request.clinic)
        ],
    }
    if context["sides_are_on"]:
        context["drafts"] = drafts_to_draw_sides_in(request.clinic)
    if counted_at is not None:
        counted_on = timezone.localdate(counted_at, request.clinic.zone)
        context |= _figures_context(request, asked, counted_on)
    return render(request, "treatments/outcomes/clinical.html", context)


def _figures_context(request: StaffRequest, asked: Asked, counted_on: date) -> dict[str, object]:
    by_moment = counts_of_groups(asked, list(dict.fromkeys([asked.moment, Moment.REACTION])))
    counts, reactions = by_moment[asked.moment], by_moment[Moment.REACTION]
    tables = change_tables_of_clinic(request.clinic)
    labels = labels_of_groups({*counts, *reactions, *tables.names})
    every = counts.get(ALL)
    response = Response(every.asked, every.answered) if every else Response(0, 0)
    sections = sections_of_counts(asked, counts, labels)
    own = own_counts(asked, request.user, counted_on)
    return {
        "every": every,
        "first_day": counted_on - timedelta(days=asked.days - 1) if asked.days else None,
        "counted_on": counted_on,
        "response": response,
        "is_later": asked.moment in LATER,
        "is_enough": asked.moment not in LATER or asked.moment is Moment.REACTION or response.is_enough,
        "sections": sections,
        "own": _row(asked, own, "Your own sessions", name="own") if own.asked else None,
        "funnel": plot_funnel(_lots_of_counts(asked, reactions, labels)),
        "lots_hidden": sum(
            kind_of_name(name) is Kind.LOT and not may_be_shown(each.people)
            for name, each in reactions.items()
        ),
        "change_tables": _labelled(tables.by_cocktail, labels),
        "dose_tables": _labelled(tables.by_dose, labels),
    }


def _labelled(tables: Sequence[ChangeTable], labels: Mapping[str, str]) -> list[ChangeTable]:
    return [each.with_labels(labels) for each in tables]


def sections_of_counts(
    asked: Asked, counts: Mapping[str, Counts], labels: Mapping[str, str], most: int | None = MOST_ROWS
) -> list[Section]:
    """By kind in the page's order; in a kind the largest group first, bands in their own order."""
    sections = {kind: Section(kind) for kind in COUNTED}
    in_order = sorted(counts.values(), key=lambda each: (-each.asked, each.name))
    for each in in_order:
        kind = kind_of_name(each.name)
        if kind not in sections:
            continue
        section = sections[kind]
        if most is not None and len(section.rows) >= most:
            section.left_out += 1
            continue
        section.rows.append(_row(asked, each, labels.get(each.name, each.name), kind=kind))
    bands = [str(first) for first, _ in BANDS]
    sections[Kind.EXPERIENCE].rows.sort(key=lambda row: bands.index(key_of_name(row.figures.counts.name)))
    return [section for section in sections.values() if section.rows]


def _row(asked: Asked, counts: Counts, label: str, *, kind: Kind | None = None, name: str = "") -> Row:
    is_told_apart = kind is Kind.EXPERIENCE and not band_may_be_shown(counts.performers)
    figures = figures_of_group(counts, asked.moment, may_show=not is_told_apart)
    return Row(
        label=label,
        link="" if is_told_apart else address_of_asked(asked, group=name or counts.name),
        figures=figures,
        box=box_of_figures(figures),
        whisker=whisker_of_figures(figures, PAIN_END if asked.moment.is_pain else REACTION_END),
        few_text="under 3 who inject" if is_told_apart else _FEW,
    )


def _lots_of_counts(asked: Asked, reactions: Mapping[str, Counts], labels: Mapping[str, str]) -> list[Lot]:
    """Those of ten people and more."""
    return [
        Lot(
            address_of_asked(asked, moment=Moment.REACTION.value, group=name),
            labels.get(name, name).partition(",")[0],
            each.sessions,
            sum(each.scores[1:]),
        )
        for name, each in sorted(reactions.items())
        if kind_of_name(name) is Kind.LOT and may_be_shown(each.people)
    ]


_HEAD = ["kind", "group", "people", "sessions", "asked", "answered", "median", "quarter", "three_quarters"]


@requires_permission(Permission.SEE_CLINICAL)
@require_GET
@takes_longer(Work.EXPORT)
def clinical_insights_csv(request: StaffRequest) -> HttpResponse:
    """Every group of the page; of fewer than ten people only that it is there. The last line says what this is not."""
    asked = asked_of_address(request.clinic, request.GET)
    counts = counts_of_groups(asked, [asked.moment])[asked.moment]
    sections = sections_of_counts(asked, counts, labels_of_groups(counts), most=None)
    head = [
        *_HEAD,
        "seven_or_more" if asked.moment.is_pain else "with_reaction",
        "share",
        "low_95",
        "high_95",
    ]
    return csv_response("clinical-insights", head, _csv_rows(sections, len(head)))


def _csv_rows(sections: Sequence[Section], width: int) -> Iterator[list[object]]:
    for section in sections:
        for row in section.rows:
            figures, counts = row.figures, row.figures.counts
            if not figures.is_shown:
                yield [section.kind.value, row.label, row.few_text, *[""] * (width - 3)]
                continue
            quartiles, interval = figures.quartiles, figures.interval
            yield [
                *(
                    section.kind.value,
                    row.label,
                    counts.people,
                    counts.sessions,
                    counts.asked,
                    counts.answered,
                ),
                *((quartiles.median, quartiles.low, quartiles.high) if quartiles else ("", "", "")),
                *(figures.part, round(figures.share or 0, 4)),
                *((round(interval.low, 4), round(interval.high, 4)) if interval else ("", "")),
            ]
    yield ["Association, no control group. Not a ranking.", *[""] * (width - 1)]
