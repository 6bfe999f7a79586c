"""Starting, charting and signing: what each does, and what it refuses."""

from datetime import date, timedelta
from decimal import Decimal

from django.db import connection

from tests.treatments.sessions.conftest import stored
from treatments.catalogue.models import Lot
from treatments.sessions import actions
from treatments.sessions.models import Dose

D = Decimal
TODAY = date.today


def codes(refused) -> list[str]:
    return [finding.code for finding in refused.value.findings]


def check_deferred():
    """What is asked at commit, asked now."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


# --- starting ----------------------------------------------------------------


def test_a_session_starts_with_doses_zones_and_the_next_date_proposed(ready, lots):
    chart = stored(ready)

    assert (ready.number, ready.status) == (1, "draft")
    assert [(d.lot_id, d.ml, d.planned_ml) for d in chart.doses] == [
        (lots[0].pk, D(1), D(1)),
        (lots[1].pk, D(1), D(1)),
    ]
    assert [(z.points, z.ml_per_point, z.area_cm2) for z in chart.zones] == [
        (70, D("0.028"), D(70))
    ]
    assert ready.next_on == ready.performed_on + timedelta(days=14)


def test_a_signed_session_moves_the_stock_and_the_plan(charted, clinician, lots, plan):
    signed = actions.sign_session(session=charted, by=clinician)
    check_deferred()

    plan.refresh_from_db()
    assert (signed.status, signed.signed_by, plan.status) == (
        "signed",
        clinician,
        "active",
    )
    assert list(Lot.objects.order_by("pk").values_list("on_hand_ml", flat=True)) == [
        D(9),
        D(9),
    ]
    assert Dose.objects.filter(movement=None).count() == 0
