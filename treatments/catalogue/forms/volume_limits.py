"""What may be typed about a volume limit: the clinic's own, or a new version of a shipped one."""

from django import forms

from treatments.catalogue.forms.safety_rules import disable_saved_or_limit_choices
from treatments.catalogue.forms.versions import (
    SOURCE_LABELS,
    SOURCE_ROWS,
    SOURCE_WIDGETS,
    CitedForm,
    crispy_form_helper,
)
from treatments.catalogue.models import VolumeLimit
from treatments.catalogue.rules import check_volume_limit_figure_and_region
from treatments.conditions.models import Zone

What = VolumeLimit.What

#: What a clinic may limit, and its unit.
UNITS = {
    What.SESSION: "mL",
    What.CM2: "mL/cm2",
    What.POINT: "mL",
    What.REGION: "mL",
    What.DEPTH: "mm",
}


class VolumeLimitForm(CitedForm):
    class Meta:
        model = VolumeLimit
        fields = [
            "what",
            "technique",
            "ingredient",
            "zone",
            "maximum",
            "level",
            "note",
            "basis",
            "source_text",
        ]
        labels = SOURCE_LABELS | {
            "what": "What is limited",
            "maximum": "At most",
            "level": "Above it",
            "note": "Note, shown with the finding",
            "basis": "How surely the source says so",
        }
        widgets = SOURCE_WIDGETS | {"note": forms.Textarea(attrs={"rows": 2})}

    zone = forms.ChoiceField(label="Region", required=False, help_text="Only of a volume per region.")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        saved = bool(self.instance.pk)
        self.fields["technique"].choices = [("", "Any technique"), *VolumeLimit.Technique.choices]
        zones = [(self.instance.zone, self.instance.zone)] if saved else self._zone_choices()
        self.fields["zone"].choices = [("", "–"), *(zone for zone in zones if zone[0])]
        if not saved:
            self.fields["what"].choices = [(what, what.label) for what in UNITS]
            self.fields["level"].choices = VolumeLimit.Level.choices[:3]
            self.fields["basis"].initial = "clinic-default"
        disable_saved_or_limit_choices(self, "what", "technique", "ingredient", "zone")
        self.fields["ingredient"].empty_label = "Whatever is injected"
        self.fields["technique"].help_text = ""
        self.fields["maximum"].help_text = "ml, ml per cm² or mm. Strictly more than this is found."
        self.helper = crispy_form_helper(
            [("what", "col-md-6"), ("technique", "col-md-6")],
            [("ingredient", "col-md-6"), ("zone", "col-md-6")],
            [("maximum", "col-md-4"), ("level", "col-md-8")],
            [("note", "col-12")],
            [("basis", "col-md-6")],
            *SOURCE_ROWS,
        )

    @staticmethod
    def _zone_choices():
        return Zone.objects.order_by("order", "code").values_list("code", "name")

    def clean(self):
        cleaned = super().clean()
        if {"what", "maximum", "zone"} <= cleaned.keys():
            for finding in check_volume_limit_figure_and_region(
                what=cleaned["what"],
                maximum=cleaned["maximum"],
                zone=cleaned["zone"],
                is_own=self.instance.is_own,
            ):
                self.add_error(finding.where, finding.message)
        return cleaned

    @property
    def row_values(self):
        values = super().row_values
        if not self.instance.pk:
            values |= _fields_of_own_limit(values)
        return values


def _fields_of_own_limit(values):
    """What follows from what was chosen: kind, unit, whom it speaks of, and the code of what is found."""
    what, ingredient = values["what"], values["ingredient"]
    about = ingredient.code if ingredient else values["technique"] or "any"
    found = {
        What.SESSION: "volume-session",
        What.CM2: "volume-cm2",
        What.POINT: f"volume-point:{about}",
        What.REGION: f"volume-region:{values['zone']}",
        What.DEPTH: "depth",
    }
    return {
        "kind": "clinic",
        "unit": UNITS[What(what)],
        "scope": VolumeLimit.Scope.INGREDIENT if ingredient else VolumeLimit.Scope.ANY,
        "zone": values["zone"] if what == What.REGION else "",
        "finding": found[What(what)],
    }
