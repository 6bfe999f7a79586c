"""What is proposed: protocols, treatment plans, price lists, quotes and what was paid."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce, Now

from mesoclinic.accounts.models import Clinic
from mesoclinic.core import triggers
from mesoclinic.core.fields import area_field, money_field, rate_field
from mesoclinic.core.findings import Finding
from mesoclinic.core.models import ReferenceRow
from patients.models import Patient
from treatments.cocktails.models import CocktailVersion
from treatments.conditions.models import Assessment, Condition
from treatments.plans.rules import (
    SOON_DAYS,
    PlanStatus,
    PriceBook,
    PriceRow,
    ProtocolFact,
    QuoteStatus,
    is_expired,
)

#: Plans that somebody still has something to do for.
OPEN_PLANS = (
    PlanStatus.DRAFT,
    PlanStatus.QUOTED,
    PlanStatus.ACCEPTED,
    PlanStatus.ACTIVE,
)
#: The patient said yes, with a quote or without: from here on money is taken.
AGREED_PLANS = (
    PlanStatus.ACCEPTED,
    PlanStatus.ACTIVE,
    PlanStatus.DONE,
    PlanStatus.STOPPED,
)


class ProtocolQuerySet(models.QuerySet["Protocol"]):
    def schedules(self) -> "ProtocolQuerySet":
        """Those a course can follow: no technique rows, none retired."""
        return self.filter(is_technique=False, retired_at=None)


class Protocol(ReferenceRow):
    """A published or local schedule: how many sessions, how far apart, by which technique."""

    code = models.CharField(max_length=40, unique=True)
    condition = models.ForeignKey(
        Condition,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Empty: any.",
    )
    name = models.CharField(max_length=120)
    is_technique = models.BooleanField(
        default=False, help_text="A technique row, not a schedule."
    )
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
    depth_min_mm = models.DecimalField(
        max_digits=4, decimal_places=1, null=True, blank=True
    )
    depth_max_mm = models.DecimalField(
        max_digits=4, decimal_places=1, null=True, blank=True
    )
    ml_per_point_min = models.DecimalField(
        max_digits=5, decimal_places=3, null=True, blank=True
    )
    ml_per_point_max = models.DecimalField(
        max_digits=5, decimal_places=3, null=True, blank=True
    )
    spacing_cm = models.DecimalField(
        max_digits=4, decimal_places=2, null=True, blank=True
    )
    total_ml_min = models.DecimalField(
        max_digits=5, decimal_places=2, null=True, blank=True
    )
    total_ml_max = models.DecimalField(
        max_digits=5, decimal_places=2, null=True, blank=True
    )
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
                counted.annotate(done=Count("treatment_sessions", filter=done)).values(
                    "done"
                )
            )
        )

    def with_money(self) -> "PlanQuerySet":
        """Adds ``price`` and ``price_currency`` (of the accepted option; None without one) and ``paid``."""
        accepted = Quote.objects.filter(
            plan=OuterRef("pk"), status=QuoteStatus.ACCEPTED
        ).order_by("-pk")
        paid = Payment.objects.filter(plan=OuterRef("pk")).order_by().values("plan")
        return self.annotate(
            price=Subquery(accepted.values("chosen_option__total")[:1]),
            price_currency=Subquery(accepted.values("currency")[:1]),
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
    cocktail_version = models.ForeignKey(
        CocktailVersion, models.PROTECT, related_name="plans"
    )
    protocol = models.ForeignKey(Protocol, models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    sessions_planned = models.PositiveSmallIntegerField()
    intervals = ArrayField(
        models.PositiveSmallIntegerField(),
        default=list,
        help_text="Days between sessions.",
    )
    technique = models.CharField(max_length=200, blank=True)
    area_cm2 = area_field(
        help_text="Copied from the assessment when the plan was made."
    )
    reason = models.CharField(
        max_length=300, blank=True, help_text="Why fewer than five sessions."
    )
    status = models.CharField(
        max_length=12,
        choices=[(s.value, s.value.replace("_", " ")) for s in PlanStatus],
    )
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+"
    )

    #: Set by actions.draft_plan: the quote drafted with it, or why there is none.
    first_quote: "Quote | None" = None
    missing_prices: Sequence[Finding] = ()

    objects = PlanQuerySet.as_manager()

    class Meta:
        ordering = ["patient", "-created_at", "-pk"]
        indexes = [models.Index(fields=["clinic", "status"], name="plans_by_status")]
        constraints = [
            models.CheckConstraint(
                condition=Q(sessions_planned__gte=1, sessions_planned__lte=30),
                name="plan_has_sessions",
            ),
            models.CheckConstraint(
                condition=Q(area_cm2__gt=0), name="plan_has_an_area"
            ),
            models.CheckConstraint(
                condition=Q(status__in=[s.value for s in PlanStatus]),
                name="plan_status_is_known",
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
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PriceListQuerySet(models.QuerySet["PriceList"]):
    def in_force(self, clinic: Clinic, day) -> "PriceListQuerySet":
        """At most one: the list of this clinic that started last."""
        return self.filter(clinic=clinic, valid_from__lte=day).order_by("-valid_from")[
            :1
        ]


class PriceList(models.Model):
    """What things cost at a clinic from a day on. The next list starts where this one ends."""

    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="price_lists")
    name = models.CharField(max_length=80)
    currency = models.CharField(max_length=3)
    valid_from = models.DateField()
    cocktail_markup = models.DecimalField(
        max_digits=6,
        decimal_places=3,
        default=1,
        help_text="A cocktail costs its ml × price per ml × this.",
    )
    discount_cap = rate_field(default=25)
    deposit_rate = rate_field(default=20)

    objects = PriceListQuerySet.as_manager()

    class Meta:
        ordering = ["clinic", "-valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "valid_from"], name="one_price_list_starts_on_a_day"
            ),
            models.CheckConstraint(
                condition=Q(
                    discount_cap__gte=0,
                    discount_cap__lte=100,
                    deposit_rate__gte=0,
                    deposit_rate__lte=100,
                ),
                name="price_list_rates_are_percentages",
            ),
        ]

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
    sessions_from = models.PositiveSmallIntegerField(null=True, blank=True)
    amount = money_field(default=0)
    rate = rate_field(default=0, help_text="Package discount, in percent.")
    tax_rate = rate_field(default=0)

    class Meta:
        ordering = ["price_list", "kind", "area_from", "sessions_from", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gte=0), name="price_is_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(
                    rate__gte=0, rate__lte=100, tax_rate__gte=0, tax_rate__lte=100
                ),
                name="price_rates_are_percentages",
            ),
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
        )


class QuoteNumber(models.Model):
    """The last number issued at a clinic in a year: taken under its row lock, so numbers have no gaps."""

    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "year"], name="one_quote_number_per_clinic_and_year"
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
        return self.waiting(today).filter(
            valid_until__lte=today + timedelta(days=SOON_DAYS)
        )

    def overdue(self, today) -> "QuoteQuerySet":
        """Past their last day and not yet marked so."""
        return self.filter(status=QuoteStatus.ISSUED, valid_until__lt=today)

    def accepted_not_booked(self) -> "QuoteQuerySet":
        """The patient said yes and has no appointment for it."""
        # By the names of the tables above: an app does not import upwards, a row may be asked for.
        booked = TreatmentPlan.objects.filter(
            pk=OuterRef("plan"),
            appointments__status__in=["booked", "confirmed", "arrived", "in_treatment", "done"],
        )  # fmt: skip
        return self.filter(
            status=QuoteStatus.ACCEPTED, plan__status=PlanStatus.ACCEPTED
        ).filter(~Exists(booked))

    def owing(self) -> "QuoteQuerySet":
        """Accepted, and paid for less than its total. A stopped course is settled on its own page."""
        paid = (
            Payment.objects.filter(plan=OuterRef("plan"))
            .order_by()
            .values("plan")
            .annotate(sum=Sum("amount"))
            .values("sum")
        )
        owed = F("chosen_option__total") - Coalesce(
            Subquery(paid), Value(Decimal(0)), output_field=money_field()
        )
        return (
            self.filter(status=QuoteStatus.ACCEPTED)
            .exclude(plan__status=PlanStatus.STOPPED)
            .annotate(owed=owed)
            .filter(owed__gt=0)
        )

    def with_total(self) -> "QuoteQuerySet":
        """Adds ``total``: of the chosen option, else of the one with the plan's own sessions."""
        own = QuoteOption.objects.filter(
            quote=OuterRef("pk"), sessions=OuterRef("plan__sessions_planned")
        )
        return self.annotate(
            total=Coalesce(
                "chosen_option__total",
                Subquery(own.order_by("position").values("total")[:1]),
            )
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
    status = models.CharField(
        max_length=12, choices=[(s.value, s.value) for s in QuoteStatus]
    )
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+"
    )
    issued_at = models.DateTimeField(null=True, blank=True)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    valid_until = models.DateField(null=True, blank=True)
    chosen_option = models.ForeignKey(
        "QuoteOption", models.PROTECT, null=True, blank=True, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    answer_reason = models.CharField(max_length=200, blank=True)
    accepted_name = models.CharField(
        max_length=200, blank=True, help_text="As the patient signed."
    )

    objects = QuoteQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["clinic", "status", "-id"], name="quotes_by_status")
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "number"],
                condition=~Q(number=""),
                name="quote_number_once",
            ),
            models.CheckConstraint(
                condition=Q(status="draft", issued_at=None, issued_by=None, number="")
                | (
                    ~Q(status="draft")
                    & Q(
                        issued_at__isnull=False,
                        issued_by__isnull=False,
                        valid_until__isnull=False,
                    )
                    & ~Q(number="")
                ),
                name="issued_quote_has_number_by_and_at",
            ),
            models.CheckConstraint(
                condition=~Q(status="accepted")
                | Q(chosen_option__isnull=False, answered_at__isnull=False),
                name="accepted_quote_says_which_option",
            ),
            models.CheckConstraint(
                condition=Q(status__in=[s.value for s in QuoteStatus]),
                name="quote_status_is_known",
            ),
        ]
        triggers = triggers.frozen(
            "An issued quote",
            once="OLD.status <> 'draft'",
            except_fields=(
                "status",
                "chosen_option_id",
                "answered_at",
                "answered_by_id",
                "answer_reason",
                "accepted_name",
            ),
        )

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

    class Meta:
        ordering = ["quote", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["quote", "position"], name="option_has_its_place"
            ),
            models.CheckConstraint(
                condition=Q(
                    net=F("list_total") - F("discount"), total=F("net") + F("tax")
                ),
                name="option_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(discount__gte=0, net__gte=0, tax__gte=0, deposit__gte=0),
                name="option_is_not_negative",
            ),
        ]
        triggers = [
            triggers.part_of_frozen(
                "A quote",
                parent_table="plans_quote",
                parent_key="quote_id",
                once="p.status <> 'draft'",
            )
        ]

    def __str__(self) -> str:
        return self.name


