"""Reads from substances.csv the allergies that the words of five languages name, and what each speaks against.

A substance without a class of its own gets a factor: ``allergy_component:<code>`` where it is an ingredient here,
``allergy_other:<code>`` where it is only known as an allergen. substance_factors.csv names the class of the others.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from mesoclinic.data.rows import ContraRow, FactorRow, Judged, TermFactorRow
from mesoclinic.data.tables import BASES, Files, Known, Row

LEVELS = ("block_fixed", "block_overridable", "warn", "none")

KINDS = ("catalogue", "allergen_only", "not_in_catalogue")

LANGUAGES = ("en", "fr", "es", "tr", "de")

_COLUMNS = (
    "code kind inside_ready_made allergy_class allergy_level cross_reacts_with cross_level"
    " syn_en syn_fr syn_es syn_tr syn_de source basis"
)


@dataclass(frozen=True, slots=True)
class AllergenRow:
    """One substance that somebody may be allergic to. ``factor_code`` is its own or its class's."""

    code: str  # without the star of what is no ingredient
    name: str  # as people say it
    is_ingredient: bool
    factor_code: str
    has_own_factor: bool
    level: str  # of the allergy to itself
    crosses: tuple[str, ...]  # the ingredients an allergy to it speaks against too
    cross_level: str
    found_in: str  # where it hides, in words
    words: tuple[str, ...]
    basis: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Allergies:
    """What the substances add to the factors, to the words that mean one, and to the contraindications."""

    factors: list[FactorRow]
    terms: list[TermFactorRow]
    contraindications: list[ContraRow]


def read_allergies(files: Files, known: Known, terms: Iterable[TermFactorRow]) -> Allergies:
    """``terms``: those of term_factors.csv, which win over the same word here."""
    rows = files.read_rows_and_note_bad("substances.csv", _COLUMNS, key="code")
    by_code = {row.read_text("code"): row for row in rows}
    classes = {}
    for row in files.read_rows_and_note_bad(
        "substance_factors.csv", "code factor_code name why basis source", key="code"
    ):
        row.read_code_and_note_unknown("code", by_code, "substance")
        row.read_code_and_note_unknown("factor_code", known.factors, "factor", required=False)
        files.read_why_basis_and_sources(row)
        classes[row.read_text("code")] = row
    allergens = [_read_allergen(files, row, known, classes.get(row.read_text("code"))) for row in rows]
    known_terms = {row.term for row in terms if row.kind == "allergy"}
    return Allergies(
        factors=[_factor_row(each) for each in allergens if each.has_own_factor],
        terms=_term_rows_not_in_term_factors(allergens, known_terms),
        contraindications=[
            contra
            for each in allergens
            if each.has_own_factor
            for contra in _contra_rows_of_related_allergens(each)
        ],
    )


def _read_allergen(files: Files, row: Row, known: Known, group: Row | None) -> AllergenRow:
    kind = row.read_value_and_note_unlisted("kind", KINDS)
    code = row.read_text("code").removeprefix("*")
    is_ingredient = kind == "catalogue"
    if is_ingredient:
        row.read_code_and_note_unknown("code", known.ingredients, "ingredient")
    level = row.read_value_and_note_unlisted("allergy_level", LEVELS)
    factor = group.read_text("factor_code") if group else ""
    own = f"{'allergy_component' if is_ingredient and level != 'none' else 'allergy_other'}:{code}"
    english = row.split_cell("syn_en")
    if not english:
        row.note_bad_row("syn_en", "is empty")
    words = [word for language in LANGUAGES for word in row.split_cell(f"syn_{language}")]
    crosses = [each for each in row.split_cell("cross_reacts_with") if each in known.ingredients]
    return AllergenRow(
        code=code,
        name=(group.read_text("name") if group else "") or (english or ("",))[0],
        is_ingredient=is_ingredient,
        factor_code=factor or own,
        has_own_factor=not factor,
        level=level,
        crosses=tuple(crosses),
        cross_level=row.read_value_and_note_unlisted("cross_level", LEVELS, optional=not crosses),
        found_in=row.read_text("inside_ready_made"),
        words=tuple(dict.fromkeys(re.sub(r"\s+", " ", word.lower()) for word in words)),
        basis=row.read_value_and_note_unlisted("basis", BASES),
        sources=files.read_source_keys_and_note_unknown(row),
    )


def _basis_and_sources_of_allergen(allergen: AllergenRow) -> Judged:
    return Judged("Read from substances.csv", allergen.basis, allergen.sources)


def _factor_row(allergen: AllergenRow) -> FactorRow:
    return FactorRow(
        code=allergen.factor_code,
        label=f"Allergy: {allergen.name}",
        short_label=f"Allergy: {allergen.name}",
        said_label=f"Allergy: {{said}} ({allergen.name})",
        kind="allergy",
        sensitive=False,
        usual_days=None,
        judged=_basis_and_sources_of_allergen(allergen),
    )


def _term_rows_not_in_term_factors(
    allergens: Iterable[AllergenRow], known: Iterable[str]
) -> list[TermFactorRow]:
    """One row for each word and factor. A word of term_factors.csv means what that file says, and no class besides."""
    taken = set(known)
    found: dict[tuple[str, str], TermFactorRow] = {}
    for allergen in allergens:
        for word in allergen.words:
            if word in taken and not allergen.has_own_factor:
                continue
            found.setdefault(
                (word, allergen.factor_code),
                TermFactorRow(
                    word, allergen.factor_code, "allergy", _basis_and_sources_of_allergen(allergen)
                ),
            )
    return list(found.values())


def _contra_rows_of_related_allergens(allergen: AllergenRow) -> Iterable[ContraRow]:
    """What an allergy to it speaks against beside itself; of an excipient, that its label is to be read."""
    for ingredient in allergen.crosses:
        if ingredient != allergen.code:
            yield _contra_row(allergen, ingredient, allergen.cross_level, "may cross-react", "take it out")
    if not (allergen.is_ingredient or allergen.crosses or allergen.level == "none"):
        where = f"may be in: {allergen.found_in}" if allergen.found_in else "may touch the skin"
        yield _contra_row(allergen, None, "warn", where[:200], "read the label of each product used")


def _contra_row(
    allergen: AllergenRow, ingredient: str | None, level: str, why: str, action: str
) -> ContraRow:
    basis = allergen.basis
    if level == "block_fixed":
        basis = "stated"
    elif level == "block_overridable" and basis == "stated":
        basis = "inferred"
    return ContraRow(
        ingredient=ingredient,
        factor_code=allergen.factor_code,
        patient_factor=f"Allergy: {allergen.name}",
        severity="relative" if level == "warn" else "absolute",
        severity_note="",
        why=why,
        action=f"{'warn' if level == 'warn' else 'block'}; {action}",
        basis=basis,
        sources=allergen.sources,
    )
