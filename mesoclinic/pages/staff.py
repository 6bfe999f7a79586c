"""The staff of the clinic: who works here, who is signed in where, and what an admin does about it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mesoclinic.accounts import staff
from mesoclinic.accounts.models import SignIn, User
from mesoclinic.accounts.permissions import Permission, Role, requires_permission
from mesoclinic.accounts.requests import StaffRequest
from mesoclinic.accounts.staff_forms import InvitationForm, RolesForm
from mesoclinic.accounts.staff_list import (
    KINDS,
    StaffFilter,
    StaffRow,
    clinics_of_admin,
    is_of_kind,
    open_sign_ins,
    second_factor_since_or_none,
    staff_of_clinics,
)
from mesoclinic.core import audit
from mesoclinic.core.csv_out import csv_response
from mesoclinic.core.findings import Refused
from mesoclinic.core.idempotency import once
from mesoclinic.core.long_work import takes_longer
from mesoclinic.core.reasons import add_all_errors
from mesoclinic.core.time_limits import Work
from treatments.schedule.models import Appointment, CalendarFeed, WorkingHours, booking_settings_or_usual
from treatments.schedule.rules.appointments import NOT_OVER

#: The visits that are shown before somebody is disabled.
_MOST_VISITS = 100
_MOST_ROOMS = 20
_MOST_FEEDS = 50


def _person_or_404(request: StaffRequest, pk: int) -> User:
    """Somebody who works at the clinic where one is working."""
    return get_object_or_404(User, pk=pk, memberships__clinic=request.clinic)


def _filter_asked_for(request: StaffRequest) -> StaffFilter:
    kind, clinic = request.GET.get("state", ""), request.GET.get("clinic", "")
    return StaffFilter(
        kind if kind in KINDS else "",
        int(clinic) if clinic.isdecimal() and len(clinic) < 18 else None,
        request.GET.get("q", "")[:100],
    )


@requires_permission(Permission.MANAGE_CLINIC)
@require_safe
def staff_list_page(request: StaffRequest) -> HttpResponse:
    """The people of the clinics where one is admin; who works at another than the current one is opened there."""
    clinics = clinics_of_admin(request.user)
    rows, asked = staff_of_clinics(clinics), _filter_asked_for(request)
    kinds = [(kind, label, sum(is_of_kind(row, kind) for row in rows)) for kind, label in KINDS.items()]
    beside, others = request.GET.copy(), request.GET.copy()
    beside.pop("state", None)
    others.pop("person", None)
    kept = [row for row in rows if asked.keeps(row)]
    return render(
        request,
        "mesoclinic/pages/staff_list.html",
        {
            "title": "Staff",
            "nav_on": "staff",
            "rows": kept,
            "panel": _panel_asked_for_or_none(request, kept),
            "others": others.urlencode(),
            "kinds": kinds,
            "number": len(rows),
            "clinics": clinics,
            "asked": asked,
            "beside": beside.urlencode(),
            "query": request.GET.urlencode(),
        },
    )


@dataclass(frozen=True)
class StaffPanel:
    """One person beside the list: what stands against signing in, where they are signed in, what is booked with them."""

    row: StaffRow
    is_self: bool
    rooms: list[str]
    factor_since: datetime | None
    sign_ins: list[SignIn]
    feeds: list[CalendarFeed]
    feeds_name_patients: bool
    visits: int


def _panel_asked_for_or_none(request: StaffRequest, rows: Sequence[StaffRow]) -> StaffPanel | None:
    """Of who was chosen in the list and works here; who is locked is chosen where nobody is. At most seven queries."""
    asked = request.GET.get("person", "")
    chosen = (str(row.person.pk) == asked if asked else row.state == "locked" for row in rows)
    row = next((row for row, is_it in zip(rows, chosen, strict=True) if is_it), None)
    if row is None or request.clinic.pk not in row.clinics:
        return None
    person = row.person
    rooms = WorkingHours.objects.filter(clinician=person, clinic=request.clinic).order_by("room__name")
    return StaffPanel(
        row=row,
        is_self=person.pk == request.user.pk,
        rooms=list(rooms.values_list("room__name", flat=True).distinct()[:_MOST_ROOMS]),
        factor_since=second_factor_since_or_none(person),
        sign_ins=open_sign_ins(person),
        feeds=_open_feeds(person),
        feeds_name_patients=booking_settings_or_usual(request.clinic).names_in_feeds,
        visits=_visits_to_come(person).count(),
    )


def _open_feeds(person: User) -> list[CalendarFeed]:
    return list(CalendarFeed.objects.filter(clinician=person, revoked_at=None)[:_MOST_FEEDS])


def _visits_to_come(person: User) -> QuerySet[Appointment]:
    """Those that must go to somebody else before the person can be missed."""
    return Appointment.objects.filter(clinician=person, starts_at__gte=timezone.now(), status__in=NOT_OVER)


@requires_permission(Permission.MANAGE_CLINIC)
@require_safe
@takes_longer(Work.EXPORT)
def staff_csv(request: StaffRequest) -> HttpResponse:
    """The rows that are asked for. Taking them out is a row of the log."""
    asked = _filter_asked_for(request)
    rows = [row for row in staff_of_clinics(clinics_of_admin(request.user)) if asked.keeps(row)]
    audit.record(by=request.user, did="staff.exported", about=request.clinic, rows=len(rows))
    header = ["Name", "Signs in as", "E-mail", "Clinics and roles", "Second factor", "Last sign-in", "State"]
    return csv_response("staff", header, [_csv_row(row) for row in rows])


def _csv_row(row: StaffRow) -> list[object]:
    person = row.person
    roles = "; ".join(f"{clinic}: {roles}" for clinic, roles in row.roles.items())
    name, factor = person.display_name, row.second_factor or "none"
    return [name, person.username, person.email, roles, factor, row.last_at, row.state_text]


@requires_permission(Permission.MANAGE_CLINIC)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def invite_page(request: StaffRequest) -> HttpResponse:
    form = InvitationForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                given = dict(form.cleaned_data)
                roles = [Role(role) for role in given.pop("roles")]
                person = staff.invite_staff(roles=roles, clinic=request.clinic, by=request.user, **given)
            except Refused as refused:
                add_all_errors(refused, form)
            else:
                messages.success(request, f"The invitation of {person.display_name} is sent.")
                return redirect("staff_person", person.pk)
    page = {"title": "Invite someone", "nav_on": "staff", "form": form}
    return render(request, "mesoclinic/pages/staff_invite.html", page, status=status)


@requires_permission(Permission.MANAGE_CLINIC)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def staff_person_page(request: StaffRequest, pk: int) -> HttpResponse:
    """One person; a POST changes their roles at this clinic."""
    person = _person_or_404(request, pk)
    membership = person.membership_at_or_none(request.clinic)
    form = RolesForm(request.POST or None, initial={"roles": membership.roles if membership else []})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                staff.change_roles(
                    person=person,
                    clinic=request.clinic,
                    roles=[Role(role) for role in form.cleaned_data["roles"]],
                    by=request.user,
                )
            except Refused as refused:
                add_all_errors(refused, form)
            else:
                messages.success(request, "Saved.")
                return redirect("staff_person", pk) if form.cleaned_data["roles"] else redirect("staff")
    row = next(row for row in staff_of_clinics([request.clinic]) if row.person.pk == pk)
    page = {
        "title": person.display_name,
        "nav_on": "staff",
        "row": row,
        "person": person,
        "is_self": person.pk == request.user.pk,
        "form": form,
        "sign_ins": open_sign_ins(person),
        "feeds": _open_feeds(person),
        "visits": _visits_to_come(person)
        .select_related("patient", "clinic")
        .order_by("starts_at")[:_MOST_VISITS],
    }
    return render(request, "mesoclinic/pages/staff_person.html", page, status=status)


def _deed_view(
    deed: Callable[[User, User], None], said: str
) -> Callable[[StaffRequest, int], HttpResponseBase]:
    """A button of the person's page: does ``deed(person, by)``, says so or why not, and goes back there."""

    @requires_permission(Permission.MANAGE_CLINIC)
    @require_POST
    @once
    def do(request: StaffRequest, pk: int) -> HttpResponse:
        person = _person_or_404(request, pk)
        try:
            deed(person, request.user)
        except Refused as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, f"{person.display_name}: {said}")
        return _redirect_to_person(request, pk)

    return do


