"""After the signature: check-ins, what is told later, what is followed up, and which lots are asked about."""

from datetime import datetime, time, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from mesoclinic.core.findings import Refused
from mesoclinic.core.models import AuditEvent
from tests import factories
from tests.conftest import signed_in
from tests.treatments.sessions.conftest import fill
from treatments.followup.actions import (
    add_follow_up_note,
    answer_check_in,
    cancel_check_in,
    move_follow_up,
    note_not_reached,
    quarantine_asked_lot,
)
from treatments.followup.models import CheckIn, FollowUp, FollowUpNote
from treatments.followup.queries import lots_asked, page_of_calls
from treatments.sessions.actions.corrections import void_session
from treatments.sessions.actions.late_reports import add_pain, add_reactions, end_reaction
from treatments.sessions.actions.signing import sign_session
from treatments.sessions.actions.start import start_session
from treatments.sessions.models import Pain, Reaction, ReactionEnd
from treatments.sessions.rules.charting import ReactionEntry

D = Decimal


def sql(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.fixture
def today():
    return timezone.localdate()


@pytest.fixture
def signed(charted, clinician):
    return sign_session(session=charted, by=clinician)


@pytest.fixture
def check_in(signed):
    return signed.check_ins.get(days=2)


@pytest.fixture
def swelling(db):
    return factories.AdverseEffectFactory(from_seed=True)


@pytest.fixture
def bald_patch(db):
    return factories.AdverseEffectFactory(
        effect="Patchy alopecia at injection sites",
        short_label="Bald patch",
        asked_as="New bald patch",
        level="alert",
        lot_days=365,
        action="stop; dermoscopy/biopsy",
    )


def another_session(session, by, clinic):
    """The next session of the same plan, charted."""
    return fill(start_session(plan=session.plan, by=by, clinic=clinic), by)


# --- check-ins ---------------------------------------------------------------


def test_the_signature_brings_four_check_ins(signed):
    day = signed.performed_on

    assert list(signed.check_ins.values_list("days", "due_on", "status")) == [
        (n, day + timedelta(days=n), "due") for n in (2, 14, 42, 84)
    ]


def test_a_draft_has_no_check_in(charted):
    assert not charted.check_ins.exists()


def test_the_database_makes_the_check_ins_whoever_signs(charted, clinician):
    """The row is signed by hand, in SQL, and taken back: without its stock it could not be committed."""
    with transaction.atomic():
        sql(
            "UPDATE treatment_sessions_treatmentsession SET status = 'signed', signed_at = now(), signed_by_id = %s"
            " WHERE id = %s",
            clinician.pk,
            charted.pk,
        )
        made = charted.check_ins.count()
        transaction.set_rollback(True)

    assert made == 4


def test_the_next_session_takes_over_what_nobody_has_answered(signed, check_in, clinician, clinic):
    answer_check_in(check_in=check_in, by=clinician)
    following = another_session(signed, clinician, clinic)

    sign_session(session=following, by=clinician)

    assert list(signed.check_ins.values_list("status", "taken_over_by")) == [
        ("answered", None),
        *[("taken_over", following.pk)] * 3,
    ]
    assert set(following.check_ins.values_list("status", flat=True)) == {"due"}


def test_another_patients_calls_stay(signed, clinician, clinic, products, lots):
    other = factories.PatientFactory(registered_by=clinician)
    factories.ConsentFactory(patient=other, taken_by=clinician)
    version = factories.signed_cocktail(clinic=clinic, patient=other, products=products, by=clinician)
    plan = factories.make_plan(clinic=clinic, patient=other, version=version, by=clinician, status="active")
    theirs = fill(start_session(plan=plan, by=clinician, clinic=clinic), clinician)

    sign_session(session=theirs, by=clinician)

    assert set(signed.check_ins.values_list("status", flat=True)) == {"due"}


def test_a_void_session_is_not_rung_about(signed, check_in, clinician):
    answer_check_in(check_in=check_in, by=clinician)

    void_session(session=signed, by=clinician, reason="Charted on the wrong patient")

    assert list(signed.check_ins.values_list("status", flat=True)) == ["answered", *["cancelled"] * 3]


def test_an_answer_keeps_pain_reactions_and_note(check_in, clinician, swelling):
    answer_check_in(
        check_in=check_in,
        by=clinician,
        pain=3,
        reactions=[ReactionEntry(swelling.pk, "moderate", began_on=check_in.treatment_session.performed_on)],
        note="Cold pack helped",
    )

    check_in.refresh_from_db()
    assert (check_in.status, check_in.closed_by, check_in.note) == ("answered", clinician, "Cold pack helped")
    pain = Pain.objects.get(check_in=check_in)
    assert (pain.moment, pain.score, pain.added_by) == ("24h", 3, clinician)
    told = Reaction.objects.get(check_in=check_in)
    assert (told.effect, told.grade, told.occasion) == (swelling, "moderate", 1)
    assert not FollowUp.objects.exists()
    assert AuditEvent.objects.filter(did="check_in.answered").count() == 1


def test_an_answer_is_given_once(check_in, clinician):
    answer_check_in(check_in=check_in, by=clinician)

    with pytest.raises(Refused, match="answered already"):
        answer_check_in(check_in=check_in, by=clinician)


def test_the_pain_of_the_day_after_is_asked_at_48_hours_only(signed, clinician):
    with pytest.raises(Refused, match="48 hours only"):
        answer_check_in(check_in=signed.check_ins.get(days=14), by=clinician, pain=3)


def test_who_is_not_reached_stays_on_the_list(check_in, front_desk):
    note_not_reached(check_in=check_in, by=front_desk)
    note_not_reached(check_in=check_in, by=front_desk)

    check_in.refresh_from_db()
    assert (check_in.status, check_in.tries) == ("due", 2)
    assert check_in.last_tried_at is not None


def test_a_call_is_taken_off_the_list_with_a_reason(check_in, clinician):
    with pytest.raises(Refused):
        cancel_check_in(check_in=check_in, by=clinician, reason=" ")
    cancel_check_in(check_in=check_in, by=clinician, reason="Asked not to be")

    check_in.refresh_from_db()
    assert (check_in.status, check_in.note) == ("cancelled", "Asked not to be")


def test_the_front_desk_answers_nothing_clinical(check_in, front_desk):
    for act, more in ((answer_check_in, {}), (cancel_check_in, {"reason": "Because"})):
        with pytest.raises(Refused, match="Your account may not"):
            act(check_in=check_in, by=front_desk, **more)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE followup_checkin SET note = 'other' WHERE id = %s",
        "UPDATE followup_checkin SET status = 'due', closed_at = NULL, closed_by_id = NULL WHERE id = %s",
        "DELETE FROM followup_checkin WHERE id = %s",
    ],
)
def test_an_answered_check_in_is_frozen(check_in, clinician, statement):
    answer_check_in(check_in=check_in, by=clinician)

    with pytest.raises(IntegrityError, match="A check-in is"):
        sql(statement, check_in.pk)


