"""What the pages that choose a time share: the free times, the findings, the reasons given."""

from dataclasses import dataclass, replace
from datetime import timedelta

from django.shortcuts import render
from django.utils import formats, timezone

from mesoclinic.accounts.permissions import Permission
from mesoclinic.core.reasons import codes_of_reasons_too_short, posted_reason_by_code
from treatments.schedule.actions.checks import Wanted
from treatments.schedule.forms.fields import read_day_or_none
from treatments.schedule.models import Appointment
from treatments.schedule.queries import availability
from treatments.schedule.rules.availability import day_period, zone_text
from treatments.schedule.rules.chosen_times import (
    AskedFor,
    PickedTime,
    StatedBooking,
    asked_for_form_value,
    bookings_form_value,
    check_button_said_what_is_saved,
    choose_a_time_text,
    is_picked_time_still_valid,
    one_visit_button_text,
)
from treatments.schedule.rules.day_parts import DayPart, day_part_of
from treatments.schedule.rules.instants import slot_value

#: A change of any of these clears a picked time.
PREFERENCES = ("kind", "clinician", "room", "day", "around", "minutes")

TIME_DROPPED = (
    "The time on the button was not picked for what is asked for now: nothing was saved. "
    "Choose one of the free times."
)


@dataclass(frozen=True)
class ChosenTime:
    """What the button of a form does: the time that is kept, and the same as it is said and as it is carried."""

    wanted: Wanted | None
    #: What the form asks for now, carried to tell a later change.
    shown_for: str
    #: What will be saved, carried to compare it with what would be; empty where no time is chosen.
    said: str
    button: str
    #: Whether a time came with the form that does not stand any more.
    is_dropped: bool


def chosen_time(request, form, working_hours, minutes, now, *, clinic, verb, what, number=None):
    """The picked time where it stands: picked by hand, on the day asked for, on a page that showed just this."""
    given = cleaned_or_initial_values(form)
    today = timezone.localtime(now, clinic.zone).date()
    # Of a day that has passed, today's times are shown.
    day = given.get("day") and max(given["day"], today)
    asks_for = asked_for_form_value(given.get(name) for name in PREFERENCES)
    value = _picked_slot_value(request)
    wanted = wanted_of_slot_or_none(value, working_hours, minutes, number)
    if wanted is not None and not is_picked_time_still_valid(
        PickedTime(timezone.localtime(wanted.starts_at, clinic.zone), wanted.clinician.pk, wanted.room.pk),
        AskedFor(day, given.get("clinician"), given.get("room")),
        # A time that was clicked brought its own day.
        shown_for=asks_for if _was_time_clicked_with_its_day(request) else request.POST.get("shown_for", ""),
        asks_for=asks_for,
    ):
        wanted = None
    return _chosen_time_with_button_text(
        wanted, asks_for, day, today, clinic, verb, what, is_dropped=bool(value)
    )


def _was_time_clicked_with_its_day(request):
    return request.method != "POST" or "pick" in request.POST


def _picked_slot_value(request):
    """The time picked by hand: by its own button, in the list, or in the calendar that led here."""
    if request.method == "POST":
        return request.POST.get("pick") or request.POST.get("slot", "")
    return request.GET.get("slot", "")


def posted_form_data_or_none(request, zone):
    """What was posted, for a form. A time picked by its own button brings its day."""
    if request.method != "POST":
        return None
    slot = availability.parse_slot_value_or_none(request.POST.get("pick", ""))
    if slot is None:
        return request.POST
    posted = request.POST.copy()
    posted["day"] = timezone.localtime(slot[0], zone).date().isoformat()
    return posted


def _chosen_time_with_button_text(wanted, shown_for, day, today, clinic, verb, what, *, is_dropped):
    if wanted is None:
        button = choose_a_time_text(day, today)
        return ChosenTime(None, shown_for, "", button, is_dropped)
    stated = StatedBooking(what, wanted.starts_at, wanted.minutes, wanted.clinician.pk, wanted.room.pk)
    local = timezone.localtime(wanted.starts_at, clinic.zone)
    button = one_visit_button_text(verb, local, wanted.clinician.display_name, today)
    return ChosenTime(wanted, shown_for, bookings_form_value([stated]), button, False)


def button_matches_or_add_error(request, form, chosen):
    """Whether the button may do what it said; an error on the form says why not."""
    if chosen.wanted is None:
        form.add_error(None, TIME_DROPPED if chosen.is_dropped else "Choose one of the free times.")
        return False
    finding = check_button_said_what_is_saved(request.POST.get("said", ""), chosen.said)
    if finding is not None:
        form.add_error(None, finding.message)
    return finding is None


