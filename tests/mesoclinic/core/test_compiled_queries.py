"""A query that is compiled once and asked with other values."""

from threading import Thread

import pytest
from django.core.exceptions import MultipleObjectsReturned
from django.db import connections
from django.db.models import F
from django.db.models.functions import Concat

from mesoclinic.accounts.models import Clinic
from mesoclinic.core.compiled_queries import Blank, CompiledQuery
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinics():
    return [factories.ClinicFactory(name=name) for name in ("Lyon", "Graz")]


def compiled_by_name():
    rows = Clinic.objects.filter(name=Blank("name")).annotate(twice=Concat(F("name"), F("name")))
    return CompiledQuery(rows)


def test_each_time_it_answers_for_the_values_of_that_time(clinics, django_assert_num_queries):
    asked = compiled_by_name()
    with django_assert_num_queries(3):
        found = [asked.ask(name=name) for name in ("Lyon", "Graz", "nowhere")]
    assert [[(row.pk, row.twice) for row in rows] for rows in found] == [
        [(clinics[0].pk, "LyonLyon")],
        [(clinics[1].pk, "GrazGraz")],
        [],
    ]


def test_it_is_compiled_once(clinics, monkeypatch):
    asked = compiled_by_name()
    compiled = []
    compile_query = type(asked._compiler).as_sql
    monkeypatch.setattr(
        type(asked._compiler), "as_sql", lambda *a, **k: compiled.append(a) or compile_query(*a, **k)
    )
    asked.ask(name="Lyon")
    asked.ask(name="Graz")
    assert compiled == []
    list(Clinic.objects.filter(name="Lyon"))
    assert len(compiled) == 1


def test_the_columns_of_another_table_come_with_it(clinics, django_assert_num_queries):
    room = factories.RoomFactory(clinic=clinics[1])
    rooms = type(room).objects.filter(pk=Blank("room")).select_related("clinic")
    with django_assert_num_queries(1):
        assert CompiledQuery(rooms).ask_for_one(room=room.pk).clinic.name == "Graz"


def test_the_one_row_is_one_row(clinics):
    with pytest.raises(Clinic.DoesNotExist):
        compiled_by_name().ask_for_one(name="nowhere")
    by_country = CompiledQuery(Clinic.objects.filter(country=Blank("country")))
    with pytest.raises(MultipleObjectsReturned):
        by_country.ask_for_one(country=clinics[0].country)


def test_a_value_that_is_missing_is_an_error_and_not_a_null(clinics):
    with pytest.raises(KeyError):
        compiled_by_name().ask(nama="Lyon")


@pytest.mark.django_db(transaction=True)
def test_another_thread_asks_over_its_own_connection(clinics):
    asked, found = compiled_by_name(), []

    def ask():
        found.extend(asked.ask(name="Graz"))
        connections.close_all()

    other = Thread(target=ask)
    other.start()
    other.join()
    assert found == [clinics[1]]
