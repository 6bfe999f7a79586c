"""A new price list, in force from a day on."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.core import audit
from mesoclinic.core.findings import gate, raise_if_found
from mesoclinic.core.locking import lock_row
from mesoclinic.core.reasons import refuse_missing_text_or_card_number
from treatments.billing.models import PlanSettings, Price, PriceList
from treatments.billing.queries.prices import is_price_list_used, price_list_in_force_or_none
from treatments.billing.rules.prices import (
    PriceRow,
    check_price_list_can_be_withdrawn,
    check_price_list_day_is_free,
    check_price_list_rates_in_range,
    check_price_rows_possible_and_unambiguous,
    check_prices_are_likely,
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
    reasons: Mapping[str, str] | None = None,
) -> PriceList:
    """Set a clinic's prices from a day on. A list is never edited: the next one takes its place.

    Quotes already issued keep their own prices. A list of the same day that nothing was issued from is replaced;
    that, a package of 0 % and an unlikely price wait for one of the ``reasons``, by the finding's code.
    """
    lock_row(Clinic, clinic.pk)  # two admins at once: one after the other
    findings = check_price_rows_possible_and_unambiguous(rows)
    findings += check_prices_are_likely(rows, _rows_in_force(clinic, valid_from))
    findings += check_price_list_rates_in_range(
        discount_cap=discount_cap,
        deposit_rate=deposit_rate,
        taxes=(tax_standard, tax_reduced),
        cocktail_markup=cocktail_markup,
    )
    taken = PriceList.objects.filter(clinic=clinic, valid_from=valid_from, withdrawn_at=None).first()
    same_day = check_price_list_day_is_free(
        day_is_taken=taken is not None, is_used=taken is not None and is_price_list_used(taken)
    )
    if same_day:
        findings.append(same_day)
    passed = {each.code: each.reason for each in gate(findings, reasons)}
    if taken is not None:
        _write_withdrawal(taken, passed["price-list:same-day"], by)
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
        tax_included=PlanSettings.of_clinic_or_defaults(clinic).prices_include_tax,
    )
    Price.objects.bulk_create(_unsaved_price_from_row(price_list, row) for row in rows)
    audit.record(
        by=by,
        did="price_list.published",
        about=price_list,
        valid_from=valid_from.isoformat(),
        rows=len(rows),
        reasons=dict(passed),
    )
    return price_list


def _rows_in_force(clinic: Clinic, on: date) -> list[PriceRow]:
    """What the clinic's list of that day prices; nothing where there is none."""
    found = price_list_in_force_or_none(clinic, on)
    return [price.as_price_row() for price in found.prices.all()] if found else []


@transaction.atomic
def withdraw_price_list(*, price_list: PriceList, reason: str, by: User) -> PriceList:
    """Take back a list that nothing was issued from: the one before it counts again. Drafts are drafted anew."""
    price_list = lock_row(PriceList, price_list.pk)
    raise_if_found(
        check_price_list_can_be_withdrawn(
            is_used=is_price_list_used(price_list), is_withdrawn=price_list.withdrawn_at is not None
        )
    )
    refuse_missing_text_or_card_number(reason, "reason", "Write why it is withdrawn.")
    return _write_withdrawal(price_list, reason, by)


def _write_withdrawal(price_list: PriceList, reason: str, by: User) -> PriceList:
    price_list.withdrawn_at, price_list.withdrawn_by = timezone.now(), by
    price_list.withdrawn_reason = reason.strip()[:200]
    price_list.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_reason"])
    audit.record(by=by, did="price_list.withdrawn", about=price_list, reason=price_list.withdrawn_reason)
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
