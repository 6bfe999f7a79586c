"""What every request and answer has: no NUL, nothing kept of who is signed in, a way on where only forms are taken."""

import pytest
from django.urls import reverse

from mesoclinic.core.models import Autosave
from patients.models import Patient
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", ["today", "patients:list", "clinic_settings", "account_logout"])
def test_no_answer_to_somebody_signed_in_is_stored(request, name):
    client = request.getfixturevalue("as_admin" if name == "clinic_settings" else "as_clinician")

    assert client.get(reverse(name))["Cache-Control"] == "private, no-store"


def test_a_refusal_to_somebody_signed_in_is_not_stored_either(as_clinician):
    assert as_clinician.get("/patients/987654/")["Cache-Control"] == "private, no-store"
    assert as_clinician.get(reverse("clinic_settings"))["Cache-Control"] == "private, no-store"


def test_signing_out_clears_what_the_browser_holds(as_clinician):
    shown = as_clinician.get(reverse("today"))
    out = as_clinician.post(reverse("account_logout"))

    assert "Clear-Site-Data" not in shown
    assert out["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    assert out["Cache-Control"] == "private, no-store"


def test_the_sign_in_page_clears_nothing(client):
    assert "Clear-Site-Data" not in client.get(reverse("account_login"))


@pytest.mark.fault("F55")
def test_a_null_character_in_an_autosave_is_left_out(as_clinician):
    answer = as_clinician.post(
        reverse("autosave"),
        {"autosave_kind": "intake", "autosave_subject": "patient:\x007", "no\x00te": "be\x00fore"},
    )

    assert answer.status_code == 200
    kept = Autosave.objects.get()
    assert (kept.subject, kept.fields) == ("patient:7", {"note": ["before"]})


@pytest.mark.fault("F55")
def test_a_null_character_in_a_form_or_an_address_is_answered(as_clinician, once):
    posted = as_clinician.post(
        reverse("patients:register"),
        {
            "family_name": "Ra\x00zo",
            "birth_date": "1984-10-12",
            "sex_at_birth": "female",
            "language": "en",
            "reminders_by": "email",
            "once": once(),
        },
    )

    assert posted.status_code == 302
    assert Patient.objects.get().family_name == "Razo"
    assert as_clinician.get(f"{reverse('schedule:day')}?who=%00&day=%00").status_code in (200, 400)
    assert as_clinician.post(reverse("find"), {"q": "\x00"}).status_code == 200


@pytest.mark.fault("F55")
def test_a_null_character_in_the_session_page_is_answered(as_clinician, clinic, clinician):
    plan = factories.make_plan(clinic=clinic, by=clinician, status="active")
    session = factories.TreatmentSessionFactory(plan=plan)

    for name in ("session", "keep", "safety", "relief", "scan"):
        answer = as_clinician.post(
            reverse(f"sessions:{name}", args=[session.pk]),
            {
                "note": "a\x00b",
                "technique": "\x00",
                "scan": "\x00",
                "autosave_seen": "\x00",
                "revision": "\x00",
            },
        )
        assert answer.status_code < 500, name


@pytest.mark.fault("F9")
@pytest.mark.parametrize("name", ["sessions:start_for_plan", "plans:plan_stop", "billing:payment_add"])
def test_a_refused_form_of_a_plan_loaded_again_leads_to_the_plan(as_clinician, clinic, clinician, name):
    plan = factories.make_plan(clinic=clinic, by=clinician)

    answer = as_clinician.get(reverse(name, args=[plan.pk]), headers={"accept": "text/html,*/*"})

    assert answer.url == reverse("plan", args=[plan.pk])


def test_what_was_searched_loaded_again_leads_to_the_patients(as_clinician):
    answer = as_clinician.get(reverse("find"), headers={"accept": "text/html"})

    assert answer.url == reverse("patients:list")
