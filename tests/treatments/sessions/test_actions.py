"""Starting, charting and signing: what each does, and what it refuses."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone

from mesoclinic.accounts.models import User
from mesoclinic.core.findings import Refused
from mesoclinic.core.models import AuditEvent
from tests import factories
from tests.treatments.sessions.conftest import fill, stored
from treatments.conditions.models import Measurement
from treatments.sessions.actions.charting import ChangedMeanwhile, save_chart
from treatments.sessions.actions.corrections import mark_session_void, save_addendum_and_mark_session_amended
from treatments.sessions.actions.signing import sign_session
from treatments.sessions.actions.start import start_or_resume_session
from treatments.sessions.models import Addendum, Dose, TreatmentSession
from treatments.sessions.queries.sessions import drafts_to_sign
from treatments.sessions.rules.charting import DoseEntry, MeasurementEntry, ReactionEntry, ZoneEntry
from treatments.stock.models import Lot, StockMovement

D = Decimal
REASON = "Seen and discussed with the patient"


def codes(refused) -> list[str]:
    return [finding.code for finding in refused.value.findings]


def check_deferred():
    """What is asked at commit, asked now."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def on_hand() -> dict[str, Decimal]:
    return dict(Lot.objects.values_list("number", "on_hand_ml"))


# --- charting ----------------------------------------------------------------


def test_a_draft_keeps_every_part(ready, clinician, lots, checklist):
    effect = factories.AdverseEffectFactory()
    frontal = stored(ready).zones[0].zone_id
    chart = replace(
        stored(ready),
        ticked=frozenset({checklist[0].pk}),
        doses=(DoseEntry(lots[0].product_id, lots[0].pk, D("1.2"), D(1)),),
        zones=(ZoneEntry(frontal, 42, D("0.025"), D(3), D(42)),),
        pain={"during": 7, "end": 2},
        reactions=(ReactionEntry(effect.pk, "moderate", "cold pack"),),
        since_last="Less shedding",
        note="Tolerated well",
    )

    saved = save_chart(session=ready, by=clinician, revision=1, chart=chart)
    emptied = replace(chart, reactions=(), pain={}, zones=(), ticked=frozenset())
    kept = stored(ready)
    save_chart(session=saved, by=clinician, revision=2, chart=emptied)

    assert kept == chart
    assert stored(ready) == emptied
    assert TreatmentSession.objects.get().revision == 3


def test_the_second_editor_is_told_both_versions(ready, clinician):
    mine = replace(stored(ready), note="mine")
    theirs = replace(stored(ready), note="theirs")
    save_chart(session=ready, by=clinician, revision=1, chart=theirs)

    with pytest.raises(ChangedMeanwhile) as changed:
        save_chart(session=ready, by=clinician, revision=1, chart=mine)

    both = changed.value
    assert (both.there.note, both.here.note, both.revision) == ("theirs", "mine", 2)
    assert TreatmentSession.objects.get().note == "theirs"


def test_saving_the_same_twice_writes_once(ready, clinician):
    chart = replace(stored(ready), note="once")
    save_chart(session=ready, by=clinician, revision=1, chart=chart)

    save_chart(session=ready, by=clinician, revision=1, chart=chart)

    assert TreatmentSession.objects.get().revision == 2
    assert AuditEvent.objects.filter(did="session.saved").count() == 1


def test_pain_of_eleven_is_refused(ready, clinician):
    chart = replace(stored(ready), pain={"during": 11})

    with pytest.raises(Refused) as refused:
        save_chart(session=ready, by=clinician, revision=1, chart=chart)

    assert codes(refused) == ["pain:scale"]


@pytest.mark.parametrize("wrong", ["recalled", "quarantined", "expired", "empty"])
def test_a_lot_that_may_not_be_used_does_not_get_into_a_draft(ready, clinician, clinic, lots, wrong):
    today = timezone.localdate()
    lot = factories.LotFactory(
        product=lots[0].product,
        clinic=clinic,
        number="WRONG",
        status=wrong if wrong in ("recalled", "quarantined") else "released",
        expires_on=today - timedelta(days=1 if wrong == "expired" else -90),
        on_hand=None if wrong == "empty" else D(5),
    )
    chart = replace(stored(ready), doses=(DoseEntry(lot.product_id, lot.pk, D(1), D(1)),))

    with pytest.raises(Refused) as refused:
        save_chart(session=ready, by=clinician, revision=1, chart=chart)

    assert codes(refused) == [f"lot-{wrong}:WRONG"]


