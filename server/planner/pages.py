"""Connections: keyset pages with filter, order and search, each as one SQL expression that yields the connection's JSON text.

A page reads the rows it returns and at most one more. The cursor holds the list and order it belongs to, a tag of the
tenant, the row's value in that order and its id.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    ColumnElement,
    Date,
    DateTime,
    Integer,
    Text,
    Uuid,
    and_,
    bindparam,
    cast,
    func,
    literal_column,
    select,
    true,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from server.db.tenancy import DOOR_TAG, tenant_tag
from server.errors import ErrorCode, RequestError
from server.planner import declarations as d
from server.planner.bounding import Bounded
from server.planner.filters import OrderBy
from server.planner.json_text import base64url, base64url_plain, fixed, joined, or_null, quoted, time_text
from server.planner.ordering import Page, beyond, ordering
from server.planner.reading import LIST_STEP, Compilation, Path, Source, kind_condition, object_text, open_source, step
from server.planner.selections import Selected

MAX_PAGE = 100
EXACT_COUNT = 10_000
_MAX_SEARCH = 200
_SEPARATOR = "\x1f"
"""Between the parts of a cursor: no order column may contain it (names are stripped of control characters)."""
_CURSOR_LENGTH = 200
"""A bound for a cursor whose key is no text."""
_PLAIN_KEYS = (DateTime, Date, Integer, Boolean, Uuid)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a cursor is read: the field and its list, in one order, of one tenant."""

    key: str
    list_name: str
    order: str
    column: Any
    tag: str


def read_page(
    connection: d.Connection,
    given: dict[str, Any],
    selected: Selected,
    tenant_id: UUID | None,
    *,
    scoped: bool = False,
) -> Page:
    """Raises BAD_USER_INPUT, naming the argument, for sizes and cursors that cannot be meant."""
    place = selected.key
    first, last = given.get("first"), given.get("last")
    if first is not None and last is not None:
        raise _bad(place, "first", "give first or last, not both")
    for name, size in (("first", first), ("last", last)):
        if size is not None and not 0 <= size <= MAX_PAGE:
            raise _bad(place, name, f"must be from 0 to {MAX_PAGE}")
    assert connection.orders is not None
    order, direction = connection.orders.chosen(given.get("order_by"))
    column = connection.orders.by[order].column
    here = _Place(place, _list_name(selected), order, column, tenant_tag(tenant_id))
    try:
        conditions = connection.filter.used(given.get("filter"))
    except ValueError as fault:
        raise _bad(place, "filter", str(fault)) from None
    size = first if first is not None else last
    return Page(
        size=connection.default_size if size is None else size,
        backward=last is not None,
        order=order,
        direction=direction,
        after=_read_cursor(given.get("after"), here, "after"),
        before=_read_cursor(given.get("before"), here, "before"),
        conditions=conditions,
        searched=_searched(given.get("search"), place),
        scoped=scoped,
    )


def _searched(text: str | None, place: str) -> bool:
    if text is not None and len(text) > _MAX_SEARCH:
        raise _bad(place, "search", f"at most {_MAX_SEARCH} characters")
    return text is not None and bool(text.strip())


def page_parameters(connection: d.Connection, page: Page, given: dict[str, Any], site: int) -> dict[str, Any]:
    prefix = f"s{site}_"
    found: dict[str, Any] = {f"{prefix}n": page.size, f"{prefix}n1": page.size + 1}
    for name, cursor in (("a", page.after), ("b", page.before)):
        if cursor is not None:
            found[f"{prefix}{name}v"], found[f"{prefix}{name}i"] = cursor
    found.update(connection.filter.parameters(page.conditions, given.get("filter"), prefix))
    if page.searched and connection.search is not None:
        found[f"{prefix}q"] = connection.search.terms(given["search"])
    return found


def connection_text(
    work: Compilation, one: Selected, connection: d.Connection, parent: Source | None, path: Path
) -> ColumnElement[str]:
    page: Page = work.given(one)["page"]
    node_type = work.catalogue.connections[one.type_name]
    fields = {child.key: child for child in one.only()}
    wants_more = any(child.name == "pageInfo" for child in fields.values())
    wants_rows = wants_more or any(child.name in ("edges", "nodes") for child in fields.values())
    parts: list[ColumnElement[str] | str] = ["{"]
    rows = _page_rows(work, one, connection, page, node_type, parent, path, wants_more) if wants_rows else None
    for index, child in enumerate(fields.values()):
        parts.append(("," if index else "") + f'"{child.key}":')
        parts.append(_connection_field(work, one, child, connection, page, node_type, parent, rows))
    text = joined([*parts, "}"])
    if rows is None:
        return text
    # One row, whatever is asked: a selection need not hold an aggregate (`pageInfo { hasPreviousPage }` has none).
    return select(text).select_from(rows).having(true()).scalar_subquery()


