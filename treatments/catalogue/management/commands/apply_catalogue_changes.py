"""Bring into force what was planned for the catalogue, where no tick runs (docs/deploy.md)."""

from django.core.management.base import BaseCommand

from treatments.catalogue.actions.versions import apply_planned


class Command(BaseCommand):
    help = "Bring planned changes of ingredients, products and rules into force on their day."

    def handle(self, *args, **options):
        count = len(apply_planned())
        self.stdout.write(f"{count} change{'' if count == 1 else 's'} in force.")
