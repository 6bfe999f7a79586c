"""A recall from its start to its end, and what the database itself refuses."""

from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from mesoclinic.core.findings import Refused
from mesoclinic.core.models import AuditEvent
from tests import factories
from treatments.plans import alert_queries
from treatments.recalls import actions, queries
from treatments.recalls.models import ContactAttempt, RecallCase
from treatments.stock.actions import lots

pytestmark = pytest.mark.django_db


@pytest.fixture
def lot(clinic):
    return factories.LotFactory(clinic=clinic, number="BT-0086", on_hand=D(100))


def codes(call, **arguments):
    with pytest.raises(Refused) as refused:
        call(**arguments)
    return [finding.code for finding in refused.value.findings]


def refused_by_database(statement, *values) -> str:
    def run():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, values)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    with pytest.raises(IntegrityError) as error:
        run()
    return str(error.value).partition("\n")[0]


# --- starting ----------------------------------------------------------------


def test_starting_puts_the_lot_aside_here_and_at_our_other_clinics(admin, lot):
    there = factories.LotFactory(number=lot.number, product=lot.product, on_hand=D(5))
    other_product = factories.LotFactory(number=lot.number, on_hand=D(5))

    case = factories.make_recall(lots=[lot], by=admin)

    for each in (lot, there, other_product):
        each.refresh_from_db()
    assert (lot.status, there.status, other_product.status) == ("recalled", "recalled", "released")
    assert queries.lot_ids_of_case(case) == [lot.pk, there.pk]
    assert set(RecallCase.objects.concerning_clinic(there.clinic)) == {case}
    assert AuditEvent.objects.filter(did="recall.opened").count() == 1


def test_it_may_be_put_aside_only_and_a_recalled_lot_stays_recalled(admin, clinic, lot):
    gone = factories.LotFactory(clinic=clinic, status="recalled")

    factories.make_recall(lots=[lot, gone], by=admin, measure="quarantine")

    lot.refresh_from_db()
    gone.refresh_from_db()
    assert (lot.status, gone.status) == ("quarantined", "recalled")


def test_starting_says_what_is_missing_and_who_may_not(admin, front_desk, clinic, lot):
    said = {"clinic": clinic, "lots": [lot], "reason": "why", "by": admin}

    assert codes(actions.start_recall_case, **said | {"reason": " "}) == ["recall:reason"]
    assert codes(actions.start_recall_case, **said | {"lots": []}) == ["recall:lots"]
    assert codes(actions.start_recall_case, **said | {"measure": "sell"}) == ["recall:measure"]
    assert codes(actions.start_recall_case, **said | {"by": front_desk}) == ["recall:role"]
    lot.refresh_from_db()
    assert lot.status == "released"


# --- who received it ---------------------------------------------------------

RECOUNT = """
SELECT DISTINCT s.patient_id FROM treatment_sessions_dose d
  JOIN treatment_sessions_treatmentsession s ON s.id = d.treatment_session_id WHERE d.lot_id = %s
"""


def recount(lot):
    with connection.cursor() as cursor:
        cursor.execute(RECOUNT, [lot.pk])
        return {row[0] for row in cursor.fetchall()}


@pytest.mark.fault("F26")
def test_everyone_who_received_it_is_listed_as_a_plain_recount_says(clinician, lot):
    other = factories.LotFactory(clinic=lot.clinic, product=lot.product, on_hand=D(9))
    twice = factories.PatientFactory()
    for status in ("signed", "amended", "void", "draft"):
        factories.give(lot, status=status, by=clinician)
    factories.give(lot, patient=twice, by=clinician)
    factories.give(lot, patient=twice, by=clinician)
    spared = factories.give(other, by=clinician)

    found = queries.recipients_of_lots(None, [lot.pk])

    assert {row.patient_id for row in found} == recount(lot)
    assert len(found) == 5
    assert spared.patient_id not in {row.patient_id for row in found}
    by_id = {row.patient_id: row for row in found}
    assert (by_id[twice.pk].sessions, by_id[twice.pk].ml) == (2, D(2))
    assert sum(row.in_draft for row in found) == 1
    assert sum(row.all_void for row in found) == 1
    tally = queries.recall_tally(None, [lot.pk])
    assert (tally.patients, tally.sessions, tally.drafts) == (5, 6, 1)
    assert tally.given_ml == D(5)


def test_who_shared_an_opened_vial_is_said(clinician, clinic):
    product = factories.ProductFactory(presentation="multi_dose", container_ml=D(2))
    lot = factories.LotFactory(clinic=clinic, product=product, on_hand=D(20))
    one, other, third = (
        factories.give(lot, by=clinician).patient_id for _ in range(3)
    )  # two out of the first vial, the third out of the next

    others = {r.patient_id: r.others for r in queries.recipients_of_lots(None, [lot.pk])}

    assert others == {one: 1, other: 1, third: 0}


