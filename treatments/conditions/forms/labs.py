"""The form of a laboratory result."""

from typing import Any

from django import forms

from mesoclinic.core.form_fields import Number
from patients.forms.people import day_field, fields_in_a_row, form_helper
from treatments.conditions.rules.labs import LabReport


class LabResultForm(forms.Form):
    """What stands on the laboratory's report. A correction has a reason, and the test of what it replaces."""

    test = forms.ChoiceField(label="Test")
    value = Number(label="Figure", required=False, min_value=0, max_digits=12, decimal_places=4)
    unit = forms.ChoiceField(label="Unit", required=False, help_text="As printed on the report.")
    low = Number(label="Interval from", required=False, min_value=0, max_digits=12, decimal_places=4)
    high = Number(label="to", required=False, min_value=0, max_digits=12, decimal_places=4)
    text = forms.CharField(
        label="Result in words",
        required=False,
        max_length=200,
        help_text="For a test that is not a figure: “negative”, “no growth”.",
    )
    taken_on = day_field(label="Sample taken on")
    laboratory = forms.CharField(label="Laboratory", required=False, max_length=120)
    reason = forms.CharField(label="Why the result is replaced", required=False, max_length=200)

    def __init__(self, *args: Any, tests: list[Any], is_correction: bool = False, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.tests = {test.code: test for test in tests}
        units = dict.fromkeys(unit for test in tests for unit in test.units)
        choices: Any = self.fields["test"]
        choices.choices = [("", "Choose…"), *((code, test.name) for code, test in self.tests.items())]
        choices = self.fields["unit"]
        choices.choices = [("", "—"), *((unit, unit) for unit in units)]
        shown: list[Any] = [
            "test",
            fields_in_a_row("value", "unit"),
            fields_in_a_row("low", "high"),
            "text",
            fields_in_a_row("taken_on", "laboratory"),
        ]
        if is_correction:
            shown = [*shown[1:], "reason"]
            self.fields["test"].required = False
        else:
            del self.fields["reason"]
        self.helper = form_helper(*shown)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        test = self.tests.get(cleaned.get("test") or "")
        if test and len(test.units) == 1 and cleaned.get("value") is not None and not cleaned.get("unit"):
            cleaned["unit"] = test.units[0]
        return cleaned

    @property
    def report(self) -> LabReport:
        """What was typed; ask it of a valid form."""
        said = self.cleaned_data
        return LabReport(
            **{
                name: said[name]
                for name in ("taken_on", "value", "text", "unit", "low", "high", "laboratory")
            }
        )
