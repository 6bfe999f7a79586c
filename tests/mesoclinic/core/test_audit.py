"""The audit log is written with the deed, sealed at commit, and tells when somebody has touched it."""

import io
import threading

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from mesoclinic.core import audit
from mesoclinic.core.models import AuditEvent, AuditSeal
from tests import factories

WITHOUT_TRIGGERS = "SET session_replication_role = replica"


def write(count=3):
    user = factories.UserFactory()
    for number in range(count):
        with transaction.atomic():
            audit.record(by=user, did="thing.done", about=user, number=number)


def verified() -> str:
    said = io.StringIO()
    call_command("verify_audit", stdout=said, stderr=said)
    return said.getvalue()


@pytest.mark.django_db(transaction=True)
def test_every_event_is_sealed_at_commit_in_one_chain():
    write()

    seals = list(AuditSeal.objects.order_by("position"))
    assert [seal.position for seal in seals] == [1, 2, 3]
    assert [seal.previous_hash for seal in seals] == ["", seals[0].hash, seals[1].hash]
    assert "3 events, in one chain" in verified()


@pytest.mark.django_db(transaction=True)
def test_an_event_that_is_rolled_back_leaves_no_seal():
    write(1)
    user = factories.UserFactory()
    with transaction.atomic():
        audit.record(by=user, did="thing.undone", about=user)
        transaction.set_rollback(True)

    assert AuditEvent.objects.count() == AuditSeal.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_event_is_not_written_outside_the_transaction_of_its_deed():
    user = factories.UserFactory()

    with pytest.raises(transaction.TransactionManagementError):
        audit.record(by=user, did="thing.done", about=user)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE core_auditevent SET did = 'nothing'",
        "DELETE FROM core_auditevent",
        "UPDATE core_auditseal SET hash = 'x'",
        "DELETE FROM core_auditseal",
    ],
)
def test_raw_sql_changes_nothing_in_the_log(sql):
    write()

    with pytest.raises(IntegrityError, match="append-only"), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.django_db(transaction=True)
def test_the_log_is_never_emptied_outside_a_test_database():
    write()

    with connection.cursor() as cursor:
        cursor.execute("SET mesoclinic.tests_may_truncate = 'off'")
        with pytest.raises(IntegrityError, match="never emptied"):
            cursor.execute("TRUNCATE core_auditevent CASCADE")
        cursor.execute("SET mesoclinic.tests_may_truncate = 'on'")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("tampering", "said"),
    [
        (
            "UPDATE core_auditevent SET did = 'nothing' WHERE id = (SELECT min(id) FROM core_auditevent)",
            "seal 1: its event was changed",
        ),
        ("DELETE FROM core_auditseal WHERE position = 2", "a seal before it is missing"),
        ("UPDATE core_auditseal SET previous_hash = 'x' WHERE position = 3", "seal 3: it does not follow"),
        ("DELETE FROM core_auditseal WHERE position = 3", "has no seal"),
    ],
)
def test_somebody_who_gets_round_the_triggers_is_found_out(tampering, said):
    write()
    with connection.cursor() as cursor:
        cursor.execute(WITHOUT_TRIGGERS)
        cursor.execute(tampering)
        cursor.execute("SET session_replication_role = DEFAULT")
    errors = io.StringIO()

    with pytest.raises(CommandError):
        call_command("verify_audit", stderr=errors)

    assert said in errors.getvalue()


@pytest.mark.django_db(transaction=True)
def test_forty_writers_at_once_make_one_chain():
    user = factories.UserFactory()
    failed = []

    def deeds():
        try:
            for _ in range(5):
                with transaction.atomic():
                    audit.record(by=user, did="thing.done", about=user)
                    audit.record(by=user, did="thing.seen", about=user)
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    writers = [threading.Thread(target=deeds) for _ in range(40)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    assert failed == []
    assert "400 events, in one chain" in verified()
