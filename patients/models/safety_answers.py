"""What a patient answered to a safety question, each time it was asked."""

from datetime import date
from typing import TypedDict

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import OuterRef, Q
from django.db.models.functions import JSONObject, Now

from mesoclinic.core import triggers
from patients.models.people import Patient


class SafetyAnswerRow(TypedDict):
    """The last answer to one question, as another query brings it."""

    question: str
    said: list[str]
    asked_on: str


class SafetyAnswerQuerySet(models.QuerySet["SafetyAnswer"]):
    def latest_until(self, on: date) -> "SafetyAnswerQuerySet":
        """The last answer to each question that was given on ``on`` or before."""
        return self.filter(asked_on__lte=on).order_by("question", "-asked_on", "-pk").distinct("question")


class SafetyAnswer(models.Model):
    """One answer to one question. Rows are only added: the last one counts, as long as it is young enough."""

    class Where(models.TextChoices):
        INTAKE = "intake", "intake"
        BENCH = "bench", "cocktail"
        START = "start", "start of a session"
        SESSION = "session", "session"
        LAB = "lab", "laboratory"

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="safety_answers", db_index=False)
    question = models.CharField(max_length=40, help_text="Code of the question.")
    said = ArrayField(models.CharField(max_length=200), help_text="Every part of the answer.")
    asked_on = models.DateField(help_text="The day on which the patient said so.")
    asked_where = models.CharField(max_length=10, choices=Where)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = SafetyAnswerQuerySet.as_manager()

    class Meta:
        ordering = ["patient", "question", "-asked_on", "-pk"]
        indexes = [
            models.Index(fields=["patient", "question", "-asked_on", "-id"], name="safety_answers_latest")
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(question="") & Q(said__len__gte=1), name="safety_answer_says_something"
            ),
        ]
        triggers = triggers.append_only_triggers("A safety answer")

    def __str__(self) -> str:
        return f"safety answer {self.pk}"


def latest_answers_subquery(patient: OuterRef, on: date) -> ArraySubquery:
    """The last answer to each question, of the patient of the query around this one and of what was merged into it."""
    # One query deeper, the same outer column is one step further out.
    records = Patient.objects.filter(Q(pk=OuterRef(patient)) | Q(merged_into=OuterRef(patient)))
    rows = SafetyAnswer.objects.filter(patient__in=records.order_by().values("pk")).latest_until(on)
    return ArraySubquery(rows.values(row=JSONObject(question="question", said="said", asked_on="asked_on")))
