"""Draw a patient's blood for one session, have two people check the tube, spin it, inject it, throw the rest away."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from mesoclinic.accounts.models import User
from mesoclinic.accounts.permissions import Permission
from mesoclinic.core import audit
from mesoclinic.core.findings import Refused, gate
from mesoclinic.core.locking import lock_row
from mesoclinic.core.quantities import ZERO
from treatments.catalogue.rules import KIT
from treatments.cocktails.models import Component
from treatments.sessions.actions.checks import refuse_unless_allowed_in_session
from treatments.sessions.models import BloodIdentityCheck, BloodPreparation, Dose, Syringe, TreatmentSession
from treatments.sessions.queries.alerts import fixed_alert_findings_of_session
from treatments.sessions.queries.blood import (
    blood_fact,
    blood_limit_of_product_or_none,
    blood_of_session_or_none,
    kit_component_or_none,
)
from treatments.sessions.queries.sessions import SessionDetail
from treatments.sessions.rules.blood import (
    Spin,
    check_blood_may_be_drawn,
    check_blood_may_be_thrown_away,
    check_injection_may_be_recorded,
    check_spin_may_be_recorded,
    check_tube_identity_reading_is_valid,
)
from treatments.stock.actions.ledger import add_ledger_movement, lock_lot
from treatments.stock.models import Lot
from treatments.stock.queries import lot_as_choice
from treatments.stock.rules.ledger import MovementKind


@transaction.atomic
def record_blood_draw(
    *,
    session: TreatmentSession,
    kit: Lot,
    ml: Decimal,
    by: User,
    drawn_at: datetime | None = None,
    now: datetime | None = None,
) -> BloodPreparation:
    """``ml`` of this patient's blood were drawn with one kit of this lot. Its time runs from here.

    The dose of the session is of that kit from here on.
    """
    now = now or timezone.now()
    drawn_at = drawn_at or now
    locked = _lock_draft_or_refuse(session.pk, by)
    planned = kit_component_or_none(locked)
    kit = lock_lot(kit)
    limit = blood_limit_of_product_or_none(kit.product_id)
    gate(
        [
            *fixed_alert_findings_of_session(locked, at=drawn_at),
            *check_blood_may_be_drawn(
                lot_as_choice(kit),
                is_kit_of_this_session=planned is not None
                and kit.product_id == planned.product_id
                and kit.clinic_id == locked.clinic_id,
                ml=ml,
                drawn_at=drawn_at,
                on=locked.performed_on,
                now=now,
                limit_minutes=None if limit is None else limit.minutes,
                has_blood=blood_of_session_or_none(locked.pk) is not None,
            ),
        ]
    )
    assert planned is not None  # the rule refuses without it
    assert limit is not None  # and without this
    blood = BloodPreparation.objects.create(
        treatment_session=locked,
        patient_id=locked.patient_id,
        lot=kit,
        drawn_ml=ml,
        drawn_at=drawn_at,
        drawn_by=by,
        limit_minutes=limit.minutes,
        limit_source=limit.source,
    )
    _replace_doses_with_one_of_kit(locked, planned, kit, by)
    _audit_blood(blood, locked, "blood.drawn", by, kit=kit.pk)
    return blood


@transaction.atomic
def record_identity_check(
    *, blood: BloodPreparation, record_number: str, by: User, now: datetime | None = None
) -> BloodIdentityCheck:
    """``by`` asked the patient who they are and read ``record_number`` on the tube."""
    session, stored = _lock_session_and_blood_or_refuse(blood, by)
    gate(
        check_tube_identity_reading_is_valid(
            blood_fact(stored),
            by=by.pk,
            read=record_number,
            record_number=stored.patient.record_number,
            patient=stored.patient.full_name,
        )
    )
    check = BloodIdentityCheck.objects.create(
        preparation=stored,
        checked_by=by,
        at=now or timezone.now(),
        record_number=stored.patient.record_number,
    )
    _audit_blood(stored, session, "blood.checked", by)
    return check


@transaction.atomic
def record_blood_spin(
    *, blood: BloodPreparation, spin: Spin, by: User, now: datetime | None = None
) -> BloodPreparation:
    """It was spun: how long, how fast, and what came out. The syringe holds no more than that."""
    session, stored = _lock_session_and_blood_or_refuse(blood, by)
    gate(
        check_spin_may_be_recorded(
            blood_fact(stored), spin, drawn_ml=stored.drawn_ml, most_ml=stored.lot.product.container_ml
        )
    )
    stored.spun_at, stored.spun_by = stored.spun_at or now or timezone.now(), by
    stored.spin_minutes, stored.spin_g, stored.spin_rpm = spin.minutes, spin.g, spin.rpm
    stored.obtained_ml = spin.obtained_ml
    stored.save(update_fields=["spun_at", "spun_by", "spin_minutes", "spin_g", "spin_rpm", "obtained_ml"])
    changed = Dose.objects.filter(
        treatment_session=session, lot_id=stored.lot_id, ml__gt=spin.obtained_ml
    ).update(ml=spin.obtained_ml)
    if changed:
        _increase_session_revision(session)
    _audit_blood(stored, session, "blood.spun", by)
    return stored


@transaction.atomic
def record_blood_injection(
    *,
    blood: BloodPreparation,
    by: User,
    injected_at: datetime | None = None,
    late_reason: str = "",
    now: datetime | None = None,
) -> BloodPreparation:
    """It was injected, and what was left was thrown away: ``by`` says both. After its time with the reason only."""
    now = now or timezone.now()
    injected_at = injected_at or now
    session, stored = _lock_session_and_blood_or_refuse(blood, by)
    gate(
        check_injection_may_be_recorded(
            blood_fact(stored), injected_at=injected_at, late_reason=late_reason, now=now
        )
    )
    stored.injected_at, stored.injected_said_by = injected_at, by
    stored.late_reason = late_reason.strip()[:200] if injected_at > stored.use_before else ""
    stored.rest_discarded_at, stored.rest_discarded_by = now, by
    stored.save(
        update_fields=[
            "injected_at",
            "injected_said_by",
            "late_reason",
            "rest_discarded_at",
            "rest_discarded_by",
        ]
    )
    _audit_blood(stored, session, "blood.injected", by, late=bool(stored.late_reason))
    return stored


@transaction.atomic
def mark_blood_thrown_away_and_waste_kit(
    *, blood: BloodPreparation, reason: str, by: User, now: datetime | None = None
) -> BloodPreparation:
    """All of it goes: a tube that fell, another name on it, time over. Its kit is waste."""
    session, stored = _lock_session_and_blood_or_refuse(blood, by)
    reason = reason.strip()
    gate(check_blood_may_be_thrown_away(blood_fact(stored), reason))
    stored.abandoned_at, stored.abandoned_by = now or timezone.now(), by
    stored.abandoned_reason = reason[:200]
    stored.save(update_fields=["abandoned_at", "abandoned_by", "abandoned_reason"])
    kit = lock_lot(stored.lot)
    one_kit = min(kit.product.container_ml or ZERO, kit.on_hand_ml)
    if one_kit > 0:
        add_ledger_movement(
            lot=kit,
            kind=MovementKind.WASTE,
            ml=-one_kit,
            reason=f"Kit opened and thrown away: {reason}"[:200],
            by=by,
            occurred_on=session.performed_on,
        )
    _audit_blood(stored, session, "blood.thrown_away", by)
    return stored


def save_rest_ml_of_blood(detail: SessionDetail) -> None:
    """At the signature: how much of the preparation was not drawn up. One statement where the syringe holds a kit."""
    doses = [row for row in detail.doses if row.product.presentation == KIT]
    if not doses:
        return
    drawn_up = sum((row.ml for row in doses), ZERO)
    BloodPreparation.objects.filter(treatment_session=detail.session, abandoned_at=None).update(
        rest_ml=F("obtained_ml") - drawn_up
    )


def refuse_while_session_has_blood(session_id: int) -> None:
    """A session is not thrown away with somebody's blood in it."""
    if BloodPreparation.objects.filter(treatment_session=session_id, abandoned_at=None).exists():
        message = (
            "Blood was drawn in this session. Throw the blood away first, and say why: it stays on record."
        )
        raise Refused.because(message, code="blood:stands")


