"""A check-in by link: sent when due, answered once by the patient, and what an answer in red brings about at once."""

import io
from datetime import timedelta

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from mesoclinic.core.models import AuditEvent
from mesoclinic.outbox.choices import stop_messages
from mesoclinic.outbox.rules import Purpose
from patients.actions.links import link_address
from patients.models import Alert, PatientLink
from tests import factories
from tests.treatments.followup.conftest import make_due
from treatments.followup.actions import change_follow_up_status, record_check_in_answers
from treatments.followup.links import (
    escalate_unattended_red_answers,
    send_check_in_link,
    send_due_check_in_links,
)
from treatments.followup.models import (
    CheckInAnswer,
    CheckInLink,
    CheckInPhotograph,
    CheckInSettings,
    FollowUp,
)
from treatments.followup.queries.by_link import answered_share
from treatments.sessions.models import Reaction

QUIET = {"pain": "2", "noticed": ["redness"], "alarms": ["none"]}
RED = {"pain": "2", "noticed": ["none"], "alarms": ["pus", "fever"]}


@pytest.fixture
def effects(db):
    """The effects that an answer is written down as."""
    for code, level in {
        "swelling": "expected",
        "irritation": "expected",
        "soreness": "expected",
        "infection": "alert",
        "urticaria": "alert",
    }.items():
        factories.AdverseEffectFactory(code=code, effect=code, short_label=code, level=level)


@pytest.fixture
def reachable(signed, clinic):
    factories.OutboxSettingsFactory(clinic=clinic, by_email=True, phone="+1 212 555 0142")
    factories.SafetyTextReadingFactory(clinic=clinic)
    patient = signed.patient
    patient.given_names, patient.family_name, patient.email = "Zenobia", "Quillfeather", "z@example.org"
    patient.save()
    return patient


@pytest.fixture
def link(check_in, today, reachable, effects):
    make_due(check_in, today)
    check_in.refresh_from_db()
    return send_check_in_link(check_in=check_in, by=None).link


def path_of(link):
    return link_address(link).removeprefix(settings.SITE_URL)


@pytest.fixture
def patients_phone(link):
    """The device on which the birth date was typed."""
    client, born = Client(), link.patient.birth_date
    typed = {"gate": "1", "day": born.day, "month": born.month, "year": born.year}
    assert client.post(path_of(link), typed).status_code == 302
    return client


# --- sent ----------------------------------------------------------------------------------------


def test_a_check_in_goes_out_once_on_its_day_where_the_clinic_asks_by_link(
    check_in, today, reachable, clinic
):
    make_due(check_in, today)
    assert send_due_check_in_links() == 0

    CheckInSettings.objects.create(clinic=clinic, by_link=True)

    assert (send_due_check_in_links(), send_due_check_in_links()) == (1, 0)
    link = CheckInLink.objects.get().link
    assert (link.patient, link.purpose, link.created_by) == (reachable, "check_in", None)


def test_who_cannot_be_reached_is_sent_nothing_and_stays_on_the_list_of_calls(
    check_in, today, reachable, clinic
):
    make_due(check_in, today)
    reachable.reminders_by = "none"
    reachable.save()
    CheckInSettings.objects.create(clinic=clinic, by_link=True)

    assert send_due_check_in_links() == 0
    check_in.refresh_from_db()
    assert check_in.status == "due"


def test_who_wants_no_questions_after_a_visit_is_sent_none_and_stays_on_the_list_of_calls(
    check_in, today, reachable, clinic
):
    make_due(check_in, today)
    CheckInSettings.objects.create(clinic=clinic, by_link=True)
    stop_messages(patient=reachable, purpose=Purpose.CHECK_IN, clinic=clinic)

    assert send_due_check_in_links() == 0
    check_in.refresh_from_db()
    assert check_in.status == "due"


def test_the_desk_sends_a_check_in_and_the_earlier_link_ends(link, check_in, as_front_desk, once, stranger):
    answer = as_front_desk.post(
        reverse("followup:check_in_send", args=[check_in.pk]), {"once": once()}, follow=True
    )

    assert "The link is on its way." in answer.text
    assert stranger.get(path_of(link)).status_code == 404
    assert PatientLink.objects.filter(ended_at=None).count() == 1


