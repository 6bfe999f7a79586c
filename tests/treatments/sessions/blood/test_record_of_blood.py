"""The record of a session tells what was made of the patient's own blood, step by step."""

from treatments.sessions.queries.blood import blood_of_session_or_none
from treatments.sessions.views.record_blood import blood_facts


def test_every_step_is_told_with_who_and_when(injected, clinician, colleague, patient):
    facts = {
        fact.label: fact for fact in blood_facts(blood_of_session_or_none(injected.treatment_session_id), [])
    }

    assert list(facts) == ["Kit", "Blood drawn", "Tube checked", "Spun", "Use before", "Injected", "The rest"]
    assert facts["Kit"].text.startswith("K-2, expires")
    assert facts["Blood drawn"].text.startswith("30 ml, ")
    assert facts["Tube checked"].text == patient.record_number
    assert facts["Spun"].text == "8 min, 1500 g: 6 ml of plasma"
    assert clinician.display_name in facts["Injected"].detail


def test_what_was_thrown_away_keeps_its_reason(drawn, clinician):
    drawn.abandoned_by, drawn.abandoned_reason = clinician, "The tube fell"

    [fact] = blood_facts(None, [drawn])

    assert (fact.label, fact.text) == ("Thrown away, kit K-2", "The tube fell")
    assert clinician.display_name in fact.detail


def test_a_session_without_blood_tells_nothing_of_it():
    assert blood_facts(None, []) == []
