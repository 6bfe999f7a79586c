"""The clinic of these journeys: a plan of eight sessions, its first session, and Dr Kaya at a tablet."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from mesoclinic.demo import clinic as made_up
from mesoclinic.demo import patients as course
from mesoclinic.demo.answers import record_healthy_answers_before_start
from mesoclinic.demo.patients import CASES
from tests.journeys.charting.hands import TABLET
from treatments.billing.actions import quotes
from treatments.schedule.actions import visits
from treatments.sessions.actions.charting import save_chart
from treatments.sessions.actions.start import start_or_resume_session
from treatments.sessions.queries.sessions import chart_of_session, session_detail_for_charting


@pytest.fixture
def plan(demo):
    """A made-up woman with an accepted plan of eight sessions of four ingredients."""
    by = demo.place.staff["elif"]
    people = made_up.read_csv_rows("people.csv")
    patient = course.register_person(demo, next(row for row in people if row["sex_at_birth"] == "female"))
    course.record_made_up_intake(demo, patient, by)
    course.record_consent(demo, patient, by, days_ago=30)
    assessment = course.record_made_up_assessment(demo, patient, CASES[0], by)
    version = course.record_answers_and_sign_cocktail(course.create_cocktail(demo, patient, CASES[0], by), by)
    made = course.create_plan(demo, patient, assessment, version, 8, by)
    quoted = quotes.issue_quote(quote=course.draft_first_quote(demo, made), by=demo.place.desk)
    return course.accept_and_pay(demo, quoted, 8)


@pytest.fixture
def visit(demo, plan):
    """The patient has arrived for the next session, today."""

    def arrives(number=1):
        by = demo.place.staff["elif"]
        booked = course.book_session_or_none(demo, plan, number, demo.today, by, timezone.now())
        return visits.mark_arrived(appointment=booked, by=demo.place.desk)

    return arrives


@pytest.fixture
def begun_days_ago():
    """How many days ago ``session`` was begun. A test that needs another day says so by parametrize."""
    return 0


@pytest.fixture
def session(demo, plan, begun_days_ago):
    """The first session, begun."""
    return _start_first_session(demo, plan, begun_days_ago)


@pytest.fixture
def once_signed(demo, plan):
    """The plan with its first session signed, a fortnight ago."""
    by = demo.place.staff["elif"]
    session = _start_first_session(demo, plan, 14)
    course.chart_session(demo, session, by)
    course.measure_and_sign_session(demo, session, by, density=133)
    return plan


@pytest.fixture
def once_signed_otherwise(demo, plan):
    """The same, with a point less in each zone than the plan proposes, and another needle."""
    by = demo.place.staff["elif"]
    session = _start_first_session(demo, plan, 14)
    course.chart_session(demo, session, by)
    detail = session_detail_for_charting(session.pk)
    chart = chart_of_session(detail)
    zones = tuple(replace(zone, points=zone.points - 1) for zone in chart.zones)
    chart = replace(chart, zones=zones, needle="31G 6 mm")
    save_chart(session=session, by=by, revision=detail.session.revision, chart=chart, detail=detail)
    course.measure_and_sign_session(demo, session, by, density=133)
    return plan


def _start_first_session(demo, plan, days_ago):
    """The safety questions are answered on the day of the session, as nothing starts without."""
    by, day = demo.place.staff["elif"], demo.today - timedelta(days=days_ago)
    record_healthy_answers_before_start(plan.patient, by, day)
    return course.run_with_override_reasons(
        start_or_resume_session, plan=plan, by=by, clinic=demo.place.clinic, performed_on=day
    )


@pytest.fixture
def at_the_chair(session, person):
    """Dr Kaya with the session open on a tablet."""

    def sits_down(username="elif", viewport=TABLET):
        clinician = person(viewport)
        clinician.sign_in(username, at=f"/sessions/{session.pk}/")
        clinician.look("Session 1 of 8")
        return clinician

    return sits_down
