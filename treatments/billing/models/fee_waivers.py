"""Fees that were not charged on purpose."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from mesoclinic.accounts.models import Clinic
from mesoclinic.core import triggers as core_triggers
from mesoclinic.core.triggers import Trigger, raise_exception_sql
from patients.models import Patient


class FeeWaiver(models.Model):
    """A fee a patient need not pay, and why. ``source`` is the row it would be charged for, as in an invoice's line."""

    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12)
    source = models.CharField(max_length=60)
    reason = models.CharField(max_length=200)
    at = models.DateTimeField(db_default=Now())
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "source"], name="fee_is_waived_once"),
            models.CheckConstraint(
                condition=~Q(source="") & ~Q(reason=""), name="fee_waiver_says_what_and_why"
            ),
        ]
        triggers = [
            *core_triggers.append_only_triggers("A waived fee"),
            core_triggers.no_card_number_trigger("reason"),
            Trigger(
                name="not_charged_already",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=f"""
                    IF EXISTS (SELECT 1 FROM billing_invoiceline l WHERE l.kind = NEW.kind AND l.source = NEW.source)
                    THEN {raise_exception_sql("This fee was charged: credit its invoice instead.")} END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"waived {self.kind} {self.source}"
