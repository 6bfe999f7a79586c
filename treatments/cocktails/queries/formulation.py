"""One cocktail version with all that its formulation page needs."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import JSONField, Q, QuerySet
from django.db.models.expressions import RawSQL

from mesoclinic.accounts.models import Clinic, User
from patients.models import Factor
from treatments.cocktails.models import CocktailVersion
from treatments.cocktails.queries.catalogue import Catalogue, decimal
from treatments.cocktails.rules.mix import Person
from treatments.cocktails.rules.versions import Drawn, Formula

#: Which form the formulation page is, for mesoclinic.core.drafts.
DRAFT_KIND = "cocktail"

# One expression, for the ORM would take longer to word these subqueries than the database to answer them.
_ASSESSMENT = """
  SELECT jsonb_build_object('id', a.id, 'area', (SELECT sum(z.area_cm2)::text FROM conditions_assessmentzone z
                                                  WHERE z.assessment_id = a.id),
           'conditions', jsonb_build_array(jsonb_build_object('code', c.code, 'name', c.name, 'factor', f.code))
             || coalesce((SELECT jsonb_agg(jsonb_build_object('code', oc.code, 'name', oc.name, 'factor', ofa.code)
                                           ORDER BY oc.name)
                  FROM conditions_assessment_other_conditions o
                  JOIN conditions_condition oc ON oc.id = o.condition_id
                  LEFT JOIN patients_factor ofa ON ofa.id = oc.factor_id
                 WHERE o.assessment_id = a.id), '[]'))
    FROM conditions_assessment a JOIN conditions_condition c ON c.id = a.condition_id
    LEFT JOIN patients_factor f ON f.id = c.factor_id
   WHERE {which} ORDER BY a.assessed_at DESC, a.id DESC LIMIT 1"""

DRAWN = """
  SELECT coalesce(jsonb_agg(jsonb_build_object('code', p.code, 'name', p.name || ' ' || p.strength,
                                               'ml', m.ml::text) ORDER BY m.position, m.id), '[]')
    FROM cocktails_component m JOIN catalogue_product p ON p.id = m.product_id WHERE m.version_id = {version}"""

_FORMULATION = f"""jsonb_build_object(
  'lines', ({DRAWN.format(version="cocktails_cocktailversion.id")}),
  'before', (SELECT jsonb_build_object('number', b.number, 'kind', b.kind, 'syringe_ml', b.syringe_ml::text,
                                       'sessions', b.sessions, 'every_days', b.every_days,
                                       'lines', ({DRAWN.format(version="b.id")}))
      FROM cocktails_cocktailversion b
     WHERE b.cocktail_id = cocktails_cocktailversion.cocktail_id AND b.number < cocktails_cocktailversion.number
     ORDER BY b.number DESC LIMIT 1),
  'next', (SELECT jsonb_build_object('id', n.id, 'number', n.number)
      FROM cocktails_cocktailversion n
     WHERE n.cocktail_id = cocktails_cocktailversion.cocktail_id AND n.number > cocktails_cocktailversion.number
     ORDER BY n.number DESC LIMIT 1),
  'overrides', (SELECT coalesce(jsonb_agg(jsonb_build_object('code', o.code, 'level', o.level,
                                 'message', o.message, 'reason', o.reason) ORDER BY o.id), '[]')
      FROM cocktails_cocktailoverride o WHERE o.version_id = cocktails_cocktailversion.id),
  'factors', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', r.id, 'code', f.code, 'short', f.short_label,
                               'label', r.label, 'kind', r.kind) ORDER BY r.id), '[]')
      FROM patients_riskfactor r LEFT JOIN patients_factor f ON f.id = r.factor_id
     WHERE r.patient_id = cocktails_cocktail.patient_id
       AND (r.started_on IS NULL OR r.started_on <= %s) AND (r.ended_on IS NULL OR r.ended_on > %s)),
  'weight', (SELECT i.weight_kg::text FROM patients_intake i
              WHERE i.patient_id = cocktails_cocktail.patient_id ORDER BY i.version DESC LIMIT 1),
  'latest', ({_ASSESSMENT.format(which="a.patient_id = cocktails_cocktail.patient_id")}),
  'own', ({_ASSESSMENT.format(which="a.id = cocktails_cocktailversion.assessment_id")}),
  'draft', (SELECT d.fields FROM core_draft d
             WHERE d.owner_id = %s AND d.kind = %s AND d.subject = 'version:' || cocktails_cocktailversion.id)
)"""


def versions_to_formulate(*, on: date, user: User) -> QuerySet[CocktailVersion]:
    """Versions with ``formulation``: all that the page shows of them and that the rules ask of their patient.

    A draft is checked against the latest assessment, a signed version shows its own.
    """
    return CocktailVersion.objects.select_related(
        "cocktail__clinic", "cocktail__patient", "signed_by"
    ).annotate(formulation=RawSQL(_FORMULATION, [on, on, user.pk, DRAFT_KIND], output_field=JSONField()))


def draft_subject(version: CocktailVersion) -> str:
    return f"version:{version.pk}"


def formula_of(version: Any) -> Formula:
    """What a version from :func:`versions_to_formulate` holds."""
    return _formula(
        version.kind, version.syringe_ml, version.formulation["lines"], version.sessions, version.every_days
    )


def formula_before(version: Any) -> Formula | None:
    """What the version before it held."""
    before = version.formulation["before"]
    if before is None:
        return None
    return _formula(
        before["kind"],
        Decimal(before["syringe_ml"]),
        before["lines"],
        before["sessions"],
        before["every_days"],
    )


def _formula(
    kind: str, syringe_ml: Decimal, lines: Iterable[dict[str, str]], sessions: int, every_days: int
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


def found_in(version: Any) -> Found:
    """The assessment that a version from :func:`versions_to_formulate` is checked against."""
    row = version.formulation["own" if version.is_signed else "latest"]
    if row is None:
        return Found(None, {}, frozenset(), None)
    conditions = row["conditions"]
    return Found(
        row["id"],
        {each["code"]: each["name"] for each in conditions},
        frozenset(each["factor"] for each in conditions if each["factor"]),
        decimal(row["area"]),
    )


def person_of(version: Any, catalogue: Catalogue, on: date) -> Person | None:
    """The patient of a version from :func:`versions_to_formulate`, as the rules know them: without a name."""
    patient = version.cocktail.patient
    if patient is None:
        return None
    codes, labels = set(found_in(version).factors), {}
    for fact in version.formulation["factors"]:
        named = (
            _named_allergy(fact["label"], catalogue)
            if fact["kind"] == Factor.Kind.ALLERGY and fact["code"] in (None, "allergy_component")
            else None
        )
        if named:
            codes.add(f"allergy_component:{named}")
        elif fact["code"]:
            codes.add(fact["code"])
            labels[fact["code"]] = fact["short"]
    return Person(
        age=patient.age_on(on),
        sex=patient.sex_at_birth,
        weight_kg=decimal(version.formulation["weight"]),
        factors=frozenset(codes),
        factor_labels=labels,
    )


def _named_allergy(said: str, catalogue: Catalogue) -> str | None:
    """The ingredient that an allergy's words name: “Allergy to biotin” → biotin. The longest name wins."""
    words = said.casefold()
    named = [
        (len(name), code)
        for code, substance in catalogue.substances.items()
        for name in (substance.name, code.replace("-", " "), *catalogue.synonyms[code])
        if len(name) > 2 and re.search(rf"\b{re.escape(name.casefold())}\b", words)
    ]
    return max(named)[1] if named else None


def to_start_from(patient_id: int, clinic: Clinic) -> QuerySet[CocktailVersion]:
    """What a cocktail may begin from, latest first: this patient's own versions, and the clinic's formulations."""
    own = Q(cocktail__patient=patient_id)
    saved = Q(cocktail__patient=None, cocktail__clinic=clinic)
    return (
        CocktailVersion.objects.filter(own | saved, cocktail__retired_at=None)
        .select_related("cocktail")
        .annotate(
            formulation=RawSQL(
                f"jsonb_build_object('lines', ({DRAWN.format(version='cocktails_cocktailversion.id')}))",
                [],
                output_field=JSONField(),
            )
        )
        .order_by("-pk")[:50]
    )
