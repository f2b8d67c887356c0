"""New customers are credited to who brought them: once, to an earlier customer, and only if they really were new."""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest

from server.access.permissions import DataScope
from server.db.work import Work
from server.errors import DomainError, NotFound
from server.ids import global_id, new_id
from server.trust.entry_terms import CauseType
from server.trust.tables import TrustEntry
from server.wow_moments import errors, events
from server.wow_moments.commands import AttributeReferral, CreateReferralCode
from server.wow_moments.referrals import attribute_referral, create_referral_code
from server.wow_moments.tables import Referral
from tests.factories.brands import Brand
from tests.touchpoints import people
from tests.wow_moments import tellers
from tests.wow_moments.test_moments_and_shares import play_of

Brands = Callable[..., Awaitable[Brand]]


async def credit(work: Work, customer: UUID, referrer: UUID | None = None, **more: Any) -> Referral:
    return await attribute_referral(work, AttributeReferral(customer_id=customer, referrer_id=referrer, **more))


async def refused(work: Work, *named: Any, **more: Any) -> tuple[type[DomainError], tuple[str, ...]]:
    told = len(work.events)
    with pytest.raises(DomainError) as caught:
        await credit(work, *named, **more)
    assert len(work.events) == told
    return type(caught.value), caught.value.field


# ---------------------------------------------------------------------------------------------------------------- codes


async def test_a_code_is_short_and_the_same_each_time_it_is_asked_for(brand: Brands) -> None:
    one = await brand()
    async with one.work() as work:
        customer, other = await tellers.customer(work, days_ago=9), await tellers.customer(work, days_ago=9)
        share = tellers.share(work, customer, days_ago=1)
        told = len(work.events)
        plain = await create_referral_code(work, CreateReferralCode(customer_id=customer))
        [event] = work.events[told:]
        assert event == events.ReferralCodeCreated(
            referral_code_id=plain.id, customer_id=customer, share_id=None, rewarded=False, occurred_at=work.now
        )
        assert re.fullmatch("[2-9A-HJ-KM-NP-Z]{8}", plain.code)
        different = [
            await create_referral_code(work, CreateReferralCode(customer_id=of, **given))
            for of, given in ((customer, {"share_id": share}), (customer, {"rewarded": True}), (other, {}))
        ]
        assert len({plain.code, *(each.code for each in different)}) == 4
        again = await create_referral_code(work, CreateReferralCode(customer_id=customer))
        assert (again.id, len(work.events)) == (plain.id, told + 4)
        with pytest.raises(NotFound) as caught:
            await create_referral_code(work, CreateReferralCode(customer_id=other, share_id=share))
        assert caught.value.field == ("share_id",)
    assert await one.count("referral_codes") == 4


async def test_asked_for_by_several_at_once_it_is_one_code(brand: Brands) -> None:
    one = await brand()
    async with one.work() as work:
        customer = await tellers.customer(work, days_ago=9)

    async def ask() -> str:
        async with one.work() as work:
            return (await create_referral_code(work, CreateReferralCode(customer_id=customer))).code

    assert len(set(await asyncio.gather(*(ask() for _ in range(6))))) == 1
    assert [type_ for _, type_ in await one.events()].count("referral_code.created") == 1


# ------------------------------------------------------------------------------------------------------------ referrals


async def test_a_new_customer_is_credited_to_share_moment_and_play(brand: Brands) -> None:
    one = await brand()
    async with one.work() as work:
        referrer, friend = await tellers.customer(work, days_ago=50), await tellers.customer(work, days_ago=2)
        play = await play_of(work)
        moment = tellers.moment(work, referrer, days_ago=8, play_id=play)
        tellers.share(work, referrer, days_ago=6)
        share = tellers.share(work, referrer, moment, days_ago=5)
        tellers.share(work, referrer, days_ago=1)  # behind the friend's coming
    async with one.work() as work:
        referral = await credit(work, friend, referrer)
        came = work.now - 2 * tellers.DAY
        assert (referral.share_id, referral.wow_moment_id, referral.play_id) == (share, moment, play)
        assert abs(referral.occurred_at - came) < tellers.DAY / 24
        assert work.events[0] == events.ReferralAttributed(
            referral_id=referral.id,
            customer_id=friend,
            referrer_id=referrer,
            share_id=share,
            wow_moment_id=moment,
            play_id=play,
            rewarded=False,
            occurred_at=referral.occurred_at,
        )
        entries = [entry for entry in await work.rows(TrustEntry) if entry.customer_id == referrer]
        assert [(entry.reason, entry.claimed, entry.cause_type, entry.cause_id) for entry in entries[1:]] == [
            ("SUCCESSFUL_REFERRAL", 20_00, CauseType.REFERRAL, referral.id)
        ]
        told = len(work.events)
        again = await credit(work, friend, referrer)
        assert (again.id, len(work.events)) == (referral.id, told)


