"""What handoffs do to the customer's trust: one that runs smoothly is a deposit, one that lets a waiting customer down a
withdrawal."""

from __future__ import annotations

from sqlalchemy import exists, or_, select

from server.db.statements import table_of
from server.db.work import Work
from server.handoffs.tables import Handoff
from server.operations.purposes import Purpose
from server.touchpoints.outcomes import Direction
from server.touchpoints.tables import Touchpoint
from server.trust.entries import Cause, post
from server.trust.entry_terms import CauseType
from server.trust.reasons import TrustReason
from server.work_items.kinds import WorkItemKind, WorkItemState
from server.work_items.tables import WorkItem

_contacts, _items = table_of(Touchpoint).c, table_of(WorkItem).c


async def accepted(work: Work, handoff: Handoff) -> None:
    """Somebody took the customer. Inside its clock, and with the customer introduced to them: that carried the context.

    The handoff is held. An introduction is a contact for that purpose since it was asked.
    """
    if handoff.escalated_at is not None:
        return
    if work.now > handoff.due_at:
        await missed(work, handoff)
    elif await _introduced(work, handoff):
        await post(work, handoff.customer_id, TrustReason.CONTEXT_CARRIED, Cause(CauseType.HANDOFF, handoff.id))


async def missed(work: Work, handoff: Handoff) -> None:
    """Nobody answered in time. That costs trust where the customer was waiting for an answer meanwhile."""
    if await _is_waiting(work, handoff):
        cause = Cause(CauseType.HANDOFF, handoff.id)
        await post(work, handoff.customer_id, TrustReason.DROPPED_HANDOFF, cause)


async def _introduced(work: Work, handoff: Handoff) -> bool:
    statement = select(
        exists(
            select(_contacts.id).where(
                _contacts.tenant_id == work.tenant_id,
                _contacts.customer_id == handoff.customer_id,
                _contacts.purpose == Purpose.HANDOFF_INTRODUCTION.value,
                _contacts.direction == Direction.OUTBOUND.value,
                _contacts.occurred_at >= handoff.requested_at,
            )
        )
    )
    return bool(await work.scalar(statement))


async def _is_waiting(work: Work, handoff: Handoff) -> bool:
    """For an answer on what the handoff is for; on anything where it is for nothing in particular."""
    waiting = select(_items.id).where(
        _items.tenant_id == work.tenant_id,
        _items.customer_id == handoff.customer_id,
        _items.kind == WorkItemKind.UNANSWERED_ENQUIRY.value,
        _items.state == WorkItemState.OPEN.value,
    )
    if handoff.purpose is not None:
        waiting = waiting.where(or_(_items.purpose == handoff.purpose, _items.purpose == Purpose.ENQUIRY.value))
    return bool(await work.scalar(select(exists(waiting))))
