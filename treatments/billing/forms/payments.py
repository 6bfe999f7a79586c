"""The forms that take money, give it back, count the till and choose the days of the payment book."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms

from mesoclinic.core.form_fields import AmountField, NoCardField
from treatments.billing.models import Payment, PlanSettings


class AmountForm(forms.Form):
    """A form that reads amounts the clinic's way."""

    def __init__(self, *args: Any, settings: PlanSettings, currency: str, **kwargs: Any):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, AmountField):
                field.set_number_style(settings.number_style, currency)


def _payment_method_field() -> forms.ChoiceField:
    return forms.ChoiceField(label="How", choices=Payment.Method.choices)


def _date_field(label: str, **options: Any) -> forms.DateField:
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    return forms.DateField(label=label, widget=widget, **options)


class PaymentForm(AmountForm):
    amount = AmountField(label="Amount", error_messages={"required": "Type what came in."})
    kind = forms.ChoiceField(
        label="What",
        choices=[
            (kind.value, kind.label)
            for kind in (Payment.Kind.PAYMENT, Payment.Kind.DEPOSIT, Payment.Kind.INSTALMENT)
        ],
    )
    method = _payment_method_field()
    reference = NoCardField(
        label="Slip or transfer number",
        required=False,
        max_length=60,
        help_text="Never a card number.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class RefundForm(AmountForm):
    amount = AmountField(label="Amount", error_messages={"required": "Type what goes back."})
    method = _payment_method_field()
    reason = NoCardField(
        label="Why", max_length=150, error_messages={"required": "Write why money goes back."}
    )
    agreed_by = NoCardField(
        label="Agreed by",
        required=False,
        max_length=40,
        help_text="Only where more goes back than the contract gives.",
    )


class DayCloseForm(AmountForm):
    """What was counted, by method."""

    note = NoCardField(
        label="Note", required=False, max_length=300, help_text="Where the count differs from the book: why."
    )
    seen_to = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, *args: Any, expected: Mapping[str, Decimal], **kwargs: Any):
        self.methods = list(expected)
        labels = dict(Payment.Method.choices)
        super().__init__(*args, **kwargs)
        counts = {
            method: AmountField(
                label=str(labels[method]), error_messages={"required": "Count it; 0 where there is none."}
            )
            for method in self.methods
        }
        self.fields = {**counts, **self.fields}
        for field in counts.values():
            field.set_number_style(kwargs["settings"].number_style, kwargs["currency"])

    def counted_by_method(self) -> dict[str, Decimal]:
        return {method: self.cleaned_data[method] for method in self.methods}


#: A file of more days is made in parts.
MOST_DAYS = 400


class BookForm(forms.Form):
    """Which days the bookkeeper gets."""

    first = _date_field("From")
    last = _date_field("To")

    def clean(self) -> dict[str, Any]:
        """The last day is not before the first, and not too many days after it."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and last < first:
            self.add_error("last", "It ends before it starts. Correct the days.")
        elif first and last and last - first > timedelta(days=MOST_DAYS):
            self.add_error("last", f"Up to {MOST_DAYS} days in one file.")
        return cleaned

    @classmethod
    def for_last_month(cls, today: date) -> "BookForm":
        last = today.replace(day=1) - timedelta(days=1)
        return cls(initial={"first": last.replace(day=1), "last": last})
