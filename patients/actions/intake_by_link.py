"""The intake by link: begun when it is sent, saved part by part, sent, and confirmed by a clinician before anything of it counts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from mesoclinic.accounts.models import User
from mesoclinic.core import audit
from mesoclinic.core.findings import Refused
from mesoclinic.core.locking import lock_row
from patients.actions.intake import record_intake
from patients.actions.links import lock_usable_link_or_none, mark_link_used
from patients.actions.self_harm import raise_alert_if_self_harm_is_named
from patients.models import Intake, PatientLink, ToldIntake, ToldPart
from patients.rules.intake_by_link import (
    PART_BY_CODE,
    Answered,
    PartTold,
    check_part_is_answered,
    missing_parts,
)


@transaction.atomic
def begin_told_intake(link: PatientLink) -> ToldIntake:
    """The empty row beside a link that was made for it; who sends the link writes in the audit log."""
    return ToldIntake.objects.create(link=link, patient_id=link.patient_id)


@transaction.atomic
def save_told_part(
    *, link: PatientLink, told: PartTold, language: str, now: datetime | None = None
) -> ToldPart | None:
    """Keep what the patient answered to one part, in place of what they answered before. None where the link is over."""
    now = now or timezone.now()
    found = check_part_is_answered(
        PART_BY_CODE[told.part],
        [one.code for one in told.ticked],
        is_none=told.answered == Answered.NONE,
        is_unsure=told.answered == Answered.UNSURE,
    )
    if found:
        raise Refused(*found)
    locked = lock_usable_link_or_none(link, now=now)
    if locked is None:
        return None
    row, _ = ToldPart.objects.update_or_create(
        told=ToldIntake.objects.get(link=locked),
        part=told.part,
        defaults={
            "answered": told.answered.value,
            "ticked": [one.code for one in told.ticked],
            "words": [one.words for one in told.ticked],
            "language": language,
            "saved_at": now,
        },
    )
    # The one thing that does not wait for the clinician who confirms the rest.
    raise_alert_if_self_harm_is_named(link.patient_id, [one.words for one in told.ticked], None)
    return row


@transaction.atomic
def finish_told_intake(*, link: PatientLink, now: datetime | None = None) -> ToldIntake | None:
    """The patient has answered every part and sends it. None where the link is over, or a part still wants its answer."""
    now = now or timezone.now()
    locked = lock_usable_link_or_none(link, now=now)
    if locked is None:
        return None
    told = ToldIntake.objects.get(link=locked)
    if missing_parts(set(told.parts.values_list("part", flat=True))):
        return None
    told.finished_at = now
    told.save(update_fields=["finished_at"])
    mark_link_used(locked, now=now)
    audit.record(by=None, did="told_intake.sent", about=told, patient_id=told.patient_id, link=link.pk)
    return told


@transaction.atomic
def confirm_told_intake(
    *,
    told: ToldIntake,
    by: User,
    answers: Mapping[str, object],
    confirmed: Sequence[str],
    changed: Sequence[str],
    weight_kg: Decimal | None = None,
    likely_causes: Sequence[str] = (),
    note: str = "",
    reasons: Mapping[str, str] | None = None,
) -> Intake:
    """Take the intake that a clinician has made of what the patient told. Refused where that was done already.

    ``confirmed`` and ``changed``: the questions that the patient had answered, as the clinician left them.
    """
    locked = lock_row(ToldIntake, told.pk)
    if locked.finished_at is None or locked.intake_id is not None:
        raise Refused.because(
            "These answers were confirmed a moment ago. Look at the intake, and change it there.",
            code="told-taken",
        )
    intake = record_intake(
        patient=told.patient,
        answers=answers,
        by=by,
        weight_kg=weight_kg,
        likely_causes=likely_causes,
        note=note,
        reasons=reasons,
    )
    locked.intake = intake
    locked.save(update_fields=["intake"])
    audit.record(
        by=by,
        did="told_intake.confirmed",
        about=locked,
        patient_id=told.patient_id,
        intake=intake.pk,
        confirmed=list(confirmed),
        changed=list(changed),
    )
    return intake
