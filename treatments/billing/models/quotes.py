"""Quotes with their options and lines, their numbers, and the documents that were issued."""

from datetime import timedelta
from decimal import Decimal

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, Now

from mesoclinic.accounts.models import Clinic
from mesoclinic.core.fields import money_field, rate_field
from mesoclinic.core.triggers import (
    Trigger,
    frozen_parent_trigger,
    frozen_triggers,
    no_card_number_trigger,
    raise_exception_sql,
)
from patients.models import Patient, open_record_trigger
from treatments.billing.models.coupons import Coupon
from treatments.billing.models.price_lists import PriceList, withdrawn_price_list_trigger
from treatments.billing.rules.prices import is_untaxed
from treatments.billing.rules.quotes import SOON_DAYS, is_past_last_valid_day
from treatments.billing.rules.states import QuoteStatus
from treatments.plans.models import TreatmentPlan


def freeze_rows_of_issued_quote_trigger() -> Trigger:
    """Rows of a quote's option (lines, instalments): once the quote is issued nothing is added, changed, removed."""
    return Trigger(
        name="part_of_frozen",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        func=f"""
            IF EXISTS (SELECT 1 FROM billing_quoteoption o JOIN billing_quote q ON q.id = o.quote_id
                        WHERE o.id IN (CASE WHEN TG_OP <> 'INSERT' THEN OLD.option_id END,
                                       CASE WHEN TG_OP <> 'DELETE' THEN NEW.option_id END)
                          AND q.status <> 'draft')
            THEN {raise_exception_sql("An issued quote is frozen: issue a new one.")} END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        """,
    )


class QuoteNumber(models.Model):
    """The last number of a series (quotes, receipts, invoices, credit notes) at a clinic in a year.

    It is taken under its row's lock, held to the end of the transaction: numbers have no gaps.
    """

    class Series(models.TextChoices):
        QUOTE = "quote"
        RECEIPT = "receipt"
        INVOICE = "invoice"
        CREDIT = "credit"

    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="+")
    series = models.CharField(max_length=10, choices=Series, default=Series.QUOTE)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "series", "year"], name="one_number_per_clinic_series_and_year"
            )
        ]

    def __str__(self) -> str:
        return f"{self.clinic_id} {self.year} {self.last}"


class QuoteQuerySet(models.QuerySet["Quote"]):
    def drafts(self) -> "QuoteQuerySet":
        return self.filter(status=QuoteStatus.DRAFT)

    def waiting_for_answer(self, today) -> "QuoteQuerySet":
        """Issued, still valid, and no answer yet."""
        return self.filter(status=QuoteStatus.ISSUED, valid_until__gte=today)

    def expiring_soon(self, today) -> "QuoteQuerySet":
        return self.waiting_for_answer(today).filter(valid_until__lte=today + timedelta(days=SOON_DAYS))

    def to_mark_expired(self, today) -> "QuoteQuerySet":
        """Past their last day and not yet marked so."""
        return self.filter(status=QuoteStatus.ISSUED, valid_until__lt=today)

    def with_total_of_chosen_or_planned_option(self) -> "QuoteQuerySet":
        """Adds ``total``: of the chosen option, else of the one with the plan's own sessions."""
        own = QuoteOption.objects.filter(quote=OuterRef("pk"), sessions=OuterRef("plan__sessions_planned"))
        return self.annotate(
            total=Coalesce("chosen_option__total", Subquery(own.order_by("position").values("total")[:1]))
        )


