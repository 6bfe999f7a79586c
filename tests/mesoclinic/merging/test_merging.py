"""Two records of one person: compared, merged, read under both numbers, and parted again."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from mesoclinic.core.findings import Refused
from mesoclinic.core.models import AuditEvent
from mesoclinic.merging import actions, queries
from patients.models import Patient, PatientIdentifier, PatientMerge, RiskFactor
from tests import factories
from treatments.schedule.models import Appointment


@pytest.fixture
def kept(clinician):
    return factories.PatientFactory(
        given_names="Amira", family_name="Haddad", phone="+1 212 555 0117", registered_by=clinician
    )


@pytest.fixture
def double(clinician):
    return factories.PatientFactory(
        given_names="Amira", family_name="Hadad", phone="+1 212 555 0117", email="a@example.com"
    )


def merge(kept, double, by, *, takes=(), seen=None) -> PatientMerge:
    return actions.ask_to_merge(
        kept=kept, merged=double, by=by, how_known="She said so", takes_merged=takes, seen=seen or {}
    )


def visit(patient, clinic, **fields) -> Appointment:
    start = timezone.now() + timedelta(days=3)
    values = {"patient": patient, "clinic": clinic, "starts_at": start, "ends_at": start + timedelta(hours=1)}
    return factories.AppointmentFactory(**(values | fields))


def test_what_is_to_come_moves_and_the_old_record_points_to_the_kept_one(kept, double, clinic, front_desk):
    coming = visit(double, clinic)
    waiting = factories.WaitingListEntryFactory(patient=double, clinic=clinic)
    number = PatientIdentifier.objects.create(patient=double, system="s", value="7")

    done = merge(kept, double, front_desk, takes=["email"])

    for row in (coming, waiting, number, double, kept):
        row.refresh_from_db()
    assert {coming.patient, waiting.patient, number.patient, double.merged_into} == {kept}
    assert (kept.email, kept.family_name) == ("a@example.com", "Haddad")
    assert (done.status, done.done_by) == ("done", front_desk)
    about = AuditEvent.objects.filter(did="merge.done").values_list("patient_id", flat=True)
    assert sorted(about) == sorted([kept.pk, double.pk])
    connection.check_constraints()


def test_what_is_signed_keeps_its_number_and_is_read_under_both(kept, double, clinician, as_clinician):
    factor = RiskFactor.objects.create(
        patient=double, kind="allergy", label="Latex", origin="clinician", recorded_by=clinician
    )

    merge(kept, double, clinician)

    factor.refresh_from_db()
    assert factor.patient_id == double.pk
    assert "latex" in as_clinician.get(reverse("patient", args=[kept.pk])).text
    page = as_clinician.get(reverse("patient", args=[double.pk]))
    assert page["Location"] == reverse("patient", args=[kept.pk])


def test_both_numbers_find_the_patient(kept, double, clinician):
    merge(kept, double, clinician)

    assert list(Patient.objects.matching(double.record_number)) == [double]
    assert list(Patient.objects.matching("hadad")) == []


def test_where_both_have_clinical_data_a_clinician_confirms(kept, double, front_desk, clinician):
    for patient in (kept, double):
        RiskFactor.objects.create(
            patient=patient, kind="allergy", label="Latex", origin="clinician", recorded_by=clinician
        )

    asked = merge(kept, double, front_desk)

    double.refresh_from_db()
    assert (asked.status, double.merged_into) == ("asked", None)
    done = merge(kept, double, clinician)
    assert (done.status, done.confirmed_by) == ("done", clinician)
    asked.refresh_from_db()
    assert asked.status == "withdrawn"
    with pytest.raises(IntegrityError, match="clinical_merge_is_confirmed"), transaction.atomic():
        PatientMerge.objects.filter(pk=done.pk).update(confirmed_by=None)


def test_visits_at_one_time_stop_the_merge(kept, double, clinic, front_desk):
    first = visit(kept, clinic)
    visit(double, clinic, starts_at=first.starts_at, ends_at=first.ends_at)

    with pytest.raises(Refused, match="Both have a visit at the same time"):
        merge(kept, double, front_desk)


def test_a_session_that_is_not_signed_stops_the_merge(kept, double, front_desk):
    factories.TreatmentSessionFactory(patient=double, plan=factories.make_plan(patient=double))

    with pytest.raises(Refused, match="not signed yet"):
        merge(kept, double, front_desk)


def test_a_record_that_changed_since_the_page_was_opened_is_compared_again(kept, double, front_desk):
    seen = {"phone": (kept.phone, "another")}

    with pytest.raises(Refused, match="Telephone"):
        merge(kept, double, front_desk, seen=seen)


@pytest.mark.fault("F36")
def test_undo_gives_back_what_moved_and_says_whose_the_rest_is(kept, double, clinic, front_desk):
    coming = visit(double, clinic)
    done = merge(kept, double, front_desk, takes=["email"])
    PatientMerge.objects.filter(pk=done.pk).update(done_at=timezone.now() - timedelta(days=1))
    done.refresh_from_db()
    mine = visit(kept, clinic, starts_at=coming.ends_at, ends_at=coming.ends_at + timedelta(hours=1))
    hers = visit(kept, clinic, starts_at=mine.ends_at, ends_at=mine.ends_at + timedelta(hours=1))
    added = queries.rows_added_since(done, kept)
    assert [row.pk for _, row in added] == [mine.pk, hers.pk]

    actions.undo_merge(merge=done, by=front_desk, reason="Two sisters", to_merged=[added[1][0].key])

    for row in (coming, mine, hers, double, kept):
        row.refresh_from_db()
    assert (coming.patient, mine.patient, hers.patient) == (double, kept, double)
    assert (double.merged_into, kept.email) == (None, "")
    assert AuditEvent.objects.filter(did="merge.undone").count() == 2
    connection.check_constraints()


def test_undo_leaves_a_field_that_somebody_changed_since(kept, double, front_desk):
    done = merge(kept, double, front_desk, takes=["email"])
    Patient.objects.filter(pk=kept.pk).update(email="new@example.com")

    actions.undo_merge(merge=done, by=front_desk, reason="Two sisters", to_merged=[])

    kept.refresh_from_db()
    assert kept.email == "new@example.com"


@pytest.mark.fault("F36")
def test_a_merge_is_undone_for_fourteen_days(kept, double, front_desk):
    done = merge(kept, double, front_desk)
    late = done.done_at + timedelta(days=14, minutes=1)

    with pytest.raises(Refused, match="14 days are over"):
        actions.undo_merge(merge=done, by=front_desk, reason="Two sisters", to_merged=[], now=late)
    with pytest.raises(IntegrityError, match="merge_is_undone_within_its_days"), transaction.atomic():
        PatientMerge.objects.filter(pk=done.pk).update(
            status="undone", ended_at=late, ended_by=front_desk, ended_reason="late"
        )


def test_a_record_that_others_were_merged_into_takes_them_along_and_an_undo_brings_them_back(
    kept, double, front_desk
):
    third = factories.PatientFactory()
    merge(double, third, front_desk)

    done = merge(kept, double, front_desk)
    third.refresh_from_db()
    assert third.merged_into == kept
    actions.undo_merge(merge=done, by=front_desk, reason="Two sisters", to_merged=[])

    third.refresh_from_db()
    assert third.merged_into == double
    connection.check_constraints()


def test_the_database_refuses_a_record_that_is_merged_without_a_merge(kept, double):
    Patient.objects.filter(pk=double.pk).update(merged_into=kept)

    with pytest.raises(IntegrityError, match="by a merge that says who and why"), transaction.atomic():
        connection.check_constraints()
    Patient.objects.filter(pk=double.pk).update(merged_into=None)


def test_the_database_refuses_a_chain_of_merges(kept, double, front_desk):
    merge(kept, double, front_desk)

    with pytest.raises(IntegrityError, match="into one that is kept itself"), transaction.atomic():
        Patient.objects.filter(pk=factories.PatientFactory().pk).update(merged_into=double)
    with pytest.raises(IntegrityError, match="follows it first"), transaction.atomic():
        Patient.objects.filter(pk=kept.pk).update(merged_into=factories.PatientFactory())


def test_the_database_writes_nothing_new_for_a_merged_record(kept, double, clinic, front_desk):
    merge(kept, double, front_desk)

    with pytest.raises(IntegrityError, match="A visit is not of a merged record"), transaction.atomic():
        visit(double, clinic)
    with pytest.raises(IntegrityError, match="A cocktail is not of a merged record"), transaction.atomic():
        factories.CocktailFactory(patient=double)


def test_two_people_are_asked_about_once(as_front_desk, front_desk, kept, double):
    page = reverse("patient", args=[kept.pk])
    assert double.record_number in as_front_desk.get(page).text

    as_front_desk.post(reverse("merging:different", args=[kept.pk, double.pk]))

    as_front_desk.get(page)  # which says once that it is kept
    assert double.record_number not in as_front_desk.get(page).text
    assert queries.records_maybe_the_same(kept) == []
    assert queries.records_maybe_the_same(double) == []


def test_the_desk_merges_on_the_page_and_undoes_it_there(as_front_desk, kept, double):
    url = reverse("merging:compare", args=[kept.pk, double.pk])
    page = as_front_desk.get(url)
    assert "a name one letter apart" in page.text
    fields = {
        name: value
        for pair in queries.field_pairs(kept, double)
        for name, value in ((f"kept:{pair.name}", pair.of_kept), (f"merged:{pair.name}", pair.of_merged))
    }

    refused = as_front_desk.post(url, fields)
    assert refused.status_code == 422
    done = as_front_desk.post(url, fields | {"how_known": "At the desk", "take:email": "merged"}, follow=True)

    kept.refresh_from_db()
    assert kept.email == "a@example.com"
    made = PatientMerge.objects.get(status="done")
    undo = reverse("merging:undo", args=[made.pk])
    assert undo in done.text
    assert as_front_desk.get(undo).status_code == 200
    as_front_desk.post(undo, {"reason": "Two sisters"})
    double.refresh_from_db()
    assert double.merged_into is None


def test_an_admin_who_reads_no_patients_merges_none(as_admin, kept, double):
    assert as_admin.get(reverse("merging:compare", args=[kept.pk, double.pk])).status_code == 403


def test_a_birth_date_with_day_and_month_swapped_is_a_possible_double(clinician):
    one = factories.PatientFactory(given_names="Ana", family_name="Rossi", birth_date=date(1980, 6, 5))
    other = factories.PatientFactory(given_names="Anna", family_name="Rossi", birth_date=date(1980, 5, 6))

    ((found, why),) = queries.records_maybe_the_same(one)

    assert found == other
    assert why == "a birth date with day and month swapped and a name one letter apart"
