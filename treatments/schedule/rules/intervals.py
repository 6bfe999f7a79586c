"""The days between two sessions: what the plan asks for, and what the clinic's rules of intervals say. No Django here.

The one home of both: the booking, the start of a session and its signing ask here.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from mesoclinic.core.findings import Finding, block, ok, ordered, warn
from mesoclinic.core.wording import day_text
from treatments.schedule.rules.elsewhere import DoneElsewhere, Elsewhere

PRP = "prp"

#: The rule of a course whose sessions are so far apart that they keep what an earlier course reached.
_PRP_MAINTENANCE = "interval:prp:maintenance"

#: The rules about what was done elsewhere.
_RULE_OF_ELSEWHERE = {
    Elsewhere.INJECTION: "interval:elsewhere",
    Elsewhere.MICRONEEDLING: "interval:microneedling",
}

ANY_SESSION = "interval:*any"

#: A session so close to the last one is fixed at the start: it is most likely one session entered twice.
ENTERED_TWICE = "interval:*any:hours"

_LAPSED = "interval:lapsed"

_ENTERED_TWICE_SAYS = (
    "Session {n} was given {when}: is this the same session, entered twice? Open that one. "
    "The next is given on {date} or later."
)

#: What the front desk reads: nothing of what is injected.
_DESK_EARLY = "Only {days} since the last session. Choose {date} or later, or ask a clinician."
_DESK_EVENT = "A clinician decides whether this day is too early. Choose {date} or later, or ask a clinician."
_DESK_LATE = "{days} since the last session. Ask a clinician before you book."


@dataclass(frozen=True, slots=True)
class IntervalRule:
    """A row of the clinic's intervals. ``subject``: code of an ingredient or of a protocol, else words."""

    code: str
    scope: str
    subject: str
    finding: str
    usual: str = ""
    min_days: int | None = None
    early_from_days: int | None = None
    max_days: int | None = None
    below: str = "none"
    early: str = "none"
    above: str = "none"
    says_below: str = ""
    says_above: str = ""
    source: str = ""
    basis: str = ""

    @property
    def finding_code(self) -> str:
        """A block that nobody passes never shares its code with one that a reason passes."""
        return self.code if self.below == "block_fixed" else self.finding


@dataclass(frozen=True, slots=True)
class GivenSession:
    """A session that was given, or is booked before. ``ingredients`` and ``zones`` by their codes."""

    number: int
    on: date
    protocol: str = ""
    ingredients: frozenset[str] = frozenset()
    zones: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class SessionToCome:
    """The session that is asked about. ``assessed_on``: the patient's last assessment."""

    on: date
    protocol: str = ""
    ingredients: frozenset[str] = frozenset()
    zones: frozenset[str] = frozenset()
    assessed_on: date | None = None
    #: Fewest days between two sessions of the course; None where nothing says.
    fewest_days: int | None = None
    #: What the patient told was done elsewhere.
    elsewhere: Sequence[DoneElsewhere] = ()
    #: Code to name, of the ingredients and the protocol.
    names: Mapping[str, str] = field(default_factory=dict)


def check_intervals_since_given_sessions(
    rules: Iterable[IntervalRule],
    ahead: SessionToCome,
    given: Sequence[GivenSession],
    *,
    clinical: bool = True,
    is_begun: bool = False,
    where: str = "",
) -> list[Finding]:
    """What stands against this day, for the sessions ``given`` until then; each code once, the gravest of its rows.

    Where the last session was of the same protocol, its rule speaks for the course: the rule about any session then
    says nothing of its own distance, and no ingredient is early or late. ``is_begun``: the needle may have been there already (law 16), so
    that nothing is fixed. ``clinical`` is whether the reader may know what is injected.
    """
    rules = list(rules)
    of_elsewhere = _findings_of_elsewhere(rules, ahead, clinical=clinical, is_begun=is_begun, where=where)
    before = [each for each in given if each.on <= ahead.on]
    if not before:
        return ordered(of_elsewhere)
    latest = max(each.on for each in before)
    rules = _rules_with_maintenance_swapped_in(rules, ahead)
    compared = [
        (rule, last)
        for rule in rules
        if (last := _last_session_compared_or_none(rule, ahead, before)) is not None
    ]
    speaks_for_course = any(rule.scope == "protocol" and last.on == latest for rule, last in compared)
    has_own_rule = any(rule.scope in ("protocol", "ingredient") for rule, _ in compared)
    gravest: dict[str, Finding] = {each.code: each for each in of_elsewhere}
    for rule, last in compared:
        left = _LeftInterval.of(
            rule,
            last,
            ahead,
            asks_min=rule.code != ANY_SESSION or not speaks_for_course,
            asks_early=rule.scope != "ingredient" or not speaks_for_course,
            asks_max=_says_too_many_days(rule, has_own_rule, speaks_for_course),
        )
        if left is not None:
            found = left.finding(clinical=clinical, is_begun=is_begun, where=where)
            known = gravest.get(found.code)
            gravest[found.code] = found if known is None else ordered([known, found])[0]
    if ENTERED_TWICE in gravest:
        gravest.pop(ANY_SESSION, None)
    return ordered(gravest.values())


