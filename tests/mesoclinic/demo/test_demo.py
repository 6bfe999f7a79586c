"""The made-up clinic, small: everything `make demo` builds goes through the actions, the same each time."""

import io
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from mesoclinic.accounts.permissions import Role
from mesoclinic.demo import build
from mesoclinic.demo import clinic as demo_clinic
from patients.models import Patient
from tests import factories, snapshots
from treatments.billing.models import Quote
from treatments.outcomes.models import OutcomeCell
from treatments.schedule.models import Appointment
from treatments.schedule.rules import availability
from treatments.sessions.models import ChecklistAnswer, Dose, TreatmentSession
from treatments.stock.models import Lot, StockMovement


def load():
    snapshots.load_or_copy(load_catalogue)


def load_catalogue():
    call_command("load_catalogue", stdout=io.StringIO())


def told() -> list[tuple]:
    """What a demo is made of, without ids and instants."""
    return [
        *Patient.objects.order_by("pk").values_list("given_names", "family_name"),
        *Quote.objects.order_by("pk").values_list("number", "status", "valid_until"),
        *TreatmentSession.objects.order_by("pk").values_list(
            "number", "performed_on", "status", "note", "clinician__username"
        ),
        *Dose.objects.order_by("pk").values_list("lot__number", "ml"),
    ]


#: The whole demo takes about four times this. Whoever needs more says why, and measures `make demo`.
#: 16 patients before their first session, 5 with six signed sessions and the one with his own plasma took 4,061;
#: 1,180 of these begin or end a part of the one transaction.
#: The second clinic takes 252. Which clinics a patient has to do with is one more at each registration, booking and start.
MOST_STATEMENTS = 4_410


@pytest.mark.django_db
def test_the_demo_is_the_same_every_time_in_a_bounded_number_of_statements_and_its_stock_adds_up():
    load()
    today = demo_clinic.today_at_demo_clinic()
    sent = 0

    def count(execute, sql, params, many, context):
        nonlocal sent
        sent += 1
        return execute(sql, params, many, context)

    with transaction.atomic():
        with connection.execute_wrapper(count):
            build.build_demo(today, count=6, patients=17, states=["own-blood"])
        assert 0 < sent <= MOST_STATEMENTS
        first = told()
        transaction.set_rollback(True)

    build.build_demo(today, count=6, patients=17, states=["own-blood"])
    second = told()

    assert second == first
    signed = TreatmentSession.objects.filter(status="signed")
    assert signed.count() == 6 + 1  # and the one with his own plasma
    ticked = ChecklistAnswer.objects.values_list("item__answered_by", flat=True)
    assert set(ticked) == {"person"}  # the record and the photographs are nobody's tick
    # What was drawn up left its lots: into the patient, and what stayed in the syringe as waste.
    doses = list(Dose.objects.filter(treatment_session__in=signed))
    used = sum(-m.ml for m in StockMovement.objects.filter(kind="use"))
    thrown_away = StockMovement.objects.filter(wasted_dose__in=doses)
    assert used == sum(d.ml - d.wasted_ml for d in doses)
    assert -sum(m.ml for m in thrown_away) == sum(d.wasted_ml for d in doses)
    states = set(Quote.objects.values_list("status", flat=True))
    assert {"draft", "issued", "accepted", "declined"} <= states
    assert Lot.objects.filter(status="recalled", recalls__case__status="open").exists()


NEW_YORK = ZoneInfo(demo_clinic.TIME_ZONE)
#: By the made-up clinic's clock, in order. Past ones: PostgreSQL's own clock must not be behind.
MOMENTS = (
    datetime(2023, 1, 1, 23, 50, tzinfo=NEW_YORK),  # New Year's Day, a Sunday
    datetime(2024, 2, 29, 9, 30, tzinfo=NEW_YORK),  # a leap day
    datetime(2024, 3, 2, 12, 0, tzinfo=NEW_YORK),  # a Saturday
    datetime(2024, 3, 3, 23, 50, tzinfo=NEW_YORK),  # a Sunday, and Monday elsewhere
    datetime(2024, 3, 5, 0, 5, tzinfo=NEW_YORK),  # a Tuesday, before anybody is up
)


def visits_on(day: date) -> list[Appointment]:
    midnight = availability.instant_of_clock(day, time(), NEW_YORK)
    booked = Appointment.objects.holding_time().filter(
        clinic__name=demo_clinic.CLINIC,
        starts_at__gte=midnight,
        starts_at__lt=availability.instant_of_clock(day + timedelta(days=1), time(), NEW_YORK),
    )
    return list(booked.order_by("starts_at"))


#: The suite has the hardest, a Sunday in its last minutes; make faults has all.
SHORT = (MOMENTS[0],)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "moment", [m if m in SHORT else pytest.param(m, marks=pytest.mark.faults) for m in MOMENTS], ids=str
)
def test_the_demo_opens_on_a_day_with_visits_whatever_the_day_and_the_hour(moment):
    """Also when it is opened again a fortnight later."""
    with time_machine.travel(MOMENTS[0]):
        load()
    with time_machine.travel(moment):
        today = moment.date()
        assert demo_clinic.today_at_demo_clinic() == today
        build.build_demo(today, count=9, patients=21, states=())

        now = datetime.now(UTC)
        visits = visits_on(today)
        assert {visit.status for visit in visits} == {"arrived", "in_treatment"}
        assert all(v.status_at <= now for v in visits)
        # After midnight it is tomorrow.
        assert visits_on(today + timedelta(days=1))
        drafts = TreatmentSession.objects.filter(status="draft")
        assert drafts.filter(performed_on=today).exists()
        assert drafts.filter(performed_on=today - timedelta(days=1)).exists()
        assert not TreatmentSession.objects.filter(performed_on__gt=today).exists()

    later = today + timedelta(days=14)
    before = visits_on(later)
    with time_machine.travel(moment + timedelta(days=14)):
        call_command("demo", stdout=io.StringIO())
        booked = visits_on(later)
        call_command("demo", stdout=io.StringIO())

    assert len(booked) >= 2
    assert len(booked) > len(before)
    assert visits_on(later) == booked
    assert OutcomeCell.objects.exists(), "Clinical insights say that nothing was counted yet"


@pytest.mark.django_db
def test_the_demo_stays_out_of_a_database_with_people_in_it():
    factories.PatientFactory()

    with pytest.raises(CommandError, match="not made up"):
        call_command("demo", stdout=io.StringIO())

    assert Patient.objects.count() == 1


@pytest.mark.django_db
def test_a_second_run_keeps_what_is_there_and_prints_who_may_sign_in():
    factories.ClinicFactory(name=demo_clinic.CLINIC)
    said = io.StringIO()

    call_command("demo", stdout=said)

    assert not Patient.objects.exists()
    for username, *_ in demo_clinic.STAFF:
        assert username in said.getvalue()
    assert {role for *_, role in demo_clinic.STAFF} == set(Role)
