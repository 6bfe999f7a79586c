"""The audit log is written with the deed, sealed at commit, and tells when somebody has touched it."""

import io
import threading
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from mesoclinic.core import audit
from mesoclinic.core.audit_heads import (
    ChainBroken,
    check_chain,
    check_since_last_head,
    head_from_line,
    seal_head,
)
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


@pytest.mark.fault("F47")
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


@pytest.mark.fault("F47")
@pytest.mark.django_db(transaction=True)
def test_the_log_is_never_emptied_outside_a_test_database():
    write()

    with connection.cursor() as cursor:
        cursor.execute("SET mesoclinic.tests_may_truncate = 'off'")
        with pytest.raises(IntegrityError, match="never emptied"):
            cursor.execute("TRUNCATE core_auditevent CASCADE")
        cursor.execute("SET mesoclinic.tests_may_truncate = 'on'")


@pytest.mark.fault("F47")
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


def sealed_with_heads(tmp_path, settings, count=3):
    """Events, a head over them that is kept in a file, and two events more."""
    settings.AUDIT_SEAL_TO = str(tmp_path / "heads")
    write(count)
    seal_head()
    write(2)
    return settings.AUDIT_SEAL_TO


def without_triggers(*statements):
    with connection.cursor() as cursor:
        cursor.execute(WITHOUT_TRIGGERS)
        for statement in statements:
            cursor.execute(statement)
        cursor.execute("SET session_replication_role = DEFAULT")


def verified_since_seal(file) -> str:
    said = io.StringIO()
    call_command("verify_audit", "--since-seal", file, stdout=said, stderr=said)
    return said.getvalue()


#: Whoever may write without triggers can make the whole chain anew.
RECOMPUTE = """
DO $$ DECLARE r record; last text := ''; n bigint := 0; BEGIN
  DELETE FROM core_auditseal;
  FOR r IN SELECT id, at FROM core_auditevent ORDER BY id LOOP
    n := n + 1;
    INSERT INTO core_auditseal (position, previous_hash, hash, event_id, event_at)
      VALUES (n, last, core_audit_hash(n, last, r.id, r.at), r.id, r.at);
    SELECT hash INTO last FROM core_auditseal WHERE position = n;
  END LOOP; END $$
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "moved",
    [
        "did = did || '|' || subject_type, subject_type = subject_id, subject_id = coalesce(patient_id::text, '')",
        "patient_id = by_id, by_id = NULL",
        "data = jsonb_build_object('x', data)",
    ],
)
def test_a_value_that_moves_between_fields_is_found(moved):
    write()
    without_triggers(f"UPDATE core_auditevent SET {moved} WHERE id = (SELECT max(id) FROM core_auditevent)")
    errors = io.StringIO()

    with pytest.raises(CommandError):
        call_command("verify_audit", stderr=errors)

    assert "its event was changed" in errors.getvalue()


@pytest.mark.django_db(transaction=True)
def test_two_events_that_change_places_are_found():
    write()
    without_triggers(
        "UPDATE core_auditseal SET event_id = -event_id WHERE position IN (1, 2)",
        "UPDATE core_auditseal s SET event_id = -o.event_id FROM core_auditseal o"
        " WHERE (s.position, o.position) IN ((1, 2), (2, 1))",
    )

    with pytest.raises(CommandError):
        call_command("verify_audit", stderr=io.StringIO())


@pytest.mark.django_db(transaction=True)
def test_kept_heads_stand_in_an_untouched_log(tmp_path, settings):
    file = sealed_with_heads(tmp_path, settings)

    assert "in one chain" in verified_since_seal(file)


@pytest.mark.fault("F47")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("tampering", "said"),
    [
        (
            [
                "DELETE FROM core_auditseal WHERE position >= 3",
                "DELETE FROM core_auditevent e WHERE NOT EXISTS (SELECT 1 FROM core_auditseal s WHERE s.event_id = e.id)",
            ],
            "the log is cut before it",
        ),
        (
            [
                "UPDATE core_auditevent SET did = 'nothing' WHERE id = (SELECT min(id) FROM core_auditevent)",
                RECOMPUTE,
            ],
            "the chain was made anew",
        ),
    ],
)
def test_kept_heads_tell_a_cut_tail_and_a_chain_made_anew(tmp_path, settings, tampering, said):
    file = sealed_with_heads(tmp_path, settings)
    without_triggers(*tampering)
    errors = io.StringIO()

    with pytest.raises(CommandError):
        call_command("verify_audit", "--since-seal", file, stderr=errors)

    assert said in errors.getvalue()


@pytest.mark.django_db(transaction=True)
def test_a_head_of_another_key_is_not_believed(tmp_path, settings):
    file = sealed_with_heads(tmp_path, settings)
    settings.AUDIT_KEY = "another"
    errors = io.StringIO()

    with pytest.raises(CommandError):
        call_command("verify_audit", "--since-seal", file, stderr=errors)

    assert "not made with this clinic’s key" in errors.getvalue()


@pytest.mark.django_db(transaction=True)
def test_one_head_a_day_is_kept_elsewhere_and_none_over_a_broken_chain(tmp_path, settings):
    file = sealed_with_heads(tmp_path, settings)
    seal_head()
    assert len(Path(file).read_text().splitlines()) == 1
    assert seal_head() is None
    write(1)
    without_triggers("UPDATE core_auditevent SET did = 'x' WHERE id = (SELECT max(id) FROM core_auditevent)")

    with pytest.raises(ChainBroken, match="its event was changed"):
        seal_head()


@pytest.mark.django_db(transaction=True)
def test_a_head_goes_to_the_address_that_the_clinic_names(settings, mailoutbox):
    settings.AUDIT_SEAL_TO = "notary@example.com"
    write()
    head = seal_head()

    assert [mail.to for mail in mailoutbox] == [["notary@example.com"]]
    assert head_from_line(mailoutbox[0].body).hash == head.hash


@pytest.mark.django_db(transaction=True)
def test_the_daily_check_reads_only_what_is_new():
    write(20)
    seal_head()
    write(2)

    assert check_since_last_head().read < 10
    assert check_chain(since=None).read > 20
