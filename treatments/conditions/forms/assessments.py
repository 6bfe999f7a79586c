"""The forms of an assessment: the condition and its severity, one for each zone, one for each figure."""

from django import forms

from mesoclinic.core.form_fields import Number
from mesoclinic.core.quantities import plain_number_text
from treatments.conditions.models import Condition
from treatments.conditions.rules.scale_pictures import picture_of_step_or_none

#: The order in which conditions are offered; causes have their own chips.
ROLES = ("indication", "doubtful", "related", "exclusion", "refer")

#: What may stand beside the main condition.
BESIDE = ("indication", "doubtful", "related")

#: How many figures may be written down at once.
MEASURE_LINES = 3


def condition_chip_text(condition):
    """The name without what stands in brackets, for a chip."""
    return condition.name.partition(" (")[0].removeprefix("Cause: ").capitalize()


class AssessForm(forms.Form):
    condition = forms.ChoiceField(label="Condition")
    scale = forms.ChoiceField(label="Scale", required=False)
    level = forms.ChoiceField(label="Severity", required=False)
    value = Number(label="Severity", required=False, max_digits=8, decimal_places=2)
    others = forms.MultipleChoiceField(label="Also found", required=False)
    causes = forms.MultipleChoiceField(label="Likely causes", required=False)
    note = forms.CharField(label="Note", required=False, max_length=5000, widget=forms.Textarea)

    def __init__(self, *args, offered, sex, **kwargs):
        super().__init__(*args, **kwargs)
        self.offered = offered
        other = {"female": "men", "male": "women"}.get(sex)
        fitting = [c for c in offered.conditions if c.who != other]
        labels = dict(Condition.Role.choices)
        self.fields["condition"].choices = [
            ("", "Choose…"),
            *((labels[role], [(c.code, c.name) for c in fitting if c.role == role]) for role in ROLES),
        ]
        self.chosen = offered.condition_of_code_or_none(self["condition"].value() or "")
        self.fields["others"].choices = [
            (c.code, condition_chip_text(c)) for c in fitting if c.role in BESIDE and c is not self.chosen
        ]
        self.fields["causes"].choices = [
            (c.code, condition_chip_text(c)) for c in fitting if c.role == "cause"
        ]
        self.scales = offered.scales_for_condition_and_sex(self.chosen, sex)
        self.fields["scale"].choices = [(s.code, s.name) for s in self.scales]
        picked = self["scale"].value()
        self.scale = next((s for s in self.scales if s.code == picked), next(iter(self.scales), None))
        self.levels = offered.levels.get(self.scale.pk, []) if self.scale else []
        self.fields["level"].choices = [(str(level.pk), level.label or level.value) for level in self.levels]
        self.levels_with_pictures = [
            (level, picture_of_step_or_none(self.scale.code, level.value)) for level in self.levels
        ]

    @classmethod
    def unchecked_as_typed(cls, data, **kwargs):
        """The form as it was left, not judged yet."""
        return _form_without_errors(cls, data, **kwargs)

    def clean_condition(self):
        return self.offered.condition_of_code_or_none(self.cleaned_data["condition"])

    def clean_scale(self):
        return self.scale

    def clean_level(self):
        picked = self.cleaned_data["level"]
        return next((level for level in self.levels if str(level.pk) == picked), None)

    def clean_others(self):
        return [self.offered.condition_of_code_or_none(code) for code in self.cleaned_data["others"]]


class ZoneForm(forms.Form):
    """One row of parts/_zone_table.html."""

    on = forms.BooleanField(required=False)
    area = Number(required=False, max_digits=6, decimal_places=1)

    def __init__(self, *args, zone, **kwargs):
        self.zone = zone
        super().__init__(*args, prefix=f"zone-{zone.code}", **kwargs)

    @classmethod
    def unchecked_as_typed(cls, data, **kwargs):
        return _form_without_errors(cls, data, **kwargs)

    def clean(self):
        cleaned = super().clean()
        if not cleaned.get("on"):
            self._errors.clear()  # an area beside a zone that is not marked says nothing
        elif "area" not in self.errors and cleaned.get("area") is None:
            self.add_error("area", f"Type the area of {self.zone.name} in cm².")
        return cleaned

    @property
    def template_row(self):
        """As the template's parts take it."""
        area = self["area"].value() if self.is_bound else self.initial.get("area", "")
        if not area and not self.is_bound and not self["on"].value():
            area = "" if self.zone.area_cm2 is None else plain_number_text(self.zone.area_cm2)
        return {
            "code": self.zone.code,
            "name": self.zone.name,
            "prefix": self.prefix,
            "on": bool(self["on"].value()),
            "state": "done" if self["on"].value() else "",
            "area_cm2": area,
            "errors": {name: errors[0] for name, errors in self.errors.items()},
        }


class MeasureForm(forms.Form):
    """One figure: of which scale, measured where."""

    scale = forms.ChoiceField(label="What", required=False)
    zone = forms.ChoiceField(label="Where", required=False)
    value = Number(label="Figure", required=False, max_digits=8, decimal_places=2)

    def __init__(self, *args, offered, condition=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.scales = {s.code: s for s in offered.scales_measured_in_condition(condition)}
        self.zones = {z.code: z for z in offered.zones}
        self.fields["scale"].choices = [
            ("", "—"),
            *(
                (code, f"{s.short_name}, {s.unit}" if s.unit else s.short_name)
                for code, s in self.scales.items()
            ),
        ]
        self.fields["zone"].choices = [
            ("", "whole scalp"),
            *((code, z.name) for code, z in self.zones.items()),
        ]

    @classmethod
    def unchecked_as_typed(cls, data, **kwargs):
        return _form_without_errors(cls, data, **kwargs)

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("value") is not None and not cleaned.get("scale"):
            self.add_error("scale", "Choose what this figure measures.")
        return cleaned

    @property
    def scale_zone_and_figure_or_none(self):
        """``(scale, zone or None, figure)``, or None where nothing was measured."""
        value = self.cleaned_data.get("value")
        scale = self.scales.get(self.cleaned_data.get("scale", ""))
        if value is None or scale is None:
            return None
        return scale, self.zones.get(self.cleaned_data["zone"]), value


def _form_without_errors(form_class, data, **kwargs):
    """A form that shows what was typed and reports no errors."""
    bound = form_class(data, **kwargs)
    typed = {name: bound[name].data for name in bound.fields}
    return form_class(initial=typed, **kwargs)