async def test_what_was_paid_for_deposits_nothing(brand: Brands) -> None:
    one = await brand()
    async with one.work() as work:
        referrer = await tellers.customer(work, days_ago=50)
        code = await create_referral_code(
            work, CreateReferralCode(customer_id=referrer, rewarded=True, occurred_at=work.now - 9 * tellers.DAY)
        )
        by_code, by_word, in_truth = [await tellers.customer(work, days_ago=days) for days in (3, 2, 1)]
        before = len(await work.rows(TrustEntry))
        assert (await credit(work, by_code, code=code.code.lower())).rewarded
        assert (await credit(work, by_word, referrer, rewarded=True)).rewarded
        assert len(await work.rows(TrustEntry)) == before
        assert not (await credit(work, in_truth, code=code.code, rewarded=False)).rewarded
        assert len(await work.rows(TrustEntry)) == before + 1


async def test_once_to_somebody_else_and_never_again(brand: Brands) -> None:
    one = await brand()
    async with one.work() as work:
        first, second = await tellers.customer(work, days_ago=50), await tellers.customer(work, days_ago=40)
        friend = await tellers.customer(work, days_ago=2)
        await credit(work, friend, first)
        assert await refused(work, friend, second) == (errors.ReferredAlready, ("customer_id",))
        share = tellers.share(work, first, days_ago=3)
        assert await refused(work, friend, first, share_id=share) == (errors.ReferredAlready, ("customer_id",))
        code = await create_referral_code(work, CreateReferralCode(customer_id=friend))
        assert await refused(work, friend, friend) == (errors.SelfReferral, ("referrer_id",))
        assert await refused(work, friend, code=code.code) == (errors.SelfReferral, ("code",))
    assert await one.count("referrals") == 1


async def test_only_a_new_customer_is_brought(brand: Brands) -> None:
    one = await brand()
    async with one.work() as work:
        referrer, older = await tellers.customer(work, days_ago=50), await tellers.customer(work, days_ago=60)
        twin, early = await tellers.customer(work, days_ago=50), await tellers.customer(work, days_ago=30)
        friend, late = await tellers.customer(work, days_ago=5), await tellers.customer(work, days_ago=29.99)
        code = await create_referral_code(
            work, CreateReferralCode(customer_id=referrer, occurred_at=work.now - 4 * tellers.DAY)
        )
        share = tellers.share(work, referrer, days_ago=4.5)
        not_new = (errors.NotANewCustomer, ("customer_id",))
        assert await refused(work, older, referrer) == not_new
        assert await refused(work, twin, referrer) == not_new
        assert await refused(work, friend, code=code.code) == not_new
        assert await refused(work, friend, referrer, share_id=share) == not_new
        assert await refused(work, early, referrer) == not_new
        assert (await credit(work, late, referrer)).share_id is None
    assert await one.count("referrals") == 1


async def test_a_share_counts_for_thirty_days(brand: Brands) -> None:
    one = await brand()
    async with one.work() as work:
        referrer = await tellers.customer(work, days_ago=90)
        share = tellers.share(work, referrer, days_ago=40)
        code = await create_referral_code(
            work,
            CreateReferralCode(customer_id=referrer, share_id=share, occurred_at=work.now - 40 * tellers.DAY),
        )
        just, too_late, at_once = [await tellers.customer(work, days_ago=days) for days in (10.001, 10, 40)]
        assert await refused(work, too_late, referrer, share_id=share) == (errors.ShareOutsideWindow, ("share_id",))
        credited = [await credit(work, customer, code=code.code) for customer in (just, too_late, at_once)]
        assert [each.share_id for each in credited] == [share, None, share]
        assert [each.code_id for each in credited] == [code.id] * 3


