"""Bring into force what was planned for the catalogue. Run at the start of each day."""

from django.core.management.base import BaseCommand
from django.utils import timezone

from mesoclinic.accounts.models import Clinic
from treatments.catalogue.actions.changes import apply_due


class Command(BaseCommand):
    help = "Bring planned changes of ingredients, products and rules into force on their day."

    def handle(self, *args, **options):
        days = [
            timezone.localdate(timezone=clinic.zone) for clinic in Clinic.objects.all()
        ]
        # One catalogue for all clinics: a change begins where its day begins first.
        applied = apply_due(on=max(days, default=timezone.localdate()))
        count = len(applied)
        self.stdout.write(f"{count} change{'' if count == 1 else 's'} in force.")