class QuoteLine(models.Model):
    option = models.ForeignKey(QuoteOption, models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField()
    label = models.CharField(max_length=120)
    why = models.CharField(max_length=160, blank=True)
    quantity = models.PositiveSmallIntegerField()
    unit_amount = money_field()
    amount = money_field(help_text="Quantity × unit, before discounts.")
    net = money_field(help_text="After discounts, before tax.")
    tax_rate = rate_field(default=0)
    tax = money_field(default=0)

    class Meta:
        ordering = ["option", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["option", "position"], name="line_has_its_place"
            ),
            models.CheckConstraint(
                condition=Q(amount=F("quantity") * F("unit_amount")),
                name="line_multiplies",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="part_of_frozen",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func=f"""
                    IF EXISTS (SELECT 1 FROM plans_quoteoption o JOIN plans_quote q ON q.id = o.quote_id
                                WHERE o.id IN (CASE WHEN TG_OP <> 'INSERT' THEN OLD.option_id END,
                                               CASE WHEN TG_OP <> 'DELETE' THEN NEW.option_id END)
                                  AND q.status <> 'draft')
                    THEN {triggers.refuse("An issued quote is frozen: issue a new one.")} END IF;
                    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
                    RETURN NEW;
                """,
            )
        ]

    def __str__(self) -> str:
        return self.label


