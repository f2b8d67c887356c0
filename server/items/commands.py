"""What can be asked of this room."""

from __future__ import annotations

from uuid import UUID

from server.commands import Command, Key, Name
from server.items.kinds import ItemKind
from server.items.prices import Amount
from server.tenants.commands import ExternalRefs


class DefineItem(Command):
    """The whole definition: without a list price the item has none."""

    key: Key
    name: Name
    kind: ItemKind
    list_price: Amount | None = None
    expected_version: int | None = None
    external_refs: ExternalRefs = ()


class RetireItem(Command):
    item_id: UUID
    expected_version: int | None = None
