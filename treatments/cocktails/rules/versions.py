"""How one version of a formulation differs from another, in words. No Django here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from mesoclinic.core.findings import Finding, block
from treatments.cocktails.rules.wording import ml_text, number_and_noun_text


@dataclass(frozen=True, slots=True)
class Drawn:
    """One product of a version and how much of it."""

    product_code: str
    product_name: str
    ml: Decimal


@dataclass(frozen=True, slots=True)
class Formula:
    """What a version says: what is drawn, in which order, into which syringe, as what, for how long a course."""

    lines: tuple[Drawn, ...]
    kind: str
    syringe_ml: Decimal
    sessions: int = 1
    every_days: int = 14

    @property
    def course_text(self) -> str:
        """``8 sessions, every 14 days``."""
        if self.sessions == 1:
            return "1 session"
        return f"{self.sessions} sessions, every {number_and_noun_text(self.every_days, 'day')}"

    def lines_text(self) -> str:
        """``Biotin 1 ml, Zinc 0.5 ml``."""
        return ", ".join(f"{each.product_name} {ml_text(each.ml)}" for each in self.lines) or "empty"


def formula_difference_texts(
    before: Formula, after: Formula, kinds: Mapping[str, str] | None = None
) -> list[str]:
    """What was added, changed and taken out, one sentence each; empty where nothing differs."""
    kinds = kinds or {}
    was = {each.product_code: each for each in before.lines}
    now = {each.product_code: each for each in after.lines}
    said = []
    if before.kind != after.kind:
        said.append(f"{kinds.get(before.kind, before.kind)} became {kinds.get(after.kind, after.kind)}")
    if before.syringe_ml != after.syringe_ml:
        said.append(f"Syringe of {ml_text(before.syringe_ml)} became {ml_text(after.syringe_ml)}")
    if before.course_text != after.course_text:
        said.append(f"Reckoned for {before.course_text} became {after.course_text}")
    said += [
        _changed_line_text(each, was.get(code))
        for code, each in now.items()
        if each.ml != _ml_of_product_or_none(was, code)
    ]
    said += [
        f"{each.product_name} {ml_text(each.ml)} taken out" for code, each in was.items() if code not in now
    ]
    if not said and _product_codes_in_order(before.lines) != _product_codes_in_order(after.lines):
        said.append("Drawn in another order")
    return said


def changed_meanwhile_finding(there: Formula, here: Formula) -> Finding:
    """Two people edit one draft: the second sees both, and chooses."""
    return block(
        "changed-meanwhile",
        "This draft was changed meanwhile, in another window or by a colleague. "
        f"There it now holds {there.lines_text()}; here it holds {here.lines_text()}. Choose which one stays.",
        where="formulation",
        fixed=True,
    )


def _changed_line_text(now: Drawn, was: Drawn | None) -> str:
    """One line that was added or changed, in words."""
    if was is None:
        return f"{now.product_name} {ml_text(now.ml)} added"
    return f"{now.product_name} {ml_text(was.ml)} became {ml_text(now.ml)}"


def _ml_of_product_or_none(lines: Mapping[str, Drawn], code: str) -> Decimal | None:
    return lines[code].ml if code in lines else None


def _product_codes_in_order(lines: Sequence[Drawn]) -> list[str]:
    return [each.product_code for each in lines]
