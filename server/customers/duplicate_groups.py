"""Reading candidates page by page: groups of customers who share a key, with all that they share.

A page walks the index of keys from where the last one ended, and looks at a bounded number of keys; it says where it stopped,
so one with few groups or none is no end. Merged customers count as whom they were merged into.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import and_, func, literal_column, or_, select

from server.customers.duplicate_tables import DuplicateKey
from server.customers.duplicates import Shared, keys_of, kind_of
from server.customers.identity_kinds import IdentityKind
from server.customers.search import folded
from server.customers.tables import Customer, Identity
from server.db.reader import Reader
from server.db.statements import among, table_of

SCANNED = 20_000
"""Keys one page looks at: nobody waits for the whole brand because nobody in it is there twice."""
MOST_IN_GROUP = 50
"""Customers told of one key; whoever merges them finds the others next."""

_keys, _customers, _identities = table_of(DuplicateKey), table_of(Customer), table_of(Identity)


@dataclass(frozen=True, slots=True)
class Hint:
    """One thing that some customers of a group share."""

    shared: Shared
    customer_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Customers who may be one person, in the order of ids; `key` is the one it was found by."""

    key: str
    customer_ids: tuple[UUID, ...]
    hints: tuple[Hint, ...]


@dataclass(frozen=True, slots=True)
class Page:
    groups: list[Group]
    end: str | None
    """The key to continue behind; None where nothing was looked at."""
    more: bool


@dataclass(frozen=True, slots=True)
class _Scan:
    keys: list[str]
    end: str | None
    read: int
    ended: bool


async def page_of(reader: Reader, *, after: str | None, first: int) -> Page:
    """Up to `first` groups behind the key `after`. Each set of customers comes once, at the first key they share."""
    groups: list[Group] = []
    end, ended, left = after, False, SCANNED
    while len(groups) <= first and not ended and left > 0:
        scan = await _scan(reader, end, left, first + 1)
        groups += await _groups(reader, scan.keys)
        end, ended, left = scan.end or end, scan.ended, left - scan.read
    if len(groups) > first:
        shown = groups[:first]
        return Page(shown, shown[-1].key if shown else after, True)
    return Page(groups, end, not ended)


async def _scan(reader: Reader, after: str | None, most: int, wanted: int) -> _Scan:
    """The next keys that several rows have, up to `wanted` of them, out of the next `most` rows."""
    behind = () if after is None else (_keys.c.key > after,)
    rows = (
        select(_keys.c.key)
        .where(_keys.c.tenant_id == reader.tenant_id, *behind)
        .order_by(_keys.c.key, _keys.c.customer_id)
        .limit(most + 1)
        .cte("scanned")
        .prefix_with("MATERIALIZED")
    )
    counted = select(rows.c.key, func.count().label("n")).group_by(rows.c.key).subquery("counted")
    shared = select(counted.c.key).where(counted.c.n > 1).order_by(counted.c.key).limit(wanted)
    record = await reader.fetch_one(
        select(
            select(func.count()).select_from(rows).scalar_subquery().label("read"),
            select(func.max(rows.c.key)).scalar_subquery().label("last"),
            func.array(shared.scalar_subquery()).label("keys"),
        )
    )
    assert record is not None, "Counts are one row."
    read, last, keys = record["read"], record["last"], list(record["keys"])
    if len(keys) == wanted:
        return _Scan(keys, keys[-1], read, ended=False)
    if read <= most:
        return _Scan(keys, last, read, ended=True)
    # The last key may be cut off in the middle. It comes again, unless the whole walk was through that one key.
    whole = [key for key in keys if key < last]
    before = await reader.scalar(
        select(func.max(_keys.c.key)).where(_keys.c.tenant_id == reader.tenant_id, _keys.c.key < last, *behind)
    )
    return _Scan(keys, last, read, ended=False) if before is None else _Scan(whole, before, read, ended=False)


async def _groups(reader: Reader, keys: Collection[str]) -> list[Group]:
    """What is behind these keys, in their order; those that one person or none of the caller's has are left out."""
    found = await _faces(reader, among(_keys.c.key, keys)) if keys else {}
    people = {face for key in keys for face in found.get(key, ())}
    if not people:
        return []
    everything = await _faces(reader, or_(among(_customers.c.id, people), among(_customers.c.family_id, people)))
    shown = await _shown(reader, people)
    groups = []
    for key in sorted(keys):
        own = sorted(found.get(key, ()))[:MOST_IN_GROUP]
        if len(own) < 2 or _came_before(key, set(own), everything):
            continue
        hints = []
        for other, faces in sorted(everything.items()):
            sharing = tuple(face for face in own if face in faces)
            if len(sharing) > 1:
                hints.append(Hint(shown.get(other) or Shared(kind_of(other)), sharing))
        groups.append(Group(key, tuple(own), tuple(hints)))
    return groups


def _came_before(key: str, own: set[UUID], everything: dict[str, set[UUID]]) -> bool:
    return any(other < key and own <= faces for other, faces in everything.items())


async def _faces(reader: Reader, which: object) -> dict[str, set[UUID]]:
    """Who stands behind each key: the customers, or whom they were merged into where the caller sees those."""
    head = _customers.alias("head")
    statement = (
        select(_keys.c.key, func.coalesce(head.c.id, _customers.c.id).label("face"))
        .join(_customers, and_(_customers.c.tenant_id == _keys.c.tenant_id, _customers.c.id == _keys.c.customer_id))
        .outerjoin(head, and_(head.c.tenant_id == _customers.c.tenant_id, head.c.id == _customers.c.family_id))
        .where(_keys.c.tenant_id == reader.tenant_id, _customers.c.erased_at.is_(None), which)  # type: ignore[arg-type]  # a condition
        .limit(literal_column("5000"))
    )
    found: dict[str, set[UUID]] = {}
    for row in await reader.fetch(statement):
        found.setdefault(row["key"], set()).add(row["face"])
    return found


async def _shown(reader: Reader, people: Iterable[UUID]) -> dict[str, Shared]:
    """What the keys of these people stand for, made again from what is recorded of them and those merged into them."""
    wanted = list(people)
    family = or_(among(_customers.c.id, wanted), among(_customers.c.family_id, wanted))
    named = await reader.fetch(
        select(
            func.coalesce(_customers.c.family_id, _customers.c.id).label("one"),
            _customers.c.name,
            _customers.c.birthday,
        ).where(_customers.c.tenant_id == reader.tenant_id, family)
    )
    numbered = await reader.fetch(
        select(
            func.coalesce(_customers.c.family_id, _customers.c.id).label("one"), _identities.c.kind, _identities.c.tail
        )
        .join(
            _customers,
            and_(_customers.c.tenant_id == _identities.c.tenant_id, _customers.c.id == _identities.c.customer_id),
        )
        .where(_identities.c.tenant_id == reader.tenant_id, family)
    )
    found: dict[str, Shared] = {}
    for one in {row["one"] for row in named}:
        names = {(folded(row["name"]), row["birthday"]) for row in named if row["one"] == one}
        numbers = {(IdentityKind(row["kind"]), row["tail"]) for row in numbered if row["one"] == one}
        found |= keys_of(names, numbers)
    return found