class Quote(models.Model):
    """What was offered, at what price, until when. A snapshot from the moment it is issued."""

    Status = QuoteStatus

    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="quotes", db_index=False)
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="quotes")
    plan = models.ForeignKey(TreatmentPlan, models.PROTECT, related_name="quotes")
    price_list = models.ForeignKey(PriceList, models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    number = models.CharField(max_length=20, blank=True)
    status = models.CharField(max_length=12, choices=[(s.value, s.value) for s in QuoteStatus])
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    issued_at = models.DateTimeField(null=True, blank=True)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    valid_until = models.DateField(null=True, blank=True)
    chosen_option = models.ForeignKey("QuoteOption", models.PROTECT, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    answer_reason = models.CharField(max_length=200, blank=True)
    accepted_name = models.CharField(max_length=200, blank=True, help_text="As the patient signed.")
    signature = models.JSONField(null=True, blank=True, help_text="Drawn strokes; see core/signatures.py.")
    # What is agreed beside the lines: chosen in the draft, frozen with it.
    coupon = models.ForeignKey(Coupon, models.PROTECT, null=True, blank=True, related_name="quotes")
    insurance_rate = rate_field(default=0, db_default=0, help_text="The insurer's share, in percent.")
    instalments = models.PositiveSmallIntegerField(default=1, db_default=1)
    instalment_days = models.PositiveSmallIntegerField(default=30, db_default=30)
    refund_policy = models.CharField(
        max_length=10,
        default="pro_rata",
        db_default="pro_rata",
        help_text="The contract names one (docs/pricing.md example 6).",
    )
    previous = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="The quote issued before this one.",
    )

    objects = QuoteQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["clinic", "status", "-id"], name="quotes_by_status"),
            # For the figures of the clinic.
            models.Index(fields=["clinic", "issued_at"], name="quotes_by_day_issued"),
            models.Index(fields=["clinic", "status", "answered_at"], name="quotes_by_day_answered"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "number"], condition=~Q(number=""), name="quote_number_once"
            ),
            models.CheckConstraint(
                condition=Q(status="draft", issued_at=None, issued_by=None, number="")
                | (
                    ~Q(status="draft")
                    & Q(issued_at__isnull=False, issued_by__isnull=False, valid_until__isnull=False)
                    & ~Q(number="")
                ),
                name="issued_quote_has_number_by_and_at",
            ),
            models.CheckConstraint(
                condition=~Q(status="accepted") | Q(chosen_option__isnull=False, answered_at__isnull=False),
                name="accepted_quote_says_which_option",
            ),
            models.CheckConstraint(
                condition=Q(status__in=[s.value for s in QuoteStatus]), name="quote_status_is_known"
            ),
            models.CheckConstraint(
                condition=Q(
                    insurance_rate__gte=0,
                    insurance_rate__lte=100,
                    instalments__gte=1,
                    instalments__lte=24,
                    instalment_days__gte=1,
                    refund_policy__in=["pro_rata", "at_list"],
                ),
                name="quote_terms_make_sense",
            ),
        ]
        triggers = [
            open_record_trigger("A quote"),
            *frozen_triggers(
                "An issued quote",
                once="OLD.status <> 'draft'",
                except_fields=(
                    "status",
                    "chosen_option_id",
                    "answered_at",
                    "answered_by_id",
                    "answer_reason",
                    "accepted_name",
                    "signature",
                ),
            ),
            withdrawn_price_list_trigger(
                pgtrigger.Update, when_issued="OLD.status = 'draft' AND NEW.status = 'issued'"
            ),
            no_card_number_trigger("answer_reason", "accepted_name"),
            Trigger(
                name="answered_once",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=(
                    "IF OLD.status = 'accepted' AND to_jsonb(OLD) IS DISTINCT FROM to_jsonb(NEW)"
                    f" THEN {raise_exception_sql('An accepted quote is frozen.')} END IF; RETURN NEW;"
                ),
            ),
            Trigger(
                name="adds_up_when_issued",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__status="draft", new__status="issued"),
                declare=[("most", "integer")],
                func=f"""
                    IF EXISTS (
                        SELECT 1 FROM billing_quoteoption o WHERE o.quote_id = NEW.id AND (
                            o.total IS DISTINCT FROM
                                (SELECT sum(l.net + l.tax) FROM billing_quoteline l WHERE l.option_id = o.id)
                            OR o.total - o.insurer IS DISTINCT FROM coalesce(
                                (SELECT sum(part) FROM unnest(o.instalments) part), 0)))
                    THEN {raise_exception_sql("Lines and instalments must sum to their option's total.")} END IF;
                    IF NEW.coupon_id IS NOT NULL THEN
                        -- The coupon's row stays locked: of two that take its last use at once one waits, and is refused.
                        SELECT c.most_uses INTO most FROM billing_coupon c WHERE c.id = NEW.coupon_id FOR UPDATE;
                        IF most <= (SELECT count(*) FROM billing_quote q WHERE q.coupon_id = NEW.coupon_id
                                     AND q.id <> NEW.id AND q.status IN ('issued', 'accepted'))
                        THEN {raise_exception_sql("This coupon is used up.")} END IF;
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.number or f"draft quote {self.pk}"

    def status_on(self, day) -> QuoteStatus:
        """As it stands on ``day``: an issued quote past its last day is expired, marked so or not."""
        if (
            self.status == QuoteStatus.ISSUED
            and self.valid_until is not None
            and is_past_last_valid_day(self.valid_until, day)
        ):
            return QuoteStatus.EXPIRED
        return QuoteStatus(self.status)


class QuoteOption(models.Model):
    """One way of taking the course: a single session, five, eight. Totals are copied, never recomputed."""

    quote = models.ForeignKey(Quote, models.CASCADE, related_name="options", db_index=False)
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=80)
    sessions = models.PositiveSmallIntegerField()
    why = models.CharField(max_length=200, blank=True)
    discount_rate = rate_field(default=0)
    discount_reason = models.CharField(max_length=200, blank=True)
    package_rate = rate_field(
        default=0, db_default=0, help_text="The package's by the price list, given or not."
    )
    # A discount by hand that comes on top, or alone where ``discount_rate`` is 0.
    added_rate = rate_field(default=0, db_default=0)
    added_amount = money_field(default=0, db_default=0)
    added_reason = models.CharField(max_length=200, blank=True, default="", db_default="")
    tax_included = models.BooleanField(default=False, db_default=False)
    list_total = money_field()
    discount = money_field(default=0)
    net = money_field()
    tax = money_field(default=0)
    total = money_field()
    deposit = money_field(default=0)
    line_discount = money_field(default=0, db_default=0, help_text="Part of the discount.")
    added_discount = money_field(default=0, db_default=0, help_text="Part of the discount.")
    coupon = money_field(default=0, db_default=0, help_text="Part of the discount.")
    capped = models.BooleanField(default=False, db_default=False)
    insurer = money_field(default=0, db_default=0, help_text="Part of the total.")
    instalments = ArrayField(
        money_field(),
        default=list,
        db_default=[],
        blank=True,
        help_text="How the patient pays: the deposit first, the rest in parts.",
    )

    class Meta:
        ordering = ["quote", "position"]
        constraints = [
            models.UniqueConstraint(fields=["quote", "position"], name="option_has_its_place"),
            models.CheckConstraint(
                condition=Q(
                    tax_included=False, net=F("list_total") - F("discount"), total=F("net") + F("tax")
                )
                | Q(tax_included=True, total=F("list_total") - F("discount"), net=F("total") - F("tax")),
                name="option_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(discount__gte=0, net__gte=0, tax__gte=0, deposit__gte=0),
                name="option_is_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(insurer__gte=0, insurer__lte=F("total")), name="insurer_pays_a_part"
            ),
            models.CheckConstraint(
                condition=Q(added_rate=0, added_amount=0)
                | (Q(added_rate__gte=0, added_rate__lte=100, added_amount__gte=0) & ~Q(added_reason="")),
                name="a_discount_by_hand_says_why",
            ),
        ]
        triggers = [
            frozen_parent_trigger(
                "A quote", parent_table="billing_quote", parent_key="quote_id", once="p.status <> 'draft'"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def patient_total(self) -> Decimal:
        return self.total - self.insurer

    @property
    def package_discount_amount(self) -> Decimal:
        """What the package (or a discount in its place) took, where the cap did not lower them all."""
        return self.discount - self.line_discount - self.added_discount - self.coupon

    @property
    def packaged_total_per_session(self) -> Decimal:
        """One price per session, wherever it is said: what belongs to a session, discounted and with its tax."""
        packaged = sum((line.net + line.tax for line in self.lines.all() if line.in_package), Decimal(0))
        return packaged / self.sessions


class QuoteLine(models.Model):
    option = models.ForeignKey(QuoteOption, models.CASCADE, related_name="lines", db_index=False)
    position = models.PositiveSmallIntegerField()
    label = models.CharField(max_length=120)
    why = models.CharField(max_length=160, blank=True)
    quantity = models.PositiveSmallIntegerField()
    unit_amount = money_field()
    amount = money_field(help_text="Quantity × unit, before discounts.")
    net = money_field(help_text="After discounts, before tax.")
    tax_class = models.CharField(max_length=10, default="none", db_default="none")
    tax_rate = rate_field(default=0)
    tax = money_field(default=0)
    kind = models.CharField(max_length=12, default="", db_default="", blank=True)
    in_package = models.BooleanField(default=True, db_default=True)
    discount_rate = rate_field(default=0, db_default=0)
    discount_amount = money_field(default=0, db_default=0, help_text="Off the whole line.")
    discount_reason = models.CharField(max_length=120, default="", db_default="", blank=True)

    class Meta:
        ordering = ["option", "position"]
        constraints = [
            models.UniqueConstraint(fields=["option", "position"], name="line_has_its_place"),
            models.CheckConstraint(
                condition=Q(amount=F("quantity") * F("unit_amount")), name="line_multiplies"
            ),
            models.CheckConstraint(
                condition=Q(discount_rate=0, discount_amount=0) | ~Q(discount_reason=""),
                name="a_line_discount_says_why",
            ),
        ]
        triggers = [freeze_rows_of_issued_quote_trigger()]

    def __str__(self) -> str:
        return self.label

    @property
    def is_untaxed(self) -> bool:
        return is_untaxed(self.tax_class)
