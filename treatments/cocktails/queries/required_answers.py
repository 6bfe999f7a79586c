"""Which answers must be known of a patient, which are on record, and what is missing at a gate."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import TypedDict

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import JSONField, OuterRef, QuerySet, Subquery, TextField
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, JSONObject
from django.utils import timezone

from mesoclinic.core.compiled_queries import Blank, CompiledQuery
from mesoclinic.core.findings import Finding, Level, ordered
from mesoclinic.core.models import Source
from patients.models import Patient, RiskFactor, SafetyAnswerRow, latest_answers_subquery, records_of
from treatments.catalogue.models import RequiredAnswer as RequiredAnswerModel
from treatments.cocktails.rules.arithmetic import held_by_substance_code
from treatments.cocktails.rules.childbearing import check_reductase_inhibitor_if_pregnancy_possible
from treatments.cocktails.rules.mix import Mix, Person
from treatments.cocktails.rules.required_answers import (
    SIGNING,
    Answer,
    Kind,
    OpenQuestion,
    RequiredAnswer,
    check_required_answers_given_and_passing,
    open_questions_behind_findings,
)
from treatments.conditions.models import Assessment

#: Answers that are read from the record.
AGE, ASSESSMENT = "age", "assessment"


#: A risk factor: code of its factor, kind, label as it was said.
Standing = tuple[str | None, str, str]


@dataclass(frozen=True, slots=True)
class AnswersOfPatient:
    """What must be asked, and what is known of one patient on a day."""

    rules: Sequence[RequiredAnswer]
    answers: Mapping[str, Answer]
    standing: Sequence[Standing]  # risk factors on the record
    on: date

    def findings_at_gates(
        self,
        gates: Collection[str],
        given: Collection[str],
        person: Person,
        *,
        session: int = 1,
        said_already: Iterable[Finding] = (),
    ) -> list[Finding]:
        """What is not known or is stopped by an answer, of what is drawn or done at these gates."""
        return [
            *check_reductase_inhibitor_if_pregnancy_possible(given, person, self.answers, self.on),
            *check_required_answers_given_and_passing(
                given,
                person,
                self.answers,
                self.rules,
                gates,
                self.on,
                session=session,
                said_already=said_already,
            ),
        ]

    def questions_to_ask(self, findings: Iterable[Finding]) -> list[OpenQuestion]:
        """The questions behind these findings that can be asked and answered where they are shown."""
        return open_questions_behind_findings(findings, self.rules, self.answers)


#: The line that says that all is well; it is not said while something was not asked.
ALL_CLEAR = "person"


def findings_with_required_answers(
    known: AnswersOfPatient, person: Person | None, mix: Mix, record: Sequence[Finding]
) -> list[Finding]:
    """What the rules say of a syringe (``record``), with what must be known before it is signed."""
    if person is None or not mix.lines:
        return list(record)
    missing = known.findings_at_gates({SIGNING}, substance_codes_in_mix(mix), person, said_already=record)
    return ordered([*drop_all_clear_if_missing(record, missing), *missing])


def drop_all_clear_if_missing(record: Iterable[Finding], missing: Collection[Finding]) -> list[Finding]:
    """What the record says; that nothing speaks against it is not said while something is missing."""
    return [each for each in record if not (missing and each.code == ALL_CLEAR and each.level is Level.OK)]


def substance_codes_in_mix(mix: Mix) -> frozenset[str]:
    """The substances in a syringe, also inside a ready-made product."""
    return frozenset(held_by_substance_code(mix))


def answers_of_patient(patient: Patient, on: date) -> AnswersOfPatient:
    """The rules in use and this patient's last answers up to ``on``, birth date and assessment among them. One query."""
    read = _known_answers_of_patient(on).ask_for_one(patient=patient.pk)
    return build_answers_of_patient(read, patient, on)


@lru_cache(maxsize=16)
def _known_answers_of_patient(on: date) -> "CompiledQuery[Patient, KnownRead]":
    """What :func:`build_answers_of_patient` takes."""
    patients = Patient.objects.filter(pk=Blank("patient")).annotate(known=_known_answers_expression(on))
    return CompiledQuery(patients.values_list("known", flat=True))


def known_answers_subquery(patient: str, on: date) -> Combinable:
    """The same within another query, whose column ``patient`` names them; :func:`build_answers_of_patient` reads it."""
    rows = Patient.objects.filter(pk=OuterRef(patient)).order_by().values(known=_known_answers_expression(on))
    return Subquery(rows, output_field=JSONField())


