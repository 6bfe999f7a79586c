"""The form of a new plan."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils import formats, timezone

from treatments.cocktails.models import CocktailVersion
from treatments.plans.models import Protocol
from treatments.plans.rules import interval_text


class IntervalsField(forms.CharField):
    """Days between sessions: “14”, or “7; 7; 14”. The last one repeats."""

    def prepare_value(self, value: Any) -> Any:
        """A list of days as it is typed: “7; 7; 14”."""
        return "; ".join(map(str, value)) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[int]:
        """What was typed as a list of days."""
        text = super().clean(value)
        parts = text.replace(",", " ").replace(";", " ").split()
        if not all(p.isascii() and p.isdigit() and len(p) <= 3 for p in parts):
            raise forms.ValidationError("Type whole days, parted by semicolons: 14, or 7; 7; 14.")
        return [int(part) for part in parts]


class PlanForm(forms.Form):
    """A course: with which cocktail, by which protocol, how many sessions, how far apart."""

    cocktail = forms.ChoiceField(label="Signed cocktail")
    protocol = forms.ChoiceField(label="Protocol")
    sessions = forms.IntegerField(label="Sessions", min_value=1, max_value=99)
    intervals = IntervalsField(
        label="Days between sessions",
        required=False,
        max_length=200,
        help_text="14, or 7; 7; 14: the last repeats.",
    )
    technique = forms.CharField(label="Technique", required=False, max_length=200)
    name = forms.CharField(
        label="Name of the plan",
        required=False,
        max_length=80,
        help_text="Stands on the quote. Empty: “Course of” and the number of sessions.",
    )

    def __init__(
        self, *args: Any, cocktails: Sequence[CocktailVersion], protocols: Sequence[Protocol], **kwargs: Any
    ):
        super().__init__(*args, **kwargs)
        self._cocktails = {str(version.pk): version for version in cocktails}
        self._protocols = {str(protocol.pk): protocol for protocol in protocols}
        cocktail: Any = self.fields["cocktail"]
        cocktail.choices = [(pk, _cocktail_version_text(version)) for pk, version in self._cocktails.items()]
        protocol: Any = self.fields["protocol"]
        protocol.choices = _protocol_choice_groups(protocols)
        # Another protocol fills in its sessions at once; without a script a button does.
        protocol.widget.attrs |= {
            "hx-post": "",
            "hx-vals": '{"fill": "1"}',
            "hx-trigger": "change",
            "hx-target": "#course",
            "hx-select": "#course",
            "hx-swap": "outerHTML",
            "hx-include": "closest form",
        }

    def clean_cocktail(self) -> CocktailVersion:
        """The cocktail version whose id was chosen."""
        return self._cocktails[self.cleaned_data["cocktail"]]

    def clean_protocol(self) -> Protocol:
        """The protocol whose id was chosen."""
        return self._protocols[self.cleaned_data["protocol"]]

    def chosen_protocol_or_none(self, value: Any) -> Protocol | None:
        """The protocol chosen so far, whatever else is wrong."""
        return self._protocols.get(str(value))


def _cocktail_version_text(version: Any) -> str:
    signed = formats.date_format(timezone.localtime(version.signed_at), "j M Y")
    return f"{version.cocktail.name} · version {version.number}, signed {signed}"


def _protocol_choice_groups(protocols: Sequence[Any]) -> list[tuple[str, list[Any]]]:
    """In groups: for this condition, for any, for others (which say which)."""
    groups: list[tuple[str, list[Any]]] = [
        ("For this condition", []),
        ("For any condition", []),
        ("For other conditions", []),
    ]
    for protocol in protocols:
        other = protocol.nearness == 2
        label = f"{protocol.condition}: {protocol.name}" if other else protocol.name
        if protocol.sessions_default:
            intervals = ", then ".join(dict.fromkeys(map(interval_text, protocol.intervals)))
            label = f"{label} · {protocol.sessions_default} sessions, {intervals}"
        groups[protocol.nearness][1].append((str(protocol.pk), label))
    return [group for group in groups if group[1]]
