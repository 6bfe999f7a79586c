"""What a quote or a receipt says on paper, in the patient's language: ready to print, nothing clinical."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

from django.db.models import Prefetch, QuerySet
from django.utils import formats, timezone, translation

from mesoclinic.accounts.models import Clinic
from mesoclinic.core import documents
from mesoclinic.core.money import use_number_style
from mesoclinic.core.quantities import round_money
from mesoclinic.core.templatetags.clinic import money_text, percent_text
from patients.models import Patient
from treatments.billing.models import Quote, QuoteLine, QuoteOption
from treatments.billing.queries.option_sums import DiscountKind, DiscountRow, discount_rows, tax_rows
from treatments.billing.rules.prices import UNTAXED
from treatments.plans.rules import course_length_days

_TEXTS = Path(__file__).resolve().parent.parent / "data" / "paper.json"
#: Where a letter is not A4.
_LETTER = {"US", "CA", "MX", "PH", "CL", "CO", "VE", "GT", "CR", "PA"}


#: What a document says, by its template's names: texts, lists and tables of them.
Content = dict[str, object]


@cache
def texts_to_print_by_language() -> Mapping[str, Mapping[str, str]]:
    """By language, then by name."""
    words: Mapping[str, Mapping[str, str]] = json.loads(_TEXTS.read_text(encoding="utf-8"))
    return words


def first_supported_language(*wanted: str) -> str:
    """The first of these languages that we can write in; English where there is none."""
    for each in wanted:
        short = each.replace("_", "-").partition("-")[0].lower()
        if short in texts_to_print_by_language():
            return short
    return "en"


def paper_size_for_country(country: str) -> str:
    """“us-letter” or “a4”."""
    return "us-letter" if country.upper() in _LETTER else "a4"


def printed_date_text(day: date) -> str:
    return formats.date_format(day, "j M Y" if _current_language_code() == "en" else "DATE_FORMAT")


def _current_language_code() -> str:
    return translation.get_language() or "en"


@contextmanager
def use_language_and_number_style(language: str, clinic: Clinic) -> Iterator[None]:
    """Words in ``language``; numbers as the clinic writes them, or as that language does where it is another."""
    own = clinic.language.partition("-")[0] == language
    with translation.override(language), use_number_style(clinic.number_style if own else None):
        yield


def shared_paper_content(clinic: Clinic, patient: Patient, language: str, on: date, *, title: str) -> Content:
    """What every paper says: whose it is, in which words and on what size it is printed."""
    words = texts_to_print_by_language()[language]
    return {
        "lang": language,
        "rtl": translation.get_language_info(language)["bidi"],
        "paper": paper_size_for_country(clinic.country),
        "on": on.isoformat(),
        "texts": dict(words),
        "title": title,
        "clinic": clinic.name,
        "patient": patient.full_name,
        "record": patient.record_number,
    }


# --- a quote -----------------------------------------------------------------


def quotes_with_lines() -> QuerySet[Quote]:
    """Quotes with plan, clinic and patient, and their options with lines. Three queries."""
    lines = Prefetch("lines", QuoteLine.objects.order_by("position"))
    options = QuoteOption.objects.order_by("position").prefetch_related(lines)
    quotes = Quote.objects.select_related("plan", "clinic__plan_settings", "price_list", "coupon", "patient")
    return quotes.prefetch_related(Prefetch("options", options))


def prefetched_options_of_quote(quote: Quote) -> list[QuoteOption]:
    """The options of a quote from :func:`quotes_with_lines`, with their lines at hand."""
    return list(quote.options.all())


def quote_content_to_print(quote: Quote, options: Sequence[QuoteOption], language: str) -> Content:
    """Everything a quote's paper says, as text in ``language``. ``options`` have their lines at hand.

    No diagnosis, no zone, no note, no ingredient: the plan is not asked for anything but its intervals.
    """
    words = texts_to_print_by_language()[language]
    with use_language_and_number_style(language, quote.clinic):
        issued_on = timezone.localdate(quote.issued_at, quote.clinic.zone)
        title = f"{words['quote']} {quote.number}"
        return {
            **shared_paper_content(quote.clinic, quote.patient, language, issued_on, title=title),
            "issued": printed_date_text(issued_on),
            "valid": printed_date_text(quote.valid_until) if quote.valid_until else "",
            "insured": f"{words['insurer']}: {percent_text(quote.insurance_rate)}"
            if quote.insurance_rate
            else "",
            "refund": words[f"refund_{quote.refund_policy}"],
            "options": [_option_content_to_print(quote, option, words) for option in options],
        }


def _option_content_to_print(quote: Quote, option: QuoteOption, words: Mapping[str, str]) -> Content:
    def amount_text(value: Decimal) -> str:
        """An amount in the quote's currency, in words."""
        return money_text(value, quote.currency)

    per_session = round_money(option.packaged_total_per_session, quote.currency)
    weeks = (
        round(course_length_days(quote.plan.intervals, option.sessions) / 7)
        if option.sessions > 1 and quote.plan.intervals
        else 0
    )
    course = f"{words['sessions']}: {option.sessions}"
    if weeks:
        course += f" · {words['weeks']}: {weeks}"
    return {
        "name": _option_name_to_print(option, words),
        "course": course,
        "total": amount_text(option.total),
        "per-session": amount_text(per_session),
        "taxed": bool(option.tax),
        "lines": [
            {
                "label": row.label,
                "why": _line_why_and_discount_text(row, words, quote.currency),
                "quantity": str(row.quantity),
                "each": amount_text(row.unit_amount),
                "amount": amount_text(row.amount),
                "tax": _tax_rate_text(row, words),
            }
            for row in option.lines.all()
        ],
        "sums": [
            {
                "label": label,
                "amount": amount_text(value),
                "strong": label in (words["total"], words["you_pay"]),
            }
            for label, value in _total_rows_to_print(quote, option, words)
        ],
        "payments": [
            {
                "when": words["now"] if not at else f"{words['due']} {at * quote.instalment_days}",
                "amount": amount_text(part),
            }
            for at, part in enumerate(option.instalments)
        ],
    }


