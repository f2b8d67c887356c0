"""Which cases `scale` asks for: read off the schema, with values read off the tenant's rows."""

from __future__ import annotations

import base64
import enum
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import asyncpg
from graphql import get_named_type
from sqlalchemy import Column

from server.db.statements import is_instant
from server.db.tenancy import tenant_tag
from server.ids import global_id
from server.planner import declarations as d
from server.planner.filters import Predicate
from server.planner.nodes import strawberry_field
from server.planner.operations import Operations

NEVER = UUID(int=7)
PAIRS = {
    "customers": [("stage", "home_store"), ("staff", "added_at"), ("tag", "stage"), ("staff", "stage"), ("within_store", "stage"),
                  ("kind", "stage"), ("channel", "added_at"), ("need", "home_store"), ("home_store", "updated_at")],
    "touchpoints": [("staff", "occurred_at"), ("store", "occurred_at"), ("staff", "purpose"), ("store", "medium"), ("case", "medium"),
                    ("purpose", "outcome"), ("state", "occurred_at"), ("customer", "staff")],
    "feedback": [("status", "kind"), ("status", "due_at"), ("staff", "status"), ("store", "status"), ("overdue", "store"),
                 ("role", "status")],
    "cases": [("status", "stage"), ("stage", "moved_at"), ("status", "moved_at"), ("store", "status")],
    "wowMoments": [("staff", "occurred_at"), ("play", "store"), ("store", "occurred_at")],
    "shares": [("medium", "occurred_at"), ("spontaneous", "occurred_at")],
}  # fmt: skip
"""Filters that front ends combine."""
SEARCHES = {
    "surname": "王", "name": "王伟", "given name": "芳", "rare name": "曹梦", "nobody": "魑魅", "phone tail": "1234",
    "two frequent pieces": "王 芳", "frequent pieces, rarely together": "曹 梦 娜",
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One operation. `staff` names the staff member whose scope it is asked in; None is the owner."""

    name: str
    query: str
    variables: dict[str, Any]
    staff: str | None = None


@dataclass
class Tenant:
    """A tenant and, for each column lists are narrowed or ordered by, some of its values."""

    id: UUID
    customer: UUID
    staff: dict[str, UUID]
    values: dict[str, dict[str, Any]]
    cursors: dict[str, tuple[Any, UUID]]

    @classmethod
    async def read(cls, admin: asyncpg.Connection, operations: Operations, id: UUID) -> Tenant:
        found: dict[str, dict[str, Any]] = {}
        cursors: dict[str, tuple[Any, UUID]] = {}
        for _, connection, _ in _connections(operations):
            for predicate in connection.filter.predicates.values():
                column = predicate.column
                if key_of(column) and key_of(column) not in found:
                    found[key_of(column)] = await _values(admin, id, column)
            assert connection.orders is not None
            for order in connection.orders.by.values():
                tie = order.joined.name if order.joined is not None else "id"
                if key_of(order.column) not in cursors:
                    row = await admin.fetchrow(_middle(order.column, tie), id)
                    if row is not None:
                        cursors[key_of(order.column)] = (row[0], row[1])
        staff = {
            row["name"]: row["id"]
            for row in await admin.fetch(
                "SELECT id, CASE name WHEN 'Staff 1' THEN 'few' ELSE 'many' END AS name FROM staff_members"
                " WHERE tenant_id = $1 AND name IN ('Staff 1', 'Staff 2')",
                id,
            )
        }
        customer = await admin.fetchval(
            "SELECT customer_id FROM touchpoints WHERE tenant_id = $1 ORDER BY occurred_at DESC LIMIT 1", id
        )
        return cls(id, customer, staff, found, cursors)


def key_of(column: Any) -> str:
    """`table.column`; nothing for an expression."""
    bases = [one for one in getattr(column, "base_columns", ()) if isinstance(one, Column)]
    return f"{bases[0].table.name}.{bases[0].name}" if len(bases) == 1 else ""


def _middle(column: Any, tie: str) -> str:
    name, table = column.name, column.table.name
    return (
        f"SELECT {name}, {tie} FROM {table} WHERE tenant_id = $1 ORDER BY {name}, {tie}"  # noqa: S608  # names of declared columns
        f" OFFSET (SELECT count(*) / 2 FROM {table} WHERE tenant_id = $1) LIMIT 1"
    )


async def _values(admin: asyncpg.Connection, tenant: UUID, column: Any) -> dict[str, Any]:
    """A frequent value, a middling one, a rare one; of instants and numbers some ranges."""
    (base,) = column.base_columns
    name, table = base.name, base.table.name
    if is_instant(column) or column.type.python_type is int:
        marks = await admin.fetchval(
            f"SELECT percentile_disc(ARRAY[0.001, 0.01, 0.5, 0.99, 0.999]) WITHIN GROUP (ORDER BY {name}) FROM {table}"  # noqa: S608  # likewise
            f" WHERE tenant_id = $1 AND {name} IS NOT NULL",
            tenant,
        )
        if marks is None:
            return {}
        return {
            "oldest": (None, marks[1]),
            "few": (marks[0], marks[1]),
            "half": (marks[2], None),
            "newest": (marks[4], None),
        }
    counted = await admin.fetch(
        f"SELECT {name} AS value FROM {table} WHERE tenant_id = $1 AND {name} IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC, 1",  # noqa: S608  # likewise
        tenant,
    )
    values = [row["value"] for row in counted]
    if not values:
        return {}
    return {"frequent": values[0], "middling": values[len(values) // 2], "rare": values[-1], "several": values[:3]}


def _connections(operations: Operations) -> Iterator[tuple[str, d.Connection, Any]]:
    """Every list at the root and every list of a customer: (name, declaration, the GraphQL field)."""
    for parent, prefix in (("Query", ""), ("Customer", "customer.")):
        for name, field in operations.schema.type_map[parent].fields.items():
            declared = strawberry_field(field).metadata[d.PLAN]
            if isinstance(declared, d.Connection):
                yield prefix + name, declared, field


def cases(operations: Operations, tenant: Tenant, page: int) -> Iterator[Case]:
    for name, connection, field in _connections(operations):
        for label, given in _arguments(name, _list_name(field), connection, tenant, page):
            yield _case(f"{name} {label}", name, field, given, tenant)
        scoped = name in ("customers", "touchpoints", "feedback", "cases", "wowMoments", "shares")
        for staff in tenant.staff if scoped else ():
            assert connection.orders is not None
            for order in connection.orders.by:
                for direction in ("ASC", "DESC"):
                    given = {"first": page, "orderBy": {"field": order, "direction": direction}}
                    yield _case(f"{name} by {order} {direction} of {staff}", name, field, given, tenant, staff)
            for label, text in SEARCHES.items() if connection.search is not None else ():
                yield _case(
                    f"{name} search {label} of {staff}", name, field, {"first": page, "search": text}, tenant, staff
                )


def _case(label: str, name: str, field: Any, given: dict[str, Any], tenant: Tenant, staff: str | None = None) -> Case:
    declared = ", ".join(f"${key}: {field.args[key].type}" for key in given)
    passed = ", ".join(f"{key}: ${key}" for key in given)
    body = f"{name.rpartition('.')[2]}({passed}) {{ nodes {{ id }} pageInfo {{ hasNextPage endCursor }} }}"
    if name.startswith("customer."):
        body = f"customer(id: $id) {{ {body} }}"
        declared += ", $id: ID!"
        given = {**given, "id": global_id("Customer", tenant.customer)}
    return Case(label, f"query({declared}) {{ {body} }}", given, staff)


def _arguments(
    name: str, list_name: str, connection: d.Connection, tenant: Tenant, page: int
) -> Iterator[tuple[str, dict[str, Any]]]:
    assert connection.orders is not None
    every_order = [
        {"field": order, "direction": direction} for order in connection.orders.by for direction in ("ASC", "DESC")
    ]
    for order in every_order:
        label = f"by {order['field']} {order['direction']}"
        yield label, {"first": page, "orderBy": order}
        yield f"{label} from the end", {"last": page, "orderBy": order}
        column = connection.orders.by[order["field"]].column
        if key_of(column) in tenant.cursors:
            place = f"{list_name}.{order['field']}"
            cursor = _cursor(place, tenant_tag(tenant.id), *tenant.cursors[key_of(column)])
            yield f"{label} from the middle", {"first": page, "orderBy": order, "after": cursor}
            yield f"{label} up to the middle", {"last": page, "orderBy": order, "before": cursor}
    filters = [(key, list(_filters(one, tenant))) for key, one in connection.filter.predicates.items()]
    orders = every_order if not name.startswith("customer.") else every_order[:1]
    for (key, values), order in itertools.product(filters, orders):
        for label, value in values:
            described = f"{key} {label} by {order['field']} {order['direction']}"
            yield described, {"first": page, "orderBy": order, "filter": {_graphql(key): value}}
    by_key = dict(filters)
    for (one, other), order in itertools.product(PAIRS.get(name, ()), every_order):
        for (label, value), (other_label, other_value) in itertools.product(by_key[one][:3], by_key[other][:4]):
            described = f"{one} {label}, {other} {other_label} by {order['field']} {order['direction']}"
            yield described, {
                "first": page, "orderBy": order, "filter": {_graphql(one): value, _graphql(other): other_value},
            }  # fmt: skip
    if connection.search is not None:
        for (label, text), order in itertools.product(SEARCHES.items(), every_order):
            yield (
                f"search {label} by {order['field']} {order['direction']}",
                {"first": page, "orderBy": order, "search": text},
            )


def _filters(predicate: Predicate, tenant: Tenant) -> Iterator[tuple[str, dict[str, Any]]]:
    column = predicate.column
    if column.type.python_type is bool:
        yield "true", {"eq": True}
        yield "false", {"eq": False}
        return
    values = tenant.values.get(key_of(column), {})
    if is_instant(column) or column.type.python_type is int:
        for label, (low, high) in values.items():
            bounds = {"from": _outside(low, predicate), "to": _outside(high, predicate)}
            yield label, {key: value for key, value in bounds.items() if value is not None}
        return
    for label in ("frequent", "middling", "rare"):
        if label in values:
            yield label, {"eq": _outside(values[label], predicate)}
    if predicate.id_of is not None:
        yield "never", {"eq": global_id(predicate.id_of, NEVER)}
    if "several" in values:
        yield "several", {"in": [_outside(one, predicate) for one in values["several"]]}


def _outside(value: Any, predicate: Predicate) -> Any:
    """A value as a client writes it."""
    if isinstance(value, UUID):
        return global_id(predicate.id_of or "", value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, date):
        return value.isoformat()
    return value.value if isinstance(value, enum.Enum) else value


def _list_name(field: Any) -> str:
    named: str = get_named_type(field.type).name
    return named.removesuffix("Connection")


def _cursor(place: str, tag: str, value: Any, id: UUID) -> str:
    """As the server makes it, but of a row of our choice."""
    text = value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ") if isinstance(value, datetime) else str(value)
    return base64.urlsafe_b64encode(f"{place}\x1f{tag}\x1f{text}\x1f{id}".encode()).decode().rstrip("=")


def _graphql(name: str) -> str:
    first, *rest = name.rstrip("_").split("_")
    return first + "".join(word.title() for word in rest)
