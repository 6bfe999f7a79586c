"""Write the row that says who did what."""

from collections.abc import Sequence

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models, transaction

from mesoclinic.core import access_log
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
    event = AuditEvent(
        by_id=None if by is None else by.pk,
        did=did,
        subject_type=about._meta.label_lower,
        subject_id=str(about.pk),
        patient_id=patient_id,
        data=data,
        address=access_log.address_of_request_or_none(),
    )
    access_log.note_written(event)
    return event


def record_events(events: Sequence[AuditEvent]) -> list[AuditEvent]:
    """Write the events of one deed, in one statement and in their order."""
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError(
            "An audit event is written in the transaction of the deed."
        )
    return AuditEvent.objects.bulk_create(events)


def addresses_in_log(about: models.Model, did: Sequence[str]) -> list[str]:
    """The network addresses from which this was done to ``about``, each once."""
    found = AuditEvent.objects.filter(
        subject_type=about._meta.label_lower, subject_id=str(about.pk), did__in=did
    ).values_list("address", flat=True)
    return sorted({address for address in found[:1000] if address})
