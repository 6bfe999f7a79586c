"""What may be typed about products, and which of them are shown. Shape only: the rules say whether it makes sense."""

from django import forms

from treatments.catalogue.forms.versions import MAX_LINES, SaidByAction, crispy_form_helper
from treatments.catalogue.models import Product
from treatments.catalogue.rules import PRODUCT_FIELDS, ProductFact, check_product_fields, is_gtin


class ProductForm(SaidByAction, forms.ModelForm):
    class Meta:
        model = Product
        fields = PRODUCT_FIELDS
        labels = {
            "code": "Code",
            "strength": "Strength, as printed",
            "container_ml": "One container holds, ml",
            "maker": "Maker",
            "gtin": "GTIN",
            "price_per_ml": "Price per ml",
            "premade": "Ready-made: several ingredients in one",
            "additions_allowed": "Its maker allows adding to it",
            "injectable": "Made for injection",
            "legal_route": "Legal route",
            "in_use_hours": "Good after opening, hours",
            "blocked": "Blocked: never usable",
            "blocked_reason": "Why it is blocked, and who says so",
        }
        help_texts = {
            "code": "Short, once and for all: dexpanthenol-250.",
            "strength": "250 mg/ml, 0.5 %",
            "gtin": "The figures under its bar code.",
            "legal_route": "What it is licensed or notified as.",
            "in_use_hours": "Empty: as its presentation (multi-dose 672).",
            "blocked": "",
            "additions_allowed": "",
        }
        widgets = {
            "legal_route": forms.Textarea(attrs={"rows": 2}),
            "blocked_reason": forms.Textarea(attrs={"rows": 2}),
            "remark": forms.Textarea(attrs={"rows": 2}),
        }

    code = forms.SlugField(max_length=60)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["code"].disabled = True
        self.helper = crispy_form_helper(
            [("name", "col-md-8"), ("code", "col-md-4")],
            [("strength", "col-md-4"), ("presentation", "col-md-4"), ("container_ml", "col-md-4")],
            [("maker", "col-md-4"), ("supplier", "col-md-4"), ("country", "col-md-4")],
            [("price_per_ml", "col-md-4"), ("gtin", "col-md-4"), ("in_use_hours", "col-md-4")],
            [("injectable", "col-md-4"), ("legal_route", "col-md-8")],
            [("premade", "col-md-6"), ("additions_allowed", "col-md-6")],
            [("blocked", "col-md-4"), ("blocked_reason", "col-md-8")],
            [("remark", "col-12")],
        )

    def clean_gtin(self):
        """As a scanner says it, in 14 figures: a scan finds what was typed from under the bar code."""
        gtin = self.cleaned_data["gtin"]
        return gtin.zfill(14) if is_gtin(gtin) else gtin

    def clean(self):
        """The product's own figures, as the rules check them."""
        cleaned = super().clean() or {}
        fact = ProductFact(
            # What is in it is asked line by line; here only its own figures.
            contents={"-": None},
            **{
                name: cleaned[name]
                for name in (
                    "container_ml",
                    "price_per_ml",
                    "in_use_hours",
                    "gtin",
                    "blocked",
                    "blocked_reason",
                    "injectable",
                    "legal_route",
                    "presentation",
                )
                if name in cleaned
            },
        )
        for finding in check_product_fields(fact):
            self.add_error(finding.where, finding.message)
        return cleaned


class ContentForm(forms.Form):
    """One ingredient of a product."""

    ingredient = forms.ChoiceField(label="Ingredient", required=False)
    mg_per_ml = forms.DecimalField(label="mg per ml", required=False, max_digits=12, decimal_places=4)

    def __init__(self, *args, ingredients, **kwargs):
        super().__init__(*args, **kwargs)
        self.known = ingredients
        self.fields["ingredient"].choices = [
            ("", "—"),
            *((code, ingredient.name) for code, ingredient in ingredients.items()),
        ]

    def clean_ingredient(self):
        """The ingredient whose code was chosen; None for none."""
        return self.known.get(self.cleaned_data["ingredient"])

    def clean(self):
        """A strength that the rules allow, of an ingredient."""
        cleaned = super().clean() or {}
        mg = cleaned.get("mg_per_ml")
        if mg is not None:
            for finding in check_product_fields(ProductFact(contents={"This line": mg})):
                self.add_error("mg_per_ml", finding.message)
        if mg is not None and not cleaned.get("ingredient"):
            self.add_error("ingredient", "Choose what this is a strength of.")
        return cleaned


#: Empty lines that a new product begins with, and that one with contents gets.
NEW_LINES, MORE_LINES = 4, 1


def content_formset(data, initial, *, ingredients):
    """A line for each ingredient of a product, and a few empty ones."""
    extra = MORE_LINES if initial else NEW_LINES
    formset = forms.formset_factory(ContentForm, extra=extra, max_num=MAX_LINES, absolute_max=MAX_LINES)
    return formset(data, initial=initial, prefix="content", form_kwargs={"ingredients": ingredients})


ANY = ("", "Any")
ROUTES = [ANY, ("yes", "Made for injection"), ("check", "To be checked"), ("no", "Not to be injected")]
PRESCRIPTIONS = [ANY, ("yes", "Needed"), ("varies", "Varies by country"), ("no", "Not needed")]


class ProductFilterForm(forms.Form):
    text = forms.CharField(label="Name, maker, code or GTIN", required=False, max_length=80)
    family = forms.ChoiceField(label="Class", required=False)
    kind = forms.ChoiceField(
        label="Counts as active",
        required=False,
        choices=[ANY, ("active", "Holds an active"), ("other", "No active in it")],
    )
    prescription = forms.ChoiceField(label="Prescription", required=False, choices=PRESCRIPTIONS)
    blocked = forms.ChoiceField(
        label="Blocked", required=False, choices=[ANY, ("yes", "Blocked"), ("no", "Not blocked")]
    )
    route = forms.ChoiceField(label="Legal route", required=False, choices=ROUTES)
    show = forms.ChoiceField(label="Show", required=False, choices=[("", "In use"), ("retired", "Retired")])

    def __init__(self, *args, families, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["family"].choices = family_choices(families)


def family_text(family):
    """``b_vitamin`` → "B vitamin"."""
    words = family.replace("_", " ")
    return words[:1].upper() + words[1:]


def family_choices(families):
    return [ANY, *((family, family_text(family)) for family in families)]
