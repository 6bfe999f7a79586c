"""The walls between clinics, case by case: break glass, the search, booking, feeds, and ids inside forms."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from mesoclinic.accounts.permissions import Role
from mesoclinic.core.models import AuditEvent
from patients.models import BreakGlass, PatientClinic
from tests import factories
from tests.access_world import build_place
from tests.conftest import signed_in
from tests.treatments.schedule.calendars import ready
from treatments.plans.models import TreatmentPlan
from treatments.schedule.actions.feeds import create_feed_and_token
from treatments.schedule.models import Appointment, TimeOff, WorkingHours

pytestmark = pytest.mark.django_db
REASON = "She rang with a question, her clinic is closed"


@pytest.fixture
def other(db):
    return factories.ClinicFactory(name="Other")


@pytest.fixture
def stranger_patient(clinic, other):
    return factories.PatientFactory(
        at=other, given_names="Lea", family_name="Razo", phone="+33 6 12 34 56 78", birth_date="1984-10-12"
    )


def said(answer) -> str:
    return " ".join(answer.content.decode().split())


def open_with_reason(client, patient, once, reason=REASON):
    return client.post(reverse("patients:break_glass", args=[patient.pk]), {"reason": reason, "once": once()})


# --- break glass -------------------------------------------------------------


def test_a_patient_of_other_clinics_opens_only_to_who_writes_why_and_for_a_day(
    as_clinician, clinician, clinic, stranger_patient, once, monkeypatch
):
    page = reverse("patient", args=[stranger_patient.pk])

    closed = as_clinician.get(page)
    opened = open_with_reason(as_clinician, stranger_patient, once)

    assert closed.url == reverse("patients:break_glass", args=[stranger_patient.pk])
    assert opened.url == page
    assert as_clinician.get(page).status_code == 200
    opening = BreakGlass.objects.get()
    assert (opening.by, opening.clinic, opening.reason) == (clinician, clinic, REASON)
    assert AuditEvent.objects.filter(
        did="patient.opened_with_reason", patient_id=stranger_patient.pk
    ).exists()
    later = timezone.now() + timedelta(hours=25)
    monkeypatch.setattr("patients.models.clinics.timezone.now", lambda: later)
    assert as_clinician.get(page).status_code == 302


def test_the_page_that_asks_why_says_no_more_than_name_and_year(as_clinician, stranger_patient):
    asked = said(as_clinician.get(reverse("patients:break_glass", args=[stranger_patient.pk])))

    assert "Lea Razo" in asked
    assert "1984" in asked
    assert "Oct" not in asked
    assert "34 56" not in asked
    assert stranger_patient.record_number not in asked


@pytest.mark.parametrize("reason", ["", "   ", "too short", "x" * 301])
def test_without_a_reason_the_record_stays_closed_and_what_was_typed_is_kept(
    as_clinician, stranger_patient, once, reason
):
    answer = open_with_reason(as_clinician, stranger_patient, once, reason)

    assert answer.status_code == 422
    assert reason.strip() in said(answer)
    assert not BreakGlass.objects.exists()
    assert as_clinician.get(reverse("patient", args=[stranger_patient.pk])).status_code == 302


def test_one_persons_reason_opens_nothing_to_another(as_clinician, as_front_desk, stranger_patient, once):
    open_with_reason(as_clinician, stranger_patient, once)

    assert as_front_desk.get(reverse("patient", args=[stranger_patient.pk])).status_code == 302


def test_admins_read_who_opened_a_record_at_their_clinic_and_why(
    as_clinician, as_admin, other, stranger_patient, once
):
    open_with_reason(as_clinician, stranger_patient, once)
    elsewhere = signed_in(factories.UserFactory(roles=["admin"], clinic=other))
    page = reverse("patients:openings")

    here = said(as_admin.get(page))
    assert REASON in here
    assert stranger_patient.record_number in here
    assert "Razo" not in here
    assert REASON not in said(elsewhere.get(page))
    assert as_clinician.get(page).status_code == 403


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE patients_breakglass SET reason = 'Something else, much later'",
        "DELETE FROM patients_breakglass",
        "INSERT INTO patients_breakglass (patient_id, clinic_id, by_id, reason, at, until)"
        " SELECT patient_id, clinic_id, by_id, reason, at, at + interval '25 hours' FROM patients_breakglass",
        "INSERT INTO patients_breakglass (patient_id, clinic_id, by_id, reason, at, until)"
        " SELECT patient_id, clinic_id, by_id, '         x', at, until FROM patients_breakglass",
    ],
)
def test_raw_sql_neither_changes_an_opening_nor_makes_one_without_reason_or_longer_than_a_day(
    as_clinician, stranger_patient, once, change
):
    open_with_reason(as_clinician, stranger_patient, once)

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)


def test_the_database_refuses_an_opening_at_a_clinic_where_one_does_not_work(
    clinician, other, stranger_patient
):
    now = timezone.now()
    with pytest.raises(IntegrityError, match="Only who works at a clinic"), transaction.atomic():
        BreakGlass.objects.create(
            patient=stranger_patient,
            clinic=other,
            by=clinician,
            reason=REASON,
            at=now,
            until=now + timedelta(hours=1),
        )


# --- the search, and booking without opening ---------------------------------


@pytest.mark.parametrize("place", ["find", "patients:list", "schedule:new"])
def test_a_search_shows_no_more_than_name_and_year_of_a_patient_of_other_clinics(
    as_front_desk, clinic, stranger_patient, place
):
    factories.PatientFactory(given_names="Lea", family_name="Razonable")
    address = reverse(place)
    if place == "schedule:new":
        clinician = factories.ClinicianFactory(clinic=clinic)
        room = factories.RoomFactory(clinic=clinic)
        factories.WorkingHoursFactory(clinic=clinic, clinician=clinician, room=room)
        address += f"?slot=2027-03-01T09:00Z/{clinician.pk}/{room.pk}"

    answer = as_front_desk.post(address, {"q": "razo"})
    text = said(answer)

    assert answer.status_code == 200
    assert "Lea Razo<" in text
    assert "1984" in text
    assert "Oct" not in text
    assert "34 56" not in text
    assert stranger_patient.record_number not in text


def test_the_last_registered_are_those_of_ones_clinic(as_front_desk, stranger_patient):
    mine = factories.PatientFactory(family_name="Haddad")
    text = said(as_front_desk.get(reverse("patients:list")))

    assert mine.family_name in text
    assert "Razo" not in text


def test_the_desk_books_a_patient_of_other_clinics_without_opening_the_record(
    as_front_desk, clinic, clinician, stranger_patient, once
):
    room = factories.RoomFactory(clinic=clinic)
    for weekday in range(7):
        factories.WorkingHoursFactory(clinic=clinic, clinician=clinician, room=room, weekday=weekday)
    factories.RiskFactorFactory(patient=stranger_patient, kind="allergy", label="Iodine")
    page = reverse("schedule:book", args=[stranger_patient.pk])

    shown = said(as_front_desk.get(page))
    assert "Lea Razo" in shown
    assert "odine" not in shown
    assert "34 56" not in shown
    assert as_front_desk.get(reverse("patient", args=[stranger_patient.pk])).status_code == 302

    day = timezone.localdate() + timedelta(days=30)
    value = f"{day:%Y-%m-%d}T10:00Z/{clinician.pk}/{room.pk}"
    typed = ready(as_front_desk, page, {"kind": "intake", "day": str(day), "slot": value})
    answer = as_front_desk.post(page, typed | {"once": once()})

    assert answer.status_code == 302, said(answer)
    assert Appointment.objects.filter(patient=stranger_patient, clinic=clinic).exists()
    assert PatientClinic.objects.filter(patient=stranger_patient, clinic=clinic).exists()
    assert as_front_desk.get(reverse("patient", args=[stranger_patient.pk])).status_code == 200


# --- calendars ---------------------------------------------------------------


def test_the_calendar_of_a_clinic_where_one_does_not_work_is_not_there(as_front_desk, clinic, other):
    page = reverse("schedule:day")

    assert as_front_desk.get(page, {"clinic": other.pk}).status_code == 404
    assert as_front_desk.get(page, {"clinic": clinic.pk}).status_code == 200


def test_an_admin_of_another_clinic_neither_revokes_a_feed_nor_takes_out_busy_times(
    clinician, clinic, other, once
):
    feed, _ = create_feed_and_token(clinician=clinician, label="Phone", by=clinician)
    soon = timezone.now() + timedelta(days=2)
    TimeOff.objects.create(
        clinic=clinic,
        clinician=clinician,
        starts_at=soon,
        ends_at=soon + timedelta(hours=1),
        imported_uid="event-1",
    )
    # The clinician works at both: the admin of the other manages them there only.
    factories.MembershipFactory(user=clinician, clinic=other)
    admin = signed_in(factories.UserFactory(roles=["admin"], clinic=other))
    stranger = signed_in(factories.UserFactory(roles=["admin"], clinic=factories.ClinicFactory()))

    revoked = stranger.post(reverse("schedule:feed_revoke", args=[feed.pk]), {"once": once()})
    admin.post(reverse("schedule:busy_forget", args=[clinician.pk]), {"once": once()})

    feed.refresh_from_db()
    assert revoked.status_code == 404
    assert feed.revoked_at is None
    assert TimeOff.objects.filter(imported_uid="event-1").exists()


def test_a_feed_shows_nothing_of_a_clinic_that_its_clinician_has_left(client, clinician, clinic, other):
    _, token = create_feed_and_token(clinician=clinician, label="Phone", by=clinician)
    soon = timezone.now() + timedelta(days=2)
    here, there = (
        factories.AppointmentFactory(
            clinic=at,
            clinician=clinician,
            room=factories.RoomFactory(clinic=at),
            starts_at=soon + timedelta(hours=hour),
        )
        for at, hour in ((clinic, 0), (other, 3))
    )

    file = client.get(reverse("schedule:feed", args=[token])).content.decode()

    assert str(here.uid) in file
    assert str(there.uid) not in file


# --- ids inside forms --------------------------------------------------------


@pytest.fixture
def own(db):
    return build_place("Own")


@pytest.fixture
def foreign(own):
    return build_place("Foreign")


def count_references(foreign) -> tuple[int, ...]:
    """How much hangs on the foreign clinic's rows now."""
    clinician, room = foreign.people[Role.CLINICIAN], foreign.rows[type(factories.RoomFactory.build())]
    return (
        TreatmentPlan.objects.filter(cocktail_version__cocktail__patient=foreign.patient).count(),
        Appointment.objects.filter(room=room).count(),
        Appointment.objects.filter(clinician=clinician).count(),
        WorkingHours.objects.filter(clinician=clinician).count(),
        TimeOff.objects.filter(clinician=clinician).count(),
        AuditEvent.objects.filter(patient_id=foreign.patient.pk).count(),
    )


