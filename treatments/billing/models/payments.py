"""Receipts by number, and the days that were closed: written once."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from mesoclinic.accounts.models import Clinic
from mesoclinic.accounts.triggers import member_trigger
from mesoclinic.core import triggers as core_triggers
from mesoclinic.core.fields import money_field
from treatments.billing.models.quotes import Quote
from treatments.plans.models import TreatmentPlan


class Receipt(models.Model):
    """The paper of one payment, refund or void. Numbers run without gaps in a clinic and year.

    They are taken under the counter's row lock, so receipts of a clinic are in the order they were
    committed: a day's close covers them up to one of them.
    """

    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="receipts")
    payment = models.OneToOneField("billing.Payment", models.PROTECT, related_name="receipt")
    number = models.CharField(max_length=20)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["clinic", "pk"]
        indexes = [models.Index(fields=["clinic", "id"], name="receipts_in_order")]
        constraints = [
            models.UniqueConstraint(fields=["clinic", "number"], name="receipt_number_once"),
            models.CheckConstraint(condition=~Q(number=""), name="receipt_has_a_number"),
        ]
        triggers = core_triggers.append_only_triggers("The book of receipts")

    def __str__(self) -> str:
        return self.number


class DayClose(models.Model):
    """A count of the till: everything since the last one, up to ``last_receipt``."""

    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="day_closes")
    day = models.DateField()
    currency = models.CharField(max_length=3)
    first_receipt = models.ForeignKey(Receipt, models.PROTECT, null=True, related_name="+")
    last_receipt = models.ForeignKey(Receipt, models.PROTECT, null=True, related_name="+")
    receipts = models.PositiveIntegerField()
    note = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(db_default=Now())
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["clinic", "-pk"]
        constraints = [models.UniqueConstraint(fields=["clinic", "day"], name="a_day_is_closed_once")]
        triggers = [
            *core_triggers.append_only_triggers("A closed day"),
            member_trigger(by="by_id", clinic="NEW.clinic_id"),
            core_triggers.no_card_number_trigger("note"),
        ]

    def __str__(self) -> str:
        return f"{self.clinic_id} {self.day}"


class DayCount(models.Model):
    """One method of a close: what the book expected, what was counted."""

    close = models.ForeignKey(DayClose, models.PROTECT, related_name="counts")
    method = models.CharField(max_length=10)
    expected = money_field()
    counted = money_field()
    difference = money_field()

    class Meta:
        ordering = ["close", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["close", "method"], name="a_method_is_counted_once"),
            models.CheckConstraint(
                condition=Q(difference=models.F("counted") - models.F("expected")),
                name="difference_is_counted_less_expected",
            ),
        ]
        triggers = core_triggers.append_only_triggers("A closed day")

    def __str__(self) -> str:
        return self.method


class Payment(models.Model):
    """Money in, or (a refund) out, for a plan. Written once; a mistake is voided by its opposite."""

    class Kind(models.TextChoices):
        DEPOSIT = "deposit", "Deposit"
        INSTALMENT = "instalment", "Instalment"
        PAYMENT = "payment", "Payment"
        REFUND = "refund", "Refund"
        VOID = "void", "Void of a mistake"

    class Method(models.TextChoices):
        CASH = "cash", "Cash"
        CARD = "card", "Card terminal"
        TRANSFER = "transfer", "Bank transfer"

    plan = models.ForeignKey(TreatmentPlan, models.PROTECT, related_name="payments")
    quote = models.ForeignKey(Quote, models.PROTECT, null=True, blank=True, related_name="payments")
    kind = models.CharField(max_length=10, choices=Kind)
    method = models.CharField(max_length=10, choices=Method)
    amount = money_field(help_text="In above zero, out below.")
    currency = models.CharField(max_length=3)
    voids = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="voided_by")
    reason = models.CharField(max_length=200, blank=True)
    reference = models.CharField(
        max_length=60,
        blank=True,
        default="",
        db_default="",
        help_text="Slip or transfer number. Never a card number.",
    )
    at = models.DateTimeField(db_default=Now())
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["plan", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["deposit", "instalment", "payment"], amount__gt=0)
                | Q(kind="refund", amount__lt=0)
                | (Q(kind="void", voids__isnull=False) & ~Q(amount=0)),
                name="payment_goes_the_right_way",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["deposit", "instalment", "payment"]) | ~Q(reason=""),
                name="money_back_says_why",
            ),
        ]
        triggers = [
            *core_triggers.append_only_triggers("The payment book"),
            member_trigger(
                by="by_id", clinic="SELECT p.clinic_id FROM plans_treatmentplan p WHERE p.id = NEW.plan_id"
            ),
            core_triggers.no_card_number_trigger("reason", "reference"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def undoes_another_payment(self) -> bool:
        return self.kind == self.Kind.VOID