def test_a_due_check_in_cannot_be_deleted(check_in):
    with pytest.raises(IntegrityError, match="A check-in is kept"):
        sql("DELETE FROM followup_checkin WHERE id = %s", check_in.pk)


# --- told later --------------------------------------------------------------


def test_what_is_told_later_is_added_beside_what_was_charted(ready, clinician, swelling):
    session = fill(ready, clinician, no_reactions=False, reactions=(ReactionEntry(swelling.pk),))
    sign_session(session=session, by=clinician)

    add_reactions(session=session, by=clinician, reactions=[ReactionEntry(swelling.pk, "severe")])
    add_reactions(session=session, by=clinician, reactions=[ReactionEntry(swelling.pk, "mild")])

    assert list(Reaction.objects.order_by("pk").values_list("grade", "occasion", "added_by")) == [
        ("mild", 0, None),
        ("severe", 1, clinician.pk),
        ("mild", 2, clinician.pk),
    ]


@pytest.mark.parametrize("moment", ["1h", "24h"])
def test_the_later_pain_is_added_once(signed, clinician, moment):
    add_pain(session=signed, by=clinician, moment=moment, score=2)

    with pytest.raises(Refused, match="is on record: 2"):
        add_pain(session=signed, by=clinician, moment=moment, score=3)


