"""The waiting list: who waits, what has come free, and the offers in between."""

from dataclasses import dataclass

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core.findings import Refused
from mesoclinic.core.idempotency import once
from mesoclinic.core.paging import Place, pager_addresses
from mesoclinic.core.reasons import add_all_errors, codes_of_reasons_too_short, posted_reason_by_code
from patients.models import Patient
from treatments.schedule.actions.checks import Taken, Wanted
from treatments.schedule.actions.visits import record_bookings_viewed
from treatments.schedule.models import FreedTime, booking_settings_or_usual
from treatments.schedule.queries import availability
from treatments.schedule.queries import courses as courses_queries
from treatments.schedule.rules.availability import zone_text
from treatments.schedule.rules.chosen_times import start_text
from treatments.waiting import actions as waiting_actions
from treatments.waiting import queries as waiting_queries
from treatments.waiting.forms import WaitingListForm, WaitingSettingsForm
from treatments.waiting.models import Offer, WaitingListEntry, waiting_settings_or_defaults
from treatments.waiting.rules import OfferStatus


@requires_permission(Permission.BOOK)
@require_http_methods(["GET", "HEAD"])
def waiting_list_page(request):
    """What has come free and whom to ask, the offers that are open, and everybody who waits."""
    clinic, now = request.clinic, timezone.now()
    page = {"nav_on": "waiting", "title": "Waiting list"}
    if clinic is None:
        return render(request, "treatments/waiting/waiting_list.html", page)
    entries = waiting_queries.page_of_waiting_entries(clinic, Place.from_query(request.GET))
    # Where the page shows everybody who waits, they are not read again.
    all_shown = not entries.before and not entries.after
    free = waiting_queries.freed_times_with_candidates(clinic, now, entries.rows if all_shown else None)
    best = waiting_queries.one_best_time_per_patient(free)
    offers = list(waiting_queries.unanswered_offers(clinic))
    best_by_entry = {one.candidate.entry.pk: one for one in best}
    offer_by_entry = {offer.entry_id: offer for offer in offers}
    suited = {c.entry.pk for one in free for c in one.candidates}
    most = len(best) if request.GET.get("free") == "all" else waiting_queries.BEST_SHOWN
    return render(
        request,
        "treatments/waiting/waiting_list.html",
        page
        | {
            "best": best[:most] if not entries.before else [],
            "more_best": len(best) - len(best[:most]),
            "entries": [
                WaitingRow(
                    w,
                    waiting_queries.preferences_text(w),
                    offer_by_entry.get(w.pk),
                    best_by_entry.get(w.pk),
                    w.pk in suited,
                )
                for w in entries.rows
            ],
            "first_page": not entries.before,
            "now": now,
            "zone_text": zone_text(clinic.time_zone),
            "page": pager_addresses(entries, request.path),
        },
    )


@dataclass(frozen=True)
class WaitingRow:
    """A line of the list: who waits for what, and what can be done now."""

    entry: WaitingListEntry
    preferences: str
    offer: Offer | None
    best: waiting_queries.BestTime | None
    #: Something free suits them, which somebody before them is asked for first.
    is_next: bool

    @property
    def kind(self):
        """What they wait for, as the booking form names it."""
        return f"session-{self.entry.plan_id}" if self.entry.plan_id else self.entry.kind


# --- on the list, and off it -------------------------------------------------


@requires_permission(Permission.BOOK)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def show_or_add_waiting_entry(request, pk):
    """Put a patient on the list with what they prefer."""
    patient = get_object_or_404(Patient, pk=pk)
    if patient.merged_into_id:
        return redirect("waiting:entry_add", patient.merged_into_id)
    clinic, now = request.clinic, timezone.now()
    courses = {
        f"session-{course.plan.pk}": course
        for course in courses_queries.bookable_courses(patient)
        if course.plan.clinic_id == clinic.pk
    }
    working_hours = availability.working_hours_of(clinic)
    clinicians = {o.clinician_id: o.clinician for o in working_hours}
    rooms = {o.room_id: o.room for o in working_hours}
    form = WaitingListForm(
        request.POST if request.method == "POST" else None,
        sessions=[
            (value, f"Session {c.session_numbers_to_book[0]} of {c.plan.sessions_planned} · {c.plan.name}")
            for value, c in courses.items()
        ],
        clinicians={pk: who.display_name for pk, who in clinicians.items()},
        rooms={pk: room.name for pk, room in rooms.items()},
        initial={"from_day": timezone.localdate(now)},
    )
    if request.method == "POST" and form.is_valid():
        try:
            _join_from_form(request, patient, form.cleaned_data, courses, clinicians, rooms, now)
        except Refused as refused:
            add_all_errors(refused, form)
        else:
            messages.success(request, "On the waiting list.")
            return redirect("waiting:waiting")
    elif request.method != "POST":
        record_bookings_viewed(patient=patient, by=request.user, page="waiting list")
    return render(
        request,
        "treatments/waiting/entry_add.html",
        {"patient": patient, "step": "", "title": "Waiting list", "nav_on": "waiting", "form": form},
        status=422 if form.errors else 200,
    )


