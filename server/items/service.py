"""The acts of this room: what the tenant offers, and what it no longer offers."""

from __future__ import annotations

from typing import Any

from server.db.work import Work
from server.errors import Conflict, NotFound
from server.items import queries
from server.items.commands import DefineItem, RetireItem
from server.items.errors import ItemAlreadyRetired
from server.items.events import ItemDefined, ItemRetired
from server.items.kinds import ItemKind
from server.items.prices import priced
from server.items.tables import Item
from server.tenants import external_refs


async def define_item(work: Work, command: DefineItem) -> Item:
    """Make the item of this key, or give the existing one this definition; a retired one is offered again.

    Nothing happens where the item is so already. With `expected_version` only an existing item is changed.
    """
    price, currency = await priced(work, command.list_price, "list_price")
    wanted: dict[str, Any] = {
        "name": command.name,
        "kind": command.kind.value,
        "list_price_minor": price,
        "list_price_currency": currency,
        "retired_at": None,
    }
    item = await queries.locked_by_key(work, command.key)
    if item is None and command.expected_version is not None:
        raise NotFound("key")
    if item is None:
        item = Item(key=command.key, **wanted)
        if await queries.inserted(work, item):
            work.emit(_defined(item))
        else:
            item = await queries.locked_by_key(work, command.key)
            assert item is not None  # items are never deleted
    if command.expected_version not in (None, item.version):
        raise Conflict("expected_version", version=item.version)
    changed = {name: value for name, value in wanted.items() if getattr(item, name) != value}
    if changed:
        await work.change(item, **changed)
        work.emit(_defined(item))
    await external_refs.attach(work, "Item", item.id, command.external_refs)
    return item


async def retire_item(work: Work, command: RetireItem) -> Item:
    """No longer offered; what points at it stays. Raises ItemAlreadyRetired."""
    item = await work.require(Item, command.item_id, "item_id", lock=True)
    if item.retired_at is not None:
        raise ItemAlreadyRetired("item_id")
    await work.change(item, expected_version=command.expected_version, retired_at=work.now)
    work.emit(ItemRetired(item_id=item.id, item_version=item.version))
    return item


def _defined(item: Item) -> ItemDefined:
    return ItemDefined(
        item_id=item.id,
        kind=ItemKind(item.kind),
        list_price_minor=item.list_price_minor,
        item_version=item.version,
    )
