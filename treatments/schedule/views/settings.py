"""How a clinic books: the rule of lengths, notice, buffer, breaks, holidays, equipment."""

from datetime import time

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from mesoclinic.accounts.models import Clinic
from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core.findings import Refused
from mesoclinic.core.idempotency import once
from mesoclinic.core.reasons import add_all_errors
from treatments.schedule.actions.settings import (
    add_breaks,
    add_holiday,
    remove_break,
    remove_holiday,
    save_booking_settings,
    save_reminder_and_feed_settings,
    save_room_equipment,
)
from treatments.schedule.forms.settings import (
    BookingForm,
    BreakForm,
    EquipmentForm,
    HolidayForm,
    RemindersForm,
    add_rule_errors,
    area_formset,
    length_rule_as_arguments,
    technique_formset,
)
from treatments.schedule.models import Appointment, Break, Holiday, Room, booking_settings_or_usual
from treatments.schedule.queries.hours import clinicians_at, rooms_of_clinic
from treatments.schedule.rules.availability import day_period


@requires_permission(Permission.MANAGE_CLINIC)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def booking_settings_page(request):
    """How long visits take and what else booking goes by. What is booked already keeps its length."""
    clinic = _clinic_with_settings_or_none(request)
    if clinic is None:
        return render(request, "treatments/schedule/settings.html", {"nav_on": "hours"})
    if request.method != "POST":
        return _render_booking_settings_page(request, clinic)
    form, areas, techniques = (
        BookingForm(request.POST),
        area_formset(request.POST),
        technique_formset(request.POST),
    )
    if all([form.is_valid(), areas.is_valid(), techniques.is_valid()]):
        rule = length_rule_as_arguments(areas, techniques)
        try:
            save_booking_settings(clinic=clinic, by=request.user, **rule, **form.cleaned_data)
        except Refused as refused:
            add_rule_errors(refused, form, areas, techniques)
        else:
            messages.success(
                request, "Saved. What is booked from now on goes by these; what is booked already stays."
            )
            return redirect("schedule:settings")
    return _render_booking_settings_page(
        request, clinic, status=422, booking_form=form, areas=areas, techniques=techniques
    )


def _clinic_with_settings_or_none(request):
    """The clinic with its settings: one query for all that the page opens with."""
    if request.clinic is None:
        return None
    return Clinic.objects.select_related("booking").get(pk=request.clinic.pk)


def _render_booking_settings_page(request, clinic, status=200, **forms):
    own = booking_settings_or_usual(clinic)
    page = {
        "booking_form": BookingForm(initial={name: getattr(own, name) for name in BookingForm.base_fields}),
        "areas": area_formset(settings=own),
        "techniques": technique_formset(settings=own),
        "break_form": _break_form(clinic),
        "holiday_form": HolidayForm(prefix="holiday"),
        "reminders_form": RemindersForm(
            prefix="reminders",
            initial={
                "hours_before": own.hours_before,
                "names_in_feeds": own.names_in_feeds,
                "intake_by_link": own.intake_by_link,
            },
        ),
        "equipment_form": None,
    } | forms
    today = timezone.localtime(timezone.now(), clinic.zone).date()
    return render(
        request,
        "treatments/schedule/settings.html",
        page
        | {
            "nav_on": "hours",
            "title": "How booking works",
            "breaks": Break.objects.filter(clinic=clinic)
            .select_related("clinician")
            .order_by("clinician__last_name", "clinician", "weekday", "starts"),
            "holidays": Holiday.objects.filter(clinic=clinic, day__gte=today).order_by("day"),
            "rooms": rooms_of_clinic(clinic),
            "forms": [
                f
                for f in (
                    page["areas"],
                    page["techniques"],
                    page["booking_form"],
                    page["reminders_form"],
                    page["break_form"],
                    page["holiday_form"],
                    page["equipment_form"],
                )
                if f
            ],
        },
        status=status,
    )


def _break_form(clinic, data=None):
    return BreakForm(
        data,
        prefix="break",
        clinicians=clinicians_at(clinic),
        initial={"weekdays": [*range(5)], "starts": time(12), "ends": time(13), "name": "Lunch"},
    )


@requires_permission(Permission.MANAGE_CLINIC)
@require_POST
@once
def reminder_and_feed_settings_set(request):
    clinic = _clinic_with_settings_or_none(request)
    form = RemindersForm(request.POST, prefix="reminders")
    if form.is_valid():
        try:
            save_reminder_and_feed_settings(clinic=clinic, by=request.user, **form.cleaned_data)
        except Refused as refused:
            add_all_errors(refused, form)
        else:
            messages.success(request, "Saved.")
            return redirect("schedule:settings")
    return _render_booking_settings_page(request, clinic, status=422, reminders_form=form)


@requires_permission(Permission.MANAGE_CLINIC)
@require_POST
@once
def break_add(request):
    clinic = _clinic_with_settings_or_none(request)
    form = _break_form(clinic, request.POST)
    if form.is_valid():
        try:
            add_breaks(clinic=clinic, by=request.user, **form.cleaned_data)
        except Refused as refused:
            add_all_errors(refused, form)
        else:
            messages.success(request, "The break is added.")
            return redirect("schedule:settings")
    return _render_booking_settings_page(request, clinic, status=422, break_form=form)


@requires_permission(Permission.MANAGE_CLINIC)
@require_POST
@once
def break_remove(request, pk):
    row = get_object_or_404(Break, pk=pk, clinic=request.clinic)
    remove_break(row=row, by=request.user)
    messages.success(request, "The break is removed.")
    return redirect("schedule:settings")


@requires_permission(Permission.MANAGE_CLINIC)
@require_POST
@once
def holiday_add(request):
    clinic = _clinic_with_settings_or_none(request)
    form = HolidayForm(request.POST, prefix="holiday")
    if form.is_valid():
        try:
            holiday = add_holiday(clinic=clinic, by=request.user, **form.cleaned_data)
        except Refused as refused:
            add_all_errors(refused, form)
        else:
            _tell_holiday_added_and_visits_on_it(request, holiday)
            return redirect("schedule:settings")
    return _render_booking_settings_page(request, clinic, status=422, holiday_form=form)


def _tell_holiday_added_and_visits_on_it(request, holiday):
    whole = day_period(holiday.day, holiday.clinic.zone)
    standing = (
        Appointment.objects.filter(clinic=holiday.clinic, starts_at__gte=whole.start, starts_at__lt=whole.end)
        .holding_time()
        .count()
    )
    if standing:
        what = "1 appointment stands" if standing == 1 else f"{standing} appointments stand"
        messages.warning(request, f"Added. {what} on this day: open the calendar and move them.")
    else:
        messages.success(request, "The holiday is added.")


@requires_permission(Permission.MANAGE_CLINIC)
@require_POST
@once
def holiday_remove(request, pk):
    holiday = get_object_or_404(Holiday, pk=pk, clinic=request.clinic)
    remove_holiday(holiday=holiday, by=request.user)
    messages.success(request, "The holiday is removed: the clinic is open on that day.")
    return redirect("schedule:settings")


@requires_permission(Permission.MANAGE_CLINIC)
@require_POST
@once
def room_equipment_set(request, pk):
    room = get_object_or_404(Room, pk=pk, clinic=request.clinic)
    form = EquipmentForm(request.POST)
    if not form.is_valid():
        return _render_booking_settings_page(
            request, _clinic_with_settings_or_none(request), status=422, equipment_form=form
        )
    save_room_equipment(room=room, equipment=form.equipment_names(), by=request.user)
    messages.success(request, f"{room.name} is kept.")
    return redirect("schedule:settings")
