"""What import_fhir and import_patients share: files in, a report out."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from mesoclinic.accounts.models import User
from mesoclinic.accounts.permissions import Permission, Role
from mesoclinic.core.text_files import MAX_BYTES, TOO_LARGE
from patients.actions.imports import NothingWritten, import_counts_text, import_people
from patients.files.upload import Opened, parse_file


class ImportCommand(BaseCommand):
    """Reads every file, reports everything that is wrong, and writes in one transaction."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument(
            "--by", default="", metavar="USERNAME", help="Who imports; the admin, where there is only one."
        )
        parser.add_argument(
            "--skip-bad", action="store_true", help="Import the rest of it where something is wrong."
        )

    def prepare_or_refuse_file(self, one: Opened, options: dict[str, Any]) -> Opened:
        """The file as this command reads it; raises CommandError for one that is not its kind."""
        raise NotImplementedError

    def handle(self, *args: Any, **options: Any) -> None:
        """Imports all files or none; with --skip-bad all but what is wrong."""
        by = _importing_user_or_refuse(options["by"])
        readings = []
        for path in options["files"]:
            reading = self.prepare_or_refuse_file(_open_path(path), options).read_people(timezone.localdate())
            readings.append(reading)
            said = [f"{len(reading.people)} patients", *reading.notes]
            self.stdout.write(f"{reading.file}: {'; '.join(said)}")
        try:
            done = import_people(
                people=[person for reading in readings for person in reading.people],
                wrong=[wrong for reading in readings for wrong in reading.wrong],
                skip_bad=options["skip_bad"],
                by=by,
                progress=self._print_progress,
            )
        except NothingWritten as nothing:
            lines = "\n".join(map(str, nothing.wrong))
            raise CommandError(
                f"{lines}\nNothing was imported. Correct these, or leave them out with --skip-bad."
            ) from nothing
        for wrong in done.skipped:
            self.stderr.write(f"left out: {wrong}")
        self.stdout.write(import_counts_text(done))

    def _print_progress(self, count: int) -> None:
        if count % 100 == 0:
            self.stdout.write(f"{count}…")


def _open_path(path: Path) -> Opened:
    try:
        if path.stat().st_size > MAX_BYTES:
            # Not read into memory to be told the same.
            return Opened(path.name, reason=TOO_LARGE)
        return parse_file(path.name, path.read_bytes())
    except OSError as error:
        return Opened(path.name, reason=f"It cannot be opened: {error.strerror}.")


def _importing_user_or_refuse(username: str) -> User:
    if username:
        by = User.objects.filter(username=username, is_active=True).first()
        if by is None:
            raise CommandError(
                f"Nobody here is called “{username}”. Give the user name somebody signs in with."
            )
        if not by.may(Permission.IMPORT_PATIENTS):
            raise CommandError(f"{username} may not import patients: that is for an admin.")
        return by
    admins = list(User.objects.with_role(Role.ADMIN)[:2])
    if len(admins) != 1:
        raise CommandError("Say who imports: --by USERNAME, an admin.")
    return admins[0]
