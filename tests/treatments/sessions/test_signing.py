"""The signature: how many statements it sends, what it reads while others write, and relief against the pain."""

import threading
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from mesoclinic.core.findings import Refused
from mesoclinic.core.models import AuditEvent, Autosave
from tests import factories
from tests.treatments.sessions.conftest import fill, stored
from tests.treatments.sessions.test_views import page, post, posted
from treatments.conditions.models import Measurement
from treatments.followup.actions import sync_check_ins_and_follow_ups
from treatments.followup.models import FollowUp
from treatments.sessions.actions.charting import save_chart
from treatments.sessions.actions.signing import sign_session
from treatments.sessions.actions.start import start_or_resume_session
from treatments.sessions.models import PainRelief
from treatments.sessions.queries import sessions
from treatments.sessions.rules.charting import MeasurementEntry, ReactionEntry, ReliefEntry
from treatments.stock.models import Lot

D = Decimal


def test_signing_over_http_sends_so_many_statements_with_all_that_can_come_with_it(
    as_clinician, booked_session_as_given, scales, booked, once, count_queries
):
    """An appointment, a plan that begins, unsent drafts and figures; with the sign-in and the form's key."""
    url = reverse("sessions:sign", args=[booked_session_as_given.pk])

    with count_queries() as sent:
        answer = as_clinician.post(url, {"once": once()})

    assert answer.status_code == 302
    booked_session_as_given.refresh_from_db()
    booked.refresh_from_db()
    assert (booked_session_as_given.status, booked.status, booked_session_as_given.plan.status) == (
        "signed",
        "done",
        "active",
    )
    assert Measurement.objects.count() == 2
    sync_check_ins_and_follow_ups()
    assert booked_session_as_given.check_ins.count() == 4
    assert not Autosave.objects.exists()
    assert len(sent) <= 30


def test_signing_sends_24_statements_with_an_appointment_a_plan_that_begins_and_figures(
    booked_session_as_given, scales, clinician, count_queries
):
    """Law 12 allows 30 for a page that writes."""
    with count_queries() as sent:
        sign_session(
            session=booked_session_as_given,
            by=clinician,
            measurements=[MeasurementEntry(scale.code, D(3)) for scale in scales],
        )

    assert len(sent) == 24


def test_the_audit_says_that_the_appointment_ended_too(booked_session_as_given, clinician):
    sign_session(session=booked_session_as_given, by=clinician)

    assert list(AuditEvent.objects.order_by("-pk").values_list("did", flat=True)[:2]) == [
        "appointment.done",
        "session.signed",
    ]


def test_an_alert_seen_in_the_chair_costs_four_statements_more(ready, clinician, count_queries):
    alert = factories.AdverseEffectFactory(level="alert")
    session = fill(
        ready, clinician, no_reactions=False, reactions=(ReactionEntry(alert.pk, note="Lay flat"),)
    )

    with count_queries() as sent:
        sign_session(session=session, by=clinician)

    sync_check_ins_and_follow_ups()
    assert FollowUp.objects.count() == 1
    assert len(sent) == 25


@pytest.mark.fault("F24")
def test_a_lot_that_expired_meanwhile_refuses_the_signature(charted, clinician, lots):
    charted.performed_on = lots[0].expires_on + timedelta(days=1)
    charted.save(update_fields=["performed_on"])
    charted.plan.course_sessions.update(performed_on=charted.performed_on)

    with pytest.raises(Refused, match="expired"):
        sign_session(session=charted, by=clinician)
    assert list(Lot.objects.values_list("on_hand_ml", flat=True)) == [D(10), D(10)]


def test_nothing_is_signed_while_something_typed_is_not_in_it(as_clinician, charted, clinician, once):
    Autosave.objects.create(
        owner=clinician,
        kind=sessions.AUTOSAVE_KIND,
        subject=sessions.autosave_subject(charted),
        fields={"revision": ["1"], "note": ["Not sent yet"]},
        url="/",
    )

    as_clinician.post(reverse("sessions:sign", args=[charted.pk]), {"once": once()})

    charted.refresh_from_db()
    assert charted.status == "draft"
    assert Autosave.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_what_was_saved_while_the_signature_waited_is_what_is_signed(charted, clinician):
    """A save holds the session; the signature waits for it, and must not sign what it read before."""
    held, may_end = threading.Event(), threading.Event()
    seen = {}

    def saves():
        try:
            with transaction.atomic():
                chart = replace(stored(charted), note="Said at the last moment", pain={"during": 9})
                charted.refresh_from_db()
                save_chart(session=charted, by=clinician, revision=charted.revision, chart=chart)
                held.set()
                may_end.wait(60)
        finally:
            connection.close()

    def signs():
        try:
            with transaction.atomic():
                seen["detail"] = sessions.lock_session_detail_for_signing(charted.pk)
        finally:
            connection.close()

    saving, signing = threading.Thread(target=saves), threading.Thread(target=signs)
    saving.start()
    assert held.wait(60)
    signing.start()
    wait_until_somebody_waits_for_a_lock()
    may_end.set()
    saving.join(60)
    signing.join(60)

    chart = sessions.chart_of_session(seen["detail"])
    assert (chart.note, chart.pain["during"]) == ("Said at the last moment", 9)


