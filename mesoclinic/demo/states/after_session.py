"""States that come after a session: reactions, calls in vain, recalls, what is new since."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

from mesoclinic.demo import patients as course
from mesoclinic.demo.states.courses import DUTASTERIDE, RIBOFLAVIN, Making, begin, pay_course, treat_once
from patients.actions.alert_clearing import clear_alert, record_agreement_to_clear_early
from patients.actions.risk_factors import record_risk_factor, record_risk_factors_from_words
from patients.models import Alert, Factor
from treatments.followup.actions import change_follow_up_status, record_not_reached
from treatments.followup.models import CheckIn, FollowUp
from treatments.followup.rules import TRIED_IN_VAIN
from treatments.recalls.actions import start_recall_case
from treatments.sessions.actions.late_reports import record_late_reactions
from treatments.sessions.models import Dose, TreatmentSession
from treatments.sessions.rules.charting import ReactionEntry

ANAPHYLAXIS_CLEARED: Mapping[str, str] = {
    "letter": "Allergy service, letter in the record: skin tests negative for all that was tested",
    "culprit": "unknown",
    "off_for_life": "None named",
    "tryptase": "11 µg/l an hour after",
    "next_where": "Here, with the trolley in the room and a second clinician",
}


def tell_reaction(making: Making) -> None:
    _record_late_reaction(making, treat_once(making), making.shown.of)


def _record_late_reaction(making: Making, session: TreatmentSession, code: str) -> None:
    entry = ReactionEntry(
        making.demo.effects_by_code[code],
        "severe",
        "Seen the same day.",
        began_on=session.performed_on + timedelta(days=1),
    )
    record_late_reactions(session=session, by=making.by, reactions=[entry])


def clear_anaphylaxis(making: Making) -> None:
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


def treat_with_pain(making: Making) -> None:
    treat_once(making, pain=8)


def treat_for_recall(making: Making) -> None:
    treat_once(making, RIBOFLAVIN)


def draw_and_recall(making: Making) -> None:
    """In the chair with a lot that is then recalled: whoever had it before received it."""
    session = begin(making, pay_course(making, RIBOFLAVIN))
    course.chart_session(making.demo, session, making.by, review=False)
    lots = [dose.lot for dose in Dose.objects.filter(treatment_session=session).select_related("lot")]
    start_recall_case(
        clinic=making.demo.place.clinic,
        lots=lots,
        reason="Maker’s notice 7-C: a stopper leaks",
        by=making.demo.place.admin,
    )


def draw_other_lot(making: Making) -> None:
    session = begin(making, pay_course(making, RIBOFLAVIN))
    course.chart_session(making.demo, session, making.by, review=False)


def take_new_medicines(making: Making) -> None:
    treat_once(making)
    for medicine in making.shown.of.split(";"):
        record_risk_factors_from_words(
            patient=making.patient, kind=Factor.Kind.MEDICINE, label=medicine, by=making.by
        )


def be_pregnant_after_dutasteride(making: Making) -> None:
    """She was treated as somebody who cannot become pregnant, and did."""
    treat_once(replace(making, said={"contraception": ("sterilised",)}), DUTASTERIDE)
    factor = Factor.objects.get(code="pregnancy")
    record_risk_factor(
        patient=making.patient, kind=factor.kind, factor=factor, by=making.by, today=making.demo.today
    )


RECIPES: Mapping[str, Callable[[Making], None]] = {
    "reaction": tell_reaction,
    "follow-up-in-hand": tell_reaction,
    "follow-up-reopened": tell_reaction,
    "pain-and-calls-in-vain": treat_with_pain,
    "cleared-anaphylaxis": clear_anaphylaxis,
    "recall-received": treat_for_recall,
    "recall-in-syringe": draw_and_recall,
    "recall-same-product": draw_other_lot,
    "new-medicines": take_new_medicines,
    "pregnant-after-dutasteride": be_pregnant_after_dutasteride,
}


# ── once the tick has opened the follow-ups and written down the calls ───────────────────────────


def take_in_hand(making: Making) -> None:
    change_follow_up_status(
        follow_up=_follow_up(making), to="in_hand", by=making.by, text="Rang, to be seen this week"
    )


def close_and_open_again(making: Making) -> None:
    follow_up = _follow_up(making)
    change_follow_up_status(follow_up=follow_up, to="closed", by=making.by, text="Gone", outcome="healed")
    change_follow_up_status(follow_up=follow_up, to="open", by=making.by, text="It came back")


def _follow_up(making: Making) -> FollowUp:
    return FollowUp.objects.get(treatment_session__patient=making.patient)


def ring_in_vain(making: Making) -> None:
    call = CheckIn.objects.filter(treatment_session__patient=making.patient).order_by("due_on")[0]
    for _ in range(TRIED_IN_VAIN):
        record_not_reached(check_in=call, by=making.demo.place.desk)


AFTERWARDS: Mapping[str, Callable[[Making], None]] = {
    "follow-up-in-hand": take_in_hand,
    "follow-up-reopened": close_and_open_again,
    "pain-and-calls-in-vain": ring_in_vain,
}
