"""The calls after the sessions of made-up patients."""

from mesoclinic.accounts.models import User
from mesoclinic.demo.patients import CLOSING, Demo
from patients.models import Patient
from treatments.followup.actions import record_check_in_answers
from treatments.followup.models import CheckIn
from treatments.schedule.rules.availability import instant_of_clock
from treatments.sessions.rules.charting import ReactionEntry


def record_calls_to_patient(demo: Demo, patient: Patient, turn: int, by: User) -> None:
    """Most patients were rung when it was time; one in eight waits, and two told what has to be followed up."""
    if turn % 8 == 7:
        return
    told = {3: "patchy-alopecia", 12: "infection"}.get(turn)
    due = CheckIn.objects.filter(
        treatment_session__patient=patient, status="due", due_on__lte=demo.today
    ).select_related("treatment_session")
    for check_in in due.order_by("due_on"):
        reactions = []
        if told:
            effect = demo.effects_by_code[told]
            reactions = [ReactionEntry(effect, "moderate", began_on=check_in.due_on)]
            told = None
        record_check_in_answers(
            check_in=check_in,
            by=by,
            pain=turn % 4 if check_in.days == 2 else None,
            reactions=reactions,
            note="Rang. Doing well." if not reactions else "Rang. To be seen this week.",
            now=instant_of_clock(check_in.due_on, CLOSING, demo.place.clinic.zone),
        )
