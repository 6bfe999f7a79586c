from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesoclinic.core.search_text import search_words
from patients.rules.search import (
    MOST_WORDS,
    Search,
    keys_one_typo_away,
    parse_search,
    person_typed,
    phone_digits,
    same_phone,
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Núñez", ["nunez"]),
        ("nunez", ["nunez"]),
        ("Łęcki Øster Groß", ["lecki", "oster", "gross"]),
        ("Ayşıl İPEK Çağrı", ["aysil", "ipek", "cagri"]),
        ("Đặng Nguyễn", ["dang", "nguyen"]),
        ("Ærø Œuvre Þór Ðorđe", ["aero", "oeuvre", "thor", "dorde"]),
        ("O'Brien-Smith, Zoë", ["o", "brien", "smith", "zoe"]),
        ("Нью-Йорк", ["нью", "иорк"]),
        ("محمّد", ["محمد"]),
        ("हिन्दी नाम", ["हिनदी", "नाम"]),
        ("王小明", ["王小明"]),
        ("Ｆｕｌｌ", ["full"]),
        ("  \t\n ", []),
        ("--'--", []),
        ("a\x00b", ["a", "b"]),
    ],
)
def test_words_have_no_accents_and_no_case(text, words):
    assert search_words(text) == words


@given(st.text(max_size=60))
def test_words_are_their_own_words(text):
    words = search_words(text)

    assert search_words(" ".join(words)) == words


@given(st.text(alphabet="aáàâäãåçéèñöøüłß ", max_size=40))
def test_case_never_matters(text):
    assert search_words(text.upper()) == search_words(text.lower())


def parsed(text):
    search = parse_search(text)
    return search.words, search.birth_dates, search.digits, search.record_number


@pytest.mark.parametrize(
    ("text", "words", "dates", "digits", "number"),
    [
        pytest.param("Haddad amira", ("haddad", "amira"), (), None, None, id="words"),
        pytest.param("1984-10-12", (), ["1984-10-12"], None, None, id="iso"),
        pytest.param("12/10/1984", (), ["1984-10-12", "1984-12-10"], None, None, id="two readings"),
        pytest.param("12.10.1984", (), ["1984-10-12"], None, None, id="full stops"),
        pytest.param("13/10/1984", (), ["1984-10-13"], None, None, id="day first only"),
        pytest.param("10/13/1984", (), ["1984-10-13"], None, None, id="month first only"),
        pytest.param("05-05-1984", (), ["1984-05-05"], None, None, id="one day twice"),
        pytest.param("1984/1/2", (), ["1984-01-02"], None, None, id="short figures"),
        pytest.param("31.02.1984", (), [], "31021984", None, id="no such day"),
        pytest.param("1984-13-40", (), [], "19841340", None, id="no such day, year first"),
        pytest.param("12/10-1984", (), [], "12101984", None, id="mixed separators"),
        pytest.param("haddad 12.10.1984", ("haddad",), ["1984-10-12"], None, None, id="both"),
        pytest.param("MC-000417", (), [], None, "MC-000417", id="record"),
        pytest.param("mc 417", (), [], None, "MC-000417", id="record, typed short"),
        pytest.param("417", (), [], None, "MC-000417", id="a plain number"),
        pytest.param("12345", (), [], "12345", "MC-012345", id="may be either"),
        pytest.param("12345678", (), [], "12345678", None, id="too long for a record"),
        pytest.param("mc-0000000", (), [], None, None, id="no such record"),
        pytest.param("0", ("0",), [], None, None, id="nought"),
        pytest.param("+33 6 12.34-56 78", (), [], "33612345678", None, id="a phone, spaced"),
        pytest.param("(0612) 345678", (), [], "0612345678", None, id="a phone, bracket"),
        pytest.param("mc-417 0612345678", (), [], "0612345678", "MC-000417", id="both numbers"),
        pytest.param("٠٦١٢٣٤٥", (), [], "0612345", "MC-612345", id="Arabic figures"),
        pytest.param("room 3b", ("room", "3b"), [], None, None, id="a number in a word"),
        pytest.param("1 2", ("1", "2"), [], None, None, id="too few digits"),
        pytest.param("", (), [], None, None, id="nothing"),
    ],
)
def test_what_a_search_asks_for(text, words, dates, digits, number):
    dates = tuple(date.fromisoformat(day) for day in dates)

    assert parsed(text) == (words, dates, digits, number)


def test_a_search_for_nothing_is_empty():
    assert [parse_search(t).is_empty for t in ("", " - ", "a")] == [True, True, False]


