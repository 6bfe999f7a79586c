"""Patients from a CSV list."""

from dataclasses import replace

from django.core.management.base import CommandError, CommandParser

from mesoclinic.core.csv_in import Table
from mesoclinic.core.text_files import Unreadable
from patients.files import csv_list
from patients.files.columns import FIELDS
from patients.files.csv_list import Choices
from patients.files.days import Order
from patients.files.upload import Opened
from patients.management.importing import ImportCommand


class Command(ImportCommand):
    help = (
        "Import patients from CSV lists. The columns are guessed from the header and shown. "
        "Everything comes in or nothing does, unless --skip-bad."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="FIELD=COLUMN",
            help=f"Which column holds what, by its name or number; FIELD= for none. Fields: {', '.join(FIELDS)}.",
        )
        parser.add_argument(
            "--dates", choices=list(Order), type=Order, help="What comes first in 03/04/1984."
        )
        parser.add_argument(
            "--list-name",
            default="",
            metavar="NAME",
            help="What the numbers of this list are kept under; the same each time it is imported.",
        )

    def prepare_or_refuse_file(self, one: Opened, options: dict) -> Opened:
        """Refuses JSON; a list gets the columns and date order asked for, and its columns are printed."""
        if one.entries is not None:
            raise CommandError(f"{one.file}: It is JSON. For FHIR bundles: manage.py import_fhir.")
        if one.table is None or one.choices is None:
            return one
        try:
            mapping = csv_list.override_guessed_columns(one.table, one.choices.mapping, options["map"])
        except Unreadable as error:
            raise CommandError(f"{one.file}: {error}") from error
        choices = Choices(
            mapping,
            Order(options["dates"]) if options["dates"] else None,
            options["list_name"][:100] or one.choices.name,
        )
        self._print_columns(one.table, choices)
        return replace(one, choices=choices)

    def _print_columns(self, table: Table, choices: Choices) -> None:
        held = {column: FIELDS[name] for name, column in choices.mapping.items()}
        self.stdout.write(f"{table.file}: {table.encoding_and_delimiter_text}, {len(table.rows)} rows")
        for column in range(len(table.header)):
            holds = held.get(column, "not imported")
            self.stdout.write(f"  {table.column_name(column)} → {holds}")
        if "identifier" in choices.mapping:
            self.stdout.write(f"  numbers are kept as csv:{choices.name}")
