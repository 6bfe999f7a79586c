"""Money asked for by a link, and what the provider told of it. No card number comes here: the patient types it at the provider."""

import uuid
from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from mesoclinic.accounts.models import Clinic
from mesoclinic.core import triggers as core_triggers
from mesoclinic.core.fields import currency_decimals_constraint, money_field
from patients.models import Patient
from treatments.billing.models.payments import Payment
from treatments.billing.models.quotes import Quote
from treatments.billing.rules.payment_requests import NoticeKind, NoticeOutcome


class PaymentRequest(models.Model):
    """A deposit that a patient may pay at the provider's page; once paid it has its payment in the book."""

    #: What the provider is told: it says nothing of anybody.
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="+")
    quote = models.ForeignKey(Quote, models.PROTECT, related_name="payment_requests")
    amount = money_field()
    currency = models.CharField(max_length=3)
    provider = models.CharField(max_length=20)
    provider_id = models.CharField(max_length=100, blank=True, help_text="Its number at the provider.")
    address = models.URLField(
        max_length=500, blank=True, help_text="The provider's page, once it has told it."
    )
    created_at = models.DateTimeField(db_default=Now())
    ends_at = models.DateTimeField(
        help_text="No page is opened for it after this; money that comes all the same counts."
    )
    payment = models.OneToOneField(Payment, models.PROTECT, null=True, blank=True, related_name="request")

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_request_asks_for_something"),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("created_at")), name="payment_request_ends_later"
            ),
            currency_decimals_constraint("payment_request_has_the_decimals_of_its_currency", "amount"),
        ]
        triggers = core_triggers.frozen_triggers(
            "A payment link", except_fields=("provider_id", "address", "payment_id")
        )

    def __str__(self) -> str:
        return f"payment request {self.pk}"

    def is_open_at(self, now: datetime) -> bool:
        """Whether the provider's page is still to be gone to."""
        return bool(self.address) and self.payment_id is None and self.ends_at > now


class PaymentNotice(models.Model):
    """What the provider told, once for each of its events, and what came of it."""

    provider = models.CharField(max_length=20)
    event_id = models.CharField(max_length=100, help_text="The provider's own: told twice, it is one.")
    request = models.ForeignKey(
        PaymentRequest,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="notices",
        help_text="Empty where the provider names none of ours.",
    )
    kind = models.CharField(max_length=10, choices=[(each.value, each.value) for each in NoticeKind])
    amount = money_field(null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    outcome = models.CharField(max_length=16, choices=[(each.value, each.value) for each in NoticeOutcome])
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["provider", "event_id"], name="payment_notice_counts_once"),
            models.CheckConstraint(
                condition=Q(kind__in=[each.value for each in NoticeKind])
                & Q(outcome__in=[each.value for each in NoticeOutcome])
                & ~Q(event_id=""),
                name="payment_notice_is_known",
            ),
        ]
        triggers = core_triggers.append_only_triggers("What a provider told")

    def __str__(self) -> str:
        return f"notice {self.pk}"
