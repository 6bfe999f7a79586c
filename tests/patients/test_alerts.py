"""Alerts: raised by what knows, read on every page of a patient, cleared by a clinician in writing."""

import threading
from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from mesoclinic.core.findings import Level, Refused
from mesoclinic.core.models import AuditEvent
from patients.actions.alert_clearing import clear_alert
from patients.actions.alerts import clear_alert_of_source, raise_alert_unless_open
from patients.models import Alert, AlertClearing
from patients.rules.alert_clearing import ClearingFacts, check_alert_may_be_cleared
from patients.rules.alerts import (
    DESK_TEXT,
    AlertKind,
    AlertLevel,
    OpenAlert,
    alert_findings,
    sorted_worst_first,
)
from tests import factories
from treatments.plans.alert_queries import open_alerts_of_patient

REASON = "Seen today, it has gone"


def raised(patient, *, source="test.row:1", level=AlertLevel.BLOCK, text="Bald patch", by=None):
    return raise_alert_unless_open(
        patient=patient, kind=AlertKind.REACTION, level=level, text=text, source=source, by=by
    )


@pytest.fixture
def alert(patient, clinician):
    return raised(patient, by=clinician)


def sql(statement: str, *values: object) -> None:
    """Go around the application, in a savepoint of its own."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


# --- rules -------------------------------------------------------------------

OLD = OpenAlert(1, "recall", "warn", "Recalled lot", date(2026, 1, 2))
NEW = OpenAlert(2, "reaction", "block_overridable", "Bald patch", date(2026, 3, 4))


def test_the_blocking_alert_comes_first_then_the_oldest():
    oldest = OpenAlert(3, "pain", "warn", "Pain 8", date(2025, 1, 1))

    assert sorted_worst_first([OLD, NEW, oldest]) == [NEW, oldest, OLD]


def test_an_alert_is_a_finding_that_can_be_passed_with_a_reason():
    block, warn = alert_findings([OLD, NEW])

    assert (block.code, block.level, block.fixed) == ("alert:2", Level.BLOCK, False)
    assert (warn.code, warn.level) == ("alert:1", Level.WARN)
    assert block.message.startswith("Bald patch (since 4 Mar 2026).")


def test_who_may_not_read_diagnoses_is_told_that_a_clinician_looks():
    [finding] = alert_findings([NEW], clinical=False)

    assert finding.message.startswith(DESK_TEXT)
    assert "Bald" not in finding.message


@pytest.mark.parametrize(
    ("reason", "is_open", "code"),
    [
        ("ten letters", True, None),
        ("ten letter", True, None),
        ("too short", True, "alert:reason"),
        ("  too short  ", True, "alert:reason"),
        (REASON, False, "alert:cleared"),
    ],
)
def test_an_alert_is_cleared_once_and_in_a_sentence(reason, is_open, code):
    assert [
        finding.code for finding in check_alert_may_be_cleared(reason, {}, ClearingFacts(is_open=is_open))
    ] == ([code] if code else [])


# --- raise and clear ---------------------------------------------------------


def test_an_alert_is_raised_once_for_its_source_while_it_is_open(alert, patient, clinician):
    again = raised(patient, text="Bald patch again", by=clinician)

    assert again == alert
    assert Alert.objects.get().text == "Bald patch"
    assert AuditEvent.objects.filter(did="alert.raised", by=clinician, patient_id=patient.pk).count() == 1


def test_a_cleared_source_may_raise_another(alert, patient, clinician):
    clear_alert(alert=alert, reason=REASON, by=clinician)

    assert raised(patient) != alert
    assert len(open_alerts_of_patient(patient.pk)) == 1


def test_a_clinician_clears_an_alert_in_writing(alert, patient, clinician):
    clear_alert(alert=alert, reason=f"  {REASON} ", by=clinician)

    alert.refresh_from_db()
    assert (alert.clearing.by, alert.clearing.words, alert.clearing.how) == (clinician, REASON, "cleared")
    assert alert.ended_at == alert.clearing.at
    assert open_alerts_of_patient(patient.pk) == []
    assert AuditEvent.objects.filter(did="alert.cleared", by=clinician, patient_id=patient.pk).count() == 1


@pytest.mark.parametrize("who", ["front_desk", "admin", "cosmetologist"])
def test_nobody_but_a_clinician_clears_an_alert(alert, request, who):
    with pytest.raises(Refused, match="by a clinician"):
        clear_alert(alert=alert, reason=REASON, by=request.getfixturevalue(who))

    assert Alert.objects.get().ended_at is None


def test_a_short_reason_and_a_second_time_are_refused(alert, clinician):
    with pytest.raises(Refused, match="10 characters"):
        clear_alert(alert=alert, reason="fine", by=clinician)
    clear_alert(alert=alert, reason=REASON, by=clinician)
    with pytest.raises(Refused, match="cleared already"):
        clear_alert(alert=alert, reason="Another reason", by=clinician)

    assert AlertClearing.objects.get().words == REASON


def test_what_raised_an_alert_ends_it_when_it_is_over(alert, patient, clinician):
    clear_alert_of_source(source="test.row:2", reason="Over", by=clinician)
    assert len(open_alerts_of_patient(patient.pk)) == 1

    clear_alert_of_source(source=alert.source, reason="Over", by=clinician)
    clear_alert_of_source(source=alert.source, reason="Over again", by=clinician)

    clearing = AlertClearing.objects.get()
    assert (clearing.by, clearing.words, clearing.how) == (clinician, "Over", "cause_over")


def test_alerts_follow_a_record_that_is_merged_into_another(alert, patient):
    other = factories.PatientFactory()
    own = raised(other, source="test.row:2", level=AlertLevel.WARN)
    factories.merge_records(patient, other)

    assert [each.pk for each in open_alerts_of_patient(other.pk)] == [alert.pk, own.pk]
    assert [each.pk for each in open_alerts_of_patient(patient.pk)] == [alert.pk]


@pytest.mark.django_db(transaction=True)
def test_two_who_raise_the_same_alert_at_once_get_one(patient):
    """The second waits at the database until the first has committed, and is given the first's alert."""
    said = []

    def second():
        try:
            said.append(raised(patient))
        except Exception as error:
            said.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=second)
    with transaction.atomic():
        first = raised(patient)
        thread.start()
        with connection.cursor() as cursor:
            for _ in range(600):
                cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
                if cursor.fetchone()[0]:
                    break
                thread.join(0.05)
    thread.join()

    assert said == [first]
    assert Alert.objects.count() == 1


