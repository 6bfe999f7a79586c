"""The forms on a quote's page: discount, terms, extras, an own option, accepting, sending; and the one of a coupon."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms

from mesoclinic.core.form_fields import AmountField, NoCardField, Number, SignatureMixin
from mesoclinic.core.money_input import NumberStyle
from mesoclinic.core.quantities import plain_number_text
from treatments.billing.forms.payments import AmountForm, _date_field
from treatments.billing.models import Price, Quote, QuoteLine, QuoteOption
from treatments.billing.rules.coupons import CouponFact


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
        """The option whose id was chosen."""
        return self._options[self.cleaned_data["option"]]


class DiscountForm(forms.Form):
    """For the whole option, or one of its lines: in percent, or a fixed amount; beside the package or in its place."""

    line = forms.ChoiceField(label="On", required=False)
    rate = Number(
        label="Discount, %", required=False, min_value=0, max_value=100, max_digits=6, decimal_places=3
    )
    amount = AmountField(label="or an amount off", required=False)
    adds = forms.ChoiceField(
        label="The package discount",
        required=False,
        choices=[("", "is replaced by it"), ("adds", "stays, and this comes on top")],
    )
    reason = NoCardField(
        label="Why", max_length=120, error_messages={"required": "Write why this discount is given."}
    )

    def __init__(
        self,
        *args: Any,
        option: QuoteOption,
        lines: Sequence[QuoteLine] = (),
        style: NumberStyle,
        currency: str,
        **kwargs: Any,
    ):
        super().__init__(*args, **kwargs)
        amount: Any = self.fields["amount"]
        amount.set_number_style(style, currency)
        if not option.package_rate:
            del self.fields["adds"]
        self._lines = {str(line.pk): line for line in lines}
        line: Any = self.fields["line"]
        line.choices = [("", "the whole option"), *((pk, one.label) for pk, one in self._lines.items())]

    def clean_line(self) -> QuoteLine | None:
        """The line whose id was chosen; None for the whole option."""
        return self._lines.get(self.cleaned_data["line"])

    def clean_adds(self) -> bool:
        """Whether the package's discount stays."""
        return bool(self.cleaned_data["adds"])

    def clean(self) -> dict[str, Any]:
        """A percentage or an amount, one of the two."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        rate, amount = cleaned.get("rate"), cleaned.get("amount")
        if {"rate", "amount"} & set(self.errors):
            return cleaned
        if rate is None and amount is None:
            self.add_error("rate", "Type the discount in percent, or an amount.")
        elif rate and amount:
            self.add_error("amount", "Type a percentage or an amount, not both.")
        cleaned["rate"], cleaned["amount"] = rate or Decimal(0), amount or Decimal(0)
        return cleaned


class TermsForm(forms.Form):
    """What all options of a quote share."""

    code = forms.CharField(
        label="Coupon", required=False, max_length=24, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    insurance_rate = Number(
        label="Insurer pays, %",
        min_value=0,
        max_value=100,
        max_digits=6,
        decimal_places=3,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    instalments = forms.IntegerField(
        label="Parts that the rest is paid in",
        min_value=1,
        max_value=24,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

    @classmethod
    def for_quote(cls, quote: Quote, data: Any = None) -> "TermsForm":
        given = {
            "code": quote.coupon.code if quote.coupon else "",
            "insurance_rate": plain_number_text(quote.insurance_rate),
            "instalments": quote.instalments,
        }
        return cls(data, initial=given, auto_id="terms_%s")


class ExtraForm(forms.Form):
    """A consultation or an extra, onto every option."""

    price = forms.ChoiceField(label="Add")
    quantity = forms.IntegerField(
        label="How many",
        min_value=1,
        max_value=1000,
        initial=1,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, prices: Sequence[Price], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self._prices = {str(price.pk): price for price in prices}
        price: Any = self.fields["price"]
        price.choices = [(pk, one.label) for pk, one in self._prices.items()]

    def clean_price(self) -> Price:
        """The price whose id was chosen."""
        return self._prices[self.cleaned_data["price"]]


class OwnOptionForm(forms.Form):
    sessions = forms.IntegerField(
        label="Sessions",
        min_value=1,
        max_value=30,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"required": "Type how many sessions."},
    )


class SendForm(forms.Form):
    """Where a quote goes."""

    to = forms.EmailField(
        label="E-mail",
        max_length=254,
        error_messages={
            "required": "Type the patient's e-mail address.",
            "invalid": "Type an address like name@example.org.",
        },
    )
    language = forms.ChoiceField(label="In", required=False)

    def __init__(self, *args: Any, languages: Sequence[tuple[str, str]], **kwargs: Any):
        super().__init__(*args, **kwargs)
        language: Any = self.fields["language"]
        language.choices = languages


class CouponForm(AmountForm):
    code = forms.RegexField(
        r"^[A-Za-z0-9][A-Za-z0-9-]*$",
        label="Code",
        max_length=24,
        error_messages={"invalid": "Letters, digits and dashes only: SPRING-25."},
    )
    amount = AmountField(label="Takes off")
    valid_from = _date_field("Counts from", required=False)
    valid_to = _date_field("Last day", required=False)
    most_uses = forms.IntegerField(
        label="How often, if limited", required=False, min_value=1, max_value=1_000_000
    )
    note = NoCardField(label="What for", required=False, max_length=120)

    def as_fact(self, currency: str) -> CouponFact:
        typed = self.cleaned_data
        return CouponFact(
            code=typed["code"],
            amount=typed["amount"],
            currency=currency,
            valid_from=typed["valid_from"],
            valid_to=typed["valid_to"],
            most_uses=typed["most_uses"],
        )


#: The languages a quote can be printed in, each by its own name.
LANGUAGES = [
    ("en", "English"),
    ("fr", "Français"),
    ("es", "Español"),
    ("tr", "Türkçe"),
    ("de", "Deutsch"),
    ("ar", "العربية"),
]
