"""Keeps a list bounded: what a page costs does not grow with the tenant, whatever the list is narrowed by.

A page is read by walking an index in the order asked for. Conditions that index holds cost nothing; the others are
checked row by row, which is quick where they hold often and endless where they hold rarely. So before walking, what an
index could answer by itself gathers the rows it holds for, up to `GATHERED`: are they so few, they are the page's
source, sorted. A walk that has checked `WALKED` rows without filling the page ends in a refusal.

Indexes are found in the declarations of the tables; nothing here knows a domain.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import (
    ARRAY,
    Table,
    Uuid,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    null,
    select,
    true,
    union_all,
)

from server.db.budget import refuse_walk
from server.db.policies import ACCESS
from server.db.tenancy import DOOR_STAFF
from server.planner import declarations as d
from server.planner.filters import Condition, OrderBy
from server.planner.indexes import answered, best_front, in_front, indexes_of, repeated
from server.planner.json_text import fixed
from server.planner.ordering import Page, beyond, ordering
from server.planner.reading import Compilation, Source, kind_condition, open_source

WALKED = 2_000
"""Rows a walk may check for one page: 20 times the largest page."""
GATHERED = 1_500
"""Rows a condition may hold for and still be where the page comes from."""
SPREAD = 100
"""Values of a condition whose rows are merged, each value read from its own place in an index."""

_SEARCH: Literal["search"] = "search"
_SCOPE: Literal["scope"] = "scope"
Child = Condition | Literal["search", "scope"]
"""What can be walked or gathered by a table of its own: a condition, the search, what the caller may see."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The rows of a list: where they come from, what they are ordered by, and what always holds for them."""

    source: Source
    froms: Any
    key: Any
    tie: Any
    conditions: list[Any]

    @property
    def columns(self) -> list[Any]:
        return [*self.source.rows.c, self.key.label("order_key")]


@dataclass(frozen=True, slots=True)
class Lead:
    """Something that can name what it holds for: values of `column` of the list's table, and at most how many may be."""

    column: str
    values: Any
    most: int


