"""What is proposed: protocols, treatment plans, price lists, quotes and what was paid."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Cast, Coalesce, JSONObject, Now

from mesoclinic.accounts.models import Clinic
from mesoclinic.core import triggers
from mesoclinic.core.fields import area_field, money_field, rate_field
from mesoclinic.core.findings import Finding
from mesoclinic.core.models import ReferenceRow
from patients.models import Patient
from treatments.cocktails.models import CocktailVersion
from treatments.conditions.models import Assessment, Condition
from treatments.plans.models.books import DayClose, DayCount, Receipt
from treatments.plans.models.offers import Coupon
from treatments.plans.models.plan_settings import PlanSettings
from treatments.plans.models.sending import QuoteDocument, QuoteLink
from treatments.plans.rules import (
    SOON_DAYS,
    TAX_CLASSES,
    TECHNIQUES,
    TREATMENTS,
    PlanStatus,
    PriceBook,
    PriceRow,
    ProtocolFact,
    QuoteStatus,
    is_expired,
)

__all__ = [
    "AGREED_PLANS",
    "OPEN_PLANS",
    "Coupon",
    "DayClose",
    "DayCount",
    "Payment",
    "PlanSettings",
    "Price",
    "PriceList",
    "Protocol",
    "Quote",
    "QuoteDocument",
    "QuoteLine",
    "QuoteLink",
    "QuoteNumber",
    "QuoteOption",
    "Receipt",
    "TreatmentPlan",
]

#: Plans that somebody still has something to do for.
OPEN_PLANS = (PlanStatus.DRAFT, PlanStatus.QUOTED, PlanStatus.ACCEPTED, PlanStatus.ACTIVE)
#: The patient said yes, with a quote or without: from here on money is taken.
AGREED_PLANS = (PlanStatus.ACCEPTED, PlanStatus.ACTIVE, PlanStatus.DONE, PlanStatus.STOPPED)


class ProtocolQuerySet(models.QuerySet["Protocol"]):
    def schedules(self) -> "ProtocolQuerySet":
        """Those a course can follow: no technique rows, none retired."""
        return self.filter(is_technique=False, retired_at=None)


class Protocol(ReferenceRow):
    """A published or local schedule: how many sessions, how far apart, by which technique."""

    code = models.CharField(max_length=40, unique=True)
    condition = models.ForeignKey(
        Condition, models.PROTECT, null=True, blank=True, related_name="+", help_text="Empty: any."
    )
    name = models.CharField(max_length=120)
    is_technique = models.BooleanField(default=False, help_text="A technique row, not a schedule.")
    sessions_text = models.CharField(max_length=120, blank=True)
    sessions_min = models.PositiveSmallIntegerField(null=True, blank=True)
    sessions_max = models.PositiveSmallIntegerField(null=True, blank=True)
    sessions_default = models.PositiveSmallIntegerField(null=True, blank=True)
    interval_text = models.CharField(max_length=120, blank=True)
    intervals = ArrayField(
        models.PositiveSmallIntegerField(),
        default=list,
        blank=True,
        help_text="Days between sessions, in order.",
    )
    technique = models.CharField(max_length=200, blank=True)
    technique_code = models.CharField(max_length=20, blank=True)
    needle = models.CharField(max_length=60, blank=True)
    depth_text = models.CharField(max_length=60, blank=True)
    depth_min_mm = models.DecimalField(max_digits=4, decimal_places=1, null=True, blank=True)
    depth_max_mm = models.DecimalField(max_digits=4, decimal_places=1, null=True, blank=True)
    ml_per_point_min = models.DecimalField(max_digits=5, decimal_places=3, null=True, blank=True)
    ml_per_point_max = models.DecimalField(max_digits=5, decimal_places=3, null=True, blank=True)
    spacing_cm = models.DecimalField(max_digits=4, decimal_places=2, null=True, blank=True)
    total_ml_min = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    total_ml_max = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    maintenance_days = models.PositiveSmallIntegerField(null=True, blank=True)
    note = models.TextField(blank=True)
    total_volume_text = models.CharField(max_length=80, blank=True)
    minutes_min = models.PositiveSmallIntegerField(null=True, blank=True)
    minutes_max = models.PositiveSmallIntegerField(null=True, blank=True)
    maintenance = models.CharField(max_length=120, blank=True)
    ingredients_text = models.CharField(max_length=200, blank=True)
    unverified_fields = models.CharField(max_length=300, blank=True)

    objects = ProtocolQuerySet.as_manager()

    class Meta(ReferenceRow.Meta):
        ordering = ["is_technique", "name"]

    def __str__(self) -> str:
        return self.name

    def as_fact(self) -> ProtocolFact:
        low, high = self.sessions_min, self.sessions_max
        return ProtocolFact(
            name=self.name,
            sessions=None if low is None or high is None else (low, high),
            intervals=self.intervals,
            source=", ".join(self.source_keys),
        )


class PlanQuerySet(models.QuerySet["TreatmentPlan"]):
    def open(self) -> "PlanQuerySet":
        return self.filter(status__in=OPEN_PLANS)

    def with_course(self) -> "PlanQuerySet":
        """Adds ``sessions_done``: how many are signed."""
        done = Q(treatment_sessions__status__in=["signed", "amended"])
        counted = TreatmentPlan.objects.filter(pk=OuterRef("pk")).values("pk")
        return self.annotate(
            sessions_done=Subquery(
                counted.annotate(done=Count("treatment_sessions", filter=done)).values("done")
            )
        )

    def with_money(self) -> "PlanQuerySet":
        """Adds ``price`` (the patient's part of the accepted option; None without a quote), ``deal`` (what was
        accepted: currency, total and its parts, refund policy) and ``paid``."""
        accepted = Quote.objects.filter(plan=OuterRef("pk"), status=QuoteStatus.ACCEPTED).order_by("-pk")
        lines = QuoteLine.objects.filter(option=OuterRef("chosen_option")).order_by()

        def of(lines, amount):
            summed = lines.values("option").annotate(sum=Sum(amount)).values("sum")
            # As text: JSON numbers are not decimal.
            return Cast(
                Coalesce(Subquery(summed), Value(Decimal(0)), output_field=money_field()), models.TextField()
            )

        gross, listed = F("net") + F("tax"), F("amount") * (1 + F("tax_rate") / 100)
        paid = Payment.objects.filter(plan=OuterRef("pk")).order_by().values("plan")
        part = F("chosen_option__total") - F("chosen_option__insurer")
        return self.annotate(
            price=Subquery(accepted.values(part=part)[:1]),
            deal=Subquery(
                accepted.values(
                    row=JSONObject(
                        quote="pk",
                        number="number",
                        currency="currency",
                        policy="refund_policy",
                        total=Cast("chosen_option__total", models.TextField()),
                        insurer=Cast("chosen_option__insurer", models.TextField()),
                        package=of(lines.filter(in_package=True), gross),
                        extras=of(lines.filter(in_package=False), gross),
                        listed=of(lines.filter(in_package=True), listed),
                    )
                )[:1]
            ),
            paid=Coalesce(
                Subquery(paid.annotate(sum=Sum("amount")).values("sum")),
                Value(Decimal(0)),
                output_field=money_field(),
            ),
        )


class TreatmentPlan(models.Model):
    """A course for one patient: this cocktail, this protocol, so many sessions, so far apart."""

    Status = PlanStatus

    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="plans")
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="plans")
    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="+")
    cocktail_version = models.ForeignKey(CocktailVersion, models.PROTECT, related_name="plans")
    protocol = models.ForeignKey(Protocol, models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    sessions_planned = models.PositiveSmallIntegerField()
    intervals = ArrayField(
        models.PositiveSmallIntegerField(), default=list, help_text="Days between sessions."
    )
    technique = models.CharField(max_length=200, blank=True)
    area_cm2 = area_field(help_text="Copied from the assessment when the plan was made.")
    reason = models.CharField(max_length=300, blank=True, help_text="Why fewer than five sessions.")
    status = models.CharField(
        max_length=12, choices=[(s.value, s.value.replace("_", " ")) for s in PlanStatus]
    )
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    #: Set by actions.draft_plan: the quote drafted with it, or why there is none.
    first_quote: "Quote | None" = None
    missing_prices: Sequence[Finding] = ()

    objects = PlanQuerySet.as_manager()

    class Meta:
        ordering = ["patient", "-created_at", "-pk"]
        indexes = [models.Index(fields=["clinic", "status"], name="plans_by_status")]
        constraints = [
            models.CheckConstraint(
                condition=Q(sessions_planned__gte=1, sessions_planned__lte=30), name="plan_has_sessions"
            ),
            models.CheckConstraint(condition=Q(area_cm2__gt=0), name="plan_has_an_area"),
            models.CheckConstraint(
                condition=Q(status__in=[s.value for s in PlanStatus]), name="plan_status_is_known"
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="signed_cocktail_only",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("cocktail_version_id"),
                func=(
                    "IF NOT EXISTS (SELECT 1 FROM cocktails_cocktailversion v"
                    " WHERE v.id = NEW.cocktail_version_id AND v.status = 'signed') THEN"
                    f" {triggers.refuse('A plan is made with a signed cocktail.')} END IF; RETURN NEW;"
                ),
            )
        ]

    def __str__(self) -> str:
        return self.name


class PriceListQuerySet(models.QuerySet["PriceList"]):
    def in_force(self, clinic: Clinic, day) -> "PriceListQuerySet":
        """At most one: the list of this clinic that started last."""
        return self.filter(clinic=clinic, valid_from__lte=day).order_by("-valid_from")[:1]


class PriceList(models.Model):
    """What things cost at a clinic from a day on. The next list starts where this one ends."""

    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="price_lists")
    name = models.CharField(max_length=80)
    currency = models.CharField(max_length=3)
    valid_from = models.DateField()
    cocktail_markup = models.DecimalField(
        max_digits=6, decimal_places=3, default=1, help_text="A cocktail costs its ml × price per ml × this."
    )
    discount_cap = rate_field(default=25)
    deposit_rate = rate_field(default=20)
    tax_standard = rate_field(default=0, db_default=0, help_text="Standard tax rate, in percent.")
    tax_reduced = rate_field(default=0, db_default=0, help_text="Reduced tax rate, in percent.")

    objects = PriceListQuerySet.as_manager()

    class Meta:
        ordering = ["clinic", "-valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["clinic", "valid_from"], name="one_price_list_starts_on_a_day"),
            models.CheckConstraint(
                condition=Q(
                    discount_cap__gte=0, discount_cap__lte=100, deposit_rate__gte=0, deposit_rate__lte=100
                ),
                name="price_list_rates_are_percentages",
            ),
            models.CheckConstraint(
                condition=Q(
                    tax_standard__gte=0, tax_standard__lte=100, tax_reduced__gte=0, tax_reduced__lte=100
                ),
                name="price_list_taxes_are_percentages",
            ),
        ]
        triggers = triggers.frozen(
            "A price list that quotes were issued from",
            once="EXISTS (SELECT 1 FROM plans_quote q WHERE q.price_list_id = OLD.id AND q.status <> 'draft')",
        )

    def __str__(self) -> str:
        return self.name

    def as_book(self, prices) -> PriceBook:
        return PriceBook(
            rows=[price.as_row() for price in prices],
            currency=self.currency,
            markup=self.cocktail_markup,
            cap=self.discount_cap,
            deposit=self.deposit_rate,
        )


class Price(models.Model):
    class Kind(models.TextChoices):
        SESSION = "session", "Session, by area"
        COCKTAIL = "cocktail", "Cocktail, fixed price"
        KIT = "kit", "Single-use kit"
        CONSULTATION = "consultation", "Consultation"
        EXTRA = "extra", "Extra"
        PACKAGE = "package", "Package discount, by sessions"

    price_list = models.ForeignKey(PriceList, models.PROTECT, related_name="prices")
    kind = models.CharField(max_length=12, choices=Kind)
    label = models.CharField(max_length=80)
    why = models.CharField(max_length=120, blank=True)
    area_from = area_field(null=True, blank=True)
    area_to = area_field(null=True, blank=True, help_text="Up to, not including.")
    technique = models.CharField(
        max_length=20, blank=True, choices=TECHNIQUES.items(), help_text="Empty: any."
    )
    treatment = models.CharField(
        max_length=10, blank=True, choices=TREATMENTS.items(), help_text="Empty: any."
    )
    sessions_from = models.PositiveSmallIntegerField(null=True, blank=True)
    amount = money_field(default=0)
    rate = rate_field(default=0, help_text="Package discount, in percent.")
    tax_class = models.CharField(
        max_length=10, choices=TAX_CLASSES.items(), default="none", db_default="none"
    )
    tax_rate = rate_field(default=0, help_text="Of its class, when the list was published.")

    class Meta:
        ordering = ["price_list", "kind", "area_from", "sessions_from", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=0), name="price_is_not_negative"),
            models.CheckConstraint(
                condition=Q(rate__gte=0, rate__lte=100, tax_rate__gte=0, tax_rate__lte=100),
                name="price_rates_are_percentages",
            ),
            models.CheckConstraint(
                condition=Q(tax_class__in=["standard", "reduced"]) | Q(tax_rate=0),
                name="what_is_exempt_has_no_tax",
            ),
        ]
        triggers = [
            triggers.part_of_frozen(
                "A price list that quotes were issued from",
                parent_table="plans_pricelist",
                parent_key="price_list_id",
                once="EXISTS (SELECT 1 FROM plans_quote q WHERE q.price_list_id = p.id AND q.status <> 'draft')",
            )
        ]

    def __str__(self) -> str:
        return self.label

    def as_row(self) -> PriceRow:
        return PriceRow(
            kind=self.kind,
            label=self.label,
            amount=self.amount,
            rate=self.rate,
            tax_percent=self.tax_rate,
            why=self.why,
            area_from=self.area_from,
            area_to=self.area_to,
            sessions_from=self.sessions_from,
            technique=self.technique,
            treatment=self.treatment,
            tax_class=self.tax_class,
        )


class QuoteNumber(models.Model):
    """The last number of a series (quotes, receipts) at a clinic in a year.

    It is taken under its row's lock, held to the end of the transaction: numbers have no gaps.
    """

    class Series(models.TextChoices):
        QUOTE = "quote"
        RECEIPT = "receipt"

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

    def waiting(self, today) -> "QuoteQuerySet":
        """Issued, still valid, and no answer yet."""
        return self.filter(status=QuoteStatus.ISSUED, valid_until__gte=today)

    def expiring(self, today) -> "QuoteQuerySet":
        return self.waiting(today).filter(valid_until__lte=today + timedelta(days=SOON_DAYS))

    def overdue(self, today) -> "QuoteQuerySet":
        """Past their last day and not yet marked so."""
        return self.filter(status=QuoteStatus.ISSUED, valid_until__lt=today)

    def accepted_not_booked(self) -> "QuoteQuerySet":
        """The patient said yes and has no appointment for it."""
        # By the names of the tables above: an app does not import upwards, a row may be asked for.
        booked = TreatmentPlan.objects.filter(
            pk=OuterRef("plan"),
            appointments__status__in=["booked", "confirmed", "arrived", "in_treatment", "done"],
        )
        return self.filter(status=QuoteStatus.ACCEPTED, plan__status=PlanStatus.ACCEPTED).filter(
            ~Exists(booked)
        )

    def owing(self) -> "QuoteQuerySet":
        """Accepted, and paid for less than its total. A stopped course is settled on its own page."""
        paid = (
            Payment.objects.filter(plan=OuterRef("plan"))
            .order_by()
            .values("plan")
            .annotate(sum=Sum("amount"))
            .values("sum")
        )
        owed = (
            F("chosen_option__total")
            - F("chosen_option__insurer")
            - Coalesce(Subquery(paid), Value(Decimal(0)), output_field=money_field())
        )
        return (
            self.filter(status=QuoteStatus.ACCEPTED)
            .exclude(plan__status=PlanStatus.STOPPED)
            .annotate(owed=owed)
            .filter(owed__gt=0)
        )

    def paid_not_used(self) -> "QuoteQuerySet":
        """Accepted, paid for more sessions than were signed, and nothing booked ahead. Adds ``paid`` and ``done``."""
        paid = Payment.objects.filter(plan=OuterRef("plan")).order_by().values("plan")
        # By the names of the tables above: an app does not import upwards, a row may be asked for.
        plans = TreatmentPlan.objects.filter(pk=OuterRef("plan")).values("pk")
        signed = Q(treatment_sessions__status__in=["signed", "amended"])
        ahead = TreatmentPlan.objects.filter(
            pk=OuterRef("plan"), appointments__status__in=["booked", "confirmed", "arrived", "in_treatment"]
        )
        price = F("chosen_option__total") - F("chosen_option__insurer")
        return (
            self.filter(
                status=QuoteStatus.ACCEPTED, plan__status__in=[PlanStatus.ACCEPTED, PlanStatus.ACTIVE]
            )
            .annotate(
                paid=Coalesce(
                    Subquery(paid.annotate(sum=Sum("amount")).values("sum")),
                    Value(Decimal(0)),
                    output_field=money_field(),
                ),
                done=Subquery(plans.annotate(n=Count("treatment_sessions", filter=signed)).values("n")),
            )
            .filter(done__lt=F("plan__sessions_planned"))
            .filter(paid__gt=0)
            .annotate(paid_share=F("paid") * F("plan__sessions_planned"), used_share=F("done") * price)
            .filter(paid_share__gt=F("used_share"))
            .filter(~Exists(ahead))
        )

    def with_total(self) -> "QuoteQuerySet":
        """Adds ``total``: of the chosen option, else of the one with the plan's own sessions."""
        own = QuoteOption.objects.filter(quote=OuterRef("pk"), sessions=OuterRef("plan__sessions_planned"))
        return self.annotate(
            total=Coalesce("chosen_option__total", Subquery(own.order_by("position").values("total")[:1]))
        )


