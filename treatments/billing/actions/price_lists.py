"""A new price list, in force from a day on."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.db import transaction

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.core import audit
from mesoclinic.core.findings import gate
from treatments.billing.models import Price, PriceList
from treatments.billing.rules.prices import (
    PriceRow,
    check_price_list,
    check_price_list_day_is_free,
    check_price_list_rates,
)


@transaction.atomic
def publish_price_list(
    *,
    clinic: Clinic,
    valid_from: date,
    currency: str,
    rows: Sequence[PriceRow],
    by: User,
    name: str = "",
    cocktail_markup: Decimal = Decimal(1),
    discount_cap: Decimal = Decimal(25),
    deposit_rate: Decimal = Decimal(20),
    tax_standard: Decimal = Decimal(0),
    tax_reduced: Decimal = Decimal(0),
) -> PriceList:
    """Set a clinic's prices from a day on. A list is never edited: the next one takes its place.

    Quotes already issued keep their own prices.
    """
    findings = check_price_list(rows)
    findings += check_price_list_rates(
        discount_cap=discount_cap,
        deposit_rate=deposit_rate,
        taxes=(tax_standard, tax_reduced),
        cocktail_markup=cocktail_markup,
    )
    day_is_taken = PriceList.objects.filter(clinic=clinic, valid_from=valid_from).exists()
    if same_day := check_price_list_day_is_free(day_is_taken=day_is_taken):
        findings.append(same_day)
    gate(findings)
    price_list = PriceList.objects.create(
        clinic=clinic,
        name=name.strip() or f"Prices from {valid_from.isoformat()}",
        currency=currency,
        valid_from=valid_from,
        cocktail_markup=cocktail_markup,
        discount_cap=discount_cap,
        deposit_rate=deposit_rate,
        tax_standard=tax_standard,
        tax_reduced=tax_reduced,
    )
    Price.objects.bulk_create(_unsaved_price_from_row(price_list, row) for row in rows)
    audit.record(
        by=by, did="price_list.published", about=price_list, valid_from=valid_from.isoformat(), rows=len(rows)
    )
    return price_list


def _unsaved_price_from_row(price_list: PriceList, row: PriceRow) -> Price:
    return Price(
        price_list=price_list,
        kind=row.kind,
        label=row.label.strip(),
        why=row.why,
        area_from=row.area_from,
        area_to=row.area_to,
        technique=row.technique,
        treatment=row.treatment,
        sessions_from=row.sessions_from,
        amount=row.amount,
        rate=row.rate,
        tax_class=row.effective_tax_class,
        tax_rate=row.tax_percent,
    )
