"""What may be typed about an indication: how well an ingredient is supported for a condition."""

from django import forms

from treatments.catalogue.forms.changes import SOURCE_LABELS, SOURCE_ROWS, SOURCE_WIDGETS, CitedForm, helper
from treatments.catalogue.forms.rule_forms import only_when_new
from treatments.cocktails.models import Indication


class IndicationForm(CitedForm):
    class Meta:
        model = Indication
        fields = ["condition", "ingredient", "support", "evidence_level", "remark", "basis", "source_text"]
        labels = SOURCE_LABELS | {"evidence_level": "Evidence", "basis": "How surely the source says so"}
        widgets = SOURCE_WIDGETS

    support = forms.TypedChoiceField(
        label="Support",
        coerce=int,
        choices=[
            (0, "0: none"),
            (1, "1: case series, opinion"),
            (2, "2: some trials"),
            (3, "3: controlled trials"),
        ],
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        only_when_new(self, "condition", "ingredient")
        self.helper = helper(
            [("ingredient", "col-md-6"), ("condition", "col-md-6")],
            [("support", "col-md-4"), ("evidence_level", "col-md-8")],
            [("remark", "col-12")],
            [("basis", "col-md-6")],
            *SOURCE_ROWS,
        )
