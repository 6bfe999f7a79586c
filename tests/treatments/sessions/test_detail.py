"""A session with all its parts: the same number of statements however many rows it has, and nothing read twice."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from mesoclinic.core.models import Autosave
from tests import factories
from tests.treatments.sessions.conftest import fill, stored
from treatments.conditions.models import Measurement
from treatments.sessions.actions.corrections import save_addendum_and_mark_session_amended
from treatments.sessions.actions.late_reports import (
    record_late_pain,
    record_late_reactions,
    record_reaction_end,
)
from treatments.sessions.actions.signing import sign_session
from treatments.sessions.actions.start import start_or_resume_session
from treatments.sessions.models import TreatmentSession
from treatments.sessions.queries.sessions import (
    AUTOSAVE_KIND,
    autosave_subject,
    chart_of_session,
    lock_session_detail_for_signing,
    reaction_end_day_or_none,
    session_detail,
)
from treatments.sessions.rules.charting import MeasurementEntry, ReactionEntry, ZoneEntry

D = Decimal


def scale(code):
    return factories.SeverityScaleFactory(code=code, kind="number")


def with_many_rows(session, plan, patient, clinician, clinic):
    """A second session of the plan with three rows of each part, and what is read beside it."""
    density = scale("HAIR_DENSITY")
    effects = [factories.AdverseEffectFactory() for _ in range(3)]
    sign_session(
        session=fill(
            session, clinician, no_reactions=False, reactions=tuple(ReactionEntry(e.pk) for e in effects)
        ),
        by=clinician,
        measurements=[MeasurementEntry(density.code, D(100 + n)) for n in range(3)],
    )
    for n in range(3):
        factories.RiskFactorFactory(patient=patient, kind="medicine", label=f"Medicine {n}")
        plan.assessment.zones.create(zone=factories.ZoneFactory(code=f"Z{n}"), area_cm2=20)
    second = start_or_resume_session(plan=plan, by=clinician, clinic=clinic)
    zones = tuple(
        ZoneEntry(None, 10, D("0.01"), D(2), D(20), name=f"Drawn {n}", outline=((1, 1), (9, 1), (9, 9)))
        for n in range(3)
    )
    second = fill(
        second,
        clinician,
        zones=zones,
        pain={"during": 3, "end": 2, "1h": 1},
        no_reactions=False,
        reactions=tuple(ReactionEntry(e.pk) for e in effects),
    )
    Autosave.objects.create(
        owner=clinician, kind=AUTOSAVE_KIND, subject=autosave_subject(second), fields={}, url="/"
    )
    return second


def test_a_draft_is_read_with_sixteen_statements_at_most(
    ready, plan, patient, clinic, clinician, count_queries
):
    with count_queries() as first:
        session_detail(ready.pk, user=clinician)
    second = with_many_rows(ready, plan, patient, clinician, clinic)

    with count_queries() as many:
        detail = session_detail(second.pk, user=clinician)
        chart_of_session(detail)

    assert len(detail.zones) == len(detail.reactions) == len(detail.risk_factors) == 3
    assert len(detail.measurements) == 3
    assert detail.autosave is not None
    # The session before, with its doses and zones, is two statements more.
    assert (len(first), len(many)) == (14, 16)


def test_a_signed_session_is_read_with_nine_statements(
    ready, plan, patient, clinic, clinician, count_queries
):
    second = sign_session(
        session=with_many_rows(ready, plan, patient, clinician, clinic),
        by=clinician,
        reasons={f"deviates:zone:Drawn {n}": "a bald patch" for n in range(3)},
    )
    for n in range(3):
        save_addendum_and_mark_session_amended(
            session=second, by=clinician, text=f"More {n}", reason="forgotten"
        )

    with count_queries() as of_first:
        session_detail(ready.pk, user=clinician)
    with count_queries() as of_second:
        detail = session_detail(second.pk, user=clinician)
        assert [row.by.display_name for row in detail.addenda] == [clinician.display_name] * 3
        assert [reaction_end_day_or_none(row) for row in detail.reactions] == [None] * 3
        assert [row.label for row in detail.zones] == [f"Drawn {n}" for n in range(3)]

    assert (len(of_first), len(of_second)) == (9, 9)


def test_a_session_to_sign_is_read_with_ten_statements(
    ready, plan, patient, clinic, clinician, count_queries
):
    with count_queries() as first:
        lock_session_detail_for_signing(ready.pk)
    second = with_many_rows(ready, plan, patient, clinician, clinic)
    with count_queries() as many:
        lock_session_detail_for_signing(second.pk)

    assert (len(first), len(many)) == (10, 10)


def test_the_detail_of_a_draft_is_what_was_charted(ready, clinician):
    fill(ready, clinician, note="Tolerated well", pain={"during": 5})

    detail = session_detail(ready.pk, user=clinician)

    assert (detail.session.note, [(row.moment, row.score) for row in detail.pain]) == (
        "Tolerated well",
        [("during", 5)],
    )
    assert chart_of_session(detail) == stored(ready)
    assert [each.name for each in detail.components] == ["Dexpanthenol", "Biotin"]
    assert detail.addenda == detail.measured == ()


def test_the_detail_of_a_signed_session_has_what_was_told_later(charted, clinician):
    effect = factories.AdverseEffectFactory(effect="Itching")
    signed = sign_session(session=charted, by=clinician)
    (reaction,) = record_late_reactions(session=signed, by=clinician, reactions=[ReactionEntry(effect.pk)])
    record_late_pain(session=signed, by=clinician, moment="24h", score=2)
    today = timezone.localdate()
    record_reaction_end(reaction=reaction, by=clinician, ended_on=today)

    detail = session_detail(signed.pk)

    assert [(row.effect.effect, reaction_end_day_or_none(row)) for row in detail.reactions] == [
        ("Itching", today)
    ]
    assert [(row.moment, row.score) for row in detail.pain] == [("during", 4), ("24h", 2)]


def test_the_previous_session_is_the_last_one_signed(charted, plan, clinic, clinician):
    first = sign_session(session=charted, by=clinician)
    second = start_or_resume_session(plan=plan, by=clinician, clinic=clinic)

    previous = session_detail(second.pk).previous

    assert (previous.session, previous.worst_pain) == (first, 4)
    assert [dose.ml for dose in previous.doses] == [D(1), D(1)]
    assert session_detail(first.pk).previous is None


def test_only_who_typed_sees_what_is_not_sent(ready, clinician, front_desk):
    Autosave.objects.create(
        owner=clinician,
        kind=AUTOSAVE_KIND,
        subject=autosave_subject(ready),
        fields={"note": ["Half a sen"]},
        url="/",
    )

    assert session_detail(ready.pk, user=clinician).autosave.fields == {"note": ["Half a sen"]}
    assert session_detail(ready.pk, user=front_desk).autosave is None
    assert session_detail(ready.pk).autosave is None


def test_figures_of_other_scales_are_not_read(ready, patient, clinician):
    for code, value in (("HAIR_DENSITY", 120), ("OTHER", 5)):
        Measurement.objects.create(
            patient=patient,
            scale=scale(code),
            value=value,
            measured_at=timezone.now() - timedelta(days=1),
            measured_by=clinician,
        )

    assert [row.value for row in session_detail(ready.pk).measurements] == [D(120)]


def test_there_is_no_detail_of_a_session_that_does_not_exist(db):
    with pytest.raises(TreatmentSession.DoesNotExist):
        session_detail(0)
