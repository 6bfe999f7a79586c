"""How numbers, people and states are printed."""

from datetime import date
from decimal import Decimal

import pytest
from django import forms
from django.template import Context, Template
from django.utils import translation

from mesoclinic.core.templatetags import clinic

NBSP = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("t", "length", "expected"),
    [
        (37, 105, "t1-7 t10-3 len1-5 len100-1"),
        (0, 6, "len1-6"),
        (110, 20, "t10-1 t100-1 len10-2"),
        (6, 0, "t1-6"),
    ],
)
def test_a_card_of_the_day_has_a_class_for_each_digit_of_its_place(t, length, expected):
    assert clinic.day_grid_classes(t, length) == expected


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        (clinic.ml_text(Decimal(1)), f"1.0{NBSP}ml"),
        (clinic.ml_text(Decimal("3.06")), f"3.06{NBSP}ml"),
        (clinic.ml_text(Decimal("0.600"), "bare"), "0.6"),
        (clinic.ml_text(0), f"0.0{NBSP}ml"),
        (clinic.ml_text(None), ""),
        (clinic.ml_text("not a number"), ""),
        (clinic.mg_text(Decimal(250)), f"250{NBSP}mg"),
        (clinic.mg_text(Decimal("0.5")), f"0.5{NBSP}mg"),
        (clinic.mg_text(Decimal("0.0004")), f"<{NBSP}0.001{NBSP}mg"),
        (clinic.mg_text(Decimal(1250)), f"1,250{NBSP}mg"),
        (clinic.area_text(Decimal("78.00")), f"78{NBSP}cm²"),
        (clinic.per_area_text(Decimal("0.05128")), f"0.051{NBSP}ml/cm²"),
        (clinic.percent_text(Decimal(80)), f"80{NBSP}%"),
        (clinic.money_text(Decimal("1890"), "USD"), "$1,890.00"),
        (clinic.money_text(Decimal("-210"), "USD"), "−$210.00"),
        (clinic.money_text(Decimal("1890.4"), "JPY"), "¥1,890"),
        (clinic.money_text(Decimal("12"), "CHF"), f"CHF{NBSP}12.00"),
        (clinic.short_money_text(Decimal("420.00"), "USD"), "$420"),
        (clinic.short_money_text(Decimal("420.50"), "USD"), "$420.50"),
    ],
)
def test_a_number_keeps_its_unit_and_drops_what_says_nothing(printed, expected):
    assert printed == expected


def test_a_number_follows_the_reader_s_language():
    with translation.override("de"):
        assert clinic.ml_text(Decimal("0.6")) == f"0,6{NBSP}ml"
        assert clinic.money_text(Decimal("1890"), "EUR") == f"1.890,00{NBSP}€"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Dr Elif Kaya", "EK"),
        ("Front desk · Sara Dahl", "SD"),
        ("Cher", "C"),
        ("Dr", "D"),
        ("", ""),
        (None, ""),
    ],
)
def test_initials_leave_the_title_out(name, expected):
    assert clinic.initials(name) == expected


@pytest.mark.parametrize(("on", "years"), [(date(2026, 11, 22), 33), (date(2026, 11, 23), 34)])
def test_age_turns_on_the_birthday(on, years):
    assert clinic.age(date(1992, 11, 23), on) == years


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 12, 5), "12 days"),
        (date(2026, 11, 24), "1 day"),
        (date(2026, 11, 23), "today"),
        (date(2026, 11, 20), "3 days ago"),
        (None, ""),
    ],
)
def test_days_until_reads_as_words(day, words):
    assert clinic.days_until_text(day, date(2026, 11, 23)) == words


def test_a_state_says_its_colour_and_its_word():
    assert clinic.status_chip("in_progress") == '<span class="chip c-info">in progress</span>'
    assert clinic.status_chip("<b>") == '<span class="chip c-plain">&lt;b&gt;</span>'
    assert clinic.status_chip("") == ""


def test_a_syringe_is_drawn_to_scale_from_the_needle_up():
    bands = clinic.syringe_bands(
        [{"label": "A", "ml": Decimal(1)}, {"label": "B", "ml": Decimal(2)}], Decimal(1), 5
    )

    assert [(b["colour"], b["y"], b["height"]) for b in bands] == [
        (0, "93.6", "45.6"),
        (1, "139.2", "45.6"),
        (2, "184.8", "91.2"),
    ]


def test_an_empty_or_overfull_syringe_stays_in_its_barrel():
    assert clinic.syringe_bands([]) == []
    [band] = clinic.syringe_bands([{"label": "A", "ml": 7}], None, 5)
    assert (band["y"], band["height"]) == ("48.0", "228.0")


def test_every_error_is_listed_with_a_way_to_its_field():
    class Form(forms.Form):
        name = forms.CharField()
        sex = forms.ChoiceField(choices=[("f", "Female")], widget=forms.RadioSelect)

    assert [(e["id"], e["label"]) for e in clinic.form_errors(Form({}), "", None)] == [
        ("id_name", "Name"),
        ("id_sex_0", "Sex"),
    ]


@pytest.mark.parametrize(("level", "asks"), [("warn", True), ("block", False), ("note", False)])
def test_a_reason_is_asked_where_it_would_be_heard(level, asks):
    finding = {"code": "pair:a+b", "level": level, "message": "m", "needs_reason": level != "note"}
    html = Template('{% include "parts/_finding.html" %}').render(
        Context({"finding": finding, "reasons": {"pair:a+b": "“kept” & shown"}})
    )

    assert ('name="reason:pair:a+b"' in html) is asks
    assert ("“kept” &amp; shown" in html) is asks
