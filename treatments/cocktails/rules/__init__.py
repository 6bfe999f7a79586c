"""What the clinic's protocol says about a mix: is it allowed, how much is it, what would fit. No Django here.

    mix ─┐
         ├─► check_mix ──► findings          suggest ──► ranked ingredients
    rulebook ─► totals, dose_lines           why_not ──► one sentence

``mix`` what is asked about · ``rulebook`` the rules as rows · ``arithmetic`` doses and limits ·
``totals`` figures for the page · ``checks`` the whole protocol, with ``pairing``, ``doses``,
``contraindications`` and ``stock`` for its parts · ``suggest`` what is supported for a condition ·
``fit`` whether what stands ready fits · ``keeping`` how long it may wait · ``education`` the same for the patient · ``trace`` every rule that was asked · ``versions`` what changed between two.
"""

from treatments.cocktails.rules.arithmetic import (
    LIMIT_WORDS,
    Held,
    LimitUse,
    actives_in,
    held_in,
    limit_uses,
    times_in,
)
from treatments.cocktails.rules.checks import check_mix
from treatments.cocktails.rules.contraindications import blocked_for, contraindications_for, not_for
from treatments.cocktails.rules.education import Explained, explain
from treatments.cocktails.rules.fit import Fit, fit_of
from treatments.cocktails.rules.keeping import KEEPING_SOURCE, keeping_words, use_before
from treatments.cocktails.rules.mix import (
    MAX_ACTIVES,
    MIN_ACTIVES,
    NOBODY,
    Content,
    Line,
    Mix,
    MixKind,
    Person,
    Preparation,
    Status,
    Stock,
    Substance,
)
from treatments.cocktails.rules.rulebook import (
    Contra,
    Indicated,
    Limit,
    LimitKind,
    LimitPeriod,
    LimitUnit,
    Pair,
    PairKind,
    Rule,
    Rulebook,
    Severity,
)
from treatments.cocktails.rules.suggest import (
    Suggestion,
    SuggestionState,
    evidence_words,
    in_words,
    is_contested,
    suggest,
    why_not,
)
from treatments.cocktails.rules.totals import DoseLine, SubstanceTotal, Totals, dose_lines, totals
from treatments.cocktails.rules.trace import Traced, trace
from treatments.cocktails.rules.versions import Drawn, Formula, changed_meanwhile, differences
from treatments.cocktails.rules.words import FAMILY_WORDS, short_source

__all__ = [
    "FAMILY_WORDS",
    "KEEPING_SOURCE",
    "LIMIT_WORDS",
    "MAX_ACTIVES",
    "MIN_ACTIVES",
    "NOBODY",
    "Content",
    "Contra",
    "DoseLine",
    "Drawn",
    "Explained",
    "Fit",
    "Formula",
    "Held",
    "Indicated",
    "Limit",
    "LimitKind",
    "LimitPeriod",
    "LimitUnit",
    "LimitUse",
    "Line",
    "Mix",
    "MixKind",
    "Pair",
    "PairKind",
    "Person",
    "Preparation",
    "Rule",
    "Rulebook",
    "Severity",
    "Status",
    "Stock",
    "Substance",
    "SubstanceTotal",
    "Suggestion",
    "SuggestionState",
    "Totals",
    "Traced",
    "actives_in",
    "blocked_for",
    "changed_meanwhile",
    "check_mix",
    "contraindications_for",
    "differences",
    "dose_lines",
    "evidence_words",
    "explain",
    "fit_of",
    "held_in",
    "in_words",
    "is_contested",
    "keeping_words",
    "limit_uses",
    "not_for",
    "short_source",
    "suggest",
    "times_in",
    "totals",
    "trace",
    "use_before",
    "why_not",
]
