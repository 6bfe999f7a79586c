"""Today, finding, one patient at a glance, and drafts."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from mesoclinic.core.models import AuditEvent, Autosave
from patients.actions.alerts import end_alerts
from patients.rules.alerts import DESK_TEXT
from tests import factories
from tests.conftest import signed_in
from treatments.response.models import Review

pytestmark = pytest.mark.django_db

CANARY = "canary-word-in-a-clinical-note"


def appointment_today(clinic, clinician, patient, **fields):
    noon = timezone.localtime().replace(hour=12, minute=0, second=0, microsecond=0)
    start = noon + timedelta(minutes=fields.pop("minutes", 5))
    return factories.AppointmentFactory(
        clinic=clinic,
        clinician=clinician,
        patient=patient,
        room=factories.RoomFactory(clinic=clinic),
        starts_at=start,
        ends_at=start + timedelta(minutes=30),
        **fields,
    )


# --- today -------------------------------------------------------------------


def test_today_shows_the_day_and_what_needs_the_clinician(as_clinician, clinician, clinic):
    patient = factories.PatientFactory(given_names="Amira", family_name="Haddad")
    plan = factories.make_plan(clinic=clinic, patient=patient, by=clinician, status="active")
    appointment_today(clinic, clinician, patient, plan=plan, session_number=5)
    factories.TreatmentSessionFactory(
        plan=plan, number=4, performed_on=timezone.localdate() - timedelta(days=1)
    )

    page = as_clinician.get(reverse("today")).content.decode()

    assert "1 booked" in page
    assert "Sign session: Amira Haddad" in page
    assert "Review at session 5: Amira Haddad" in page
    assert "No consent: Amira Haddad" in page


def test_the_review_stands_where_the_clinic_sets_it(as_clinician, clinician, clinic):
    clinic.review_at_session = 3
    clinic.save()
    patient = factories.PatientFactory(given_names="Amira", family_name="Haddad")
    plan = factories.make_plan(clinic=clinic, patient=patient, by=clinician, status="active")
    factories.ConsentFactory(patient=patient)
    appointment_today(clinic, clinician, patient, plan=plan, session_number=3)

    today = as_clinician.get(reverse("today")).content.decode()
    glance = as_clinician.get(reverse("patient", args=[patient.pk])).content.decode()

    assert "Review at session 3: Amira Haddad" in today
    assert "Review at session 3" in glance
    assert "Review at session 5" not in today + glance


def test_today_tells_the_desk_who_accepted_and_is_not_booked(as_front_desk, clinic):
    patient = factories.PatientFactory(given_names="Yuki", family_name="Tanaka")
    factories.make_plan(clinic=clinic, patient=patient, status="accepted")

    page = as_front_desk.get(reverse("today")).content.decode()

    assert "Book the course: Yuki Tanaka" in page


def test_today_shows_an_admin_and_a_cosmetologist_no_patient(as_admin, as_cosmetologist, clinic, clinician):
    patient = factories.PatientFactory(family_name="Haddad")
    appointment_today(clinic, clinician, patient)

    for client in (as_admin, as_cosmetologist):
        answer = client.get(reverse("today"))
        assert answer.status_code == 200
        assert "Haddad" not in answer.content.decode()


def test_today_is_closed_to_somebody_who_works_at_no_clinic():
    user = factories.UserFactory(roles=["clinician"], clinic=None)

    assert signed_in(user).get(reverse("today")).status_code == 403


@pytest.mark.parametrize("role", ["clinician", "front_desk"])
def test_today_costs_the_same_for_one_appointment_and_for_three(role, clinic, clinician, count_queries):
    client = signed_in(factories.UserFactory(roles=[role], clinic=clinic))
    counts = []
    for rows in (1, 2):
        for turn in range(rows):
            patient = factories.PatientFactory()
            plan = factories.make_plan(clinic=clinic, patient=patient, by=clinician, status="active")
            appointment_today(
                clinic, clinician, patient, plan=plan, session_number=1, minutes=31 * (rows + turn)
            )
        with count_queries() as queries:
            client.get(reverse("today"))
        counts.append(len(queries))

    assert counts[0] == counts[1]
    assert counts[0] <= 21  # twenty reads, and the row that says who was shown


# --- find --------------------------------------------------------------------


def test_one_find_leads_straight_to_the_patient_and_sends_no_name_in_the_url(as_front_desk):
    patient = factories.PatientFactory(given_names="Lucía", family_name="Núñez")

    answer = as_front_desk.post(reverse("find"), {"q": "nunez"})

    assert answer.status_code == 302
    assert answer["Location"] == reverse("patient", args=[patient.pk])


@pytest.mark.parametrize("text", ["Nunez", "lucia nun", "1984-10-12", "12.10.1984", "0612345678"])
def test_a_patient_is_found_by_name_birth_date_and_telephone(as_clinician, text):
    patient = factories.PatientFactory(
        given_names="Lucía", family_name="Núñez", birth_date="1984-10-12", phone="+33612345678"
    )
    factories.PatientFactory(family_name="Other")

    answer = as_clinician.post(reverse("find"), {"q": text})

    assert answer["Location"] == reverse("patient", args=[patient.pk])


def test_several_finds_are_listed(as_front_desk):
    factories.PatientFactory(given_names="Lucía", family_name="Núñez")
    factories.PatientFactory(given_names="Marta", family_name="Núñez")

    page = as_front_desk.post(reverse("find"), {"q": "nunez"}).content.decode()

    assert "Lucía Núñez" in page
    assert "Marta Núñez" in page


@pytest.mark.parametrize("typed", ["A12/b34", "a12/b34", "A12/"])
def test_a_lot_with_a_stroke_is_found_by_what_is_printed(as_admin, clinic, typed):
    lot = factories.LotFactory(clinic=clinic, number="A12/b34")

    answer = as_admin.post(reverse("find"), {"q": typed})

    assert answer["Location"] == reverse("stock:lot", args=[lot.pk])


def test_an_admin_finds_lots_but_no_patients(as_admin, clinic):
    factories.PatientFactory(family_name="Lotus")
    lot = factories.LotFactory(clinic=clinic, number="LOT-77")

    patients = as_admin.post(reverse("find"), {"q": "lotus"}).content.decode()
    lots = as_admin.post(reverse("find"), {"q": "lot-77"})

    assert "Lotus" not in patients.replace("“lotus”", "")
    assert lots["Location"] == reverse("stock:lot", args=[lot.pk])


def test_nothing_found_is_said_with_what_to_do(as_front_desk):
    page = as_front_desk.post(reverse("find"), {"q": "zzz"}).content.decode()

    assert "Nothing begins like that" in page
    assert reverse("patients:register") in page


def test_finding_is_by_post_only(as_front_desk):
    answer = as_front_desk.get(reverse("find"))

    assert answer.status_code == 405
    assert answer["Allow"] == "POST"
    assert "only takes what a form sends" in answer.content.decode()


def test_the_desk_is_told_that_the_clinician_is_next(as_front_desk):
    patient = factories.PatientFactory()

    page = as_front_desk.get(reverse("patient", args=[patient.pk])).content.decode()

    assert "With the clinician: take the intake" in page


# --- one patient at a glance -------------------------------------------------


def test_the_patients_page_says_what_happened_and_what_comes_next(as_clinician, clinician, clinic):
    patient = factories.PatientFactory(given_names="Amira", family_name="Haddad")
    plan = factories.make_plan(clinic=clinic, patient=patient, by=clinician, status="active")
    factories.ConsentFactory(patient=patient)
    session = factories.TreatmentSessionFactory(plan=plan, number=1)

    page = as_clinician.get(reverse("patient", args=[patient.pk])).content.decode()

    assert "Amira Haddad" in page
    assert "0 of 8 done" in page
    assert "Finish and sign the draft of session 1" in page
    assert reverse("sessions:session", args=[session.pk]) in page
    assert "Review at session 5" in page


def test_the_patients_page_leads_to_each_step_of_the_way(as_clinician, clinician, clinic):
    patient = factories.PatientFactory()
    version = factories.signed_cocktail(clinic=clinic, patient=patient, by=clinician)
    plan = factories.make_plan(clinic=clinic, patient=patient, version=version, by=clinician, status="active")
    way = as_clinician.get(reverse("patient", args=[patient.pk])).context["way"]

    assert [(step.label, step.url) for step in way] == [
        ("Intake", reverse("patients:intake", args=[patient.pk])),
        ("Assessment", reverse("conditions:assessments", args=[patient.pk])),
        ("Cocktail", reverse("cocktails:formulation", args=[version.pk])),
        ("Plan", reverse("plan", args=[plan.pk])),
        ("Quote", reverse("billing:start", args=[patient.pk])),
        ("Sessions", "#sessions"),
    ]
    assert [step.mark for step in way] == ["ask", "", "", "", "", ""]


def test_looking_at_a_patient_is_a_row_in_the_log(as_clinician, clinician):
    patient = factories.PatientFactory()

    as_clinician.get(reverse("patient", args=[patient.pk]))

    event = AuditEvent.objects.get(did="patient.viewed")
    assert (event.by, event.patient_id) == (clinician, patient.pk)


def test_the_desk_sees_allergies_and_no_diagnosis(as_front_desk, clinic):
    patient = factories.PatientFactory()
    factories.AssessmentFactory(
        patient=patient, note=CANARY, condition=factories.ConditionFactory(name="Alopecia areata")
    )
    epilepsy = factories.FactorFactory(code="epilepsy", label="Epilepsy", kind="disease")
    factories.RiskFactorFactory(patient=patient, kind="disease", label="Epilepsy", factor=epilepsy)
    factories.RiskFactorFactory(patient=patient, kind="allergy", label="Latex")

    page = as_front_desk.get(reverse("patient", args=[patient.pk])).content.decode()

    assert "Allergy: latex" in page
    assert "Clinical alert" in page
    for hidden in (CANARY, "Alopecia areata", "pilepsy"):
        assert hidden not in page


def test_an_open_alert_stands_in_the_bar_and_the_desk_is_told_to_ask(as_clinician, as_front_desk, clinician):
    patient = factories.PatientFactory()
    text = f"{CANARY}: swelling that has not gone down after two days, seen by telephone"
    patient.alerts.create(
        kind="reaction",
        level="block_overridable",
        text=text,
        desk_text=DESK_TEXT,
        source="tests.alert:1",
        raised_by=clinician,
    )
    old = patient.alerts.create(kind="pain", level="warn", text="An old pain", source="tests.alert:2")
    end_alerts([old.pk], words="It went away", by=clinician)

    clinical, desk = (
        client.get(reverse("patient", args=[patient.pk])) for client in (as_clinician, as_front_desk)
    )

    assert clinical.context["bar"].alerts == [(f"{text[:59].rstrip()}…", "stop")]
    assert desk.context["bar"].alerts == [(DESK_TEXT, "stop")]
    assert CANARY not in desk.text


@pytest.mark.parametrize("who", ["as_admin", "as_cosmetologist"])
def test_those_who_may_not_see_patients_are_forbidden(who, request):
    patient = factories.PatientFactory()

    answer = request.getfixturevalue(who).get(reverse("patient", args=[patient.pk]))

    assert answer.status_code == 403


def test_a_patient_who_is_not_there_is_404(as_clinician):
    assert as_clinician.get(reverse("patient", args=[987654])).status_code == 404


def test_the_response_is_drawn_from_what_was_measured(as_clinician, clinician, clinic):
    patient = factories.PatientFactory()
    density = factories.SeverityScaleFactory(
        code="HAIR_DENSITY", name="Density", short_name="Density", kind="number"
    )
    patient.measurements.create(scale=density, value=Decimal(128), measured_by=clinician)
    plan = factories.make_plan(clinic=clinic, patient=patient, by=clinician, status="active")
    session = factories.TreatmentSessionFactory(plan=plan, number=1)
    session.measurements.add(
        patient.measurements.create(scale=density, value=Decimal(141), measured_by=clinician)
    )

    page = as_clinician.get(reverse("patient", args=[patient.pk]))

    (density,) = page.context["measured"]
    assert [figure for _, figure, _ in density["plot"].rows] == ["128", "141"]
    assert len(density["plot"].dots) == 2
    # No kind of measurement says what its error is: the change is shown and not judged.
    assert (density["verdict"], density["level"]) == ("+13, smallest change not known", "plain")


def test_a_course_of_more_sessions_than_are_listed_is_counted_whole(as_clinician, clinician, clinic):
    patient = factories.PatientFactory()
    plan = factories.make_plan(
        clinic=clinic, patient=patient, by=clinician, status="active", sessions_planned=20, reviewed_to=5
    )
    today = timezone.localdate()
    for number in range(1, 14):
        factories.TreatmentSessionFactory(
            plan=plan,
            number=number,
            performed_on=today - timedelta(days=100 - number),
            status="amended",
            signed_by=clinician,
            signed_at=timezone.now(),
        )
    Review.objects.create(plan=plan, number=5, decision="continue", text="Made up", by=clinician)
    # Begun before the others and left: twelve newer ones are listed before it.
    draft = factories.TreatmentSessionFactory(plan=plan, number=14, performed_on=today - timedelta(days=100))

    page = as_clinician.get(reverse("patient", args=[patient.pk]))

    assert len(page.context["sessions"]) == 12
    assert page.context["course_line"].startswith("13 of 20 done")
    assert page.context["segments"] == [True] * 13 + [False] * 7
    first = page.context["next_steps"][0]
    assert first.text == "Finish and sign the draft of session 14"
    assert first.url == reverse("sessions:session", args=[draft.pk])


def test_the_patients_page_costs_the_same_for_one_session_and_for_three(
    as_clinician, clinician, clinic, count_queries
):
    counts = []
    for rows in (1, 3):
        patient = factories.PatientFactory(birth_date=date(1970 + rows, 5, 20))
        plan = factories.make_plan(clinic=clinic, patient=patient, by=clinician, status="active")
        for number in range(1, rows + 1):
            factories.TreatmentSessionFactory(plan=plan, number=number)
            factories.RiskFactorFactory(patient=patient, label=f"Allergy {number}")
        with count_queries() as queries:
            as_clinician.get(reverse("patient", args=[patient.pk]))
        counts.append(len(queries))

    assert counts[0] == counts[1]
    assert counts[0] <= 19


# --- drafts ------------------------------------------------------------------


def test_what_is_typed_is_kept_for_its_author_alone(as_clinician, clinician, clinic):
    form = {
        "autosave_kind": "intake",
        "autosave_subject": "patient:7",
        "autosave_url": "/patients/7/intake/",
        "pattern": ["frontal", "vertex"],
        "once": "a-key",
    }

    answer = as_clinician.post(reverse("autosave"), form)

    draft = Autosave.objects.get()
    assert answer.json()["saved"]
    assert draft.owner == clinician
    assert draft.fields == {"pattern": ["frontal", "vertex"]}
    other = factories.ClinicianFactory(clinic=clinic)
    assert not Autosave.objects.of(user=other, kind="intake", subject="patient:7").exists()


def test_saving_again_replaces_the_draft(as_clinician):
    form = {"autosave_kind": "intake", "autosave_subject": "patient:7", "note": "first"}

    as_clinician.post(reverse("autosave"), form)
    as_clinician.post(reverse("autosave"), form | {"note": "second"})

    assert Autosave.objects.get().fields == {"note": ["second"]}


@pytest.mark.parametrize("missing", ["autosave_kind", "autosave_subject"])
def test_a_draft_says_which_form_it_is_of(as_clinician, missing):
    form = {"autosave_kind": "intake", "autosave_subject": "patient:7"} | {missing: ""}

    assert as_clinician.post(reverse("autosave"), form).status_code == 400
    assert not Autosave.objects.exists()
