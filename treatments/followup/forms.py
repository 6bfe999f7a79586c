"""The forms of a check-in by link, of how the clinic asks by link, and of an adverse reaction report."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.core.images import MAX_UPLOAD_BYTES, ImageRefused, clean_master_and_thumbnail
from patients.forms.people import day_field, fields_in_a_row, form_helper
from treatments.followup.rules import (
    CAUSALITY_TEXTS,
    EVENT_OUTCOME_TEXTS,
    SERIOUSNESS_TEXTS,
    Alarm,
    Challenge,
    Noticed,
    ToldByLink,
)

#: Ticked where nothing of a group is there: an empty group is no answer.
NONE = "none"

NOTICED_TEXTS = {
    Noticed.SWELLING: _("Swelling"),
    Noticed.REDNESS: _("Redness"),
    Noticed.ITCHING: _("Itching"),
    Noticed.BRUISES: _("Bruises"),
    Noticed.CRUSTS: _("Crusts"),
}
ALARM_TEXTS = {
    Alarm.PUS: _("Pus or heat"),
    Alarm.FEVER: _("Fever"),
    Alarm.HIVES: _("Hives"),
    Alarm.LUMP: _("A lump"),
    Alarm.BALD_PATCH: _("Bald patch"),
    Alarm.SIGHT: _("Sight changed"),
}
_SCORES = [(n, str(n)) for n in range(11)]


class CheckInByLinkForm(forms.Form):
    """What a patient answers, in their language. What is ticked counts, whatever “none of these” says beside it."""

    pain = forms.TypedChoiceField(
        coerce=int,
        choices=_SCORES,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a number."), "invalid_choice": _("Choose a number.")},
    )
    noticed = forms.MultipleChoiceField(
        choices=[*((each.value, text) for each, text in NOTICED_TEXTS.items()), (NONE, _("None of these"))],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose what you notice, or “None of these”.")},
    )
    alarms = forms.MultipleChoiceField(
        choices=[*((each.value, text) for each, text in ALARM_TEXTS.items()), (NONE, _("None of these"))],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose what you notice, or “None of these”.")},
    )
    shedding = forms.TypedChoiceField(
        coerce=int, empty_value=None, required=False, choices=_SCORES, widget=forms.RadioSelect
    )
    density = forms.TypedChoiceField(
        coerce=int, empty_value=None, required=False, choices=_SCORES, widget=forms.RadioSelect
    )
    words = forms.CharField(required=False, max_length=1000)
    picture = forms.FileField(required=False)

    def clean_picture(self) -> bytes | None:
        """The picture written anew from its colours, without where it was taken; None where none was sent."""
        sent = self.cleaned_data["picture"]
        if not sent:
            return None
        if sent.size > MAX_UPLOAD_BYTES:
            raise forms.ValidationError(
                _("This picture is too large. Take a smaller one, or send without it.")
            )
        try:
            return clean_master_and_thumbnail(sent.read()).thumbnail
        except ImageRefused as refused:
            raise forms.ValidationError(
                _("This is no picture that can be read. Take another, or send without it.")
            ) from refused

    def as_told(self) -> ToldByLink:
        said = self.cleaned_data
        return ToldByLink(
            pain=said["pain"],
            noticed=tuple(Noticed(each) for each in said["noticed"] if each != NONE),
            alarms=tuple(Alarm(each) for each in said["alarms"] if each != NONE),
            words=said["words"],
            shedding=said["shedding"],
            density=said["density"],
        )


class CheckInSettingsForm(forms.Form):
    """Whether the clinic asks by link, and who hears of an answer in red that waits."""

    by_link = forms.BooleanField(
        label="Send check-ins by link when they are due",
        required=False,
        widget=forms.CheckboxInput(attrs={"class": "tick"}),
    )
    escalate_after = forms.IntegerField(
        label="Minutes an answer in red may wait", min_value=5, max_value=1440
    )
    escalate_to = forms.ModelChoiceField(
        label="Then write to", queryset=User.objects.none(), required=False, empty_label="the administrators"
    )

    def __init__(self, *args: Any, clinic: Clinic, **kwargs: Any):
        super().__init__(*args, **kwargs)
        people: Any = self.fields["escalate_to"]
        people.queryset = User.objects.clinicians(clinic)
        people.label_from_instance = lambda user: user.display_name
        self.helper = form_helper("by_link", fields_in_a_row("escalate_after", "escalate_to"))


_CHALLENGES = [(each.value, each.value.replace("_", " ")) for each in Challenge]


class AdverseReportForm(forms.Form):
    """What only a clinician knows; the rest is on record already."""

    serious = forms.MultipleChoiceField(
        label="Serious because",
        required=False,
        choices=[(code.value, text) for code, text in SERIOUSNESS_TEXTS.items()],
        widget=forms.CheckboxSelectMultiple,
        help_text="None ticked: not serious.",
    )
    outcome = forms.ChoiceField(
        label="Outcome",
        required=False,
        choices=[("", "Choose…"), *((code.value, text) for code, text in EVENT_OUTCOME_TEXTS.items())],
    )
    causality = forms.ChoiceField(
        label="Causality (WHO-UMC)",
        required=False,
        choices=[("", "Choose…"), *((code.value, text) for code, text in CAUSALITY_TEXTS.items())],
    )
    dechallenge = forms.ChoiceField(
        label="Better after stopping", choices=_CHALLENGES, initial=Challenge.DOES_NOT_APPLY.value
    )
    rechallenge = forms.ChoiceField(
        label="Came back when given again",
        choices=_CHALLENGES,
        initial=Challenge.DOES_NOT_APPLY.value,
        help_text="Never give it again to find out.",
    )
    narrative = forms.CharField(
        label="What happened, in words",
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.helper = form_helper(
            "causality",
            "outcome",
            "serious",
            fields_in_a_row("dechallenge", "rechallenge"),
            "narrative",
        )


class SubmissionForm(forms.Form):
    """Who got it, typed by whoever sent it."""

    authority = forms.CharField(label="Sent to", max_length=120)
    sent_on = day_field(label="On")
    number = forms.CharField(label="Their number", required=False, max_length=60)

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.helper = form_helper("authority", fields_in_a_row("sent_on", "number"))
