"""What a formulation is, in words for whoever gets it: what for, how sure, off-label or not. No Django here."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from treatments.cocktails.rules.mix import Substance
from treatments.cocktails.rules.rulebook import ANY, Rulebook
from treatments.cocktails.rules.suggestions import condition_text, is_contested_indication
from treatments.cocktails.rules.wording import FAMILY_WORDS, names_joined_text, without_full_stop

#: By grade of support, without a word of promise (docs/clinical.md §14).
_USED_FOR = {
    3: "Controlled trials tested it for {what}.",
    2: "Trials of related cases support it for {what}.",
    1: "It is used from experience for {what}; no good trial has shown that it works.",
}


@dataclass(frozen=True, slots=True)
class Explained:
    """One substance of a formulation. ``off_label`` is empty only for what is licensed for injection as it is used."""

    name: str
    kind: str
    sentences: tuple[str, ...]
    contested: str
    off_label: str
    tell_us: tuple[str, ...]


def explain_substance_for_leaflet(substance: Substance, rulebook: Rulebook, *, regulatory: str) -> Explained:
    """``regulatory`` is what the catalogue says of its licence."""
    rows = rulebook.uses_of.get(substance.code, ())
    by_support: dict[int, list[str]] = {}
    disputed = []
    for row in rows:
        if is_contested_indication(row):
            disputed.append(condition_text(row.condition))
        else:
            by_support.setdefault(row.support, []).append(condition_text(row.condition))
    sentences = [
        _USED_FOR[support].format(what=names_joined_text(by_support[support]))
        for support in sorted(by_support, reverse=True)
    ]
    if not substance.is_active:
        sentences = [_BESIDE.get(substance.family, "It is added to make up the mixture.")]
    elif not sentences and not disputed:
        sentences = ["No source on file says what it does for hair."]
    return Explained(
        name=substance.name,
        kind=FAMILY_WORDS.get(substance.family, substance.family),
        sentences=tuple(sentences),
        contested=f"Contested for {names_joined_text(disputed)}: sources found no benefit, or disagree."
        if disputed
        else "",
        off_label=off_label_text_or_empty(substance, regulatory),
        tell_us=tuple(_contraindication_labels(substance.code, rulebook)),
    )


_BESIDE = {
    "diluent": "It thins the mixture to the right volume.",
    "anaesthetic": "It numbs the skin while you are treated.",
    "buffer": "It makes the numbing medicine sting less.",
}


class Licence(StrEnum):
    """What is known of a substance's licence for injection into the scalp."""

    OFF_LABEL = "off_label"
    COSMETIC = "cosmetic"
    NONE = "none"
    ASK = "ask"
    LICENSED = "licensed"


_TOLD = "Your clinician chose it for you and has to tell you so."
_LICENCE_TEXTS = {
    Licence.OFF_LABEL: f"OFF-LABEL: it is not licensed for injection into the scalp. {_TOLD}",
    Licence.COSMETIC: "NOT LICENSED FOR INJECTION: it is known as a cosmetic ingredient, made for the surface of the skin. "
    + _TOLD,
    Licence.NONE: f"NOT LICENSED: no authority is known to have approved it for this. {_TOLD}",
    Licence.ASK: "Ask which licence this product has: for the scalp it may be off-label.",
    Licence.LICENSED: "",
}


def off_label_text_or_empty(substance: Substance, regulatory: str) -> str:
    """Off-label said plainly: what is not licensed, and that this must be told (HAS 2014)."""
    return _LICENCE_TEXTS[licence_of(substance, regulatory)]


def licence_of(substance: Substance, regulatory: str) -> Licence:
    """``regulatory`` is what the catalogue says of its licence."""
    said = regulatory.casefold()
    if "off-label" in said:
        return Licence.OFF_LABEL
    if "cosmetic" in said:
        return Licence.COSMETIC
    if any(
        word in said
        for word in (
            "unlicensed",
            "no authorised",
            "no approved",
            "not fda-approved",
            "withdrawn",
            "not a substance",
        )
    ):
        return Licence.NONE
    return Licence.ASK if substance.is_active else Licence.LICENSED


class Grounds(StrEnum):
    """How sure it is that a substance does something for hair, at best; or what it is beside the others for."""

    TRIALS = "trials"
    RELATED = "related"
    EXPERIENCE = "experience"
    CONTESTED = "contested"
    NOTHING = "nothing"
    DILUTES = "diluent"
    NUMBS = "anaesthetic"
    EASES = "buffer"
    BESIDE = "beside"


_GROUNDS_BY_SUPPORT = {3: Grounds.TRIALS, 2: Grounds.RELATED, 1: Grounds.EXPERIENCE}


@dataclass(frozen=True, slots=True)
class Told:
    """One substance as a patient is told of it in any language: its name, and which sentences stand beside it."""

    name: str
    family: str
    grounds: Grounds
    licence: Licence


def tell_of_substance(substance: Substance, rulebook: Rulebook, *, regulatory: str) -> Told:
    """Without the names of conditions, which stand in the leaflet."""
    rows = rulebook.uses_of.get(substance.code, ())
    support = max((row.support for row in rows if not is_contested_indication(row)), default=0)
    if not substance.is_active:
        known = {Grounds.DILUTES.value, Grounds.NUMBS.value, Grounds.EASES.value}
        grounds = Grounds(substance.family) if substance.family in known else Grounds.BESIDE
    elif support in _GROUNDS_BY_SUPPORT:
        grounds = _GROUNDS_BY_SUPPORT[support]
    else:
        grounds = Grounds.CONTESTED if rows else Grounds.NOTHING
    return Told(substance.name, substance.family, grounds, licence_of(substance, regulatory))


#: What the clinic writes short, as a patient is asked about it.
_SAID_TO_PATIENTS = {
    "lab_tests": "A blood test is planned in the next days",
    "ileus": "Your bowel is blocked",
}


def _contraindication_labels(code: str, rulebook: Rulebook) -> Iterable[str]:
    seen = set()
    for row in rulebook.contras_to.get(code, ()):
        label = _SAID_TO_PATIENTS.get(row.factor) or without_full_stop(row.factor_label)
        if row.factor != ANY and label and label not in seen:
            seen.add(label)
            yield label
