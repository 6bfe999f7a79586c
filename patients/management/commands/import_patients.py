"""Patients from a CSV list."""

from django.core.management.base import CommandError, CommandParser

from patients.imports import csv_list
from patients.imports.columns import FIELDS
from patients.imports.command import ImportCommand
from patients.imports.days import Order
from patients.imports.files import Unreadable
from patients.imports.upload import Opened


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
            "--dates",
            choices=list(Order),
            type=Order,
            help="What comes first in 03/04/1984.",
        )
        parser.add_argument(
            "--list-name",
            default="",
            metavar="NAME",
            help="What the numbers of this list are kept under; the same each time it is imported.",
        )

    def opened(self, one: Opened, options: dict) -> Opened:
        if one.entries is not None:
            raise CommandError(
                f"{one.file}: It is JSON. For FHIR bundles: manage.py import_fhir."
            )
        if one.table is None or one.choices is None:
            return one
        try:
            mapping = csv_list.override(one.table, one.choices.mapping, options["map"])
        except Unreadable as error:
            raise CommandError(f"{one.file}: {error}") from error
        one = one.choosing(
            mapping=mapping,
            order=Order(options["dates"]) if options["dates"] else None,
            name=options["list_name"][:100] or one.choices.name,
        )
        self._show(one)
        return one

    def _show(self, one: Opened) -> None:
        held = {column: FIELDS[name] for name, column in one.choices.mapping.items()}
        self.stdout.write(
            f"{one.file}: {one.table.written_as}, {len(one.table.rows)} rows"
        )
        for column in range(len(one.table.header)):
            self.stdout.write(
                f"  {one.table.column_name(column)} → {held.get(column, 'not imported')}"
            )
        if "identifier" in one.choices.mapping:
            self.stdout.write(f"  numbers are kept as csv:{one.choices.name}")
