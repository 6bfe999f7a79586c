"""What a session keeps beside its doses: safety, drawn zones, lots read, waste; and how one is discarded."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.http import QueryDict
from django.utils import timezone

from mesoclinic.core import autosave
from mesoclinic.core.findings import Refused
from mesoclinic.core.models import AuditEvent, Autosave
from patients.models import RiskFactor
from tests import factories
from tests.treatments.sessions.conftest import ASKED, fill, stored
from treatments.schedule.models import Appointment
from treatments.sessions.actions.charting import save_chart
from treatments.sessions.actions.discarding import delete_draft_and_keep_reason
from treatments.sessions.actions.signing import sign_session
from treatments.sessions.actions.start import start_or_resume_session
from treatments.sessions.models import DiscardedSession, Dose, TreatmentSession
from treatments.sessions.queries.sessions import (
    drafts_to_sign,
    latest_unsigned_sessions_of_patient,
    session_detail,
)
from treatments.sessions.queries.signing import deviation_findings
from treatments.sessions.rules.charting import ZoneEntry
from treatments.stock.models import Lot, StockMovement

D = Decimal
OUTLINE = ((10.0, 10.0), (30.0, 10.0), (20.0, 30.5))


@transaction.atomic
def run(sql, *values):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def refused(sql, *values):
    with pytest.raises(IntegrityError) as caught:
        run(sql, *values)
    return str(caught.value)


def save(session, by, **changes):
    session.refresh_from_db()
    return save_chart(
        session=session, by=by, revision=session.revision, chart=replace(stored(session), **changes)
    )


@pytest.fixture
def latex(patient, clinician):
    factor = factories.FactorFactory(code="allergy_latex", kind="allergy", label="Allergy: latex")
    return factories.RiskFactorFactory(patient=patient, factor=factor, label="Latex", recorded_by=clinician)


# --- safety ------------------------------------------------------------------


def test_what_was_not_asked_stops_the_signature_unless_a_clinician_says_why(ready, clinician):
    session = fill(ready, clinician, safety={"medicine": {"changed": False}})

    with pytest.raises(Refused) as caught:
        sign_session(session=session, by=clinician)
    reasons = {f.code: "Asked by telephone this morning" for f in caught.value.findings}
    signed = sign_session(session=session, by=clinician, reasons=reasons)

    assert set(reasons) == {"safety:pregnancy", "safety:allergy"}
    assert signed.status == "signed"


def test_what_has_changed_meets_the_checks_of_the_cocktail(ready, clinician, products):
    """A new medicine that this syringe must not meet stops the signature, as it would have stopped the cocktail."""
    factor = factories.FactorFactory(code="anticoagulant", kind="medicine")
    factories.ContraindicationFactory(ingredient=products[0].contents.get().ingredient, factor=factor)
    changed = {"changed": True, "new": [{"factor": factor.pk, "label": "Warfarin"}]}
    session = fill(ready, clinician, safety={**ASKED, "medicine": changed})

    with pytest.raises(Refused) as caught:
        sign_session(session=session, by=clinician)

    assert [f.code.split(":")[0] for f in caught.value.findings] == ["contra"]
    assert not RiskFactor.objects.filter(label="Warfarin").exists()


#: Who says that it is over.
SAID = "Stopped on 2 November, says her own doctor."


def test_a_tick_ends_nothing_that_stands_against_the_syringe(ready, clinician, patient, products):
    fish = factories.FactorFactory(code="allergy_fish", kind="allergy")
    factories.ContraindicationFactory(ingredient=products[0].contents.get().ingredient, factor=fish)
    row = factories.RiskFactorFactory(patient=patient, kind="allergy", factor=fish, label="Fish")

    for words in ({}, {"ended_words": "it is ok"}):
        session = fill(
            ready, clinician, safety={**ASKED, "allergy": {"changed": True, "ended": [row.pk]} | words}
        )
        with pytest.raises(Refused) as caught:
            sign_session(session=session, by=clinician)

        codes = {f.code.split(":")[0] for f in caught.value.findings}
        assert codes == {"safety-ended", "contra"}
    row.refresh_from_db()
    assert row.ended_on is None


def test_what_has_ended_meets_them_no_more(ready, clinician, patient, products):
    factor = factories.FactorFactory(code="anticoagulant", kind="medicine")
    factories.ContraindicationFactory(ingredient=products[0].contents.get().ingredient, factor=factor)
    warfarin = factories.RiskFactorFactory(patient=patient, kind="medicine", factor=factor, label="Warfarin")
    session = fill(ready, clinician)
    with pytest.raises(Refused):
        sign_session(session=session, by=clinician)

    session = fill(
        ready,
        clinician,
        safety={**ASKED, "medicine": {"changed": True, "ended": [warfarin.pk], "ended_words": SAID}},
    )
    sign_session(session=session, by=clinician)

    warfarin.refresh_from_db()
    assert warfarin.ended_on == session.performed_on
    assert warfarin.ended_by == clinician


def test_the_signature_puts_it_on_the_record_as_said_at_a_session(ready, clinician, patient, latex):
    nickel = factories.FactorFactory(code="allergy_nickel", kind="allergy", label="Allergy: nickel")
    new = [{"factor": nickel.pk, "label": "Nickel"}, {"factor": None, "label": "Sticking plaster"}]
    session = fill(
        ready,
        clinician,
        safety={**ASKED, "allergy": {"changed": True, "new": new, "ended": [latex.pk], "ended_words": SAID}},
    )
    assert RiskFactor.objects.filter(patient=patient).count() == 1

    sign_session(session=session, by=clinician)

    said = RiskFactor.objects.filter(patient=patient, origin="session").order_by("pk")
    assert [(r.label, r.factor, r.started_on, r.recorded_by) for r in said] == [
        ("Nickel", nickel, session.performed_on, clinician),
        ("Sticking plaster", None, session.performed_on, clinician),
    ]
    latex.refresh_from_db()
    assert latex.ended_on == session.performed_on
    assert latex.ended_words == SAID


def test_what_somebody_else_recorded_meanwhile_does_not_stop_the_signature(ready, clinician, patient, latex):
    new = [{"factor": latex.factor_id, "label": "Latex"}]
    session = fill(ready, clinician, safety={**ASKED, "allergy": {"changed": True, "new": new}})

    sign_session(session=session, by=clinician)

    assert RiskFactor.objects.filter(patient=patient).count() == 1


def test_nobody_elses_record_is_ended(ready, clinician):
    other = factories.RiskFactorFactory()

    with pytest.raises(Refused) as caught:
        save(ready, clinician, safety={"allergy": {"changed": True, "ended": [other.pk]}})

    assert [f.code for f in caught.value.findings] == ["safety-unknown"]


def test_safety_is_about_what_is_asked(ready):
    message = refused(
        "UPDATE treatment_sessions_treatmentsession SET safety = %s WHERE id = %s",
        '{"weather": {"changed": false}}',
        ready.pk,
    )

    assert "safety_is_about_what_is_asked" in message


# --- zones -------------------------------------------------------------------


def test_a_drawn_zone_is_kept_as_a_vector_in_percent(ready, clinician):
    drawn = ZoneEntry(None, 12, D("0.03"), D(2), D("8.5"), D("0.8"), name="Bald patch", outline=OUTLINE)
    zones = (*stored(ready).zones, drawn)

    save(ready, clinician, zones=zones)
    kept = stored(ready)
    save(ready, clinician, zones=[replace(drawn, points=14)])

    assert kept.zones == tuple(sorted(zones, key=lambda z: z.zone_id_and_name))
    assert [(z.name, z.points) for z in stored(ready).zones] == [("Bald patch", 14)]


def test_two_drawn_zones_of_one_name_are_refused(ready, clinician):
    drawn = ZoneEntry(None, 12, D("0.03"), D(2), D(8), name="Patch", outline=OUTLINE)

    with pytest.raises(Refused) as caught:
        save(ready, clinician, zones=(drawn, replace(drawn, points=3)))

    assert [f.code for f in caught.value.findings] == ["zone-twice:Patch"]


@pytest.mark.parametrize(
    ("name", "outline", "said"),
    [
        ("", "[]", "zone_is_of_the_map_or_drawn"),
        ("Patch", "[[1, 1], [2, 2]]", "3 to 60 corners"),
        ("Patch", "[[1, 1], [2, 2], [3, 101]]", "within the picture"),
        ("Patch", '[[1, 1], [2, 2], ["3", 1]]', "within the picture"),
        ("Patch", "[[1, 1], [2, 2], [3]]", "within the picture"),
        ("Patch", "[[1, 1], [2, 2], 3]", "within the picture"),
        ("Patch", '{"x": 1}', "a list of corners"),
    ],
)
def test_raw_sql_draws_no_zone_that_is_none(ready, name, outline, said):
    message = refused(
        "INSERT INTO treatment_sessions_zonetreatment"
        " (treatment_session_id, name, outline, points, ml_per_point, depth_mm, area_cm2)"
        " VALUES (%s, %s, %s, 1, 0.03, 2, 10)",
        ready.pk,
        name,
        outline,
    )

    assert said in message


def test_raw_sql_spaces_nothing_below_zero(ready):
    message = refused(
        "UPDATE treatment_sessions_zonetreatment SET spacing_cm = -1 WHERE treatment_session_id = %s",
        ready.pk,
    )

    assert "zone_treatment_has_figures" in message


# --- deviations --------------------------------------------------------------


def test_a_deviation_asks_why_each_time(ready, clinician, plan, clinic):
    plan.protocol.depth_min_mm, plan.protocol.depth_max_mm = D(2), D(4)
    plan.protocol.save()
    [zone] = stored(ready).zones
    session = fill(ready, clinician, zones=[replace(zone, depth_mm=D(6))])
    code = "deviates:depth:FRONTAL:6"

    with pytest.raises(Refused) as caught:
        sign_session(session=session, by=clinician)
    signed = sign_session(session=session, by=clinician, reasons={code: "Thick scalp"})
    following = start_or_resume_session(plan=plan, by=clinician, clinic=clinic)
    again = fill(following, clinician, zones=[replace(zone, depth_mm=D(6))])
    with pytest.raises(Refused) as caught_again:
        sign_session(session=again, by=clinician)
    second = sign_session(session=again, by=clinician, reasons={code: "Still thick"})

    assert [f.code for f in caught_again.value.findings] == [code]
    assert [f.code for f in caught.value.findings] == [code]
    assert [(a["code"], a["reason"]) for a in signed.acknowledged] == [(code, "Thick scalp")]
    assert [(a["code"], a["reason"]) for a in second.acknowledged] == [(code, "Still thick")]


def test_what_the_page_proposes_is_no_deviation(charted, clinician, plan):
    """The syringe is spread over the assessed area even where it does not reach the protocol's least a point."""
    plan.protocol.ml_per_point_min = D("0.05")
    plan.protocol.save()

    assert deviation_findings(session_detail(charted.pk)) == []


