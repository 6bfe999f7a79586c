"""What each page costs against a floor in the same run: processor time of Python and PostgreSQL together.

    DATABASE_URL=… python -m benchmarks.bench_pages [--patients 1000] [--visits 480] [--rounds 15]

The floor is a signed-in page of fifty rows by one indexed query (benchmarks/floor_urls.py). Works and floor take turns,
so that a machine that slows down slows both. Everything is made up in one transaction and rolled back. PostgreSQL must
run on this machine: its processor time is read from /proc.
"""

import argparse
import copy
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests import factories
from treatments.plans.models import TreatmentPlan
from treatments.schedule.actions.booking import book_appointment
from treatments.schedule.actions.checks import Wanted
from treatments.schedule.models import Appointment, Room
from treatments.sessions.actions.start import start_or_resume_session

CLINICIANS, PRODUCTS, LOTS = 20, 40, 200
#: A statement has ten minutes at most.
PATIENTS_AT_ONCE = 10_000


@dataclass
class Work:
    """A page, who asks for it, and its goal as a multiple of the floor."""

    name: str
    client: Client
    address: str
    goal: float
    busy_ms: list[float] = field(default_factory=list)
    clock_ms: list[float] = field(default_factory=list)
    kilobytes: float = 0
    #: Sent with POST; none: asked for with GET.
    sends: dict[str, str] | None = None

    def ask(self, processor_ms: Callable[[], float]) -> None:
        began, worked = time.perf_counter(), processor_ms()
        page = (
            self.client.get(self.address)
            if self.sends is None
            else self.client.post(self.address, self.sends)
        )
        self.busy_ms.append(processor_ms() - worked)
        self.clock_ms.append((time.perf_counter() - began) * 1000)
        assert page.status_code == 200, (self.name, page.status_code)
        self.kilobytes = len(page.content) / 1000


@dataclass
class Write(Work):
    """Something done to the database, undone before the next."""

    does: Callable[[], object] = object

    def ask(self, processor_ms: Callable[[], float]) -> None:
        with transaction.atomic():
            began, worked = time.perf_counter(), processor_ms()
            self.does()
            self.busy_ms.append(processor_ms() - worked)
            self.clock_ms.append((time.perf_counter() - began) * 1000)
            transaction.set_rollback(True)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--patients", type=int, default=1000)
    asked.add_argument("--visits", type=int, default=480)
    asked.add_argument("--rounds", type=int, default=15)
    given = asked.parse_args()
    settings.ROOT_URLCONF = "benchmarks.floor_urls"
    settings.ALLOWED_HOSTS = ["testserver"]
    with transaction.atomic():
        works = measured_works(given.patients, given.visits, given.rounds)
        transaction.set_rollback(True)
    print("\n".join(table_lines(works)))


def measured_works(patients: int, visits: int, rounds: int) -> list[Work]:
    """The floor first, then every page, each asked ``rounds`` times in turn."""
    works = works_on_made_up_clinic(patients, visits)
    processor_ms = processor_ms_of_python_and_postgres()
    # Twice before it counts: templates and large queries are compiled once.
    unmeasured = min(2, rounds)
    for _ in range(unmeasured + rounds):
        for work in works:
            work.ask(processor_ms)
    for work in works:
        del work.busy_ms[:unmeasured], work.clock_ms[:unmeasured]
    return works


