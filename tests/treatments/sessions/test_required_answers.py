"""What must be asked before a session: the start page asks it, writes the answers, and refuses what was not asked."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from mesoclinic.core.findings import Refused
from patients.forms.safety_answers import SafetyQuestion, ShownQuestion
from patients.models import SafetyAnswer
from tests import factories
from tests.factories import RiskFactorFactory
from tests.safety_answers import answer, answer_everything, must_ask
from tests.treatments.sessions.conftest import ASKED, fill, stored
from tests.treatments.sessions.test_views import page, post, posted
from treatments.cocktails.views.not_asked import NotAsked, questions_context
from treatments.sessions.actions.signing import sign_session
from treatments.sessions.actions.start import start_or_resume_session
from treatments.sessions.models import TreatmentSession
from treatments.sessions.queries.required_answers import (
    missing_answers_at_start,
    missing_answers_before_relief_methods,
)
from treatments.sessions.queries.sessions import lock_session_detail_for_signing
from treatments.sessions.queries.signing import signing_review

pytestmark = pytest.mark.django_db

LONG_AGO = date(2020, 1, 1)

AT_START = (
    "ask-pregnant-any",
    "ask-allergy",
    "ask-anticoag",
    "ask-infection",
    "ask-previous",
    "ask-since-last",
)


@pytest.fixture
def patient(clinician):
    """Asked three questions once, years ago."""
    patient = factories.PatientFactory(registered_by=clinician)
    answer(patient, on=LONG_AGO, by=clinician, allergy="none", pregnant="none", anticoag="none")
    return patient


@pytest.fixture
def asked():
    must_ask(*AT_START, "ask-anaesthetic")


@pytest.fixture
def startable(plan, consent, lots, checklist, asked):
    """A plan whose session could start, had anybody asked."""
    return plan


def url(plan):
    return reverse("sessions:start_for_plan", args=[plan.pk])


def codes(refused):
    return {finding.code: finding.fixed for finding in refused.value.findings}


def not_asked(response):
    return [each.shown.asked.code for each in response.context["not_asked"]]


def said_by(patient):
    """What was answered today."""
    today = timezone.localdate()
    return {row.question: row.said for row in SafetyAnswer.objects.filter(patient=patient, asked_on=today)}


def test_no_session_starts_before_it_was_asked(startable, clinic, clinician):
    with pytest.raises(Refused) as refused:
        start_or_resume_session(plan=startable, by=clinician, clinic=clinic)

    assert codes(refused) == {
        "unknown:*treatment:pregnant": True,
        "unknown:*treatment:allergy": True,
        "unknown:*treatment:infection": True,
        "unknown:*treatment:anticoag": False,
        "unknown:*treatment:previous": False,
    }


#: What the start page shows of these patients.
ASKED_AT_START = ["allergy", "anticoag", "infection", "pregnant", "previous"]


def test_where_only_a_figure_is_asked_there_is_no_none_of_these():
    pressure = SafetyQuestion("blood_pressure", "Blood pressure before the session", "pressure")
    heart = SafetyQuestion("heart", "Heart disease?", "choice", ("none", "arrhythmia"), "none")
    figure, choice = (NotAsked(ShownQuestion(each, (), "", ""), ()) for each in (pressure, heart))

    assert questions_context([figure])["none_button"] == ""
    assert questions_context([figure, choice])["none_button"] == "None of these: write “no” to each"


def test_a_stale_page_answers_no_question_that_it_did_not_show(as_clinician, startable, patient, once):
    shown = {"once": once(), "none_of_these": "1", "question_shown": ["allergy", "infection"]}

    response = as_clinician.post(url(startable), shown)

    assert response.status_code == 422
    assert said_by(patient) == {"allergy": ["none"], "infection": ["no"]}
    assert sorted(not_asked(response)) == ["anticoag", "pregnant", "previous"]
    assert not TreatmentSession.objects.exists()


def test_the_start_page_puts_every_question_it_needs(as_clinician, startable, once):
    response = as_clinician.post(url(startable), {"once": once()})

    assert response.status_code == 422
    assert sorted(not_asked(response)) == ["allergy", "anticoag", "infection", "pregnant", "previous"]
    page = response.content.decode()
    assert "Pregnant, breastfeeding or trying to conceive?" in page
    # What may be passed has its reason beside it; nothing else stands in the way.
    assert 'name="reason:unknown:*treatment:previous"' in page
    assert response.context["findings"] == []


def test_none_of_these_answers_each_and_starts_in_one_tap(as_clinician, startable, patient, clinician, once):
    response = as_clinician.post(
        url(startable), {"once": once(), "none_of_these": "1", "question_shown": ASKED_AT_START}
    )

    session = TreatmentSession.objects.get()
    assert response.url == reverse("sessions:session", args=[session.pk])
    assert said_by(patient) == {
        "pregnant": ["none"],
        "allergy": ["none"],
        "anticoag": ["none"],
        "infection": ["no"],
        "previous": ["never"],
    }
    assert {
        (row.asked_where, row.asked_by) for row in SafetyAnswer.objects.filter(asked_on=timezone.localdate())
    } == {("start", clinician)}


def test_what_was_answered_is_kept_though_the_session_does_not_start(as_clinician, startable, patient, once):
    fields = {"answer:pregnant": "pregnant", "answer:infection": "no", "write_answers": "1"}

    response = as_clinician.post(url(startable), fields | {"once": once()})

    assert response.status_code == 422
    assert said_by(patient) == {"pregnant": ["pregnant"], "infection": ["no"]}
    assert {each.code: each.fixed for each in response.context["findings"]} == {
        "answer:*treatment:pregnant": True
    }
    # It stays to be corrected, and "none of these" does not take it back.
    assert "pregnant" in not_asked(response)
    as_clinician.post(
        url(startable), {"once": uuid4().hex, "none_of_these": "1", "question_shown": ASKED_AT_START}
    )
    assert said_by(patient)["pregnant"] == ["pregnant"]
    assert not TreatmentSession.objects.exists()


def test_an_answer_that_cannot_be_read_starts_nothing(as_clinician, startable, patient, once):
    fields = {
        "answer:anticoag": ["none", "anticoagulant"],
        "none_of_these": "1",
        "question_shown": ASKED_AT_START,
    }

    response = as_clinician.post(url(startable), fields | {"once": once()})

    assert response.status_code == 422
    assert not TreatmentSession.objects.exists()
    assert "anticoag" not in said_by(patient)
    assert "not both" in response.content.decode()


def test_a_known_allergy_is_confirmed_by_name(as_clinician, startable, patient, once):
    RiskFactorFactory(patient=patient, kind="allergy", label="Latex")

    as_clinician.post(
        url(startable), {"once": once(), "none_of_these": "1", "question_shown": ASKED_AT_START}
    )

    assert said_by(patient)["allergy"] == ["Latex"]


def test_yesterdays_answer_is_fresh_and_the_day_befores_is_not(startable, patient, clinic, clinician):
    today = timezone.localdate()
    answer_everything(patient, on=today - timedelta(days=2))
    with pytest.raises(Refused):
        start_or_resume_session(plan=startable, by=clinician, clinic=clinic)

    answer_everything(patient, on=today - timedelta(days=1))

    assert start_or_resume_session(plan=startable, by=clinician, clinic=clinic).is_draft


def test_from_the_second_session_on_it_is_asked_what_happened_since(startable, patient, clinic, clinician):
    answer_everything(patient)
    first = start_or_resume_session(plan=startable, by=clinician, clinic=clinic)
    sign_session(session=fill(first, clinician), by=clinician)
    startable.refresh_from_db()
    answer(patient, since_last="not on the record yet")

    with pytest.raises(Refused) as refused:
        start_or_resume_session(plan=startable, by=clinician, clinic=clinic)

    assert codes(refused) == {"answer:*treatment:since_last": True}
    answer(patient, since_last="on the record")
    assert start_or_resume_session(plan=startable, by=clinician, clinic=clinic).number == 2


def test_before_a_cream_or_a_block_an_anaesthetic_reaction_is_asked(patient, asked):
    def missing(*methods):
        return [
            each.code
            for each in missing_answers_before_relief_methods(patient, methods, timezone.localdate()).findings
        ]

    assert missing("cream", "ice") == ["unknown:topical-anaesthetic-cream:anaesthetic"]
    assert missing("nerve_block") == ["unknown:*nerve_block:anaesthetic"]
    assert missing("ice") == []
    answer(patient, anaesthetic="no")
    assert missing("cream") == []


def test_after_the_first_dose_nothing_is_refused_for_want_of_an_answer_but_flagged(
    startable, patient, clinic, clinician
):
    answer_everything(patient)
    session = fill(start_or_resume_session(plan=startable, by=clinician, clinic=clinic), clinician)
    must_ask("ask-immune", "ask-cancer-any", "ask-scalp-look")
    answer(patient, autoimmune="unknown", cancer="now", scalp_look="pus")

    signed = sign_session(session=session, by=clinician)

    signed.refresh_from_db()
    assert sorted(signed.not_asked) == [
        "answer:*treatment:cancer",
        "answer:*treatment:scalp_look",
        "unknown:*treatment:autoimmune",
    ]


def test_the_tick_that_the_scalp_was_looked_at_answers_that(startable, patient, clinic, clinician):
    factories.ChecklistItemFactory(code="scalp-exam")
    must_ask("ask-scalp-look")
    answer_everything(patient, on=timezone.localdate() - timedelta(days=1))
    answer(patient, since_last="nothing")
    session = start_or_resume_session(plan=startable, by=clinician, clinic=clinic)

    review = signing_review(lock_session_detail_for_signing(session.pk), (), by=clinician, at=timezone.now())
    assert "unknown:*treatment:scalp_look" in {each.code for each in review.findings}
    signed = sign_session(session=fill(session, clinician), by=clinician)

    signed.refresh_from_db()
    assert signed.not_asked == []


def test_what_was_asked_leaves_no_flag(startable, patient, clinic, clinician):
    answer_everything(patient)

    signed = sign_session(
        session=fill(start_or_resume_session(plan=startable, by=clinician, clinic=clinic), clinician),
        by=clinician,
    )

    signed.refresh_from_db()
    assert signed.not_asked == []


# ── asked again in the chair ─────────────────────────────────────────────────────────────────────


def test_nothing_has_changed_confirms_the_answers_that_exist(ready, patient, clinician):
    sign_session(session=fill(ready, clinician), by=clinician)

    assert said_by(patient) == {"allergy": ["none"], "pregnant": ["none"], "anticoag": ["none"]}
    assert set(SafetyAnswer.objects.filter(asked_where="session").values_list("asked_by", flat=True)) == {
        clinician.pk
    }


def test_what_was_asked_at_the_start_is_not_kept_twice(ready, patient, clinician):
    answer(patient, allergy="none", pregnant="none", anticoag="none")

    sign_session(session=fill(ready, clinician), by=clinician)

    assert not SafetyAnswer.objects.filter(asked_where="session").exists()


def test_what_has_changed_is_kept_as_the_answer(ready, patient, clinician):
    safety = ASKED | {"allergy": {"changed": True, "new": [{"factor": None, "label": "Nickel"}], "ended": []}}

    sign_session(session=fill(ready, clinician, safety=safety), by=clinician)

    assert said_by(patient)["allergy"] == ["Nickel"]


@pytest.fixture
def stranger(clinic, clinician, products, lots, checklist):
    """A session of somebody whom nobody ever asked."""
    patient = factories.PatientFactory()
    factories.ConsentFactory(patient=patient, taken_by=clinician)
    version = factories.signed_cocktail(clinic=clinic, patient=patient, products=products, by=clinician)
    plan = factories.make_plan(
        clinic=clinic, patient=patient, version=version, by=clinician, status="accepted"
    )
    return start_or_resume_session(plan=plan, by=clinician, clinic=clinic)


def test_one_tap_answers_nothing_that_nobody_ever_asked(as_clinician, stranger, lots, checklist):
    response = as_clinician.get(page(stranger))
    assert [form.is_gap for form in response.context["session_forms"].safety] == [True, True, True]
    assert "Answer this one by itself." in response.content.decode()

    post(as_clinician, page(stranger), posted(stranger, safety_none="on"))

    assert stored(stranger).safety == {}


def test_asked_by_itself_a_first_no_is_an_answer(as_clinician, stranger, lots, checklist, clinician):
    fields = posted(stranger, safety_none="on")
    fields["safety-allergy-answer"] = "same"

    post(as_clinician, page(stranger), fields)

    assert stored(stranger).safety == {"allergy": {"changed": False}}
    sign_session(
        session=fill(stranger, clinician, safety=stored(stranger).safety),
        by=clinician,
        reasons={"safety:medicine": "Asked on the telephone", "safety:pregnancy": "Asked on the telephone"},
    )
    assert said_by(stranger.patient) == {"allergy": ["none"]}


def test_the_page_shows_the_answers_that_one_tap_confirms(as_clinician, ready):
    page_text = as_clinician.get(page(ready)).content.decode()

    assert page_text.count("On record: none, asked on 1 Jan 2020") == 3


def test_who_checked_the_tube_is_not_asked_in_words_at_the_start(clinic, clinician, patient):
    must_ask("ask-identity-prp", "ask-thrombocytes-prp")
    kit = factories.KitFactory()
    version = factories.signed_cocktail(
        clinic=clinic, patient=patient, products=[kit], by=clinician, kind="single"
    )
    prp = factories.make_plan(
        clinic=clinic, patient=patient, version=version, by=clinician, status="accepted"
    )

    asked = missing_answers_at_start(prp, timezone.localdate())

    assert [each.code for each in asked.findings] == ["unknown:prp:platelets"]