# --- waste -------------------------------------------------------------------


def test_stock_takes_what_was_drawn_up_as_use_and_waste(ready, clinician, lots):
    [zone] = stored(ready).zones
    session = fill(ready, clinician, zones=[replace(zone, points=50, ml_per_point=D("0.03"))])

    sign_session(session=session, by=clinician)

    assert list(Lot.objects.order_by("pk").values_list("on_hand_ml", flat=True)) == [D(9), D(9)]
    moved = StockMovement.objects.filter(kind__in=["use", "waste"])
    assert sorted((m.lot_id, m.kind, m.ml) for m in moved) == [
        (lots[0].pk, "use", D("-0.75")),
        (lots[0].pk, "waste", D("-0.25")),
        (lots[1].pk, "use", D("-0.75")),
        (lots[1].pk, "waste", D("-0.25")),
    ]
    assert [m.reason for m in moved if m.kind == "waste"] == [
        f"Left in the syringe after session {session.pk}"
    ] * 2
    assert [(d.ml, d.wasted_ml) for d in Dose.objects.all()] == [(D(1), D("0.25"))] * 2


def test_where_all_went_in_nothing_is_waste(ready, clinician):
    [zone] = stored(ready).zones
    session = fill(ready, clinician, zones=[replace(zone, points=100, ml_per_point=D("0.02"))])

    sign_session(session=session, by=clinician)

    assert not StockMovement.objects.filter(kind="waste").exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("wasted_ml = 0.5", "every dose taken from its lot"),
        ("wasted_ml = ml", "dose_is_not_all_waste"),
        ("wasted_ml = -0.1", "dose_is_not_all_waste"),
        ("waste_movement_id = NULL", "every dose taken from its lot"),
    ],
)
def test_raw_sql_signs_nothing_whose_waste_is_not_in_the_ledger(charted, clinician, lots, change, said):
    """Doses with their movements, then one figure that does not fit, then the signature."""
    for lot in lots:
        dose = Dose.objects.get(lot=lot)
        used = factories.StockMovementFactory(lot=lot, kind="use", ml=D("-0.9"), by=clinician)
        waste = factories.StockMovementFactory(
            lot=lot, kind="waste", ml=D("-0.1"), reason="left", by=clinician
        )
        Dose.objects.filter(pk=dose.pk).update(movement=used, waste_movement=waste, wasted_ml=D("0.1"))
    sign = (
        "UPDATE plans_coursesession SET signed_at = now();"
        " UPDATE treatment_sessions_treatmentsession SET status = 'signed', signed_at = now(),"
        f" signed_by_id = {clinician.pk} WHERE id = {charted.pk}"
    )

    message = refused(f"UPDATE treatment_sessions_dose SET {change}; {sign}")

    assert said in message
    run(sign)  # and as it was, it signs


