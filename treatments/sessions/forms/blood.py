"""What is typed about the patient's own blood. Shape only: the rules say whether it makes sense."""

from django import forms
from django.utils import timezone

from treatments.catalogue.forms.versions import crispy_form_helper
from treatments.sessions.rules.blood import Spin

_FORMAT = "%Y-%m-%dT%H:%M"


def _datetime_to_minute_field(label, **more):
    return forms.DateTimeField(
        label=label,
        input_formats=[_FORMAT, "%Y-%m-%dT%H:%M:%S"],
        widget=forms.DateTimeInput(format=_FORMAT, attrs={"type": "datetime-local"}),
        **more,
    )


def _ml_field(label, **more):
    return forms.DecimalField(label=label, max_digits=6, decimal_places=2, localize=False, **more)


def _this_minute():
    return timezone.localtime().replace(second=0, microsecond=0)


class DrawForm(forms.Form):
    kit = forms.ChoiceField(label="Kit, lot")
    ml = _ml_field("Blood drawn, ml")
    drawn_at = _datetime_to_minute_field("Drawn at", initial=_this_minute)

    def __init__(self, *args, kits, **kwargs):
        super().__init__(*args, **kwargs)
        self.kits = {str(lot.pk): lot for lot in kits}
        self.fields["kit"].choices = [
            (key, f"{lot.number}, expires {lot.expires_on:%-d %b %Y}") for key, lot in self.kits.items()
        ]
        self.helper = crispy_form_helper([("kit", "col-md-4"), ("ml", "col-md-4"), ("drawn_at", "col-md-4")])

    def clean_kit(self):
        return self.kits[self.cleaned_data["kit"]]


class TubeForm(forms.Form):
    record_number = forms.CharField(
        label="Record number on the tube",
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
        help_text="Ask the patient for name and birth date, then read or scan the tube.",
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = crispy_form_helper([("record_number", "col-md-6")])


class SpinForm(forms.Form):
    minutes = forms.DecimalField(label="Spun, minutes", max_digits=4, decimal_places=1)
    g = forms.IntegerField(label="g", required=False, min_value=0)
    rpm = forms.IntegerField(label="or rpm", required=False, min_value=0)
    obtained_ml = _ml_field("Plasma obtained, ml")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = crispy_form_helper(
            [("minutes", "col-md-3"), ("g", "col-md-3"), ("rpm", "col-md-3"), ("obtained_ml", "col-md-3")]
        )

    @property
    def typed_spin(self):
        """As the rules take it; call it on a valid one."""
        said = self.cleaned_data
        return Spin(said["minutes"], said["g"], said["rpm"], said["obtained_ml"])


class InjectionForm(forms.Form):
    injected_at = _datetime_to_minute_field("Injected at", initial=_this_minute)
    rest = forms.BooleanField(label="The rest was thrown away: nothing is kept")
    late_reason = forms.CharField(
        label="Only where its time was over: why it was injected all the same", max_length=200, required=False
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = crispy_form_helper(
            [("injected_at", "col-md-4"), ("late_reason", "col-md-8")], [("rest", "col-12")]
        )
