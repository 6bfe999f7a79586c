"""What a patient may ask for: the whole record, that it is used no more, that it is erased."""

import io
import json
from datetime import date, timedelta
from zipfile import ZipFile

import pytest
from django.apps import apps
from django.db import ProgrammingError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from mesoclinic.core.audit_heads import check_chain
from mesoclinic.core.findings import Refused
from mesoclinic.core.models import AuditEvent, Autosave
from mesoclinic.outbox.models import LinkMessage, Message
from mesoclinic.privacy import erasing, tables
from mesoclinic.privacy.actions import CONTACT_FIELDS, erase_contacts, lift_restriction, restrict_record
from patients.models import Consent, Erasure, Patient, PatientKey, PatientLink, Restriction, ToldIntake
from tests import factories
from tests.access_world import build_place
from tests.conftest import signed_in
from treatments.billing.models import Invoice, Payment
from treatments.schedule.models import Appointment
from treatments.sessions.models import TreatmentSession

pytestmark = pytest.mark.django_db

WHY = "Asked by letter of 3 May"


@pytest.fixture
def place():
    return build_place("Own")


@pytest.fixture
def officer(place):
    return factories.UserFactory(roles=["privacy_officer"], clinic=place.clinic)


def test_every_table_that_leads_to_a_patient_is_classed():
    found, todo = set(), [Patient]
    while todo:
        model = todo.pop()
        if model._meta.label_lower in found:
            continue
        found.add(model._meta.label_lower)
        if model._meta.label_lower not in tables.NOT_ONE_PATIENTS:
            todo += [
                relation.related_model
                for relation in model._meta.get_fields(include_hidden=True)
                if relation.auto_created and not relation.concrete and not relation.many_to_many
            ]

    assert found == tables.OF_PATIENTS.keys() | tables.NOT_ONE_PATIENTS


def test_the_whole_record_is_a_zip_of_data_papers_pictures_and_who_looked(place, officer):
    other = factories.PatientFactory(at=place.clinic, family_name="Zqother")

    answer = signed_in(officer).get(reverse("privacy:record_zip", args=[place.patient.pk]))

    archive = ZipFile(io.BytesIO(answer.content))
    names = archive.namelist()
    kinds = {name.partition("-")[0] for name in names}
    assert {"READ", "data.json", "papers/consent", "papers/quote", "papers/paper", "who"} <= kinds
    assert any(name.startswith("photographs/") for name in names)
    assert any(name.startswith("photographs/sent-") for name in names), "sent with a check-in"
    data = json.loads(archive.read("data.json"))
    assert {row["family_name"] for row in data["patients.patient"]} >= {place.patient.family_name}
    assert {"patients.consent", "billing.payment", "treatment_sessions.treatmentsession"} <= data.keys()
    assert other.family_name not in archive.read("data.json").decode()
    assert archive.read("who-looked.pdf").startswith(b"%PDF")
    row = AuditEvent.objects.get(did="privacy.record_taken_out")
    assert (row.by, row.patient_id, row.data["files"]) == (officer, place.patient.pk, len(names))


@pytest.mark.fault("F58")
def test_a_restricted_record_is_read_and_takes_no_form_but_of_a_session(place, officer):
    desk, patient = signed_in(next(p for r, p in place.people.items() if r == "front_desk")), place.patient
    doctor = signed_in(next(p for r, p in place.people.items() if r == "clinician"))
    queued = factories.MessageFactory(clinic=place.clinic, patient=patient)
    page = signed_in(officer).post(reverse("privacy:restrict", args=[patient.pk]), {"reason": WHY})
    assert page.status_code == 302

    said = desk.post(reverse("patients:edit", args=[patient.pk]), {"family_name": "Changed"})

    assert (said.status_code, "restricted" in said.content.decode()) == (403, True)
    assert desk.get(reverse("patient", args=[patient.pk])).status_code == 200
    session = place.rows[TreatmentSession]
    assert doctor.post(reverse("sessions:keep", args=[session.pk]), {}).status_code != 403
    queued.refresh_from_db()
    assert (queued.status, queued.reason) == ("skipped", "the record is restricted")
    lift_restriction(patient=patient, reason="The dispute is settled", by=officer)
    assert desk.post(reverse("patients:edit", args=[patient.pk]), {"family_name": ""}).status_code == 422
    assert AuditEvent.objects.filter(did__startswith="privacy.restrict", patient_id=patient.pk).count() == 2


