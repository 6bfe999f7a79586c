"""Which price of a list applies to a course, with its tax."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise

from mesoclinic.core.findings import Finding, block, ordered, warn
from mesoclinic.core.quantities import ZERO, plain_number_text, round_money
from treatments.billing.rules.instalments import deposit_amount
from treatments.billing.rules.quotes import ABSURD_UNIT, Priced, UnpricedLine, price_option
from treatments.plans.rules import MOST_SESSIONS, REVIEW_SESSION, course_text

_HUNDRED = Decimal(100)

#: How a session is given, as the protocols name it (protocols.csv, technique rows); "" prices any.
TECHNIQUES = {
    "epidermic": "Epidermic",
    "papule": "Papule",
    "nappage": "Nappage",
    "point_by_point": "Point by point",
    "mesogun": "Mesogun",
}

#: What is given: the type of treatment that a price may depend on (docs/pricing.md, "price depends on"); "" prices any.
TREATMENTS = {"cocktail": "Mixed cocktail", "single": "Single preparation", "premade": "Ready-made product"}

#: Tax classes: which are taxed, and with which of the list's two rates. The rest is 0 %.
TAX_CLASSES = {"none": "No tax", "exempt": "Exempt", "standard": "Standard rate", "reduced": "Reduced rate"}

UNTAXED = ("none", "exempt")


def is_untaxed(tax_class: str) -> bool:
    return tax_class in UNTAXED


class PriceKind(StrEnum):
    SESSION = "session"
    COCKTAIL = "cocktail"
    KIT = "kit"
    CONSULTATION = "consultation"
    EXTRA = "extra"
    NO_SHOW = "no_show"
    LATE_CANCEL = "late_cancel"
    PACKAGE = "package"


#: What is charged without a plan, in the order of the desk's choices.
CHARGEABLE = (PriceKind.CONSULTATION, PriceKind.NO_SHOW, PriceKind.LATE_CANCEL, PriceKind.EXTRA)

#: What a quote may hold beside the course itself.
EXTRAS = (PriceKind.CONSULTATION, PriceKind.EXTRA)


@dataclass(frozen=True, slots=True)
class PriceRow:
    """One row of a price list. ``area_to`` is up to, not including; empty ends are open."""

    kind: str
    label: str
    amount: Decimal = ZERO
    rate: Decimal = ZERO
    tax_percent: Decimal = ZERO
    why: str = ""
    area_from: Decimal | None = None
    area_to: Decimal | None = None
    sessions_from: int | None = None
    technique: str = ""
    treatment: str = ""
    tax_class: str = ""

    @property
    def effective_tax_class(self) -> str:
        """Its class; where none is named, what its rate says."""
        return self.tax_class or ("standard" if self.tax_percent else "none")

    def covers_area(self, area_cm2: Decimal) -> bool:
        return (self.area_from or ZERO) <= area_cm2 and (self.area_to is None or area_cm2 < self.area_to)

    @property
    def area_band_text_or_empty(self) -> str:
        """“50–100 cm²”, “from 100 cm²”, “up to 50 cm²”; empty for every area."""
        low, high = self.area_from or ZERO, self.area_to
        if high is None:
            return f"from {plain_number_text(low)} cm²" if low else ""
        return (
            f"{plain_number_text(low)}–{plain_number_text(high)} cm²"
            if low
            else f"up to {plain_number_text(high)} cm²"
        )


@dataclass(frozen=True, slots=True)
class PriceBook:
    """A price list as a rule takes it: ``cap`` and ``deposit`` in percent."""

    rows: Sequence[PriceRow]
    currency: str = "USD"
    markup: Decimal = Decimal(1)
    cap: Decimal = _HUNDRED
    deposit: Decimal = ZERO
    tax_included: bool = False

    def rows_of_kind(self, kind: PriceKind) -> list[PriceRow]:
        return [row for row in self.rows if row.kind == kind]


@dataclass(frozen=True, slots=True)
class Part:
    """A product in the syringe: ``price`` per ml, None where the catalogue has none."""

    name: str
    ml: Decimal
    price: Decimal | None


@dataclass(frozen=True, slots=True)
class Mix:
    """What goes into the syringe; ``treatment`` is its type, one of :data:`TREATMENTS`.

    By ``name`` a fixed price is found; the desk and the quote read ``paper_name``.
    """

    name: str
    parts: Sequence[Part]
    treatment: str = ""
    paper_name: str = ""

    @property
    def total_ml(self) -> Decimal:
        return sum((part.ml for part in self.parts), ZERO)

    @property
    def cocktail_name_on_papers(self) -> str:
        """As papers and the desk call it."""
        return f"Cocktail “{self.paper_name}”" if self.paper_name else "Cocktail"


@dataclass(frozen=True, slots=True)
class Option:
    """One way of taking the course, priced. ``rate`` is the discount that counted, in percent."""

    name: str
    sessions: int
    why: str
    rate: Decimal
    reason: str
    priced: Priced
    deposit: Decimal
    package_rate: Decimal = ZERO


def session_price_row_or_none(
    book: PriceBook, area_cm2: Decimal, technique: str = "", treatment: str = ""
) -> PriceRow | None:
    """The row whose band holds the area, for this technique and type of treatment.

    A row that names neither is for any. Where several hold, the one that says most counts; the type
    of treatment goes before the technique.
    """
    rows = [
        row
        for row in book.rows_of_kind(PriceKind.SESSION)
        if row.covers_area(area_cm2) and row.technique in ("", technique) and row.treatment in ("", treatment)
    ]
    return max(rows, key=lambda row: (bool(row.treatment), bool(row.technique)), default=None)


def package_discount_rate(book: PriceBook, sessions: int) -> Decimal:
    """What a package of so many sessions takes off: the row that starts nearest below."""
    rows = [row for row in book.rows_of_kind(PriceKind.PACKAGE) if (row.sessions_from or 0) <= sessions]
    return max(rows, key=lambda row: row.sessions_from or 0).rate if rows else ZERO


def fixed_cocktail_price_row_or_none(book: PriceBook, name: str, treatment: str = "") -> PriceRow | None:
    """The cocktail's own row, by its name; else its tier (the row of its type of treatment); else the
    one labelled “Cocktail”, for any of them."""
    rows = {row.label.casefold(): row for row in book.rows_of_kind(PriceKind.COCKTAIL) if not row.treatment}
    tiers = {row.treatment: row for row in book.rows_of_kind(PriceKind.COCKTAIL) if row.treatment}
    return rows.get(name.casefold()) or (tiers.get(treatment) if treatment else None) or rows.get("cocktail")


def check_prices_are_known(
    book: PriceBook, mix: Mix, area_cm2: Decimal, technique: str = ""
) -> list[Finding]:
    """What has no price, and who adds it where. Nothing can be quoted until it is there.

    Products stand in ``detail`` only: the front desk sees the message, not what is in the syringe.
    """
    findings = []
    if session_price_row_or_none(book, area_cm2, technique, mix.treatment) is None:
        message = f"No session price holds {plain_number_text(area_cm2)} cm². An admin adds that area to the next price list."
        findings.append(block("price:no-session", message, fixed=True, where="prices"))
    unpriced = [part.name for part in mix.parts if part.price is None]
    if fixed_cocktail_price_row_or_none(book, mix.name, mix.treatment) is None and (
        unpriced or not mix.parts
    ):
        products = "1 product" if len(unpriced) == 1 else f"{len(unpriced)} products"
        message = (
            f"{mix.cocktail_name_on_papers} cannot be priced: {products} in it without a price per ml. "
            "An admin adds the price in the catalogue, or a fixed cocktail price to the next price list."
        )
        findings.append(
            block("price:no-cocktail", message, fixed=True, where="prices", detail=", ".join(unpriced))
        )
    return ordered(findings)


def course_lines_before_pricing_or_raise(
    book: PriceBook, mix: Mix, area_cm2: Decimal, sessions: int, technique: str = ""
) -> list[UnpricedLine]:
    """Session by area, cocktail, kit: each once a session. Raises where a price is missing."""
    session = session_price_row_or_none(book, area_cm2, technique, mix.treatment)
    if session is None or check_prices_are_known(book, mix, area_cm2, technique):
        raise ValueError("a price is missing: ask check_prices_are_known first")
    quantity = Decimal(sessions)

    def line_once_a_session(row: PriceRow, label: str, why: str) -> UnpricedLine:
        """A line of this price row, as often as there are sessions."""
        unit = round_money(row.amount, book.currency)
        return UnpricedLine(
            label, quantity, unit, row.tax_percent, why=why, kind=row.kind, tax_class=row.effective_tax_class
        )

    lines = [line_once_a_session(session, session.label, session.why or session.area_band_text_or_empty)]
    cocktail = mix.cocktail_name_on_papers
    if fixed := fixed_cocktail_price_row_or_none(book, mix.name, mix.treatment):
        lines.append(line_once_a_session(fixed, cocktail, fixed.why or "fixed price"))
    else:
        cost = sum((part.ml * (part.price or ZERO) for part in mix.parts), ZERO)
        count = f"{len(mix.parts)} ingredient{'' if len(mix.parts) == 1 else 's'}"
        why = f"{count}, {_ml_text_with_a_decimal(mix.total_ml)} ml, priced from today’s catalogue"
        unit = round_money(cost * book.markup, book.currency)
        lines.append(
            UnpricedLine(
                cocktail,
                quantity,
                unit,
                session.tax_percent,
                why=why,
                kind=PriceKind.COCKTAIL,
                tax_class=session.effective_tax_class,
            )
        )
    lines += [line_once_a_session(row, row.label, row.why) for row in book.rows_of_kind(PriceKind.KIT)]
    return lines


def _ml_text_with_a_decimal(ml: Decimal) -> str:
    """At least one decimal, as everywhere: 4.0."""
    text = plain_number_text(ml)
    return text if "." in text else f"{text}.0"


def priced_course_option(
    book: PriceBook,
    mix: Mix,
    *,
    name: str,
    area_cm2: Decimal,
    sessions: int,
    intervals: Sequence[int],
    review_at: int = REVIEW_SESSION,
    rate: Decimal | None = None,
    reason: str = "",
    technique: str = "",
) -> Option:
    """An option of so many sessions. ``rate`` is a discount given by hand, in place of the package's."""
    package_rate = package_discount_rate(book, sessions)
    asked = package_rate if rate is None else rate
    priced = price_option(
        course_lines_before_pricing_or_raise(book, mix, area_cm2, sessions, technique),
        package_discount=asked,
        cap=book.cap,
        currency=book.currency,
        sessions=sessions,
        tax_included=book.tax_included,
    )
    counted = min(asked, book.cap)
    if rate is None and counted < asked:
        reason = f"Package of {plain_number_text(asked)} %, lowered to the clinic’s cap"
    return Option(
        name=name,
        sessions=sessions,
        why=course_text(intervals, sessions, review_at=review_at),
        rate=counted,
        reason=reason,
        priced=priced,
        deposit=deposit_amount(priced.total, book.deposit, book.currency),
        package_rate=min(package_rate, book.cap),
    )


