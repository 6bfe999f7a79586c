"""Medicine leaves stock only into a patient; a lot that may not be used enters no session by any path."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from mesoclinic.core.findings import Refused
from tests import factories
from tests.treatments.sessions.conftest import fill, stored
from tests.treatments.sessions.test_models import DOSE, refused, sql
from treatments.sessions.actions.charting import save_chart
from treatments.sessions.actions.signing import WASTE_REASON, sign_session
from treatments.sessions.actions.start import start_or_resume_session
from treatments.sessions.queries.proposal import lots_to_choose_by_product
from treatments.sessions.rules.charting import DoseEntry
from treatments.stock.actions import ledger
from treatments.stock.models import Lot, OpenedVial

pytestmark = pytest.mark.django_db

USE = (
    "INSERT INTO stock_stockmovement (lot_id, kind, ml, occurred_on, by_id, reason)"
    " VALUES (%s, 'use', -1, current_date, %s, '')"
)
ONLY = "Medicine leaves stock only into a patient: sign it in a session."
NO_GOOD = "This lot is empty, or has been open too long: take another."


# --- no movement hands a product to a person outside a session ---------------


def test_a_use_without_a_session_does_not_commit(lots, clinician):
    assert refused(USE, lots[0].pk, clinician.pk) == ONLY


def test_a_use_tied_to_a_draft_does_not_commit(ready, lots, clinician):
    dose = ready.doses.get(lot=lots[0])
    tie = (
        f"WITH m AS ({USE} RETURNING id) UPDATE treatment_sessions_dose SET movement_id = m.id"
        " FROM m WHERE treatment_sessions_dose.id = %s"
    )

    assert refused(tie, lots[0].pk, clinician.pk, dose.pk) == ONLY


@pytest.mark.parametrize("kind", ["sell", "gift", "hand_out", ""])
def test_there_is_no_other_way_out(lots, clinician, kind):
    said = refused(USE.replace("'use'", f"'{kind}'"), lots[0].pk, clinician.pk)

    assert "movement_goes_the_right_way" in said or "kind_is_known" in said


def test_the_action_alone_does_not_commit_either(lots, clinician):
    @transaction.atomic
    def take_and_commit():
        ledger.take_from_lots_for_session(
            needs=[(lots[0].pk, D(1))], occurred_on=timezone.localdate(), by=clinician
        )
        sql("SELECT 1")  # asks what a commit asks

    with pytest.raises(IntegrityError, match="only into a patient"):
        take_and_commit()


# --- opening -----------------------------------------------------------------


def test_signing_opens_a_vial_and_the_next_session_draws_from_it(charted, lots, plan, clinic, clinician):
    signed_at = timezone.now()
    sign_session(session=charted, by=clinician, now=signed_at)
    second = start_or_resume_session(plan=plan, by=clinician, clinic=clinic)
    sign_session(session=fill(second, clinician), by=clinician)

    vial = OpenedVial.objects.get(lot=lots[0])
    lots[0].refresh_from_db()
    assert vial.opened_at == signed_at
    assert vial.good_until == signed_at + timedelta(days=28)
    assert (vial.ml, vial.left_ml, lots[0].opened_ml) == (D(10), D(8), D(8))
    assert set(
        vial.draws.filter(movement__kind="use").values_list("movement__dose__treatment_session", flat=True)
    ) == {charted.pk, second.pk}


@pytest.mark.parametrize(
    ("presentation", "labelled", "hours", "left"),
    [
        ("ampoule", None, 0, 8),
        ("single_dose", None, 1, 9),
        ("multi_dose", None, 672, 9),
        ("multi_dose", 0, 0, 8),
        ("ampoule", 6, 6, 9),
    ],
)
def test_what_is_opened_keeps_as_its_label_or_its_kind_says(
    ready, lots, clinician, presentation, labelled, hours, left
):
    product = lots[0].product
    product.presentation, product.in_use_hours = presentation, labelled
    product.container_ml = D(2)
    product.save()

    sign_session(session=fill(ready, clinician), by=clinician)

    lots[0].refresh_from_db()
    vial = OpenedVial.objects.get(lot=lots[0])
    assert lots[0].on_hand_ml == left
    assert vial.good_until - vial.opened_at == timedelta(hours=hours)
    wasted = (
        lots[0]
        .movements.filter(kind="waste")
        .exclude(reason__startswith=WASTE_REASON)
        .values_list("ml", "reason")
    )
    assert list(wasted) == ([] if hours else [(D(-1), "Opened and used at once: nothing is kept.")])


def test_a_vial_open_too_long_is_thrown_away_when_the_next_is_opened(charted, lots, clinician):
    product = lots[0].product
    product.presentation, product.container_ml = "single_dose", D(2)
    product.save()
    before = timezone.now() - timedelta(hours=2)
    OpenedVial.objects.create(
        lot=lots[0],
        opened_at=before,
        opened_by=clinician,
        good_until=before + timedelta(hours=1),
        ml=D(2),
        left_ml=D(2),
    )

    sign_session(session=charted, by=clinician)

    lots[0].refresh_from_db()
    assert lots[0].on_hand_ml == D(7)  # 2 thrown away, 1 used
    assert list(lots[0].vials.order_by("pk").values_list("left_ml", flat=True)) == [D(0), D(1)]
    reasons = (
        lots[0]
        .movements.filter(kind="waste")
        .exclude(reason__startswith=WASTE_REASON)
        .values_list("reason", flat=True)
    )
    assert list(reasons) == ["Opened and past its time: thrown away."]


# --- a lot that may not be used, by every path -------------------------------


@pytest.fixture
def stale(clinic, products, clinician):
    """A lot of which only an opened vial is left, past its 28 days."""
    lot = factories.LotFactory(product=products[0], clinic=clinic, number="STALE", on_hand=D(5))
    long_ago = timezone.now() - timedelta(days=30)
    OpenedVial.objects.create(
        lot=lot,
        opened_at=long_ago,
        opened_by=clinician,
        good_until=long_ago + timedelta(days=28),
        ml=D(5),
        left_ml=D(5),
    )
    lot.refresh_from_db()
    return lot


@pytest.mark.fault("F25")
def test_a_stale_vial_is_neither_offered_nor_charted_nor_inserted(ready, stale, products, clinician):
    offered = lots_to_choose_by_product(ready.clinic, [products[0].pk], ready.performed_on)
    chart = replace(stored(ready), doses=(DoseEntry(products[0].pk, stale.pk, D(1), D(1)),))
    with pytest.raises(Refused) as refusal:
        save_chart(session=ready, by=clinician, revision=1, chart=chart)

    assert stale.pk not in {lot.pk for lots in offered.values() for lot in lots}
    assert [f.code for f in refusal.value.findings] == ["lot-open-too-long:STALE"]
    assert refused(DOSE, products[0].pk, stale.pk, 1) == NO_GOOD


@pytest.mark.fault("F25")
def test_nobody_draws_from_a_stale_vial_by_sql(stale, clinician):
    movement = (
        "INSERT INTO stock_stockmovement (lot_id, kind, ml, occurred_on, by_id, reason)"
        " VALUES (%s, 'use', -1, current_date, %s, '') RETURNING id"
    )
    draw = (
        f"WITH m AS ({movement}) INSERT INTO stock_vialdraw (movement_id, vial_id, ml)"
        " SELECT m.id, v.id, 1 FROM m, stock_openedvial v WHERE v.lot_id = %s"
    )
    longer = "UPDATE stock_openedvial SET good_until = now() + interval '1 day'"
    fuller = "UPDATE stock_openedvial SET left_ml = 1"

    # The draw of the same statement is asked about its movement, which is not there yet: in two steps then.
    assert refused(draw, stale.pk, clinician.pk, stale.pk)
    assert "in an opened vial" in refused(USE, stale.pk, clinician.pk)
    assert "frozen" in refused(longer)
    assert "follows what is drawn" in refused(fuller)


@pytest.mark.fault("F25")
def test_a_stale_vial_is_asked_about_again_when_a_session_is_signed(charted, lots, clinician):
    lot = lots[0]
    Lot.objects.filter(pk=lot.pk).update(opened_until=timezone.now() - timedelta(minutes=1))

    with pytest.raises(Refused) as refusal:
        sign_session(session=charted, by=clinician)

    assert f"lot-open-too-long:{lot.number}" in [f.code for f in refusal.value.findings]


def test_an_empty_lot_is_not_inserted(ready, clinic, products):
    empty = factories.LotFactory(product=products[0], clinic=clinic)

    assert refused(DOSE, products[0].pk, empty.pk, 1) == NO_GOOD


# --- an open session is told -------------------------------------------------


def watch(client, session, **chosen):
    return client.get(reverse("sessions:lot_watch", args=[session.pk]), chosen)


@pytest.mark.fault("F26")
def test_an_open_session_is_told_that_its_lot_is_recalled(as_clinician, ready, lots):
    before = watch(as_clinician, ready)
    factories.make_recall(lots=[lots[0]])
    after = watch(as_clinician, ready)

    assert before.content.decode().strip() == ""
    assert f"Lot {lots[0].number}" in after.content.decode()
    assert "is recalled" in after.content.decode()
    page = as_clinician.get(reverse("sessions:session", args=[ready.pk]))
    assert "every 5s" in page.content.decode()


def test_what_is_chosen_on_the_page_is_asked_about_too(as_clinician, ready, clinic, products):
    chosen = factories.LotFactory(product=products[0], clinic=clinic, on_hand=D(5))
    factories.make_recall(lots=[chosen])

    told = watch(as_clinician, ready, **{"dose-1-0-lot": str(chosen.pk), "x-lot": "no"})

    assert chosen.number in told.content.decode()


def test_a_signed_session_is_told_nothing_and_the_desk_may_not_ask(
    as_clinician, as_front_desk, charted, lots, clinician
):
    sign_session(session=charted, by=clinician)
    factories.make_recall(lots=[lots[0]])

    assert watch(as_clinician, charted).content.decode().strip() == ""
    assert watch(as_front_desk, charted).status_code == 403


def test_watching_costs_the_same_for_one_lot_and_for_three(
    as_clinician, ready, clinic, products, count_queries
):
    more = [factories.LotFactory(product=products[0], clinic=clinic, on_hand=D(1)) for _ in range(3)]
    sent = []
    for lots in (more[:1], more):
        with count_queries() as queries:
            watch(as_clinician, ready, **{f"a{lot.pk}-lot": str(lot.pk) for lot in lots})
        sent.append(len(queries))

    assert sent[0] == sent[1] <= 8
