"""Surprises happen, customers tell others; what nobody asked for or paid is told apart."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from server.access.permissions import DEFAULTS, DataScope, Permission, PrincipalKind
from server.customers.errors import OutOfBoundary
from server.db.work import Work
from server.errors import DomainError, NotFound
from server.ids import global_id, new_id
from server.items.errors import NegativeAmount
from server.items.prices import Amount
from server.operations.tables import BoundaryOverride
from server.touchpoints.errors import InTheFuture
from server.wow_moments import events, service
from server.wow_moments.commands import DefineWowPlay, RecordShare, RecordWowMoment, RetireWowPlay
from server.wow_moments.errors import ShareBeforeMoment, WowPlayRetired
from server.wow_moments.surprise_terms import ShareMedium, WowTrigger
from server.wow_moments.tables import Share, WowMoment
from tests.factories.brands import Brand
from tests.factories.deals import told
from tests.touchpoints import people

Brands = Callable[..., Awaitable[Brand]]


async def play_of(work: Work) -> UUID:
    command = DefineWowPlay(
        key="ceremony",
        name="交车仪式",
        script="Red carpet.",
        trigger=WowTrigger.DELIVERY,
        cost=Amount(amount=Decimal(300)),
    )
    return (await service.define_wow_play(work, command)).id


async def moment_of(work: Work, **more: Any) -> WowMoment:
    return await service.record_wow_moment(work, RecordWowMoment(**{"customer_id": people.customer(work), **more}))


# -------------------------------------------------------------------------------------------------------------- moments


async def test_a_moment_is_kept_and_told(brand: Brands) -> None:
    one = await brand()
    async with one.work() as work:
        customer, staff, store = people.customer(work), people.colleague(work), people.store(work)
        case, play = await people.case_of(work, customer), await play_of(work)
    async with one.work() as work:
        at = work.now - timedelta(days=1)
        moment = await service.record_wow_moment(
            work,
            RecordWowMoment(
                customer_id=customer,
                play_id=play,
                staff_id=staff,
                case_id=case,
                store_id=store,
                story="She cried.",
                evidence="photo 7",
                occurred_at=at,
            ),
        )
        assert told(work) == [
            events.WowMomentRecorded(
                wow_moment_id=moment.id,
                customer_id=customer,
                play_id=play,
                staff_id=staff,
                case_id=case,
                store_id=store,
                role_id=None,
                group_id=None,
                cost_minor=30000,
                occurred_at=at,
            )
        ]
        [kept] = await work.rows(WowMoment)
        assert kept.model_dump() == {
            "tenant_id": one.tenant_id,
            "id": moment.id,
            "customer_id": customer,
            "play_id": play,
            "staff_id": staff,
            "case_id": case,
            "store_id": store,
            "role_id": None,
            "group_id": None,
            "cost_minor": 30000,
            "cost_currency": "CNY",
            "story": "She cried.",
            "evidence": "photo 7",
            "occurred_at": at,
            "recorded_at": work.now,
        }
    assert await one.count("trust_entries") == 2


async def test_it_happened_where_the_staff_member_is_placed(brand: Brands) -> None:
    one = await brand()
    async with one.work() as work:
        staff, store = people.colleague(work), people.store(work)
        role = await people.role_of(work, "consultant")
        people.placed(work, staff, role, work.now, store_id=store)
    async with one.work() as work:
        moment = await moment_of(work, staff_id=staff)
        assert (moment.store_id, work.events[0].store_id) == (store, store)
        assert (moment.role_id, work.events[0].role_id) == (role, role)


async def test_its_own_cost_comes_before_that_of_the_play(brand: Brands) -> None:
    one = await brand()
    async with one.work() as work:
        play = await play_of(work)
        dearer = await moment_of(work, play_id=play, cost=Amount(amount=Decimal("8.5"), currency="USD"))
        free = await moment_of(work, play_id=play, cost=Amount(amount=Decimal(0)))
        unplanned = await moment_of(work)
        assert [(each.cost_minor, each.cost_currency) for each in (dearer, free, unplanned)] == [
            (850, "USD"),
            (0, "CNY"),
            (None, None),
        ]


async def test_a_retired_play_is_not_performed(brand: Brands) -> None:
    one = await brand()
    async with one.work() as work:
        play = await play_of(work)
        await service.retire_wow_play(work, RetireWowPlay(wow_play_id=play))
    async with one.work() as work:
        refusal = await refused(moment_of(work, play_id=play))
        assert (type(refusal), refusal.field, work.events) == (WowPlayRetired, ("play_id",), [])
    assert await one.count("wow_moments") == 0


@pytest.mark.parametrize("field", ["customer_id", "play_id", "staff_id", "case_id", "store_id"])
async def test_what_is_not_there_is_named_by_its_field(brand: Brands, field: str) -> None:
    one = await brand()
    async with one.work() as work:
        refusal = await refused(moment_of(work, **{field: new_id()}))
        assert (type(refusal), refusal.field, work.events) == (NotFound, (field,), [])
    assert await one.count("wow_moments") == 0


async def test_neither_the_future_nor_a_negative_cost(brand: Brands) -> None:
    one = await brand()
    async with one.work() as work:
        late = work.now + timedelta(minutes=6)
        future = await refused(moment_of(work, occurred_at=late))
        negative = await refused(moment_of(work, cost=Amount(amount=Decimal(-1))))
        assert [(type(each), each.field) for each in (future, negative)] == [
            (InTheFuture, ("occurred_at",)),
            (NegativeAmount, ("cost", "amount")),
        ]
        assert work.events == []
    assert await one.count("wow_moments") == 0


async def test_surprising_is_for_whose_boundary_it_lies_in(brand: Brands) -> None:
    """A doctor may not, unless they answer for it; whoever recorded it for them does not change that."""
    one = await brand()
    async with one.work() as work:
        customer, doctor = people.customer(work), people.colleague(work)
        people.placed(work, doctor, await people.role_of(work, "doctor"), work.now)
        people.may_see(work, doctor, customer)
    async with one.work() as work:
        refusal = await refused(moment_of(work, customer_id=customer, staff_id=doctor))
        assert (type(refusal), refusal.field, work.events) == (OutOfBoundary, ("customer_id",), [])
        assert refusal.facts["owner"].key == "consultant"  # type: ignore[attr-defined]  # as its docstring says
    granted = (*DEFAULTS[PrincipalKind.STAFF], Permission.BOUNDARY_OVERRIDE)
    caller = one.as_staff(doctor, DataScope.OWN_CUSTOMERS, granted)
    async with one.world.work(caller) as work:
        moment = await moment_of(work, customer_id=customer, boundary_override="Her birthday, nobody else there.")
        [override] = await work.rows(BoundaryOverride)
        assert (override.fact_type, override.fact_id, override.purpose) == ("WowMoment", moment.id, "WOW")
        assert work.events[-1].wow_moment_id == moment.id
    assert await one.count("wow_moments") == 1


# --------------------------------------------------------------------------------------------------------------- shares


@pytest.mark.parametrize("prompted", [False, True])
@pytest.mark.parametrize("rewarded", [False, True])
async def test_only_what_nobody_asked_for_or_paid_is_spontaneous(brand: Brands, prompted: bool, rewarded: bool) -> None:
    one = await brand()
    async with one.work() as work:
        moment = await moment_of(work)
        share = await service.record_share(
            work,
            RecordShare(
                customer_id=moment.customer_id,
                wow_moment_id=moment.id,
                medium=ShareMedium.MOMENTS,
                prompted=prompted,
                rewarded=rewarded,
                evidence="screenshot",
            ),
        )
        spontaneous = not (prompted or rewarded)
        assert told(work)[1:] == [
            events.ShareRecorded(
                share_id=share.id,
                customer_id=moment.customer_id,
                wow_moment_id=moment.id,
                medium=ShareMedium.MOMENTS,
                prompted=prompted,
                rewarded=rewarded,
                spontaneous=spontaneous,
                occurred_at=work.now,
            )
        ]
        [kept] = await work.rows(Share)
        assert (kept.prompted, kept.rewarded, kept.spontaneous) == (prompted, rewarded, spontaneous)
        assert (kept.medium, kept.evidence, kept.occurred_at) == ("MOMENTS", "screenshot", work.now)


async def test_a_share_needs_no_recorded_moment(brand: Brands) -> None:
    one = await brand()
    async with one.work() as work:
        share = await service.record_share(
            work, RecordShare(customer_id=people.customer(work), medium=ShareMedium.WORD_OF_MOUTH)
        )
        assert (share.wow_moment_id, share.spontaneous) == (None, True)


async def test_nobody_shares_a_moment_before_it_happened(brand: Brands) -> None:
    one = await brand()
    async with one.work() as work:
        at = work.now - timedelta(days=1)
        moment = await moment_of(work, occurred_at=at)

        def shared(when: Any) -> RecordShare:
            return RecordShare(
                customer_id=moment.customer_id,
                wow_moment_id=moment.id,
                medium=ShareMedium.WEIBO,
                occurred_at=when,
            )

        early = await refused(service.record_share(work, shared(at - timedelta(microseconds=1))))
        future = await refused(service.record_share(work, shared(work.now + timedelta(minutes=6))))
        assert [(type(each), each.field) for each in (early, future)] == [
            (ShareBeforeMoment, ("occurred_at",)),
            (InTheFuture, ("occurred_at",)),
        ]
        assert len(told(work)) == 1
        assert (await service.record_share(work, shared(at))).occurred_at == at
    assert await one.count("shares") == 1


async def test_a_moment_is_shared_by_whom_it_happened_to(brand: Brands) -> None:
    mine, theirs = await brand(), await brand()
    async with theirs.work() as work:
        foreign = await moment_of(work)
    async with mine.work() as work:
        others = await moment_of(work)
        customer = people.customer(work)
        for moment in (others.id, foreign.id, new_id()):
            refusal = await refused(
                service.record_share(
                    work, RecordShare(customer_id=customer, wow_moment_id=moment, medium=ShareMedium.DOUYIN)
                )
            )
            assert (type(refusal), refusal.field, str(refusal)) == (NotFound, ("wow_moment_id",), "Not found.")
    assert await mine.count("shares") == 0


async def test_what_one_may_not_see_one_may_not_name(brand: Brands) -> None:
    mine, theirs = await brand(), await brand()
    async with theirs.work() as work:
        foreign = people.customer(work)
    async with mine.work() as work:
        hidden, staff = people.customer(work), people.colleague(work)
    async with mine.world.work(mine.as_staff(staff, DataScope.OWN_CUSTOMERS)) as work:
        for customer in (hidden, foreign, new_id()):
            for act in (
                service.record_wow_moment(work, RecordWowMoment(customer_id=customer)),
                service.record_share(work, RecordShare(customer_id=customer, medium=ShareMedium.OTHER)),
            ):
                refusal = await refused(act)
                assert (type(refusal), refusal.field) == (NotFound, ("customer_id",))
        assert work.events == []
    assert (await mine.count("wow_moments"), await mine.count("shares")) == (0, 0)


# -------------------------------------------------------------------------------------------------------------- reading


async def test_moments_are_found_by_whether_the_customer_could_help_it(brand: Brands) -> None:
    one = await brand()
    async with one.work() as work:
        moments = [await moment_of(work, occurred_at=work.now - timedelta(days=age)) for age in (1, 2, 3)]
        for moment, asked in ((moments[0], False), (moments[0], True), (moments[1], True)):
            await service.record_share(
                work,
                RecordShare(
                    customer_id=moment.customer_id,
                    wow_moment_id=moment.id,
                    medium=ShareMedium.XIAOHONGSHU,
                    prompted=asked,
                ),
            )
    body = await one.ask(
        """{ yes: wowMoments(filter: { hasSpontaneousShare: { eq: true } }) {
               nodes { id hasSpontaneousShare shares(filter: { spontaneous: { eq: true } }) { totalCount } } }
             no: wowMoments(filter: { hasSpontaneousShare: { eq: false } }) { nodes { id hasSpontaneousShare } }
             asked: shares(filter: { prompted: { eq: true } }) { nodes { wowMoment { id } } } }"""
    )
    ids = [global_id("WowMoment", moment.id) for moment in moments]
    assert body["data"]["yes"]["nodes"] == [{"id": ids[0], "hasSpontaneousShare": True, "shares": {"totalCount": 1}}]
    assert body["data"]["no"]["nodes"] == [{"id": id, "hasSpontaneousShare": False} for id in ids[1:]]
    assert sorted(node["wowMoment"]["id"] for node in body["data"]["asked"]["nodes"]) == sorted(ids[:2])


async def test_through_the_api(brand: Brands) -> None:
    one = await brand()
    async with one.work() as work:
        customer, play = people.customer(work), await play_of(work)
    ids = {"customer": global_id("Customer", customer), "play": global_id("WowPlay", play)}
    recorded = await one.ask(
        """mutation($customer: ID!, $play: ID!) {
             recordWowMoment(input: { customerId: $customer, playId: $play, story: "Drums.",
                                      externalRefs: [{ system: "app", id: "m1" }] }) {
               userErrors { code }
               wowMoment { play { key moments { totalCount } } cost { amount currency } story evidence } }
             recordShare(input: { customerId: $customer, wowMomentId: "ref:app:m1", medium: DOUYIN }) {
               userErrors { code } share { spontaneous medium wowMoment { story } } } }""",
        ids,
    )
    assert recorded == {
        "data": {
            "recordWowMoment": {
                "userErrors": [],
                "wowMoment": {
                    "play": {"key": "ceremony", "moments": {"totalCount": 1}},
                    "cost": {"amount": "300.00", "currency": "CNY"},
                    "story": "Drums.",
                    "evidence": None,
                },
            },
            "recordShare": {
                "userErrors": [],
                "share": {"spontaneous": True, "medium": "DOUYIN", "wowMoment": {"story": "Drums."}},
            },
        }
    }


async def test_one_brand_reads_nothing_of_another(brand: Brands) -> None:
    mine, theirs = await brand(), await brand()
    async with theirs.work() as work:
        moment = await moment_of(work, play_id=await play_of(work))
        share = await service.record_share(
            work,
            RecordShare(customer_id=moment.customer_id, wow_moment_id=moment.id, medium=ShareMedium.MOMENTS),
        )
    query = """query($moment: ID!, $share: ID!, $play: ID!) {
        wowMoment(id: $moment) { id } share(id: $share) { id } wowPlay(id: $play) { id }
        wowMoments { totalCount } shares { totalCount } wowPlays { totalCount } }"""
    foreign = {"moment": moment.id, "share": share.id, "play": moment.play_id}
    types = {"moment": "WowMoment", "share": "Share", "play": "WowPlay"}
    answers = [
        await mine.ask(query, {name: global_id(types[name], id or new_id()) for name, id in named.items()})
        for named in (foreign, dict.fromkeys(foreign))
    ]
    assert answers[0] == answers[1]
    assert answers[0] == {
        "data": {
            "wowMoment": None,
            "share": None,
            "wowPlay": None,
            "wowMoments": {"totalCount": 0},
            "shares": {"totalCount": 0},
            "wowPlays": {"totalCount": 0},
        }
    }


async def refused(act: Awaitable[Any]) -> DomainError:
    with pytest.raises(DomainError) as caught:
        await act
    return caught.value
