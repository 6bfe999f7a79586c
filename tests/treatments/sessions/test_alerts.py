"""Alerts at a session: what stands open is asked at the start and at the signature, and what happened raises one."""

from datetime import date

import pytest
from django.urls import reverse

from mesoclinic.core.findings import Refused
from mesoclinic.core.models import Autosave
from patients.actions.alerts import raise_alert_unless_open
from patients.models import Alert
from patients.rules.alerts import AlertKind, AlertLevel
from tests import factories
from tests.treatments.sessions.conftest import fill
from treatments.sessions.actions.late_reports import record_late_pain, record_late_reactions
from treatments.sessions.actions.signing import sign_session
from treatments.sessions.actions.start import start_or_resume_session
from treatments.sessions.rules.alerts import ReactionSeen, SessionGiven, pain_alerts, reaction_alerts
from treatments.sessions.rules.charting import ReactionEntry

REASON = "Seen and discussed with the patient"


def alerts():
    return list(Alert.objects.values_list("kind", "level", "text", "source"))


@pytest.fixture
def alert(patient, clinician):
    return raise_alert_unless_open(
        patient=patient,
        kind=AlertKind.OTHER,
        level=AlertLevel.BLOCK,
        text="Nodule at the temple, not yet explained",
        source="tests.row:1",
        by=clinician,
    )


def refused_codes(action, **arguments):
    with pytest.raises(Refused) as refused:
        action(**arguments)
    return [(finding.code, finding.fixed) for finding in refused.value.findings]


def test_a_session_does_not_start_against_an_open_alert(plan, consent, lots, alert, clinic, clinician):
    assert refused_codes(start_or_resume_session, plan=plan, by=clinician, clinic=clinic) == [
        (f"alert:{alert.pk}", False)
    ]


def test_a_clinician_starts_past_an_alert_with_a_written_reason(
    plan, consent, lots, alert, clinic, clinician
):
    session = start_or_resume_session(
        plan=plan, by=clinician, clinic=clinic, reasons={f"alert:{alert.pk}": REASON}
    )

    assert [(row["code"], row["reason"]) for row in session.acknowledged] == [(f"alert:{alert.pk}", REASON)]


def test_a_session_is_not_signed_against_an_alert_that_came_meanwhile(charted, alert, clinician):
    assert refused_codes(sign_session, session=charted, by=clinician) == [(f"alert:{alert.pk}", False)]

    signed = sign_session(session=charted, by=clinician, reasons={f"alert:{alert.pk}": REASON})

    assert signed.status == "signed"


def test_the_signing_page_shows_the_alert(as_clinician, charted, alert):
    answer = as_clinician.get(reverse("sessions:sign", args=[charted.pk]))

    assert "Nodule at the temple, not yet explained" in answer.text


def test_an_alert_that_was_answered_at_the_start_is_not_asked_again(
    plan, consent, lots, checklist, alert, clinic, clinician
):
    session = start_or_resume_session(
        plan=plan, by=clinician, clinic=clinic, reasons={f"alert:{alert.pk}": REASON}
    )

    assert sign_session(session=fill(session, clinician), by=clinician).status == "signed"


@pytest.mark.parametrize(
    ("level", "grade", "raised"),
    [
        ("expected", "moderate", False),
        ("expected", "severe", True),
        ("alert", "mild", True),
        ("emergency", "mild", True),
    ],
)
def test_a_reaction_charted_raises_an_alert_at_the_signature(ready, clinician, level, grade, raised):
    effect = factories.AdverseEffectFactory(level=level, effect="Skin necrosis")
    session = fill(
        ready,
        clinician,
        no_reactions=False,
        reactions=(ReactionEntry(effect.pk, grade, note="Cold pack, seen again in an hour"),),
    )
    assert alerts() == []

    sign_session(session=session, by=clinician)

    reaction = session.reactions.get()
    expected = (
        "reaction",
        "block_overridable",
        f"Skin necrosis, {grade}, after session 1",
        f"treatment_sessions.reaction:{reaction.pk}",
    )
    assert alerts() == ([expected] if raised else [])


def test_a_refused_signature_raises_no_alert(ready, clinician):
    effect = factories.AdverseEffectFactory(level="emergency")
    session = fill(ready, clinician, no_reactions=False, reactions=(ReactionEntry(effect.pk),))

    with pytest.raises(Refused):
        sign_session(session=session, by=clinician)

    assert alerts() == []