def _rules_with_maintenance_swapped_in(
    rules: Sequence[IntervalRule], ahead: SessionToCome
) -> list[IntervalRule]:
    """The rules with that of maintenance in place of that of a course of PRP, or without it."""
    maintenance = next((rule for rule in rules if rule.code == _PRP_MAINTENANCE), None)
    others = [rule for rule in rules if rule is not maintenance]
    if maintenance is None or ahead.fewest_days is None or ahead.fewest_days < (maintenance.min_days or 0):
        return others
    return [replace(maintenance, subject=PRP) if rule.subject == PRP else rule for rule in others]


def _findings_of_elsewhere(
    rules: Sequence[IntervalRule], ahead: SessionToCome, *, clinical: bool, is_begun: bool, where: str
) -> list[Finding]:
    """What was done elsewhere too short a time before this day; each code once, the gravest."""
    gravest: dict[str, Finding] = {}
    for event in ahead.elsewhere:
        rule = next((each for each in rules if each.code == _RULE_OF_ELSEWHERE[event.kind]), None)
        if rule is None or event.on > ahead.on:
            continue
        left = _LeftInterval.of(
            rule, GivenSession(0, event.on), ahead, asks_min=True, asks_early=True, asks_max=False
        )
        if left is not None:
            found = replace(left, is_elsewhere=True).finding(
                clinical=clinical, is_begun=is_begun, where=where
            )
            known = gravest.get(found.code)
            gravest[found.code] = found if known is None else ordered([known, found])[0]
    return list(gravest.values())


def _says_too_many_days(rule: IntervalRule, has_own_rule: bool, speaks_for_course: bool) -> bool:
    """Whether too many days are said by this rule: by the one nearest to what is given, and the lapse always."""
    if rule.finding == _LAPSED:
        return True
    if rule.scope == "any":
        return not has_own_rule
    return rule.scope == "protocol" or not speaks_for_course


def _last_session_compared_or_none(
    rule: IntervalRule, ahead: SessionToCome, before: Sequence[GivenSession]
) -> GivenSession | None:
    """The last session that the rule compares with; None where it has nothing to say."""
    if rule.scope == "any":
        alike = list(before)
        if rule.finding == _LAPSED and ahead.assessed_on is not None:
            last_on = max(each.on for each in before)
            alike = alike if ahead.assessed_on <= last_on else []
    elif rule.scope == "ingredient":
        alike = [each for each in before if rule.subject in each.ingredients & ahead.ingredients]
    elif rule.scope == "protocol":
        alike = [each for each in before if rule.subject == each.protocol == ahead.protocol]
    elif rule.code == "interval:two-techniques":
        alike = [each for each in before if _is_other_technique_in_same_region(each, ahead)]
    else:  # what happened elsewhere stands on the record, as a risk factor
        alike = []
    return max(alike, key=lambda each: (each.on, each.number), default=None)


def _is_other_technique_in_same_region(each: GivenSession, ahead: SessionToCome) -> bool:
    """PRP after something else, or something else after PRP, where both meet."""
    differs = (PRP in each.ingredients) != (PRP in ahead.ingredients)
    return differs and (not each.zones or not ahead.zones or bool(each.zones & ahead.zones))


