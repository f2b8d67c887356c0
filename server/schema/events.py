"""The event log as a connection and as a stream. Every event type of the catalogue is a GraphQL type of its own.

The types are made from the catalogue, which is the contract: an event declared in its domain appears here by itself.
"""

import enum
import importlib
import importlib.util
import pkgutil
from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import BigInteger, Boolean, DateTime, Text, cast, func, literal_column
from sqlalchemy import Date as SqlDate
from strawberry.annotation import StrawberryAnnotation

import server
from server.access.permissions import Permission, PrincipalKind
from server.db.reader import Reader
from server.db.statements import table_of
from server.errors import ErrorCode, RequestError
from server.events import catalogue, reading
from server.events.catalogue import CATALOGUE, ThinField, thin_fields
from server.events.cursors import Log, cursor_of, seq_of
from server.events.tables import EventRow
from server.ids import global_id
from server.planner.call import Call
from server.planner.declarations import Stream, argument, column, computed, declared, link, ref, value
from server.planner.json_text import fixed, global_id_sql
from server.planner.nodes import node
from server.schema.nodes import Node

if TYPE_CHECKING:
    from server.schema.customers import Customer

for _package in pkgutil.iter_modules(server.__path__):  # the catalogue is whole once every room's events are known
    if _package.ispkg and importlib.util.find_spec(f"server.{_package.name}.events") is not None:
        importlib.import_module(f"server.{_package.name}.events")

_MAX_PAGE = 100
_rows = table_of(EventRow).c

_members = {name.upper().replace(".", "_"): name for name in sorted(CATALOGUE)}
_made: Any = enum.Enum("EventType", _members)  # type: ignore[misc]  # made from the catalogue, which is the contract
EventType: Any = strawberry.enum(
    _made,
    description="What can happen. `FEEDBACK_RAISED` is `feedback.raised` in webhooks.",
)
for _value in EventType.__strawberry_definition__.values:
    _value.description = CATALOGUE[_value.value].description


@strawberry.type(description="Who did something.")
class Actor:
    kind: PrincipalKind = value(description="What kind of caller.")
    id: strawberry.ID | None = value(
        description="Global id of the staff member or API key; null for the platform itself."
    )


def _actors(_: Call, rows: Sequence[Any]) -> list[Actor]:
    actors = []
    for row in rows:
        kind = PrincipalKind[row.kind]
        type_name = "StaffMember" if kind is PrincipalKind.STAFF else "ApiKey"
        actors.append(Actor(kind=kind, id=None if row.id is None else strawberry.ID(global_id(type_name, row.id))))
    return actors


def _log(call: Call) -> Log:
    return Log(call.caller.tenant_id, call.services.epoch)


def _cursors(call: Call, rows: Sequence[Any]) -> list[str]:
    log = _log(call)
    return [cursor_of(row.seq, log) for row in rows]


@strawberry.interface(
    description="Something that happened 事件. Thin: ids, enumerations, numbers and times; read the rest from its subject."
)
class Event(Node):
    cursor: str = computed(
        _cursors, needs={"seq": _rows.seq}, pure=True, description="Its place in the log: follow on from here."
    )
    type: EventType = column(func.upper(func.replace(_rows.type, fixed("."), fixed("_"))), description="What happened.")
    version: int = column(_rows.version, description="Version of this event type's fields.")
    occurred_at: datetime = column(_rows.occurred_at, description="When it happened in the world; may be in the past.")
    recorded_at: datetime = column(_rows.recorded_at, description="When it was recorded.")
    actor: Actor = computed(
        _actors, needs={"kind": _rows.actor_kind, "id": _rows.actor_id}, pure=True, description="Who did it."
    )
    subject: Node | None = link(
        _rows.subject_id,
        type_key=_rows.subject_type,
        description="What it happened to; null where that is gone or not yours to see.",
    )
    customer_id: strawberry.ID | None = column(
        global_id_sql("Customer", _rows.customer_id), description="Id of the customer it is about; null for none."
    )
    customer: Annotated["Customer", strawberry.lazy("server.schema.customers")] | None = link(
        _rows.customer_id, description="The customer it is about; null where it is about none."
    )


def _thin_field(thin: ThinField) -> Any:
    document = _rows.body.op("->>")(literal_column(f"'{thin.name}'", Text))
    expression, annotation = _thin_type(thin, document)
    made = column(expression, description=thin.description)
    made.python_name = thin.name
    made.type_annotation = StrawberryAnnotation(annotation | None if thin.nullable else annotation)
    return made