def test_a_record_is_restricted_once_with_a_reason_by_who_answers_patients(place, officer):
    with pytest.raises(Refused, match="10 characters"):
        restrict_record(patient=place.patient, reason="no", by=officer)
    with pytest.raises(Refused):
        restrict_record(patient=place.patient, reason=WHY, by=next(iter(place.people.values())))
    restrict_record(patient=place.patient, reason=WHY, by=officer)
    with pytest.raises(Refused, match="restricted already"):
        restrict_record(patient=place.patient, reason=WHY, by=officer)

    assert Restriction.objects.count() == 1


@pytest.mark.fault("F58")
def test_how_to_reach_a_patient_is_erased_at_once_and_what_is_signed_stays(officer, place):
    patient = factories.PatientFactory(
        at=place.clinic, phone="+15550109999", email="zq@example.com", address="Zq 1"
    )
    consent = factories.ConsentFactory(patient=patient)
    queued = factories.MessageFactory(clinic=place.clinic, patient=patient)
    for subject, url in ((f"patient:{patient.pk}", ""), ("new", f"/patients/{patient.pk}/intake/")):
        Autosave.objects.create(
            owner=officer, kind="intake", subject=subject, fields={"note": ["zq"]}, url=url
        )

    page = signed_in(officer).get(reverse("privacy:record", args=[patient.pk]))
    kept = {row.rule.label: row.rows for row in page.context["classes"]}
    assert (kept["How to reach the patient"], kept["What was typed and not sent"]) == (1, 2)
    assert patient.family_name not in page.content.decode()

    page = signed_in(officer).post(reverse("privacy:erase", args=[patient.pk]), {"reason": WHY})

    assert page.status_code == 302
    patient.refresh_from_db()
    assert {getattr(patient, name) for name in CONTACT_FIELDS} == {""}
    assert not PatientKey.objects.filter(patient=patient, key__startswith="zq@").exists()
    queued.refresh_from_db()
    assert (queued.status, Autosave.objects.count()) == ("skipped", 0)
    assert Consent.objects.get(pk=consent.pk).patient == patient
    erased = Erasure.objects.get()
    assert (erased.part, erased.by, erased.rows) == ("contacts", officer, 4)


def test_what_waits_for_a_patient_and_what_leads_them_in_ends_with_how_to_reach_them(officer, place):
    clinic, patient = place.clinic, factories.PatientFactory(at=place.clinic)
    intake = factories.PatientLinkFactory(clinic=clinic, patient=patient, purpose="intake")
    ran_out = factories.PatientLinkFactory(clinic=clinic, patient=patient, purpose="quote")
    sent = factories.MessageFactory(clinic=clinic, patient=patient, status="sent")
    carried = LinkMessage.objects.create(link=ran_out, message=sent, sent_to="zq@example.com")
    told = ToldIntake.objects.create(link=intake, patient=patient)
    told.parts.create(part="allergies", answered="unsure", language="en")
    waits = factories.WaitingListEntryFactory(
        clinic=clinic, patient=patient, kind="review", note="Rings at zq"
    )
    offer = factories.OfferFactory(entry=waits)

    erase_contacts(patient=patient, reason=WHY, by=officer)

    for row in (intake, carried, waits, offer):
        row.refresh_from_db()
    assert (intake.state, carried.sent_to, told.parts.count()) == ("ended", "", 0)
    assert (waits.status, waits.note, offer.status) == ("withdrawn", "", "declined")
    assert Erasure.objects.get().rows == 7
    ended = AuditEvent.objects.filter(did="link.ended", patient_id=patient.pk, by=officer)
    assert ended.count() == 2
    # Of another patient nothing ended.
    assert place.rows[PatientLink].ended_at is None


def test_somebody_with_a_visit_to_come_is_told_first(place, officer):
    visit = place.rows[Appointment]
    assert visit.starts_at > timezone.now()

    with pytest.raises(Refused, match="visits are booked"):
        erase_contacts(patient=place.patient, reason=WHY, by=officer)


