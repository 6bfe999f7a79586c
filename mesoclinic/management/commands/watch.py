"""Looks after the server, and writes to the administrators. Not part of the tick: it tells when that does not run."""

from django.core.management.base import BaseCommand
from django.utils import timezone

from mesoclinic.operations.troubles import find_troubles, save_troubles_and_mail_admins


class Command(BaseCommand):
    help = "Find what is wrong with the database, the queue, the disk, the clock, the backups and (--audit) the audit log; tell the administrators."

    def add_arguments(self, parser):
        parser.add_argument(
            "--audit", action="store_true", help="read the audit log's chain too: once a day is enough"
        )

    def handle(self, *args, **options):
        """Prints what is wrong; the message goes out once, and again each day it goes on."""
        now = timezone.now()
        found = find_troubles(now, with_audit_chain=options["audit"])
        for each in found:
            self.stdout.write(each.words)
        if not found:
            self.stdout.write("All is well.")
        if save_troubles_and_mail_admins(found, now, audit_was_read=options["audit"]):
            self.stdout.write("The administrators were written to.")
