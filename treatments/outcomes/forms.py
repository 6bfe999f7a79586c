"""What is typed to compare two sides of a scalp: the shape of it. The rules say whether it may be."""

from crispy_forms.helper import FormHelper
from django import forms

from treatments.outcomes.models import SplitScalpSettings
from treatments.outcomes.rules.split_scalp import ENDS, MOST_COUNTED


class WithHelper:
    """The page's template writes the form's tag."""

    @property
    def helper(self) -> FormHelper:
        helper = FormHelper()
        helper.form_tag = False
        return helper


class SplitScalpSettingsForm(WithHelper, forms.ModelForm):
    class Meta:
        model = SplitScalpSettings
        fields = ["is_on", "ethics_number", "not_asked_because"]
        labels = {
            "is_on": "Compare two sides of one scalp here",
            "ethics_number": "Number of the ethics approval",
            "not_asked_because": "Or why none is asked for in this country",
        }


_WAYS = [
    (compared.label, [(f"{compared.value}|{end}", end) for end in ends]) for compared, ends in ENDS.items()
]


class DrawForm(WithHelper, forms.Form):
    """Two ways of the same thing, and the name of who agreed."""

    first = forms.ChoiceField(choices=_WAYS, label="One way")
    second = forms.ChoiceField(choices=_WAYS, label="The other way")
    has_agreed = forms.BooleanField(label="The patient has read what is compared and agrees", required=False)
    consent_name = forms.CharField(label="Name of the person who agrees", max_length=200)

    @property
    def compared(self) -> str:
        return self._part("first", 0)

    def end(self, name: str) -> str:
        """Empty where the two are not of the same thing."""
        return self._part(name, 1) if self._part(name, 0) == self.compared else ""

    def _part(self, name: str, place: int) -> str:
        value: str = self.cleaned_data.get(name, "|")
        return value.split("|", 1)[place]


def _pain_field(label: str) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=0, max_value=10)


def _count_field(label: str) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=0, max_value=MOST_COUNTED, required=False)


class SideFiguresForm(WithHelper, forms.Form):
    pain_left = _pain_field("Worst pain, left, 0 to 10")
    pain_right = _pain_field("Worst pain, right, 0 to 10")
    count_left = _count_field("Counted, left")
    count_right = _count_field("Counted, right")
