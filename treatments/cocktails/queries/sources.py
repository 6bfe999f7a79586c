"""Who says a rule and who here reviewed it, in words: once for each reading of the rules."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from django.utils import timezone

from mesoclinic.core.citations import Citation, joined_citations_text, rank_of_source
from mesoclinic.core.wording import day_text

#: Source keys, and the words where there are none, to the source as the rules take it.
Cite = Callable[[Sequence[str], str], str]

#: When and by whom a row was reviewed, to the words for it.
Review = Callable[[str | None, int | None], str]


class Citations:
    """Sources as the rules take them (mesoclinic.core.citations), the best first.

    ``sources`` are citation, address and kind by key. Rows cite the same few again and again.
    """

    def __init__(self, sources: Mapping[str, tuple[str, str, str]]):
        self.sources = sources
        self.said: dict[tuple[str, ...], str] = {}

    def joined_citations_text(self, keys: Sequence[str], otherwise: str) -> str:
        if not keys:
            return otherwise
        at = tuple(keys)
        if at not in self.said:
            known = {key: self.sources.get(key, (key, "", "")) for key in keys}
            best_first = sorted(known, key=lambda key: rank_of_source(key, known[key][2]))
            self.said[at] = joined_citations_text(Citation(key, *known[key][:2]) for key in best_first)
        return self.said[at]


class Reviews:
    """Who reviewed a row and when, as the findings say it. The day is the deployment's."""

    def __init__(self, reviewers: Mapping[str, str]):
        self.reviewers = reviewers

    def reviewer_and_day_text_or_empty(self, at: str | None, by: int | None) -> str:
        if at is None:
            return ""
        day = timezone.localtime(datetime.fromisoformat(at), timezone.get_default_timezone()).date()
        return f"{self.reviewers.get(str(by), '')}, {day_text(day)}".removeprefix(", ")
