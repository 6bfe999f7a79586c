"""One cocktail version with all that its formulation page needs."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import NotRequired, TypedDict

from django.db.models import JSONField, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.functions import JSONObject

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.core.compiled_queries import Blank, CompiledQuery
from mesoclinic.core.json_values import JSON
from mesoclinic.core.quantities import decimal_of_text_or_none
from patients.models import Factor, Patient, records_of
from patients.rules.alerts import OpenAlert
from patients.rules.risk_factors import chip_text
from treatments.cocktails.models import CocktailVersion
from treatments.cocktails.queries.catalogue import Catalogue
from treatments.cocktails.queries.required_answers import (
    AnswersOfPatient,
    KnownRead,
    build_answers_of_patient,
    known_answers_subquery,
)
from treatments.cocktails.rules.mix import Person
from treatments.cocktails.rules.versions import Drawn, Formula
from treatments.conditions.queries.lab_alerts import alert_columns_with_labs, alerts_with_labs_from_read

#: Which form the formulation page is, for mesoclinic.core.autosave.
AUTOSAVE_KIND = "cocktail"

_SQL = Path(__file__).parent / "sql"
_FORMULATION = (_SQL / "formulation.sql").read_text(encoding="utf-8")
_DRAWN = (_SQL / "drawn.sql").read_text(encoding="utf-8")


class DrawnRead(TypedDict):
    """One line of a version; ``ml`` as text, so that a Decimal stays one."""

    code: str
    name: str
    ml: str


class BeforeRead(TypedDict):
    """The version before."""

    number: int
    kind: str
    syringe_ml: str
    sessions: int
    every_days: int
    lines: list[DrawnRead]


class NextRead(TypedDict):
    """The version after."""

    id: int
    number: int


class OverrideRead(TypedDict):
    """A finding that a signature went past, and why."""

    code: str
    level: str
    message: str
    reason: str


class FactorRead(TypedDict):
    """A risk factor that stands on the day."""

    id: int
    code: str | None
    short: str | None
    label: str
    kind: str
    said_label: NotRequired[str | None]
    said: NotRequired[str]


class ConditionRead(TypedDict):
    """An assessed condition, and the risk factor that it is."""

    code: str
    name: str
    factor: str | None


class AssessmentRead(TypedDict):
    """An assessment: its conditions, most important first."""

    id: int
    area: str | None
    conditions: list[ConditionRead]


class FormulationRead(TypedDict):
    """What :func:`version_with_formulation` reads with a version. The other reads bring ``lines`` only."""

    lines: list[DrawnRead]
    before: BeforeRead | None
    next: NextRead | None
    overrides: list[OverrideRead]
    factors: list[FactorRead]
    weight: str | None
    answers: dict[str, JSON] | None
    latest: AssessmentRead | None
    own: AssessmentRead | None
    draft: dict[str, list[str]] | None


def version_with_formulation(pk: int, *, on: date, user: User) -> CocktailVersion:
    """A version with ``formulation``: all that its page shows and that the rules ask of its patient. One query.

    A draft is checked against the latest assessment, a signed version shows its own. What stands against the patient's
    next injection is read with it (:func:`alerts_annotated_on_version`).
    """
    return _version_with_formulation(on).ask_for_one(version=pk, user=user.pk)


def patient_version_with_formulation_or_none(pk: int, *, on: date, user: User) -> CocktailVersion | None:
    """The same of a version that is for a patient; none of a saved formulation, which is for nobody. One query."""
    found = _version_with_formulation(on).ask(version=pk, user=user.pk)
    return next((each for each in found if each.cocktail.patient_id is not None), None)


@lru_cache(maxsize=16)
def _version_with_formulation(on: date) -> CompiledQuery[CocktailVersion, CocktailVersion]:
    return CompiledQuery(version_with_formulation_to_compile(on))


def version_with_formulation_to_compile(on: date) -> QuerySet[CocktailVersion]:
    """What :func:`version_with_formulation` reads, with the blanks ``version`` and ``user``."""
    patient = OuterRef("cocktail__patient")
    versions = CocktailVersion.objects.filter(pk=Blank("version"))
    return versions.select_related("cocktail__clinic", "cocktail__patient", "signed_by").annotate(
        formulation=RawSQL(_FORMULATION, [on, on, Blank("user"), AUTOSAVE_KIND], output_field=JSONField()),
        known=known_answers_subquery("cocktail__patient", on),
        alerts_read=JSONObject(**alert_columns_with_labs(patient, on)),
    )


def alerts_annotated_on_version(version: CocktailVersion) -> list[OpenAlert]:
    """What the record and the laboratory say against an injection of a version's patient, the worst first. No query.

    Whether a medicine is new since the last session is asked at the session.
    """
    return alerts_with_labs_from_read(version.alerts_read)  # type: ignore[attr-defined]


def annotate_drawn_lines(versions: QuerySet[CocktailVersion]) -> QuerySet[CocktailVersion]:
    """Versions with what they hold, for :func:`formula_of_version`; nothing of their patient."""
    return versions.annotate(formulation=RawSQL(_DRAWN, [], output_field=JSONField()))


def formulation_annotated_on_version(version: CocktailVersion) -> FormulationRead:
    """What was read together with a version."""
    read: FormulationRead = version.formulation  # type: ignore[attr-defined]
    return read


def answers_annotated_on_version(version: CocktailVersion, on: date) -> AnswersOfPatient:
    """What must be asked of the patient of a version from :func:`version_with_formulation`, and what is known."""
    read: KnownRead = version.known  # type: ignore[attr-defined]
    return build_answers_of_patient(read, patient_of_version(version), on)


def autosave_subject_of_version(version: CocktailVersion) -> str:
    return f"version:{version.pk}"


def formula_of_version(version: CocktailVersion) -> Formula:
    """What a version from :func:`version_with_formulation` holds."""
    return _build_formula(
        version.kind,
        version.syringe_ml,
        formulation_annotated_on_version(version)["lines"],
        version.sessions,
        version.every_days,
    )


def formula_of_previous_version_or_none(version: CocktailVersion) -> Formula | None:
    """What the version before it held."""
    before = formulation_annotated_on_version(version)["before"]
    if before is None:
        return None
    return _build_formula(
        before["kind"],
        Decimal(before["syringe_ml"]),
        before["lines"],
        before["sessions"],
        before["every_days"],
    )


def _build_formula(
    kind: str, syringe_ml: Decimal, lines: Iterable[DrawnRead], sessions: int, every_days: int
) -> Formula:
    return Formula(
        tuple(Drawn(row["code"], row["name"].strip(), Decimal(row["ml"])) for row in lines),
        str(kind),
        syringe_ml,
        sessions,
        every_days,
    )


@dataclass(frozen=True, slots=True)
class Found:
    """What was assessed: conditions, most important first, and the area to treat."""

    assessment_id: int | None
    conditions: Mapping[str, str]  # code to name
    factors: frozenset[str]
    area_cm2: Decimal | None


def assessment_facts_of_version(version: CocktailVersion) -> Found:
    """The assessment that a version from :func:`version_with_formulation` is checked against."""
    read = formulation_annotated_on_version(version)
    row = read["own"] if version.is_signed else read["latest"]
    if row is None:
        return Found(None, {}, frozenset(), None)
    conditions = row["conditions"]
    return Found(
        row["id"],
        {each["code"]: each["name"] for each in conditions},
        frozenset(each["factor"] for each in conditions if each["factor"]),
        decimal_of_text_or_none(row["area"]),
    )


def intake_answers_of_version(version: CocktailVersion) -> Mapping[str, JSON]:
    """What the patient of a version answered at the last intake, by question."""
    return formulation_annotated_on_version(version)["answers"] or {}


def patient_of_version(version: CocktailVersion) -> Patient:
    """Whom a version is for. A saved formulation is for nobody, and has none of the pages that ask this."""
    patient = version.cocktail.patient
    if patient is None:
        raise ValueError("a saved formulation is for nobody")
    return patient


#: What may stand for an ingredient that only this clinic's catalogue knows by name.
_NAMED_IN_WORDS = (None, "allergy_component", "allergy_unread")


def anonymous_person_or_none(
    version: CocktailVersion,
    catalogue: Catalogue,
    on: date,
    *,
    factors: Sequence[FactorRead] | None = None,
) -> Person | None:
    """The patient of a version from :func:`version_with_formulation`, as the rules know them. No name.

    ``factors``: their risk factors, where others are asked about than stand on the record.
    """
    patient = version.cocktail.patient
    if patient is None:
        return None
    codes = set(assessment_facts_of_version(version).factors)
    labels: dict[str, str] = {}
    for fact in formulation_annotated_on_version(version)["factors"] if factors is None else factors:
        named = (
            _ingredient_code_in_allergy_or_none(fact["label"], catalogue)
            if fact["kind"] == Factor.Kind.ALLERGY and fact["code"] in _NAMED_IN_WORDS
            else None
        )
        if named:
            codes.add(f"allergy_component:{named}")
        elif fact["code"]:
            codes.add(fact["code"])
            chip = chip_text(fact["short"] or "", fact.get("said_label") or "", fact.get("said", ""))
            labels[fact["code"]] = "; ".join(filter(None, [labels.get(fact["code"]), chip]))
    return Person(
        age=patient.age_on(on),
        sex=patient.sex_at_birth,
        weight_kg=decimal_of_text_or_none(formulation_annotated_on_version(version)["weight"]),
        factors=frozenset(codes),
        factor_labels=labels,
    )


def _ingredient_code_in_allergy_or_none(said: str, catalogue: Catalogue) -> str | None:
    """The ingredient that an allergy's words name: “Allergy to biotin” → biotin. The longest name wins."""
    words = said.casefold()
    named = [
        (len(name), code)
        for code, substance in catalogue.substances.items()
        for name in (substance.name, code.replace("-", " "), *catalogue.synonyms[code])
        if len(name) > 2 and re.search(rf"\b{re.escape(name.casefold())}\b", words)
    ]
    return max(named)[1] if named else None


def versions_to_start_from(patient_id: int, clinic: Clinic) -> QuerySet[CocktailVersion]:
    """What a cocktail may begin from, latest first: this patient's own versions, and the clinic's formulations."""
    own = Q(cocktail__patient__in=records_of(patient_id))
    saved = Q(cocktail__patient=None, cocktail__clinic=clinic)
    versions = CocktailVersion.objects.filter(own | saved, cocktail__retired_at=None)
    return annotate_drawn_lines(versions.select_related("cocktail")).order_by("-pk")[:50]
