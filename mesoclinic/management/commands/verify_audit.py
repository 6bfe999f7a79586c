"""Is the audit log as it was written?"""

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

# Each seal against its own event, the seal before it and its place; then events nobody sealed.
BROKEN = """
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


class Command(BaseCommand):
    help = "Recompute the audit log's hash chain and say where it breaks. Exit code 1 where it does."

    def handle(self, *args, **options):
        """Only reads: prints every broken seal and raises where there is one."""
        with connection.cursor() as cursor:
            cursor.execute(BROKEN)
            broken = cursor.fetchall()
            cursor.execute("SELECT position, hash FROM core_auditseal ORDER BY position DESC LIMIT 1")
            last = cursor.fetchone()
        for position, why in broken:
            self.stderr.write(f"seal {position}: {why}" if position else why)
        if broken:
            raise CommandError("The audit log is not as it was written.")
        if last is None:
            self.stdout.write("The audit log is empty.")
        else:
            self.stdout.write(
                f"{last[0]} events, in one chain. Keep this elsewhere to notice a cut end: {last[1]}"
            )
