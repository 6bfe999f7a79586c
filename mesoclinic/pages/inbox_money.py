"""The money of the desk's inbox: what is overdue, fees nobody decided on, and who was treated today and has not paid."""

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, TypedDict

from django.db.models import Case, CharField, Exists, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Cast, Concat
from django.urls import reverse
from django.utils import timezone

from mesoclinic.accounts.models import Clinic
from mesoclinic.accounts.permissions import Permission
from mesoclinic.core.money import money_text
from mesoclinic.core.paging import MOST_COUNTED, counted_text
from mesoclinic.core.quantities import ZERO
from mesoclinic.core.wording import day_text
from mesoclinic.inbox.rules import LineKind, line_key
from mesoclinic.pages.inbox_lines import Desk, Group, Line
from mesoclinic.pages.visit_fee import FEES
from treatments.billing.models import FeeWaiver, Invoice, InvoiceLine, PaymentNotice, Price
from treatments.billing.queries.owed import Overdue, Payable, overdue_payments, payable_by_patients
from treatments.billing.queries.payment_requests import notices_to_tell_desk
from treatments.billing.rules.payment_requests import OUTCOME_TEXTS, NoticeOutcome
from treatments.billing.rules.prices import PriceKind
from treatments.schedule.models import Appointment

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations


class ToCharge(TypedDict):
    """What :func:`visits_done_on_day` adds to a visit."""

    to_charge: bool


if TYPE_CHECKING:
    DoneVisit = WithAnnotations[Appointment, ToCharge]

#: A fee that nobody charged is shown so long.
FEE_DAYS = 14


def money_group(desk: Desk, today: date) -> Group | None:
    """What is overdue, then fees nobody decided on, what is to pay for today's visits, and what came by link. Five queries at most."""
    if not desk.user.may(Permission.TAKE_PAYMENT):
        return None
    overdue, overdue_count = overdue_payments(desk.clinic, today, MOST_COUNTED)
    fees = visits_with_fee_to_decide(desk.clinic, desk.now)[:MOST_COUNTED]
    kinds = [
        [_line_of_overdue_amount(each, today) for each in overdue],
        [_line_of_fee(visit, desk.clinic) for visit in fees],
        _lines_of_visits_to_pay(desk, today),
        [line_of_payment_notice(each) for each in notices_to_tell_desk(desk.clinic, desk.now)],
    ]
    more = []
    if overdue_count:
        more.append((f"{counted_text(overdue_count)} overdue", reverse("billing:quote_list") + "?list=owing"))
    return desk.group("money", "Money", kinds, more)


def _line_of_overdue_amount(overdue: Overdue, today: date) -> Line:
    late = (today - overdue.due_on).days
    return Line(
        key=line_key(LineKind.OVERDUE, overdue.key),
        who=overdue.name,
        what=f"{money_text(overdue.amount, overdue.currency)} overdue",
        why=f"due {day_text(overdue.due_on)}",
        phone=overdue.phone,
        chip=f"{late} day{'' if late == 1 else 's'} late",
        level="stop",
        action="Take payment",
        url=reverse("plan", args=[overdue.plan_id])
        if overdue.plan_id
        else reverse("billing:invoice", args=[overdue.invoice_id]),
    )


def line_of_payment_notice(notice: PaymentNotice) -> Line:
    """A deposit that came by link, or money that came and does not fit what was asked for."""
    request = notice.request
    assert request is not None  # strangers to us are told to nobody
    is_booked = notice.outcome == NoticeOutcome.BOOKED
    amount = money_text(notice.amount or ZERO, request.currency)
    if notice.currency != request.currency:
        amount = f"{notice.amount:f} {notice.currency}"
    return Line(
        key=line_key(LineKind.PAID_BY_LINK, notice.pk),
        who=request.patient.full_name,
        what=f"{amount} paid by link",
        why=f"deposit, {request.quote.number}" if is_booked else OUTCOME_TEXTS[NoticeOutcome(notice.outcome)],
        chip="" if is_booked else "look at it",
        level="ok" if is_booked else "stop",
        action="Open",
        url=reverse("plan", args=[request.quote.plan_id]),
    )


# ── fees ─────────────────────────────────────────────────────────────────────────────────────────


