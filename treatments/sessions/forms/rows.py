"""Rows of equal forms that are typed one below the other: the lines of a syringe, the zones that were drawn."""

import re

from django.forms.formsets import INITIAL_FORM_COUNT, TOTAL_FORM_COUNT, BaseFormSet, ManagementForm
from django.utils.functional import cached_property

#: More rows than any session has: a number beyond it comes from no page of ours.
MOST_ROWS = 50


class Rows(BaseFormSet):
    """A formset whose rows are counted, not announced: up to the last that has something on it, and one more.

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
            f"{self.prefix}-{TOTAL_FORM_COUNT}": max(self._count_rows_up_to_last_filled() + 1, self.least),
            f"{self.prefix}-{INITIAL_FORM_COUNT}": 0,
        }
        form = ManagementForm(counted, prefix=self.prefix)
        form.full_clean()
        return form

    def _count_rows_up_to_last_filled(self):
        """Up to the last row that has something on it: one that was emptied may stand before another."""
        told = re.compile(rf"{re.escape(self.prefix)}-(\d{{1,3}})-(?:{'|'.join(self.tells)})")
        found = (told.fullmatch(name) for name, value in self.data.items() if value)
        numbers = [int(match[1]) for match in found if match]
        return max((number + 1 for number in numbers if number < MOST_ROWS), default=0)

    def get_form_kwargs(self, index):
        return {**super().get_form_kwargs(index), "number": index}

    def unvalidated_copy(self):
        """The same rows as they were typed, not judged yet."""
        typed = [{name: form[name].data for name in form.fields} for form in self]
        return type(self)(initial=typed, prefix=self.prefix, form_kwargs=self.form_kwargs, least=self.least)
