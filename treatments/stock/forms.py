"""One line of a delivery, as it is typed or scanned. Shape only: the rules say whether it makes sense."""

from decimal import Decimal

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Column, Layout, Row
from django import forms
from django.utils import timezone

from mesoclinic.core.uploads import MAX_CERTIFICATE_MB
from treatments.catalogue.barcodes import LONGEST_SCAN, is_gtin_14
from treatments.catalogue.forms.versions import MAX_LINES
from treatments.catalogue.kits import ml_of_kits
from treatments.catalogue.rules import KIT
from treatments.stock.queries import SHOWN
from treatments.stock.rules.lots import Receipt

#: What a line takes over from the one above: the same delivery.
SAME = ("maker", "country", "supplier", "received_on")


class _DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self):
        super().__init__(format="%Y-%m-%d")


class CountsKits(forms.Form):
    """A form whose amounts are ml, or of a kit the number of kits."""

    def _ml_or_error(self, field, amount, product):
        """The ml that were typed as such or as kits; the error at ``field`` where a part of a kit was typed."""
        if amount is None or product.presentation != KIT:
            return amount
        try:
            return ml_of_kits(amount, product.container_ml)
        except ValueError as wrong:
            self.add_error(field, str(wrong))
            return None


class CountForm(CountsKits):
    """One lot on the sheet of a count."""

    counted = forms.DecimalField(label="Counted", max_digits=9, decimal_places=2, required=False)
    reason = forms.CharField(label="Why", max_length=200, required=False)

    def __init__(self, *args, product, **kwargs):
        super().__init__(*args, **kwargs)
        self.product = product
        stands = self.initial.get("counted")
        if stands is not None and product.presentation == KIT:
            self.initial["counted"] = stands / product.container_ml

    def clean_counted(self):
        return self._ml_or_error("counted", self.cleaned_data["counted"], self.product)


class ReceiptForm(CountsKits):
    scan = forms.CharField(
        label="Scan the pack",
        max_length=LONGEST_SCAN,
        required=False,
        strip=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "GS1 code, then Enter"}),
    )
    product = forms.ChoiceField(label="Product")
    number = forms.CharField(label="Lot number", max_length=40)
    serial = forms.CharField(label="Serial", max_length=20, required=False)
    expires_on = forms.DateField(label="Expires on", widget=_DateInput())
    received_on = forms.DateField(label="Received on", widget=_DateInput())
    ml = forms.DecimalField(label="ml in all; of kits, how many", max_digits=9, decimal_places=2)
    unit_cost = forms.DecimalField(
        label="Cost per ml, or per kit", max_digits=12, decimal_places=3, required=False
    )
    maker = forms.CharField(label="Maker", max_length=100)
    country = forms.CharField(label="Country of origin", max_length=60)
    supplier = forms.CharField(label="Supplier", max_length=100)
    certificate = forms.CharField(label="Certificate number", max_length=100, required=False)
    certificate_file = forms.FileField(
        label="Certificate file",
        required=False,
        allow_empty_file=True,  # said in our words
        help_text=f"PDF, up to {MAX_CERTIFICATE_MB} MB.",
        widget=forms.FileInput(attrs={"accept": "application/pdf,.pdf"}),
    )
    kept = forms.IntegerField(required=False, widget=forms.HiddenInput)
    gtin = forms.CharField(required=False, max_length=14, widget=forms.HiddenInput)

    def __init__(self, *args, products, **kwargs):
        super().__init__(*args, **kwargs)
        self.known = products
        self.note = ""
        self.kept_name = ""
        self.fields["product"].choices = [
            ("", "Choose…"),
            *((key, str(product)) for key, product in products.items()),
        ]
        self.fields["received_on"].initial = timezone.localdate
        self.helper = _crispy_form_helper(
            [("scan", "col-12")],
            [("product", "col-md-6"), ("number", "col-md-3"), ("serial", "col-md-3")],
            [
                ("expires_on", "col-md-3 col-6"),
                ("received_on", "col-md-3 col-6"),
                ("ml", "col-md-3 col-6"),
                ("unit_cost", "col-md-3 col-6"),
            ],
            [("maker", "col-md-4"), ("country", "col-md-4"), ("supplier", "col-md-4")],
            [("certificate", "col-md-4"), ("certificate_file", "col-md-8")],
            [("kept", "d-none"), ("gtin", "d-none")],
        )

    def clean_product(self):
        """The product whose id was chosen."""
        return self.known[self.cleaned_data["product"]]

    def clean_gtin(self):
        """Empty, or a GTIN with the right check digit."""
        gtin = self.cleaned_data["gtin"]
        if gtin and not is_gtin_14(gtin):
            raise forms.ValidationError("Scan the pack again.")
        return gtin

    def clean(self):
        """Kits are received by their number; the ledger takes the ml they give."""
        said = super().clean()
        product = said.get("product")
        if product is not None and "ml" in said:
            said["ml"] = self._ml_or_error("ml", said["ml"], product)
        return said

    def has_changed(self):
        """A blank line is not validated."""
        return not self.is_blank

    @property
    def is_blank(self):
        """Nothing that only this line can say was typed: the line is left out."""
        return not any(
            self.data.get(self.add_prefix(name), "").strip()
            for name in ("product", "number", "expires_on", "ml", "scan")
        )

    def as_receipt(self):
        """The line as the rules take it; call it on a valid one."""
        said = self.cleaned_data
        product = said["product"]
        if product.presentation == KIT and said["unit_cost"] is not None:
            said = said | {"unit_cost": (said["unit_cost"] / product.container_ml).quantize(Decimal("0.001"))}
        names = (
            "number",
            "maker",
            "country",
            "supplier",
            "received_on",
            "expires_on",
            "ml",
            "certificate",
            "unit_cost",
            "serial",
            "gtin",
        )
        return Receipt(product=said["product"].name, **{name: said[name] for name in names})


