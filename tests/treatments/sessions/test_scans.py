"""A vial scanned in a session: code and record agree in trade item, lot and expiry, or it says which vial this is."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from tests import factories
from treatments.catalogue.barcodes import Scan
from treatments.catalogue.models import Gtin
from treatments.sessions.rules.scans import LotFact, ProductFact, vial_mismatch_text_or_empty

D = Decimal
TODAY = date(2026, 11, 30)
GTIN, OTHER_GTIN = "07612345678900", "09999999999994"
ON_RECORD = LotFact("AB12", 1, "Dexpanthenol", date(2027, 12, 31))
DEXPANTHENOL, BIOTIN = ProductFact(1, "Dexpanthenol"), ProductFact(2, "Biotin")


@pytest.mark.parametrize(
    ("scan", "product", "said"),
    [
        (Scan(GTIN, "AB12", date(2027, 12, 31)), DEXPANTHENOL, ""),
        (Scan(GTIN, "AB12"), DEXPANTHENOL, ""),
        (Scan("", "AB12", date(2027, 12, 31)), None, ""),
        (Scan(GTIN, "AB12", TODAY), DEXPANTHENOL, "on record lot AB12 of Dexpanthenol expires 31 Dec 2027"),
        (Scan(GTIN, "AB12", TODAY - timedelta(1)), DEXPANTHENOL, "says it expired on 29 Nov 2026"),
        (Scan(GTIN, "AB12", date(2020, 1, 1)), DEXPANTHENOL, "says it expired on 1 Jan 2020"),
        (Scan(OTHER_GTIN, "AB12", date(2027, 12, 31)), BIOTIN, "This vial is Biotin, lot AB12"),
        (Scan(OTHER_GTIN, "AB12", date(2027, 12, 31)), None, "which no product here is known by"),
        (
            Scan(GTIN, "AB12", date(2027, 12, 30)),
            DEXPANTHENOL,
            "This vial says lot AB12, expires 30 Dec 2027",
        ),
    ],
)
def test_code_and_record_agree_or_it_says_which_vial_this_is(scan, product, said):
    why = vial_mismatch_text_or_empty(scan, ON_RECORD, product_of_gtin=product, on=TODAY)

    assert (said in why) if said else (why == "")


@pytest.fixture
def vial(lots, products):
    """The first lot, with a GTIN on its product; and how the date stands in its code."""
    products[0].gtin = GTIN
    products[0].save()
    return f"{lots[0].expires_on:%y%m%d}"


def scanned(client, session, code):
    return client.post(reverse("sessions:scan", args=[session.pk]), {"scan": code})


@pytest.mark.parametrize(
    "form",
    [
        "01{gtin}17{day}10L-Dex",
        "]d201{gtin}17{day}10L-Dex",
        "]d2\x1d01{gtin}10L-Dex\x1d17{day}",
        "01{gtin}10L-Dex17{day}",  # no separator
        "01{gtin}10L-Dex17{day}21SER1",
        "01{gtin}17{day}10L-Dex21SER1",  # the serial after the lot: the record says where the lot ends
        "01{gtin}21SER117{day}10L-Dex",
        "01{gtin}17{day}10L-Dex<GS>21SER1",
        "01{gtin}17{day}10L-Dex|21SER1",
        "(01){gtin}(17){day}(10)L-Dex",
        "https://id.gs1.org/01/{gtin}/10/L-Dex?17={day}",
        "https://id.gs1.org/01/{gtin}/10/L-Dex/21/SER1?17={day}",
        "l-dex",
    ],
)
def test_the_session_reads_what_receiving_reads(as_clinician, ready, lots, vial, form):
    answer = scanned(as_clinician, ready, form.format(gtin=GTIN, day=vial))

    assert answer.json().get("lot") == lots[0].pk


def test_a_code_that_says_the_vial_has_expired_is_refused(as_clinician, ready, vial):
    answer = scanned(as_clinician, ready, f"01{GTIN}1720010110L-Dex")

    assert answer.status_code == 422
    assert "says it expired on 1 Jan 2020" in answer.json()["message"]


def test_a_code_with_another_expiry_than_the_record_is_refused(as_clinician, ready, lots, vial):
    other = lots[0].expires_on + timedelta(days=1)

    answer = scanned(as_clinician, ready, f"01{GTIN}17{other:%y%m%d}10L-Dex")

    assert answer.status_code == 422
    assert "on record lot L-Dex of" in answer.json()["message"]


def test_another_products_vial_with_the_same_lot_number_is_refused(as_clinician, ready, lots, vial, admin):
    other = factories.ProductFactory(name="Zinc gluconate")
    Gtin.objects.create(gtin=OTHER_GTIN, product=other, told_by=admin)

    answer = scanned(as_clinician, ready, f"01{OTHER_GTIN}17{vial}10L-Dex")

    assert answer.status_code == 422
    assert "This vial is Zinc gluconate, lot L-Dex" in answer.json()["message"]


def test_of_two_products_with_one_lot_number_the_code_takes_its_own(
    as_clinician, ready, clinic, lots, products, vial
):
    factories.LotFactory(
        product=products[1], clinic=clinic, number="L-Dex", on_hand=D(5), expires_on=lots[0].expires_on
    )

    by_code = scanned(as_clinician, ready, f"01{GTIN}17{vial}10L-Dex")
    by_number = scanned(as_clinician, ready, "L-Dex")

    assert by_code.json()["lot"] == lots[0].pk
    assert "more than one product" in by_number.json()["message"]


def test_a_gtin_told_at_receiving_is_known_in_the_session(as_clinician, ready, lots, products, admin):
    Gtin.objects.create(gtin=OTHER_GTIN, product=products[0], told_by=admin)

    answer = scanned(as_clinician, ready, f"01{OTHER_GTIN}17{lots[0].expires_on:%y%m%d}10L-Dex")

    assert answer.json()["lot"] == lots[0].pk


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (f"01{GTIN}17301231", "no lot"),
        ("010761234567890110L-Dex", "check digit"),
        (f"01{GTIN}1730123110L-NONE", "No lot L-NONE of"),
        (f"01{OTHER_GTIN}1730123110L-Dex", "which no product here is known by"),
    ],
)
def test_what_is_no_lot_here_says_what_to_do(as_clinician, ready, vial, code, said):
    answer = scanned(as_clinician, ready, code)

    assert answer.status_code == 422
    assert said in answer.json()["message"]
