"""What a clinic decides for itself: an admin sets it, every figure has its bounds, and who did is kept."""

from decimal import Decimal as D

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from mesoclinic.accounts import actions
from mesoclinic.accounts.rules import check_clinic_name_ranges_and_prices
from mesoclinic.core.models import AuditEvent, Source
from tests import factories

URL = "clinic_settings"


def page(response):
    return " ".join(response.content.decode().split())


def sent(once, **fields):
    return {
        "name": "Kaya Hair Clinic",
        "country": "fr",
        "language": "en",
        "max_actives": "3",
        "amounts": "point",
        "day_order": "mdy",
        "mixing": "pharmacy",
        "review_at_session": "4",
        "session_price_from": "200",
        "session_price_to": "500",
        "consent_valid_days": "180",
        "quote_valid_days": "14",
        "idle_minutes": "10",
        "once": once(),
        **fields,
    }


# --- rules -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        ({}, []),
        ({"max_actives": 2, "review_at_session": 1, "quote_valid_days": 365}, []),
        ({"max_actives": 1}, ["max_actives"]),
        ({"max_actives": 7}, ["max_actives"]),
        ({"review_at_session": 0}, ["review_at_session"]),
        ({"review_at_session": 31}, ["review_at_session"]),
        ({"consent_valid_days": 0}, ["consent_valid_days"]),
        ({"consent_valid_days": 1096}, ["consent_valid_days"]),
        ({"quote_valid_days": 366}, ["quote_valid_days"]),
        ({"idle_minutes": 0}, ["idle_minutes"]),
        ({"idle_minutes": 121}, ["idle_minutes"]),
        ({"session_price_from": D(-1)}, ["session_price_from"]),
        ({"session_price_from": D(500), "session_price_to": D(200)}, ["session_price_to"]),
    ],
)
def test_a_setting_out_of_its_bounds_is_refused_at_its_field(settings, found):
    assert [finding.where for finding in check_clinic_name_ranges_and_prices(settings)] == found


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("column", "value", "constraint"),
    [
        ("max_actives", 1, "clinic_allows_two_to_six_actives"),
        ("max_actives", 7, "clinic_allows_two_to_six_actives"),
        ("review_at_session", 0, "clinic_reviews_within_a_course"),
        ("review_at_session", 31, "clinic_reviews_within_a_course"),
        ("consent_valid_days", 0, "clinic_consents_and_quotes_run_out"),
        ("quote_valid_days", 366, "clinic_consents_and_quotes_run_out"),
        ("session_price_to", 1, "clinic_price_range_runs_upwards"),
        ("mixing", "anywhere", "clinic_mixing_is_known"),
    ],
)
def test_the_database_has_the_same_bounds(column, value, constraint):
    clinic = factories.ClinicFactory()

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE accounts_clinic SET {column} = %s WHERE id = %s", [value, clinic.pk])


# --- the page ----------------------------------------------------------------


def test_an_admin_sets_what_the_clinic_decides(as_admin, admin, clinic, once):
    response = as_admin.post(reverse(URL), sent(once, premade_counts_as_contents="on"))

    assert response.url == reverse(URL)
    clinic.refresh_from_db()
    assert (
        clinic.name,
        clinic.country,
        clinic.max_actives,
        clinic.mixing,
        clinic.premade_counts_as_contents,
        clinic.review_at_session,
        clinic.session_price_from,
        clinic.session_price_to,
        clinic.consent_valid_days,
        clinic.quote_valid_days,
    ) == ("Kaya Hair Clinic", "FR", 3, "pharmacy", True, 4, D(200), D(500), 180, 14)
    event = AuditEvent.objects.get(did="clinic.settings_changed")
    assert event.by == admin
    assert event.data["before"]["max_actives"] == "6"
    assert event.data["after"]["max_actives"] == "3"


def test_what_does_not_change_is_not_recorded(admin, clinic):
    assert actions.change_clinic_settings(clinic=clinic, by=admin, max_actives=6) == []

    assert AuditEvent.objects.count() == 0


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": ""}, "This field is required."),
        ({"name": "The other one"}, "Another clinic has this name."),
        ({"country": "France"}, "Give the two letters"),
        ({"language": "xx"}, "Select a valid choice."),
        ({"max_actives": "7"}, "A syringe holds 2 to 6 actives."),
        ({"max_actives": "-1"}, "greater than or equal to 0"),
        ({"max_actives": "many"}, "Enter a whole number."),
        ({"mixing": "anywhere"}, "Select a valid choice."),
        ({"review_at_session": "31"}, "A course has 1 to 30 sessions."),
        ({"session_price_to": "100"}, "this is below where it begins"),
        ({"session_price_from": "-5"}, "A price is not below 0."),
        ({"consent_valid_days": "99999"}, "32767"),
        ({"consent_valid_days": "2000"}, "A consent holds"),
        ({"quote_valid_days": "0"}, "A quote holds"),
    ],
)
def test_a_setting_that_makes_no_sense_says_so_and_keeps_what_was_typed(as_admin, clinic, once, fields, said):
    factories.ClinicFactory(name="The other one")

    response = as_admin.post(reverse(URL), sent(once, quote_valid_days="21") | fields)

    assert response.status_code == 422
    assert said in page(response)
    assert 'value="180"' in page(response) or "consent_valid_days" in fields
    before = (clinic.name, clinic.max_actives)
    clinic.refresh_from_db()
    assert (clinic.name, clinic.max_actives) == before


def test_the_page_says_what_the_sources_say(as_admin):
    Source.objects.create(key="HAS14", citation="Haute Autorité de Santé 2014", kind="agency")

    said = page(as_admin.get(reverse(URL)))

    assert "prepared in pharmacies only" in said
    assert "Haute Autorité de Santé 2014" in said
    assert "no more than three products" in said
    assert "MONITEUR16" in said


@pytest.mark.parametrize("who", ["as_clinician", "as_front_desk", "as_cosmetologist"])
def test_only_an_admin_opens_it(request, who):
    client = request.getfixturevalue(who)

    assert client.get(reverse(URL)).status_code == 403
    assert client.post(reverse(URL)).status_code == 403


def test_the_page_costs_little(as_admin, count_queries):
    with count_queries() as queries:
        as_admin.get(reverse(URL))

    assert len(queries) == 4


def test_a_name_that_another_clinic_has_is_refused_at_its_field():
    assert [f.where for f in check_clinic_name_ranges_and_prices({"name": "Sol"}, name_is_taken=True)] == [
        "name"
    ]
    assert check_clinic_name_ranges_and_prices({"name": "Sol"}) == []
