"""Links to pages for patients: made, tried at their gate, used, taken back. Who sends them stands above (mesoclinic.outbox)."""

import secrets
import uuid
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.core import audit
from mesoclinic.core.languages import language_for_patient
from mesoclinic.core.locking import lock_row
from patients.models import Patient, PatientLink
from patients.rules.links import GATES, Gate, LinkPurpose, typed_digits

_SALT = "patients.link"
# A full stop: message programs take it for a part of the address.
_SIGNER = signing.Signer(salt=_SALT, sep=".")


def link_token(link: PatientLink) -> str:
    """The part of the address that names the link: its key, signed. Nobody makes one without the server's key."""
    return _SIGNER.sign(link.key.hex)


def link_address(link: PatientLink) -> str:
    """The whole address, for a message: nothing about anybody stands in it."""
    return f"{settings.SITE_URL.rstrip('/')}{reverse('patient_link', args=[link_token(link)])}"


def hash_link_code(code: str, key: uuid.UUID) -> str:
    """Of the code of a link with this key: the code itself is kept nowhere."""
    return salted_hmac(_SALT, f"{key}:{code}", algorithm="sha256").hexdigest()


@dataclass(frozen=True, slots=True)
class NewLink:
    """``code`` is empty where the birth date opens the page; else it is to be told, and is shown this once."""

    link: PatientLink
    code: str


@transaction.atomic
def create_link(
    *,
    clinic: Clinic,
    patient: Patient,
    purpose: LinkPurpose,
    expires_at: datetime,
    by: User | None,
    language: str = "",
) -> NewLink:
    """A link that nobody has yet; whose page it is writes in the audit log that it was sent.

    ``language`` empty: the patient's own, where there is a translation.
    """
    key, code = uuid.uuid4(), ""
    if GATES[purpose] == Gate.CODE:
        code = f"{secrets.randbelow(1_000_000):06d}"
    link = PatientLink.objects.create(
        key=key,
        clinic=clinic,
        patient=patient,
        purpose=purpose.value,
        language=language_for_patient(language or patient.language),
        code_hash=hash_link_code(code, key) if code else "",
        created_by=by,
        expires_at=expires_at,
    )
    return NewLink(link, code)


def link_of_token_or_none(token: str, *, now: datetime | None = None) -> PatientLink | None:
    """The link of an address that has not ended; its patient is not read. One answer for unknown, forged, ended and run out."""
    try:
        key = uuid.UUID(_SIGNER.unsign(token))
    except (signing.BadSignature, ValueError):
        return None
    links = PatientLink.objects.not_ended_at(now or timezone.now())
    return links.filter(key=key).select_related("clinic").first()


def try_link_gate(
    link: PatientLink, *, code: str = "", birth_date: date | None = None, now: datetime | None = None
) -> bool:
    """Whether the answer is right. Every try is counted before it is looked at, so tries at once are no way round the limit.

    A right answer is no try; the wrong ones stay counted. Who has no try left finds the link unusable.
    """
    now = now or timezone.now()
    usable = PatientLink.objects.usable_at(now).filter(pk=link.pk)
    if not usable.update(attempts=F("attempts") + 1):
        return False
    if not _is_right_answer(link, code=code, birth_date=birth_date):
        return False
    with transaction.atomic():
        PatientLink.objects.filter(pk=link.pk).update(attempts=F("attempts") - 1)
        PatientLink.objects.filter(pk=link.pk, opened_at=None).update(opened_at=now)
        audit.record(by=None, did="link.opened", about=link, patient_id=link.patient_id, purpose=link.purpose)
    return True


def _is_right_answer(link: PatientLink, *, code: str, birth_date: date | None) -> bool:
    if link.gate == Gate.CODE:
        return constant_time_compare(hash_link_code(typed_digits(code), link.key), link.code_hash)
    if birth_date is None:
        return False
    return Patient.objects.filter(pk=link.patient_id, birth_date=birth_date).exists()


def lock_usable_link_or_none(link: PatientLink, *, now: datetime | None = None) -> PatientLink | None:
    """The link, locked until the transaction ends; None where it was used or ended meanwhile."""
    usable = PatientLink.objects.not_ended_at(now or timezone.now()).filter(used_at=None)
    return usable.select_for_update(of=("self",)).filter(pk=link.pk).first()


def mark_link_used(link: PatientLink, *, now: datetime | None = None) -> None:
    """What it asks for was answered: it opens no more, but for the device that has it open. In the transaction of the answer."""
    link.used_at = now or timezone.now()
    link.save(update_fields=["used_at"])


@transaction.atomic
def end_link(*, link: PatientLink, by: User | None) -> PatientLink:
    """Take a link back: it opens no more, for nobody."""
    link = lock_row(PatientLink, link.pk)
    if link.ended_at is None:
        link.ended_at, link.ended_by = timezone.now(), by
        link.save(update_fields=["ended_at", "ended_by"])
        audit.record(by=by, did="link.ended", about=link, patient_id=link.patient_id, purpose=link.purpose)
    return link
