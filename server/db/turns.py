"""Turns: acts that see something and then spend it, one at a time, without a lock held between the two.

A row class with `__takes_turns__` names a column that counts. Whoever saw turn n adds the row with n + 1: that takes the
turn if n is still the last one, and fails otherwise, together with everything added in the same statement.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

import asyncpg
from sqlalchemy import bindparam, case, literal_column
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlmodel import SQLModel

from server.db.statements import table_of


class TurnTaken(Exception):  # no fault: somebody else was first, and the act is to be done again
    """Somebody else took the turn meanwhile. Everything is undone; do the act again, in a transaction that waits."""


@cache
def takes_turns(model: type[SQLModel]) -> bool:
    return hasattr(model, "__takes_turns__")


def insertion(model: type[SQLModel], **written: Any) -> Insert:
    """The insertion of one row, with a parameter for every column that is not `written` as SQL.

    Of a row that takes a turn it is the taking: NULL, which the column refuses, where another turn was seen.
    """
    rows = table_of(model)
    given = {column.name: bindparam(column.name, type_=column.type) for column in rows.c}
    statement = insert(rows).values(given | written)
    return turn_or_conflict(model, statement)


def turn_or_conflict(model: type[SQLModel], statement: Insert) -> Insert:
    """The insertion as it is, or as the taking of a turn where the row is one."""
    if not takes_turns(model):
        return statement
    rows = table_of(model)
    turn: str = model.__takes_turns__  # type: ignore[attr-defined]  # just asked for
    is_next = rows.c[turn] == statement.excluded[turn] - literal_column("1")
    next_one = case((is_next, statement.excluded[turn]))
    return statement.on_conflict_do_update(index_elements=["tenant_id", "id"], set_={turn: next_one})


def missed(fault: asyncpg.NotNullViolationError, models: Iterable[type[SQLModel]]) -> bool:
    """Whether this is how a turn is missed, in a statement that adds rows of these classes."""
    return any(takes_turns(model) and fault.table_name == table_of(model).name for model in models)