def _thin_type(thin: ThinField, document: Any) -> tuple[Any, Any]:
    if thin.points_to is not None:
        return global_id_sql(thin.points_to, document), strawberry.ID
    if issubclass(thin.python_type, enum.Enum):
        return document, thin.python_type
    if thin.python_type is bool:
        return cast(document, Boolean), bool
    if thin.python_type is datetime:
        return cast(document, DateTime(timezone=True)), datetime
    if thin.python_type is date:
        return cast(document, SqlDate), date
    return cast(document, BigInteger), int


def _event_type(cls: type[catalogue.Event]) -> type:
    # The customer is a field of every event, so that one selection serves all types.
    fields = {name: _thin_field(thin) for name, thin in thin_fields(cls).items() if name != "customer_id"}
    annotations = {name: made.type_annotation.annotation for name, made in fields.items()}
    made = type(cls.__name__, (Event,), {"__annotations__": annotations, "__module__": __name__, **fields})
    return node(
        EventRow,
        description=f"{cls.description} `{cls.type}`.",
        permission=Permission.EVENT_READ,
        kind_column=_rows.type,
        kind_value=cls.type,
    )(made)


EVENT_TYPES: list[type] = [_event_type(cls) for _, cls in sorted(CATALOGUE.items())]


@strawberry.type(description="One event and its place in the log.")
class EventEdge:
    cursor: str = value(description="The event's cursor.")
    node: Event = value(description="The event.")


@strawberry.type(description="Where a part of the log starts and ends.")
class LogPageInfo:
    has_next_page: bool = value(description="Whether there are later events.")
    has_previous_page: bool = value(description="Whether a cursor to start behind was given.")
    start_cursor: str | None = value(description="Cursor of the first event; null where there is none.")
    end_cursor: str | None = value(description="Cursor of the last event: the `after` of the next read.")


@strawberry.type(description="A part of the log, oldest first.")
class EventConnection:
    edges: list[EventEdge] = value(description="The events with their cursors.")
    nodes: list[Event] = value(description="The events, where cursors are not needed.")
    page_info: LogPageInfo = value(description="Whether there is more, and from where.")


async def _events(
    reader: Reader, rows: Sequence[Any], after: str | None = None, types: list[Any] | None = None, first: int = 20
) -> list[EventConnection]:
    if not 0 <= first <= _MAX_PAGE:
        raise RequestError(ErrorCode.BAD_USER_INPUT, f"events(first): must be from 0 to {_MAX_PAGE}.", argument="first")
    log = _log(reader.call)
    start = 0 if after is None else seq_of(after, log)
    if after is not None:
        await reading.check_kept(reader, reader.tenant_id, start)
    codes = None if types is None else [one.value for one in types]
    places = await reading.part(reader, reader.tenant_id, after=start, types=codes, limit=first + 1)
    shown = places[:first]
    edges = [EventEdge(cursor=cursor_of(place.seq, log), node=ref(place.id)) for place in shown]
    info = LogPageInfo(
        has_next_page=len(places) > first,
        has_previous_page=after is not None,
        start_cursor=edges[0].cursor if edges else None,
        end_cursor=edges[-1].cursor if edges else None,
    )
    return [EventConnection(edges=edges, nodes=[ref(place.id) for place in shown], page_info=info)]


async def _cursor(reader: Reader, rows: Sequence[Any]) -> list[str]:
    return [cursor_of(await reading.last_seq(reader, reader.tenant_id), _log(reader.call))]


_TYPES = argument("types", list[EventType] | None, "Only these types; all of them if left out.", default=None)


@strawberry.type
class EventQueries:
    events: EventConnection = computed(
        _events,
        permission=Permission.EVENT_READ,
        arguments=[
            argument("after", str | None, "Events behind this cursor; from the first one if left out.", default=None),
            _TYPES,
            argument("first", int, "How many, at most 100.", default=20),
        ],
        description="The event log 事件, oldest first. A staff member sees events of the customers in their data scope.",
    )
    cursor: str = computed(
        _cursor,
        description="The place in the log of this very snapshot: read, then follow `events(after:)` from here without a hole.",
    )


async def _follow_events(
    call: Call, after: str | None = None, types: list[Any] | None = None
) -> AsyncIterator[list[Any]]:
    services = call.services
    start = None if after is None else seq_of(after, _log(call))
    codes = None if types is None else [one.value for one in types]
    async for batch in reading.follow(
        services.database, services.tailer, call.caller.passage, after=start, types=codes
    ):
        yield [ref(place.id) for place in batch]


@strawberry.type
class EventSubscriptions:
    events: Event = declared(
        Stream(function=_follow_events, permission=Permission.EVENT_READ),
        "Every event behind a cursor, then live, in order, at least once. Keep the cursor of the last event you have dealt with.",
        arguments=[
            argument("after", str | None, "From behind this cursor; from now on if left out.", default=None),
            _TYPES,
        ],
    )
