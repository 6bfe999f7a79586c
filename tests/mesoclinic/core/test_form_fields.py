"""Fields that several forms have: an amount, a note, a signature."""

import json
from decimal import Decimal as D

import pytest

from mesoclinic.core.form_fields import AmountField, NoCardField, SignatureMixin
from mesoclinic.core.money_input import NumberStyle

COMMA = NumberStyle(",", ".")
STROKE = [[10, 90], [20, 80], [30, 90], [40, 80], [50, 90]]


def test_a_field_reads_its_clinics_way_and_keeps_what_was_typed():
    field = AmountField()
    field.set_number_style(COMMA, "EUR")

    assert field.clean("1.234,56") == D("1234.56")
    assert field.prepare_value(D("1234.5")) == "1234,50"
    assert field.prepare_value("1,234.56") == "1,234.56"
    assert AmountField(required=False).clean("") is None


def test_a_note_that_holds_a_card_number_is_refused_at_its_field():
    with pytest.raises(Exception, match="Card numbers are never kept here"):
        NoCardField().clean("card 4111 1111 1111 1111")


@pytest.mark.parametrize(
    ("posted", "fields_wrong"),
    [
        ({"signed_name": "Ana Made-Up"}, set()),
        ({"strokes": json.dumps([STROKE])}, set()),
        ({}, {"signed_name"}),
        ({"signed_name": "  "}, {"signed_name"}),
        ({"strokes": "<svg>"}, {"strokes"}),
        ({"signed_name": "Ana Made-Up", "strokes": "[[[900, 0]]]"}, {"strokes"}),
    ],
)
def test_a_signature_is_drawn_or_typed(posted, fields_wrong):
    form = SignatureMixin(posted)

    form.is_valid()

    assert set(form.errors) == fields_wrong
