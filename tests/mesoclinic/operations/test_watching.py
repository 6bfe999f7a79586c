"""What is seen of the server from outside: log lines, figures, messages to the administrators; and never a patient."""

import io
import json
import logging
from datetime import timedelta

import pytest
import sentry_sdk
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from psycopg2 import OperationalError
from sentry_sdk.transport import Transport

from mesoclinic.core import tick_runs
from mesoclinic.core.log_lines import JSONLine, WithRequest
from mesoclinic.core.version import version
from mesoclinic.operations import error_tracker, health, start
from mesoclinic.operations.models import BackupRun, Trouble
from mesoclinic.operations.request_log import logger as request_logger
from tests import factories
from tests.conftest import signed_in

CANARY = "Canarywoman"


@pytest.fixture
def lines():
    """Everything that is logged from here on, as it is written for programs."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(JSONLine())
    handler.addFilter(WithRequest())
    root, level = logging.getLogger(), request_logger.level
    root.addHandler(handler)
    request_logger.setLevel("INFO")
    yield lambda: [json.loads(line) for line in out.getvalue().splitlines()]
    root.removeHandler(handler)
    request_logger.setLevel(level)


# --- log lines ---------------------------------------------------------------


@pytest.mark.fault("F46")
@pytest.mark.django_db
def test_a_request_is_one_line_with_its_view_account_and_statements_and_no_patient(clinic, clinician, lines):
    patient = factories.PatientFactory(registered_by=clinician, family_name=CANARY)
    client = signed_in(clinician)

    response = client.get(reverse("patient", args=[patient.pk]), headers={"x-request-id": "balancer-0001"})
    client.post(reverse("find"), {"q": CANARY})

    assert CANARY in response.content.decode()
    [first, second] = [line for line in lines() if line["message"] == "request"]
    assert first["request_id"] == response["X-Request-ID"] == "balancer-0001"
    assert (first["view"], first["object_id"], first["user_id"]) == ("patient", patient.pk, clinician.pk)
    assert (first["status"], first["method"]) == (200, "GET")
    assert first["statements"] > 3
    assert first["milliseconds"] >= first["database_milliseconds"] > 0
    assert second["view"] == "find"
    assert CANARY not in json.dumps(lines())


@pytest.mark.django_db
def test_an_id_that_could_break_a_line_is_replaced(client):
    response = client.get("/healthz")
    assert "X-Request-ID" not in response

    shown = client.get(reverse("account_login"), headers={"x-request-id": "a\tb"})["X-Request-ID"]

    assert len(shown) == 32


@pytest.mark.fault("F46")
@pytest.mark.django_db
def test_an_error_is_logged_by_its_kind_and_place_without_what_it_says(clinician, monkeypatch, lines):
    def fail(now):
        raise ValueError(f"about {CANARY}")

    monkeypatch.setattr("mesoclinic.pages.today.check_tick_and_log_if_late", fail)
    client = signed_in(clinician)
    client.raise_request_exception = False
    client.get(reverse("today"))

    [error] = [line for line in lines() if line.get("error")]
    assert error["error"] == "ValueError"
    assert any("test_watching.py" in frame for frame in error["frames"])
    assert error["request_id"]
    assert CANARY not in json.dumps(lines())


@pytest.mark.django_db
def test_what_other_libraries_fill_in_is_left_out(lines, client):
    client.get(f"/feeds/{CANARY}/")
    logging.getLogger("somebody.else").error("cannot find %s", CANARY)

    assert "cannot find %s" in [line["message"] for line in lines()]
    assert CANARY not in json.dumps(lines())


# --- health and figures ------------------------------------------------------


@pytest.mark.django_db
def test_a_tick_that_runs_makes_the_queue_well_and_its_time_is_measured(client):
    assert not json.loads(client.get("/readyz").content)["checks"]["queue"]["well"]
    tick_runs.record_tick(timezone.now())

    said = json.loads(client.get("/readyz?all").content)

    assert said["checks"]["queue"] == {"well": True, "says": "alive"}
    assert said["version"] == version()
    figures = client.get("/metrics").content.decode()
    assert "mesoclinic_queue_is_well 1.0" in figures
    assert "mesoclinic_last_tick_seconds" in figures


@pytest.mark.fault("F51")
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("DELETE FROM django_migrations WHERE app = 'core'", "the schema is behind: core.0001_initial"),
        (
            "INSERT INTO django_migrations (app, name, applied) VALUES ('core', '9999_of_tomorrow', now())",
            "the schema is ahead: core.9999_of_tomorrow",
        ),
    ],
)
def test_f51_code_and_schema_that_do_not_fit_are_not_ready_and_do_not_start(client, sql, words):
    with connection.cursor() as cursor:
        cursor.execute(sql)

    response = client.get("/readyz")

    assert response.status_code == 503
    assert words in json.loads(response.content)["checks"]["migrations"]["says"]
    assert words in dict(start.reasons_not_to_start())["schema"]
    assert "schema" not in dict(start.reasons_not_to_start(allowed=["schema"]))


@pytest.mark.fault("F5")
@pytest.mark.django_db
def test_a_disk_that_is_nearly_full_is_not_ready(client, monkeypatch):
    assert client.get("/readyz").status_code == 200
    monkeypatch.setattr(health, "DISK_FREE_AT_LEAST", 2**62)

    assert client.get("/readyz").status_code == 503


@pytest.mark.parametrize(
    ("address", "near"),
    [
        ("127.0.0.1", True),
        ("10.0.3.4", True),
        ("", True),
        ("::1", True),
        ("9.9.9.9", False),
        ("nonsense", False),
    ],
)
def test_only_callers_near_the_server_are_told_how_it_is(address, near):
    assert health.is_private_network_address(address) is near


# --- the start ---------------------------------------------------------------


@pytest.mark.django_db
def test_a_database_that_could_lose_what_was_saved_is_no_place_to_start():
    # The tests' own cluster is such a one, as far as it is not asked to be safe.
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
        unsafe = dict(start.reasons_not_to_start())
        cursor.execute("SET synchronous_commit = on")
        safe = dict(start.reasons_not_to_start())

    assert "synchronous_commit = off" in unsafe["synchronous_commit"]
    assert "fsync" in unsafe
    assert "synchronous_commit" not in safe
    assert "data_checksums" not in safe


@pytest.mark.django_db
def test_a_demo_for_the_world_does_not_start(settings):
    settings.DEMO, settings.ALLOWED_HOSTS = True, ["localhost", "clinic.example"]
    assert "clinic.example" in dict(start.reasons_not_to_start())["demo"]

    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
    assert "demo" not in dict(start.reasons_not_to_start())


@pytest.mark.django_db
def test_a_refused_start_says_why_and_how_to_start_all_the_same(capsys, monkeypatch):
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
    monkeypatch.setenv("UNSAFE_START_ALLOWED", "fsync,full_page_writes")

    with pytest.raises(SystemExit) as ended:
        start.exit_unless_safe()

    assert ended.value.code == 3  # gunicorn does not start it again
    [line] = capsys.readouterr().err.splitlines()
    assert "UNSAFE_START_ALLOWED=synchronous_commit" in line


# --- the administrators are told ---------------------------------------------


@pytest.fixture
def all_is_well(admin):
    admin.email = "ada@clinic.example"
    admin.save()
    now = timezone.now()
    tick_runs.record_tick(now)
    for kind in ("backup", "verification"):
        BackupRun.objects.create(kind=kind, name="mesoclinic-1", began_at=now, ended_at=now, is_good=True)


def watched(*args):
    out = io.StringIO()
    call_command("watch", *args, stdout=out)
    return out.getvalue()


def test_nobody_is_written_to_while_all_is_well(all_is_well):
    assert watched("--audit") == "All is well.\n"
    assert mail.outbox == []


def test_a_queue_that_stands_still_is_written_about_once_and_when_it_is_over(all_is_well):
    tick_runs.record_tick(timezone.now() - timedelta(hours=1))
    watched()
    watched()
    tick_runs.record_tick(timezone.now())
    watched()
    watched()

    first, second = mail.outbox
    assert first.to == ["ada@clinic.example"]
    assert "no tick since" in first.body
    assert second.body.startswith("Over: queue")
    assert not Trouble.objects.exists()


def test_a_backup_that_is_missing_failed_or_old_is_written_about_again_each_day(all_is_well):
    BackupRun.objects.filter(kind="backup").update(ended_at=timezone.now() - timedelta(days=3))
    watched()
    Trouble.objects.update(told_at=timezone.now() - timedelta(days=2))
    now = timezone.now()
    BackupRun.objects.create(
        kind="backup", name="", began_at=now, ended_at=now, is_good=False, words="No space left on device"
    )
    BackupRun.objects.filter(kind="verification").delete()
    watched()

    assert "The last good backup is of" in mail.outbox[0].body
    assert "The last backup failed: No space left" in mail.outbox[1].body
    assert "No backup was ever verified" in mail.outbox[1].body


def test_a_broken_audit_log_is_written_about_and_is_not_over_before_it_is_read_again(all_is_well, admin):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            "INSERT INTO core_auditevent (did, subject_type, subject_id, data, by_id)"
            " VALUES ('patient.seen', 'patients.patient', '1', '{}', %s)",
            [admin.pk],
        )
        cursor.execute("SET LOCAL session_replication_role = origin")
    watched("--audit")
    watched()

    [message] = mail.outbox
    assert "The audit log is not as it was written" in message.body
    assert Trouble.objects.filter(code="audit").exists()


@pytest.mark.fault("F52")
def test_a_mail_server_that_is_away_is_tried_again(all_is_well, settings, monkeypatch):
    tick_runs.record_tick(timezone.now() - timedelta(hours=1))
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    watched()
    assert Trouble.objects.get().told_at is None

    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    watched()
    assert len(mail.outbox) == 1


# --- the admin's page --------------------------------------------------------


def test_the_admin_sees_the_version_and_when_a_backup_was_last_verified(as_admin, all_is_well):
    settings_page = as_admin.get(reverse("clinic_settings")).content.decode()
    page = as_admin.get(reverse("server")).content.decode()

    assert f"Mesoclinic {version()}" in settings_page
    assert reverse("server") in settings_page
    assert f"Mesoclinic {version()}" in page
    assert "by restoring it" in page


def test_the_admin_sees_what_is_wrong_and_that_nothing_was_verified(as_admin, db):
    now = timezone.now()
    Trouble.objects.create(code="disk", words="disk: 3 MB free.", since=now)
    BackupRun.objects.create(
        kind="backup", name="", began_at=now, ended_at=now, is_good=False, words="disk full"
    )

    page = as_admin.get(reverse("server")).content.decode()

    assert "disk: 3 MB free." in page
    assert "Never: nobody knows" in page
    assert "disk full" in page


# --- an error tracker --------------------------------------------------------


class Kept(Transport):
    """Where events would go out; they stay here."""

    def __init__(self):
        super().__init__()
        self.envelopes = []

    def capture_envelope(self, envelope):
        self.envelopes.append(envelope)


@pytest.fixture
def tracked(settings, monkeypatch):
    kept = Kept()
    given = sentry_sdk.init
    monkeypatch.setattr(sentry_sdk, "init", lambda **options: given(transport=kept, **options))
    settings.SENTRY_DSN = "https://public@errors.example/1"
    assert error_tracker.start_error_tracker()
    yield lambda: b"".join(e.serialize() for e in kept.envelopes).decode()
    given(dsn=None)


@pytest.mark.fault("F46")
@pytest.mark.django_db
def test_an_error_tracker_is_told_where_an_error_arose_and_nothing_of_anybody(
    tracked, clinician, monkeypatch
):
    def fail(now):
        surname = CANARY
        raise ValueError(f"about {surname}")

    monkeypatch.setattr("mesoclinic.pages.today.check_tick_and_log_if_late", fail)
    client = signed_in(clinician)
    client.raise_request_exception = False
    client.get(reverse("today"), {"q": CANARY}, headers={"user-agent": CANARY})
    sentry_sdk.flush()

    sent = tracked()
    assert "ValueError" in sent
    assert "test_watching.py" in sent
    assert CANARY not in sent
    assert clinician.username not in sent
    assert "cookie" not in sent.lower()


def test_a_fault_of_the_server_is_not_sent_at_all():
    error = OperationalError("connection refused")

    assert error_tracker.scrub_event({}, {"exc_info": (type(error), error, None)}) is None
    assert error_tracker.scrub_event({"level": "error"}, {}) is not None


def test_without_an_address_no_tracker_is_started(settings):
    settings.SENTRY_DSN = ""

    assert error_tracker.start_error_tracker() is False
