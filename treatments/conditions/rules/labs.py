"""What a laboratory result says: within the laboratory's own interval, too old, and what it asks for. No Django here."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from mesoclinic.core.findings import Finding, block, note, ordered, warn
from mesoclinic.core.quantities import plain_number_text
from mesoclinic.core.wording import day_text

#: A reason for replacing a result, in characters.
LEAST_REASON = 3


class Position(StrEnum):
    """Where a result stands in the laboratory's own interval."""

    LOW = "low"
    HIGH = "high"
    IN_RANGE = "in range"
    NO_INTERVAL = "no interval given"


@dataclass(frozen=True, slots=True)
class LabFact:
    """A result with what its test says. ``standard``: the figure in the test's first unit, None where it cannot be told."""

    code: str
    name: str
    taken_on: date
    value: Decimal | None = None
    text: str = ""
    unit: str = ""
    standard: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    usual_text: str = ""  # the usual result in words: “negative”
    max_age_days: int | None = None
    finding_low: str = ""
    finding_high: str = ""
    action: str = ""

    @property
    def position(self) -> Position:
        if self.value is None:
            if not self.usual_text:
                return Position.NO_INTERVAL
            usual = self.text.strip().casefold() == self.usual_text.casefold()
            return Position.IN_RANGE if usual else Position.HIGH
        if self.low is not None and self.value < self.low:
            return Position.LOW
        if self.high is not None and self.value > self.high:
            return Position.HIGH
        return Position.NO_INTERVAL if self.low is None and self.high is None else Position.IN_RANGE

    @property
    def result_text(self) -> str:
        """“41 ng/mL”, “negative”."""
        return self.text if self.value is None else f"{plain_number_text(self.value)} {self.unit}".strip()

    def is_fresh_on(self, day: date) -> bool:
        """Whether it still counts on this day."""
        return self.max_age_days is None or day <= self.taken_on + timedelta(days=self.max_age_days)


#: “alert:lab:hb-low under 10 for PRP”: the alert, the figure it begins below, and what it is about.
_ALERT = re.compile(r"(alert:lab:[a-z0-9-]+)(?: under ([0-9.]+))?(?: for (\w+))?")


def alert_code_of_result_or_empty(fact: LabFact) -> str:
    """The code of the alert that a result means (alerts.csv); "" where it means none.

    “Under 100” is asked of the figure in the test's first unit; without one the laboratory's interval decides.
    No figure can be told in that unit: an alert is meant where the laboratory calls it low, for unknown is not no.
    """
    for cell, side in ((fact.finding_low, Position.LOW), (fact.finding_high, Position.HIGH)):
        found = _ALERT.fullmatch(cell)
        if found is None:
            continue
        below = found[2] and Decimal(found[2])
        if below and fact.standard is not None:
            if fact.standard < below:
                return found[1]
        elif fact.position is side:
            return found[1]
    return ""


def findings_of_result(fact: LabFact) -> list[Finding]:
    """What a result asks for, beside the record: outside the laboratory's own interval, or an alert."""
    alert = alert_code_of_result_or_empty(fact)
    position = fact.position
    if not alert and position not in (Position.LOW, Position.HIGH):
        return []
    cell = fact.finding_low if position is Position.LOW else fact.finding_high
    said = (
        "not as usual"
        if fact.value is None
        else position
        if position in (Position.LOW, Position.HIGH)
        else "low"
    )
    message = f"{fact.name} {fact.result_text}, {day_text(fact.taken_on)}: {said}."
    if fact.action:
        message = f"{message} {fact.action[:1].upper()}{fact.action[1:]}."
    code = alert or f"lab:{fact.code}:{position}"
    make = warn if alert or cell.startswith("warn") else note
    return [make(code, message, where=f"lab-{fact.code}")]


def check_fresh_or_alerting_lab_results(results: Iterable[LabFact], on: date) -> list[Finding]:
    """What the latest result of each test asks for on this day, worst first.

    One that is too old asks for nothing, unless it means an alert: that ends with a new value, not with time.
    """
    return ordered(
        finding
        for fact in results
        if fact.is_fresh_on(on) or alert_code_of_result_or_empty(fact)
        for finding in findings_of_result(fact)
    )


@dataclass(frozen=True, slots=True)
class LabAlert:
    """An alert that a result on record is (alerts.csv); ``slots`` fill its words."""

    code: str
    since: date
    slots: Mapping[str, str]
    max_age_days: int | None = None  # of the result

    def stale_text_or_empty(self, on: date) -> str:
        """What is said beside it once the result is too old to count: time ends no alert, a new value does."""
        days = (on - self.since).days
        if self.max_age_days is None or days <= self.max_age_days:
            return ""
        return f" That value is {days} days old and counts {self.max_age_days}: measure again."


