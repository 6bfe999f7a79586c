"""Rows of equal forms on the session page: counted up to the last that was typed in, with one to spare."""

import pytest
from django import forms
from django.forms import formset_factory

from treatments.sessions.forms.rows import Rows


class Line(forms.Form):
    ml = forms.IntegerField(required=False)
    lot = forms.CharField(required=False)

    def __init__(self, *args, number, **kwargs):
        self.number = number
        super().__init__(*args, **kwargs)


class LineRows(Rows):
    tells = ("ml", "lot")


Lines = formset_factory(Line, formset=LineRows, extra=0)


def names(rows):
    return [form["ml"].html_name for form in rows]


@pytest.mark.parametrize(
    ("data", "many"),
    [
        pytest.param({}, 1, id="nothing yet"),
        pytest.param({"line-0-ml": "1"}, 2, id="one"),
        pytest.param({"line-0-ml": "1", "line-1-lot": "L"}, 3, id="two"),
        pytest.param({"line-0-ml": "", "line-1-lot": "L"}, 3, id="an emptied row stands before another"),
        pytest.param({"line-50-ml": "1"}, 1, id="a number that no page of ours has says nothing"),
        pytest.param({"line-0-ml": "x"}, 2, id="what cannot be read is on a row too"),
        pytest.param({"line-TOTAL_FORMS": "9", "line-0-ml": "1"}, 2, id="a count beside them says nothing"),
    ],
)
def test_there_is_one_row_more_than_has_something_on_it(data, many):
    assert names(Lines(data, prefix="line")) == [f"line-{number}-ml" for number in range(many)]


def test_there_are_at_least_so_many():
    assert len(Lines({}, prefix="line", least=3)) == 3
    assert len(Lines({"line-0-ml": "1"}, prefix="line", least=1)) == 2


def test_rows_are_judged_together_and_know_their_number():
    good = Lines({"line-0-ml": "1", "line-1-ml": "2"}, prefix="line")
    wrong = Lines({"line-0-ml": "1", "line-1-ml": "two"}, prefix="line")

    assert good.is_valid()
    assert [form.cleaned_data.get("ml") for form in good] == [1, 2, None]
    assert [form.number for form in good] == [0, 1, 2]
    assert not wrong.is_valid()
    assert [bool(form.errors) for form in wrong] == [False, True, False]


def test_rows_as_they_were_typed_are_shown_and_not_judged():
    shown = Lines({"line-0-ml": "two", "line-0-lot": "L"}, prefix="line", least=3).unvalidated_copy()

    assert not shown.is_bound
    assert names(shown) == ["line-0-ml", "line-1-ml", "line-2-ml"]
    assert shown[0]["ml"].value() == "two"
    assert not shown[0].errors
