"""Stores: the tree of places and parts of the organisation that serve customers."""

from datetime import datetime
from typing import Annotated, Any

import strawberry

from server.access.permissions import Permission
from server.appointments.tables import Appointment as AppointmentRow
from server.db.statements import table_of
from server.db.work import Work
from server.lifecycles import placements as lifecycle
from server.operations import stores as service
from server.operations import tables
from server.operations.commands import DefineStore
from server.operations.store_kinds import StoreKind
from server.orders.tables import Order as OrderRow
from server.planner.declarations import by_id, column, connection, link, ref, value
from server.planner.filters import (
    ChoiceFilter,
    DateTimeFilter,
    IdFilter,
    TextFilter,
    filter_type,
    matches,
    orders,
)
from server.planner.nodes import node
from server.promises.tables import Promise as PromiseRow
from server.schema.appointments import APPOINTMENT_FILTER, APPOINTMENT_ORDERS, Appointment
from server.schema.external_refs import (
    ExternalRef,
    ExternalRefInput,
    external_ref_commands,
    external_refs_field,
    external_refs_input,
)
from server.schema.mutations import Payload, id_of, id_or_none, idempotency_key, mutation
from server.schema.nodes import Connection, Node
from server.schema.orders import ORDER_FILTER, ORDER_ORDERS, Order
from server.schema.promises import PROMISE_FILTER, PROMISE_ORDERS, Promise
from server.schema.staff import PLACEMENT_FILTER, PLACEMENT_ORDERS, Placement

_stores, _above = table_of(tables.Store).c, table_of(tables.StoreAncestor).c

STORE_ORDERS = orders("Store", newest_first=False, RECORDED_AT=tables.Store.recorded_at, NAME=tables.Store.name)


@strawberry.input(description="Which stores.")
class StoreFilter:
    kind: ChoiceFilter[StoreKind] | None = matches(_stores.kind, description="What kind of place.")
    parent: IdFilter | None = matches(
        _stores.parent_id, id_of="Store", description="Directly below which store; null: the roots of the tree."
    )
    below: IdFilter | None = matches(
        _above.ancestor_id,
        via={_above.store_id: _stores.id},
        id_of="Store",
        description="Anywhere below which store, itself included.",
    )
    key: TextFilter | None = matches(_stores.key, description="By key.")
    closed_at: DateTimeFilter | None = matches(
        _stores.closed_at, description="When it closed; `isNull: true` for those that are open."
    )


STORE_FILTER = filter_type(StoreFilter)


@node(
    tables.Store,
    permission=Permission.TENANT_READ,
    description="A place where the brand serves, or the region or department above it 门店.",
)
class Store(Node):
    key: str = column(_stores.key, description="Its key, unique among the brand's stores; never changes.")
    name: str = column(_stores.name, description="What it is called.")
    kind: StoreKind = column(_stores.kind, description="What kind of place it is.")
    parent: Annotated["Store", strawberry.lazy("server.schema.stores")] | None = link(
        _stores.parent_id, description="What it lies below; null at the root."
    )
    children: Connection[Annotated["Store", strawberry.lazy("server.schema.stores")]] = connection(
        by=_stores.parent_id,
        orders=STORE_ORDERS,
        filter=STORE_FILTER,
        description="What lies directly below it, the oldest first.",
    )
    address: str | None = column(_stores.address, description="Where it is.")
    timezone: str | None = column(
        _stores.timezone, description="Its IANA time zone, where it differs from the brand's; null otherwise."
    )
    closed_at: datetime | None = column(_stores.closed_at, description="When it closed; null while it is open.")
    recorded_at: datetime = column(_stores.recorded_at, description="When it was made.")
    placements: Connection[Placement] = connection(
        by=tables.Placement.store_id,
        orders=PLACEMENT_ORDERS,
        filter=PLACEMENT_FILTER,
        description="Who serves at exactly this store, and who did 任职.",
    )
    orders: Connection[Order] = connection(
        by=table_of(OrderRow).c.store_id,
        orders=ORDER_ORDERS,
        filter=ORDER_FILTER,
        permission=Permission.ORDER_READ,
        description="Orders 订单 that came through exactly this store, newest first.",
    )
    appointments: Connection[Appointment] = connection(
        by=table_of(AppointmentRow).c.store_id,
        orders=APPOINTMENT_ORDERS,
        filter=APPOINTMENT_FILTER,
        permission=Permission.APPOINTMENT_READ,
        description="Who was and is expected at exactly this store 预约, the latest first.",
    )
    promises: Connection[Promise] = connection(
        by=table_of(PromiseRow).c.store_id,
        orders=PROMISE_ORDERS,
        filter=PROMISE_FILTER,
        permission=Permission.PROMISE_READ,
        description="What was promised at exactly this store 承诺, newest first.",
    )
    external_refs: list[ExternalRef] = external_refs_field("Store")
    version: int = column(_stores.version, description="Rises with every change.")


