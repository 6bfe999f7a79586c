"""What is asked about plans, prices, quotes and payments, and how many queries it costs."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    Case,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Sum,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast, JSONObject

from mesoclinic.accounts.models import Clinic
from mesoclinic.core.findings import Finding, block, ordered
from mesoclinic.core.quantities import ZERO, round_money
from patients.models import Patient
from treatments.cocktails.models import CocktailVersion, Component
from treatments.conditions.models import Assessment
from treatments.plans.models import (
    AGREED_PLANS,
    Payment,
    Price,
    PriceList,
    Protocol,
    Quote,
    QuoteLine,
    QuoteOption,
    TreatmentPlan,
)
from treatments.plans.rules import (
    REVIEW_SESSION,
    Mix,
    Option,
    Part,
    PlanStatus,
    PriceKind,
    QuoteStatus,
    balance,
    expiry_finding,
    missing_prices,
    option_name,
    option_sizes,
    price_course,
    usual_price_finding,
)

# --- making a plan -----------------------------------------------------------


def latest_assessment(patient_pk: int) -> Assessment | None:
    """With its patient, its condition and ``area_cm2``, the sum of its zones: one query."""
    return (
        Assessment.objects.filter(patient=patient_pk)
        .select_related("patient", "condition")
        .annotate(area_cm2=Sum("zones__area_cm2"))
        .order_by("-assessed_at", "-pk")
        .first()
    )


def signed_cocktails(patient_pk: int, clinic: Clinic) -> QuerySet[CocktailVersion]:
    """What a plan for this patient here may be made with, the last signed first, with its ``parts``."""
    return (
        _with_parts()
        .filter(
            status=CocktailVersion.Status.SIGNED,
            cocktail__patient=patient_pk,
            cocktail__clinic=clinic,
            cocktail__retired_at=None,
        )
        .select_related("cocktail")
        .order_by("-signed_at", "-pk")
    )


def protocols_for(condition_id: int | None) -> QuerySet[Protocol]:
    """Schedules: those for the condition first, then those for any, then the rest."""
    return (
        Protocol.objects.schedules()
        .select_related("condition")
        .annotate(
            nearness=Case(
                When(Q(condition=condition_id), then=Value(0)),
                When(Q(condition=None), then=Value(1)),
                default=Value(2),
                output_field=IntegerField(),
            )
        )
        .order_by("nearness", "name", "pk")
    )


# --- prices ------------------------------------------------------------------


@dataclass(frozen=True)
class Quotation:
    """What a plan would cost. Without options where a price is missing: ``findings`` name it."""

    price_list: PriceList | None
    options: Sequence[Option]
    findings: Sequence[Finding]


def price_for(plan: TreatmentPlan, *, on: date) -> Quotation:
    """The plan's options by the price list in force at its clinic on that day: two queries."""
    prices = list(
        Price.objects.filter(
            price_list__in=PriceList.objects.in_force(plan.clinic, on).values("pk")
        ).select_related("price_list")
    )
    if not prices:
        message = (
            f"{plan.clinic.name} has no price list in force. "
            "An admin publishes one under Prices."
        )
        return Quotation(
            None, [], [block("price:no-list", message, fixed=True, where="prices")]
        )
    price_list = prices[0].price_list
    book = price_list.as_book(prices)
    mix = _mix_of(plan)
    if missing := missing_prices(book, mix, plan.area_cm2):
        return Quotation(price_list, [], missing)
    review_at = plan.clinic.review_at_session
    # Best results come after the fifth: a shorter course is no option, wherever the review stands.
    sizes = option_sizes(
        plan.sessions_planned, review_at=max(review_at, REVIEW_SESSION)
    )
    options = [
        price_course(
            book,
            mix,
            name=option_name(sessions, plan.sessions_planned, plan.name),
            area_cm2=plan.area_cm2,
            sessions=sessions,
            intervals=plan.intervals,
            review_at=review_at,
        )
        for sessions in sizes
        # Without an interval there is one session to offer.
        if sessions == 1 or plan.intervals
    ]
    return Quotation(
        price_list,
        options,
        _unusual(
            plan.clinic,
            price_list.currency,
            [(option.name, option.priced.per_session) for option in options],
        ),
    )


