"""What is told today in words, as the risk factors it will be once it stands on the record."""

from collections.abc import Iterable

from patients.models import Factor
from patients.queries import terms_naming_risk_factors
from patients.rules.allergies import ALLERGY, factors_from_words, says_no_allergy
from patients.rules.intake import DerivedFactor
from treatments.cocktails.queries.formulation import FactorRead
from treatments.sessions.rules.safety_questions import NewRisk

#: A risk factor that is not stored yet.
NOT_STORED = 0


def factors_told_in_words(told: Iterable[NewRisk]) -> list[FactorRead]:
    """The risk factors that the words of ``told`` name; the words themselves where no rule asks for them.

    One query for each kind of word, and one for the factors; none where nothing was told in words.
    """
    terms = {kind: terms_naming_risk_factors(kind) for kind in dict.fromkeys(each.kind for each in told)}
    named = [
        (each, factors_from_words(each.kind, each.label, terms[each.kind]))
        for each in told
        if not (each.kind == ALLERGY and says_no_allergy(each.label))
    ]
    codes = {found.factor for _, factors in named for found in factors}
    known = {factor.code: factor for factor in Factor.objects.filter(code__in=codes)} if codes else {}
    rows: list[FactorRead] = []
    for each, factors in named:
        read = [
            _factor_read_of_known_factor(each, found, known) for found in factors if found.factor in known
        ]
        rows += read or [_factor_read_of_unknown_words(each)]
    return rows


def _factor_read_of_known_factor(told: NewRisk, found: DerivedFactor, known: dict[str, Factor]) -> FactorRead:
    factor = known[found.factor]
    return FactorRead(
        id=NOT_STORED,
        code=factor.code,
        short=factor.short_label,
        label=told.label,
        kind=told.kind,
        said_label=factor.said_label,
        said=found.term,
    )


def _factor_read_of_unknown_words(told: NewRisk) -> FactorRead:
    return FactorRead(id=NOT_STORED, code=None, short=told.label, label=told.label, kind=told.kind)