def check_discount_within_cap(rate: Decimal, cap: Decimal) -> Finding | None:
    """Why a discount given by hand is too much."""
    if not 0 <= rate <= _HUNDRED:
        message = "A discount is between 0 and 100 %. Correct it."
    elif rate > cap:
        message = (
            f"{plain_number_text(rate)} % is above this clinic's cap of {plain_number_text(cap)} %. Give {plain_number_text(cap)} % or "
            "less, or ask an admin for a price list with another cap."
        )
    else:
        return None
    return block("discount:above-cap", message, fixed=True, where="rate")


def check_discounts_together_within_cap(cap: Decimal, *, is_capped: bool) -> Finding | None:
    """Why a discount given by hand is too much beside the package and those of the lines."""
    if not is_capped:
        return None
    message = (
        f"All discounts together are above this clinic's cap of {plain_number_text(cap)} %. Give less, or in place of the "
        "package, or ask an admin for a price list with another cap."
    )
    return block("discount:above-cap", message, fixed=True, where="rate")


#: A long course, offered beside the plan's own where there is room (design/quote.png: "Density 8").
LONG_COURSE = 8

#: Three stand side by side; the desk may add one of its own.
USUAL_OPTIONS, MOST_OPTIONS = 3, 5


def session_counts_of_options(planned: int, *, review_at: int = REVIEW_SESSION) -> list[int]:
    """How many sessions each option has: one, up to the review, the plan's own; else the long course."""
    sizes = {1, review_at, planned}
    if len(sizes) < USUAL_OPTIONS:
        sizes.add(LONG_COURSE)
    return sorted(sizes)