def visits_with_fee_to_decide(clinic: Clinic, now: datetime) -> QuerySet[Appointment]:
    """Missed and late-cancelled visits of the last two weeks neither charged for nor waived, where the clinic has a price for it."""
    of_visit = Concat(Value("schedule.appointment:"), Cast(OuterRef("pk"), CharField()))
    charged = InvoiceLine.objects.filter(
        kind__in=[kind.value for kind in FEES.values()], source=of_visit
    ).exclude(source="")  # so that PostgreSQL sees that its index of sources holds them
    waived = FeeWaiver.objects.filter(source=of_visit)
    priced = _prices_in_force(clinic, timezone.localdate(now, clinic.zone)).filter(
        kind__in=[kind.value for kind in FEES.values()]
    )
    return (
        Appointment.objects.filter(
            ~Exists(charged),
            ~Exists(waived),
            Exists(priced),
            clinic=clinic,
            status__in=[status.value for status in FEES],
            starts_at__gte=now - timedelta(days=FEE_DAYS),
            starts_at__lt=now + timedelta(days=2),
        )
        .select_related("patient")
        .order_by("starts_at", "pk")
    )


def _line_of_fee(visit: Appointment, clinic: Clinic) -> Line:
    at = timezone.localtime(visit.starts_at, clinic.zone)
    missed = visit.status == Appointment.Status.NO_SHOW
    return Line(
        key=line_key(LineKind.FEE, visit.pk),
        who=visit.patient.full_name,
        what=f"{'missed' if missed else 'cancelled late'} {day_text(at.date())}",
        why="fee not charged yet",
        action="Charge or waive",
        url=reverse("visit_fee", args=[visit.pk]),
    )


# ── done today, and not paid ─────────────────────────────────────────────────────────────────────


def visits_done_on_day(clinic: Clinic, day: date) -> "QuerySet[DoneVisit]":
    """Those that are done, with ``to_charge``: a consultation without a plan that the list prices and nobody charged."""
    begin = datetime.combine(day, datetime.min.time(), clinic.zone)
    end = datetime.combine(day + timedelta(days=1), datetime.min.time(), clinic.zone)
    charged = Invoice.objects.filter(clinic=clinic, patient=OuterRef("patient"), issued_at__gte=begin)
    priced = _prices_in_force(clinic, day).filter(kind=PriceKind.CONSULTATION.value)
    return (
        Appointment.objects.filter(
            clinic=clinic, status=Appointment.Status.DONE, starts_at__gte=begin, starts_at__lt=end
        )
        .annotate(
            to_charge=Case(
                When(
                    ~Exists(charged) & Exists(priced) & Q(plan=None) & ~Q(kind=Appointment.Kind.SESSION),
                    then=True,
                ),
                default=False,
            )
        )
        .select_related("patient")
        .order_by("starts_at", "pk")
    )


def _prices_in_force(clinic: Clinic, day: date) -> QuerySet[Price]:
    return Price.objects.filter(
        price_list__clinic=clinic, price_list__withdrawn_at=None, price_list__valid_from__lte=day
    )


def _lines_of_visits_to_pay(desk: Desk, today: date) -> list[Line]:
    """What is overdue has its line already. Two queries; one where nothing is done yet."""
    visits = list(visits_done_on_day(desk.clinic, today)[:MOST_COUNTED])
    if not visits:
        return []
    to_pay: dict[int, list[Payable]] = {}
    for row in payable_by_patients(desk.clinic, today, {visit.patient_id for visit in visits}):
        to_pay.setdefault(row.patient_id, []).append(row)
    lines = []
    for visit in visits:
        at = timezone.localtime(visit.starts_at, desk.clinic.zone)
        why = f"{visit.get_kind_display().lower()} at {at:%H:%M}, done"
        # Of a patient with two visits today, the first asks for the money.
        for row in to_pay.pop(visit.patient_id, []):
            if not row.is_overdue:
                lines.append(_line_of_payable(visit, row, why))
        if visit.to_charge:
            lines.append(
                Line(
                    key=line_key(LineKind.UNPAID, f"visit-{visit.pk}"),
                    who=visit.patient.full_name,
                    what="nothing charged",
                    why=why,
                    action="Charge",
                    url=reverse("visit_fee", args=[visit.pk]),
                )
            )
    return lines


def _line_of_payable(visit: Appointment, row: Payable, why: str) -> Line:
    what = f"plan-{row.plan_id}" if row.plan_id else f"invoice-{row.invoice_id}"
    return Line(
        key=line_key(LineKind.UNPAID, what),
        who=visit.patient.full_name,
        what=f"{money_text(row.amount, row.currency)} to pay",
        why=why,
        phone=visit.patient.phone,
        chip="today",
        level="warn",
        action="Take payment",
        url=reverse("plan", args=[row.plan_id])
        if row.plan_id
        else reverse("billing:invoice", args=[row.invoice_id]),
    )
