"""A contact is recorded whole or not at all, and names only what is there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from server.access.permissions import DataScope
from server.campaigns.tables import Campaign, Content
from server.db.work import Work
from server.errors import DomainError, NotFound, Refusals
from server.group_chats.tables import GroupChat
from server.ids import new_id
from server.items.kinds import ItemKind
from server.items.tables import Item
from server.operations.purposes import Purpose
from server.touchpoints import service
from server.touchpoints.commands import RecordTouchpoint
from server.touchpoints.errors import InTheFuture, OutcomeNotObservable
from server.touchpoints.events import TouchpointOutcomeRecorded, TouchpointRecorded
from server.touchpoints.media import Medium
from server.touchpoints.outcomes import Direction, Outcome, TouchpointState
from server.touchpoints.tables import Touchpoint, TouchpointOutcome
from tests.factories.brands import Brand
from tests.touchpoints import people

Brands = Callable[..., Awaitable[Brand]]


def chat(customer_id: UUID, **more: Any) -> RecordTouchpoint:
    given: dict[str, Any] = {
        "direction": Direction.OUTBOUND,
        "medium": Medium.WECOM_CHAT,
        "purpose": Purpose.RECALL,
        **more,
    }
    return RecordTouchpoint(customer_id=customer_id, **given)


async def test_everything_it_names_is_kept_and_told(brand: Brands) -> None:
    one = await brand()
    async with one.work() as work:
        customer, staff, store = people.customer(work), people.colleague(work), people.store(work)
        case = await people.case_of(work, customer)
        item = work.add(Item(key="i", name="I", kind=ItemKind.GOODS)).id
        content = work.add(Content(kind="TIP", title="T", occurred_at=work.now)).id
        campaign = work.add(Campaign(key="c", name="C", starts_at=work.now)).id
        group_chat = work.add(GroupChat(name="G", occurred_at=work.now)).id
    shown = {"content_id": content, "campaign_id": campaign, "group_chat_id": group_chat}
    async with one.work() as work:
        at = work.now - timedelta(days=3)
        recorded = await service.record_touchpoint(
            work,
            chat(
                customer,
                staff_id=staff,
                case_id=case,
                store_id=store,
                item_id=item,
                summary=" 复诊提醒 ",
                occurred_at=at,
                **shown,
            ),
        )
        assert work.events == [
            TouchpointRecorded(
                touchpoint_id=recorded.id,
                customer_id=customer,
                staff_id=staff,
                case_id=case,
                store_id=store,
                role_id=None,
                group_id=None,
                item_id=item,
                **shown,
                group_post_id=None,
                direction=Direction.OUTBOUND,
                medium=Medium.WECOM_CHAT,
                purpose=Purpose.RECALL,
                state=TouchpointState.SENT,
                reservation_id=None,
                attention_units=1,
                occurred_at=at,
            )
        ]
        [kept] = await work.rows(Touchpoint)
        assert kept.model_dump() == {
            "tenant_id": one.tenant_id,
            "id": recorded.id,
            "customer_id": customer,
            "staff_id": staff,
            "case_id": case,
            "store_id": store,
            "role_id": None,
            "group_id": None,
            "item_id": item,
            **shown,
            "group_post_id": None,
            "direction": "OUTBOUND",
            "medium": "WECOM_CHAT",
            "purpose": "RECALL",
            "state": "SENT",
            "outcome": "PENDING",
            "summary": "复诊提醒",
            "attention_units": 1,
            "contact_id": None,
            "occurred_at": at,
            "recorded_at": work.now,
        }
    assert await one.count("touchpoint_outcomes") == 0


async def test_the_customers_row_is_left_alone(brand: Brands) -> None:
    """Many contacts with one customer at once must not queue for one row."""
    one = await brand()
    async with one.work() as work:
        customer = people.customer(work)
    async with one.work() as work:
        before = await place_of(work, customer)
    async with one.work() as work:
        await service.record_touchpoint(work, chat(customer))
    async with one.work() as work:
        assert await place_of(work, customer) == before


async def test_a_staff_member_records_their_own_contact_now(brand: Brands) -> None:
    one = await brand()
    async with one.work() as work:
        customer, staff = people.customer(work), people.colleague(work)
        people.may_see(work, staff, customer)
    async with one.world.work(one.as_staff(staff, DataScope.OWN_CUSTOMERS)) as work:
        recorded = await service.record_touchpoint(work, chat(customer))
        assert (recorded.staff_id, recorded.occurred_at) == (staff, work.now)


async def test_an_integrator_records_nobodys_contact(brand: Brands) -> None:
    one = await brand()
    async with one.work() as work:
        customer = people.customer(work)
        recorded = await service.record_touchpoint(work, chat(customer, medium=Medium.APP_PUSH))
        assert recorded.staff_id is None


async def test_whoever_sees_only_their_own_customers_cannot_name_another(brand: Brands) -> None:
    one = await brand()
    async with one.work() as work:
        hidden, staff = people.customer(work), people.colleague(work)
    async with one.world.work(one.as_staff(staff, DataScope.OWN_CUSTOMERS)) as work:
        refusal = await refused(service.record_touchpoint(work, chat(hidden)))
        assert (type(refusal), refusal.field, work.events) == (NotFound, ("customer_id",), [])
    assert await one.count("touchpoints") == 0


@pytest.mark.parametrize("field", ["staff_id", "case_id", "store_id", "item_id"])
async def test_what_is_not_there_is_named_by_its_field(brand: Brands, field: str) -> None:
    one = await brand()
    async with one.work() as work:
        customer = people.customer(work)
        refusal = await refused(service.record_touchpoint(work, chat(customer, **{field: new_id()})))
        assert (type(refusal), refusal.field, work.events) == (NotFound, (field,), [])
    assert await one.count("touchpoints") == 0


async def test_everything_unknown_is_named_at_once(brand: Brands) -> None:
    one = await brand()
    async with one.work() as work:
        customer = people.customer(work)
        unknown = {name: new_id() for name in ("staff_id", "case_id", "store_id", "item_id")}
        refusal = await refused(service.record_touchpoint(work, chat(customer, **unknown)))
        assert isinstance(refusal, Refusals)
        assert [(type(each), each.field) for each in refusal.refusals] == [
            (NotFound, ("staff_id",)),
            (NotFound, ("case_id",)),
            (NotFound, ("store_id",)),
            (NotFound, ("item_id",)),
        ]


async def test_another_customers_case_is_no_case_of_this_one(brand: Brands) -> None:
    one = await brand()
    async with one.work() as work:
        customer, other = people.customer(work), people.customer(work)
        case = await people.case_of(work, other)
        refusal = await refused(service.record_touchpoint(work, chat(customer, case_id=case)))
        assert (type(refusal), refusal.field) == (NotFound, ("case_id",))
    assert await one.count("touchpoints") == 0


async def test_another_brands_things_are_as_absent_as_none(brand: Brands) -> None:
    mine, theirs = await brand(), await brand()
    async with theirs.work() as work:
        foreign: dict[str, UUID] = {
            "customer_id": people.customer(work),
            "staff_id": people.colleague(work),
            "store_id": people.store(work),
            "item_id": work.add(Item(key="i", name="I", kind=ItemKind.GOODS)).id,
        }
        foreign["case_id"] = await people.case_of(work, foreign["customer_id"])
    async with mine.work() as work:
        customer = people.customer(work)
        for field, id in foreign.items():
            told = []
            for named in (id, new_id()):
                refusal = await refused(
                    service.record_touchpoint(work, chat(**{"customer_id": customer, field: named}))
                )
                told.append((type(refusal), refusal.field, str(refusal)))
            assert told == [(NotFound, (field,), "Not found.")] * 2
        assert work.events == []
    assert await mine.count("touchpoints") == 0


async def test_the_future_has_not_happened(brand: Brands) -> None:
    one = await brand()
    async with one.work() as work:
        customer = people.customer(work)
        edge = work.now + timedelta(minutes=5)
        refusal = await refused(
            service.record_touchpoint(work, chat(customer, occurred_at=edge + timedelta(microseconds=1)))
        )
        assert (type(refusal), refusal.field, work.events) == (InTheFuture, ("occurred_at",), [])
        assert (await service.record_touchpoint(work, chat(customer, occurred_at=edge))).occurred_at == edge
    assert await one.count("touchpoints") == 1


async def test_what_is_known_already_goes_into_the_list(brand: Brands) -> None:
    one = await brand()
    async with one.work() as work:
        customer = people.customer(work)
        at = work.now - timedelta(hours=1)
        recorded = await service.record_touchpoint(
            work, chat(customer, medium=Medium.PHONE, outcome=Outcome.REPLIED, occurred_at=at)
        )
        [entry] = await work.rows(TouchpointOutcome)
        assert (entry.touchpoint_id, entry.customer_id, entry.outcome, entry.occurred_at) == (
            recorded.id,
            customer,
            "REPLIED",
            at,
        )
        assert work.events[1:] == [
            TouchpointOutcomeRecorded(
                touchpoint_outcome_id=entry.id,
                touchpoint_id=recorded.id,
                customer_id=customer,
                outcome=Outcome.REPLIED,
                shown=Outcome.REPLIED,
                occurred_at=at,
            )
        ]
        [kept] = await work.rows(Touchpoint)
        assert kept.outcome == "REPLIED"


async def test_an_outcome_the_medium_cannot_show_refuses_the_contact(brand: Brands) -> None:
    one = await brand()
    async with one.work() as work:
        customer = people.customer(work)
        refusal = await refused(
            service.record_touchpoint(work, chat(customer, medium=Medium.PHONE, outcome=Outcome.OPENED))
        )
        assert (type(refusal), refusal.field, work.events) == (OutcomeNotObservable, ("outcome",), [])
    assert (await one.count("touchpoints"), await one.count("touchpoint_outcomes")) == (0, 0)


# ------------------------------------------------------------------------------------------------------------- capacity


async def test_a_friend_acts_in_the_role_of_the_friendship_then(brand: Brands) -> None:
    """Not in the one they have now, and not in that of their placement."""
    one = await brand(businessType="HIGH_PRICE_B2C")
    async with one.work() as work:
        customer, staff = people.customer(work), people.colleague(work)
        held, other = await people.role(work, 0), await people.role(work, 1)
        people.placed(work, staff, other, work.now - timedelta(days=9))
        people.befriended(work, customer, staff, held, work.now - timedelta(days=5))
    async with one.work() as work:
        as_friend = await service.record_touchpoint(work, chat(customer, purpose=Purpose.WELCOME, staff_id=staff))
        before = await service.record_touchpoint(
            work, chat(customer, purpose=Purpose.WELCOME, staff_id=staff, occurred_at=work.now - timedelta(days=7))
        )
        long_ago = await service.record_touchpoint(
            work, chat(customer, purpose=Purpose.WELCOME, staff_id=staff, occurred_at=work.now - timedelta(days=20))
        )
        assert [(each.role_id, each.group_id) for each in (as_friend, before, long_ago)] == [
            (held, None),
            (other, None),
            (None, None),
        ]
        assert [event.role_id for event in work.events] == [held, other, None]


async def test_whoever_serves_without_being_a_friend_acts_as_placed(brand: Brands) -> None:
    one = await brand(businessType="HIGH_PRICE_B2C")
    async with one.work() as work:
        customer, friend, rider = people.customer(work), people.colleague(work), people.colleague(work)
        advises, delivers = await people.role(work, 0), await people.role(work, 1)
        people.befriended(work, customer, friend, advises, work.now - timedelta(days=5))
        people.placed(work, rider, delivers, work.now - timedelta(days=5))
    async with one.work() as work:
        recorded = await service.record_touchpoint(
            work, chat(customer, staff_id=rider, medium=Medium.IN_PERSON, purpose=Purpose.WELCOME)
        )
        assert (recorded.role_id, recorded.group_id) == (delivers, None)


async def test_it_happened_where_the_staff_member_acted(brand: Brands) -> None:
    """At the store of the friendship's role then, of the placement, of the customer: in that order, if none is named."""
    one = await brand(businessType="HIGH_PRICE_B2C")
    async with one.work() as work:
        served, placed, home, named = (people.store(work, key) for key in ("SERVED", "PLACED", "HOME", "NAMED"))
        friend, rider, roamer = people.colleague(work), people.colleague(work), people.colleague(work)
        customer, homeless = people.customer(work, home_store_id=home), people.customer(work)
        role = await people.role(work)
        since = work.now - timedelta(days=5)
        people.befriended(work, customer, friend, role, since, store_id=served)
        people.placed(work, friend, role, since, store_id=placed)
        people.placed(work, rider, role, since, store_id=placed)
    contacts: list[tuple[dict[str, Any], UUID | None]] = [
        ({"customer_id": customer, "staff_id": friend}, served),
        ({"customer_id": customer, "staff_id": rider}, placed),
        ({"customer_id": customer, "staff_id": roamer}, home),
        ({"customer_id": customer, "staff_id": friend, "store_id": named}, named),
        ({"customer_id": homeless, "staff_id": roamer}, None),
        ({"customer_id": homeless, "store_id": named}, named),
        ({"customer_id": customer}, None),
    ]
    async with one.work() as work:
        at_once = await service.record_touchpoints(
            work, [chat(**given, purpose=Purpose.WELCOME) for given, _ in contacts]
        )
        each = [await service.record_touchpoint(work, chat(**given, purpose=Purpose.WELCOME)) for given, _ in contacts]
        told = [event.store_id for event in work.events]
    stores = [store for _, store in contacts]
    assert [row.store_id for row in at_once if not isinstance(row, DomainError)] == stores
    assert [row.store_id for row in each] == stores
    assert told == stores * 2


async def place_of(work: Work, customer_id: UUID) -> str:
    """Where the row lies: it moves with every change, whatever was changed."""
    row: str = await work.raw.fetchval(
        "SELECT ctid::text FROM customers WHERE tenant_id = $1 AND id = $2", work.tenant_id, customer_id
    )
    return row


async def refused(act: Awaitable[Any]) -> DomainError:
    with pytest.raises(DomainError) as caught:
        await act
    return caught.value