@strawberry.type
class StoreQueries:
    stores: Connection[Store] = connection(
        orders=STORE_ORDERS,
        filter=STORE_FILTER,
        permission=Permission.TENANT_READ,
        description="The brand's stores 门店, closed ones too, the oldest first.",
    )
    store: Store | None = by_id(permission=Permission.TENANT_READ, description="One store, or null.")


@strawberry.input(description="A store to make, or what to change about the one of this key. A field left out stays.")
class DefineStoreInput:
    key: str = strawberry.field(
        description="Its key: a letter, then letters, digits, underscores, at most 64. Makes or changes the store."
    )
    name: str | None = strawberry.field(
        default=None, description="What it is called, 1 to 200 characters. Needed for a new one."
    )
    kind: StoreKind | None = strawberry.field(default=None, description="What kind of place; STORE for a new one.")
    parent_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="What it lies below; null makes it a root. Never itself or below itself."
    )
    address: str | None = strawberry.field(
        default=strawberry.UNSET, description="Where it is, at most 500 characters; null empties it."
    )
    timezone: str | None = strawberry.field(
        default=strawberry.UNSET, description="IANA time zone, where it differs from the brand's; null empties it."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="The version that was read; refused where the store has moved on."
    )
    external_refs: list[ExternalRefInput] | None = external_refs_input()
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="The store after the act.")
class DefineStorePayload(Payload):
    store: Store | None = value(description="The store; null when refused.")


@mutation(
    Permission.TENANT_MANAGE,
    description="Make, change or move a store 定义门店. Moving one moves what lies below it, and who sees its customers.",
)
async def define_store(work: Work, input: DefineStoreInput) -> DefineStorePayload:
    given: dict[str, Any] = {
        name: getattr(input, name) for name in ("address", "timezone") if getattr(input, name) is not strawberry.UNSET
    }
    if input.parent_id is not strawberry.UNSET:
        given["parent_id"] = await id_or_none(work, "Store", input.parent_id, "parent_id")
    command = DefineStore(
        key=input.key,
        name=input.name,
        kind=input.kind,
        expected_version=input.expected_version,
        external_refs=external_ref_commands(input.external_refs),  # type: ignore[arg-type]  # pydantic makes the commands
        **given,
    )
    store = await lifecycle.define_store(work, command)
    return DefineStorePayload(store=ref(store.id))


@strawberry.input(description="A store to close.")
class CloseStoreInput:
    store_id: strawberry.ID = strawberry.field(description="The store.")
    expected_version: int | None = strawberry.field(
        default=None, description="The version that was read; refused where the store has moved on."
    )
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="The store after the act.")
class CloseStorePayload(Payload):
    store: Store | None = value(description="The closed store; null when refused.")


@mutation(
    Permission.TENANT_MANAGE,
    description="Close a store 关闭门店. Refused while something open lies below it or somebody is placed there.",
)
async def close_store(work: Work, input: CloseStoreInput) -> CloseStorePayload:
    store_id = await id_of(work, "Store", input.store_id, "store_id")
    store = await service.close_store(work, store_id, expected_version=input.expected_version)
    return CloseStorePayload(store=ref(store.id))