def test_a_lot_of_another_clinic_or_product_does_not_get_into_a_draft(ready, clinician, lots):
    elsewhere = factories.LotFactory(product=lots[0].product, on_hand=D(5))
    for lot_id, product_id in ((elsewhere.pk, lots[0].product_id), (lots[1].pk, lots[0].product_id)):
        chart = replace(stored(ready), doses=(DoseEntry(product_id, lot_id, D(1), D(1)),))

        with pytest.raises(Refused) as refused:
            save_chart(session=ready, by=clinician, revision=1, chart=chart)

        assert refused.value.findings[0].where == "syringe"


def test_a_recalled_lot_does_not_stop_the_rest_from_being_saved(ready, clinician, lots):
    Lot.objects.filter(pk=lots[0].pk).update(status="recalled")
    chart = replace(
        stored(ready),
        note="typed meanwhile",
        doses=(
            DoseEntry(lots[0].product_id, lots[0].pk, D("0.9"), D(1)),
            DoseEntry(lots[1].product_id, lots[1].pk, D(1), D(1)),
        ),
    )

    save_chart(session=ready, by=clinician, revision=1, chart=chart)

    assert stored(ready) == chart


# --- signing -----------------------------------------------------------------


def test_signing_takes_every_dose_and_moves_plan_and_audit(charted, clinician, lots, plan):
    signed = sign_session(session=charted, by=clinician)
    check_deferred()

    plan.refresh_from_db()
    assert (signed.status, signed.signed_by) == ("signed", clinician)
    assert plan.status == "active"
    assert on_hand() == {"L-Dex": D(9), "L-Bio": D(9)}
    # 70 points of 0.028 ml: 1.96 of 2 ml went in, the rest is waste, of both in proportion.
    assert [(d.movement.lot_id, d.movement.ml, d.waste_movement.ml) for d in Dose.objects.all()] == [
        (lot.pk, D("-0.98"), D("-0.02")) for lot in lots
    ]
    assert AuditEvent.objects.filter(patient_id=plan.patient_id).latest("pk").did == "session.signed"


def test_signing_twice_signs_once(charted, clinician):
    sign_session(session=charted, by=clinician)

    sign_session(session=charted, by=clinician)

    assert StockMovement.objects.filter(kind="use").count() == 2


def test_one_lot_short_and_nothing_moves(charted, clinician, lots):
    factories.StockMovementFactory(lot=lots[1], kind="waste", ml=D("-9.5"), reason="dropped")

    with pytest.raises(Refused) as refused:
        sign_session(session=charted, by=clinician)

    charted.refresh_from_db()
    assert codes(refused) == ["lot-short:L-Bio"]
    assert charted.status == "draft"
    assert on_hand() == {"L-Dex": D(10), "L-Bio": D("0.5")}


@pytest.mark.fault("F26")
def test_a_lot_recalled_meanwhile_is_named_and_another_proposed(charted, clinician, clinic, lots):
    factories.LotFactory(product=lots[0].product, clinic=clinic, number="L-NEW", on_hand=D(4))
    Lot.objects.filter(pk=lots[0].pk).update(status="recalled")

    with pytest.raises(Refused) as refused:
        sign_session(session=charted, by=clinician)

    (finding,) = refused.value.findings
    assert finding.code == "lot-recalled:L-Dex"
    assert finding.detail.startswith("Take lot L-NEW instead")
    assert finding.fixed


