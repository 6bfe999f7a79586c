"""Which views are asked for and why one is missing, what quality advises, and which pairs compare. No Django here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from mesoclinic.core.findings import Finding, block
from mesoclinic.core.wording import day_text

PATTERNS = [
    ("pattern hair loss", "Pattern hair loss"),
    ("frontal fibrosing or traction", "Frontal fibrosing or traction"),
    ("patchy", "Patchy"),
    ("dandruff or oily scalp", "Dandruff or oily scalp"),
]
_PATTERN_OF_CONDITION = {
    "alopecia-areata": "patchy",
    "tinea-capitis": "patchy",
    "trichotillomania": "patchy",
    "scarring-alopecia": "frontal fibrosing or traction",
    "traction-alopecia": "frontal fibrosing or traction",
    "dandruff": "dandruff or oily scalp",
    "dandruff-hair-loss": "dandruff or oily scalp",
    "sebaceous-overproduction": "dandruff or oily scalp",
    "seborrhoeic-dermatitis": "dandruff or oily scalp",
    "scalp-psoriasis-flare": "dandruff or oily scalp",
}

MISSING_REASONS = [
    ("hair", "Hair tied or braided"),
    ("declined", "The patient declined"),
    ("wound", "A wound or a dressing"),
    ("time", "No time"),
    ("camera", "The camera did not work"),
]
#: For the record a consent is signed like any other (patients.Consent); these are asked for one picture each.
PURPOSES = [
    ("copy", "The patient’s own copy"),
    ("teaching", "Teaching"),
    ("publication", "Publication"),
    ("website", "The clinic’s website"),
]
#: The kind of consent without which no picture is taken or shown.
RECORD_CONSENT = "photo"

#: More of a picture than this without any detail is worth a word.
_CLIPPED_ADVICE = 0.05
_DAYS_OF_MONTHS = {"6m": 182, "12m": 365}
_EVERY_WEEKS = {"every 3 weeks": 21, "every 4-6 weeks": 28}


class PhotoStatus(StrEnum):
    RECEIVED = "received"
    READY = "ready"
    REFUSED = "refused"


def pattern_of_condition(code: str) -> str:
    """The pattern whose views are taken for a condition; pattern hair loss where nothing else fits."""
    return _PATTERN_OF_CONDITION.get(code, PATTERNS[0][0])


@dataclass(frozen=True, slots=True)
class Moment:
    """When a set is taken. ``baseline_on``: the day of the patient's first set of the pattern; None where this is it."""

    today: date
    session_number: int | None = None
    is_last_session: bool = False
    baseline_on: date | None = None


def is_view_asked_for(required_at: str, moment: Moment, *, last_taken_on: date | None) -> bool:
    """Whether a view is due now; ``last_taken_on``: the last earlier day it was taken.

    A baseline that was missed is still asked for.
    """
    asked = [part.strip() for part in required_at.split(";") if part.strip()]
    if last_taken_on is None:
        return True
    return any(_is_due(part, moment, last_taken_on) for part in asked)


def _is_due(part: str, moment: Moment, last_taken_on: date) -> bool:
    if part == "end":
        return moment.is_last_session
    if part.isdigit():
        return moment.session_number == int(part)
    if part in _EVERY_WEEKS:
        return (moment.today - last_taken_on).days >= _EVERY_WEEKS[part]
    if part in _DAYS_OF_MONTHS and moment.baseline_on is not None:
        days = _DAYS_OF_MONTHS[part]
        since_baseline = (moment.today - moment.baseline_on).days
        return since_baseline >= days > (last_taken_on - moment.baseline_on).days
    return False


def baseline_day(taken_on: Sequence[date], started_on: date | None) -> date:
    """The day a course is compared with: the last on or before its first session, else the first there is."""
    before = [day for day in taken_on if started_on is not None and day <= started_on]
    return max(before, default=min(taken_on))


@dataclass(frozen=True, slots=True)
class SetProgress:
    """How much of a set is there: “4 of 7, Occiput: hair tied or braided”. It never stops anything."""

    taken: int
    asked: int
    left_out: tuple[tuple[str, str], ...] = ()

    @property
    def text(self) -> str:
        said = "; ".join(f"{view}: {reason[:1].lower()}{reason[1:]}" for view, reason in self.left_out)
        return f"{self.taken} of {self.asked} taken" + (f", {said}" if said else "")


def quality_advice(
    *, is_soft: bool | None, clipped: float | None, has_scale: bool, wants_scale: bool
) -> list[tuple[str, str]]:
    """What may be seen in a picture, as (text, chip level). Advice: nothing is refused for it."""
    said = []
    if is_soft is not None:
        said.append(("soft: take it again?", "warn") if is_soft else ("sharp", "ok"))
    if clipped is not None:
        said.append(
            (f"{clipped:.0%} too bright to see anything", "warn")
            if clipped > _CLIPPED_ADVICE
            else ("light", "ok")
        )
    if wants_scale:
        said.append(("scale in view", "ok") if has_scale else ("no scale in view", "warn"))
    return said


@dataclass(frozen=True, slots=True)
class UseOfPictures:
    """What a patient's pictures may be used for, and since when; ``is_open`` where they may."""

    label: str
    text: str
    is_open: bool