def _lock_draft_or_refuse(pk: int, by: User) -> TreatmentSession:
    refuse_unless_allowed_in_session(by, Permission.RUN_SESSION)
    session = lock_row(TreatmentSession, pk, "clinic")
    if not session.is_draft:
        raise Refused.because("This session is signed: its blood is as it was used.", code="signed")
    return session


def _lock_session_and_blood_or_refuse(
    blood: BloodPreparation, by: User
) -> tuple[TreatmentSession, BloodPreparation]:
    """The session, held until this ends, and the preparation that stands in it."""
    if blood.treatment_session_id is None:
        raise Refused.because("This was thrown away: draw again.", code="blood:thrown-away")
    session = _lock_draft_or_refuse(blood.treatment_session_id, by)
    stored = blood_of_session_or_none(session.pk)
    if stored is None or stored.pk != blood.pk:
        raise Refused.because("This was thrown away: draw again.", code="blood:thrown-away")
    return session, stored


def _replace_doses_with_one_of_kit(session: TreatmentSession, planned: Component, kit: Lot, by: User) -> None:
    """The dose of the cocktail's kit is of this lot: one dose, as planned where none stood."""
    mine = Dose.objects.filter(treatment_session=session, product=kit.product_id)
    stands = list(mine.order_by("pk"))
    if [dose.lot_id for dose in stands] == [kit.pk]:
        return
    syringe = stands[0].syringe if stands else Syringe.objects.filter(treatment_session=session).first()
    if syringe is None:
        syringe = Syringe.objects.create(
            treatment_session=session, label="Syringe", prepared_by=by, prepared_at=timezone.now()
        )
    ml = sum((dose.ml for dose in stands), ZERO) or planned.ml
    mine.delete()
    Dose.objects.create(
        treatment_session=session,
        syringe=syringe,
        product_id=kit.product_id,
        lot=kit,
        planned_ml=planned.ml,
        ml=ml,
    )
    _increase_session_revision(session)


def _increase_session_revision(session: TreatmentSession) -> None:
    """The chart has changed: whoever has it open in another window is told."""
    TreatmentSession.objects.filter(pk=session.pk).update(revision=F("revision") + 1, saved_at=timezone.now())


def _audit_blood(
    blood: BloodPreparation, session: TreatmentSession, did: str, by: User, **said: int | bool
) -> None:
    audit.record(by=by, did=did, about=blood, patient_id=session.patient_id, session=session.pk, **said)
