"""A phone that is the camera of one set of photographs, for some minutes."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from mesoclinic.accounts.models import Clinic
from mesoclinic.core import triggers as core_triggers
from treatments.conditions.models.photographs import PhotoSet


class PhonePairing(models.Model):
    """A phone may send pictures into one set, in the name of who paired it, until it expires or is ended.

    Its address holds ``key``, signed. The phone is shown nothing of the patient.
    """

    photo_set = models.ForeignKey(PhotoSet, models.PROTECT, related_name="phone_pairings")
    key = models.UUIDField(unique=True, default=uuid.uuid4)
    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    sent = models.PositiveSmallIntegerField(default=0, help_text="How many pictures it sent.")

    class Meta:
        ordering = ["photo_set", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("opened_at"))
                & Q(expires_at__lte=F("opened_at") + timedelta(hours=1)),
                name="phone_pairing_lasts_minutes",
            ),
        ]
        triggers = core_triggers.frozen_triggers("A paired phone", except_fields=("ended_at", "sent"))

    def __str__(self) -> str:
        return f"phone pairing {self.pk}"
