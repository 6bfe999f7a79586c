"""What was given to a patient that a pregnancy told later makes an alert of."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from mesoclinic.core import triggers
from patients.models.people import Patient


class Exposure(models.Model):
    """One substance given on one day. It stays where its session is made void: it was injected all the same."""

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="exposures")
    substance = models.CharField(max_length=60, help_text="Code of the ingredient.")
    given_on = models.DateField()
    source = models.CharField(
        max_length=120, help_text="The row that gave it (“treatment_sessions.treatmentsession:7”)."
    )
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["patient", "given_on", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["source", "substance"], name="exposure_is_recorded_once"),
            models.CheckConstraint(
                condition=~Q(substance="") & ~Q(source=""), name="exposure_says_what_and_whence"
            ),
        ]
        triggers = triggers.append_only_triggers("An exposure")

    def __str__(self) -> str:
        return f"exposure {self.pk}"
