"""Two sides of one scalp: off unless switched on, drawn by lot after a consent of its own, kept, taken back, compared."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from mesoclinic.core.findings import Refused
from tests.conftest import signed_in
from tests.treatments.sessions.conftest import (  # noqa: F401  # the fixtures of a session
    asked_on,
    charted,
    checklist,
    consent,
    lots,
    patient,
    plan,
    products,
    ready,
    signed,
)
from treatments.outcomes.actions.figures import refresh_outcomes
from treatments.outcomes.actions.sides import (
    Approval,
    draw_sides,
    record_side_figures,
    save_split_scalp_settings,
    withdraw_sides,
)
from treatments.outcomes.models import SideComparison, SplitScalpSettings
from treatments.outcomes.queries.sides import side_results
from treatments.outcomes.rules.split_scalp import (
    ENDS,
    Compared,
    SideFigures,
    Wanted,
    check_figures_may_be_recorded,
    check_may_be_switched_on,
    check_sides_may_be_drawn,
    consent_text,
    side_of_first,
)


def wanted(**changes):
    given = {
        "compared": "relief",
        "first": "ice",
        "second": "vibration",
        "consent_name": "Ada Example",
        "has_agreed": True,
    }
    return Wanted(**given | changes)


def codes(found):
    return [each.code for each in found]


def check(asked, **changes):
    return codes(
        check_sides_may_be_drawn(asked, **{"is_on": True, "is_draft": True, "is_drawn": False} | changes)
    )


def test_relief_needle_and_spacing_may_differ_and_nothing_that_is_injected():
    assert set(ENDS) == {Compared.RELIEF, Compared.NEEDLE, Compared.SPACING}
    assert check(wanted()) == []
    assert check(wanted(compared="cocktail", first="A", second="B")) == ["sides:compared"]
    assert check(wanted(compared="needle")) == ["sides:ends"]
    assert check(wanted(second="ice")) == ["sides:ends"]
    assert check(wanted(second="minoxidil")) == ["sides:ends"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"is_on": False}, "sides:off"),
        ({"is_draft": False}, "sides:signed"),
        ({"is_drawn": True}, "sides:drawn"),
    ],
)
def test_sides_are_drawn_where_switched_on_in_a_draft_and_once(changes, code):
    assert check(wanted(), **changes) == [code]


@pytest.mark.parametrize("changes", [{"has_agreed": False}, {"consent_name": ""}])
def test_the_patient_agrees_to_the_comparison_first(changes):
    assert check(wanted(**changes)) == ["sides:consent"]


def test_the_consent_says_what_is_compared_and_that_it_may_be_taken_back():
    text = consent_text(Compared.NEEDLE, "27 G", "30 G")

    assert "27 G on one, 30 G on the other" in text
    assert "stop at any time" in text


def test_it_is_switched_on_with_an_approval_or_why_there_is_none():
    assert codes(check_may_be_switched_on(is_on=True, ethics_number="", not_asked_because="")) == [
        "sides:approval"
    ]
    assert check_may_be_switched_on(is_on=True, ethics_number="KEK 2026-17", not_asked_because="") == []
    assert (
        check_may_be_switched_on(is_on=True, ethics_number="", not_asked_because="Service evaluation") == []
    )
    assert check_may_be_switched_on(is_on=False, ethics_number="", not_asked_because="") == []


@pytest.mark.parametrize(
    ("figures", "code"),
    [
        (SideFigures(3, None), "sides:pain"),
        (SideFigures(3, 11), "sides:pain"),
        (SideFigures(3, 4, 120, None), "sides:count"),
    ],
)
def test_figures_come_from_both_sides(figures, code):
    assert codes(check_figures_may_be_recorded(figures, is_recorded=False, is_withdrawn=False)) == [code]


def test_either_side_may_fall_first():
    assert [side_of_first(drawn) for drawn in (0, 1, 2)] == ["left", "right", "left"]


@pytest.fixture
def switched_on(clinic, admin):
    return save_split_scalp_settings(
        settings=SplitScalpSettings(clinic=clinic), is_on=True, approval=Approval("KEK 2026-17", ""), by=admin
    )


@pytest.fixture
def drawn(ready, switched_on, clinician):  # noqa: F811
    return draw_sides(session=ready, wanted=wanted(), by=clinician, throw=lambda: 1)


@pytest.mark.django_db
def test_a_clinic_that_has_not_switched_it_on_draws_nothing(ready, clinician):  # noqa: F811
    with pytest.raises(Refused, match="does not compare sides"):
        draw_sides(session=ready, wanted=wanted(), by=clinician)


@pytest.mark.django_db
def test_what_was_drawn_keeps_its_consent_and_its_approval(drawn, clinician):
    assert (drawn.first_side, drawn.second_side) == ("right", "left")
    assert (drawn.ethics_number, drawn.consent_name) == ("KEK 2026-17", "Ada Example")
    with pytest.raises(IntegrityError, match="stays as it was drawn"), transaction.atomic():
        SideComparison.objects.filter(pk=drawn.pk).update(first_side="left")
    record_side_figures(comparison=drawn, figures=SideFigures(6, 3), by=clinician)
    with pytest.raises(IntegrityError, match="stays as it was drawn"), transaction.atomic():
        SideComparison.objects.filter(pk=drawn.pk).update(pain_left=2)
    with pytest.raises(Refused, match="written down already"):
        record_side_figures(comparison=drawn, figures=SideFigures(1, 1), by=clinician)


@pytest.mark.django_db
def test_the_database_draws_no_sides_in_a_signed_session_or_where_it_is_off(signed, clinician, switched_on):  # noqa: F811
    row = {
        "treatment_session": signed,
        "clinic": signed.clinic,
        "patient": signed.patient,
        "compared": "relief",
        "first": "ice",
        "second": "none",
        "first_side": "left",
        "consent_text": "Yes",
        "consent_name": "Ada Example",
        "drawn_by": clinician,
    }
    with pytest.raises(IntegrityError, match="not signed"), transaction.atomic():
        SideComparison.objects.create(**row)


@pytest.mark.django_db
def test_a_pair_is_the_first_way_less_the_second_whichever_side_it_fell_on(drawn, clinic, clinician):
    record_side_figures(comparison=drawn, figures=SideFigures(6, 2, 118, 121), by=clinician)

    (found,) = side_results(clinic)

    # Ice fell on the right: 2 less 6, and 121 less 118.
    assert (found.compared, found.first, found.second) == ("Pain relief", "ice", "vibration")
    assert (found.pain.mean, found.count.mean, found.pain.low) == (-4, 3, None)


@pytest.mark.django_db
def test_a_consent_taken_back_compares_no_more(drawn, clinic, clinician):
    record_side_figures(comparison=drawn, figures=SideFigures(6, 2), by=clinician)
    withdraw_sides(comparison=drawn, by=clinician)

    assert side_results(clinic) == []
    assert SideComparison.objects.get().pain_left == 6


@pytest.mark.django_db
def test_from_the_switch_to_both_sides_written_down(admin, clinician, ready, once):  # noqa: F811
    settings = reverse("outcomes:split_scalp_settings")
    page = reverse("outcomes:sides", args=[ready.pk])
    boss, doctor = signed_in(admin), signed_in(clinician)

    refused = boss.post(settings, {"is_on": "on", "once": once()})
    switched = boss.post(settings, {"is_on": "on", "ethics_number": "KEK 2026-17", "once": once()})
    way = {"first": "needle|27 G", "second": "needle|30 G", "consent_name": "Ada Example"}
    no_consent = doctor.post(page, {**way, "once": once()})
    done = doctor.post(page, {**way, "has_agreed": "on", "once": once()})
    doctor.post(page, {"pain_left": 5, "pain_right": 3, "once": once()})

    assert (refused.status_code, switched.status_code) == (422, 302)
    assert (no_consent.status_code, done.status_code) == (422, 302)
    assert "agrees to this comparison first" in no_consent.text
    found = SideComparison.objects.get()
    assert (found.compared, found.first, found.second) == ("needle", "27 G", "30 G")
    assert (found.pain_left, found.pain_right, found.recorded_by) == (5, 3, clinician)
    refresh_outcomes()
    assert page in doctor.get(reverse("outcomes:clinical")).text
    assert "Each side" in doctor.get(page).text
