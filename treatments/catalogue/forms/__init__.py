"""What may be typed about stock. Shape only: the rules say whether it makes sense."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Column, Layout, Row
from django import forms
from django.utils import timezone

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


class StockFilterForm(forms.Form):
    text = forms.CharField(label="Product or lot", required=False, max_length=60)
    show = forms.ChoiceField(label="Show", required=False, choices=list(SHOWN.items()))


class ReceiptForm(forms.Form):
    """One line of a delivery."""

    product = forms.ChoiceField(label="Product")
    number = forms.CharField(label="Lot number", max_length=40)
    certificate = forms.CharField(label="Certificate", max_length=100, required=False)
    maker = forms.CharField(label="Maker", max_length=100)
    country = forms.CharField(label="Country of origin", max_length=60)
    supplier = forms.CharField(label="Supplier", max_length=100)
    received_on = forms.DateField(label="Received on", widget=_DateInput())
    expires_on = forms.DateField(label="Expires on", widget=_DateInput())
    ml = forms.DecimalField(label="ml in all", max_digits=9, decimal_places=2)
    unit_cost = forms.DecimalField(
        label="Cost per ml", max_digits=12, decimal_places=3, required=False
    )

    def __init__(self, *args, products, **kwargs):
        super().__init__(*args, **kwargs)
        self.known = products
        self.fields["product"].choices = [
            ("", "Choose…"),
            *((key, str(product)) for key, product in products.items()),
        ]
        self.fields["received_on"].initial = timezone.localdate
        self.helper = _helper(
            [
                ("product", "col-md-6"),
                ("number", "col-md-3"),
                ("certificate", "col-md-3"),
            ],
            [("maker", "col-md-4"), ("country", "col-md-4"), ("supplier", "col-md-4")],
            [
                ("received_on", "col-md-3 col-6"),
                ("expires_on", "col-md-3 col-6"),
                ("ml", "col-md-3 col-6"),
                ("unit_cost", "col-md-3 col-6"),
            ],
        )

    def clean_product(self):
        return self.known[self.cleaned_data["product"]]

    @property
    def is_blank(self):
        """Nothing that only this line can say was typed: the line is left out."""
        return not any(
            self.data.get(self.add_prefix(name), "").strip()
            for name in ("product", "number", "expires_on", "ml")
        )


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
