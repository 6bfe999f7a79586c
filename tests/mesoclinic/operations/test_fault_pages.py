"""What a fault is called, what its page says, and that it is logged once."""

import errno
import json
import logging

import psycopg2
import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from mesoclinic.core.fault_log import NOT_TRIED_FOR, SAID_AGAIN_AFTER, FaultLog, WithoutFaults
from mesoclinic.core.faults import Fault, fault_behind_error_or_none
from tests import factories
from tests.conftest import signed_in


def raised_by(code):
    """The error that PostgreSQL itself raises with this code."""
    with connection.cursor() as cursor:
        try:
            with transaction.atomic():
                cursor.execute(f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{code}'; END $$")
        except Exception as error:
            return error
    raise AssertionError(code)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("53300", Fault.NO_CONNECTIONS),
        ("53100", Fault.FULL),
        ("25006", Fault.READ_ONLY),
        ("55P03", Fault.BUSY),
        ("40P01", Fault.BUSY),
        ("57014", Fault.SLOW),
        ("57P01", Fault.DOWN),
        ("08006", Fault.DOWN),
        ("23505", None),
        ("42P01", None),
    ],
)
def test_an_error_of_the_database_is_a_fault_by_its_code(code, fault):
    assert fault_behind_error_or_none(raised_by(code)) is fault


def test_other_errors_are_faults_where_the_server_is_to_blame():
    nowhere = pytest.raises(psycopg2.OperationalError, psycopg2.connect, "host=/nowhere")

    assert fault_behind_error_or_none(nowhere.value) is Fault.DOWN
    assert fault_behind_error_or_none(OSError(errno.ENOSPC, "no space")) is Fault.FULL
    assert fault_behind_error_or_none(OSError(errno.ENOENT, "not there")) is None
    assert fault_behind_error_or_none(ValueError("ours")) is None
    assert fault_behind_error_or_none(None) is None


def client_that_answers_errors(user):
    client = signed_in(user)
    client.raise_request_exception = False
    return client


def take_no_writes():
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET TRANSACTION READ ONLY")


@pytest.mark.django_db
def test_while_the_database_takes_no_writes_what_needs_no_access_row_is_read(clinic, clinician):
    client = client_that_answers_errors(clinician)
    pages = ["today", "catalogue:ingredient_list", "stock:stock", "schedule:day"]
    take_no_writes()

    assert {name: client.get(reverse(name), follow=True).status_code for name in pages} == dict.fromkeys(
        pages, 200
    )


@pytest.mark.django_db
def test_while_the_database_takes_no_writes_a_patients_page_says_why_not(clinic, clinician):
    patient = factories.PatientFactory(registered_by=clinician, family_name="Haddad")
    client = client_that_answers_errors(clinician)
    take_no_writes()

    response = client.get(reverse("patients:intake", args=[patient.pk]))
    page = response.content.decode()

    assert (response.status_code, response["Retry-After"]) == (503, "60")
    assert "each look at a patient is written down" in page
    assert reverse("stock:stock") in page
    assert "Haddad" not in page


@pytest.mark.fault("F5", "F6")
@pytest.mark.django_db
def test_a_form_that_meets_a_full_disk_comes_back_with_what_was_typed(clinic, admin, once):
    client = client_that_answers_errors(admin)
    with connection.cursor() as cursor:
        cursor.execute("""
            CREATE FUNCTION pg_temp.full() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION USING ERRCODE = '53100'; END $$;
            CREATE TRIGGER full_disk BEFORE INSERT ON core_idempotencykey FOR EACH ROW EXECUTE FUNCTION pg_temp.full()
        """)
    key = once()

    response = client.post(
        reverse("clinic_settings"), {"once": key, "name": 'A "name"', "new_password": "canary-word"}
    )
    page = response.content.decode()

    assert response.status_code == 503
    assert "disk is full" in page
    assert "it is not done twice" in page
    assert key in page
    assert "A &quot;name&quot;" in page
    assert "canary-word" not in page


@pytest.mark.django_db
def test_a_mistake_of_ours_keeps_its_own_page(clinic, admin, monkeypatch):
    monkeypatch.setattr("mesoclinic.pages.today.check_tick_and_log_if_late", lambda now: 1 / 0)
    response = client_that_answers_errors(admin).get(reverse("today"))

    assert response.status_code == 500
    assert "Something broke on our side" in response.content.decode()


# --- the log -----------------------------------------------------------------


@pytest.mark.fault("F2")
def test_a_fault_is_said_once_then_once_a_minute_and_once_when_it_is_over(caplog):
    log = FaultLog()
    for n in range(100):
        log.note_fault(Fault.DOWN, view="today", now=n / 10)
    log.note_fault(Fault.DOWN, view="today", now=SAID_AGAIN_AFTER + 1)
    log.note_database_answered(now=SAID_AGAIN_AFTER + 2)
    log.note_database_answered(now=SAID_AGAIN_AFTER + 3)

    assert [record.getMessage() for record in caplog.records] == [
        "fault down: met at today",
        "fault down: for 61 s, 101 requests so far",
        "fault down: over after 62 s, 101 requests met it",
    ]


@pytest.mark.fault("F2")
def test_after_a_failed_connection_nobody_tries_for_a_moment_and_then_somebody_does():
    log = FaultLog()
    assert log.recent_connection_fault_or_none(now=1.0) is None
    log.note_fault(Fault.NO_CONNECTIONS, view="today", now=1.0)

    log.note_fault(Fault.NO_CONNECTIONS, view="today", was_tried=False, now=1.5)
    assert log.recent_connection_fault_or_none(now=1.9) is Fault.NO_CONNECTIONS
    assert log.recent_connection_fault_or_none(now=1.01 + NOT_TRIED_FOR) is None


def test_a_lock_that_one_request_met_stops_no_other():
    log = FaultLog()
    log.note_fault(Fault.BUSY, view="today", now=1.0)

    assert log.recent_connection_fault_or_none(now=1.1) is None


def test_djangos_own_lines_of_a_fault_are_left_out_and_those_of_a_mistake_are_not():
    def record(error):
        return logging.LogRecord("django.request", logging.ERROR, "", 1, "", (), (type(error), error, None))

    assert not WithoutFaults().filter(record(psycopg2.InterfaceError("connection already closed")))
    unavailable = logging.LogRecord("django.request", logging.ERROR, "", 1, "Service Unavailable", (), None)
    unavailable.status_code = 503
    assert not WithoutFaults().filter(unavailable)
    assert WithoutFaults().filter(record(ValueError("ours")))
    assert WithoutFaults().filter(logging.LogRecord("x", logging.ERROR, "", 1, "words", (), None))


@pytest.mark.fault("F2")
def test_scripts_are_answered_in_json(monkeypatch):
    monkeypatch.setattr(
        "mesoclinic.core.fault_log.FaultLog.recent_connection_fault_or_none", lambda self: Fault.DOWN
    )

    for headers in ({"accept": "application/json"}, {"hx-request": "true"}):
        response = Client(headers=headers).get("/")
        assert response.status_code == 503
        assert json.loads(response.content)["retry_after"] == 5
