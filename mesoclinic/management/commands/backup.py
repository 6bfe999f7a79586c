"""A backup of everything, sealed."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from mesoclinic.operations.backups import delete_old_backups, make_backup
from mesoclinic.operations.encryption import SealError, Sealing
from mesoclinic.operations.manifest import BackupRefused
from mesoclinic.operations.models import BackupRun


class Command(BaseCommand):
    help = "Write the database, the photographs and, if named, the settings file into a new folder, and delete old ones."

    def add_arguments(self, parser):
        parser.add_argument("--to", type=Path, required=True, help="the folder of the backups")
        parser.add_argument("--recipient", action="append", default=[], help="age1…: seal by age")
        parser.add_argument("--gpg", action="append", default=[], help="a key that gpg knows: seal by gpg")
        parser.add_argument("--plain", action="store_true", help="do not seal: the disk itself is encrypted")
        parser.add_argument(
            "--settings-file", type=Path, help="the file with the keys, to put in (sealed only)"
        )
        parser.add_argument("--keep", type=int, default=14, help="how many backups stay")

    def handle(self, *args, **options):
        """Makes the backup, remembers it, and only then deletes old ones."""
        sealing = Sealing(tuple(options["recipient"]), tuple(options["gpg"]))
        if not sealing.suffix and not options["plain"]:
            raise CommandError("Say who may open it with --recipient or --gpg, or say --plain.")
        began = timezone.now()
        try:
            made = make_backup(
                options["to"],
                sealing=sealing,
                now=began,
                say=self.stdout.write,
                settings_file=options["settings_file"],
            )
        except (BackupRefused, SealError, OSError) as error:
            self._record_backup_run(began, name="", is_good=False, words=str(error)[:300])
            raise CommandError(str(error)) from error
        self._record_backup_run(began, name=made.folder.name, is_good=True, size=made.size)
        for name in delete_old_backups(options["to"], keep=options["keep"], now=began):
            self.stdout.write(f"Deleted {name}")
        seconds = (timezone.now() - began).total_seconds()
        self.stdout.write(f"{made.folder}: {made.size // 1024} kB in {seconds:.1f} s.")
        if not made.manifest.settings_file:
            self.stdout.write(
                "The settings and their keys (SECRET_KEY, MFA_SECRET_KEY) are not in it: keep them beside it."
            )

    def _record_backup_run(self, began, **fields):
        BackupRun.objects.create(
            kind=BackupRun.Kind.BACKUP, began_at=began, ended_at=timezone.now(), **fields
        )