def _connection_field(
    work: Compilation,
    one: Selected,
    child: Selected,
    connection: d.Connection,
    page: Page,
    node_type: str,
    parent: Source | None,
    rows: Any,
) -> ColumnElement[str]:
    size = bindparam(f"s{one.site}_n", type_=Integer)
    match child.name:
        case "__typename":
            return quoted(fixed(one.type_name))
        case "edges" | "nodes":
            # A page read backwards comes out of the inner query in reverse; the list is always in the order asked for.
            number = rows.c.n.desc() if page.backward else rows.c.n
            items = func.string_agg(rows.c[_label(child)], aggregate_order_by(fixed(","), number))
            return joined(["[", func.coalesce(items.filter(rows.c.n <= size), fixed("")), "]"])
        case "pageInfo":
            return _page_info(one, child, page, rows, size)
        case "totalCount" | "totalCountIsExact":
            counted = _count(work, one, connection, page, node_type, parent)
            if child.name == "totalCount":
                return cast(func.least(counted, literal_column(str(EXACT_COUNT))), Text)
            return cast(counted <= literal_column(str(EXACT_COUNT)), Text)
    raise TypeError(f"A connection has no field {child.name}.")


def _page_info(connection: Selected, child: Selected, page: Page, rows: Any, size: Any) -> ColumnElement[str]:
    more = func.count(rows.c.n) > size
    first, last = (rows.c.n.desc(), rows.c.n) if page.backward else (rows.c.n, rows.c.n.desc())
    parts: list[ColumnElement[str] | str] = ["{"]
    for index, one in enumerate(child.only()):
        parts.append(("," if index else "") + f'"{one.key}":')
        match one.name:
            case "hasNextPage":
                parts.append(_flag(page.before is not None) if page.backward else cast(more, Text))
            case "hasPreviousPage":
                parts.append(cast(more, Text) if page.backward else _flag(page.after is not None))
            case "startCursor" | "endCursor":
                ends = (_end(rows, name, first if one.name == "startCursor" else last, size) for name in ("k", "i"))
                parts.append(or_null(quoted(_cursor_text(connection, page.order, *ends))))
            case _:
                parts.append(quoted(fixed("PageInfo")))
    return joined([*parts, "}"])


def _end(rows: Any, name: str, order: ColumnElement[Any], size: Any) -> ColumnElement[Any]:
    """What the first row in this order has in a column. A cursor is made of two of these, and so made but once."""
    column = rows.c[name]
    values = func.array_agg(aggregate_order_by(column, order)).filter(rows.c.n <= size)
    return type_coerce(values, ARRAY(column.type))[literal_column("1")]


def _label(child: Selected) -> str:
    """The column of a kind of item; prefixed, because an alias of the client may be any name."""
    return f"item_{child.key}"


def _flag(value: bool) -> ColumnElement[str]:
    return fixed("true" if value else "false")


def _page_rows(
    work: Compilation,
    one: Selected,
    connection: d.Connection,
    page: Page,
    node_type: str,
    parent: Source | None,
    path: Path,
    wants_more: bool,
) -> Any:
    """The derived table of the page: row number `n`, what the cursor is made of as `k` and `i`, and each kind of item."""
    assert connection.orders is not None
    order = connection.orders.by[page.order]
    source = open_source(work.catalogue, node_type)
    limit = bindparam(f"s{one.site}_n1" if wants_more else f"s{one.site}_n", type_=Integer)
    if parent is None:
        inner = Bounded(work, one.site, one.key, connection, page, node_type, limit).rows()
    else:
        inner = _ordered(work, one, connection, page, node_type, parent, source, order)
    limited = inner.limit(limit).subquery()
    row = Source(source.info, limited)
    key, tie = limited.c.order_key, limited.c.id
    cursor = _cursor_text(one, page.order, key, tie)
    number = func.row_number().over(order_by=ordering(page, key, tie))
    columns = [number.label("n"), key.label("k"), tie.label("i")]
    for child in one.only():
        if child.name == "edges":
            columns.append(_edge_text(work, child, row, cursor, (*path, step(child), LIST_STEP)).label(_label(child)))
        elif child.name == "nodes":
            columns.append(object_text(work, child.children, row, (*path, step(child), LIST_STEP)).label(_label(child)))
    statement = select(*columns).select_from(limited)
    return statement.correlate_except(limited).subquery()


