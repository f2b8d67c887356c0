"""API keys: who may make one, what it opens, and when it stops."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from server.access import keys
from server.access.permissions import DEFAULTS, EVERYTHING, DataScope, Permission, PrincipalKind
from server.errors import ErrorCode, RequestError
from server.ids import global_id, new_id
from tests.factories.brands import Brand, World, uuid_of

Make = Callable[..., Awaitable[Brand]]

CREATE = """
mutation($input: CreateApiKeyInput!) {
  createApiKey(input: $input) {
    userErrors { code field message } cursor secret
    apiKey { id name kind permissions secretTail expiresAt revokedAt staff { id } }
  }
}
"""
REVOKE = """
mutation($input: RevokeApiKeyInput!) {
  revokeApiKey(input: $input) { userErrors { code field message } cursor apiKey { id revokedAt } }
}
"""
VIEWER = "{ viewer { kind dataScope permissions tenant { id } staff { name } expiresAt } }"


async def act(brand: Brand, query: str, caller: Any = None, **input: Any) -> dict[str, Any]:
    body = await brand.world.ask(caller or brand.owner, query, {"input": input})
    assert "errors" not in body, body
    (payload,) = body["data"].values()
    return dict(payload)


def refusals(payload: dict[str, Any]) -> list[tuple[str, list[str] | None]]:
    return [(error["code"], error["field"]) for error in payload["userErrors"]]


async def invited(brand: Brand, **input: Any) -> str:
    query = "mutation($input: InviteStaffInput!) { inviteStaff(input: $input) { staffMember { id } } }"
    return str((await act(brand, query, **{"name": "Lin", **input}))["staffMember"]["id"])


async def refused_at_the_door(world: World, credential: str) -> ErrorCode:
    with pytest.raises(RequestError) as refused:
        await world.gateway.authenticate(f"Bearer {credential}")
    return refused.value.code


# --------------------------------------------------------------------------------------------------------------- making


async def test_a_program_s_key_may_do_what_is_usual(brand: Make, world: World) -> None:
    one = await brand()
    payload = await act(one, CREATE, name="Warehouse", kind="INTEGRATOR", expiresAt="2100-01-01T00:00:00Z")
    key, secret = payload["apiKey"], payload["secret"]
    usual = sorted(DEFAULTS[PrincipalKind.INTEGRATOR])
    assert payload["userErrors"] == []
    assert key | {"id": None} == {
        "id": None,
        "name": "Warehouse",
        "kind": "INTEGRATOR",
        "permissions": usual,
        "secretTail": secret[-4:],
        "expiresAt": "2100-01-01T00:00:00.000000Z",
        "revokedAt": None,
        "staff": None,
    }
    viewer = (await world.ask(secret, VIEWER))["data"]["viewer"]
    assert viewer == {
        "kind": "INTEGRATOR",
        "dataScope": "ALL",
        "permissions": usual,
        "tenant": {"id": one.onboarded["tenant"]["id"]},
        "staff": None,
        "expiresAt": "2100-01-01T00:00:00.000000Z",
    }


async def test_a_person_s_key_sees_by_the_person_s_scope(brand: Make, world: World) -> None:
    one = await brand()
    staff_id = await invited(one, name="林悦", dataScope="OWN_STORE")
    secret = (await act(one, CREATE, name="Phone", kind="STAFF", staffId=staff_id))["secret"]
    viewer = (await world.ask(secret, VIEWER))["data"]["viewer"]
    assert (viewer["kind"], viewer["dataScope"], viewer["staff"]) == ("STAFF", "OWN_STORE", {"name": "林悦"})
    assert viewer["permissions"] == sorted(DEFAULTS[PrincipalKind.STAFF])


async def test_the_secret_is_kept_nowhere(brand: Make) -> None:
    one = await brand()
    secret = (await act(one, CREATE, name="K", kind="INTEGRATOR", clientMutationId="once"))["secret"].split("_", 2)[2]
    async with one.work() as work:
        tables = await work.raw.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in tables:
            if table != "alembic_version":
                rows = await work.raw.fetch(f'SELECT t::text FROM "{table}" t')
                assert not [row for (row,) in rows if secret in row], table


async def test_a_retry_says_that_the_secret_was_shown(brand: Make) -> None:
    one = await brand()
    first = await act(one, CREATE, name="K", kind="INTEGRATOR", clientMutationId="retry")
    second = await act(one, CREATE, name="K", kind="INTEGRATOR", clientMutationId="retry")
    assert (second["secret"], refusals(second)) == (None, [("SECRET_ALREADY_SHOWN", None)])
    assert (second["apiKey"]["id"], second["cursor"]) == (first["apiKey"]["id"], first["cursor"])
    assert await one.count("api_keys") == 2


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"kind": "PUBLIC"}, "INVALID", ["kind"]),
        ({"kind": "STAFF"}, "INVALID", ["staffId"]),
        ({"kind": "INTEGRATOR", "staffId": "person"}, "INVALID", ["staffId"]),
        ({"kind": "STAFF", "staffId": global_id("StaffMember", new_id())}, "NOT_FOUND", ["staffId"]),
        ({"kind": "STAFF", "staffId": "nonsense"}, "NOT_FOUND", ["staffId"]),
        ({"kind": "STAFF", "staffId": "gone"}, "NOT_ALLOWED", ["staffId"]),
        ({"kind": "INTEGRATOR", "expiresAt": "2020-01-01T00:00:00Z"}, "INVALID", ["expiresAt"]),
        ({"kind": "INTEGRATOR", "name": ""}, "INVALID", ["name"]),
    ],
    ids=["public", "nobody", "program", "missing", "no-id", "left", "past", "name"],
)
async def test_a_refused_key_leaves_nothing(brand: Make, given: dict[str, Any], code: str, field: list[str]) -> None:
    one = await brand()
    known = {"person": await invited(one), "gone": await invited(one)}
    async with one.work() as work:
        await work.raw.execute("UPDATE staff_members SET left_at = joined_at WHERE id = $1", uuid_of(known["gone"]))
    given = {**given, **({"staffId": known.get(given["staffId"], given["staffId"])} if "staffId" in given else {})}
    log = await one.events()
    payload = await act(one, CREATE, **{"name": "K", **given})
    assert (refusals(payload), payload["apiKey"], payload["secret"]) == ([(code, field)], None, None)
    assert (await one.count("api_keys"), await one.events()) == (1, log)


async def test_another_brand_s_person_gets_no_key_of_ours(brand: Make) -> None:
    mine, theirs = await brand(), await brand()
    payload = await act(mine, CREATE, name="K", kind="STAFF", staffId=await invited(theirs))
    assert refusals(payload) == [("NOT_FOUND", ["staffId"])]


# ----------------------------------------------------------------------------------------------- nobody gives more than own


async def test_a_key_has_no_permission_its_maker_lacks(brand: Make) -> None:
    one = await brand()
    own = {Permission.API_KEY_MANAGE, Permission.CUSTOMER_READ, Permission.TENANT_READ}
    maker = one.as_staff(new_id(), DataScope.ALL, own)
    payload = await act(one, CREATE, maker, name="K", kind="INTEGRATOR", permissions=["CUSTOMER_READ", "TENANT_MANAGE"])
    assert [(error["code"], error["field"], error["message"]) for error in payload["userErrors"]] == [
        ("NOT_ALLOWED", ["permissions"], "A key cannot have permissions its maker lacks: TENANT_MANAGE.")
    ]
    usual = await act(one, CREATE, maker, name="K", kind="INTEGRATOR")
    assert usual["apiKey"]["permissions"] == ["CUSTOMER_READ", "TENANT_READ"]
    assert refusals(await act(one, CREATE, maker, name="K", kind="OWNER")) == [("NOT_ALLOWED", ["permissions"])]


async def test_a_key_sees_no_more_customers_than_its_maker(brand: Make) -> None:
    one = await brand()
    chief, peer = await invited(one, dataScope="ALL"), await invited(one)
    maker = one.as_staff(uuid_of(await invited(one)), DataScope.OWN_CUSTOMERS, EVERYTHING)
    for wanted in ({"kind": "OWNER"}, {"kind": "INTEGRATOR"}):
        assert refusals(await act(one, CREATE, maker, name="K", **wanted)) == [("NOT_ALLOWED", ["kind"])]
    assert refusals(await act(one, CREATE, maker, name="K", kind="STAFF", staffId=chief)) == [
        ("NOT_ALLOWED", ["staffId"])
    ]
    assert refusals(await act(one, CREATE, maker, name="K", kind="STAFF", staffId=peer)) == []


@pytest.mark.parametrize(
    ("query", "input"),
    [(CREATE, {"name": "K", "kind": "INTEGRATOR"}), (REVOKE, {"apiKeyId": global_id("ApiKey", new_id())})],
    ids=["create", "revoke"],
)
async def test_keys_need_a_permission(brand: Make, query: str, input: dict[str, Any]) -> None:
    one = await brand()
    staff = one.as_staff(new_id(), DataScope.ALL, EVERYTHING - {Permission.API_KEY_MANAGE})
    for caller, code in ((staff, ErrorCode.FORBIDDEN), (None, ErrorCode.UNAUTHENTICATED)):
        with pytest.raises(RequestError) as refused:
            await one.world.ask(caller, query, {"input": input})
        assert refused.value.code is code
    with pytest.raises(RequestError) as refused:
        await one.world.ask(staff, "{ apiKeys { nodes { name } } }")
    assert refused.value.code is ErrorCode.FORBIDDEN
    assert await one.count("api_keys") == 1


# ------------------------------------------------------------------------------------------------------------- ending


async def test_a_revoked_key_opens_nothing(brand: Make, world: World) -> None:
    one = await brand()
    made = await act(one, CREATE, name="K", kind="INTEGRATOR")
    await world.ask(made["secret"], VIEWER)
    revoked = await act(one, REVOKE, apiKeyId=made["apiKey"]["id"])
    assert (revoked["userErrors"], revoked["apiKey"]["revokedAt"] is None) == ([], False)
    assert (await one.events())[-1][1] == "api_key.revoked"
    assert await refused_at_the_door(world, made["secret"]) is ErrorCode.UNAUTHENTICATED
    log = await one.events()
    again = await act(one, REVOKE, apiKeyId=made["apiKey"]["id"])
    assert [(error["code"], error["field"], error["message"]) for error in again["userErrors"]] == [
        ("NOT_ALLOWED", ["apiKeyId"], "This key is revoked already.")
    ]
    assert await one.events() == log


async def test_another_brand_s_key_cannot_be_revoked(brand: Make) -> None:
    mine, theirs = await brand(), await brand()
    key = global_id("ApiKey", theirs.owner.key_id or new_id())
    assert refusals(await act(mine, REVOKE, apiKeyId=key)) == [("NOT_FOUND", ["apiKeyId"])]
    assert (await theirs.ask(VIEWER))["data"]["viewer"]["kind"] == "OWNER"


async def test_the_key_of_who_has_left_opens_nothing(brand: Make, world: World) -> None:
    one = await brand()
    staff_id = await invited(one)
    secret = (await act(one, CREATE, name="K", kind="STAFF", staffId=staff_id))["secret"]
    assert (await keys.authenticate(world.gateway.services.database, f"Bearer {secret}")).staff_id == uuid_of(staff_id)
    async with one.work() as work:
        await work.raw.execute("UPDATE staff_members SET left_at = joined_at WHERE id = $1", uuid_of(staff_id))
    assert await refused_at_the_door(world, secret) is ErrorCode.UNAUTHENTICATED


async def test_an_expired_key_opens_nothing(brand: Make, world: World) -> None:
    one = await brand()
    made = await act(one, CREATE, name="K", kind="INTEGRATOR", expiresAt="2100-01-01T00:00:00Z")
    async with one.work() as work:
        await work.raw.execute("UPDATE api_keys SET expires_at = now() WHERE id = $1", uuid_of(made["apiKey"]["id"]))
    assert await refused_at_the_door(world, made["secret"]) is ErrorCode.UNAUTHENTICATED


@pytest.mark.parametrize("change", ["secret", "tenant", "scheme", "empty", "long"])
async def test_what_is_no_key_opens_nothing(brand: Make, world: World, change: str) -> None:
    one, other = await brand(), await brand()
    secret = one.key.rsplit("_", 1)
    offered = {
        "secret": f"Bearer {one.key[:-1]}{'A' if one.key[-1] != 'A' else 'B'}",
        "tenant": f"Bearer shuke_{other.tenant_id.hex}_{secret[1]}",
        "scheme": f"Basic {one.key}",
        "empty": "Bearer ",
        "long": "Bearer " + "x" * 100_000,
    }[change]
    with pytest.raises(RequestError) as refused:
        await world.gateway.authenticate(offered)
    assert (refused.value.code, str(refused.value)) == (ErrorCode.UNAUTHENTICATED, "The credential is not valid.")


async def test_the_list_of_keys_filters(brand: Make) -> None:
    one = await brand()
    made = await act(one, CREATE, name="Gone", kind="INTEGRATOR")
    await act(one, REVOKE, apiKeyId=made["apiKey"]["id"])
    query = "query($filter: ApiKeyFilter) { apiKeys(filter: $filter) { nodes { name kind } totalCount } }"
    everything = (await one.ask(query))["data"]["apiKeys"]
    working = (await one.ask(query, {"filter": {"revokedAt": {"isNull": True}}}))["data"]["apiKeys"]
    assert everything["nodes"] == [{"name": "Gone", "kind": "INTEGRATOR"}, {"name": "Owner", "kind": "OWNER"}]
    assert working == {"nodes": [{"name": "Owner", "kind": "OWNER"}], "totalCount": 1}
