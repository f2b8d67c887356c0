"""Voices of people who are no customers: seen and answered by who heard them, by their store and by who answers them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from server.access.caller import Caller
from server.access.permissions import DataScope
from server.ids import global_id, new_id
from server.operations.store_kinds import StoreKind
from tests.customers.clinic import Clinic
from tests.factories.brands import Brand

READ = """
query($id: ID!) {
  oneFeedback(id: $id) { id clocks { number } moves { toStatus } }
  node(id: $id) { id }
  feedback { totalCount nodes { id } }
  events(first: 100) { nodes { type subject { id } } }
}
"""
ACTS = {
    "acknowledgeFeedback": {},
    "answerFeedback": {"text": "t"},
    "resolveFeedback": {},
    "declineFeedback": {"reason": "t"},
    "reopenFeedback": {},
}


@dataclass
class Voice:
    """A complaint of nobody known at store 5, which lies in the north."""

    clinic: Clinic
    id: str
    seers: dict[str, Caller]
    others: dict[str, Caller]

    async def ask(self, caller: Caller, query: str, **variables: Any) -> dict[str, Any]:
        return await self.clinic.brand.world.ask(caller, query, variables)

    async def act(self, caller: Caller, name: str, /, **input: Any) -> dict[str, Any]:
        type_name = name[0].upper() + name[1:] + "Input"
        query = (
            f"mutation($input: {type_name}!) {{ {name}(input: $input) {{"
            " cursor userErrors { code field message } feedback { id status } } }"
        )
        payload: dict[str, Any] = (await self.ask(caller, query, input=input))["data"][name]
        return payload


@pytest.fixture
async def voice(brand: Callable[..., Awaitable[Brand]]) -> Voice:
    clinic = Clinic(await brand(businessType="LOW_PRICE_B2C", industry="RETAIL"))
    north = await clinic.store("North", kind=StoreKind.REGION)
    three, five = await clinic.store("S3", below=north), await clinic.store("S5", below=north)
    answers, manages = await clinic.role("service_desk"), await clinic.role("store_staff")

    async def who(name: str, scope: DataScope, **placed: Any) -> Caller:
        return clinic.brand.as_staff(await clinic.staff(name, scope=scope, **placed), scope)

    heard = await who("heard it", DataScope.OWN_CUSTOMERS)
    seers = {
        "who heard it": heard,
        "the manager there": await who("a", DataScope.OWN_STORE, role=answers, store=five),
        "a clerk there": await who("b", DataScope.OWN_CUSTOMERS, role=manages, store=five),
        "the region above": await who("c", DataScope.OWN_STORE, role=manages, store=north),
        "who answers everywhere": await who("d", DataScope.OWN_CUSTOMERS, role=answers),
    }
    others = {
        "the manager elsewhere": await who("e", DataScope.OWN_STORE, role=manages, store=three),
        "who answers elsewhere": await who("f", DataScope.OWN_STORE, role=answers, store=three),
        "another role everywhere": await who("g", DataScope.OWN_GROUP, role=manages),
        "nowhere": await who("h", DataScope.OWN_CUSTOMERS),
        "no longer there": await who("i", DataScope.OWN_STORE, role=manages, store=five),
    }
    async with clinic.brand.work() as work:
        await work.raw.execute(
            "UPDATE placements SET until_at = now() WHERE staff_id = $1", others["no longer there"].staff_id
        )
    made = Voice(clinic, "", seers, others)
    input = {"kind": "COMPLAINT", "text": "t", "name": "路人", "storeId": global_id("Store", five)}
    payload = await made.act(heard, "raiseFeedback", **input)
    assert payload["userErrors"] == []
    made.id = payload["feedback"]["id"]
    return made


async def test_it_is_seen_by_those_it_is_for_and_by_nobody_else(voice: Voice) -> None:
    seen = {
        "oneFeedback": {"id": voice.id, "clocks": [{"number": 1}], "moves": [{"toStatus": "RAISED"}]},
        "node": {"id": voice.id},
        "feedback": {"totalCount": 1, "nodes": [{"id": voice.id}]},
    }
    unseen = {"oneFeedback": None, "node": None, "feedback": {"totalCount": 0, "nodes": []}}
    for callers, expected, events in (
        ({**voice.seers, "the owner": voice.clinic.brand.owner}, seen, ["FEEDBACK_RAISED"]),
        (voice.others, unseen, []),
    ):
        for name, caller in callers.items():
            data = (await voice.ask(caller, READ, id=voice.id))["data"]
            told = [event["type"] for event in data.pop("events")["nodes"] if event["type"].startswith("FEEDBACK_")]
            assert (data, told) == (expected, events), name


async def test_its_rows_are_hidden_by_the_database(voice: Voice) -> None:
    database = voice.clinic.brand.world.gateway.services.database
    for callers, count in ((voice.seers, 1), (voice.others, 0)):
        for name, caller in callers.items():
            async with database.snapshot(caller.passage) as (raw, _):
                for table in ("feedback", "feedback_clocks", "feedback_moves"):
                    assert await raw.fetchval(f"SELECT count(*) FROM {table}") == count, (name, table)


@pytest.mark.parametrize("act", ACTS)
async def test_nobody_else_moves_it_and_missing_looks_the_same(voice: Voice, act: str) -> None:
    before = await voice.clinic.brand.events()
    refusal = {"code": "NOT_FOUND", "field": ["feedbackId"], "message": "Not found."}
    for name, caller in voice.others.items():
        for id in (voice.id, global_id("Feedback", new_id())):
            payload = await voice.act(caller, act, feedbackId=id, **ACTS[act])
            assert payload == {"cursor": None, "userErrors": [refusal], "feedback": None}, name
    assert await voice.clinic.brand.events() == before


async def test_those_it_is_for_answer_it(voice: Voice) -> None:
    moves = []
    for caller, act in zip(voice.seers.values(), ACTS, strict=True):
        payload = await voice.act(caller, act, feedbackId=voice.id, **ACTS[act])
        moves.append((payload["feedback"] or payload["userErrors"][0])["status" if payload["feedback"] else "code"])
    assert moves == ["ACKNOWLEDGED", "ANSWERED", "RESOLVED", "NOT_ALLOWED", "IN_PROGRESS"]


async def test_one_voice_opens_no_other(voice: Voice) -> None:
    """Also not under another system's id."""
    owner = voice.clinic.brand.owner
    raised = await voice.act(
        owner, "raiseFeedback", kind="PRAISE", text="t", externalRefs=[{"system": "crm", "id": "7"}]
    )
    assert raised["userErrors"] == []
    for name in ("the manager there", "who heard it"):
        payload = await voice.act(voice.seers[name], "acknowledgeFeedback", feedbackId="ref:crm:7")
        assert [error["code"] for error in payload["userErrors"]] == ["NOT_FOUND"], name
