"""What a patient answered before, as the safety questions of a session take it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypedDict

from django.db.models import Exists, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject

from mesoclinic.core.wording import day_text
from patients.models import SafetyAnswerRow, latest_answers_subquery
from patients.rules.scalp_look import SCALP_LOOK
from treatments.catalogue.models import RequiredAnswer
from treatments.sessions.models import ChecklistItem, TreatmentSession
from treatments.sessions.rules.safety_questions import QUESTION_OF_TOPIC, topics_without_answer
from treatments.sessions.rules.scalp_look import SCALP_EXAM, LookAtScalp


class _Read(TypedDict):
    answers: list[SafetyAnswerRow]
    sex: str
    look_is_asked: bool
    look_item: int | None


@dataclass(frozen=True, slots=True)
class AskedBefore:
    """The last answers by question, in words with their day; and the topics that nobody ever asked about."""

    texts: Mapping[str, str]
    gaps: frozenset[str]
    look: LookAtScalp = LookAtScalp()

    def last_answer_of_topic_or_empty(self, topic: str) -> str:
        """ "none, asked on 3 Mar 2026"; empty where there is no answer."""
        return self.texts.get(QUESTION_OF_TOPIC[topic], "")


def annotate_asked_before(sessions: QuerySet[TreatmentSession], today: date) -> QuerySet[TreatmentSession]:
    """Sessions with what :func:`asked_before_annotated_on_session` reads."""
    answers = latest_answers_subquery(OuterRef("patient"), today)
    return sessions.annotate(
        asked_before=JSONObject(
            answers=answers,
            sex=F("patient__sex_at_birth"),
            look_is_asked=Exists(RequiredAnswer.objects.filter(answer_code=SCALP_LOOK, retired_at=None)),
            look_item=Subquery(ChecklistItem.objects.filter(code=SCALP_EXAM).values("pk")[:1]),
        )
    )


def asked_before_annotated_on_session(session: TreatmentSession) -> AskedBefore:
    """Of a session from :func:`annotate_asked_before`."""
    read: _Read = session.asked_before  # type: ignore[attr-defined]
    texts = {
        row["question"]: f"{', '.join(row['said'])}, asked on {day_text(date.fromisoformat(row['asked_on']))}"
        for row in read["answers"]
    }
    look = LookAtScalp(
        read["look_is_asked"],
        next(
            (
                tuple(row["said"])
                for row in read["answers"]
                if row["question"] == SCALP_LOOK and row["asked_on"] == session.performed_on.isoformat()
            ),
            (),
        ),
        read["look_item"],
    )
    return AskedBefore(texts, topics_without_answer(texts.keys(), read["sex"]), look)
