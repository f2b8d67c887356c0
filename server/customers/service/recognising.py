"""Tells whether a person is known: by identities and by other systems' ids, under locks that make the answer hold.

Two colleagues adding one person at the same moment meet here: the second waits, then finds the first one's customer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from server.customers import duplicates, family, queries
from server.customers.commands import IDENTITIES_AT_MOST, IdentityGiven
from server.customers.errors import IdentityTaken, SeveralCustomers
from server.customers.events import IdentityRecorded
from server.customers.identity_kinds import IdentityKind
from server.customers.normal_identities import normal, region_of, tail_of
from server.customers.sealing import sealer
from server.customers.tables import Customer, Identity
from server.db.statements import table_of
from server.db.work import Work
from server.ids import new_id
from server.tenants import external_refs
from server.tenants.external_refs import ExternalRefCommand

_identities = table_of(Identity)


@dataclass(frozen=True, slots=True)
class Print:
    """An identity as given, in its normal form, with its fingerprint and where the input has it."""

    kind: IdentityKind
    namespace: str
    value: str
    fingerprint: str
    field: tuple[str | int, ...]


async def fingerprints(work: Work, given: Sequence[IdentityGiven], *field: str | int) -> list[Print]:
    """The identities in normal form; one given twice counts once. Raises Invalid naming the value at fault."""
    if not given:
        return []
    region = region_of(await queries.timezone(work))
    found: dict[str, Print] = {}
    for index, identity in enumerate(given):
        one = _print(
            work.tenant_id, identity.kind, identity.namespace, identity.value, region, (*field, index, "value")
        )
        found.setdefault(one.fingerprint, one)
    return list(found.values())


async def fingerprint(work: Work, kind: IdentityKind, namespace: str, value: str, *field: str | int) -> Print:
    """One identity in normal form. Raises Invalid on `field`."""
    return _print(work.tenant_id, kind, namespace, value, region_of(await queries.timezone(work)), field)


def _print(
    tenant_id: UUID, kind: IdentityKind, namespace: str, value: str, region: str, field: tuple[str | int, ...]
) -> Print:
    value = normal(kind, value, *field, region=region)
    return Print(kind, namespace, value, sealer().fingerprint(tenant_id, kind, namespace, value), field)


async def hold(work: Work, prints: Iterable[Print], refs: Iterable[ExternalRefCommand]) -> None:
    """Nobody else may recognise or record these until the act ends. Take all of an act at once: no two can lock up."""
    await queries.lock_words(work, {*(one.fingerprint for one in prints), *(_written(ref) for ref in refs)})


async def recognise(work: Work, prints: Sequence[Print], refs: Sequence[ExternalRefCommand]) -> Customer | None:
    """The one customer these belong to, locked; None for somebody new. Call `hold` first.

    Strong identities and external ids decide; weak identities only where nothing strong is given, since a shared one
    is a hint that somebody should look. Raises SeveralCustomers.
    """
    known_ones = await queries.identities_by_fingerprint(work, [one.fingerprint for one in prints])
    owners = {row.fingerprint: row.customer_id for row in known_ones}
    strong = [one for one in prints if one.kind.strong]
    deciding = strong if strong or refs else list(prints)
    candidates = {owners[one.fingerprint] for one in deciding if one.fingerprint in owners}
    for ref in refs:
        known = await external_refs.find(work, "Customer", _written(ref))
        if known is not None:
            candidates.add(known)
    if len(candidates) > 1 and len(set((await family.heads(work, candidates)).values())) > 1:
        raise SeveralCustomers("identities")
    return await _speaking(work, candidates.pop()) if candidates else None


async def _speaking(work: Work, customer_id: UUID) -> Customer | None:
    """The customer, locked; whom they were merged into, where they were, perhaps while we waited for the lock."""
    customer = await work.get(Customer, customer_id, lock=True)
    while customer is not None and customer.merged_into is not None and customer.family_id is not None:
        customer = await work.get(Customer, customer.family_id, lock=True)
    return customer


async def refs_to_keep(
    work: Work, customer: Customer, refs: Sequence[ExternalRefCommand]
) -> Sequence[ExternalRefCommand]:
    """Without those that somebody merged with the customer has: they stay where they are, and find the customer all the same."""
    if customer.family_id is None:
        return refs
    kept = []
    for ref in refs:
        owner = await external_refs.find(work, "Customer", _written(ref))
        if owner == customer.id or not await family.are_one(work, owner, customer.id):
            kept.append(ref)
    return kept


async def record(
    work: Work, customer_id: UUID, prints: Sequence[Print], *, contact_id: UUID | None = None
) -> list[Identity]:
    """Keep the identities that are new. One the customer has changes nothing; somebody else's weak one is a hint to keep.

    The customer's row must be locked by the caller. Raises IdentityTaken for a strong identity of another customer,
    LimitReached.
    """
    recorded = []
    field: tuple[str | int, ...] = ()
    for one in prints:
        identity = _identity(work, customer_id, one, contact_id)
        inserted = insert(_identities).values(identity.model_dump())
        if await work.execute(
            inserted.on_conflict_do_nothing(index_elements=["tenant_id", "kind", "namespace", "fingerprint"])
        ):
            recorded.append(identity)
            field = one.field
            await duplicates.note_weak_identity(work, customer_id, one.kind, one.fingerprint)
            work.emit(
                IdentityRecorded(identity_id=identity.id, customer_id=customer_id, contact_id=contact_id, kind=one.kind)
            )
            continue
        [owner] = await queries.identities_by_fingerprint(work, [one.fingerprint])
        if not await family.are_one(work, owner.customer_id, customer_id):
            if one.kind.strong:
                raise IdentityTaken(*one.field)
            await duplicates.note_weak_identity(work, customer_id, one.kind, one.fingerprint)
    if recorded:
        await queries.require_room(work, Identity, customer_id, *field, limit=IDENTITIES_AT_MOST)
    return recorded


def _identity(work: Work, customer_id: UUID, one: Print, contact_id: UUID | None) -> Identity:
    return Identity(
        tenant_id=work.tenant_id,
        id=new_id(),
        customer_id=customer_id,
        contact_id=contact_id,
        kind=one.kind.value,
        namespace=one.namespace,
        fingerprint=one.fingerprint,
        sealed=sealer().seal(work.tenant_id, one.kind, one.value),
        tail=tail_of(one.kind, one.value),
        recorded_at=work.now,
    )


def _written(ref: ExternalRefCommand) -> str:
    return f"ref:{ref.system}:{ref.id}"
