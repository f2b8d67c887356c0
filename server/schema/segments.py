"""Segments 人群包: filters of customers that are kept under a name, and who belongs to them."""

import base64
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry

from server.access.permissions import Permission
from server.customers.tables import Customer as CustomerRow
from server.db.reader import Reader
from server.db.statements import table_of
from server.db.tables import TenantRow
from server.db.work import Work
from server.errors import ErrorCode, Invalid, RequestError
from server.ids import global_id
from server.items.tables import Item as ItemRow
from server.operations.tables import Channel as ChannelRow
from server.operations.tables import Stage as StageRow
from server.operations.tables import Store as StoreRow
from server.planner import kept_filters
from server.planner.declarations import argument, by_id, column, computed, connection, ref, value
from server.planner.filters import DateTimeFilter, TextFilter, filter_type, matches, orders
from server.planner.kept_filters import Understood
from server.planner.nodes import node
from server.schema.customers import CUSTOMER_FILTER, CustomerFilter
from server.schema.external_refs import (
    ExternalRef,
    ExternalRefInput,
    external_ref_commands,
    external_refs_field,
    external_refs_input,
)
from server.schema.mutations import Payload, id_of, idempotency_key, mutation
from server.schema.nodes import Connection, Node, PageInfo
from server.segments import commands, queries, service, tables
from server.segments.errors import ConditionNotGranted
from server.segments.queries import Place
from server.tenants.tables import StaffMember as StaffRow

if TYPE_CHECKING:
    from server.schema.customers import Customer

_rows = table_of(tables.Segment).c
_NEEDS = {"conditions": _rows.conditions}
_MAX_PAGE = 100
_TIME = "%Y-%m-%dT%H:%M:%S.%fZ"

NAMED: Mapping[str, type[TenantRow]] = {
    "Channel": ChannelRow, "Item": ItemRow, "StaffMember": StaffRow, "Stage": StageRow, "Store": StoreRow,
}  # fmt: skip
"""What the conditions of a segment can name, by node type."""


@strawberry.type(description="One condition of a segment, in the words of `CustomerFilter`. All of them must hold.")
class SegmentCondition:
    field: str = value(description="The field of `CustomerFilter`, like `homeStore`.")
    operator: str = value(description="How it compares: `eq`, `in`, `from`, `to` or `isNull`.")
    values: list[str] = value(description="What with: ids, codes, times, numbers or words, each as a text.")


@strawberry.type(description="One customer who belongs to a segment, and the place in it.")
class SegmentCustomerEdge:
    cursor: str = value(description="The place; give it as `after`.")
    node: Annotated["Customer", strawberry.lazy("server.schema.customers")] | None = value(description="The customer.")


@strawberry.type(description="A page of the customers who belong to a segment, who was added last first.")
class SegmentCustomerConnection:
    edges: list[SegmentCustomerEdge] = value(description="The customers of this page with their cursors.")
    nodes: list[Annotated["Customer", strawberry.lazy("server.schema.customers")]] = value(
        description="The customers of this page, where cursors are not needed."
    )
    page_info: PageInfo = value(description="Whether there is more.")


def understood_for(reader: Reader, documents: Sequence[kept_filters.Document]) -> list[Understood | None]:
    """What each segment asks; None for one that asks about what the caller may not filter by."""
    customers = table_of(CustomerRow)
    found = [
        kept_filters.understood(CUSTOMER_FILTER, document, customers, f"seg{number}_")
        for number, document in enumerate(documents)
    ]
    return [one if one.permissions <= reader.call.caller.permissions else None for one in found]


