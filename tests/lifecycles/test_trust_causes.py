"""Every act that earns or costs trust posts in the same transaction, once; and a verification finds what does not follow."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from server.config import DATABASE
from server.db.clocks import Clock
from server.db.launcher import SUPERUSER, EmbeddedPostgres
from server.db.statements import table_of
from server.feedback.trusting import SILENCE, note_silence
from server.ids import parse_global_id
from server.lifecycles.trust_books import Finding, verify_brand
from server.lifecycles.trust_causes import expected_of
from server.trust.commands import SetTrustPolicy
from server.trust.reasons import TrustReason
from server.trust.setting import set_trust_policy
from tests.factories.brands import Brand

MakeBrand = Callable[..., Awaitable[Brand]]
NOW = datetime.now(UTC).replace(microsecond=0)


class Shop:
    """A brand, a customer, and what can be done with them by mutations."""

    def __init__(self, brand: Brand) -> None:
        self.brand = brand
        self.customer = ""

    async def act(self, act: str, select: str = "cursor", **given: Any) -> dict[str, Any]:
        type_name = act[0].upper() + act[1:] + "Input"
        query = (
            f"mutation($input: {type_name}!) {{ {act}(input: $input) {{ userErrors {{ code message }} {select} }} }}"
        )
        payload: dict[str, Any] = (await self.brand.ask(query, {"input": given}))["data"][act]
        assert payload["userErrors"] == [], (act, payload["userErrors"])
        return payload

    async def about(self, act: str, field: str, **given: Any) -> str:
        """The id of what the act made of the customer."""
        made = await self.act(act, f"{field} {{ id }}", customerId=self.customer, **given)
        return str(made[field]["id"])

    async def posted(self) -> list[tuple[str, float, str | None]]:
        query = """query($id: ID!) { customer(id: $id) { trust { entries(first: 100, orderBy: {field: SEQ, direction: ASC}) {
          nodes { reason amount limitedBy } } } } }"""
        trust = (await self.brand.ask(query, {"id": self.customer}))["data"]["customer"]["trust"]
        return [(one["reason"], one["amount"], one["limitedBy"]) for one in trust["entries"]["nodes"]][1:]

    async def findings(self) -> list[str]:
        database = self.brand.world.gateway.services.database
        found = [one async for one in verify_brand(database, self.brand.tenant_id)]
        return [one.what for one in found if isinstance(one, Finding)]


async def shop_of(brand: MakeBrand) -> Shop:
    """With a wide daily cap, so that each posting shows what its own rule makes of it."""
    shop = Shop(await brand())
    async with shop.brand.work() as work:
        await set_trust_policy(work, SetTrustPolicy(daily_deposit_cap=1_000_00))
    staff = await shop.act("inviteStaff", "staffMember { id }", name="小周", dataScope="ALL")
    made = await shop.act(
        "addCustomer", "customer { id } relationship { id }", name="林女士", staffId=staff["staffMember"]["id"]
    )
    shop.customer, shop.friendship = made["customer"]["id"], made["relationship"]["id"]  # type: ignore[attr-defined]  # set once, here
    return shop


def at(**ago: float) -> str:
    return (NOW - timedelta(**ago)).isoformat()


async def test_every_act_posts_what_the_rules_say(brand: MakeBrand) -> None:
    shop = await shop_of(brand)
    for due, kept in ((1, 3), (2, 2.5), (None, 2), (3, 1)):
        given = {} if due is None else {"dueAt": at(days=due)}
        promise = await shop.about("makePromise", "promise", text="送到", occurredAt=at(days=5), **given)
        await shop.act("keepPromise", promiseId=promise, occurredAt=at(days=kept))
    promise = await shop.about("makePromise", "promise", text="送到")
    await shop.act("breakPromise", promiseId=promise, reason="忘了")
    promise = await shop.about("makePromise", "promise", text="送到")
    await shop.act("releasePromise", promiseId=promise, reason="不用了")
    feedback = ""
    for answered in (80, 60):
        feedback = await shop.about("raiseFeedback", "feedback", kind="COMPLAINT", text="坏了", occurredAt=at(hours=90))
        await shop.act("answerFeedback", feedbackId=feedback, text="已换", occurredAt=at(hours=answered))
    for score, of in ((5, feedback), (2, None)):
        rated = {"feedbackId": of} if of else {"orderId": await _order(shop)}
        await shop.about("rateService", "feedback", score=score, **rated)
    for _ in range(3):
        await shop.about("recordWowMoment", "wowMoment", story="生日歌")
    for prompted, rewarded in ((False, False), (True, False), (True, True)):
        await shop.about("recordShare", "share", medium="MOMENTS", prompted=prompted, rewarded=rewarded)
    await shop.act("endRelationship", relationshipId=shop.friendship, state="REMOVED_BY_CUSTOMER")  # type: ignore[attr-defined]  # set by shop_of
    assert await shop.posted() == [
        ("PROMISE_KEPT_EARLY", 12, None),
        ("PROMISE_KEPT", 10, None),
        ("PROMISE_KEPT", 10, None),
        ("PROMISE_LATE", -10, None),
        ("PROMISE_BROKEN", -30, None),
        ("FEEDBACK_ANSWERED_IN_TIME", 8, None),
        ("FEEDBACK_LATE", -15, None),
        ("GOOD_RATING", 5, None),
        ("SERVICE_RECOVERED", 10, None),
        ("DISCOUNT_GIVEN", 0, None),
        ("BAD_RATING", -10, None),
        ("WOW_MOMENT", 15, None),
        ("WOW_MOMENT", 15, None),
        ("WOW_MOMENT", 0, "CUSTOMER_CAP"),
        ("SPONTANEOUS_SHARE", 20, None),
        ("PROMPTED_SHARE", 0, None),
        ("REWARDED_SHARE", 0, None),
        ("BLOCKED_BY_CUSTOMER", -20, None),
    ]
    assert await shop.findings() == []


async def _order(shop: Shop) -> str:
    line = {"text": "蓝莓", "quantity": 1, "amount": {"amount": "50.00"}, "discount": {"amount": "5.00"}}
    return await shop.about("recordOrder", "order", lines=[line])


async def test_silence_for_twice_the_clock_is_posted_by_it(brand: MakeBrand) -> None:
    """And an answer that was given in time, and recorded later, takes it back."""
    shop = await shop_of(brand)
    feedback = await shop.about("raiseFeedback", "feedback", kind="COMPLAINT", text="坏了", occurredAt=at(hours=50))
    parsed = parse_global_id(feedback)
    assert parsed is not None
    async with shop.brand.work() as work:
        await note_silence(work, parsed[1])
        await note_silence(work, parsed[1])
    assert await shop.posted() == [("FEEDBACK_LATE", -15, None), ("FEEDBACK_UNANSWERED", -15, None)]
    await shop.act("answerFeedback", feedbackId=feedback, text="当天已答复", occurredAt=at(hours=30))
    assert await shop.posted() == [
        ("FEEDBACK_LATE", -15, None),
        ("FEEDBACK_UNANSWERED", -15, None),
        ("REVERSAL", 15, None),
        ("REVERSAL", 15, None),
        ("FEEDBACK_ANSWERED_IN_TIME", 8, None),
    ]
    assert await shop.findings() == []


async def test_silence_is_looked_for_at_twice_the_clock(brand: MakeBrand, postgres: EmbeddedPostgres) -> None:
    shop = await shop_of(brand)
    feedback = await shop.about("raiseFeedback", "feedback", kind="COMPLAINT", text="坏了", occurredAt=at(hours=47))
    parsed = parse_global_id(feedback)
    assert parsed is not None
    clocks = table_of(Clock)
    superuser = await asyncpg.connect(postgres.dsn(SUPERUSER, DATABASE))
    try:
        query = f"SELECT due_at FROM platform.{clocks.name} WHERE kind = $1 AND subject_id = $2"  # the table's own name
        assert await superuser.fetchval(query, SILENCE, parsed[1]) == NOW + timedelta(hours=1)
        async with shop.brand.work() as work:
            await note_silence(work, parsed[1])
        assert await shop.posted() == []
        await shop.act("withdrawFeedback", feedbackId=feedback)
        assert await superuser.fetchval(query, SILENCE, parsed[1]) is None
    finally:
        await superuser.close()


async def test_a_corrupted_entry_is_found(brand: MakeBrand, postgres: EmbeddedPostgres) -> None:
    """By somebody with every right, who switched the trigger off: first the amount, then the cause, then the account."""
    shop = await shop_of(brand)
    promise = await shop.about("makePromise", "promise", text="送到")
    await shop.act("keepPromise", promiseId=promise)
    await shop.about("recordWowMoment", "wowMoment", story="生日歌")
    other = UUID(int=7)
    superuser = await asyncpg.connect(postgres.dsn(SUPERUSER, DATABASE))
    try:
        await superuser.execute("SET session_replication_role = replica")  # as if there were no triggers
        of = "WHERE tenant_id = $1 AND reason = 'PROMISE_KEPT'"
        await superuser.execute(f"UPDATE trust_entries SET claimed = 1100, amount = 1100 {of}", shop.brand.tenant_id)
        assert await shop.findings() == [
            "entry 2: claimed is 1100, not 1000",
            "entry 2: amount is 1100, not 1000",
            "account: balance is 12500, not 12600",
        ]
        await superuser.execute(f"UPDATE trust_entries SET claimed = 1000, amount = 1000 {of}", shop.brand.tenant_id)
        await superuser.execute(f"UPDATE trust_entries SET cause_key = $2 {of}", shop.brand.tenant_id, str(other))
        parsed = parse_global_id(promise)
        assert parsed is not None
        assert await shop.findings() == [
            f"PROMISE_KEPT of {parsed[1]} was not posted",
            f"PROMISE_KEPT of {other} was posted without its fact",
        ]
        await superuser.execute(f"UPDATE trust_entries SET cause_key = $2 {of}", shop.brand.tenant_id, str(parsed[1]))
        assert await shop.findings() == []
    finally:
        await superuser.close()


def test_events_that_cause_nothing() -> None:
    assert expected_of("customer.added", {}, None) == []
    assert expected_of("feedback.raised", {"kind": "COMPLAINT"}, None) == []
    assert expected_of("feedback.raised", {"kind": "RATING", "score": 3, "feedback_id": "f"}, None) == []
    assert expected_of("relationship.ended", {"state": "TRANSFERRED", "relationship_id": "r"}, None) == []
    kept = {"in_time": None, "due_at": None, "promise_id": "p"}
    assert expected_of("promise.kept", kept, None) == [(TrustReason.PROMISE_KEPT, "p")]
