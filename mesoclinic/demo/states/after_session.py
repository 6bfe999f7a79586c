"""States that come after a session: reactions, calls in vain, recalls, what is new since."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

from mesoclinic.demo import patients as course
from mesoclinic.demo.states.courses import (
    DUTASTERIDE,
    RIBOFLAVIN,
    Making,
    create_paid_plan,
    start_session_without_visit,
    treat_once,
)
from patients.actions.alert_clearing import clear_alert, record_agreement_to_clear_early
from patients.actions.risk_factors import record_risk_factor, record_risk_factors_from_words
from patients.models import Alert, Factor
from treatments.followup.actions import change_follow_up_status, record_not_reached
from treatments.followup.models import CheckIn, FollowUp
from treatments.followup.rules import TRIED_IN_VAIN
from treatments.recalls.actions import start_recall_case
from treatments.sessions.actions.late_reports import record_late_reactions
from treatments.sessions.models import Dose, TreatmentSession
from treatments.sessions.rules.alerts import IN_WORDS
from treatments.sessions.rules.charting import ReactionEntry

ANAPHYLAXIS_CLEARED: Mapping[str, str] = {
    "letter": "Allergy service, letter in the record: skin tests negative for all that was tested",
    "culprit": "unknown",
    "off_for_life": "None named",
    "tryptase": "11 µg/l an hour after",
    "next_where": "Here, with the trolley in the room and a second clinician",
}


def treat_and_record_late_reaction(making: Making) -> None:
    _record_late_reaction(making, treat_once(making), making.shown.of)


def _record_late_reaction(making: Making, session: TreatmentSession, code: str) -> None:
    entry = ReactionEntry(
        making.demo.effects_by_code[code],
        "severe",
        "A cold feeling behind the ear, for days" if code == IN_WORDS else "Seen the same day.",
        began_on=session.performed_on + timedelta(days=1),
    )
    record_late_reactions(session=session, by=making.by, reactions=[entry])


def record_anaphylaxis_and_clear_alert(making: Making) -> None:
    """Cleared early, as a second clinician agreed; nobody knows the culprit, so that everything given stays suspect."""
    _record_late_reaction(making, treat_once(making), "anaphylaxis")
    alert = Alert.objects.not_cleared().get(patient=making.patient, code="alert:reaction:anaphylaxis")
    others = [one for one in making.demo.place.clinicians if one.pk != alert.given_by_id]
    record_agreement_to_clear_early(
        alert=alert, words="The allergy service saw her within the week.", by=others[0]
    )
    clear_alert(
        alert=alert,
        reason="Tested by the allergy service, no culprit found",
        by=others[1],
        answers=ANAPHYLAXIS_CLEARED,
    )


def sign_session_with_high_pain(making: Making) -> None:
    treat_once(making, pain=8)


def treat_with_riboflavin(making: Making) -> None:
    treat_once(making, RIBOFLAVIN)


def chart_session_and_recall_lots(making: Making) -> None:
    """In the chair with a lot that is then recalled: whoever had it before received it."""
    session = start_session_without_visit(making, create_paid_plan(making, RIBOFLAVIN))
    course.chart_session(making.demo, session, making.by)
    lots = [dose.lot for dose in Dose.objects.filter(treatment_session=session).select_related("lot")]
    start_recall_case(
        clinic=making.demo.place.clinic,
        lots=lots,
        reason="Maker’s notice 7-C: a stopper leaks",
        by=making.demo.place.admin,
    )


def start_and_chart_session(making: Making) -> None:
    session = start_session_without_visit(making, create_paid_plan(making, RIBOFLAVIN))
    course.chart_session(making.demo, session, making.by)


def treat_then_record_medicines(making: Making) -> None:
    treat_once(making)
    for medicine in making.shown.of.split(";"):
        record_risk_factors_from_words(
            patient=making.patient, kind=Factor.Kind.MEDICINE, label=medicine, by=making.by
        )


def treat_then_record_pregnancy(making: Making) -> None:
    """She was treated as somebody who cannot become pregnant, and did."""
    treat_once(replace(making, said={"contraception": ("sterilised",)}), DUTASTERIDE)
    factor = Factor.objects.get(code="pregnancy")
    record_risk_factor(
        patient=making.patient, kind=factor.kind, factor=factor, by=making.by, today=making.demo.today
    )


RECIPES: Mapping[str, Callable[[Making], None]] = {
    "reaction": treat_and_record_late_reaction,
    "follow-up-in-hand": treat_and_record_late_reaction,
    "follow-up-reopened": treat_and_record_late_reaction,
    "pain-and-calls-in-vain": sign_session_with_high_pain,
    "cleared-anaphylaxis": record_anaphylaxis_and_clear_alert,
    "recall-received": treat_with_riboflavin,
    "recall-in-syringe": chart_session_and_recall_lots,
    "recall-same-product": start_and_chart_session,
    "new-medicines": treat_then_record_medicines,
    "pregnant-after-dutasteride": treat_then_record_pregnancy,
}


# ── once the tick has opened the follow-ups and written down the calls ───────────────────────────


def take_follow_up_in_hand(making: Making) -> None:
    change_follow_up_status(
        follow_up=_follow_up(making), to="in_hand", by=making.by, text="Rang, to be seen this week"
    )


def close_and_reopen_follow_up(making: Making) -> None:
    follow_up = _follow_up(making)
    change_follow_up_status(follow_up=follow_up, to="closed", by=making.by, text="Gone", outcome="healed")
    change_follow_up_status(follow_up=follow_up, to="open", by=making.by, text="It came back")


def _follow_up(making: Making) -> FollowUp:
    return FollowUp.objects.get(treatment_session__patient=making.patient)


def record_calls_not_reached(making: Making) -> None:
    call = CheckIn.objects.filter(treatment_session__patient=making.patient).order_by("due_on")[0]
    for _ in range(TRIED_IN_VAIN):
        record_not_reached(check_in=call, by=making.demo.place.desk)


AFTERWARDS: Mapping[str, Callable[[Making], None]] = {
    "follow-up-in-hand": take_follow_up_in_hand,
    "follow-up-reopened": close_and_reopen_follow_up,
    "pain-and-calls-in-vain": record_calls_not_reached,
}
