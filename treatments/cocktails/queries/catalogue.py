"""The clinic's usable products and all safety rules, as the cocktail rules take them."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import TypedDict

from django.db import connection

from mesoclinic.accounts.models import Clinic
from mesoclinic.core.quantities import ZERO, decimal_of_text_or_none
from treatments.cocktails.queries.amounts import (
    CeilingRead,
    IdentityRead,
    parse_identities,
    parse_volume_ceilings,
)
from treatments.cocktails.queries.indications import (
    IndicationRead,
    OtherTreatmentRead,
    parse_indication,
    parse_other_treatment,
)
from treatments.cocktails.queries.sources import Citations, Cite, Review, Reviews
from treatments.cocktails.rules.mix import Content, Identity, Line, Mix, Preparation, Status, Stock, Substance
from treatments.cocktails.rules.rulebook import (
    ANY,
    TREATMENT,
    Contra,
    Limit,
    LimitKind,
    LimitPeriod,
    LimitUnit,
    Pair,
    PairKind,
    Rulebook,
    Severity,
)
from treatments.cocktails.rules.versions import Drawn, Formula


@dataclass(frozen=True, slots=True)
class Offered:
    """A product as the formulation page offers it. ``stock`` is None where the clinic keeps no lots at all."""

    pk: int
    code: str
    name: str
    strength: str
    contents: tuple[Content, ...]
    premade: bool
    additions_allowed: bool
    retired: bool
    blocked_reason: str
    legal_route_note: str
    stock: tuple[Stock, ...] | None
    price_per_ml: Decimal | None
    presentation: str
    in_use_hours: int | None  # where the label says otherwise than its presentation
    may_hold: tuple[Substance, ...] = ()  # what only its label can tell
    maker: str = ""
    container_ml: Decimal | None = None

    @property
    def label(self) -> str:
        return f"{self.name} {self.strength}".strip()

    @property
    def single_content_mg_per_ml_or_none(self) -> Decimal | None:
        """Its strength, where it holds one substance and its label says how much."""
        return self.contents[0].mg_per_ml if len(self.contents) == 1 else None

    @property
    def is_diluent(self) -> bool:
        return bool(self.contents) and all(each.substance.family == "diluent" for each in self.contents)

    @property
    def blocked(self) -> bool:
        """Whether the database refuses it in any syringe."""
        return bool(self.blocked_reason) or any(each.substance.status == "blocked" for each in self.contents)

    def drawable_stock_ml(self, today: date) -> Decimal:
        return sum((lot.available_ml for lot in self.stock or () if lot.can_be_drawn(today)), ZERO)


@dataclass(frozen=True, slots=True)
class Formulation:
    """A saved formulation of the clinic: a version that belongs to no patient."""

    version_id: int
    name: str
    formula: Formula


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything that may be drawn at one clinic, and every rule about it."""

    substances: Mapping[str, Substance]
    synonyms: Mapping[str, tuple[str, ...]]
    rulebook: Rulebook
    products: Mapping[str, Offered]
    formulations: Sequence[Formulation]
    max_actives: int
    premade_counts_as_one: bool
    compounding: str = "here"

    def line_of_product(self, code: str, ml: Decimal | None) -> Line:
        product = self.products[code]
        return Line(
            product_code=code,
            product_name=product.label,
            contents=product.contents,
            ml=ml,
            premade=product.premade,
            counts_as_one=self.premade_counts_as_one,
            additions_allowed=product.additions_allowed,
            retired=product.retired,
            blocked_reason=product.blocked_reason,
            legal_route_note=product.legal_route_note,
            stock=product.stock,
            may_hold=product.may_hold,
        )

    def build_mix_of_known_products(
        self,
        lines: Iterable[tuple[str, Decimal | None]],
        *,
        kind: str,
        syringe_ml: Decimal,
        sessions: int = 1,
        every_days: int = 14,
    ) -> Mix:
        """A syringe of these products; one the catalogue does not know is left out."""
        return Mix(
            kind=kind,  # type: ignore[arg-type]
            lines=tuple(self.line_of_product(code, ml) for code, ml in lines if code in self.products),
            syringe_ml=syringe_ml,
            max_actives=self.max_actives,
            compounding=self.compounding,
            sessions=sessions,
            every_days=every_days,
        )

    def default_diluent_or_none(self) -> Offered | None:
        """What a syringe is made up with: saline before water, by the catalogue's own order."""
        return min(
            (
                each
                for each in self.products.values()
                if each.is_diluent and not each.retired and not each.blocked
            ),
            key=lambda each: (
                min(content.substance.work_order for content in each.contents),
                each.name,
                each.code,
            ),
            default=None,
        )


_CATALOGUE = (Path(__file__).parent / "sql/catalogue.sql").read_text(encoding="utf-8")

