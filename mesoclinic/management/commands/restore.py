"""A backup back into an empty place."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from mesoclinic.operations import restores
from mesoclinic.operations.encryption import SealError
from mesoclinic.operations.health import check_migrations
from mesoclinic.operations.manifest import BackupRefused


class Command(BaseCommand):
    help = "Check a backup to its last byte, restore it into the empty database of DATABASE_URL, and compare every row."

    def add_arguments(self, parser):
        parser.add_argument("backup", type=Path, help="the backup's folder")
        parser.add_argument(
            "--identity", type=Path, help="the file with age's secret key, as age-keygen writes it"
        )
        parser.add_argument("--old", action="store_true", help="also one that is older than a week")
        parser.add_argument(
            "--prove", action="store_true", help="verify the audit chain and sign in, leaving nothing behind"
        )

    def handle(self, *args, **options):
        """Refuses before anything is touched, or restores all of it."""
        say = self.stdout.write
        try:
            manifest = restores.read_verified_manifest_or_refuse(
                options["backup"], now=timezone.now(), may_be_old=options["old"], say=say
            )
            restores.refuse_unless_empty()
            restores.restore_backup(options["backup"], manifest, identity_file=options["identity"], say=say)
            if options["prove"]:
                restores.refuse_unless_restored_is_usable(say)
        except (BackupRefused, SealError) as error:
            raise CommandError(str(error)) from error
        for name in restores.settings_keys_unlike_backup(manifest):
            self.stderr.write(f"{name} is not the one of the backup: restore the settings file too.")
        if not check_migrations().is_well:
            say("The backup is of an older version: run manage.py migrate.")
        say(f"Restored the backup of {manifest.made:%d %b %Y %H:%M} UTC.")
