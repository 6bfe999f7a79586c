"""Courses that wait for their review: one that helped, one that did nothing, one that got worse, one that cannot be told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from mesoclinic.demo import patients as course
from mesoclinic.demo.pictures import drawn_head
from mesoclinic.demo.states.courses import Making, create_paid_plan, start_session_without_visit
from patients.actions.consents import give_consent
from patients.models import ConsentText
from treatments.conditions.actions.measurements import record_measurement, record_measurement_site
from treatments.conditions.actions.photograph_files import prepare_received_photograph
from treatments.conditions.actions.photographs import (
    create_photo_set,
    place_landmarks,
    save_how_taken,
    take_photograph,
)
from treatments.conditions.models import MeasurementKind, MeasurementSite, PhotoView
from treatments.conditions.queries.measurements import FigureEntry
from treatments.conditions.rules.photographs import pattern_of_condition
from treatments.schedule.rules.availability import instant_of_clock

#: The first session was so many days ago, and one every four weeks.
FIRST_DAYS_AGO, EVERY = 115, 28
PLANNED = 8

HAND, DEVICE = "counted by hand", "trichoscan"
#: The views that are drawn, and whether the hair is parted on them.
_VIEWS = (("PHL-3", True), ("PHL-4", False))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the course did. ``densities``: before it, and at its five sessions.

    ``missing``: hairs that are not there on the drawings before and now; None where it was drawn once.
    """

    densities: tuple[int, ...]
    feels_better: bool
    missing: tuple[float, float | None]
    seed: int
    washed_days: tuple[int, int] = (1, 1)
    last_by_device: int | None = None


OUTCOMES: Mapping[str, Outcome] = {
    "helped": Outcome((118, 119, 124, 131, 139, 146), True, (0.85, 0.45), seed=11, washed_days=(1, 3)),
    "nothing": Outcome((124, 122, 126, 125, 121, 127), False, (0.75, 0.75), seed=12),
    "worse": Outcome((141, 139, 133, 126, 117, 108), False, (0.4, 0.8), seed=14),
    "untold": Outcome((121, 123, 120, 124, 126, 125), False, (0.8, None), seed=13, last_by_device=162),
}


def bring_to_review(making: Making) -> None:
    """Five sessions of eight, signed. What follows is for the reader to decide."""
    demo, by, outcome = making.demo, making.by, OUTCOMES[making.shown.of]
    first_day = demo.today - timedelta(days=FIRST_DAYS_AGO)
    plan = create_paid_plan(making, days_ago=FIRST_DAYS_AGO, sessions=PLANNED)
    site = _measure_baseline(making, outcome, _at(making, first_day - timedelta(days=3)))
    _agree_to_photographs(making, first_day)
    _take_drawn_heads(making, outcome, first_day, before=True)
    for number, density in enumerate(outcome.densities[1:], start=1):
        session = start_session_without_visit(making, plan, FIRST_DAYS_AGO - EVERY * (number - 1))
        course.chart_session(demo, session, by, calm=True)
        course.measure_and_sign_session(demo, session, by, density, feels_better=outcome.feels_better)
    last_day = first_day + timedelta(days=EVERY * 4)
    if outcome.last_by_device is not None:
        _measure(making, site, DEVICE, outcome.last_by_device, _at(making, last_day, time(17)))
    if outcome.missing[1] is not None:
        _take_drawn_heads(making, outcome, last_day, before=False)


def _at(making: Making, day: date, clock: time = time(9)) -> datetime:
    return course.at_or_now_if_future(instant_of_clock(day, clock, making.demo.place.clinic.zone))


def _measure_baseline(making: Making, outcome: Outcome, at: datetime) -> MeasurementSite:
    """A pinned point, and the first figure at it."""
    site = record_measurement_site(
        patient=making.patient,
        zone=making.demo.zones["VERTEX"],
        from_nasion_cm=Decimal(24),
        from_midline_cm=Decimal(1),
        by=making.by,
        mark="small mole to its left",
    )
    _measure(making, site, HAND, outcome.densities[0], at)
    return site


def _measure(making: Making, site: MeasurementSite, method: str, density: int, at: datetime) -> None:
    entry = FigureEntry(
        kind=MeasurementKind.objects.select_related("scale").get(scale__code="HAIR_DENSITY"),
        value=Decimal(density),
        site=site,
        method=method,
        device="handheld, 20 times",
        field_cm2=Decimal("0.65"),
        counter=making.by,
    )
    record_measurement(patient=making.patient, entry=entry, by=making.by, now=at)


def _agree_to_photographs(making: Making, on: date) -> None:
    give_consent(
        patient=making.patient,
        text=ConsentText.objects.filter(kind="photo", language="en").latest("version"),
        method="typed",
        signed_name=making.patient.full_name,
        clinic=making.demo.place.clinic,
        by=making.by,
        signed_at=_at(making, on, time(8)),
    )


def _take_drawn_heads(making: Making, outcome: Outcome, on: date, *, before: bool) -> None:
    by, at = making.by, _at(making, on)
    photo_set = create_photo_set(
        patient=making.patient,
        pattern=pattern_of_condition(making.usual_case.condition),
        by=by,
        session_number=1 if before else 5,
        now=at,
    )
    save_how_taken(
        photo_set=photo_set,
        by=by,
        wetness="dry",
        has_product=False,
        washed_days=outcome.washed_days[0 if before else 1],
        hair_length_cm=Decimal(6),
        hair_colour="brown",
        light="ring light",
    )
    missing = outcome.missing[0 if before else 1] or 0.0
    for code, parted in _VIEWS:
        view = PhotoView.objects.get(code=code)
        content = drawn_head(seed=outcome.seed, parted=parted, missing=missing)
        picture = take_photograph(photo_set=photo_set, view=view, content=content, by=by, now=at)
        prepare_received_photograph(picture.pk)
        picture.refresh_from_db()
        place_landmarks(photograph=picture, points=[0.2, 0.2, 0.8, 0.2, 0.8, 0.8, 0.2, 0.8], by=by)


RECIPES: Mapping[str, Callable[[Making], None]] = {"review": bring_to_review}
