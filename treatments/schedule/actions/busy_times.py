"""Times that a clinician's other calendar keeps busy: imported from a file, and forgotten again."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.accounts.permissions import Permission, Role
from mesoclinic.core import audit
from mesoclinic.core.findings import Refused
from mesoclinic.core.locking import lock_row
from treatments.schedule.actions.freed_times import add_freed_times_of_removed_absence
from treatments.schedule.files import BusyTime
from treatments.schedule.models import TimeOff

#: What an absence from another calendar is called here: what somebody does there is their own affair.
REASON = "Busy in their own calendar"


@dataclass(frozen=True)
class Imported:
    added: int
    removed: int
    kept: int
    rows: list[TimeOff]


@transaction.atomic
def import_busy_times_and_remove_stale(
    *,
    clinician: User,
    clinic: Clinic,
    times: Iterable[BusyTime],
    uids: Iterable[str],
    by: User,
    now: datetime | None = None,
) -> Imported:
    """Write each time that is not there yet, and take out what its event no longer says.

    ``uids`` are all events of the file, the ones without a time included: one that was moved or is
    cancelled now leaves its old times. Events of other files, and what was written by hand, stay.
    """
    now = now or timezone.now()
    if clinician.pk != by.pk and not by.may(Permission.MANAGE_CLINIC):
        raise Refused.because("This is somebody else's calendar.", code="busy:who")
    if not clinician.is_active or not clinician.has_role(Role.CLINICIAN, clinic):
        raise Refused.because(
            f"{clinician.display_name} treats nobody here. Choose a clinician.",
            code="busy:clinician",
            where="clinician",
        )
    # Two imports at once: the second sees what the first has written.
    lock_row(User, clinician.pk)
    wanted = {(t.uid, t.period.start): t.period for t in times}
    there = {
        (off.imported_uid, off.starts_at): off
        for off in TimeOff.objects.filter(clinician=clinician, imported_uid__in=set(uids), ends_at__gt=now)
    }
    # Of what another clinic has written only the clinician takes something out.
    gone = [
        off
        for key, off in there.items()
        if (key not in wanted or wanted[key].end != off.ends_at)
        and (clinician.pk == by.pk or off.clinic_id == clinic.pk)
    ]
    stay = there.keys() - {(off.imported_uid, off.starts_at) for off in gone}
    for off in gone:
        off.clinic = clinic
        add_freed_times_of_removed_absence(off, now=now)
    TimeOff.objects.filter(pk__in=[off.pk for off in gone]).delete()
    rows = TimeOff.objects.bulk_create(
        TimeOff(
            clinic=clinic,
            clinician=clinician,
            starts_at=period.start,
            ends_at=period.end,
            reason=REASON,
            imported_uid=uid,
        )
        for (uid, _), period in sorted(wanted.items(), key=lambda item: item[1])
        if (uid, period.start) not in stay
    )
    audit.record(by=by, did="busy.imported", about=clinician, added=len(rows), removed=len(gone))
    return Imported(len(rows), len(gone), len(stay), rows)


@transaction.atomic
def remove_imported_busy_times_ahead(
    *, clinician: User, clinic: Clinic, by: User, now: datetime | None = None
) -> int:
    """Take out every busy time ahead that came from another calendar; what was written by hand stays.

    An administrator takes out those of their clinic; a clinician all of their own.
    """
    now = now or timezone.now()
    if clinician.pk != by.pk and not by.may(Permission.MANAGE_CLINIC):
        raise Refused.because("This is somebody else's calendar.", code="busy:who")
    ahead = TimeOff.objects.filter(clinician=clinician, ends_at__gt=now).exclude(imported_uid="")
    if clinician.pk != by.pk:
        ahead = ahead.filter(clinic=clinic)
    gone, _ = ahead.delete()
    audit.record(by=by, did="busy.forgotten", about=clinician, removed=gone)
    return gone
