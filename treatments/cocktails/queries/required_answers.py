"""Which answers must be known of a patient, which are on record, and what is missing at a gate."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import cast

from django.db.models import OuterRef, Subquery
from django.utils import timezone

from mesoclinic.core.findings import Finding, Level, ordered
from mesoclinic.core.models import Source
from patients.models import Patient, SafetyAnswerRow, latest_answers_subquery
from treatments.catalogue.models import RequiredAnswer as RequiredAnswerModel
from treatments.cocktails.rules.arithmetic import substances_held_in
from treatments.cocktails.rules.childbearing import check_childbearing
from treatments.cocktails.rules.mix import Mix, Person
from treatments.cocktails.rules.required_answers import (
    SIGNING,
    Answer,
    Kind,
    OpenQuestion,
    RequiredAnswer,
    check_required_answers,
    open_questions,
)
from treatments.conditions.models import Assessment

#: Answers that are read from the record.
AGE, ASSESSMENT = "age", "assessment"


@dataclass(frozen=True, slots=True)
class AnswersOfPatient:
    """What must be asked, and what is known of one patient on a day."""

    rules: Sequence[RequiredAnswer]
    answers: Mapping[str, Answer]
    on: date

    def findings_at(
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
            *check_childbearing(given, person, self.answers, self.on),
            *check_required_answers(
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
        return open_questions(findings, self.rules, self.answers)


#: The line that says that all is well; it is not said while something was not asked.
ALL_CLEAR = "person"


def with_required_answers(
    patient: Patient, person: Person | None, mix: Mix, record: Sequence[Finding], on: date
) -> tuple[list[Finding], AnswersOfPatient]:
    """What the rules say of a syringe (``record``), with what must be known before it is signed. Two queries."""
    known = answers_of_patient(patient, on)
    if person is None or not mix.lines:
        return list(record), known
    missing = known.findings_at({SIGNING}, codes_drawn(mix), person, said_already=record)
    return ordered([*without_all_clear(record, missing), *missing]), known


def without_all_clear(record: Iterable[Finding], missing: Collection[Finding]) -> list[Finding]:
    """What the record says; that nothing speaks against it is not said while something is missing."""
    return [each for each in record if not (missing and each.code == ALL_CLEAR and each.level is Level.OK)]


def codes_drawn(mix: Mix) -> frozenset[str]:
    """The substances in a syringe, also inside a ready-made product."""
    return frozenset(substances_held_in(mix))


def answers_of_patient(patient: Patient, on: date) -> AnswersOfPatient:
    """The rules and this patient's last answers up to ``on``, its birth date and assessment among them. Two queries."""
    last = (
        Assessment.objects.filter(patient=OuterRef("pk")).order_by("-assessed_at").values("assessed_at")[:1]
    )
    row = (
        Patient.objects.filter(pk=patient.pk)
        .annotate(
            answers=latest_answers_subquery(OuterRef("pk"), on),
            assessed_at=Subquery(last),
        )
        .values("answers", "assessed_at")
        .get()
    )
    answers = {
        each["question"]: Answer(tuple(each["said"]), date.fromisoformat(each["asked_on"]))
        for each in cast(list[SafetyAnswerRow], row["answers"])
    }
    answers[AGE] = Answer((str(patient.age_on(on)),), on)
    if (assessed_at := cast("datetime | None", row["assessed_at"])) is not None:
        answers[ASSESSMENT] = Answer(("signed",), timezone.localdate(assessed_at))
    return AnswersOfPatient(required_answers(), answers, on)


def required_answers() -> list[RequiredAnswer]:
    """The rows in use, as the rule takes them. One query."""
    citation = Source.objects.filter(key=OuterRef("source_keys__0")).values("citation")[:1]
    rows = RequiredAnswerModel.objects.filter(retired_at=None).annotate(citation=Subquery(citation))
    return [_as_rule(row) for row in rows.order_by("code")]


def _as_rule(row: RequiredAnswerModel) -> RequiredAnswer:
    return RequiredAnswer(
        code=row.code,
        answer_code=row.answer_code,
        question=row.question,
        label=row.label,
        kind=cast(Kind, row.kind),
        subjects=frozenset(row.subjects),
        who=row.who,
        max_age_days=row.max_age_days,
        gates=frozenset(row.gates),
        level=row.level,
        finding=row.finding,
        screen_says=row.screen_says,
        age_from=row.age_from,
        age_to=row.age_to,
        unless_impossible=row.unless_impossible,
        from_session=row.from_session,
        levels=row.levels,
        choices=tuple(row.choices),
        passing=frozenset(row.passing),
        stopping=frozenset(row.stopping),
        other_passes={"pass": True, "stop": False}.get(row.other),
        least=row.least if row.least is None else Decimal(row.least),
        most=row.most if row.most is None else Decimal(row.most),
        none_of_these=row.none_of_these,
        factors=frozenset(row.factors),
        source=vars(row)["citation"] or "",
        basis=row.basis,
    )
