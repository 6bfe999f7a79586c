"""The forms that merge two records, and part them again."""

from django import forms

from patients.rules.merges import FieldPair

_LINE = forms.TextInput(attrs={"class": "form-control"})


class MergeForm(forms.Form):
    """How it is known, and for each field that differs whose value is kept."""

    how_known = forms.CharField(label="How do you know?", max_length=200, widget=_LINE)

    def __init__(self, *args, pairs: list[FieldPair], **kwargs):
        super().__init__(*args, **kwargs)
        self.pairs = pairs

    @property
    def takes_merged(self) -> set[str]:
        return {p.name for p in self.pairs if self.data.get(f"take:{p.name}") == "merged"}

    @property
    def seen(self) -> dict[str, tuple[str, str]]:
        """What the page had shown."""
        return {
            p.name: (_lines(self.data[f"kept:{p.name}"]), _lines(self.data.get(f"merged:{p.name}", "")))
            for p in self.pairs
            if f"kept:{p.name}" in self.data
        }


def _lines(text: str) -> str:
    """A browser sends the ends of lines in its own way."""
    return text.replace("\r\n", "\n")


class ReasonForm(forms.Form):
    reason = forms.CharField(label="Why?", max_length=200, widget=_LINE)
