"""Made-up patients with something that stands against their next injection, so that a new user sees every refusal."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from itertools import cycle

from mesoclinic.accounts.models import User
from mesoclinic.demo.patients import Demo
from patients.actions.alert_clearing import clear_alert, record_agreement_to_clear_early
from patients.actions.risk_factors import record_risk_factor
from patients.models import Alert, Factor, Patient
from patients.rules.alerts import AlertLevel
from treatments.followup.actions import change_follow_up_status, sync_check_ins_and_follow_ups
from treatments.followup.models import FollowUp
from treatments.sessions.actions.late_reports import record_late_reactions
from treatments.sessions.models import TreatmentSession
from treatments.sessions.rules.charting import ReactionEntry

_ANAPHYLAXIS_CLEARED: Mapping[str, str] = {
    "letter": "Allergy service, letter in the record: skin tests negative for all that was tested",
    "culprit": "unknown",
    "off_for_life": "None named",
    "tryptase": "11 µg/l an hour after",
    "next_where": "Here, with the trolley in the room and a second clinician",
}

#: What is told of a patient's last session: one patient each.
_REACTIONS = ("anaphylaxis", "urticaria", "fainting", "scarring-alopecia", "anaesthetic-toxicity")

#: What stands on the record and is an alert as long as it does.
_FACTS = ("pregnancy", "breastfeeding", "vaccine_1w", "recent_surgery")

Show = Callable[[Demo, TreatmentSession, User], None]


def patients_with_fixed_alert() -> set[int]:
    """Those whose next session nobody starts. One query."""
    return set(Alert.objects.not_cleared().filter(level=AlertLevel.FIXED).values_list("patient", flat=True))


def show_alerts(demo: Demo, treated: list[Patient]) -> None:
    """One patient in each state: a reaction of each gravity, one cleared, follow-ups in hand and again, facts of the record.

    Whoever has one already keeps to that.
    """
    taken = set(Alert.objects.not_cleared().values_list("patient", flat=True))
    begun = set(TreatmentSession.objects.filter(status="draft").values_list("patient", flat=True))
    last = (
        TreatmentSession.objects.filter(patient__in=[one.pk for one in treated], status="signed")
        .exclude(patient__in=taken | begun)
        .select_related("patient", "clinic", "clinician")
        .order_by("patient", "-performed_on", "-pk")
        .distinct("patient")
    )
    clinicians = cycle(demo.place.clinicians)
    # One patient in two, from the end: the others go on with their course.
    for session, show in zip(list(last)[::-2], _states(), strict=False):
        show(demo, session, next(clinicians))
    sync_check_ins_and_follow_ups(since=None)
    _move_follow_ups(demo)


def _states() -> list[Show]:
    return [
        *(_told(code) for code in _REACTIONS[:3]),
        _cleared_anaphylaxis,
        *(_on_record(code) for code in _FACTS),
        *(_told(code) for code in _REACTIONS[3:]),
    ]


def _told(code: str) -> Show:
    def show(demo: Demo, session: TreatmentSession, by: User) -> None:
        _tell(demo, session, code, by)

    return show


def _tell(demo: Demo, session: TreatmentSession, code: str, by: User) -> None:
    began = min(session.performed_on + timedelta(days=1), demo.today)
    entry = ReactionEntry(demo.effects_by_code[code], "severe", "Seen the same day.", began_on=began)
    record_late_reactions(session=session, by=by, reactions=[entry])


def _on_record(code: str) -> Show:
    def show(demo: Demo, session: TreatmentSession, by: User) -> None:
        factor = Factor.objects.get(code=code)
        record_risk_factor(patient=session.patient, kind=factor.kind, factor=factor, by=by, today=demo.today)

    return show


def _cleared_anaphylaxis(demo: Demo, session: TreatmentSession, by: User) -> None:
    """Cleared early, as a second clinician agreed; nobody knows the culprit, so that everything given stays suspect."""
    _tell(demo, session, "anaphylaxis", session.clinician)
    alert = Alert.objects.not_cleared().get(patient=session.patient, code="alert:reaction:anaphylaxis")
    second, third = [one for one in demo.place.clinicians if one.pk != alert.given_by_id][:2]
    record_agreement_to_clear_early(
        alert=alert, words="The allergy service saw her within the week.", by=second
    )
    clear_alert(
        alert=alert,
        reason="Tested by the allergy service, no culprit found",
        by=third,
        answers=_ANAPHYLAXIS_CLEARED,
    )


def _move_follow_ups(demo: Demo) -> None:
    """One is in hand, one came back."""
    by = demo.place.clinicians[0]
    newest = list(FollowUp.objects.filter(status="open").order_by("-pk")[:2])
    for each in newest[:1]:
        change_follow_up_status(follow_up=each, to="in_hand", by=by, text="Rang, to be seen this week")
    for each in newest[1:]:
        change_follow_up_status(follow_up=each, to="closed", by=by, text="Gone", outcome="healed")
        change_follow_up_status(follow_up=each, to="open", by=by, text="It came back")
