"""Form fields that several apps use: a signature that is drawn or typed, an amount of money, a note."""

from decimal import Decimal
from typing import Any

from django import forms

from mesoclinic.core.card_numbers import REFUSAL, holds_card_number
from mesoclinic.core.money_input import NumberStyle, read_amount
from mesoclinic.core.signatures import Strokes, read_strokes


class StrokesField(forms.CharField):
    """A drawn signature as ``static/js/clinic/signature.js`` writes it; cleans to strokes, [] for none.

    Printed by ``parts/_signature.html`` together with a field for a typed name, so that nobody needs a
    script to sign.
    """

    widget = forms.HiddenInput

    def __init__(self, **options: Any):
        super().__init__(**{"required": False, "max_length": 60_000} | options)

    def clean(self, value: Any) -> Strokes:
        """The strokes; ValidationError where the drawing is no signature."""
        text = super().clean(value)
        try:
            return read_strokes(text)
        except ValueError:
            raise forms.ValidationError(
                "That drawing is no signature. Clear it and sign again, or type the name."
            ) from None


class SignatureMixin(forms.Form):
    """``signed_name`` (typed) and ``strokes`` (drawn): one of the two is there, or both."""

    signed_name = forms.CharField(
        label="Name, as typed by whoever signs",
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    strokes = StrokesField(label="Signature")

    def clean(self) -> dict[str, Any]:
        """Adds an error where the form is neither signed by name nor by drawing."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        wrong = "strokes" in self.errors or "signed_name" in self.errors
        if not wrong and not cleaned["signed_name"] and not cleaned["strokes"]:
            self.add_error("signed_name", "Sign in the box, or type the name.")
        return cleaned


class AmountField(forms.CharField):
    """An amount of money, typed the way the clinic writes numbers; cleans to a Decimal, None for empty.

    ``style`` and ``currency`` are set when the form knows its clinic (:meth:`set_number_style`). What could be two
    amounts is refused with both named (mesoclinic/core/amounts.py).
    """

    style, currency = NumberStyle(), "USD"

    def __init__(self, **options: Any):
        super().__init__(**{"max_length": 30} | options)
        self.widget.attrs |= {"inputmode": "decimal", "autocomplete": "off"}

    def set_number_style(self, style: NumberStyle, currency: str) -> None:
        self.style, self.currency = style, currency

    def prepare_value(self, value: Any) -> Any:
        """The amount as the clinic writes it; what was typed stays as typed."""
        if isinstance(value, Decimal | int):
            return self.style.ungrouped_amount_text(Decimal(value), self.currency)
        return value

    def clean(self, value: Any) -> Decimal | None:
        """The amount, None for empty; ValidationError where it is none or could be two."""
        text = super().clean(value)
        if not text:
            return None
        try:
            return read_amount(text, self.style, self.currency)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None


class NoCardField(forms.CharField):
    """A note or a reference: text that holds no card number."""

    def clean(self, value: Any) -> str:
        """The text; ValidationError where a card number stands in it."""
        text: str = super().clean(value)
        if holds_card_number(text):
            raise forms.ValidationError(REFUSAL)
        return text


class Number(forms.DecimalField):
    """A number as people type it: 70.5 and 70,5 are the same."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})

    def to_python(self, value: Any) -> Any:
        """Django's, after a comma was read as a decimal point."""
        return super().to_python(value.replace(",", ".") if isinstance(value, str) else value)


def select_widget() -> forms.Select:
    return forms.Select(attrs={"class": "form-select"})


def text_input_widget(**attrs: str) -> forms.TextInput:
    return forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"} | attrs)
