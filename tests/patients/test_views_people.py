"""Pages that list, register and amend people."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from mesoclinic.core.models import AuditEvent
from patients.models import Patient
from tests import factories

PERSON = {
    "given_names": "Amira",
    "family_name": "Haddad",
    "birth_date": "1992-03-27",
    "sex_at_birth": "female",
    "phone": "06 12 34 56 78",
    "language": "en",
}


@pytest.fixture
def clinic(db):
    return factories.ClinicFactory(country="FR")


def page(name, *args) -> str:
    return reverse(f"patients:{name}", args=args)


def test_patient_list_shows_the_last_registered_by_pages(as_front_desk, clinician):
    made = [factories.PatientFactory(registered_by=clinician) for _ in range(30)]

    first = as_front_desk.get(page("list"))
    second = as_front_desk.get(first.context["page"]["next"])

    numbers = [p.record_number for p in reversed(made)]
    assert [p.record_number for p in first.context["patients"]] == numbers[:25]
    assert [p.record_number for p in second.context["patients"]] == numbers[25:]
    assert second.context["page"]["next"] == ""


@pytest.mark.parametrize("key", ["x", "-1", "²", "1" * 30, "1; DROP"])
def test_patient_list_takes_no_key_for_an_answer(as_front_desk, patient, key):
    answer = as_front_desk.get(page("list"), {"before": key})

    assert [p.pk for p in answer.context["patients"]] == [patient.pk]


@pytest.mark.fault("F46")
def test_a_search_finds_without_accents_and_leaves_no_name_in_the_address(as_front_desk, clinician):
    nunez = factories.PatientFactory(given_names="José", family_name="Núñez", registered_by=clinician)
    factories.PatientFactory(family_name="Haddad", registered_by=clinician)

    answer = as_front_desk.post(page("list"), {"q": "nunez"})

    assert [p.pk for p in answer.context["patients"]] == [nunez.pk]
    assert "José Núñez" in answer.text
    assert nunez.record_number in answer.text
    assert "17 May 1990" in answer.text
    assert 'value="nunez"' in answer.text
    assert "?" not in answer.request["QUERY_STRING"] + answer.request["PATH_INFO"]


def test_a_live_search_answers_with_the_rows_alone(as_front_desk, patient):
    answer = as_front_desk.post(page("list"), {"q": patient.record_number}, headers={"HX-Request": "true"})

    assert "<html" not in answer.text
    assert patient.record_number in answer.text


def test_one_letter_is_no_search(as_front_desk, patient):
    answer = as_front_desk.post(page("list"), {"q": "z"})

    assert answer.context["recent"] is True


def test_nobody_found_says_so_and_offers_to_register(as_front_desk, patient):
    answer = as_front_desk.post(page("list"), {"q": "zzzz"})

    assert "Nobody found" in answer.text
    assert page("register") in answer.text


def test_a_name_is_printed_as_text(as_front_desk, clinician):
    factories.PatientFactory(family_name="<script>alert(1)</script>", registered_by=clinician)

    answer = as_front_desk.post(page("list"), {"q": "script"})

    assert "<script>alert(1)" not in answer.text
    assert "&lt;script&gt;alert(1)" in answer.text


def test_each_row_says_the_next_step(as_clinician, as_front_desk, clinician):
    new = factories.PatientFactory(registered_by=clinician)
    asked = factories.IntakeFactory(taken_by=clinician).patient

    for_clinician = as_clinician.get(page("list")).text
    for_desk = as_front_desk.get(page("list")).text

    assert page("intake", new.pk) in for_clinician
    assert page("intake", asked.pk) not in for_clinician
    assert page("intake", new.pk) not in for_desk


@pytest.mark.parametrize("many", [1, 3])
def test_patient_list_costs_the_same_for_one_and_three(as_clinician, clinician, count_queries, many):
    for _ in range(many):
        factories.PatientFactory(family_name="Haddad", registered_by=clinician)

    with count_queries() as recent:
        as_clinician.get(page("list"))
    with count_queries() as found:
        answer = as_clinician.post(page("list"), {"q": "haddad"})

    assert len(answer.context["patients"]) == many
    # One of each: the row that says who was shown.
    assert (len(recent), len(found)) == (4, 4)


def test_a_clinician_registers_and_goes_on_to_the_intake(as_clinician, once):
    answer = as_clinician.post(page("register"), PERSON | {"once": once()})

    patient = Patient.objects.get()
    assert answer.status_code == 302
    assert answer["Location"] == page("intake", patient.pk)
    assert patient.phone == "+33 6 12 34 56 78"


def test_the_front_desk_registers_and_goes_on_to_the_record(as_front_desk, once):
    answer = as_front_desk.post(page("register"), PERSON | {"once": once()})

    assert answer["Location"] == reverse("patient", args=[Patient.objects.get().pk])


def test_a_double_click_registers_once(as_front_desk, once):
    sent = PERSON | {"once": once()}

    first = as_front_desk.post(page("register"), sent)
    second = as_front_desk.post(page("register"), sent)

    assert Patient.objects.count() == 1
    assert second["Location"] == first["Location"]


def test_a_wrong_form_says_so_at_the_field_and_keeps_what_was_typed(as_front_desk):
    wrong = PERSON | {"family_name": "", "birth_date": "31/02/1990", "email": "a@"}

    answer = as_front_desk.post(page("register"), wrong)

    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"family_name", "birth_date", "email"}
    for text in ("Amira", "31/02/1990", "06 12 34 56 78", "#id_birth_date"):
        assert text in answer.text, text
    assert Patient.objects.count() == 0


def test_a_birth_date_in_the_future_is_refused_at_its_field(as_front_desk):
    tomorrow = timezone.localdate() + timedelta(days=1)

    answer = as_front_desk.post(page("register"), PERSON | {"birth_date": tomorrow.isoformat()})

    assert answer.status_code == 422
    assert "is in the future" in answer.context["form"].errors["birth_date"][0]


def test_a_french_number_typed_in_new_york_is_asked_back_at_its_field(as_front_desk, clinic):
    clinic.country = "US"
    clinic.save()

    answer = as_front_desk.post(page("register"), PERSON)

    assert answer.status_code == 422
    assert "is no telephone number of the clinic&#x27;s country" in str(
        answer.context["form"].errors["phone"]
    )
    assert "06 12 34 56 78" in answer.text
    assert Patient.objects.count() == 0


def test_a_phone_that_cannot_be_read_is_kept_and_said(as_front_desk):
    answer = as_front_desk.post(page("register"), PERSON | {"phone": "ask Ana"}, follow=True)

    assert Patient.objects.get().phone == "ask Ana"
    assert [str(m) for m in answer.context["messages"]][-1] == (
        "The phone could not be read as a number: kept as typed."
    )


def test_a_likely_duplicate_is_shown_to_open_or_to_register_anyway(as_front_desk, clinician):
    known = factories.PatientFactory(
        given_names="Amira", family_name="Haddad", birth_date=date(1992, 3, 27), registered_by=clinician
    )
    code = f"reason:duplicate:{known.record_number}"

    shown = as_front_desk.post(page("register"), PERSON)
    unsaid = as_front_desk.post(page("register"), PERSON | {code: "x"})
    anyway = as_front_desk.post(page("register"), PERSON | {code: "her cousin"})

    assert shown.status_code == 422
    assert [p.pk for p in shown.context["candidates"]] == [known.pk]
    assert reverse("patient", args=[known.pk]) in shown.text
    assert f'name="{code}"' in shown.text
    assert 'value="Haddad"' in shown.text
    link = f"reason-duplicate{known.record_number.lower()}"
    assert f'href="#{link}"' in shown.text
    assert f'id="{link}"' in shown.text
    assert unsaid.status_code == 422
    assert "in a few words" in unsaid.text
    assert anyway.status_code == 302
    assert Patient.objects.count() == 2


def test_a_reason_already_given_is_not_asked_again(as_front_desk, clinician):
    known = factories.PatientFactory(
        given_names="Amira", family_name="Haddad", birth_date=date(2015, 3, 27), registered_by=clinician
    )
    code = f"reason:duplicate:{known.record_number}"

    answer = as_front_desk.post(page("register"), PERSON | {"birth_date": "2015-03-27", code: "her cousin"})

    assert [f.code for f in answer.context["findings"]] == ["birth-date:minor"]
    assert answer.context["kept_reasons"] == {code.removeprefix("reason:"): "her cousin"}


def test_registering_stays_within_twelve_queries(as_clinician, once, count_queries):
    with count_queries() as queries:
        as_clinician.post(page("register"), PERSON | {"once": once()})

    assert len(queries) <= 12


def test_contacts_are_amended(as_front_desk, patient, once):
    known = PERSON | {
        "given_names": patient.given_names,
        "family_name": patient.family_name,
        "birth_date": "1990-05-17",
    }

    answer = as_front_desk.post(page("edit", patient.pk), known | {"once": once()})

    patient.refresh_from_db()
    assert answer["Location"] == reverse("patient", args=[patient.pk])
    assert patient.phone == "+33 6 12 34 56 78"
    assert AuditEvent.objects.get(did="patient.amended").data["fields"] == ["phone"]


def test_an_amendment_that_is_wrong_keeps_what_was_typed(as_front_desk, patient):
    answer = as_front_desk.post(page("edit", patient.pk), PERSON | {"birth_date": "1492-01-01"})

    assert answer.status_code == 422
    assert "Correct the year" in answer.text
    assert "06 12 34 56 78" in answer.text


# --- two people, and a sign-in that ran out ----------------------------------


def details(patient, **changed):
    """What the page of details sends: what it showed, and what was typed over it."""
    from patients.actions.people import PATIENT_FIELDS, details_text  # noqa: PLC0415

    shown = {name: details_text(getattr(patient, name)) for name in PATIENT_FIELDS}
    return {f"seen:{name}": text for name, text in shown.items()} | shown | changed


def test_what_somebody_else_changed_meanwhile_does_not_come_back(as_front_desk):
    patient = factories.PatientFactory(phone="+1 212-555-0117")
    posted = details(patient, email="a@example.com")
    Patient.objects.filter(pk=patient.pk).update(phone="+1 212-555-0199")

    as_front_desk.post(reverse("patients:edit", args=[patient.pk]), posted)

    patient.refresh_from_db()
    assert (patient.phone, patient.email) == ("+1 212-555-0199", "a@example.com")


def test_the_second_of_two_who_change_the_same_field_sees_both(as_front_desk):
    patient = factories.PatientFactory(phone="+1 212-555-0117")
    posted = details(patient, phone="+1 212-555-0133")
    Patient.objects.filter(pk=patient.pk).update(phone="+1 212-555-0199")
    url = reverse("patients:edit", args=[patient.pk])

    page = as_front_desk.post(url, posted)

    assert page.status_code == 422
    assert "+1 212-555-0199” here since you opened the page" in page.text
    assert 'value="+1 212-555-0133"' in page.text
    assert 'name="seen:phone" value="+1 212-555-0199"' in page.text
    as_front_desk.post(url, posted | {"seen:phone": "+1 212-555-0199"})
    patient.refresh_from_db()
    assert patient.phone == "+1 212-555-0133"


@pytest.mark.parametrize("page", ["register", "edit"])
def test_what_was_typed_before_the_sign_in_ran_out_is_back_on_the_page(as_front_desk, page):
    patient = factories.PatientFactory(given_names="Noor")
    subject, args = ("new", []) if page == "register" else (f"patient:{patient.pk}", [patient.pk])
    url = reverse(f"patients:{page}", args=args)
    assert f'value="{subject}"' in as_front_desk.get(url).text
    kept = {"autosave_kind": "person", "autosave_subject": subject, "given_names": "Half typed"}
    as_front_desk.post(reverse("autosave"), kept)

    opened = as_front_desk.get(url)

    assert 'value="Half typed"' in opened.text
    assert "is back on the page" in opened.text
    as_front_desk.post(
        url, details(patient, given_names="Half typed", family_name="Otherwise", birth_date="1971-01-01")
    )
    assert "is back on the page" not in as_front_desk.get(url).text
