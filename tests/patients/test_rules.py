"""Age, record number, birth date and likeness. Search and intake have files of their own."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesoclinic.core.wording import day_text
from patients.rules.consent import (
    Wording,
    check_consent_may_be_withdrawn,
    check_consent_signer_day_and_strokes,
    check_wording_may_be_signed,
    check_wording_title_body_and_day,
)
from patients.rules.people import (
    Registration,
    age_on,
    check_birth_date_possible_and_adult,
    check_death_between_birth_and_today,
    check_possible_duplicates,
    is_record_number,
    names_alike,
    parse_record_number_or_none,
    record_number_text,
)
from patients.rules.risk_factors import check_any_factor_is_new

TODAY = date(2026, 11, 23)


def seen(findings):
    return [(f.code, str(f.level), f.fixed) for f in findings]


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        pytest.param(date(1992, 11, 24), TODAY, 33, id="the day before a birthday"),
        pytest.param(date(1992, 11, 23), TODAY, 34, id="on the birthday"),
        pytest.param(date(1992, 12, 1), TODAY, 33, id="earlier day, later month"),
        pytest.param(date(2008, 2, 29), date(2026, 2, 28), 17, id="leap, 28 Feb"),
        pytest.param(date(2008, 2, 29), date(2026, 3, 1), 18, id="leap, 1 Mar"),
        pytest.param(TODAY, TODAY, 0, id="newborn"),
    ],
)
def test_age(born, day, age):
    assert age_on(born, day) == age


@given(st.dates(date(1900, 1, 1), date(2020, 1, 1)), st.integers(0, 30_000))
def test_age_never_falls_as_days_pass(born, days):
    day = born + timedelta(days=days)

    assert 0 <= age_on(born, day) <= age_on(born, day + timedelta(days=1))


@pytest.mark.parametrize(
    ("born", "found"),
    [
        pytest.param(date(1992, 3, 1), [], id="an adult"),
        pytest.param(date(2008, 11, 23), [], id="eighteen today"),
        pytest.param(date(2008, 11, 24), [("birth-date:minor", "warn", False)], id="eighteen tomorrow"),
        pytest.param(date(1901, 11, 23), [], id="125 years"),
        pytest.param(date(1900, 11, 23), [("birth-date:too-old", "block", True)], id="126 years"),
        pytest.param(TODAY, [("birth-date:minor", "warn", False)], id="born today"),
        pytest.param(date(2026, 11, 24), [("birth-date:future", "block", True)], id="tomorrow"),
    ],
)
def test_odd_birth_dates_are_said(born, found):
    assert seen(check_birth_date_possible_and_adult(born, TODAY)) == found


def test_dates_are_written_as_on_the_screens():
    assert day_text(date(2027, 3, 3)) == "3 Mar 2027"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("MC-000417", "MC-000417"),
        ("mc417", "MC-000417"),
        ("MC 417", "MC-000417"),
        (" 417 ", "MC-000417"),
        ("0000417", "MC-000417"),
        ("1234567", "MC-1234567"),
        ("0", None),
        ("MC-000000", None),
        ("4 17", None),
        ("MX-000417", None),
        ("9999999999", None),
        ("", None),
    ],
)
def test_record_numbers_as_people_type_them(text, number):
    assert parse_record_number_or_none(text) == number


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("MC-000417", True),
        ("MC-1000000", True),
        ("MC-000000", False),
        ("MC-417", False),
        ("mc-000417", False),
        ("MC-000417 ", False),
        ("MC-٠٠٠٤١٧", False),
    ],
)
def test_record_number_format(text, valid):
    assert is_record_number(text) is valid


@given(st.integers(1, 99_999_999))
def test_every_record_number_is_one_and_is_read_back(count):
    number = record_number_text(count)

    assert is_record_number(number)
    assert parse_record_number_or_none(number) == number


@pytest.mark.parametrize("count", [0, -1])
def test_record_numbers_start_at_one(count):
    with pytest.raises(ValueError, match="start at one"):
        record_number_text(count)


@pytest.mark.parametrize(
    ("left", "right", "alike"),
    [
        pytest.param(("Amira", "Haddad"), ("Amira", "Haddad"), True, id="the same"),
        pytest.param(("Íñigo", "Núñez"), ("inigo", "NUNEZ"), True, id="accents, case"),
        pytest.param(("Haddad", "Amira"), ("Amira", "Haddad"), True, id="swapped"),
        pytest.param(("Amira", "Hadad"), ("Amira", "Haddad"), True, id="misspelt"),
        pytest.param(("María Luisa", "Razo"), ("María", "Razo"), True, id="a name left out"),
        pytest.param(("", "Razo"), ("María Luisa", "Razo"), False, id="one word alone"),
        pytest.param(("Annamaria", "Rossi"), ("Anna Maria", "Rossi"), True, id="together, apart"),
        pytest.param(("", "Suharto"), ("", "Soeharto"), True, id="one name only"),
        pytest.param(("", ""), ("", ""), False, id="no names"),
        pytest.param(("Lea", "Lea"), ("Lea", "Moreau"), False, id="a word used once"),
        pytest.param(("Amira", "Haddad"), ("Jonas", "Weber"), False, id="others"),
        pytest.param(("Lea", "Moreau"), ("Luc", "Moreau"), False, id="a brother"),
    ],
)
def test_names_that_may_be_one_persons(left, right, alike):
    assert names_alike(Registration(*left), Registration(*right)) is alike


AMIRA = Registration(
    "Amira", "Haddad", date(1992, 3, 1), "06 12 34 56 78", "MC-000417", "a.haddad@example.com"
)


@pytest.mark.parametrize(
    ("new", "found"),
    [
        pytest.param(
            Registration("Amira", "Hadad", date(1992, 3, 1)),
            [("duplicate:MC-000417", "warn", False)],
            id="same birth date, similar name",
        ),
        pytest.param(
            Registration("Amira", "Haddad", date(1992, 1, 3), "+33 6 12 34 56 78"),
            [("duplicate:MC-000417", "warn", False)],
            id="same phone, same name, birth date swapped",
        ),
        pytest.param(
            Registration("Jonas", "Weber", date(1992, 3, 1), "0612345678"),
            [("same-phone:MC-000417", "note", False)],
            id="same phone, another name",
        ),
        pytest.param(Registration("Jonas", "Weber", date(1992, 3, 1)), [], id="a birthday twin"),
        pytest.param(
            Registration("Amira", "Haddad"), [("duplicate:MC-000417", "warn", False)], id="a namesake"
        ),
        pytest.param(Registration("Amira", "Hadad"), [], id="a name one letter apart, and nothing else"),
        pytest.param(
            Registration("Amir", "Haddad", date(1992, 1, 3)),
            [("duplicate:MC-000417", "warn", False)],
            id="one letter apart, birth date swapped",
        ),
        pytest.param(
            Registration("Li", "Wu", date(1980, 3, 1), email="A.Haddad@example.com"),
            [("duplicate:MC-000417", "warn", False)],
            id="same e-mail",
        ),
    ],
)
def test_likely_doubles(new, found):
    assert seen(check_possible_duplicates(new, [AMIRA])) == found


def test_two_unknown_birth_dates_are_not_the_same_one():
    unknown = Registration("Amira", "Haddadi", None, "", "MC-000001")

    assert check_possible_duplicates(Registration("Amira", "Haddad"), [unknown]) == []


def test_a_likely_double_says_what_is_shared_and_names_nobody():
    new = Registration("Amira", "Haddad", date(1992, 3, 1), "0612345678")

    (finding,) = check_possible_duplicates(new, [AMIRA])

    assert finding.message == (
        "MC-000417 has the same birth date, the same phone and the same name. "
        "Open that record; register again only if this is somebody else."
    )


@pytest.mark.parametrize(
    ("died_on", "codes"),
    [
        (None, []),
        (date(1950, 1, 1), []),
        (TODAY, []),
        (date(1949, 12, 31), ["died-on"]),
        (TODAY + timedelta(days=1), ["died-on"]),
    ],
)
def test_nobody_dies_before_their_birth_or_after_today(died_on, codes):
    found = check_death_between_birth_and_today(died_on, birth_date=date(1950, 1, 1), today=TODAY)

    assert [f.code for f in found] == codes


def test_a_risk_factor_that_stands_already_is_not_recorded_anew():
    assert check_any_factor_is_new(1) is None
    assert check_any_factor_is_new(0).where == "label"


NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, None),
        ({"signed_name": " – "}, "no-name"),
        ({"signed_at": NOW + timedelta(seconds=1)}, "future"),
        ({"is_drawn": True}, "no-strokes"),
        ({"is_drawn": True, "has_strokes": True}, None),
    ],
)
def test_a_consent_is_signed_by_somebody_and_not_tomorrow(changed, expected):
    usual = {"signed_name": "Ana", "signed_at": NOW, "now": NOW, "is_drawn": False, "has_strokes": False}

    found = check_consent_signer_day_and_strokes(**usual | changed)

    assert (found.code if found else None) == expected


def test_the_wording_in_force_is_the_one_that_is_signed():
    def code(day, *, is_replaced):
        found = check_wording_may_be_signed(in_force_from=day, is_replaced=is_replaced, today=TODAY)
        return found.code if found else None

    assert code(TODAY, is_replaced=False) is None
    assert code(TODAY, is_replaced=True) == "old-text"
    assert code(TODAY + timedelta(days=1), is_replaced=False) == "early-text"


def test_a_consent_is_withdrawn_once_and_in_words():
    assert check_consent_may_be_withdrawn("She moved", is_withdrawn=False) is None
    assert check_consent_may_be_withdrawn("no", is_withdrawn=False).code == "no-reason"
    assert check_consent_may_be_withdrawn("She moved", is_withdrawn=True).code == "withdrawn"


LAST = Wording("Treatment", "I agree to be treated. " * 3, TODAY + timedelta(days=5))


@pytest.mark.parametrize(
    ("new", "wheres"),
    [
        (Wording("Treatment", "I agree to be treated, and know. " * 3, TODAY + timedelta(days=5)), []),
        (Wording("", "Short", TODAY + timedelta(days=5)), ["body", "title"]),
        (LAST, ["body"]),
        (Wording("Treatment II", LAST.body, TODAY + timedelta(days=4)), ["in_force_from"]),
    ],
)
def test_a_new_wording_says_something_else_and_is_signed_after_the_last(new, wheres):
    assert [f.where for f in check_wording_title_body_and_day(new, last=LAST, today=TODAY)] == wheres


def test_a_first_wording_is_signed_from_today_on():
    assert check_wording_title_body_and_day(Wording("T", LAST.body, TODAY), last=None, today=TODAY) == []
    early = Wording("T", LAST.body, TODAY - timedelta(days=1))
    assert [f.where for f in check_wording_title_body_and_day(early, last=None, today=TODAY)] == [
        "in_force_from"
    ]
