"""A review decides and does it; nothing goes on before it is answered, whoever asks."""

from decimal import Decimal as D

import pytest
from django.db import IntegrityError
from django.urls import reverse
from django.utils import timezone

from mesoclinic.core.findings import Refused
from mesoclinic.core.models import AuditEvent
from patients.rules.alerts import AlertLevel
from tests import factories
from tests.alert_types import load_alert_types
from tests.treatments.response.conftest import book, make_kind, measure, sql
from treatments.plans.actions import go_on_with_plan
from treatments.plans.alert_queries import open_alerts_of_patient
from treatments.response.actions.review import decide_review
from treatments.response.models import Review
from treatments.response.rules.review import Decision
from treatments.sessions.actions.start import start_or_resume_session
from treatments.sessions.models import TreatmentSession


def review_url(plan):
    return reverse("response:review", args=[plan.pk])


def decide(plan, by, decision="continue", **fields):
    return decide_review(
        plan=plan, by=by, **{"decision": Decision(decision), "text": "Decided together"} | fields
    )


# --- it waits ------------------------------------------------------------------


def test_no_session_starts_before_the_review_is_answered(reviewed_course, clinic, clinician):
    with pytest.raises(Refused) as refused:
        start_or_resume_session(plan=reviewed_course, by=clinician, clinic=clinic)

    (waiting,) = [finding for finding in refused.value.findings if finding.code == "session:review"]
    assert waiting.fixed
    assert "waits for the review after session 1" in waiting.message


def test_raw_sql_does_not_start_one_either(reviewed_course, signed):
    fields = [
        field.column
        for field in TreatmentSession._meta.concrete_fields
        if field.column not in ("id", "number", "status", "signed_at", "signed_by_id", "appointment_id")
    ]
    columns = ", ".join(fields)

    with pytest.raises(IntegrityError, match="waits until the review is answered"):
        sql(
            f"INSERT INTO treatment_sessions_treatmentsession ({columns}, number, status)"
            f" SELECT {columns}, 2, 'draft' FROM treatment_sessions_treatmentsession WHERE id = %s",
            signed.pk,
        )


def test_a_plan_does_not_say_that_it_was_reviewed_where_it_was_not(reviewed_course):
    with pytest.raises(IntegrityError, match="as far as its last review"):
        sql("UPDATE plans_treatmentplan SET reviewed_to = 1 WHERE id = %s", reviewed_course.pk)


def test_a_review_is_not_changed_nor_deleted(reviewed_course, clinician):
    review = decide(reviewed_course, clinician)

    for statement in ("UPDATE response_review SET decision = 'stop'", "DELETE FROM response_review"):
        with pytest.raises(IntegrityError, match="append-only"):
            sql(f"{statement} WHERE id = %s", review.pk)


def test_booked_sessions_say_that_they_wait(as_clinician, reviewed_course, clinician):
    book(reviewed_course, 2, days=14, clinician=clinician)

    html = as_clinician.get(reverse("plan", args=[reviewed_course.pk])).content.decode()

    assert html.count("waits for the review") == 7
    assert review_url(reviewed_course) in html


# --- it decides ----------------------------------------------------------------


def test_continue_lets_the_next_session_start(reviewed_course, clinic, clinician):
    review = decide(reviewed_course, clinician)

    session = start_or_resume_session(plan=reviewed_course, by=clinician, clinic=clinic)

    assert (session.number, review.number, review.cancelled) == (2, 1, 0)
    event = AuditEvent.objects.get(did="review.decided")
    assert (event.patient_id, event.data["decision"]) == (reviewed_course.patient_id, "continue")


@pytest.mark.parametrize(
    ("decision", "status", "cancelled"),
    [
        ("continue", "active", False),
        ("change", "changing", False),
        ("longer", "active", True),
        ("stop", "stopped", True),
        ("refer", "paused", True),
        ("maintenance", "done", True),
    ],
)
def test_each_decision_does_it(reviewed_course, clinician, decision, status, cancelled):
    ahead = book(reviewed_course, 2, days=1, clinician=clinician)
    days = 60 if decision == "longer" else None

    review = decide(reviewed_course, clinician, decision, interval_days=days)

    reviewed_course.refresh_from_db()
    ahead.refresh_from_db()
    assert (reviewed_course.status, reviewed_course.reviewed_to) == (status, 1)
    # By the clinic: never late on the patient's side, however short the notice.
    assert ahead.status == ("cancelled" if cancelled else "booked")
    assert (review.cancelled, review.next_on is None) == (int(cancelled), cancelled)
    assert reviewed_course.intervals == ([60] * 7 if decision == "longer" else [14] * 7)


