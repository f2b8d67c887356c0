"""SQLAlchemy Core as the language of SQL, asyncpg as the hand that speaks it.

A statement is compiled once and found again by SQLAlchemy's own cache key, so a statement built anew for every act costs
its key, not its compilation. Lists are sent as arrays (`among`), never as `IN (…)`, so that the text never varies.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, cast

import asyncpg
from sqlalchemy import ARRAY, ColumnElement, Date, DateTime, Executable, Table, any_, bindparam
from sqlalchemy.dialects.postgresql.asyncpg import dialect as asyncpg_dialect
from sqlalchemy.sql.elements import ClauseElement
from sqlalchemy.sql.util import _deep_deannotate
from sqlalchemy.util import LRUCache
from sqlmodel import SQLModel

_PLACEHOLDER = re.compile(r"\$(\d+)")
_DIALECT: Any = asyncpg_dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves its dialects untyped
_COMPILED: LRUCache[Any, Any] = LRUCache(2_000)


def table_of(model: type[SQLModel]) -> Table:
    """The table behind a row class; its `.c` columns are what queries are written with."""
    return cast(Table, model.__table__)  # type: ignore[attr-defined]  # SQLModel does not declare it


def among(column: ColumnElement[Any], values: Iterable[Any]) -> ColumnElement[bool]:
    """`column = ANY(values)`: membership whose SQL text does not depend on how many values there are."""
    return column == any_(bindparam(None, list(values), type_=ARRAY(column.type)))


class Written(NamedTuple):
    """A statement as SQL: the text with `$1…` placeholders, the names of its parameters in that order, and the values
    that the statement itself brings, by parameter name (`column > 5` has one)."""

    text: str
    names: list[str]
    constants: dict[str, Any]


def written(statement: ClauseElement) -> Written:
    """Not cached."""
    compiled: Any = statement.compile(dialect=_DIALECT)
    constants = {name: value for name, value in compiled.params.items() if value is not None}
    return Written(str(compiled), list(compiled.positiontup or ()), constants)


def sql_of(statement: ClauseElement) -> tuple[str, list[str]]:
    """The text and the names of the parameters, of a statement that brings no values. Not cached."""
    return written(statement)[:2]


def renumbered(text: str, by: int) -> str:
    """The text with all its placeholders moved up, so that it can follow parameters of another one."""
    return _PLACEHOLDER.sub(lambda found: f"${int(found[1]) + by}", text)


def prepared(statement: Executable, params: Mapping[str, Any]) -> tuple[str, list[Any]]:
    """The text and the values, in order, of a statement that may be built anew for every call."""
    # What SQLAlchemy's own Engine calls; there is no public way to its compiled cache. Pinned by a test.
    built: Any = statement
    compiled, extracted, collected, _ = built._compile_w_cache(_DIALECT, compiled_cache=_COMPILED, column_keys=[])
    if compiled.post_compile_params:
        raise TypeError("Write among(column, values) instead of column.in_(values).")
    values = compiled.construct_params(params, extracted_parameters=extracted, _collected_params=collected)
    return str(compiled), [values[name] for name in compiled.positiontup or ()]


class Statements:
    """Runs statements on one connection, inside the transaction it is in."""

    def __init__(self, raw: asyncpg.Connection) -> None:
        self.raw = raw

    async def fetch(self, statement: Executable, **params: Any) -> list[asyncpg.Record]:
        """All rows. Values of named `bindparam`s are keyword arguments."""
        text, values = prepared(statement, params)
        return cast(list[asyncpg.Record], await self.raw.fetch(text, *values))

    async def fetch_one(self, statement: Executable, **params: Any) -> asyncpg.Record | None:
        """The first row, or None."""
        text, values = prepared(statement, params)
        return await self.raw.fetchrow(text, *values)

    async def scalar(self, statement: Executable, **params: Any) -> Any:
        """The first column of the first row, or None."""
        text, values = prepared(statement, params)
        return await self.raw.fetchval(text, *values)

    async def execute(self, statement: Executable, **params: Any) -> int:
        """How many rows the statement changed."""
        text, values = prepared(statement, params)
        status = await self.raw.execute(text, *values)
        return int(status.rpartition(" ")[2] or 0)

    async def execute_text(self, text: str, values: Sequence[Any]) -> str:
        return cast(str, await self.raw.execute(text, *values))


def is_instant(column: Any) -> bool:
    """Whether the column is a time or a day: ranges of those are half-open."""
    return isinstance(column.type, Date | DateTime)


def plain(expression: Any) -> Any:
    """A row class's attribute, or an expression of such, as plain Core: what can be moved to another alias."""
    if hasattr(expression, "__clause_element__"):
        expression = expression.__clause_element__()
    return _deep_deannotate(expression)