def _with_parts() -> QuerySet[CocktailVersion]:
    """Versions with ``parts``: what is in the syringe and what a ml of it costs."""
    parts = Component.objects.filter(version=OuterRef("pk")).order_by("position", "pk")
    return CocktailVersion.objects.select_related("cocktail").annotate(
        parts=ArraySubquery(
            parts.values(
                row=JSONObject(
                    name="product__name",
                    # As text: JSON numbers are not decimal.
                    ml=Cast("ml", TextField()),
                    price=Cast("product__price_per_ml", TextField()),
                )
            )
        )
    )


def _mix_of(plan: TreatmentPlan) -> Mix:
    """No query where the plan's version came from :func:`signed_cocktails`."""
    cached = TreatmentPlan.cocktail_version.is_cached(plan)
    version: Any = plan.cocktail_version if cached else None
    if not hasattr(version, "parts"):
        version = _with_parts().get(pk=plan.cocktail_version_id)
    return Mix(
        name=version.cocktail.name,
        parts=[
            Part(
                name=part["name"],
                ml=Decimal(part["ml"]),
                price=None if part["price"] is None else Decimal(part["price"]),
            )
            for part in version.parts
        ],
    )


def _unusual(
    clinic: Clinic, currency: str, per_session: Sequence[tuple[str, Decimal]]
) -> list[Finding]:
    """A note for each option whose session costs more or less than the clinic usually asks."""
    usual = (Decimal(clinic.session_price_from), Decimal(clinic.session_price_to))
    findings = []
    for at, (name, price) in enumerate(per_session):
        if found := usual_price_finding(price, usual=usual, currency=currency):
            findings.append(
                replace(
                    found, code=f"{found.code}:{at}", message=f"{name}: {found.message}"
                )
            )
    return ordered(findings)


def prices_in_force(clinic: Clinic, on: date) -> PriceList | None:
    """With its rows as ``rows``."""
    return (
        PriceList.objects.in_force(clinic, on)
        .prefetch_related(Prefetch("prices", to_attr="rows"))
        .first()
    )


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


# --- plans -------------------------------------------------------------------


def open_plan(patient: Patient) -> TreatmentPlan | None:
    """The patient's plan that is not over: the newest, where there are several."""
    return (
        TreatmentPlan.objects.filter(patient=patient)
        .open()
        .select_related("clinic", "protocol", "cocktail_version__cocktail")
        .order_by("-pk")
        .first()
    )


def sessions_done(plan: TreatmentPlan) -> int:
    """How many of its sessions are signed."""
    found: Any = TreatmentPlan.objects.with_course().get(pk=plan.pk)
    return int(found.sessions_done)


@dataclass(frozen=True)
class Balance:
    """``price`` None: agreed without a quote, so nothing is owed. ``owed`` below zero: in credit."""

    currency: str
    price: Decimal | None
    paid: Decimal
    owed: Decimal


def plan_balance(plan: TreatmentPlan) -> Balance:
    """Price, paid and owed: one query."""
    return balance_of(
        TreatmentPlan.objects.with_course()
        .with_money()
        .select_related("clinic")
        .get(pk=plan.pk)
    )


def balance_of(plan: Any) -> Balance:
    """Of a plan annotated ``with_course`` and ``with_money``.

    A stopped course costs its share: the sessions signed, of those agreed.
    """
    currency = plan.price_currency or plan.clinic.currency
    charged = plan.price or ZERO
    if plan.status == PlanStatus.STOPPED:
        used = min(plan.sessions_done, plan.sessions_planned)
        charged = round_money(charged * used / plan.sessions_planned, currency)
    owed = balance([charged], [plan.paid]) if plan.price is not None else ZERO
    return Balance(currency, plan.price, plan.paid, owed)


