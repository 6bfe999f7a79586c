"""The lots that a late reaction points to, who else had them, and putting one aside."""

from datetime import datetime, time, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from mesoclinic.core.findings import Refused
from tests import factories
from tests.treatments.sessions.conftest import fill
from treatments.followup.actions import quarantine_suspect_lot, sync_check_ins_and_follow_ups
from treatments.followup.models import FollowUp, FollowUpNote
from treatments.followup.queries.follow_ups import SameReaction, suspect_lots_of_follow_up
from treatments.sessions.actions.late_reports import record_late_reactions
from treatments.sessions.actions.signing import sign_session
from treatments.sessions.actions.start import start_or_resume_session
from treatments.sessions.rules.charting import ReactionEntry


def at_noon(today, days_ago):
    noon = datetime.combine(today - timedelta(days=days_ago), time(12))
    return min(timezone.make_aware(noon), timezone.now())


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
                on_hand=Decimal(9),
                received_on=day,
                expires_on=day + timedelta(days=20),
            )
        session = start_or_resume_session(
            plan=plan, by=clinician, clinic=clinic, performed_on=day, now=at_noon(today, days)
        )
        session = fill(session, clinician)
        given[days] = sign_session(session=session, by=clinician, now=at_noon(today, days))
    record_late_reactions(session=given[0], by=clinician, reactions=[ReactionEntry(bald_patch.pk)])
    sync_check_ins_and_follow_ups()

    found = suspect_lots_of_follow_up(FollowUp.objects.get())

    assert [(each.lot.number, [given.session_pk for given in each.given]) for each in found] == [
        (f"{name}-{days}", [given[days].pk]) for name in ("Biotin", "Dexpanthenol") for days in (0, 300)
    ]


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
        theirs = fill(start_or_resume_session(plan=plan, by=clinician, clinic=clinic), clinician)
        theirs = sign_session(session=theirs, by=clinician)
        if effect:
            record_late_reactions(session=theirs, by=clinician, reactions=[ReactionEntry(effect.pk)])
        numbers.append(SameReaction(other.pk, other.record_number))
    record_late_reactions(session=signed, by=clinician, reactions=[ReactionEntry(bald_patch.pk)])
    sync_check_ins_and_follow_ups()

    found = suspect_lots_of_follow_up(FollowUp.objects.get(treatment_session=signed))

    assert [(each.others, each.alike) for each in found] == [(3, numbers[:1])] * 2


def test_a_lot_that_is_asked_about_is_put_aside_and_written_down(
    follow_up, clinician, lots, as_clinician, once
):
    url = reverse("followup:follow_up_quarantine", args=[follow_up.pk, lots[0].pk])

    as_clinician.post(url, {"once": once(), "reason": "Two bald patches"})

    lots[0].refresh_from_db()
    assert (lots[0].status, lots[0].status_reason) == ("quarantined", "Two bald patches")
    assert FollowUpNote.objects.get().text == "Lot L-Dex put aside: Two bald patches"


def test_a_lot_that_was_not_given_is_not_put_aside_here(follow_up, clinician, clinic, products):
    other = factories.LotFactory(product=products[0], clinic=clinic, on_hand=Decimal(5))

    with pytest.raises(Refused, match="not given"):
        quarantine_suspect_lot(follow_up=follow_up, lot=other, by=clinician, reason="Just in case")


def test_which_effects_ask_about_the_lots_is_data(signed, clinician, swelling):
    """The same effect, once the clinic says that it may come from a lot."""
    swelling.lot_days = 30
    swelling.save()

    record_late_reactions(session=signed, by=clinician, reactions=[ReactionEntry(swelling.pk)])
    sync_check_ins_and_follow_ups()

    assert FollowUp.objects.get().lot_days == 30
