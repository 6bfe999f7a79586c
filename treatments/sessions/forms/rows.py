"""Rows of equal forms that are typed one below the other: the lines of a syringe, the zones that were drawn."""

from django.forms.formsets import INITIAL_FORM_COUNT, TOTAL_FORM_COUNT, BaseFormSet, ManagementForm
from django.utils.functional import cached_property


class Rows(BaseFormSet):
    """A formset whose rows are counted, not announced: one more than has something on it.

    No count travels beside the rows, for a wrong one would lose what was typed; and without a script a row can be
    added to any answer of the server. ``tells`` are the fields that say that something is on a row, ``least`` is how
    many rows there are at least.
    """

    tells: tuple[str, ...] = ()

    def __init__(self, *args, least=1, **kwargs):
        self.least = least
        super().__init__(*args, **kwargs)

    @cached_property
    def management_form(self):
        if not self.is_bound:
            return super().management_form
        counted = {
            f"{self.prefix}-{TOTAL_FORM_COUNT}": max(self._count_filled_rows() + 1, self.least),
            f"{self.prefix}-{INITIAL_FORM_COUNT}": 0,
        }
        form = ManagementForm(counted, prefix=self.prefix)
        form.full_clean()
        return form

    def _count_filled_rows(self):
        number = 0
        while any(self.data.get(f"{self.prefix}-{number}-{name}") for name in self.tells):
            number += 1
        return number

    def get_form_kwargs(self, index):
        return {**super().get_form_kwargs(index), "number": index}

    def as_typed(self):
        """The same rows as they were typed, not judged yet."""
        typed = [{name: form[name].data for name in form.fields} for form in self]
        return type(self)(initial=typed, prefix=self.prefix, form_kwargs=self.form_kwargs, least=self.least)
