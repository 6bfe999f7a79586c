"""Watch lots and opened vials, draft a quarantine where one has crossed its line, and take a person's decision about it."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.accounts.permissions import Permission, refuse_unless_allowed
from mesoclinic.core import audit
from mesoclinic.core.findings import gate
from mesoclinic.core.locking import lock_row
from treatments.outcomes.models import LotAlarm, LotSignal
from treatments.outcomes.queries.signals import (
    GivenAndTold,
    WatchedOfClinic,
    decided_on,
    watched_lots_and_vials,
)
from treatments.outcomes.rules.decisions import AlarmDecision, check_alarm_may_be_decided
from treatments.outcomes.rules.sentinel import (
    LOT_ALARMS_A_YEAR,
    VIAL_ALARMS_A_YEAR,
    Base,
    Signal,
    Watched,
    base_of_clinic,
    line_by_simulation,
    signal_of_watched,
)
from treatments.recalls.actions import start_recall_case
from treatments.recalls.models import RecallCase

#: Reactions are told in the day: looked at as often.
EVERY = timedelta(hours=5)

#: How far back sessions are watched: a lump may come a year later.
WATCHED = timedelta(days=730)

#: The line is drawn from what was expected in so long.
A_YEAR = timedelta(days=365)

#: Two ticks at once watch once.
_LOCK = 7_130_022


@transaction.atomic
def watch_lots(*, now: datetime | None = None) -> tuple[int, int]:
    """How many lots and vials have a reaction, and how many alarms were drafted; none where somebody watched just now."""
    now = now or timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return 0, 0
    counted_at = LotSignal.objects.aggregate(at=Max("counted_at"))["at"]
    if counted_at is not None and now - counted_at < EVERY:
        return 0, 0
    by_clinic = watched_lots_and_vials((now - WATCHED).date())
    decided = decided_on(list(by_clinic))
    clinics = {clinic.pk: clinic for clinic in Clinic.objects.filter(pk__in=by_clinic)}
    signals = [
        signal
        for clinic_id, watched in by_clinic.items()
        for signal in _signals_of_clinic(clinics[clinic_id], watched, decided, now)
    ]
    LotSignal.objects.all().delete()
    LotSignal.objects.bulk_create(signals)
    return len(signals), _draft_alarms(signals)


def _signals_of_clinic(
    clinic: Clinic, watched: WatchedOfClinic, decided: dict[tuple[int, int | None], date], now: datetime
) -> list[LotSignal]:
    today = timezone.localdate(now, clinic.zone)
    found = []
    for those, alarms, seed in (
        (watched.lots, LOT_ALARMS_A_YEAR, clinic.pk),
        (watched.vials, VIAL_ALARMS_A_YEAR, -clinic.pk),
    ):
        base = base_of_clinic(
            reactions=sum(len(each.began_on) for each in those),
            sessions=sum(len(each.given_on) for each in those),
            delays=[delay for each in those for delay in each.delays],
        )
        line = line_by_simulation(_expected_in_a_year(those, base, today), alarms, seed=seed)
        for each in those:
            if not each.began_on:
                continue
            since = decided.get((each.lot_id, each.vial_id))
            watched_one = Watched(each.lot_id, each.given_on, each.began_on, since, each.told_on)
            signal = signal_of_watched(watched_one, base, line, today)
            found.append(_unsaved_signal(clinic, each, signal, line, now))
    return found


def _expected_in_a_year(those: Sequence[GivenAndTold], base: Base, today: date) -> list[float]:
    """What was expected of each in the last year: how often chance had its turn."""
    year_ago = today - A_YEAR
    return [
        expected
        for each in those
        if (expected := base.expected_by(each.given_on, today) - base.expected_by(each.given_on, year_ago))
        > 0
    ]


def _unsaved_signal(
    clinic: Clinic, each: GivenAndTold, signal: Signal, line: float, now: datetime
) -> LotSignal:
    return LotSignal(
        clinic=clinic,
        lot_id=each.lot_id,
        vial_id=each.vial_id,
        sessions=signal.sessions,
        observed=signal.observed,
        expected=signal.expected,
        line=line,
        sum_now=signal.sum_now,
        crossed_on=signal.crossed_on,
        path_days=[day for day, _ in signal.path],
        path_sums=[level for _, level in signal.path],
        counted_at=now,
    )


def _draft_alarms(signals: Sequence[LotSignal]) -> int:
    """One for each that crossed and has none open."""
    crossed = [signal for signal in signals if signal.crossed_on is not None]
    standing = set(
        LotAlarm.objects.filter(decided_at=None, lot__in={each.lot_id for each in crossed}).values_list(
            "lot", "vial"
        )
    )
    drafted = 0
    for signal in crossed:
        if (signal.lot_id, signal.vial_id) in standing or signal.crossed_on is None:
            continue
        alarm = LotAlarm.objects.create(
            clinic=signal.clinic,
            lot_id=signal.lot_id,
            vial_id=signal.vial_id,
            sessions=signal.sessions,
            observed=signal.observed,
            expected=signal.expected,
            crossed_on=signal.crossed_on,
        )
        audit.record(by=None, did="lot_alarm.drafted", about=alarm, lot=signal.lot_id)
        drafted += 1
    return drafted


@transaction.atomic
def decide_alarm(*, alarm: LotAlarm, decision: str, reason: str, by: User) -> LotAlarm:
    """Put the lot aside until it is clear, with the list of who received it, or leave it in use. Once, and why."""
    refuse_unless_allowed(by, Permission.RUN_RECALLS, code="alarm:role")
    alarm = lock_row(LotAlarm, alarm.pk)
    reason = reason.strip()
    gate(
        check_alarm_may_be_decided(is_decided=alarm.decided_at is not None, decision=decision, reason=reason)
    )
    if decision == AlarmDecision.QUARANTINE:
        alarm.case = start_recall_case(
            clinic=alarm.clinic,
            lots=[alarm.lot],
            reason=f"More reactions than expected ({alarm.observed} in {alarm.sessions} sessions): {reason}"[
                :200
            ],
            measure=RecallCase.Measure.QUARANTINE.value,
            by=by,
        )
    alarm.decision, alarm.reason = decision, reason[:200]
    alarm.decided_at, alarm.decided_by = timezone.now(), by
    alarm.save(update_fields=["case", "decision", "reason", "decided_at", "decided_by"])
    audit.record(by=by, did="lot_alarm.decided", about=alarm, decision=decision)
    return alarm
