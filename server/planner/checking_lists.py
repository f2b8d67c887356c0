"""What a connection must keep to, looked at when the process starts: orders that page, filters that stand on columns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import BigInteger, Boolean, Date, DateTime, Integer, String, Table, Uuid
from sqlmodel.sql.sqltypes import AutoString

from server.planner import declarations as d
from server.planner.filters import OrderBy, Predicate

_PAGEABLE = (DateTime, Date, Boolean, BigInteger, Integer, Uuid, String)
"""Types whose values a cursor can hold and that reach an index under row-level security."""


def connection_faults(connection: d.Connection, table: Table) -> Iterator[str]:
    """Every reason why a page of `table` could not be read."""
    if connection.orders is None or not connection.orders.by:
        yield "has no order"
        return
    if "id" not in table.c:
        yield f"leads to {table.name}, which has no id to break ties"
    if connection.by is not None and getattr(connection.by, "table", table) is not table:
        yield f"belongs to its row by a column that is not of {table.name}"
    for name, order in connection.orders.by.items():
        yield from (f"order {name} {why}" for why in _order_faults(order, table))
    for name, predicate in connection.filter.predicates.items():
        yield from (f"filter {name} {why}" for why in _predicate_faults(predicate, table))
    if connection.search is not None:
        searched = connection.search
        if getattr(searched.column, "table", None) is not getattr(searched.owner, "table", None):
            yield "searches in a table that does not name the row searched for"


def _order_faults(order: OrderBy, table: Table) -> Iterator[str]:
    column: Any = order.column
    if not hasattr(column, "nullable"):
        yield "is no column"
        return
    if column.nullable:
        yield "is by a column that may be null: such rows have no place in a keyset"
    held = column.type.impl_instance if isinstance(column.type, AutoString) else column.type
    if not isinstance(held, _PAGEABLE):
        yield f"is by a column of type {column.type}, which no cursor holds"
    if order.joined is None:
        if column.table is not table:
            yield f"is by a column of {column.table.name}, not of {table.name}"
    elif getattr(order.joined, "table", None) is not column.table:
        yield "is joined by a column of another table than the one it orders by"


def _predicate_faults(predicate: Predicate, table: Table) -> Iterator[str]:
    column: Any = predicate.column
    own = getattr(column, "table", None)
    if predicate.via is None:
        if own is not None and own is not table:
            yield f"is on a column of {own.name}, not of {table.name}; say via which columns"
        return
    if own is None:
        yield "is on no column of the table it goes through"
        return
    if "tenant_id" not in own.c:
        yield f"goes through {own.name}, which has no tenant_id"
    for child, parent in predicate.via.items():
        if child.table is not own or parent.table is not table:
            yield f"goes through columns that do not lead from {own.name} to {table.name}"
