"""A made-up clinic to try, and who may sign in there."""

import gc
import time

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.demo import build, second_clinic, today
from mesoclinic.demo import clinic as demo_clinic
from mesoclinic.demo.states.listing import PAGE, demo_page_markdown, read_people_to_show
from patients.models import Patient
from treatments.outcomes.actions.figures import refresh_outcomes
from treatments.response.actions.cohort import refresh_cohort


class Command(BaseCommand):
    help = "Build the made-up clinic where there is none, and print one sign-in per role."

    def add_arguments(self, parser):
        parser.add_argument(
            "--write-page", action="store_true", help="Only write docs/demo.md, which lists the patients."
        )

    def handle(self, *args, **options):
        """Builds the clinic, or books visits for today in one that was built on another day."""
        if options["write_page"]:
            PAGE.write_text(demo_page_markdown(), encoding="utf-8")
            return
        if not Clinic.objects.filter(name=demo_clinic.CLINIC).exists():
            if Patient.objects.exists() or User.objects.exists():
                raise CommandError(
                    "There are people in this database who are not made up: the demo stays out of it. "
                    "Unset DATABASE_URL, or name an empty database."
                )
            began = time.monotonic()
            self.stdout.write(
                f"Building a made-up clinic: {build.PATIENTS} patients, {build.SESSIONS} sessions, and one"
                f" patient in each of {len(read_people_to_show())} states (docs/demo.md). Once."
            )
            gc.disable()  # It walks through all that was read, again and again: a tenth of the time.
            try:
                call_command("load_catalogue", verbosity=0, stdout=self.stdout)
                build.build_demo(
                    demo_clinic.today_at_demo_clinic(), say=lambda line: self.stdout.write(f"  {line}")
                )
            finally:
                gc.enable()
            with connection.cursor() as cursor:
                # So that the first pages are as quick as later ones: PostgreSQL counts its rows only after a minute.
                cursor.execute("ANALYZE")
            self.stdout.write(f"Built in {time.monotonic() - began:.0f} s.")
        elif booked := today.book_today_of_older_demo(demo_clinic.today_at_demo_clinic(), build.SEED):
            self.stdout.write(f"Booked {booked} visits for today.")
        # What a tick counts once a day; nothing ticks in a demo.
        refresh_outcomes()
        refresh_cohort()
        self.stdout.write(f"\nSign in with the password {demo_clinic.PASSWORD} as")
        both = {username for username, _ in second_clinic.AT_BOTH}
        for username, title, first, last, role in (*demo_clinic.STAFF, *second_clinic.STAFF):
            name = " ".join(part for part in (title, first, last) if part)
            where = ", at both clinics" if username in both else ""
            if username in {each[0] for each in second_clinic.STAFF}:
                where = ", in Lisbon"
            self.stdout.write(f"  {username:<8}{role.replace('_', ' '):<17}{name}{where}")
