"""Addresses to which a clinician's own calendar subscribes."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class CalendarFeed(models.Model):
    """A clinician's own calendar at an address nobody can guess. Only a hash of the address is kept."""

    clinician = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="feeds")
    label = models.CharField(max_length=60, help_text="Where it is read: “my phone”.")
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    made_at = models.DateTimeField(db_default=Now())
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    last_read_on = models.DateField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(revoked_at=None, revoked_by=None)
                | Q(revoked_at__isnull=False, revoked_by__isnull=False),
                name="revoked_feed_says_by_whom",
            ),
            models.CheckConstraint(
                condition=Q(token_hash__regex=r"^[0-9a-f]{64}$"), name="feed_keeps_a_hash_and_not_its_address"
            ),
        ]

    def __str__(self) -> str:
        return f"feed {self.pk}"
