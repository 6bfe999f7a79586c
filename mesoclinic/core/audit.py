"""Write the row that says who did what."""

from collections.abc import Sequence

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models, transaction

from mesoclinic.core.json_values import JSON
from mesoclinic.core.models import AuditEvent


def record(
    *, by: AbstractBaseUser | None, did: str, about: models.Model, patient_id: int | None = None, **data: JSON
) -> AuditEvent:
    """Say that ``by`` did ``did`` ("session.signed") to ``about``, in the transaction of the deed.

    ``data`` holds codes, numbers and field names, never names of people. Raises outside a
    transaction: an audit row that can commit without its deed proves nothing.
    """
    return record_events([unsaved_event(by=by, did=did, about=about, patient_id=patient_id, **data)])[0]


def unsaved_event(
    *, by: AbstractBaseUser | None, did: str, about: models.Model, patient_id: int | None = None, **data: JSON
) -> AuditEvent:
    """The same row, not written yet: for :func:`record_events`."""
    return AuditEvent(
        by_id=None if by is None else by.pk,
        did=did,
        subject_type=about._meta.label_lower,
        subject_id=str(about.pk),
        patient_id=patient_id,
        data=data,
    )


def record_events(events: Sequence[AuditEvent]) -> list[AuditEvent]:
    """Write the events of one deed, in one statement and in their order."""
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError(
            "An audit event is written in the transaction of the deed."
        )
    return AuditEvent.objects.bulk_create(events)