async def _customers(
    reader: Reader, rows: Sequence[Any], first: int = 20, after: str | None = None
) -> list[SegmentCustomerConnection | None]:
    if not 0 <= first <= _MAX_PAGE:
        raise RequestError(
            ErrorCode.BAD_USER_INPUT, f"customers(first): must be from 0 to {_MAX_PAGE}.", argument="first"
        )
    behind = None if after is None else _place(after)
    asked = understood_for(reader, [row.conditions for row in rows])
    found = iter(await queries.pages(reader, [one for one in asked if one is not None], first=first, after=behind))
    return [None if one is None else _connection(next(found), first, paged=behind is not None) for one in asked]


async def _counts(reader: Reader, rows: Sequence[Any]) -> list[int | None]:
    asked = understood_for(reader, [row.conditions for row in rows])
    found = iter(await queries.counts(reader, [one for one in asked if one is not None]))
    return [None if one is None else next(found) for one in asked]


def _connection(places: Sequence[Place], first: int, *, paged: bool) -> SegmentCustomerConnection:
    shown = places[:first]
    edges = [SegmentCustomerEdge(cursor=cursor_of(place), node=ref(place.customer_id)) for place in shown]
    return SegmentCustomerConnection(
        edges=edges,
        nodes=[ref(place.customer_id) for place in shown],
        page_info=PageInfo(
            has_next_page=len(places) > first,
            has_previous_page=paged,
            start_cursor=edges[0].cursor if edges else None,
            end_cursor=edges[-1].cursor if edges else None,
        ),
    )


def cursor_of(place: Place) -> str:
    plain = f"{place.added_at.astimezone(UTC).strftime(_TIME)}|{place.customer_id}"
    return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def _place(cursor: str) -> Place:
    try:
        plain = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
        time, id = plain.split("|")
        return Place(datetime.strptime(time, _TIME).replace(tzinfo=UTC), UUID(id))
    except ValueError:
        message = "customers(after): this is not a cursor of this list."
        raise RequestError(ErrorCode.BAD_USER_INPUT, message, argument="after") from None


def _in_words(_: Any, rows: Sequence[Any]) -> list[list[SegmentCondition]]:
    return [
        [
            SegmentCondition(field=field, operator=operator, values=values)
            for field, operator, values in kept_filters.in_words(row.conditions)
        ]
        for row in rows
    ]


@node(
    tables.Segment,
    permission=Permission.CUSTOMER_READ,
    description="A filter of customers kept under a name 人群包. Who belongs to it is asked anew every time.",
)
class Segment(Node):
    key: str = column(_rows.key, description="The brand's own key; it names this segment for good.")
    name: str = column(_rows.name, description="What it is called.")
    conditions: list[SegmentCondition] = computed(
        _in_words,
        needs=_NEEDS,
        pure=True,
        description="What holds of everybody who belongs to it, in alphabetical order.",
    )
    count: int | None = computed(
        _counts,
        needs=_NEEDS,
        description="How many customers of the caller's data scope belong to it now. Null where it filters by something the "
        "caller may not filter by. Has a cost of its own.",
    )
    customers: SegmentCustomerConnection | None = computed(
        _customers,
        needs=_NEEDS,
        arguments=[
            argument("first", int, "How many, at most 100.", default=20),
            argument("after", str | None, "Customers behind this cursor.", default=None),
        ],
        description="The customers of the caller's data scope who belong to it now, who was added last first. Null where it "
        "filters by something the caller may not filter by.",
    )
    retired_at: datetime | None = column(
        _rows.retired_at, description="Since when it is used no more; null while it is."
    )
    external_refs: list[ExternalRef] = external_refs_field("Segment")
    recorded_at: datetime = column(_rows.recorded_at, description="When it was first defined here.")
    updated_at: datetime = column(_rows.updated_at, description="When it last changed.")
    version: int = column(_rows.version, description="Give it as `expectedVersion` when changing the segment.")


SEGMENT_ORDERS = orders("Segment", RECORDED_AT=_rows.recorded_at, KEY=_rows.key)


@strawberry.input(description="Which segments.")
class SegmentFilter:
    key: TextFilter | None = matches(_rows.key, description="By the brand's own key.")
    retired_at: DateTimeFilter | None = matches(
        _rows.retired_at, description="When it was retired; `isNull: true` for those in use."
    )


