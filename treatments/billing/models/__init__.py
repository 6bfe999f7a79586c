"""The models of this app, by topic."""

from treatments.billing.models.coupons import Coupon
from treatments.billing.models.fee_waivers import FeeWaiver
from treatments.billing.models.invoices import (
    Allowance,
    CreditNote,
    CreditNoteLine,
    Invoice,
    InvoiceLine,
    Paper,
)
from treatments.billing.models.payment_requests import PaymentNotice, PaymentRequest
from treatments.billing.models.payments import DayClose, DayCount, Payment, Receipt
from treatments.billing.models.price_lists import Price, PriceList, PriceListQuerySet
from treatments.billing.models.quote_links import QuoteDocument, QuoteLink
from treatments.billing.models.quotes import Quote, QuoteLine, QuoteNumber, QuoteOption, QuoteQuerySet
from treatments.billing.models.settings import PlanSettings

__all__ = [
    "Allowance",
    "Coupon",
    "CreditNote",
    "CreditNoteLine",
    "DayClose",
    "DayCount",
    "FeeWaiver",
    "Invoice",
    "InvoiceLine",
    "Paper",
    "Payment",
    "PaymentNotice",
    "PaymentRequest",
    "PlanSettings",
    "Price",
    "PriceList",
    "PriceListQuerySet",
    "Quote",
    "QuoteDocument",
    "QuoteLine",
    "QuoteLink",
    "QuoteNumber",
    "QuoteOption",
    "QuoteQuerySet",
    "Receipt",
]