def _ordered(
    work: Compilation,
    one: Selected,
    connection: d.Connection,
    page: Page,
    node_type: str,
    parent: Source | None,
    source: Source,
    order: OrderBy,
) -> Any:
    """The rows of the list from the cursor on, in the order of reading, with what they are ordered by as `order_key`."""
    conditions = _conditions(work, one, connection, page, node_type, parent, source)
    froms: Any = source.rows
    own = [source.rows]
    if order.joined is None:
        key, tie = source.adapt(order.column), source.rows.c.id
    else:
        other = order.column.table.alias()
        own.append(other)
        key, tie = other.c[order.column.name], other.c[order.joined.name]
        froms = other.join(source.rows, and_(source.rows.c.tenant_id == other.c.tenant_id, source.rows.c.id == tie))
        conditions.append(other.c.tenant_id == (work.tenant if parent is None else parent.rows.c.tenant_id))
    conditions += beyond(page, f"s{one.site}_", key, tie)
    columns = [*source.rows.c, key.label("order_key")]
    inner = select(*columns).select_from(froms).where(*conditions).order_by(*ordering(page, key, tie))
    return inner.correlate_except(*own)


def _conditions(
    work: Compilation,
    one: Selected,
    connection: d.Connection,
    page: Page,
    node_type: str,
    parent: Source | None,
    source: Source,
) -> list[Any]:
    tenant = work.tenant if parent is None else parent.rows.c.tenant_id
    conditions: list[Any] = [source.rows.c.tenant_id == tenant, *kind_condition(work.catalogue, node_type, source)]
    if parent is not None and connection.by is not None:
        conditions.append(source.adapt(connection.by) == parent.rows.c.id)
    if connection.where is not None:
        conditions.append(source.adapt(connection.where))
    prefix = f"s{one.site}_"
    conditions.extend(connection.filter.conditions(page.conditions, source.rows, source.adapt, prefix))
    if page.searched and connection.search is not None:
        conditions.append(connection.search.condition(source.rows, f"{prefix}q"))
    return conditions


def _count(
    work: Compilation, one: Selected, connection: d.Connection, page: Page, node_type: str, parent: Source | None
) -> Any:
    """How many match, counted no further than one past what is promised to be exact."""
    source = open_source(work.catalogue, node_type)
    conditions = _conditions(work, one, connection, page, node_type, parent, source)
    found = (
        select(literal_column("1"))
        .select_from(source.rows)
        .where(*conditions)
        .limit(literal_column(str(EXACT_COUNT + 1)))
        .correlate_except(source.rows)
        .subquery()
    )
    return select(func.count()).select_from(found).scalar_subquery()


def _edge_text(
    work: Compilation, edges: Selected, row: Source, cursor: ColumnElement[str], path: Path
) -> ColumnElement[str]:
    parts: list[ColumnElement[str] | str] = ["{"]
    for index, one in enumerate(edges.only()):
        parts.append(("," if index else "") + f'"{one.key}":')
        match one.name:
            case "node":
                parts.append(object_text(work, one.children, row, (*path, step(one))))
            case "cursor":
                parts.append(quoted(cursor))
            case _:
                parts.append(quoted(fixed(edges.type_name)))
    return joined([*parts, "}"])


def _list_name(selected: Selected) -> str:
    """Lists of the same things, wherever they stand, share their orders and so their cursors."""
    return selected.type_name.removesuffix("Connection")


def _cursor_text(one: Selected, order: str, key: ColumnElement[Any], id: ColumnElement[Any]) -> ColumnElement[str]:
    text = time_text(key) if isinstance(key.type, DateTime) else cast(key, Text)
    place = f"{_list_name(one)}.{order}{_SEPARATOR}"
    plain = joined([place, DOOR_TAG, _SEPARATOR, text, _SEPARATOR, cast(id, Text)])
    return base64url_plain(plain, longest=_CURSOR_LENGTH) if isinstance(key.type, _PLAIN_KEYS) else base64url(plain)


def _read_cursor(text: str | None, here: _Place, name: str) -> tuple[Any, UUID] | None:
    """A cursor of another order is told so; every other one that does not belong here is told nothing."""
    if text is None:
        return None
    try:
        plain = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode()
        place, tag, value, id = plain.split(_SEPARATOR)
        list_name, of = place.split(".")
        if list_name != here.list_name or tag != here.tag:
            raise ValueError(place)
        if of != here.order:
            raise _bad(here.key, name, f"this cursor belongs to the order {of}, not {here.order}")
        return _cursor_value(value, here.column), UUID(id)
    except ValueError:
        raise _bad(here.key, name, "this is not a cursor of this list") from None


def _cursor_value(text: str, column: Any) -> Any:
    match column.type:
        case DateTime():
            return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
        case Date():
            return date.fromisoformat(text)
        case Boolean():
            return {"true": True, "false": False}[text] if text in ("true", "false") else int("not a flag")
        case BigInteger() | Integer():
            number = int(text)
            if not -(2**63) <= number < 2**63:
                raise ValueError(text)
            return number
        case Uuid():
            return UUID(text)
    return text


def _bad(place: str, name: str, why: str) -> RequestError:
    return RequestError(ErrorCode.BAD_USER_INPUT, f"{place}({name}): {why}.", argument=name)
