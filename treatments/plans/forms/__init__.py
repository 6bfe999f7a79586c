"""The shape of what is typed about plans, prices, answers and payments."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Layout
from django import forms
from django.utils import formats, timezone

from mesoclinic.core.amounts import NumberStyle
from mesoclinic.core.form_fields import AmountField, NoCardField, SignatureMixin
from treatments.cocktails.models import CocktailVersion
from treatments.plans.models import Price, PriceList, Protocol, QuoteLine, QuoteOption
from treatments.plans.rules import PriceRow, interval_words


def _helper(*layout: Any) -> FormHelper:
    helper = FormHelper()
    helper.form_tag = False
    helper.disable_csrf = True  # printed by the page's own <form>
    helper.layout = Layout(*layout)
    return helper


def _row(*fields: Any) -> Div:
    return Div(*(Div(f, css_class="col-sm") for f in fields), css_class="row")


# --- plan --------------------------------------------------------------------


class IntervalsField(forms.CharField):
    """Days between sessions: “14”, or “7; 7; 14”. The last one repeats."""

    def prepare_value(self, value: Any) -> Any:
        return "; ".join(map(str, value)) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[int]:
        text = super().clean(value)
        parts = text.replace(",", " ").replace(";", " ").split()
        if not all(p.isascii() and p.isdigit() and len(p) <= 3 for p in parts):
            raise forms.ValidationError("Type whole days, parted by semicolons: 14, or 7; 7; 14.")
        return [int(part) for part in parts]


class PlanForm(forms.Form):
    """A course: with which cocktail, by which protocol, how many sessions, how far apart."""

    cocktail = forms.ChoiceField(label="Signed cocktail")
    protocol = forms.ChoiceField(label="Protocol")
    sessions = forms.IntegerField(label="Sessions", min_value=1, max_value=99)
    intervals = IntervalsField(
        label="Days between sessions",
        required=False,
        max_length=200,
        help_text="14, or 7; 7; 14: the last repeats.",
    )
    technique = forms.CharField(label="Technique", required=False, max_length=200)
    name = forms.CharField(
        label="Name of the plan",
        required=False,
        max_length=80,
        help_text="Stands on the quote. Empty: “Course of” and the number of sessions.",
    )

    def __init__(
        self, *args: Any, cocktails: Sequence[CocktailVersion], protocols: Sequence[Protocol], **kwargs: Any
    ):
        super().__init__(*args, **kwargs)
        self._cocktails = {str(version.pk): version for version in cocktails}
        self._protocols = {str(protocol.pk): protocol for protocol in protocols}
        cocktail: Any = self.fields["cocktail"]
        cocktail.choices = [(pk, _version_words(version)) for pk, version in self._cocktails.items()]
        protocol: Any = self.fields["protocol"]
        protocol.choices = _by_nearness(protocols)
        # Another protocol fills in its sessions at once; without a script a button does.
        protocol.widget.attrs |= {
            "hx-post": "",
            "hx-vals": '{"fill": "1"}',
            "hx-trigger": "change",
            "hx-target": "#course",
            "hx-select": "#course",
            "hx-swap": "outerHTML",
            "hx-include": "closest form",
        }

    def clean_cocktail(self) -> CocktailVersion:
        return self._cocktails[self.cleaned_data["cocktail"]]

    def clean_protocol(self) -> Protocol:
        return self._protocols[self.cleaned_data["protocol"]]

    def protocol_of(self, value: Any) -> Protocol | None:
        """The protocol chosen so far, whatever else is wrong."""
        return self._protocols.get(str(value))


def _version_words(version: Any) -> str:
    signed = formats.date_format(timezone.localtime(version.signed_at), "j M Y")
    return f"{version.cocktail.name} · version {version.number}, signed {signed}"


def _by_nearness(protocols: Sequence[Any]) -> list[tuple[str, list[Any]]]:
    """In groups: for this condition, for any, for others (which say which)."""
    groups: list[tuple[str, list[Any]]] = [
        ("For this condition", []),
        ("For any condition", []),
        ("For other conditions", []),
    ]
    for protocol in protocols:
        other = protocol.nearness == 2
        label = f"{protocol.condition}: {protocol.name}" if other else protocol.name
        if protocol.sessions_default:
            rhythm = ", then ".join(dict.fromkeys(map(interval_words, protocol.intervals)))
            label = f"{label} · {protocol.sessions_default} sessions, {rhythm}"
        groups[protocol.nearness][1].append((str(protocol.pk), label))
    return [group for group in groups if group[1]]


# --- quote -------------------------------------------------------------------


class AcceptForm(SignatureMixin, forms.Form):
    """Which option the patient takes, signed: drawn on the tablet, or typed."""

    option = forms.ChoiceField(label="Option", error_messages={"required": "Choose one of the options."})

    def __init__(self, *args: Any, options: Sequence[QuoteOption], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self._options = {str(option.pk): option for option in options}
        option: Any = self.fields["option"]
        option.choices = [(pk, one.name) for pk, one in self._options.items()]
        self.fields["signed_name"].label = "Name, as the patient signs"
        self.fields["signed_name"].widget.attrs["form"] = "accept"

    def clean_option(self) -> QuoteOption:
        return self._options[self.cleaned_data["option"]]


class DiscountForm(forms.Form):
    """For the whole option, or one of its lines."""

    line = forms.ChoiceField(label="On", required=False)
    rate = forms.DecimalField(
        label="Discount, %",
        min_value=0,
        max_value=100,
        max_digits=6,
        decimal_places=3,
        error_messages={"required": "Type the discount in percent."},
    )
    reason = NoCardField(
        label="Why", max_length=120, error_messages={"required": "Write why this discount is given."}
    )

    def __init__(self, *args: Any, lines: Sequence[QuoteLine] = (), **kwargs: Any):
        super().__init__(*args, **kwargs)
        self._lines = {str(line.pk): line for line in lines}
        line: Any = self.fields["line"]
        line.choices = [("", "the whole option"), *((pk, one.label) for pk, one in self._lines.items())]

    def clean_line(self) -> QuoteLine | None:
        return self._lines.get(self.cleaned_data["line"])


# --- prices ------------------------------------------------------------------


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
        self.helper = _helper(
            _row("name", "valid_from"),
            _row("cocktail_markup", "discount_cap", "deposit_rate"),
            _row("tax_standard", "tax_reduced"),
        )
        for name in ("tax_standard", "tax_reduced"):
            self.fields[name].required = False

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name in ("tax_standard", "tax_reduced"):
            if name not in self.errors:
                cleaned[name] = cleaned.get(name) or Decimal(0)
        return cleaned


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
        amount.here(self.style, self.currency)
        for name in ("treatment", "technique"):
            choice: Any = self.fields[name]
            choice.choices = [("", "any"), *choice.choices[1:]]
        for name, field in self.fields.items():
            number = isinstance(field, forms.DecimalField | forms.IntegerField)
            if number:
                field.widget = forms.TextInput(attrs={"inputmode": "decimal"})
            is_small = number or name in ("kind", "amount", "treatment", "technique", "tax_class")
            field.widget.attrs |= {"class": "in" if is_small else "form-control", "autocomplete": "off"}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("label") and not cleaned.get("kind"):
            self.add_error("kind", "Choose what is priced.")
        return cleaned

    def as_row(self, taxes: dict[str, Decimal]) -> PriceRow | None:
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


def price_forms(data: Any, initial: Sequence[dict[str, Any]], *, style: NumberStyle, currency: str) -> Any:
    """The rows of a list: those given, and a few empty ones."""
    formset = forms.formset_factory(PriceForm, extra=MORE_ROWS, max_num=200)
    return formset(
        data, initial=initial or None, prefix="prices", form_kwargs={"style": style, "currency": currency}
    )
