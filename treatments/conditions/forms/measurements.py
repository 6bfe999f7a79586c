"""The forms of a figure with the way it was measured, and of a point that is found again."""

from typing import Any

from django import forms

from mesoclinic.core.form_fields import Number
from patients.forms.people import fields_in_a_row, form_helper
from treatments.conditions.models import KeptAs, MeasurementKind, MeasurementSite, Zone
from treatments.conditions.queries.measurements import FigureEntry

#: What is written down on the page of measurements; the patient's own items are asked at the session too.
RECORDED = (KeptAs.MEASURED, KeptAs.PATIENT)


class FigureForm(forms.Form):
    """One figure. What is known of the last one of its kind is proposed by the page, not by the form."""

    scale = forms.ChoiceField(label="What")
    value = Number(label="Figure", max_digits=8, decimal_places=2)
    place = forms.ChoiceField(label="Where", required=False)
    method = forms.CharField(
        label="Method", required=False, max_length=80, help_text="Counted by hand, TrichoScan…"
    )
    device = forms.CharField(
        label="Device", required=False, max_length=80, help_text="With software and version."
    )
    field_cm2 = Number(
        label="Field counted, cm²",
        required=False,
        min_value=0,
        max_digits=6,
        decimal_places=3,
    )
    preparation = forms.CharField(
        label="Hair on the day", required=False, max_length=120, help_text="Washed 1 day before, dry, combed…"
    )
    counter = forms.ChoiceField(label="Counted by", required=False)

    def __init__(
        self,
        *args: Any,
        kinds: list[MeasurementKind],
        zones: list[Zone],
        sites: list[MeasurementSite],
        people: list[Any],
        **kwargs: Any,
    ):
        super().__init__(*args, **kwargs)
        self.kinds = {kind.scale.code: kind for kind in kinds if kind.kept_as in RECORDED}
        self.sites = {f"site-{site.pk}": site for site in sites}
        self.zones = {zone.code: zone for zone in zones}
        self.people = {str(person.pk): person for person in people}
        fields: Any = self.fields
        fields["scale"].choices = [
            ("", "Choose…"),
            *(
                (code, f"{kind.scale.name}, {kind.scale.unit}" if kind.scale.unit else kind.scale.name)
                for code, kind in self.kinds.items()
            ),
        ]
        fields["place"].choices = [
            ("", "whole scalp"),
            *((key, f"site {site.label}, {site.zone.name}") for key, site in self.sites.items()),
            *((code, zone.name) for code, zone in self.zones.items()),
        ]
        fields["counter"].choices = [
            ("", "who writes it down"),
            *((pk, person.display_name) for pk, person in self.people.items()),
        ]
        self.helper = form_helper(
            "scale",
            fields_in_a_row("value", "place"),
            fields_in_a_row("method", "device"),
            fields_in_a_row("field_cm2", "preparation"),
            "counter",
        )

    @property
    def entry(self) -> FigureEntry:
        """What was typed; ask it of a valid form."""
        said = self.cleaned_data
        return FigureEntry(
            kind=self.kinds[said["scale"]],
            value=said["value"],
            zone=self.zones.get(said["place"]),
            site=self.sites.get(said["place"]),
            method=said["method"],
            device=said["device"],
            field_cm2=said["field_cm2"] or None,
            preparation=said["preparation"],
            counter=self.people.get(said["counter"]),
        )


class SiteForm(forms.Form):
    """A point of the scalp: its zone, its place on the map, its distances from two landmarks."""

    zone = forms.ChoiceField(label="Zone")
    from_nasion_cm = Number(
        label="From the nasion along the midline, cm",
        min_value=0,
        max_value=60,
        max_digits=4,
        decimal_places=1,
    )
    from_midline_cm = Number(
        label="From the midline, cm",
        min_value=-30,
        max_value=30,
        max_digits=4,
        decimal_places=1,
        help_text="Below 0 to the patient’s left.",
    )
    mark = forms.CharField(
        label="Mark on the skin", required=False, max_length=80, help_text="A tattooed dot needs a consent."
    )
    map_x = forms.IntegerField(
        label="On the map, % from its left edge", required=False, min_value=0, max_value=100
    )
    map_y = forms.IntegerField(label="% from its front edge", required=False, min_value=0, max_value=100)

    def __init__(self, *args: Any, zones: list[Zone], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.zones = {zone.code: zone for zone in zones}
        field: Any = self.fields["zone"]
        field.choices = [(code, zone.name) for code, zone in self.zones.items()]
        self.helper = form_helper(
            "zone",
            fields_in_a_row("from_nasion_cm", "from_midline_cm"),
            "mark",
            fields_in_a_row("map_x", "map_y"),
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if (cleaned.get("map_x") is None) != (cleaned.get("map_y") is None):
            self.add_error("map_y", "Type both places on the map, or none.")
        return cleaned

    @property
    def values_for_action(self) -> dict[str, Any]:
        return self.cleaned_data | {"zone": self.zones[self.cleaned_data["zone"]]}
