"""How long what was opened and what was mixed may wait. No Django here.

Domain README §4 F14: the mixture is used at once; an opened ampoule keeps 0 h, a single-dose vial 1 h, a
multi-dose vial 28 days [CA1751][USP797]. No source gives a time for a whole mixture: it gets no longer than
a single-dose vial, and less where something in it keeps less by its own label.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from treatments.stock.rules.lots import in_use_hours_or_usual

#: The longest a drawn syringe may wait, in hours.
MIXTURE_HOURS = 1

BEYOND_USE_SOURCE = "California Code of Regulations, title 16, s.1751.9; USP 797 (opened containers)"


def beyond_use_time(prepared_at: datetime, label_hours: Iterable[int | None]) -> datetime:
    """The beyond-use time of a mixture prepared at ``prepared_at``.

    ``label_hours`` are the hours that the labels of what is in it give for after opening, None where a
    label says nothing of its own; a label that says 0 speaks of the rest in the container, not of the mixture.
    """
    shorter = [hours for hours in label_hours if hours is not None and hours > 0]
    return prepared_at + timedelta(hours=min([MIXTURE_HOURS, *shorter]))


def opened_container_rest_text(presentation: str, label_hours: int | None) -> str:
    """What to do with the rest in an opened container: “discard the rest at once”, “28 days once opened”."""
    hours = in_use_hours_or_usual(presentation) if label_hours is None else label_hours
    if hours == 0:
        return "discard the rest at once"
    if hours % 24 == 0:
        days = hours // 24
        return f"{days} day{'' if days == 1 else 's'} once opened"
    return f"{hours} hour{'' if hours == 1 else 's'} once opened"