def forms_with_foreign_ids(own, foreign):
    """(role, address, form): each names a row of the foreign clinic inside a form about one's own."""
    rows = {model.__name__: row.pk for model, row in foreign.rows.items()}
    mine = {model.__name__: row.pk for model, row in own.rows.items()}
    clinician = foreign.people[Role.CLINICIAN].pk
    slot = f"2030-03-04T10:00Z/{clinician}/{rows['Room']}"
    clinic = Role.CLINICIAN
    return [
        (
            clinic,
            reverse("billing:start", args=[own.patient.pk]),
            {"cocktail": rows["CocktailVersion"], "protocol": 1, "sessions": 5, "name": "X"},
        ),
        (
            clinic,
            reverse("plans:plan_go_on", args=[mine["TreatmentPlan"]]),
            {"cocktail": rows["CocktailVersion"]},
        ),
        (
            clinic,
            reverse("cocktails:start", args=[own.patient.pk]),
            {"from_version": rows["CocktailVersion"], "name": "X"},
        ),
        (
            clinic,
            reverse("cocktails:reuse", args=[mine["CocktailVersion"]]),
            {"patient": foreign.patient.pk},
        ),
        (
            Role.FRONT_DESK,
            reverse("schedule:book", args=[own.patient.pk]),
            {"kind": "intake", "minutes": 30, "day": "2030-03-04", "slot": slot, "book": "1"},
        ),
        (
            Role.FRONT_DESK,
            reverse("schedule:move", args=[mine["Appointment"]]),
            {"minutes": 30, "day": "2030-03-04", "slot": slot, "book": "1"},
        ),
        (
            Role.FRONT_DESK,
            reverse("schedule:place", args=[mine["Appointment"]]),
            {"start": "2030-03-04T10:00Z", "clinician": clinician, "room": rows["Room"]},
        ),
        (
            Role.FRONT_DESK,
            reverse("waiting:entry_add", args=[own.patient.pk]),
            {
                "kind": "quote",
                "minutes": 30,
                "clinician": clinician,
                "room": rows["Room"],
                "from_day": "2030-03-04",
            },
        ),
        (
            Role.FRONT_DESK,
            reverse("waiting:offer_make", args=[mine["FreedTime"]]),
            {"entry": rows["WaitingListEntry"]},
        ),
    ]


