"""Who a patient is, what they told us, and what they agreed to. No Django here."""

from patients.rules.consent import ConsentFact, consent_standing
from patients.rules.intake import (
    AnswerFactor,
    DerivedFactor,
    Question,
    TermFactor,
    factors_from_answers,
    factors_from_terms,
    intake_missing,
)
from patients.rules.people import (
    Registration,
    age_on,
    as_record_number,
    check_birth_date,
    day_words,
    is_record_number,
    likeness,
    names_alike,
    record_number,
)
from patients.rules.phones import Phone, read_phone
from patients.rules.search import Search, parse_search, phone_digits, same_phone, search_words

__all__ = [
    "AnswerFactor",
    "ConsentFact",
    "DerivedFactor",
    "Phone",
    "Question",
    "Registration",
    "Search",
    "TermFactor",
    "age_on",
    "as_record_number",
    "check_birth_date",
    "consent_standing",
    "day_words",
    "factors_from_answers",
    "factors_from_terms",
    "intake_missing",
    "is_record_number",
    "likeness",
    "names_alike",
    "parse_search",
    "phone_digits",
    "read_phone",
    "record_number",
    "same_phone",
    "search_words",
]
