"""A signed session with its check-ins, and what can come of it."""

from collections.abc import Callable

import pytest
from django.db import connection, transaction
from django.utils import timezone

from tests import factories
from tests.treatments.sessions.conftest import (  # noqa: F401  # the fixtures of a session
    asked_on,
    charted,
    checklist,
    consent,
    fill,
    lots,
    patient,
    plan,
    products,
    ready,
)
from treatments.followup.actions import sync_check_ins_and_follow_ups
from treatments.followup.models import CheckIn, FollowUp
from treatments.sessions.actions.late_reports import record_late_reactions
from treatments.sessions.actions.signing import sign_session
from treatments.sessions.actions.start import start_or_resume_session
from treatments.sessions.rules.charting import ReactionEntry


def sql(statement: str, *values: object) -> None:
    """Go around the application, in a savepoint of its own."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


def make_due(check_in, day) -> None:
    CheckIn.objects.filter(pk=check_in.pk).update(due_on=day)


@pytest.fixture
def today():
    return timezone.localdate()


@pytest.fixture
def signed(charted, clinician):  # noqa: F811
    session = sign_session(session=charted, by=clinician)
    sync_check_ins_and_follow_ups()
    return session


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


@pytest.fixture
def follow_up(signed, clinician, bald_patch):
    record_late_reactions(session=signed, by=clinician, reactions=[ReactionEntry(bald_patch.pk)])
    sync_check_ins_and_follow_ups()
    return FollowUp.objects.get()


@pytest.fixture
def session_of_another(clinician, clinic, products, lots, checklist) -> Callable[..., object]:  # noqa: F811
    """A charted session of another patient, from the same lots."""

    def make():
        other = factories.PatientFactory(registered_by=clinician)
        factories.ConsentFactory(patient=other, taken_by=clinician)
        version = factories.signed_cocktail(clinic=clinic, patient=other, products=products, by=clinician)
        their_plan = factories.make_plan(
            clinic=clinic, patient=other, version=version, by=clinician, status="active"
        )
        return fill(start_or_resume_session(plan=their_plan, by=clinician, clinic=clinic), clinician)

    return make
