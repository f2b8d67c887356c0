"""What this room emits."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from server.events.catalogue import Event, event, fact, points_to
from server.items.kinds import ItemKind


@event(
    "item.defined",
    subject="Item",
    subject_field="item_id",
    description="A good or a service 商品/项目 was made, changed, or brought back to use.",
)
@dataclass(frozen=True, kw_only=True)
class ItemDefined(Event):
    item_id: UUID = points_to("Item", "The item.")
    kind: ItemKind = fact("Whether it is handed over or done.")
    list_price_minor: int | None = fact("The list price in minor units of its currency, where there is one.")
    item_version: int = fact("The item's version from now on.")


@event("item.retired", subject="Item", subject_field="item_id", description="An item is no longer offered.")
@dataclass(frozen=True, kw_only=True)
class ItemRetired(Event):
    item_id: UUID = points_to("Item", "The item.")
    item_version: int = fact("The item's version from now on.")
