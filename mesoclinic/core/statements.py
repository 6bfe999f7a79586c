"""Several changes in one statement: what belongs together is written together, in one round trip."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.db.models.sql import DeleteQuery, UpdateQuery


@dataclass(frozen=True, slots=True)
class Change:
    """Rows and what becomes of them: new ``values``, or None where they go."""

    rows: QuerySet[Any]
    values: Mapping[str, Any] | None


def together(changes: Sequence[Change]) -> list[int]:
    """Make the changes, each to other rows, in one statement; how many rows each has met.

    All see the rows as they were before: no change may depend on another. Triggers fire as usual; cascades
    and signals of Django do not. Values are plain: no joins.
    """
    parts, params = [], []
    for place, change in enumerate(changes):
        if change.values is None:
            query: Any = change.rows.query.chain(DeleteQuery)
        else:
            query = change.rows.query.chain(UpdateQuery)
            query.add_update_values(dict(change.values))
        query.clear_ordering(force=True)
        sql, own = query.get_compiler(connection=connection).as_sql()
        parts.append(f"c{place} AS ({sql} RETURNING 1)")
        params += own
    counts = ", ".join(f"(SELECT count(*) FROM c{n})" for n in range(len(parts)))
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {', '.join(parts)} SELECT {counts}", params)
        return list(cursor.fetchone())