class Payment(models.Model):
    """Money in, or (a refund) out, for a plan. Written once; a mistake is voided by its opposite."""

    class Kind(models.TextChoices):
        DEPOSIT = "deposit", "Deposit"
        PAYMENT = "payment", "Payment"
        REFUND = "refund", "Refund"
        VOID = "void", "Void of a mistake"

    class Method(models.TextChoices):
        CASH = "cash", "Cash"
        CARD = "card", "Card terminal"
        TRANSFER = "transfer", "Bank transfer"

    plan = models.ForeignKey(TreatmentPlan, models.PROTECT, related_name="payments")
    quote = models.ForeignKey(
        Quote, models.PROTECT, null=True, blank=True, related_name="payments"
    )
    kind = models.CharField(max_length=10, choices=Kind)
    method = models.CharField(max_length=10, choices=Method)
    amount = money_field(help_text="In above zero, out below.")
    currency = models.CharField(max_length=3)
    voids = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="voided_by"
    )
    reason = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField(db_default=Now())
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["plan", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["deposit", "payment"], amount__gt=0)
                | Q(kind="refund", amount__lt=0)
                | (Q(kind="void", voids__isnull=False) & ~Q(amount=0)),
                name="payment_goes_the_right_way",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["deposit", "payment"]) | ~Q(reason=""),
                name="money_back_says_why",
            ),
        ]
        triggers = triggers.append_only("The payment book")

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
