"""One made-up patient in each state (people.csv), so that a new user sees every refusal."""

from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import cycle

from mesoclinic.demo import patients as course
from mesoclinic.demo.blood import treat_with_own_blood
from mesoclinic.demo.patients import Demo
from mesoclinic.demo.states import after_session, facts, gates, reviews, visits
from mesoclinic.demo.states.courses import Making
from mesoclinic.demo.states.listing import read_people_to_show
from treatments.cocktails.queries.required_answers import answers_of_patient
from treatments.cocktails.rules.required_answers import RequiredAnswer
from treatments.followup.actions import sync_check_ins_and_follow_ups


def _treat_with_own_blood(making: Making) -> None:
    treat_with_own_blood(making.demo, making.patient)


RECIPES: Mapping[str, Callable[[Making], None]] = {
    **facts.RECIPES,
    **after_session.RECIPES,
    **gates.RECIPES,
    **visits.RECIPES,
    **reviews.RECIPES,
    "own-blood": _treat_with_own_blood,
}


def create_demo_patients(demo: Demo, *, only: Collection[str] | None = None) -> list[Making]:
    """Make the patients of people.csv, or ``only`` those made by these recipes. Returns them."""
    clinicians = cycle(demo.place.clinicians)
    made: list[Making] = []
    rules: Sequence[RequiredAnswer] = ()
    for shown in read_people_to_show():
        if only is None or shown.made_by in only:
            person = {**shown.person, "phone": f"+1 212 555 {100 + len(made):04d}"}
            patient = course.register_person(demo, person)
            rules = rules or answers_of_patient(patient, demo.today).rules
            making = Making(demo, shown, patient, next(clinicians), rules)
            RECIPES[shown.made_by](making)
            made.append(making)
    sync_check_ins_and_follow_ups(since=None)
    for making in made:
        if afterwards := after_session.AFTERWARDS.get(making.shown.made_by):
            afterwards(making)
    return made
