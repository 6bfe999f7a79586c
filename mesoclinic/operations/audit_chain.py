"""Whether the audit log is as it was written."""

from dataclasses import dataclass

from django.db import connection

# Each seal against its own event, the seal before it and its place; then events nobody sealed.
_BROKEN = """
SELECT position, why FROM (
    SELECT s.position,
           CASE WHEN s.position <> row_number() OVER (ORDER BY s.position) THEN 'a seal before it is missing'
                WHEN s.previous_hash <> coalesce(lag(s.hash) OVER (ORDER BY s.position), '')
                THEN 'it does not follow the seal before it'
                WHEN s.hash <> core_audit_hash(s.position, s.previous_hash, s.event_id)
                THEN 'its event was changed' END AS why
      FROM core_auditseal s) seals WHERE why IS NOT NULL
UNION ALL
SELECT NULL, 'event ' || e.id || ' has no seal'
  FROM core_auditevent e LEFT JOIN core_auditseal s ON s.event_id = e.id WHERE s.position IS NULL
ORDER BY 1 NULLS LAST LIMIT 20
"""


@dataclass(frozen=True)
class Seal:
    position: int
    hash: str


def broken_seals() -> list[str]:
    """A sentence for each of the first twenty places where the chain breaks."""
    with connection.cursor() as cursor:
        cursor.execute(_BROKEN)
        return [f"seal {position}: {why}" if position else str(why) for position, why in cursor.fetchall()]


def last_seal_or_none() -> Seal | None:
    """The chain's end; kept elsewhere, it shows whether an end was cut off."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT position, hash FROM core_auditseal ORDER BY position DESC LIMIT 1")
        row = cursor.fetchone()
    return Seal(*row) if row else None
