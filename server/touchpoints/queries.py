"""Every SELECT the room needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache, lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Boolean,
    ColumnElement,
    DateTime,
    FromClause,
    Select,
    Text,
    Uuid,
    and_,
    bindparam,
    case,
    cast,
    column,
    exists,
    func,
    literal_column,
    null,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import insert

from server.campaigns.tables import Campaign, Content
from server.customers import visibility
from server.customers.capacities import capacities
from server.customers.family import kin, one_with
from server.customers.tables import Case, Contact, Customer
from server.db.asking import Question, question
from server.db.statements import table_of
from server.db.tenancy import DOOR_TENANT
from server.db.work import Work
from server.group_chats.tables import GroupChat
from server.items.tables import Item
from server.operations.purposes import Purpose
from server.operations.tables import Store
from server.tenants.tables import StaffMember
from server.touchpoints.attention import questions
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
    medium: str | None = None
    contact_id: UUID | None = None
    tag: str | None = None
    weighs: bool = False
    """Whether what the customer's attention was spent on is to be told; `asks`: whether all else that bears on it is."""
    asks: bool = False
    content_id: UUID | None = None
    campaign_id: UUID | None = None
    group_chat_id: UUID | None = None


Theirs = Callable[[ColumnElement[Any]], ColumnElement[bool]]
"""That a column holds the id of the customer an input names, in the sense of the statement."""

_TYPES: dict[str, Any] = dict.fromkeys(Named._fields, Uuid()) | {
    "at": DateTime(timezone=True),
    "purpose": Text(),
    "medium": Text(),
    "tag": Text(),
    "weighs": Boolean(),
    "asks": Boolean(),
}


_USUAL = dict.fromkeys(
    (
        "visible",
        "staff_id",
        "case_id",
        "store_id",
        "item_id",
        "content_id",
        "campaign_id",
        "group_chat_id",
        "contact_id",
    ),
    True,
) | dict.fromkeys(("waiting", "missed", "answered", "outside", "merged"), False)
"""What lets a contact be recorded as told, with nothing else to be done."""

_WELCOME = _USUAL | {"calm": True}
"""The same of a contact that needs the customer's attention; see `attention.questions.calm`."""


async def known(work: Work, named: Sequence[Named], *, supposing: bool = False) -> Sequence[Mapping[str, Any]]:
    """For each input, in order: whether each thing it names is there, and the capacity of its staff member then.

    `visible` says whether the customer is there and the caller's to see.

    The capacity is the one of `customers.capacities`, and `outside` whether the purpose lies outside all of them, which
    says nothing of shared purposes. `place_id` is the store it happened at: the one named; else, of what
    a staff member did, the one the capacity is held at, or the customer's home store.

    Where a purpose is named: `waiting`, whether the customer waits for an answer on it; `answered`, whether somebody
    contacted them on it then or later; `owner_role_id` and `owner_group_id`, who owned it then.

    Where any `weighs` or `asks`: what `attention.questions.facts_of` reads, besides.

    All of it holds for the person: where the customer is one with others (`merged`), `kin` are the ids of all of them.

    `supposing`: of one contact that we make, as what it is supposed to be where the act has asked nothing yet; see `db.supposing`.
    """
    looking = visibility.eyes(work)
    weighed = any(one.weighs or one.asks for one in named)
    if len(named) == 1:
        [one] = named
        asked = _known_of_one(_shape(one, looking["sees_everything"], supposing)._replace(weighed=weighed))
        if supposing:
            found = await work.ask_supposing(asked, _WELCOME if weighed else _USUAL, **one._asdict(), **looking)
        else:
            found = await work.ask(asked, **one._asdict(), **looking)
        return found if not found[0]["merged"] else await _of_families(work, named)
    arrays = {name: [one[place] for one in named] for place, name in enumerate(Named._fields)}
    every: list[Mapping[str, Any]] = list(await work.ask(_known_of_many(False, weighed), **arrays, **looking))
    merged = [place for place, record in enumerate(every) if record["merged"]]
    if merged:
        again = await _of_families(work, [named[place] for place in merged])
        for place, record in zip(merged, again, strict=True):
            every[place] = record
    return every


async def _of_families(work: Work, named: Sequence[Named]) -> Sequence[Mapping[str, Any]]:
    """The same of customers who are one with others: under the ids of all of them."""
    arrays = {name: [one[place] for one in named] for place, name in enumerate(Named._fields)}
    return await work.ask(
        _known_of_many(True, any(one.weighs or one.asks for one in named)), **arrays, **visibility.eyes(work)
    )


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


class _Shape(NamedTuple):
    """What has to be asked: each part costs the database its preparation, whether it comes to anything or not."""

    case: bool = True
    store: bool = True
    item: bool = True
    content: bool = True
    campaign: bool = True
    group_chat: bool = True
    visit: bool = True
    past: bool = True
    enquiry: bool = True
    asking: bool = True
    """The customer may be the one who makes contact."""
    scoped: bool = True
    contact: bool = True
    weighed: bool = False
    of_family: bool = False


_EVERYTHING = _Shape()


