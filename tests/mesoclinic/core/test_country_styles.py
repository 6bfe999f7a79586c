"""Numbers and dates as people of the clinic's country write them."""

from datetime import date
from decimal import Decimal as D

import pytest

from mesoclinic.core.countries import style_of_country
from mesoclinic.core.day_order import read_typed_day, use_day_order
from mesoclinic.core.money import money_text, use_number_style
from mesoclinic.core.money_input import NumberStyle

NB = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("country", "found"),
    [
        ("US", ("point", "mdy", "en")),
        ("GB", ("point", "dmy", "en")),
        ("fr", ("space", "dmy", "fr")),
        ("DE", ("comma", "dmy", "de")),
        ("JP", ("point", "ymd", "en")),
        ("XX", ("point", "dmy", "en")),
    ],
)
def test_a_country_says_how_it_writes(country, found):
    style = style_of_country(country)
    assert (style.amounts, style.day_order, style.language) == found


@pytest.mark.parametrize(
    ("style", "currency", "said"),
    [
        (NumberStyle(".", ","), "USD", "−$1,683.17"),
        (NumberStyle(",", "."), "EUR", f"−1.683,17{NB}€"),
        (NumberStyle(",", " "), "EUR", f"−1{NB}683,17{NB}€"),
        (NumberStyle(".", ","), "JPY", "−¥1,683"),
        (NumberStyle(",", "."), "KWD", f"−KWD{NB}1.683,170"),
    ],
)
def test_an_amount_is_written_in_the_clinics_style(style, currency, said):
    with use_number_style(style):
        assert money_text(D("-1683.17"), currency) == said


@pytest.mark.parametrize(("order", "day"), [("dmy", date(1980, 6, 5)), ("mdy", date(1980, 5, 6))])
def test_a_date_in_figures_is_read_in_the_clinics_order(order, day):
    with use_day_order(order):
        assert read_typed_day("05/06/1980") == day
        assert read_typed_day("5.6.1980") == date(1980, 6, 5)
        assert read_typed_day("5 Jun 1980") == read_typed_day("1980-06-05") == date(1980, 6, 5)
        with pytest.raises(ValueError, match="Type a day like"):
            read_typed_day("31/31/1980")
