"""Verdicts for reading: one statement for all customers of a page, whoever looks.

A staff member who looks is told OUT_OF_BOUNDARY where the purpose is not theirs; a program and an owner have no boundary.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Boolean,
    DateTime,
    Select,
    Text,
    Uuid,
    bindparam,
    cast,
    column,
    func,
    literal_column,
    null,
    select,
)

from server.customers.capacities import capacities, of_record
from server.db.reader import Reader
from server.operations.purposes import Purpose
from server.touchpoints.attention import questions
from server.touchpoints.attention.facts import Contact, Verdict
from server.touchpoints.attention.questions import facts_of
from server.touchpoints.attention.rules import judge
from server.touchpoints.media import Medium


async def verdicts(
    reader: Reader,
    customer_ids: Sequence[UUID],
    *,
    purpose: Purpose,
    medium: Medium,
) -> list[Verdict]:
    """What these customers would say to such a contact now, in order."""
    staff_id: UUID | None = reader.call.caller.staff_id
    bounded = staff_id is not None and not purpose.shared
    contact = Contact(purpose, medium, is_planned=True)
    found = await reader.fetch(
        _statement(bounded),
        customers=list(customer_ids),
        tenant=reader.tenant_id,
        purpose=purpose.value,
        medium=medium.value,
        staff=staff_id,
        weighs=medium.traits.unit > 0,
    )
    return [_verdict(record, contact, bounded, reader) for record in found]


def _verdict(record: Any, contact: Contact, bounded: bool, reader: Reader) -> Verdict:
    acting = of_record(record) if bounded else None
    facts = facts_of(
        record,
        is_owner=acting is None or (acting.unit is not None and acting.unit == acting.owner),
        out_of_boundary=acting is not None and acting.outside,
    )
    return judge(facts, contact, reader.now)


@cache
def _statement(bounded: bool) -> Select[Any]:
    tenant = bindparam("tenant", type_=Uuid())
    asked = (
        func.unnest(bindparam("customers", type_=ARRAY(Uuid())))
        .table_valued(column("customer_id", Uuid()), with_ordinality="place")
        .render_derived(name="asked")
    )
    given = select(
        asked.c.customer_id,
        asked.c.place,
        cast(null(), DateTime(timezone=True)).label("at"),
        bindparam("purpose", type_=Text()).label("purpose"),
        bindparam("medium", type_=Text()).label("medium"),
        bindparam("staff", type_=Uuid()).label("staff_id"),
        cast(null(), Uuid).label("item_id"),
        cast(null(), Text).label("tag"),
        bindparam("weighs", type_=Boolean()).label("weighs"),
        literal_column("true", Boolean).label("asks"),
    ).subquery("given")
    parts = questions.weighing(given, tenant)
    columns: list[Any] = [func.now().label("now"), *questions.columns(parts, tenant)]
    joined: Any = parts.beside(given)
    if bounded:
        beside = capacities(given, tenant)
        joined = beside.beside(joined)
        columns += [
            beside.capacity.c.role_id,
            beside.capacity.c.group_id,
            beside.owner.c.role_id.label("owner_role_id"),
            beside.owner.c.group_id.label("owner_group_id"),
            beside.outside.label("outside"),
        ]
    return select(*columns).select_from(joined).order_by(given.c.place)
