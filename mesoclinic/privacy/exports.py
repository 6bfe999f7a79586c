"""All records of a clinic in one file, sealed by age, written in the background; how far it is stands in its row."""

import hashlib
import logging
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from zipfile import ZipFile

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django_tasks import task

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.accounts.permissions import Permission, refuse_unless_allowed
from mesoclinic.core import audit
from mesoclinic.core.findings import Refused
from mesoclinic.operations.encryption import SealError, Sealing, sealed_file
from mesoclinic.operations.models import ExportRun
from mesoclinic.privacy.record import write_record
from patients.models import Patient

logger = logging.getLogger(__name__)

_CHUNK = 1 << 20
_UNDER_WAY = (ExportRun.State.WAITING, ExportRun.State.RUNNING)


def export_sealing() -> Sealing:
    """By whose keys the file is sealed; in a demo perhaps by none."""
    return Sealing(age_recipients=tuple(settings.EXPORT_RECIPIENTS))


def path_of_export(run: ExportRun) -> Path:
    """Where the file lies: as it was sealed when it was written, whatever the settings say since."""
    plain = Path(settings.EXPORTS_ROOT) / f"export-{run.pk}.zip"
    sealed = plain.with_name(f"{plain.name}.age")
    return sealed if sealed.exists() else plain


def _refuse_without_key() -> None:
    sealing = export_sealing()
    if not sealing.age_recipients and not settings.DEMO:
        raise Refused.because(
            "No key is set to seal the file for, and all records are not written unsealed. Ask whoever keeps the"
            " server to set EXPORT_RECIPIENT.",
            code="export:key",
        )
    try:
        sealing.check_keys()
    except SealError as error:
        raise Refused.because(f"{error} Ask whoever keeps the server.", code="export:key") from error


@transaction.atomic
def ask_for_export(*, clinic: Clinic, by: User) -> ExportRun:
    """A worker writes it; one at a time for a clinic."""
    refuse_unless_allowed(by, Permission.ANSWER_PATIENTS)
    _refuse_without_key()
    Clinic.objects.select_for_update().get(pk=clinic.pk)
    if ExportRun.objects.filter(clinic=clinic, state__in=_UNDER_WAY).exists():
        raise Refused.because(
            "An export of this clinic is under way: wait until it is ready.", code="export:twice"
        )
    run = ExportRun.objects.create(clinic=clinic, by=by, total=_patients_of(clinic).count())
    audit.record(by=by, did="privacy.export_asked", about=run, records=run.total)
    transaction.on_commit(lambda: export_clinic.enqueue(run.pk))
    return run


def _patients_of(clinic: Clinic) -> QuerySet[Patient]:
    return Patient.objects.filter(patient_clinics__clinic=clinic, merged_into=None).order_by("pk").distinct()


@task
def export_clinic(run_id: int) -> str:
    """Write the file. Asked a second time while it is written or ready, nothing is done."""
    return write_export(run_id, now=timezone.now())


def write_export(run_id: int, *, now: datetime) -> str:
    """The state afterwards."""
    claimed = ExportRun.objects.filter(pk=run_id, state=ExportRun.State.WAITING).update(
        state=ExportRun.State.RUNNING
    )
    if not claimed:
        return ""
    run = ExportRun.objects.select_related("clinic", "by").get(pk=run_id)
    sealing = export_sealing()
    path = Path(settings.EXPORTS_ROOT) / f"export-{run.pk}.zip{sealing.suffix}"
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        with sealed_file(path, sealing) as out, ZipFile(out, "w") as archive:
            patients = list(_patients_of(run.clinic))
            for number, patient in enumerate(patients, 1):
                write_record(
                    archive,
                    patient,
                    clinic=run.clinic,
                    by=run.by,
                    now=now,
                    folder=f"{patient.record_number}/",
                )
                ExportRun.objects.filter(pk=run_id).update(done=number, total=max(number, len(patients)))
    except Exception:
        logger.exception("export %s", run_id)
        with suppress(OSError):
            path.unlink(missing_ok=True)
        ExportRun.objects.filter(pk=run_id).update(state=ExportRun.State.FAILED, ended_at=timezone.now())
        return ExportRun.State.FAILED
    ExportRun.objects.filter(pk=run_id).update(
        state=ExportRun.State.READY,
        ended_at=timezone.now(),
        size=path.stat().st_size,
        sha256=_hash_of_file(path),
    )
    return ExportRun.State.READY


def _hash_of_file(path: Path) -> str:
    said = hashlib.sha256()
    for chunk in chunks_of_file(path):
        said.update(chunk)
    return said.hexdigest()


def chunks_of_file(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def delete_old_exports(before: datetime) -> int:
    """The files of exports that ended before; their rows say so."""
    old = ExportRun.objects.filter(state=ExportRun.State.READY, ended_at__lt=before)
    for run in old:
        path_of_export(run).unlink(missing_ok=True)
    return ExportRun.objects.filter(pk__in=[run.pk for run in old]).update(state=ExportRun.State.DELETED)
