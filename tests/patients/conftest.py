"""A patient, and a few questions with what their answers mean, as the shipped data has them."""

import pytest

from patients.models import Factor, FactorTerm, IntakeQuestion
from tests import factories

#: Code, kind and how many days it usually stands.
FACTORS = (
    ("allergy_fish", "allergy", None),
    ("allergy_amide", "allergy", None),
    ("allergy_ester", "allergy", None),
    ("pregnancy", "pregnancy", None),
    ("recent_infection", "history", 14),
    ("recent_surgery", "history", 90),
    ("anticoagulant", "medicine", None),
    ("nsaid_48h", "medicine", 2),
    ("autoimmune", "disease", None),
    ("keloid", "history", None),
    ("age_lt_18", "history", None),
)

#: Code, type of the answer, and what else the question says, in the order of work.
QUESTIONS = (
    ("duration", "date", {}),
    ("previous", "list+date", {"options": ["hair transplant", "none"]}),
    ("infection", "yes-no", {"required": True}),
    ("autoimmune", "list", {"options": ["lupus"], "match_terms": "disease"}),
    ("age", "date", {"shown_when": "birth_date=missing"}),
    ("allergy", "list", {"options": ["fish"], "match_terms": "allergy"}),
    ("meds", "list", {"match_terms": "medicine"}),
    (
        "pregnant",
        "multi",
        {"options": ["pregnant", "none"], "required": True, "shown_when": "sex=female"},
    ),
    ("partner", "yes-no", {"required": True, "shown_when": "sex=male"}),
)

#: Question, answer, and the factor and kind that it means.
ANSWERS = (
    ("age", "<18", "age_lt_18", "history"),
    ("allergy", "fish", "allergy_fish", "allergy"),
    ("autoimmune", "lupus", "autoimmune", "disease"),
    ("infection", "yes", "recent_infection", "history"),
    ("previous", "hair transplant", "recent_surgery", "history"),
    ("pregnant", "pregnant", "pregnancy", "pregnancy"),
)

#: A word of free text, and the factor and kind that it means.
TERMS = (
    ("lidocaine", "allergy_amide", "allergy"),
    ("local anaesthetic", "allergy_amide", "allergy"),
    ("local anaesthetic", "allergy_ester", "allergy"),
    ("warfarin", "anticoagulant", "medicine"),
    ("aspirin", "nsaid_48h", "medicine"),
    ("keloid", "keloid", "history"),
)


@pytest.fixture
def patient(clinician):
    return factories.PatientFactory(registered_by=clinician)


@pytest.fixture
def questions(db):
    for code, kind, days in FACTORS:
        factories.FactorFactory(code=code, kind=kind, usual_days=days)
    for order, (code, answer_type, more) in enumerate(QUESTIONS):
        IntakeQuestion.objects.create(
            code=code,
            question=f"About {code}?",
            answer_type=answer_type,
            order=order,
            section="Health",
            **more,
        )
    for question, answer, code, kind in ANSWERS:
        FactorTerm.objects.create(
            where="answer", question=question, term=answer, kind=kind, factor=Factor.objects.get(code=code)
        )
    for term, code, kind in TERMS:
        FactorTerm.objects.create(where="term", term=term, kind=kind, factor=Factor.objects.get(code=code))


@pytest.fixture
def factors(db):
    """The words that the sample's medicines and allergies are known by."""
    for code, kind, term, listed in (
        ("nsaid_48h", "medicine", "clopidogrel", "medicine"),
        ("cardiac", "disease", "coronary heart disease", "disease"),
        ("pregnancy", "pregnancy", "normal pregnancy", "pregnancy"),
        ("allergy_amide", "allergy", "local anaesthetic", "allergy"),
        ("allergy_ester", "allergy", "local anaesthetic", "allergy"),
        ("allergy_latex", "allergy", "latex", "allergy"),
    ):
        factor = factories.FactorFactory(code=code, kind=kind)
        factories.FactorTermFactory(term=term, kind=listed, factor=factor)
