"""Whether a backup can be restored: it is, elsewhere."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from mesoclinic.database import Cluster
from mesoclinic.operations.backups import newest_backup, read_size
from mesoclinic.operations.manifest import BackupRefused
from mesoclinic.operations.models import BackupRun


class Command(BaseCommand):
    help = "Restore a backup into a PostgreSQL of its own, compare every row and photograph, verify the audit chain, sign in."

    def add_arguments(self, parser):
        parser.add_argument(
            "backup", type=Path, help="the backup's folder, or the folder of all: then the newest"
        )
        parser.add_argument(
            "--identity", type=Path, help="the file with age's secret key, as age-keygen writes it"
        )
        parser.add_argument("--old", action="store_true", help="also one that is older than a week")
        parser.add_argument(
            "--scratch", type=Path, default=Path("/var/tmp"), help="where there is room for it"
        )

    def handle(self, *args, **options):
        """Remembers whether it was good; what was restored is thrown away."""
        began = timezone.now()
        try:
            folder = options["backup"]
            folder = folder if (folder / "manifest.json").exists() else newest_backup(folder)
        except BackupRefused as error:
            raise CommandError(str(error)) from error
        scratch = Path(tempfile.mkdtemp(prefix="mesoclinic-verify-", dir=options["scratch"]))
        scratch.chmod(0o711)  # the database's own user passes through
        cluster = Cluster(data=scratch / "postgres", for_tests=True)
        try:
            wrong = self._restore_or_say_why(folder, cluster, scratch, options)
        finally:
            cluster.stop()
            shutil.rmtree(scratch, ignore_errors=True)
        BackupRun.objects.create(
            kind=BackupRun.Kind.VERIFICATION,
            name=folder.name,
            began_at=began,
            ended_at=timezone.now(),
            is_good=not wrong,
            size=0 if wrong else read_size(folder),
            words=wrong[-300:],
        )
        if wrong:
            raise CommandError(f"{folder.name} is not good. {wrong}")
        seconds = (timezone.now() - began).total_seconds()
        self.stdout.write(f"{folder.name} is good: restored and compared in {seconds:.1f} s.")

    def _restore_or_say_why(self, folder, cluster, scratch, options) -> str:
        command = [sys.executable, "manage.py", "restore", str(folder.resolve()), "--prove"]
        if options["identity"]:
            command += ["--identity", str(options["identity"].resolve())]
        if options["old"]:
            command.append("--old")
        environment = os.environ | {"DATABASE_URL": cluster.start(), "MEDIA_ROOT": str(scratch / "photos")}
        # The keys of this process, also where they are a test's: sessions and second factors are read with them.
        environment |= {"SECRET_KEY": settings.SECRET_KEY, "MFA_SECRET_KEY": settings.MFA_SECRET_KEY}
        done = subprocess.run(
            command, cwd=settings.BASE_DIR, env=environment, stdout=None, stderr=subprocess.PIPE, text=True
        )
        return done.stderr.strip().removeprefix("CommandError: ") if done.returncode else ""
