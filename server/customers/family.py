"""One person under several ids: who was merged into whom, as the acts and the rules see it.

Merging rewrites nothing, so what is recorded of one person may lie under the ids of several customers, who share
`family_id`. Whatever is asked of *a customer* as a whole (what they were told, who serves them, what they agreed to) is
asked of all of these. For who was never merged that is the customer alone, found out by one look at one row.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Uuid, any_, bindparam, func, literal, select

from server.customers.tables import Customer
from server.db.reader import Reader
from server.db.statements import among, table_of
from server.db.work import Work

_customers = table_of(Customer)


def kin(customer_id: ColumnElement[Any], tenant: Any) -> ColumnElement[Any]:
    """An array of the ids that are one with the customer, the customer's own among them; in any order."""
    named, member = _customers.alias("named"), _customers.alias("member")
    others = select(member.c.id).where(
        named.c.tenant_id == tenant,
        named.c.id == customer_id,
        member.c.tenant_id == named.c.tenant_id,
        member.c.family_id == named.c.family_id,
        member.c.family_id.isnot(None),
        member.c.id != named.c.id,
    )
    ids = func.array(others.correlate_except(named, member).scalar_subquery(), type_=ARRAY(Uuid))
    return func.array_append(ids, customer_id, type_=ARRAY(Uuid))


def one_with(column: ColumnElement[Any], customer_id: UUID | ColumnElement[Any], tenant: Any) -> ColumnElement[bool]:
    """The column holds the id of the customer, or of somebody who is one with them."""
    given = literal(customer_id, Uuid()) if isinstance(customer_id, UUID) else customer_id
    return column == any_(kin(given, tenant))


def kin_of_all(customer_ids: Iterable[UUID], tenant: Any) -> ColumnElement[Any]:
    """An array of the ids that are one with any of these, their own among them; in any order."""
    given = bindparam(None, list(customer_ids), type_=ARRAY(Uuid))
    named, member = _customers.alias("named"), _customers.alias("member")
    others = select(member.c.id).where(
        named.c.tenant_id == tenant,
        named.c.id == any_(given),
        named.c.family_id.isnot(None),
        member.c.tenant_id == named.c.tenant_id,
        member.c.family_id == named.c.family_id,
        member.c.family_id.isnot(None),
    )
    return func.array_cat(func.array(others.scalar_subquery(), type_=ARRAY(Uuid)), given, type_=ARRAY(Uuid))


async def members(work: Work | Reader, customer_id: UUID) -> list[UUID]:
    """The ids that are one with the customer, their own first, then in the order of ids."""
    named, member = _customers.alias("named"), _customers.alias("member")
    statement = (
        select(member.c.id)
        .select_from(named)
        .join(member, (member.c.tenant_id == named.c.tenant_id) & (member.c.family_id == named.c.family_id))
        .where(
            named.c.tenant_id == work.tenant_id,
            named.c.id == bindparam("named_id", type_=Uuid()),
            member.c.family_id.isnot(None),
            member.c.id != named.c.id,
        )
        .order_by(member.c.id)
    )
    return [customer_id, *(row["id"] for row in await work.fetch(statement, named_id=customer_id))]


async def are_one(work: Work, one: UUID | None, other: UUID | None) -> bool:
    """Whether two customer ids mean the same person. Asks nothing where they are equal."""
    if one == other or one is None or other is None:
        return one == other
    families = select(func.count(_customers.c.id), func.count(_customers.c.family_id.distinct())).where(
        _customers.c.tenant_id == work.tenant_id,
        among(_customers.c.id, (one, other)),
        _customers.c.family_id.isnot(None),
    )
    row = await work.fetch_one(families)
    assert row is not None, "A count is one row."
    return tuple(row) == (2, 1)


async def heads(work: Work, customer_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """Who speaks for each of these customers: themselves, or whom they were merged into in the end. Missing ones are left out."""
    statement = select(_customers.c.id, _customers.c.family_id).where(
        _customers.c.tenant_id == work.tenant_id, among(_customers.c.id, customer_ids)
    )
    return {row["id"]: row["family_id"] or row["id"] for row in await work.fetch(statement)}