async def test_who_is_named_must_be_there(brand: Brands) -> None:
    one, theirs = await brand(), await brand()
    async with theirs.work() as work:
        foreign = await tellers.customer(work, days_ago=50)
        foreign_code = (await create_referral_code(work, CreateReferralCode(customer_id=foreign))).code
    async with one.work() as work:
        referrer, friend = await tellers.customer(work, days_ago=50), await tellers.customer(work, days_ago=2)
        others = tellers.share(work, friend, days_ago=1)
        for missing in (foreign, new_id()):
            assert await refused(work, friend, missing) == (NotFound, ("referrer_id",))
            assert await refused(work, missing, referrer) == (NotFound, ("customer_id",))
        for code in (foreign_code, "ZZZZZZZZ"):
            assert await refused(work, friend, code=code) == (NotFound, ("code",))
        assert await refused(work, friend, referrer, share_id=others) == (NotFound, ("share_id",))
        assert await refused(work, friend) == (errors.WhoBrought, ("referrer_id",))
        assert await refused(work, friend, referrer, code=foreign_code) == (errors.WhoBrought, ("referrer_id",))
    assert (await one.count("referrals"), await theirs.count("referrals")) == (0, 0)


# -------------------------------------------------------------------------------------------------------------- at once


async def _tried(one: Brand, customer: UUID, referrer: UUID) -> str:
    async with one.work() as work:
        try:
            await credit(work, customer, referrer)
        except DomainError as refusal:
            return type(refusal).__name__
        return "credited"


async def test_of_many_who_claim_the_same_customer_at_once_one_is_credited(brand: Brands) -> None:
    one = await brand()
    async with one.work() as work:
        claiming = [await tellers.customer(work, days_ago=50 + number) for number in range(6)]
        friend = await tellers.customer(work, days_ago=2)
    outcomes = await asyncio.gather(*(_tried(one, friend, each) for each in claiming))
    assert sorted(outcomes) == ["ReferredAlready"] * 5 + ["credited"]
    async with one.work() as work:
        posted = [entry for entry in await work.rows(TrustEntry) if entry.reason == "SUCCESSFUL_REFERRAL"]
        assert len(posted) == 1


async def test_no_circle_closes_whoever_acts_at_once(brand: Brands) -> None:
    """Everybody is said to have brought everybody, all at the same moment."""
    one = await brand()
    async with one.work() as work:
        everybody = [await tellers.customer(work, days_ago=days) for days in (4, 3, 3, 2)]
    pairs = list(itertools.permutations(range(4), 2))
    outcomes = await asyncio.gather(*(_tried(one, everybody[one_], everybody[by]) for one_, by in pairs))
    assert set(outcomes) == {"credited", "ReferredAlready", "NotANewCustomer"}
    async with one.work() as work:
        brought = {referral.customer_id: referral.referrer_id for referral in await work.rows(Referral)}
    assert set(brought) == set(everybody[1:])
    for customer in everybody:
        above, at = [], customer
        while at in brought:
            at = brought[at]
            above.append(at)
        assert len(set(above)) == len(above)
        assert customer not in above


# ------------------------------------------------------------------------------------------------------------ over GraphQL

ADD = """
mutation($name: String!, $phone: String!, $code: String) {
  addCustomer(input: { name: $name, staffId: "%s", referralCode: $code, identities: [{ kind: PHONE, value: $phone }] }) {
    userErrors { code field } created customer { id }
    referral { rewarded referrer { id } code { code } share { medium } wowMoment { id } play { key } }
  }
}
"""


async def test_a_friend_who_is_added_with_a_code_came_through_its_owner(brand: Brands) -> None:
    one = await brand()
    async with one.work() as work:
        staff, play = people.colleague(work), await play_of(work)
        people.placed(work, staff, await people.role_of(work, "consultant"), work.now)
        referrer = await tellers.customer(work, days_ago=50)
        moment = tellers.moment(work, referrer, days_ago=2, play_id=play)
        share = tellers.share(work, referrer, moment, days_ago=1)
        code = (await create_referral_code(work, CreateReferralCode(customer_id=referrer, share_id=share))).code
    add = ADD % global_id("StaffMember", staff)
    given = {"name": "Friend", "phone": "13800001234", "code": code.lower()}
    wrong = (await one.ask(add, {**given, "code": "ZZZZZZZZ"}))["data"]["addCustomer"]
    assert (wrong["userErrors"], wrong["customer"]) == ([{"code": "NOT_FOUND", "field": ["referralCode"]}], None)
    added = (await one.ask(add, given))["data"]["addCustomer"]
    assert added["referral"] == {
        "rewarded": False,
        "referrer": {"id": global_id("Customer", referrer)},
        "code": {"code": code},
        "share": {"medium": "MOMENTS"},
        "wowMoment": {"id": global_id("WowMoment", moment)},
        "play": {"key": "ceremony"},
    }
    again = (await one.ask(add, given))["data"]["addCustomer"]
    assert (again["userErrors"], again["created"], again["referral"]) == ([], False, None)
    known = (await one.ask(add, {**given, "code": None}))["data"]["addCustomer"]
    assert known["customer"] == added["customer"]
    assert await one.count("referrals") == 1


