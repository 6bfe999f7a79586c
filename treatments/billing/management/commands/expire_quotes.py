"""Mark the quotes whose last day has passed. Run once a night."""

from django.core.management.base import BaseCommand

from treatments.billing.actions.quotes import expire_quotes


class Command(BaseCommand):
    help = "Mark every issued quote past its last day as expired, by its own clinic's date."

    def handle(self, *args, **options):
        count = expire_quotes()
        self.stdout.write(f"{count} quote{'' if count == 1 else 's'} expired.")