# --- the door ----------------------------------------------------------------


def test_an_unsigned_session_of_another_plan_is_met_at_the_door(ready, plan, clinic, clinician, patient):
    other = factories.make_plan(
        clinic=clinic,
        patient=patient,
        version=plan.cocktail_version,
        by=clinician,
        status="accepted",
        name="Crown 4",
    )

    with pytest.raises(Refused) as caught:
        start_or_resume_session(plan=other, by=clinician, clinic=clinic)
    [found] = caught.value.findings
    started = start_or_resume_session(
        plan=other, by=clinician, clinic=clinic, reasons={found.code: "Two courses"}
    )

    assert found.code == f"session:unsigned:{ready.pk}"
    assert "Session 1 of “Density 8” was begun by Dr Elif Kaya" in found.message
    assert started.pk != ready.pk


# --- discarded ---------------------------------------------------------------

WHY = "Wrong patient in the chair"


def test_a_session_begun_by_mistake_is_discarded_and_the_appointment_goes_back(
    booked, consent, lots, checklist, clinic, clinician
):
    session = start_or_resume_session(appointment=booked, by=clinician, clinic=clinic)
    fill(session, clinician)
    autosave.save_autosave(
        owner=clinician,
        kind="session",
        subject=f"session:{session.pk}",
        url="/",
        posted=QueryDict("note=half a sentence"),
    )

    kept = delete_draft_and_keep_reason(session=session, by=clinician, reason=f" {WHY} ")

    booked = Appointment.objects.get(pk=booked.pk)
    assert not TreatmentSession.objects.exists()
    assert not Autosave.objects.exists()
    assert booked.status == "arrived"
    assert (kept.reason, kept.number, kept.by, kept.appointment) == (WHY, 1, clinician, booked)
    event = AuditEvent.objects.get(did="session.discarded")
    assert (event.by, event.patient_id, event.data["kept"]) == (clinician, session.patient_id, kept.pk)
    assert not StockMovement.objects.filter(kind="use").exists()
    again = start_or_resume_session(appointment=booked, by=clinician, clinic=clinic)
    assert again.number == 1


