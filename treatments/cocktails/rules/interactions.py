"""Which substances must not meet in a syringe, or in a session. No Django here."""

from collections.abc import Iterable, Mapping, Sequence

from mesoclinic.core.citations import citations_best_first_text
from mesoclinic.core.findings import Finding, block, note, ok, warn
from treatments.cocktails.rules.arithmetic import Held
from treatments.cocktails.rules.rulebook import ANY, Pair, Rulebook, review_text
from treatments.cocktails.rules.wording import names_joined_text, severity_and_scope_text, without_full_stop

#: When two rows speak of the same two, the stricter is heard.
_STRICTEST_FIRST = ("incompatible", "caution", "redundant-class", "ok")


def interactions_that_apply(
    held: Mapping[str, Held], rulebook: Rulebook, beside: Sequence[Mapping[str, Held]] = ()
) -> list[Pair]:
    """The rows about two substances that meet here, the strictest row for each two.

    ``beside`` holds the other syringes of the session, for the rows that speak of a whole session.
    """
    nearby = {code for other in beside for code in other} - held.keys()
    met: dict[str, Pair] = {}
    for code in held:
        for pair in rulebook.pairs_of.get(code, ()):
            if _does_interaction_apply(pair, code, held, nearby):
                known = met.get(pair.code)
                if known is None or _strictness_sort_key(pair) < _strictness_sort_key(known):
                    met[pair.code] = pair
    return [met[code] for code in sorted(met)]


def _does_interaction_apply(pair: Pair, code: str, held: Mapping[str, Held], nearby: set[str]) -> bool:
    other = pair.b if pair.a == code else pair.a
    if other == ANY:
        # A blocked ingredient has said so already; "with anything" would only repeat it.
        return held[code].substance.status != "blocked" and len(held) > 1
    if other in held:
        return not _come_from_same_product(held[code], held[other])
    return other in nearby and pair.applies_across_syringes


def _come_from_same_product(a: Held, b: Held) -> bool:
    """Both come from one and the same product: how they keep together is its maker's answer."""
    return len(a.products) == 1 and a.products == b.products


def _strictness_sort_key(pair: Pair) -> tuple[int, str, str]:
    return _STRICTEST_FIRST.index(pair.kind), pair.why, pair.source


def interaction_finding_or_none(
    pair: Pair, names: Mapping[str, str], held: Mapping[str, Held]
) -> Finding | None:
    """The finding of one row; None for a plain "ok", which :func:`no_conflict_finding` gathers."""
    both = sorted((pair.a, pair.b), key=lambda code: names.get(code, code))
    first, second = (names.get(code, code) for code in both)
    why = without_full_stop(pair.why)
    where = min(held[code].where for code in both if code in held)
    more = {
        "where": where,
        "source": citations_best_first_text(pair.source),
        "basis": pair.basis,
        "reviewed": review_text(pair),
        "detail": severity_and_scope_text(pair.severity, pair.scope),
    }
    if pair.kind == "incompatible" and ANY in both:
        name = second if both[0] == ANY else first
        return block(
            pair.code,
            f"{name} must not share a syringe with anything: {why}. Take it out, or a clinician writes why it stays.",
            fixed=False,
            **more,
        )
    if pair.kind == "incompatible":
        return block(
            pair.code,
            f"{first} and {second} must not share a syringe: {why}. "
            f"Take one out, or a clinician writes why both stay.",
            fixed=False,
            **more,
        )
    if pair.kind == "redundant-class":
        return warn(
            pair.code,
            f"{first} and {second} overlap: {why}. Keep one, or give a short reason for both.",
            **more,
        )
    if pair.kind == "caution":
        return warn(
            pair.code,
            f"Care with {first} and {second} together: {why}. Take one out, or give a short reason.",
            **more,
        )
    if pair.severity != "none":
        return note(pair.code, f"{first} and {second} may be used together: {why}.", **more)
    return None


def no_conflict_finding(pairs: Iterable[Pair], names: Mapping[str, str]) -> Finding:
    """Said where no row speaks against the mix. Silence of the rules is not proof of stability."""
    known = [
        f"{names_joined_text([names.get(pair.a, pair.a), names.get(pair.b, pair.b)])}: {without_full_stop(pair.why)}."
        for pair in pairs
        if pair.kind == "ok"
    ]
    unknown = "No stability study of a whole scalp cocktail was found: inject at once."
    return ok("pairs", "No conflict on file between these ingredients", detail=" ".join([*known, unknown]))
