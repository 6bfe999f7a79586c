"""The pages of the waiting list."""

from datetime import time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests import factories
from tests.treatments.schedule.calendars import NOW, accepted_plan, at, intake, with_hours
from treatments.schedule.actions.booking import move_appointment
from treatments.schedule.actions.checks import Wanted
from treatments.schedule.actions.visits import cancel_appointment
from treatments.schedule.models import Appointment, FreedTime
from treatments.waiting import actions as waiting
from treatments.waiting import queries as waiting_queries
from treatments.waiting.models import Offer, WaitingListEntry


def patient_of(by):
    return factories.PatientFactory(registered_by=by)


def entries(clinic, by, *, patient=None, now=NOW, **preferences):
    return waiting.join_waiting_list(
        patient=patient or patient_of(by),
        clinic=clinic,
        by=by,
        now=now,
        **({"kind": "intake", "minutes": 30} | preferences),
    )


@pytest.fixture
def room(clinic, clinician):
    return with_hours(clinic, clinician)


def candidates(clinic, now=NOW):
    return [
        (c.entry.pk, c.slot.clock_text)
        for free in waiting_queries.freed_times_with_candidates(clinic, now)
        for c in free.candidates
    ]


def offered(entry, by, clinic, *, now=NOW):
    freed = FreedTime.objects.get()
    chosen = next(
        c for c in waiting_queries.candidates_for_freed_time(clinic, freed.pk, now) if c.entry.pk == entry.pk
    )
    return waiting.make_offer(entry=chosen.entry, slot=chosen.slot, why=chosen.why, by=by, now=now)


@pytest.fixture
def soon():
    return timezone.localdate() + timedelta(days=3)


@pytest.fixture
def freed_soon(clinic, clinician, front_desk, room, soon):
    visit = intake(
        clinic, clinician, room, patient_of(front_desk), front_desk, at(10, day=soon), now=timezone.now()
    )
    cancel_appointment(appointment=visit, by=front_desk, reason="Is ill")
    return FreedTime.objects.get()


def test_the_desk_adds_a_patient_from_a_form_and_sees_them_on_the_list(
    clinic, front_desk, as_front_desk, room, once
):
    patient = patient_of(front_desk)
    address = reverse("waiting:entry_add", args=[patient.pk])
    assert as_front_desk.get(address).status_code == 200

    wrong = as_front_desk.post(address, {"kind": "intake", "minutes": "3", "note": "typed"})
    answer = as_front_desk.post(
        address, {"kind": "intake", "weekdays": ["0", "2"], "not_before": "09:00", "once": once()}
    )

    assert wrong.status_code == 422
    assert 'value="typed"' in wrong.content.decode()
    assert answer["Location"] == reverse("waiting:waiting")
    entry = WaitingListEntry.objects.get()
    assert (entry.weekdays, entry.not_before, entry.minutes) == ([0, 2], time(9), 45)
    page = as_front_desk.get(reverse("waiting:waiting")).content.decode()
    assert patient.full_name in page
    assert "Mon Wed, from 09:00" in page


def test_the_desk_offers_a_freed_time_in_order_and_books_it(
    clinic, clinician, front_desk, as_front_desk, freed_soon, soon, once
):
    now = timezone.now()
    later = entries(clinic, front_desk, now=now - timedelta(days=1))
    first = entries(clinic, front_desk, now=now - timedelta(days=9))

    page = as_front_desk.get(reverse("waiting:waiting"))
    shown = waiting_queries.freed_times_with_candidates(clinic, now)[0].candidates
    (best,) = page.context["best"]
    made = as_front_desk.post(
        reverse("waiting:offer_make", args=[freed_soon.pk]), {"entry": first.pk, "once": once()}
    )
    offer = Offer.objects.get()
    opened = as_front_desk.get(made["Location"])
    booked = as_front_desk.post(made["Location"], {"once": once()})

    assert [c.entry.pk for c in shown] == [first.pk, later.pk]
    assert (best.candidate.entry.pk, best.others) == (first.pk, 1)
    assert "(9 days)" in page.content.decode()
    assert made["Location"] == reverse("waiting:offer", args=[offer.pk])
    assert "(9 days)" in opened.content.decode()
    assert "Accepted: book " in opened.content.decode()
    assert "10:00 with Dr Elif Kaya" in opened.content.decode()
    appointment = Appointment.objects.holding_time().get()
    assert booked["Location"] == reverse("schedule:appointment", args=[appointment.pk])
    assert (appointment.patient_id, appointment.starts_at) == (first.patient_id, at(10, day=soon))


def test_an_offer_that_comes_too_late_brings_the_three_nearest(
    clinic, clinician, front_desk, as_front_desk, room, freed_soon, soon, once
):
    entry = entries(clinic, front_desk, now=timezone.now())
    offer = offered(entry, front_desk, clinic, now=timezone.now())
    intake(clinic, clinician, room, patient_of(front_desk), front_desk, at(10, day=soon), now=timezone.now())
    address = reverse("waiting:offer", args=[offer.pk])

    answer = as_front_desk.post(address, {"once": once()})

    assert answer.status_code == 422
    nearest = [slot.form_value for slot in answer.context["nearest"]]
    assert len(nearest) == 3
    text = answer.content.decode()
    assert all(v in text for v in nearest)
    # Nothing is chosen: each button says what it books.
    assert "checked" not in text
    assert f"Book {answer.context['nearest'][0]}" in text
    again = as_front_desk.post(address, {"slot": nearest[0], "once": once()})
    assert again.status_code == 302
    assert Appointment.objects.holding_time().filter(patient=entry.patient).count() == 1