def wait_until_somebody_waits_for_a_lock():
    pause = threading.Event()
    for _ in range(3000):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0]:
                return
        pause.wait(0.02)
    raise AssertionError("nobody waits for a lock")


# --- relief ------------------------------------------------------------------


@pytest.fixture
def lidocaine(db):
    """Lidocaine and its label maximum: 4.5 mg per kg, at most 300 mg."""
    ingredient = factories.IngredientFactory(
        code="lidocaine", name="Lidocaine", family="anaesthetic (amide)", is_active=False
    )
    factories.DoseLimitFactory(
        ingredient=ingredient,
        kind="label_same_route",
        value=D(300),
        unit="mg",
        period="session",
        mg_per_kg=D("4.5"),
    )
    return ingredient


def with_relief(session, by, *relief, **changes):
    return fill(session, by, relief=tuple(ReliefEntry(*each) for each in relief), **changes)


def test_relief_is_charted_and_signed_with_the_session(ready, clinician, lidocaine):
    session = with_relief(ready, clinician, ("ice",), ("nerve_block", D(60)), performed_by_id=clinician.pk)

    sign_session(session=session, by=clinician, reasons=GIVEN)

    assert list(PainRelief.objects.values_list("method", "lidocaine_mg")) == [
        ("ice", None),
        ("nerve_block", D("60.0")),
    ]
    session.refresh_from_db()
    assert session.performed_by == clinician


#: What a patient without a weight is asked.
GIVEN = {"weight:lidocaine": "Weighed at home, 70 kg"}


def test_lidocaine_of_a_nerve_block_counts_toward_its_own_limit(ready, clinician, lidocaine):
    """301 mg beside the syringe: nobody may go past a label's maximum."""
    session = with_relief(ready, clinician, ("nerve_block", D(301)))

    with pytest.raises(Refused, match="Lidocaine 301 mg is above the label maximum, 300 mg"):
        sign_session(session=session, by=clinician, reasons=GIVEN)


def test_the_syringes_lidocaine_and_the_blocks_add_up(
    plan, consent, products, lots, checklist, clinic, clinician, lidocaine
):
    """200 mg in the syringe and 101 in the block are 301."""
    factories.ProductContentFactory(product=products[0], ingredient=lidocaine, mg_per_ml=D(200))
    session = start_or_resume_session(plan=plan, by=clinician, clinic=clinic, reasons=GIVEN)
    session = with_relief(session, clinician, ("nerve_block", D(101)))

    with pytest.raises(Refused, match="Lidocaine 301 mg is above"):
        sign_session(session=session, by=clinician, reasons=GIVEN)


def test_only_a_clinician_can_have_injected(ready, clinician, front_desk):
    with pytest.raises(Refused, match="must be a clinician"):
        fill(ready, clinician, performed_by_id=front_desk.pk)


def test_a_cream_without_its_lidocaine_asks_how_much(ready, clinician, lidocaine):
    session = with_relief(ready, clinician, ("cream",))

    with pytest.raises(Refused, match="How many mg of lidocaine were in the cream"):
        sign_session(session=session, by=clinician)


def test_what_cannot_be_is_not_even_kept_in_a_draft(ready, clinician):
    with pytest.raises(Refused, match="There is no lidocaine in ice"):
        with_relief(ready, clinician, ("ice", D(5)))


def test_relief_is_ticked_on_the_page_and_taken_back(as_clinician, ready, once):
    post(
        as_clinician, page(ready), posted(ready, relief=["ice", "cream"], relief_mg_cream="12.5", do="draft")
    )
    first = stored(ready).relief
    post(as_clinician, page(ready), posted(ready, relief=["ice"], do="draft"))

    assert first == (ReliefEntry("cream", D("12.5")), ReliefEntry("ice"))
    assert stored(ready).relief == (ReliefEntry("ice"),)


def test_where_and_when_of_a_reaction_are_charted(as_clinician, ready):
    effect = factories.AdverseEffectFactory()
    zone = factories.ZoneFactory()
    day = timezone.localdate().isoformat()
    prefix = f"reaction-{effect.pk}"
    fields = posted(ready, do="draft")
    fields.update(
        {
            f"{prefix}-seen": "1",
            f"{prefix}-zone": str(zone.pk),
            f"{prefix}-began_on": day,
            f"{prefix}-ended_on": day,
        }
    )

    post(as_clinician, page(ready), fields)

    [entry] = stored(ready).reactions
    assert (entry.zone_id, entry.began_on.isoformat(), entry.ended_on.isoformat()) == (zone.pk, day, day)
