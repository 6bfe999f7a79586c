"""A session against the ceilings of volume: at its technique, at the review, and over the day."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from mesoclinic.core.findings import Refused
from tests import factories
from tests.treatments.sessions.conftest import fill, stored
from tests.treatments.sessions.test_views import page, post, posted, sign_page
from treatments.sessions.actions.signing import sign_session
from treatments.sessions.actions.start import start_or_resume_session
from treatments.sessions.queries.reference import charting_reference
from treatments.sessions.queries.sessions import session_detail_for_signing_review
from treatments.sessions.queries.signing import signing_review

pytestmark = pytest.mark.django_db

D = Decimal


def findings_at_review(session, by):
    """What the review says, by code."""
    detail = session_detail_for_signing_review(session.pk, user=by)
    items = charting_reference(detail.session.clinic_id).items
    review = signing_review(detail, items, by=by, at=timezone.now())
    return {finding.code: finding for finding in review.findings}


def point_limit(**more):
    return factories.VolumeLimitFactory(
        what="volume per point",
        technique="nappage",
        finding="volume-point:nappage",
        **{"maximum": D("0.0001")} | more,
    )


def test_the_review_asks_for_the_volume_per_point_of_the_technique(ready, clinician):
    point_limit()
    session = fill(ready, clinician, technique="Nappage")

    assert findings_at_review(session, clinician)["volume-point:nappage"].warns

    session = fill(ready, clinician, technique="point by point")
    assert "volume-point:nappage" not in findings_at_review(session, clinician)


def test_the_review_asks_for_depth_region_session_and_cm2(ready, clinician):
    zone = stored(ready).zones[0]
    for what, finding, unit, more in [
        ("needle depth", "depth", "mm", {"maximum": zone.depth_mm - D("0.1")}),
        ("volume per session", "volume-session", "mL", {"maximum": D("0.1"), "level": "block_overridable"}),
        ("volume per cm2", "volume-cm2", "mL/cm2", {"maximum": D("0.0001")}),
    ]:
        factories.VolumeLimitFactory(what=what, finding=finding, unit=unit, **more)

    found = findings_at_review(fill(ready, clinician), clinician)

    assert found["depth"].warns
    assert (found["volume-session"].blocks, found["volume-session"].fixed) == (True, False)
    assert found["volume-cm2"].warns


def test_a_volume_at_its_limit_is_no_finding(ready, clinician):
    drawn = sum(dose.ml for dose in stored(ready).doses)
    factories.VolumeLimitFactory(maximum=drawn)

    assert "volume-session" not in findings_at_review(fill(ready, clinician), clinician)


def test_what_was_given_is_recorded_with_a_clinicians_reason_whatever_the_ceiling(ready, clinician):
    factories.VolumeLimitFactory(maximum=D("0.1"), level="block_fixed")
    session = fill(ready, clinician)

    assert not findings_at_review(session, clinician)["volume-session"].fixed
    with pytest.raises(Refused):
        sign_session(session=session, by=clinician)
    sign_session(session=session, by=clinician, reasons={"volume-session": "It was given before we looked."})

    session.refresh_from_db()
    assert "volume-session" in [kept["code"] for kept in session.acknowledged]


def test_the_page_asks_while_it_is_charted_and_the_review_shows_it(as_clinician, ready, count_queries):
    point_limit()
    fields = posted(ready)
    fields["technique"] = "nappage"
    url = reverse("sessions:amounts", args=[ready.pk])

    with count_queries() as sent:
        told = post(as_clinician, url, fields).content.decode()
    fields["technique"] = "papule"
    calm = post(as_clinician, url, fields).content.decode()
    fields["technique"] = "nappage"
    fields["do"] = "review"
    post(as_clinician, page(ready), fields)
    review = as_clinician.get(sign_page(ready)).content.decode()

    assert "ml at each point is above" in told
    assert "ml at each point is above" not in calm
    assert 'name="reason:volume-point:nappage"' in review
    assert len(sent) <= 20


def test_the_page_of_a_signed_session_asks_nothing(as_clinician, signed):
    assert as_clinician.post(reverse("sessions:amounts", args=[signed.pk])).status_code == 404


@pytest.mark.parametrize("who", ["as_front_desk", "as_cosmetologist"])
def test_nobody_else_asks(request, ready, who):
    answer = request.getfixturevalue(who).post(reverse("sessions:amounts", args=[ready.pk]))

    assert answer.status_code == 403


def test_the_doses_of_another_session_of_the_day_add_up(
    signed, plan, patient, products, lots, clinic, clinician
):
    """Each session keeps under the limit, both together do not."""
    ingredient = products[0].contents.get().ingredient
    given = sum(dose.ml for dose in signed.doses.filter(product=products[0]))
    factories.DoseLimitFactory(ingredient=ingredient, value=given + D("0.01"), unit="mL", kind="clinic")
    second = factories.signed_cocktail(clinic=clinic, patient=patient, products=products, by=clinician)
    other = factories.make_plan(
        clinic=clinic, patient=patient, version=second, by=clinician, status="accepted"
    )

    with pytest.raises(Refused, match="is above this clinic's limit"):
        start_or_resume_session(plan=other, by=clinician, clinic=clinic)

    session = start_or_resume_session(
        plan=other,
        by=clinician,
        clinic=clinic,
        reasons={f"dose:{ingredient.code}": "The first was half a dose."},
    )
    assert f"dose:{ingredient.code}" in findings_at_review(fill(session, clinician), clinician)


def test_a_session_of_another_day_does_not_add_up(
    plan, consent, lots, checklist, products, clinic, clinician
):
    yesterday = timezone.localdate() - timedelta(days=1)
    first = start_or_resume_session(plan=plan, by=clinician, clinic=clinic, performed_on=yesterday)
    sign_session(session=fill(first, clinician), by=clinician)
    ingredient = products[0].contents.get().ingredient
    given = sum(dose.ml for dose in first.doses.filter(product=products[0]))
    factories.DoseLimitFactory(ingredient=ingredient, value=given, unit="mL", kind="clinic")

    session = fill(start_or_resume_session(plan=plan, by=clinician, clinic=clinic), clinician)

    assert first.performed_on != session.performed_on
    assert f"dose:{ingredient.code}" not in findings_at_review(session, clinician)