def _option_name_to_print(option: QuoteOption, words: Mapping[str, str]) -> str:
    """A plan's own name stays as the clinic wrote it."""
    if option.sessions == 1:
        return words["single"]
    return (
        option.name.replace("Start", words["start"], 1)
        if option.name == f"Start {option.sessions}"
        else option.name
    )


def _line_why_and_discount_text(row: QuoteLine, words: Mapping[str, str], currency: str) -> str:
    """What the clinic wrote on its price list; our own words in the patient's language."""
    why = row.why
    if row.kind == "cocktail":
        why = words["fixed"] if why == "fixed price" else words["recipe"] if "priced from" in why else why
    if row.discount_rate or row.discount_amount:
        amount = money_text(row.amount, currency)
        less = (
            words["of_amount"].format(label="", rate=f"−{percent_text(row.discount_rate)}", amount=amount)
            if row.discount_rate
            else f"−{money_text(row.discount_amount, currency)}"
        )
        less = f"{less.strip()} {row.discount_reason}"
        why = f"{why} · {less}" if why else less
    return why


def _tax_rate_text(row: QuoteLine, words: Mapping[str, str]) -> str:
    return "–" if row.tax_class in UNTAXED else percent_text(row.tax_rate)


def _total_rows_to_print(
    quote: Quote, option: QuoteOption, words: Mapping[str, str]
) -> list[tuple[str, Decimal]]:
    """The rows under the lines, from the list price to what the patient pays."""
    rows = []
    if option.discount:
        rows.append((words["list"], option.list_total))
        rows += [
            (_discount_text(each, words, quote.currency), -each.amount) for each in discount_rows(option)
        ]
    taxes = [
        (
            words["tax_in" if option.tax_included else "tax_on"].format(
                rate=percent_text(each.percent), amount=money_text(each.net, quote.currency)
            ),
            each.tax,
        )
        for each in tax_rows(option)
    ]
    total = (words["total"], option.total)
    rows += [total, *taxes] if option.tax_included else [*taxes, total]
    if option.insurer:
        of_total = words["of_amount"].format(
            label=words["insurer"],
            rate=percent_text(quote.insurance_rate),
            amount=money_text(option.total, quote.currency),
        )
        rows.append((of_total, -option.insurer))
        rows.append((words["you_pay"], option.patient_total))
    return rows


def _discount_text(row: DiscountRow, words: Mapping[str, str], currency: str) -> str:
    """What a discount is called, and what its percentage is of. One with a reason is no package discount."""
    names = {
        DiscountKind.LINES: "line_discounts",
        DiscountKind.PACKAGE: "package",
        DiscountKind.BY_HAND: "discount",
        DiscountKind.COUPON: "coupon",
        DiscountKind.CAPPED: "capped",
    }
    label = words[names[row.kind]]
    if row.rate:
        amount = money_text(row.base, currency)
        label = words["of_amount"].format(label=label, rate=percent_text(row.rate), amount=amount)
    return f"{label}: {row.reason}" if row.reason else label


#: A text keeps its own direction inside a line of the other one (Unicode UAX #9: first strong isolate).
_ISOLATE, _END = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"
_MARKS = str.maketrans(
    "", "", "".join(map(chr, [*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F]))
)


def _with_bidi_isolates(value: object) -> object:
    """Every text of the content in an isolate of its own; marks that somebody typed to turn a line are left out."""
    if isinstance(value, str):
        bare = value.translate(_MARKS)
        return f"{_ISOLATE}{bare}{_END}" if bare else bare
    if isinstance(value, list):
        return [_with_bidi_isolates(each) for each in value]
    if isinstance(value, dict):
        return {key: each if key in _NOT_SHOWN else _with_bidi_isolates(each) for key, each in value.items()}
    return value


#: What steers the printing and is not read.
_NOT_SHOWN = {"lang", "paper", "on", "texts", "title", "paper_of", "rtl"}


def content_as_pdf(content: Content) -> bytes:
    """The PDF of this content: equal content gives equal bytes."""
    on = date.fromisoformat(str(content["on"]))
    content = {key: each if key in _NOT_SHOWN else _with_bidi_isolates(each) for key, each in content.items()}
    return documents.render_pdf(f"treatments/billing/{content.get('paper_of', 'quote')}.typ", content, on=on)


def sha256_of_pdf(pdf: bytes) -> str:
    return hashlib.sha256(pdf).hexdigest()