def test_a_draft_is_charted_and_takes_nothing_later(ready, clinician, swelling):
    with pytest.raises(Refused, match="not signed yet"):
        add_pain(session=ready, by=clinician, moment="1h", score=2)
    with pytest.raises(Refused, match="not signed yet"):
        add_reactions(session=ready, by=clinician, reactions=[ReactionEntry(swelling.pk)])


LATER_PAIN = (
    "INSERT INTO treatment_sessions_pain (treatment_session_id, moment, score, added_at, added_by_id)"
    " VALUES (%s, %s, 3, {at}, {by})"
)


@pytest.mark.parametrize(
    ("moment", "at", "by"),
    [("1h", "NULL", "NULL"), ("end", "now()", "1"), ("1h", "now()", "NULL")],
    ids=["as-if-charted", "a-moment-of-the-chair", "by-nobody"],
)
def test_the_database_lets_in_only_what_says_that_it_is_later(signed, moment, at, by):
    by = str(signed.clinician_id) if by == "1" else by

    with pytest.raises(IntegrityError):
        sql(LATER_PAIN.format(at=at, by=by), signed.pk, moment)


def test_the_database_lets_nothing_later_into_a_draft(ready, clinician):
    with pytest.raises(IntegrityError, match="not signed yet"):
        sql(LATER_PAIN.format(at="now()", by=clinician.pk), ready.pk, "1h")


def test_what_was_added_later_is_frozen_too(signed, clinician, swelling):
    add_pain(session=signed, by=clinician, moment="1h", score=2)
    add_reactions(session=signed, by=clinician, reactions=[ReactionEntry(swelling.pk)])

    for statement in (
        "UPDATE treatment_sessions_pain SET score = 0 WHERE moment = '1h'",
        "UPDATE treatment_sessions_reaction SET grade = 'severe'",
        "DELETE FROM treatment_sessions_reaction",
    ):
        with pytest.raises(IntegrityError, match="is signed"):
            with_savepoint(statement)


def with_savepoint(statement):
    with transaction.atomic():
        sql(statement)


def test_the_end_of_a_reaction_is_said_once(signed, clinician, swelling, today):
    [told] = add_reactions(session=signed, by=clinician, reactions=[ReactionEntry(swelling.pk)])

    end_reaction(reaction=told, by=clinician, ended_on=today)

    with pytest.raises(Refused, match="is on record"):
        end_reaction(reaction=told, by=clinician, ended_on=today)
    assert ReactionEnd.objects.get().ended_on == today


def test_a_reaction_does_not_end_before_it_begins_or_tomorrow(signed, clinician, swelling, today):
    [told] = add_reactions(session=signed, by=clinician, reactions=[ReactionEntry(swelling.pk)])

    for day in (today - timedelta(days=1), today + timedelta(days=1)):
        with pytest.raises(Refused):
            end_reaction(reaction=told, by=clinician, ended_on=day)


# --- follow-ups --------------------------------------------------------------


def test_an_alert_opens_a_follow_up_for_the_sessions_clinician(check_in, clinician, bald_patch, today):
    other = factories.ClinicianFactory(clinic=check_in.clinic)

    answer_check_in(check_in=check_in, by=other, reactions=[ReactionEntry(bald_patch.pk)])

    follow_up = FollowUp.objects.get()
    assert (follow_up.assigned_to, follow_up.opened_by) == (clinician, other)
    assert (follow_up.status, follow_up.lot_days, follow_up.due_on) == ("open", 365, today)


def test_an_alert_seen_in_the_chair_opens_one_with_the_signature(ready, clinician, bald_patch):
    session = fill(
        ready, clinician, no_reactions=False, reactions=(ReactionEntry(bald_patch.pk, note="Stopped"),)
    )

    sign_session(session=session, by=clinician)

    assert FollowUp.objects.get().reaction.occasion == 0


def test_an_expected_reaction_opens_none(signed, clinician, swelling):
    add_reactions(session=signed, by=clinician, reactions=[ReactionEntry(swelling.pk)])

    assert not FollowUp.objects.exists()


@pytest.fixture
def follow_up(signed, clinician, bald_patch):
    add_reactions(session=signed, by=clinician, reactions=[ReactionEntry(bald_patch.pk)])
    return FollowUp.objects.get()


