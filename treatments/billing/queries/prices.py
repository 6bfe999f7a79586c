"""What a plan would cost, by the price list in force."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, TypedDict

from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from mesoclinic.accounts.models import Clinic
from mesoclinic.core.findings import Finding, block, ordered
from mesoclinic.core.quantities import ZERO
from treatments.billing.models import Invoice, PlanSettings, Price, PriceList, Quote, QuoteOption
from treatments.billing.rules.prices import (
    Mix,
    Option,
    Part,
    PriceBook,
    PriceKind,
    check_prices_are_known,
    default_option_name,
    priced_course_option,
    session_counts_of_options,
)
from treatments.billing.rules.quotes import check_price_is_usual
from treatments.billing.rules.states import QuoteStatus
from treatments.cocktails.models import CocktailVersion
from treatments.plans.models import TreatmentPlan
from treatments.plans.rules import REVIEW_SESSION

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations


@dataclass(frozen=True)
class Quotation:
    """What a plan would cost. Without options where a price is missing: ``findings`` name it."""

    price_list: PriceList | None
    options: Sequence[Option]
    findings: Sequence[Finding]
    terms: PlanSettings


def quotation_priced_for_plan(plan: TreatmentPlan, *, on: date) -> Quotation:
    """The plan's options by the price list in force at its clinic on that day."""
    price_list = price_list_in_force_or_none(plan.clinic, on)
    if price_list is None or not price_list.prices.all():
        message = f"{plan.clinic.name} has no price list in force. An admin publishes one under Prices."
        finding = block("price:no-list", message, fixed=True, where="prices")
        return Quotation(None, [], [finding], PlanSettings(clinic=plan.clinic))
    book, mix = _price_book_of(price_list), _syringe_mix_of(plan.cocktail_version)
    technique = plan.protocol.technique_code
    terms = PlanSettings.of_clinic_or_defaults(plan.clinic)
    if missing := check_prices_are_known(book, mix, plan.area_cm2, technique):
        return Quotation(price_list, [], missing, terms)
    review_at = plan.clinic.review_at_session
    # Best results come after the fifth: a shorter course is no option, wherever the review stands.
    sizes = session_counts_of_options(plan.sessions_planned, review_at=max(review_at, REVIEW_SESSION))
    options = [
        priced_course_option(
            book,
            mix,
            name=default_option_name(sessions, plan.sessions_planned, plan.name),
            area_cm2=plan.area_cm2,
            sessions=sessions,
            intervals=plan.intervals,
            review_at=review_at,
            technique=technique,
        )
        for sessions in sizes
        # Without an interval there is one session to offer.
        if sessions == 1 or plan.intervals
    ]
    per_session = [(option.name, option.priced.packaged_total_per_session) for option in options]
    found = unusual_price_findings(plan.clinic, price_list.currency, per_session)
    return Quotation(price_list, options, found, terms)


def priced_option_or_finding(plan: TreatmentPlan, price_list: PriceList, sessions: int) -> Option | Finding:
    """One more option, of so many sessions, or why it cannot be priced."""
    book, mix = _price_book_of(price_list), _syringe_mix_of(plan.cocktail_version)
    technique = plan.protocol.technique_code
    if missing := check_prices_are_known(book, mix, plan.area_cm2, technique):
        return missing[0]
    return priced_course_option(
        book,
        mix,
        name=default_option_name(sessions, plan.sessions_planned, plan.name),
        area_cm2=plan.area_cm2,
        sessions=sessions,
        intervals=plan.intervals,
        review_at=plan.clinic.review_at_session,
        technique=technique,
    )


def _price_book_of(price_list: PriceList) -> PriceBook:
    return PriceBook(
        rows=[price.as_price_row() for price in price_list.prices.all()],
        currency=price_list.currency,
        markup=price_list.cocktail_markup,
        cap=price_list.discount_cap,
        deposit=price_list.deposit_rate,
        tax_included=price_list.tax_included,
    )


def _syringe_mix_of(version: CocktailVersion) -> Mix:
    """Its type of treatment: a single preparation, ready-made products only, or mixed here. One query."""
    components = list(version.components.select_related("product").order_by("position", "pk"))
    treatment = "cocktail"
    if version.kind == CocktailVersion.Kind.SINGLE:
        treatment = "single"
    elif components and all(component.product.premade for component in components):
        treatment = "premade"
    parts = [Part(each.product.name, each.ml, each.product.price_per_ml) for each in components]
    cocktail = version.cocktail
    return Mix(name=cocktail.name, parts=parts, treatment=treatment, paper_name=cocktail.paper_name)


def unusual_price_findings(
    clinic: Clinic, currency: str, per_session: Sequence[tuple[str, Decimal]]
) -> list[Finding]:
    """A note for each option whose session costs more or less than the clinic usually asks."""
    if clinic.session_price_from is None or clinic.session_price_to is None or currency != clinic.currency:
        return []
    usual = (Decimal(clinic.session_price_from), Decimal(clinic.session_price_to))
    findings = []
    for at, (name, price) in enumerate(per_session):
        if found := check_price_is_usual(price, usual=usual, currency=currency):
            findings.append(replace(found, code=f"{found.code}:{at}", message=f"{name}: {found.message}"))
    return ordered(findings)


def price_list_in_force_or_none(clinic: Clinic, on: date) -> PriceList | None:
    """With its prices at hand: two queries."""
    prices = Prefetch("prices", Price.objects.order_by("pk"))
    return PriceList.objects.newest_in_force(clinic, on).prefetch_related(prices).first()


def is_price_list_used(price_list: PriceList) -> bool:
    """Whether a quote or an invoice was issued from it."""
    return price_lists_with_is_used(PriceList.objects.filter(pk=price_list.pk)).filter(is_used=True).exists()


class IsUsedColumn(TypedDict):
    """What :func:`price_lists_with_is_used` adds to a price list."""

    is_used: bool


def price_lists_with_is_used(
    price_lists: QuerySet[PriceList],
) -> "QuerySet[WithAnnotations[PriceList, IsUsedColumn]]":
    """Adds ``is_used``: a quote or an invoice was issued from it."""
    quotes = Quote.objects.filter(price_list=OuterRef("pk")).exclude(status=QuoteStatus.DRAFT)
    return price_lists.annotate(
        is_used=Exists(quotes) | Exists(Invoice.objects.filter(price_list=OuterRef("pk")))
    )


def prices_in_reading_order(prices: Sequence[Price]) -> list[Price]:
    """As people read a price list: sessions by area, cocktails, kit, the rest, packages."""
    kinds = list(PriceKind)
    return sorted(
        prices,
        key=lambda row: (
            kinds.index(PriceKind(row.kind)),
            row.area_from or ZERO,
            row.sessions_from or 0,
            row.pk,
        ),
    )


def net_price_of_packaged_lines(option: QuoteOption) -> Decimal:
    """The net price of what belongs to its sessions: no consultation, no extra."""
    return sum((line.net for line in option.lines.all() if line.in_package), ZERO)
