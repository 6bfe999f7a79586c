"""Rows of must_ask.csv in the test database, and patients who have answered them."""

from datetime import date

from django.utils import timezone

from mesoclinic.data.files import read_catalogue
from mesoclinic.data.load_must_ask import load_required_answers
from mesoclinic.data.rows import Catalogue
from patients.models import SafetyAnswer
from tests.factories import FactorFactory, UserFactory
from tests.golden_safety.required import SHIPPED, all_answered


def must_ask(*codes):
    """Load these rows of the shipped file (``ask-heart-vaso``), with the factors that their answers mean."""
    shipped = read_catalogue(SHIPPED)
    rows = [row for row in shipped.required_answers if row.code in codes]
    assert {row.code for row in rows} == set(codes)
    kinds = {factor.code: factor.kind for factor in shipped.factors}
    for row in rows:
        for factor in row.meaning.values():
            FactorFactory(code=factor, kind=kinds[factor])
    load_required_answers(Catalogue(required_answers=rows))


def answer(patient, *, on: date | None = None, by=None, where="intake", **answers):
    """The patient answered: ``answer(patient, heart="none", blood_donor="no")``."""
    by = by or UserFactory()
    return SafetyAnswer.objects.bulk_create(
        SafetyAnswer(
            patient=patient,
            question=code.replace("blood_donor", "blood-donor").replace("lab_tests", "lab-tests"),
            said=[said] if isinstance(said, str) else list(said),
            asked_on=on or timezone.localdate(),
            asked_where=where,
            asked_by=by,
        )
        for code, said in answers.items()
    )


def answer_everything(patient, *, on: date | None = None, by=None):
    """The patient was asked everything that day, and nothing of it is so."""
    on = on or timezone.localdate()
    by = by or UserFactory()
    return SafetyAnswer.objects.bulk_create(
        SafetyAnswer(
            patient=patient,
            question=code,
            said=list(said.said),
            asked_on=on,
            asked_where="intake",
            asked_by=by,
        )
        for code, said in all_answered(on).items()
        if code not in ("age", "assessment")
    )