def render_free_times_page(
    request,
    template,
    page,
    form,
    working_hours,
    refused,
    chosen,
    *,
    patient_id,
    minutes,
    now,
    without=None,
    clinic=None,
    course=None,
):
    """The form with its free times, where they are asked for. A time that is taken says what is free that day.

    A picked time only changes the button: the times beside it are not looked for again.
    """
    clinic = clinic or request.clinic
    given = cleaned_or_initial_values(form)
    today = timezone.localtime(now, clinic.zone).date()
    offer, is_asked = None, True
    if given.get("day"):
        page["day_wanted"] = max(given["day"], today)
        if request.headers.get("HX-Target") == "booking-foot":
            is_asked = False
        elif (
            is_save_button_pressed(request)
            and chosen.wanted is not None
            and not _has_time_taken_finding(refused)
        ):
            offer, is_asked = _offer_of_chosen_time(chosen.wanted, clinic), False
        else:
            offer, slot = _offer_asked_for(
                request, given, working_hours, chosen, refused, clinic, now, minutes,
                patient_id=patient_id, without=without, course=course,
            )  # fmt: skip
            if slot is None and chosen.wanted is not None:
                chosen = replace(
                    chosen, wanted=None, said="", button=choose_a_time_text(page["day_wanted"], today)
                )
    shown = {
        "offer": offer,
        "only_chosen": not is_asked,
        "chosen": chosen,
        "selected": _slot_value_of(chosen.wanted) if chosen.wanted else "",
        "minutes": minutes,
        "has_hours": bool(working_hours),
        "zone_text": zone_text(clinic.time_zone),
        **_slots_by_day_and_part(offer, page.get("day_wanted")),
    }
    status = 422 if form.errors or form.is_bound and refused else 200
    return render(
        request, template, page | shown | _refused_findings_context(request, refused), status=status
    )


def _slots_by_day_and_part(offer, day):
    """The nearest times of the day asked for and of others, and what else that day has, morning and afternoon apart."""
    nearest, others = (offer.nearest, offer.others) if offer else ([], [])
    parts = [(part.value, [s for s in others if day_part_of(s.local_start) == part]) for part in DayPart]
    return {
        "same_day": [slot for slot in nearest if slot.local_start.date() == day],
        "other_days": [slot for slot in nearest if slot.local_start.date() != day],
        "more_by_part": [(part, slots) for part, slots in parts if slots],
    }


def _has_time_taken_finding(refused):
    return any(f.code.startswith("taken:") for f in refused)


def _offer_asked_for(
    request,
    given,
    working_hours,
    chosen,
    refused,
    clinic,
    now,
    minutes,
    *,
    patient_id,
    without,
    course,
):
    """What is free, and the chosen time where it still is. One query.

    Where the chosen time is taken: only what its clinician has left that day. A look further costs more, and is
    asked for by the button.
    """
    day = max(given["day"], timezone.localtime(now, clinic.zone).date())
    clinician_id, around = given.get("clinician"), given.get("around")
    whole = availability.search_period_around(day, clinic.zone)
    days_around = availability.AROUND.days
    if _has_time_taken_finding(refused):
        clinician_id, whole, days_around = chosen.wanted.clinician.pk, day_period(day, clinic.zone), 0
        around = around or timezone.localtime(chosen.wanted.starts_at, clinic.zone).time()
    diary = availability.read_diary_during(
        clinic,
        working_hours,
        whole,
        patient_id=patient_id,
        clinician_id=clinician_id,
        without=[without] if without else (),
    )
    length = timedelta(minutes=minutes)
    offer = availability.offer_of_nearest_slots(
        diary,
        day=day,
        around=around,
        second=given.get("which") == "second",
        length=length,
        now=now,
        clinician_id=clinician_id,
        room_id=given.get("room"),
        equipment=course.required_equipment if course else (),
        days_around=days_around,
    )
    slot = None
    if chosen.wanted is not None and not _has_time_taken_finding(refused):
        slot = _free_slot_of_chosen_time_or_none(chosen.wanted, diary, length, now)
    if slot is not None and slot.form_value not in {one.form_value for one in offer.all_slots}:
        # The time that was clicked in the calendar stands first: also off the usual grid.
        offer = availability.Offer([slot, *offer.nearest[:2]], offer.others)
    return offer, slot


