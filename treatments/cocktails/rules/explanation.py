"""Every rule that was asked about a mix: which spoke, which kept silent, and what would make it speak. No Django here.

A finding tells what is wrong. The explanation tells how far the protocol looked, so that silence can be judged too.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from mesoclinic.core.citations import citations_best_first_text
from mesoclinic.core.findings import Finding
from mesoclinic.core.quantities import plain_number_text
from treatments.cocktails.rules.arithmetic import (
    LIMIT_WORDS,
    Held,
    held_by_substance_code,
    usage_of_each_limit,
)
from treatments.cocktails.rules.checks import check_mix_against_all_rules
from treatments.cocktails.rules.contraindications import contraindications_that_apply
from treatments.cocktails.rules.interactions import interactions_that_apply
from treatments.cocktails.rules.mix import NOBODY, Mix, Person, Substance
from treatments.cocktails.rules.rulebook import ANY, TREATMENT, Contra, Limit, Rulebook, review_text
from treatments.cocktails.rules.wording import without_full_stop

State = Literal["fired", "silent", "could"]

#: The rules of the formulation themselves (docs/clinical.md §4), and the findings that each of them speaks by.
PROTOCOL: tuple[tuple[str, str, tuple[str, ...], str], ...] = (
    (
        "F1",
        "A cocktail holds 2 to 6 different actives; the clinic may allow fewer.",
        ("count", "empty"),
        "[SEED]",
    ),
    ("F2", "Diluents, buffers and anaesthetics are not counted.", (), "general knowledge"),
    (
        "F3",
        "A ready-made product counts as one active, or as what is in it where the clinic says so.",
        (),
        "general knowledge",
    ),
    (
        "F4",
        "Nothing is added to a ready-made product unless its maker allows it.",
        ("premade:",),
        "HAS 2014, inferred",
    ),
    (
        "F5",
        "A single preparation holds exactly one active; what is given alone is not mixed.",
        ("preparation:",),
        "PRP, polynucleotide and dutasteride protocols",
    ),
    ("F6", "A blocked ingredient or product is in no syringe.", ("blocked:",), "EMA 2012, FDA 2019"),
    (
        "F7",
        "A restricted ingredient needs a clinician's written reason.",
        ("restricted:",),
        "general knowledge",
    ),
    (
        "F10",
        "The dose is concentration × volume, summed over the syringes of a session and the sessions of a period.",
        ("dose:", "weight:", "area:", "doses", "no-limit"),
        "arithmetic",
    ),
    ("F11", "Actives, adjuvants and diluent together fit the syringe.", ("volume", "ml:"), "arithmetic"),
    ("F12", "Dilution: C2 = C1 × V1 / total; 1 % is 10 mg/ml.", (), "arithmetic"),
    (
        "F13",
        "Each product has a lot in date, of known origin, that holds enough.",
        ("stock:", "expiry:"),
        "[SEED], Hutin 2003",
    ),
    (
        "F14",
        "The mixture is used at once; an ampoule keeps 0 h, a single-dose vial 1 h, a multi-dose vial 28 days.",
        (),
        "California Code 16 s.1751.9, USP 797",
    ),
    (
        "F16",
        "The same substance from two products, in two forms or inside a ready-made one is one substance.",
        ("duplicate:", "duplicate-pool:"),
        "substances.csv",
    ),
    (
        "F17",
        "All syringes of a session keep under the ceilings of volume: in all, and per cm².",
        ("volume-session", "volume-cm2"),
        "volume_limits.csv",
    ),
    (
        "law",
        "A product of the catalogue that was retired, or is not known to be for injection, asks for a reason.",
        ("retired:", "legal-route:"),
        "Regulation (EC) 1223/2009",
    ),
    (
        "law",
        "Where only a pharmacy may mix, several products in one syringe need its name.",
        ("compounding",),
        "HAS 2014",
    ),
    (
        "law",
        "Off-label use is told to the patient; who must not handle an ingredient is told to staff.",
        ("off-label:", "handling:"),
        "HAS 2014",
    ),
)


@dataclass(frozen=True, slots=True)
class Traced:
    """One rule. ``then`` says what it came to, or what would set it off."""

    rule: str  # F1 to F19 of docs/clinical.md §4
    about: str
    says: str
    state: State
    then: str
    source: str
    basis: str
    reviewed: str  # who here reviewed it and when; empty: not a row of the catalogue
    level: str = ""  # of the finding, where one was made


def explain_every_rule_asked(
    mix: Mix,
    person: Person | None,
    rulebook: Rulebook,
    substances: Mapping[str, Substance],
    *,
    area_cm2: Decimal | None,
    today: date,
) -> list[Traced]:
    """Every rule about this mix and this person: what fired first, then what could, then the silent ones.

    Fired: it spoke, and how. Could: it is about something in the syringe and waits for another ingredient
    or a fact about the patient. Silent: it was asked, and all was well.
    """
    findings = {
        finding.code: finding
        for finding in check_mix_against_all_rules(mix, person, rulebook, area_cm2=area_cm2, today=today)
    }
    held = held_by_substance_code(mix)
    rows = [
        *_explain_protocol_rules(findings.values()),
        *_explain_interactions(held, rulebook, substances, findings),
        *_explain_dose_limits(mix, person or NOBODY, rulebook, area_cm2, findings),
        *_explain_contraindications(held, person or NOBODY, rulebook, findings),
    ]
    order: Sequence[State] = ("fired", "could", "silent")
    return sorted(rows, key=lambda row: order.index(row.state))


def _explain_protocol_rules(findings: Iterable[Finding]) -> Iterable[Traced]:
    said = list(findings)
    for rule, says, codes, source in PROTOCOL:
        own = [
            finding
            for finding in said
            if any(
                finding.code == code or (code.endswith(":") and finding.code.startswith(code))
                for code in codes
            )
        ]
        spoke = [finding for finding in own if finding.level != "ok"]
        state: State = "fired" if spoke else "silent"
        then = " ".join(finding.message for finding in (spoke or own))
        yield Traced(
            rule,
            "the syringe",
            says,
            state,
            then or "Applied; nothing to say.",
            source,
            "",
            "",
            str(spoke[0].level) if spoke else "ok",
        )


def _explain_interactions(
    held: Mapping[str, Held],
    rulebook: Rulebook,
    substances: Mapping[str, Substance],
    findings: Mapping[str, Finding],
) -> Iterable[Traced]:
    met = interactions_that_apply(held, rulebook)
    rows = {id(row): row for code in held for row in rulebook.pairs_of.get(code, ())}
    for row in sorted(rows.values(), key=lambda row: (row.code, row.why)):
        names = sorted(_substance_name_or_code(code, held, substances) for code in (row.a, row.b))
        finding = findings.get(row.code)
        spoke = row in met and finding is not None
        absent = [code for code in (row.a, row.b) if code not in held and code != ANY]
        state: State
        if spoke:
            state, then = "fired", finding.message if finding else without_full_stop(row.why)
        elif row in met or not absent:
            state, then = "silent", f"{without_full_stop(row.why)}." if row.why else ""
        elif all(code in substances for code in absent):
            added = " and ".join(_substance_name_or_code(code, held, substances) for code in absent)
            state, then = "could", f"If {added} is added: {without_full_stop(row.why)}."
        else:
            continue  # about what this clinic's catalogue no longer holds
        yield Traced(
            "F8",
            " + ".join(names),
            _PAIR_WORDS[row.kind],
            state,
            then,
            citations_best_first_text(row.source),
            row.basis,
            review_text(row),
            str(finding.level) if spoke and finding else "",
        )


_PAIR_WORDS = {
    "incompatible": "must not share a syringe",
    "caution": "together only with care",
    "redundant-class": "of one class: keep one",
    "ok": "go together",
}


def _explain_dose_limits(
    mix: Mix, person: Person, rulebook: Rulebook, area_cm2: Decimal | None, findings: Mapping[str, Finding]
) -> Iterable[Traced]:
    for use in usage_of_each_limit(mix, person, rulebook, area_cm2):
        code = use.substance.code
        own = [
            findings[f"{kind}:{code}"] for kind in ("dose", "weight", "area") if f"{kind}:{code}" in findings
        ]
        fired = use.exceeded or bool(use.missing and own)
        drawn = f"{plain_number_text(use.used)} {use.unit}"
        of = f" of {use.allowed_text_or_empty}" if use.allowed_text_or_empty else ""
        yield Traced(
            "F10",
            use.substance.name,
            _dose_limit_text(use.limit),
            "fired" if fired else "silent",
            own[0].message if fired and own else f"{drawn}{of}.",
            citations_best_first_text(use.limit.source),
            "stated",
            review_text(use.limit),
            str(own[0].level) if fired and own else "",
        )


def _dose_limit_text(limit: Limit) -> str:
    figures = []
    if limit.value is not None:
        figures.append(
            f"{plain_number_text(limit.value)} {limit.unit.replace('cm2', 'cm²').replace('mL', 'ml')}"
        )
    if limit.per_kg is not None:
        figures.append(f"{plain_number_text(limit.per_kg)} mg/kg")
    return f"{LIMIT_WORDS[limit.kind]}: {' or '.join(figures)} per {limit.period}"


def _explain_contraindications(
    held: Mapping[str, Held], person: Person, rulebook: Rulebook, findings: Mapping[str, Finding]
) -> Iterable[Traced]:
    speaking = {row.code for row in contraindications_that_apply({TREATMENT, *held}, person, rulebook)}
    told: set[str] = set()
    for code in sorted({TREATMENT, *held}):
        for row in rulebook.contras_to.get(code, ()):
            if row.code in told:
                continue
            told.add(row.code)
            finding = findings.get(row.code)
            state: State = "fired" if row.code in speaking and finding else "could"
            then = finding.message if finding else _contraindication_effect_text(row)
            yield Traced(
                "F15",
                held[code].substance.name if code in held else "any treatment",
                f"{row.severity} in: {row.factor_label}",
                state,
                then,
                citations_best_first_text(row.source),
                row.basis,
                review_text(row),
                str(finding.level) if finding else "",
            )


def _contraindication_effect_text(row: Contra) -> str:
    """What a contraindication would do if its risk factor were on record."""
    verb = "Blocks" if row.severity == "absolute" else "Warns"
    why = f" ({without_full_stop(row.why)})" if row.why else ""
    return f"{verb} if this is on record{why}."


def _substance_name_or_code(code: str, held: Mapping[str, Held], substances: Mapping[str, Substance]) -> str:
    if code == ANY:
        return "anything else"
    known = held[code].substance if code in held else substances.get(code)
    return known.name if known else code.replace("-", " ")