def processor_ms_of_python_and_postgres() -> Callable[[], float]:
    """A clock of what this process and its database session have worked so far."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        session = Path(f"/proc/{cursor.fetchone()[0]}/schedstat")
    return lambda: time.process_time() * 1000 + int(session.read_text().split()[0]) / 1e6


def table_lines(works: list[Work]) -> list[str]:
    """Rows of Markdown; what misses its goal is marked."""
    floor = statistics.median(works[0].busy_ms)
    lines = [
        "| work | × floor | goal | processor ms | clock ms | HTML kB | |",
        "|---|---|---|---|---|---|---|",
    ]
    for work in works:
        busy, clock = statistics.median(work.busy_ms), statistics.median(work.clock_ms)
        times = busy / floor
        missed = "misses" if times > work.goal else ""
        lines.append(
            f"| {work.name} | {times:.1f} | {work.goal:g} | {busy:.1f} | {clock:.1f} | {work.kilobytes:.0f} | {missed} |"
        )
    return lines


def works_on_made_up_clinic(patients: int, visits: int) -> list[Work]:
    """Patients by name only, ``visits`` today with twenty clinicians, one course, and a session of it."""
    clinic = factories.ClinicFactory(name="Bench clinic")
    clinicians = [factories.ClinicianFactory(clinic=clinic) for _ in range(CLINICIANS)]
    desk = factories.UserFactory(roles=["front_desk"], clinic=clinic)
    chief = clinicians[0]
    patient = factories.PatientFactory(registered_by=chief, at=clinic)
    factories.ConsentFactory(patient=patient, taken_by=chief)
    products = [factories.ProductFactory() for _ in range(PRODUCTS)]
    for n in range(LOTS):
        factories.LotFactory(product=products[n % PRODUCTS], clinic=clinic, on_hand=50)
    version = factories.signed_cocktail(clinic=clinic, patient=patient, products=products[:4], by=chief)
    plan = factories.make_plan(clinic=clinic, patient=patient, version=version, by=chief, status="active")
    people = insert_patients(patients, chief.pk, clinic.pk)
    plans = insert_plans(plan, people[:visits])
    book_today(clinic, clinicians, plans)
    session = start_or_resume_session(plan=plan, by=chief, clinic=clinic)

    visit = visit_of_another_patient(clinic, products[:4], chief)
    asks = {who: Client() for who in (chief, desk)}
    for who, client in asks.items():
        client.force_login(who, backend="django.contrib.auth.backends.ModelBackend")
    hers, theirs = asks[chief], asks[desk]
    day, of_patient = reverse("schedule:day"), [patient.pk]
    return [
        Work("floor", hers, reverse("floor"), 1),
        Work("search: a common name", theirs, reverse("patients:list"), 1.5, sends={"q": "common"}),
        Work("search: two letters", theirs, reverse("patients:list"), 1.5, sends={"q": "co"}),
        Work("list of patients", theirs, reverse("patients:list"), 1.3),
        Work("patient page, clinician", hers, reverse("patient", args=of_patient), 2.5),
        Work("patient page, desk", theirs, reverse("patient", args=of_patient), 2),
        Work(f"Today, clinician ({visits} visits)", hers, reverse("today"), 6),
        Work(f"Today, desk ({visits} visits)", theirs, reverse("today"), 6),
        Work(f"day, all staff ({visits} visits)", theirs, day, 6),
        Work("week of one", hers, day + "?view=week", 2.5),
        Work("next free", theirs, reverse("schedule:free"), 1.5),
        Work("booking page", theirs, reverse("schedule:book", args=of_patient), 3),
        Work("course page", theirs, reverse("schedule:book_course", args=[plan.pk]), 3),
        Work("session page", hers, reverse("sessions:session", args=[session.pk]), 10),
        Work("stock list", hers, reverse("stock:stock"), 2),
        Work("stock as of a moment", hers, reverse("stock:stock_on_a_day"), 2),
        Work("stock forecast", hers, reverse("schedule:stock_forecast"), 3),
        Work("waiting list", theirs, reverse("waiting:waiting"), 2),
        Work("menu badges", theirs, reverse("menu_badges"), 2),
        Write(
            "book (write)", theirs, "", 2.5, does=lambda: book_new_visit(clinic, clinicians[1], patient, desk)
        ),
        Write(
            "start a session (write)",
            hers,
            "",
            4,
            does=lambda: start_or_resume_session(appointment=visit, by=chief, clinic=clinic),
        ),
    ]


def visit_of_another_patient(clinic, products, by) -> Appointment:
    """Today, of a patient with a course and a consent: its session can be started."""
    patient = factories.PatientFactory(registered_by=by, at=clinic)
    factories.ConsentFactory(patient=patient, taken_by=by)
    version = factories.signed_cocktail(clinic=clinic, patient=patient, products=products, by=by)
    plan = factories.make_plan(clinic=clinic, patient=patient, version=version, by=by, status="active")
    today = timezone.localtime(timezone.now(), clinic.zone).replace(
        hour=12, minute=0, second=0, microsecond=0
    )
    return factories.AppointmentFactory(
        clinic=clinic,
        patient=patient,
        clinician=factories.ClinicianFactory(clinic=clinic),
        room=factories.RoomFactory(clinic=clinic),
        plan=plan,
        session_number=1,
        kind="session",
        starts_at=today,
        ends_at=today + timedelta(minutes=30),
    )


def book_new_visit(clinic, clinician, patient, by) -> Appointment:
    """An intake in three days."""
    starts_at = (timezone.now() + timedelta(days=3)).replace(hour=10, minute=0, second=0, microsecond=0)
    room = Room.objects.filter(working_hours__clinician=clinician).order_by("pk").first()
    wanted = Wanted(clinician, room, starts_at, 30)
    return book_appointment(patient=patient, wanted=wanted, kind="intake", by=by, clinic=clinic)


def insert_patients(count: int, by: int, clinic: int) -> list[int]:
    """Made-up people who share their first name, written with the triggers on, so many in one statement; their ids."""
    people: list[int] = []
    with connection.cursor() as cursor:
        for first in range(1, count + 1, PATIENTS_AT_ONCE):
            cursor.execute(
                "INSERT INTO patients_patient (given_names, family_name, preferred_name, birth_date, sex_at_birth,"
                " pronoun, phone, email, address, language, emergency_contact_name, emergency_contact_phone,"
                " acknowledged, registered_by_id)"
                " SELECT 'Common', 'Family' || n, '', '1950-01-01'::date + n %% 20000, 'female', '',"
                " '', '', '', 'en', '', '', '[]', %s FROM generate_series(%s, %s) n RETURNING id",
                [by, first, min(first + PATIENTS_AT_ONCE - 1, count)],
            )
            people += [pk for (pk,) in cursor.fetchall()]
        cursor.execute(
            "INSERT INTO patients_patientclinic (patient_id, clinic_id) SELECT unnest(%s), %s",
            [people, clinic],
        )
        cursor.execute("ANALYZE patients_patient, patients_patientkey, patients_patientclinic")
    return people


def insert_plans(plan: TreatmentPlan, people: list[int]) -> list[TreatmentPlan]:
    """A course like this one for each of these people."""
    copies = []
    for pk in people:
        copies.append(copy.copy(plan))
        copies[-1].pk, copies[-1].patient_id = None, pk
    return TreatmentPlan.objects.bulk_create(copies)


def book_today(clinic, clinicians, plans: list[TreatmentPlan]) -> None:
    """A session of each course, side by side: so many with each clinician."""
    begins = timezone.localtime(timezone.now(), clinic.zone).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    rows = []
    rooms = {who.pk: factories.RoomFactory(clinic=clinic) for who in clinicians}
    for who in clinicians:
        for weekday in range(7):
            factories.WorkingHoursFactory(
                clinic=clinic,
                clinician=who,
                room=rooms[who.pk],
                weekday=weekday,
                opens="00:00",
                closes="23:59",
            )
    for n, plan in enumerate(plans):
        who, turn = clinicians[n % CLINICIANS], n // CLINICIANS
        starts_at = begins + turn * timedelta(minutes=40)
        rows.append(
            Appointment(
                clinic=clinic,
                clinician=who,
                room=rooms[who.pk],
                plan=plan,
                session_number=1 + n % 8,
                kind="session",
                booked_by=who,
                patient_id=plan.patient_id,
                starts_at=starts_at,
                ends_at=starts_at + timedelta(minutes=30),
            )
        )
    Appointment.objects.bulk_create(rows)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE schedule_appointment, stock_lot")


if __name__ == "__main__":
    main()
