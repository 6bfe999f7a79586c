"""The substances, rules, products and people that the named cases are made of.

A case names its products by ingredient and ml; every product is the one of ``PRODUCTS``.
"""

import csv
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from tests.files import DATA
from treatments.cocktails.rules.mix import Content, Identity, Line, Mix, Person, Stock, Substance
from treatments.cocktails.rules.rulebook import Contra, Indicated, Limit, Pair, Rulebook

D = Decimal
TODAY = date(2026, 11, 23)


def rows(name: str) -> list[dict[str, str]]:
    """A table of tests/data/golden: the clinical data as far as these cases need it, without addresses."""
    with (DATA / "golden" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


#: Moiety and dose pools of what is another's form; all else stands for itself.
IDENTITIES: dict[str, tuple[str, tuple[str, ...]]] = {
    "cyanocobalamin": ("cobalamin", ("cobalamin",)),
    "hydroxocobalamin": ("cobalamin", ("cobalamin",)),
}


def _substance(row: dict[str, Any]) -> Substance:
    is_blocked = row["code"] in ("buflomedil", "exosomes")
    return Substance(
        **row
        | {
            "is_active": row["is_active"] == "yes",
            "prescription_only": row["prescription_only"] == "yes",
            "work_order": int(row["work_order"]),
            "identity": Identity(*IDENTITIES.get(row["code"], ())),
            "status_basis": "stated" if is_blocked else "general_knowledge" if row["status_reason"] else "",
        }
    )


def _limit(row: dict[str, Any]) -> Limit:
    per_kg = D(row["per_kg"]) if row["per_kg"] else None
    return Limit(**row | {"value": D(row["value"]), "per_kg": per_kg})


SUBSTANCES: dict[str, Substance] = {row["code"]: _substance(row) for row in rows("substances")}

RULEBOOK = Rulebook(
    pairs=tuple(Pair(**row) for row in rows("pairs")),  # type: ignore[arg-type]
    limits=tuple(_limit(row) for row in rows("limits")),
    contras=tuple(Contra(**row) for row in rows("contraindications")),  # type: ignore[arg-type]
    indications=tuple(
        Indicated(**row | {"support": int(row["support"])})  # type: ignore[arg-type]
        for row in rows("indications")
    ),
)

#: mg/ml of the product each ingredient is drawn from; None where its label does not say.
PRODUCTS: dict[str, str | None] = {
    "acetyl-tetrapeptide-3": None,
    "amino-acids": None,
    "biotin": "5",
    "buflomedil": "10",
    "coenzyme-q10": None,
    "copper": "0.4",
    "cyanocobalamin": "1",
    "dexpanthenol": "250",
    "dutasteride": "0.1",
    "exosomes": None,
    "finasteride": "0.5",
    "folic-acid": "5",
    "growth-factors": None,
    "hyaluronic-acid": "10",
    "hydroxocobalamin": "1",
    "l-cysteine": "50",
    "lidocaine": "10",
    "mesoglycan": None,
    "minoxidil": "5",
    "nicotinamide": "50",
    "organic-silicium": "5",
    "pdrn": None,
    "pentoxifylline": "20",
    "polynucleotides": "7.5",
    "premade-cocktail": None,
    "procaine": "10",
    "prp": None,
    "pyridoxine": "50",
    "riboflavin": "2",
    "saline-09": "9",
    "sodium-bicarbonate": "84",
    "thiamine": "100",
    "trace-elements": None,
    "triamcinolone-acetonide": "5",
    "vitamin-b-complex": None,
    "vitamin-c": "500",
    "zinc": "1",
}

WOMAN = Person(34, "female", D(60))
MAN = Person(41, "male", D(70))


def line(code: str, ml: str | Decimal | None, **more: Any) -> Line:
    strength = PRODUCTS[code]
    content = Content(SUBSTANCES[code], None if strength is None else D(strength))
    fields = {"product_code": code, "product_name": SUBSTANCES[code].name, "contents": (content,)}
    return Line(ml=None if ml is None else D(ml), **{**fields, **more})


def premade(code: str, *contents: str, ml: str = "2", **more: Any) -> Line:
    """A ready-made product that holds these ingredients, in amounts its label does not say."""
    fields = {"premade": True, "counts_as_one": True} | more
    return Line(
        code, code.upper(), tuple(Content(SUBSTANCES[each], None) for each in contents), D(ml), **fields
    )


def mix(drawn: str, *lines: Line, **more: Any) -> Mix:
    """``mix("biotin 1, zinc 0.5")`` in a 5 ml syringe."""
    parts = [part.split() for part in drawn.split(",") if part.strip()]
    fields = {"kind": "cocktail", "syringe_ml": D(5)} | more
    return Mix(lines=(*(line(code, ml) for code, ml in parts), *lines), **fields)


def person(*factors: str, like: Person = WOMAN, **more: Any) -> Person:
    return replace(like, factors=frozenset(factors), **more)


def lot(number: str, ml: str, expires_on: date = date(2028, 1, 1), usable: bool = True) -> Stock:
    return Stock(number, expires_on, D(ml), usable)