@pytest.mark.fault("F27")
def test_what_was_learnt_since_the_start_is_asked_at_signing(charted, clinician, patient, products):
    factor = factories.FactorFactory(code="thiamine_reaction")
    ingredient = products[0].contents.get().ingredient
    factories.ContraindicationFactory(
        ingredient=ingredient, factor=factor, severity="relative", basis="inferred"
    )
    factories.RiskFactorFactory(patient=patient, factor=factor, kind="disease")
    code = f"contra:{ingredient.code}:thiamine_reaction"

    with pytest.raises(Refused) as refused:
        sign_session(session=charted, by=clinician)
    signed = sign_session(session=charted, by=clinician, reasons={code: "tolerated before"})

    assert codes(refused) == [code]
    assert [a["code"] for a in signed.acknowledged] == [code]


def test_a_consent_withdrawn_since_the_start_asks_what_was_given_and_the_session_is_recorded(
    charted, clinician, consent
):
    consent.withdrawn_at, consent.withdrawn_by = timezone.now(), clinician
    consent.save()

    with pytest.raises(Refused) as refused:
        sign_session(session=charted, by=clinician)
    signed = sign_session(session=charted, by=clinician, reasons={"alert:consent:expired": REASON})

    assert codes(refused) == ["alert:consent:expired"]
    assert [each["code"] for each in signed.acknowledged] == ["alert:consent:expired"]


def test_who_lost_the_role_signs_nothing(charted, clinician):
    clinician.memberships.update(roles=["front_desk"])
    clinician = User.objects.get(pk=clinician.pk)

    with pytest.raises(Refused) as refused:
        sign_session(session=charted, by=clinician)

    assert codes(refused) == ["session:role"]


def test_a_missing_tick_needs_a_clinicians_reason(charted, clinician, checklist):
    chart = replace(stored(charted), ticked=frozenset({checklist[0].pk}))
    session = save_chart(session=charted, by=clinician, revision=charted.revision, chart=chart)

    with pytest.raises(Refused) as refused:
        sign_session(session=session, by=clinician)
    signed = sign_session(
        session=session, by=clinician, reasons={"checklist:history": REASON, "checklist:pregnancy": REASON}
    )

    # One tick answers both; what the software knows is never asked.
    assert codes(refused) == ["checklist:history", "checklist:pregnancy"]
    assert [a["reason"] for a in signed.acknowledged] == [REASON, REASON]


def test_an_emergency_is_signed_only_with_what_was_done(ready, clinician):
    effect = factories.AdverseEffectFactory(effect="Anaphylaxis", level="emergency", action="adrenaline IM")
    session = fill(ready, clinician, no_reactions=False, reactions=(ReactionEntry(effect.pk, "severe"),))

    with pytest.raises(Refused) as refused:
        sign_session(session=session, by=clinician)
    session = fill(
        session,
        clinician,
        no_reactions=False,
        reactions=(ReactionEntry(effect.pk, "severe", "adrenaline 0.5 mg, 112"),),
    )
    signed = sign_session(session=session, by=clinician)

    assert codes(refused) == [f"reaction:{effect.pk}"]
    assert "adrenaline IM" in refused.value.findings[0].message
    assert signed.status == "signed"


def test_the_review_is_due_at_session_five(ready, clinician):
    ready.number = 5
    ready.save()
    ready.plan.course_sessions.update(number=5)

    signed = sign_session(session=fill(ready, clinician), by=clinician)

    # It is signed all the same: what waits for the review is the next session.
    assert signed.status == "signed"
    with pytest.raises(Refused) as refused:
        start_or_resume_session(plan=ready.plan, by=clinician, clinic=ready.clinic)
    assert "session:review" in codes(refused)


def test_the_last_session_finishes_the_plan(plan, consent, lots, checklist, clinic, clinician):
    plan.sessions_planned = 1
    plan.save()
    session = start_or_resume_session(plan=plan, by=clinician, clinic=clinic)

    sign_session(session=fill(session, clinician), by=clinician)

    plan.refresh_from_db()
    assert (plan.status, session.next_on) == ("done", None)


def test_measurements_are_written_with_the_signature(charted, clinician, patient):
    scale = factories.SeverityScaleFactory(code="HAIR_DENSITY", kind="number")
    zone = factories.ZoneFactory()

    sign_session(session=charted, by=clinician, measurements=[MeasurementEntry(scale.code, D(142), zone.pk)])

    (figure,) = Measurement.objects.all()
    assert (figure.patient, figure.value, figure.zone) == (patient, D(142), zone)
    assert list(charted.measurements.all()) == [figure]


