"""A query that is put together and compiled once, and then asked with other values.

Django takes longer to write a large statement than PostgreSQL takes to answer it. What differs from one time to the
next stands in the query as a :class:`Blank`; everything else is fixed when the query is compiled.
"""

import copy
from collections.abc import Sequence
from typing import Generic, TypeVar

from django.core.exceptions import MultipleObjectsReturned
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Expression, Model, QuerySet
from django.db.models.sql.compiler import SQLCompiler

M = TypeVar("M", bound=Model)
Row = TypeVar("Row")


class Blank(Expression):
    """A value that is given each time a compiled query is asked."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(  # type: ignore[override]
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, list["Blank"]]:
        return "%s", [self]


class CompiledQuery(Generic[M, Row]):
    """A query whose statement is written once. It may be asked from any thread."""

    def __init__(self, rows: QuerySet[M, Row]) -> None:
        self._rows = rows
        self._compiler = rows.query.get_compiler(rows.db)
        self._sql, self._parameters = self._compiler.as_sql()

    def ask(self, **values: object) -> list[Row]:
        """The rows with these values in the blanks, each by its name. One query."""
        rows = self._rows.all()
        compiler = copy.copy(self._compiler)
        compiler.connection = connections[rows.db]
        asked = self._sql, self._parameters_with(values)
        compiler.as_sql = lambda *args, **kwargs: asked
        rows.query.get_compiler = lambda *args, **kwargs: compiler  # type: ignore[method-assign]
        return list(rows)

    def ask_for_one(self, **values: object) -> Row:
        """The one row; raises as ``get`` does where there is none or are several. One query."""
        found = self.ask(**values)
        if not found:
            raise self._rows.model.DoesNotExist  # type: ignore[attr-defined]
        if len(found) > 1:
            raise MultipleObjectsReturned(f"{len(found)} rows")
        return found[0]

    def _parameters_with(self, values: dict[str, object]) -> Sequence[object]:
        return tuple(values[each.name] if isinstance(each, Blank) else each for each in self._parameters)
