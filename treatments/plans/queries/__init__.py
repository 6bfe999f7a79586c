"""What is asked about plans, prices, quotes and payments, and how many queries it costs."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, Exists, F, IntegerField, OuterRef, Prefetch, Q, QuerySet, Sum, Value, When
from django.db.models.functions import JSONObject
from django.utils import timezone

from mesoclinic.accounts.models import Clinic
from mesoclinic.core.findings import Finding
from mesoclinic.core.quantities import ZERO, round_money
from patients.models import Patient
from treatments.cocktails.models import CocktailVersion
from treatments.conditions.models import Assessment
from treatments.plans.models import (
    AGREED_PLANS,
    Payment,
    Price,
    PriceList,
    Protocol,
    Quote,
    QuoteLink,
    QuoteOption,
    TreatmentPlan,
)
from treatments.plans.queries.paper import language_for, options_of, quote_content, quotes_to_issue
from treatments.plans.queries.pricing import Quotation, price_for, priced_versions, unusual
from treatments.plans.rules import (
    REVIEW_SESSION,
    Change,
    OfferFact,
    Package,
    PlanStatus,
    PriceKind,
    QuoteStatus,
    RefundPolicy,
    balance,
    changes,
    coupon_finding,
    expiry_finding,
    package,
    refund,
    used_cost,
)

__all__ = [
    "REVIEW_SESSION",
    "WORKLISTS",
    "Balance",
    "Page",
    "Quotation",
    "balance_of",
    "in_order",
    "language_for",
    "latest_assessment",
    "may_be_paid",
    "open_plan",
    "options_of",
    "packaged_net",
    "page_of",
    "payments_of",
    "plan_balance",
    "plan_with_course",
    "price_for",
    "prices_in_force",
    "protocols_for",
    "quote_content",
    "quote_findings",
    "quote_number",
    "quote_with_options",
    "coupon_words",
    "extras_of",
    "link_now",
    "offer_facts",
    "what_changed",
    "quotes_matching",
    "quotes_of",
    "quotes_to_issue",
    "quotes_waiting",
    "sessions_done",
    "signed_cocktails",
    "unusual",
    "worklist",
]

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
    """``price`` None: agreed without a quote, so nothing is owed. ``owed`` below zero: in credit.

    ``price`` is the patient's part. ``refundable`` is what the contract's policy gives back now.
    """

    currency: str
    price: Decimal | None
    paid: Decimal
    owed: Decimal
    refundable: Decimal
    package: Package
    quote_id: int | None = None
    policy: RefundPolicy = RefundPolicy.PRO_RATA


def plan_balance(plan: TreatmentPlan) -> Balance:
    """Price, paid and owed: one query."""
    return balance_of(
        TreatmentPlan.objects.with_course().with_money().select_related("clinic").get(pk=plan.pk)
    )


def balance_of(plan: Any) -> Balance:
    """Of a plan annotated ``with_course`` and ``with_money``.

    A stopped course costs what the contract's refund policy says of the sessions signed.
    """
    deal, used = plan.deal, min(plan.sessions_done, plan.sessions_planned)
    if deal is None:
        bought = Package(plan.sessions_planned, plan.sessions_done, 0)
        money = max(plan.paid, ZERO)
        return Balance(plan.clinic.currency, None, plan.paid, ZERO, money, bought)
    currency, policy = deal["currency"], RefundPolicy(deal["policy"])
    price = Decimal(deal["total"]) - Decimal(deal["insurer"])
    terms: dict[str, Any] = {
        "price": Decimal(deal["package"]),
        "sessions": plan.sessions_planned,
        "used": used,
        "list_price": Decimal(deal["listed"]) / plan.sessions_planned,
        "currency": currency,
        "extras": Decimal(deal["extras"]),
        "share": price / Decimal(deal["total"]) if Decimal(deal["total"]) else ZERO,
    }
    stopped = plan.status == PlanStatus.STOPPED
    charged = min(used_cost(policy, **terms), price) if stopped else price
    return Balance(
        currency=currency,
        price=price,
        paid=plan.paid,
        owed=balance([charged], [plan.paid]),
        refundable=refund(policy, paid=plan.paid, **terms),
        package=package(plan.sessions_planned, plan.sessions_done, paid=plan.paid, price=price),
        quote_id=deal["quote"],
        policy=policy,
    )


def plan_with_course(pk: int) -> QuerySet[TreatmentPlan]:
    """For the plan's page, in one query: who, what, its sessions (``done_rows``, ``booked_rows``), its money."""
    mine = TreatmentPlan.objects.filter(pk=OuterRef("pk"))
    return (
        TreatmentPlan.objects.filter(pk=pk)
        .with_course()
        .with_money()
        .select_related(
            "patient", "clinic__plan_settings", "protocol", "cocktail_version__cocktail", "created_by"
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
                mine.filter(appointments__status__in=["booked", "confirmed", "arrived", "in_treatment"])
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
    )


def payments_of(plan: TreatmentPlan) -> QuerySet[Payment]:
    """With ``was_voided`` and its ``receipt``; the last first."""
    return (
        Payment.objects.filter(plan=plan)
        .select_related("receipt")
        .annotate(was_voided=Exists(Payment.objects.filter(voids=OuterRef("pk"))))
        .order_by("-pk")
    )


def may_be_paid(plan: TreatmentPlan) -> bool:
    return plan.status in AGREED_PLANS


# --- quotes ------------------------------------------------------------------


def quote_with_options(pk: int) -> QuerySet[Quote]:
    """A quote with its options and their lines, for :func:`options_of`: one query."""
    return (
        quotes_to_issue()
        .filter(pk=pk)
        .select_related(
            "patient",
            "clinic__plan_settings",
            "plan",
            "issued_by",
            "answered_by",
            "price_list",
            "coupon",
            "previous",
        )
    )


def offer_facts(options: Sequence[Any]) -> list[OfferFact]:
    """Options with their ``rows`` as the rule that compares them takes them."""
    return [
        OfferFact(
            name=option.name,
            sessions=option.sessions,
            total=option.total,
            discount=option.discount,
            tax=option.tax,
            lines={row.label: (Decimal(row.quantity), row.unit_amount) for row in option.rows},
        )
        for option in options
    ]


def what_changed(quote: Any, options: Sequence[Any]) -> tuple[Quote | None, list[Change]]:
    """(the quote issued before this one, what this one says otherwise): at most one query."""
    before = quote.last_issued if quote.status == QuoteStatus.DRAFT else quote.previous_id
    found: Any = quotes_to_issue().filter(pk=before).first() if before else None
    if found is None:
        return None, []
    return found, changes(offer_facts(options_of(found)), offer_facts(options))


def extras_of(price_list: PriceList) -> list[Price]:
    """What may be added to a draft: consultations and extras of its list."""
    kinds = (PriceKind.CONSULTATION, PriceKind.EXTRA)
    return list(Price.objects.filter(price_list=price_list, kind__in=kinds).order_by("kind", "pk"))


def coupon_words(coupon: Any, on: date) -> str:
    """Why a coupon (from ``held``) no longer counts; empty where it does."""
    found = coupon_finding(coupon.as_fact(), on, used=coupon.used, currency=coupon.currency)
    return found.message if found else ""


def link_now(quote: Quote) -> QuoteLink | None:
    """The last sending of a quote that was not taken back."""
    return QuoteLink.objects.filter(quote=quote, revoked_at=None).order_by("-pk").first()


def quote_findings(quote: Quote, options: Sequence[QuoteOption], *, on: date) -> list[Finding]:
    """What to look at before a quote is issued, or while it waits for its answer."""
    if quote.status == QuoteStatus.ISSUED and quote.valid_until:
        expiry = expiry_finding(quote.valid_until, on)
        return [expiry] if expiry else []
    if quote.status != QuoteStatus.DRAFT:
        return []
    per_session = [
        (option.name, round_money(packaged_net(option) / option.sessions, quote.currency))
        for option in options
    ]
    return unusual(quote.clinic, quote.currency, per_session)


def packaged_net(option: Any) -> Decimal:
    """The net price of what belongs to its sessions: no consultation, no extra. The option has its ``rows``."""
    return sum((row.net for row in option.rows if row.in_package), ZERO)


def quotes_of(plan: TreatmentPlan) -> QuerySet[Quote]:
    """The newest first, with ``total`` and, once accepted, its ``deposit`` and ``parts``."""
    return (
        Quote.objects.filter(plan=plan)
        .with_total()
        .annotate(deposit=F("chosen_option__deposit"), parts=F("chosen_option__instalments"))
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
    )


def quote_number(year: int, count: int) -> str:
    return f"Q-{year}-{count:04d}"


# --- worklists ---------------------------------------------------------------

#: What the desk works through: key, label, what to do about it.
WORKLISTS = {
    "draft": ("To issue", "Drafts nobody has issued yet."),
    "waiting": ("Waiting for answer", "Issued and unanswered, the first to end first."),
    "expiring": ("Expiring", "Waiting, and ending within a week."),
    "unbooked": ("Accepted, not booked", "The patient said yes: book the sessions."),
    "unused": (
        "Paid, not used",
        "Paid for sessions that are left, and nothing is booked: book them, or give the money back.",
    ),
    "owing": ("Owing", "Accepted and not yet paid in full."),
}
PAGE_SIZE = 25


def worklist(key: str, clinic: Clinic, *, on: date) -> tuple[QuerySet[Quote], tuple[str, ...]]:
    """The quotes of a worklist, and the columns it is ordered and paged by."""
    quotes = Quote.objects.filter(clinic=clinic).with_total().select_related("patient", "plan")
    if key == "waiting":
        return quotes.waiting(on), ("valid_until", "pk")
    if key == "expiring":
        return quotes.expiring(on), ("valid_until", "pk")
    if key == "unbooked":
        return quotes.accepted_not_booked(), ("pk",)
    if key == "unused":
        return quotes.paid_not_used(), ("pk",)
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
    queryset: QuerySet[Any], by: tuple[str, ...], *, after: str = "", before: str = "", newest: bool = False
) -> Page:
    """A page by key, in one query whatever its place. An unreadable key opens the first page.

    ``newest``: the highest key first.
    """
    back = _key(before, by)
    key = back or _key(after, by)
    falls = bool(back) is not newest
    if key:
        queryset = queryset.filter(_beyond(by, key, "lt" if falls else "gt"))
    size = PAGE_SIZE
    order = [f"-{field}" for field in by] if falls else list(by)
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
