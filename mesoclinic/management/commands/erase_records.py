"""Erase the records whose retention is over."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from mesoclinic.core.findings import Refused
from mesoclinic.privacy.erasing import erase_record, last_days_of, retention_in_force
from mesoclinic.privacy.rules import check_record_may_go
from patients.models import Erasure, Patient, records_of_person


class Command(BaseCommand):
    help = "Erase records whose retention (KEEP_CLINICAL_YEARS, KEEP_MONEY_YEARS) is over, by the database role of ERASURE_DATABASE_URL."

    def add_arguments(self, parser):
        """Which records, and whether they are only named."""
        parser.add_argument(
            "numbers", nargs="*", metavar="RECORD", help="record numbers; none: every record that may go"
        )
        parser.add_argument("--reason", default="The retention of the record is over.")
        parser.add_argument("--dry-run", action="store_true", help="say which would go, and erase nothing")

    def handle(self, *args, **options):
        """Prints each record number; a record that is still kept is named with the day until which it is."""
        using = "erasure" if "erasure" in settings.DATABASES else ""
        if not using and not options["dry_run"]:
            raise CommandError(
                "Set ERASURE_DATABASE_URL: records are erased by a database role of its own (docs/privacy.md)."
            )
        today, numbers = timezone.localdate(), options["numbers"]
        patients = (
            Patient.objects.filter(merged_into=None)
            .exclude(erasures__part=Erasure.Part.RECORD)
            .order_by("pk")
        )
        if numbers:
            patients = patients.filter(record_number__in=numbers)
        for patient in patients.iterator():
            records = list(records_of_person(patient.pk).values_list("pk", flat=True))
            against = check_record_may_go(last_days_of(records), retention_in_force(), today)
            if against:
                if numbers:
                    self.stdout.write(f"{patient.record_number}: {against[0].message}")
                continue
            if options["dry_run"]:
                self.stdout.write(f"{patient.record_number}: may go")
                continue
            try:
                rows = erase_record(patient=patient, reason=options["reason"], today=today, using=using)
            except Refused as refused:
                self.stderr.write(f"{patient.record_number}: {refused}")
            else:
                self.stdout.write(f"{patient.record_number}: {rows} rows erased")