def plan_with_course(pk: int) -> QuerySet[TreatmentPlan]:
    """For the plan's page, in one query: who, what, its sessions (``done_rows``, ``booked_rows``), its money."""
    mine = TreatmentPlan.objects.filter(pk=OuterRef("pk"))
    return (
        TreatmentPlan.objects.filter(pk=pk)
        .with_course()
        .with_money()
        .select_related(
            "patient", "clinic", "protocol", "cocktail_version__cocktail", "created_by"
        )
        .annotate(
            done_rows=ArraySubquery(
                mine.filter(treatment_sessions__status__in=["signed", "amended"])
                .order_by("treatment_sessions__number")
                .values(
                    row=JSONObject(
                        id="treatment_sessions__pk",
                        number="treatment_sessions__number",
                        on="treatment_sessions__performed_on",
                    )
                )
            ),
            booked_rows=ArraySubquery(
                mine.filter(
                    appointments__status__in=["booked", "confirmed", "arrived", "in_treatment"]
                )
                .order_by("appointments__starts_at")
                .values(
                    row=JSONObject(
                        id="appointments__pk",
                        number="appointments__session_number",
                        at="appointments__starts_at",
                    )
                )
            ),
        )
    )  # fmt: skip


def payments_of(plan: TreatmentPlan) -> QuerySet[Payment]:
    """With ``was_voided``; the last first."""
    return (
        Payment.objects.filter(plan=plan)
        .annotate(was_voided=Exists(Payment.objects.filter(voids=OuterRef("pk"))))
        .order_by("-pk")
    )


def may_be_paid(plan: TreatmentPlan) -> bool:
    return plan.status in AGREED_PLANS


# --- quotes ------------------------------------------------------------------


def quote_with_options(pk: int) -> QuerySet[Quote]:
    """A quote, its options and their lines: three queries."""
    lines = QuoteLine.objects.order_by("option", "position")
    options = QuoteOption.objects.order_by("position").prefetch_related(
        Prefetch("lines", queryset=lines, to_attr="rows")
    )
    return (
        Quote.objects.filter(pk=pk)
        .select_related("patient", "clinic", "plan", "issued_by", "answered_by", "price_list")
        .prefetch_related(Prefetch("options", queryset=options, to_attr="offered"))
    )  # fmt: skip


def quote_findings(
    quote: Quote, options: Sequence[QuoteOption], *, on: date
) -> list[Finding]:
    """What to look at before a quote is issued, or while it waits for its answer."""
    if quote.status == QuoteStatus.ISSUED and quote.valid_until:
        expiry = expiry_finding(quote.valid_until, on)
        return [expiry] if expiry else []
    if quote.status != QuoteStatus.DRAFT:
        return []
    per_session = [
        (option.name, round_money(option.net / option.sessions, quote.currency))
        for option in options
    ]
    return _unusual(quote.clinic, quote.currency, per_session)


def quotes_of(plan: TreatmentPlan) -> QuerySet[Quote]:
    """The newest first, with ``total`` and, once accepted, its ``deposit``."""
    return (
        Quote.objects.filter(plan=plan)
        .with_total()
        .annotate(deposit=F("chosen_option__deposit"))
        .order_by("-pk")
    )


def quotes_waiting(clinic: Clinic, limit: int, *, on: date) -> list[Quote]:
    """Issued and unanswered, the first to end first, with patient, plan and ``total``: one query."""
    return list(
        Quote.objects.filter(clinic=clinic)
        .waiting(on)
        .with_total()
        .select_related("patient", "plan")
        .order_by("valid_until", "pk")[:limit]
    )


_NUMBER = re.compile(r"\s*q?[\s-]*(\d{4})[\s-]+(\d{1,6})\s*", re.IGNORECASE)


