"""What an allergy written in words says: which factors, none at all, or what no rule reads. No Django here."""

import re
from collections.abc import Container, Sequence
from dataclasses import dataclass
from functools import lru_cache

from mesoclinic.core.search_text import search_words
from patients.rules.intake import DerivedFactor, TermFactor, factors_from_terms

ALLERGY = "allergy"

#: The term that stands for every other words: what it means is the factor of an allergy that no rule reads.
ANY_WORDS = "*"

#: Whole entries that say there is no allergy, in the five languages of the words.
_NO_ALLERGY = frozenset(
    {
        "",
        *("no", "none", "nil", "nothing", "never", "nka", "nkda", "no allergy", "no allergies"),
        *("no known allergy", "no known allergies", "none known", "no known drug allergy"),
        *("no known drug allergies", "not known to have any allergy", "n a", "not applicable"),
        *("non", "aucune", "aucun", "aucune allergie", "aucune connue", "aucune allergie connue"),
        *("pas d allergie", "pas d allergies", "pas d allergie connue", "sans allergie"),
        *("ninguna", "ninguno", "ninguna conocida", "ninguna alergia", "sin alergias", "sin alergia"),
        *("sin alergias conocidas", "no alergias", "no alergias conocidas", "nada"),
        *("yok", "hayir", "alerji yok", "alerjisi yok", "alerjim yok", "bilinen alerji yok"),
        *("bilinen alerjisi yok", "bilinen alerjim yok", "bilinen bir alerjim yok"),
        *("nein", "keine", "keine allergie", "keine allergien", "keine bekannt", "keine bekannten"),
        *("keine bekannte allergie", "keine bekannten allergien", "keine allergien bekannt"),
    }
)

#: Words that turn around what follows them.
_NEGATIONS = frozenset(
    [
        "no",
        "not",
        "non",
        "pas",
        "sans",
        "never",
        "without",
        "kein",
        "keine",
        "keinen",
        "keiner",
        "nicht",
        "ohne",
        "nie",
        "jamais",
        "sin",
        "nunca",
    ]
)

#: Turkish negates after the word.
_NEGATIONS_AFTER = frozenset(["yok", "degil", "degilim", "yoktur"])

#: What happened and when: an entry of these tells more of the allergy beside it and names none.
_DETAILS = frozenset(
    [
        "rash",
        "hives",
        "swelling",
        "swollen",
        "itch",
        "itching",
        "itchy",
        "urticaria",
        "anaphylaxis",
        "anaphylactic",
        "shock",
        "breath",
        "breathing",
        "wheeze",
        "vomiting",
        "nausea",
        "faint",
        "fainted",
        "redness",
        "red",
        "eczema",
        "dermatitis",
        "blisters",
        "angioedema",
        "reaction",
        "year",
        "years",
        "ago",
        "child",
        "childhood",
        "since",
        "mild",
        "severe",
        "hospital",
        "eruption",
        "urticaire",
        "demangeaisons",
        "gonflement",
        "oedeme",
        "choc",
        "erupcion",
        "urticaria",
        "picor",
        "hinchazon",
        "kasinti",
        "dokuntu",
        "kurdesen",
        "sisme",
        "ausschlag",
        "juckreiz",
        "schwellung",
        "atemnot",
    ]
)

_BETWEEN_ENTRIES = re.compile(r"[,;/\n+&]|\b(?:and|et|y|ve|und)\b", re.IGNORECASE)
_REMARK = re.compile(r"\([^)]*\)")

#: A class nobody named, and the factors that name it: said in the same breath, they take its place.
_NAMED_BY = {
    "allergy_la_unknown": ("allergy_amide", "allergy_ester"),
    "allergy_b_vitamin": (
        "allergy_thiamine",
        "allergy_cobalt",
        *(
            f"allergy_component:{code}"
            for code in ("riboflavin", "nicotinamide", "pyridoxine", "folic-acid", "biotin", "dexpanthenol")
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class _Match:
    start: int
    end: int
    row: TermFactor


def says_no_allergy(text: str) -> bool:
    """Whether the words say that there is no allergy: “NKDA”, “aucune”, “No known allergy (situation)”."""
    return " ".join(search_words(_REMARK.sub(" ", text))) in _NO_ALLERGY


def factors_from_allergy_words(text: str, terms: Sequence[TermFactor]) -> list[DerivedFactor]:
    """The factors that an allergy's words mean, each once; none where they say that there is no allergy.

    Entry by entry (“latex, the blue ampoule”): what no term names, and what a negation stands before, is the factor
    of :data:`ANY_WORDS` with the entry's own words, where ``terms`` hold it.
    """
    if says_no_allergy(text):
        return []
    unread = next((row for row in terms if row.term == ANY_WORDS), None)
    found: dict[str, DerivedFactor] = {}
    left: list[str] = []
    for entry in filter(None, map(str.strip, _BETWEEN_ENTRIES.split(text))):
        words = search_words(entry)
        matches = _longest_matches(words, terms)
        if not matches or _is_negated(words, matches):
            left.append(entry)
            continue
        for match in matches:
            row = match.row
            found.setdefault(row.factor, DerivedFactor(row.factor, row.kind, row.term, row.term))
    unread_entries = [entry for entry in left if not (found and _is_detail_of_entry_before(entry))]
    if unread is not None and unread_entries:
        said = text.strip() if not found else "; ".join(unread_entries)
        found[unread.factor] = DerivedFactor(unread.factor, unread.kind, said, said)
    return [each for each in found.values() if not is_class_named_more_exactly(each.factor, found)]


def factors_from_words(kind: str, text: str, terms: Sequence[TermFactor]) -> list[DerivedFactor]:
    """The factors that a name in a list of ``kind`` means: an allergy is read with more care than the rest."""
    read = factors_from_allergy_words if kind == ALLERGY else factors_from_terms
    return read(text, terms)


def is_class_named_more_exactly(factor: str, beside: Container[str]) -> bool:
    """Whether ``factor`` is a class nobody named, and one of ``beside`` names it."""
    return any(other in beside for other in _NAMED_BY.get(factor, ()))


def _longest_matches(words: Sequence[str], terms: Sequence[TermFactor]) -> list[_Match]:
    """The terms that stand in ``words``, without those that are part of a longer one."""
    whole = f" {' '.join(words)} "
    matches = []
    for row in terms:
        term = _term_between_spaces(row.term)
        if not term or (at := whole.find(term)) < 0:
            continue
        start = whole[:at].count(" ")
        matches.append(_Match(start, start + term.strip().count(" ") + 1, row))
    return [
        match
        for match in matches
        if not any(
            other.start <= match.start
            and match.end <= other.end
            and (other.end - other.start) > (match.end - match.start)
            for other in matches
        )
    ]


@lru_cache(maxsize=4096)
def _term_between_spaces(term: str) -> str:
    """“ local anaesthetic ”: as it stands in a name whose words are told apart by one space."""
    words = search_words(term)
    return f" {' '.join(words)} " if words else ""


def _is_negated(words: Sequence[str], matches: Sequence[_Match]) -> bool:
    first = min(match.start for match in matches)
    return bool(_NEGATIONS & set(words[:first]) or _NEGATIONS_AFTER & set(words))


def _is_detail_of_entry_before(entry: str) -> bool:
    words = search_words(entry)
    return not words or all(word.isdigit() for word in words) or not _DETAILS.isdisjoint(words)