def _free_slot_of_chosen_time_or_none(wanted, diary, length, now):
    if wanted.starts_at < now:
        return None
    return diary.slot_if_free_or_none(wanted.starts_at, length, wanted.clinician.pk, wanted.room.pk)


def _offer_of_chosen_time(wanted, clinic):
    """Only the time that was chosen: nobody has asked for others."""
    slot = availability.Slot(wanted.starts_at, wanted.ends_at, wanted.clinician, wanted.room, clinic.zone)
    return availability.Offer([slot], [])


def _slot_value_of(wanted):
    return slot_value(wanted.starts_at, wanted.clinician.pk, wanted.room.pk)


def _refused_findings_context(request, refused):
    """What was refused: that which a reason passes, and that which it does not."""
    asking, standing = split_findings_by_reason_needed(refused)
    return {
        "taken": _has_time_taken_finding(refused),
        "findings": asking,
        "refused": standing,
        "reasons": posted_reason_by_code(request.POST),
        "missing": codes_of_reasons_too_short(asking, posted_reason_by_code(request.POST)),
        "may_override": request.user.may(Permission.OVERRIDE),
    }


def initial_form_values(request, courses, working_hours, now):
    """What the page opens with: the next session on its protocol day, or an intake today.

    A time that was clicked in the calendar says the day, the hour and with whom.
    """
    today = timezone.localtime(now).date()
    asked = read_day_or_none(request.GET.get("day", ""))
    clicked = {}
    slot = availability.parse_slot_value_or_none(request.GET.get("slot", ""))
    if slot is not None and slot[1] in clinician_name_by_pk(working_hours):
        local = timezone.localtime(slot[0])
        asked = read_day_or_none(local.date().isoformat())
        clicked = {"around": local.time(), "which": "second" if local.fold else "first", "clinician": slot[1]}
        minutes = request.GET.get("minutes", "")
        if minutes.isascii() and minutes.isdigit() and len(minutes) < 4:
            clicked["minutes"] = int(minutes)
    wished = request.GET.get("kind", "")
    if wished in courses:
        courses = {wished: courses[wished]}
    elif wished in Appointment.Kind.values and wished != Appointment.Kind.SESSION:
        return {"kind": wished, "day": asked or today} | clicked
    for value, course in courses.items():
        number = course.session_numbers_to_book[0]
        before = course.previous_session_number_or_none(number, course.days_by_session_number)
        due = today
        if before is not None:
            interval = timedelta(days=course.protocol_interval_days(before, number))
            due = max(course.days_by_session_number[before] + interval, today)
        return {"kind": value, "day": asked or due} | clicked
    return {"kind": Appointment.Kind.INTAKE.value, "day": asked or today} | clicked


def next_session_text(course):
    return (
        f"Session {course.session_numbers_to_book[0]} of {course.plan.sessions_planned} · {course.plan.name}"
    )


def is_save_button_pressed(request):
    """Somebody pressed the button, and not only looked for times or picked one."""
    return request.method == "POST" and "show" not in request.POST and "pick" not in request.POST


def is_book_pressed_and_form_valid(request, form):
    """Somebody pressed the button, and what is typed can be read."""
    return is_save_button_pressed(request) and form.is_valid()


def cleaned_or_initial_values(form):
    """What the form says so far: what is well typed, or what it opens with."""
    if not form.is_bound:
        return dict(form.initial)
    form.is_valid()
    return form.cleaned_data


def room_name_by_pk(working_hours):
    return {o.room_id: o.room.name for o in working_hours}


def clinician_name_by_pk(working_hours):
    return {o.clinician_id: o.clinician.display_name for o in working_hours}


def wanted_of_slot_or_none(value, working_hours, minutes, number=None):
    """The time a form carries, with a clinician and a room that have hours here; None where it is none."""
    slot = availability.parse_slot_value_or_none(value)
    clinicians = {o.clinician_id: o.clinician for o in working_hours}
    rooms = {o.room_id: o.room for o in working_hours}
    if slot is None or slot[1] not in clinicians or slot[2] not in rooms:
        return None
    return Wanted(clinicians[slot[1]], rooms[slot[2]], slot[0], minutes, number)


def split_findings_by_reason_needed(findings):
    """Those that a reason can pass, and those that nothing can."""
    return [f for f in findings if f.needs_reason], [f for f in findings if not f.needs_reason]


def day_and_clock_text(instant, clinic):
    local = timezone.localtime(instant, clinic.zone)
    return f"{formats.date_format(local, 'l j F')}, {local:%H:%M}"
