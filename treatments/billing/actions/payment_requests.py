"""A deposit asked for by a link, and what the provider tells of it: booked once, in whatever order it is told."""

import uuid
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from mesoclinic.core import audit
from mesoclinic.core.findings import Refused, raise_if_found
from mesoclinic.core.quantities import ZERO, plain_number_text
from patients.actions.links import link_address
from patients.models import PatientLink
from treatments.billing.actions.payments import Account, book_deposit_by_link, lock_account
from treatments.billing.actions.quote_drafts import lock_quote
from treatments.billing.models import PaymentNotice, PaymentRequest, Quote
from treatments.billing.payment_providers.interface import (
    Checkout,
    PaymentProvider,
    ProviderFailed,
    payment_provider_or_none,
)
from treatments.billing.queries.payment_requests import deposit_still_to_pay
from treatments.billing.rules.payment_requests import (
    OPEN_FOR,
    Asked,
    Notice,
    NoticeOutcome,
    check_deposit_can_be_asked,
    outcome_of_notice,
)
from treatments.plans.rules import AGREED_PLANS


def ask_for_deposit(
    *, quote: Quote, link: PatientLink, language: str, now: datetime | None = None
) -> PaymentRequest:
    """The provider's page for the deposit of an accepted quote: one that is open already, or a new one.

    The provider is asked outside any transaction, with the same key at every try; what it does not answer leaves a
    request without a page, which the next try goes on with.
    """
    now = now or timezone.now()
    provider = payment_provider_or_none()
    if provider is None:
        raise Refused.because("This clinic takes no payments by link.", code="payment-link:off")
    request = _open_request(quote, provider, link, now)
    if request.address:
        return request
    checkout = Checkout(
        str(request.key), request.amount, request.currency, link_address(link), language, request.ends_at
    )
    try:
        page = provider.open_page(checkout)
    except ProviderFailed as error:
        raise Refused.because(
            "The payment page cannot be opened now. Try again later.", code="payment-link:failed"
        ) from error
    PaymentRequest.objects.filter(pk=request.pk).update(provider_id=page.provider_id, address=page.address)
    request.provider_id, request.address = page.provider_id, page.address
    return request


@transaction.atomic
def _open_request(
    quote: Quote, provider: PaymentProvider, link: PatientLink, now: datetime
) -> PaymentRequest:
    quote = lock_quote(quote.pk)
    amount = deposit_still_to_pay(quote)
    raise_if_found(check_deposit_can_be_asked(amount))
    open_ones = PaymentRequest.objects.filter(
        quote=quote, provider=provider.name, amount=amount, payment=None, ends_at__gt=now
    )
    if found := open_ones.first():
        return found
    request = PaymentRequest.objects.create(
        clinic_id=quote.clinic_id,
        patient_id=quote.patient_id,
        quote=quote,
        amount=amount,
        currency=quote.currency,
        provider=provider.name,
        ends_at=now + OPEN_FOR,
    )
    audit.record(
        by=None,
        did="payment_link.opened",
        about=request,
        patient_id=request.patient_id,
        amount=plain_number_text(amount),
        currency=request.currency,
        link=link.pk,
    )
    return request


@transaction.atomic
def record_payment_notice(provider: str, notice: Notice) -> NoticeOutcome:
    """Keep what the provider told, and book the deposit where it was paid. An event told twice is kept once.

    Of two that are told at once the second waits for the plan, and finds it paid.
    """
    request = _request_of_reference_or_none(provider, notice.reference)
    account = None if request is None else lock_account(request.quote.plan, None)
    known = PaymentNotice.objects.filter(provider=provider, event_id=notice.event_id).first()
    if known is not None:
        return NoticeOutcome(known.outcome)
    asked = None
    if request is not None and account is not None:
        request.refresh_from_db(fields=["payment"])
        asked = Asked(request.amount, request.currency, request.payment_id is not None, _owed(account))
    outcome = outcome_of_notice(notice, asked)
    kept = PaymentNotice(
        provider=provider,
        event_id=notice.event_id,
        request=request,
        kind=notice.kind.value,
        amount=notice.amount,
        currency=notice.currency,
        outcome=outcome.value,
    )
    # A stranger to us is told of once, too: nobody else has locked anything for it.
    if not PaymentNotice.objects.bulk_create([kept], ignore_conflicts=True):
        return outcome
    if request is not None and account is not None and outcome == NoticeOutcome.BOOKED:
        request.payment = book_deposit_by_link(account, request.amount)
        request.save(update_fields=["payment"])
    if request is not None:
        audit.record(
            by=None,
            did="payment_link.told",
            about=request,
            patient_id=request.patient_id,
            kind=notice.kind.value,
            outcome=outcome.value,
        )
    return outcome


def _request_of_reference_or_none(provider: str, reference: str) -> PaymentRequest | None:
    try:
        key = uuid.UUID(reference)
    except ValueError:
        return None
    found = PaymentRequest.objects.filter(provider=provider, key=key)
    return found.select_related("quote__plan__clinic").first()


def _owed(account: Account) -> Decimal | None:
    """Of a plan that nobody agrees to any more nothing is owed."""
    if account.plan is not None and account.plan.status not in AGREED_PLANS:
        return ZERO
    return account.owed
