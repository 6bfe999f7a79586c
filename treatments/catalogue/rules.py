"""When a row of the catalogue may change, and which figures are mistyped. No Django here."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import TypedDict

from mesoclinic.core.findings import Finding, block, ordered

MIN_REASON = 3
MAX_REASON = 200
#: Further ahead nobody plans; a later day is a mistyped year.
LONGEST_AHEAD = timedelta(days=2 * 366)

#: What is more than this is a mistyped figure, not a product.
MOST_CONTAINER_ML = Decimal(1_000)
MOST_PRICE_PER_ML = Decimal(10_000)
#: A gram in a millilitre is a powder already; the heaviest solutions stay under two.
MOST_MG_PER_ML = Decimal(2_000)
MOST_IN_USE_HOURS = 365 * 24
#: The largest figure on file is a gram (dexpanthenol by vein); a hundred grams are a slip.
MOST_DOSE = Decimal(100_000)
MOST_MG_PER_KG = Decimal(1_000)


class ProductFields(TypedDict, total=False):
    """What the product form and a list of products fill."""

    code: str
    name: str
    strength: str
    presentation: str
    container_ml: Decimal | None
    maker: str
    supplier: str
    country: str
    gtin: str
    price_per_ml: Decimal | None
    premade: bool
    additions_allowed: bool
    injectable: str
    legal_route: str
    in_use_hours: int | None
    blocked: bool
    blocked_reason: str
    remark: str


PRODUCT_FIELDS = tuple(ProductFields.__annotations__)

#: From this support on an indication counts as well supported (0 is none, 3 controlled trials).
WELL_SUPPORTED = 2

UNITS = ("mg", "mL", "mL/cm2")
PERIODS = ("session", "day", "dose")

#: What the days between two sessions are about, and how grave it is to leave them.
INTERVAL_SCOPES = ("any", "ingredient", "protocol", "pair", "event")
INTERVAL_LEVELS = ("block_fixed", "block_overridable", "warn", "none")


def check_something_changed_day_and_reason(
    *, changed: Collection[str], valid_from: date, reason: str, today: date
) -> list[Finding]:
    """Whether a change may be written: something differs, it begins today or later, and says why."""
    findings = []

    def add_finding(where: str, message: str) -> None:
        findings.append(block(f"change-{where}", message, fixed=True, where=where))

    if not changed:
        add_finding("nothing", "Nothing differs from what is in force. Change a field first.")
    if valid_from < today:
        add_finding(
            "valid_from", "What was in force on a past day stays as it was. Take today or a later day."
        )
    elif valid_from > today + LONGEST_AHEAD:
        add_finding("valid_from", "That is more than two years ahead. Check the year.")
    if not MIN_REASON <= len(reason.strip()) <= MAX_REASON:
        add_finding("reason", f"Say why, in {MIN_REASON} to {MAX_REASON} characters.")
    return ordered(findings)


def check_row_is_not_retired(*, is_retired: bool) -> Finding | None:
    """Says that a row out of use is not changed."""
    if not is_retired:
        return None
    message = "It is retired. Take it back into the catalogue, then change it."
    return block("change-retired", message, fixed=True)


def check_planned_change_not_in_force(*, is_applied: bool) -> Finding | None:
    """Why a planned change cannot be withdrawn, or None."""
    if not is_applied:
        return None
    message = "It is in force already. Change the row again instead."
    return block("change-applied", message, fixed=True)


def finding_on_import_line(line: int, where: str, message: str) -> Finding:
    """What is wrong on one line of a list of products; ``where`` is the field."""
    return block(f"row-{line}-{where}", message, fixed=True, where=f"{line}-{where}")


def check_official_block_stays(shipped: Mapping[str, object], changes: Mapping[str, object]) -> list[Finding]:
    """What a regulator or a label forbids is not lifted in a form (law 6, docs/laws.md).

    ``shipped`` is what the published data says of the row. A blocked ingredient or product stays blocked, an
    absolute contraindication that its source states stays absolute and in use. None of it can be overridden:
    newer published data lifts it.
    """
    says = "It comes from its source, and nobody here lifts it: newer published data does."
    if shipped.get("status") == "blocked" and changes.get("status", "blocked") != "blocked":
        return [
            block(
                "change-status",
                f"This ingredient is blocked by a regulator. {says}",
                fixed=True,
                where="status",
            )
        ]
    if shipped.get("blocked") is True and changes.get("blocked", True) is not True:
        return [
            block(
                "change-blocked",
                f"This product is blocked by its maker or a regulator. {says}",
                fixed=True,
                where="blocked",
            )
        ]
    is_stated = shipped.get("severity") == "absolute" and shipped.get("basis") == "stated"
    if is_stated and (changes.get("severity", "absolute") != "absolute" or changes.get("retired_at")):
        return [
            block(
                "change-severity",
                f"This contraindication is absolute, as a label or a regulator states. {says}",
                fixed=True,
                where="severity",
            )
        ]
    return []


def check_ingredient_status_has_reason(*, status: str, status_reason: str) -> list[Finding]:
    """What is not simply allowed says why."""
    if status != "allowed" and not status_reason.strip():
        message = f"Say why it is {status}, and who says so."
        return [block("change-status_reason", message, fixed=True, where="status_reason")]
    return []


@dataclass(frozen=True, slots=True)
class ProductFact:
    """The figures of a product as typed. ``contents`` is ingredient code to mg per ml, None where nobody says."""

    contents: Mapping[str, Decimal | None]
    container_ml: Decimal | None = None
    price_per_ml: Decimal | None = None
    in_use_hours: int | None = None
    gtin: str = ""
    blocked: bool = False
    blocked_reason: str = ""
    injectable: str = "yes"
    legal_route: str = ""
    presentation: str = ""


#: Made of the patient's own blood at the chair: what is bought for it is a kit, never a vial of it.
OWN_BLOOD = frozenset({"prp"})
KIT = "kit"


def _kit_errors_with_fields(product: ProductFact) -> list[tuple[str, str]]:
    """What is wrong with a product that is a kit for the patient's own blood, or should be: field and message."""
    if product.presentation != KIT:
        if OWN_BLOOD & set(product.contents):
            return [("presentation", "This is made of the patient’s own blood: its product is a kit.")]
        return []
    found = []
    if product.container_ml is None:
        found.append(("container_ml", "Say the most ml that one kit gives."))
    if product.in_use_hours:
        found.append(("in_use_hours", "Nothing of a kit is kept: leave the hours empty."))
    return found


