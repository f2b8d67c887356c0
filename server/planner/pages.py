"""Connections: keyset pages with filter, order and search, each as one SQL expression that yields the connection's JSON text.

A page reads the rows it returns and at most one more. The cursor holds the list and order it belongs to, a tag of the
tenant, the row's value in that order and its id.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Integer,
    Text,
    and_,
    bindparam,
    cast,
    func,
    literal_column,
    not_,
    select,
    true,
    type_coerce,
    union_all,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from server.db.tenancy import tenant_tag
from server.planner import declarations as d
from server.planner.bounding import Bounded
from server.planner.cursors import Place, bad, cursor_text, list_name, read_cursor
from server.planner.filters import OrderBy
from server.planner.json_text import fixed, joined, or_null, quoted
from server.planner.ordering import Page, beyond, ordering
from server.planner.reading import (
    LIST_STEP,
    Compilation,
    Path,
    Source,
    belongs,
    kind_condition,
    object_text,
    open_source,
    relatives,
    step,
)
from server.planner.selections import Selected

MAX_PAGE = 100
EXACT_COUNT = 10_000
_MAX_SEARCH = 200


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
        raise bad(place, "first", "give first or last, not both")
    for name, size in (("first", first), ("last", last)):
        if size is not None and not 0 <= size <= MAX_PAGE:
            raise bad(place, name, f"must be from 0 to {MAX_PAGE}")
    assert connection.orders is not None
    order, direction = connection.orders.chosen(given.get("order_by"))
    column = connection.orders.by[order].column
    here = Place(place, list_name(selected), order, column, tenant_tag(tenant_id))
    try:
        conditions = connection.filter.used(given.get("filter"))
    except ValueError as fault:
        raise bad(place, "filter", str(fault)) from None
    size = first if first is not None else last
    return Page(
        size=connection.default_size if size is None else size,
        backward=last is not None,
        order=order,
        direction=direction,
        after=read_cursor(given.get("after"), here, "after"),
        before=read_cursor(given.get("before"), here, "before"),
        conditions=conditions,
        searched=_searched(given.get("search"), place),
        scoped=scoped,
    )


def _searched(text: str | None, place: str) -> bool:
    if text is not None and len(text) > _MAX_SEARCH:
        raise bad(place, "search", f"at most {_MAX_SEARCH} characters")
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
        parts.append(_connection_field(work, one, child, connection, page, node_type, parent, rows, wants_more))
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
    wants_more: bool,
) -> ColumnElement[str]:
    size = bindparam(f"s{one.site}_n", type_=Integer)
    match child.name:
        case "__typename":
            return quoted(fixed(one.type_name))
        case "edges" | "nodes":
            items = _items_text(rows.c[_label(child)], page, rows, size if wants_more else None)
            return joined(["[", func.coalesce(items, fixed("")), "]"])
        case "pageInfo":
            return _page_info(one, child, page, rows, size)
        case "totalCount" | "totalCountIsExact":
            counted = _count(work, one, connection, page, node_type, parent)
            if child.name == "totalCount":
                return cast(func.least(counted, literal_column(str(EXACT_COUNT))), Text)
            return cast(counted <= literal_column(str(EXACT_COUNT)), Text)
    raise TypeError(f"A connection has no field {child.name}.")


def _page_info(connection: Selected, child: Selected, page: Page, rows: Any, size: Any) -> ColumnElement[str]:
    more = func.count() > size
    parts: list[ColumnElement[str] | str] = ["{"]
    for index, one in enumerate(child.only()):
        parts.append(("," if index else "") + f'"{one.key}":')
        match one.name:
            case "hasNextPage":
                parts.append(_flag(page.before is not None) if page.backward else cast(more, Text))
            case "hasPreviousPage":
                parts.append(cast(more, Text) if page.backward else _flag(page.after is not None))
            case "startCursor" | "endCursor":
                place = _end(page, size, first=one.name == "startCursor")
                key, id = (_in_order(rows.c[name], page, rows)[place] for name in ("k", "i"))
                parts.append(or_null(quoted(cursor_text(connection, page.order, key, id))))
            case _:
                parts.append(quoted(fixed("PageInfo")))
    return joined([*parts, "}"])


def _items_text(item: ColumnElement[str], page: Page, rows: Any, size: Any) -> ColumnElement[str]:
    """The items, comma between. With a `size` there may be one row too many, the last that was read.

    What is aggregated keeps the order in which the page was read, and PostgreSQL knows that it need not sort again. Rows
    that carried a number of their own made it do so, and cost a tenth of a page.
    """
    if size is None:
        return func.string_agg(item, aggregate_order_by(fixed(","), *_listing(page, rows)))
    read = _count_read()
    first, last = (read - size + literal_column("1"), read) if page.backward else (literal_column("1"), size)
    return func.array_to_string(_in_order(item, page, rows)[first:last], fixed(","))


def _in_order(column: ColumnElement[Any], page: Page, rows: Any) -> ColumnElement[Any]:
    """What the rows have in a column, as an array in the order of the list."""
    values = func.array_agg(aggregate_order_by(column, *_listing(page, rows)))
    return type_coerce(values, ARRAY(column.type))


def _listing(page: Page, rows: Any) -> list[Any]:
    """The order of the list, which a page asked for from the end is read against."""
    return ordering(replace(page, backward=False), rows.c.k, rows.c.i)


def _count_read() -> ColumnElement[int]:
    return cast(func.count(), Integer)


def _end(page: Page, size: Any, *, first: bool) -> ColumnElement[int]:
    """The place of the first or last row of the page among those read; outside of them where there is none."""
    one: ColumnElement[int] = literal_column("1", Integer)
    read = _count_read()
    if page.backward:
        return func.greatest(read - size, literal_column("0")) + one if first else read * func.least(size, one)
    return func.least(size, one) if first else func.least(read, size)


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
    """The derived table of the page: row number `n`, what it is ordered by as `k` and `i`, and the text of each kind of item."""
    assert connection.orders is not None
    order = connection.orders.by[page.order]
    source = open_source(work.catalogue, node_type)
    limit = bindparam(f"s{one.site}_n1" if wants_more else f"s{one.site}_n", type_=Integer)
    if parent is None:
        inner = Bounded(work, one.site, one.key, connection, page, node_type, limit).rows()
    else:
        inner = _ordered(work, one, connection, page, node_type, parent, source, order, limit)
    limited = inner.limit(limit).subquery()
    row = Source(source.info, limited)
    key, tie = limited.c.order_key, limited.c.id
    cursor = cursor_text(one, page.order, key, tie)
    columns = [key.label("k"), tie.label("i")]
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
    limit: Any,
) -> Any:
    """The rows of the list from the cursor on, in the order of reading, with what they are ordered by as `order_key`."""
    if parent is not None and parent.info.family is not None and connection.by is not None:
        return _of_family(work, one, connection, page, node_type, parent, source, limit)
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


def _of_family(
    work: Compilation,
    one: Selected,
    connection: d.Connection,
    page: Page,
    node_type: str,
    parent: Source,
    source: Source,
    limit: Any,
) -> Any:
    """The same where several rows are one parent: of each no more than the page has, in the order of its index, then all.

    Who is alone is read as if there were no families: the second half starts with the parent's, and then never begins.
    """
    assert connection.orders is not None
    assert connection.orders.by[page.order].joined is None, (
        "What belongs to a family is ordered by a column of its own."
    )
    key_column = connection.orders.by[page.order].column

    def first_of(rows: Source, owner: ColumnElement[Any]) -> Any:
        key, tie = rows.adapt(key_column), rows.rows.c.id
        conditions = _conditions(work, one, connection, page, node_type, parent, rows, owner)
        return (
            select(*rows.rows.c, key.label("order_key"))
            .where(*conditions, *beyond(page, f"s{one.site}_", key, tie))
            .order_by(*ordering(page, key, tie))
            .limit(limit)
            .correlate_except(rows.rows)
            .lateral()
        )

    relative = relatives(parent)
    own = first_of(source, parent.rows.c.id)
    theirs = first_of(open_source(work.catalogue, node_type), relative.c.id)
    of_relatives = (
        select(*theirs.c)
        .select_from(relative.join(theirs, true()))
        .order_by(*ordering(page, theirs.c.order_key, theirs.c.id))
        .limit(limit)
        .correlate_except(relative, theirs)
        .lateral()
    )
    # Asked outside of what is sorted: else something would be sorted for everybody who has no relatives.
    has_any = parent.adapt(parent.info.family).isnot(None)
    both = union_all(
        select(*own.c).correlate_except(own),
        select(*of_relatives.c).where(has_any).correlate_except(of_relatives),
    ).lateral()
    return select(*both.c).order_by(*ordering(page, both.c.order_key, both.c.id)).correlate_except(both)


def _conditions(
    work: Compilation,
    one: Selected,
    connection: d.Connection,
    page: Page,
    node_type: str,
    parent: Source | None,
    source: Source,
    owner: ColumnElement[Any] | None = None,
    *,
    without_shared: bool = False,
) -> list[Any]:
    """`owner`: whose rows, where that is not simply everybody's who is one with the parent. `without_shared`: all but the
    conditions a family may meet together."""
    tenant = work.tenant if parent is None else parent.rows.c.tenant_id
    conditions: list[Any] = [source.rows.c.tenant_id == tenant, *kind_condition(work.catalogue, node_type, source)]
    if parent is not None and connection.by is not None:
        conditions.append(
            source.adapt(connection.by) == owner if owner is not None else belongs(source.adapt(connection.by), parent)
        )
    if connection.where is not None:
        conditions.append(source.adapt(connection.where))
    prefix = f"s{one.site}_"
    given = connection.filter.given(page.conditions, prefix)
    conditions.extend(
        condition.on(source.rows, source.adapt)
        for condition in given
        if not without_shared or condition.predicate.family is None
    )
    if page.searched and connection.search is not None:
        conditions.append(connection.search.condition(source.rows, f"{prefix}q"))
    return conditions


def _count(
    work: Compilation, one: Selected, connection: d.Connection, page: Page, node_type: str, parent: Source | None
) -> Any:
    """How many match, counted no further than one past what is promised to be exact."""
    source = open_source(work.catalogue, node_type)
    conditions = _conditions(work, one, connection, page, node_type, parent, source)
    found = _bounded(source, conditions)
    given = connection.filter.given(page.conditions, f"s{one.site}_")
    shared = [condition for condition in given if condition.predicate.family is not None]
    if not shared:
        return select(func.count()).select_from(found.subquery()).scalar_subquery()
    # Beside those the filter holds for: those for whose family it does. Apart, for the former are found by their children.
    source = open_source(work.catalogue, node_type)
    own = and_(*(condition.on(source.rows, source.adapt) for condition in shared))
    wider = [condition.on(source.rows, source.adapt, probed=True) for condition in shared]
    conditions = _conditions(work, one, connection, page, node_type, parent, source, without_shared=True)
    families = source.adapt(shared[0].predicate.family).isnot(None)
    more = _bounded(source, [*conditions, families, *wider, not_(own)])
    both = union_all(select(found.subquery()), select(more.subquery())).subquery()
    return select(func.count()).select_from(both).scalar_subquery()


def _bounded(source: Source, conditions: Sequence[Any]) -> Any:
    return (
        select(literal_column("1").label("one"))
        .select_from(source.rows)
        .where(*conditions)
        .limit(literal_column(str(EXACT_COUNT + 1)))
        .correlate_except(source.rows)
    )


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