def more_forms_with_foreign_ids(own, foreign):
    """The same: hours, recalls, follow-ups, quotes and the record."""
    rows = {model.__name__: row.pk for model, row in foreign.rows.items()}
    mine = {model.__name__: row.pk for model, row in own.rows.items()}
    clinician, clinic = foreign.people[Role.CLINICIAN].pk, Role.CLINICIAN
    return [
        (
            Role.ADMIN,
            reverse("schedule:working_hours_add"),
            {"clinician": clinician, "room": rows["Room"], "weekday": 2, "opens": "09:00", "closes": "10:00"},
        ),
        (
            Role.ADMIN,
            reverse("schedule:break_add"),
            {"clinician": clinician, "weekday": 2, "starts": "12:00", "ends": "12:30", "name": "Lunch"},
        ),
        (
            Role.ADMIN,
            reverse("schedule:time_off_add"),
            {
                "who": f"clinician-{clinician}",
                "clinician": clinician,
                "room": rows["Room"],
                "first": "2030-03-04",
            },
        ),
        (
            clinic,
            reverse("recalls:start"),
            {"lots": rows["Lot"], "reason": "Particles seen", "text": "x", "do": "start"},
        ),
        (
            clinic,
            reverse("recalls:attempt", args=[mine["RecallCase"], foreign.patient.pk]),
            {f"p{foreign.patient.pk}-outcome": "reached", f"p{foreign.patient.pk}-channel": "phone"},
        ),
        (
            clinic,
            reverse("followup:follow_up_quarantine", args=[mine["FollowUp"], rows["Lot"]]),
            {"reason": "Looks cloudy to me"},
        ),
    ]


