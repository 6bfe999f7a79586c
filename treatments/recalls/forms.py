"""What may be typed about a recall. Shape only."""

from django import forms

from treatments.recalls.models import ContactAttempt, RecallCase


class NoticeForm(forms.Form):
    """A pasted notice, or lot numbers one after another."""

    notice = forms.CharField(
        label="The notice, or the lot numbers",
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text="Paste it as it is. Lists, ranges and whole letters are read; you choose before anything happens.",
    )


class StartForm(forms.Form):
    """Which lots, who recalls them and why."""

    notice = forms.CharField(required=False, max_length=20_000, widget=forms.HiddenInput)
    lots = forms.TypedMultipleChoiceField(coerce=int, required=False)
    reason = forms.CharField(
        label="Who recalls it, and why",
        max_length=200,
        help_text="It stands in every letter: “Rheinpharm: particles seen”.",
    )
    measure = forms.ChoiceField(
        label="What happens to the stock",
        choices=[("recall", "Recalled for good"), ("quarantine", "Put aside until it is clear")],
        initial=RecallCase.Measure.RECALL,
        widget=forms.RadioSelect,
    )

    def __init__(self, *args, lots=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["lots"].choices = [(pk, str(pk)) for pk in lots]


class AttemptForm(forms.Form):
    outcome = forms.ChoiceField(label="What came of it", choices=ContactAttempt.Outcome.choices)
    channel = forms.ChoiceField(label="How", choices=ContactAttempt.Channel.choices)
    note = forms.CharField(label="Note", max_length=300, required=False)
