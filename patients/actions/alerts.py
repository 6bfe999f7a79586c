"""Raise alerts, and end them when what raised them is over. A clinician's clearing stands in alert_clearing."""

from collections.abc import Iterable, Sequence

from django.db import IntegrityError, transaction
from django.utils import timezone

from mesoclinic.accounts.models import User
from mesoclinic.core import audit
from mesoclinic.core.wording import day_text
from patients.models import Alert, AlertClearing, AlertType, Patient
from patients.rules.alerts import (
    DESK_TEXT,
    MAX_TEXT,
    AlertKind,
    AlertLevel,
    NewAlert,
    text_with_filled_slots,
)


@transaction.atomic
def raise_alert_unless_open(
    *,
    patient: Patient,
    kind: AlertKind,
    level: AlertLevel,
    text: str,
    source: str,
    by: User | None,
    code: str = "",
) -> Alert:
    """Raise an alert; the one that stands open for this source is returned as it is.

    ``source`` names the row that raises it ("followup.followup:7"). ``code``: its kind in alerts.csv, which says how
    grave it is and in what words; ``level`` and ``text`` are those of an alert without one. ``by`` is None where
    nobody did it by hand.
    """
    new = NewAlert(kind, level, text, source, codes=(code,) if code else ())
    return raise_alerts_unless_open([(patient.pk, new)], by=by)[0]


@transaction.atomic
def raise_alerts_unless_open(
    new: Sequence[tuple[int, NewAlert]], *, by: User | None, is_logged: bool = True
) -> list[Alert]:
    """Raise alerts (patient id, alert), in a fixed number of statements for any number of them.

    One that stands open for its source stays as it is. Returns what stands now, in the same order. Not
    ``is_logged``: part of whoever raises them, under their row in the log.
    """
    if not new:
        return []
    codes = {code for _, each in new for code in each.codes}
    types = (
        {row.code: row for row in AlertType.objects.filter(code__in=codes, retired_at=None)} if codes else {}
    )
    new = [(pk, each) for pk, each in new if not each.only_on_file or types.keys() & set(each.codes)]
    sources = [each.source for _, each in new]
    before: set[str] = set()
    unsaved = [_unsaved_alert(patient_id, each, types, by) for patient_id, each in new]
    try:
        with transaction.atomic():
            raised = Alert.objects.bulk_create(unsaved)
    except IntegrityError:
        # Some stand open already, or are raised by another transaction in the same moment.
        before = set(Alert.objects.not_cleared().filter(source__in=sources).values_list("source", flat=True))
        missing = [row for row in unsaved if row.source not in before]
        Alert.objects.bulk_create(missing, ignore_conflicts=True)
        raised = list(Alert.objects.not_cleared().filter(source__in=sources))
    standing = {row.source: row for row in raised}
    if is_logged:
        audit.record_events(
            [
                audit.unsaved_event(
                    by=by,
                    did="alert.raised",
                    about=row,
                    patient_id=row.patient_id,
                    kind=row.kind,
                    code=row.code,
                )
                for source, row in standing.items()
                if source not in before
            ]
        )
    return [standing[source] for source in sources]


def _unsaved_alert(patient_id: int, new: NewAlert, types: dict[str, AlertType], by: User | None) -> Alert:
    found = next((types[code] for code in new.codes if code in types), None)
    since = new.since or timezone.localdate()
    code = found.code if found else (new.codes[0] if new.codes else "")
    about = f":{new.about}" if new.about and code else ""
    slots = {"date": day_text(since), "n": str(new.session_number or ""), **new.slots}
    return Alert(
        patient_id=patient_id,
        type=found,
        code=f"{code}{about}",
        kind=(found.trigger_kind if found else new.kind.value),
        level=(found.level if found else new.level.value),
        text=(text_with_filled_slots(found.screen_says, slots) if found else new.text)[:MAX_TEXT],
        desk_text=(text_with_filled_slots(found.desk_sees, slots) if found else DESK_TEXT)[:MAX_TEXT],
        source=new.source,
        since=since,
        raised_by=by,
        session_number=new.session_number,
        given_by_id=new.given_by_id,
        suspects=list(dict.fromkeys(new.suspects)),
        zones=list(dict.fromkeys(new.zones)),
    )


@transaction.atomic
def end_alerts(
    alerts: Iterable[int], *, words: str, by: User, how: str = AlertClearing.How.CAUSE_OVER.value
) -> None:
    """End these alerts (ids), each with a clearing that says why. Logged by whoever calls."""
    AlertClearing.objects.bulk_create(
        AlertClearing(alert_id=pk, how=how, words=words.strip()[:MAX_TEXT], by=by) for pk in alerts
    )


@transaction.atomic
def clear_alerts_with_source_prefix(*, starting_with: str, reason: str, by: User) -> None:
    """End every alert whose source begins so: what raised them all is over. Logged by whoever calls."""
    standing = Alert.objects.select_for_update().not_cleared().filter(source__startswith=starting_with)
    end_alerts(standing.order_by("pk").values_list("pk", flat=True), words=reason, by=by)


@transaction.atomic
def clear_alert_of_source(*, source: str, reason: str, by: User) -> None:
    """End the alert that stands open for this source, if there is one: what raised it is over.

    Whoever calls has asked for the permission to end that.
    """
    standing = Alert.objects.select_for_update().not_cleared().filter(source=source).first()
    if standing is not None:
        end_alerts([standing.pk], words=reason, by=by)
        audit.record(
            by=by, did="alert.cleared", about=standing, patient_id=standing.patient_id, kind=standing.kind
        )
