"""Items: what is asked for, quoted and bought."""

from datetime import datetime
from typing import Any

import strawberry

from server.access.permissions import Permission
from server.db.statements import table_of
from server.db.work import Work
from server.items import service, tables
from server.items.commands import DefineItem, RetireItem
from server.items.kinds import ItemKind
from server.planner.declarations import by_id, column, connection, ref, value
from server.planner.filters import ChoiceFilter, DateTimeFilter, TextFilter, filter_type, matches, orders
from server.planner.nodes import node
from server.quotes.tables import QuoteLine as QuoteLineRow
from server.schema.external_refs import (
    ExternalRef,
    ExternalRefInput,
    external_ref_commands,
    external_refs_field,
    external_refs_input,
)
from server.schema.mutations import Payload, id_of, idempotency_key, mutation
from server.schema.nodes import Connection, Node
from server.schema.quotes import QUOTE_LINE_FILTER, QUOTE_LINE_ORDERS, QuoteLine
from server.schema.scalars import Money, MoneyInput, money


@node(
    tables.Item,
    permission=Permission.TENANT_READ,
    description="A good or a service 商品/项目 that customers ask for, are quoted and buy.",
)
class Item(Node):
    key: str = column(tables.Item.key, description="The brand's own key; it names this item for good.")
    name: str = column(tables.Item.name, description="What it is called.")
    kind: ItemKind = column(tables.Item.kind, description="Whether it is handed over or done.")
    list_price: Money | None = money(
        tables.Item.list_price_minor,
        tables.Item.list_price_currency,
        description="What it costs before anybody quotes 标价; null where the brand has not said.",
    )
    quote_lines: Connection[QuoteLine] = connection(
        by=table_of(QuoteLineRow).c.item_id,
        orders=QUOTE_LINE_ORDERS,
        filter=QUOTE_LINE_FILTER,
        permission=Permission.QUOTE_READ,
        description="Where it was quoted, drafts included, newest first; the line leads to its quote.",
    )
    recorded_at: datetime = column(tables.Item.recorded_at, description="When it was first defined here.")
    retired_at: datetime | None = column(
        tables.Item.retired_at, description="Since when it is no longer offered; null while it is."
    )
    version: int = column(tables.Item.version, description="Give it as `expectedVersion` when changing the item.")
    external_refs: list[ExternalRef] = external_refs_field("Item")


ITEM_ORDERS = orders("Item", RECORDED_AT=tables.Item.recorded_at, KEY=tables.Item.key)


@strawberry.input(description="Which items.")
class ItemFilter:
    key: TextFilter | None = matches(tables.Item.key, description="By the brand's own key.")
    kind: ChoiceFilter[ItemKind] | None = matches(tables.Item.kind, description="Goods or services.")
    retired_at: DateTimeFilter | None = matches(
        tables.Item.retired_at, description="When it was retired; `isNull: true` for what is offered."
    )
    recorded_at: DateTimeFilter | None = matches(tables.Item.recorded_at, description="When it was first defined here.")


ITEM_FILTER = filter_type(ItemFilter)


@strawberry.type
class ItemQueries:
    items: Connection[Item] = connection(
        orders=ITEM_ORDERS,
        filter=ITEM_FILTER,
        permission=Permission.TENANT_READ,
        description="The brand's goods and services 商品/项目, retired ones included, newest first.",
    )
    item: Item | None = by_id(permission=Permission.TENANT_READ, description="One item, or null.")


@strawberry.input(description="The whole definition of an item: what is left out, it does not have.")
class DefineItemInput:
    key: str = strawberry.field(
        description="The brand's own key: a letter, then letters, digits and underscores, at most 64 characters."
    )
    name: str = strawberry.field(description="What it is called, 1 to 200 characters.")
    kind: ItemKind = strawberry.field(description="Whether it is handed over or done.")
    list_price: MoneyInput | None = strawberry.field(
        default=None, description="What it costs before anybody quotes; not negative."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="Change the item of this key only if it is at this version; otherwise CONFLICT."
    )
    external_refs: list[ExternalRefInput] | None = external_refs_input()
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What became of it.")
class DefineItemPayload(Payload):
    item: Item | None = value(description="The item as it is now.")


@strawberry.input(description="Which item is no longer offered.")
class RetireItemInput:
    item_id: strawberry.ID = strawberry.field(description="The item.")
    expected_version: int | None = strawberry.field(
        default=None, description="Only if the item is at this version; otherwise CONFLICT."
    )
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What became of it.")
class RetireItemPayload(Payload):
    item: Item | None = value(description="The item as it is now.")


@mutation(
    Permission.ITEM_MANAGE,
    description="Define a good or a service 商品/项目 by its key: made if new, changed if different, brought back if "
    "retired. Defining it as it is changes nothing.",
)
async def define_item(work: Work, input: DefineItemInput) -> DefineItemPayload:
    given: dict[str, Any] = {
        "key": input.key,
        "name": input.name,
        "kind": input.kind,
        "list_price": amount_given(input.list_price),
        "expected_version": input.expected_version,
        "external_refs": external_ref_commands(input.external_refs),
    }
    item = await service.define_item(work, DefineItem(**given))
    return DefineItemPayload(item=ref(item.id))


@mutation(
    Permission.ITEM_MANAGE,
    description="Offer an item no longer. What points at it stays; `defineItem` brings it back.",
)
async def retire_item(work: Work, input: RetireItemInput) -> RetireItemPayload:
    item_id = await id_of(work, "Item", input.item_id, "item_id")
    item = await service.retire_item(work, RetireItem(item_id=item_id, expected_version=input.expected_version))
    return RetireItemPayload(item=ref(item.id))


def amount_given(money_given: MoneyInput | None) -> dict[str, Any] | None:
    """What a command takes for an amount."""
    return None if money_given is None else {"amount": money_given.amount, "currency": money_given.currency}