def test_a_merged_record_is_called_as_the_one_it_went_into(clinician, lot):
    session = factories.give(lot, by=clinician)
    kept = factories.PatientFactory()
    factories.merge_records(session.patient, kept)

    (row,) = queries.recipients_of_lots(None, [lot.pk])

    assert row.patient_id == kept.pk


# --- telling them ------------------------------------------------------------


def test_attempts_are_kept_one_after_another(front_desk, clinician, lot):
    patient = factories.give(lot, by=clinician).patient
    case = factories.make_recall(lots=[lot])
    said = {"case": case, "patient": patient, "by": front_desk, "channel": "phone"}

    actions.record_attempt_to_reach(**said, outcome="not_reached", note="No answer")
    tried = queries.recall_tally(case, [lot.pk])
    actions.record_attempt_to_reach(**said, outcome="reached", note="Will come on Monday")
    actions.record_attempt_to_reach(**said, outcome="not_reached")

    (row,) = queries.recipients_of_lots(case, [lot.pk])
    assert (tried.tried, tried.untried) == (1, 0)
    assert (row.attempts, row.reached) == (3, True)
    assert queries.recall_tally(case, [lot.pk]).reached == 1
    assert [r.patient_id for r in queries.recipients_of_lots(case, [lot.pk], show="todo")] == []


def test_nobody_else_is_written_down_and_the_admin_writes_none(admin, front_desk, lot):
    case = factories.make_recall(lots=[lot])
    said = {"case": case, "outcome": "reached", "channel": "phone"}
    stranger = factories.PatientFactory()

    assert codes(actions.record_attempt_to_reach, **said, patient=stranger, by=front_desk) == [
        "attempt:patient"
    ]
    assert codes(actions.record_attempt_to_reach, **said, patient=stranger, by=admin) == ["recall:role"]
    assert not ContactAttempt.objects.exists()


# --- ending ------------------------------------------------------------------


def test_it_is_closed_when_everyone_was_tried_and_reasons_are_given(admin, front_desk, clinician, lot):
    patient = factories.give(lot, by=clinician).patient
    draft = factories.give(lot, by=clinician, status="draft")
    case = factories.make_recall(lots=[lot], by=admin)
    close = {"case": case, "ending": "", "by": admin}

    assert codes(actions.close_case, **close) == ["recall:drafts", "recall:untried", "recall:on-hand"]
    draft.doses.all().delete()
    actions.record_attempt_to_reach(
        case=case, patient=patient, by=front_desk, outcome="not_reached", channel="phone"
    )
    assert codes(actions.close_case, **close) == ["recall:not-reached", "recall:on-hand"]
    closed = actions.close_case(
        **close,
        reasons={
            "recall:not-reached": "Letter sent, moved abroad",
            "recall:on-hand": "Locked away for the maker",
        },
    )

    assert closed.status == "closed"
    assert "moved abroad" in closed.ending
    assert closed.ending_figures["tried"] == 1
    assert codes(
        actions.record_attempt_to_reach,
        case=case,
        patient=patient,
        by=front_desk,
        outcome="reached",
        channel="phone",
    ) == ["recall:ended"]


def test_a_closed_recall_is_opened_again_with_a_reason(admin, lot):
    case = factories.make_recall(lots=[lot], by=admin)
    reasons = {"recall:on-hand": "Locked away"}
    actions.close_case(case=case, ending="Done", by=admin, reasons=reasons)

    assert codes(actions.reopen_case, case=case, reason="", by=admin) == ["recall:reason"]
    again = actions.reopen_case(case=case, reason="More lots", by=admin)

    assert (again.status, again.ended_at, again.ending) == ("open", None, "")


def test_a_withdrawn_recall_ends_there_and_the_lots_stay_aside(admin, lot):
    case = factories.make_recall(lots=[lot], by=admin)

    actions.withdraw_case(case=case, reason="Wrong number read", by=admin)

    lot.refresh_from_db()
    assert lot.status == "recalled"
    for deed in (actions.reopen_case, actions.withdraw_case):
        assert codes(deed, case=case, reason="again", by=admin) == ["recall:move"]


# --- what the database refuses -----------------------------------------------


@pytest.fixture
def case(admin, front_desk, clinician, lot):
    patient = factories.give(lot, by=clinician).patient
    case = factories.make_recall(lots=[lot], by=admin)
    actions.record_attempt_to_reach(
        case=case, patient=patient, by=front_desk, outcome="reached", channel="phone"
    )
    return case


