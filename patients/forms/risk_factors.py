"""The form of a risk factor."""

from typing import Any

from django import forms

from patients.forms.people import day_field, fields_in_a_row, form_helper
from patients.models import Factor


class RiskFactorForm(forms.Form):
    """What stands about a patient: out of the list the rules know, or in words."""

    KINDS = [(value, label) for value, label in Factor.Kind.choices if value != Factor.Kind.STAFF]

    kind = forms.ChoiceField(choices=KINDS, label="Kind")
    factor = forms.ModelChoiceField(
        Factor.objects.none(), required=False, label="What the checks know", empty_label="Not in this list"
    )
    label = forms.CharField(
        required=False,
        max_length=200,
        label="In words",
        help_text="A name, as it was said: it is looked up in the list of that kind.",
    )
    started_on = day_field(required=False, label="Since")
    ended_on = day_field(required=False, label="Until, if known")

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        factors = Factor.objects.filter(retired_at=None).exclude(kind=Factor.Kind.STAFF)
        field: Any = self.fields["factor"]
        field.queryset = factors
        kinds: dict[str, list[tuple[int, str]]] = {}
        for factor in factors:
            kinds.setdefault(factor.get_kind_display(), []).append((factor.pk, factor.label))
        field.choices = [("", "Not in this list"), *kinds.items()]
        self.helper = form_helper("kind", "factor", "label", fields_in_a_row("started_on", "ended_on"))

    def clean(self) -> dict[str, Any]:
        """Refuse where neither a factor of the list nor words of its own are given."""
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("factor") and not cleaned.get("label"):
            self.add_error("label", "Choose from the list, or say it in words.")
        return cleaned
