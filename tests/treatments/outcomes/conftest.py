"""Signed sessions of people at one clinic, with pain, relief and reactions, quickly made."""

from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.db import connection
from django.utils import timezone

from tests import factories
from treatments.plans.models import CourseSession
from treatments.sessions.models import Pain, PainRelief, Reaction


@pytest.fixture
def lot(clinic):
    return factories.LotFactory(clinic=clinic, on_hand=D(500), number="OS-2174")


@pytest.fixture
def effect(db):
    return factories.AdverseEffectFactory(code="swelling", lot_days=None)


@pytest.fixture
def lump(db):
    return factories.AdverseEffectFactory(code="granuloma", effect="Granuloma", lot_days=365)


@pytest.fixture
def give(clinic, clinician, lot):
    """A signed session some days ago: of a lot, with pain, relief, technique and who performed it."""

    def make(*, days_ago=10, pain=None, relief=(), patient=None, of=None, by=None, status="signed", **fields):
        on = timezone.localdate() - timedelta(days=days_ago)
        session = factories.give(of or lot, patient=patient, by=by or clinician, on=on, status=status)
        if "plan" in fields:
            CourseSession.objects.filter(plan=session.plan).delete()
        with_triggers_off(
            lambda: (
                type(session).objects.filter(pk=session.pk).update(**fields) if fields else None,
                [
                    Pain.objects.create(treatment_session=session, moment=moment, score=score)
                    for moment, score in (pain or {}).items()
                ],
                [PainRelief.objects.create(treatment_session=session, method=method) for method in relief],
            )
        )
        if "plan" in fields:
            session.refresh_from_db()
            factories.tell_the_plan(session)
        return session

    return make


def with_triggers_off(write):
    """What is charted before the signature is written after it here."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        write()
        cursor.execute("SET session_replication_role = DEFAULT")


def react(session, effect, *, after_days, by, told_after=None):
    """A reaction that began so many days after a session and was told then, or later."""
    began = session.performed_on + timedelta(days=after_days)
    told = timezone.now() - timedelta(
        days=(timezone.localdate() - began).days - ((told_after or after_days) - after_days)
    )
    return Reaction.objects.create(
        treatment_session=session,
        effect=effect,
        began_on=began,
        occasion=Reaction.objects.filter(treatment_session=session).count() + 1,
        added_at=told,
        added_by=by,
    )
