"""The page of the intake and its history."""

from datetime import date

import pytest
from django.urls import reverse

from mesoclinic.core.models import Autosave
from patients.models import Intake, IntakeQuestion, RiskFactor
from tests import factories


def page(name, *args) -> str:
    return reverse(f"patients:{name}", args=args)


@pytest.fixture
def questions(db):
    fish = factories.FactorFactory(code="allergy_fish", kind="allergy")
    factories.FactorTermFactory(where="answer", question="allergy", term="fish", kind="allergy", factor=fish)
    for order, (code, answer_type, more) in enumerate(
        (
            ("duration", "date", {}),
            (
                "diet",
                "choice+text",
                {"options": ["balanced", "restrictive"], "feeds_rule": "cause-diet", "short_label": "Diet"},
            ),
            ("shedding", "number", {}),
            ("needle", "scale", {"minimum": 0, "maximum": 10}),
            ("infection", "yes-no", {"required": True}),
            ("g6pd", "yes-no-unknown", {}),
            ("allergy", "list", {"options": ["fish", "latex", "none"], "match_terms": "allergy"}),
            ("meds", "list", {"match_terms": "medicine"}),
            ("previous", "list+date", {"options": ["PRP", "none"]}),
            ("pregnant", "multi", {"options": ["pregnant", "none"], "shown_when": "sex=female"}),
            ("partner", "yes-no", {"shown_when": "sex=male"}),
            ("expect", "text", {}),
        )
    ):
        IntakeQuestion.objects.create(
            code=code,
            question=f"About {code}?",
            answer_type=answer_type,
            order=order,
            section="Health" if order else "Hair loss",
            **more,
        )


ANSWERS = {
    "q-duration": "2026-01-05",
    "q-diet": "restrictive",
    "q-diet-text": "no meat",
    "q-shedding": "0",
    "q-needle": "7",
    "q-infection": "no",
    "q-g6pd": "unknown",
    "q-allergy": ["fish"],
    "q-allergy-lines": "Penicillin\n\n  Pollen ",
    "q-meds-lines": "Levothyroxine 50 µg",
    "q-previous": ["PRP"],
    "q-previous-date": "2025-06-01",
    "q-pregnant": ["none"],
    "q-expect": "More density",
    "weight_kg": "61.5",
    "likely_causes": ["Diet"],
    "other_causes": "low ferritin",
    "note": "Anxious.",
}


def test_an_intake_is_saved_and_leads_to_the_assessment(as_clinician, questions, patient, once):
    answer = as_clinician.post(page("intake", patient.pk), ANSWERS | {"once": once()})

    assert answer.status_code == 302
    assert answer["Location"] == reverse("next_step", args=[patient.pk])
    intake = Intake.objects.get()
    assert intake.answers == {
        "duration": "2026-01-05",
        "diet": {"said": "restrictive", "text": "no meat"},
        "shedding": "0",
        "needle": "7",
        "infection": "no",
        "g6pd": "unknown",
        "allergy": ["fish", "Penicillin", "Pollen"],
        "meds": ["Levothyroxine 50 µg"],
        "previous": {"said": ["PRP"], "date": "2025-06-01"},
        "pregnant": ["none"],
        "expect": "More density",
    }
    assert intake.likely_causes == ["Diet", "low ferritin"]
    assert {r.label for r in RiskFactor.objects.all()} == {
        "Allergy fish",
        "Penicillin",
        "Pollen",
        "Levothyroxine 50 µg",
    }


def test_the_next_intake_starts_from_the_last(as_clinician, questions, patient, once):
    as_clinician.post(page("intake", patient.pk), ANSWERS)

    answer = as_clinician.get(page("intake", patient.pk))

    # Sent back as it stands, it says the same again.
    form = answer.context["form"]
    again = {bound.html_name: value for bound in form if (value := bound.value()) not in (None, "", [])}
    as_clinician.post(
        page("intake", patient.pk),
        {n: v.isoformat() if isinstance(v, date) else v for n, v in again.items()} | {"note": "Anxious."},
    )
    first, second = Intake.objects.order_by("version")
    assert second.answers == first.answers
    assert second.likely_causes == first.likely_causes
    assert second.weight_kg == first.weight_kg


def test_each_answer_has_its_input(as_clinician, questions, patient):
    text = as_clinician.get(page("intake", patient.pk)).text

    for fragment in (
        'type="month" name="q-duration"',
        'type="radio" name="q-infection" value="yes"',
        'type="radio" name="q-needle" value="10"',
        'type="checkbox" name="q-allergy" value="fish"',
        'name="q-allergy-lines"',
        'name="q-diet-text"',
        'name="q-previous-date"',
        'name="q-pregnant"',
    ):
        assert fragment in " ".join(text.split()), fragment
    assert "q-partner" not in text
    assert 'name="q-meds"' not in text


