"""What a plan would cost, by the price list in force: one query, with the cocktail's version."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, Prefetch, QuerySet, Subquery, TextField
from django.db.models.functions import Cast, JSONObject
from django.utils import timezone

from mesoclinic.accounts.models import Clinic
from mesoclinic.core.findings import Finding, block, ordered
from mesoclinic.core.quantities import ZERO
from treatments.billing.models import PlanSettings, Price, PriceList
from treatments.billing.rules.prices import (
    Mix,
    Option,
    Part,
    PriceBook,
    PriceKind,
    PriceRow,
    missing_prices,
    option_name,
    option_sizes,
    price_course,
)
from treatments.billing.rules.quotes import usual_price_finding
from treatments.cocktails.models import CocktailVersion, Component
from treatments.plans.models import TreatmentPlan
from treatments.plans.rules import REVIEW_SESSION


@dataclass(frozen=True)
class Quotation:
    """What a plan would cost. Without options where a price is missing: ``findings`` name it."""

    price_list: PriceList | None
    options: Sequence[Option]
    findings: Sequence[Finding]
    terms: PlanSettings


def _text(name: str) -> Cast:
    """As text: JSON numbers are not decimal."""
    return Cast(name, TextField())


_PRICE_TEXTS = ("kind", "label", "why", "technique", "treatment", "tax_class")

_PRICE_NUMBERS = ("amount", "rate", "tax_rate", "area_from", "area_to")

_LIST_NUMBERS = ("cocktail_markup", "discount_cap", "deposit_rate", "tax_standard", "tax_reduced")

_TERMS = ("instalments", "instalment_days", "refund_policy", "insurance_rate")


def priced_versions(on: date) -> QuerySet[CocktailVersion]:
    """Versions with ``parts`` (what is in the syringe, what a ml of it costs) and ``price_list``: that
    of their clinic in force on the day, with its rows and the clinic's terms."""
    parts = Component.objects.filter(version=OuterRef("pk")).order_by("position", "pk")
    rows = Price.objects.filter(price_list=OuterRef("pk")).order_by("pk")
    in_force = PriceList.objects.filter(clinic=OuterRef("cocktail__clinic"), valid_from__lte=on).order_by(
        "-valid_from"
    )
    return CocktailVersion.objects.select_related("cocktail").annotate(
        parts=ArraySubquery(
            parts.values(
                row=JSONObject(
                    name="product__name",
                    premade="product__premade",
                    ml=_text("ml"),
                    price=_text("product__price_per_ml"),
                )
            )
        ),
        price_list=Subquery(
            in_force.annotate(
                rows=ArraySubquery(
                    rows.values(
                        row=JSONObject(
                            sessions_from="sessions_from",
                            **{name: F(name) for name in _PRICE_TEXTS},
                            **{name: _text(name) for name in _PRICE_NUMBERS},
                        )
                    )
                )
            ).values(
                row=JSONObject(
                    id="pk",
                    name="name",
                    currency="currency",
                    rows="rows",
                    **{name: _text(name) for name in _LIST_NUMBERS},
                    **{f"terms_{name}": _text(f"clinic__plan_settings__{name}") for name in _TERMS},
                )
            )[:1]
        ),
    )


def _priced_version(plan: TreatmentPlan, on: date) -> Any:
    """No query where the plan's version came from :func:`priced_versions`."""
    cached = TreatmentPlan.cocktail_version.is_cached(plan)
    version: Any = plan.cocktail_version if cached else None
    if not hasattr(version, "parts"):
        version = priced_versions(on).get(pk=plan.cocktail_version_id)
    return version