def forms_beside_foreign_ids(own, foreign):
    """Each has an id of the foreign clinic in its address, beside one's own: a part of a quote, of a record."""
    mine = {model.__name__: row.pk for model, row in own.rows.items()}
    clinic = Role.CLINICIAN
    return [
        (
            Role.FRONT_DESK,
            reverse("billing:quote_discount", args=[mine["Quote"], foreign.beside["option_pk"]]),
            {"kind": "percent", "value": 50, "reason": "Friend of the house"},
        ),
        (
            Role.FRONT_DESK,
            reverse("billing:quote_extra_remove", args=[mine["Quote"], foreign.beside["line_pk"]]),
            {},
        ),
        (
            Role.FRONT_DESK,
            reverse("billing:quote_accept", args=[mine["Quote"]]),
            {"option": foreign.beside["option_pk"]},
        ),
        (
            clinic,
            reverse("patients:consent_withdraw", args=[own.patient.pk, foreign.beside["consent_pk"]]),
            {"reason": "She said so at the desk"},
        ),
        (
            clinic,
            reverse("patients:alert_clear", args=[own.patient.pk, foreign.beside["alert_pk"]]),
            {"reason": "It was a mistake, seen today"},
        ),
        (
            clinic,
            reverse("patients:risk_factor_end", args=[own.patient.pk, foreign.beside["factor_pk"]]),
            {"reason": "It was a mistake, seen today"},
        ),
    ]


@pytest.mark.fault("F38")
def test_an_id_of_another_clinic_inside_a_form_does_nothing(own, foreign, once):
    clients = {role: own.client(role) for role in Role}
    before = count_references(foreign)
    done = []
    kinds = (forms_with_foreign_ids, more_forms_with_foreign_ids, forms_beside_foreign_ids)
    forms = [form for kind in kinds for form in kind(own, foreign)]
    for role, address, form in forms:
        with transaction.atomic():
            events = AuditEvent.objects.count()
            answer = clients[role].post(address, form | {"once": once()})
            looked = AuditEvent.objects.filter(did__endswith="viewed").count()
            if (
                answer.status_code not in (302, 400, 403, 404, 409, 422)
                or count_references(foreign) != before
                or (answer.status_code == 302 and AuditEvent.objects.count() - looked > events)
            ):
                done.append((address, answer.status_code))
            transaction.set_rollback(True)

    assert done == []
    for model in (type(row) for row in foreign.rows.values()):
        row = foreign.rows[model]
        assert model._default_manager.filter(pk=row.pk).exists()
