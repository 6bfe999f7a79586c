"""Patients from FHIR R4 bundles."""

from django.core.management.base import CommandError

from patients.files.upload import Opened
from patients.management.importing import ImportCommand


class Command(ImportCommand):
    help = (
        "Import patients, allergies, active conditions and medicines from FHIR R4 bundles (JSON). "
        "Everything comes in or nothing does, unless --skip-bad."
    )

    def prepare_or_refuse_file(self, one: Opened, options: dict) -> Opened:
        """Refuses a CSV list."""
        if one.table is not None:
            raise CommandError(f"{one.file}: It is a list. For CSV: manage.py import_patients.")
        return one
