"""The forms that take money, give it back, count the till and choose the days of the payment book."""

from collections.abc import Mapping, Sequence
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
    amount = AmountField(label="Amount taken", error_messages={"required": "Type what came in."})
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
    replaces = forms.ChoiceField(label="In place of", required=False)
    again = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1)

    def __init__(self, *args: Any, voided: Sequence[Payment] = (), **kwargs: Any):
        """``voided``: payments that were made void and that this one may stand for."""
        super().__init__(*args, **kwargs)
        self._voided = {str(each.pk): each for each in voided}
        replaces: Any = self.fields["replaces"]
        replaces.choices = [
            ("", "nothing: a payment of its own"),
            *((pk, f"{each.receipt.number}, made void") for pk, each in self._voided.items()),
        ]
        if not voided:
            replaces.widget = forms.HiddenInput()

    def clean_replaces(self) -> Payment | None:
        """The voided payment whose id was chosen."""
        return self._voided.get(self.cleaned_data["replaces"])


class VoidForm(forms.Form):
    """Why a payment was a mistake, and which is the right one where it was entered already."""

    reason = NoCardField(
        label="What was wrong",
        max_length=200,
        error_messages={"required": "Write what was wrong."},
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    replaced_by = forms.ChoiceField(label="The right one is", required=False)

    def __init__(self, *args: Any, others: Sequence[Payment] = (), **kwargs: Any):
        super().__init__(*args, **kwargs)
        self._others = {str(each.pk): each for each in others}
        right: Any = self.fields["replaced_by"]
        right.choices = [
            ("", "not entered yet, or none"),
            *((pk, each.receipt.number) for pk, each in self._others.items()),
        ]

    def clean_replaced_by(self) -> Payment | None:
        """The payment whose id was chosen."""
        return self._others.get(self.cleaned_data["replaced_by"])


class RefundForm(AmountForm):
    amount = AmountField(label="Amount given back", error_messages={"required": "Type what goes back."})
    method = _payment_method_field()
    reason = NoCardField(
        label="Why it goes back", max_length=150, error_messages={"required": "Write why money goes back."}
    )
    agreed_by = NoCardField(
        label="Agreed by",
        required=False,
        max_length=40,
        help_text="Where more goes back than the contract gives, or it is goodwill.",
    )
    goodwill = forms.BooleanField(label="Goodwill: nothing more is owed for it", required=False)


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
