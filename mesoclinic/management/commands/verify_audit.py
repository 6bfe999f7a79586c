"""Is the audit log as it was written?"""

from django.core.management.base import BaseCommand, CommandError

from mesoclinic.operations.audit_chain import broken_seals, last_seal_or_none


class Command(BaseCommand):
    help = "Recompute the audit log's hash chain and say where it breaks. Exit code 1 where it does."

    def handle(self, *args, **options):
        """Only reads: prints every broken seal and raises where there is one."""
        broken, last = broken_seals(), last_seal_or_none()
        for sentence in broken:
            self.stderr.write(sentence)
        if broken:
            raise CommandError("The audit log is not as it was written.")
        if last is None:
            self.stdout.write("The audit log is empty.")
        else:
            self.stdout.write(
                f"{last.position} events, in one chain. Keep this elsewhere to notice a cut end: {last.hash}"
            )
