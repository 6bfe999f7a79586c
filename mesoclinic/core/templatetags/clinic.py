"""The site's small template vocabulary: how numbers, people and states are printed.

Numbers keep their unit beside them with a no-break space and the reader's decimal separator. A value
that is missing prints nothing, never "None".
"""

import uuid
from calendar import day_name
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from django import template
from django.utils import formats, timezone, translation
from django.utils.html import format_html
from django.utils.safestring import SafeString

from mesoclinic.core import money, place_times, quantities
from mesoclinic.core.money import MINUS, NBSP

register = template.Library()

#: A chip's colour. Findings use block and note for what a chip calls stop and info.
CHIP_LEVELS = {
    "stop": "stop",
    "block": "stop",
    "error": "stop",
    "danger": "stop",
    "warn": "warn",
    "warning": "warn",
    "ok": "ok",
    "success": "ok",
    "info": "info",
    "note": "info",
}

#: States as the apps name them, and how loudly each is said. What is not here is said plainly.
STATUS_LEVELS = {
    "signed": "ok",
    "accepted": "ok",
    "arrived": "ok",
    "active": "ok",
    "done": "ok",
    "paid": "ok",
    "available": "ok",
    "valid": "ok",
    "completed": "ok",
    "current": "ok",
    "paused": "warn",
    "changing": "warn",
    "issued": "info",
    "quoted": "info",
    "booked": "info",
    "planned": "info",
    "confirmed": "info",
    "sent": "info",
    "proposed": "info",
    "in_progress": "info",
    "in_hand": "info",
    "answered": "ok",
    "closed": "ok",
    "open": "warn",
    "due": "warn",
    "draft": "warn",
    "amended": "warn",
    "expiring": "warn",
    "waiting": "warn",
    "opened": "warn",
    "quarantined": "stop",
    "recalled": "stop",
    "expired": "stop",
    "blocked": "stop",
    "void": "stop",
    "voided": "stop",
    "withdrawn": "stop",
    "missed": "stop",
    "no_show": "stop",
    "empty": "stop",
}

#: Not part of a person's initials.
TITLES = {"dr", "prof", "mr", "mrs", "ms", "mx", "front", "desk"}


# ── numbers ─────────────────────────────────────────────────────────────────────────────────────


def _decimal_or_none(value: object) -> Decimal | None:
    if value is None or value == "":
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _number_text(value: Decimal, *, least: int = 0, most: int = 2) -> str:
    """At least ``least`` decimals, at most ``most``, as the clinic writes numbers; else in the reader's locale."""
    rounded = value.quantize(Decimal(1).scaleb(-most), rounding="ROUND_HALF_UP")
    shown = len(quantities.plain_number_text(rounded).partition(".")[2])
    if style := money.current_number_style_or_none():
        return money.number_in_style(rounded.quantize(Decimal(1).scaleb(-max(shown, least))), style)
    text = str(formats.number_format(rounded, decimal_pos=max(shown, least), force_grouping=True))
    return text.replace("-", MINUS)


@register.simple_tag(takes_context=True)
def at_clinic(
    context: Mapping[str, Any], at: datetime | None, place: place_times.Place, how: str = "D j M Y, H:i"
) -> str | SafeString:
    """A time of a clinic by its own clock; of another than the viewer's, with its name and the hour here."""
    if at is None:
        return ""
    said = place_times.time_at_place(at, place, context.get("clinic"), how)
    if not said.note:
        return said.text
    return format_html('{} <span class="sub small">{}</span>', said.text, said.note)


@register.filter
def is_past(at: datetime | None) -> bool:
    """Whether an instant lies behind us."""
    return at is not None and at <= timezone.now()


@register.filter("weekday")
def weekday_text(number: int) -> str:
    """0 is Monday."""
    return day_name[number]


@register.filter("ml")
def ml_text(value: object, how: str = "") -> str:
    """``1`` → "1.0 ml"; ``|ml:"bare"`` leaves the unit to the column's head."""
    number = _decimal_or_none(value)
    if number is None:
        return ""
    text = _number_text(number, least=1)
    return text if how == "bare" else f"{text}{NBSP}ml"


@register.filter("mg")
def mg_text(value: object, how: str = "") -> str:
    """``250`` → "250 mg". Never changes the unit: two doses must compare at a glance."""
    number = _decimal_or_none(value)
    if number is None:
        return ""
    if 0 < number < quantities.MG_STEP:
        text = f"<{NBSP}{_number_text(quantities.MG_STEP, most=3)}"
    else:
        text = _number_text(number, most=3)
    return text if how == "bare" else f"{text}{NBSP}mg"


