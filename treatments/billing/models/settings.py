"""What a clinic decides once about prices, refunds, insurance and closing the day."""

from django.db import models
from django.db.models import Q

from mesoclinic.accounts.models import Clinic
from mesoclinic.core.fields import money_field, rate_field
from mesoclinic.core.money_input import NumberStyle
from treatments.billing.rules.payments import RefundPolicy
from treatments.billing.rules.quote_links import LONGEST_TO_DECIDE


class PlanSettings(models.Model):
    """One row per clinic; a clinic without one has these defaults."""

    class Refund(models.TextChoices):
        PRO_RATA = (RefundPolicy.PRO_RATA.value, "Pro rata: unused sessions of the price paid")
        AT_LIST = (RefundPolicy.AT_LIST.value, "At list: sessions used cost their list price")

    clinic = models.OneToOneField(Clinic, models.PROTECT, related_name="plan_settings", primary_key=True)
    refund_policy = models.CharField(max_length=10, choices=Refund, default=Refund.PRO_RATA)
    instalments = models.PositiveSmallIntegerField(
        default=1, help_text="Parts that the rest is paid in, after the deposit."
    )
    instalment_days = models.PositiveSmallIntegerField(default=30, help_text="Days between two parts.")
    insurance_rate = rate_field(
        default=0, help_text="What an insurer usually pays, in percent. Rarely more than 0."
    )
    prices_include_tax = models.BooleanField(
        default=False, db_default=False, help_text="Prices are written with their tax in them."
    )
    invoice_days = models.PositiveSmallIntegerField(
        default=14, db_default=14, help_text="An invoice not paid at once is due after so many days."
    )
    days_to_decide = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="A patient accepts a quote by its link only after so many days."
    )
    # What stands on invoices beside the clinic's name.
    address = models.CharField(max_length=300, blank=True, default="", db_default="")
    phone = models.CharField(max_length=40, blank=True, default="", db_default="")
    tax_number = models.CharField(max_length=40, blank=True, default="", db_default="")
    cash_float = money_field(default=0, help_text="Stays in the drawer overnight; counted with the cash.")
    kit_cost = money_field(default=0, help_text="What a single-use kit costs the clinic.")
    practitioner_cost = money_field(default=0, help_text="Per session.")
    room_cost = money_field(default=0, help_text="Per session.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(insurance_rate__gte=0, insurance_rate__lte=100), name="insurance_is_a_percentage"
            ),
            models.CheckConstraint(
                condition=Q(instalments__gte=1, instalments__lte=24), name="clinic_takes_1_to_24_instalments"
            ),
            models.CheckConstraint(condition=Q(instalment_days__gte=1), name="instalments_are_days_apart"),
            models.CheckConstraint(
                condition=Q(days_to_decide__lte=LONGEST_TO_DECIDE), name="days_to_decide_are_in_reason"
            ),
            models.CheckConstraint(
                condition=Q(cash_float__gte=0, kit_cost__gte=0, practitioner_cost__gte=0, room_cost__gte=0),
                name="clinic_costs_are_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(refund_policy__in=["pro_rata", "at_list"]), name="clinic_names_its_refund_policy"
            ),
        ]

    def __str__(self) -> str:
        return f"settings of clinic {self.clinic_id}"

    @property
    def number_style(self) -> NumberStyle:
        return self.clinic.number_style

    @classmethod
    def of_clinic_or_defaults(cls, clinic: Clinic) -> "PlanSettings":
        """The clinic's own, or the defaults. One query, or none where it was fetched with the clinic."""
        try:
            return clinic.plan_settings
        except cls.DoesNotExist:
            return cls(clinic=clinic)
