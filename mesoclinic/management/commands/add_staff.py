"""Somebody who may sign in."""

from getpass import getpass

from django.core.management.base import BaseCommand, CommandError

from mesoclinic.accounts import actions
from mesoclinic.accounts.models import Clinic
from mesoclinic.accounts.permissions import ROLES, Role
from mesoclinic.core.findings import Refused


class Command(BaseCommand):
    help = "Add somebody to the staff, with one or several roles."

    def add_arguments(self, parser):
        parser.add_argument("username")
        parser.add_argument(
            "--role",
            action="append",
            required=True,
            choices=[role.value for role in Role],
            help="; ".join(f"{role.value}: {ROLES[role].sentence}" for role in Role),
        )
        parser.add_argument("--clinic", help="its name; the only one where there is one")
        parser.add_argument("--title", default="")
        parser.add_argument("--first-name", default="")
        parser.add_argument("--last-name", default="")
        parser.add_argument("--password", help="asked for where it is not given")

    def handle(self, *args, **options):
        """Adds the person; CommandError where they cannot be added."""
        clinics = Clinic.objects.all()
        if options["clinic"]:
            clinics = clinics.filter(name=options["clinic"])
        if len(clinics) != 1:
            names = ", ".join(Clinic.objects.values_list("name", flat=True)) or "none yet"
            raise CommandError(f"Say which clinic with --clinic. There is: {names}.")
        try:
            user = actions.add_staff(
                username=options["username"],
                password=options["password"] or getpass("Password: "),
                roles=[Role(role) for role in options["role"]],
                clinic=clinics[0],
                title=options["title"],
                first_name=options["first_name"],
                last_name=options["last_name"],
            )
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(f"{user.display_name} may sign in as {user.username}.")