# The rows of that statement, in the order of its columns. They arrive as lists: only their order is read.
_Ingredient = tuple[
    int, str, str, str, bool, Status, str, Preparation, str, int, str, bool, str, list[str], bool
]
_Interaction = tuple[int, int | None, PairKind, str, str, str, str, list[str], str, str | None, int | None]
_DoseLimit = tuple[
    int,
    str | None,
    LimitUnit,
    LimitPeriod,
    str | None,
    LimitKind,
    str,
    list[str],
    str,
    str | None,
    str,
    int | None,
]
_Contraindication = tuple[
    int | None, str | None, str, Severity, str, str, str, str, list[str], str, str | None, int | None
]
_ProductRow = tuple[
    int,
    str,
    str,
    str,
    bool,
    bool,
    bool,
    str,
    str,
    list[tuple[int, str | None]] | None,
    str | None,
    str,
    int | None,
    str,
    str | None,
]
_FormulationRow = tuple[int, str, str, str, int, int, list[tuple[str, str, str]]]


class _RulesRead(TypedDict):
    sources: dict[str, tuple[str, str, str]]
    reviewers: dict[str, str]
    ingredients: list[_Ingredient]
    pairs: list[_Interaction]
    limits: list[_DoseLimit]
    ceilings: list[CeilingRead]
    no_limit_reasons: dict[str, str]
    identities: list[IdentityRead]
    contras: list[_Contraindication]
    indications: list[IndicationRead]
    others: list[OtherTreatmentRead]


class _ShelfRead(TypedDict):
    products: list[_ProductRow]
    lots: list[tuple[int, str, str, str, bool]]
    keeps_stock: bool
    formulations: list[_FormulationRow]


def catalogue_of_clinic(clinic: Clinic) -> Catalogue:
    """The whole catalogue of ``clinic`` with its rules, stock and saved formulations, in one statement."""
    known = _KEPT.copy()
    with connection.cursor() as cursor:
        cursor.execute(_CATALOGUE, {"clinic": clinic.pk, "known": list(known)})
        mark, rules, shelf = cursor.fetchone()
    return _build_catalogue(clinic, _cached_or_parsed_rules(mark, rules, known), shelf)


def _build_catalogue(clinic: Clinic, known: "_Rules", shelf: str) -> Catalogue:
    products, formulations = _parse_products_and_formulations(shelf, known)
    return Catalogue(
        substances=known.substances,
        synonyms=known.synonyms,
        rulebook=known.rulebook,
        products=products,
        formulations=formulations,
        max_actives=clinic.max_actives,
        premade_counts_as_one=not clinic.premade_counts_as_contents,
        compounding=clinic.mixing,
    )


# Compared by identity: the same rules are the same object (_rules_by).
@dataclass(frozen=True, slots=True, eq=False)
class _Rules:
    substances: Mapping[str, Substance]
    synonyms: Mapping[str, tuple[str, ...]]
    by_id: Mapping[int, Substance]
    retired: frozenset[int]
    maybe_inside: Mapping[str, tuple[int, ...]]
    rulebook: Rulebook


#: The last readings of the rules by their mark; replaced as a whole, so that threads never see half of one.
_KEPT: dict[str, _Rules] = {}

_MOST_KEPT = 2


def _cached_or_parsed_rules(mark: str, text: str | None, known: Mapping[str, _Rules]) -> _Rules:
    """The rules that bear ``mark``; read from ``text`` where they were not ``known`` when it was asked for."""
    global _KEPT
    if text is None:
        return known[mark]
    rules = _parse_rules(text)
    _KEPT = {**dict(list(_KEPT.items())[-(_MOST_KEPT - 1) :]), mark: rules}
    return rules


@lru_cache(maxsize=8)
def _parse_products_and_formulations(
    text: str, known: _Rules
) -> tuple[Mapping[str, Offered], Sequence[Formulation]]:
    """Products and saved formulations; the text itself is the key, so none is ever stale."""
    found: _ShelfRead = json.loads(text)
    return _products_by_code(found, known), [
        Formulation(
            pk,
            name,
            Formula(
                tuple(Drawn(code, of, Decimal(ml)) for code, of, ml in lines),
                kind,
                Decimal(syringe_ml),
                sessions,
                every_days,
            ),
        )
        for pk, name, kind, syringe_ml, sessions, every_days, lines in found["formulations"]
    ]


def _parse_rules(text: str) -> _Rules:
    found: _RulesRead = json.loads(text)
    cite = Citations(found["sources"]).joined_citations_text
    codes = {row[0]: row[1] for row in found["ingredients"]}
    identities = parse_identities(found["identities"])
    by_id = {
        row[0]: _substance_of_row(row, cite, identities.of_ingredient.get(row[0], Identity()))
        for row in found["ingredients"]
    }
    return _Rules(
        # What is retired, or used beside the syringe, is neither suggested nor spoken of.
        substances={row[1]: by_id[row[0]] for row in found["ingredients"] if row[11] and not row[-1]},
        synonyms={
            row[1]: tuple(word.strip() for word in re.split(r"[;(]", row[12])) for row in found["ingredients"]
        },
        by_id=by_id,
        retired=frozenset(row[0] for row in found["ingredients"] if row[-1]),
        maybe_inside=identities.maybe_inside,
        rulebook=_build_rulebook(
            found, codes, cite, Reviews(found["reviewers"]).reviewer_and_day_text_or_empty
        ),
    )