# --- what the database refuses -----------------------------------------------


@pytest.mark.parametrize(
    "change",
    ["text = 'x'", "level = 'warn'", "kind = 'pain'", "source = 'x'", "raised_at = now()", "patient_id = 0"],
)
def test_an_open_alert_changes_in_nothing_but_its_end(alert, change):
    with pytest.raises(IntegrityError, match="An alert is frozen"):
        sql(f"UPDATE patients_alert SET {change}")


@pytest.mark.parametrize(
    "change",
    ["ended_at = now()", "ended_at = NULL", "text = 'x'"],
)
def test_a_cleared_alert_is_frozen_wholly(alert, clinician, change):
    clear_alert(alert=alert, reason=REASON, by=clinician)

    with pytest.raises(IntegrityError, match="frozen|ends by a clearing"):
        sql(f"UPDATE patients_alert SET {change}")


def test_an_alert_is_kept(alert):
    with pytest.raises(IntegrityError, match="An alert is kept"):
        sql("DELETE FROM patients_alert")


def test_an_alert_does_not_end_without_a_clearing(alert):
    with pytest.raises(IntegrityError, match="ends by a clearing that says who, when and why"):
        sql("UPDATE patients_alert SET ended_at = now()")


def test_one_alert_stands_open_for_a_source(alert):
    with pytest.raises(IntegrityError, match="one_open_alert_for_a_source"):
        sql(
            "INSERT INTO patients_alert"
            " (patient_id, code, kind, level, text, desk_text, source, since, suspects, zones)"
            " SELECT patient_id, code, kind, level, text, desk_text, source, since, suspects, zones FROM patients_alert"
        )


# --- the pages ---------------------------------------------------------------


def clear_url(alert, patient):
    return reverse("patients:alert_clear", args=[patient.pk, alert.pk])


def test_a_clinician_reads_the_alert_in_the_bar_and_on_the_patients_page(as_clinician, alert, patient):
    raised(patient, source="test.row:2", level=AlertLevel.WARN, text="Pain 8 of 10")

    page = as_clinician.get(reverse("patient", args=[patient.pk]))
    details = as_clinician.get(reverse("patients:edit", args=[patient.pk]))

    for answer in (page, details):
        assert answer.context["bar"].alerts[:2] == [("Bald patch", "stop"), ("Pain 8 of 10", "warn")]
        assert '<span class="chip c-stop">Bald patch</span>' in answer.text
        assert '<span class="chip c-warn">Pain 8 of 10</span>' in answer.text
    assert clear_url(alert, patient) in page.text


def test_the_bar_shows_the_alert_of_a_record_that_was_merged_into_this_one(as_clinician, alert, patient):
    other = factories.PatientFactory()
    factories.merge_records(patient, other)

    page = as_clinician.get(reverse("patient", args=[other.pk]))

    assert page.context["bar"].alerts == [("Bald patch", "stop")]
    assert clear_url(alert, other) in page.text


