"""A handoff asked of somebody who will not answer it any more is asked of somebody else, so that nobody waits in vain."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from sqlalchemy import or_

from server.db.statements import table_of
from server.db.work import Work
from server.handoffs import events, queries, service
from server.handoffs.statuses import HandoffStatus
from server.handoffs.tables import Handoff
from server.operations.units import unit_of
from server.work_items import service as inbox
from server.work_items.kinds import WorkItemKind
from server.work_items.service import Whose

_handoffs = table_of(Handoff).c

NOBODY_ANSWERS = "被请求的同事已离职，且无人负责。 Who was asked has left, and nobody answers for it."
_ADDRESS = ("customer_id", "role_id", "group_id", "store_id", "purpose")


async def ask_instead_of(work: Work, staff_id: UUID, whom: Callable[[Handoff], Awaitable[UUID | None]]) -> None:
    """Everything this person was asked, or asked besides after an escalation, and has not answered is asked of others.

    In person of whoever `whom` says, of their role or group where that is nobody, and where there is none, of who answers
    for the store. Locks the handoffs, then their customers, each in the order of their ids.
    """
    asked = await queries.open_ones(work, or_(_handoffs.to_staff_id == staff_id, _handoffs.escalated_to_id == staff_id))
    for handoff in asked:
        if handoff.to_staff_id == staff_id:
            await _ask(work, handoff, await whom(handoff))
        if handoff.escalated_to_id == staff_id and handoff.status == HandoffStatus.ESCALATED:
            await _readdress(work, handoff, escalated_to_id=await queries.responsible(work, handoff))
    for customer_id in sorted({one.customer_id for one in asked}):
        await service.open_eyes(work, customer_id)


async def _ask(work: Work, handoff: Handoff, to: UUID | None) -> None:
    if to is None and unit_of(handoff) is None:
        to = await queries.responsible(work, handoff)
        if to is None:
            await service.answered(work, handoff, HandoffStatus.DECLINED, None, declined_reason=NOBODY_ANSWERS)
            work.emit(events.HandoffDeclined(**events.about(handoff), answered_by_id=None))
            return
    same = (_handoffs[name].is_not_distinct_from(getattr(handoff, name)) for name in _ADDRESS)
    others = await queries.open_ones(work, _handoffs.to_staff_id.is_not_distinct_from(to), *same)
    if others:
        await service.answered(work, handoff, HandoffStatus.CANCELLED, None)
        work.emit(events.HandoffCancelled(**events.about(handoff)))
        return
    await _readdress(work, handoff, to_staff_id=to)


async def _readdress(work: Work, handoff: Handoff, **values: Any) -> None:
    await work.change(handoff, **values)
    assignee = handoff.escalated_to_id or handoff.to_staff_id
    await inbox.reassign_item(
        work, WorkItemKind.HANDOFF, handoff.id, Whose(assignee, unit_of(handoff), handoff.store_id)
    )
    work.emit(
        events.HandoffReaddressed(
            **events.about(handoff),
            to_staff_id=handoff.to_staff_id,
            role_id=handoff.role_id,
            group_id=handoff.group_id,
            escalated_to_id=handoff.escalated_to_id,
        )
    )