disable = _deed_view(lambda person, by: staff.disable_staff(person=person, by=by), "disabled and signed out.")
enable = _deed_view(lambda person, by: staff.enable_staff(person=person, by=by), "may sign in again.")
unlock = _deed_view(lambda person, by: staff.unlock_staff(person=person, by=by), "unlocked.")
reset_factor = _deed_view(
    lambda person, by: staff.reset_second_factor(person=person, by=by), "second factor reset, signed out."
)
send_letter = _deed_view(
    lambda person, by: staff.send_new_password_letter(person=person, by=by), "the letter is sent."
)


@requires_permission(Permission.MANAGE_CLINIC)
@require_POST
@once
def sign_out_device(request: StaffRequest, pk: int, sign_in_pk: int) -> HttpResponse:
    """End one session of a person of this clinic."""
    person = _person_or_404(request, pk)
    staff.sign_out_device(sign_in=get_object_or_404(SignIn, pk=sign_in_pk, user=person), by=request.user)
    messages.success(request, "Signed out there.")
    return _redirect_to_person(request, pk)


def _redirect_to_person(request: StaffRequest, pk: int) -> HttpResponse:
    """To the page of the person, or to the panel beside the list where the button stood there."""
    if request.POST.get("beside_list"):
        return redirect(f"{reverse('staff')}?person={pk}")
    return redirect("staff_person", pk)
