"""How long the database may take over what. No Django here: the settings read it.

Whatever takes longer is given up and rolled back, so that one locked table or a dead line does not hold every request.
"""

from dataclasses import dataclass
from enum import StrEnum


class Work(StrEnum):
    """What takes longer than a page, by name."""

    IMPORT = "import"
    EXPORT = "export"
    REPORT = "report"


@dataclass(frozen=True)
class TimeLimits:
    """In seconds; 0 is no limit."""

    statement: float
    lock: float
    idle_in_transaction: float


PAGE = TimeLimits(statement=15, lock=5, idle_in_transaction=30)
#: manage.py: nobody waits at a browser, and a table may be read from end to end.
COMMAND = TimeLimits(statement=600, lock=30, idle_in_transaction=600)
#: A migration waits a moment for a lock: behind it everybody else would wait too. It is tried again.
MIGRATE = TimeLimits(statement=0, lock=2, idle_in_transaction=600)

#: A statement of such work may take so long; a lock is waited for no longer than for a page.
LONG_WORK: dict[Work, int] = {Work.IMPORT: 120, Work.EXPORT: 60, Work.REPORT: 60}

CONNECT_SECONDS = 4
#: After this time over the limit of a statement nothing more is expected from the line.
GRACE_SECONDS = 5


def limits_named_or_none(name: str) -> TimeLimits | None:
    """The limits that the environment names; None for "none": the role or the pooler sets them."""
    named = {"page": PAGE, "command": COMMAND, "migrate": MIGRATE, "none": None}
    if name not in named:
        raise ValueError(f"DATABASE_LIMITS is {name!r}; it may be {', '.join(named)}.")
    return named[name]


def connection_options(limits: TimeLimits | None, *, given: str = "") -> dict[str, str | int]:
    """What psycopg2.connect takes: limits of the statements, and how soon a dead line is noticed.

    ``given`` are the server options that DATABASE_URL brings; they stand last and win.
    """
    options: dict[str, str | int] = {
        "connect_timeout": CONNECT_SECONDS,
        "keepalives": 1,
        "keepalives_idle": 10,
        "keepalives_interval": 3,
        "keepalives_count": 3,
        "tcp_user_timeout": 15_000,
    }
    words = []
    if limits is not None:
        words = [
            f"-c statement_timeout={limits.statement * 1000:.0f}ms",
            f"-c lock_timeout={limits.lock * 1000:.0f}ms",
            f"-c idle_in_transaction_session_timeout={limits.idle_in_transaction * 1000:.0f}ms",
        ]
    if said := " ".join([*words, given]).strip():
        options["options"] = said
    return options
