"""The intake by link: saved as one goes, sent once, and nothing of it counts before a clinician confirms it."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from mesoclinic.core.models import AuditEvent
from patients.actions.links import end_link, link_address
from patients.models import (
    Intake,
    IntakeQuestion,
    PatientLink,
    RiskFactor,
    SafetyAnswer,
    ToldIntake,
    ToldPart,
)
from patients.rules.intake_by_link import PARTS
from tests import factories
from treatments.schedule.actions.intake_links import send_due_intake_links, send_intake_link
from treatments.schedule.models import BookingSettings

CANARY = "Quillfeather"


@pytest.fixture
def patient(clinic):
    factories.OutboxSettingsFactory(clinic=clinic, by_email=True, phone="+1 212 555 0142")
    return factories.PatientFactory(
        given_names="Zenobia", family_name=CANARY, email="z@example.org", sex_at_birth="female"
    )


@pytest.fixture
def questions(db):
    """Three of the questions, of three shapes."""
    for order, (code, kind, options) in enumerate(
        [
            ("epilepsy", "yes-no", []),
            ("anticoag", "list", ["anticoagulant", "aspirin or antiplatelet", "none"]),
            ("meds", "list", []),
        ]
    ):
        IntakeQuestion.objects.create(
            code=code,
            question=f"{code}?",
            short_label=code,
            answer_type=kind,
            options=options,
            section="Health",
            order=order,
            required=code == "epilepsy",
            match_terms="medicine" if kind == "list" else "",
        )


@pytest.fixture
def link(patient, clinic, front_desk):
    return send_intake_link(patient=patient, clinic=clinic, by=front_desk).link


def path_of(link, part=""):
    return link_address(link).removeprefix(settings.SITE_URL) + (f"{part}/" if part else "")


def phone_of(link):
    """A device on which the birth date was typed."""
    client, born = Client(), link.patient.birth_date
    typed = {"gate": "1", "day": born.day, "month": born.month, "year": born.year}
    assert client.post(path_of(link), typed).status_code == 302
    return client


TICKED = {
    "medicines": {"said_aspirin": "on", "said_hair-tablets": "on", "words-hair-tablets": "Finasteride 1 mg"}
}


def answer_all(link, phone):
    for part in PARTS:
        assert phone.post(path_of(link, part.code), TICKED.get(part.code, {"none": "on"})).status_code == 302
    return phone.post(path_of(link))


@pytest.fixture
def told(link, questions):
    answer_all(link, phone_of(link))
    return ToldIntake.objects.get(link=link)


def test_before_the_birth_date_no_part_and_nothing_told_shows(link, stranger):
    phone_of(link).post(path_of(link, "medicines"), TICKED["medicines"])

    for part in ("", "medicines"):
        page = stranger.get(path_of(link, part)).text
        assert "What is your date of birth?" in page
        for secret in (CANARY, "Zenobia", "Finasteride", "Blood thinners"):
            assert secret not in page, secret


def test_the_pages_show_nothing_that_is_on_record(link, patient, clinician):
    factories.RiskFactorFactory(patient=patient, label="Zebrastripe disease")
    phone = phone_of(link)

    for part in ("", *(each.code for each in PARTS)):
        page = phone.get(path_of(link, part)).text
        for secret in (CANARY, "Zenobia", patient.record_number, "Zebrastripe"):
            assert secret not in page, secret
        assert len(page.encode()) < 40_000


def test_a_part_left_empty_is_refused_and_is_no_answer(link):
    phone = phone_of(link)

    answer = phone.post(path_of(link, "skin"), {})
    both = phone.post(path_of(link, "skin"), {"said_scars": "on", "none": "on"})

    assert (answer.status_code, both.status_code) == (422, 422)
    assert "“None of these”" in answer.text
    assert not ToldIntake.objects.get().parts.exists()


def test_what_is_saved_goes_on_on_another_device(link):
    saved = phone_of(link).post(path_of(link, "medicines"), TICKED["medicines"] | {"later": "1"})
    other = phone_of(link)

    assert (saved.status_code, saved.url) == (302, path_of(link))
    assert "Finasteride 1 mg" in other.get(path_of(link, "medicines")).text
    assert "answered" in other.get(path_of(link)).text
    other.post(path_of(link, "medicines"), {"none": "on"})
    assert ToldIntake.objects.get().parts.get().answered == "none"


def test_it_is_sent_when_every_part_is_answered_and_then_the_link_is_used(link):
    phone = phone_of(link)
    early = phone.post(path_of(link))
    assert (early.status_code, ToldIntake.objects.get().finished_at) == (302, None)

    answer_all(link, phone)

    assert "Thank you" in phone.get(path_of(link)).text
    assert "Finasteride" not in phone.get(path_of(link, "medicines")).text
    assert Client().get(path_of(link)).status_code == 404
    phone.post(path_of(link, "medicines"), {"none": "on"})
    assert ToldIntake.objects.get().parts.get(part="medicines").answered == "ticked"
    assert AuditEvent.objects.get(did="told_intake.sent").by is None


def test_a_link_taken_back_or_guessed_saves_nothing(link, front_desk):
    phone = phone_of(link)
    end_link(link=link, by=front_desk)

    for path in (path_of(link, "skin"), reverse("patient_link_part", args=["guessed", "skin"])):
        assert phone.post(path, {"none": "on"}).status_code == 404
    assert not ToldIntake.objects.get().parts.exists()
    assert phone.get(path_of(link, "nowhere")).status_code == 404


def test_nothing_counts_before_a_clinician_confirms_each_answer(told, patient, as_clinician, once):
    def on_record():
        return [model.objects.filter(patient=patient).count() for model in (Intake, RiskFactor, SafetyAnswer)]

    address = reverse("patients:told_intake", args=[told.pk])
    page = as_clinician.get(address).text
    assert on_record() == [0, 0, 0]
    assert "Finasteride 1 mg" in page
    filled = {"q-epilepsy": "no", "q-anticoag": "aspirin or antiplatelet", "q-meds-lines": "Finasteride 1 mg"}

    half = as_clinician.post(address, filled | {"confirm-epilepsy": "on", "once": once()})
    assert half.status_code == 422
    assert half.text.count('field-error">Confirm what the patient told') == 2
    assert on_record() == [0, 0, 0]

    ticks = {f"confirm-{code}": "on" for code in ("epilepsy", "anticoag", "meds")}
    changed = filled | ticks | {"q-epilepsy": "yes", "once": once()}
    assert as_clinician.post(address, changed).status_code == 302

    intake = Intake.objects.get()
    assert intake.answers["epilepsy"] == "yes"
    assert intake.answers["meds"] == ["Finasteride 1 mg"]
    assert on_record()[0] == 1
    assert on_record()[1] >= 1
    told.refresh_from_db()
    assert told.intake == intake
    said = AuditEvent.objects.get(did="told_intake.confirmed").data
    assert (said["changed"], sorted(said["confirmed"])) == (["epilepsy"], ["anticoag", "meds"])
    assert as_clinician.get(address).status_code == 302


def test_an_answer_that_differs_from_the_last_intake_is_marked(
    link, questions, patient, clinician, as_clinician
):
    Intake.objects.create(
        patient=patient,
        version=1,
        answers={"epilepsy": "yes", "meds": ["Finasteride 1 mg"]},
        taken_by=clinician,
    )
    answer_all(link, phone_of(link))

    page = as_clinician.get(reverse("patients:told_intake", args=[ToldIntake.objects.get().pk])).text

    assert page.count(">differs<") == 1
    assert "Last intake: yes" in page


def test_what_waits_stands_in_the_clinicians_today_and_on_the_intake(told, patient, as_clinician):
    address = reverse("patients:told_intake", args=[told.pk])

    assert address in as_clinician.get(reverse("today")).text
    assert address in as_clinician.get(reverse("patients:intake", args=[patient.pk])).text


def test_the_desk_sends_it_and_reads_none_of_it(told, patient, as_front_desk, once):
    sent = as_front_desk.post(
        reverse("schedule:intake_send", args=[patient.pk]), {"once": once()}, follow=True
    )

    assert "The link is on its way." in sent.text
    assert "Finasteride" not in sent.text
    assert as_front_desk.get(reverse("patients:told_intake", args=[told.pk])).status_code == 403


def test_the_tick_sends_it_once_before_a_first_visit_where_the_clinic_says_so(patient, clinic):
    now = timezone.now()
    visit = factories.AppointmentFactory(
        clinic=clinic,
        patient=patient,
        starts_at=now + timedelta(hours=40),
        ends_at=now + timedelta(hours=41),
        status="booked",
    )
    assert send_due_intake_links() == 0
    BookingSettings.objects.create(clinic=clinic, intake_by_link=True)
    assert send_due_intake_links(now=now - timedelta(hours=9)) == 0

    assert (send_due_intake_links(), send_due_intake_links()) == (1, 0)

    link = PatientLink.objects.get()
    assert (link.patient, link.purpose, link.expires_at) == (patient, "intake", visit.starts_at)


def test_what_was_sent_does_not_change_whoever_writes(told):
    part = told.parts.first()

    with pytest.raises(DatabaseError, match="nothing in it changes"), transaction.atomic():
        ToldPart.objects.filter(pk=part.pk).update(answered="unsure", ticked=[], words=[])
