"""What the files about amounts say, row by row: volume limits, what is known of each dose, one substance by all its names."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class VolumeLimitRow:
    """How much may go in at one point, in one cm², one region, one session; or how deep."""

    code: str
    what: str
    technique: str  # "": any
    scope: str  # any, cocktail, ingredient, or all_but: every ingredient but this one
    ingredient: str | None
    zone: str  # "", or the region of the scalp
    minimum: Decimal | None
    usual: str
    maximum: Decimal | None
    unit: str
    level: str  # what a figure strictly above the maximum is
    finding: str
    formula: str
    kind: str
    note: str
    basis: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DoseCoverageRow:
    """What is known of the highest dose of one ingredient, or why nothing is."""

    ingredient: str
    highest_dose: Decimal | None
    unit: str
    period: str
    concentration: str
    population: str
    kind: str
    level_over: str
    reason: str  # why no figure is on file; "" where one is
    screen_text: str
    note: str
    basis: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SubstanceRow:
    """One substance by all its names: two forms of one ``moiety`` are one substance."""

    code: str
    kind: str
    ingredient: str | None  # None: known by name only
    moiety: str  # "" where it is a mixture or a product: it stands for itself
    is_mixture: bool
    pools: tuple[str, ...]  # dose pools it adds to
    possible_pools: tuple[str, ...]  # dose pools it may add to, as its label says
    members_are_counted: bool  # a member found beside it is the same active
    counts_as_active: str
    forms: tuple[str, ...]
    inside_products: tuple[str, ...]
    maybe_inside_products: tuple[str, ...]
    label_names: tuple[str, ...]
    allergy_class: str
    allergy_level: str
    cross_reacts_with: tuple[str, ...]
    cross_level: str
    does_not_cross: str
    cross_basis: str
    synonyms: dict[str, tuple[str, ...]]  # by language
    match_note: str
    basis: str
    sources: tuple[str, ...]
