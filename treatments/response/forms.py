"""The form of a review. Nothing in it is chosen beforehand."""

from typing import Any

from django import forms

from treatments.response.rules.review import MOST_DAYS, Decision


class ReviewForm(forms.Form):
    """What follows, and why."""

    decision = forms.ChoiceField(
        label="What follows",
        required=False,
        choices=[(each.value, each.label) for each in Decision],
        error_messages={"invalid_choice": "Choose one of these."},
    )
    interval_days = forms.IntegerField(
        label="Days between sessions from here on",
        required=False,
        min_value=1,
        max_value=MOST_DAYS,
        widget=forms.NumberInput(attrs={"class": "form-control", "inputmode": "numeric"}),
    )
    text = forms.CharField(
        label="Why (kept with the decision)",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2, "class": "form-control"}),
    )

    @property
    def values_for_action(self) -> dict[str, Any]:
        """What was chosen; ask it of a valid form."""
        said = self.cleaned_data
        return {
            "decision": Decision(said["decision"]) if said["decision"] else None,
            "text": said["text"],
            "interval_days": said["interval_days"],
        }
