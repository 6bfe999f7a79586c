"""A lot that turns out not to be usable when the dose is in the patient: it is recorded from that lot, and acted on."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import Error, connection, transaction
from django.utils import timezone

from mesoclinic.core.findings import Refused
from mesoclinic.core.models import AuditEvent
from patients.models import Alert
from patients.rules.alerts import AlertLevel
from tests import factories
from tests.treatments.sessions.conftest import fill, stored
from tests.treatments.sessions.test_races import at_once
from tests.treatments.sessions.test_views import page, post, posted, sign_page
from treatments.recalls import actions as recalls
from treatments.recalls import queries
from treatments.sessions.actions.charting import save_chart
from treatments.sessions.actions.signing import sign_session
from treatments.sessions.actions.start import start_or_resume_session
from treatments.sessions.models import Dose, TreatmentSession
from treatments.sessions.rules.charting import DoseEntry
from treatments.stock.models import Lot, StockMovement

D = Decimal


@pytest.fixture
def recall(charted, lots, clinician):
    """The lot of the first dose is recalled while the page of the signature stands."""
    return factories.make_recall(lots=[lots[0]], by=clinician)


WHY = "Looked at, nothing seen, told in the chair"


def sign_given(session, by, lot):
    """Sign with the mark, and with a reason where an alert asks for one: the recall may have raised it already."""
    try:
        return sign_session(session=session, by=by, already_given={lot.pk})
    except Refused as refused:
        reasons = {finding.code: WHY for finding in refused.findings if finding.needs_reason}
    return sign_session(session=session, by=by, already_given={lot.pk}, reasons=reasons)


def recipients_of_lots(case):
    return [
        row.patient_id for row in queries.recipients_of_lots(case, queries.lot_ids_of_case(case), show="todo")
    ]


def codes(refused):
    return [finding.code for finding in refused.value.findings if finding.fixed]


def run(statement, *values):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_unmarked_it_is_refused_and_nothing_is_taken(charted, recall, clinician, lots):
    with pytest.raises(Refused) as refused:
        sign_session(session=charted, by=clinician)

    assert codes(refused) == ["lot-recalled:L-Dex"]
    assert not StockMovement.objects.filter(kind="use").exists()


def test_marked_it_is_recorded_from_that_lot_with_who_and_when(charted, recall, clinician, lots):
    signed = sign_given(charted, clinician, lots[0])

    dose, other = Dose.objects.filter(treatment_session=signed).order_by("pk")
    assert (signed.status, dose.lot, dose.already_given_by) == ("signed", lots[0], clinician)
    assert dose.already_given_at == signed.signed_at
    assert (dose.movement.ml - dose.wasted_ml, dose.movement.already_given) == (D(-1), True)
    assert (other.already_given_at, other.movement.already_given) == (None, False)
    assert AuditEvent.objects.filter(did="session.already_given", subject_id=str(signed.pk)).count() == 1


def test_the_patient_is_on_the_list_of_the_recall_and_has_its_alert_at_once(
    charted, recall, clinician, lots, patient
):
    sign_given(charted, clinician, lots[0])

    (alert,) = Alert.objects.not_cleared().filter(patient=patient)
    assert recipients_of_lots(recall) == [patient.pk]
    assert alert.source == f"recalls.recallcase:{recall.pk}/{patient.pk}"
    assert (alert.kind, alert.level) == ("recall", AlertLevel.BLOCK)


def test_a_recall_of_the_lot_alone_raises_an_alert_too(charted, clinician, lots, patient):
    Lot.objects.filter(pk=lots[0].pk).update(status="recalled")

    sign_given(charted, clinician, lots[0])

    (alert,) = Alert.objects.not_cleared().filter(patient=patient)
    assert alert.source == f"stock.lot:{lots[0].pk}/{patient.pk}"
    assert "L-Dex, recalled" in alert.text


@pytest.mark.fault("F24")
def test_a_lot_that_has_expired_is_recorded_and_said(charted, clinician, lots, patient):
    Lot.objects.filter(pk=lots[0].pk).update(expires_on=timezone.localdate() - timedelta(days=1))

    sign_given(charted, clinician, lots[0])

    (alert,) = Alert.objects.not_cleared().filter(patient=patient)
    assert (alert.kind, alert.level) == ("other", "warn")
    assert "L-Dex, expired" in alert.text


def test_a_shelf_that_holds_less_is_counted_up_in_the_same_breath(charted, recall, clinician, lots):
    factories.StockMovementFactory(lot=lots[0], kind="return", ml=D(-10), reason="back to the maker")

    sign_given(charted, clinician, lots[0])

    lots[0].refresh_from_db()
    moved = StockMovement.objects.filter(lot=lots[0]).order_by("pk")
    assert [(row.kind, row.ml) for row in moved] == [
        ("receive", D(10)),
        ("return", D(-10)),
        ("count", D(1)),
        ("use", D("-0.98")),
        ("waste", D("-0.02")),
    ]
    assert lots[0].on_hand_ml == 0


def test_what_was_open_too_long_is_drawn_from_all_the_same(clinic, clinician, patient, consent, checklist):
    product = factories.ProductFactory(presentation="multi_dose", container_ml=D(5))
    other = factories.ProductFactory()
    lot = factories.LotFactory(product=product, clinic=clinic, on_hand=D(5))
    factories.LotFactory(product=other, clinic=clinic, on_hand=D(5))
    factories.give(lot, by=clinician)
    version = factories.signed_cocktail(
        clinic=clinic, patient=patient, products=[product, other], by=clinician
    )
    plan = factories.make_plan(
        clinic=clinic, patient=patient, version=version, by=clinician, status="accepted"
    )
    session = fill(start_or_resume_session(plan=plan, by=clinician, clinic=clinic), clinician)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE stock_openedvial DISABLE TRIGGER USER")
        cursor.execute(
            "UPDATE stock_openedvial SET opened_at = now() - interval '60 days', good_until = now() - interval '9 days'"
        )
        cursor.execute("ALTER TABLE stock_openedvial ENABLE TRIGGER USER")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    Lot.objects.filter(pk=lot.pk).update(opened_until=timezone.now() - timedelta(days=9))

    with pytest.raises(Refused):
        sign_session(session=session, by=clinician)
    sign_given(session, clinician, lot)

    reasons = StockMovement.objects.filter(lot=lot, kind="waste").values_list("reason", flat=True)
    assert StockMovement.objects.filter(lot=lot, kind="use", already_given=True).count() == 1
    assert "past its time" not in " ".join(reasons)


def test_a_mark_on_a_lot_that_may_be_used_is_a_use_like_any_other(charted, clinician, lots, patient):
    signed = sign_given(charted, clinician, lots[0])

    assert not signed.doses.filter(movement__already_given=True).exists()
    assert not Alert.objects.not_cleared().filter(patient=patient).exists()


# --- while it is charted -----------------------------------------------------


def test_a_lot_recalled_before_the_chart_was_kept_comes_in_only_marked(ready, clinician, lots, clinic):
    other = factories.LotFactory(product=lots[0].product, clinic=clinic, number="L-OLD", on_hand=D(5))
    factories.make_recall(lots=[other], by=clinician)
    chart = stored(ready)
    rest = [dose for dose in chart.doses if dose.product_id != lots[0].product_id]
    dose = DoseEntry(lots[0].product_id, other.pk, D(1), D(1))
    said = {"session": ready, "by": clinician, "revision": ready.revision}

    with pytest.raises(Refused) as refused:
        save_chart(**said, chart=replace(chart, doses=(dose, *rest)))
    save_chart(**said, chart=replace(chart, doses=(replace(dose, is_given=True), *rest)))

    row = Dose.objects.get(lot=other)
    assert codes(refused) == ["lot-recalled:L-OLD"]
    assert (row.already_given_by, row.already_given_at is not None) == (clinician, True)


def test_a_mark_keeps_who_and_when_through_later_saves(ready, clinician, lots):
    [first, second] = stored(ready).doses
    mark = replace(stored(ready), doses=(replace(first, is_given=True), second))
    save_chart(session=ready, by=clinician, revision=ready.revision, chart=mark)
    marked_at = Dose.objects.get(lot=first.lot_id).already_given_at

    ready.refresh_from_db()
    colleague = factories.ClinicianFactory(clinic=ready.clinic)
    later = replace(stored(ready), doses=(replace(first, is_given=True, ml=D("0.5")), second))
    save_chart(session=ready, by=colleague, revision=ready.revision, chart=later)

    row = Dose.objects.get(lot=first.lot_id)
    assert (row.ml, row.already_given_at, row.already_given_by) == (D("0.5"), marked_at, clinician)


def test_the_session_page_offers_the_third_way_and_takes_it(as_clinician, ready, lots, clinician):
    factories.make_recall(lots=[lots[0]], by=clinician)
    name = f"dose-{lots[0].product_id}-0"

    html = as_clinician.get(page(ready)).content.decode()
    fields = posted(ready, do="draft")
    fields[f"{name}-lot"] = ""
    fields[f"{name}-given"] = str(lots[0].pk)
    answer = post(as_clinician, page(ready), fields)

    assert "It was already injected from this lot" in html
    assert f'name="{name}-given"' in html
    assert answer.status_code == 302
    assert Dose.objects.get(lot=lots[0]).already_given_by == clinician


# --- the page of the signature -----------------------------------------------


def test_the_page_of_the_signature_offers_it_and_signs(
    as_clinician, clinician, charted, recall, lots, once, patient
):
    clinician.set_password("typed again")
    clinician.save()
    as_clinician.force_login(clinician, backend="django.contrib.auth.backends.ModelBackend")
    refused = as_clinician.post(sign_page(charted), {"once": once()})
    reasons = {f"reason:{f.code}": WHY for f in refused.context["findings"] if f.needs_reason}
    signed = as_clinician.post(
        sign_page(charted),
        {
            "once": once(),
            "already_given": str(lots[0].pk),
            "password_again": "typed again",
            **reasons,
        },
    )

    html = " ".join(refused.content.decode().split())
    assert (refused.status_code, signed.status_code) == (422, 302)
    assert f'name="already_given" value="{lots[0].pk}"' in html
    assert 'form="sign"' in html
    assert recipients_of_lots(recall) == [patient.pk]


# --- around the application --------------------------------------------------

SAYS_WHO = "dose_given_already_says_who_and_when"


def test_the_database_takes_an_unusable_lot_only_marked(ready, lots, clinic, clinician):
    other = factories.LotFactory(product=lots[0].product, clinic=clinic, number="L-OLD", on_hand=D(5))
    Lot.objects.filter(pk=other.pk).update(status="recalled")
    dose = Dose.objects.get(lot=lots[0])
    insert = (
        "INSERT INTO treatment_sessions_dose (treatment_session_id, syringe_id, product_id, lot_id, planned_ml, ml,"
        " already_given_at, already_given_by_id) VALUES (%s, %s, %s, %s, 0, 1, {}, {})"
    )
    values = (ready.pk, dose.syringe_id, dose.product_id, other.pk)

    with pytest.raises(Error, match="expired or not released"):
        run(insert.format("NULL", "NULL"), *values)
    with pytest.raises(Error, match=SAYS_WHO):
        run(insert.format("now()", "NULL"), *values)
    run(insert.format("now()", clinician.pk), *values)
    with pytest.raises(Error, match="expired or not released"):
        run(
            "UPDATE treatment_sessions_dose SET already_given_at = NULL, already_given_by_id = NULL WHERE lot_id = %s",
            other.pk,
        )


def test_the_ledger_takes_a_use_of_a_recalled_lot_only_for_a_dose_that_says_so(
    charted, recall, lots, clinician
):
    insert = (
        "INSERT INTO stock_stockmovement (lot_id, kind, ml, occurred_on, by_id, reason, already_given)"
        " VALUES (%s, %s, -1, current_date, %s, 'x', %s)"
    )

    with pytest.raises(Error, match="not released"):
        run(insert, lots[0].pk, "use", clinician.pk, False)
    with pytest.raises(Error, match="into a patient|marked on its dose"):
        run(insert, lots[0].pk, "use", clinician.pk, True)
    with pytest.raises(Error, match="already_given_is_a_use"):
        run(insert, lots[0].pk, "waste", clinician.pk, True)


def test_a_mark_is_frozen_with_its_session(charted, recall, lots, clinician):
    sign_given(charted, clinician, lots[0])

    with pytest.raises(Error, match="signed"):
        run("UPDATE treatment_sessions_dose SET already_given_at = now() WHERE lot_id = %s", lots[0].pk)


# --- at once -----------------------------------------------------------------


@pytest.mark.fault("F26")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("time", range(4))
def test_a_recall_and_a_signature_at_once_leave_the_dose_the_list_and_one_alert(
    charted, lots, clinician, patient, time
):
    """Whoever is first: the dose is on record from that lot, and the patient is told of once."""
    said = at_once(
        lambda: recalls.start_recall_case(
            clinic=charted.clinic, lots=[lots[0]], reason="Made-up Pharma: particles seen", by=clinician
        ),
        lambda: sign_given(charted, clinician, lots[0]),
    )

    assert not [each for each in said if isinstance(each, Exception)]
    assert TreatmentSession.objects.get(pk=charted.pk).status == "signed"
    assert Dose.objects.get(lot=lots[0]).movement.ml == D("-0.98")  # of 1 ml, the rest stayed in the syringe
    assert recipients_of_lots(said[0]) == [patient.pk]
    assert Alert.objects.not_cleared().filter(patient=patient).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_recall_that_is_first_refuses_the_signature_that_does_not_say_so(charted, lots, clinician):
    recalls.start_recall_case(
        clinic=charted.clinic, lots=[lots[0]], reason="Made-up Pharma: particles seen", by=clinician
    )

    (said,) = at_once(lambda: sign_session(session=charted, by=clinician))

    assert isinstance(said, Refused)
    assert StockMovement.objects.filter(kind="use").count() == 0