def check_product_fields(product: ProductFact) -> list[Finding]:
    """What is wrong with a product's figures; ``where`` is the field. None of it can be overridden."""
    findings = []

    def add_finding(where: str, message: str) -> None:
        findings.append(block(f"product-{where}", message, fixed=True, where=where))

    ml, price, hours = product.container_ml, product.price_per_ml, product.in_use_hours
    if ml is not None and ml <= 0:
        add_finding("container_ml", "A container holds more than 0 ml.")
    elif ml is not None and ml > MOST_CONTAINER_ML:
        add_finding("container_ml", "No container holds that much. Check the ml.")
    if price is not None and price < 0:
        add_finding("price_per_ml", "A price is not below 0.")
    elif price is not None and price > MOST_PRICE_PER_ML:
        add_finding("price_per_ml", "This is not a price for one ml. Check it.")
    if hours is not None and hours > MOST_IN_USE_HOURS:
        add_finding("in_use_hours", "Nothing keeps a year once opened. Check the hours.")
    if product.gtin and not is_gtin(product.gtin):
        add_finding(
            "gtin",
            "This is no GTIN: 8, 12, 13 or 14 figures, the last of which checks the others. Scan it again.",
        )
    if product.blocked and not product.blocked_reason.strip():
        add_finding("blocked_reason", "Say why it is blocked, and who says so.")
    if product.injectable != "yes" and not product.legal_route.strip():
        add_finding("legal_route", "Say what it is made for, and why that is in doubt.")
    for where, message in _kit_errors_with_fields(product):
        add_finding(where, message)
    if not product.contents:
        add_finding("contents", "Say what is in it: at least one ingredient.")
    for code, mg in product.contents.items():
        if mg is not None and not 0 < mg <= MOST_MG_PER_ML:
            add_finding("contents", f"{code}: a strength is above 0 and up to 2,000 mg per ml.")
    return ordered(findings)


@dataclass(frozen=True, slots=True)
class KnownProduct:
    """A product that is here already, which a change or a line of a list is held against."""

    code: str
    is_received: bool = False  # a lot of it came: what is in it stays
    is_retired: bool = False
    shipped: Mapping[str, object] = field(default_factory=dict)  # what published data says of it


def check_product_code_and_contents(
    *,
    code: str,
    ingredients: Collection[str],
    known: KnownProduct | None,
    code_is_taken: bool,
    contents_change: bool,
) -> list[Finding]:
    """What keeps a product from being added (``known`` is None) or changed, beside its own figures.

    ``ingredients`` are the codes of what is in it, one a line; ``contents_change``, whether they or a strength
    differ from what stands.
    """
    findings = []

    def add_finding(where: str, message: str) -> None:
        findings.append(block(f"product-{where}", message, fixed=True, where=where))

    if known is None and code_is_taken:
        add_finding("code", f"“{code}” is already a product. Take another code.")
    if known is not None and code != known.code:
        add_finding("code", f"Its code stays “{known.code}”: lots and lists know it by that.")
    if len(set(ingredients)) < len(ingredients):
        add_finding("contents", "An ingredient stands twice. Keep one line for each.")
    if known is not None and known.is_received and contents_change:
        add_finding("contents", "Lots of this product are here, so what is in it stays. Add a new product.")
    return findings


