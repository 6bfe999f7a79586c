"""The figures of a clinic's sessions as the tick counted them, and the sessions behind one of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from django.db.models import Count, Max, Q, QuerySet

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.core.paging import Page, Place, page_of
from treatments.outcomes.models import OutcomeCell, SessionOutcome
from treatments.outcomes.rules.groups import Counts, Kind, Moment, key_of_name

_SQL = Path(__file__).parent / "sql"
_SCORES = range(11)
OUTCOMES = (_SQL / "session_outcomes.sql").read_text(encoding="utf-8")


def _counts_sql(column: str, name: str) -> str:
    """How often each score is in a column, as one array."""
    parts = (f"count(*) FILTER (WHERE {column} = {score})" for score in _SCORES)
    return f"ARRAY[{', '.join(parts)}] AS s_{name}"


CELLS = (
    (_SQL / "outcome_cells.sql")
    .read_text(encoding="utf-8")
    .format(
        counts=", ".join(
            _counts_sql(column, name)
            for column, name in (
                ("pain_during", "during"),
                ("pain_end", "end"),
                ("pain_1h", "1h"),
                ("pain_24h", "24h"),
                ("has_reacted", "reaction"),
            )
        ),
        sums=", ".join(f"sum(scores[{score + 1}])" for score in _SCORES),
    )
)

#: The name of the group that holds every session.
ALL = "all:"

#: The column of a moment's score.
COLUMNS = {
    Moment.DURING: "pain_during",
    Moment.END: "pain_end",
    Moment.AFTER_1H: "pain_1h",
    Moment.AFTER_24H: "pain_24h",
    Moment.REACTION: "has_reacted",
}

#: Sessions on a page of the list.
SESSIONS = 50


@dataclass(frozen=True, slots=True)
class Asked:
    """Which sessions a page is about. ``days`` 0: all; an empty condition or sex: any."""

    clinic: Clinic
    days: int
    condition: int | None
    sex: str
    is_first_course_only: bool
    moment: Moment


def counts_of_groups(asked: Asked, moments: Sequence[Moment]) -> dict[Moment, dict[str, Counts]]:
    """By moment and name of the group. One query; nothing is computed over all sessions here."""
    rows = OutcomeCell.objects.filter(
        clinic=asked.clinic,
        days=asked.days,
        condition=asked.condition,
        sex=asked.sex,
        first_course_only=asked.is_first_course_only,
        moment__in=moments,
    ).values_list("moment", "name", "asked", "answered", "people", "scores", "performers")
    found: dict[Moment, dict[str, Counts]] = {moment: {} for moment in moments}
    for moment, name, whole, answered, people, scores, performers in rows:
        found[Moment(moment)][name] = Counts(name, whole, answered, people, scores, performers)
    return found


def counted_at_or_none(clinic: Clinic) -> datetime | None:
    """When the tick last counted. One query."""
    at: datetime | None = OutcomeCell.objects.filter(clinic=clinic).aggregate(at=Max("counted_at"))["at"]
    return at


def conditions_counted(clinic: Clinic) -> Sequence[tuple[int, str]]:
    """The conditions that sessions were counted of, by name. One query."""
    return list(
        OutcomeCell.objects.filter(
            clinic=clinic,
            days=0,
            condition__isnull=False,
            sex="",
            first_course_only=False,
            moment=Moment.DURING,
            name=ALL,
        )
        .order_by("condition__name")
        .values_list("condition", "condition__name")
    )


def outcomes_asked_for(asked: Asked, counted_on: date) -> QuerySet[SessionOutcome]:
    """The sessions that were counted for a page, the newest first."""
    found = SessionOutcome.objects.filter(clinic=asked.clinic)
    if asked.days:
        found = found.filter(performed_on__gt=counted_on - timedelta(days=asked.days))
    if asked.condition is not None:
        found = found.filter(condition=asked.condition)
    if asked.sex:
        found = found.filter(sex=asked.sex)
    if asked.is_first_course_only:
        found = found.filter(is_first_course=True)
    return found


def own_counts(asked: Asked, user: User, counted_on: date) -> Counts:
    """The same of the sessions that this person performed. Two queries, over these alone."""
    column = COLUMNS[asked.moment]
    mine = outcomes_asked_for(asked, counted_on).filter(performer=user).order_by()
    by_score = dict(mine.values_list(column).annotate(count=Count("pk")))
    whole = mine.aggregate(
        people=Count("patient", distinct=True, filter=Q(**{f"{column}__isnull": False})),
        later=Count("pk", filter=Q(was_asked_later=True)),
    )
    scores = [by_score.get(score, 0) for score in _SCORES]
    every = sum(by_score.values())
    answered = whole["later"] if asked.moment is Moment.REACTION else sum(scores)
    return Counts(f"performer:{user.pk}", every, answered, whole["people"], scores)


def page_of_sessions(
    asked: Asked, counted_on: date, *, name: str = "", performer: User | None = None, place: Place
) -> Page[SessionOutcome]:
    """The sessions behind a figure, with their patients. One query."""
    found = outcomes_asked_for(asked, counted_on).filter(**{f"{COLUMNS[asked.moment]}__isnull": False})
    if performer is not None:
        found = found.filter(performer=performer)
    elif name.startswith(f"{Kind.DAY}:"):
        found = found.filter(performed_on=key_of_name(name))
    elif name != ALL:
        found = found.filter(groups__contains=[name])
    found = found.select_related("treatment_session__plan", "patient")
    return page_of(found, ["performed_on", "pk"], place, size=SESSIONS, newest=True)