def test_a_follow_up_moves_with_words_and_only_as_the_table_says(follow_up, clinician, clinic):
    other = factories.ClinicianFactory(clinic=clinic)

    with pytest.raises(Refused, match="Say what was done"):
        move_follow_up(follow_up=follow_up, to="in_hand", by=other, text=" ")
    move_follow_up(follow_up=follow_up, to="in_hand", by=other, text="Rang her")
    with pytest.raises(Refused, match="in hand"):
        move_follow_up(follow_up=follow_up, to="open", by=other, text="Again")
    move_follow_up(follow_up=follow_up, to="closed", by=other, text="Regrown")

    follow_up.refresh_from_db()
    assert (follow_up.status, follow_up.assigned_to) == ("closed", other)
    assert list(FollowUpNote.objects.values_list("text", "moved_to")) == [
        ("Rang her", "in_hand"),
        ("Regrown", "closed"),
    ]


def test_a_follow_up_is_kept_and_its_notes_are_never_changed(follow_up, clinician):
    add_follow_up_note(follow_up=follow_up, by=clinician, text="Rang her")

    for statement in (
        "DELETE FROM followup_followup",
        "UPDATE followup_followup SET lot_days = NULL",
        "UPDATE followup_followupnote SET text = 'other'",
    ):
        with pytest.raises(IntegrityError):
            with_savepoint(statement)


def test_the_database_moves_a_follow_up_along_the_table_only(follow_up, clinician):
    move_follow_up(follow_up=follow_up, to="closed", by=clinician, text="Fine")

    with pytest.raises(IntegrityError, match="A follow-up moves along"):
        sql("UPDATE followup_followup SET status = 'in_hand'")


def test_a_call_of_a_merged_record_is_not_lost(as_clinician, check_in, patient, today):
    make_due(check_in, today)
    patient.merged_into = factories.PatientFactory()
    patient.save()

    assert len(as_clinician.get(reverse("followup:calls")).context["calls"]) == 1


def test_who_may_not_sign_moves_no_follow_up(follow_up, front_desk):
    with pytest.raises(Refused, match="Your account may not"):
        move_follow_up(follow_up=follow_up, to="closed", by=front_desk, text="Fine")


# --- is it the lot? ----------------------------------------------------------


def test_the_lots_of_all_earlier_sessions_in_the_incubation_are_asked_about(
    plan, clinician, clinic, products, bald_patch, checklist, patient, today
):
    """Sessions from different lots: the one 400 days ago is too long ago, those 300 days ago and today count."""
    factories.ConsentFactory(
        patient=patient,
        taken_by=clinician,
        signed_at=at_noon(today, 500),
        valid_until=today + timedelta(days=9),
    )
    given = {}
    for days in (400, 300, 0):
        day = today - timedelta(days=days)
        for product in products:
            factories.LotFactory(
                product=product,
                clinic=clinic,
                number=f"{product.name}-{days}",
                on_hand=D(9),
                received_on=day,
                expires_on=day + timedelta(days=20),
            )
        session = start_session(
            plan=plan, by=clinician, clinic=clinic, performed_on=day, now=at_noon(today, days)
        )
        session = fill(session, clinician)
        given[days] = sign_session(session=session, by=clinician, now=at_noon(today, days))
    add_reactions(session=given[0], by=clinician, reactions=[ReactionEntry(bald_patch.pk)])

    found = lots_asked(FollowUp.objects.get())

    assert [(lot.number, [row["session"] for row in lot.given]) for lot in found] == [
        (f"{name}-{days}", [given[days].pk]) for name in ("Biotin", "Dexpanthenol") for days in (0, 300)
    ]


def at_noon(today, days_ago):
    noon = datetime.combine(today - timedelta(days=days_ago), time(12))
    return min(timezone.make_aware(noon), timezone.now())


