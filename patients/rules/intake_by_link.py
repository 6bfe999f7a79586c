"""The intake that a patient answers by link: its parts, and which question of the intake each thing to tick is about. No Django here.

The same parts are put to everybody, so that the page shows nothing that is on record.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from mesoclinic.core.findings import Finding, block

#: Longest words beside a tick, in characters.
LONGEST_WORDS = 500


class Answered(StrEnum):
    """How a part was answered. A part without an answer is none of these three, and never a no."""

    TICKED = "ticked"
    NONE = "none"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to tick. ``answer``: what the tick says to ``question``; empty where only the words beside it say something."""

    code: str
    question: str
    answer: str = ""
    asks_words: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """One page. A question of the intake belongs to one part alone, so that its “none of these” speaks for all of it."""

    code: str
    items: tuple[Item, ...]

    @property
    def questions(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(item.question for item in self.items))


PARTS: tuple[Part, ...] = (
    Part(
        "hair",
        (
            Item("loss", "duration", asks_words=True),
            Item("front", "pattern", "frontal"),
            Item("temples", "pattern", "temples"),
            Item("top", "pattern", "vertex"),
            Item("all-over", "pattern", "diffuse"),
            Item("patches", "pattern", "patches"),
            Item("family", "family", "yes"),
            Item("dry", "dry", "yes"),
            Item("brittle", "brittle", "yes"),
        ),
    ),
    Part(
        "treatments",
        (
            Item("mesotherapy", "previous", "mesotherapy", asks_words=True),
            Item("prp", "previous", "PRP", asks_words=True),
            Item("transplant", "previous", "hair transplant", asks_words=True),
            Item("filler", "previous", "filler", asks_words=True),
        ),
    ),
    Part(
        "medicines",
        (
            Item("blood-thinners", "anticoag", "anticoagulant", asks_words=True),
            Item("aspirin", "anticoag", "aspirin or antiplatelet", asks_words=True),
            Item("painkillers", "anticoag", "anti-inflammatory", asks_words=True),
            Item("hair-tablets", "meds", asks_words=True),
            Item("thyroid-tablets", "meds", asks_words=True),
            Item("immune-medicines", "meds", asks_words=True),
            Item("supplements", "meds", asks_words=True),
            Item("other-medicines", "meds", asks_words=True),
        ),
    ),
    Part(
        "allergies",
        (
            Item("numbing", "anaesthetic", "yes", asks_words=True),
            Item("allergy-aspirin", "allergy", "aspirin/salicylate"),
            Item("allergy-antiseptic", "allergy", "antiseptic"),
            Item("allergy-latex", "allergy", "latex"),
            Item("allergy-nickel", "allergy", "nickel"),
            Item("allergy-fish", "allergy", "fish"),
            Item("allergy-egg", "allergy", "egg"),
            Item("allergy-soy", "allergy", "soy"),
            Item("allergy-vitamin-b", "allergy", "vitamin B"),
            Item("allergy-other", "allergy", asks_words=True),
        ),
    ),
    Part(
        "health",
        (
            Item("heart", "heart", "heart disease"),
            Item("pacemaker", "heart", "pacemaker"),
            Item("arrhythmia", "heart", "arrhythmia"),
            Item("low-pressure", "heart", "low BP"),
            Item("bleeding", "bleeding", "yes"),
            Item("epilepsy", "epilepsy", "yes"),
            Item("diabetes", "diabetes", asks_words=True),
            Item("kidney", "kidney", "kidney"),
            Item("stones", "kidney", "stones"),
            Item("liver", "kidney", "liver"),
            Item("thyroid", "hormonal", "thyroid"),
            Item("autoimmune", "autoimmune", "other autoimmune", asks_words=True),
            Item("cancer-now", "cancer", "now", asks_words=True),
            Item("cancer-past", "cancer", "past", asks_words=True),
            Item("g6pd", "g6pd", "yes"),
            Item("leber", "eye", "yes"),
        ),
    ),
    Part(
        "skin",
        (
            Item("psoriasis", "scalp-disease", "psoriasis"),
            Item("eczema", "scalp-disease", "eczema"),
            Item("ringworm", "scalp-disease", "tinea"),
            Item("sores", "scalp-disease", "sores"),
            Item("infection", "infection", "yes"),
            Item("scars", "keloid", "yes"),
        ),
    ),
    Part(
        "pregnancy",
        (
            Item("pregnant", "pregnant", "pregnant"),
            Item("breastfeeding", "pregnant", "breastfeeding"),
            Item("trying", "pregnant", "trying"),
            Item("partner", "partner", "yes"),
        ),
    ),
)

PART_BY_CODE: Mapping[str, Part] = {part.code: part for part in PARTS}


@dataclass(frozen=True, slots=True)
class Ticked:
    """A thing that the patient ticked, with their words about it."""

    code: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class PartTold:
    """What a patient answered to one part."""

    part: str
    answered: Answered
    ticked: tuple[Ticked, ...] = ()


@dataclass(frozen=True, slots=True)
class QuestionTold:
    """What a part says about one question of the intake.

    ``answered`` is None where other things of the part were ticked and nothing of this question: that is no "no".
    """

    question: str
    answered: Answered | None
    items: tuple[tuple[Item, str], ...] = ()

    @property
    def says_something(self) -> bool:
        """Whether there is an answer to confirm."""
        return self.answered in (Answered.TICKED, Answered.NONE)


NONE_AND_TICKED, NOTHING, UNKNOWN = "none-and-ticked", "nothing", "unknown-item"


def check_part_is_answered(
    part: Part, ticked: Collection[str], *, is_none: bool, is_unsure: bool
) -> list[Finding]:
    """A part wants a tick, or “none of these”, or “not sure”; and one of them alone."""
    if set(ticked) - {item.code for item in part.items}:
        return [block(UNKNOWN, "This is not asked here.")]
    said = [bool(ticked), is_none, is_unsure]
    if not any(said):
        return [block(NOTHING, "Nothing is answered yet.")]
    if sum(said) > 1:
        return [block(NONE_AND_TICKED, "“None of these” stands beside another answer.")]
    return []


def missing_parts(answered: Collection[str]) -> list[Part]:
    """The parts that still want an answer, in their order."""
    return [part for part in PARTS if part.code not in answered]


def told_by_question(parts: Iterable[PartTold]) -> dict[str, QuestionTold]:
    """Question of the intake to what the patient told about it, for every question of the parts answered."""
    found: dict[str, QuestionTold] = {}
    for told in parts:
        part = PART_BY_CODE.get(told.part)
        if part is None:
            continue
        words = {one.code: one.words for one in told.ticked}
        for question in part.questions:
            items = tuple(
                (item, words[item.code])
                for item in part.items
                if item.question == question and item.code in words
            )
            answered = told.answered if told.answered != Answered.TICKED or items else None
            found[question] = QuestionTold(question, answered, items)
    return found
