"""The forms of an adverse reaction report: how a clinician judges it, and who got it."""

from typing import Any

from django import forms

from patients.forms.people import day_field, fields_in_a_row, form_helper
from treatments.followup.rules import (
    CAUSALITY_TEXTS,
    EVENT_OUTCOME_TEXTS,
    SERIOUSNESS_TEXTS,
    Challenge,
)

_CHALLENGES = [(each.value, each.value.replace("_", " ")) for each in Challenge]


class AdverseReportForm(forms.Form):
    """What only a clinician knows; the rest is on record already."""

    serious = forms.MultipleChoiceField(
        label="Serious because",
        required=False,
        choices=[(code.value, text) for code, text in SERIOUSNESS_TEXTS.items()],
        widget=forms.CheckboxSelectMultiple,
        help_text="None ticked: not serious.",
    )
    outcome = forms.ChoiceField(
        label="Outcome",
        required=False,
        choices=[("", "Choose…"), *((code.value, text) for code, text in EVENT_OUTCOME_TEXTS.items())],
    )
    causality = forms.ChoiceField(
        label="Causality (WHO-UMC)",
        required=False,
        choices=[("", "Choose…"), *((code.value, text) for code, text in CAUSALITY_TEXTS.items())],
    )
    dechallenge = forms.ChoiceField(
        label="Better after stopping", choices=_CHALLENGES, initial=Challenge.DOES_NOT_APPLY.value
    )
    rechallenge = forms.ChoiceField(
        label="Came back when given again",
        choices=_CHALLENGES,
        initial=Challenge.DOES_NOT_APPLY.value,
        help_text="Never give it again to find out.",
    )
    narrative = forms.CharField(
        label="What happened, in words",
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.helper = form_helper(
            "causality",
            "outcome",
            "serious",
            fields_in_a_row("dechallenge", "rechallenge"),
            "narrative",
        )


class SubmissionForm(forms.Form):
    """Who got it, typed by whoever sent it."""

    authority = forms.CharField(label="Sent to", max_length=120)
    sent_on = day_field(label="On")
    number = forms.CharField(label="Their number", required=False, max_length=60)

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.helper = form_helper("authority", fields_in_a_row("sent_on", "number"))
