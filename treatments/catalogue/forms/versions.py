"""What may be typed about any change of the catalogue: since when, why, and who says so."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Column, Layout, Row
from django import forms
from django.utils import timezone

from mesoclinic.core.models import Source


def crispy_form_helper(*rows):
    """Rows of ``(field, Bootstrap columns)``, inside a form that the template opens."""
    made = FormHelper()
    made.form_tag = False
    made.disable_csrf = True
    made.layout = Layout(*(Row(*(Column(name, css_class=size) for name, size in row)) for row in rows))
    return made


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self):
        super().__init__(format="%Y-%m-%d")


class ChangeForm(forms.Form):
    """Since when a change holds, and why."""

    valid_from = forms.DateField(
        label="In force from",
        widget=DateInput(),
        help_text="Today, or a later day: until then everything stays as it is.",
    )
    reason = forms.CharField(label="Why it changes", max_length=200, help_text="Kept with the version.")
    #: What the editor read: another's change in between is not written over.
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["valid_from"].initial = timezone.localdate
        self.helper = crispy_form_helper(
            [("valid_from", "col-md-4"), ("reason", "col-md-8"), ("version", "d-none")]
        )


class ReasonForm(forms.Form):
    """Why something new is added."""

    reason = forms.CharField(label="Why it is added", max_length=200)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = crispy_form_helper([("reason", "col-12")])


class RetireForm(forms.Form):
    """Why something is retired, or taken back."""

    reason = forms.CharField(label="Why", max_length=200)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = crispy_form_helper([("reason", "col-12")])


class SaidByAction:
    """A model's form that checks shape only: what stands already is asked by the action, which holds the row."""

    def validate_unique(self):
        """The action's."""

    def _post_clean(self):
        # The model would ask its constraints in the database's words: the action asks them in ours.
        self.instance.validate_constraints = lambda exclude=None: None
        super()._post_clean()


class CitedForm(SaidByAction, forms.ModelForm):
    """A row that says where it comes from."""

    sources = forms.CharField(
        label="Source keys",
        required=False,
        max_length=400,
        help_text="As in the list of sources, with commas between: LIDO, HAS14.",
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["sources"].initial = ", ".join(self.instance.source_keys)

    def clean_sources(self):
        """The keys typed, each that of a known source."""
        keys = [key.strip() for key in self.cleaned_data["sources"].split(",")]
        keys = list(dict.fromkeys(key for key in keys if key))
        known = set(Source.objects.filter(key__in=keys).values_list("key", flat=True))
        if unknown := [key for key in keys if key not in known]:
            raise forms.ValidationError(
                f"No source is called {', '.join(unknown)}. Correct the key, or write the source out in words."
            )
        return keys

    def clean(self):
        """A source is named, by its key or in words."""
        cleaned = super().clean() or {}
        in_words = cleaned.get("source_text", "").strip()
        if cleaned.get("sources") == [] and not in_words:
            self.add_error("source_text", "Say where it comes from: a source key above, or in words here.")
        return cleaned

    @property
    def row_values(self):
        """Field name to value, as the action takes them."""
        values = {name: self.cleaned_data[name] for name in self._meta.fields}
        values["source_keys"] = self.cleaned_data["sources"]
        return values


SOURCE_ROWS = ([("sources", "col-md-4"), ("source_text", "col-md-8")],)

SOURCE_WIDGETS = {"source_text": forms.Textarea(attrs={"rows": 2})}

SOURCE_LABELS = {"source_text": "Source in words"}

#: Lines a delivery may have; a longer one is received in two.
MAX_LINES = 20