def test_men_are_asked_what_concerns_men(as_clinician, questions):
    man = factories.PatientFactory(sex_at_birth="male")

    text = as_clinician.get(page("intake", man.pk)).text

    assert 'name="q-partner"' in text
    assert "q-pregnant" not in text


def test_a_required_question_waits_at_its_place_for_an_answer_or_a_reason(as_clinician, questions, patient):
    said = {k: v for k, v in ANSWERS.items() if k != "q-infection"}
    code = "reason:unanswered:infection"

    refused = as_clinician.post(page("intake", patient.pk), said)
    short = as_clinician.post(page("intake", patient.pk), said | {code: "no"})
    excused = as_clinician.post(page("intake", patient.pk), said | {code: "would not say it today"})

    assert refused.status_code == 422
    assert 'href="#q-infection"' in refused.text
    assert f'name="{code}"' in refused.text
    assert "no meat" in refused.text
    assert 'value="no"' in short.text
    assert excused.status_code == 302
    assert Intake.objects.get().acknowledged[0]["reason"] == "would not say it today"


@pytest.mark.parametrize(
    ("name", "typed", "message"),
    [
        ("q-duration", "yesterday", "Type a month like"),
        ("q-shedding", "many", "Enter a number"),
        ("q-needle", "11", "Select a valid choice"),
        ("q-allergy", ["fish", "none"], "cannot stand beside another answer"),
        ("weight_kg", "6150", "weight in kilograms"),
    ],
)
def test_a_wrong_answer_is_told_at_its_place(as_clinician, questions, patient, name, typed, message):
    answer = as_clinician.post(page("intake", patient.pk), ANSWERS | {name: typed})

    assert answer.status_code == 422
    assert message in answer.text
    assert "no meat" in answer.text
    assert Intake.objects.count() == 0


def test_a_draft_comes_back_as_it_was_left_and_goes_once_saved(as_clinician, questions, patient):
    typed = {
        "autosave_kind": "intake",
        "autosave_subject": f"patient:{patient.pk}",
        "autosave_url": page("intake", patient.pk),
        "q-diet-text": "half a sentence",
        "q-duration": "not yet a day",
        "q-allergy": ["latex"],
    }
    as_clinician.post(reverse("autosave"), typed)

    reopened = as_clinician.get(page("intake", patient.pk))
    as_clinician.post(page("intake", patient.pk), ANSWERS)

    text = " ".join(reopened.text.split())
    assert "half a sentence" in text
    assert 'value="latex" id="id_q-allergy_1" checked' in text
    assert "Your draft of" in text
    assert "field-error" not in text
    assert Autosave.objects.count() == 0


def test_a_double_click_saves_one_intake(as_clinician, questions, patient, once):
    sent = ANSWERS | {"once": once()}

    for _ in range(2):
        as_clinician.post(page("intake", patient.pk), sent)

    assert Intake.objects.count() == 1


@pytest.mark.parametrize("many", [1, 3])
def test_an_intake_is_read_in_eight_and_written_in_fifteen_queries(
    as_clinician, questions, patient, once, count_queries, many
):
    lines = "\n".join(f"Medicine {n}" for n in range(many))
    as_clinician.post(page("intake", patient.pk), ANSWERS | {"q-meds-lines": lines})

    with count_queries() as read:
        as_clinician.get(page("intake", patient.pk))
    with count_queries() as written:
        as_clinician.post(page("intake", patient.pk), ANSWERS | {"q-meds-lines": "Another", "once": once()})

    assert (len(read), len(written)) == (8, 15)


def test_the_history_shows_what_changed(as_clinician, questions, patient):
    as_clinician.post(page("intake", patient.pk), ANSWERS)
    as_clinician.post(page("intake", patient.pk), ANSWERS | {"q-diet": "balanced", "q-expect": ""})

    answer = as_clinician.get(page("intake_history", patient.pk))

    newest, first = answer.context["versions"]
    assert [(c.question, c.before, c.after) for c in newest.changes] == [
        ("Diet", "restrictive · no meat", "balanced · no meat"),
        ("About expect?", "More density", ""),
    ]
    assert first.is_first
    assert "low ferritin" in answer.text


def test_a_long_history_is_read_by_pages(as_clinician, clinician, patient, count_queries):
    for version in range(1, 13):
        factories.IntakeFactory(patient=patient, version=version, taken_by=clinician)

    with count_queries() as queries:
        first = as_clinician.get(page("intake_history", patient.pk))
    second = as_clinician.get(first.context["page"]["next"])

    assert [v.intake.version for v in first.context["versions"]] == list(range(12, 2, -1))
    assert [v.intake.version for v in second.context["versions"]] == [2, 1]
    assert first.context["versions"][-1].is_first is False
    assert len(queries) <= 8