@pytest.mark.parametrize("reason", ["", "oops", "x" * 201])
def test_a_session_is_discarded_only_with_a_sentence(ready, clinician, reason):
    with pytest.raises(Refused) as caught:
        delete_draft_and_keep_reason(session=ready, by=clinician, reason=reason)

    assert [f.code for f in caught.value.findings] == ["discard:reason"]
    assert TreatmentSession.objects.get() == ready


def test_only_who_began_it_discards_it_unless_they_are_gone(ready, clinic, clinician):
    colleague = factories.ClinicianFactory(clinic=clinic)

    with pytest.raises(Refused) as caught:
        delete_draft_and_keep_reason(session=ready, by=colleague, reason=WHY)
    clinician.is_active = False
    clinician.save()
    kept = delete_draft_and_keep_reason(session=ready, by=colleague, reason=WHY)

    assert [f.code for f in caught.value.findings] == ["discard:other"]
    assert kept.by == colleague


def test_a_signed_session_is_not_discarded(charted, clinician):
    sign_session(session=charted, by=clinician)

    with pytest.raises(Refused) as caught:
        delete_draft_and_keep_reason(session=charted, by=clinician, reason=WHY)

    assert [f.code for f in caught.value.findings] == ["session:signed"]


def test_the_front_desk_discards_nothing(ready, front_desk):
    with pytest.raises(Refused) as caught:
        delete_draft_and_keep_reason(session=ready, by=front_desk, reason=WHY)

    assert [f.code for f in caught.value.findings] == ["session:role"]


def test_the_reason_of_a_discarded_session_stays(ready, clinician):
    delete_draft_and_keep_reason(session=ready, by=clinician, reason=WHY)

    for sql in (
        "UPDATE treatment_sessions_discardedsession SET reason = 'else'",
        "DELETE FROM treatment_sessions_discardedsession",
    ):
        assert "append-only" in refused(sql)
    assert DiscardedSession.objects.get().reason == WHY


# --- today -------------------------------------------------------------------


def test_a_session_i_typed_into_waits_for_me_too(ready, clinic, clinician):
    colleague = factories.ClinicianFactory(clinic=clinic)
    autosave.save_autosave(
        owner=colleague,
        kind="session",
        subject=f"session:{ready.pk}",
        url="/",
        posted=QueryDict("note=half a sentence"),
    )

    assert list(drafts_to_sign(colleague, clinic)) == [ready]
    assert list(drafts_to_sign(factories.ClinicianFactory(clinic=clinic), clinic)) == []


def test_yesterdays_session_is_still_unsigned_of_its_patient(ready, patient, clinician):
    TreatmentSession.objects.filter(pk=ready.pk).update(started_at=timezone.now() - timedelta(days=1))

    [found] = latest_unsigned_sessions_of_patient(patient, by=clinician)

    assert (found, found.kept_at) == (ready, None)
