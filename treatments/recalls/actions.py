"""The only way a recall is started, run and ended. Starting puts the lots aside at once."""

from collections.abc import Mapping, Sequence

from django.db import transaction
from django.utils import timezone

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.accounts.permissions import Permission, refuse_unless_allowed
from mesoclinic.core import audit
from mesoclinic.core.findings import Refused, gate, raise_if_found
from mesoclinic.core.locking import lock_row
from mesoclinic.core.moves import can_move
from mesoclinic.core.wording import day_text
from patients.actions.alerts import clear_alerts_with_source_prefix, raise_alerts_unless_open
from patients.models import Patient
from patients.rules.alerts import AlertKind, AlertLevel, NewAlert
from treatments.recalls import queries, rules
from treatments.recalls.models import ContactAttempt, RecallCase, RecallLot
from treatments.recalls.rules import Attempt, CaseStatus
from treatments.stock.actions.lots import hold_lots, lift_holds_of_source, quarantine_lot, recall_lot
from treatments.stock.models import Lot
from treatments.stock.rules.lots import LOT_MOVES, LotStatus

_TO = {RecallCase.Measure.RECALL: LotStatus.RECALLED, RecallCase.Measure.QUARANTINE: LotStatus.QUARANTINED}


@transaction.atomic
def start_recall_case(
    *,
    clinic: Clinic,
    lots: Sequence[Lot],
    reason: str,
    by: User,
    measure: str = RecallCase.Measure.RECALL.value,
    notice: str = "",
    said: Mapping[int, str] | None = None,
) -> RecallCase:
    """Put ``lots`` aside, here and at every other clinic of ours that holds the same, and open a case about them.

    A lot already put aside that far stays as it is. ``said``: lot id to where the notice names it.
    """
    refuse_unless_allowed(by, Permission.RUN_RECALLS, code="recall:role")
    reason = reason.strip()
    raise_if_found(rules.check_recall_can_start(reason=reason, lots=len(lots), measure=measure))
    case = RecallCase.objects.create(
        clinic=clinic, reason=reason[:200], measure=measure, notice=notice[:20_000], opened_by=by
    )
    everywhere = queries.same_lots_at_all_clinics(lots)
    RecallLot.objects.bulk_create(
        RecallLot(case=case, lot=lot, was=lot.status, said=(said or {}).get(lot.pk, "")[:100])
        for lot in everywhere
    )
    hold_lots(
        lots=everywhere, reason=f"In an open recall: {reason}", source=_hold_source_of_case(case), by=by
    )
    for lot in everywhere:
        _quarantine_or_recall_lot_if_allowed(lot, _TO[RecallCase.Measure(measure)], reason, by)
    _raise_alerts_for_untold_recipients(case, by)
    audit.record(by=by, did="recall.opened", about=case, lots=[lot.pk for lot in everywhere], measure=measure)
    return case


def _quarantine_or_recall_lot_if_allowed(lot: Lot, to: LotStatus, reason: str, by: User) -> None:
    """As far as it goes: a recalled lot stays recalled."""
    if lot.status == to or not can_move(LOT_MOVES, lot.status, to):
        return
    if to is LotStatus.RECALLED:
        recall_lot(lot=lot, reason=reason, by=by)
    else:
        quarantine_lot(lot=lot, reason=reason, by=by)


@transaction.atomic
def record_attempt_to_reach(
    *, case: RecallCase, patient: Patient, outcome: str, channel: str, by: User, note: str = ""
) -> ContactAttempt:
    """Somebody tried to tell ``patient``, who received a lot of this recall. Written once, never changed."""
    refuse_unless_allowed(by, Permission.CONTACT_RECALLED, code="recall:role")
    case = _lock_case(case)
    raise_if_found(rules.check_recall_is_open(case.status))
    gate(rules.check_attempt_outcome_and_channel(Attempt(outcome, channel, note)))
    received = {row.patient_id for row in queries.recipients_of_lots(case, queries.lot_ids_of_case(case))}
    if patient.pk not in received:
        raise Refused.because("This patient received no lot of this recall.", code="attempt:patient")
    attempt = ContactAttempt.objects.create(
        case=case, patient=patient, outcome=outcome, channel=channel, note=note.strip()[:300], by=by
    )
    audit.record(by=by, did="recall.contacted", about=case, patient_id=patient.pk, outcome=outcome)
    return attempt


