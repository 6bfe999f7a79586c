"""How far a course is: the plan's course session follows its session, and the database asks that they agree."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from tests.treatments.sessions.conftest import fill
from treatments.plans.models import CourseSession
from treatments.sessions.actions.corrections import mark_session_void, save_addendum_and_mark_session_amended
from treatments.sessions.actions.discarding import delete_draft_and_keep_reason
from treatments.sessions.actions.signing import sign_session
from treatments.sessions.actions.start import start_or_resume_session

REASON = "Charted under the wrong patient"
DIFFER = "A session and its course session say the same: number, day and signature."


def course(plan):
    return list(plan.course_sessions.values_list("number", "performed_on", "signed_at"))


def run_and_commit(statement, values):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def refused_at_commit(statement, *values) -> str:
    with pytest.raises(IntegrityError) as error:
        run_and_commit(statement, values)
    return str(error.value).partition("\n")[0]


def check_deferred():
    """What is asked at commit, asked now."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_started_session_is_in_the_course_and_not_signed(ready, plan):
    assert course(plan) == [(1, ready.performed_on, None)]
    check_deferred()


def test_a_signed_session_is_signed_in_the_course(charted, plan, clinician):
    signed = sign_session(session=charted, by=clinician)

    assert course(plan) == [(1, signed.performed_on, signed.signed_at)]
    check_deferred()


def test_an_addendum_leaves_the_course_as_it_is(charted, plan, clinician):
    signed = sign_session(session=charted, by=clinician)

    save_addendum_and_mark_session_amended(
        session=signed, by=clinician, text="Three points more at the vertex", reason="forgotten"
    )

    assert course(plan) == [(1, signed.performed_on, signed.signed_at)]
    check_deferred()


def test_a_void_session_is_not_in_the_course_and_its_number_is_given_again(charted, plan, clinic, clinician):
    signed = sign_session(session=charted, by=clinician)

    mark_session_void(session=signed, by=clinician, reason=REASON)

    assert course(plan) == []
    again = start_or_resume_session(plan=plan, by=clinician, clinic=clinic)
    assert course(plan) == [(1, again.performed_on, None)]
    check_deferred()


def test_a_discarded_session_is_not_in_the_course(ready, plan, clinician):
    delete_draft_and_keep_reason(session=ready, by=clinician, reason=REASON)

    assert course(plan) == []
    check_deferred()


def test_each_session_of_a_plan_is_in_the_course(charted, plan, clinic, clinician):
    sign_session(session=charted, by=clinician)
    second = start_or_resume_session(plan=plan, by=clinician, clinic=clinic)
    sign_session(session=fill(second, clinician), by=clinician)

    assert [(number, signed is not None) for number, _, signed in course(plan)] == [(1, True), (2, True)]
    check_deferred()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE plans_coursesession SET signed_at = now()",
        "UPDATE plans_coursesession SET performed_on = performed_on - 1",
        "UPDATE plans_coursesession SET number = 7",
        "DELETE FROM plans_coursesession",
        "INSERT INTO plans_coursesession (plan_id, number, performed_on)"
        " SELECT plan_id, 2, performed_on FROM plans_coursesession",
        "UPDATE treatment_sessions_treatmentsession SET performed_on = performed_on - 1",
        "UPDATE treatment_sessions_treatmentsession SET number = 7",
    ],
)
def test_the_database_refuses_a_course_that_differs_from_its_sessions(ready, change):
    assert refused_at_commit(change) == DIFFER


def test_the_database_refuses_a_session_voided_without_its_course_session(charted, clinician):
    signed = sign_session(session=charted, by=clinician)

    said = refused_at_commit(
        "UPDATE treatment_sessions_treatmentsession SET status = 'void' WHERE id = %s", signed.pk
    )

    assert said == DIFFER


def test_the_database_refuses_a_session_without_its_course_session(ready):
    CourseSession.objects.filter(plan=ready.plan_id)._raw_delete("default")

    with pytest.raises(IntegrityError, match=DIFFER):
        check_deferred()


def test_the_course_may_be_written_before_or_after_the_session_within_one_transaction(ready, plan):
    day = timezone.localdate().replace(day=1)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE plans_coursesession SET performed_on = %s WHERE plan_id = %s", [day, plan.pk])
        cursor.execute(
            "UPDATE treatment_sessions_treatmentsession SET performed_on = %s WHERE plan_id = %s",
            [day, plan.pk],
        )
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    assert course(plan) == [(1, day, None)]
