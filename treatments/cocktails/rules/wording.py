"""How the rules write names, figures and sources. No Django here."""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

from mesoclinic.core.quantities import plain_number_text, round_mg, round_ml

#: Where the clinic itself is the source.
CATALOGUE = "This clinic's catalogue"
SHELF = "This clinic's stock"

#: The families of the catalogue, as people say them; the seed works through them in this order.
FAMILY_WORDS = {
    "b_vitamin": "B vitamin",
    "vitamin": "vitamin",
    "mineral": "mineral",
    "hyaluronic_acid": "hyaluronic acid",
    "amino_acid": "amino acid",
    "coenzyme": "coenzyme",
    "peptide": "peptide",
    "plant": "plant extract",
    "drug": "drug active",
    "other": "other active",
    "biologic": "biological product",
    "premade": "ready-made cocktail",
    "anaesthetic": "anaesthetic",
    "buffer": "buffer",
    "diluent": "diluent",
}

#: How grave a contraindication is, as people say it.
_GRAVITY_WORDS = {"absolute": "Absolute contraindication", "relative": "Relative contraindication"}
#: The short remarks of the data beside it.
_GRAVITY_REMARKS = {
    "above RDA": "above the recommended daily amount",
    "clinic-dependent: some absolute": "some clinics hold it absolute; yours decides",
    "clinician: absolute": "a clinician may hold it absolute",
    "INR control needed": "the INR (clotting value) must be under control",
    "seed: not stated": "the source does not state it",
    "some absolute": "absolute for some ingredients",
    "woman": "in women",
}
_SCOPE_WORDS = {
    "any": "whenever both are given",
    "same syringe": "in one syringe",
    "same session": "in one session",
    "same syringe or same session": "in one syringe or one session",
    "separate syringes, same session": "in separate syringes of one session",
}
_SEVERITY_WORDS = {"high": "Of high severity", "moderate": "Of moderate severity", "low": "Of low severity"}


def names_joined_text(names: Iterable[str]) -> str:
    """``a, b and c``, in alphabetical order, so that the order of the lines never shows."""
    unique = sorted(set(names))
    if len(unique) < 2:
        return "".join(unique)
    return f"{', '.join(unique[:-1])} and {unique[-1]}"


def ml_text(ml: Decimal) -> str:
    return f"{plain_number_text(round_ml(ml))} ml"


def mg_text(mg: Decimal) -> str:
    return f"{plain_number_text(round_mg(mg))} mg"


def percent_text(fraction: Decimal) -> str:
    return f"{plain_number_text((fraction * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))} %"


def number_and_noun_text(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def with_definite_article(limit: str) -> str:
    """“the label maximum”, but “this clinic's limit”."""
    return limit if limit.startswith("this ") else f"the {limit}"


def without_full_stop(text: str) -> str:
    """A row's free text, fit to stand inside a sentence."""
    return text.strip().rstrip(".")


def gravity_text(severity: str, remark: str) -> str:
    """``relative``, ``INR control needed`` → “Relative contraindication: the INR … must be under control”."""
    said = _GRAVITY_WORDS.get(severity, severity)
    return f"{said}: {_GRAVITY_REMARKS.get(remark, remark)}" if remark else said


def severity_and_scope_text(severity: str, scope: str) -> str:
    """``high``, ``same syringe`` → “Of high severity, in one syringe”."""
    parts = (_SEVERITY_WORDS.get(severity, ""), _SCOPE_WORDS.get(scope, scope))
    said = ", ".join(part for part in parts if part)
    return said[:1].upper() + said[1:]
