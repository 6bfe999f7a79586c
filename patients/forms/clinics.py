"""What somebody writes to open the record of a patient of other clinics."""

from django import forms

from patients.rules.break_glass import LONGEST_REASON, SHORTEST_REASON


class BreakGlassForm(forms.Form):
    reason = forms.CharField(
        label="Why you open it",
        required=False,
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 2, "class": "form-control"}),
        help_text=f"{SHORTEST_REASON} characters or more, no medical details.",
    )
