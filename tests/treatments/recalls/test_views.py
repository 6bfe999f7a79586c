"""The pages of a recall: who sees what, and that it all stays in a few statements."""

from decimal import Decimal as D

import pytest
from django.urls import reverse

from mesoclinic.core.models import AuditEvent
from tests import factories
from treatments.recalls import actions
from treatments.recalls.models import ContactAttempt, RecallCase

pytestmark = pytest.mark.django_db


def url(name, *args):
    return reverse(f"recalls:{name}", args=args)


def page(response):
    return response.content.decode()


@pytest.fixture
def lot(clinic):
    product = factories.ProductFactory(name="Biotin")
    return factories.LotFactory(clinic=clinic, product=product, number="BT-0086", on_hand=D(50))


@pytest.fixture
def patient(lot, clinician):
    patient = factories.PatientFactory(
        given_names="Noor", family_name="Canary", phone="+1 555 0100", address="1 Elm\nTown"
    )
    factories.give(lot, patient=patient, by=clinician)
    return patient


@pytest.fixture
def case(lot, patient, clinician):
    return factories.make_recall(lots=[lot], by=clinician)


# --- starting ----------------------------------------------------------------


def test_a_clinician_comes_from_the_lot_to_the_list_in_one_post(as_clinician, lot, patient, once):
    lot_page = page(as_clinician.get(reverse("stock:lot", args=[lot.pk])))
    answer = as_clinician.post(url("start_lot", lot.pk), {"reason": "Particles seen", "once": once()})

    case = RecallCase.objects.get()
    lot.refresh_from_db()
    assert url("start_lot", lot.pk) in lot_page
    assert answer["Location"] == url("contacts", case.pk)
    assert lot.status == "recalled"
    assert "Noor Canary" in page(as_clinician.get(answer["Location"]))


def test_an_admin_is_led_to_the_figures(as_admin, lot, patient, once):
    answer = as_admin.post(url("start_lot", lot.pk), {"reason": "Particles seen", "once": once()})

    assert answer["Location"] == url("case", RecallCase.objects.get().pk)
    shown = page(as_admin.get(answer["Location"]))
    assert "received it" in shown
    assert "Canary" not in shown
    assert patient.record_number not in shown


def test_without_a_reason_nothing_is_put_aside(as_admin, lot, once):
    answer = as_admin.post(url("start_lot", lot.pk), {"reason": " ", "once": once()})

    lot.refresh_from_db()
    assert answer["Location"] == reverse("stock:lot", args=[lot.pk])
    assert (lot.status, RecallCase.objects.count()) == ("released", 0)


def test_a_notice_shows_the_lots_before_anything_happens(as_admin, clinic, lot, once):
    factories.LotFactory(clinic=clinic, number="BT-008")
    notice = "Biotin, lots BT-0086 and BT-0090, Exp 10/12"

    shown = as_admin.post(url("start"), {"notice": notice})
    lot.refresh_from_db()
    before = lot.status
    said = {"notice": notice, "lots": [str(lot.pk)], "reason": "Rheinpharm"}
    wrong = as_admin.post(url("start"), said | {"reason": "", "measure": "recall"})
    done = as_admin.post(url("start"), said | {"measure": "quarantine", "once": once()})

    assert [n.lot.number for n, chosen in shown.context["named"] if chosen] == ["BT-0086"]
    assert before == "released"
    assert wrong.status_code == 422
    assert notice in page(wrong)
    lot.refresh_from_db()
    case = RecallCase.objects.get()
    assert (lot.status, done.status_code) == ("quarantined", 302)
    assert (case.notice, case.lots.get().said) == (notice, "BT-0086")


def test_a_lot_the_notice_does_not_name_is_not_put_aside_by_hand(as_admin, clinic, lot, once):
    other = factories.LotFactory(clinic=clinic, number="OTHER")

    answer = as_admin.post(
        url("start"),
        {
            "notice": "lot BT-0086",
            "lots": [str(other.pk)],
            "reason": "why",
            "measure": "recall",
            "once": once(),
        },
    )

    other.refresh_from_db()
    assert (answer.status_code, other.status) == (422, "released")


# --- who sees what -----------------------------------------------------------

MAY = {
    "list": {"clinician", "admin", "front_desk"},
    "case": {"clinician", "admin", "front_desk"},
    "start": {"clinician", "admin"},
    "contacts": {"clinician", "front_desk"},
    "contacts_csv": {"clinician", "front_desk"},
    "letters": {"clinician", "front_desk"},
}


@pytest.mark.parametrize("name", sorted(MAY))
def test_names_are_for_those_who_call(as_clinician, as_admin, as_front_desk, as_cosmetologist, case, name):
    address = url(name) if name in ("list", "start") else url(name, case.pk)
    clients = {
        "clinician": as_clinician,
        "admin": as_admin,
        "front_desk": as_front_desk,
        "cosmetologist": as_cosmetologist,
    }

    open_to = {who for who, c in clients.items() if c.get(address).status_code == 200}

    assert open_to == MAY[name]


