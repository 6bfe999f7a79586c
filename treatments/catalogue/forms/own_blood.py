"""What may be typed about the time limit of a patient's own blood, and about what helps without a syringe."""

from django import forms
from django.utils.text import slugify

from treatments.catalogue.forms.safety_rules import disable_saved_or_limit_choices
from treatments.catalogue.forms.versions import (
    SOURCE_LABELS,
    SOURCE_ROWS,
    SOURCE_WIDGETS,
    CitedForm,
    crispy_form_helper,
)
from treatments.catalogue.models import BloodLimit, Ingredient, OtherTreatment
from treatments.catalogue.rules import OWN_BLOOD

#: A day: nothing of a patient's own blood waits longer.
MOST_MINUTES = 24 * 60


class BloodLimitForm(CitedForm):
    class Meta:
        model = BloodLimit
        fields = ["ingredient", "minutes", "why", "note", "basis", "source_text"]
        labels = SOURCE_LABELS | {"why": "Why", "note": "Note", "basis": "How surely the source says so"}
        widgets = SOURCE_WIDGETS

    minutes = forms.IntegerField(
        label="Minutes from drawing to injecting, at most",
        min_value=1,
        max_value=MOST_MINUTES,
        help_text="Of several limits the shortest holds.",
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["ingredient"].queryset = Ingredient.objects.filter(code__in=OWN_BLOOD)
        if not self.instance.pk:
            self.fields["basis"].initial = "clinic-default"
        disable_saved_or_limit_choices(self, "ingredient")
        self.helper = crispy_form_helper(
            [("ingredient", "col-md-6"), ("minutes", "col-md-6")],
            [("why", "col-12")],
            [("note", "col-12")],
            [("basis", "col-md-6")],
            *SOURCE_ROWS,
        )

    @property
    def row_values(self):
        values = super().row_values
        if not self.instance.pk:
            values["code"] = f"own-{slugify(values['ingredient'].code)}"[:30]
        return values


class OtherTreatmentForm(CitedForm):
    class Meta:
        model = OtherTreatment
        fields = ["condition", "name", "text", "limit", "show_as", "support", "order", "basis", "source_text"]
        labels = SOURCE_LABELS | {
            "text": "What it says",
            "limit": "Its limit, in words",
            "show_as": "What it is: a lotion, a blood test, a talk",
            "support": "Support, 0 to 3; empty where there is nothing to grade",
            "order": "Place in the list",
            "basis": "How surely the source says so",
        }
        widgets = SOURCE_WIDGETS

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["support"].help_text = ""
        self.fields["support"].max_value = 3
        if not self.instance.pk:
            self.fields["basis"].initial = "clinic-default"
            self.fields["order"].initial = 100
        disable_saved_or_limit_choices(self, "condition", "name")
        self.helper = crispy_form_helper(
            [("condition", "col-md-6"), ("name", "col-md-6")],
            [("text", "col-12")],
            [("limit", "col-md-6"), ("show_as", "col-md-6")],
            [("support", "col-md-6"), ("order", "col-md-6")],
            [("basis", "col-md-6")],
            *SOURCE_ROWS,
        )

    def clean_support(self):
        """0 to 3, or nothing."""
        support = self.cleaned_data["support"]
        if support is not None and support > 3:
            raise forms.ValidationError("Support runs from 0 to 3.")
        return support