def test_the_desk_is_told_where_no_way_leads_to_the_patient_and_the_earlier_link_stays(
    link, check_in, as_front_desk, once, reachable
):
    reachable.reminders_by = "none"
    reachable.save()

    answer = as_front_desk.post(
        reverse("followup:check_in_send", args=[check_in.pk]), {"once": once()}, follow=True
    )

    assert "No link was sent: opted out." in answer.text
    assert PatientLink.objects.filter(ended_at=None).count() == 1


# --- answered ------------------------------------------------------------------------------------


def test_the_page_says_what_to_do_in_an_emergency_first_and_nothing_on_record(link, patients_phone, signed):
    page = patients_phone.get(path_of(link)).text

    assert page.index('href="tel:911"') < page.index("<form id=")
    assert page.index("swollen face") < page.index("How much does it hurt")
    for secret in ("Zenobia", "Quillfeather", reachable_number(link), signed.clinician.last_name, "meso"):
        assert secret not in page.replace("Mesoclinic", ""), secret
    assert len(page.encode()) < 40_000


def reachable_number(link):
    return link.patient.record_number


def test_an_answer_closes_the_check_in_once_and_the_link_is_used(link, patients_phone, check_in):
    sent = patients_phone.post(path_of(link), QUIET)
    again = patients_phone.post(path_of(link), QUIET)
    thanks = patients_phone.get(path_of(link))

    check_in.refresh_from_db()
    assert (sent.status_code, sent.url) == (302, path_of(link))
    assert (check_in.status, check_in.closed_by) == ("answered", None)
    assert CheckInAnswer.objects.get().is_red is False
    assert [r.effect.code for r in Reaction.objects.filter(told_on_day=2)] == ["irritation"]
    assert "Thank you" in thanks.text
    assert "Thank you" in again.text
    assert Client().get(path_of(link)).status_code == 404
    assert not FollowUp.objects.exists()


def test_an_answer_in_red_opens_its_follow_up_and_alert_at_once_and_tells_the_patient_to_ring(
    link, patients_phone, signed, as_clinician, as_front_desk
):
    patients_phone.post(path_of(link), RED)

    follow_up = FollowUp.objects.select_related("reaction__effect").get()
    assert (follow_up.reaction.effect.code, follow_up.status) == ("infection", "open")
    assert follow_up.reaction.added_by is None
    assert "pus or heat, fever" in follow_up.reaction.note
    alerts = Alert.objects.not_cleared().filter(patient=signed.patient)
    sources = {"treatment_sessions.reaction", "followup.followup"}
    assert {alert.source.partition(":")[0] for alert in alerts} == sources
    page = patients_phone.get(path_of(link)).text
    assert "Ring us now" in page
    assert 'href="tel:+12125550142"' in page
    today = as_clinician.get(reverse("today")).text
    assert today.index("Answered in red by link") < today.index("Needs you")
    assert "pus or heat" in today
    desk = as_front_desk.get(reverse("today")).text
    assert "Quillfeather" in desk
    assert "pus or heat" not in desk


def test_an_answer_in_red_is_of_the_clinics_day(link, patients_phone, clinic):
    """Whatever the hour, one of these zones has another day than the server."""
    clinic.time_zone = "Pacific/Kiritimati" if timezone.now().hour >= 12 else "Etc/GMT+12"
    clinic.save()

    patients_phone.post(path_of(link), RED)

    here = timezone.localdate(timezone=clinic.zone)
    assert here != timezone.now().date()
    assert set(Alert.objects.values_list("since", flat=True)) == {here}


def test_pain_of_seven_is_red(link, patients_phone):
    patients_phone.post(path_of(link), QUIET | {"pain": "7", "noticed": ["none"]})

    assert CheckInAnswer.objects.get().is_red
    assert FollowUp.objects.get().reaction.effect.code == "soreness"


@pytest.mark.parametrize("left_out", ["pain", "noticed", "alarms"])
def test_an_answer_that_leaves_something_out_is_asked_again_and_keeps_what_was_ticked(
    link, patients_phone, left_out
):
    page = patients_phone.post(path_of(link), {k: v for k, v in QUIET.items() if k != left_out})

    assert page.status_code == 422
    assert page.text.count("checked") == 2
    assert not CheckInAnswer.objects.exists()


def test_what_is_ticked_counts_beside_none_of_these(link, patients_phone):
    patients_phone.post(path_of(link), QUIET | {"alarms": ["none", "hives"]})

    assert CheckInAnswer.objects.get().alarms == ["hives"]