@dataclass(frozen=True, slots=True)
class _LeftInterval:
    """A rule that is not kept: ``level``, the words for it, and the day from which it is kept."""

    rule: IntervalRule
    last: GivenSession
    ahead: SessionToCome
    level: str
    says: str
    soonest: date | None = None
    is_elsewhere: bool = False

    @classmethod
    def of(
        cls,
        rule: IntervalRule,
        last: GivenSession,
        ahead: SessionToCome,
        *,
        asks_min: bool,
        asks_early: bool,
        asks_max: bool,
    ) -> "_LeftInterval | None":
        """None where the rule is kept, or not asked about this."""
        days, level, until, says = (ahead.on - last.on).days, "none", None, ""
        if rule.min_days is not None and days < rule.min_days:
            if asks_min:
                level, until, says = rule.below, rule.min_days, rule.says_below
        elif rule.early_from_days is not None and days < rule.early_from_days:
            if asks_early:
                level, until, says = rule.early, rule.early_from_days, rule.says_below
        elif rule.max_days is not None and days > rule.max_days and asks_max:
            level, says = rule.above, rule.says_above
        if level == "none":
            return None
        soonest = None if until is None else last.on + timedelta(days=until)
        return cls(rule, last, ahead, level, says, soonest)

    def finding(self, *, clinical: bool, is_begun: bool, where: str) -> Finding:
        says = self.says
        if not clinical:
            says = _DESK_LATE if self.soonest is None else _DESK_EARLY
            says = _DESK_EVENT if self.is_elsewhere else says
        elif self.rule.code == ENTERED_TWICE:
            says = _ENTERED_TWICE_SAYS
        code = self.rule.finding_code
        message = self._with_filled_placeholders(
            says, event_on=self.last.on if self.is_elsewhere and clinical else None
        )
        more = {"where": where, "source": self.rule.source, "basis": self.rule.basis}
        if self.level == "warn":
            return warn(code, message, **more)
        return block(code, message, fixed=self.level == "block_fixed" and not is_begun, **more)

    def _with_filled_placeholders(self, says: str, event_on: date | None = None) -> str:
        days = (self.ahead.on - self.last.on).days
        told = "1 day" if days == 1 else f"{days} days"
        slots = {
            "{d} days": told,
            "{days}": told,
            "{d}": str(days),
            "{n}": str(self.last.number),
            "{when}": "today" if days == 0 else f"on {day_text(self.last.on)}",
            "{subject}": self.ahead.names.get(self.rule.subject, self.rule.subject),
            "{usual}": _usual_days_text(self.rule.usual),
            "{date}": day_text(event_on or self.soonest or self.last.on),
            "{todo}": "give a short reason" if self.level == "warn" else "a clinician writes why",
            "{region}": "the same region",
        }
        for slot, text in slots.items():
            says = says.replace(slot, text)
        return says


def _usual_days_text(usual: str) -> str:
    """“90” is “90 days”, “7;7;14” is “7, 7, 14 days”, “14 x5, 30 x4” is “14 ×5, 30 ×4 days”."""
    said = re.sub(r"\s*;\s*", ", ", usual)
    return f"{re.sub(r' x(?=[0-9])', ' ×', said)} days"


# ── what the plan asks for ───────────────────────────────────────────────────────────────────────


def interval_finding(
    last_on: date | None, day: date, min_days: int | None = None, max_days: int | None = None
) -> Finding:
    """Whether ``day`` keeps the protocol's distance to the last session."""
    code, where = "interval", "starts_at"
    if last_on is None:
        return ok(code, "First session.", where=where)
    days = (day - last_on).days
    if days < 0:
        message = f"Before the last session on {day_text(last_on)}. Choose a later day."
        return block(code, message, where=where)
    interval = "1 day" if days == 1 else f"{days} days"
    if min_days is not None and days < min_days:
        soonest = day_text(last_on + timedelta(days=min_days))
        message = (
            f"{interval} since the last session; the protocol asks for at least {min_days}. "
            f"Book on {soonest} or later, or say why."
        )
        return warn(code, message, where=where)
    if max_days is not None and days > max_days:
        latest = day_text(last_on + timedelta(days=max_days))
        message = (
            f"{interval} since the last session; the protocol asks for at most {max_days}. "
            f"Book by {latest}, or say why."
        )
        return warn(code, message, where=where)
    return ok(code, f"{interval} since the last session.", where=where)


def fewest_and_most_days_between_sessions(days: int) -> tuple[int, int]:
    """How early and how late a session may come where the protocol says ``days`` [GK].

    A day early for each week, half as long again late: 7 is 6 to 10, 30 is 26 to 45.
    """
    return days - days // 7, days + max(days // 2, 1)
