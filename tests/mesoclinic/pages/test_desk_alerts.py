"""The front desk reads what it has to do about an alert, and nothing of what it is: on every page it has."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from patients.actions.alerts import raise_alerts_unless_open
from patients.rules.alerts import AlertKind, AlertLevel, NewAlert
from tests import factories
from tests.alert_types import load_alert_types
from treatments.plans.alert_queries import open_alerts_of_patient
from treatments.schedule.rules.bookings import alert_findings

HOLD = "Hold: a clinician must look first. Do not move this patient to the chair."
COUCH = "Give this patient a couch and extra 15 minutes."

#: What no page of the desk may hold: words of the alerts, their codes and their slots.
CANARY = "canaryzone"
SECRETS = (CANARY, "alert:reaction", "naphyla", "abscess", "Fainted", "fainting", "culprit", "zinc")


@pytest.fixture
def visit(clinic, clinician):
    load_alert_types()
    patient = factories.PatientFactory(registered_by=clinician)
    version = factories.signed_cocktail(clinic=clinic, patient=patient, by=clinician)
    plan = factories.make_plan(
        clinic=clinic, patient=patient, version=version, by=clinician, status="accepted"
    )
    start = timezone.now().replace(microsecond=0)
    return factories.AppointmentFactory(
        clinic=clinic,
        patient=patient,
        clinician=clinician,
        room=factories.RoomFactory(clinic=clinic),
        kind="session",
        plan=plan,
        session_number=1,
        starts_at=start,
        ends_at=start + timedelta(minutes=30),
        booked_by=clinician,
    )


def tell(patient, *codes: str) -> None:
    raise_alerts_unless_open(
        [
            (
                patient.pk,
                NewAlert(
                    AlertKind.REACTION,
                    AlertLevel.BLOCK,
                    CANARY,
                    f"tests.row:{code}",
                    codes=(code,),
                    slots={"region": CANARY, "substance": CANARY},
                    session_number=1,
                    suspects=("zinc",),
                ),
            )
            for code in codes
        ],
        by=None,
    )


def pages_of_desk(visit) -> dict[str, str]:
    patient, plan = visit.patient_id, visit.plan_id
    return {
        "today": "/",
        "patient": reverse("patient", args=[patient]),
        "contacts": reverse("patients:edit", args=[patient]),
        "visit": reverse("schedule:appointment", args=[visit.pk]),
        "day": reverse("schedule:day"),
        "day as a list": f"{reverse('schedule:day')}?view=list",
        "booking a course": reverse("schedule:book_course", args=[plan]),
        "booking a visit": reverse("schedule:book", args=[patient]),
        "moving": reverse("schedule:move", args=[visit.pk]),
        "waiting list": reverse("waiting:entry_add", args=[patient]),
        "calls": reverse("followup:calls"),
    }


def test_every_page_of_the_desk_holds_what_it_is_told_and_nothing_more(as_front_desk, visit):
    tell(
        visit.patient, "alert:reaction:anaphylaxis", "alert:reaction:skin-necrosis", "alert:reaction:fainting"
    )

    for name, url in pages_of_desk(visit).items():
        page = as_front_desk.get(url)
        assert page.status_code == 200, name
        for secret in SECRETS:
            assert secret not in page.text, (name, secret)
    for name in ("patient", "contacts", "visit", "day as a list"):
        page = as_front_desk.get(pages_of_desk(visit)[name])
        assert HOLD.partition(". ")[0] in page.text, name


def test_the_desk_books_past_an_alert_by_what_it_is_told(visit):
    tell(
        visit.patient, "alert:reaction:anaphylaxis", "alert:reaction:fainting", "alert:reaction:pigmentation"
    )

    [finding] = alert_findings(open_alerts_of_patient(visit.patient_id))

    assert (finding.code, finding.message) == ("booking:alert", f"{HOLD} {COUCH} Say why it is booked.")


def test_the_clinician_reads_what_it_is_on_the_same_pages(as_clinician, visit):
    tell(visit.patient, "alert:reaction:anaphylaxis")

    for name in ("today", "patient", "visit"):
        page = as_clinician.get(pages_of_desk(visit)[name])
        assert ("Anaphylaxis after session 1" in page.text) or name == "today", name
    assert "Alert: " in as_clinician.get("/").text


@pytest.mark.parametrize("many", [1, 3])
def test_the_pages_cost_the_same_for_one_alert_and_three(as_front_desk, visit, count_queries, many):
    tell(
        visit.patient, *("alert:reaction:abscess", "alert:reaction:fainting", "alert:reaction:keloid")[:many]
    )

    counts = {}
    for name, url in pages_of_desk(visit).items():
        with count_queries() as sent:
            as_front_desk.get(url)
        counts[name] = len(sent)

    # Twenty are read, and Today writes its row in the log.
    assert max(counts.values()) <= 21
    # Four of them are lists or a form: their row in the log is one statement each, as the others' was before. Today reads the
    # marks of the inbox and the answers by link that cannot wait.
    assert sum(counts.values()) == 105