#: An alert that speaks only where one of these was found (alerts.csv, applies_to).
_ONLY_FOR_CONDITIONS = {"alert:lab:ferritin-low": frozenset({"telogen-effluvium", "extreme-thinning"})}


def alerts_of_lab_results(
    results: Iterable[LabFact], conditions: Collection[str] | None = None
) -> list[LabAlert]:
    """The alerts that the latest result of each test means. They stand until a new value is entered.

    ``conditions``: what the last assessment found; None where nobody assessed, which excludes nothing.
    """
    alerts = []
    for fact in results:
        code = alert_code_of_result_or_empty(fact)
        only_for = _ONLY_FOR_CONDITIONS.get(code)
        if not code or (only_for and conditions is not None and not only_for & set(conditions)):
            continue
        ceiling = "the laboratory’s interval" if fact.high is None else plain_number_text(fact.high)
        slots = {"value": fact.result_text, "date": day_text(fact.taken_on), "ceiling": ceiling}
        alerts.append(LabAlert(code, fact.taken_on, slots, fact.max_age_days))
    return alerts


#: Tests whose result is the answer to a safety question (must_ask.csv).
_QUESTION_OF_TEST = {"PLT": "platelets", "HCG-U": "pregnancy_test"}

_TEST_ANSWERS = ("negative", "positive")


def safety_answer_of_result_or_none(fact: LabFact) -> tuple[str, str] | None:
    """The safety question that a result answers, and the answer; None where it answers none.

    A figure answers in the first unit of its test, or not at all; words answer where they are the answer's own.
    """
    question = _QUESTION_OF_TEST.get(fact.code)
    if question is None:
        return None
    if fact.standard is not None:
        return question, plain_number_text(fact.standard)
    said = fact.text.strip().casefold()
    return (question, said) if said in _TEST_ANSWERS else None


# ── to enter one ─────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class LabReport:
    """One result as it stands on the laboratory's report."""

    taken_on: date
    value: Decimal | None = None
    text: str = ""
    unit: str = ""
    low: Decimal | None = None
    high: Decimal | None = None
    laboratory: str = ""


def check_lab_report_fields(
    report: LabReport, *, units: Sequence[str], born_on: date, today: date
) -> list[Finding]:
    """What is wrong with a result, each at its field. ``units`` of its test; none where it is reported in words."""
    found = _sample_day_errors_with_fields(report.taken_on, born_on, today)
    if units:
        found += _figure_errors_with_fields(report, units)
    else:
        if not report.text.strip():
            found.append(("text", "Type the result in words, as the laboratory reported it."))
        if report.value is not None or report.low is not None or report.high is not None:
            found.append(("value", "This test is reported in words: leave the figures empty."))
    return [block(f"lab:{where}", message, fixed=True, where=where) for where, message in found]


def _sample_day_errors_with_fields(taken_on: date, born_on: date, today: date) -> list[tuple[str, str]]:
    if taken_on > today:
        return [("taken_on", "A sample cannot have been taken on a day to come. Correct the day.")]
    if taken_on < born_on:
        return [("taken_on", "A sample cannot have been taken before the patient was born. Correct the day.")]
    return []


def _figure_errors_with_fields(report: LabReport, units: Sequence[str]) -> list[tuple[str, str]]:
    found = []
    if report.value is None:
        found.append(("value", "Type the figure that the laboratory reported."))
    elif report.value < 0:
        found.append(("value", "A figure is 0 or more. Check the number."))
    if report.text.strip():
        found.append(("text", "This test is reported as a figure: leave the words empty."))
    if report.unit not in units:
        found.append(("unit", f"Choose the unit on the report: {' or '.join(units)}."))
    if report.low is None and report.high is None:
        message = "Type the laboratory’s own interval: at least one of its ends stands on the report."
        found.append(("low", message))
    elif report.low is not None and report.high is not None and report.low > report.high:
        found.append(("high", "The interval ends below its beginning. Correct one of them."))
    return found


def check_result_may_be_replaced(reason: str, *, is_replaced_already: bool) -> list[Finding]:
    """A result is replaced once, with a reason."""
    found = []
    if len(reason.strip()) < LEAST_REASON:
        found.append(block("lab:reason", "Say why the result is replaced.", fixed=True, where="reason"))
    if is_replaced_already:
        message = "This result was replaced already. Correct the newer one."
        found.append(block("lab:replaced", message, fixed=True))
    return found


def check_lab_order_may_be_dropped(reason: str, *, is_dropped_already: bool) -> Finding | None:
    """An ordered test is given up once, with a reason."""
    if is_dropped_already:
        return block("lab:dropped", "Somebody has said already that nobody waits for it.", fixed=True)
    if len(reason.strip()) < LEAST_REASON:
        message = "Say in a few words why its result is not waited for."
        return block("lab:reason", message, fixed=True, where="reason")
    return None
