"""The pages on which a session is signed, added to and made void."""

from decimal import Decimal

import pytest
from django.urls import reverse

from mesoclinic.core import autosave
from mesoclinic.core.models import Autosave
from tests import factories
from tests.treatments.sessions.test_views import page, post, posted, sign_page
from treatments.conditions.models import Measurement
from treatments.sessions.models import Addendum
from treatments.stock.models import Lot, StockMovement

D = Decimal


def test_review_and_sign_leads_to_the_findings(as_clinician, ready):
    answer = post(as_clinician, page(ready), posted(ready, do="review"))
    html = as_clinician.get(sign_page(ready)).content.decode()

    assert answer["Location"] == sign_page(ready)
    assert 'name="reason:checklist:gloves"' in html
    assert "Worst pain is not recorded" in html


def test_a_charted_session_is_signed(as_clinician, charted, once):
    key = once()

    first = as_clinician.post(sign_page(charted), {"once": key})
    again = as_clinician.post(sign_page(charted), {"once": key})

    charted.refresh_from_db()
    assert [a["Location"] for a in (first, again)] == [page(charted)] * 2
    assert charted.status == "signed"
    assert StockMovement.objects.filter(kind="use").count() == 2


def test_a_refused_signature_keeps_the_reasons_typed(as_clinician, ready, once):
    answer = as_clinician.post(
        sign_page(ready), {"once": once(), "reason:checklist:gloves": "none left, double washed"}
    )

    ready.refresh_from_db()
    assert answer.status_code == 422
    assert "none left, double washed" in answer.content.decode()
    assert ready.status == "draft"


@pytest.mark.fault("F26")
def test_a_lot_recalled_meanwhile_is_refused_by_name(as_clinician, charted, clinic, lots, once):
    factories.LotFactory(product=lots[0].product, clinic=clinic, number="L-NEW", on_hand=D(5))
    Lot.objects.filter(pk=lots[0].pk).update(status="recalled")

    answer = as_clinician.post(sign_page(charted), {"once": once()})
    html = answer.content.decode()

    assert answer.status_code == 422
    assert "Lot L-Dex of Dexpanthenol is recalled." in html
    assert "Take lot L-NEW instead" in html
    assert 'name="already_given"' in html  # it may be in the patient already


def test_measurements_wait_for_the_signature(as_clinician, charted, once):
    factories.SeverityScaleFactory(code="HAIR_DENSITY", short_name="Density", kind="number")
    post(as_clinician, page(charted), posted(charted, density="142", do="review"))
    assert Measurement.objects.count() == 0
    assert 'value="142"' in as_clinician.get(page(charted)).content.decode()

    as_clinician.post(sign_page(charted), {"once": once()})

    assert [(m.value, m.zone.code) for m in Measurement.objects.all()] == [(D(142), "FRONTAL")]
    assert Autosave.objects.count() == 0


def test_what_is_typed_and_not_saved_is_not_signed_past(as_clinician, clinician, charted, once):
    autosave.save_autosave(
        owner=clinician,
        kind="session",
        subject=f"session:{charted.pk}",
        url=page(charted),
        posted=posted(charted, pain_during="9"),
    )

    answer = as_clinician.post(sign_page(charted), {"once": once()})

    charted.refresh_from_db()
    assert (answer["Location"], charted.status) == (page(charted), "draft")


# --- afterwards --------------------------------------------------------------


def test_a_signed_session_is_read(as_clinician, signed, lots):
    html = as_clinician.get(page(signed)).content.decode()

    assert "Dr Elif Kaya" in html
    assert "L-Dex" in html
    assert "70 points" in html
    assert reverse("patient", args=[signed.patient_id]) in html
    assert 'name="check"' not in html


def test_charting_a_signed_session_leads_back_to_it(as_clinician, signed):
    answer = post(as_clinician, page(signed), posted(signed, note="late"))

    signed.refresh_from_db()
    assert (answer["Location"], signed.note) == (page(signed), "")


def test_an_addendum_is_added_once(as_clinician, signed, once):
    url = reverse("sessions:addendum", args=[signed.pk])
    said = {"once": once(), "text": "Swelling on day 2", "reason": "patient called"}

    first = as_clinician.post(url, said)
    again = as_clinician.post(url, said)

    assert [a["Location"] for a in (first, again)] == [page(signed)] * 2
    assert [a.text for a in Addendum.objects.all()] == ["Swelling on day 2"]
    assert "Swelling on day 2" in as_clinician.get(page(signed)).content.decode()


def test_an_addendum_without_a_reason_keeps_its_text(as_clinician, signed, once):
    url = reverse("sessions:addendum", args=[signed.pk])

    answer = as_clinician.post(url, {"once": once(), "text": "Swelling on day 2"})

    assert answer.status_code == 422
    assert "Swelling on day 2</textarea>" in answer.content.decode()


def test_a_session_is_made_void_with_a_reason(as_clinician, signed, once):
    url = reverse("sessions:void", args=[signed.pk])

    no_reason = as_clinician.post(url, {"once": once(), "reason": ""})
    done = as_clinician.post(url, {"once": once(), "reason": "Charted on the wrong patient"})

    signed.refresh_from_db()
    assert (no_reason.status_code, done.status_code) == (422, 302)
    assert signed.status == "void"
