"""Receipts by number, and the days that were closed: written once."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from mesoclinic.accounts.models import Clinic
from mesoclinic.accounts.triggers import trigger_refusing_non_members
from mesoclinic.core import triggers as core_triggers
from mesoclinic.core.fields import currency_decimals_constraint, money_field
from patients.models import Patient
from treatments.billing.models.invoices import Invoice
from treatments.billing.models.quotes import Quote
from treatments.plans.models import TreatmentPlan


class Receipt(models.Model):
    """The paper of one payment, refund or void, at the clinic (the till) where the money was taken or given.

    Numbers run without gaps in a clinic and year.

    They are taken under the counter's row lock, so receipts of a clinic are in the order they were
    committed: a day's close covers them up to one of them.
    """

    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="receipts", db_index=False)
    payment = models.OneToOneField("billing.Payment", models.PROTECT, related_name="receipt")
    number = models.CharField(max_length=20)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["clinic", "pk"]
        indexes = [
            models.Index(fields=["clinic", "id"], name="receipts_in_order"),
            models.Index(fields=["clinic", "at"], name="receipts_by_day"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["clinic", "number"], name="receipt_number_once"),
            models.CheckConstraint(condition=~Q(number=""), name="receipt_has_a_number"),
        ]
        triggers = [
            *core_triggers.append_only_triggers("The book of receipts"),
            core_triggers.Trigger(
                name="voided_at_its_own_till",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=f"""
                    IF EXISTS (SELECT 1 FROM billing_payment p JOIN billing_receipt r ON r.payment_id = p.voids_id
                                WHERE p.id = NEW.payment_id AND r.clinic_id <> NEW.clinic_id)
                    THEN {core_triggers.raise_exception_sql("A payment is voided at the till that took it.")} END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.number


class DayClose(models.Model):
    """A count of the till: everything since the last one, up to ``last_receipt``."""

    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="day_closes", db_index=False)
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
            trigger_refusing_non_members(by="by_id", clinic="NEW.clinic_id"),
            core_triggers.no_card_number_trigger("note"),
        ]

    def __str__(self) -> str:
        return f"{self.clinic_id} {self.day}"


class DayCount(models.Model):
    """One method of a close: what the book expected, what was counted."""

    close = models.ForeignKey(DayClose, models.PROTECT, related_name="counts", db_index=False)
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
    """Money in, or (a refund) out, for a plan or an invoice. Written once; a mistake is voided by its opposite.

    What is the right one in place of a voided payment: the void names it (``replaced_by``) where it was taken
    before, the new payment names the voided one (``replaces``) where it comes after.
    """

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
        #: The patient paid by a link: nobody at the desk took it.
        ONLINE = "online", "Payment link"

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="+")
    plan = models.ForeignKey(TreatmentPlan, models.PROTECT, null=True, blank=True, related_name="payments")
    invoice = models.ForeignKey(Invoice, models.PROTECT, null=True, blank=True, related_name="payments")
    quote = models.ForeignKey(Quote, models.PROTECT, null=True, blank=True, related_name="payments")
    kind = models.CharField(max_length=10, choices=Kind)
    method = models.CharField(max_length=10, choices=Method)
    amount = money_field(help_text="In above zero, out below.")
    currency = models.CharField(max_length=3)
    voids = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="voided_by")
    replaces = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="replacement")
    replaced_by = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.CharField(max_length=200, blank=True)
    reference = models.CharField(
        max_length=60,
        blank=True,
        default="",
        db_default="",
        help_text="Slip or transfer number. Never a card number.",
    )
    at = models.DateTimeField(db_default=Now())
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Empty where the patient paid by a link.",
    )

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(by__isnull=False) | Q(method="online", kind="deposit"),
                name="only_a_deposit_by_link_is_taken_by_nobody",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["deposit", "instalment", "payment"], amount__gt=0)
                | Q(kind="refund", amount__lt=0)
                | (Q(kind="void", voids__isnull=False) & ~Q(amount=0)),
                name="payment_goes_the_right_way",
            ),
            models.CheckConstraint(
                condition=Q(plan__isnull=True, invoice__isnull=False)
                | Q(plan__isnull=False, invoice__isnull=True),
                name="payment_is_for_a_plan_or_an_invoice",
            ),
            models.CheckConstraint(
                condition=Q(replaced_by=None) | Q(kind="void"), name="only_a_void_names_the_right_one"
            ),
            models.CheckConstraint(
                condition=Q(replaces=None) | Q(kind__in=["deposit", "instalment", "payment"]),
                name="only_money_in_replaces_a_voided_payment",
            ),
            currency_decimals_constraint("payment_has_the_decimals_of_its_currency", "amount"),
            models.CheckConstraint(
                condition=Q(kind__in=["deposit", "instalment", "payment"]) | ~Q(reason=""),
                name="money_back_says_why",
            ),
        ]
        triggers = [
            *core_triggers.append_only_triggers("The payment book"),
            trigger_refusing_non_members(
                by="by_id",
                clinic="SELECT coalesce((SELECT p.clinic_id FROM plans_treatmentplan p WHERE p.id = NEW.plan_id),"
                " (SELECT i.clinic_id FROM billing_invoice i WHERE i.id = NEW.invoice_id))",
            ),
            core_triggers.no_card_number_trigger("reason", "reference"),
            core_triggers.Trigger(
                name="of_its_patient",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=f"""
                    IF NEW.patient_id IS DISTINCT FROM coalesce(
                           (SELECT t.patient_id FROM plans_treatmentplan t WHERE t.id = NEW.plan_id),
                           (SELECT i.patient_id FROM billing_invoice i WHERE i.id = NEW.invoice_id))
                    THEN {core_triggers.raise_exception_sql("A payment is of the patient of its plan or invoice.")} END IF;
                    IF NEW.voids_id IS NOT NULL AND NOT EXISTS (
                        SELECT 1 FROM billing_payment v WHERE v.id = NEW.voids_id AND v.amount = -NEW.amount
                           AND v.currency = NEW.currency AND v.kind <> 'void'
                           AND v.plan_id IS NOT DISTINCT FROM NEW.plan_id
                           AND v.invoice_id IS NOT DISTINCT FROM NEW.invoice_id)
                    THEN {core_triggers.raise_exception_sql("A void is the opposite of what it voids.")} END IF;
                    IF NEW.replaces_id IS NOT NULL AND NOT EXISTS (
                        SELECT 1 FROM billing_payment v WHERE v.voids_id = NEW.replaces_id)
                    THEN {core_triggers.raise_exception_sql("Only a voided payment is replaced.")} END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def by_name(self) -> str:
        """Who took it, as pages and papers say it."""
        return self.by.short_name if self.by else "by link"

    @property
    def undoes_another_payment(self) -> bool:
        return self.kind == self.Kind.VOID