@dataclass(frozen=True, slots=True)
class Bounded:
    """A list that is bounded by nothing else: one at the root."""

    work: Compilation
    site: int
    key: str
    connection: d.Connection
    page: Page
    node_type: str
    limit: Any

    def rows(self) -> Any:
        """The rows of the page, in the order of reading, with what they are ordered by as `order_key`."""
        held, child = self._held()
        checked = [one for one in self._conditions if one not in held]
        walk = self._walk(held, child, checked)
        needs_lead = checked or self.page.searched or (self._scoped and child != _SCOPE)
        leads = list(self._leads(held, checked)) if needs_lead else []
        return self._gather_or_walk(leads, held, walk) if leads else walk

    # ------------------------------------------------------------------------------------------------- what is given

    @property
    def _prefix(self) -> str:
        return f"s{self.site}_"

    @property
    def _order(self) -> OrderBy:
        assert self.connection.orders is not None
        return self.connection.orders.by[self.page.order]

    @property
    def _table(self) -> Table:
        return self.work.catalogue.nodes[self.work.catalogue.concrete(self.node_type)[0].name].table

    @property
    def _seen_by(self) -> str | None:
        """The column that decides who sees a row."""
        return self._table.info.get("customer")

    @property
    def _scoped(self) -> bool:
        return self.page.scoped and self._seen_by is not None

    @property
    def _hits(self) -> int:
        """How many a search may find and still be gathered; for whom most hits are out of sight, each costs many."""
        return GATHERED // 30 if self._scoped else GATHERED

    @property
    def _conditions(self) -> list[Condition]:
        given = self.connection.filter.given(self.page.conditions, self._prefix)
        return [*given, *(more for one in given for more in one.implied)]

    def _open(self, source: Source | None = None) -> Opened:
        source = source or open_source(self.work.catalogue, self.node_type)
        rows, order, tenant = source.rows, self._order, self.work.tenant
        conditions = [rows.c.tenant_id == tenant, *kind_condition(self.work.catalogue, self.node_type, source)]
        if self.connection.where is not None:
            conditions.append(source.adapt(self.connection.where))
        if order.joined is None:
            return Opened(source, rows, source.adapt(order.column), rows.c.id, conditions)
        other = order.column.table.alias()
        tie = other.c[order.joined.name]
        froms = other.join(rows, and_(rows.c.tenant_id == other.c.tenant_id, rows.c.id == tie))
        return Opened(source, froms, other.c[order.column.name], tie, [*conditions, other.c.tenant_id == tenant])

    def _child(self, child: Child) -> tuple[Any, Any, list[Any]]:
        """Of the table behind `child`: the column of the value, the column of whom it belongs to, its conditions."""
        if child == _SEARCH:
            search = self.connection.search
            assert search is not None
            rows = search.column.table.alias()
            value, owner = rows.c[search.column.name], rows.c[search.owner.name]
            conditions = [value == search.rarest(self.work.tenant, f"{self._prefix}q", self._hits + 1)]
        elif child == _SCOPE:
            rows = self._table.metadata.tables[ACCESS].alias()
            value, owner, conditions = rows.c.staff_id, rows.c.customer_id, [rows.c.staff_id == DOOR_STAFF]
        else:
            assert isinstance(child, Condition)
            rows = child.predicate.column.table.alias()
            value, owner = rows.c[child.predicate.column.name], rows.c[child.owner.name]
            conditions = child.predicate.inside(child.operators, rows)
        return value, owner, [rows.c.tenant_id == self.work.tenant, *conditions]

    # -------------------------------------------------------------------------------------------------------- walking

    def _held(self) -> tuple[list[Condition], Child | None]:
        """What the best index in this order holds, and the table beside the list's own that it belongs to, if it does."""
        order = self._order
        if order.joined is not None:
            return [], None
        name = order.column.name
        ordered = [one for one in self._conditions if one.own == name and one.is_range]
        best = best_front(self._table, self._conditions, name)
        if best:
            return [*best, *ordered], None
        for child in self._children():
            value, owner, _ = self._child(child)
            if repeated(self._table, name, _of(value), _of(owner)) is not None:
                return [*([child] if isinstance(child, Condition) else []), *ordered], child
        return ordered, None

    def _children(self) -> Iterator[Child]:
        if self.page.searched:
            yield _SEARCH
        yield from (
            one for one in self._conditions if one.owner is not None and one.operator == "eq" and one.towards == "id"
        )
        if self._scoped and self._seen_by == "id":
            yield _SCOPE

    def _walk(self, held: Sequence[Condition], child: Child | None, checked: Sequence[Condition]) -> Any:
        """The rows in order; where something must be checked, no more than WALKED of them."""
        opened = self._open() if child is None else self._by_way_of(child, held)
        rows, adapt = opened.source.rows, opened.source.adapt
        own = [one for one in held if one is not child]
        # An index in front of which stands "is null" is in order only if the order says so.
        nulls = [rows.c[str(one.own)] for one in own if one.operator == "is_null:True"]
        conditions = [*opened.conditions, *(one.on(rows, adapt) for one in own)]
        if child is None:
            conditions += beyond(self.page, self._prefix, opened.key, opened.tie)
        walk = select(*opened.columns).select_from(opened.froms).where(*conditions)
        walk = walk.order_by(*ordering(self.page, *nulls, opened.key, opened.tie))
        if not checked and not self.page.searched:
            return walk
        number = func.row_number().over().label("walked")
        counted = walk.add_columns(number).limit(literal_column(str(WALKED + 1))).subquery()
        too_far = counted.c.walked > literal_column(str(WALKED))
        holds = and_(true(), *self._all(checked, Source(opened.source.info, counted)))
        columns = [column for column in counted.c if column.name != "walked"]
        return select(*columns).where(case((too_far, refuse_walk(fixed(self.key))), else_=holds))

    def _by_way_of(self, child: Child, held: Sequence[Condition]) -> Opened:
        """The list's rows by way of a table that repeats their order. Two of its rows for one of ours count once.

        Where a child counts for the family of its owner, all rows of such families stand beside, in their own places.
        """
        value, owner, conditions = self._child(child)
        key = value.table.c[repeated(self._table, self._order.column.name, _of(value), _of(owner)).name]
        ranges = [one.with_column(key) for one in held if one.own == self._order.column.name]
        entries: Any = select(key.label("k"), owner.label("o")).where(
            *conditions, *ranges, *beyond(self.page, self._prefix, key, owner)
        )
        places = (key, owner)
        if isinstance(child, Condition) and child.predicate.family is not None:
            either = union_all(entries, self._of_families(child, held)).subquery()
            entries, places = select(either.c.k, either.c.o), (either.c.k, either.c.o)
        entries = entries.distinct().order_by(*ordering(self.page, *places)).subquery()
        opened = self._open()
        froms = entries.join(opened.source.rows, opened.tie == entries.c.o)
        return Opened(opened.source, froms, entries.c.k, entries.c.o, opened.conditions)

    def _of_families(self, child: Condition, held: Sequence[Condition]) -> Any:
        """The rows whose family has such a child, with what they are ordered by."""
        others, relative, row = child.predicate.column.table.alias(), self._table.alias(), self._table.alias()
        name = child.predicate.family.name
        key = row.c[self._order.column.name]
        ranges = [one.with_column(key) for one in held if one.own == self._order.column.name]
        return select(key.label("k"), row.c.id.label("o")).where(
            relative.c.tenant_id == self.work.tenant,
            *child.predicate.of_relative(child.operators, others, relative),
            row.c.tenant_id == relative.c.tenant_id,
            row.c[name] == relative.c[name],
            *ranges,
            *beyond(self.page, self._prefix, key, row.c.id),
        )

    def _all(self, conditions: Sequence[Condition], source: Source) -> list[Any]:
        found = [one.on(source.rows, source.adapt, probed=True) for one in conditions]
        if self.page.searched and self.connection.search is not None:
            found.append(self.connection.search.holds(source.rows, f"{self._prefix}q"))
        return found

    # ------------------------------------------------------------------------------------------------------ gathering

    def _leads(self, held: Sequence[Condition], checked: Sequence[Condition]) -> Iterator[Lead]:
        """What the caller may see comes first. Where that decides, other leads would pass over what is out of sight."""
        if self._scoped:
            assert self._seen_by is not None
            yield Lead(self._seen_by, self._values(_SCOPE, GATHERED), GATHERED)
        if self.page.searched:
            yield Lead("id", self._values(_SEARCH, self._hits), self._hits)
        if self._scoped:
            return
        for one in checked:
            if one.towards is not None and self._names_few(one):
                yield Lead(one.towards, self._values(one, GATHERED), GATHERED)
            elif one.towards is not None and len(checked) == 1 and self._spreads(one, held):
                yield Lead(one.towards, self._values(one, SPREAD), SPREAD)
        for conditions in answered(self._table, self._conditions):
            source = open_source(self.work.catalogue, self.node_type)
            rows = source.rows
            values = select(rows.c.id).where(
                rows.c.tenant_id == self.work.tenant, *(one.on(rows, source.adapt) for one in conditions)
            )
            yield Lead("id", values.limit(literal_column(str(GATHERED + 1))), GATHERED)

    def _values(self, child: Child, most: int) -> Any:
        if isinstance(child, Condition) and child.owner is None:
            ((_, name),) = child.operators
            found = select(func.unnest(bindparam(name, type_=ARRAY(child.predicate.column.type))))
        else:
            _, owner, conditions = self._child(child)
            found = select(owner.label("o")).where(*conditions)
            if isinstance(child, Condition) and child.predicate.family is not None:
                found = select(union_all(found, self._owners_of_families(child)).subquery().c.o)
        return found.limit(literal_column(str(most + 1)))

    def _owners_of_families(self, child: Condition) -> Any:
        """Everybody whose family has such a child."""
        others, relative, row = child.predicate.column.table.alias(), self._table.alias(), self._table.alias()
        name = child.predicate.family.name
        return select(row.c.id.label("o")).where(
            relative.c.tenant_id == self.work.tenant,
            *child.predicate.of_relative(child.operators, others, relative),
            row.c.tenant_id == relative.c.tenant_id,
            row.c[name] == relative.c[name],
        )

    def _names_few(self, one: Condition) -> bool:
        """Whether a child table has an index on what is asked, and its rows belong to one of ours, or to one of few."""
        if one.owner is None or one.towards not in ("id", self._seen_by):
            return False
        column = one.predicate.column
        leading = any(columns[0] == column.name for columns in indexes_of(column.table))
        return leading and (one.operator in ("eq", "in_") or one.is_range)

    def _spreads(self, one: Condition, held: Sequence[Condition]) -> bool:
        """Whether an index holds each value of the condition in order, and everything else that was asked for."""
        operators = ("in_",) if one.owner is None else ("eq", "in_")
        if self._order.joined is not None or self.page.searched or one.operator not in operators:
            return False
        wanted = frozenset(str(name) for name in (one.towards, *(other.own for other in held if other.is_point)))
        fronts = (in_front(columns, self._order.column.name, "id") for columns in indexes_of(self._table))
        return any(front == wanted for front in fronts)

    def _gather_or_walk(self, leads: Sequence[Lead], held: Sequence[Condition], walk: Any) -> Any:
        """Both in one statement: the shortest lead that is complete, or the walk, which otherwise never starts."""
        columns = list(dict.fromkeys(lead.column for lead in leads))
        tried = _all_of(self._tried(lead, columns, first=index == 0) for index, lead in enumerate(leads))
        size = func.coalesce(*(func.cardinality(tried.c[f"found{number}"]) for number in range(len(columns))))
        best = select(*tried.c).where(size <= tried.c.most).order_by(size).limit(literal_column("1")).lateral()
        # The first lead by itself, once, so that the others can be left untried.
        first = select(self._array(leads[0]).label("found")).offset(literal_column("0")).subquery(f"first{self.site}")
        picked = select(*best.c).select_from(first.outerjoin(best, true())).subquery(f"picked{self.site}")
        branches = [self._gathered(name, number, held) for number, name in enumerate(columns)]
        if self._scoped and self._table.c[str(self._seen_by)].nullable:
            branches.append(self._of_nobody())
        walked = walk.limit(self.limit).subquery()
        branches.append(select(*walked.c).where(literal_column(f"picked{self.site}.most").is_(None)))
        rows = _all_of(branches)
        statement = select(*rows.c).select_from(picked.join(rows, true()))
        return statement.order_by(*ordering(self.page, rows.c.order_key, rows.c.id))

    def _array(self, lead: Lead) -> Any:
        return func.array(lead.values.scalar_subquery(), type_=ARRAY(self._table.c[lead.column].type))

    def _tried(self, lead: Lead, columns: Sequence[str], *, first: bool) -> Any:
        """What the lead found, in the place of its column. Where the scope, first of leads, decides, no other is tried."""
        found = literal_column(f"first{self.site}.found") if first else self._array(lead)
        if self._scoped and not first:
            size = func.cardinality(literal_column(f"first{self.site}.found", ARRAY(Uuid)))
            found = case((size > literal_column(str(GATHERED)), found))
        labels = []
        for number, name in enumerate(columns):
            type_ = ARRAY(self._table.c[name].type)
            here = found if name == lead.column else cast(null(), type_)
            labels.append(here.label(f"found{number}"))
        return select(*labels, literal_column(str(lead.most)).label("most")).offset(literal_column("0"))

    def _gathered(self, column: str, number: int, held: Sequence[Condition]) -> Any:
        """The page out of what was gathered: of each value no more rows than the page has, then the first of all."""
        type_ = ARRAY(self._table.c[column].type)
        values = (
            select(func.unnest(literal_column(f"picked{self.site}.found{number}", type_)).label("v"))
            .distinct()
            .subquery()
        )
        spread = column not in ("id", self._seen_by)
        conditions = held if spread else self._conditions
        own = self._open()
        if column == "id":
            # Fenced, so that each row is found by its key and only then checked: what it is checked for has indexes too.
            rows = own.source.rows
            by_key = select(*rows.c).where(rows.c.tenant_id == self.work.tenant, rows.c.id == values.c.v)
            fenced = by_key.offset(literal_column("0")).correlate(values).lateral()
            opened = self._open(Source(own.source.info, fenced))
            opened = dataclasses.replace(opened, froms=values.join(opened.froms, true()))
            return self._page_of(opened, [], conditions)
        rows = self._page_of(own, [own.source.rows.c[column] == values.c.v], conditions).correlate(values).lateral()
        found = select(*rows.c).select_from(values.join(rows, true()))
        return found.order_by(*ordering(self.page, rows.c.order_key, rows.c.id)).limit(self.limit)

    def _of_nobody(self) -> Any:
        """Beside what was gathered by who may see it: rows that belong to nobody have a rule of their own."""
        opened = self._open()
        seen_by = opened.source.rows.c[str(self._seen_by)]
        gathered = literal_column(f"picked{self.site}.most").isnot(None)
        return self._page_of(opened, [seen_by.is_(null()), gathered], self._conditions, seen_by)

    def _page_of(self, opened: Opened, where: Sequence[Any], conditions: Sequence[Condition], *front: Any) -> Any:
        return (
            select(*opened.columns)
            .select_from(opened.froms)
            .where(
                *where,
                *opened.conditions,
                *self._all(conditions, opened.source),
                *beyond(self.page, self._prefix, opened.key, opened.tie),
            )
            .order_by(*ordering(self.page, *front, opened.key, opened.tie))
            .limit(self.limit)
        )


def _all_of(selects: Iterable[Any]) -> Any:
    """UNION ALL of selects with limits of their own; each a subquery, because SQLAlchemy cannot look through brackets."""
    return union_all(*(select(*one.subquery().c) for one in selects)).lateral()


def _of(column: Any) -> Any:
    """The column of the table itself, from one of an alias."""
    return column.table.element.c[column.name] if hasattr(column.table, "element") else column
