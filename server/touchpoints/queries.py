"""Every SELECT the room needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    FromClause,
    Select,
    Text,
    Uuid,
    and_,
    bindparam,
    cast,
    column,
    exists,
    func,
    literal_column,
    null,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import insert

from server.customers import visibility
from server.customers.capacities import capacities
from server.customers.family import kin, one_with
from server.customers.tables import Case, Customer
from server.db.asking import Question, question
from server.db.statements import table_of
from server.db.tenancy import DOOR_TENANT
from server.db.work import Work
from server.items.tables import Item
from server.operations.purposes import Purpose
from server.operations.tables import Store
from server.tenants.tables import StaffMember
from server.touchpoints.outcomes import Direction
from server.touchpoints.tables import Touchpoint, TouchpointOutcome
from server.work_items.kinds import WorkItemKind, WorkItemState
from server.work_items.tables import WorkItem

_APPOINTMENT: Any = literal_column(f"'{Purpose.APPOINTMENT.value}'")


class Named(NamedTuple):
    """What one input names, by id, and the time it speaks of. The order is that of the statement's arrays."""

    customer_id: UUID
    staff_id: UUID | None
    case_id: UUID | None
    store_id: UUID | None
    item_id: UUID | None
    at: datetime | None
    """None means now."""
    purpose: str | None = None
    """What it was for; none where it was for nothing in particular."""


Theirs = Callable[[ColumnElement[Any]], ColumnElement[bool]]
"""That a column holds the id of the customer an input names, in the sense of the statement."""

_TYPES: dict[str, Any] = dict.fromkeys(Named._fields, Uuid()) | {"at": DateTime(timezone=True), "purpose": Text()}


async def known(work: Work, named: Sequence[Named]) -> list[asyncpg.Record]:
    """For each input, in order: whether each thing it names is there, and the capacity of its staff member then.

    `visible` says whether the customer is there and the caller's to see.

    The capacity is the one of `customers.capacities`, and `outside` whether the purpose lies outside all of them, which
    says nothing of shared purposes. `place_id` is the store it happened at: the one named; else, of what
    a staff member did, the one the capacity is held at, or the customer's home store.

    Where a purpose is named: `waiting`, whether the customer waits for an answer on it; `answered`, whether somebody
    contacted them on it then or later; `owner_role_id` and `owner_group_id`, who owned it then.

    All of it holds for the person: `kin` are the ids of the customer and of whoever is one with them, null where nobody is.
    """
    found = await _asked(work, named, of_family=False)
    merged = [place for place, record in enumerate(found) if record["family_id"] is not None]
    if merged:
        again = await _asked(work, [named[place] for place in merged], of_family=True)
        for place, record in zip(merged, again, strict=True):
            found[place] = record
    return found


async def _asked(work: Work, named: Sequence[Named], *, of_family: bool) -> list[asyncpg.Record]:
    """Under the id of the customer alone, which is quicker, or under those of everybody who is one with them."""
    looking = visibility.eyes(work)
    if len(named) == 1:
        return list(await work.ask(_known_of_one(of_family), **named[0]._asdict(), **looking))
    arrays = {name: [one[place] for one in named] for place, name in enumerate(Named._fields)}
    return list(await work.ask(_known_of_many(of_family), **arrays, **looking))


async def append_outcome(work: Work, entry: TouchpointOutcome) -> bool:
    """Append to the list of outcomes. False where just this is in it already: providers report more than once."""
    entry.tenant_id, entry.recorded_at = work.tenant_id, work.now
    values = {name: getattr(entry, name) for name in TouchpointOutcome.model_fields}
    statement = insert(table_of(TouchpointOutcome)).values(values)
    same = ["tenant_id", "touchpoint_id", "outcome", "occurred_at"]
    return await work.execute(statement.on_conflict_do_nothing(index_elements=same)) == 1


async def outcome_at(work: Work, touchpoint_id: UUID, outcome: str, occurred_at: datetime) -> TouchpointOutcome:
    """The entry that is in the list."""
    rows = table_of(TouchpointOutcome).c
    [entry] = await work.rows(
        TouchpointOutcome,
        rows.touchpoint_id == touchpoint_id,
        rows.outcome == outcome,
        rows.occurred_at == occurred_at,
    )
    return entry


