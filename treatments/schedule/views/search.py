"""The next free time for any set of preferences, and a free time that looks for its patient."""

from datetime import timedelta

from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from mesoclinic.accounts.permissions import Permission, requires_permission
from patients.queries import search_patients_and_tell_if_more
from treatments.plans.models import TreatmentPlan
from treatments.schedule.actions.visits import record_bookings_viewed
from treatments.schedule.forms.fields import read_day_or_none
from treatments.schedule.forms.search import PickForm, PreferencesForm
from treatments.schedule.queries.availability import parse_slot_value_or_none, working_hours_of
from treatments.schedule.queries.courses import course_of, with_course_columns
from treatments.schedule.queries.search import Preferences, read_free_times
from treatments.schedule.rules.availability import zone_text
from treatments.schedule.views.times_page import clinician_name_by_pk

#: Fewer letters than this find half the clinic.
MIN_SEARCH = 2


@requires_permission(Permission.BOOK)
@require_http_methods(["GET", "HEAD"])
def find_free_times_page(request):
    """The next free times that meet every preference; ``?plan=`` adds those of a course."""
    now, course = timezone.now(), None
    if asked := request.GET.get("plan", ""):
        plans = TreatmentPlan.objects.select_related("patient", "clinic__booking")
        pk = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 19 else 0
        course = course_of(get_object_or_404(with_course_columns(plans), pk=pk))
        if course.plan.clinic_id != request.user.clinic_id:
            raise Http404
    clinic = course.plan.clinic if course else request.clinic
    if clinic is None:
        raise Http404
    with timezone.override(clinic.zone):
        return _render_free_times_search(request, clinic, course, now)


def _render_free_times_search(request, clinic, course, now):
    working_hours = working_hours_of(clinic)
    number = course.session_numbers_to_book[0] if course and course.session_numbers_to_book else None
    minutes = course.minutes_to_propose(number) if number else 30
    today = timezone.localtime(now).date()
    start = {"minutes": minutes, "day": read_day_or_none(request.GET.get("day", "")) or today}
    form = PreferencesForm(
        request.GET if "minutes" in request.GET else None,
        working_hours=working_hours,
        has_course=course is not None,
        initial=start,
    )
    given = form.cleaned_data if form.is_bound and form.is_valid() else {}
    if not form.is_bound:
        given = start
    free = None
    preferences = _preferences_from_form(given, course) if given else None
    if preferences is not None:
        free = read_free_times(
            clinic, working_hours, preferences, now, patient_id=course.plan.patient_id if course else None
        )
    slots = free.slots if free else []
    if course:
        record_bookings_viewed(patient=course.plan.patient, by=request.user, page="next free")
    return render(
        request,
        "treatments/schedule/search.html",
        {
            "title": "Next free",
            "nav_on": "calendar",
            "form": form,
            "course": course,
            "number": number,
            "free": free,
            "slots": slots,
            "more_url": _address_from_day(request, start, free.more_from) if free and free.more_from else "",
            "from_today_url": _address_from_day(request, start, today)
            if given.get("day", today) > today
            else "",
            "minutes": given.get("minutes", minutes),
            "zone_text": zone_text(clinic.time_zone),
            "window": preferences.first_and_last_protocol_day_or_none() if preferences else None,
            "short": _stock_shortage_text_or_empty(course, slots),
            "at_clinic": clinic,
        },
        status=422 if form.errors else 200,
    )


def _address_from_day(request, start, day):
    """The same search from another day on."""
    asked = request.GET.copy()
    asked["minutes"] = asked.get("minutes") or start["minutes"]
    asked["day"] = day.isoformat()
    return f"{request.path}?{asked.urlencode()}"


def _preferences_from_form(given, course):
    equipment = course.required_equipment if course else frozenset()
    if given.get("equipment"):
        equipment |= {given["equipment"]}
    return Preferences(
        length=timedelta(minutes=given["minutes"]),
        first_day=given["day"],
        last_day=given.get("until"),
        clinician_id=given.get("clinician"),
        room_id=given.get("room"),
        equipment=equipment,
        weekdays=given.get("weekdays") or range(7),
        earliest=given.get("earliest"),
        latest=given.get("latest"),
        part=given.get("part", ""),
        course=course,
        while_stock_lasts=given.get("stock", False),
    )


def _stock_shortage_text_or_empty(course, slots):
    """From which of the found days on the shelf does not cover the session; empty where it always does."""
    if course is None or not slots:
        return ""
    days = sorted({slot.local_start.date() for slot in slots})
    short = {day for day in days if course.stock_shortages_by_day([day])}
    if not short:
        return ""
    first = min(short)
    return f"From {first.day} {first:%b} on the stock in date does not cover this session: it has to be ordered first."


def _slot_query(request) -> str:
    """The chosen time, as the page that books it takes it."""
    return urlencode({name: request.GET[name] for name in ("slot", "minutes") if request.GET.get(name)})


@requires_permission(Permission.BOOK)
@require_http_methods(["GET", "HEAD", "POST"])
def choose_patient_for_slot_page(request):
    """A free time of the calendar was chosen: for whom? By POST, so that no name lands in an address."""
    value = request.GET.get("slot", "")
    slot = parse_slot_value_or_none(value)
    working_hours = working_hours_of(request.clinic) if request.clinic else []
    names = clinician_name_by_pk(working_hours)
    rooms = {o.room_id: o.room.name for o in working_hours}
    if slot is None or slot[1] not in names or slot[2] not in rooms:
        raise Http404
    form = PickForm(request.POST if request.method == "POST" else None)
    patients, more = [], False
    if form.is_bound and form.is_valid():
        text = form.cleaned_data["q"]
        if len(text.strip()) < MIN_SEARCH:
            form.add_error("q", "Type at least two letters.")
        else:
            patients, more = search_patients_and_tell_if_more(text, user_pk=request.user.pk)
    return render(
        request,
        "treatments/schedule/new.html",
        {
            "title": "Book a free time",
            "nav_on": "calendar",
            "form": form,
            "slot": value,
            # 0 stands for the patient who is registered on the way.
            "book_url": f"{reverse('schedule:book', args=[0])}?{_slot_query(request)}",
            "minutes": request.GET.get("minutes", ""),
            "at": timezone.localtime(slot[0], request.clinic.zone),
            "clinician": names[slot[1]],
            "room": rooms[slot[2]],
            "patients": patients,
            "more": more,
        },
        status=422 if form.errors else 200,
    )
