"""The clinic's terms of payment."""

from decimal import Decimal

from django.db import transaction

from mesoclinic.accounts.models import User
from mesoclinic.core import audit
from mesoclinic.core.quantities import plain_number_text
from treatments.billing.models import PlanSettings


@transaction.atomic
def save_plan_settings(*, settings: PlanSettings, by: User) -> PlanSettings:
    """What a clinic decides about refunds, instalments, insurance and its till. Quotes issued keep theirs."""
    settings.save()
    audit.record(
        by=by,
        did="plan_settings.saved",
        about=settings,
        refund_policy=settings.refund_policy,
        instalments=settings.instalments,
        insurance=plain_number_text(Decimal(settings.insurance_rate)),
    )
    return settings
