"""Reasons as a form posts them, and findings at the fields of forms."""

from django import forms
from django.http import QueryDict

from mesoclinic.core.findings import Refused, block, warn
from mesoclinic.core.reasons import (
    add_all_errors,
    add_field_errors_and_return_others,
    codes_of_reasons_too_short,
    posted_reason_by_code,
)


class Dose(forms.Form):
    ml = forms.CharField(required=False)


class Why(forms.Form):
    reason = forms.CharField(required=False)


def refused() -> Refused:
    return Refused(
        block("much", "Too much.", fixed=True, where="ml"),
        block("short", "Say why.", fixed=True, where="reason"),
        block("shut", "The lot is shut.", fixed=True, where="lot"),
        warn("odd", "An odd dose.", where="ml"),
    )


def test_a_finding_stands_at_its_field_in_whichever_form_has_it_and_the_others_are_returned() -> None:
    dose, why = Dose({}), Why({})

    others = add_field_errors_and_return_others(refused(), dose, why)

    assert dose.errors == {"ml": ["Too much."]}
    assert why.errors == {"reason": ["Say why."]}
    assert [finding.code for finding in others] == ["shut", "odd"]


def test_findings_without_a_field_stand_above_the_first_form() -> None:
    dose, why = Dose({}), Why({})

    add_all_errors(refused(), dose, why)

    assert dose.errors == {"ml": ["Too much."], "__all__": ["The lot is shut.", "An odd dose."]}
    assert why.errors == {"reason": ["Say why."]}


def test_posted_reasons_lose_outer_spaces_and_an_empty_one_is_kept() -> None:
    posted = QueryDict("name=Ann&reason:pair:a%2Bb=+Drawn+apart+&reason:odd=++")

    assert posted_reason_by_code(posted) == {"pair:a+b": "Drawn apart", "odd": ""}


def test_a_reason_is_missing_where_its_field_was_shown_and_it_is_too_short() -> None:
    asking = [warn("odd", ""), warn("new", ""), block("shut", ""), warn("well", "")]

    assert codes_of_reasons_too_short(asking, {"odd": "no", "shut": "too short", "well": "yes"}) == [
        "odd",
        "shut",
    ]