@pytest.mark.parametrize("decision", ["change", "stop", "refer", "maintenance"])
def test_what_is_held_or_over_starts_no_session(reviewed_course, clinic, clinician, decision):
    decide(reviewed_course, clinician, decision)

    with pytest.raises(Refused) as refused:
        start_or_resume_session(plan=reviewed_course, by=clinician, clinic=clinic)

    assert "session:plan" in [finding.code for finding in refused.value.findings]


def test_a_changed_course_goes_on_with_another_signed_cocktail_of_the_patient(
    as_clinician, reviewed_course, clinic, clinician, patient, once
):
    decide(reviewed_course, clinician, "change")
    url = reverse("plans:plan_go_on", args=[reviewed_course.pk])
    other_patients = factories.signed_cocktail(clinic=clinic, by=clinician)
    none_yet = as_clinician.post(url, {"once": once()})
    wrong = as_clinician.post(url, {"once": once(), "cocktail": other_patients.pk})
    version = factories.signed_cocktail(clinic=clinic, patient=patient, by=clinician)

    html = as_clinician.get(reverse("plan", args=[reviewed_course.pk])).content.decode()
    answer = as_clinician.post(url, {"once": once(), "cocktail": version.pk})

    reviewed_course.refresh_from_db()
    assert (none_yet.status_code, wrong.status_code, answer.status_code) == (422, 422, 302)
    assert "Go on with this cocktail" in html
    assert (reviewed_course.status, reviewed_course.cocktail_version) == ("active", version)


def test_a_changed_course_does_not_go_on_with_a_cocktail_of_another_clinic_or_a_retired_one(
    as_clinician, reviewed_course, clinic, clinician, patient, once
):
    decide(reviewed_course, clinician, "change")
    elsewhere = factories.signed_cocktail(patient=patient)
    retired = factories.signed_cocktail(clinic=clinic, patient=patient, by=clinician)
    retired.cocktail.retired_at = timezone.now()
    retired.cocktail.save()

    html = as_clinician.get(reverse("plan", args=[reviewed_course.pk])).content.decode()
    url = reverse("plans:plan_go_on", args=[reviewed_course.pk])
    answers = [as_clinician.post(url, {"once": once(), "cocktail": v.pk}) for v in (elsewhere, retired)]

    assert "Build another cocktail" in html
    assert [answer.status_code for answer in answers] == [422, 422]
    for version, code in ((elsewhere, "plan:other-clinic"), (retired, "plan:retired-cocktail")):
        with pytest.raises(Refused) as refused:
            go_on_with_plan(plan=reviewed_course, by=clinician, cocktail_version=version)
        assert [finding.code for finding in refused.value.findings] == [code]


def test_a_course_paused_by_a_referral_goes_on_when_a_clinician_says_so(
    reviewed_course, clinic, clinician, front_desk
):
    decide(reviewed_course, clinician, "refer")

    with pytest.raises(Refused):
        go_on_with_plan(plan=reviewed_course, by=front_desk)
    go_on_with_plan(plan=reviewed_course, by=clinician)

    assert start_or_resume_session(plan=reviewed_course, by=clinician, clinic=clinic).number == 2


def test_thoughts_of_self_harm_in_the_words_of_a_decision_stand_from_that_minute(reviewed_course, clinician):
    load_alert_types()

    decide(reviewed_course, clinician, "refer", text="Refer: suicidal thoughts since the finasteride")

    codes = [alert.code for alert in open_alerts_of_patient(reviewed_course.patient_id)]
    assert codes == ["alert:state:suicidal"]


def test_the_front_desk_decides_nothing(reviewed_course, front_desk):
    with pytest.raises(Refused):
        decide(reviewed_course, front_desk)

    assert not Review.objects.exists()


def test_while_an_alert_stands_nothing_goes_on_as_it_is(reviewed_course, clinician):
    factories.AlertFactory(patient=reviewed_course.patient, level=AlertLevel.BLOCK, raised_by=clinician)

    with pytest.raises(Refused) as refused:
        decide(reviewed_course, clinician)

    assert [finding.code for finding in refused.value.findings] == ["review:harm"]
    assert decide(reviewed_course, clinician, "stop").decision == "stop"


