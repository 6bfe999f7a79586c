"""What a delivery brings besides lots: certificates, and who releases."""

import hashlib

from django.db import transaction

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.core import audit
from treatments.catalogue.models import Certificate
from treatments.catalogue.rules import CheckedFile


@transaction.atomic
def keep_certificate(*, clinic: Clinic, file: CheckedFile, by: User) -> Certificate:
    """Keep a checked file, privately; a lot names it when its line is received."""
    certificate, is_new = Certificate.objects.get_or_create(
        clinic=clinic,
        name=file.name,
        sha256=hashlib.sha256(file.content).hexdigest(),
        uploaded_by=by,
        defaults={"content": file.content},
    )
    if not is_new:
        return certificate
    audit.record(by=by, did="certificate.kept", about=certificate, bytes=len(file.content))
    return certificate


@transaction.atomic
def want_second_person(*, clinic: Clinic, wanted: bool, by: User) -> Clinic:
    """Whether somebody other than who received a lot releases it, from now on."""
    clinic = Clinic.objects.select_for_update().get(pk=clinic.pk)
    if clinic.second_person_release != wanted:
        clinic.second_person_release = wanted
        clinic.save(update_fields=["second_person_release"])
        audit.record(by=by, did="clinic.second_person", about=clinic, wanted=wanted)
    return clinic
