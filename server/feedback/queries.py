"""Every SELECT this room needs."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
from sqlalchemy import Select, Uuid, bindparam, select, text

from server.customers.tables import Customer
from server.db.statements import among, table_of
from server.db.work import Work
from server.feedback.clock import BusinessCalendar, OpeningHours
from server.feedback.kinds import ClockResult, FeedbackStatus
from server.feedback.tables import VOICE_IS_FOR, Feedback, FeedbackClock, FeedbackMove
from server.operations.boundary_modes import BoundaryMode
from server.operations.purposes import Purpose
from server.operations.tables import OperatingModel, RolePurpose
from server.tenants.tables import BusinessHours, ClosedDay, StaffMember, Tenant


async def business_calendar(work: Work) -> BusinessCalendar | None:
    """When the tenant is open; None where no opening hours were ever set."""
    hours = await work.rows(BusinessHours)
    if not hours:
        return None
    tenant = await work.require(Tenant, work.tenant_id)
    closed = await work.rows(ClosedDay)
    return BusinessCalendar(
        ZoneInfo(tenant.timezone),
        tuple(OpeningHours(one.weekday, one.opens, one.closes) for one in hours),
        frozenset(one.day for one in closed),
    )


async def owner_of(work: Work, purpose: Purpose) -> tuple[UUID | None, UUID | None]:
    """The role or the group that owns the purpose in the operating model in force; neither where nobody does."""
    models, boundary = table_of(OperatingModel).c, table_of(RolePurpose).c
    record: asyncpg.Record | None = await work.fetch_one(
        select(boundary.role_id, boundary.group_id).where(
            models.tenant_id == work.tenant_id,
            models.in_force,
            boundary.tenant_id == models.tenant_id,
            boundary.operating_model_id == models.id,
            boundary.purpose == bindparam("purpose"),
            boundary.mode == BoundaryMode.OWNS.value,
        ),
        purpose=purpose.value,
    )
    return (None, None) if record is None else (record["role_id"], record["group_id"])


async def home_store(work: Work, customer_id: UUID) -> UUID | None:
    """Where the customer belongs."""
    customers = table_of(Customer).c
    found: UUID | None = await work.scalar(
        select(customers.home_store_id).where(
            customers.tenant_id == work.tenant_id, customers.id == bindparam("customer")
        ),
        customer=customer_id,
    )
    return found


async def running_clock(work: Work, feedback_id: UUID) -> FeedbackClock:
    """The clock that is running. There is exactly one while the feedback awaits an answer, and none otherwise."""
    clocks = table_of(FeedbackClock).c
    [clock] = await work.rows(
        FeedbackClock, clocks.feedback_id == feedback_id, clocks.result == ClockResult.RUNNING.value
    )
    return clock


async def clocks(work: Work, feedback_id: UUID) -> list[FeedbackClock]:
    """All its clocks, the first one first."""
    rows = table_of(FeedbackClock).c
    return await work.rows(FeedbackClock, rows.feedback_id == feedback_id, order_by=[rows.number])


async def locked(work: Work, ids: Collection[UUID]) -> dict[UUID, Feedback]:
    """Those of these that are there, locked in the order of their ids."""
    rows = table_of(Feedback).c
    found = await work.rows(Feedback, among(rows.id, sorted(ids)), order_by=[rows.id], lock=True)
    return {one.id: one for one in found}


async def last_clock_number(work: Work, feedback_id: UUID) -> int:
    """The number of the newest clock; 0 where there never was one."""
    clocks = table_of(FeedbackClock).c
    newest = await work.rows(FeedbackClock, clocks.feedback_id == feedback_id, order_by=[clocks.number.desc()], limit=1)
    return newest[0].number if newest else 0


async def in_whose_hands(work: Work, feedback_id: UUID) -> UUID | None:
    """Who took the matter on last, while still with the brand."""
    moves, people = table_of(FeedbackMove).c, table_of(StaffMember)
    found: UUID | None = await work.scalar(
        select(moves.staff_id)
        .join(people, (people.c.tenant_id == moves.tenant_id) & (people.c.id == moves.staff_id))
        .where(
            moves.tenant_id == work.tenant_id,
            moves.feedback_id == bindparam("feedback"),
            moves.to_status == FeedbackStatus.ACKNOWLEDGED.value,
            people.c.left_at.is_(None),
        )
        .order_by(moves.recorded_at.desc(), moves.id.desc())
        .limit(1),
        feedback=feedback_id,
    )
    return found


async def is_for(work: Work, voice_id: UUID, staff_id: UUID) -> bool:
    """Whether a voice of nobody known is for this staff member: the condition the database guards reads with."""
    found = await work.scalar(_is_for(), tenant=work.tenant_id, id=voice_id, staff=staff_id)
    return found is not None


@cache
def _is_for() -> Select[Any]:
    feedback = table_of(Feedback)
    rule = text(f"({VOICE_IS_FOR.format(staff=':staff')})").bindparams(bindparam("staff", type_=Uuid()))
    return select(feedback.c.id).where(
        feedback.c.tenant_id == bindparam("tenant"),
        feedback.c.id == bindparam("id"),
        feedback.c.customer_id.is_(None),
        rule,
    )