class Quote(models.Model):
    """What was offered, at what price, until when. A snapshot from the moment it is issued."""

    Status = QuoteStatus

    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="quotes")
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
        help_text="The contract names one (pricing.md example 6).",
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
        indexes = [models.Index(fields=["clinic", "status", "-id"], name="quotes_by_status")]
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
            *triggers.frozen(
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
            triggers.no_card_number("answer_reason", "accepted_name"),
            pgtrigger.Trigger(
                name="answered_once",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=(
                    "IF OLD.status = 'accepted' AND to_jsonb(OLD) IS DISTINCT FROM to_jsonb(NEW)"
                    f" THEN {triggers.refuse('An accepted quote is frozen.')} END IF; RETURN NEW;"
                ),
            ),
            pgtrigger.Trigger(
                name="adds_up_when_issued",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__status="draft", new__status="issued"),
                declare=[("most", "integer")],
                func=f"""
                    IF EXISTS (
                        SELECT 1 FROM plans_quoteoption o WHERE o.quote_id = NEW.id AND (
                            o.total IS DISTINCT FROM
                                (SELECT sum(l.net + l.tax) FROM plans_quoteline l WHERE l.option_id = o.id)
                            OR o.total - o.insurer IS DISTINCT FROM coalesce(
                                (SELECT sum(part) FROM unnest(o.instalments) part), 0)))
                    THEN {triggers.refuse("Lines and instalments must sum to their option's total.")} END IF;
                    IF NEW.coupon_id IS NOT NULL THEN
                        -- The coupon's row stays locked: of two that take its last use at once one waits, and is refused.
                        SELECT c.most_uses INTO most FROM plans_coupon c WHERE c.id = NEW.coupon_id FOR UPDATE;
                        IF most <= (SELECT count(*) FROM plans_quote q WHERE q.coupon_id = NEW.coupon_id
                                     AND q.id <> NEW.id AND q.status IN ('issued', 'accepted'))
                        THEN {triggers.refuse("This coupon is used up.")} END IF;
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
            and is_expired(self.valid_until, day)
        ):
            return QuoteStatus.EXPIRED
        return QuoteStatus(self.status)


class QuoteOption(models.Model):
    """One way of taking the course: a single session, five, eight. Totals are copied, never recomputed."""

    quote = models.ForeignKey(Quote, models.CASCADE, related_name="options")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=80)
    sessions = models.PositiveSmallIntegerField()
    why = models.CharField(max_length=200, blank=True)
    discount_rate = rate_field(default=0)
    discount_reason = models.CharField(max_length=200, blank=True)
    list_total = money_field()
    discount = money_field(default=0)
    net = money_field()
    tax = money_field(default=0)
    total = money_field()
    deposit = money_field(default=0)
    line_discount = money_field(default=0, db_default=0, help_text="Part of the discount.")
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
                condition=Q(net=F("list_total") - F("discount"), total=F("net") + F("tax")),
                name="option_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(discount__gte=0, net__gte=0, tax__gte=0, deposit__gte=0),
                name="option_is_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(insurer__gte=0, insurer__lte=F("total")), name="insurer_pays_a_part"
            ),
        ]
        triggers = [
            triggers.part_of_frozen(
                "A quote", parent_table="plans_quote", parent_key="quote_id", once="p.status <> 'draft'"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def patient_total(self) -> Decimal:
        return self.total - self.insurer

    @property
    def package_discount(self) -> Decimal:
        """What the package (or a discount by hand) took, where the cap did not lower them all."""
        return self.discount - self.line_discount - self.coupon


class QuoteLine(models.Model):
    option = models.ForeignKey(QuoteOption, models.CASCADE, related_name="lines")
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
    discount_reason = models.CharField(max_length=120, default="", db_default="", blank=True)

    class Meta:
        ordering = ["option", "position"]
        constraints = [
            models.UniqueConstraint(fields=["option", "position"], name="line_has_its_place"),
            models.CheckConstraint(
                condition=Q(amount=F("quantity") * F("unit_amount")), name="line_multiplies"
            ),
            models.CheckConstraint(
                condition=Q(discount_rate=0) | ~Q(discount_reason=""), name="a_line_discount_says_why"
            ),
        ]
        triggers = [triggers.part_of_an_option()]

    def __str__(self) -> str:
        return self.label


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
        triggers = [*triggers.append_only("The payment book"), triggers.no_card_number("reason", "reference")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