def test_words_that_name_a_reaction_and_a_picture_are_kept(link, patients_phone, check_in, as_clinician):
    file = io.BytesIO()
    Image.new("RGB", (80, 60), "red").save(file, "JPEG", exif=b"Exif\x00\x00made-up-place")
    file.name = "IMG_1.jpg"
    file.seek(0)

    patients_phone.post(path_of(link), QUIET | {"words": "It stings a little", "picture": file})

    kept = CheckInPhotograph.objects.get()
    assert b"made-up-place" not in bytes(kept.jpeg)
    page = as_clinician.get(reverse("followup:check_in", args=[check_in.pk])).text
    assert "It stings a little" in page
    shown = as_clinician.get(reverse("followup:check_in_photograph", args=[check_in.pk]))
    assert (shown["Content-Type"], shown["Cache-Control"]) == ("image/jpeg", "private, no-store")


def test_what_is_no_picture_is_refused_at_its_field(link, patients_phone):
    file = io.BytesIO(b"<script>")
    file.name = "a.jpg"

    page = patients_phone.post(path_of(link), QUIET | {"picture": file})

    assert page.status_code == 422
    assert "no picture that can be read" in page.text


def test_a_check_in_answered_by_telephone_meanwhile_ends_the_link(link, patients_phone, check_in, clinician):
    record_check_in_answers(check_in=check_in, by=clinician)

    assert patients_phone.get(path_of(link)).status_code == 404
    assert patients_phone.post(path_of(link), QUIET).status_code == 404
    assert not CheckInAnswer.objects.exists()


def test_the_page_is_asked_in_arabic_from_right_to_left(link, patients_phone, clinic):
    factories.SafetyTextReadingFactory(clinic=clinic, language="ar")
    page = patients_phone.get(path_of(link) + "?language=ar").text

    assert '<html lang="ar" dir="rtl">' in page
    assert "بعد يومين من جلستكم" in page
    assert "<bdi>911</bdi>" in page


# --- told on -------------------------------------------------------------------------------------


def test_an_answer_in_red_that_nobody_attends_to_is_told_on_once_by_the_clinics_rule(
    link, patients_phone, clinic, admin, clinician, django_capture_on_commit_callbacks
):
    admin.email, clinician.email = "ada@example.org", "elif@example.org"
    admin.save()
    clinician.save()
    CheckInSettings.objects.create(clinic=clinic, escalate_after=30, escalate_to=clinician)
    patients_phone.post(path_of(link), RED)
    mail.outbox.clear()
    now = timezone.now()

    with django_capture_on_commit_callbacks(execute=True):
        counts = [
            escalate_unattended_red_answers(now=now + timedelta(minutes=minutes)) for minutes in (29, 31, 60)
        ]

    assert counts == [0, 1, 0]
    (letter,) = mail.outbox
    assert letter.to == ["elif@example.org"]
    for secret in ("Quillfeather", "pus", link.patient.record_number):
        assert secret not in f"{letter.subject} {letter.body}"
    assert AuditEvent.objects.filter(did="check_in.escalated").count() == 1


def test_an_answer_in_red_that_a_clinician_has_in_hand_is_not_told_on(link, patients_phone, clinician):
    patients_phone.post(path_of(link), RED)
    change_follow_up_status(follow_up=FollowUp.objects.get(), to="in_hand", by=clinician, text="Rang her")

    assert escalate_unattended_red_answers(now=timezone.now() + timedelta(days=1)) == 0


def test_the_share_answered_counts_what_fell_due_and_how_many_by_link(
    link, patients_phone, clinic, today, as_front_desk
):
    assert answered_share(clinic, today).percent == 0

    patients_phone.post(path_of(link), QUIET)

    share = answered_share(clinic, today)
    assert (share.asked, share.answered, share.by_link, share.percent) == (1, 1, 1, 100)
    assert (
        "1 of 1 answered in 90 days (100 %), 1 by link" in as_front_desk.get(reverse("followup:calls")).text
    )


def test_the_admin_says_whether_check_ins_go_by_link_and_who_is_told(as_admin, clinic, clinician, once):
    address = reverse("followup:check_in_settings")
    data = {"by_link": "on", "escalate_after": "45", "escalate_to": clinician.pk, "once": once()}

    assert as_admin.post(address, data | {"escalate_after": "2"}).status_code == 422
    as_admin.post(address, data | {"once": once()})

    row = CheckInSettings.objects.get()
    assert (row.by_link, row.escalate_after, row.escalate_to) == (True, 45, clinician)
