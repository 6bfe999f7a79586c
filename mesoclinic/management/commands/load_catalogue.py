"""Load the clinical data files, again and again, without undoing what a clinic has changed itself."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, transaction

from mesoclinic.core import audit
from mesoclinic.core.models import Source
from mesoclinic.core.reference import Loaded
from mesoclinic.data import loading
from mesoclinic.data.files import read_catalogue
from mesoclinic.data.tables import CatalogueFilesError

DATA = settings.BASE_DIR / "mesoclinic" / "data"


class Command(BaseCommand):
    help = (
        "Load ingredients, conditions, scales, rules, protocols and questions from the data files. "
        "A field the clinic has changed stays; a broken file is refused and nothing is written."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--folder", type=Path, default=DATA, help="Where the data files are.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Loads everything or nothing, and prints the counts of each table."""
        try:
            data = read_catalogue(options["folder"])
        except CatalogueFilesError as broken:
            raise CommandError(f"Nothing was loaded. Correct these rows:\n{broken}") from broken
        try:
            tables = self._load_and_audit_catalogue(data)
        except (DatabaseError, ValueError) as error:
            where = ", ".join(getattr(error, "__notes__", []))
            raise CommandError(f"Nothing was loaded: {error} ({where})") from error
        for table, loaded in tables.items():
            self.stdout.write(f"{table}: {loaded}")

    @transaction.atomic
    def _load_and_audit_catalogue(self, data: Any) -> dict[str, Loaded]:
        tables = dict(loading.load_catalogue_table_by_table(data))
        changed = {
            table: [loaded.created, loaded.updated]
            for table, loaded in tables.items()
            if loaded.created or loaded.updated
        }
        if changed:
            about = Source.objects.earliest("key")
            audit.record(by=None, did="catalogue.loaded", about=about, tables=changed)
        return tables