def _join_from_form(request, patient, given, courses, clinicians, rooms, now):
    """Put the patient on the list as the form says; a session takes the minutes of the next that is open."""
    course = courses.get(given["kind"])
    kind = "session" if course else given["kind"]
    usual = (
        course.minutes_to_propose(course.session_numbers_to_book[0])
        if course
        else booking_settings_or_usual(request.clinic).minutes_of_visit_kind(kind)
    )
    waiting_actions.join_waiting_list(
        patient=patient,
        clinic=request.clinic,
        kind=kind,
        plan=course.plan if course else None,
        minutes=given["minutes"] or usual,
        clinician=clinicians.get(given["clinician"]),
        room=rooms.get(given["room"]),
        weekdays=given["weekdays"],
        not_before=given["not_before"],
        not_after=given["not_after"],
        from_day=given["from_day"],
        until_day=given["until_day"],
        note=given["note"],
        by=request.user,
        now=now,
    )


@requires_permission(Permission.BOOK)
@require_POST
@once
def waiting_list_entry_leave(request, pk):
    entry = get_object_or_404(WaitingListEntry, pk=pk)
    reason = request.POST.get("reason", "")
    try:
        waiting_actions.leave_waiting_list(entry=entry, by=request.user, reason=reason)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, "Off the waiting list.")
    return redirect("waiting:waiting")


# --- what has come free ------------------------------------------------------


@requires_permission(Permission.BOOK)
@require_http_methods(["GET", "HEAD"])
def freed_time_page(request, pk):
    """Everybody whom one free time suits, in fair order."""
    found = get_object_or_404(
        FreedTime.objects.select_related("clinician", "room"), pk=pk, clinic=request.clinic
    )
    now = timezone.now()
    return render(
        request,
        "treatments/waiting/freed_time.html",
        {
            "nav_on": "waiting",
            "title": "Free time",
            "freed": found,
            "candidates": waiting_queries.candidates_for_freed_time(request.clinic, pk, now),
        },
    )


@requires_permission(Permission.BOOK)
@require_POST
@once
def offer_make(request, pk):
    """Offer a free time to somebody: whether it is still free, and still suits, is asked again."""
    get_object_or_404(FreedTime, pk=pk, clinic=request.clinic)
    now = timezone.now()
    asked = request.POST.get("entry", "")
    candidates = waiting_queries.candidates_for_freed_time(request.clinic, pk, now)
    chosen = next((c for c in candidates if str(c.entry.pk) == asked), None)
    if chosen is None:
        messages.error(request, "This time is no longer free for them. The list below is as it stands now.")
        return redirect("waiting:waiting")
    try:
        made = waiting_actions.make_offer(
            entry=chosen.entry, slot=chosen.slot, why=chosen.why, by=request.user, now=now
        )
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("waiting:waiting")
    return redirect("waiting:offer", made.pk)


@requires_permission(Permission.BOOK)
@require_POST
@once
def freed_time_dismiss(request, pk):
    found = get_object_or_404(FreedTime, pk=pk, clinic=request.clinic)
    waiting_actions.dismiss_freed_time(freed=found, by=request.user)
    messages.success(request, "This time is no longer shown here. It stays free.")
    return redirect("waiting:waiting")


# --- an offer ----------------------------------------------------------------


@requires_permission(Permission.BOOK)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def show_or_accept_offer(request, pk):
    """Ring, then note the answer. Accepting books; a time that is gone brings the nearest that are free."""
    found = get_object_or_404(waiting_queries.offers_with_related(), pk=pk)
    now, refused, taken = timezone.now(), [], False
    if request.method == "POST":
        instead = _other_time_chosen_or_none(request, found)
        try:
            made = waiting_actions.accept_offer_and_book(
                offer=found,
                by=request.user,
                instead=instead,
                reasons=posted_reason_by_code(request.POST),
                now=now,
            )
        except Refused as stopped:
            refused, taken = stopped.findings, isinstance(stopped, Taken)
        else:
            messages.success(request, "Accepted and booked.")
            return redirect("schedule:appointment", made.pk)
    else:
        patient = found.entry.patient
        record_bookings_viewed(patient=patient, by=request.user, page="offer")
    return _render_offer_page(request, found, now, refused, taken)


