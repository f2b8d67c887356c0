"""Reads that are no plain columns: who is recognised by an identity, and which notes the caller may read."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from server.access.permissions import Permission
from server.customers import queries
from server.customers.identity_kinds import IdentityKind
from server.customers.normal_identities import normal, region_of
from server.customers.sealing import sealer
from server.customers.serving import clearances
from server.customers.tables import Identity
from server.db.reader import Reader
from server.db.statements import table_of
from server.errors import Invalid

_identities = table_of(Identity)


async def customer_by_identity(reader: Reader, kind: IdentityKind, namespace: str, value: str) -> UUID | None:
    """The customer recognised by this, where the caller sees them. What can be no such identity belongs to nobody."""
    try:
        normalised = normal(kind, value, "value", region=region_of(await queries.timezone(reader)))
    except Invalid:
        return None
    found: UUID | None = await reader.scalar(
        select(_identities.c.customer_id).where(
            _identities.c.tenant_id == reader.tenant_id,
            _identities.c.kind == kind.value,
            _identities.c.namespace == namespace,
            _identities.c.fingerprint == sealer().fingerprint(reader.tenant_id, kind, namespace, normalised),
        )
    )
    return found


async def cleared_kinds(reader: Reader) -> set[str] | None:
    """The kinds of sensitive notes the caller may read whoever wrote them; None where it is every kind."""
    caller = reader.call.caller
    if Permission.NOTE_READ_SENSITIVE in caller.permissions:
        return None
    if caller.staff_id is None:
        return set()
    return (await clearances(reader, [caller.staff_id])).get(caller.staff_id, set())
