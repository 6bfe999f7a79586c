"""Coupons: an amount off, by a code."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now, Upper

from mesoclinic.accounts.models import Clinic
from mesoclinic.core.fields import money_field
from treatments.billing.rules.coupons import CouponFact


class Coupon(models.Model):
    """An amount off, by a code that people say. It may end, and be used so many times."""

    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="coupons")
    code = models.CharField(max_length=24)
    amount = money_field()
    currency = models.CharField(max_length=3)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    most_uses = models.PositiveIntegerField(null=True, blank=True)
    note = models.CharField(max_length=120, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["clinic", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["clinic", "code"], name="coupon_code_once_in_a_clinic"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="coupon_takes_something_off"),
            models.CheckConstraint(
                condition=Q(most_uses=None) | Q(most_uses__gte=1), name="coupon_is_used_once_or_more"
            ),
            models.CheckConstraint(
                condition=Q(code=Upper("code")) & ~Q(code=""), name="coupon_code_is_in_capitals"
            ),
        ]

    def __str__(self) -> str:
        return self.code

    def as_fact(self) -> CouponFact:
        return CouponFact(
            code=self.code,
            amount=self.amount,
            currency=self.currency,
            valid_from=self.valid_from,
            valid_to=self.valid_to,
            most_uses=self.most_uses,
            retired=self.retired_at is not None,
        )
