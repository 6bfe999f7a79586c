"""Two sides of one scalp: what may be compared, with which consent, and which side has which. No Django here.

Comparing what is injected is research in many countries: only pain relief, the needle and the spacing may differ.
"""

from dataclasses import dataclass
from enum import StrEnum

from mesoclinic.core.findings import Finding, block


class Compared(StrEnum):
    RELIEF = "relief"
    NEEDLE = "needle"
    SPACING = "spacing"

    @property
    def label(self) -> str:
        return {"relief": "Pain relief", "needle": "Needle", "spacing": "Spacing of the points"}[self.value]


class Side(StrEnum):
    LEFT = "left"
    RIGHT = "right"


#: From which list each end of a comparison is chosen: nothing that is injected is among them.
ENDS: dict[Compared, tuple[str, ...]] = {
    Compared.RELIEF: ("none", "ice", "vibration", "cooling spray"),
    Compared.NEEDLE: ("27 G", "30 G", "31 G", "32 G", "33 G"),
    Compared.SPACING: ("0.5 cm", "1 cm", "1.5 cm", "2 cm"),
}

#: A name is a name.
LEAST_NAME = 3


def consent_text(compared: Compared, first: str, second: str) -> str:
    """What the patient reads and agrees to: of this comparison, not of the treatment."""
    return (
        f"Today {compared.label.lower()} differs between the two sides of my head: {first} on one, {second} on the other. "
        "Which side has which is drawn by lot. What is injected is the same on both sides. I am asked how much each side "
        "hurt, and figures are counted on each side. My answers are compared with those of other people without my name. "
        "This is not part of the treatment: I can say no, or stop at any time, and am treated as well."
    )


def side_of_first(drawn: int) -> Side:
    """Which side has the first way: even is left. ``drawn`` is thrown by whoever asks."""
    return Side.LEFT if drawn % 2 == 0 else Side.RIGHT


@dataclass(frozen=True, slots=True)
class Wanted:
    """A comparison as somebody asks for it."""

    compared: str
    first: str
    second: str
    consent_name: str
    has_agreed: bool


def check_sides_may_be_drawn(wanted: Wanted, *, is_on: bool, is_draft: bool, is_drawn: bool) -> list[Finding]:
    """What speaks against drawing the sides now."""
    found = []

    def add(code: str, message: str, where: str = "") -> None:
        found.append(block(f"sides:{code}", message, fixed=True, where=where))

    if not is_on:
        add("off", "This clinic does not compare sides. An admin switches it on, with its approval.")
    if is_drawn:
        add("drawn", "The sides of this session are drawn already.")
    elif not is_draft:
        add("signed", "The session is signed: sides are drawn before.")
    ends = ENDS.get(Compared(wanted.compared), ()) if wanted.compared in set(Compared) else ()
    if not ends:
        add("compared", "Choose pain relief, needle or spacing: nothing else is compared.", "compared")
    elif wanted.first not in ends or wanted.second not in ends or wanted.first == wanted.second:
        add("ends", "Choose two different ways from the list of what is compared.", "second")
    if not wanted.has_agreed or len(wanted.consent_name) < LEAST_NAME:
        add("consent", "The patient agrees to this comparison first, and the name is typed.", "consent_name")
    return found


#: Why no approval is asked for is said in a few words.
LEAST_BECAUSE = 10


def check_may_be_switched_on(*, is_on: bool, ethics_number: str, not_asked_because: str) -> list[Finding]:
    """On only with an approval's number, or with why the country asks for none."""
    if not is_on or ethics_number or len(not_asked_because) >= LEAST_BECAUSE:
        return []
    message = "Type the number of the ethics approval, or why none is asked for in this country."
    return [block("sides:approval", message, fixed=True, where="ethics_number")]


@dataclass(frozen=True, slots=True)
class SideFigures:
    """Pain 0 to 10 on each side, and a count on each, or on neither."""

    pain_left: int | None
    pain_right: int | None
    count_left: int | None = None
    count_right: int | None = None


#: No count is larger.
MOST_COUNTED = 2000


def check_figures_may_be_recorded(
    figures: SideFigures, *, is_recorded: bool, is_withdrawn: bool
) -> list[Finding]:
    """Both sides or none of them, once, and not after the consent was taken back."""
    found = []

    def add(code: str, message: str, where: str = "") -> None:
        found.append(block(f"sides:{code}", message, fixed=True, where=where))

    if is_withdrawn:
        add("withdrawn", "The patient has taken the consent back: nothing more is written down.")
    elif is_recorded:
        add("recorded", "The figures of both sides are written down already.")
    if not all(pain is not None and 0 <= pain <= 10 for pain in (figures.pain_left, figures.pain_right)):
        add("pain", "Ask how much each side hurt, 0 to 10.", "pain_left")
    counts = (figures.count_left, figures.count_right)
    if (counts[0] is None) != (counts[1] is None) or any(
        count is not None and not 0 <= count <= MOST_COUNTED for count in counts
    ):
        add("count", f"Count on both sides, 0 to {MOST_COUNTED:,}, or on neither.", "count_left")
    return found
