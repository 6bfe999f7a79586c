"""The patient's page as the desk reads it."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from mesoclinic.pages.patient_desk import ways_to_reach
from patients.models import Patient
from tests import factories


def visit(patient, clinic, days, status="booked", **fields):
    start = timezone.now() + timedelta(days=days)
    return factories.AppointmentFactory(
        patient=patient, clinic=clinic, starts_at=start, ends_at=start + timedelta(hours=1), status=status,
        **fields,
    )  # fmt: skip


@pytest.fixture
def patient(clinic):
    return factories.PatientFactory(
        phone="+1 212-555-0117",
        email="noor@example.com",
        emergency_contact_name="Karim Example",
        emergency_contact_phone="ask her sister 0612",
    )


def test_the_desk_rings_sees_visits_and_how_they_ended_and_takes_a_payment(
    as_front_desk, clinic, clinician, patient
):
    visit(patient, clinic, 5)
    visit(patient, clinic, -5, "no_show", status_reason="did not come")
    visit(patient, clinic, -9, "late_cancelled", status_reason="Ill")
    visit(patient, clinic, -400, "no_show", status_reason="did not come")
    plan = factories.make_plan(clinic=clinic, patient=patient, by=clinician)
    factories.MessageFactory(
        clinic=clinic, patient=patient, channel="email", status="failed", reason="refused: 550"
    )

    page = as_front_desk.get(reverse("patient", args=[patient.pk]))

    desk = page.context["desk"]
    assert (len(desk.coming), len(desk.past), desk.missed, desk.cancelled_late) == (1, 3, 1, 1)
    assert 'href="tel:+12125550117"' in page.text
    assert "ask her sister 0612" in page.text
    assert "tel:0612" not in page.text
    assert "refused: 550" in page.text
    assert [one.plan for one in desk.money] == [plan]


@pytest.mark.parametrize("many", [1, 3])
def test_the_page_costs_the_same_for_one_row_and_three(as_front_desk, clinic, patient, count_queries, many):
    for n in range(many):
        visit(patient, clinic, n + 1)
        factories.MessageFactory(clinic=clinic, patient=patient)
        factories.make_plan(clinic=clinic, patient=patient)

    with count_queries() as sent:
        as_front_desk.get(reverse("patient", args=[patient.pk]))

    assert len(sent) <= 20
    assert _SENT.setdefault("page", len(sent)) == len(sent)


#: By page: how many queries the first run sent; the next one sends as many.
_SENT: dict[str, int] = {}


def test_register_from_a_search_keeps_what_was_typed(as_front_desk):
    found = as_front_desk.post(reverse("patients:list"), {"q": "amira haddad 27 Mar 1992 a@example.com"})
    assert 'name="typed" value="amira haddad 27 Mar 1992 a@example.com"' in found.text

    page = as_front_desk.post(
        reverse("patients:register"), {"typed": "amira haddad 27 Mar 1992 a@example.com"}
    )

    for name, value in {"given_names": "Amira", "family_name": "Haddad", "birth_date": "27 Mar 1992"}.items():
        assert f'name="{name}" value="{value}"' in page.text
    assert 'value="a@example.com"' in page.text


def test_register_from_a_free_time_keeps_the_time(as_front_desk):
    url = f"{reverse('patients:register')}?then=/patients/0/appointment/%3Fslot%3Dabc"
    person = {"given_names": "Ana", "family_name": "Rossi", "birth_date": "1980-06-05", "language": "en"}

    done = as_front_desk.post(url, person)

    assert done["Location"] == f"/patients/{Patient.objects.get().pk}/appointment/?slot=abc"


@pytest.mark.parametrize("then", ["https://example.com/patients/0/", "//example.com", "/accounts/logout/"])
def test_nowhere_else_is_gone_on_to(as_front_desk, then):
    person = {"given_names": "Ana", "family_name": "Rossi", "birth_date": "1980-06-05", "language": "en"}

    done = as_front_desk.post(f"{reverse('patients:register')}?then={then}", person)

    assert done["Location"].startswith("/patients/")
    assert "example.com" not in done["Location"]


@pytest.mark.parametrize(
    ("fields", "ways"),
    [
        (
            {"phone": "+1 212-555-0117", "email": "noor@example.com"},
            [("tel:+12125550117", ""), ("sms:+12125550117", ""), ("mailto:noor@example.com", "")],
        ),
        (
            {"phone": "ask her sister 0612", "email": ""},
            [("", "no number to dial"), ("", "no number to dial"), ("", "no e-mail address")],
        ),
        (
            {"phone": "+1 212-555-0117", "email": "", "reminders_by": "none"},
            [("tel:+12125550117", ""), ("", "no messages, please"), ("", "no e-mail address")],
        ),
        (
            {"phone": "", "email": ""},
            [("", "no telephone number"), ("", "no telephone number"), ("", "no e-mail address")],
        ),
    ],
)
def test_a_way_to_reach_somebody_is_a_button_only_where_it_works(fields, ways):
    patient = factories.PatientFactory.build(registered_by=None, **fields)

    assert [(way.url, way.why_not) for way in ways_to_reach(patient)] == ways
