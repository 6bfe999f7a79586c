"""The audit log lies in one table a month: partitions of ``core_auditevent`` by the time of the event (docs/adr/0064).

The tick makes the month that comes. What is written while its month has no table is not refused: it goes to a table for the
rest, and stays there.
"""

from datetime import date

from django.db.backends.utils import CursorWrapper

LOG = "core_auditevent"
#: The parent's columns by which it is divided: they stand in the primary key.
KEY = ("id", "at")
#: Makes the tables, as their owner. The first migration runs it once the log is there (core.migration_operations).
FUNCTION_FILE = "mesoclinic/core/sql/audit_months.sql"


def make_partitions(cursor: CursorWrapper, today: date) -> list[str]:
    """The tables of this month and the next, and one for the rest; the names of those that are new. Safe to run twice."""
    cursor.execute("SELECT core_make_audit_months(%s)", [today])
    return [name for (name,) in cursor.fetchall()]