@cache
def _known_of_one(of_family: bool) -> Question:
    """With arrays PostgreSQL would guess ten rows, find that dear, and plan anew for every single contact."""
    given = select(*(bindparam(name, type_=type_).label(name) for name, type_ in _TYPES.items())).subquery("given")
    return question(_known(given, of_family))


@cache
def _known_of_many(of_family: bool) -> Question:
    given = (
        func.unnest(*(bindparam(name, type_=ARRAY(type_)) for name, type_ in _TYPES.items()))
        .table_valued(*(column(name, type_) for name, type_ in _TYPES.items()), with_ordinality="place")
        .render_derived(name="given")
    )
    return question(_known(given, of_family).order_by(given.c.place))


def _known(given: FromClause, of_family: bool) -> Select[Any]:
    tenant = DOOR_TENANT
    beside = capacities(given, tenant, of_family=of_family)

    def theirs(column: ColumnElement[Any]) -> ColumnElement[bool]:
        return one_with(column, given.c.customer_id, tenant) if of_family else column == given.c.customer_id

    capacity, owner = beside.capacity, beside.owner
    return select(
        visibility.visible(given.c.customer_id, tenant).label("visible"),
        _there(table_of(StaffMember), given.c.staff_id, tenant).label("staff_id"),
        _there(table_of(Case), given.c.case_id, tenant, theirs(table_of(Case).c.customer_id)).label("case_id"),
        _there(table_of(Store), given.c.store_id, tenant).label("store_id"),
        _there(table_of(Item), given.c.item_id, tenant).label("item_id"),
        capacity.c.role_id,
        capacity.c.group_id,
        func.coalesce(given.c.store_id, capacity.c.store_id, _home_store(given, tenant)).label("place_id"),
        _waits_for(given, tenant, WorkItemKind.UNANSWERED_ENQUIRY, theirs).label("waiting"),
        and_(given.c.purpose == _APPOINTMENT, _waits_for(given, tenant, WorkItemKind.MISSED_VISIT, theirs)).label(
            "missed"
        ),
        _answered(given, tenant, theirs).label("answered"),
        owner.c.role_id.label("owner_role_id"),
        owner.c.group_id.label("owner_group_id"),
        beside.outside.label("outside"),
        _family(given, tenant).label("family_id"),
        (kin(given.c.customer_id, tenant) if of_family else cast(null(), ARRAY(Uuid))).label("kin"),
    ).select_from(beside.beside(given))


def _there(table: FromClause, id: ColumnElement[Any], tenant: Any, *also: ColumnElement[bool]) -> ColumnElement[bool]:
    """Nothing is named, or there is such a row."""
    return or_(id.is_(None), exists().where(table.c.tenant_id == tenant, table.c.id == id, *also))


def _family(given: FromClause, tenant: Any) -> ColumnElement[Any]:
    customers = table_of(Customer).c
    return (
        select(customers.family_id)
        .where(customers.tenant_id == tenant, customers.id == given.c.customer_id)
        .correlate(given)
        .scalar_subquery()
    )


def _waits_for(given: FromClause, tenant: Any, kind: WorkItemKind, theirs: Theirs) -> ColumnElement[bool]:
    items = table_of(WorkItem).c
    return exists().where(
        items.tenant_id == tenant,
        theirs(items.customer_id),
        items.kind == literal_column(f"'{kind.value}'"),
        items.state == literal_column(f"'{WorkItemState.OPEN.value}'"),
        items.purpose == given.c.purpose,
    )


def _answered(given: FromClause, tenant: Any, theirs: Theirs) -> ColumnElement[bool]:
    contacts = table_of(Touchpoint).c
    return exists().where(
        contacts.tenant_id == tenant,
        theirs(contacts.customer_id),
        contacts.occurred_at >= given.c.at,
        contacts.purpose == given.c.purpose,
        contacts.direction == literal_column(f"'{Direction.OUTBOUND.value}'"),
    )


def _home_store(given: FromClause, tenant: Any) -> ColumnElement[Any]:
    customers = table_of(Customer).c
    return (
        select(customers.home_store_id)
        .where(customers.tenant_id == tenant, customers.id == given.c.customer_id, given.c.staff_id.isnot(None))
        .correlate(given)
        .scalar_subquery()
    )
