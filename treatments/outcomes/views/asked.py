"""What the address of a page asks for, and how it is written again."""

from collections.abc import Mapping

from django.utils.http import urlencode

from mesoclinic.accounts.models import Clinic
from treatments.outcomes.queries.figures import Asked
from treatments.outcomes.rules.groups import PERIODS, Moment

SEXES = {"female": "Female", "male": "Male"}

#: Pages begin with half a year.
_FIRST_DAYS = next(iter(PERIODS))


def asked_of_address(clinic: Clinic, query: Mapping[str, str]) -> Asked:
    """An unknown word is the first choice."""
    days = query.get("days", "")
    condition = query.get("condition", "")
    moment = query.get("moment", "")
    sex = query.get("sex", "")
    return Asked(
        clinic=clinic,
        days=int(days) if days in map(str, PERIODS) else _FIRST_DAYS,
        condition=int(condition) if condition.isdecimal() and len(condition) < 10 else None,
        sex=sex if sex in SEXES else "",
        is_first_course_only=query.get("course") != "all",
        moment=Moment(moment) if moment in set(Moment) else Moment.DURING,
    )


def address_of_asked(asked: Asked, **changes: str) -> str:
    """The query of an address: what is not the first choice."""
    kept = {
        "days": "" if asked.days == _FIRST_DAYS else str(asked.days),
        "condition": "" if asked.condition is None else str(asked.condition),
        "sex": asked.sex,
        "course": "" if asked.is_first_course_only else "all",
        "moment": "" if asked.moment is Moment.DURING else asked.moment.value,
    }
    return urlencode({name: value for name, value in (kept | changes).items() if value})
