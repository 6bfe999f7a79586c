"""One check of a mix, by the code of each finding, for the tests of the rules."""

from mesoclinic.core.findings import Finding
from tests.treatments.cocktails.golden import RULEBOOK, TODAY, WOMAN, D
from treatments.cocktails.rules.checks import check_mix_against_all_rules
from treatments.cocktails.rules.mix import Mix, Person
from treatments.cocktails.rules.rulebook import Rulebook


def check(
    of: Mix,
    who: Person | None = WOMAN,
    rulebook: Rulebook = RULEBOOK,
    area: str | None = None,
    beside: tuple[Mix, ...] = (),
) -> dict[str, Finding]:
    area_cm2 = None if area is None else D(area)
    findings = check_mix_against_all_rules(of, who, rulebook, area_cm2=area_cm2, today=TODAY, beside=beside)
    assert len({finding.code for finding in findings}) == len(findings)
    return {finding.code: finding for finding in findings}


def level(finding: Finding) -> str:
    return "fixed" if finding.fixed else str(finding.level)