# --- its page ------------------------------------------------------------------


def test_none_is_chosen_beforehand_and_one_honest_line_stands_on_it(as_clinician, reviewed_course):
    html = as_clinician.get(review_url(reviewed_course)).content.decode()

    assert html.count('name="decision"') == 6
    assert "checked" not in html
    assert html.count("Association, no control group. Some of this may come by itself.") == 1


def test_from_the_patient_to_a_decision_in_three_taps(as_clinician, reviewed_course, once):
    patient_page = as_clinician.get(reverse("patient", args=[reviewed_course.patient_id]))
    first_tap = patient_page.context["primary"].url
    page = as_clinician.get(first_tap)

    said = {"once": once(), "decision": "continue", "text": "Less shedding"}
    answer = as_clinician.post(first_tap, said, follow=True)

    assert page.status_code == 200
    assert first_tap == review_url(reviewed_course)
    assert "signed, read only" in answer.content.decode()
    assert Review.objects.get().text == "Less shedding"


def test_what_is_missing_is_said_at_its_field_and_what_was_typed_is_kept(as_clinician, reviewed_course, once):
    answer = as_clinician.post(review_url(reviewed_course), {"once": once(), "text": "Less shedding"})

    assert answer.status_code == 422
    assert "Nothing is chosen" in answer.content.decode()
    assert "Less shedding" in answer.content.decode()
    assert not Review.objects.exists()


def test_a_second_click_decides_once(as_clinician, reviewed_course, once):
    said = {"once": once(), "decision": "continue", "text": "Less shedding"}

    as_clinician.post(review_url(reviewed_course), said)
    as_clinician.post(review_url(reviewed_course), said)

    assert Review.objects.count() == 1


@pytest.mark.parametrize("count", [1, 3])
def test_the_review_is_read_in_twenty_queries(
    as_clinician, reviewed_course, density, clinician, count_queries, count
):
    for each in range(count):
        measure(density, reviewed_course.patient, 100 + each, days_ago=each)
        measure(make_kind(f"PRO_{each}", "Told", kept_as="patient"), reviewed_course.patient, 4)
        book(reviewed_course, 2 + each, days=7 + each, clinician=clinician)
    as_clinician.get(review_url(reviewed_course))

    with count_queries() as sent:
        as_clinician.get(review_url(reviewed_course))

    # The sign-in row, the user, the access row and its seal stand apart.
    own = [q for q in sent if "django_session" not in q and "core_audit" not in q]
    assert len(own) <= 20, "\n".join(each[:110] for each in own)


def test_what_was_decided_is_read_with_the_figures_of_that_time(
    as_clinician, reviewed_course, density, clinician
):
    measure(density, reviewed_course.patient, 100, days_ago=3)
    review = decide(reviewed_course, clinician)
    measure(density, reviewed_course.patient, 177)

    html = as_clinician.get(reverse("response:reviewed", args=[review.pk])).content.decode()

    assert "Decided together" in html
    assert ">177<" not in html


@pytest.mark.parametrize("decision", [each.value for each in Decision])
def test_the_patient_gets_a_letter(as_clinician, reviewed_course, clinician, decision):
    review = decide(reviewed_course, clinician, decision, interval_days=60 if decision == "longer" else None)

    answer = as_clinician.get(reverse("response:letter", args=[review.pk]))

    assert answer.content.startswith(b"%PDF")
    assert str(reviewed_course.patient) not in answer["Content-Disposition"]


def test_what_no_office_can_measure_says_so(as_clinician, reviewed_course):
    make_kind("BLOOD_SUPPLY", "Blood supply", kept_as="never")

    assert "Blood supply: not measured." in as_clinician.get(review_url(reviewed_course)).content.decode()


def test_the_dose_so_far_stands_per_zone(as_clinician, reviewed_course, signed):
    (dose, *_) = signed.doses.all()
    ingredient = factories.IngredientFactory(name="Dexpanthenol, active")
    factories.ProductContentFactory(product=dose.product, ingredient=ingredient, mg_per_ml=D(10))

    given = as_clinician.get(review_url(reviewed_course)).context["given"]

    (mine,) = [each for each in given if each.name == "Dexpanthenol, active"]
    assert mine.mg == (dose.ml - dose.wasted_ml) * 10
    assert sum(zone.mg_per_cm2 for zone in mine.zones) > 0
