"""The form that clears an alert."""

from django import forms

from mesoclinic.core.findings import MIN_BLOCK_REASON
from patients.rules.alerts import MAX_TEXT


class ClearForm(forms.Form):
    """Why an alert is cleared, in a sentence."""

    reason = forms.CharField(
        label="Why it is cleared",
        min_length=MIN_BLOCK_REASON,
        max_length=MAX_TEXT,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={
            "required": "Say why this alert is cleared.",
            "min_length": f"Say in {MIN_BLOCK_REASON} characters or more why this alert is cleared.",
        },
    )
