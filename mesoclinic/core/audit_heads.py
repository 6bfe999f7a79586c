"""Seal the end of the audit chain with a key that the database does not hold, and check the log against it.

The chain binds every event to the one before it, but whoever may write to the database without its triggers can compute the
whole chain anew. A head (place, hash, time) with a keyed code they cannot make; a head kept elsewhere they cannot take
away either.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.core.mail import send_mail
from django.db import connection, transaction
from django.utils import timezone

from mesoclinic.core.models import AuditHead, AuditSeal

#: Commits may end in another order than their rows began: rows this far back are asked for their seal again.
_ROWS_BACK = 1000

_SEALS = """
SELECT position, why FROM (
    SELECT s.position,
           CASE WHEN s.position <> %(start)s + row_number() OVER (ORDER BY s.position) THEN 'a seal before it is missing'
                WHEN s.previous_hash <> coalesce(lag(s.hash) OVER (ORDER BY s.position), %(hash)s)
                THEN 'it does not follow the seal before it'
                WHEN s.hash IS DISTINCT FROM core_audit_hash(s.position, s.previous_hash, s.event_id, s.event_at)
                THEN 'its event was changed' END AS why
      FROM core_auditseal s WHERE s.position > %(start)s) seals WHERE why IS NOT NULL
UNION ALL
SELECT NULL, 'event ' || e.id || ' has no seal'
  FROM core_auditevent e LEFT JOIN core_auditseal s ON s.event_id = e.id
 WHERE e.id > %(first_event)s AND s.position IS NULL
ORDER BY 1 NULLS LAST LIMIT 20
"""


@dataclass(frozen=True)
class Head:
    position: int
    hash: str
    at: datetime
    code: str

    def as_line(self) -> str:
        """As it is kept in a file: one line of JSON."""
        return json.dumps(
            {"position": self.position, "hash": self.hash, "at": self.at.isoformat(), "code": self.code}
        )


@dataclass(frozen=True)
class Checked:
    """What was found between the head it began from and the end of the log."""

    broken: list[str]
    read: int
    last_position: int
    last_hash: str


def head_code(position: int, hash: str, at: datetime) -> str:
    """The keyed code of a head. The values are JSON, so that none runs into the next."""
    key = (settings.AUDIT_KEY or settings.SECRET_KEY).encode()
    text = json.dumps(["audit head", position, hash, at.isoformat()])
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def head_from_line(line: str) -> Head:
    """A line of a kept file; ValueError where it is none."""
    try:
        row = json.loads(line)
        return Head(
            int(row["position"]), str(row["hash"]), datetime.fromisoformat(row["at"]), str(row["code"])
        )
    except (KeyError, TypeError, ValueError) as wrong:
        raise ValueError(f"not a kept head: {line[:80]!r}") from wrong


def check_heads(heads: Iterable[Head]) -> list[str]:
    """What is wrong with heads that were kept: code, place and hash against the chain that stands. One query."""
    heads = list(heads)
    standing = dict(
        AuditSeal.objects.filter(position__in=[head.position for head in heads]).values_list(
            "position", "hash"
        )
    )
    broken = []
    for head in heads:
        if not hmac.compare_digest(head.code, head_code(head.position, head.hash, head.at)):
            broken.append(f"head {head.position}: it was not made with this clinic’s key")
        elif head.position not in standing:
            broken.append(
                f"head {head.position} of {head.at:%Y-%m-%d %H:%M}: the log is cut before it, or its seal is gone"
            )
        elif standing[head.position] != head.hash:
            broken.append(f"head {head.position} of {head.at:%Y-%m-%d %H:%M}: the chain was made anew")
    return broken


def check_chain(*, since: Head | None) -> Checked:
    """Every seal and event after ``since``, or (None) the whole log."""
    start, previous = (since.position, since.hash) if since else (0, "")
    with connection.cursor() as cursor:
        cursor.execute("SELECT event_id FROM core_auditseal WHERE position = %s", [start])
        found = cursor.fetchone()
        first_event = max(0, found[0] - _ROWS_BACK) if found else 0
        cursor.execute(_SEALS, {"start": start, "hash": previous, "first_event": first_event})
        broken = [f"seal {position}: {why}" if position else why for position, why in cursor.fetchall()]
        cursor.execute("SELECT position, hash FROM core_auditseal ORDER BY position DESC LIMIT 1")
        last = cursor.fetchone() or (0, "")
    return Checked(broken=broken, read=max(0, last[0] - start), last_position=last[0], last_hash=last[1])


def last_head_or_none() -> Head | None:
    """The newest head of the database."""
    row = AuditHead.objects.order_by("-position").first()
    return None if row is None else Head(row.position, row.hash, row.at, row.code)


def check_since_last_head() -> Checked:
    """The last head and all that came after it. Reads no row before it."""
    head = last_head_or_none()
    checked = check_chain(since=head)
    wrong_heads = check_heads([head]) if head else []
    return Checked(
        broken=[*wrong_heads, *checked.broken],
        read=checked.read,
        last_position=checked.last_position,
        last_hash=checked.last_hash,
    )


class ChainBroken(Exception):
    """The log is not as it was written: no head is made over it."""


def seal_head(*, now: datetime | None = None) -> AuditHead | None:
    """Check what is new, then keep its end with a code; once a day out of the database too. None: nothing is new."""
    now = now or timezone.now()
    checked = check_since_last_head()
    if checked.broken:
        raise ChainBroken("; ".join(checked.broken))
    if checked.read == 0:
        return None
    day = timezone.localdate(now)
    is_first_of_day = not AuditHead.objects.filter(kept_elsewhere=True, at__date=day).exists()
    head = Head(
        checked.last_position,
        checked.last_hash,
        now,
        head_code(checked.last_position, checked.last_hash, now),
    )
    send_out = is_first_of_day and bool(settings.AUDIT_SEAL_TO)
    with transaction.atomic():
        row, is_new = AuditHead.objects.get_or_create(
            position=head.position,
            defaults={"hash": head.hash, "at": head.at, "code": head.code, "kept_elsewhere": send_out},
        )
        if is_new and send_out:
            _keep_elsewhere(head)
    return row


def _keep_elsewhere(head: Head) -> None:
    """Append it to the file, or send it to the e-mail address, that AUDIT_SEAL_TO names."""
    to = settings.AUDIT_SEAL_TO
    if "@" in to:
        send_mail(f"Audit log, head {head.position}", head.as_line(), None, [to])
        return
    with Path(to).open("a", encoding="utf-8") as kept:
        kept.write(f"{head.as_line()}\n")
