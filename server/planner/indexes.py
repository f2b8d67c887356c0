"""What the declared indexes of a table can answer: read from the declarations, not from the database."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from sqlalchemy import Table, UniqueConstraint

from server.planner.filters import Condition


@cache
def indexes_of(table: Any, *, nulls: bool = False) -> tuple[tuple[str, ...], ...]:
    """The columns of every index behind the tenant, the keys' included; with `nulls`, of those that hold every row.

    The partial indexes declared leave out only what a comparison with a value leaves out too (nulls), or what every
    condition on their table leaves out (`where` of the predicate).
    """
    if not isinstance(table, Table):
        return ()
    indexes = [
        index
        for index in sorted(table.indexes, key=lambda index: str(index.name))
        if not (nulls and index.dialect_options["postgresql"]["where"] is not None)
    ]
    columns = [tuple(index.columns.keys()) for index in indexes]
    columns += [tuple(one.columns.keys()) for one in table.constraints if isinstance(one, UniqueConstraint)]
    columns.append(tuple(table.primary_key.columns.keys()))
    return tuple(one[1:] for one in columns if one[0] == "tenant_id")


def best_front(table: Table, conditions: list[Condition], key: str) -> list[Condition]:
    """The most conditions that one index holds in front of (key, id)."""
    best: list[Condition] = []
    for nulls in (False, True):
        points = {
            one.own: one
            for one in conditions
            if one.own is not None and one.is_point and (nulls or one.operator != "is_null:True")
        }
        for columns in indexes_of(table, nulls=nulls):
            front = in_front(columns, key, "id")
            if front and front <= points.keys() and len(front) > len(best):
                best = [points[name] for name in columns if name in front]
    return best


def in_front(columns: tuple[str, ...], key: str, tie: str) -> frozenset[str] | None:
    """The columns an index has in front of (key, tie); None where it is not in that order."""
    if key not in columns:
        return None
    at = columns.index(key)
    return frozenset(columns[:at]) if columns[at : at + 2] == (key, tie) else None


def repeated(table: Table, order: str, value: Any, owner: Any) -> Any:
    """The column of a child table that repeats `order` of its parent, in an index behind `value` and before `owner`."""
    for column in value.table.c:
        if column.info.get("repeats") == f"{table.name}.{order}":
            for columns in indexes_of(value.table):
                if in_front(columns, column.name, owner.name) == frozenset((value.name,)):
                    return column
    return None


def answered(table: Table, conditions: list[Condition]) -> Iterator[list[Condition]]:
    """For each index the conditions it answers by itself, in its order; without those that another answers too."""
    points = {
        one.own: one
        for one in conditions
        if one.own is not None and (one.is_point or one.operator == "in_") and one.operator != "is_null:True"
    }
    ranges = {one.own: one for one in conditions if one.own is not None and one.is_range}
    found: list[list[Condition]] = []
    for columns in indexes_of(table):
        matched: list[Condition] = []
        for name in columns:
            if name in points:
                matched.append(points[name])
                continue
            if name in ranges:
                matched.append(ranges[name])
            break
        if matched and "id" in columns and not any(all(one in other for one in matched) for other in found):
            found = [other for other in found if not all(one in matched for one in other)] + [matched]
    yield from found
