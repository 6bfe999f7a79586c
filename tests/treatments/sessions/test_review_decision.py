"""The review decides and acts: the plan moves, what comes next follows, and the start stands beside the decision."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from mesoclinic.core.findings import Refused
from tests import factories
from tests.treatments.sessions.conftest import fill
from tests.treatments.sessions.test_views import page, sign_page
from treatments.conditions.models import Measurement
from treatments.plans.actions import go_on_with_plan
from treatments.sessions.actions.signing import sign_session
from treatments.sessions.actions.start import start_or_resume_session

D = Decimal


@pytest.fixture
def at_review(clinic, plan):
    """The clinic reviews at the first session of this course of eight."""
    clinic.review_at_session = 1
    clinic.save()
    return plan


def sign_with(decision, plan, clinic, clinician):
    session = fill(
        start_or_resume_session(plan=plan, by=clinician, clinic=clinic), clinician, review_decision=decision
    )
    signed = sign_session(session=session, by=clinician)
    plan.refresh_from_db()
    return signed


@pytest.mark.parametrize(
    ("decision", "status", "says"),
    [
        ("continue", "active", "Book the next session"),
        ("pause", "paused", "Paused: go on with the course"),
        ("change", "changing", "Choose another cocktail"),
        ("stop", "stopped", "course stopped"),
    ],
)
def test_the_plan_and_the_next_button_follow_the_decision(
    as_clinician, at_review, consent, lots, checklist, clinic, clinician, decision, status, says
):
    signed = sign_with(decision, at_review, clinic, clinician)
    html = as_clinician.get(page(signed)).content.decode()

    assert at_review.status == status
    assert says in html
    assert ("Book the next session" in html) is (decision == "continue")
    assert (signed.next_on is not None) is (decision == "continue")


@pytest.mark.parametrize("decision", ["pause", "change", "stop"])
def test_no_session_is_started_of_a_course_that_is_held(
    at_review, consent, lots, checklist, clinic, clinician, decision
):
    sign_with(decision, at_review, clinic, clinician)

    with pytest.raises(Refused) as refused:
        start_or_resume_session(plan=at_review, by=clinician, clinic=clinic)

    assert "session:plan" in [finding.code for finding in refused.value.findings]


def test_a_paused_course_goes_on_when_a_clinician_says_so(
    as_clinician, at_review, consent, lots, checklist, clinic, clinician, once
):
    sign_with("pause", at_review, clinic, clinician)
    html = as_clinician.get(reverse("plan", args=[at_review.pk])).content.decode()

    answer = as_clinician.post(reverse("plans:plan_go_on", args=[at_review.pk]), {"once": once()})

    at_review.refresh_from_db()
    assert "Go on with the course" in html
    assert "Book the sessions" not in html
    assert (answer.status_code, at_review.status) == (302, "active")
    assert start_or_resume_session(plan=at_review, by=clinician, clinic=clinic).number == 2


def test_the_front_desk_does_not_decide_how_a_course_goes_on(
    at_review, consent, lots, checklist, clinic, clinician, front_desk
):
    sign_with("pause", at_review, clinic, clinician)

    with pytest.raises(Refused):
        go_on_with_plan(plan=at_review, by=front_desk)


def test_a_changed_course_goes_on_with_another_signed_cocktail_of_the_patient(
    as_clinician, at_review, consent, lots, checklist, clinic, clinician, patient, once
):
    signed = sign_with("change", at_review, clinic, clinician)
    url = reverse("plans:plan_go_on", args=[at_review.pk])
    other_patients = factories.signed_cocktail(clinic=clinic, by=clinician)
    none_yet = as_clinician.post(url, {"once": once()})
    wrong = as_clinician.post(url, {"once": once(), "cocktail": other_patients.pk})
    version = factories.signed_cocktail(clinic=clinic, patient=patient, by=clinician)

    html = as_clinician.get(reverse("plan", args=[at_review.pk])).content.decode()
    answer = as_clinician.post(url, {"once": once(), "cocktail": version.pk})

    at_review.refresh_from_db()
    assert (none_yet.status_code, wrong.status_code, answer.status_code) == (422, 422, 302)
    assert "Go on with this cocktail" in html
    assert (at_review.status, at_review.cocktail_version) == ("active", version)
    signed.refresh_from_db()
    assert signed.cocktail_version != version


def test_after_the_signature_it_is_said_what_is_left_in_the_calendar(
    as_clinician, at_review, consent, lots, checklist, clinic, clinician, once
):
    session = fill(
        start_or_resume_session(plan=at_review, by=clinician, clinic=clinic),
        clinician,
        review_decision="stop",
    )

    answer = as_clinician.post(sign_page(session), {"once": once()}, follow=True)

    assert "The course is stopped: cancel or move in the calendar" in answer.content.decode()


def test_the_review_shows_the_start_and_the_last_figure(
    as_clinician, at_review, consent, lots, checklist, clinic, clinician, patient
):
    scale = factories.SeverityScaleFactory(
        code="HAIR_DENSITY", name="Hair density", kind="number", unit="/cm²"
    )
    then = timezone.now() - timedelta(days=90)
    for value, at, of in ((D(118), then, at_review.assessment), (D(131), timezone.now(), None)):
        Measurement.objects.create(
            patient=patient, scale=scale, value=value, measured_at=at, measured_by=clinician, assessment=of
        )
    session = start_or_resume_session(plan=at_review, by=clinician, clinic=clinic)

    start = as_clinician.get(page(session)).context["start"]

    (figure,) = start.figures
    assert (figure.label, figure.then, figure.now) == ("Hair density", D(118), D(131))
    assert start.condition == at_review.assessment.condition.name


def test_a_review_without_figures_says_so(
    as_clinician, at_review, consent, lots, checklist, clinic, clinician
):
    session = start_or_resume_session(plan=at_review, by=clinician, clinic=clinic)

    html = as_clinician.get(page(session)).content.decode()

    assert "Nothing was measured at the start" in html
    assert "compare with the start" not in html
