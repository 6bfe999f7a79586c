"""What rows cite, read within the query that reads the rows."""

from collections.abc import Iterable
from typing import TypedDict

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, F, Func, OuterRef
from django.db.models.functions import JSONObject

from mesoclinic.core.citations import Citation, joined_citations_text, rank_of_source
from mesoclinic.core.models import Source


class SourceRow(TypedDict):
    """One source as another query brings it."""

    key: str
    citation: str
    address: str
    kind: str


_SOURCE = JSONObject(key="key", citation="citation", address="address", kind="kind")


def cited_sources_subquery(keys: str) -> ArraySubquery:
    """The sources whose keys stand in the array ``keys`` of the query around this one."""
    is_cited = Func(
        F("key"),
        OuterRef(keys),
        template="(%(expressions)s))",
        arg_joiner=" = ANY(",
        output_field=BooleanField(),
    )
    return ArraySubquery(Source.objects.filter(is_cited).order_by("key").values(row=_SOURCE))


def source_text_of_rows(rows: Iterable[SourceRow]) -> str:
    """The sources as a finding carries them, the best first."""
    best_first = sorted(rows, key=lambda row: rank_of_source(row["key"], row["kind"]))
    return joined_citations_text(Citation(row["key"], row["citation"], row["address"]) for row in best_first)