async def test_who_sees_the_new_customer_alone_learns_nothing_of_who_brought_them(brand: Brands) -> None:
    one = await brand()
    async with one.work() as work:
        referrer, friend = await tellers.customer(work, days_ago=50), await tellers.customer(work, days_ago=2)
        unseen, staff = await tellers.customer(work, days_ago=1), people.colleague(work)
        people.may_see(work, staff, friend)
        code = await create_referral_code(
            work, CreateReferralCode(customer_id=referrer, occurred_at=work.now - 9 * tellers.DAY)
        )
        await credit(work, unseen, referrer)
    caller = one.as_staff(staff, DataScope.OWN_CUSTOMERS)
    async with one.world.work(caller) as work:
        assert await refused(work, friend, referrer) == (NotFound, ("referrer_id",))
        await credit(work, friend, code=code.code)
    body = await one.world.ask(
        caller,
        """query($friend: ID!) {
             referrals { totalCount nodes { customer { id } referrer { id } code { code } } }
             customer(id: $friend) { broughtBy { referrer { name } } circle { members { customer { id } } } } }""",
        {"friend": global_id("Customer", friend)},
    )
    assert body["data"] == {
        "referrals": {
            "totalCount": 1,
            "nodes": [{"customer": {"id": global_id("Customer", friend)}, "referrer": None, "code": None}],
        },
        "customer": {"broughtBy": {"referrer": None}, "circle": {"members": []}},
    }


CIRCLE = """
query($id: ID!, $first: Int!, $generations: Int!) {
  customer(id: $id) {
    referrals(orderBy: { field: OCCURRED_AT, direction: ASC }) { nodes { customer { id } } }
    circle(first: $first, generations: $generations) {
      isComplete members { generation customer { id } referrer { id } referral { customer { id } } }
    }
  }
}
"""


async def test_the_circle_is_looked_at_generation_by_generation(brand: Brands) -> None:
    one = await brand()
    async with one.work() as work:
        root, second, third, fourth, last = [
            await tellers.customer(work, days_ago=days) for days in (20, 15, 14, 13, 12)
        ]
        for customer, referrer in ((third, root), (second, root), (last, second), (fourth, third)):
            await credit(work, customer, referrer)

    async def circle(first: int, generations: int) -> tuple[list[tuple[int, str, str]], bool]:
        given = {"id": global_id("Customer", root), "first": first, "generations": generations}
        found = (await one.ask(CIRCLE, given))["data"]["customer"]
        brought = [node["customer"]["id"] for node in found["referrals"]["nodes"]]
        assert brought == [global_id("Customer", second), global_id("Customer", third)]
        for one_ in found["circle"]["members"]:
            assert one_["referral"]["customer"] == one_["customer"]
        names = {
            global_id("Customer", id): name
            for id, name in zip((root, second, third, fourth, last), "abcde", strict=True)
        }
        shown = [
            (one_["generation"], names[one_["customer"]["id"]], names[one_["referrer"]["id"]])
            for one_ in found["circle"]["members"]
        ]
        return shown, found["circle"]["isComplete"]

    whole = [(1, "b", "a"), (1, "c", "a"), (2, "d", "c"), (2, "e", "b")]
    assert await circle(20, 3) == (whole, True)
    assert await circle(20, 2) == (whole, True)
    assert await circle(4, 2) == (whole, True)
    assert await circle(20, 1) == (whole[:2], False)
    assert await circle(3, 5) == (whole[:3], False)
    assert await circle(1, 5) == (whole[:1], False)
    assert await circle(999, 999) == (whole, True)
    assert await circle(0, 0) == (whole[:1], False)
