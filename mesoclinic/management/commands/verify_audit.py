"""Is the audit log as it was written?"""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from mesoclinic.core.audit_heads import (
    Head,
    check_chain,
    check_heads,
    check_since_last_head,
    head_from_line,
    last_head_or_none,
)


class Command(BaseCommand):
    help = "Recompute the audit log's hash chain and say where it breaks. Exit code 1 where it does."

    def add_arguments(self, parser):
        """How much of the log is read."""
        parser.add_argument(
            "--since-seal",
            metavar="FILE",
            help="the heads that were kept outside: each is compared with the log, and what came after the last is read",
        )
        parser.add_argument(
            "--since-last", action="store_true", help="only what is new since the last head in the database"
        )

    def handle(self, *args, **options):
        """Only reads: prints every broken seal and raises where there is one."""
        if options["since_seal"]:
            heads = _heads_in_file(options["since_seal"])
            wrong = check_heads(heads)
            # A head that does not stand is no place to begin from.
            checked = check_chain(since=None if wrong else heads[-1])
        elif options["since_last"]:
            wrong, checked = [], check_since_last_head()
        else:
            last = last_head_or_none()
            wrong, checked = check_heads([last] if last else []), check_chain(since=None)
        for line in (broken := [*wrong, *checked.broken]):
            self.stderr.write(line)
        if broken:
            raise CommandError("The audit log is not as it was written.")
        if checked.last_position == 0:
            self.stdout.write("The audit log is empty.")
            return
        self.stdout.write(
            f"{checked.last_position} events, in one chain. Keep this elsewhere to notice a cut end: {checked.last_hash}"
        )


def _heads_in_file(name: str) -> list[Head]:
    """The kept heads by their places; CommandError where the file holds none."""
    try:
        lines = Path(name).read_text(encoding="utf-8").splitlines()
        heads = sorted(
            (head_from_line(line) for line in lines if line.strip()), key=lambda head: head.position
        )
    except (OSError, ValueError) as wrong:
        raise CommandError(f"These heads cannot be read: {wrong}") from wrong
    if not heads:
        raise CommandError("This file holds no head.")
    return heads
