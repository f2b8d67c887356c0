"""Who is in a group chat: joined and left, told twice, told late, told by many at once; and a chat that is no more."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from server.customers.errors import InFuture
from server.db.work import Work
from server.errors import Conflict, DomainError, NotFound
from server.group_chats import errors, service
from server.group_chats.chat_terms import GroupJoinSource, GroupLeaveReason, GroupMembershipChange
from server.group_chats.commands import CreateGroupChat, DissolveGroupChat, RecordGroupMembership, UpdateGroupChat
from server.group_chats.tables import GroupChat, GroupMembership
from tests.factories.deals import Deal
from tests.touchpoints import people

OPENED = datetime(2026, 3, 1, tzinfo=UTC)
JOINED, LEFT = GroupMembershipChange.JOINED, GroupMembershipChange.LEFT


def day(number: int) -> datetime:
    return OPENED + timedelta(days=number)


async def opened(work: Work, **given: Any) -> GroupChat:
    return await service.create_group_chat(work, CreateGroupChat(name="熟客群", occurred_at=OPENED, **given))


def change(chat: GroupChat, customer: UUID, what: GroupMembershipChange, at: datetime | None, **more: Any) -> Any:
    return RecordGroupMembership(group_chat_id=chat.id, customer_id=customer, change=what, occurred_at=at, **more)


async def refused(awaited: Any, kind: type[DomainError]) -> tuple[str, ...]:
    with pytest.raises(kind) as caught:
        await awaited
    return caught.value.field


async def test_stays_follow_one_another_and_are_told_once(shop: Deal) -> None:
    async with shop.work() as work:
        chat = await opened(work)
        tell = service.record_group_membership

        first = await tell(work, change(chat, shop.customer, JOINED, day(1), source=GroupJoinSource.GROUP_CODE))
        again = await tell(work, change(chat, shop.customer, JOINED, day(2)))
        left = await tell(work, change(chat, shop.customer, LEFT, day(3), reason=GroupLeaveReason.REMOVED))
        told = len(work.events)
        assert first.id == again.id == left.id
        assert (first.joined_at, first.join_source) == (day(1), "GROUP_CODE")
        # The same reports once more: both are of a stay that is over.
        assert (await tell(work, change(chat, shop.customer, JOINED, day(1)))).id == first.id
        assert (await tell(work, change(chat, shop.customer, LEFT, day(3)))).id == first.id
        assert len(work.events) == told
        second = await tell(work, change(chat, shop.customer, JOINED, day(4)))
        assert second.id != first.id

    async with shop.work() as work:
        rows = await work.rows(GroupMembership)
        kept = sorted((one.joined_at, one.left_at, one.leave_reason, one.version) for one in rows)
    assert kept == [(day(1), day(3), "REMOVED", 2), (day(4), None, None, 1)]
    assert await shop.told("group_") == [
        "group_chat.created",
        "group_membership.joined",
        "group_membership.left",
        "group_membership.joined",
    ]


async def test_what_cannot_have_been_is_refused_and_changes_nothing(shop: Deal) -> None:
    async with shop.work() as work:
        chat = await opened(work)
        tell = service.record_group_membership
        stay = await tell(work, change(chat, shop.customer, JOINED, day(5)))
        for command, kind, field in (
            (change(chat, shop.customer, LEFT, day(4)), errors.LeftBeforeJoining, "occurred_at"),
            (change(chat, shop.stranger, LEFT, day(6)), errors.NotInTheChat, "customer_id"),
            (change(chat, shop.stranger, JOINED, day(-1)), errors.ChatOpenedLater, "occurred_at"),
            (change(chat, shop.stranger, JOINED, work.now + timedelta(days=1)), InFuture, "occurred_at"),
            (change(chat, uuid4(), JOINED, day(6)), NotFound, "customer_id"),
        ):
            assert await refused(tell(work, command), kind) == (field,)
        nowhere = RecordGroupMembership(group_chat_id=uuid4(), customer_id=shop.customer, change=JOINED)
        assert await refused(tell(work, nowhere), NotFound) == ("group_chat_id",)
        await tell(work, change(chat, shop.customer, LEFT, day(8)))
        assert await refused(tell(work, change(chat, shop.customer, JOINED, day(7))), errors.StaysOverlap) == (
            "occurred_at",
        )
        assert [one.id for one in await work.rows(GroupMembership)] == [stay.id]
    wrongs: list[dict[str, Any]] = [
        {"change": JOINED, "reason": "REMOVED"},
        {"change": LEFT, "source": "OTHER"},
        {"change": LEFT, "reason": "DISSOLVED"},
    ]
    for wrong in wrongs:
        with pytest.raises(ValueError, match=r"reason|source|dissolved"):
            RecordGroupMembership(group_chat_id=chat.id, customer_id=shop.customer, **wrong)


async def test_who_does_not_see_the_customer_cannot_put_them_in_a_chat(shop: Deal) -> None:
    async with shop.work() as work:
        chat = await opened(work)
    async with shop.work(clerk=True) as work:
        tell = service.record_group_memberships(
            work,
            [change(chat, shop.stranger, JOINED, None), change(chat, shop.customer, JOINED, None)],
        )
        one, other = await tell
        assert isinstance(one, NotFound)
        assert one.field == ("customer_id",)
        assert isinstance(other, GroupMembership)
    assert await shop.brand.count("group_memberships") == 1
    assert await shop.told("group_membership") == ["group_membership.joined"]


async def test_a_dissolved_chat_has_nobody_in_it_and_takes_nobody(shop: Deal) -> None:
    async with shop.work() as work:
        chat = await opened(work)
        await service.record_group_membership(work, change(chat, shop.customer, JOINED, day(5)))
        early = DissolveGroupChat(group_chat_id=chat.id, occurred_at=day(4))
        assert await refused(service.dissolve_group_chat(work, early), errors.StillUsedLater) == ("occurred_at",)
        stale = DissolveGroupChat(group_chat_id=chat.id, occurred_at=day(6), expected_version=7)
        assert await refused(service.dissolve_group_chat(work, stale), Conflict) == ("expected_version",)
        await service.dissolve_group_chat(work, DissolveGroupChat(group_chat_id=chat.id, occurred_at=day(6)))
        [stay] = await work.rows(GroupMembership)
        assert (stay.left_at, stay.leave_reason) == (day(6), "DISSOLVED")
        join = service.record_group_membership(work, change(chat, shop.stranger, JOINED, None))
        assert await refused(join, errors.ChatDissolved) == ("group_chat_id",)
        for act in (
            service.dissolve_group_chat(work, DissolveGroupChat(group_chat_id=chat.id)),
            service.update_group_chat(work, UpdateGroupChat(group_chat_id=chat.id, name="x")),
        ):
            assert await refused(act, errors.ChatDissolved) == ("group_chat_id",)
    assert (await shop.told("group_"))[-2:] == ["group_membership.left", "group_chat.dissolved"]


async def test_of_a_chat_what_is_given_changes_and_the_rest_stays(shop: Deal) -> None:
    async with shop.work() as work:
        group = await people.group(work, "ops_group")
        chat = await opened(work, store_id=shop.store, group_id=group, owner_id=shop.staff)
        act = service.update_group_chat
        same = await act(work, UpdateGroupChat(group_chat_id=chat.id, name="熟客群", owner_id=shop.staff))
        assert same.version == 1
        moved = await act(work, UpdateGroupChat(group_chat_id=chat.id, role_id=shop.role, owner_id=None))
        assert (moved.role_id, moved.group_id, moved.owner_id, moved.store_id) == (shop.role, None, None, shop.store)
        assert moved.version == 2
        for field in ("store_id", "owner_id", "role_id"):
            named: dict[str, Any] = {field: uuid4()}
            assert await refused(act(work, UpdateGroupChat(group_chat_id=chat.id, **named)), NotFound) == (field,)
        stale = UpdateGroupChat(group_chat_id=chat.id, name="y", expected_version=1)
        assert await refused(act(work, stale), Conflict) == ("expected_version",)
    assert await shop.told("group_chat") == ["group_chat.created", "group_chat.changed"]


async def test_two_who_tell_of_the_same_joining_at_once_make_one_stay(shop: Deal) -> None:
    async with shop.work() as work:
        chat = await opened(work)

    async def join() -> UUID:
        async with shop.work() as work:
            return (await service.record_group_membership(work, change(chat, shop.customer, JOINED, None))).id

    assert len(set(await asyncio.gather(*(join() for _ in range(6))))) == 1
    assert await shop.brand.count("group_memberships") == 1
    assert await shop.told("group_membership") == ["group_membership.joined"]
