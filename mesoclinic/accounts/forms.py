"""What may be typed about a clinic."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Column, Fieldset, Layout, Row
from django import forms
from django.conf import settings

from mesoclinic.accounts.models import Clinic
from mesoclinic.core.form_fields import AmountField


class ClinicForm(forms.ModelForm):
    class Meta:
        model = Clinic
        fields = [
            "name",
            "country",
            "language",
            "amounts",
            "day_order",
            "max_actives",
            "premade_counts_as_contents",
            "mixing",
            "second_person_release",
            "idle_minutes",
            "review_at_session",
            "session_price_from",
            "session_price_to",
            "consent_valid_days",
            "quote_valid_days",
        ]
        labels = {
            "country": "Country",
            "amounts": "Numbers are written like",
            "day_order": "Dates in figures are",
            "max_actives": "Active ingredients in one syringe, at most",
            "premade_counts_as_contents": "Count a ready-made product as the actives in it",
            "mixing": "Who may mix",
            "second_person_release": "A second person releases what was received",
            "idle_minutes": "Lock an unused screen after, minutes",
            "review_at_session": "Full review at session",
            "consent_valid_days": "A consent holds, days",
            "quote_valid_days": "A quote holds, days",
        }
        help_texts = {
            "country": "Two letters: FR, US.",
            "max_actives": "2 to 6. The French society of mesotherapy advises 3 (MONITEUR16).",
            "premade_counts_as_contents": "Otherwise it counts as one.",
            "mixing": (
                "France: mixtures are prepared in pharmacies only, not in doctors’ surgeries (HAS14). "
                "With that setting a cocktail of several products is blocked until a clinician writes which pharmacy made it."
            ),
            "second_person_release": "Whoever received a lot cannot release it from quarantine.",
            "review_at_session": "Best results are seen after the fifth.",
        }

    country = forms.RegexField(
        regex=r"^[A-Za-z]{2}$",
        label="Country",
        help_text="Two letters: FR, US.",
        error_messages={"invalid": "Give the two letters of the country, like FR."},
    )
    language = forms.ChoiceField(label="Language of letters and pages", choices=settings.LANGUAGES)
    session_price_from = AmountField(
        label="A session usually costs from",
        required=False,
        help_text="In the clinic’s own currency; empty says nothing.",
    )
    session_price_to = AmountField(
        label="to", required=False, help_text="A quote outside this range says so."
    )

    def __init__(self, *args, **kwargs):
        """Keeps the clinic's own language among the choices, also one that is not offered any more."""
        super().__init__(*args, **kwargs)
        for name in ("session_price_from", "session_price_to"):
            self.fields[name].set_number_style(self.instance.number_style, self.instance.currency)
        stands = self.instance.language
        if stands not in dict(settings.LANGUAGES):
            self.fields["language"].choices = [(stands, stands), *settings.LANGUAGES]
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.layout = Layout(
            _fieldset_with_rows(
                "The clinic",
                [("name", "col-md-6"), ("country", "col-md-3"), ("language", "col-md-3")],
                [("amounts", "col-md-6"), ("day_order", "col-md-6")],
            ),
            _fieldset_with_rows(
                "Cocktails",
                [("max_actives", "col-md-6"), ("mixing", "col-md-6")],
                [("premade_counts_as_contents", "col-12")],
            ),
            _fieldset_with_rows("Stock", [("second_person_release", "col-12")]),
            _fieldset_with_rows("Shared tablets", [("idle_minutes", "col-md-6")]),
            _fieldset_with_rows(
                "Sessions and consent",
                [("review_at_session", "col-md-6"), ("consent_valid_days", "col-md-6")],
            ),
            _fieldset_with_rows(
                "Prices and quotes",
                [
                    ("session_price_from", "col-md-4"),
                    ("session_price_to", "col-md-4"),
                    ("quote_valid_days", "col-md-4"),
                ],
            ),
        )

    def clean_country(self):
        """The two letters in capitals."""
        return self.cleaned_data["country"].upper()

    def validate_unique(self):
        """Does nothing: the action asks whether the name is taken, while it holds the row."""

    def _post_clean(self):
        """Django's, without the constraints of the model."""
        # The model would ask its constraints in the database's words: the rule says them at the field.
        self.instance.validate_constraints = lambda exclude=None: None
        super()._post_clean()


def _fieldset_with_rows(title, *rows):
    return Fieldset(
        title,
        *(Row(*(Column(name, css_class=size) for name, size in row)) for row in rows),
        css_class="settings-part",
    )
