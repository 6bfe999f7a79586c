"""Invoices, the credit notes that put them right, and what is written off: written once."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from mesoclinic.accounts.models import Clinic
from mesoclinic.core import triggers as core_triggers
from mesoclinic.core.fields import currency_decimals_constraint, money_field, rate_field
from mesoclinic.core.triggers import Trigger, raise_exception_sql
from patients.models import Patient
from treatments.billing.models.price_lists import PriceList, withdrawn_price_list_trigger
from treatments.plans.models import TreatmentPlan


def numbered_without_gaps_trigger(table: str, prefix: str, what: str) -> Trigger:
    """Each number is the one after the last of its clinic and year, whoever writes it.

    With the unique number and rows that are never deleted there is no gap: a number not yet committed has no next.
    """
    return Trigger(
        name="numbered_without_gaps",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        func=f"""
            IF NEW.count IS DISTINCT FROM 1 + coalesce(
                   (SELECT max(n.count) FROM {table} n WHERE n.clinic_id = NEW.clinic_id AND n.year = NEW.year), 0)
               OR NEW.number IS DISTINCT FROM
                   '{prefix}-' || NEW.year || '-' || lpad(NEW.count::text, greatest(4, length(NEW.count::text)), '0')
               OR NEW.year <> extract(year FROM NEW.issued_at AT TIME ZONE
                   (SELECT c.time_zone FROM accounts_clinic c WHERE c.id = NEW.clinic_id))
            THEN {raise_exception_sql(f"{what} are numbered without gaps in a clinic and year.")} END IF;
            RETURN NEW;
        """,
    )


def lines_add_up_trigger(*, paper: str, lines: str, parent: str, what: str, of_line: bool) -> Trigger:
    """At commit a paper's lines are as many as it says, and sum to it. On the paper's own table, or its lines'."""
    key = f"NEW.{parent}" if of_line else "NEW.id"
    return Trigger(
        name="adds_up",
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        timing=pgtrigger.Deferred,
        func=f"""
            IF EXISTS (
                SELECT 1 FROM {paper} p, LATERAL (
                    SELECT count(*) AS lines, coalesce(sum(l.net), 0) AS net, coalesce(sum(l.tax), 0) AS tax
                      FROM {lines} l WHERE l.{parent} = p.id) s
                 WHERE p.id = {key} AND (p.line_count <> s.lines OR p.net <> s.net OR p.tax <> s.tax))
            THEN {raise_exception_sql(f"The lines of {what} sum to it, and are as many as it says.")} END IF;
            RETURN NULL;
        """,
    )


class Invoice(models.Model):
    """What a patient was charged without a plan. An issued invoice does not change: a credit note puts it right."""

    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="invoices", db_index=False)
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="invoices", db_index=False)
    price_list = models.ForeignKey(PriceList, models.PROTECT, null=True, blank=True, related_name="+")
    year = models.PositiveSmallIntegerField()
    count = models.PositiveIntegerField()
    number = models.CharField(max_length=20)
    currency = models.CharField(max_length=3)
    tax_included = models.BooleanField(default=False, help_text="Amounts of its lines hold their tax.")
    line_count = models.PositiveIntegerField()
    net = money_field()
    tax = money_field()
    total = money_field()
    due_on = models.DateField()
    issued_at = models.DateTimeField(db_default=Now())
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["clinic", "-pk"]
        indexes = [
            models.Index(fields=["patient", "-id"], name="invoices_of_a_patient"),
            models.Index(fields=["clinic", "issued_at"], name="invoices_by_day"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["clinic", "year", "count"], name="invoice_number_once"),
            models.CheckConstraint(
                condition=Q(net__gte=0, tax__gte=0, total=F("net") + F("tax")), name="invoice_adds_up"
            ),
            currency_decimals_constraint("invoice_has_the_decimals_of_its_currency", "net", "tax", "total"),
        ]
        triggers = [
            *core_triggers.append_only_triggers("An issued invoice"),
            numbered_without_gaps_trigger("billing_invoice", "I", "Invoices"),
            withdrawn_price_list_trigger(pgtrigger.Insert),
            lines_add_up_trigger(
                paper="billing_invoice",
                lines="billing_invoiceline",
                parent="invoice_id",
                what="an invoice",
                of_line=False,
            ),
        ]

    def __str__(self) -> str:
        return self.number


