"""Every SELECT the room needs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import and_, func, or_, select

from server.customers.tables import Customer
from server.db.statements import among, table_of
from server.db.work import Work
from server.group_chats.tables import GroupChat, GroupMembership, GroupPost

_chats, _stays, _posts = table_of(GroupChat), table_of(GroupMembership), table_of(GroupPost)
_customers = table_of(Customer)


class Receiver(NamedTuple):
    """A customer who was in a chat when something was posted."""

    customer_id: UUID
    home_store_id: UUID | None


async def hold(work: Work, chat_ids: Iterable[UUID]) -> None:
    """Nobody joins, leaves or posts in these chats meanwhile. Take all chats of an act at once: they are locked in order."""
    await work.rows(GroupChat, among(_chats.c.id, chat_ids), lock=True)


async def stays_of(work: Work, chat_id: UUID, customer_id: UUID) -> list[GroupMembership]:
    """Every stay of one customer in one chat, the oldest first. The chat is locked by the caller."""
    return await work.rows(
        GroupMembership,
        _stays.c.group_chat_id == chat_id,
        _stays.c.customer_id == customer_id,
        order_by=[_stays.c.joined_at, _stays.c.id],
    )


async def live_stays(work: Work, chat_id: UUID) -> list[GroupMembership]:
    """Who is in the chat now. The chat is locked by the caller."""
    return await work.rows(
        GroupMembership, _stays.c.group_chat_id == chat_id, _stays.c.left_at.is_(None), order_by=[_stays.c.id]
    )


async def last_use(work: Work, chat_id: UUID) -> datetime | None:
    """When somebody last joined, left or posted."""
    latest = func.greatest(func.max(_stays.c.joined_at), func.max(_stays.c.left_at))
    of_chat = (_stays.c.tenant_id == work.tenant_id, _stays.c.group_chat_id == chat_id)
    posted = (
        select(func.max(_posts.c.occurred_at))
        .where(_posts.c.tenant_id == work.tenant_id, _posts.c.group_chat_id == chat_id)
        .scalar_subquery()
    )
    found: datetime | None = await work.scalar(select(func.greatest(latest, posted)).where(*of_chat))
    return found


async def receivers(work: Work, chat_id: UUID, at: datetime) -> list[Receiver]:
    """Whoever was in the chat at this time, each once, in the order of their ids."""
    statement = (
        select(_customers.c.id, _customers.c.home_store_id)
        .join(_stays, and_(_stays.c.tenant_id == _customers.c.tenant_id, _stays.c.customer_id == _customers.c.id))
        .where(
            _customers.c.tenant_id == work.tenant_id,
            _stays.c.group_chat_id == chat_id,
            _stays.c.joined_at <= at,
            or_(_stays.c.left_at.is_(None), _stays.c.left_at > at),
        )
        .distinct()
        .order_by(_customers.c.id)
    )
    return [Receiver(*record) for record in await work.fetch(statement)]
