"""What can be drawn into a syringe, and what a cocktail may be called. No Django here."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from mesoclinic.core.findings import Finding, block

#: What one syringe can be measured in and hold (the database says the same).
LEAST_ML, MOST_ML = Decimal("0.01"), Decimal(60)

#: The longest name of a cocktail and of a formulation.
LONGEST_NAME = 80

#: Why a cocktail changes is said in a few words.
MIN_REASON, MAX_REASON = 3, 200


@dataclass(frozen=True, slots=True)
class LineToDraw:
    """One product that somebody wants to draw, and how much of it."""

    code: str
    label: str
    ml: Decimal
    is_blocked: bool = False


def check_lines_can_be_drawn(lines: Iterable[LineToDraw]) -> list[Finding]:
    """What no syringe can hold: blocked products, amounts nobody can measure, one product on two lines."""
    found = []
    seen = set()
    for line in lines:
        if line.is_blocked:
            message = f"{line.label} is blocked and cannot be drawn. Take it out."
            found.append(_block_nobody_overrides(f"blocked:{line.code}", message, f"line:{line.code}"))
        if not LEAST_ML <= line.ml <= MOST_ML or line.ml != line.ml.quantize(LEAST_ML):
            message = f"{line.label}: enter {LEAST_ML} to {MOST_ML} ml, to a hundredth."
            found.append(_block_nobody_overrides(f"ml:{line.code}", message, f"line:{line.code}"))
        if line.code in seen:
            message = f"{line.label} stands twice. Keep one line and add the volumes."
            found.append(_block_nobody_overrides(f"twice:{line.code}", message, f"line:{line.code}"))
        seen.add(line.code)
    return found


def check_cocktail_name_length(name: str) -> Finding | None:
    """A cocktail has a name."""
    message = f"Give the cocktail a name of at most {LONGEST_NAME} characters."
    return None if _is_name_of_allowed_length(name) else _block_nobody_overrides("name", message, "name")


def check_formulation_name_free_and_filled(name: str, *, is_taken: bool, is_empty: bool) -> Finding | None:
    """A saved formulation has a name that no other of the clinic has, and holds something."""
    where = "formulation_name"
    if not _is_name_of_allowed_length(name):
        message = f"Give the formulation a name of at most {LONGEST_NAME} characters."
        return _block_nobody_overrides("name", message, where)
    if is_taken:
        message = f"This clinic already has a formulation “{name.strip()}”. Choose another name."
        return _block_nobody_overrides("name-taken", message, where)
    if is_empty:
        message = "The syringe holds nothing that could be kept. Add an ingredient first."
        return _block_nobody_overrides("empty", message, where)
    return None


def check_cocktail_change_has_reason(reason: str) -> Finding | None:
    """A signed cocktail is followed by another version for a reason."""
    message = "Write in a few words why the cocktail changes (3 to 200 characters)."
    has_reason = MIN_REASON <= len(reason.strip()) <= MAX_REASON
    return None if has_reason else _block_nobody_overrides("no-reason", message, "reason")


def check_patient_record_is_open(died_on: date | None, *, is_merged: bool) -> Finding | None:
    """No cocktail is made for somebody who has died, nor for a record that was merged."""
    message = "No cocktail can be made for this record: it was merged, or the patient has died."
    return _block_nobody_overrides("closed-record", message) if died_on is not None or is_merged else None


def _is_name_of_allowed_length(name: str) -> bool:
    return 1 <= len(name.strip()) <= LONGEST_NAME


def _block_nobody_overrides(code: str, message: str, where: str = "") -> Finding:
    """A block that nobody may go past."""
    return block(code, message, where=where, fixed=True)