def test_the_front_desk_reads_that_a_clinician_looks_first_and_no_diagnosis(as_front_desk, alert, patient):
    page = as_front_desk.get(reverse("patient", args=[patient.pk]))

    assert f'<span class="chip c-stop">{DESK_TEXT}</span>' in page.text
    assert "Bald patch" not in page.text
    assert clear_url(alert, patient) not in page.text


def test_a_clinician_clears_an_alert_on_the_page(as_clinician, alert, patient, once):
    answer = as_clinician.post(clear_url(alert, patient), {"once": once(), "reason": REASON}, follow=True)

    assert answer.redirect_chain == [(reverse("patient", args=[patient.pk]), 302)]
    assert "The alert is cleared" in answer.text
    assert AlertClearing.objects.get().words == REASON
    cleared = as_clinician.get(reverse("patient_alerts", args=[patient.pk]))
    assert cleared.context["open_alerts"] == []
    assert REASON in cleared.text


def test_a_reason_that_is_too_short_comes_back_with_what_was_typed(as_clinician, alert, patient, once):
    answer = as_clinician.post(clear_url(alert, patient), {"once": once(), "reason": "Too brief"})

    assert answer.status_code == 422
    assert "10 characters or more" in answer.text
    assert "Too brief" in answer.text
    assert Alert.objects.get().ended_at is None


def test_an_alert_that_somebody_else_cleared_meanwhile_is_told(as_clinician, alert, patient, clinician, once):
    clear_alert(alert=alert, reason=REASON, by=clinician)

    answer = as_clinician.post(clear_url(alert, patient), {"once": once(), "reason": "Another reason"})

    assert answer.status_code == 422
    assert "cleared already" in answer.text


def test_an_alert_is_cleared_on_the_page_of_its_own_patient_only(as_clinician, alert, once):
    other = factories.PatientFactory()

    answer = as_clinician.post(clear_url(alert, other), {"once": once(), "reason": REASON})

    assert answer.status_code == 404
    assert Alert.objects.get().ended_at is None


def test_the_front_desk_neither_opens_the_list_of_alerts_nor_clears_one(as_front_desk, alert, patient, once):
    listed = as_front_desk.get(reverse("patient_alerts", args=[patient.pk]))
    cleared = as_front_desk.post(clear_url(alert, patient), {"once": once(), "reason": REASON})

    assert (listed.status_code, cleared.status_code) == (403, 403)
    assert Alert.objects.get().ended_at is None


def test_a_stranger_is_asked_to_sign_in(stranger, alert, patient):
    for answer in (
        stranger.get(reverse("patient_alerts", args=[patient.pk])),
        stranger.post(clear_url(alert, patient), {"reason": REASON}),
    ):
        assert answer.status_code == 302
        assert answer["Location"].startswith(reverse("account_login"))
    assert Alert.objects.get().ended_at is None


def test_the_list_is_only_read_and_looking_at_the_form_clears_nothing(as_clinician, alert, patient):
    assert as_clinician.post(reverse("patient_alerts", args=[patient.pk])).status_code == 405
    assert as_clinician.get(clear_url(alert, patient)).status_code == 200
    assert len(open_alerts_of_patient(patient.pk)) == 1


def test_cleared_alerts_are_paged_by_key(as_clinician, patient, clinician, monkeypatch):
    monkeypatch.setattr("patients.alert_queries.PAGE", 2)
    for n in range(3):
        clear_alert(
            alert=raised(patient, source=f"test.row:{n}", text=f"Alert {n}"), reason=REASON, by=clinician
        )

    first = as_clinician.get(reverse("patient_alerts", args=[patient.pk]))
    second = as_clinician.get(first.context["page"]["next"])

    texts = [[each.text for each in page.context["cleared"]] for page in (first, second)]
    assert texts == [["Alert 2", "Alert 1"], ["Alert 0"]]
    assert second.context["page"]["next"] == ""


@pytest.mark.parametrize("many", [1, 3])
def test_alerts_cost_the_same_for_one_and_for_three(as_clinician, patient, clinician, count_queries, many):
    for n in range(many):
        raised(patient, source=f"test.row:{n}")
        clear_alert(alert=raised(patient, source=f"test.old:{n}"), reason=REASON, by=clinician)

    counts = {}
    for name in ("patient", "patient_alerts"):
        with count_queries() as sent:
            page = as_clinician.get(reverse(name, args=[patient.pk]))
        assert len(page.context["open_alerts"]) == many
        counts[name] = len(sent)

    assert counts == {"patient": 16, "patient_alerts": 8}