def price_for(plan: TreatmentPlan, *, on: date) -> Quotation:
    """The plan's options by the price list in force at its clinic on that day."""
    version = _priced_version(plan, on)
    given = version.price_list
    if given is None or not given["rows"]:
        message = f"{plan.clinic.name} has no price list in force. An admin publishes one under Prices."
        finding = block("price:no-list", message, fixed=True, where="prices")
        return Quotation(None, [], [finding], PlanSettings(clinic=plan.clinic))
    price_list = _list_of(given, plan.clinic)
    book = _book_of(given, price_list)
    mix = _mix_of(version)
    technique = plan.protocol.technique_code
    terms = _terms_of(given, plan.clinic)
    if missing := missing_prices(book, mix, plan.area_cm2, technique):
        return Quotation(price_list, [], missing, terms)
    review_at = plan.clinic.review_at_session
    # Best results come after the fifth: a shorter course is no option, wherever the review stands.
    sizes = option_sizes(plan.sessions_planned, review_at=max(review_at, REVIEW_SESSION))
    options = [
        price_course(
            book,
            mix,
            name=option_name(sessions, plan.sessions_planned, plan.name),
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
    per_session = [(option.name, option.priced.per_session) for option in options]
    found = unusual(plan.clinic, price_list.currency, per_session)
    return Quotation(price_list, options, found, terms)


def price_own(plan: TreatmentPlan, sessions: int, *, on: date) -> tuple[Option | Finding, int]:
    """One more option, of so many sessions (or why it cannot be priced), and the list it was priced by."""
    version = _priced_version(plan, on)
    given = version.price_list
    price_list = _list_of(given, plan.clinic)
    book, mix = _book_of(given, price_list), _mix_of(version)
    technique = plan.protocol.technique_code
    if missing := missing_prices(book, mix, plan.area_cm2, technique):
        return missing[0], price_list.pk
    option = price_course(
        book,
        mix,
        name=option_name(sessions, plan.sessions_planned, plan.name),
        area_cm2=plan.area_cm2,
        sessions=sessions,
        intervals=plan.intervals,
        review_at=plan.clinic.review_at_session,
        technique=technique,
    )
    return option, price_list.pk


def _list_of(given: dict[str, Any], clinic: Clinic) -> PriceList:
    numbers = {name: Decimal(given[name]) for name in _LIST_NUMBERS}
    return PriceList(pk=given["id"], name=given["name"], currency=given["currency"], clinic=clinic, **numbers)


def _book_of(given: dict[str, Any], price_list: PriceList) -> PriceBook:
    return PriceBook(
        rows=[_row_of(row) for row in given["rows"]],
        currency=price_list.currency,
        markup=price_list.cocktail_markup,
        cap=price_list.discount_cap,
        deposit=price_list.deposit_rate,
    )


def _row_of(row: dict[str, Any]) -> PriceRow:
    def number(name: str) -> Decimal | None:
        return None if row[name] is None else Decimal(row[name])

    return PriceRow(
        amount=Decimal(row["amount"]),
        rate=Decimal(row["rate"]),
        tax_percent=Decimal(row["tax_rate"]),
        area_from=number("area_from"),
        area_to=number("area_to"),
        sessions_from=row["sessions_from"],
        **{name: row[name] for name in _PRICE_TEXTS},
    )


def _terms_of(given: dict[str, Any], clinic: Clinic) -> PlanSettings:
    terms = PlanSettings(clinic=clinic)
    if given["terms_instalments"] is not None:
        terms.instalments = int(given["terms_instalments"])
        terms.instalment_days = int(given["terms_instalment_days"])
        terms.refund_policy = given["terms_refund_policy"]
        terms.insurance_rate = Decimal(given["terms_insurance_rate"])
    return terms


def _mix_of(version: Any) -> Mix:
    """Its type of treatment: a single preparation, ready-made products only, or mixed here."""
    parts = [
        Part(
            name=part["name"],
            ml=Decimal(part["ml"]),
            price=None if part["price"] is None else Decimal(part["price"]),
        )
        for part in version.parts
    ]
    if version.kind == CocktailVersion.Kind.SINGLE:
        treatment = "single"
    elif version.parts and all(part["premade"] for part in version.parts):
        treatment = "premade"
    else:
        treatment = "cocktail"
    return Mix(name=version.cocktail.name, parts=parts, treatment=treatment)


def unusual(clinic: Clinic, currency: str, per_session: Sequence[tuple[str, Decimal]]) -> list[Finding]:
    """A note for each option whose session costs more or less than the clinic usually asks."""
    usual = (Decimal(clinic.session_price_from), Decimal(clinic.session_price_to))
    findings = []
    for at, (name, price) in enumerate(per_session):
        if found := usual_price_finding(price, usual=usual, currency=currency):
            findings.append(replace(found, code=f"{found.code}:{at}", message=f"{name}: {found.message}"))
    return ordered(findings)


def signed_cocktails(patient_pk: int, clinic: Clinic) -> QuerySet[CocktailVersion]:
    """What a plan for this patient here may be made with, the last signed first, with what it costs to give."""
    return (
        priced_versions(timezone.localdate(timezone=clinic.zone))
        .filter(
            status=CocktailVersion.Status.SIGNED,
            cocktail__patient=patient_pk,
            cocktail__clinic=clinic,
            cocktail__retired_at=None,
        )
        .select_related("cocktail")
        .order_by("-signed_at", "-pk")
    )


def prices_in_force(clinic: Clinic, on: date) -> PriceList | None:
    """With its rows as ``rows``."""
    return PriceList.objects.in_force(clinic, on).prefetch_related(Prefetch("prices", to_attr="rows")).first()


def in_order(prices: Sequence[Price]) -> list[Price]:
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


def packaged_net(option: Any) -> Decimal:
    """The net price of what belongs to its sessions: no consultation, no extra. The option has its ``rows``."""
    return sum((row.net for row in option.rows if row.in_package), ZERO)
