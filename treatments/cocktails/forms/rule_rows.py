"""Which rules are shown."""

from django import forms

from treatments.cocktails.queries.rule_rows import KINDS


class RuleFilterForm(forms.Form):
    kind = forms.ChoiceField(
        label="Kind", required=False, choices=[(kind.key, kind.label) for kind in KINDS.values()]
    )
    show = forms.ChoiceField(
        label="Show",
        required=False,
        choices=[("", "Not reviewed here"), ("all", "All in use"), ("retired", "Retired")],
    )
    text = forms.CharField(label="Ingredient, condition or words", required=False, max_length=80)
