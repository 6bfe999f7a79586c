"""The shape of what is typed about payments, refunds, the day's count, coupons and a clinic's terms."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Layout
from django import forms

from mesoclinic.accounts.models import Clinic
from mesoclinic.core.form_fields import AmountField, NoCardField
from mesoclinic.core.quantities import plain
from treatments.plans.models import Payment, PlanSettings, Price, Quote
from treatments.plans.rules import CouponFact


class _Here(forms.Form):
    """A form that reads amounts the clinic's way."""

    def __init__(self, *args: Any, settings: PlanSettings, currency: str, **kwargs: Any):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, AmountField):
                field.here(settings.style, currency)


def _method() -> forms.ChoiceField:
    return forms.ChoiceField(label="How", choices=Payment.Method.choices)


def _date(label: str, **options: Any) -> forms.DateField:
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    return forms.DateField(label=label, widget=widget, **options)


class PaymentForm(_Here):
    amount = AmountField(label="Amount", error_messages={"required": "Type what came in."})
    kind = forms.ChoiceField(
        label="What",
        choices=[
            (kind.value, kind.label)
            for kind in (Payment.Kind.PAYMENT, Payment.Kind.DEPOSIT, Payment.Kind.INSTALMENT)
        ],
    )
    method = _method()
    reference = NoCardField(
        label="Slip or transfer number",
        required=False,
        max_length=60,
        help_text="Never a card number.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class RefundForm(_Here):
    amount = AmountField(label="Amount", error_messages={"required": "Type what goes back."})
    method = _method()
    reason = NoCardField(
        label="Why", max_length=150, error_messages={"required": "Write why money goes back."}
    )
    agreed_by = NoCardField(
        label="Agreed by",
        required=False,
        max_length=40,
        help_text="Only where more goes back than the contract gives.",
    )


# --- a draft quote -----------------------------------------------------------


class TermsForm(forms.Form):
    """What all options of a quote share."""

    code = forms.CharField(
        label="Coupon", required=False, max_length=24, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    insurance_rate = forms.DecimalField(
        label="Insurer pays, %",
        min_value=0,
        max_value=100,
        max_digits=6,
        decimal_places=3,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    instalments = forms.IntegerField(
        label="Parts, after the deposit",
        min_value=1,
        max_value=24,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

    @classmethod
    def of(cls, quote: Quote, data: Any = None) -> "TermsForm":
        given = {
            "code": quote.coupon.code if quote.coupon else "",
            "insurance_rate": plain(quote.insurance_rate),
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


class CodeForm(forms.Form):
    """What a patient types who opens the link at home."""

    code = forms.CharField(
        max_length=20, widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"})
    )


# --- coupons -----------------------------------------------------------------


class CouponForm(_Here):
    code = forms.RegexField(
        r"^[A-Za-z0-9][A-Za-z0-9-]*$",
        label="Code",
        max_length=24,
        error_messages={"invalid": "Letters, digits and dashes only: SPRING-25."},
    )
    amount = AmountField(label="Takes off")
    valid_from = _date("Counts from", required=False)
    valid_to = _date("Last day", required=False)
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


# --- the till ----------------------------------------------------------------


class DayCloseForm(_Here):
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
            field.here(kwargs["settings"].style, kwargs["currency"])

    def counted(self) -> dict[str, Decimal]:
        return {method: self.cleaned_data[method] for method in self.methods}


#: A file of more days is made in parts.
MOST_DAYS = 400


class BookForm(forms.Form):
    """Which days the bookkeeper gets."""

    first = _date("From")
    last = _date("To")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and last < first:
            self.add_error("last", "It ends before it starts. Correct the days.")
        elif first and last and last - first > timedelta(days=MOST_DAYS):
            self.add_error("last", f"Up to {MOST_DAYS} days in one file.")
        return cleaned

    @classmethod
    def last_month(cls, today: date) -> "BookForm":
        last = today.replace(day=1) - timedelta(days=1)
        return cls(initial={"first": last.replace(day=1), "last": last})


# --- settings ----------------------------------------------------------------


class SettingsForm(forms.ModelForm):
    instalments = forms.IntegerField(label="Parts, after the deposit", min_value=1, max_value=24)
    instalment_days = forms.IntegerField(label="Days between parts", min_value=1, max_value=365)
    insurance_rate = forms.DecimalField(
        label="Insurer usually pays, %",
        min_value=0,
        max_value=100,
        max_digits=6,
        decimal_places=3,
        help_text="Rarely more than 0.",
    )
    cash_float = AmountField(label="Cash that stays in the drawer")
    kit_cost = AmountField(label="A single-use kit costs us")
    practitioner_cost = AmountField(label="Practitioner, per session")
    room_cost = AmountField(label="Room, per session")

    class Meta:
        model = PlanSettings
        fields = [
            "refund_policy",
            "instalments",
            "instalment_days",
            "insurance_rate",
            "amounts",
            "cash_float",
            "kit_cost",
            "practitioner_cost",
            "room_cost",
        ]
        labels = {"refund_policy": "Refund of a part-used package", "amounts": "Amounts are typed like"}
        help_texts = {"refund_policy": "Stands on every quote; a quote that was issued keeps its own."}

    def __init__(self, *args: Any, clinic: Clinic, **kwargs: Any):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, AmountField):
                field.here(self.instance.style, clinic.currency)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True

        def row(*names: str) -> Div:
            return Div(*(Div(n, css_class="col-sm") for n in names), css_class="row")

        self.helper.layout = Layout(
            "refund_policy",
            row("instalments", "instalment_days", "insurance_rate"),
            row("amounts", "cash_float"),
            row("kit_cost", "practitioner_cost", "room_cost"),
        )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for name in ("cash_float", "kit_cost", "practitioner_cost", "room_cost"):
            if cleaned.get(name) is not None and cleaned[name] < 0:
                self.add_error(name, "0 or more. Correct it.")
        return cleaned