@pytest.fixture
def short_retention(settings):
    settings.KEEP_YEARS = {"clinical": 1, "money": 1}
    return timezone.localdate() + timedelta(days=3 * 366)


@pytest.mark.fault("F58")
def test_a_record_is_not_erased_before_its_time(place, settings):
    settings.KEEP_YEARS = {"clinical": 1, "money": 1}

    with pytest.raises(Refused, match="kept until"):
        erasing.erase_record(patient=place.patient, reason=WHY, today=timezone.localdate(), using="default")


def mark_texts(records) -> int:
    """Write a word into every text of the records' rows that takes one; how many columns took it."""
    marked = 0
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for label in tables.OF_PATIENTS:
            model = apps.get_model(label)
            for field in model._meta.concrete_fields:
                if not erasing._may_hold_words(field):
                    continue
                try:
                    with transaction.atomic():
                        marked += tables.rows_of(label, records).update(**{field.name: "zqcanary word"}) > 0
                except Exception:  # a state, or one of a few words
                    continue
        cursor.execute("SET LOCAL session_replication_role = origin")
    return marked


def tables_that_say(word: str) -> list[str]:
    said = []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f"SELECT count(*) FROM {name} t WHERE t::text ILIKE %s", [f"%{word}%"])
            if cursor.fetchone()[0]:
                said.append(name)
    return said


@pytest.mark.fault("F58")
def test_after_its_time_no_word_of_a_record_is_left_and_books_and_log_stand(place, short_retention):
    patient = place.patient
    other = factories.PatientFactory(at=place.clinic, family_name="Zqother")
    amounts = list(Payment.objects.values_list("pk", "amount"))
    invoices = list(Invoice.objects.values_list("number", flat=True))
    records = [patient.pk]
    assert mark_texts(records) > 40
    assert len(tables_that_say("zqcanary")) > 15
    Appointment.objects.filter(patient=patient).update(
        starts_at=timezone.now(), ends_at=timezone.now() + timedelta(hours=1)
    )

    rows = erasing.erase_record(patient=patient, reason=WHY, today=short_retention, using="default")

    assert tables_that_say("zqcanary") == []
    assert rows > 50
    assert TreatmentSession.objects.filter(patient=patient).count() == 0
    patient.refresh_from_db()
    assert (patient.family_name, patient.birth_date, bool(patient.record_number)) == (
        "Erased",
        date(1900, 1, 1),
        True,
    )
    assert (
        list(Payment.objects.values_list("pk", "amount")),
        list(Invoice.objects.values_list("number", flat=True)),
    ) == (
        amounts,
        invoices,
    )
    assert Patient.objects.get(pk=other.pk).family_name == "Zqother"
    assert AuditEvent.objects.get(did="privacy.record_erased").patient_id == patient.pk
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert check_chain(since=None).broken == []


def test_only_a_role_with_that_right_gets_past_what_is_frozen(place):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE ROLE made_up_clinic; CREATE ROLE made_up_erasure IN ROLE made_up_clinic")
        cursor.execute("GRANT SET ON PARAMETER session_replication_role TO made_up_erasure")
        cursor.execute("GRANT ALL ON ALL TABLES IN SCHEMA public TO made_up_clinic")
        cursor.execute("SET LOCAL ROLE made_up_clinic")
        with (
            pytest.raises(ProgrammingError, match="permission denied to set parameter"),
            transaction.atomic(),
        ):
            cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            "RESET ROLE; SET LOCAL ROLE made_up_erasure; SET LOCAL session_replication_role = replica"
        )
        cursor.execute("DELETE FROM patients_consent WHERE patient_id = %s", [place.patient.pk])
        assert cursor.rowcount > 0
        cursor.execute("RESET ROLE")
        transaction.set_rollback(True)


def test_a_message_is_not_among_what_is_told_of_another_patient(place):
    other = factories.PatientFactory(at=place.clinic)
    mine = factories.MessageFactory(clinic=place.clinic, patient=other)

    assert mine not in list(tables.rows_of("outbox.message", [place.patient.pk]))
    assert list(tables.rows_of("outbox.message", [other.pk])) == [Message.objects.get(pk=mine.pk)]
