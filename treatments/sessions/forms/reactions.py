"""What may be typed about a call, a later reaction and a follow-up. Shape only."""

from dataclasses import dataclass

from django import forms

from treatments.sessions.forms.fields import day_field, short_text_field
from treatments.sessions.models import Reaction
from treatments.sessions.queries.late_reports import reactions_to_name_first_and_others
from treatments.sessions.rules.alerts import IN_WORDS
from treatments.sessions.rules.charting import ReactionEntry

_SCORES = [("", "not asked"), *((str(n), str(n)) for n in range(11))]


class LateReportForm(forms.Form):
    """What a patient tells after a session. ``pain`` is asked at 48 hours only."""

    pain = forms.TypedChoiceField(
        label="Worst pain in the day after",
        required=False,
        coerce=int,
        empty_value=None,
        choices=_SCORES,
        error_messages={"invalid_choice": "Pain is a number from 0 to 10. Choose one."},
    )
    no_reactions = forms.BooleanField(label="No reactions", required=False)
    note = forms.CharField(
        label="Note",
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3, "class": "form-control", "autocomplete": "off"}),
    )


class ReactionForm(forms.Form):
    """One reaction. It counts where its chip is ticked."""

    seen = forms.BooleanField(required=False)
    grade = forms.ChoiceField(label="Grade", required=False, choices=Reaction.Grade.choices)
    response = short_text_field(200, label="What was done")
    zone = forms.TypedChoiceField(label="Where", required=False, coerce=int, empty_value=None)
    began_on = day_field("Began on")
    ended_on = day_field("Over on")

    def __init__(self, *args, effect, zones=(), **kwargs):
        self.effect = effect
        super().__init__(*args, prefix=f"reaction-{effect.id}", **kwargs)
        if effect.code == IN_WORDS:
            self.fields["response"].label = "What it was, in the patient’s words"
        self.fields["zone"].choices = [("", "Where?"), *((str(zone.id), zone.name) for zone in zones)]

    def clean(self):
        cleaned = super().clean()
        if not cleaned.get("seen"):
            self._errors.clear()  # what stands beside a chip that is not ticked says nothing
        elif self.effect.code == IN_WORDS and not cleaned.get("response"):
            self.add_error("response", "Write what it was, in the patient’s words.")
        return cleaned

    @property
    def has_zone_or_days(self):
        """Whether where or when is filled in already."""
        return any(self[name].value() for name in ("zone", "began_on", "ended_on"))

    @property
    def chosen_or_usual_grade(self):
        usual = _USUAL_GRADE.get(self.effect.level, Reaction.Grade.MILD.value)
        return self["grade"].value() or usual

    @property
    def reaction_entry_or_none(self):
        said = self.cleaned_data
        if not said.get("seen"):
            return None
        return ReactionEntry(
            self.effect.id,
            self.chosen_or_usual_grade,
            said.get("response", ""),
            said.get("zone"),
            said.get("began_on"),
            said.get("ended_on"),
        )


@dataclass
class LateReportForms:
    """A call, or what was told later, on one page: the answers, and a form for each reaction."""

    main: LateReportForm
    reactions: list[ReactionForm]

    @classmethod
    def for_all_adverse_effects(cls, ref, data=None):
        reactions = [ReactionForm(data, effect=effect, zones=ref.zones) for effect in ref.effects]
        return cls(LateReportForm(data), reactions)

    @property
    def all_forms(self):
        return [self.main, *self.reactions]

    def is_valid(self):
        """Every reaction readable, and one answer: those that were told, or none."""
        wrong = [form for form in self.all_forms if not form.is_valid()]
        if wrong:
            return False
        none, told = self.main.cleaned_data["no_reactions"], self.reported_reaction_entries
        if none and told:
            self.main.add_error(
                "no_reactions", "A reaction is chosen and “No reactions” too. Keep one of them."
            )
        elif not none and not told:
            self.main.add_error("no_reactions", "Ask for reactions: choose those told, or “No reactions”.")
        return not self.main.errors

    @property
    def reported_reaction_entries(self):
        """The reactions that were told."""
        return [form.reaction_entry_or_none for form in self.reactions if form.reaction_entry_or_none]

    @property
    def reaction_groups_for_page(self):
        """As templates/treatments/sessions/_reactions.html takes it: those a call names first."""
        by_effect = {form.effect: form for form in self.reactions}
        groups = reactions_to_name_first_and_others(by_effect)
        shown = [f for f in self.reactions if f["seen"].value()]
        first = [by_effect[e] for e in groups.named]
        rest = [by_effect[e] for e in groups.others if by_effect[e] not in shown]
        return {
            "first": [*first, *(f for f in shown if f not in first)],
            "others": [f for f in rest if not f.effect.is_urgent],
            "urgent": [f for f in rest if f.effect.is_urgent],
        }


class LaterPainForm(forms.Form):
    moment = forms.ChoiceField(choices=[("1h", "1 hour after"), ("24h", "24 hours after")])
    score = forms.IntegerField(
        min_value=0,
        max_value=10,
        error_messages={
            "required": "Choose a number from 0 to 10.",
            "invalid": "Choose a number from 0 to 10.",
        },
    )


class DayForm(forms.Form):
    ended_on = forms.DateField(
        label="Over on",
        error_messages={"required": "Say on which day it was over.", "invalid": "Type a day, as 2026-11-25."},
    )


#: What a reaction is taken for until somebody says otherwise.
_USUAL_GRADE = {"alert": "moderate", "emergency": "severe"}