@register.filter("per_area")
def per_area_text(value: object, unit: str = "ml") -> str:
    """``0.0513`` → "0.051 ml/cm²"."""
    number = _decimal_or_none(value)
    return "" if number is None else f"{_number_text(number, most=3)}{NBSP}{unit}/cm²"


@register.filter("area")
def area_text(value: object) -> str:
    """``78`` → "78 cm²"."""
    number = _decimal_or_none(value)
    return "" if number is None else f"{_number_text(number, most=1)}{NBSP}cm²"


@register.filter("percent")
def percent_text(value: object) -> str:
    """``7.77`` → "7.77 %", as it was typed. The value is already in hundredths."""
    number = _decimal_or_none(value)
    return "" if number is None else f"{_number_text(number, most=3)}{NBSP}%"


def _money_text(value: object, currency: str, *, short: bool) -> str:
    number = _decimal_or_none(value)
    if number is None:
        return ""
    currency = currency or "USD"
    if money.current_number_style_or_none():
        return money.money_text(number, currency, short=short)
    rounded = quantities.round_money(number, currency)
    whole = short and rounded == rounded.to_integral_value()
    digits = 0 if whole else quantities.currency_digits(currency)
    amount = str(formats.number_format(abs(rounded), decimal_pos=digits, force_grouping=True))
    english = (translation.get_language() or "en").startswith("en")
    return money.with_currency_sign(amount, currency, is_negative=rounded < 0, sign_first=english)


@register.filter("money")
def money_text(value: object, currency: str = "USD") -> str:
    """``-210|money:"USD"`` → "−$210.00"."""
    return _money_text(value, currency, short=False)


@register.filter("money_short")
def short_money_text(value: object, currency: str = "USD") -> str:
    """As ``money``, but a whole amount drops its decimals: "$1,890"."""
    return _money_text(value, currency, short=True)


# ── people and days ─────────────────────────────────────────────────────────────────────────────


@register.filter
def initials(value: object) -> str:
    """``Dr Elif Kaya`` → "EK"."""
    name = value.get_full_name() if hasattr(value, "get_full_name") else str(value or "")
    words = [w for w in name.replace("·", " ").split() if w[0].isalpha()]
    kept = [w for w in words if w.rstrip(".").lower() not in TITLES] or words
    return "".join(w[0] for w in (kept if len(kept) < 2 else (kept[0], kept[-1]))).upper()


def _date_or_none(value: object) -> date | None:
    if isinstance(value, datetime):
        return timezone.localtime(value).date() if timezone.is_aware(value) else value.date()
    return value if isinstance(value, date) else None


@register.filter
def age(born_on: object, on: object = None) -> int | str:
    """Whole years on ``on``, or today."""
    born, day = _date_or_none(born_on), _date_or_none(on) or timezone.localdate()
    if born is None:
        return ""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


@register.filter
def days_left(value: object, today: object = None) -> int | str:
    """Days from ``today`` until ``value``; negative once it is past."""
    day = _date_or_none(value)
    return "" if day is None else (day - (_date_or_none(today) or timezone.localdate())).days


@register.filter("days_until")
def days_until_text(value: object, today: object = None) -> str:
    """The same in words: "today", "1 day", "12 days", "3 days ago"."""
    left = days_left(value, today)
    if isinstance(left, str):
        return ""
    if left == 0:
        return "today"
    words = f"{abs(left)} day{'' if abs(left) == 1 else 's'}"
    return words if left > 0 else f"{words} ago"


# ── states ──────────────────────────────────────────────────────────────────────────────────────


@register.filter("chip_level")
def chip_class_word(level: object) -> str:
    """The chip class that says ``level``: ``block`` → "stop"."""
    return CHIP_LEVELS.get(str(level or ""), "plain")


@register.simple_tag
def status_chip(status: Any, level: str = "") -> SafeString | str:
    """A state as a chip: a member of TextChoices, a bare string, or an object with ``.status``."""
    if hasattr(status, "get_status_display"):
        value, label = status.status, status.get_status_display()
    else:
        value = getattr(status, "value", status)
        label = getattr(status, "label", str(value or "").replace("_", " "))
    if not label:
        return ""
    shown = level or STATUS_LEVELS.get(str(value).lower(), "plain")
    return format_html('<span class="chip c-{}">{}</span>', chip_class_word(shown), label)


# ── forms ───────────────────────────────────────────────────────────────────────────────────────


@register.simple_tag(name="grid_place")
@lru_cache(maxsize=4096)
def day_grid_classes(t: int, length: int = 0) -> str:
    """The classes that place a card of the day, one for each decimal digit: 37 is ``t1-7 t10-3`` (static/css/day-grid.scss)."""
    return " ".join(
        f"{name}{10**place}-{digit}"
        for name, number in (("t", t), ("len", length))
        for place, digit in enumerate(reversed(str(number)))
        if digit != "0"
    )


