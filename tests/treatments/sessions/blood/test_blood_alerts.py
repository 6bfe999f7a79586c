"""No blood is drawn against an alert that nobody goes past, though the session was begun before it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from mesoclinic.core.findings import Refused
from patients.models import Alert
from treatments.sessions.actions.blood import record_blood_draw
from treatments.sessions.models import BloodPreparation

pytestmark = pytest.mark.django_db

D = Decimal


def alert_of(session, minutes_ago):
    return Alert.objects.create(
        patient=session.patient,
        kind="reaction",
        level="block_fixed",
        text="Anaphylaxis after session 1: no injection.",
        source="test.row:1",
        raised_at=timezone.now() - timedelta(minutes=minutes_ago),
    )


def test_no_blood_is_drawn_against_an_alert_that_came_up_since_the_start(ready, lots, clinician):
    alert_of(ready, minutes_ago=5)

    with pytest.raises(Refused, match="Anaphylaxis after session 1"):
        record_blood_draw(session=ready, kit=lots[0], ml=D(30), by=clinician)

    assert not BloodPreparation.objects.exists()


def test_blood_that_was_drawn_before_the_alert_is_recorded(ready, lots, clinician):
    alert_of(ready, minutes_ago=5)

    blood = record_blood_draw(
        session=ready, kit=lots[0], ml=D(30), by=clinician, drawn_at=timezone.now() - timedelta(minutes=6)
    )

    assert blood.drawn_ml == D(30)
