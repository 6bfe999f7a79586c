"""Which price applies, what an option is called, and what a price list cannot be."""

from decimal import Decimal as D

import pytest

from treatments.billing.rules.prices import (
    Mix,
    Part,
    PriceBook,
    PriceRow,
    check_discount_within_cap,
    check_price_rows_possible_and_unambiguous,
    check_prices_are_known,
    course_lines_before_pricing_or_raise,
    default_option_name,
    fixed_cocktail_price_row_or_none,
    package_discount_rate,
    priced_course_option,
    session_counts_of_options,
    session_price_row_or_none,
)
from treatments.plans.rules import ProtocolFact, check_session_count_and_intervals, course_text, interval_text

SMALL = PriceRow("session", "Small", D(250), area_to=D(50))
MEDIUM = PriceRow("session", "Medium", D(320), area_from=D(50), area_to=D(100))
KIT = PriceRow("kit", "Single-use kit", D(8), why="gloves, syringe, 30G needle")
FIVE = PriceRow("package", "Five", rate=D(10), sessions_from=5)
EIGHT = PriceRow("package", "Eight", rate=D(15), sessions_from=8)
BOOK = PriceBook([SMALL, MEDIUM, KIT, FIVE, EIGHT], cap=D(25), deposit=D(20))
MIX = Mix("Density A", [Part("Biotin", D(3), D(20)), Part("Zinc", D(1), D(32))])


def codes(findings):
    return [finding.code for finding in findings]


@pytest.mark.parametrize(
    ("area", "row"),
    [
        pytest.param("0.1", SMALL, id="an open start holds all below"),
        pytest.param("49.9", SMALL, id="just below the end"),
        pytest.param("50", MEDIUM, id="an end belongs to the next"),
        pytest.param("100", None, id="above the last"),
    ],
)
def test_a_session_is_priced_by_its_area(area, row):
    assert session_price_row_or_none(BOOK, D(area)) == row


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (None, None, ""),
        (None, "50", "up to 50 cm²"),
        ("50", "100", "50–100 cm²"),
        ("100", None, "from 100 cm²"),
    ],
)
def test_a_band_says_its_area(low, high, words):
    row = PriceRow("session", "S", area_from=low and D(low), area_to=high and D(high))

    assert row.area_band_text_or_empty == words


@pytest.mark.parametrize(("sessions", "rate"), [(1, 0), (4, 0), (5, 10), (7, 10), (8, 15), (30, 15)])
def test_a_package_counts_from_its_number_of_sessions(sessions, rate):
    assert package_discount_rate(BOOK, sessions) == rate


def test_the_options_of_the_target_screen_cost_what_it_shows():
    options = [
        priced_course_option(
            BOOK,
            MIX,
            name=default_option_name(n, 8, "Density 8"),
            area_cm2=D(78),
            sessions=n,
            intervals=[14, 14, 14, 30],
        )
        for n in session_counts_of_options(8)
    ]

    assert [(o.name, o.priced.total, o.priced.per_session, o.rate, o.deposit) for o in options] == [
        ("Single session", D("420.00"), D("420.00"), D(0), D("84.00")),
        ("Start 5", D("1890.00"), D("378.00"), D(10), D("378.00")),
        ("Density 8", D("2856.00"), D("357.00"), D(15), D("571.20")),
    ]
    assert [
        (p.line.label, p.line.why, p.line.quantity, p.line.unit, p.amount) for p in options[1].priced.lines
    ] == [
        ("Medium", "50–100 cm²", 5, D("320.00"), D("1600.00")),
        (
            "Cocktail",
            "2 ingredients, 4.0 ml, priced from today’s catalogue",
            5,
            D("92.00"),
            D("460.00"),
        ),
        ("Single-use kit", "gloves, syringe, 30G needle", 5, D("8.00"), D("40.00")),
    ]


def test_a_markup_raises_the_cocktail_only():
    book = PriceBook([MEDIUM, KIT], markup=D("1.5"))

    assert [line.unit for line in course_lines_before_pricing_or_raise(book, MIX, D(70), 1)] == [
        D("320.00"),
        D("138.00"),
        D("8.00"),
    ]


def test_a_fixed_price_takes_the_place_of_the_recipe_and_the_cocktails_own_comes_first():
    any_one = PriceRow("cocktail", "Cocktail", D(70), tax_percent=D(20))
    own = PriceRow("cocktail", "density a", D(60))

    assert fixed_cocktail_price_row_or_none(PriceBook([any_one, own]), "Density A") == own
    assert fixed_cocktail_price_row_or_none(PriceBook([any_one, own]), "Another") == any_one
    assert fixed_cocktail_price_row_or_none(PriceBook([own]), "Another") is None
    lines = course_lines_before_pricing_or_raise(PriceBook([MEDIUM, any_one]), MIX, D(70), 2)
    assert [(x.label, x.unit, x.tax_percent) for x in lines] == [
        ("Medium", D("320.00"), D(0)),
        ("Cocktail", D("70.00"), D(20)),
    ]


def test_a_missing_price_is_named_and_the_product_only_in_the_detail():
    unpriced = Mix("Density A", [Part("Biotin", D(1), None), Part("Zinc", D(1), D(3))])

    found = check_prices_are_known(BOOK, unpriced, D(120))

    assert codes(found) == ["price:no-cocktail", "price:no-session"]
    assert "Biotin" not in found[0].message
    assert found[0].detail == "Biotin"
    assert found[1].message == (
        "No session price holds 120 cm². An admin adds that area to the next price list."
    )
    with pytest.raises(ValueError, match="missing"):
        course_lines_before_pricing_or_raise(BOOK, unpriced, D(120), 1)