@pytest.mark.parametrize(
    ("table", "change", "said"),
    [
        ("contactattempt", "note = 'other'", "A contact attempt is append-only"),
        ("recalllot", "was = 'released'", "A recall's lots is append-only"),
        ("recallcase", "reason = 'other'", "A recall is frozen"),
    ],
)
def test_what_was_written_stays(case, table, change, said):
    assert said in refused_by_database(f"UPDATE recalls_{table} SET {change}")
    assert refused_by_database(f"DELETE FROM recalls_{table}")


def test_nothing_is_added_to_a_closed_recall(case, admin):
    reasons = {"recall:on-hand": "Locked away"}
    actions.close_case(case=case, ending="", by=admin, reasons=reasons)
    attempt = (
        "INSERT INTO recalls_contactattempt (case_id, patient_id, outcome, channel, note, by_id)"
        " SELECT case_id, patient_id, outcome, channel, '', by_id FROM recalls_contactattempt"
    )

    assert "nothing in it changes" in refused_by_database(attempt)
    assert "ended" in refused_by_database("UPDATE recalls_recallcase SET ending = 'x'")


def test_a_withdrawn_recall_is_not_opened_by_sql(case, admin):
    actions.withdraw_case(case=case, reason="By mistake", by=admin)

    assert "ended" in refused_by_database(
        "UPDATE recalls_recallcase SET status = 'open', ended_at = NULL, ended_by_id = NULL"
    )


# --- matching ----------------------------------------------------------------


@pytest.mark.fault("F28")
def test_a_pasted_notice_chooses_whole_numbers_of_the_product_it_names(clinic):
    biotin = factories.ProductFactory(name="Biotin")
    for number, product in (("A1", biotin), ("A10", biotin), ("B7", None)):
        factories.LotFactory(
            clinic=clinic, number=number, product=product or factories.ProductFactory(name="Zinc")
        )
    elsewhere = factories.LotFactory(number="A10")

    reading = queries.lots_named_in_notice("Biotin injection, lots A10 and B7, Exp 10/12", clinic)

    assert [(n.lot.number, n.chosen) for n in reading.named] == [("A10", True), ("B7", False)]
    assert elsewhere.pk not in {n.lot.pk for n in reading.named}


def test_the_days_of_a_recall_do_not_matter(clinician, lot):
    long_ago = timezone.localdate() - timedelta(days=20)
    factories.give(lot, by=clinician, on=long_ago)

    (row,) = queries.recipients_of_lots(None, [lot.pk])

    assert row.last_on == long_ago


# --- while it is open --------------------------------------------------------


def test_a_lot_put_aside_by_a_recall_is_released_only_once_the_recall_has_ended(admin, lot):
    case = factories.make_recall(lots=[lot], by=admin, measure="quarantine")
    lot.refresh_from_db()

    assert lot.status == "quarantined"
    assert codes(lots.release_lot, lot=lot, by=admin) == ["lot-held:BT-0086"]
    assert "lift the hold first" in refused_by_database(
        "UPDATE stock_lot SET status = 'released' WHERE id = %s", lot.pk
    )

    actions.withdraw_case(case=case, reason="Another maker's lot", by=admin)
    lots.release_lot(lot=lot, by=admin)

    lot.refresh_from_db()
    assert lot.status == "released"


# --- what the recall says before the next injection --------------------------


def open_alerts(patient):
    return [(alert.kind, alert.level) for alert in alert_queries.open_alerts_of_patient(patient.pk)]


def test_whoever_received_a_recalled_lot_has_an_alert_that_telling_them_does_not_clear(admin, clinician, lot):
    told, waiting = factories.PatientFactory(), factories.PatientFactory()
    for patient in (told, waiting):
        factories.give(lot, patient=patient)

    case = factories.make_recall(lots=[lot], by=admin)
    assert [open_alerts(patient) for patient in (told, waiting)] == [[("recall", "block_overridable")]] * 2

    actions.record_attempt_to_reach(case=case, patient=told, outcome="reached", channel="phone", by=clinician)
    assert [open_alerts(patient) for patient in (told, waiting)] == [[("recall", "block_overridable")]] * 2

    actions.withdraw_case(case=case, reason="Another maker's lot", by=admin)
    assert [open_alerts(patient) for patient in (told, waiting)] == [[], []]


def test_a_recall_costs_the_same_for_one_recipient_and_three(admin, lot, count_queries):
    assert admin.clinic == lot.clinic  # their membership is read once, as for a request
    costs = []
    for recipients in (1, 2):
        for _ in range(recipients):
            factories.give(lot, patient=factories.PatientFactory())
        with count_queries() as sent:
            case = factories.make_recall(lots=[lot], by=admin, measure="quarantine")
        costs.append(len(sent))
        actions.withdraw_case(case=case, reason="Begun by mistake", by=admin)
        lots.release_lot(lot=lot, by=admin)
        lot.refresh_from_db()

    assert costs[0] == costs[1]