class _ReceiptForms(forms.BaseFormSet):
    """The lines of a delivery. One that says nothing of its own is left out, unless none says anything."""

    def initial_form_count(self):
        return 0  # nothing of a delivery is on file before it is received

    def full_clean(self):
        """Where every line is blank, the first is asked for."""
        if self.is_bound and self.forms and not self.filled_lines:
            self.forms[0].empty_permitted = False
        super().full_clean()

    @property
    def filled_lines(self):
        """The lines on which something is typed."""
        return [line for line in self.forms if not line.is_blank]


def receipt_formset(data=None, initial=(), *, products):
    """The lines as they were posted, or with ``initial`` as typed and not judged."""
    formset = forms.formset_factory(
        ReceiptForm,
        formset=_ReceiptForms,
        extra=max(len(initial), 1),
        max_num=MAX_LINES,
        absolute_max=MAX_LINES,
    )
    return formset(data, initial=initial, prefix="line", form_kwargs={"products": products})


def _crispy_form_helper(*rows):
    """Rows of ``(field, Bootstrap columns)``, inside a form that the template opens."""
    helper = FormHelper()
    helper.form_tag = False
    helper.disable_csrf = True
    helper.layout = Layout(*(Row(*(Column(name, css_class=size) for name, size in row)) for row in rows))
    return helper


class StockFilterForm(forms.Form):
    text = forms.CharField(label="Product or lot", required=False, max_length=60)
    show = forms.ChoiceField(label="Show", required=False, choices=list(SHOWN.items()))


class StockForm(CountsKits):
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

    def __init__(self, *args, product, **kwargs):
        super().__init__(*args, **kwargs)
        self.product = product
        if product.presentation == KIT:
            self.fields["ml"].label = "Kits"
        self.helper = _crispy_form_helper([("kind", "col-12")], [("ml", "col-sm-4"), ("reason", "col-sm-8")])

    def clean_ml(self):
        return self._ml_or_error("ml", self.cleaned_data["ml"], self.product)
