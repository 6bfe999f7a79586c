"""What a formulation is, in words for whoever gets it: what for, how sure, off-label or not. No Django here."""

from collections.abc import Iterable
from dataclasses import dataclass

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


def off_label_text_or_empty(substance: Substance, regulatory: str) -> str:
    """Off-label said plainly: what is not licensed, and that this must be told (HAS 2014)."""
    said = regulatory.casefold()
    told = "Your clinician chose it for you and has to tell you so."
    if "off-label" in said:
        return f"OFF-LABEL: it is not licensed for injection into the scalp. {told}"
    if "cosmetic" in said:
        return f"NOT LICENSED FOR INJECTION: it is known as a cosmetic ingredient, made for the surface of the skin. {told}"
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
        return f"NOT LICENSED: no authority is known to have approved it for this. {told}"
    if substance.is_active:
        return "Ask which licence this product has: for the scalp it may be off-label."
    return ""


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
