"""A link to a page for one patient: a signed address that ends, and what was tried at its gate."""

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from mesoclinic.accounts.models import Clinic
from mesoclinic.core import triggers as core_triggers
from patients.models.people import Patient
from patients.rules.links import GATES, MOST_TRIES, OPENS, Gate, LinkPurpose, LinkState, link_state

_WITH_CODE = [purpose.value for purpose, gate in GATES.items() if gate == Gate.CODE]


class PatientLinkQuerySet(models.QuerySet["PatientLink"]):
    def not_ended_at(self, now: datetime) -> "PatientLinkQuerySet":
        """Those that still show something to whom has passed their gate: not ended by the desk, not run out."""
        return self.filter(ended_at=None, expires_at__gt=now)

    def usable_at(self, now: datetime) -> "PatientLinkQuerySet":
        """Those whose gate still opens: not ended, not run out, not used, with a try left."""
        return self.not_ended_at(now).filter(used_at=None, attempts__lt=MOST_TRIES)


class PatientLink(models.Model):
    """One address for one patient and one purpose. Whose page it is keeps a row that points here.

    The address is the signed key (patients.actions.links): neither it nor the code is kept.
    """

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="links", db_index=False)
    purpose = models.CharField(
        max_length=10, choices=[(p.value, p.value.replace("_", "-")) for p in LinkPurpose]
    )
    language = models.CharField(max_length=10, help_text="In which the message was written.")
    code_hash = models.CharField(
        max_length=64, blank=True, help_text="Of the code; empty where the birth date opens it."
    )
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    expires_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Wrong answers at its gate.")
    opened_at = models.DateTimeField(null=True, blank=True, help_text="The first time its gate opened.")
    used_at = models.DateTimeField(null=True, blank=True, help_text="When what it asks for was answered.")
    ended_at = models.DateTimeField(
        null=True, blank=True, help_text="Taken back, or replaced by a newer one."
    )
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = PatientLinkQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["patient", "-id"], name="links_of_a_patient")]
        constraints = [
            models.CheckConstraint(
                condition=Q(purpose__in=[p.value for p in LinkPurpose]), name="link_purpose_is_known"
            ),
            models.CheckConstraint(
                condition=Q(attempts__gte=0, attempts__lte=MOST_TRIES), name="link_takes_so_many_tries"
            ),
            models.CheckConstraint(
                condition=Q(purpose__in=_WITH_CODE, code_hash__regex=r"^[0-9a-f]{64}$")
                | (~Q(purpose__in=_WITH_CODE) & Q(code_hash="")),
                name="link_to_the_record_has_a_code",
            ),
            models.CheckConstraint(
                condition=Q(ended_by=None) | Q(ended_at__isnull=False),
                name="link_ended_by_somebody_has_ended",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("created_at")), name="link_ends_after_it_began"
            ),
        ]
        triggers = core_triggers.frozen_triggers(
            "A link",
            except_fields=("attempts", "opened_at", "used_at", "ended_at", "ended_by_id"),
        )

    def __str__(self) -> str:
        return f"link {self.pk}"

    @property
    def gate(self) -> Gate:
        return GATES[LinkPurpose(self.purpose)]

    @property
    def state(self) -> LinkState:
        return link_state(
            attempts=self.attempts,
            expires_at=self.expires_at,
            opened_at=self.opened_at,
            used_at=self.used_at,
            ended_at=self.ended_at,
            now=timezone.now(),
        )

    @property
    def opens(self) -> bool:
        """Whether its gate still opens."""
        return self.state in OPENS
