"""The explanation: what spoke, what could, and what was asked and kept silent."""

from tests.treatments.cocktails.golden import RULEBOOK, SUBSTANCES, TODAY, WOMAN, D, mix, person
from treatments.cocktails.rules.explanation import PROTOCOL, explain_every_rule_asked


def traced(of, who=WOMAN):
    return explain_every_rule_asked(of, who, RULEBOOK, SUBSTANCES, area_cm2=D(70), today=TODAY)


def row(rows, rule, about):
    [found] = [each for each in rows if (each.rule, each.about) == (rule, about)]
    return found


def test_every_rule_of_the_protocol_stands_in_every_explanation():
    rows = traced(mix("biotin 1, zinc 1"))

    named = {each.rule for each in rows}
    assert {f"F{n}" for n in (1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 16)} <= named
    of_the_syringe = [each for each in rows if each.about == "the syringe"]
    assert sorted(each.says for each in of_the_syringe) == sorted(says for _, says, _, _ in PROTOCOL)


def test_what_fired_says_its_message_its_source_and_how_surely():
    fired = row(traced(mix("copper 1, vitamin-c 0.2")), "F8", "Copper + Vitamin C")

    assert (fired.state, fired.level, fired.basis, fired.reviewed) == (
        "fired",
        "block",
        "general_knowledge",
        "not reviewed here",
    )
    assert fired.says == "must not share a syringe"
    assert fired.then.startswith("Copper and Vitamin C must not share a syringe")


def test_what_could_fire_says_what_would_set_it_off():
    rows = traced(mix("copper 1, zinc 1"))

    pair = row(rows, "F8", "Copper + Vitamin C")
    assert pair.state == "could"
    assert pair.then.startswith("If Vitamin C is added: ")
    fact = next(r for r in rows if r.rule == "F15" and r.about == "Copper")
    assert (fact.state, fact.says) == ("could", "absolute in: Wilson disease")
    assert fact.then.startswith("Blocks if this is on record")


def test_a_fact_on_record_moves_its_rule_from_could_to_fired():
    before = traced(mix("copper 1, zinc 1"))
    after = traced(mix("copper 1, zinc 1"), person("wilson"))

    assert [r.state for r in before if r.says == "absolute in: Wilson disease"] == ["could"]
    assert [(r.state, r.level) for r in after if r.says == "absolute in: Wilson disease"] == [
        ("fired", "block")
    ]
    assert len(before) == len(after)


def test_a_limit_that_is_kept_says_by_how_much():
    kept = row(traced(mix("minoxidil 1, biotin 1")), "F10", "Minoxidil")

    assert (kept.state, kept.says, kept.then) == (
        "silent",
        "highest studied dose: 10 mg per session",
        "5 mg of 10 mg per session.",
    )


def test_a_limit_that_waits_for_a_weight_has_spoken():
    waits = row(traced(mix("biotin 1, zinc 1, lidocaine 1"), person(weight_kg=None)), "F10", "Lidocaine")

    assert (waits.state, waits.level) == ("fired", "warn")
    assert "Weigh the patient" in waits.then


def test_what_fired_comes_first_and_silence_last():
    states = [each.state for each in traced(mix("copper 1, vitamin-c 0.2"))]

    order = ["fired", "could", "silent"]
    assert states == sorted(states, key=order.index)
    assert set(states) == set(order)


def test_an_empty_syringe_is_explained_too():
    rows = traced(mix(""))

    assert row(rows, "F1", "the syringe").state == "fired"
