"""What may be typed about an ingredient, and which of them are shown."""

from django import forms

from treatments.catalogue.forms.products import ANY, PRESCRIPTIONS, ROUTES, family_choices
from treatments.catalogue.forms.versions import (
    SOURCE_LABELS,
    SOURCE_ROWS,
    SOURCE_WIDGETS,
    CitedForm,
    crispy_form_helper,
)
from treatments.catalogue.models import Ingredient
from treatments.catalogue.rules import check_ingredient_status_has_reason

#: Addresses of the catalogue that an ingredient's own would hide.
TAKEN = {"new", "products", "changes"}


class IngredientFilterForm(forms.Form):
    text = forms.CharField(label="Name, synonym or class", required=False, max_length=80)
    family = forms.ChoiceField(label="Family", required=False)
    status = forms.ChoiceField(
        label="Status",
        required=False,
        choices=[
            ANY,
            ("allowed", "Allowed"),
            ("restricted", "Restricted"),
            ("blocked", "Blocked"),
            ("retired", "Retired"),
        ],
    )
    kind = forms.ChoiceField(
        label="Counts as active",
        required=False,
        choices=[ANY, ("active", "Actives"), ("other", "Diluents and others")],
    )
    prescription = forms.ChoiceField(label="Prescription", required=False, choices=PRESCRIPTIONS)
    route = forms.ChoiceField(label="Legal route of a product", required=False, choices=ROUTES)

    def __init__(self, *args, families, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["family"].choices = family_choices(families)


class IngredientForm(CitedForm):
    class Meta:
        model = Ingredient
        fields = [
            "name",
            "synonyms",
            "ingredient_class",
            "family",
            "is_active",
            "in_syringe",
            "counting_note",
            "preparation",
            "prescription",
            "work_order",
            "status",
            "status_reason",
            "usual_concentration",
            "usual_dose",
            "usual_interval",
            "storage",
            "shelf_life_after_opening",
            "regulatory_status",
            "evidence_note",
            "source_text",
        ]
        labels = SOURCE_LABELS | {
            "ingredient_class": "Class",
            "family": "Family",
            "is_active": "Counts as an active",
            "in_syringe": "Goes into the syringe",
            "preparation": "Given",
            "work_order": "Order of work",
            "status_reason": "Why it is restricted or blocked",
            "usual_dose": "Usual dose a session",
            "shelf_life_after_opening": "After opening",
            "regulatory_status": "Regulation",
            "evidence_note": "Evidence",
        }
        help_texts = {
            "family": "In one word: b_vitamin, mineral, diluent.",
            "is_active": "Diluents and anaesthetics do not.",
        }
        widgets = SOURCE_WIDGETS | {
            "status_reason": forms.Textarea(attrs={"rows": 2}),
            "regulatory_status": forms.Textarea(attrs={"rows": 2}),
            "evidence_note": forms.Textarea(attrs={"rows": 2}),
        }

    family = forms.SlugField(max_length=20, label="Family")
    work_order = forms.IntegerField(min_value=0, max_value=999, label="Order of work")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["family"].help_text = self.Meta.help_texts["family"]
        self.helper = crispy_form_helper(
            [("name", "col-md-6"), ("synonyms", "col-md-6")],
            [("ingredient_class", "col-md-6"), ("family", "col-md-3"), ("work_order", "col-md-3")],
            [("is_active", "col-md-6"), ("in_syringe", "col-md-6")],
            [("preparation", "col-md-4"), ("prescription", "col-md-4"), ("counting_note", "col-md-4")],
            [("status", "col-md-4"), ("status_reason", "col-md-8")],
            [("usual_concentration", "col-md-4"), ("usual_dose", "col-md-4"), ("usual_interval", "col-md-4")],
            [("storage", "col-md-6"), ("shelf_life_after_opening", "col-md-6")],
            [("regulatory_status", "col-md-6"), ("evidence_note", "col-md-6")],
            *SOURCE_ROWS,
        )

    def clean(self):
        """What is not simply allowed says why."""
        cleaned = super().clean()
        for finding in check_ingredient_status_has_reason(
            status=cleaned.get("status", "allowed"), status_reason=cleaned.get("status_reason", "")
        ):
            self.add_error(finding.where, finding.message)
        return cleaned


class NewIngredientForm(IngredientForm):
    """With the code it will be known by."""

    class Meta(IngredientForm.Meta):
        fields = ["code", *IngredientForm.Meta.fields]

    code = forms.SlugField(
        max_length=40, label="Code", help_text="Short, once and for all: organic-silicium."
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper.layout.insert(0, crispy_form_helper([("code", "col-md-6")]).layout[0])

    def clean_code(self):
        """No code that is an address of the catalogue."""
        code = self.cleaned_data["code"]
        if code in TAKEN:
            raise forms.ValidationError("This word is an address here. Take another.")
        return code
