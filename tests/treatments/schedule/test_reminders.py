"""Reminders: which are due, what they say, and that each goes out once while its visit stands."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.urls import reverse
from django_tasks_db.models import DBTaskResult

from mesoclinic.core import languages
from mesoclinic.core.models import AuditEvent
from mesoclinic.outbox import sms
from mesoclinic.outbox.actions import queue_message_again, requeue_messages_of_dead_workers
from mesoclinic.outbox.models import Message
from patients.actions import people
from tests import factories
from treatments.schedule import messages as schedule_messages
from treatments.schedule.actions import reminders
from treatments.schedule.models import BookingSettings, Reminder

VISIT = datetime(2030, 3, 4, 10, 20, tzinfo=UTC)
NOW = VISIT - timedelta(hours=47)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def reminding(clinic):
    clinic.time_zone = "Europe/Paris"
    clinic.name = "Clinique du Parc"
    clinic.save()
    factories.BookingSettingsFactory(clinic=clinic, hours_before=[48, 3])
    return factories.OutboxSettingsFactory(clinic=clinic, phone="+33 1 23 45 67 89")


def visit_of(clinic, *, starts_at=VISIT, status="booked", **person):
    patient = factories.PatientFactory(
        **({"email": "noor@example.org", "phone": "+33 6 12 34 56 78"} | person)
    )
    return factories.AppointmentFactory(
        clinic=clinic, patient=patient, starts_at=starts_at, status=status, booked_at=LONG_AGO
    )


def run_all(now=NOW):
    """Every task of the queue that waits, as a worker would."""
    for result in DBTaskResult.objects.ready():
        reminders.send_or_skip_reminder_and_return_status(*result.args_kwargs["args"], now=now)
        result.set_successful(None)


# --- which are due -----------------------------------------------------------


def test_a_reminder_is_enqueued_when_its_time_has_come_and_only_once(clinic, reminding):
    visit = visit_of(clinic)

    before = reminders.enqueue_reminders(now=VISIT - timedelta(hours=48, minutes=1))
    due = reminders.enqueue_reminders(now=NOW)
    again = reminders.enqueue_reminders(now=NOW)
    nearer = reminders.enqueue_reminders(now=VISIT - timedelta(hours=3))

    assert (before.made, due.made, again.made, nearer.made) == (0, 1, 0, 1)
    assert list(
        Reminder.objects.order_by("pk").values_list("appointment", "hours_before", "message__status")
    ) == [
        (visit.pk, 48, "queued"),
        (visit.pk, 3, "queued"),
    ]
    assert DBTaskResult.objects.count() == 2


@pytest.mark.parametrize("status", ["cancelled", "late_cancelled", "no_show", "arrived", "done"])
def test_only_visits_that_are_ahead_are_reminded_of(status, clinic, reminding):
    visit_of(clinic, status=status)

    assert reminders.enqueue_reminders(now=NOW).made == 0


def test_a_clinic_that_has_not_switched_them_on_sends_none(clinic):
    visit_of(clinic)
    factories.OutboxSettingsFactory(clinic=clinic, by_email=False)

    assert reminders.enqueue_reminders(now=NOW).made == 0


def test_who_opted_out_is_noted_and_gets_nothing(clinic, reminding):
    visit_of(clinic, reminders_by="none")

    found = reminders.enqueue_reminders(now=NOW)

    assert (found.made, found.skipped) == (0, 1)
    assert Message.objects.get().reason == "opted out"
    assert not DBTaskResult.objects.exists()


def test_a_visit_that_is_moved_is_told_of_its_new_time(clinic, reminding):
    visit = visit_of(clinic)
    reminders.enqueue_reminders(now=NOW)
    visit.starts_at, visit.ends_at = (VISIT + timedelta(hours=1), VISIT + timedelta(hours=2))
    visit.save()

    assert reminders.enqueue_reminders(now=NOW).made == 1
    run_all()

    assert [(m.status, m.reason) for m in Message.objects.order_by("pk")] == [
        ("skipped", "visit moved"),
        ("sent", ""),
    ]
    assert len(mail.outbox) == 1


def test_due_reminders_cost_the_same_for_one_and_for_three(clinic, reminding, count_queries):
    costs = []
    for rows in (1, 3):
        for n in range(rows):
            visit_of(clinic, starts_at=VISIT + timedelta(minutes=40 * n + rows))
        with count_queries() as sent:
            made = reminders.enqueue_reminders(now=NOW + timedelta(hours=2))
        costs.append(len(sent) - made.made)  # each task is a row of the queue
    assert costs[0] == costs[1]


def test_the_database_keeps_one_reminder_for_a_visit_and_a_time(clinic, reminding):
    reminder = factories.ReminderFactory(appointment=visit_of(clinic))

    with pytest.raises(IntegrityError, match="one_reminder_for_a_visit"), transaction.atomic():
        factories.ReminderFactory(appointment=reminder.appointment)


# --- what they say -----------------------------------------------------------

DAYS = {
    "en": ("Your visit on Monday 4 March 2030 at 11:20", "You have a visit at"),
    "fr": ("Votre rendez-vous du lundi 4 mars 2030 à 11:20", "Vous avez rendez-vous"),
    "es": ("Su cita del lunes 4 de marzo de 2030 a las 11:20", "Tiene una cita en"),
    "tr": ("Randevunuz: 4 Mart 2030 Pazartesi, saat 11:20", "için randevunuz var."),
    "de": ("Ihr Termin am Montag, 4. März 2030 um 11:20 Uhr", "Sie haben einen Termin"),
}


@pytest.mark.parametrize("language", DAYS)
def test_an_e_mail_is_in_the_patients_language_by_the_clinics_clock(language, clinic, reminding):
    visit_of(clinic, language=language)
    reminders.enqueue_reminders(now=NOW)

    run_all()

    (sent,) = mail.outbox
    subject, sentence = DAYS[language]
    assert sent.subject == subject
    assert sentence in sent.body
    assert "Clinique du Parc" in sent.body
    assert "+33 1 23 45 67 89" in sent.body
    assert sent.extra_headers["Content-Language"] == language
    assert sent.to == ["noor@example.org"]


def test_every_language_has_every_sentence_and_the_compiled_files_are_up_to_date():
    call_command("translations", check=True)

    assert languages.translated_languages() == {"en", "fr", "es", "tr", "de", "ar"}


@pytest.mark.parametrize(
    ("wanted", "served"), [("de-AT", "de"), ("fr_CA", "fr"), ("it", "en"), ("", "en"), ("zz", "en")]
)
def test_a_language_without_a_translation_is_served_in_english_whole(wanted, served):
    assert languages.language_for_patient(wanted) == served


def test_a_message_says_neither_who_nor_why(clinic, reminding, clinician):
    plan = factories.make_plan(clinic=clinic, by=clinician)
    plan.patient.email = "p@example.org"
    plan.patient.given_names, plan.patient.family_name = "Zenobia", "Quillfeather"
    plan.patient.save()
    visit = factories.AppointmentFactory(
        clinic=clinic, patient=plan.patient, plan=plan, session_number=1, starts_at=VISIT, note="scalp itches"
    )
    said = [schedule_messages.reminder_email_letter(visit), schedule_messages.reminder_sms_letter(visit)]

    for message in said:
        words = f"{message.subject} {message.text}".lower()
        for secret in (
            "zenobia",
            "quillfeather",
            plan.patient.record_number.lower(),
            plan.name.lower(),
            "session",
            "itches",
            "kaya",
            "treat",
            "meso",
        ):
            assert secret not in re.sub(r"https?://\S+", "", words), secret
    assert "Clinique du Parc" in said[1].text


def test_text_messages_go_through_the_class_that_the_settings_name(clinic, reminding, settings):
    settings.SMS_BACKEND = "mesoclinic.outbox.sms.Memory"
    sms.outbox.clear()
    reminding.by_sms = True
    reminding.save()
    visit_of(clinic, reminders_by="sms", language="fr")
    reminders.enqueue_reminders(now=NOW)

    run_all()

    (text,) = sms.outbox
    assert text.to == "+33 6 12 34 56 78"
    assert text.text.startswith("Clinique du Parc : votre rendez-vous est le lundi 4")
    assert text.key == str(Message.objects.get().key)
    assert mail.outbox == []


# --- once --------------------------------------------------------------------


def test_a_reminder_delivered_twice_goes_out_once(clinic, reminding):
    visit_of(clinic)
    reminders.enqueue_reminders(now=NOW)
    pk = Message.objects.get().pk

    assert [reminders.send_or_skip_reminder_and_return_status(pk, now=NOW) for _ in range(3)] == [
        "sent",
        "",
        "",
    ]
    assert len(mail.outbox) == 1
    assert AuditEvent.objects.filter(did="message.sent").count() == 1


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"status": "cancelled", "status_reason": "Is ill"}, "visit cancelled"),
        ({"starts_at": VISIT + timedelta(minutes=5)}, "visit moved"),
    ],
)
def test_what_changed_since_it_was_enqueued_is_asked_again(change, reason, clinic, reminding):
    visit = visit_of(clinic)
    reminders.enqueue_reminders(now=NOW)
    type(visit).objects.filter(pk=visit.pk).update(**change)

    run_all()

    assert mail.outbox == []
    assert Message.objects.get().reason == reason


def test_who_opts_out_after_it_was_enqueued_gets_nothing(clinic, reminding):
    visit = visit_of(clinic)
    reminders.enqueue_reminders(now=NOW)
    people.stop_reminders(patient=visit.patient, by=None)

    run_all()

    assert mail.outbox == []
    assert Message.objects.get().reason == "opted out"


def test_a_worker_that_slept_and_was_taken_for_dead_hands_nothing_over(clinic, reminding, monkeypatch):
    visit_of(clinic)
    reminders.enqueue_reminders(now=NOW)
    pk = Message.objects.get().pk
    written = schedule_messages.reminder_email_letter

    def slowly(visit, own):
        # While it writes, it is reaped, and another worker sends the message.
        monkeypatch.setattr(schedule_messages, "reminder_email_letter", written)
        later = NOW + timedelta(minutes=6)
        assert requeue_messages_of_dead_workers(now=later) == (1, 0)
        assert reminders.send_or_skip_reminder_and_return_status(pk, now=later) == "sent"
        return written(visit, own)

    monkeypatch.setattr(schedule_messages, "reminder_email_letter", slowly)

    assert reminders.send_or_skip_reminder_and_return_status(pk, now=NOW) == ""
    assert len(mail.outbox) == 1


# --- when nobody is reached, or somebody asks --------------------------------


class Unreachable(EmailBackend):
    def open(self):
        raise ConnectionRefusedError


def test_a_server_that_is_not_reached_is_tried_again_later(clinic, reminding, settings):
    settings.EMAIL_BACKEND = f"{__name__}.Unreachable"
    visit_of(clinic)
    reminders.enqueue_reminders(now=NOW)
    DBTaskResult.objects.all().delete()
    pk = Message.objects.get().pk

    assert reminders.send_or_skip_reminder_and_return_status(pk, now=NOW) == "queued"

    retry = DBTaskResult.objects.get()
    assert retry.run_after == NOW + timedelta(minutes=1)
    for _ in range(4):
        assert reminders.send_or_skip_reminder_and_return_status(pk, now=NOW) == "queued"
    assert reminders.send_or_skip_reminder_and_return_status(pk, now=NOW) == "failed"
    assert Message.objects.get().reason == "ConnectionRefusedError"


def test_one_that_the_desk_sends_again_goes_out_after_the_next_run(clinic, reminding, front_desk):
    message = factories.ReminderFactory(appointment=visit_of(clinic)).message
    for step in ("sending", "unsure"):
        Message.objects.update(status=step, claim=message.key, attempts=1, needs_task=False)
    queue_message_again(message=message, by=front_desk)

    reminders.enqueue_reminders(now=VISIT)
    run_all()

    message.refresh_from_db()
    assert message.status == "sent"
    assert len(mail.outbox) == 1


def test_an_admin_sets_when_and_wrong_times_are_said_at_the_field(clinic, as_admin, once):
    address = reverse("schedule:reminders_set")
    page = as_admin.get(reverse("schedule:settings"))
    assert 'name="reminders-hours_before"' in page.content.decode()

    wrong = [
        as_admin.post(address, {"reminders-hours_before": hours})
        for hours in ("two", "0", "400", "1 2 3 4 5")
    ]
    typed = {"reminders-hours_before": "48; 3", "reminders-names_in_feeds": "on"}
    right = as_admin.post(address, typed | {"once": once()})

    assert [w.status_code for w in wrong] == [422] * 4
    assert all(w.context["reminders_form"].errors["hours_before"] for w in wrong)
    assert right.status_code == 302
    booking = BookingSettings.objects.get()
    assert (booking.hours_before, booking.names_in_feeds) == ([48, 3], True)


def test_a_patient_says_how_they_want_to_be_reminded(front_desk, as_front_desk, once):
    patient = factories.PatientFactory(registered_by=front_desk)
    address = reverse("patients:edit", args=[patient.pk])
    page = as_front_desk.get(address)
    assert 'name="reminders_by"' in page.content.decode()

    as_front_desk.post(
        address,
        {
            "given_names": patient.given_names,
            "family_name": patient.family_name,
            "birth_date": patient.birth_date.isoformat(),
            "sex_at_birth": "female",
            "language": "en",
            "reminders_by": "sms",
            "once": once(),
        },
    )

    patient.refresh_from_db()
    assert patient.reminders_by == "sms"
    with pytest.raises(IntegrityError, match="reminded_in_a_known_way"):
        type(patient).objects.update(reminders_by="fax")
