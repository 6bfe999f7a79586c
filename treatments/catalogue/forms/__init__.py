"""What may be typed about ingredients, products and stock. Shape only: the rules say whether it makes sense."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Column, Layout, Row
from django import forms

from treatments.catalogue.models import Product
from treatments.catalogue.queries import SHOWN

#: Lines a delivery may have; a longer one is received in two.
MAX_LINES = 20


def _helper(*rows):
    """Rows of ``(field, Bootstrap columns)``, inside a form that the template opens."""
    helper = FormHelper()
    helper.form_tag = False
    helper.disable_csrf = True
    helper.layout = Layout(
        *(Row(*(Column(name, css_class=size) for name, size in row)) for row in rows)
    )
    return helper


class _DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self):
        super().__init__(format="%Y-%m-%d")


class IngredientFilterForm(forms.Form):
    text = forms.CharField(
        label="Name, synonym or class", required=False, max_length=80
    )
    family = forms.ChoiceField(label="Family", required=False)
    status = forms.ChoiceField(
        label="Status",
        required=False,
        choices=[
            ("", "Any"),
            ("allowed", "Allowed"),
            ("restricted", "Restricted"),
            ("blocked", "Blocked"),
        ],
    )
    kind = forms.ChoiceField(
        label="Counts as active",
        required=False,
        choices=[("", "Any"), ("active", "Actives"), ("other", "Diluents and others")],
    )
    prescription = forms.ChoiceField(
        label="Prescription",
        required=False,
        choices=[
            ("", "Any"),
            ("yes", "Needed"),
            ("varies", "Varies by country"),
            ("no", "Not needed"),
        ],
    )

    def __init__(self, *args, families, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["family"].choices = [
            ("", "Any"),
            *((family, family_words(family)) for family in families),
        ]


def family_words(family):
    """``b_vitamin`` → "B vitamin"."""
    words = family.replace("_", " ")
    return words[:1].upper() + words[1:]


class StockFilterForm(forms.Form):
    text = forms.CharField(label="Product or lot", required=False, max_length=60)
    show = forms.ChoiceField(label="Show", required=False, choices=list(SHOWN.items()))


class ProductForm(forms.ModelForm):
    class Meta:
        model = Product
        fields = [
            "code",
            "name",
            "strength",
            "presentation",
            "container_ml",
            "maker",
            "supplier",
            "country",
            "price_per_ml",
        ]
        labels = {
            "code": "Code",
            "strength": "Strength, as printed",
            "container_ml": "One container holds, ml",
            "maker": "Maker",
            "price_per_ml": "Price per ml",
        }
        help_texts = {
            "code": "Short, once and for all: dexpanthenol-250.",
            "strength": "250 mg/ml, 0.5 %",
        }

    code = forms.SlugField(max_length=60)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = _helper(
            [("name", "col-md-8"), ("code", "col-md-4")],
            [
                ("strength", "col-md-4"),
                ("presentation", "col-md-4"),
                ("container_ml", "col-md-4"),
            ],
            [("maker", "col-md-4"), ("supplier", "col-md-4"), ("country", "col-md-4")],
            [("price_per_ml", "col-md-4")],
        )

    def validate_unique(self):
        """Asked by the action, which holds the row."""

    def clean_container_ml(self):
        ml = self.cleaned_data["container_ml"]
        if ml is not None and ml <= 0:
            raise forms.ValidationError("A container holds more than 0 ml.")
        return ml

    def clean_price_per_ml(self):
        price = self.cleaned_data["price_per_ml"]
        if price is not None and price < 0:
            raise forms.ValidationError("A price is not below 0.")
        return price


class ContentForm(forms.Form):
    """One ingredient of a product."""

    ingredient = forms.ChoiceField(label="Ingredient", required=False)
    mg_per_ml = forms.DecimalField(
        label="mg per ml",
        required=False,
        max_digits=12,
        decimal_places=4,
    )

    def __init__(self, *args, ingredients, **kwargs):
        super().__init__(*args, **kwargs)
        self.known = ingredients
        self.fields["ingredient"].choices = [
            ("", "—"),
            *((code, ingredient.name) for code, ingredient in ingredients.items()),
        ]

    def clean_ingredient(self):
        return self.known.get(self.cleaned_data["ingredient"])

    def clean(self):
        cleaned = super().clean() or {}
        mg = cleaned.get("mg_per_ml")
        if mg is not None and mg <= 0:
            self.add_error("mg_per_ml", "A strength is above 0.")
        if mg is not None and not cleaned.get("ingredient"):
            self.add_error("ingredient", "Choose what this is a strength of.")
        return cleaned


class StockForm(forms.Form):
    """Waste, a return or a count, with its reason."""

    kind = forms.ChoiceField(
        label="What happened",
        choices=[
            ("waste", "Wasted"),
            ("return", "Returned to the supplier"),
            ("count", "Counted: this is what is on the shelf"),
        ],
    )
    ml = forms.DecimalField(label="ml", max_digits=9, decimal_places=2)
    reason = forms.CharField(label="Why", max_length=200)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = _helper(
            [("kind", "col-12")], [("ml", "col-sm-4"), ("reason", "col-sm-8")]
        )