def _other_time_chosen_or_none(request, found):
    """Another time chosen from the nearest; None where the offered one stands."""
    slot = availability.parse_slot_value_or_none(request.POST.get("slot", ""))
    if slot is None:
        return None
    working_hours = availability.working_hours_of(found.entry.clinic)
    clinicians = {o.clinician_id: o.clinician for o in working_hours}
    rooms = {o.room_id: o.room for o in working_hours}
    if slot[1] not in clinicians or slot[2] not in rooms:
        return None
    return Wanted(clinicians[slot[1]], rooms[slot[2]], slot[0], 0)


def _render_offer_page(request, found, now, refused, taken):
    clinic = found.entry.clinic
    with timezone.override(clinic.zone):
        near = _nearest_free_slots(found, now) if taken else None
        asking = [f for f in refused if f.needs_reason]
        reasons = posted_reason_by_code(request.POST)
        return render(
            request,
            "treatments/waiting/offer.html",
            {
                "patient": found.entry.patient,
                "step": "",
                "title": "Offer",
                "nav_on": "waiting",
                "offer": found,
                "preferences": waiting_queries.preferences_text(found.entry),
                "minutes": int((found.ends_at - found.starts_at).total_seconds() // 60),
                "is_open": found.status == OfferStatus.MADE and found.expires_at > now,
                "has_expired": found.status == OfferStatus.MADE and found.expires_at <= now,
                "taken": taken,
                "nearest": near.nearest if near else [],
                "refused": [f for f in refused if not f.needs_reason],
                "findings": asking,
                "reasons": reasons,
                "chosen_slot": request.POST.get("slot", ""),
                "books": _booked_when_accepted_text(request, found, now),
                "missing": codes_of_reasons_too_short(asking, reasons),
                "may_override": request.user.may(Permission.OVERRIDE),
            },
            status=422 if refused else 200,
        )


def _booked_when_accepted_text(request, found, now):
    """What the button books: the time that is offered, or another that was chosen instead."""
    instead, today = _other_time_chosen_or_none(request, found), timezone.localdate(now)
    start, who = found.starts_at, found.clinician.display_name
    if instead is not None:
        start, who = instead.starts_at, instead.clinician.display_name
    return f"{start_text(timezone.localtime(start), today)} with {who}"


def _nearest_free_slots(found, now):
    """What is free near the time that is gone, for the same length, with whom they prefer."""
    clinic, entry = found.entry.clinic, found.entry
    local = timezone.localtime(found.starts_at, clinic.zone)
    day = max(local.date(), timezone.localtime(now, clinic.zone).date())
    course = courses_queries.read_course(entry.plan_id) if entry.plan_id else None
    diary = availability.read_diary_during(
        clinic,
        availability.working_hours_of(clinic),
        availability.search_period_around(day, clinic.zone),
        patient_id=entry.patient_id,
        clinician_id=entry.clinician_id,
    )
    return availability.offer_of_nearest_slots(
        diary,
        day=day,
        around=local.time(),
        length=found.ends_at - found.starts_at,
        now=now,
        clinician_id=entry.clinician_id,
        room_id=entry.room_id,
        equipment=course.required_equipment if course else (),
    )


@requires_permission(Permission.BOOK)
@require_POST
@once
def offer_decline(request, pk):
    found = get_object_or_404(waiting_queries.offers_with_related(), pk=pk)
    reason = request.POST.get("reason", "")
    try:
        waiting_actions.decline_offer(offer=found, by=request.user, reason=reason)
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("waiting:offer", pk)
    messages.success(request, "Declined. They keep their place on the list.")
    return redirect("waiting:waiting")


@requires_permission(Permission.MANAGE_CLINIC)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def show_or_save_waiting_settings(request):
    """How long an offer stands."""
    clinic = request.clinic
    page = {"nav_on": "waiting", "title": "Waiting list settings"}
    if clinic is None:
        return render(request, "treatments/waiting/settings.html", page)
    initial = {"offer_hours": waiting_settings_or_defaults(clinic).offer_hours}
    form = WaitingSettingsForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            waiting_actions.save_offer_hours(clinic=clinic, by=request.user, **form.cleaned_data)
        except Refused as refused:
            add_all_errors(refused, form)
        else:
            messages.success(request, "Saved.")
            return redirect("waiting:settings")
    return render(
        request,
        "treatments/waiting/settings.html",
        page | {"form": form},
        status=422 if form.errors else 200,
    )
