"""How the rules write names, figures and sources. No Django here."""

import re
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

from mesoclinic.core.quantities import plain, round_mg, round_ml

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

_KEY = re.compile(r"^\s*\[[^\]]*\]\s*")
_ADDRESS = re.compile(r"\s*<[^>]*>")


def names_joined_text(names: Iterable[str]) -> str:
    """``a, b and c``, in alphabetical order, so that the order of the lines never shows."""
    unique = sorted(set(names))
    if len(unique) < 2:
        return "".join(unique)
    return f"{', '.join(unique[:-1])} and {unique[-1]}"


def ml_text(ml: Decimal) -> str:
    return f"{plain(round_ml(ml))} ml"


def mg_text(mg: Decimal) -> str:
    return f"{plain(round_mg(mg))} mg"


def percent_text(fraction: Decimal) -> str:
    return f"{plain((fraction * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))} %"


def number_and_noun_text(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def with_definite_article(limit: str) -> str:
    """“the label maximum”, but “this clinic's limit”."""
    return limit if limit.startswith("this ") else f"the {limit}"


def without_full_stop(text: str) -> str:
    """A row's free text, fit to stand inside a sentence."""
    return text.strip().rstrip(".")


def first_citation_text(source: str) -> str:
    """The first citation without its key and address, and how many more there are.

    ``[EMA12] EMA referral <https://…> | [GK] …`` becomes ``EMA referral, and 1 more``.
    """
    citations = [_ADDRESS.sub("", _KEY.sub("", part)).strip() for part in source.split(" | ")]
    citations = [citation for citation in citations if citation]
    if not citations:
        return ""
    more = len(citations) - 1
    return f"{citations[0]}, and {more} more" if more else citations[0]