def test_the_likeliest_birth_date_has_the_day_first():
    assert parse_search("03/04/1984").likeliest_birth_date_or_none == date(1984, 4, 3)
    assert parse_search("Haddad").likeliest_birth_date_or_none is None


def test_a_long_paste_is_cut():
    assert parse_search("x" * 5000).words == ("x" * 200,)


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        pytest.param(
            "haddad 03/04/1984",
            [("1984-04-03", "1984-03-04"), ("haddad",)],
            id="a date read in two ways, and a word",
        ),
        pytest.param("MC-417", [("mc-000417",)], id="a record"),
        pytest.param("417", [("mc-000417",)], id="a plain number"),
        pytest.param("12345", [("mc-012345", "12345")], id="a record or a phone: either"),
        pytest.param(
            "mc-417 0612345678", [("mc-000417",), ("0612345678", "2345678")], id="a record and a phone: both"
        ),
        pytest.param("+33 6 12 34 56 78", [("33612345678", "2345678")], id="a phone by its end"),
        pytest.param("", [], id="nothing"),
    ],
)
def test_the_keys_a_patient_is_found_by(text, keys):
    assert parse_search(text).keys_to_match == keys


@given(st.text(max_size=300))
def test_anything_typed_can_be_read(text):
    search = parse_search(text)

    assert isinstance(search, Search)
    assert search.is_empty == (search.keys_to_match == [])


@pytest.mark.parametrize(
    ("text", "digits"), [("0033 6 12", "33612"), ("+33 (0)6", "3306"), ("ext. ٣", "3"), ("none", "")]
)
def test_phone_digits(text, digits):
    assert phone_digits(text) == digits


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        pytest.param("06 12 34 56 78", "+33612345678", True, id="national and abroad"),
        pytest.param("0033612345678", "+33612345678", True, id="00 and +"),
        pytest.param("(555) 012-3456", "5550123456", True, id="written otherwise"),
        pytest.param("12345", "12345", True, id="a short one"),
        pytest.param("12345678", "912345678", False, id="too short to compare ends"),
        pytest.param("0612345678", "0612345679", False, id="one digit off"),
        pytest.param("1234", "1234", False, id="too short to mean anything"),
        pytest.param("", "", False, id="none"),
    ],
)
def test_the_same_telephone(left, right, same):
    assert same_phone(left, right) is same
    assert same_phone(right, left) is same


@pytest.mark.parametrize(
    ("text", "day"),
    [("3 May 1992", "1992-05-03"), ("Tue 3 May 1992", "1992-05-03"), ("haddad 03 may 1992", "1992-05-03")],
)
def test_a_birth_date_is_read_as_the_product_writes_it(text, day):
    search = parse_search(text)

    assert [str(each) for each in search.birth_dates] == [day]
    assert search.words in ((), ("haddad",))


def test_an_email_and_the_last_four_digits_are_read():
    search = parse_search("Amira.H@Example.com 0117")

    assert (search.email, search.last_four, search.words) == ("amira.h@example.com", "0117", ())
    assert parse_search("417").last_four == ""


def keys_of_name(word):
    """As the database keeps a name: itself, and once without each letter."""
    return {word} | {f"~{word[:n]}{word[n + 1 :]}" for n in range(len(word))}


@pytest.mark.parametrize("typed", ["hadad", "hadddad", "haddaf", "ahddad", "haddda", "haddad"])
def test_one_typo_meets_the_name(typed):
    assert keys_of_name("haddad") & {typed, *keys_one_typo_away(typed)}


@pytest.mark.parametrize("typed", ["hadaf", "had", "madad", "weber", "h"])
def test_two_typos_do_not_meet_it(typed):
    assert not keys_of_name("haddad") & {typed, *keys_one_typo_away(typed)}


def test_what_was_typed_into_a_search_fills_the_form():
    assert person_typed("amira luisa haddad 27 Mar 1992 a@example.com +33 6 12 34 56 78") == {
        "email": "a@example.com",
        "birth_date": date(1992, 3, 27),
        "phone": "+33 6 12 34 56 78",
        "given_names": "Amira Luisa",
        "family_name": "Haddad",
    }
    assert person_typed("McDonald") == {"family_name": "McDonald"}
    assert person_typed("05/06/1980 417") == {}


def test_of_more_words_than_a_name_has_the_longest_are_searched():
    text = "a bb ccc dddd eeeee ffffff ggggggg hhhhhhhh iiiiiiiii jjjjjjjjjj bb"

    words = parse_search(text).words

    assert len(words) == MOST_WORDS
    assert words[0] == "ccc"
    assert words[-1] == "jjjjjjjjjj"
