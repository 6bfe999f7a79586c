"""The made-up clinic, small: everything `make demo` builds goes through the actions, the same each time."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from mesoclinic.demo import build
from mesoclinic.demo import clinic as house
from patients.models import Patient
from tests import factories
from treatments.billing.models import Quote
from treatments.sessions.models import Dose, TreatmentSession
from treatments.stock.models import Lot, StockMovement


def load():
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


@pytest.mark.django_db
def test_the_demo_is_the_same_every_time_and_its_stock_adds_up():
    load()
    today = house.day_there()
    with transaction.atomic():
        build.build(today, count=6, patients=26)
        first = told()
        transaction.set_rollback(True)

    build.build(today, count=6, patients=26)
    second = told()

    assert second == first
    signed = TreatmentSession.objects.filter(status="signed")
    assert signed.count() == 6
    # What was drawn up left its lots: into the patient, and what stayed in the syringe as waste.
    doses = list(Dose.objects.filter(treatment_session__in=signed))
    used = sum(-m.ml for m in StockMovement.objects.filter(kind="use"))
    thrown_away = StockMovement.objects.filter(wasted_dose__in=doses)
    assert used == sum(d.ml - d.wasted_ml for d in doses)
    assert -sum(m.ml for m in thrown_away) == sum(d.wasted_ml for d in doses)
    states = set(Quote.objects.values_list("status", flat=True))
    assert {"draft", "issued", "accepted", "declined"} <= states
    assert Lot.objects.filter(status="recalled", recalls__case__status="open").exists()


@pytest.mark.django_db
def test_the_demo_stays_out_of_a_database_with_people_in_it():
    factories.PatientFactory()

    with pytest.raises(CommandError, match="not made up"):
        call_command("demo", stdout=io.StringIO())

    assert Patient.objects.count() == 1


@pytest.mark.django_db
def test_a_second_run_keeps_what_is_there_and_prints_who_may_sign_in():
    factories.ClinicFactory(name=house.CLINIC)
    said = io.StringIO()

    call_command("demo", stdout=said)

    assert not Patient.objects.exists()
    for username, *_ in house.STAFF:
        assert username in said.getvalue()
