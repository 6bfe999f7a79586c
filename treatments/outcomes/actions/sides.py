"""Compare two sides of one scalp: switch it on, draw which side has what, write down what each said, take a consent back."""

from collections.abc import Callable
from dataclasses import dataclass
from secrets import randbelow

from django.db import transaction
from django.utils import timezone

from mesoclinic.accounts.models import User
from mesoclinic.accounts.permissions import Permission, refuse_unless_allowed
from mesoclinic.core import audit
from mesoclinic.core.findings import gate
from mesoclinic.core.locking import lock_row
from treatments.outcomes.models import SideComparison, SplitScalpSettings
from treatments.outcomes.rules.split_scalp import (
    Compared,
    SideFigures,
    Wanted,
    check_figures_may_be_recorded,
    check_may_be_switched_on,
    check_sides_may_be_drawn,
    consent_text,
    side_of_first,
)
from treatments.sessions.models import TreatmentSession
from treatments.sessions.rules.states import SessionStatus


def _throw() -> int:
    return randbelow(2)


@dataclass(frozen=True, slots=True)
class Approval:
    """What a clinic says of its approval."""

    ethics_number: str
    not_asked_because: str


@transaction.atomic
def save_split_scalp_settings(
    *, settings: SplitScalpSettings, is_on: bool, approval: Approval, by: User
) -> SplitScalpSettings:
    """Switched on only with the number of an approval, or with why none is asked for here."""
    refuse_unless_allowed(by, Permission.MANAGE_CLINIC, code="sides:role")
    number, because = approval.ethics_number.strip(), approval.not_asked_because.strip()
    gate(check_may_be_switched_on(is_on=is_on, ethics_number=number, not_asked_because=because))
    settings.is_on, settings.ethics_number, settings.not_asked_because = is_on, number[:60], because[:200]
    settings.save()
    audit.record(by=by, did="split_scalp.saved", about=settings, is_on=is_on, ethics_number=number[:60])
    return settings


@transaction.atomic
def draw_sides(
    *, session: TreatmentSession, wanted: Wanted, by: User, throw: Callable[[], int] = _throw
) -> SideComparison:
    """Which side has the first way falls by lot, once, after the patient agreed by name."""
    refuse_unless_allowed(by, Permission.RUN_SESSION, code="sides:role")
    session = lock_row(TreatmentSession, session.pk)
    settings = SplitScalpSettings.objects.filter(clinic=session.clinic_id).first()
    gate(
        check_sides_may_be_drawn(
            wanted,
            is_on=settings is not None and settings.is_on,
            is_draft=session.status == SessionStatus.DRAFT,
            is_drawn=SideComparison.objects.filter(treatment_session=session).exists(),
        )
    )
    made = SideComparison.objects.create(
        treatment_session=session,
        clinic_id=session.clinic_id,
        patient_id=session.patient_id,
        compared=wanted.compared,
        first=wanted.first,
        second=wanted.second,
        first_side=side_of_first(throw()).value,
        ethics_number=settings.ethics_number if settings else "",
        consent_text=consent_text(Compared(wanted.compared), wanted.first, wanted.second),
        consent_name=wanted.consent_name[:200],
        drawn_by=by,
    )
    audit.record(
        by=by, did="sides.drawn", about=made, patient_id=session.patient_id, compared=wanted.compared
    )
    return made


@transaction.atomic
def record_side_figures(*, comparison: SideComparison, figures: SideFigures, by: User) -> SideComparison:
    """How much each side hurt, and what was counted on each. Once."""
    refuse_unless_allowed(by, Permission.RUN_SESSION, code="sides:role")
    comparison = lock_row(SideComparison, comparison.pk)
    gate(
        check_figures_may_be_recorded(
            figures,
            is_recorded=comparison.recorded_at is not None,
            is_withdrawn=comparison.withdrawn_at is not None,
        )
    )
    comparison.pain_left, comparison.pain_right = figures.pain_left, figures.pain_right
    comparison.count_left, comparison.count_right = figures.count_left, figures.count_right
    comparison.recorded_at, comparison.recorded_by = timezone.now(), by
    comparison.save(
        update_fields=["pain_left", "pain_right", "count_left", "count_right", "recorded_at", "recorded_by"]
    )
    audit.record(by=by, did="sides.recorded", about=comparison, patient_id=comparison.patient_id)
    return comparison


@transaction.atomic
def withdraw_sides(*, comparison: SideComparison, by: User) -> SideComparison:
    """The patient takes the consent back: the pair is kept on record and compared no more."""
    refuse_unless_allowed(by, Permission.RUN_SESSION, code="sides:role")
    comparison = lock_row(SideComparison, comparison.pk)
    if comparison.withdrawn_at is None:
        comparison.withdrawn_at, comparison.withdrawn_by = timezone.now(), by
        comparison.save(update_fields=["withdrawn_at", "withdrawn_by"])
        audit.record(by=by, did="sides.withdrawn", about=comparison, patient_id=comparison.patient_id)
    return comparison
