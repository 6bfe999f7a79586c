"""What may be typed about a dose limit, a pair or a contraindication."""

from django import forms

from patients.models import Factor
from treatments.catalogue.forms.versions import (
    SOURCE_LABELS,
    SOURCE_ROWS,
    SOURCE_WIDGETS,
    CitedForm,
    crispy_form_helper,
)
from treatments.catalogue.models import Contraindication, DoseLimit, Indication, Ingredient, Interaction
from treatments.catalogue.queries.safety_rules import KINDS
from treatments.catalogue.rules import PERIODS, UNITS, check_dose_limit_figures_and_unit


class DoseLimitForm(CitedForm):
    class Meta:
        model = DoseLimit
        fields = [
            "ingredient",
            "kind",
            "value",
            "unit",
            "period",
            "mg_per_kg",
            "basis_text",
            "suggested",
            "source_text",
        ]
        labels = SOURCE_LABELS | {
            "kind": "What kind of figure it is",
            "value": "Figure",
            "period": "In one",
            "mg_per_kg": "And per kg of body weight, mg",
            "basis_text": "Basis, in the words of the source",
        }
        widgets = SOURCE_WIDGETS | {"basis_text": forms.Textarea(attrs={"rows": 2})}

    unit = forms.ChoiceField(choices=[(unit, unit) for unit in UNITS])
    period = forms.ChoiceField(label="In one", choices=[(period, period) for period in PERIODS])

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        disable_saved_or_limit_choices(self, "ingredient")
        self.helper = crispy_form_helper(
            [("ingredient", "col-md-6"), ("kind", "col-md-6")],
            [("value", "col-md-3"), ("unit", "col-md-3"), ("period", "col-md-3"), ("mg_per_kg", "col-md-3")],
            [("basis_text", "col-12")],
            [("suggested", "col-12")],
            *SOURCE_ROWS,
        )

    def clean(self):
        """The limit's figures, as the rules check them."""
        cleaned = super().clean()
        if not {"value", "mg_per_kg", "unit", "period"} <= cleaned.keys():
            return cleaned
        for finding in check_dose_limit_figures_and_unit(
            value=cleaned["value"],
            mg_per_kg=cleaned["mg_per_kg"],
            unit=cleaned["unit"],
            period=cleaned["period"],
        ):
            self.add_error(finding.where, finding.message)
        return cleaned


class InteractionForm(CitedForm):
    class Meta:
        model = Interaction
        fields = ["first", "second", "kind", "severity", "scope", "why", "basis", "source_text"]
        labels = SOURCE_LABELS | {
            "first": "One ingredient",
            "second": "The other",
            "kind": "What they do",
            "why": "Why",
            "basis": "How surely the source says so",
        }
        widgets = SOURCE_WIDGETS | {"why": forms.Textarea(attrs={"rows": 2})}

    severity = forms.ChoiceField(choices=[(word, word) for word in ("high", "moderate", "low", "none")])
    scope = forms.ChoiceField(
        label="Where it holds",
        choices=[
            (words, words)
            for words in (
                "same syringe",
                "same session",
                "same syringe or same session",
                "separate syringes, same session",
                "any",
            )
        ],
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        disable_saved_or_limit_choices(self, "first", "second")
        self.helper = crispy_form_helper(
            [("first", "col-md-6"), ("second", "col-md-6")],
            [("kind", "col-md-4"), ("severity", "col-md-4"), ("scope", "col-md-4")],
            [("why", "col-12")],
            [("basis", "col-md-6")],
            *SOURCE_ROWS,
        )

    def clean(self):
        """Two different ingredients."""
        cleaned = super().clean()
        first, second = cleaned.get("first"), cleaned.get("second")
        if first and first == second:
            self.add_error("second", "An ingredient meets itself always. Choose another.")
        return cleaned

    @property
    def row_values(self):
        """As in every cited form; the pair in the order of its ids."""
        values = super().row_values
        first, second = values["first"], values["second"]
        if second and first.pk > second.pk:
            values["first"], values["second"] = second, first
        return values


class ContraindicationForm(CitedForm):
    class Meta:
        model = Contraindication
        fields = [
            "ingredient",
            "factor",
            "factor_text",
            "severity",
            "severity_note",
            "why",
            "action",
            "basis",
            "source_text",
        ]
        labels = SOURCE_LABELS | {
            "factor": "Whom it concerns",
            "factor_text": "In the words of the source",
            "severity": "How strong",
            "severity_note": "Note on the strength",
            "action": "What to do",
            "basis": "How surely the source says so",
        }
        widgets = SOURCE_WIDGETS

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["factor"].queryset = Factor.objects.order_by("label")
        self.fields["factor"].label_from_instance = lambda factor: factor.label
        disable_saved_or_limit_choices(self, "ingredient", "factor", "factor_text")
        if "ingredient" in self.fields:
            self.fields["ingredient"].empty_label = "The whole treatment"
            self.fields["factor"].empty_label = "Everyone"
        self.helper = crispy_form_helper(
            [("ingredient", "col-md-6"), ("factor", "col-md-6")],
            [("factor_text", "col-12")],
            [("severity", "col-md-4"), ("severity_note", "col-md-8")],
            [("why", "col-md-6"), ("action", "col-md-6")],
            [("basis", "col-md-6")],
            *SOURCE_ROWS,
        )


def disable_saved_or_limit_choices(form, *names):
    """What a row is about is chosen once: another thing is another row."""
    for name in names:
        field = form.fields[name]
        if form.instance.pk:
            field.disabled = True
        if not isinstance(field, forms.ModelChoiceField):
            continue
        if form.instance.pk:
            field.queryset = field.queryset.filter(
                pk=getattr(form.instance, form._meta.model._meta.get_field(name).attname)
            )
        elif field.queryset.model is Ingredient:
            field.queryset = Ingredient.objects.filter(retired_at=None).order_by("name_key")


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
        disable_saved_or_limit_choices(self, "condition", "ingredient")
        self.helper = crispy_form_helper(
            [("ingredient", "col-md-6"), ("condition", "col-md-6")],
            [("support", "col-md-4"), ("evidence_level", "col-md-8")],
            [("remark", "col-12")],
            [("basis", "col-md-6")],
            *SOURCE_ROWS,
        )


class RuleFilterForm(forms.Form):
    kind = forms.ChoiceField(
        label="Kind", required=False, choices=[(kind.key, kind.label) for kind in KINDS.values()]
    )
    show = forms.ChoiceField(
        label="Show",
        required=False,
        choices=[
            ("", "Not reviewed here"),
            ("all", "All in use"),
            ("own", "This clinic’s own"),
            ("retired", "Retired"),
        ],
    )
    text = forms.CharField(label="Ingredient, condition or words", required=False, max_length=80)