def _shape(named: Named, sees_everything: bool, supposing: bool) -> _Shape:
    return _Shape(
        case=named.case_id is not None,
        store=named.store_id is not None,
        item=named.item_id is not None,
        content=named.content_id is not None,
        campaign=named.campaign_id is not None,
        group_chat=named.group_chat_id is not None,
        visit=named.purpose == Purpose.APPOINTMENT,
        past=named.at is not None,
        enquiry=named.purpose is not None and Purpose(named.purpose).is_enquiry,
        asking=not supposing,
        scoped=not sees_everything,
        contact=named.contact_id is not None,
    )


@lru_cache(maxsize=64)
def _known_of_one(shape: _Shape) -> Question:
    """With arrays PostgreSQL would guess ten rows, find that dear, and plan anew for every single contact."""
    given = select(*(bindparam(name, type_=type_).label(name) for name, type_ in _TYPES.items())).subquery("given")
    return question(_known(given, shape))


@cache
def _known_of_many(of_family: bool, weighed: bool) -> Question:
    given = (
        func.unnest(*(bindparam(name, type_=ARRAY(type_)) for name, type_ in _TYPES.items()))
        .table_valued(*(column(name, type_) for name, type_ in _TYPES.items()), with_ordinality="place")
        .render_derived(name="given")
    )
    shape = _EVERYTHING._replace(of_family=of_family, weighed=weighed)
    return question(_known(given, shape).order_by(given.c.place))


def _known(given: FromClause, shape: _Shape) -> Select[Any]:
    tenant = DOOR_TENANT
    beside = capacities(given, tenant, of_family=shape.of_family)

    def theirs(column: ColumnElement[Any]) -> ColumnElement[bool]:
        return one_with(column, given.c.customer_id, tenant) if shape.of_family else column == given.c.customer_id

    capacity, owner, person = beside.capacity, beside.owner, _person(given, tenant)
    there = {
        "case_id": shape.case and _there(table_of(Case), given.c.case_id, tenant, theirs(table_of(Case).c.customer_id)),
        "store_id": shape.store and _there(table_of(Store), given.c.store_id, tenant),
        "item_id": shape.item and _there(table_of(Item), given.c.item_id, tenant),
        "content_id": shape.content and _there(table_of(Content), given.c.content_id, tenant),
        "campaign_id": shape.campaign and _there(table_of(Campaign), given.c.campaign_id, tenant),
        "group_chat_id": shape.group_chat and _there(table_of(GroupChat), given.c.group_chat_id, tenant),
        "contact_id": shape.contact
        and _there(table_of(Contact), given.c.contact_id, tenant, theirs(table_of(Contact).c.customer_id)),
    }
    joined: FromClause = beside.beside(given).outerjoin(person, true())
    attention: list[Any] = []
    if shape.weighed:
        parts = questions.weighing(given, tenant)
        joined, attention = parts.beside(joined), questions.columns(parts, tenant)
    missed = given.c.purpose == _APPOINTMENT
    waits = {
        "waiting": shape.enquiry and _waits_for(given, tenant, WorkItemKind.UNANSWERED_ENQUIRY, theirs),
        "missed": shape.visit and and_(missed, _waits_for(given, tenant, WorkItemKind.MISSED_VISIT, theirs)),
        "answered": shape.enquiry and shape.past and _answered(given, tenant, theirs),
        "has_left": shape.enquiry and shape.asking and _has_left(given, tenant),
    }
    visible = person.c.id.isnot(None)
    columns: list[Any] = [
        (visible & visibility.opened(given.c.customer_id, tenant) if shape.scoped else visible).label("visible"),
        _there(table_of(StaffMember), given.c.staff_id, tenant).label("staff_id"),
        *((literal_column("true") if part is False else part).label(name) for name, part in there.items()),
        capacity.c.role_id,
        capacity.c.group_id,
        func.coalesce(given.c.store_id, capacity.c.store_id, person.c.home_store_id).label("place_id"),
        *((literal_column("false") if part is False else part).label(name) for name, part in waits.items()),
        owner.c.role_id.label("owner_role_id"),
        owner.c.group_id.label("owner_group_id"),
        beside.outside.label("outside"),
        person.c.family_id.isnot(None).label("merged"),
        (kin(given.c.customer_id, tenant) if shape.of_family else cast(null(), ARRAY(Uuid))).label("kin"),
    ]
    return select(*columns, *attention).select_from(joined)


def _there(table: FromClause, id: ColumnElement[Any], tenant: Any, *also: ColumnElement[bool]) -> ColumnElement[bool]:
    """Nothing is named, or there is such a row."""
    return or_(id.is_(None), exists().where(table.c.tenant_id == tenant, table.c.id == id, *also))


def _has_left(given: FromClause, tenant: Any) -> ColumnElement[Any]:
    """Whether the staff member does not work here any more; None where nobody is named."""
    people = table_of(StaffMember).c
    return (
        select(people.left_at.isnot(None))
        .where(people.tenant_id == tenant, people.id == given.c.staff_id)
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


def _person(given: FromClause, tenant: Any) -> FromClause:
    """The customer, and where they are at home as far as it says where a staff member did something."""
    customers = table_of(Customer).c
    return (
        select(
            customers.id,
            customers.family_id,
            case((given.c.staff_id.isnot(None), customers.home_store_id)).label("home_store_id"),
        )
        .where(customers.tenant_id == tenant, customers.id == given.c.customer_id)
        .correlate(given)
        .lateral("person")
    )