def test_nothing_is_missing_where_a_fixed_price_stands_for_the_recipe():
    book = PriceBook([MEDIUM, PriceRow("cocktail", "Cocktail", D(70))])
    unpriced = Mix("Density A", [Part("Biotin", D(1), None), Part("Zinc", D(1), None)])

    assert check_prices_are_known(book, unpriced, D(70)) == []


def test_a_package_above_the_cap_is_lowered_and_says_so():
    generous = PriceRow("package", "Half", rate=D(50), sessions_from=5)
    book = PriceBook([MEDIUM, generous], cap=D(25))

    option = priced_course_option(
        book, Mix("D", [Part("x", D(1), D(80))]), name="Start 5", area_cm2=D(70), sessions=5, intervals=[14]
    )

    assert option.priced.total == D("1500.00")
    assert option.rate == D(25)
    assert option.reason == "Package of 50 %, lowered to the clinic’s cap"


def test_a_discount_by_hand_takes_the_place_of_the_packages():
    option = priced_course_option(
        BOOK,
        MIX,
        name="Start 5",
        area_cm2=D(70),
        sessions=5,
        intervals=[14],
        rate=D(20),
        reason="Returning patient",
    )

    assert (option.priced.total, option.rate, option.reason) == (D("1680.00"), D(20), "Returning patient")


@pytest.mark.parametrize(
    ("rate", "refused"), [("0", False), ("25", False), ("25.001", True), ("-1", True), ("101", True)]
)
def test_a_discount_stays_below_the_cap(rate, refused):
    assert bool(check_discount_within_cap(D(rate), D(25))) == refused


@pytest.mark.parametrize(
    ("planned", "review_at", "sizes"),
    [
        (8, 5, [1, 5, 8]),
        (5, 5, [1, 5, 8]),
        (1, 5, [1, 5, 8]),
        (12, 5, [1, 5, 12]),
        (3, 5, [1, 3, 5]),
        (8, 6, [1, 6, 8]),
    ],
)
def test_options_are_one_the_review_and_the_plans_own_else_a_long_course(planned, review_at, sizes):
    assert session_counts_of_options(planned, review_at=review_at) == sizes


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (1, "every day"),
        (7, "weekly"),
        (10, "every 10 days"),
        (14, "fortnightly"),
        (21, "every 3 weeks"),
        (28, "monthly"),
        (30, "monthly"),
        (90, "every 3 months"),
    ],
)
def test_an_interval_is_said_as_people_say_it(days, words):
    assert interval_text(days) == words


@pytest.mark.parametrize(
    ("intervals", "sessions", "words"),
    [
        ([], 1, "Pay as you go. Best results usually come after the fifth."),
        ([14], 4, "4 sessions, fortnightly."),
        ([14], 5, "5 sessions, fortnightly. Review at session 5."),
        ([14, 14, 14, 30], 8, "8 sessions: 4 fortnightly, then 4 monthly. Review at session 5."),
        ([7, 14, 21, 30], 5, "5 sessions in 72 days. Review at session 5."),
    ],
)
def test_a_course_is_said_in_a_line(intervals, sessions, words):
    assert course_text(intervals, sessions) == words


def test_a_review_beyond_the_eighth_is_said_in_figures():
    assert course_text([], 1, review_at=9).endswith("after the 9th.")


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        pytest.param([SMALL, MEDIUM, KIT, FIVE], [], id="right"),
        pytest.param([KIT], ["price-list:no-session"], id="no session"),
        pytest.param([SMALL, PriceRow("session", "All", D(1))], ["price-overlap:1"], id="overlap"),
        pytest.param(
            [PriceRow("session", "Back", D(1), area_from=D(50), area_to=D(50))],
            ["price-area:0"],
            id="an empty band",
        ),
        pytest.param([PriceRow("session", " ", D(1))], ["price-label:0"], id="no name"),
        pytest.param([PriceRow("session", "S", D(-1))], ["price-amount:0"], id="negative"),
        pytest.param([PriceRow("session", "S", D(1_000_001))], ["price-amount:0"], id="absurd"),
        pytest.param(
            [PriceRow("session", "S", D(1), tax_percent=D(101))], ["price-rate:0"], id="tax above the whole"
        ),
        pytest.param(
            [SMALL, PriceRow("package", "P", rate=D(5), sessions_from=1)],
            ["price-sessions:1"],
            id="a package of one",
        ),
        pytest.param([SMALL, FIVE, FIVE], ["price-list:packages"], id="two packages"),
    ],
)
def test_a_price_list_has_one_answer_to_each_question(rows, found):
    assert codes(check_price_rows_possible_and_unambiguous(rows)) == found


@pytest.mark.parametrize(
    ("planned", "intervals", "found"),
    [
        pytest.param(8, [14], [], id="right"),
        pytest.param(31, [14], ["sessions:too-many"], id="too many"),
        pytest.param(8, [0], ["intervals:zero"], id="twice in a day"),
        pytest.param(8, [], ["intervals:missing"], id="no interval"),
        pytest.param(1, [], ["sessions:under-five"], id="one needs no interval"),
    ],
)
def test_a_course_has_days_between_its_sessions(planned, intervals, found):
    assert codes(check_session_count_and_intervals(planned, intervals, ProtocolFact("Own"))) == found


def test_a_clinic_that_reviews_later_asks_for_more_sessions():
    found = check_session_count_and_intervals(5, [14], ProtocolFact("Own"), review_at=6)

    assert codes(found) == ["sessions:under-five"]
    assert "Plan at least 6" in found[0].message
