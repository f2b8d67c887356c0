"""Finding customers who may be one person, by evidence that does not prove it: names with ends of numbers, shared hints.

Two customers who share a strong identity never come about (`recognising`). For the rest every customer has keys, one row
each, written in the act that changes what they are made of. Whoever has the same key stands next to each other in one
index, so candidates are found by walking it, never by comparing customers with customers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ARRAY, Text, bindparam, func, literal, select
from sqlalchemy.dialects.postgresql import insert

from server.customers.duplicate_evidence import OF_WEAK_IDENTITY, DuplicateEvidence
from server.customers.duplicate_tables import DuplicateKey
from server.customers.identity_kinds import IdentityKind
from server.db.statements import among, table_of
from server.db.work import Work

TAIL = 4
"""Digits of a number's end that count as evidence; fewer are no coincidence worth looking at."""
NUMBERED = frozenset({IdentityKind.PHONE, IdentityKind.OTHER})
"""Kinds whose end is compared: phones, and what is kept of a phone that was given in part."""

_keys = table_of(DuplicateKey)
_DERIVED = (DuplicateEvidence.NAME_AND_TAIL, DuplicateEvidence.NAME_AND_BIRTHDAY)


@dataclass(frozen=True, slots=True)
class Shared:
    """What a key stands for, in words a person can judge by."""

    kind: DuplicateEvidence
    name: str | None = None
    """As compared: width and case folded."""
    tail: str | None = None
    birthday: date | None = None


def keys_of(
    names: Collection[tuple[str, date | None]], numbers: Collection[tuple[IdentityKind, str]]
) -> dict[str, Shared]:
    """The keys of somebody with these (folded) names and birthdays, recognised by numbers with these ends. Pure."""
    found: dict[str, Shared] = {}
    tails = {tail for kind, tail in numbers if kind in NUMBERED and len(tail) == TAIL and tail.isdecimal()}
    for spelled, birthday in names:
        name = " ".join(spelled.split())
        if not name:
            continue
        for tail in tails:
            shared = Shared(DuplicateEvidence.NAME_AND_TAIL, name, tail=tail)
            found[_key(shared.kind, name, tail)] = shared
        if birthday is not None:
            shared = Shared(DuplicateEvidence.NAME_AND_BIRTHDAY, name, birthday=birthday)
            found[_key(shared.kind, name, birthday.isoformat())] = shared
    return found


async def index_keys(work: Work, customer_id: UUID, wanted: Collection[str]) -> None:
    """Bring the keys that follow from names and numbers in line. The customer's row must be locked by the caller."""
    own = (_keys.c.tenant_id == work.tenant_id, _keys.c.customer_id == customer_id)
    rows = await work.fetch(select(_keys.c.key).where(*own, among(_keys.c.kind, [one.value for one in _DERIVED])))
    have = {row["key"] for row in rows}
    if gone := have - set(wanted):
        await work.execute(_keys.delete().where(*own, among(_keys.c.key, sorted(gone))))
    await _add(work, customer_id, sorted(set(wanted) - have))


async def note_weak_identity(work: Work, customer_id: UUID, kind: IdentityKind, fingerprint: str) -> None:
    """The customer was told of with this identity, which proves nothing, whoever has it. Strong ones decide by themselves."""
    evidence = OF_WEAK_IDENTITY.get(kind)
    if evidence is not None:
        await _add(work, customer_id, [f"{evidence.value}:{fingerprint}"])


def kind_of(key: str) -> DuplicateEvidence:
    return DuplicateEvidence(key.partition(":")[0])


async def _add(work: Work, customer_id: UUID, keys: Sequence[str]) -> None:
    if not keys:
        return
    key = func.unnest(bindparam(None, list(keys), type_=ARRAY(Text))).column_valued("new_key")
    rows = select(
        literal(work.tenant_id),
        func.gen_random_uuid(),
        literal(customer_id),
        func.split_part(key, ":", 1),
        key,
    )
    await work.execute(
        insert(_keys)
        .from_select(["tenant_id", "id", "customer_id", "kind", "key"], rows, include_defaults=False)
        .on_conflict_do_nothing()
    )


def _key(kind: DuplicateEvidence, *parts: str) -> str:
    """Compared only: a digest, so that no name stands in a cursor or in an index of this table."""
    return f"{kind.value}:{hashlib.sha256(chr(31).join(parts).encode()).hexdigest()[:32]}"
