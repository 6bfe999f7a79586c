"""Who at a clinic has read which version of the safety texts of a language."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from mesoclinic.accounts.models import Clinic
from mesoclinic.core import triggers as core_triggers
from patients.rules.safety_texts import SafetyTopic


class SafetyTextReading(models.Model):
    """Somebody has read these texts of a language and says that they are right. Other texts are another version."""

    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="+", db_index=False)
    topic = models.CharField(
        max_length=10, choices=[(each.value, each.value.replace("_", "-")) for each in SafetyTopic]
    )
    language = models.CharField(max_length=10)
    version = models.CharField(max_length=64, help_text="A hash of the texts as they stood, the English too.")
    read_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "topic", "language", "version"], name="safety_texts_read_once_a_version"
            ),
            models.CheckConstraint(
                condition=Q(topic__in=[each.value for each in SafetyTopic])
                & ~Q(language="")
                & Q(version__regex=r"^[0-9a-f]{64}$"),
                name="safety_texts_read_are_known",
            ),
        ]
        triggers = core_triggers.append_only_triggers("That texts were read")

    def __str__(self) -> str:
        return f"reading of safety texts {self.pk}"
