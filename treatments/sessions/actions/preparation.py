"""A syringe is drawn by one person and looked at by another."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from mesoclinic.accounts.models import User
from mesoclinic.accounts.permissions import Permission
from mesoclinic.core import audit
from mesoclinic.core.findings import Refused, raise_if_found
from mesoclinic.core.locking import lock_row
from treatments.cocktails.rules.beyond_use import beyond_use_time
from treatments.sessions.actions.checks import refuse_unless_allowed_in_session
from treatments.sessions.models import Syringe, SyringeCheck, TreatmentSession
from treatments.sessions.queries.blood import use_before_limited_by_blood
from treatments.sessions.queries.preparation import sessions_and_their_syringes_queryset, syringe_contents
from treatments.sessions.rules.preparation import Contents, check_second_checker_and_unchanged_syringe


@transaction.atomic
def audit_preparation_view(*, session: TreatmentSession, by: User, page: str) -> None:
    """Say that ``by`` saw this patient's preparation, or printed ``page`` of it."""
    audit.record(by=by, did="patient.viewed", about=session, patient_id=session.patient_id, page=page)


@transaction.atomic
def mark_syringe_prepared(*, syringe: Syringe, by: User, now: datetime | None = None) -> Syringe:
    """``by`` has drawn it now; from here its time runs (F14), and an older check no longer counts."""
    session, syringe = _lock_draft_syringe_or_refuse(syringe, by)
    now = now or timezone.now()
    syringe.prepared_by, syringe.prepared_at = by, now
    syringe.use_before = beyond_use_time(now, [dose.product.in_use_hours for dose in syringe.doses.all()])
    syringe.use_before = use_before_limited_by_blood(session.pk, syringe.use_before)
    syringe.save(update_fields=["prepared_by", "prepared_at", "use_before"])
    audit.record(
        by=by,
        did="syringe.prepared",
        about=syringe,
        patient_id=session.patient_id,
        contents=syringe_contents(syringe),
    )
    return syringe


@transaction.atomic
def record_syringe_check(*, syringe: Syringe, by: User, seen: Contents) -> SyringeCheck:
    """``by`` compared the syringe with its sheet. ``seen`` is what their page said was in it: lot and ml."""
    session, syringe = _lock_draft_syringe_or_refuse(syringe, by)
    contents = syringe_contents(syringe)
    raise_if_found(
        check_second_checker_and_unchanged_syringe(
            prepared_by=syringe.prepared_by_id,
            by=by.pk,
            seen=seen,
            contents=contents,
            where=f"syringe-{syringe.pk}",
        )
    )
    check = SyringeCheck.objects.create(syringe=syringe, checked_by=by, at=timezone.now(), contents=contents)
    audit.record(
        by=by, did="syringe.checked", about=syringe, patient_id=session.patient_id, contents=contents
    )
    return check


def _lock_draft_syringe_or_refuse(syringe: Syringe, by: User) -> tuple[TreatmentSession, Syringe]:
    """The session, held until this ends, and the syringe as it now is."""
    refuse_unless_allowed_in_session(by, Permission.RUN_SESSION)
    lock_row(TreatmentSession, syringe.treatment_session_id)
    session = sessions_and_their_syringes_queryset().get(pk=syringe.treatment_session_id)
    if not session.is_draft:
        raise Refused.because("This session is signed: its syringes are as they were used.", code="signed")
    return session, next(each for each in session.syringes.all() if each.pk == syringe.pk)
