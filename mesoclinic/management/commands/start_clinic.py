"""The first clinic and the admin who sets it up."""

from getpass import getpass

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from mesoclinic.accounts import actions
from mesoclinic.accounts.permissions import Role
from mesoclinic.core.findings import Refused


class Command(BaseCommand):
    help = "Add a clinic and its first admin, who then adds rooms, hours, products, lots and prices."

    def add_arguments(self, parser):
        parser.add_argument("name")
        parser.add_argument("--time-zone", default="UTC", help="like Europe/Paris")
        parser.add_argument("--country", default="US", help="ISO 3166 code")
        parser.add_argument("--currency", default="USD", help="ISO 4217 code")
        parser.add_argument("--admin", required=True, help="the admin's user name")
        parser.add_argument("--password", help="asked for where it is not given")

    @transaction.atomic
    def handle(self, *args, **options):
        """Adds the clinic and its admin, both or neither."""
        password = options["password"] or getpass("Password for the admin: ")
        try:
            clinic = actions.add_clinic(
                name=options["name"],
                time_zone=options["time_zone"],
                country=options["country"].upper(),
                currency=options["currency"].upper(),
            )
            actions.add_staff(username=options["admin"], password=password, roles=[Role.ADMIN], clinic=clinic)
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(f"{clinic.name} stands. Sign in as {options['admin']}.")
