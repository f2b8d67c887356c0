"""Stores 门店: the tree of places and parts of the organisation that serve customers.

The closure (`store_ancestors`) says what lies below what without walking the tree. A move locks every store of the
tenant in id order, an addition locks the store it goes below; so no two acts can close a circle or miss each other.
The locks leave keys alone: rows that merely point to a store (lines of the closure, customers) need not wait.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from server.db.statements import among, table_of
from server.db.work import Work
from server.errors import Conflict, NotFound
from server.operations import queries
from server.operations.commands import DefineStore
from server.operations.errors import NeededForNew, StoreCycle, StoreInUse, StoreIsClosed
from server.operations.events import StoreClosed, StoreDefined
from server.operations.store_kinds import StoreKind
from server.operations.tables import Store, StoreAncestor
from server.tenants import external_refs

_closure, _stores = table_of(StoreAncestor), table_of(Store).c


@dataclass(frozen=True, slots=True)
class DefinedStore:
    """A store, and those above which something came or went, so that their people see other customers now."""

    store: Store
    changed_above: frozenset[UUID] = frozenset()


async def define_store(work: Work, command: DefineStore) -> DefinedStore:
    """Make or change the store of this key; what is left out stays, a parent of None makes it a root.

    Raises NotFound on `parent_id`, StoreIsClosed for a closed parent, StoreCycle where it would lie below itself,
    Conflict on `expected_version`.
    """
    defined = await _open_or_change(work, command)
    await external_refs.attach(work, "Store", defined.store.id, command.external_refs)
    return defined


async def close_store(work: Work, store_id: UUID, *, expected_version: int | None = None) -> Store:
    """Close a store that nobody serves at and nothing open lies below.

    Raises StoreInUse naming what is there, StoreIsClosed where it is closed already.
    """
    store = await work.require(Store, store_id, "store_id", lock=True)
    if store.closed_at is not None:
        raise StoreIsClosed("store_id", key=store.key)
    children = [child.key for child in await queries.open_children(work, store_id)]
    if children:
        raise StoreInUse("store_id", key=store.key, what=f"open below it: {', '.join(children)}")
    names = await queries.names_of_staff(work, [row.staff_id for row in await queries.placements_at(work, store_id)])
    if names:
        raise StoreInUse("store_id", key=store.key, what=f"placed there: {', '.join(names)}")
    await work.change(store, expected_version=expected_version, closed_at=work.now)
    work.emit(StoreClosed(store_id=store.id, closed_at=work.now, store_version=store.version))
    return store


async def _open_or_change(work: Work, command: DefineStore) -> DefinedStore:
    if await queries.store_by_key(work, command.key) is None:
        opened = await _open_store(work, command)
        if opened is not None:
            return DefinedStore(opened)
    return await _change_store(work, command)


async def _open_store(work: Work, command: DefineStore) -> Store | None:
    """The new store; None where another act made one of this key meanwhile."""
    if command.name is None:
        raise NeededForNew("name")
    above: list[UUID] = []
    if command.parent_id is not None:
        await _require_open(work, command.parent_id)
        above = await queries.stores_above(work, command.parent_id)
    store = Store(
        tenant_id=work.tenant_id,
        key=command.key,
        name=command.name,
        kind=command.kind or StoreKind.STORE,
        parent_id=command.parent_id,
        address=command.address,
        timezone=command.timezone,
        recorded_at=work.now,
    )
    table = table_of(Store)
    values = {name: getattr(store, name) for name in Store.model_fields}
    inserted = await work.execute(
        insert(table).values(**values).on_conflict_do_nothing(index_elements=["tenant_id", "key"])
    )
    if not inserted:
        return None
    _add_ancestors(work, [store.id], [store.id, *above])
    _emit_defined(work, store)
    return store


async def _change_store(work: Work, command: DefineStore) -> DefinedStore:
    moves = "parent_id" in command.model_fields_set
    locked = await _locked(work, command.key, whole_tree=moves)
    if locked.closed_at is not None:
        raise StoreIsClosed("key", key=locked.key)
    if command.expected_version not in (None, locked.version):
        raise Conflict("expected_version", version=locked.version)
    values = _changes(command, locked)
    changed: frozenset[UUID] = frozenset()
    if moves and locked.parent_id != command.parent_id:
        changed = await _move(work, locked, command.parent_id)
        values["parent_id"] = command.parent_id
    if values:
        await work.change(locked, **values)
        _emit_defined(work, locked)
    return DefinedStore(locked, changed)


async def _locked(work: Work, key: str, *, whole_tree: bool) -> Store:
    """The store of this key. With the whole tree locked, in id order, no other store can move meanwhile."""
    rows = await queries.locked_stores(work, *([] if whole_tree else [_stores.key == key]))
    return next(row for row in rows if row.key == key)  # there is one: stores are never deleted


def _changes(command: DefineStore, store: Store) -> dict[str, Any]:
    """What the command really changes, besides the parent. Name and kind cannot be emptied."""
    given = command.model_dump(include=command.model_fields_set & {"name", "kind", "address", "timezone"})
    return {
        name: value
        for name, value in given.items()
        if value != getattr(store, name) and (value is not None or name in {"address", "timezone"})
    }


async def _move(work: Work, store: Store, parent_id: UUID | None) -> frozenset[UUID]:
    """Hang the store and all below it under another parent; answers those above which something came or went."""
    below = await queries.stores_below(work, store.id)
    before = set(await queries.stores_above(work, store.id)) - {store.id}
    after: set[UUID] = set()
    if parent_id is not None:
        await _require_open(work, parent_id)
        if parent_id in below:
            raise StoreCycle("parent_id", key=store.key)
        after = set(await queries.stores_above(work, parent_id))
    await work.execute(
        delete(_closure).where(
            _closure.c.tenant_id == work.tenant_id,
            among(_closure.c.store_id, below),
            among(_closure.c.ancestor_id, before - after),
        )
    )
    _add_ancestors(work, below, sorted(after - before))
    return frozenset(before ^ after)


async def _require_open(work: Work, parent_id: UUID) -> None:
    (parent,) = await queries.locked_stores(work, _stores.id == parent_id) or (None,)
    if parent is None:
        raise NotFound("parent_id")
    if parent.closed_at is not None:
        raise StoreIsClosed("parent_id", key=parent.key)


def _add_ancestors(work: Work, store_ids: Iterable[UUID], ancestor_ids: Iterable[UUID]) -> None:
    above = list(ancestor_ids)
    for store_id in store_ids:
        for ancestor_id in above:
            work.add(StoreAncestor(store_id=store_id, ancestor_id=ancestor_id))


def _emit_defined(work: Work, store: Store) -> None:
    work.emit(
        StoreDefined(
            store_id=store.id, kind=StoreKind(store.kind), parent_id=store.parent_id, store_version=store.version
        )
    )
