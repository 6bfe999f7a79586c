"""The three questions of every session: what has changed in medicines, pregnancy and allergies."""

from django import forms

from patients.rules.risk_factors import MAX_WORDS
from treatments.sessions.rules.safety_questions import TOPICS

SAME, CHANGED = "same", "changed"

_QUESTIONS = {
    "medicine": "A medicine started, changed or stopped?",
    "pregnancy": "Pregnant, breastfeeding, trying to conceive, or a partner?",
    "allergy": "A new allergy?",
}
_NEW = {"medicine": "New medicine", "pregnancy": "What is so now", "allergy": "New allergy"}


class SafetyForm(forms.Form):
    """One question. ``known`` are the patient's risk factors of its kind, ``risks`` the coded ones to choose from."""

    answer = forms.ChoiceField(
        label="Answer", required=False, choices=[(SAME, "No change"), (CHANGED, "Changed")]
    )
    new = forms.TypedMultipleChoiceField(label="New", required=False, coerce=int)
    words = forms.CharField(label="In words", required=False, max_length=200)
    ended = forms.TypedMultipleChoiceField(label="Ended", required=False, coerce=int)
    ended_words = forms.CharField(
        label="Who says that it is over, and how that is known", required=False, max_length=MAX_WORDS
    )

    def __init__(self, *args, topic, risks, known, asked_before=None, **kwargs):
        self.topic, self.risks, self.known = topic, risks, known
        super().__init__(*args, prefix=f"safety-{topic}", **kwargs)
        self.label = TOPICS[topic]
        self.on_record = asked_before.last_answer_of_topic_or_empty(topic) if asked_before else ""
        # That nothing has changed cannot be said of what nobody asked.
        self.is_gap = asked_before is not None and topic in asked_before.gaps
        self.question, self.new_label = _QUESTIONS[topic], _NEW[topic]
        self.fields["new"].choices = [(str(r.id), r.label) for r in risks]
        self.fields["ended"].choices = [(str(row.pk), row.label) for row in known]

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("answer") != CHANGED:
            # What stands beside “no change” says nothing.
            for name in ("new", "words", "ended", "ended_words"):
                self.errors.pop(name, None)
        return cleaned

    @property
    def new_risk_choices(self):
        """What can be ticked as new: (risk, ticked)."""
        ticked = {str(value) for value in self["new"].value() or []}
        standing = {row.factor_id for row in self.known}
        return [
            (risk, str(risk.id) in ticked)
            for risk in self.risks
            if risk.id not in standing or str(risk.id) in ticked
        ]

    @property
    def known_risks_and_ended(self):
        """What stands on the record: (row, ticked as ended)."""
        ended = {str(value) for value in self["ended"].value() or []}
        return [(row, str(row.pk) in ended) for row in self.known]

    def safety_answer_or_none(self, *, none_changed):
        """As the session keeps it; None while nobody has answered. ``none_changed`` answers those asked before."""
        said = self.cleaned_data
        answer = said.get("answer") or (SAME if none_changed and not self.is_gap else "")
        if not answer:
            return None
        if answer == SAME:
            return {"changed": False}
        labels = {risk.id: risk.label for risk in self.risks}
        new = [{"factor": pk, "label": labels[pk]} for pk in said["new"]]
        if words := " ".join(said["words"].split()):
            new.append({"factor": None, "label": words})
        answer = {"changed": True, "new": new, "ended": sorted(said["ended"])}
        if why := " ".join(said["ended_words"].split()):
            answer["ended_words"] = why
        return answer


def fill_safety_fields(fields, safety):
    """Write the stored answers into fields, as the page would post them."""
    for topic in TOPICS:
        said = safety.get(topic)
        if not said:
            continue
        prefix = f"safety-{topic}"
        fields[f"{prefix}-answer"] = CHANGED if said["changed"] else SAME
        new = said.get("new", [])
        fields.setlist(f"{prefix}-new", [str(n["factor"]) for n in new if n["factor"]])
        fields[f"{prefix}-words"] = ", ".join(n["label"] for n in new if not n["factor"])
        fields.setlist(f"{prefix}-ended", [str(pk) for pk in said.get("ended", [])])
        fields[f"{prefix}-ended_words"] = said.get("ended_words", "")
