"""The rows behind a figure, as a page and as a file."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from mesoclinic.accounts.models import Clinic
from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.accounts.requests import StaffRequest
from mesoclinic.core.csv_out import csv_response
from mesoclinic.core.long_work import takes_longer
from mesoclinic.core.time_limits import Work
from treatments.billing.queries.owed import AGES
from treatments.insights.queries.figures import KINDS, clinics_managed_by
from treatments.insights.queries.rows import (
    ChairDay,
    FigureRow,
    FigureRows,
    chair_days,
    event_rows,
    owed_rows,
    shelf_rows,
)
from treatments.insights.rules.periods import Days, rate_or_none

#: The page shows so many; the file has all.
SHOWN = 200
IN_A_FILE = 100_000

#: A figure is of at most so many days.
MOST_DAYS = 750

#: By the word of the address: what is said, and which ages.
OWED = {
    "late": ("Late money", range(1, len(AGES))),
    **{str(age): (f"Owed: {words.lower()}", range(age, age + 1)) for age, words in enumerate(AGES)},
}

SHELF = {
    "value": "On the shelf",
    "expired": "On the shelf and expired",
    "expiring": "On the shelf, expires within 30 days",
    "unpriced": "Lots without a price",
}

_CHAIR = re.compile(r"(clinician|room)-(\d{1,18})")

#: What a row is, and where it is read by who may.
_WHAT: dict[str, tuple[str, str, Permission]] = {
    "invoice": ("Invoice", "billing:invoice", Permission.TAKE_PAYMENT),
    "credit_note": ("Credit note", "billing:credit_note_pdf", Permission.TAKE_PAYMENT),
    "quote": ("Quote", "billing:quote", Permission.SEE_QUOTES),
    "receipt": ("Receipt", "billing:receipt", Permission.TAKE_PAYMENT),
    "visit": ("Visit", "schedule:appointment", Permission.BOOK),
    "plan": ("Plan", "plan", Permission.SEE_PATIENT),
    "lot": ("Lot", "stock:lot", Permission.SEE_STOCK),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """Which figure of which clinic, and of which days."""

    of: str
    clinic: Clinic
    days: Days


def _asked_or_404(request: StaffRequest) -> Asked:
    """404 for what is no figure, and for a clinic that this person does not manage."""
    wanted = request.GET.get("at", "")
    found = [
        clinic
        for clinic in clinics_managed_by(request.user)
        if (str(clinic.pk) == wanted if wanted else clinic == request.clinic)
    ]
    try:
        days = Days(
            date.fromisoformat(request.GET.get("from", "")), date.fromisoformat(request.GET.get("to", ""))
        )
    except ValueError as error:
        raise Http404 from error
    if not found or not 1 <= days.count <= MOST_DAYS or days.first.year < 1900:
        raise Http404
    return Asked(request.GET.get("of", ""), found[0], days)


def _title_and_rows_or_404(asked: Asked, most: int) -> tuple[str, FigureRows]:
    group, _, part = asked.of.partition(".")
    if group in KINDS and not part:
        words, money = KINDS[group]
        now = timezone.now()
        return words, event_rows(asked.clinic, group, asked.days, now, is_money=money, most=most)
    if group == "owed" and part in OWED:
        words, ages = OWED[part]
        return words, owed_rows(asked.clinic, asked.days.last, ages, most)
    if group == "shelf" and part in SHELF:
        return SHELF[part], shelf_rows(asked.clinic, part, asked.days.last, most)
    raise Http404


def _chair_days_or_none(asked: Asked) -> list[ChairDay] | None:
    group, _, part = asked.of.partition(".")
    found = _CHAIR.fullmatch(part) if group == "chair" else None
    if found is None:
        return None
    of = {found[1]: int(found[2])}
    return chair_days(asked.clinic, asked.days, clinician=of.get("clinician"), room=of.get("room"))


@dataclass(frozen=True, slots=True)
class ShownRow:
    row: FigureRow
    what: str
    url: str


def _shown(request: StaffRequest, clinic: Clinic, rows: Sequence[FigureRow]) -> list[ShownRow]:
    """A row is a link for who may open it, at the clinic where one is working."""
    shown = []
    for row in rows:
        words, address, permission = _WHAT[row.what]
        may = clinic == request.clinic and request.user.may(permission)
        shown.append(ShownRow(row, words, reverse(address, args=[row.pk]) if may else ""))
    return shown


@requires_permission(Permission.MANAGE_CLINIC)
@require_GET
def rows_page(request: StaffRequest) -> HttpResponse:
    asked = _asked_or_404(request)
    page: dict[str, object] = {
        "nav_on": "insights",
        "figure_clinic": asked.clinic,
        "days": asked.days,
        "query": request.GET.urlencode(),
    }
    chairs = _chair_days_or_none(asked)
    if chairs is not None:
        opened, booked = sum(day.opened for day in chairs), sum(day.booked for day in chairs)
        page |= {
            "title": "Chair time, day by day",
            "chairs": chairs,
            "opened": opened,
            "booked": booked,
            "rate": rate_or_none(booked, opened),
        }
    else:
        title, found = _title_and_rows_or_404(asked, SHOWN)
        page |= {
            "title": title,
            "found": found,
            "shown": _shown(request, asked.clinic, found.rows),
            "left": max(found.count - SHOWN, 0),
        }
    return render(request, "treatments/insights/rows.html", page)


@requires_permission(Permission.MANAGE_CLINIC)
@require_GET
@takes_longer(Work.EXPORT)
def rows_csv(request: StaffRequest) -> HttpResponse:
    """All rows of the page, and those it did not show."""
    asked = _asked_or_404(request)
    chairs = _chair_days_or_none(asked)
    if chairs is not None:
        head = ["day", "minutes_open", "minutes_booked"]
        return csv_response(
            "insights-rows", head, ([day.day, str(day.opened), str(day.booked)] for day in chairs)
        )
    _, found = _title_and_rows_or_404(asked, IN_A_FILE)
    head = ["day", "what", "number", "record_number", "amount", "currency"]
    return csv_response("insights-rows", head, _cells(asked, found))


def _cells(asked: Asked, found: FigureRows) -> Iterator[list[object]]:
    for row in found.rows:
        currency = "" if row.amount is None else asked.clinic.currency
        yield [row.day, _WHAT[row.what][0], row.label, row.record_number, row.amount, currency]