SEGMENT_FILTER = filter_type(SegmentFilter)


@strawberry.type
class SegmentQueries:
    segments: Connection[Segment] = connection(
        orders=SEGMENT_ORDERS,
        filter=SEGMENT_FILTER,
        permission=Permission.CUSTOMER_READ,
        description="The brand's segments 人群包, retired ones too, newest first.",
    )
    segment: Segment | None = by_id(permission=Permission.CUSTOMER_READ, description="One segment, or null.")


@strawberry.input(description="The whole definition of a segment.")
class DefineSegmentInput:
    key: str = strawberry.field(
        description="The brand's own key: a letter, then letters, digits and underscores, at most 64 characters."
    )
    name: str = strawberry.field(description="What it is called, 1 to 200 characters.")
    filter: CustomerFilter = strawberry.field(
        description="Who belongs to it: at least one condition, all of which must hold. Ids must be of the brand's own things."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="Change the segment of this key only if it is at this version; otherwise CONFLICT."
    )
    external_refs: list[ExternalRefInput] | None = external_refs_input()
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What became of it.")
class DefineSegmentPayload(Payload):
    segment: Segment | None = value(description="The segment as it is now; null when refused.")


@strawberry.input(description="Which segment is used no more.")
class RetireSegmentInput:
    segment_id: strawberry.ID = strawberry.field(description="The segment.")
    expected_version: int | None = strawberry.field(
        default=None, description="Only if the segment is at this version; otherwise CONFLICT."
    )
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="The segment that is used no more.")
class RetireSegmentPayload(Payload):
    segment: Segment | None = value(description="The segment as it is now; null when refused.")


@mutation(
    Permission.CAMPAIGN_MANAGE,
    description="Keep a filter of customers as a segment 人群包 under its key: made if new, changed if different, used again if "
    "retired. Defining it as it is changes nothing.",
)
async def define_segment(work: Work, input: DefineSegmentInput) -> DefineSegmentPayload:
    command = commands.DefineSegment.model_validate(
        {
            "key": input.key,
            "name": input.name,
            "conditions": await _conditions(work, input.filter),
            "expected_version": input.expected_version,
            "external_refs": external_ref_commands(input.external_refs),
        }
    )
    return DefineSegmentPayload(segment=ref((await service.define_segment(work, command)).id))


@mutation(Permission.CAMPAIGN_MANAGE, description="Use a segment no more 停用人群包. What points at it stays.")
async def retire_segment(work: Work, input: RetireSegmentInput) -> RetireSegmentPayload:
    command = commands.RetireSegment(
        segment_id=await id_of(work, "Segment", input.segment_id, "segment_id"),
        expected_version=input.expected_version,
    )
    return RetireSegmentPayload(segment=ref((await service.retire_segment(work, command)).id))


async def _conditions(work: Work, given: CustomerFilter) -> dict[str, dict[str, Any]]:
    """What is kept of the filter: every id is of a thing there is, written in its one form."""
    try:
        document = kept_filters.written(CUSTOMER_FILTER, given)
    except ValueError as fault:
        raise Invalid("filter", why=f"{fault}.", why_zh=f"条件无效：{fault}。") from None
    asked = kept_filters.understood(CUSTOMER_FILTER, document, table_of(CustomerRow), "p")
    for permission in sorted(asked.permissions - work.caller.permissions):
        raise ConditionNotGranted("filter", permission=permission)
    for node_type, field, operator, text in kept_filters.ids_in(CUSTOMER_FILTER, document):
        found = await work.require(
            NAMED[node_type], await id_of(work, node_type, text, "filter", field), "filter", field
        )
        whole = document[field][operator]
        one = global_id(node_type, found.id)
        document[field][operator] = [one if id == text else id for id in whole] if isinstance(whole, list) else one
    return document