def build_answers_of_patient(read: "KnownRead", patient: Patient, on: date) -> AnswersOfPatient:
    answers = {
        each["question"]: Answer(tuple(each["said"]), date.fromisoformat(each["asked_on"]))
        for each in read["answers"]
    }
    answers[AGE] = Answer((str(patient.age_on(on)),), on)
    if (assessed_at := read["assessed_at"]) is not None:
        answers[ASSESSMENT] = Answer(("signed",), timezone.localdate(datetime.fromisoformat(assessed_at)))
    return AnswersOfPatient(
        rules=[_required_answer_from_row(each) for each in read["rules"]],
        answers=answers,
        standing=[(each["code"], each["kind"], each["label"]) for each in read["standing"]],
        on=on,
    )


def _known_answers_expression(on: date) -> JSONObject:
    """What :func:`build_answers_of_patient` takes, as an expression over patients."""
    last = (
        Assessment.objects.filter(patient__in=records_of(OuterRef("pk")))
        .order_by("-assessed_at")
        .values("assessed_at")[:1]
    )
    return JSONObject(
        answers=latest_answers_subquery(OuterRef("pk"), on),
        standing=_standing_risk_factors_subquery(on),
        rules=ArraySubquery(_required_answer_rules_in_use().values(row=_RULE)),
        assessed_at=Subquery(last),
    )


class StandingRow(TypedDict):
    """A risk factor on the record."""

    code: str | None
    kind: str
    label: str


class RuleRow(TypedDict):
    """One row of RequiredAnswer, as :func:`answers_of_patient` reads it; figures as text."""

    code: str
    answer_code: str
    question: str
    label: str
    kind: Kind
    subjects: list[str]
    who: str
    max_age_days: int
    gates: list[str]
    level: str
    finding: str
    screen_says: str
    age_from: int | None
    age_to: int | None
    unless_impossible: bool
    from_session: int
    levels: dict[str, str]
    choices: list[str]
    passing: list[str]
    stopping: list[str]
    other: str
    least_text: str | None
    most_text: str | None
    none_of_these: str
    factors: list[str]
    citation: str | None
    basis: str


class KnownRead(TypedDict):
    """What one query brings of a patient's answers."""

    answers: list[SafetyAnswerRow]
    standing: list[StandingRow]
    rules: list[RuleRow]
    assessed_at: str | None


_RULE = JSONObject(**{name: name for name in RuleRow.__annotations__})


def _required_answer_rules_in_use() -> QuerySet[RequiredAnswerModel]:
    citation = Source.objects.filter(key=OuterRef("source_keys__0")).values("citation")[:1]
    return (
        RequiredAnswerModel.objects.filter(retired_at=None)
        .annotate(
            citation=Subquery(citation),
            least_text=Cast("least", TextField()),
            most_text=Cast("most", TextField()),
        )
        .order_by("code")
    )


def _standing_risk_factors_subquery(on: date) -> ArraySubquery:
    """What stands on the record of the patient of the query around this one."""
    rows = RiskFactor.objects.filter(patient__in=records_of(OuterRef("pk"))).standing_on(on).order_by("pk")
    return ArraySubquery(rows.values(row=JSONObject(code="factor__code", kind="kind", label="label")))


def _required_answer_from_row(row: RuleRow) -> RequiredAnswer:
    return RequiredAnswer(
        code=row["code"],
        answer_code=row["answer_code"],
        question=row["question"],
        label=row["label"],
        kind=row["kind"],
        subjects=frozenset(row["subjects"]),
        who=row["who"],
        max_age_days=row["max_age_days"],
        gates=frozenset(row["gates"]),
        level=row["level"],
        finding=row["finding"],
        screen_says=row["screen_says"],
        age_from=row["age_from"],
        age_to=row["age_to"],
        unless_impossible=row["unless_impossible"],
        from_session=row["from_session"],
        levels=row["levels"],
        choices=tuple(row["choices"]),
        passing=frozenset(row["passing"]),
        stopping=frozenset(row["stopping"]),
        other_passes={"pass": True, "stop": False}.get(row["other"]),
        least=None if row["least_text"] is None else Decimal(row["least_text"]),
        most=None if row["most_text"] is None else Decimal(row["most_text"]),
        none_of_these=row["none_of_these"],
        factors=frozenset(row["factors"]),
        source=row["citation"] or "",
        basis=row["basis"],
    )
