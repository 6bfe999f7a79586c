"""The pages of calls and follow-ups."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from mesoclinic.core.models import AuditEvent
from tests import factories
from tests.conftest import signed_in
from tests.treatments.followup.conftest import make_due
from tests.treatments.sessions.conftest import fill
from treatments.followup.actions import sync_check_ins_and_follow_ups
from treatments.followup.models import CheckIn, FollowUp
from treatments.sessions.actions.late_reports import record_late_reactions
from treatments.sessions.actions.signing import sign_session
from treatments.sessions.actions.start import start_or_resume_session
from treatments.sessions.models import Pain, Reaction
from treatments.sessions.rules.charting import ReactionEntry

GETS = ["followup:check_in", "sessions:reactions", "followup:follow_up", "followup:afterwards"]


@pytest.mark.parametrize(
    ("name", "of"),
    [
        ("followup:follow_ups", "all"),
        ("followup:follow_up", "follow_up"),
        ("followup:check_in", "check_in"),
        ("followup:afterwards", "session"),
        ("sessions:session", "session"),
        ("session_record", "session"),
        ("patient", "patient"),
    ],
)
def test_a_reaction_of_alert_level_is_red_wherever_it_is_shown(as_clinician, follow_up, check_in, name, of):
    session = follow_up.treatment_session
    keys = {
        "all": [],
        "follow_up": [follow_up.pk],
        "check_in": [check_in.pk],
        "session": [session.pk],
        "patient": [session.patient_id],
    }

    html = as_clinician.get(reverse(name, args=keys[of])).text

    assert re.search(r'<span class="chip c-stop">\s*(Bald patch|Patchy alopecia)', html)


def test_the_worklist_says_who_to_ring_and_what_is_late(as_clinician, check_in, patient, today):
    before = as_clinician.get(reverse("followup:calls"))
    make_due(check_in, today - timedelta(days=3))
    late = as_clinician.get(reverse("followup:calls"))

    assert patient.full_name not in before.text
    assert [call["late"] for call in late.context["calls"]] == [3]
    assert "3 days late" in late.text
    assert reverse("followup:check_in", args=[check_in.pk]) in late.text


def test_the_coming_week_is_a_tap_away(as_clinician, check_in):
    coming = as_clinician.get(reverse("followup:calls"), {"show": "coming"})

    assert [call["check_in"] for call in coming.context["calls"]] == [check_in]


def test_who_has_died_is_not_rung(as_clinician, check_in, patient, today):
    make_due(check_in, today)
    patient.died_on = today
    patient.save()

    assert as_clinician.get(reverse("followup:calls")).context["calls"] == []


def test_the_front_desk_sees_that_a_call_is_due_and_nothing_clinical(
    as_front_desk, check_in, clinician, bald_patch, today, once
):
    """The note, the reaction and the cocktail could have leaked: they are there."""
    record_late_reactions(
        session=check_in.treatment_session,
        by=clinician,
        reactions=[ReactionEntry(bald_patch.pk, note="Secret note")],
    )
    sync_check_ins_and_follow_ups()
    make_due(check_in, today - timedelta(days=1))
    patient = check_in.treatment_session.patient

    calls = as_front_desk.get(reverse("followup:calls"))
    rung = as_front_desk.post(reverse("followup:check_in_not_reached", args=[check_in.pk]), {"once": once()})
    home = as_front_desk.get(reverse("today"))
    record = as_front_desk.get(reverse("patient", args=[patient.pk]))

    assert patient.full_name in calls.text
    assert rung.status_code == 302
    assert "1 patient to ring" in home.text
    assert "48 h after a session" in record.text
    for page in (calls, home, record):
        for secret in ("Bald patch", "bald patch", "Secret note", "Dexpanthenol"):
            assert secret not in page.text
    for name in GETS:
        assert as_front_desk.get(reverse(name, args=[1])).status_code == 403


def test_the_clinician_sees_it_in_today_and_on_the_patients_page(as_clinician, follow_up, patient):
    home = as_clinician.get(reverse("today"))
    record = as_clinician.get(reverse("patient", args=[patient.pk]))

    for page in (home, record):
        assert reverse("followup:follow_up", args=[follow_up.pk]) in page.text
    assert f"Delayed reaction: {patient.full_name}" in home.text
    assert "Follow up: bald patch" in record.text


def test_another_clinicians_follow_up_is_not_in_my_today(follow_up, clinic, patient):
    other = signed_in(factories.ClinicianFactory(clinic=clinic))

    assert "Delayed reaction" not in other.get(reverse("today")).text
    assert patient.full_name in other.get(reverse("followup:follow_ups")).text


def test_a_call_is_answered_on_its_page(as_clinician, check_in, bald_patch, once, today):
    url = reverse("followup:check_in", args=[check_in.pk])
    effect = f"reaction-{bald_patch.pk}"

    shown = as_clinician.get(url)
    nothing = as_clinician.post(url, {"once": once(), "note": "Kept"})
    done = as_clinician.post(
        url,
        {
            "once": once(),
            "pain": "4",
            f"{effect}-seen": "1",
            f"{effect}-grade": "severe",
            f"{effect}-began_on": today.isoformat(),
            "note": "Left temple",
        },
    )

    assert "New bald patch" in shown.text
    assert nothing.status_code == 422
    assert "Kept" in nothing.text
    assert "choose those told" in nothing.text
    assert done.status_code == 302
    told = Reaction.objects.get()
    assert (told.grade, told.began_on, told.told_on_day) == ("severe", today, check_in.days)
    assert Pain.objects.get(moment="24h").score == 4


def test_a_wrong_day_is_said_and_what_was_typed_is_kept(as_clinician, check_in, swelling, once):
    effect = f"reaction-{swelling.pk}"

    answer = as_clinician.post(
        reverse("followup:check_in", args=[check_in.pk]),
        {"once": once(), f"{effect}-seen": "1", f"{effect}-began_on": "2001-01-01", "note": "Kept as typed"},
    )

    assert answer.status_code == 422
    assert "A reaction began between the session" in answer.text
    assert "Kept as typed" in answer.text
    assert "2001-01-01" in answer.text
    assert not Reaction.objects.exists()


def test_later_pain_and_a_reactions_end_are_added_on_the_signed_page(
    as_clinician, signed, clinician, swelling, once, today
):
    [told] = record_late_reactions(session=signed, by=clinician, reactions=[ReactionEntry(swelling.pk)])

    as_clinician.post(
        reverse("sessions:pain", args=[signed.pk]), {"once": once(), "moment": "1h", "score": "2"}
    )
    as_clinician.post(
        reverse("sessions:reaction_end", args=[told.pk]), {"once": once(), "ended_on": today.isoformat()}
    )
    page = as_clinician.get(reverse("sessions:session", args=[signed.pk]))

    assert "2, 1 hour after" in page.text
    assert page.context["reactions"][0]["ended"] == today
    assert page.context["later_moments"] == [("24h", "24 hours after")]


def test_an_impossible_score_is_told(as_clinician, signed, once):
    answer = as_clinician.post(
        reverse("sessions:pain", args=[signed.pk]),
        {"once": once(), "moment": "1h", "score": "11"},
        follow=True,
    )

    assert "Pain was not added." in answer.text
    assert not Pain.objects.filter(moment="1h").exists()


def test_a_follow_up_is_worked_on_on_its_page(as_clinician, follow_up, once):
    url = reverse("followup:follow_up_move", args=[follow_up.pk])

    empty = as_clinician.post(url, {"once": once(), "to": "closed", "text": ""})
    noted = as_clinician.post(url, {"once": once(), "to": "", "text": "Rang her"})
    closed = as_clinician.post(url, {"once": once(), "to": "closed", "text": "Regrown", "outcome": "healed"})
    page = as_clinician.get(reverse("followup:follow_up", args=[follow_up.pk]))

    assert [a.status_code for a in (empty, noted, closed)] == [422, 302, 302]
    assert "Say what was done" in empty.text
    assert page.context["follow_up"].status == "closed"
    assert [note.text for note in page.context["notes"]] == ["Rang her", "Regrown"]
    assert as_clinician.get(reverse("followup:follow_ups")).context["follow_ups"] == []


def test_what_to_do_now_stands_on_the_follow_up(as_clinician, follow_up):
    page = as_clinician.get(reverse("followup:follow_up", args=[follow_up.pk]))

    assert "Do now: stop; dermoscopy/biopsy." in page.text
    assert "Is it the lot?" in page.text


@pytest.mark.parametrize("many", [1, 3])
def test_the_lists_cost_the_same_for_one_and_for_three(
    as_clinician, clinician, clinic, products, lots, checklist, bald_patch, count_queries, many
):
    for _ in range(many):
        patient = factories.PatientFactory(registered_by=clinician)
        factories.ConsentFactory(patient=patient, taken_by=clinician)
        version = factories.signed_cocktail(clinic=clinic, patient=patient, products=products, by=clinician)
        plan = factories.make_plan(
            clinic=clinic, patient=patient, version=version, by=clinician, status="active"
        )
        session = fill(start_or_resume_session(plan=plan, by=clinician, clinic=clinic), clinician)
        session = sign_session(session=session, by=clinician)
        record_late_reactions(session=session, by=clinician, reactions=[ReactionEntry(bald_patch.pk)])
    sync_check_ins_and_follow_ups()
    CheckIn.objects.filter(days=2).update(due_on=timezone.localdate())

    counts = {}
    for name, args in (
        ("calls", []),
        ("follow_ups", []),
        ("follow_up", [FollowUp.objects.first().pk]),
        ("check_in", [CheckIn.objects.first().pk]),
    ):
        with count_queries() as sent:
            as_clinician.get(reverse(f"followup:{name}", args=args))
        counts[name] = len(sent)

    # One of the calls is the share of check-ins that were answered.
    assert counts == {"calls": 5, "follow_ups": 4, "follow_up": 9, "check_in": 8}


@pytest.mark.parametrize("key", ["", "x", "2026-13-01.4", "2026-01-01", "2026-01-01.x"])
def test_a_page_key_that_says_nothing_is_the_first_page(as_clinician, check_in, today, key):
    make_due(check_in, today)

    page = as_clinician.get(reverse("followup:calls"), {"after": key})

    assert len(page.context["calls"]) == 1


def test_answering_sends_so_many_statements(as_clinician, check_in, bald_patch, once, count_queries):
    effect = f"reaction-{bald_patch.pk}"
    form = {"once": once(), "pain": "4", f"{effect}-seen": "1"}

    with count_queries() as sent:
        as_clinician.post(reverse("followup:check_in", args=[check_in.pk]), form)

    assert Reaction.objects.count() == 1
    assert len(sent) <= 24


# --- after one session -------------------------------------------------------


def test_the_calls_and_follow_ups_of_a_session_stand_on_its_own_page(
    as_clinician, signed, follow_up, check_in
):
    page = as_clinician.get(reverse("followup:afterwards", args=[signed.pk]))

    assert [each.days for each in page.context["check_ins"]] == [2, 14, 42, 84]
    assert page.context["follow_ups"] == [follow_up]
    assert reverse("followup:check_in", args=[check_in.pk]) in page.text
    assert "Bald patch: is it the lot?" in page.text
    assert AuditEvent.objects.filter(did="patient.viewed", data__page="afterwards").count() == 1


def test_the_signed_sessions_page_links_to_what_came_after(as_clinician, signed):
    link = reverse("followup:afterwards", args=[signed.pk])

    assert link in as_clinician.get(reverse("sessions:session", args=[signed.pk])).text


def test_a_draft_session_has_nothing_after_it(as_clinician, ready):
    page = as_clinician.get(reverse("sessions:session", args=[ready.pk]))

    assert page.status_code == 200
    assert reverse("followup:afterwards", args=[ready.pk]) not in page.text


def test_a_session_that_is_not_signed_has_no_page_of_what_came_after(as_clinician, ready):
    assert as_clinician.get(reverse("followup:afterwards", args=[ready.pk])).status_code == 404


def test_the_page_after_a_session_is_only_read(as_clinician, signed):
    assert as_clinician.post(reverse("followup:afterwards", args=[signed.pk])).status_code == 405


@pytest.mark.parametrize("many", [1, 3])
def test_the_page_after_a_session_costs_the_same_for_one_and_for_three(
    as_clinician, signed, clinician, count_queries, many
):
    effects = [factories.AdverseEffectFactory(level="alert") for _ in range(many)]
    record_late_reactions(
        session=signed, by=clinician, reactions=[ReactionEntry(effect.pk) for effect in effects]
    )
    sync_check_ins_and_follow_ups()

    with count_queries() as sent:
        page = as_clinician.get(reverse("followup:afterwards", args=[signed.pk]))

    assert len(page.context["follow_ups"]) == many
    assert len(sent) == 7
