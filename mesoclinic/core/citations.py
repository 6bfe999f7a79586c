"""Where a rule comes from, in the form that the data files use. No Django here.

A source is written ``[KEY] citation <address>``; several are joined by `` | ``, the best first.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

_PART = re.compile(
    r"^\s*(?:\[(?P<key>[^\]]+)\])?\s*(?P<text>.*?)\s*(?:<(?P<address>https?://[^>]*)>)?\s*$", re.DOTALL
)
_BARE_KEYS = re.compile(r"^[A-Z][A-Z0-9]+(?:, [A-Z][A-Z0-9]+)*$")

#: Who says most comes first: words of a source's ``kind``, in this order. A copy in the press or on a seller's
#: page is not the label or the regulator itself, so those words are asked first.
_WEAK_KINDS = (
    "site",
    "press",
    "forum",
    "web",
    "product page",
    "blog",
    "article",
    "letter",
    "sheet",
    "professional course",
)
_KINDS = (
    ("label", "regulator", "law", "regulation", "standard", "authority"),
    ("guideline", "consensus", "hta", "learned society"),
    ("systematic review", "meta-analysis"),
    ("rct", "trial"),
    ("study", "cohort", "series", "outbreak", "case report", "registry"),
    ("review", "monograph", "compendium", "reference", "book", "secondary", "terminology", "abstract"),
)
_SEED_RANK, _KNOWLEDGE_RANK = 8, 9
#: Sources that lead only where there is no other.
_WEAK_KEYS = {"SEED": _SEED_RANK, "GK": _KNOWLEDGE_RANK, "INVENT": _KNOWLEDGE_RANK}


#: The document this product was built from, as a source.
SEED = (
    "[SEED] Article 'Hair Mesotherapy, What Is It?' (n.d.; same text at mycapil.com) "
    "<https://mycapil.com/en/hair-mesotherapy/>"
)


@dataclass(frozen=True, slots=True)
class Citation:
    """One source. ``key`` is its key in the reference; a source that is no publication has none."""

    key: str
    text: str
    address: str = ""

    @property
    def is_reference(self) -> bool:
        return bool(self.key)

    def __str__(self) -> str:
        address = f" <{self.address}>" if self.address else ""
        key = f"[{self.key}] " if self.key else ""
        return f"{key}{self.text}{address}".strip()


def citations_in_text(source: str) -> list[Citation]:
    """The sources that stand in a text, the best first; keys alone, joined by commas, are read too."""
    if _BARE_KEYS.match(source):
        source = " | ".join(f"[{key}]" for key in source.split(", "))
    found = []
    for part in source.split(" | "):
        read = _PART.match(part)
        if read is None or not part.strip():
            continue
        key = (read["key"] or "").strip()
        found.append(Citation(key, read["text"].strip() or key, read["address"] or ""))
    return sorted(found, key=lambda each: _WEAK_KEYS.get(each.key, 0))


def joined_citations_text(found: Iterable[Citation]) -> str:
    """Sources in the form that the data files use."""
    return " | ".join(str(each) for each in found)


def citations_best_first_text(source: str) -> str:
    """The same sources, the best first, as the rules hand them on."""
    return joined_citations_text(citations_in_text(source))


def rank_of_source(key: str, kind: str) -> int:
    """0 for a label or a regulator, 9 for what nobody published."""
    if key in _WEAK_KEYS:
        return _WEAK_KEYS[key]
    words = kind.lower().partition(";")[0]
    if any(weak in words for weak in _WEAK_KINDS):
        return len(_KINDS) + 1
    return next(
        (rank for rank, names in enumerate(_KINDS) if any(name in words for name in names)), len(_KINDS)
    )
