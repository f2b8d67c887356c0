"""Every SELECT the acts of this room need. All name the tenant; none decides anything."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple, cast
from uuid import UUID

from sqlalchemy import ARRAY, Text, Uuid, and_, bindparam, func, select

from server.customers.case_terms import CaseStatus
from server.customers.consent_scopes import ConsentScope
from server.customers.family import one_with
from server.customers.tables import Case, Consent, CustomerTag, Identity, Relationship, RelationshipRole, Subject
from server.db.reader import Reader
from server.db.statements import among, table_of
from server.db.tables import TenantRow
from server.db.work import Work
from server.errors import LimitReached
from server.operations.tables import Channel, ChannelHours, Store
from server.operations.units import Unit
from server.operations.working_hours import Hours
from server.tenants.tables import StaffMember, Tenant

_identities, _tags, _subjects = table_of(Identity), table_of(CustomerTag), table_of(Subject)
_cases, _consents = table_of(Case), table_of(Consent)
_relationships, _roles, _staff = table_of(Relationship), table_of(RelationshipRole), table_of(StaffMember)


MOST_HOLDERS = 10


async def timezone(work: Work | Reader) -> str:
    """The tenant's time zone."""
    tenants = table_of(Tenant)
    found = await work.scalar(select(tenants.c.timezone).where(tenants.c.tenant_id == work.tenant_id))
    return cast(str, found)


async def lock_words(work: Work, words: Iterable[str]) -> None:
    """Hold these words for this tenant until the act ends; whoever wants one of them waits. Taken in sorted order."""
    wanted = sorted(f"{work.tenant_id}|{word}" for word in words)
    if wanted:
        word = func.unnest(bindparam(None, wanted, type_=ARRAY(Text))).column_valued("word")
        await work.fetch(select(func.pg_advisory_xact_lock(func.hashtextextended(word, 0))))


async def identities_by_fingerprint(work: Work, fingerprints: Iterable[str]) -> list[Identity]:
    return await work.rows(Identity, among(_identities.c.fingerprint, fingerprints), order_by=[_identities.c.id])


async def tags_of(work: Work, customer_ids: Iterable[UUID]) -> dict[UUID, set[str]]:
    """The tags of each of the customers who has any."""
    found: dict[UUID, set[str]] = {}
    for row in await work.rows(CustomerTag, among(_tags.c.customer_id, customer_ids)):
        found.setdefault(row.customer_id, set()).add(row.tag)
    return found


async def require_room(work: Work, model: type[TenantRow], customer_id: UUID, *field: str | int, limit: int) -> None:
    """Raises LimitReached on `field` where the customer has more of these rows by now than are ever read at once.

    The customer's row must be locked by the caller, or nobody else's count would wait for this one.
    """
    rows = table_of(model)
    held = select(func.count()).where(rows.c.tenant_id == work.tenant_id, rows.c.customer_id == customer_id)
    if await work.scalar(held) > limit:
        raise LimitReached(*field, limit=limit)


async def live_relationship(work: Work, customer_id: UUID, staff_id: UUID) -> Relationship | None:
    found = await work.rows(
        Relationship,
        one_with(_relationships.c.customer_id, customer_id, work.tenant_id),
        _relationships.c.staff_id == staff_id,
        _relationships.c.ended_at.is_(None),
    )
    return found[0] if found else None


async def current_roles(work: Work, relationship_id: UUID) -> list[RelationshipRole]:
    return await work.rows(
        RelationshipRole,
        _roles.c.relationship_id == relationship_id,
        _roles.c.until_at.is_(None),
        order_by=[_roles.c.from_at, _roles.c.id],
    )


class Holder(NamedTuple):
    """Who serves a customer in a role or group, and since when."""

    staff_id: UUID
    name: str
    since: datetime


async def holders_of(work: Work, customer_id: UUID, unit: Unit) -> list[Holder]:
    """Who serves this customer in this role or group now, whoever has done so longest first; no more than are told of."""
    held = _roles.c.group_id == unit.id if unit.is_group else _roles.c.role_id == unit.id
    statement = (
        select(_relationships.c.staff_id, _staff.c.name, _roles.c.from_at)
        .join(
            _roles,
            and_(_roles.c.tenant_id == _relationships.c.tenant_id, _roles.c.relationship_id == _relationships.c.id),
        )
        .join(_staff, and_(_staff.c.tenant_id == _relationships.c.tenant_id, _staff.c.id == _relationships.c.staff_id))
        .where(
            _relationships.c.tenant_id == work.tenant_id,
            one_with(_relationships.c.customer_id, bindparam("customer", type_=Uuid()), work.tenant_id),
            _relationships.c.ended_at.is_(None),
            _roles.c.until_at.is_(None),
            held,
            _staff.c.left_at.is_(None),
        )
        .order_by(_roles.c.from_at, _roles.c.id)
        .limit(MOST_HOLDERS)
    )
    return [Holder(*record) for record in await work.fetch(statement, customer=customer_id)]


async def open_cases(work: Work, customer_id: UUID) -> list[Case]:
    """The open cases of the customer and whoever is one with them, most recently moved first; locked."""
    return await work.rows(
        Case,
        one_with(_cases.c.customer_id, customer_id, work.tenant_id),
        _cases.c.status == CaseStatus.OPEN.value,
        order_by=[_cases.c.moved_at.desc(), _cases.c.id.desc()],
        lock=True,
    )


async def same_subject(work: Work, subject: Subject) -> Subject | None:
    """A subject of the same customer, kind and name."""
    found = await work.rows(
        Subject,
        _subjects.c.customer_id == subject.customer_id,
        _subjects.c.kind == subject.kind,
        _subjects.c.name == subject.name,
        order_by=[_subjects.c.id],
        limit=1,
    )
    return found[0] if found else None


async def consent_holds(work: Work, customer_id: UUID, scope: ConsentScope) -> bool:
    """Whether the newest word of the customer about this scope allows it."""
    newest = (
        select(_consents.c.granted)
        .where(
            _consents.c.tenant_id == work.tenant_id,
            one_with(_consents.c.customer_id, customer_id, work.tenant_id),
            _consents.c.scope == scope.value,
        )
        .order_by(_consents.c.occurred_at.desc(), _consents.c.recorded_at.desc(), _consents.c.id.desc())
        .limit(1)
    )
    return bool(await work.scalar(newest))


async def open_store(work: Work, store_id: UUID) -> Store | None:
    """The store, unless it is closed or there is none."""
    store = await work.get(Store, store_id)
    return None if store is None or store.closed_at is not None else store


async def channel_hours(work: Work, channel: Channel) -> tuple[list[Hours], str]:
    """When the channel is served, and in which time zone: its store's, or else the tenant's."""
    hours, stores, tenants = table_of(ChannelHours).c, table_of(Store).c, table_of(Tenant).c
    rows = await work.rows(ChannelHours, hours.channel_id == channel.id)
    zone = func.coalesce(
        select(stores.timezone)
        .where(stores.tenant_id == work.tenant_id, stores.id == channel.store_id)
        .scalar_subquery(),
        select(tenants.timezone).where(tenants.tenant_id == work.tenant_id).scalar_subquery(),
    )
    return [Hours(row.weekday, row.opens, row.closes) for row in rows], await work.scalar(select(zone))