def check_imported_product_duplicates_and_conflicts(
    *,
    ingredients: Collection[str],
    code: str,
    earlier_lines: Mapping[str, tuple[str, int]],
    gtin_of: str,
    known: KnownProduct | None,
    changes: Mapping[str, object],
    contents_change: bool,
) -> list[Finding]:
    """What is wrong with one product of a list, beside its own figures.

    ``earlier_lines``: field to its value and the line above that says the same. ``gtin_of``: the code of the
    product here that has this GTIN, or empty.
    """
    findings = []

    def add_finding(where: str, message: str) -> None:
        findings.append(block(f"product-{where}", message, fixed=True, where=where))

    if len(set(ingredients)) < len(ingredients):
        add_finding("contents", "An ingredient stands twice.")
    for where, (value, line) in earlier_lines.items():
        add_finding(where, f"“{value}” stands on line {line} too.")
    if gtin_of and gtin_of != code:
        add_finding("gtin", f"It is that of “{gtin_of}” here.")
    if known is None:
        return findings
    findings += check_official_block_stays(known.shipped, changes)
    if known.is_retired:
        add_finding("code", f"“{code}” is retired here. Take it back first.")
    if known.is_received and contents_change:
        add_finding("contents", "Lots of this product are here, so what is in it stays. Give it a new code.")
    return findings


def is_gtin(text: str) -> bool:
    """Whether ``text`` is a GS1 trade item number: its last figure checks the others (GS1 general specifications §7.9)."""
    if len(text) not in (8, 12, 13, 14) or not (text.isascii() and text.isdigit()):
        return False
    figures = [int(figure) for figure in reversed(text)]
    whole = sum(figures[1::2]) * 3 + sum(figures[0::2])
    return whole % 10 == 0


def check_rule_source_and_distinct_pair(
    *, has_source: bool, source_text: str, first: int | None = None, second: int | None = None
) -> list[Finding]:
    """What is wrong with any safety rule: where it comes from, and a pair (``first`` and ``second``, by id) of
    one ingredient with itself."""
    findings = []
    if not (has_source or source_text.strip()):
        message = "Say where it comes from: a source key, or in words."
        findings.append(block("rule-source_text", message, fixed=True, where="source_text"))
    if first is not None and first == second:
        message = "An ingredient meets itself always. Choose another."
        findings.append(block("rule-second", message, fixed=True, where="second"))
    return findings


def check_dose_limit_figures_and_unit(
    *, value: Decimal | None, mg_per_kg: Decimal | None, unit: str, period: str
) -> list[Finding]:
    """What is wrong with a dose limit's figures: above zero, and no slip of a thousand (docs/clinical.md §5)."""
    findings = []

    def add_finding(where: str, message: str) -> None:
        findings.append(block(f"limit-{where}", message, fixed=True, where=where))

    if value is None and mg_per_kg is None:
        add_finding("value", "Type a figure: so much in all, or so much per kg.")
    if value is not None and not 0 < value <= MOST_DOSE:
        add_finding("value", "A limit is above 0 and up to 100,000. Check the figure and its unit.")
    if mg_per_kg is not None and not 0 < mg_per_kg <= MOST_MG_PER_KG:
        add_finding("mg_per_kg", "A limit per kg is above 0 and up to 1,000 mg. Check the figure.")
    if mg_per_kg is not None and unit != "mg":
        add_finding("unit", "A limit per kg is in mg. Choose mg, or leave the figure per kg empty.")
    if unit not in UNITS:
        add_finding("unit", f"Choose the unit: {', '.join(UNITS)}.")
    if period not in PERIODS:
        add_finding("period", f"Choose what it is counted over: {', '.join(PERIODS)}.")
    return ordered(findings)


def check_volume_limit_figure_and_region(
    *, what: str, maximum: Decimal | None, zone: str, is_own: bool
) -> list[Finding]:
    """What is wrong with a volume limit's figures: above zero, no slip, and a region where it is about one."""
    findings = []

    def add_finding(where: str, message: str) -> None:
        findings.append(block(f"volume-{where}", message, fixed=True, where=where))

    if maximum is None and is_own:
        add_finding("maximum", "Type the most that may go in.")
    if maximum is not None and not 0 < maximum <= MOST_CONTAINER_ML:
        add_finding("maximum", "A limit is above 0 and up to 1,000. Check the figure and its unit.")
    if what == "volume per region" and not zone:
        add_finding("zone", "Choose the region.")
    return ordered(findings)