@transaction.atomic
def close_case(
    *, case: RecallCase, ending: str, by: User, reasons: Mapping[str, str] | None = None
) -> RecallCase:
    """End a recall: everyone was reached, or tried and a reason given; no open session holds a lot of it."""
    refuse_unless_allowed(by, Permission.RUN_RECALLS, code="recall:role")
    case = _lock_case(case)
    raise_if_found(rules.check_recall_status_may_change(case.status, CaseStatus.CLOSED))
    tally = queries.recall_tally(case, queries.lot_ids_of_case(case))
    passed = gate(rules.check_recall_can_close(tally), reasons)
    said = [ending.strip(), *(f"{each.message} {each.reason}" for each in passed)]
    return _end_case_and_lift_holds(
        case,
        CaseStatus.CLOSED,
        "\n".join(line for line in said if line),
        by,
        figures={
            "patients": tally.patients,
            "reached": tally.reached,
            "tried": tally.tried,
            "deceased": tally.deceased,
            "sessions": tally.sessions,
            "given_ml": str(tally.given_ml),
            "on_hand_ml": str(tally.on_hand_ml),
        },
    )


@transaction.atomic
def withdraw_case(*, case: RecallCase, reason: str, by: User) -> RecallCase:
    """It was started by mistake. The lots stay as they are: releasing one is a deed of its own."""
    refuse_unless_allowed(by, Permission.RUN_RECALLS, code="recall:role")
    case = _lock_case(case)
    raise_if_found(rules.check_recall_status_may_change(case.status, CaseStatus.WITHDRAWN, reason=reason))
    return _end_case_and_lift_holds(case, CaseStatus.WITHDRAWN, reason.strip(), by)


@transaction.atomic
def reopen_case(*, case: RecallCase, reason: str, by: User) -> RecallCase:
    """Go on with a closed recall; why, and how it was closed before, is in the log."""
    refuse_unless_allowed(by, Permission.RUN_RECALLS, code="recall:role")
    case = _lock_case(case)
    raise_if_found(rules.check_recall_status_may_change(case.status, CaseStatus.OPEN, reason=reason))
    audit.record(
        by=by,
        did="recall.reopened",
        about=case,
        reason=reason.strip()[:200],
        closed_before=case.ending_figures,
    )
    lots = list(Lot.objects.filter(pk__in=queries.lot_ids_of_case(case)))
    hold_lots(lots=lots, reason=f"In an open recall: {case.reason}", source=_hold_source_of_case(case), by=by)
    case.status = CaseStatus.OPEN.value
    case.ended_at = case.ended_by = None
    case.ending, case.ending_figures = "", {}
    case.save(update_fields=["status", "ended_at", "ended_by", "ending", "ending_figures"])
    _raise_alerts_for_untold_recipients(case, by)
    return case


def _end_case_and_lift_holds(
    case: RecallCase, to: CaseStatus, ending: str, by: User, figures: Mapping[str, int | str] | None = None
) -> RecallCase:
    case.status = to.value
    case.ended_at, case.ended_by = timezone.now(), by
    case.ending, case.ending_figures = ending, dict(figures or {})
    case.save(update_fields=["status", "ended_at", "ended_by", "ending", "ending_figures"])
    lift_holds_of_source(source=_hold_source_of_case(case), by=by)
    if to is CaseStatus.WITHDRAWN:
        # Ending a recall clears nothing: a clinician does that, once the patient was told and examined.
        clear_alerts_with_source_prefix(
            starting_with=f"{_hold_source_of_case(case)}/", reason="The recall was begun by mistake.", by=by
        )
    audit.record(by=by, did=f"recall.{to}", about=case)
    return case


def _hold_source_of_case(case: RecallCase) -> str:
    """How holds and alerts name the case that placed them."""
    return f"recalls.recallcase:{case.pk}"


def _alert_source_of_recipient(case: RecallCase, patient_id: int) -> str:
    return f"{_hold_source_of_case(case)}/{patient_id}"


def _raise_alerts_for_untold_recipients(case: RecallCase, by: User) -> None:
    """Whoever received a lot of it and was not told yet: that stands before their next injection."""
    to_tell = queries.recipients_of_lots(case, queries.lot_ids_of_case(case), show="todo")
    raise_alerts_unless_open(
        [
            (
                row.patient_id,
                NewAlert(
                    AlertKind.RECALL,
                    AlertLevel.BLOCK,
                    "Received a recalled lot: tell and examine first, or write why you go on before that.",
                    _alert_source_of_recipient(case, row.patient_id),
                    codes=("alert:recall:received",),
                    slots={"lot": ", ".join(row.lots), "date": day_text(row.last_on)},
                ),
            )
            for row in to_tell
        ],
        by=by,
        is_logged=False,
    )


def _lock_case(case: RecallCase) -> RecallCase:
    return lock_row(RecallCase, case.pk)
