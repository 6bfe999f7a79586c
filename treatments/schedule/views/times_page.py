"""What the pages that choose a time share: the free times, the findings, the reasons given."""

from datetime import timedelta

from django.shortcuts import render
from django.utils import formats, timezone

from mesoclinic.accounts.permissions import Permission
from mesoclinic.core.reasons import codes_of_missing_reasons, posted_reason_by_code
from treatments.schedule.actions.checks import Wanted
from treatments.schedule.forms.fields import read_day_or_none
from treatments.schedule.models import Appointment
from treatments.schedule.queries import availability


def render_free_times_page(
    request,
    template,
    page,
    form,
    working_hours,
    refused,
    *,
    patient_id,
    minutes,
    now,
    without=None,
    clinic=None,
    course=None,
):
    """The form with the free times it asks for. What was refused says what is free nearby."""
    clinic = clinic or request.clinic
    given = cleaned_or_initial_values(form)
    offer, selected = None, ""
    if given.get("day"):
        today = timezone.localtime(now, clinic.zone).date()
        day_wanted = max(given["day"], today)
        diary = availability.read_diary_during(
            clinic,
            working_hours,
            availability.search_period_around(day_wanted, clinic.zone),
            patient_id=patient_id,
            clinician_id=given.get("clinician"),
            without=[without] if without else (),
        )
        length = timedelta(minutes=minutes)
        offer = availability.offer_of_nearest_slots(
            diary,
            day=day_wanted,
            around=given.get("around"),
            second=given.get("which") == "second",
            length=length,
            now=now,
            clinician_id=given.get("clinician"),
            room_id=given.get("room"),
            equipment=course.required_equipment if course else (),
        )
        offer = _offer_with_clicked_time(request, offer, diary, length, now)
        selected = _selected_slot_value(request, offer)
        page["day_wanted"] = day_wanted
    shown = {
        "offer": offer,
        "selected": selected,
        "minutes": minutes,
        "has_hours": bool(working_hours),
    }
    status = 422 if form.errors or form.is_bound and refused else 200
    return render(
        request, template, page | shown | _refused_findings_context(request, refused), status=status
    )


def _refused_findings_context(request, refused):
    """What was refused: that which a reason passes, and that which it does not."""
    asking, standing = split_findings_by_reason_needed(refused)
    return {
        "taken": any(f.code.startswith("taken:") for f in refused),
        "findings": asking,
        "refused": standing,
        "reasons": posted_reason_by_code(request.POST),
        "missing": codes_of_missing_reasons(asking, posted_reason_by_code(request.POST)),
        "may_override": request.user.may(Permission.OVERRIDE),
    }


def _offer_with_clicked_time(request, offer, diary, length, now):
    """The time that was clicked in the calendar stands first, where it is still free: also off the usual grid."""
    asked = availability.parse_slot_value_or_none(request.POST.get("slot", request.GET.get("slot", "")))
    if asked is None or asked[0] < now:
        return offer
    slot = diary.slot_if_free(asked[0], length, asked[1], asked[2])
    if slot is None or slot.form_value in {one.form_value for one in offer.all_slots}:
        return offer
    return availability.Offer([slot, *offer.nearest[:2]], offer.others)


def _selected_slot_value(request, offer):
    """The time that was chosen where it is still free; the nearest on a page just opened."""
    posted = request.POST.get("slot", request.GET.get("slot", ""))
    if posted in {slot.form_value for slot in offer.all_slots}:
        return posted
    if request.method == "POST" and "show" not in request.POST:
        return ""
    return offer.nearest[0].form_value if offer.nearest else ""


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


def is_book_pressed_and_form_valid(request, form):
    """Somebody pressed the button, and not only looked for times."""
    return request.method == "POST" and "show" not in request.POST and form.is_valid()


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