def quotes_matching(text: str) -> QuerySet[Quote]:
    """Quotes by their number, typed “Q-2026-0192”, “q 2026 192” or “2026-192”; anything else finds none."""
    typed = _NUMBER.fullmatch(text)
    if typed is None:
        return Quote.objects.none()
    # By clinic and number, as they are indexed.
    return (
        Quote.objects.filter(
            clinic__in=Clinic.objects.all(), number=quote_number(int(typed[1]), int(typed[2]))
        )
        .select_related("patient", "clinic")
        .order_by("-pk")
    )  # fmt: skip


def quote_number(year: int, count: int) -> str:
    return f"Q-{year}-{count:04d}"


# --- worklists ---------------------------------------------------------------

#: What the desk works through: key, label, what to do about it.
WORKLISTS = {
    "draft": ("To issue", "Drafts nobody has issued yet."),
    "waiting": ("Waiting for answer", "Issued and unanswered, the first to end first."),
    "expiring": ("Expiring", "Waiting, and ending within a week."),
    "unbooked": ("Accepted, not booked", "The patient said yes: book the sessions."),
    "owing": ("Owing", "Accepted and not yet paid in full."),
}
PAGE_SIZE = 25


def worklist(
    key: str, clinic: Clinic, *, on: date
) -> tuple[QuerySet[Quote], tuple[str, ...]]:
    """The quotes of a worklist, and the columns it is ordered and paged by."""
    quotes = (
        Quote.objects.filter(clinic=clinic).with_total().select_related("patient", "plan")
    )  # fmt: skip
    if key == "waiting":
        return quotes.waiting(on), ("valid_until", "pk")
    if key == "expiring":
        return quotes.expiring(on), ("valid_until", "pk")
    if key == "unbooked":
        return quotes.accepted_not_booked(), ("pk",)
    if key == "owing":
        return quotes.owing(), ("pk",)
    # A plan agreed without a quote leaves its draft behind; nobody has to issue it.
    return quotes.drafts().exclude(plan__status__in=AGREED_PLANS), ("pk",)


@dataclass(frozen=True)
class Page:
    """Rows, and the keys of the pages before and after them (empty: there is none)."""

    rows: Sequence[Any]
    before: str = ""
    after: str = ""


def page_of(
    queryset: QuerySet[Any],
    by: tuple[str, ...],
    *,
    after: str = "",
    before: str = "",
) -> Page:
    """A page by key, in one query whatever its place. An unreadable key opens the first page."""
    back = _key(before, by)
    key = back or _key(after, by)
    if key:
        queryset = queryset.filter(_beyond(by, key, "lt" if back else "gt"))
    size = PAGE_SIZE
    order = [f"-{field}" for field in by] if back else list(by)
    rows = list(queryset.order_by(*order)[: size + 1])
    more, rows = len(rows) > size, rows[:size]
    if back:
        rows.reverse()
    if not rows:
        return Page([])
    return Page(
        rows,
        before=_token(rows[0], by) if (more if back else key) else "",
        after=_token(rows[-1], by) if (back or more) else "",
    )


def _beyond(by: tuple[str, ...], key: Sequence[object], way: str) -> Q:
    """(a, b) > (x, y) as the database walks an index: a ≥ x, and not (a = x and b ≤ y)."""
    if len(by) == 1:
        return Q(**{f"{by[0]}__{way}": key[0]})
    return Q(**{f"{by[0]}__{way}e": key[0]}) & (
        Q(**{f"{by[0]}__{way}": key[0]}) | Q(**{f"{by[1]}__{way}": key[1]})
    )


def _token(row: Any, by: tuple[str, ...]) -> str:
    return "_".join(str(getattr(row, field)) for field in by)


def _key(token: str, by: tuple[str, ...]) -> list[object] | None:
    parts = token.split("_")
    if len(parts) != len(by):
        return None
    try:
        return [
            date.fromisoformat(part) if field == "valid_until" else int(part)
            for field, part in zip(by, parts, strict=True)
        ]
    except ValueError:
        return None
