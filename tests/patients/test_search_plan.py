"""How PostgreSQL reads a list of patients, where there are many of them."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from patients.queries import search_patients_and_tell_if_more
from tests import factories

pytestmark = pytest.mark.django_db

MANY = 2000


@pytest.fixture
def many(db):
    """Many who share their first name."""
    by = factories.UserFactory()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO patients_patient (given_names, family_name, preferred_name, birth_date, sex_at_birth,"
            " pronoun, phone, email, address, language, emergency_contact_name, emergency_contact_phone,"
            " acknowledged, registered_by_id)"
            " SELECT 'Common', 'Family' || md5(n::text), '', '1990-01-01'::date + n, 'female', '',"
            " '', '', '', 'en', '', '', '[]', %s FROM generate_series(1, %s) n",
            [by.pk, MANY],
        )
        for table in ("patient", "patientkey"):
            cursor.execute(f"ANALYZE patients_{table}")
    return by


def plans_of(read):
    """The plans of the statements that ``read`` sends, as text."""
    with CaptureQueriesContext(connection) as sent:
        read()
    plans = []
    for query in sent.captured_queries:
        if query["sql"].startswith("SELECT"):
            with connection.cursor() as cursor:
                # As at a clinic; the tests' own server joins in the order that is written.
                cursor.execute("SET LOCAL join_collapse_limit = 8")
                cursor.execute("EXPLAIN " + query["sql"].replace("%", "%%"), [])
                plans.append("\n".join(row[0] for row in cursor.fetchall()))
    return plans


def test_a_common_name_is_found_by_its_keys_and_not_along_the_index_of_all_names(many):
    (plan,) = plans_of(lambda: search_patients_and_tell_if_more("common", user_pk=many.pk))

    assert "patient_key_prefix" in plan or "Seq Scan on patients_patientkey" in plan, plan
    assert re.search(r"Index Cond: \(id = ANY \(.*InitPlan|Index Cond: \(id = ANY \(\$", plan), plan
    assert "patients_by_name" not in plan, plan