class InvoiceLine(models.Model):
    """``amount`` is quantity × unit as priced; ``net`` and ``tax`` are what it comes to.

    ``source`` is the row it is charged for ("schedule.appointment:7"): a missed visit is charged once.
    """

    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="lines", db_index=False)
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=12)
    label = models.CharField(max_length=120)
    detail = models.CharField(max_length=160, blank=True)
    quantity = models.PositiveSmallIntegerField()
    unit_amount = money_field()
    amount = money_field()
    net = money_field()
    tax_class = models.CharField(max_length=10)
    tax_rate = rate_field()
    tax = money_field()
    source = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ["invoice", "position"]
        constraints = [
            models.UniqueConstraint(fields=["invoice", "position"], name="invoice_line_has_its_place"),
            models.UniqueConstraint(
                fields=["kind", "source"], condition=~Q(source=""), name="what_is_charged_for_is_charged_once"
            ),
            models.CheckConstraint(
                condition=Q(amount=F("quantity") * F("unit_amount"), quantity__gte=1, unit_amount__gte=0),
                name="invoice_line_multiplies",
            ),
            models.CheckConstraint(
                condition=Q(net__gte=0, tax__gte=0) & (Q(net=F("amount")) | Q(amount=F("net") + F("tax"))),
                name="invoice_line_is_its_amount",
            ),
            models.CheckConstraint(
                condition=Q(tax_class__in=["standard", "reduced"]) | Q(tax_rate=0, tax=0),
                name="invoice_line_without_tax_has_none",
            ),
        ]
        triggers = [
            *core_triggers.append_only_triggers("An issued invoice"),
            core_triggers.no_card_number_trigger("label", "detail"),
            Trigger(
                name="not_waived_already",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                condition=pgtrigger.Q(new__source__gt=""),
                func=f"""
                    IF EXISTS (SELECT 1 FROM billing_feewaiver w WHERE w.kind = NEW.kind AND w.source = NEW.source)
                    THEN {raise_exception_sql("This fee was waived: it is not charged.")} END IF;
                    RETURN NEW;
                """,
            ),
            lines_add_up_trigger(
                paper="billing_invoice",
                lines="billing_invoiceline",
                parent="invoice_id",
                what="an invoice",
                of_line=True,
            ),
        ]

    def __str__(self) -> str:
        return self.label


class CreditNote(models.Model):
    """What is taken back of an invoice, by line, and why. Its amounts are above zero."""

    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="credit_notes", db_index=False)
    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="credit_notes")
    year = models.PositiveSmallIntegerField()
    count = models.PositiveIntegerField()
    number = models.CharField(max_length=20)
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=200)
    line_count = models.PositiveIntegerField()
    net = money_field()
    tax = money_field()
    total = money_field()
    issued_at = models.DateTimeField(db_default=Now())
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["clinic", "-pk"]
        indexes = [models.Index(fields=["clinic", "issued_at"], name="credit_notes_by_day")]
        constraints = [
            models.UniqueConstraint(fields=["clinic", "year", "count"], name="credit_note_number_once"),
            models.CheckConstraint(
                condition=Q(net__gte=0, tax__gte=0, total__gt=0, total=F("net") + F("tax")),
                name="credit_note_adds_up",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="credit_note_says_why"),
            currency_decimals_constraint(
                "credit_note_has_the_decimals_of_its_currency", "net", "tax", "total"
            ),
        ]
        triggers = [
            *core_triggers.append_only_triggers("A credit note"),
            core_triggers.no_card_number_trigger("reason"),
            numbered_without_gaps_trigger("billing_creditnote", "C", "Credit notes"),
            Trigger(
                name="of_its_invoice",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                # The invoice stays locked: of two credit notes at once the second sees the first.
                func=f"""
                    PERFORM 1 FROM billing_invoice i WHERE i.id = NEW.invoice_id
                       AND i.clinic_id = NEW.clinic_id AND i.currency = NEW.currency FOR NO KEY UPDATE;
                    IF NOT FOUND THEN {raise_exception_sql("A credit note is of its invoice's clinic and currency.")} END IF;
                    RETURN NEW;
                """,
            ),
            lines_add_up_trigger(
                paper="billing_creditnote",
                lines="billing_creditnoteline",
                parent="credit_note_id",
                what="a credit note",
                of_line=False,
            ),
        ]

    def __str__(self) -> str:
        return self.number


