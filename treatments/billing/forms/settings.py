"""The form of the clinic's terms of payment."""

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Layout
from django import forms

from mesoclinic.accounts.models import Clinic
from mesoclinic.core.form_fields import AmountField
from treatments.billing.models import PlanSettings
from treatments.billing.rules.quote_links import LONGEST_TO_DECIDE


class SettingsForm(forms.ModelForm):
    instalments = forms.IntegerField(label="Parts that the rest is paid in", min_value=1, max_value=24)
    invoice_days = forms.IntegerField(label="Invoices are due after, days", min_value=0, max_value=365)
    days_to_decide = forms.IntegerField(
        label="Days to decide, by link",
        min_value=0,
        max_value=LONGEST_TO_DECIDE,
        help_text="A patient accepts a quote at home only after so many days.",
    )
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
            "cash_float",
            "kit_cost",
            "practitioner_cost",
            "room_cost",
            "prices_include_tax",
            "invoice_days",
            "days_to_decide",
            "address",
            "phone",
            "tax_number",
        ]
        labels = {
            "refund_policy": "Refund of a part-used package",
            "prices_include_tax": "Prices are written with their tax in them",
            "address": "Address, on invoices",
            "phone": "Telephone, on invoices",
            "tax_number": "Tax number",
        }
        help_texts = {
            "refund_policy": "Stands on every quote; a quote that was issued keeps its own.",
            "prices_include_tax": "Counts from the next price list on.",
        }
        widgets = {"address": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, clinic: Clinic, **kwargs: Any):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, AmountField):
                field.set_number_style(self.instance.number_style, clinic.currency)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True

        def layout_row(*names: str) -> Div:
            """These fields side by side."""
            return Div(*(Div(n, css_class="col-sm") for n in names), css_class="row")

        self.helper.layout = Layout(
            "refund_policy",
            layout_row("instalments", "instalment_days", "insurance_rate"),
            layout_row("address", "phone", "tax_number"),
            layout_row("days_to_decide", "invoice_days", "cash_float"),
            "prices_include_tax",
            layout_row("kit_cost", "practitioner_cost", "room_cost"),
        )

    def clean(self) -> dict[str, Any]:
        """No amount is below zero."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for name in ("cash_float", "kit_cost", "practitioner_cost", "room_cost"):
            if cleaned.get(name) is not None and cleaned[name] < 0:
                self.add_error(name, "0 or more. Correct it.")
        return cleaned
