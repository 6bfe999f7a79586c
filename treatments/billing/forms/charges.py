"""What the desk charges a patient, and what is paid at once; and the forms on an invoice's page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms

from mesoclinic.core.form_fields import AmountField, NoCardField
from mesoclinic.core.money_input import NumberStyle
from treatments.billing.forms.payments import AmountForm
from treatments.billing.models import InvoiceLine, Payment, Price, PriceList
from treatments.billing.rules.invoices import ChargedLine
from treatments.billing.rules.prices import TAX_CLASSES, UNTAXED
from treatments.billing.rules.quotes import ABSURD_QUANTITY

#: Nothing is paid now: the invoice is sent, with its last day.
LATER = "later"


class ItemForm(forms.Form):
    """One thing that may be charged: chosen by its chip, then how many, at which price, and what it says beside it."""

    chosen = forms.BooleanField(required=False)
    quantity = forms.IntegerField(required=False, min_value=1, max_value=ABSURD_QUANTITY)
    each = AmountField(required=False)
    detail = NoCardField(required=False, max_length=160)
    source = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)

    def __init__(
        self,
        data: Mapping[str, Any] | None,
        *,
        price: Price,
        style: NumberStyle,
        currency: str,
        initial: Mapping[str, Any],
    ):
        super().__init__(data, prefix=f"item-{price.pk}", initial=dict(initial))
        self.price = price
        self.list_price_text = style.ungrouped_amount_text(price.amount, currency)
        each: Any = self.fields["each"]
        each.set_number_style(style, currency)

    def as_line_or_none(self) -> ChargedLine | None:
        """None where it was not chosen. What was left empty is one, at the list's price."""
        typed, price = self.cleaned_data, self.price
        if not typed["chosen"]:
            return None
        return ChargedLine(
            kind=price.kind,
            label=price.label,
            quantity=typed["quantity"] or 1,
            unit=price.amount if typed["each"] is None else typed["each"],
            tax_class=price.tax_class,
            tax_percent=price.tax_rate,
            detail=typed["detail"] or price.why,
            source=typed["source"],
        )


class OtherItemForm(forms.Form):
    """What no list names: a text, a price and a tax class. Medicines are never sold."""

    label = NoCardField(label="Other", required=False, max_length=120)
    quantity = forms.IntegerField(required=False, min_value=1, max_value=ABSURD_QUANTITY)
    each = AmountField(required=False)
    tax_class = forms.ChoiceField(
        choices=TAX_CLASSES.items(), required=False, widget=forms.Select(attrs={"class": "in"})
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None,
        *,
        style: NumberStyle,
        currency: str,
        price_list: PriceList | None,
    ):
        super().__init__(data, prefix="other")
        each: Any = self.fields["each"]
        each.set_number_style(style, currency)
        self._rates = {
            "standard": price_list.tax_standard if price_list else Decimal(0),
            "reduced": price_list.tax_reduced if price_list else Decimal(0),
        }

    def clean(self) -> dict[str, Any]:
        """What is named has a price."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("label") and cleaned.get("each") is None and "each" not in self.errors:
            self.add_error("each", "Type its price.")
        return cleaned

    def as_line_or_none(self) -> ChargedLine | None:
        typed = self.cleaned_data
        if not typed["label"].strip():
            return None
        tax_class = typed["tax_class"] or UNTAXED[0]
        return ChargedLine(
            kind="other",
            label=typed["label"],
            quantity=typed["quantity"] or 1,
            unit=typed["each"],
            tax_class=tax_class,
            tax_percent=self._rates.get(tax_class, Decimal(0)),
        )


class PaidNowForm(AmountForm):
    """How it is paid now. An amount left empty is all of it."""

    method = forms.ChoiceField(
        label="Paid now",
        choices=[*((each.value, each.label) for each in Payment.Method), (LATER, "Nothing now")],
        initial=Payment.Method.CARD.value,
        required=False,
        widget=forms.RadioSelect,
    )
    amount = AmountField(label="Amount", required=False, help_text="Left empty: all of it.")
    reference = NoCardField(
        label="Slip or transfer number",
        required=False,
        max_length=60,
        help_text="Never a card number.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


@dataclass(frozen=True, slots=True)
class ChargeForms:
    """The forms of the page together."""

    items: Sequence[ItemForm]
    other: OtherItemForm
    paid: PaidNowForm

    def all_valid(self) -> bool:
        """Asks every form, so that each says what is wrong with it."""
        answers = [form.is_valid() for form in (*self.items, self.other, self.paid)]
        return all(answers)

    def lines(self) -> list[ChargedLine]:
        given = [*(form.as_line_or_none() for form in self.items), self.other.as_line_or_none()]
        return [line for line in given if line is not None]


class CreditForm(AmountForm):
    """How much of each line is taken back, tax included; and why."""

    reason = NoCardField(
        label="Why it is credited", max_length=200, error_messages={"required": "Write why it is credited."}
    )

    def __init__(self, *args: Any, lines: Sequence[tuple[InvoiceLine, Decimal]], **kwargs: Any):
        super().__init__(*args, **kwargs)
        amounts = {
            f"line-{line.pk}": AmountField(label=line.label, required=False, initial=left)
            for line, left in lines
            if left
        }
        self.fields = {**amounts, **self.fields}
        for field in amounts.values():
            field.set_number_style(kwargs["settings"].number_style, kwargs["currency"])

    def amounts_by_line(self) -> dict[int, Decimal]:
        return {
            int(name.removeprefix("line-")): amount
            for name, amount in self.cleaned_data.items()
            if name.startswith("line-") and amount
        }


class WriteOffForm(AmountForm):
    amount = AmountField(label="Amount written off", error_messages={"required": "Type what is written off."})
    reason = NoCardField(
        label="Why it is written off",
        max_length=200,
        error_messages={"required": "Write why it is written off."},
    )