@pytest.mark.parametrize(("score", "raised"), [(6, False), (7, True), (10, True)])
def test_pain_of_seven_and_more_raises_a_warning_at_the_signature(ready, clinician, score, raised):
    session = fill(ready, clinician, pain={"during": score, "end": 2})

    sign_session(session=session, by=clinician)

    worst = session.pain.get(moment="during")
    expected = (
        "pain",
        "warn",
        f"Pain {score} of 10 worst during treatment, session 1",
        f"treatment_sessions.pain:{worst.pk}",
    )
    assert alerts() == ([expected] if raised else [])


def test_a_severe_reaction_told_later_raises_an_alert_at_once(charted, clinician):
    signed = sign_session(session=charted, by=clinician)
    mild, severe = factories.AdverseEffectFactory(), factories.AdverseEffectFactory(effect="Abscess")

    made = record_late_reactions(
        session=signed, by=clinician, reactions=[ReactionEntry(mild.pk), ReactionEntry(severe.pk, "severe")]
    )

    assert alerts() == [
        (
            "reaction",
            "block_overridable",
            "Abscess, severe, after session 1",
            f"treatment_sessions.reaction:{made[1].pk}",
        )
    ]


def test_high_pain_told_later_raises_a_warning_at_once(charted, clinician):
    signed = sign_session(session=charted, by=clinician)

    pain = record_late_pain(session=signed, by=clinician, moment="24h", score=8)

    assert alerts() == [
        ("pain", "warn", "Pain 8 of 10 24 hours after, session 1", f"treatment_sessions.pain:{pain.pk}")
    ]


def test_the_next_session_of_a_patient_with_a_reaction_asks_why(charted, plan, clinic, clinician):
    signed = sign_session(session=charted, by=clinician)
    effect = factories.AdverseEffectFactory(level="alert")
    record_late_reactions(session=signed, by=clinician, reactions=[ReactionEntry(effect.pk)])

    assert refused_codes(start_or_resume_session, plan=plan, by=clinician, clinic=clinic) == [
        (f"alert:reaction:{effect.code}", False)
    ]


def test_nothing_is_given_as_last_time_while_a_reaction_is_not_cleared(
    as_clinician, charted, plan, clinic, clinician
):
    signed = sign_session(session=charted, by=clinician)
    second = start_or_resume_session(plan=plan, by=clinician, clinic=clinic)
    page = reverse("sessions:session", args=[second.pk])
    before = as_clinician.get(page).text
    effect = factories.AdverseEffectFactory(level="alert")
    record_late_reactions(session=signed, by=clinician, reactions=[ReactionEntry(effect.pk)])

    posted = as_clinician.post(page, {"do": "same"}, follow=True).text

    assert "data-same=" in before
    assert "data-same=" not in posted
    assert not Autosave.objects.exists()
    assert posted.count("A reaction is not cleared: nothing is given as last time") == 2


GIVEN = SessionGiven(2, date(2026, 3, 4))


def test_an_expected_reaction_that_is_not_severe_has_no_alert():
    seen = ReactionSeen(1, "irritation", "Redness", "expected", "moderate")

    assert reaction_alerts(seen, GIVEN) == []


def test_pain_below_seven_has_no_alert():
    assert pain_alerts(pk=1, score=6, moment="at the end", relief=(), given=GIVEN) == []


@pytest.mark.parametrize(("level", "is_fixed"), [(AlertLevel.FIXED, True), (AlertLevel.BLOCK, False)])
def test_where_nobody_goes_past_an_alert_clearing_it_is_the_way_on(
    as_clinician, plan, patient, consent, lots, once, level, is_fixed
):
    raise_alert_unless_open(
        patient=patient, kind=AlertKind.OTHER, level=level, text="Nodule", source="tests.row:2", by=None
    )

    start = reverse("sessions:start_for_plan", args=[plan.pk])
    page = " ".join(as_clinician.post(start, {"once": once()}).text.split())

    clear = reverse("patient_alerts", args=[patient.pk])
    assert (f'<a class="btn w-100 btn-primary" href="{clear}">' in page) is is_fixed
    assert ('<button class="btn w-100" type="submit">Try again</button>' in page) is is_fixed
    assert ("Start the session</button>" in page) is not is_fixed