def default_option_name(sessions: int, planned: int, plan_name: str) -> str:
    """“Single session”, the name of the plan for its own number of sessions, else “Start 5”."""
    if sessions == 1:
        return "Single session"
    return plan_name if sessions == planned else f"Start {sessions}"


def check_price_rows_possible_and_unambiguous(rows: Sequence[PriceRow]) -> list[Finding]:
    """What a price list cannot be: without a session price, absurd, or with two answers to one question.

    ``where`` names the row by its place: "prices-3".
    """
    findings = []

    def add_finding(code: str, message: str, where: str) -> None:
        findings.append(block(code, message, fixed=True, where=where))

    for at, row in enumerate(rows):
        where, name = f"prices-{at}", row.label.strip() or f"Row {at + 1}"
        if not row.label.strip():
            add_finding(f"price-label:{at}", f"{name}: type what it is called.", where)
        if not 0 <= row.amount <= ABSURD_UNIT:
            message = f"{name}: a price is between 0 and {ABSURD_UNIT}. Correct it."
            add_finding(f"price-amount:{at}", message, where)
        if not (0 <= row.tax_percent <= 100 and 0 <= row.rate <= 100):
            message = f"{name}: a rate is between 0 and 100 %. Correct it."
            add_finding(f"price-rate:{at}", message, where)
        if row.area_to is not None and row.area_to <= (row.area_from or ZERO):
            message = f"{name}: its area ends where it starts, or before. Correct it."
            add_finding(f"price-area:{at}", message, where)
        if row.technique and row.technique not in TECHNIQUES:
            add_finding(f"price-technique:{at}", f"{name}: choose a technique.", where)
        if row.treatment and row.treatment not in TREATMENTS:
            add_finding(f"price-treatment:{at}", f"{name}: choose a treatment.", where)
        if row.effective_tax_class not in TAX_CLASSES:
            add_finding(f"price-tax:{at}", f"{name}: choose a tax class.", where)
        elif row.effective_tax_class in UNTAXED and row.tax_percent:
            message = (
                f"{name}: {TAX_CLASSES[row.effective_tax_class].lower()} has no rate. Choose another class."
            )
            add_finding(f"price-tax:{at}", message, where)
        if row.kind == PriceKind.PACKAGE and (row.sessions_from or 0) < 2:
            message = f"{name}: a package has 2 sessions or more. Type from how many."
            add_finding(f"price-sessions:{at}", message, where)

    def treatment_and_technique(row: PriceRow) -> tuple[str, str]:
        """Two rows clash only where both are the same."""
        return (row.treatment, row.technique)

    bands = sorted(
        ((at, row) for at, row in enumerate(rows) if row.kind == PriceKind.SESSION),
        key=lambda pair: (treatment_and_technique(pair[1]), pair[1].area_from or ZERO),
    )
    if not bands:
        message = "A price list has at least one session price. Add it."
        add_finding("price-list:no-session", message, "prices")
    for (_, low), (at, high) in pairwise(bands):
        if treatment_and_technique(low) == treatment_and_technique(high) and (
            low.area_to is None or low.area_to > (high.area_from or ZERO)
        ):
            message = f"{high.label} and {low.label} hold the same area. End one where the other starts."
            add_finding(f"price-overlap:{at}", message, f"prices-{at}")
    packages = [row.sessions_from for row in rows if row.kind == PriceKind.PACKAGE]
    if len(packages) != len(set(packages)):
        message = "Two packages start at the same number of sessions. Keep one."
        add_finding("price-list:packages", message, "prices")
    return ordered(findings)


