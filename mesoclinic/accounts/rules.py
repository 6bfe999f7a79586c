"""Which settings of a clinic make sense. No Django here."""

from collections.abc import Mapping
from decimal import Decimal

from mesoclinic.core.findings import Finding, block, ordered

#: The seed's bounds; a clinic lowers the maximum, never raises it (law 5, docs/laws.md).
ACTIVES = (2, 6)
#: A plan has up to thirty sessions (plan_has_sessions).
REVIEWS = (1, 30)
#: A consent is asked again at least every three years, a quote answered within a year.
CONSENT_DAYS = (1, 1095)
QUOTE_DAYS = (1, 365)
#: A shared screen is locked after so many minutes without a touch.
IDLE_MINUTES = (1, 120)

#: What a session usually costs, by currency (seed document). Elsewhere a clinic says it, or nothing is remarked.
USUAL_SESSION_PRICES = {"USD": (Decimal(250), Decimal(600))}

_RANGES = {
    "max_actives": (ACTIVES, "A syringe holds 2 to 6 actives. Type a number in between."),
    "review_at_session": (REVIEWS, "A course has 1 to 30 sessions. Type which is the review."),
    "consent_valid_days": (CONSENT_DAYS, "A consent holds 1 day to three years (1095 days)."),
    "idle_minutes": (IDLE_MINUTES, "A screen locks after 1 minute to two hours (120 minutes)."),
    "quote_valid_days": (QUOTE_DAYS, "A quote holds 1 day to a year (365 days)."),
}


#: What a field of a clinic holds.
Setting = str | int | Decimal | None


def check_clinic_name_ranges_and_prices(
    settings: Mapping[str, Setting], *, name_is_taken: bool = False
) -> list[Finding]:
    """What is wrong with a clinic's settings; ``where`` is the field. None of it can be overridden.

    ``name_is_taken``: another clinic has its new name.
    """
    findings = []

    def add_finding(where: str, message: str) -> None:
        findings.append(block(f"clinic-{where}", message, fixed=True, where=where))

    if name_is_taken:
        add_finding("name", "Another clinic has this name. Choose another one.")
    for name, ((low, high), message) in _RANGES.items():
        value = settings.get(name)
        if isinstance(value, int) and not low <= value <= high:
            add_finding(name, message)
    lowest, highest = (
        _price_in_settings_or_none(settings, "session_price_from"),
        _price_in_settings_or_none(settings, "session_price_to"),
    )
    if lowest is not None and lowest < 0:
        add_finding("session_price_from", "A price is not below 0.")
    if lowest is not None and highest is not None and highest < lowest:
        add_finding("session_price_to", "The range runs upwards: this is below where it begins.")
    return ordered(findings)


def _price_in_settings_or_none(settings: Mapping[str, Setting], name: str) -> Decimal | None:
    value = settings.get(name)
    return Decimal(value) if isinstance(value, int | Decimal) else None


def check_ends_own_access(*, is_self: bool, active: bool) -> Finding | None:
    """Why somebody's access cannot be ended: nobody ends their own."""
    if is_self and not active:
        return block("staff:self", "You cannot end your own access: ask another admin.", fixed=True)
    return None