@register.simple_tag(name="once")
def idempotency_key_input() -> SafeString:
    """The key that lets the server do a repeated POST once."""
    return format_html('<input type="hidden" name="once" value="{}">', uuid.uuid4())


@register.simple_tag
def field_value(field: object, value: object = None) -> str:
    """What a hand-written input shows: ``value`` where one is given, else the bound field's."""
    if value is None or value == "":
        value = field.value() if hasattr(field, "value") else ""
    return "" if value is None else str(value)


@register.filter("item")
def item_of_mapping(mapping: object, key: object) -> object:
    """``reasons|item:finding.code``; nothing when it is not there."""
    return mapping.get(key, "") if isinstance(mapping, Mapping) else ""


@register.filter("words")
def split_words(value: object) -> list[str]:
    """``"6 4 5"|words`` → ["6", "4", "5"], so that a template can walk a short list."""
    return str(value).split()


@register.filter("code_word")
def first_word_of_code(code: object) -> str:
    """A code's first word, as a drawing has room for: ``TEMPORAL_L`` → "Temporal"."""
    return str(code or "").partition("_")[0].capitalize()


def _flatten_forms(given: Any) -> Iterable:
    """The forms and formsets in ``given``: one of them, a list of either, or nothing."""
    if isinstance(given, list | tuple):
        for each in given:
            yield from _flatten_forms(each)
    elif hasattr(given, "errors"):
        yield given


def _forms_of_formset(given: Any) -> Iterable:
    """The plain forms of a form or a formset."""
    return given.forms if hasattr(given, "management_form") else [given]


def _first_input_id(field) -> str:
    """Where a link to this field must go: its first choice where it is several inputs."""
    return field.id_for_label or (f"{field.auto_id}_0" if field.auto_id else "")


@register.simple_tag
def form_errors(*given: Any) -> list[dict[str, str]]:
    """Every error of these forms and formsets as ``{id, label, message}``, in the page's order."""
    found: list[dict[str, str]] = []
    for one in _flatten_forms(given):
        if hasattr(one, "management_form"):
            found += [{"id": "", "label": "", "message": m} for m in one.non_form_errors()]
        for form in _forms_of_formset(one):
            found += [{"id": "", "label": "", "message": m} for m in form.non_field_errors()]
            for field in form:
                where = {"id": _first_input_id(field), "label": str(field.label or "")}
                found += [{**where, "message": message} for message in field.errors]
    return found


# ── drawings ────────────────────────────────────────────────────────────────────────────────────

#: The inside of the barrel in parts/_syringe.html, in its own units.
BARREL_TOP, BARREL_BOTTOM = Decimal(48), Decimal(276)
SYRINGE_SIZES = [Decimal(n) for n in (1, 2, 3, 5, 10, 20, 50)]
BAND_COLOURS = 6


def _key_or_attribute(thing: object, name: str) -> object:
    return thing.get(name) if isinstance(thing, Mapping) else getattr(thing, name, None)


@register.simple_tag
def syringe_bands(components: Iterable, diluent_ml: object = None, capacity_ml: object = None):
    """What parts/_syringe.html draws, from the needle up: diluent last in the list lies on top.

    Each component has ``ml`` and a ``label``. The first component is the top one, as in the table
    beside it. Without a capacity the smallest usual syringe that holds it all is drawn.
    """
    parts = [
        (n, str(_key_or_attribute(c, "label") or ""), _decimal_or_none(_key_or_attribute(c, "ml")))
        for n, c in enumerate(components)
    ]
    rows = [(n % BAND_COLOURS + 1, label, ml_) for n, label, ml_ in parts if ml_ and ml_ > 0]
    diluent = _decimal_or_none(diluent_ml)
    if diluent and diluent > 0:
        rows.insert(0, (0, "Diluent", diluent))
    total = sum((ml_ for _, _, ml_ in rows), quantities.ZERO)
    capacity = _decimal_or_none(capacity_ml) or next((s for s in SYRINGE_SIZES if s >= total), total)
    if not rows or capacity <= 0:
        return []
    scale = (BARREL_BOTTOM - BARREL_TOP) / max(capacity, total)
    bands, y = [], BARREL_BOTTOM
    for colour, label, ml_ in reversed(rows):
        height = ml_ * scale
        y -= height
        bands.append(
            {"colour": colour, "label": f"{label} {ml_text(ml_)}", "y": f"{y:.1f}", "height": f"{height:.1f}"}
        )
    return bands[::-1]