def use_of_pictures(label: str, given: Sequence[tuple[date, date | None]]) -> UseOfPictures:
    """One purpose, from the days it was agreed to and taken back, the last first. Each is of one picture."""
    standing = [on for on, withdrawn in given if withdrawn is None]
    if standing:
        pictures = f"{len(standing)} picture{'' if len(standing) == 1 else 's'}"
        return UseOfPictures(label, f"{pictures}, {day_text(max(standing))}", is_open=True)
    if given:
        return UseOfPictures(label, f"withdrawn {day_text(max(w for _, w in given if w))}", is_open=False)
    return UseOfPictures(label, "not asked", is_open=False)


def record_use(signed_on: date | None, withdrawn_on: date | None) -> UseOfPictures:
    """The record itself: one consent for all pictures."""
    label = "The record"
    if signed_on is None:
        return UseOfPictures(label, "not asked", is_open=False)
    if withdrawn_on is not None:
        return UseOfPictures(label, f"withdrawn {day_text(withdrawn_on)}", is_open=False)
    return UseOfPictures(label, f"agreed {day_text(signed_on)}", is_open=True)


def wants_scale(view_name: str, framing: str) -> bool:
    """Whether a view is worth little without a scale in it."""
    said = f"{view_name} {framing}".lower()
    return any(word in said for word in ("ruler", "tape", "trichoscopy", "scale visible"))


@dataclass(frozen=True, slots=True)
class HowTaken:
    """How hair and light were when a picture was taken; None and "" where nobody said."""

    on: date
    view: str
    wetness: str = ""
    has_product: bool | None = None
    washed_days: int | None = None
    hair_length_cm: Decimal | None = None
    hair_colour: str = ""
    light: str = ""


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """One line of the table “how taken”. ``differs`` is None where one of the two was not said."""

    label: str
    then: str
    now: str
    differs: bool | None


#: Hair is as long as before within so much.
_LENGTH_TOLERANCE_CM = Decimal(2)


def how_taken_comparison_rows(then: HowTaken, now: HowTaken) -> list[ComparedRow]:
    """How the two pictures were taken, line by line."""

    def product(said: bool | None) -> str:
        return "" if said is None else "yes" if said else "none"

    def days(said: int | None) -> str:
        return "" if said is None else f"{said} day{'' if said == 1 else 's'} before"

    def length(said: Decimal | None) -> str:
        return "" if said is None else f"{said.normalize():f} cm"

    pairs = [
        ("Light", then.light, now.light),
        ("Hair", then.wetness, now.wetness),
        ("Product in the hair", product(then.has_product), product(now.has_product)),
        ("Last washed", days(then.washed_days), days(now.washed_days)),
        ("Hair length", length(then.hair_length_cm), length(now.hair_length_cm)),
        ("Hair colour", then.hair_colour, now.hair_colour),
    ]
    rows = []
    for label, old, new in pairs:
        differs = None if not old or not new else old.casefold() != new.casefold()
        if label == "Hair length" and then.hair_length_cm is not None and now.hair_length_cm is not None:
            differs = abs(then.hair_length_cm - now.hair_length_cm) > _LENGTH_TOLERANCE_CM
        rows.append(ComparedRow(label, old or "not said", new or "not said", differs))
    return rows


def check_pair_is_comparable(then: HowTaken, now: HowTaken) -> list[Finding]:
    """Why two pictures are not laid over each other: another view, wetness, length or colour (photo_views.csv)."""
    findings = []
    if then.view != now.view:
        findings.append(block("pair-view", "These are two different views.", fixed=True))
    for row in how_taken_comparison_rows(then, now):
        if row.differs and row.label in ("Hair", "Hair length", "Hair colour"):
            message = (
                f"Not comparable: {row.label.lower()} {row.then} on {day_text(then.on)},"
                f" {row.now} on {day_text(now.on)}."
            )
            findings.append(block("pair-hair", message, fixed=True))
    return findings


Points = Sequence[float]
#: Less than this share of the picture between all points says nothing about size and turn.
_LEAST_SPREAD = 0.02


def check_landmarks(points: Points) -> Finding | None:
    """Why four points cannot be used, or None."""
    if len(points) != 8 or any(not 0 <= value <= 1 for value in points):
        return block("landmarks", "Place four points inside the picture.", fixed=True)
    xs, ys = points[0::2], points[1::2]
    if max(max(xs) - min(xs), max(ys) - min(ys)) < _LEAST_SPREAD:
        return block("landmarks", "The four points lie on one spot. Place them apart.", fixed=True)
    return None


def similarity_coefficients(
    to: Points, to_size: tuple[int, int], source: Points, source_size: tuple[int, int]
) -> tuple[float, float, float, float, float, float]:
    """How the picture ``source`` is turned, sized and moved so that its points fall on ``to``: least squares.

    Similarity only: nothing is stretched or bent. The six figures map a place in ``to`` to the place in ``source``
    it is drawn from (Pillow's affine). Points are shares of each picture; the figures are in pixels.
    """
    here = [complex(to[i] * to_size[0], to[i + 1] * to_size[1]) for i in range(0, 8, 2)]
    there = [complex(source[i] * source_size[0], source[i + 1] * source_size[1]) for i in range(0, 8, 2)]
    middle_here, middle_there = sum(here) / 4, sum(there) / 4
    spread = sum(abs(point - middle_here) ** 2 for point in here)
    factor = (
        sum((b - middle_there) * (a - middle_here).conjugate() for a, b in zip(here, there, strict=True))
        / spread
    )
    shift = middle_there - factor * middle_here
    return (factor.real, -factor.imag, shift.real, factor.imag, factor.real, shift.imag)