class CreditNoteLine(models.Model):
    credit_note = models.ForeignKey(CreditNote, models.PROTECT, related_name="lines", db_index=False)
    invoice_line = models.ForeignKey(InvoiceLine, models.PROTECT, related_name="credited")
    net = money_field()
    tax = money_field()

    class Meta:
        ordering = ["credit_note", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["credit_note", "invoice_line"], name="credit_note_names_a_line_once"
            ),
            models.CheckConstraint(
                condition=Q(net__gte=0, tax__gte=0), name="credit_note_line_is_not_negative"
            ),
        ]
        triggers = [
            *core_triggers.append_only_triggers("A credit note"),
            lines_add_up_trigger(
                paper="billing_creditnote",
                lines="billing_creditnoteline",
                parent="credit_note_id",
                what="a credit note",
                of_line=True,
            ),
            Trigger(
                name="no_more_than_was_charged",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                func=f"""
                    IF NOT EXISTS (
                        SELECT 1 FROM billing_invoiceline l
                          JOIN billing_creditnote c ON c.id = NEW.credit_note_id AND c.invoice_id = l.invoice_id
                         WHERE l.id = NEW.invoice_line_id
                           AND l.net >= (SELECT sum(o.net) FROM billing_creditnoteline o WHERE o.invoice_line_id = l.id)
                           AND l.tax >= (SELECT sum(o.tax) FROM billing_creditnoteline o WHERE o.invoice_line_id = l.id))
                    THEN {raise_exception_sql("No more is credited than was charged.")} END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.credit_note_id} {self.invoice_line_id}"


class Allowance(models.Model):
    """What a patient need not pay, for a plan or an invoice: written off, or given back as goodwill.

    Goodwill goes with its refund (``payment``): the money is back and nothing more is owed. It ends where that
    refund is voided.
    """

    class Kind(models.TextChoices):
        WRITE_OFF = "write_off", "Written off"
        GOODWILL = "goodwill", "Goodwill"

    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="+")
    plan = models.ForeignKey(TreatmentPlan, models.PROTECT, null=True, blank=True, related_name="allowances")
    invoice = models.ForeignKey(Invoice, models.PROTECT, null=True, blank=True, related_name="allowances")
    kind = models.CharField(max_length=10, choices=Kind)
    amount = money_field()
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=200)
    payment = models.OneToOneField(
        "billing.Payment", models.PROTECT, null=True, blank=True, related_name="goodwill"
    )
    at = models.DateTimeField(db_default=Now())
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(plan__isnull=True, invoice__isnull=False)
                | Q(plan__isnull=False, invoice__isnull=True),
                name="allowance_is_of_a_plan_or_an_invoice",
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0) & ~Q(reason=""), name="allowance_says_how_much_and_why"
            ),
            models.CheckConstraint(
                condition=Q(kind="write_off", payment__isnull=True)
                | Q(kind="goodwill", payment__isnull=False),
                name="goodwill_goes_with_its_refund",
            ),
            currency_decimals_constraint("allowance_has_the_decimals_of_its_currency", "amount"),
        ]
        triggers = [
            *core_triggers.append_only_triggers("What was written off"),
            core_triggers.no_card_number_trigger("reason"),
            Trigger(
                name="goodwill_is_what_went_back",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                condition=pgtrigger.Q(new__kind="goodwill"),
                func=f"""
                    IF NOT EXISTS (
                        SELECT 1 FROM billing_payment p
                         WHERE p.id = NEW.payment_id AND p.kind = 'refund' AND p.amount = -NEW.amount
                           AND p.currency = NEW.currency AND p.plan_id IS NOT DISTINCT FROM NEW.plan_id
                           AND p.invoice_id IS NOT DISTINCT FROM NEW.invoice_id)
                    THEN {raise_exception_sql("Goodwill is as much as its refund gave back.")} END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Paper(models.Model):
    """A receipt, an invoice or a credit note as it was printed: what it said, and the hash of its bytes.

    The same content makes the same bytes. A paper that was made void is printed with VOID across it; this one stays.
    """

    receipt = models.OneToOneField(
        "billing.Receipt", models.PROTECT, null=True, blank=True, related_name="paper"
    )
    invoice = models.OneToOneField(Invoice, models.PROTECT, null=True, blank=True, related_name="paper")
    credit_note = models.OneToOneField(
        CreditNote, models.PROTECT, null=True, blank=True, related_name="paper"
    )
    language = models.CharField(max_length=10)
    content = models.JSONField()
    sha256 = models.CharField(max_length=64)
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(receipt__isnull=False, invoice__isnull=True, credit_note__isnull=True)
                | Q(receipt__isnull=True, invoice__isnull=False, credit_note__isnull=True)
                | Q(receipt__isnull=True, invoice__isnull=True, credit_note__isnull=False),
                name="paper_is_of_one_thing",
            ),
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="paper_has_its_hash"),
        ]
        triggers = core_triggers.append_only_triggers("A printed paper")

    def __str__(self) -> str:
        return f"paper {self.pk}"