def test_another_clinics_recall_is_not_found(as_clinician):
    elsewhere = factories.make_recall(lots=[factories.LotFactory(on_hand=D(1))])

    for name in ("case", "contacts", "contacts_csv", "letters"):
        assert as_clinician.get(url(name, elsewhere.pk)).status_code == 404


def test_looking_at_the_list_is_in_the_log(as_front_desk, front_desk, case, patient):
    as_front_desk.get(url("contacts", case.pk))

    event = AuditEvent.objects.get(did="recall.viewed")
    assert (event.by, event.data["patients"]) == (front_desk, [patient.pk])
    assert "Canary" not in str(event.data)


# --- telling -----------------------------------------------------------------


def test_an_attempt_is_written_down_once(as_front_desk, case, patient, once):
    prefix = f"p{patient.pk}"
    said = {
        f"{prefix}-outcome": "reached",
        f"{prefix}-channel": "phone",
        f"{prefix}-note": "Comes on Monday",
        "once": once(),
    }

    for _ in range(2):
        answer = as_front_desk.post(url("attempt", case.pk, patient.pk), said)
        assert answer.status_code == 302

    attempt = ContactAttempt.objects.get()
    assert (attempt.outcome, attempt.note) == ("reached", "Comes on Monday")
    shown = page(as_front_desk.get(url("contacts", case.pk)))
    assert "Comes on Monday" in shown


def test_a_wrong_attempt_says_so_and_keeps_the_note(as_front_desk, case, patient, once):
    prefix = f"p{patient.pk}"
    said = {
        f"{prefix}-outcome": "maybe",
        f"{prefix}-channel": "phone",
        f"{prefix}-note": "Kept",
        "once": once(),
    }

    answer = as_front_desk.post(url("attempt", case.pk, patient.pk), said)

    assert answer.status_code == 422
    assert "Kept" in page(answer)
    assert not ContactAttempt.objects.exists()


def test_the_list_as_csv_holds_everyone_and_no_formula(as_clinician, lot, clinician):
    factories.give(
        lot, patient=factories.PatientFactory(given_names="=1+1", family_name="Cell"), by=clinician
    )
    case = factories.make_recall(lots=[lot], by=clinician)

    answer = as_clinician.get(url("contacts_csv", case.pk))

    rows = answer.content.decode("utf-8-sig").splitlines()
    assert len(rows) == 2
    assert '"\'=1+1 Cell"' in rows[1]


def test_letters_are_made_for_those_still_to_reach(as_clinician, case, patient, clinician):
    answer = as_clinician.get(url("letters", case.pk))
    actions.record_attempt_to_reach(
        case=case, patient=patient, by=clinician, outcome="reached", channel="phone"
    )

    assert answer.content.startswith(b"%PDF-")
    assert answer["Cache-Control"] == "no-store"
    assert as_clinician.get(url("letters", case.pk)).status_code == 404


# --- ending ------------------------------------------------------------------


def test_closing_says_what_is_in_the_way_then_makes_the_report(as_admin, case, patient, front_desk, once):
    early = as_admin.post(url("close", case.pk), {"ending": "All done", "once": once()})
    actions.record_attempt_to_reach(
        case=case, patient=patient, by=front_desk, outcome="reached", channel="phone"
    )
    no_report = as_admin.get(url("report", case.pk))
    closed = as_admin.post(
        url("close", case.pk), {"ending": "All done", "reason:recall:on-hand": "Locked away", "once": once()}
    )
    report = as_admin.get(url("report", case.pk))

    assert early.status_code == 422
    assert "All done" in page(early)
    assert no_report.status_code == 404
    assert closed.status_code == 302
    assert report.content.startswith(b"%PDF-")
    assert as_admin.get(url("report", case.pk)).content == report.content


@pytest.mark.parametrize("name", ["withdraw", "reopen"])
def test_a_move_without_a_reason_is_refused(as_admin, admin, case, once, name):
    if name == "reopen":
        RecallCase.objects.filter(pk=case.pk).update(
            status="closed", ended_at="2026-01-01T00:00Z", ended_by=admin
        )

    answer = as_admin.post(url(name, case.pk), {"reason": "", "once": once()})

    assert answer.status_code == 422
    case.refresh_from_db()
    assert case.status == ("closed" if name == "reopen" else "open")


# --- what it costs -----------------------------------------------------------


@pytest.mark.parametrize("name", ["list", "case", "contacts", "contacts_csv"])
def test_a_page_costs_the_same_for_one_and_for_three(as_clinician, clinician, clinic, count_queries, name):
    sent = []
    for many in (1, 3):
        lots = [factories.LotFactory(clinic=clinic, on_hand=D(20)) for _ in range(many)]
        for lot in lots:
            for _ in range(many):
                factories.give(lot, by=clinician)
        case = factories.make_recall(lots=lots, by=clinician)
        address = url("list") if name == "list" else url(name, case.pk)
        with count_queries() as queries:
            assert as_clinician.get(address).status_code == 200
        sent.append(len(queries))

    assert sent[0] == sent[1] <= 8