def check_price_list_rates_in_range(
    *, discount_cap: Decimal, deposit_rate: Decimal, taxes: Sequence[Decimal], cocktail_markup: Decimal
) -> list[Finding]:
    """What the rates of a whole price list cannot be."""
    findings = []

    def add_finding(code: str, message: str, where: str) -> None:
        findings.append(block(code, message, fixed=True, where=where))

    if not (0 <= discount_cap <= 100 and 0 <= deposit_rate <= 100):
        message = "The discount cap and the deposit are between 0 and 100 %."
        add_finding("price-list:rates", message, "discount_cap")
    if not all(0 <= tax <= 100 for tax in taxes):
        add_finding("price-list:taxes", "A tax rate is between 0 and 100 %. Correct it.", "tax_standard")
    if not 0 < cocktail_markup <= 100:
        message = "The cocktail markup is above 0, up to 100. 1 sells at cost."
        add_finding("price-list:markup", message, "cocktail_markup")
    return findings


#: A price so many times the last one, or so small a part of it, is more likely a slip of the keys.
UNLIKELY_FACTOR = 10


def check_prices_are_likely(rows: Sequence[PriceRow], before: Sequence[PriceRow]) -> list[Finding]:
    """What is asked about: a package that takes nothing off, a price far from the last list's (``before``)."""
    findings = []
    last = {_key_of_priced_thing(row): row.amount for row in before}
    for at, row in enumerate(rows):
        where = f"prices-{at}"
        if row.kind == PriceKind.PACKAGE:
            if not row.rate:
                message = f"{row.label}: a package of 0 % off. Type how much it takes off, or say why."
                findings.append(warn(f"price-package:{at}", message, where=where))
            continue
        was = last.get(_key_of_priced_thing(row), ZERO)
        if was and not was / UNLIKELY_FACTOR < row.amount < was * UNLIKELY_FACTOR:
            message = f"{row.label}: {plain_number_text(row.amount)}, and {plain_number_text(was)} on the last list. Correct it, or say why."
            findings.append(warn(f"price-jump:{at}", message, where=where))
    return ordered(findings)