def test_a_time_that_went_meanwhile_cannot_be_offered(
    clinic, clinician, front_desk, as_front_desk, room, freed_soon, soon, once
):
    entry = entries(clinic, front_desk, now=timezone.now())
    intake(clinic, clinician, room, patient_of(front_desk), front_desk, at(10, day=soon), now=timezone.now())

    answer = as_front_desk.post(
        reverse("waiting:offer_make", args=[freed_soon.pk]), {"entry": entry.pk, "once": once()}, follow=True
    )

    assert "no longer free for them" in answer.content.decode()
    assert not Offer.objects.exists()


def test_declining_leaving_and_dismissing_are_one_press_each(
    clinic, front_desk, as_front_desk, freed_soon, once
):
    entry = entries(clinic, front_desk, now=timezone.now())
    offer = offered(entry, front_desk, clinic, now=timezone.now())

    as_front_desk.post(
        reverse("waiting:offer_decline", args=[offer.pk]), {"reason": "At work", "once": once()}
    )
    as_front_desk.post(reverse("waiting:freed_time_dismiss", args=[freed_soon.pk]), {"once": once()})
    assert candidates(clinic, timezone.now()) == []
    as_front_desk.post(reverse("waiting:entry_leave", args=[entry.pk]), {"once": once()})

    offer.refresh_from_db()
    entry.refresh_from_db()
    assert (offer.status, offer.answer, entry.status) == ("declined", "At work", "withdrawn")


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_for_one_and_for_three(
    rows, clinic, clinician, front_desk, as_front_desk, room, soon, count_queries
):
    for n in range(rows):
        visit = intake(
            clinic,
            clinician,
            room,
            patient_of(front_desk),
            front_desk,
            at(9 + n, day=soon),
            now=timezone.now(),
        )
        cancel_appointment(appointment=visit, by=front_desk, reason="Is ill")
        entry = entries(clinic, front_desk, now=timezone.now())
        factories.OfferFactory(entry=entry, starts_at=at(12, day=soon))
        plan = accepted_plan(clinic, clinician)
        entries(clinic, front_desk, patient=plan.patient, kind="session", plan=plan, now=timezone.now())

    with count_queries() as queries_sent:
        page = as_front_desk.get(reverse("waiting:waiting"))

    assert len(page.context["best"]) == rows
    assert len(page.context["entries"]) == 2 * rows
    assert len(queries_sent) == 9  # one of them the row that says who was shown


def test_people_stand_first_each_once_with_one_time(clinic, clinician, front_desk, as_front_desk, room, soon):
    """Five times came free, two wait: two lines, not ten."""
    for n in range(5):
        visit = intake(
            clinic,
            clinician,
            room,
            patient_of(front_desk),
            front_desk,
            at(9 + n, day=soon),
            now=timezone.now(),
        )
        cancel_appointment(appointment=visit, by=front_desk, reason="Is ill")
    waiting_for = [
        entries(clinic, front_desk, now=timezone.now() - timedelta(days=n), **more)
        for n, more in [(9, {}), (5, {}), (1, {"not_before": time(16)})]
    ]

    page = as_front_desk.get(reverse("waiting:waiting"))

    best = [(one.candidate.entry.pk, one.candidate.slot.clock_text) for one in page.context["best"]]
    assert best == [(waiting_for[0].pk, "09:00"), (waiting_for[1].pk, "10:00")]
    text = page.content.decode()
    assert text.count('name="entry"') == 2
    assert "nothing free" in text


def test_a_visit_moved_by_ten_minutes_is_no_free_time(
    clinic, clinician, front_desk, as_front_desk, room, soon
):
    now = timezone.now()
    visit = intake(clinic, clinician, room, patient_of(front_desk), front_desk, at(10, day=soon), now=now)
    entries(clinic, front_desk, now=now, minutes=10)

    move_appointment(
        appointment=visit, wanted=Wanted(clinician, room, at(10, 10, day=soon), 30), by=front_desk, now=now
    )
    little = as_front_desk.get(reverse("waiting:waiting")).context["best"]
    move_appointment(
        appointment=visit, wanted=Wanted(clinician, room, at(15, day=soon), 30), by=front_desk, now=now
    )
    far = as_front_desk.get(reverse("waiting:waiting")).context["best"]

    assert (little, len(far)) == ([], 1)


def test_the_list_is_paged_by_key(clinic, front_desk, as_front_desk, monkeypatch):
    monkeypatch.setattr(waiting_queries, "ENTRIES_A_PAGE", 2)
    rows = [entries(clinic, front_desk, now=NOW - timedelta(days=9 - n)) for n in range(5)]

    seen, address = [], reverse("waiting:waiting")
    while address:
        page = as_front_desk.get(address)
        seen += [row.entry.pk for row in page.context["entries"]]
        address = page.context["page"]["next"]

    assert seen == [w.pk for w in rows]
    assert as_front_desk.get(reverse("waiting:waiting") + "?after=x").status_code == 200