def _substance_of_row(row: _Ingredient, cite: Cite, identity: Identity) -> Substance:
    (
        _,
        code,
        name,
        family,
        active,
        status,
        reason,
        preparation,
        prescription,
        order,
        regulatory,
        _,
        _,
        keys,
        _,
    ) = row
    is_free = status == "allowed"
    return Substance(
        code=code,
        name=name,
        family=family,
        is_active=active,
        status=status,
        status_reason="" if is_free else reason,
        # An ingredient's sources stand in one list: the seed and general knowledge forbid nothing.
        status_source="" if is_free else cite(sorted(keys, key=lambda key: key in ("SEED", "GK")), ""),
        status_basis="" if is_free else _evidence_basis_of_status(status, keys),
        preparation=preparation,
        prescription_only=prescription.lower().startswith("yes"),
        work_order=order,
        off_label_note=_off_label_clauses_text(regulatory),
        identity=identity,
    )


def _evidence_basis_of_status(status: str, keys: Sequence[str]) -> str:
    """A blocked ingredient is stated by whoever is cited; "restricted" is our own caution (F7 of the README §4)."""
    is_cited = any(key not in ("SEED", "GK") for key in keys)
    return "stated" if status == "blocked" and is_cited else "general_knowledge"


def _off_label_clauses_text(regulatory: str) -> str:
    """Of a regulatory status, the clauses that speak of use off-label."""
    return "; ".join(
        clause.strip() for clause in re.split(r"[.;]", regulatory) if "off-label" in clause.lower()
    )


def _build_rulebook(found: _RulesRead, codes: Mapping[int, str], cite: Cite, review: Review) -> Rulebook:
    return Rulebook(
        pairs=tuple(
            Pair(
                codes[a],
                codes[b] if b is not None else ANY,
                kind,
                severity,
                scope,
                why,
                basis,
                cite(keys, text),
                at is not None,
                review(at, by),
            )
            for a, b, kind, severity, scope, why, basis, keys, text, at, by in found["pairs"]
        ),
        limits=tuple(
            Limit(
                codes[of],
                decimal_of_text_or_none(value),
                unit,
                period,
                decimal_of_text_or_none(per_kg),
                kind,
                basis,
                cite(keys, text),
                at is not None,
                set_by,
                review(at, by),
            )
            for of, value, unit, period, per_kg, kind, basis, keys, text, at, set_by, by in found["limits"]
        ),
        ceilings=parse_volume_ceilings(found["ceilings"], codes, cite),
        no_limit_reasons=found["no_limit_reasons"],
        contras=tuple(
            Contra(
                codes[of] if of is not None else TREATMENT,
                factor or ANY,
                label,
                severity,
                note,
                why,
                action,
                basis,
                cite(keys, text),
                at is not None,
                review(at, by),
            )
            for of, factor, label, severity, note, why, action, basis, keys, text, at, by in found["contras"]
        ),
        indications=tuple(parse_indication(row, codes, cite, review) for row in found["indications"]),
        others=tuple(parse_other_treatment(row, cite) for row in found["others"]),
    )


def _products_by_code(found: _ShelfRead, known: _Rules) -> dict[str, Offered]:
    substances, gone = known.by_id, known.retired
    lots: dict[int, list[Stock]] = {}
    for product, number, expires_on, ml, usable in found["lots"]:
        lots.setdefault(product, []).append(
            Stock(number, date.fromisoformat(expires_on), Decimal(ml), usable)
        )
    keeps_stock = found["keeps_stock"]
    return {
        code: Offered(
            pk,
            code,
            name,
            strength,
            tuple(
                Content(substances[of], decimal_of_text_or_none(mg_per_ml))
                for of, mg_per_ml in contents or ()
            ),
            premade,
            additions,
            retired or any(of in gone for of, _ in contents or ()),
            blocked,
            legal_route,
            tuple(lots.get(pk, ())) if keeps_stock else None,
            decimal_of_text_or_none(price),
            presentation,
            in_use_hours,
            tuple(substances[of] for of in known.maybe_inside.get(code, ())),
            maker,
            decimal_of_text_or_none(container_ml),
        )
        for (
            pk,
            code,
            name,
            strength,
            premade,
            additions,
            retired,
            blocked,
            legal_route,
            contents,
            price,
            presentation,
            in_use_hours,
            maker,
            container_ml,
        ) in found["products"]
    }
