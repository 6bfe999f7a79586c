"""The preparation page of a session whose syringe is filled from the patient's own blood."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests import factories
from tests.conftest import signed_in
from treatments.sessions.actions.blood import mark_blood_thrown_away_and_waste_kit, record_blood_draw
from treatments.sessions.models import BloodPreparation
from treatments.stock.models import Lot

pytestmark = pytest.mark.django_db


def page_of(client, session):
    return client.get(reverse("sessions:preparation", args=[session.pk]))


def post(client, name, pk, **fields):
    return client.post(reverse(f"sessions:{name}", args=[pk]), fields)


def minute(at):
    return f"{timezone.localtime(at):%Y-%m-%dT%H:%M}"


def stored(session):
    return BloodPreparation.objects.get(treatment_session=session, abandoned_at=None)


def test_blood_is_drawn_checked_spun_and_injected_on_the_page(ready, lots, patient, as_clinician, colleague):
    page = page_of(as_clinician, ready)
    assert [key for key, _ in page.context["card"].form.fields["kit"].choices] == [
        str(lot.pk) for lot in lots
    ]
    assert "At most 4 h from drawing to injecting" in page.content.decode()

    now = minute(timezone.now())
    answer = post(as_clinician, "blood_drawn", ready.pk, kit=lots[1].pk, ml="30", drawn_at=now)
    assert answer.status_code == 302
    blood = stored(ready)

    post(as_clinician, "tube_checked", blood.pk, record_number=patient.record_number)
    assert "Somebody else signs in and checks it too" in page_of(as_clinician, ready).content.decode()
    post(signed_in(colleague), "tube_checked", blood.pk, record_number=patient.record_number)

    post(as_clinician, "blood_spun", blood.pk, minutes="8", g="1500", obtained_ml="6")
    # The minute that the field holds is the minute of the spin: it was not injected before it.
    injected = minute(stored(ready).spun_at)
    answer = post(as_clinician, "blood_injected", blood.pk, injected_at=injected, rest="on")
    assert answer.status_code == 302

    blood = stored(ready)
    assert blood.injected_at == blood.spun_at
    assert blood.rest_discarded_at is not None
    assert page_of(as_clinician, ready).context["card"].step == "done"


def test_another_tube_is_refused_and_what_was_typed_stays(drawn, as_clinician):
    answer = post(as_clinician, "tube_checked", drawn.pk, record_number="MC-999999")

    html = answer.content.decode()
    assert answer.status_code == 422
    assert "The tube says MC-999999" in html
    assert 'value="MC-999999"' in html


def test_the_spin_is_not_offered_before_two_people_looked(drawn, as_clinician, ready):
    assert page_of(as_clinician, ready).context["card"].step == "check"

    answer = post(as_clinician, "blood_spun", drawn.pk, minutes="8", g="1500", obtained_ml="6")

    assert answer.status_code == 422
    assert "Two people check the tube before the spin" in answer.content.decode()


def test_the_rest_is_thrown_away_or_nothing_is_written(spun, as_clinician, ready):
    answer = post(as_clinician, "blood_injected", spun.pk, injected_at=minute(timezone.now()))

    assert answer.status_code == 422
    assert stored(ready).injected_at is None


def test_over_its_time_the_page_says_so(ready, lots, clinician, as_clinician):
    record_blood_draw(
        session=ready,
        kit=lots[0],
        ml=30,
        by=clinician,
        drawn_at=timezone.now() - timedelta(hours=5),
        now=timezone.now() - timedelta(hours=5),
    )

    assert "its time is over: throw it away" in page_of(as_clinician, ready).content.decode()


def test_it_is_thrown_away_with_a_reason(drawn, as_clinician, ready):
    assert post(as_clinician, "blood_thrown_away", drawn.pk, reason="").status_code == 422

    post(as_clinician, "blood_thrown_away", drawn.pk, reason="The tube fell.")

    html = page_of(as_clinician, ready).content.decode()
    assert "The tube fell." in html
    assert "Blood is drawn" in html


def test_without_a_kit_on_the_shelf_the_page_says_what_to_do(ready, as_clinician):
    Lot.objects.update(status="quarantined")

    assert "may be used here: receive or release one" in page_of(as_clinician, ready).content.decode()


def test_the_page_asks_the_same_number_of_queries_for_one_thrown_away_and_three(
    ready, clinic, clinician, as_clinician, products
):
    kits = factories.LotFactory(product=products[0], clinic=clinic, on_hand=70)

    def throw_one_away():
        blood = record_blood_draw(session=ready, kit=kits, ml=30, by=clinician)
        mark_blood_thrown_away_and_waste_kit(blood=blood, reason="The tube fell.", by=clinician)

    def count():
        page_of(as_clinician, ready)
        with CaptureQueriesContext(connection) as asked:
            page_of(as_clinician, ready)
        return len(asked)

    throw_one_away()
    one = count()
    throw_one_away()
    throw_one_away()

    assert count() == one <= 20


def test_the_session_page_leads_there(ready, as_clinician):
    html = as_clinician.get(reverse("sessions:session", args=[ready.pk])).content.decode()

    assert f"{reverse('sessions:preparation', args=[ready.pk])}#blood" in html


def test_a_role_that_runs_no_session_draws_no_blood(ready, lots, cosmetologist):
    answer = post(signed_in(cosmetologist), "blood_drawn", ready.pk, kit=lots[0].pk, ml="30")

    assert answer.status_code == 403
    assert not BloodPreparation.objects.exists()
