"""What may be typed about stock. Shape only: the rules say whether it makes sense."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Column, Layout, Row
from django import forms

from treatments.catalogue.queries import SHOWN

#: Lines a delivery may have; a longer one is received in two.
MAX_LINES = 20


def _helper(*rows):
    """Rows of ``(field, Bootstrap columns)``, inside a form that the template opens."""
    helper = FormHelper()
    helper.form_tag = False
    helper.disable_csrf = True
    helper.layout = Layout(*(Row(*(Column(name, css_class=size) for name, size in row)) for row in rows))
    return helper


class _DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self):
        super().__init__(format="%Y-%m-%d")


class StockFilterForm(forms.Form):
    text = forms.CharField(label="Product or lot", required=False, max_length=60)
    show = forms.ChoiceField(label="Show", required=False, choices=list(SHOWN.items()))


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
        self.helper = _helper([("kind", "col-12")], [("ml", "col-sm-4"), ("reason", "col-sm-8")])
