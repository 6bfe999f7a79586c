"""Pages for a person who works at two clinics: the session says which one is current, and its roles count alone."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from mesoclinic.accounts.middleware import CLINIC_KEY
from tests import factories
from tests.conftest import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def north():
    return factories.ClinicFactory(name="North clinic")


@pytest.fixture
def south():
    return factories.ClinicFactory(name="South clinic")


def works(north, south, *, roles_at_south):
    """A clinician at North, with other roles at South."""
    user = factories.UserFactory(roles=["clinician"], clinic=north)
    factories.MembershipFactory(user=user, clinic=south, roles=roles_at_south)
    return user


@pytest.fixture
def desk_at_south(north, south):
    return works(north, south, roles_at_south=["front_desk"])


@pytest.fixture
def admin_at_south(north, south):
    return works(north, south, roles_at_south=["admin"])


def at(user, clinic):
    """A browser of this person whose session names this clinic."""
    client = signed_in(user)
    session = client.session
    session[CLINIC_KEY] = clinic.pk
    session.save()
    return client


def said(answer):
    assert answer.status_code == 200
    return answer.content.decode()


def booked_today(clinic, name):
    noon = timezone.localtime(timezone.now(), clinic.zone).replace(hour=12, minute=0, second=0, microsecond=0)
    return factories.AppointmentFactory(
        clinic=clinic,
        clinician=factories.UserFactory(roles=["clinician"], clinic=clinic),
        patient=factories.PatientFactory(given_names=name, family_name="Haddad"),
        room=factories.RoomFactory(clinic=clinic),
        starts_at=noon,
        ends_at=noon + timedelta(minutes=30),
    )


def begun_session(clinic, clinician, name):
    """A session of yesterday that its clinician has not signed."""
    patient = factories.PatientFactory(given_names=name, family_name="Razo")
    plan = factories.make_plan(clinic=clinic, patient=patient, by=clinician, status="active")
    factories.TreatmentSessionFactory(
        plan=plan, number=1, performed_on=timezone.localdate() - timedelta(days=1)
    )


# --- today -------------------------------------------------------------------


def test_today_is_the_day_of_the_current_clinic_and_asks_what_its_role_does(desk_at_south, north, south):
    booked_today(north, "Amira")
    booked_today(south, "Yuki")
    begun_session(north, desk_at_south, "Lea")

    in_north = said(at(desk_at_south, north).get(reverse("today")))
    in_south = said(at(desk_at_south, south).get(reverse("today")))

    assert "North clinic" in in_north
    assert "South clinic" in in_south
    assert "Amira Haddad" in in_north
    assert "Yuki Haddad" not in in_north
    assert "Yuki Haddad" in in_south
    assert "Amira Haddad" not in in_south
    assert "Sign session: Lea Razo" in in_north
    assert "Lea Razo" not in in_south


def test_somebody_who_has_not_chosen_is_at_the_clinic_they_joined_first(desk_at_south, north, south):
    booked_today(north, "Amira")
    booked_today(south, "Yuki")

    answer = signed_in(desk_at_south).get(reverse("today"))

    assert answer.wsgi_request.clinic == north
    assert "Amira Haddad" in said(answer)
    assert "Yuki Haddad" not in said(answer)


# --- stock -------------------------------------------------------------------


def test_stock_is_that_of_the_current_clinic_and_only_its_stock_room_receives(admin_at_south, north, south):
    product = factories.ProductFactory(name="Biotin")
    here = factories.LotFactory(clinic=north, product=product, number="NORTH-1", on_hand=10)
    there = factories.LotFactory(clinic=south, product=product, number="SOUTH-1", on_hand=10)
    receive = reverse("stock:receive")

    in_north, in_south = at(admin_at_south, north), at(admin_at_south, south)

    assert "NORTH-1" in said(in_north.get(reverse("stock:stock")))
    assert "SOUTH-1" not in said(in_north.get(reverse("stock:stock")))
    assert "SOUTH-1" in said(in_south.get(reverse("stock:stock")))
    assert "NORTH-1" not in said(in_south.get(reverse("stock:stock")))
    assert receive not in said(in_north.get(reverse("stock:stock")))
    assert receive in said(in_south.get(reverse("stock:stock")))
    assert in_north.get(receive).status_code == 403
    assert in_south.get(receive).status_code == 200
    assert in_north.get(reverse("stock:lot", args=[there.pk])).status_code == 404
    assert in_south.get(reverse("stock:lot", args=[here.pk])).status_code == 404


def test_a_clinicians_stock_is_not_open_to_the_same_person_at_the_desk_elsewhere(desk_at_south, north, south):
    assert at(desk_at_south, north).get(reverse("stock:stock")).status_code == 200
    assert at(desk_at_south, south).get(reverse("stock:stock")).status_code == 403


def test_a_lot_of_the_other_clinic_is_not_changed_from_here(admin_at_south, north, south, once):
    here = factories.LotFactory(clinic=north, number="NORTH-1")
    sent = {"reason": "Cracked", "once": once()}

    from_north = at(admin_at_south, north).post(reverse("stock:lot_quarantine", args=[here.pk]), sent)
    from_south = at(admin_at_south, south).post(reverse("stock:lot_quarantine", args=[here.pk]), sent)

    here.refresh_from_db()
    assert (from_north.status_code, from_south.status_code) == (403, 404)
    assert here.status == "released"


# --- calendar ----------------------------------------------------------------


def test_the_calendar_opens_at_the_current_clinic(desk_at_south, north, south):
    booked_today(north, "Amira")
    booked_today(south, "Yuki")

    in_north = at(desk_at_south, north).get(reverse("schedule:day"))
    in_south = at(desk_at_south, south).get(reverse("schedule:day"))

    assert in_north.context["at_clinic"] == north
    assert in_south.context["at_clinic"] == south
    assert "Amira Haddad" in said(in_north)
    assert "Yuki Haddad" not in said(in_north)
    assert "Yuki Haddad" in said(in_south)
    assert "Amira Haddad" not in said(in_south)


def test_who_may_open_the_calendar_is_asked_of_the_current_clinic(admin_at_south, north, south):
    address = reverse("schedule:day")

    assert at(admin_at_south, north).get(address).status_code == 200
    assert at(admin_at_south, south).get(address).status_code == 403
    # Naming the clinic where they are a clinician does not make them one at the desk they sit at.
    assert at(admin_at_south, south).get(address, {"clinic": north.pk}).status_code == 403


# --- a patient ---------------------------------------------------------------


def test_a_patients_page_is_clinical_where_the_current_role_is(desk_at_south, north, south):
    patient = factories.PatientFactory()
    factories.RiskFactorFactory(patient=patient, kind="allergy", label="Iodine")
    address = reverse("patient", args=[patient.pk])

    in_north = said(at(desk_at_south, north).get(address))
    in_south = said(at(desk_at_south, south).get(address))

    assert "North clinic" in in_north
    assert "South clinic" in in_south
    assert "Iodine" in in_north
    assert "Iodine" not in in_south


def test_an_admin_elsewhere_reads_no_record_from_there(admin_at_south, north, south):
    patient = factories.PatientFactory()
    pages = [reverse("patient", args=[patient.pk]), reverse("patients:intake", args=[patient.pk])]

    assert [at(admin_at_south, north).get(page).status_code for page in pages] == [200, 200]
    assert [at(admin_at_south, south).get(page).status_code for page in pages] == [403, 403]
