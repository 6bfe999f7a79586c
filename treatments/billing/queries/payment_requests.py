"""Deposits that are asked for by link, and what the provider has told of them."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings

from mesoclinic.accounts.models import Clinic
from mesoclinic.core.quantities import ZERO
from treatments.billing.models import PaymentNotice, PaymentRequest, Quote
from treatments.billing.queries.payments import plan_balance
from treatments.billing.rules.payment_requests import TOLD_TO_DESK, deposit_to_ask
from treatments.billing.rules.states import QuoteStatus

#: The desk reads of money by link for so long.
TOLD_FOR = timedelta(days=14)


def deposit_still_to_pay(quote: Quote) -> Decimal:
    """Of an accepted quote; nothing where the clinic takes no payments by link. Five queries at most."""
    if not settings.PAYMENT_PROVIDER or quote.status != QuoteStatus.ACCEPTED or quote.chosen_option is None:
        return ZERO
    balance = plan_balance(quote.plan)
    if balance.quote_id != quote.pk:
        return ZERO
    owed = None if balance.price is None else balance.owed
    return deposit_to_ask(deposit=quote.chosen_option.deposit, paid=balance.paid, owed=owed)


def last_request_or_none(quote: Quote) -> PaymentRequest | None:
    return PaymentRequest.objects.filter(quote=quote).select_related("payment__receipt").first()


def notices_to_tell_desk(clinic: Clinic, now: datetime) -> list[PaymentNotice]:
    """Money that came by link, the newest first. One query; none where the clinic takes no payments by link."""
    if not settings.PAYMENT_PROVIDER:
        return []
    return list(
        PaymentNotice.objects.filter(
            request__clinic=clinic,
            outcome__in=[each.value for each in TOLD_TO_DESK],
            at__gte=now - TOLD_FOR,
        )
        .select_related("request__patient", "request__quote")
        .order_by("-pk")
    )
