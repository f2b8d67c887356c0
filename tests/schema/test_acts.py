"""How acts are run: whole or not at all, once per key, in order, and with their place in the log."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from server.access.permissions import DEFAULTS, PrincipalKind
from server.errors import ErrorCode, RequestError
from tests.factories.brands import Brand, World

Make = Callable[..., Awaitable[Brand]]

_INVITE = """
mutation($input: InviteStaffInput!) { inviteStaff(input: $input) {
  __typename cursor userErrors { __typename code message field } staffMember { id name } } }
"""


async def invite(brand: Brand, **input: Any) -> dict[str, Any]:
    body = await brand.ask(_INVITE, {"input": input})
    assert "errors" not in body
    payload: dict[str, Any] = body["data"]["inviteStaff"]
    return payload


async def test_a_refusal_changes_nothing_and_names_the_field(brand: Make) -> None:
    made = await brand()
    before = (await made.events(), await made.count("staff_members"))
    refused = await invite(made, name="x" * 10_000)
    assert refused == {
        "__typename": "InviteStaffPayload",
        "cursor": None,
        "userErrors": [
            {
                "__typename": "Refusal",
                "code": "INVALID",
                "message": "name: at most 200 characters",
                "field": ["name"],
            }
        ],
        "staffMember": None,
    }
    assert (await made.events(), await made.count("staff_members")) == before


async def test_a_retry_under_the_same_key_gets_the_first_answer(brand: Make) -> None:
    made = await brand()
    first = await invite(made, name="Ann", clientMutationId="k1")
    again = await invite(made, name="Ann", clientMutationId="k1")
    assert first == again
    assert first["cursor"] is not None
    assert [type for _, type in await made.events()].count("staff_member.invited") == 2  # the owner, and Ann
    other = await invite(made, name="Bob", clientMutationId="k1")
    assert [error["code"] for error in other["userErrors"]] == ["IDEMPOTENCY_KEY_REUSED"]


async def test_a_refusal_is_kept_under_its_key_too(brand: Make) -> None:
    made = await brand()
    first = await invite(made, name=" ", clientMutationId="k")
    assert first["userErrors"] != []
    assert await invite(made, name=" ", clientMutationId="k") == first


@pytest.mark.parametrize("key", ["", "x" * 256, "a\nb"])
async def test_a_key_that_is_none(brand: Make, key: str) -> None:
    made = await brand()
    refused = await invite(made, name="Ann", clientMutationId=key)
    assert [(error["code"], error["field"]) for error in refused["userErrors"]] == [("INVALID", ["clientMutationId"])]


async def test_many_at_once_under_one_key_do_it_once(brand: Make) -> None:
    made = await brand()
    answers = await asyncio.gather(*(invite(made, name="Ann", clientMutationId="same") for _ in range(12)))
    assert len({str(answer) for answer in answers}) == 1
    assert await made.count("staff_members") == 2


async def test_keys_of_different_principals_are_apart(world: World, brand: Make) -> None:
    made = await brand()
    created = await made.ask(
        'mutation { createApiKey(input: {name: "second", kind: OWNER}) { secret userErrors { message } } }'
    )
    first = await invite(made, name="Ann", clientMutationId="k")
    body = await world.ask(
        created["data"]["createApiKey"]["secret"], _INVITE, {"input": {"name": "Ann", "clientMutationId": "k"}}
    )
    assert body["data"]["inviteStaff"]["staffMember"]["id"] != first["staffMember"]["id"]


async def test_a_secret_is_shown_once(brand: Make) -> None:
    made = await brand()
    query = """mutation { createApiKey(input: {name: "bot", kind: INTEGRATOR, clientMutationId: "s"}) {
      secret cursor apiKey { id } userErrors { code } } }"""
    first = (await made.ask(query))["data"]["createApiKey"]
    again = (await made.ask(query))["data"]["createApiKey"]
    assert first["secret"].startswith("shuke_")
    assert again == {**first, "secret": None, "userErrors": [{"code": "SECRET_ALREADY_SHOWN"}]}
    async with made.work() as work:
        stored = await work.raw.fetchval("SELECT outcome::text FROM act_outcomes WHERE key = 's'")
    assert first["secret"] not in stored


async def test_the_header_is_a_key_for_one_root_field(world: World, brand: Make) -> None:
    made = await brand()
    two = 'mutation { a: inviteStaff(input: {name: "A"}) { cursor } b: inviteStaff(input: {name: "B"}) { cursor } }'
    with pytest.raises(RequestError) as refused:
        await world.ask(made.owner, two, idempotency_key="k")
    assert refused.value.code is ErrorCode.BAD_USER_INPUT
    one = 'mutation { inviteStaff(input: {name: "A"}) { cursor } }'
    first = await world.ask(made.owner, one, idempotency_key="k")
    assert await world.ask(made.owner, one, idempotency_key="k") == first
    assert await made.count("staff_members") == 2


async def test_root_fields_run_in_order_and_keep_what_was_done(brand: Make) -> None:
    made = await brand()
    body = await made.ask(
        'mutation { a: inviteStaff(input: {name: "A"}) { cursor staffMember { name } } '
        'b: inviteStaff(input: {name: ""}) { userErrors { code } } '
        'c: inviteStaff(input: {name: "C"}) { cursor staffMember { name } } }'
    )
    assert body["data"]["a"]["staffMember"] == {"name": "A"}
    assert body["data"]["b"]["userErrors"] == [{"code": "INVALID"}]
    assert body["data"]["c"]["staffMember"] == {"name": "C"}
    assert body["data"]["a"]["cursor"] < body["data"]["c"]["cursor"]


async def test_a_forbidden_field_in_the_payload_refuses_before_the_act(world: World, brand: Make) -> None:
    made = await brand()
    poor = made.as_staff(made.tenant_id, made.owner.data_scope, permissions=set())
    with pytest.raises(RequestError) as refused:
        await world.ask(poor, _INVITE, {"input": {"name": "Ann"}})
    assert refused.value.code is ErrorCode.FORBIDDEN
    assert await made.count("staff_members") == 1


async def test_onboarding_again_under_its_key_shows_neither_secret_nor_people(world: World) -> None:
    query = """mutation($slug: String!) { onboardTenant(input: { name: "Once", slug: $slug, businessType: B2B,
      industry: MANUFACTURING, owner: {name: "O", email: "O@once.example"}, clientMutationId: "onb" }) {
      cursor apiKey userErrors { code } tenant { id name } } }"""
    deep = query.replace("tenant { id name }", "tenant { id operatingModel { id } }")
    slug = f"once-{id(world)}"
    first = (await world.ask(None, query, {"slug": slug}))["data"]["onboardTenant"]
    assert first["userErrors"] == []
    again = (await world.ask(None, query, {"slug": slug}))["data"]["onboardTenant"]
    assert again == {**first, "apiKey": None, "userErrors": [{"code": "SECRET_ALREADY_SHOWN"}]}
    curious = (await world.ask(None, deep, {"slug": slug}))["data"]["onboardTenant"]
    assert curious["tenant"] is None
    other = (await world.ask(None, query, {"slug": slug + "x"}))["data"]["onboardTenant"]
    assert (other["tenant"], other["userErrors"]) == (None, [{"code": "IDEMPOTENCY_KEY_REUSED"}])


async def test_messages_follow_the_language_codes_do_not(world: World, brand: Make) -> None:
    from server.terms import Locale

    made = await brand()
    body = await world.ask(made.owner, _INVITE, {"input": {"name": "x" * 201}}, locale=Locale.ZH)
    assert body["data"]["inviteStaff"]["userErrors"][0]["message"] == "name: 最多200个字符"


def test_no_default_is_more_than_an_owners() -> None:
    assert all(granted <= DEFAULTS[PrincipalKind.OWNER] for granted in DEFAULTS.values())


async def test_a_misused_key_does_not_touch_what_is_kept_under_it(brand: Make) -> None:
    made = await brand()
    first = await invite(made, name="Ann", clientMutationId="m")
    assert (await invite(made, name="Bob", clientMutationId="m"))["userErrors"][0]["code"] == "IDEMPOTENCY_KEY_REUSED"
    tags = 'mutation { tagCustomers(input: {customerIds: [], add: [], clientMutationId: "m"}) { userErrors { code } } }'
    assert (await made.ask(tags))["data"]["tagCustomers"] == {"userErrors": [{"code": "IDEMPOTENCY_KEY_REUSED"}]}
    assert await invite(made, name="Ann", clientMutationId="m") == first


async def test_an_error_while_the_payload_is_read_undoes_the_act(brand: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    from server.planner.executing import Execution

    made = await brand()
    before = (await made.count("staff_members"), await made.events())
    real = Execution.read_refs

    async def failing(self: Execution, reader: Any) -> None:
        for selected, waiting in self.completion.take_pending():
            for slot, _ in waiting:
                self.completion.fail(selected, slot, ZeroDivisionError("a field that fails"))
        await real(self, reader)

    monkeypatch.setattr(Execution, "read_refs", failing)
    body = await made.ask(_INVITE, {"input": {"name": "Ann", "clientMutationId": "e"}})
    monkeypatch.undo()
    assert body["data"] is None
    assert [(error["path"], error["extensions"]["code"]) for error in body["errors"]] == [
        (["inviteStaff", "staffMember"], "INTERNAL")
    ]
    assert (await made.count("staff_members"), await made.events()) == before
    assert (await invite(made, name="Ann", clientMutationId="e"))["userErrors"] == []


async def test_the_same_onboarding_many_times_at_once_makes_one_brand(world: World) -> None:
    query = """mutation($slug: String!) { onboardTenant(input: { name: "Race", slug: $slug, businessType: B2B,
      industry: MANUFACTURING, owner: {name: "O", email: "o@race.example"}, clientMutationId: "r" }) {
      userErrors { code } tenant { id } apiKey } }"""
    variables = {"slug": f"race-{id(world)}"}
    bodies = await asyncio.gather(*(world.ask(None, query, variables) for _ in range(8)))
    answers = [body["data"]["onboardTenant"] for body in bodies]
    assert len({one["tenant"]["id"] for one in answers}) == 1
    assert sorted(one["userErrors"] == [] for one in answers) == [False] * 7 + [True]
    assert {error["code"] for one in answers for error in one["userErrors"]} == {"SECRET_ALREADY_SHOWN"}


async def test_conflicts_say_the_current_version(brand: Make) -> None:
    made = await brand()
    query = """mutation($v: Int!) { updateTenant(input: {name: "New", expectedVersion: $v}) {
      userErrors { __typename code ... on VersionConflict { currentVersion } } } }"""
    assert (await made.ask(query, {"v": 1}))["data"]["updateTenant"]["userErrors"] == []
    refused = (await made.ask(query, {"v": 1}))["data"]["updateTenant"]["userErrors"]
    assert refused == [{"__typename": "VersionConflict", "code": "CONFLICT", "currentVersion": 2}]
