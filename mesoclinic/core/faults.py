"""Which fault of the server an error tells of: the database is away, full, takes no writes, is busy. No Django here."""

import errno
from enum import StrEnum

import psycopg2


class Fault(StrEnum):
    DOWN = "down"
    NO_CONNECTIONS = "no_connections"
    FULL = "full"
    READ_ONLY = "read_only"
    BUSY = "busy"
    SLOW = "slow"


#: PostgreSQL's codes (its manual, appendix A).
_BY_CODE = {
    "53300": Fault.NO_CONNECTIONS,  # too many connections
    "53100": Fault.FULL,  # disk full
    "53200": Fault.FULL,  # out of memory
    "25006": Fault.READ_ONLY,  # read-only transaction
    "55P03": Fault.BUSY,  # lock not available
    "40P01": Fault.BUSY,  # deadlock
    "40001": Fault.BUSY,  # could not serialize
    "57014": Fault.SLOW,  # statement timeout
    "25P03": Fault.SLOW,  # idle in transaction for too long
}
#: Of a class of codes: the connection, the operator (shutdown, crash), the system (input and output).
_BY_CLASS = {"08": Fault.DOWN, "57": Fault.DOWN, "58": Fault.DOWN}
#: A refused connection has no code in psycopg2, only words.
_NO_CONNECTION_WORDS = ("too many clients", "too many connections", "remaining connection slots")


def fault_behind_error_or_none(error: BaseException | None) -> Fault | None:
    """The fault behind this error or one of its causes; None where it is a mistake of the program."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if (fault := _fault_of_error_or_none(error)) is not None:
            return fault
        error = error.__cause__ or error.__context__
    return None


def _fault_of_error_or_none(error: BaseException) -> Fault | None:
    if isinstance(error, OSError):
        return Fault.FULL if error.errno in (errno.ENOSPC, errno.EDQUOT) else None
    if not isinstance(error, psycopg2.Error):
        return None
    if code := error.pgcode:
        return _BY_CODE.get(code) or _BY_CLASS.get(code[:2])
    if isinstance(error, psycopg2.InterfaceError):
        return Fault.DOWN if "closed" in str(error) else None
    if isinstance(error, psycopg2.OperationalError):
        words = str(error)
        return Fault.NO_CONNECTIONS if any(word in words for word in _NO_CONNECTION_WORDS) else Fault.DOWN
    if isinstance(error, psycopg2.DatabaseError) and "server closed the connection" in str(error):
        return Fault.DOWN
    return None