def _key_of_priced_thing(row: PriceRow) -> tuple[object, ...]:
    """The same thing on two lists."""
    return (row.kind, row.label.casefold().strip(), row.area_from or ZERO, row.treatment, row.technique)


def check_price_list_day_is_free(*, day_is_taken: bool, is_used: bool = False) -> Finding | None:
    """Says that another list of the clinic starts on the day that a new one would.

    It may be replaced, with a reason, as long as nothing was issued from it (``is_used``).
    """
    if not day_is_taken:
        return None
    if is_used:
        message = (
            "A price list starts on that day already, and something was issued from it. Choose another day."
        )
        return block("price-list:same-day", message, fixed=True, where="valid_from")
    message = "A price list starts on that day already. Nothing was issued from it: say why this one takes its place."
    return warn("price-list:same-day", message, where="valid_from")


def check_price_list_can_be_withdrawn(*, is_used: bool, is_withdrawn: bool) -> Finding | None:
    """Why a price list is not taken back."""
    if is_withdrawn:
        message = "This price list was withdrawn already."
    elif is_used:
        message = "Something was issued from this price list, so it stays. Publish the next one."
    else:
        return None
    return block("price-list:withdraw", message, fixed=True)


def check_option_can_be_added(sessions: int, present: Sequence[int], *, has_interval: bool) -> Finding | None:
    """Why an option of so many sessions cannot be added. ``present``: the sessions of the options there are."""
    if not 1 <= sessions <= MOST_SESSIONS:
        code, message = "option:sessions", f"A plan has 1 to {MOST_SESSIONS} sessions. Type how many."
    elif sessions in present:
        code, message = "option:again", f"{sessions} sessions are on this quote. Type another number."
    elif len(present) >= MOST_OPTIONS:
        code = "option:too-many"
        message = f"A quote has {MOST_OPTIONS} options at most. Take one off first."
    elif sessions > 1 and not has_interval:
        code = "option:interval"
        message = "The plan has no interval, so there is one session. Plan again."
    else:
        return None
    return block(code, message, fixed=True, where="sessions")
