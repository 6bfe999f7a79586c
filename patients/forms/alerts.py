"""The form that clears an alert, and the one in which a second clinician agrees that it is done early."""

from collections.abc import Mapping, Sequence

from django import forms

from mesoclinic.core.findings import MIN_BLOCK_REASON
from patients.rules.alert_clearing import OTHER, UNKNOWN, ClearingField
from patients.rules.alerts import MAX_TEXT, substance_name_from_code


class ClearForm(forms.Form):
    """What the kind of the alert asks for, and why it is cleared. The rule says what is missing."""

    def __init__(
        self,
        data: Mapping[str, str] | None = None,
        *,
        asked: Sequence[ClearingField] = (),
        suspects: Sequence[str] = (),
    ) -> None:
        super().__init__(data)
        for each in asked:
            self.fields[each.name] = _form_field_of_clearing_field(each, suspects)
            if each.names_culprit:
                self.fields["culprit_name"] = forms.CharField(
                    label="Another substance: its name", max_length=MAX_TEXT, required=False
                )
        self.fields["reason"] = forms.CharField(
            label="Why it is cleared" if not asked else "What you found, and why it is cleared",
            max_length=MAX_TEXT,
            required=False,
            widget=forms.Textarea(attrs={"rows": 2}),
            help_text=f"{MIN_BLOCK_REASON} characters or more.",
        )
        for field in self.fields.values():
            css = "form-select" if isinstance(field, forms.ChoiceField) else "form-control"
            field.widget.attrs["class"] = css

    @property
    def answers(self) -> dict[str, str]:
        """What was written, by field."""
        return {name: str(value or "") for name, value in self.cleaned_data.items() if name != "reason"}


def _form_field_of_clearing_field(asked: ClearingField, suspects: Sequence[str]) -> forms.Field:
    is_plain = asked.required or "(" in asked.label or ", if " in asked.label
    label = asked.label if is_plain else f"{asked.label} (where there was one)"
    if asked.is_day:
        return forms.CharField(
            label=label, required=False, widget=forms.TextInput(attrs={"type": "date", "autocomplete": "off"})
        )
    if asked.names_culprit:
        choices = [("", "Choose"), *((code, substance_name_from_code(code)) for code in suspects)]
        if asked.kind == "culprit":
            choices.append((UNKNOWN, "Culprit unknown"))
        return forms.ChoiceField(
            label=label, choices=[*choices, (OTHER, "Another substance")], required=False
        )
    return forms.CharField(label=label, required=False, max_length=MAX_TEXT)


class AgreementForm(forms.Form):
    """Why an alert may be cleared before its days are over, in the words of a second clinician."""

    agreement = forms.CharField(
        label="Why it may be cleared earlier",
        max_length=MAX_TEXT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "class": "form-control"}),
    )
