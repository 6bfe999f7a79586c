"""What a privacy officer types: which record, and why."""

from django import forms

from patients.rules.break_glass import SHORTEST_REASON


class RecordNumberForm(forms.Form):
    record = forms.CharField(max_length=20, label="Record number")


class ReasonForm(forms.Form):
    reason = forms.CharField(
        max_length=300,
        label="Why",
        help_text=f"{SHORTEST_REASON} characters or more: who asked, how you know that it is them.",
    )
