"""Price lists and their prices."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from mesoclinic.accounts.models import Clinic
from mesoclinic.core import triggers as core_triggers
from mesoclinic.core.fields import area_field, money_field, rate_field
from treatments.billing.rules.prices import TAX_CLASSES, TECHNIQUES, TREATMENTS, PriceRow


class PriceListQuerySet(models.QuerySet["PriceList"]):
    def newest_in_force(self, clinic: Clinic, day) -> "PriceListQuerySet":
        """At most one: the list of this clinic that started last and was not withdrawn."""
        return self.filter(clinic=clinic, valid_from__lte=day, withdrawn_at=None).order_by("-valid_from")[:1]


def _issued_from_list_sql(price_list: str) -> str:
    """SQL over the price list of this name: a quote or an invoice was issued from it."""
    return (
        f"EXISTS (SELECT 1 FROM billing_quote q WHERE q.price_list_id = {price_list}.id AND q.status <> 'draft')"
        f" OR EXISTS (SELECT 1 FROM billing_invoice i WHERE i.price_list_id = {price_list}.id)"
    )


def withdrawn_price_list_trigger(
    operation: pgtrigger.Operation, *, when_issued: str = "true"
) -> core_triggers.Trigger:
    """What is issued is issued from a list that was not withdrawn; the list stays locked until then.

    ``when_issued``: SQL over NEW (and OLD) that says that the row is issued now.
    """
    return core_triggers.Trigger(
        name="from_a_standing_price_list",
        when=pgtrigger.Before,
        operation=operation,
        declare=[("is_withdrawn", "boolean")],
        func=f"""
            IF NOT ({when_issued}) THEN RETURN NEW; END IF;
            SELECT l.withdrawn_at IS NOT NULL INTO is_withdrawn FROM billing_pricelist l
             WHERE l.id = NEW.price_list_id FOR SHARE;
            IF is_withdrawn THEN {core_triggers.raise_exception_sql("This price list was withdrawn: use the one in force.")} END IF;
            RETURN NEW;
        """,
    )


class PriceList(models.Model):
    """What things cost at a clinic from a day on. The next list starts where this one ends.

    As long as nothing was issued from it a list may be withdrawn: the list before it counts again, or the
    one that replaces it.
    """

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

    tax_included = models.BooleanField(default=False, db_default=False, help_text="Prices hold their tax.")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    withdrawn_reason = models.CharField(max_length=200, blank=True, default="", db_default="")

    objects = PriceListQuerySet.as_manager()

    class Meta:
        ordering = ["clinic", "-valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "valid_from"],
                condition=Q(withdrawn_at=None),
                name="one_price_list_starts_on_a_day",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_by=None)
                | (Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False) & ~Q(withdrawn_reason="")),
                name="withdrawn_price_list_says_who_and_why",
            ),
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
        triggers = core_triggers.frozen_triggers(
            "A price list that something was issued from", once=_issued_from_list_sql("OLD")
        )

    def __str__(self) -> str:
        return self.name


class Price(models.Model):
    class Kind(models.TextChoices):
        SESSION = "session", "Session, by area"
        COCKTAIL = "cocktail", "Cocktail, fixed price"
        KIT = "kit", "Single-use kit"
        CONSULTATION = "consultation", "Consultation"
        EXTRA = "extra", "Extra"
        NO_SHOW = "no_show", "Missed visit"
        LATE_CANCEL = "late_cancel", "Late cancellation"
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
            core_triggers.frozen_parent_trigger(
                "A price list that something was issued from",
                parent_table="billing_pricelist",
                parent_key="price_list_id",
                once=_issued_from_list_sql("p"),
            )
        ]

    def __str__(self) -> str:
        return self.label

    def as_price_row(self) -> PriceRow:
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
