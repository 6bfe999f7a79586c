"""The clinic's rules as rows, found by substance. No Django here.

Every row says where it came from (``source``), how surely (``basis``: stated, inferred, partly_sourced,
general_knowledge), whether a clinician of this clinic has ``reviewed`` it, and who and when (``review``).
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, TypeVar

ANY = "*any"
TREATMENT = "*treatment"

PairKind = Literal["incompatible", "caution", "redundant-class", "ok"]
LimitKind = Literal[
    "label_same_route",
    "label_other_route",
    "studied_dose",
    "studied_volume",
    "reference_handbook",
    "protocol_digest",
    "clinic",
]
VolumeLevel = Literal["block_fixed", "block_overridable", "warn", "none"]
VolumeScope = Literal["any", "cocktail", "ingredient", "all_but"]
LimitUnit = Literal["mg", "mL", "mL/cm2"]
LimitPeriod = Literal["dose", "session", "day", "week", "month", "course"]
Severity = Literal["absolute", "relative"]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two substances that meet; ``b`` may be ``*any``. The order of the two says nothing (F9)."""

    a: str
    b: str
    kind: PairKind
    severity: str
    scope: str
    why: str
    basis: str
    source: str
    reviewed: bool = False
    review: str = ""

    @property
    def code(self) -> str:
        return "pair:" + "+".join(sorted((self.a, self.b)))

    @property
    def applies_across_syringes(self) -> bool:
        """Whether the rule speaks of the whole session and not of one syringe."""
        return self.scope in ("any", "same session", "same syringe or same session")


@dataclass(frozen=True, slots=True)
class Limit:
    """A figure not to pass without thought: per period, per kg (mg/kg), or both; the lower counts."""

    substance: str
    value: Decimal | None
    unit: LimitUnit
    period: LimitPeriod
    per_kg: Decimal | None
    kind: LimitKind
    basis_text: str
    source: str
    reviewed: bool = False
    set_by: str = ""  # who set the clinic's own, and when
    review: str = ""


@dataclass(frozen=True, slots=True)
class VolumeCeiling:
    """A ceiling of volume or depth. ``scope`` says whom it speaks of; ``ingredient`` which one, or all but which.

    ``what`` is the word of volume_limits.csv; ``technique`` and ``zone`` are empty where it holds for any.
    """

    what: str
    technique: str
    scope: VolumeScope
    ingredient: str
    zone: str
    maximum: Decimal | None
    unit: str
    level: VolumeLevel
    finding: str
    note: str
    basis: str
    source: str
    reviewed: bool = False
    is_own: bool = False
    set_by: str = ""  # who set the clinic's own, and when
    review: str = ""


@dataclass(frozen=True, slots=True)
class Contra:
    """A patient factor that speaks against a substance, or against any treatment (``*treatment``)."""

    substance: str
    factor: str
    factor_label: str
    severity: Severity
    severity_note: str
    why: str
    action: str
    basis: str
    source: str
    reviewed: bool = False
    review: str = ""

    @property
    def code(self) -> str:
        return f"contra:{self.substance}:{self.factor}"


@dataclass(frozen=True, slots=True)
class Indicated:
    """How far a substance is supported for a condition: 0 none, 3 controlled trials."""

    condition: str
    substance: str
    support: int
    evidence_level: str
    remark: str
    basis: str
    source: str
    reviewed: bool = False
    contested: bool | None = None  # None: told by the words
    show_as: str = ""
    order: int | None = None  # among those of the same support
    review: str = ""


@dataclass(frozen=True, slots=True)
class OtherTreatment:
    """What helps a condition and is not drawn: a lotion, a blood test. ``question``: the answer that brings it."""

    condition: str
    name: str
    support: int | None
    text: str
    limit: str
    contested: bool
    show_as: str
    order: int
    basis: str
    source: str
    question: str = ""
    answers: tuple[str, ...] = ()


Rule = Pair | Limit | Contra | Indicated | VolumeCeiling

#: Said of a rule that no clinician of this clinic has reviewed.
NOT_REVIEWED = "not reviewed here"


def review_text(rule: Rule) -> str:
    """Who here last reviewed a rule, and when; or that nobody did."""
    return f"reviewed by {rule.review}" if rule.reviewed and rule.review else NOT_REVIEWED


Key = TypeVar("Key", bound=Hashable)
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Rulebook:
    """All rules, indexed once, so that a check reads only the rows of what is in the syringe."""

    pairs: tuple[Pair, ...] = ()
    limits: tuple[Limit, ...] = ()
    contras: tuple[Contra, ...] = ()
    indications: tuple[Indicated, ...] = ()
    others: tuple[OtherTreatment, ...] = ()
    ceilings: tuple[VolumeCeiling, ...] = ()
    #: Why no dose limit is on file, by ingredient.
    no_limit_reasons: Mapping[str, str] = field(default_factory=dict, compare=False)

    pairs_of: Mapping[str, tuple[Pair, ...]] = field(init=False, repr=False, compare=False)
    limits_on: Mapping[str, tuple[Limit, ...]] = field(init=False, repr=False, compare=False)
    contras_to: Mapping[str, tuple[Contra, ...]] = field(init=False, repr=False, compare=False)
    contras_by_factor: Mapping[str, tuple[Contra, ...]] = field(init=False, repr=False, compare=False)
    indicated_for: Mapping[str, tuple[Indicated, ...]] = field(init=False, repr=False, compare=False)
    uses_of: Mapping[str, tuple[Indicated, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        indexes: dict[str, object] = {
            "pairs": tuple(self.pairs),
            "limits": tuple(self.limits),
            "contras": tuple(self.contras),
            "indications": tuple(self.indications),
            "others": tuple(self.others),
            "pairs_of": _rows_grouped_by_key(
                (name, pair) for pair in self.pairs for name in {pair.a, pair.b}
            ),
            "limits_on": _rows_grouped_by_key((limit.substance, limit) for limit in self.limits),
            "contras_to": _rows_grouped_by_key((contra.substance, contra) for contra in self.contras),
            "contras_by_factor": _rows_grouped_by_key((contra.factor, contra) for contra in self.contras),
            "indicated_for": _rows_grouped_by_key((row.condition, row) for row in self.indications),
            "uses_of": _rows_grouped_by_key((row.substance, row) for row in self.indications),
        }
        for name, index in indexes.items():
            object.__setattr__(self, name, index)  # frozen to everyone else


def _rows_grouped_by_key(rows: Iterable[tuple[Key, Row]]) -> dict[Key, tuple[Row, ...]]:
    groups: defaultdict[Key, list[Row]] = defaultdict(list)
    for key, row in rows:
        groups[key].append(row)
    return {key: tuple(group) for key, group in groups.items()}
