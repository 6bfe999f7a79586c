"""The audit log lies in one table a month; what is checked daily is what is new, whatever lies in the months before."""

from datetime import date

import pytest
from dateutil.relativedelta import relativedelta
from django.core.management import call_command
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.utils import timezone

from mesoclinic.core import audit, audit_heads
from mesoclinic.core.audit_partitions import make_partitions
from mesoclinic.core.models import AuditEvent
from tests import factories

pytestmark = pytest.mark.django_db


def run(sql, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall() if cursor.description else []


def made(day):
    with connection.cursor() as cursor:
        return make_partitions(cursor, day)


def write_on(day, count=1):
    """Events of a day, sealed as at commit."""
    run(
        "INSERT INTO core_auditevent (at, did, subject_type, subject_id, data)"
        " SELECT %s::timestamptz, 'thing.done', 'thing', n::text, '{}' FROM generate_series(1, %s) n",
        f"{day} 12:00:00+00",
        count,
    )
    run("SET CONSTRAINTS ALL IMMEDIATE")
    run("SET CONSTRAINTS ALL DEFERRED")


def rows_of(table) -> int:
    return run(f"SELECT count(*) FROM {table}")[0][0]


def rows_read(table) -> int:
    """How many rows of the table this transaction has read, in whichever way."""
    return run(
        "SELECT seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables WHERE relname = %s",
        table,
    )[0][0]


def test_the_tick_makes_this_month_and_the_next_once():
    assert made(date(2031, 12, 31)) == ["core_auditevent_2031_12", "core_auditevent_2032_01"]
    assert made(date(2031, 12, 31)) == []
    assert made(date(2032, 1, 1)) == ["core_auditevent_2032_02"]
    assert made(date(2032, 2, 29)) == ["core_auditevent_2032_03"]

    write_on("2032-01-15", 2)

    assert rows_of("core_auditevent_2032_01") == 2


def test_the_tick_makes_the_months(capsys):
    call_command("tick")

    today = timezone.now().date()
    assert "audit log: the months stand" in capsys.readouterr().out
    for months in (0, 1):
        name = f"core_auditevent_{today + relativedelta(months=months):%Y_%m}"
        assert run("SELECT to_regclass(%s) IS NOT NULL", name) == [(True,)]


def test_who_owns_no_table_has_the_months_made():
    run("CREATE ROLE made_up_clinic")
    run("SET LOCAL ROLE made_up_clinic")

    assert made(date(2031, 12, 31)) == ["core_auditevent_2031_12", "core_auditevent_2032_01"]
    with pytest.raises(ProgrammingError, match="must be owner|permission denied"), transaction.atomic():
        run("CREATE TABLE mine PARTITION OF core_auditevent FOR VALUES FROM ('2035-01-01') TO ('2035-02-01')")
    run("RESET ROLE")


def test_an_event_whose_month_has_no_table_is_kept_and_stays_where_it_is():
    before = rows_of("core_auditevent_rest")
    write_on("2033-05-02")

    assert rows_of("core_auditevent_rest") == before + 1
    assert made(date(2033, 5, 3)) == ["core_auditevent_2033_06"]
    assert audit_heads.check_chain(since=None).broken == []


@pytest.mark.fault("F47")
@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("UPDATE core_auditevent_2031_12 SET did = 'nothing'", "append-only"),
        ("DELETE FROM core_auditevent_2031_12", "append-only"),
        ("TRUNCATE core_auditevent_2031_12", "never emptied"),
    ],
)
def test_a_month_by_its_own_name_is_neither_changed_nor_emptied(sql, said):
    made(date(2031, 12, 1))
    write_on("2031-12-02")

    with transaction.atomic():
        run("SET LOCAL mesoclinic.tests_may_truncate = 'off'")
        with pytest.raises(IntegrityError, match=said), transaction.atomic():
            run(sql)


@pytest.mark.fault("F47")
def test_a_month_that_is_taken_away_is_found():
    made(date(2031, 12, 1))
    write_on("2031-12-02", 2)
    run("ALTER TABLE core_auditevent DETACH PARTITION core_auditevent_2031_12")

    assert "its event was changed" in audit_heads.check_chain(since=None).broken[0]


def test_the_daily_check_does_not_read_the_months_before():
    made(date(2020, 1, 1))
    made(date(2020, 3, 1))
    for day in ("2020-01-05", "2020-02-05", "2020-03-05"):
        write_on(day, 1500)
    head = audit_heads.seal_head()
    user = factories.UserFactory()
    audit.record(by=user, did="thing.done", about=user)
    run("SET CONSTRAINTS ALL IMMEDIATE")
    run("ANALYZE core_auditevent")
    old = [f"core_auditevent_2020_0{month}" for month in (1, 2, 3)]
    before = [rows_read(table) for table in old]

    checked = audit_heads.check_since_last_head()

    read = [after - first for after, first in zip(map(rows_read, old), before, strict=True)]
    assert checked.broken == []
    assert checked.last_position > head.position
    # The planner looks at the end of an index itself. In the last month lie the rows that may have been committed late.
    assert max(read[:2]) <= 1
    audit_heads.check_chain(since=None)
    assert all(rows_read(table) - first >= 1500 for table, first in zip(old, before, strict=True))
    last = AuditEvent.objects.order_by("-pk").values_list("pk", flat=True)[0]
    asked = {"start": head.position, "hash": head.hash, "first_event": last - audit_heads._ROWS_BACK}
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL join_collapse_limit = 8")
        cursor.execute(f"EXPLAIN {audit_heads._SEALS}", asked)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert not any(f"Seq Scan on {table}" in plan for table in old[:2]), plan
