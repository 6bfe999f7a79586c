"""The forms of a new price list."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Layout
from django import forms

from mesoclinic.core.form_fields import AmountField, Number
from mesoclinic.core.money_input import NumberStyle
from treatments.billing.models import Price, PriceList
from treatments.billing.rules.prices import PriceRow


def _layout_helper(*layout: Any) -> FormHelper:
    helper = FormHelper()
    helper.form_tag = False
    helper.disable_csrf = True  # printed by the page's own <form>
    helper.layout = Layout(*layout)
    return helper


def _layout_row(*fields: Any) -> Div:
    return Div(*(Div(f, css_class="col-sm") for f in fields), css_class="row")


class PriceListForm(forms.ModelForm):
    class Meta:
        model = PriceList
        fields = [
            "name",
            "valid_from",
            "cocktail_markup",
            "discount_cap",
            "deposit_rate",
            "tax_standard",
            "tax_reduced",
        ]
        field_classes = dict.fromkeys(
            ("cocktail_markup", "discount_cap", "deposit_rate", "tax_standard", "tax_reduced"), Number
        )
        widgets = {"valid_from": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})}
        labels = {
            "valid_from": "In force from",
            "cocktail_markup": "Cocktail markup",
            "discount_cap": "Largest discount, %",
            "deposit_rate": "Deposit, %",
            "tax_standard": "Standard tax, %",
            "tax_reduced": "Reduced tax, %",
        }
        help_texts = {
            "cocktail_markup": "A cocktail costs its ml × price per ml × this.",
            "discount_cap": "All discounts of a quote together.",
            "deposit_rate": "Asked for when a quote is accepted.",
        }

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["name"].required = False
        self.helper = _layout_helper(
            _layout_row("name", "valid_from"),
            _layout_row("cocktail_markup", "discount_cap", "deposit_rate"),
            _layout_row("tax_standard", "tax_reduced"),
        )
        for name in ("tax_standard", "tax_reduced"):
            self.fields[name].required = False

    def clean(self) -> dict[str, Any]:
        """A tax rate left empty is 0."""
        cleaned = super().clean() or self.cleaned_data
        for name in ("tax_standard", "tax_reduced"):
            if name not in self.errors:
                cleaned[name] = cleaned.get(name) or Decimal(0)
        return cleaned


@dataclass(frozen=True, slots=True)
class PriceColumn:
    head: str
    fields: list[forms.BoundField]


_COLUMNS = (
    ("What, called", ("kind", "label")),
    ("Price, tax", ("amount", "tax_class")),
    ("Area, from and to cm²", ("area_from", "area_to")),
    ("Treatment, technique", ("treatment", "technique")),
    ("From sessions, off %", ("sessions_from", "rate")),
    ("Why", ("why",)),
)


class PriceForm(forms.ModelForm):
    """One row; an empty label leaves the row out."""

    amount = AmountField(label="Price", required=False)

    class Meta:
        model = Price
        fields = [
            "kind",
            "label",
            "amount",
            "tax_class",
            "area_from",
            "area_to",
            "treatment",
            "technique",
            "sessions_from",
            "rate",
            "why",
        ]
        field_classes = {"area_from": Number, "area_to": Number, "rate": Number}
        labels = {
            "label": "Called",
            "why": "Why",
            "area_from": "From cm²",
            "area_to": "To cm²",
            "sessions_from": "From sessions",
            "treatment": "Treatment",
            "technique": "Technique",
            "rate": "Off, %",
            "tax_class": "Tax",
        }

    def __init__(self, *args: Any, style: NumberStyle, currency: str, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.style, self.currency = style, currency
        for name in ("kind", "label", "rate", "tax_class"):
            self.fields[name].required = False
        amount: Any = self.fields["amount"]
        amount.set_number_style(self.style, self.currency)
        for name in ("treatment", "technique"):
            choice: Any = self.fields[name]
            choice.choices = [("", "any"), *choice.choices[1:]]
        for name, field in self.fields.items():
            number = isinstance(field, forms.DecimalField | forms.IntegerField)
            if number:
                field.widget = forms.TextInput(attrs={"inputmode": "decimal"})
            is_small = number or name in ("kind", "amount", "treatment", "technique", "tax_class")
            field.widget.attrs |= {"class": "in" if is_small else "form-control", "autocomplete": "off"}

    def columns(self) -> list[PriceColumn]:
        """The fields as the table shows them: two that belong together stand in one column."""
        return [PriceColumn(head, [self[name] for name in names]) for head, names in _COLUMNS]

    def clean(self) -> dict[str, Any]:
        """A row with a label says what is priced."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("label") and not cleaned.get("kind"):
            self.add_error("kind", "Choose what is priced.")
        return cleaned

    def as_price_row_or_none(self, taxes: dict[str, Decimal]) -> PriceRow | None:
        """``taxes``: the rate of each class that has one."""
        cleaned = self.cleaned_data
        if not cleaned.get("label", "").strip():
            return None
        zero = Decimal(0)
        return PriceRow(
            kind=cleaned["kind"],
            label=cleaned["label"],
            why=cleaned["why"],
            area_from=cleaned["area_from"],
            area_to=cleaned["area_to"],
            sessions_from=cleaned["sessions_from"],
            amount=cleaned["amount"] or zero,
            rate=cleaned["rate"] or zero,
            technique=cleaned["technique"],
            treatment=cleaned["treatment"],
            tax_class=cleaned["tax_class"] or "none",
            tax_percent=taxes.get(cleaned["tax_class"], zero),
        )

    def _post_clean(self) -> None:
        """What makes sense is asked of the rules, for the list as a whole."""


PRICE_FIELDS = PriceForm.Meta.fields

MORE_ROWS = 4


def price_row_formset(
    data: Any, initial: Sequence[dict[str, Any]], *, style: NumberStyle, currency: str
) -> Any:
    """The rows of a list: those given, and a few empty ones."""
    formset = forms.formset_factory(PriceForm, extra=MORE_ROWS, max_num=200)
    return formset(
        data, initial=initial or None, prefix="prices", form_kwargs={"style": style, "currency": currency}
    )
