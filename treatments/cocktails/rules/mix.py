"""What a rule is asked about: a syringe, what is in it, and for whom. No Django here.

Mix ── Line (a product and its ml) ── Content (mg/ml) ── Substance
                                  └── Stock (a lot)
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

Status = Literal["allowed", "restricted", "blocked"]
Preparation = Literal["cocktail", "single_only", "either"]
MixKind = Literal["cocktail", "single"]

#: The seed's bounds. A clinic may lower the maximum, never raise it (law 5, docs/laws.md).
MIN_ACTIVES = 2
MAX_ACTIVES = 6

ADULT_AGE = 18


@dataclass(frozen=True, slots=True)
class Identity:
    """Which substance an ingredient is, whatever its name: without one, it stands for itself (law 15).

    ``pools``: the doses it adds to; ``possible_pools``: those it adds to where its label says so. The members of
    a mixture are in it as themselves where ``members_are_counted``, else in another form.
    """

    moiety: str = ""
    pools: tuple[str, ...] = ()
    possible_pools: tuple[str, ...] = ()
    is_mixture: bool = False
    members_are_counted: bool = True


@dataclass(frozen=True, slots=True)
class Substance:
    """One ingredient. ``is_active`` is no for what is not counted: diluents, buffers, anaesthetics."""

    code: str
    name: str
    family: str
    is_active: bool
    status: Status
    status_reason: str
    status_source: str
    status_basis: str
    preparation: Preparation
    prescription_only: bool
    work_order: int  # the seed's order: B vitamins, minerals, hyaluronic acid, amino acids, coenzymes, drugs
    off_label_note: str = ""
    identity: Identity = field(default_factory=Identity)

    @property
    def moiety(self) -> str:
        """What counts as one: two salts of zinc are zinc."""
        return self.identity.moiety or self.code

    @property
    def pools(self) -> tuple[str, ...]:
        """The dose pools it adds to."""
        return self.identity.pools or (self.code,)

    @property
    def is_anaesthetic(self) -> bool:
        return self.family.startswith("anaesthetic")


@dataclass(frozen=True, slots=True)
class Content:
    """How much of a substance a product holds; None where its label does not say."""

    substance: Substance
    mg_per_ml: Decimal | None


@dataclass(frozen=True, slots=True)
class Stock:
    """One lot. ``usable`` is no for what is quarantined, recalled or past its opened life."""

    lot_number: str
    expires_on: date | None
    available_ml: Decimal
    usable: bool

    def can_be_drawn(self, today: date) -> bool:
        in_date = self.expires_on is None or self.expires_on >= today
        return self.usable and in_date and self.available_ml > 0


@dataclass(frozen=True, slots=True)
class Line:
    """So many ml of a product. ``stock`` is None where nobody looked; empty means there is none."""

    product_code: str
    product_name: str
    contents: tuple[Content, ...]
    ml: Decimal | None
    premade: bool = False
    counts_as_one: bool = False
    additions_allowed: bool = False
    retired: bool = False
    blocked_reason: str = ""  # of the product itself, whatever is in it
    legal_route_note: str = ""
    stock: tuple[Stock, ...] | None = None
    may_hold: tuple[Substance, ...] = ()  # what only its label can tell

    @property
    def is_premade_counted_as_one(self) -> bool:
        """A ready-made product that the clinic counts as one active (F3)."""
        return self.premade and self.counts_as_one

    @property
    def place_on_page(self) -> str:
        return f"line:{self.product_code}"


@dataclass(frozen=True, slots=True)
class Mix:
    """One syringe. ``sessions`` says how often the course will draw it, ``every_days`` how far apart."""

    kind: MixKind
    lines: tuple[Line, ...]
    syringe_ml: Decimal
    min_actives: int = MIN_ACTIVES
    max_actives: int = MAX_ACTIVES
    sessions: int = 1
    every_days: int = 14
    compounding: str = "here"  # or "pharmacy": where this clinic may have it mixed
    is_injected: bool = True  # no: a cream or a nerve block, whose doses add up and whose volume does not

    @property
    def fewest_actives(self) -> int:
        return max(self.min_actives, MIN_ACTIVES)

    @property
    def most_actives(self) -> int:
        return min(self.max_actives, MAX_ACTIVES)


@dataclass(frozen=True, slots=True)
class Person:
    """What the rules need to know of a patient, who has no name here.

    ``factors`` holds the codes of contraindications.csv. An allergy to one ingredient is the factor
    ``allergy_component:<ingredient>``; the bare ``allergy_component`` says nobody knows which.
    """

    age: int | None
    sex: str
    weight_kg: Decimal | None
    factors: frozenset[str] = frozenset()
    factor_labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def factors_with_age(self) -> frozenset[str]:
        """The recorded factors, with the age told by the age alone: an old flag grows up too."""
        if self.age is None:
            return self.factors
        grown = self.factors - {"age_lt_18"}
        return grown | {"age_lt_18"} if self.age < ADULT_AGE else grown

    @property
    def known_weight_kg_or_none(self) -> Decimal | None:
        return self.weight_kg if self.weight_kg is not None and self.weight_kg > 0 else None

    @property
    def is_male(self) -> bool:
        return self.sex.lower() in ("male", "m")


#: A saved formulation belongs to nobody yet: it is checked again against whoever gets it.
NOBODY = Person(age=None, sex="", weight_kg=None)