def test_others_with_the_same_lot_and_the_same_reaction_are_named(
    signed, clinician, clinic, products, bald_patch, swelling, lots
):
    numbers = []
    for effect in (bald_patch, swelling, None):
        other = factories.PatientFactory(registered_by=clinician)
        factories.ConsentFactory(patient=other, taken_by=clinician)
        version = factories.signed_cocktail(clinic=clinic, patient=other, products=products, by=clinician)
        plan = factories.make_plan(
            clinic=clinic, patient=other, version=version, by=clinician, status="active"
        )
        theirs = fill(start_session(plan=plan, by=clinician, clinic=clinic), clinician)
        theirs = sign_session(session=theirs, by=clinician)
        if effect:
            add_reactions(session=theirs, by=clinician, reactions=[ReactionEntry(effect.pk)])
        numbers.append({"id": other.pk, "number": other.record_number})
    add_reactions(session=signed, by=clinician, reactions=[ReactionEntry(bald_patch.pk)])

    found = lots_asked(FollowUp.objects.get(treatment_session=signed))

    assert [(lot.others, lot.alike) for lot in found] == [(3, numbers[:1])] * 2


def test_a_lot_that_is_asked_about_is_put_aside_and_written_down(
    follow_up, clinician, lots, as_clinician, once
):
    url = reverse("followup:follow_up_quarantine", args=[follow_up.pk, lots[0].pk])

    as_clinician.post(url, {"once": once(), "reason": "Two bald patches"})

    lots[0].refresh_from_db()
    assert (lots[0].status, lots[0].status_reason) == ("quarantined", "Two bald patches")
    assert FollowUpNote.objects.get().text == "Lot L-Dex put aside: Two bald patches"


def test_a_lot_that_was_not_given_is_not_put_aside_here(follow_up, clinician, clinic, products):
    other = factories.LotFactory(product=products[0], clinic=clinic, on_hand=D(5))

    with pytest.raises(Refused, match="not given"):
        quarantine_asked_lot(follow_up=follow_up, lot=other, by=clinician, reason="Just in case")


def test_which_effects_ask_about_the_lots_is_data(signed, clinician, swelling):
    """The same effect, once the clinic says that it may come from a lot."""
    swelling.lot_days = 30
    swelling.save()

    add_reactions(session=signed, by=clinician, reactions=[ReactionEntry(swelling.pk)])

    assert FollowUp.objects.get().lot_days == 30


# --- the pages ---------------------------------------------------------------

GETS = ["followup:check_in", "sessions:reactions", "followup:follow_up"]


def make_due(check_in, day):
    CheckIn.objects.filter(pk=check_in.pk).update(due_on=day)


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
    add_reactions(
        session=check_in.treatment_session,
        by=clinician,
        reactions=[ReactionEntry(bald_patch.pk, note="Secret note")],
    )
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
    assert (told.grade, told.began_on, told.check_in) == ("severe", today, check_in)
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
    [told] = add_reactions(session=signed, by=clinician, reactions=[ReactionEntry(swelling.pk)])

    as_clinician.post(
        reverse("sessions:pain", args=[signed.pk]), {"once": once(), "moment": "1h", "score": "2"}
    )
    as_clinician.post(
        reverse("sessions:reaction_end", args=[told.pk]), {"once": once(), "ended_on": today.isoformat()}
    )
    page = as_clinician.get(reverse("sessions:session", args=[signed.pk]))

    assert "2 1 hour after" in page.text
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
    closed = as_clinician.post(url, {"once": once(), "to": "closed", "text": "Regrown"})
    page = as_clinician.get(reverse("followup:follow_up", args=[follow_up.pk]))

    assert [a.status_code for a in (empty, noted, closed)] == [422, 302, 302]
    assert "Say what was done" in empty.text
    assert page.context["follow_up"].status == "closed"
    assert [n["text"] for n in page.context["notes"]] == ["Rang her", "Regrown"]
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
        session = fill(start_session(plan=plan, by=clinician, clinic=clinic), clinician)
        session = sign_session(session=session, by=clinician)
        add_reactions(session=session, by=clinician, reactions=[ReactionEntry(bald_patch.pk)])
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

    assert counts == {"calls": 3, "follow_ups": 3, "follow_up": 6, "check_in": 6}


def test_the_calls_are_paged_by_key(clinic, signed, today, monkeypatch):
    monkeypatch.setattr("treatments.followup.queries.PAGE", 2)
    CheckIn.objects.update(due_on=today)

    first, more = page_of_calls(clinic, today)
    second, end = page_of_calls(clinic, today, more)

    assert [c.days for c in first + second] == [2, 14, 42, 84]
    assert end is None


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
    assert len(sent) <= 16
