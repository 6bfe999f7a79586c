"""What a provider of payment links does for a clinic. A card is typed at the provider's own page, never here.

``settings.PAYMENT_PROVIDER`` names a class with these two methods; empty: no payment links. A provider's own module
opens a page for an amount and reads what the provider tells, which is signed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.utils.module_loading import import_string

from treatments.billing.rules.payment_requests import Notice


class ProviderFailed(Exception):
    """No page was opened: the provider was not reached, or said no. Asked again with the same key it opens one at most."""


@dataclass(frozen=True, slots=True)
class Checkout:
    """What a page is asked for: nothing of the patient. ``key`` is the same at every try."""

    key: str
    amount: Decimal
    currency: str
    #: Where the patient comes back to, and the language of the page.
    return_to: str
    language: str
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class OpenedPage:
    provider_id: str
    address: str


class PaymentProvider:
    name = ""

    def open_page(self, checkout: Checkout) -> OpenedPage:
        """The provider's page for this amount. Raises ``ProviderFailed``."""
        raise NotImplementedError

    def read_notice_or_none(self, body: bytes, headers: Mapping[str, str]) -> Notice | None:
        """What the provider tells; None where it has not signed this body."""
        raise NotImplementedError


def payment_provider_or_none() -> PaymentProvider | None:
    """The one that the settings name."""
    if not settings.PAYMENT_PROVIDER:
        return None
    made: PaymentProvider = import_string(settings.PAYMENT_PROVIDER)()
    return made