def test_an_override_given_when_the_cocktail_was_signed_is_asked_again(
    charted, clinician, patient, plan, products
):
    factor = factories.FactorFactory(code="mild_thing")
    ingredient = products[0].contents.get().ingredient
    factories.ContraindicationFactory(
        ingredient=ingredient, factor=factor, severity="relative", basis="inferred"
    )
    factories.RiskFactorFactory(patient=patient, factor=factor, kind="disease")
    plan.cocktail_version.overrides.create(
        code=f"contra:{ingredient.code}:mild_thing",
        level="warn",
        message="m",
        reason="weighed at the bench",
        by=clinician,
    )

    code = f"contra:{ingredient.code}:mild_thing"

    with pytest.raises(Refused) as refused:
        sign_session(session=charted, by=clinician)
    signed = sign_session(session=charted, by=clinician, reasons={code: "weighed again today"})

    assert [finding.code for finding in refused.value.findings] == [code]
    assert [a["reason"] for a in signed.acknowledged] == ["weighed again today"]


@pytest.mark.parametrize("products_in", [1, 3])
def test_signing_costs_the_same_for_one_dose_and_for_three(
    clinic, clinician, patient, consent, checklist, count_queries, products_in
):
    products = [factories.ProductFactory() for _ in range(products_in)]
    for product in products:
        factories.LotFactory(product=product, clinic=clinic, on_hand=D(10))
    version = factories.signed_cocktail(
        clinic=clinic,
        patient=patient,
        products=products,
        by=clinician,
        kind="single" if products_in == 1 else "cocktail",
    )
    plan = factories.make_plan(clinic=clinic, patient=patient, version=version, by=clinician, status="active")
    session = start_or_resume_session(plan=plan, by=clinician, clinic=clinic)
    session = fill(session, clinician)

    with count_queries() as queries_sent:
        sign_session(session=session, by=clinician)

    assert len(queries_sent) == 20


# --- afterwards --------------------------------------------------------------


def test_an_addendum_is_added_with_its_reason(signed, clinician):
    for text in ("First", "Second"):
        save_addendum_and_mark_session_amended(session=signed, by=clinician, text=text, reason="seen later")

    signed.refresh_from_db()
    assert signed.status == "amended"
    assert [a.text for a in Addendum.objects.all()] == ["First", "Second"]


def test_an_addendum_says_what_and_why_and_needs_a_signature(ready, clinician):
    with pytest.raises(Refused) as empty:
        save_addendum_and_mark_session_amended(session=ready, by=clinician, text=" ", reason="")
    with pytest.raises(Refused) as draft:
        save_addendum_and_mark_session_amended(session=ready, by=clinician, text="More", reason="late")

    assert codes(empty) == ["addendum:reason", "addendum:text"]
    assert codes(draft) == ["session:amended"]


def test_a_void_session_returns_nothing_to_stock(signed, clinician, plan, clinic):
    mark_session_void(session=signed, by=clinician, reason="Charted on the wrong patient")
    again = start_or_resume_session(plan=plan, by=clinician, clinic=clinic)

    signed.refresh_from_db()
    assert signed.status == "void"
    assert on_hand() == {"L-Dex": D(9), "L-Bio": D(9)}
    assert again.number == 1


def test_a_session_is_void_only_with_a_reason(signed, clinician):
    with pytest.raises(Refused) as refused:
        mark_session_void(session=signed, by=clinician, reason="oops")

    assert codes(refused) == ["void:reason"]


# --- reading -----------------------------------------------------------------


def test_drafts_to_sign_are_the_clinicians_own_in_one_query(ready, clinician, clinic, count_queries):
    other = factories.ClinicianFactory(clinic=clinic)

    with count_queries() as sent:
        mine = [(s.pk, s.patient.record_number) for s in drafts_to_sign(clinician, clinic)]

    assert mine == [(ready.pk, ready.patient.record_number)]
    assert list(drafts_to_sign(other, clinic)) == []
    assert len(sent) == 1
