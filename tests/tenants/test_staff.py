"""The people who work for a brand, and the ids other systems give them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from server.access.permissions import EVERYTHING, DataScope, Permission
from server.errors import DomainError, ErrorCode, RequestError
from server.ids import global_id, new_id
from server.tenants import external_refs
from server.tenants.external_refs import ExternalRefCommand
from tests.factories.brands import Brand, uuid_of

Make = Callable[..., Awaitable[Brand]]

PERSON = "id name email key dataScope joinedAt leftAt version externalRefs { system id }"
INVITE = f"""
mutation($input: InviteStaffInput!) {{
  inviteStaff(input: $input) {{ userErrors {{ code field message }} cursor staffMember {{ {PERSON} }} }}
}}
"""
BATCH = f"""
mutation($input: InviteStaffBatchInput!) {{
  inviteStaffBatch(input: $input) {{
    userErrors {{ code field message }} cursor
    results {{ index userErrors {{ code field }} staffMember {{ {PERSON} }} }}
  }}
}}
"""
UPDATE = f"""
mutation($input: UpdateStaffInput!) {{
  updateStaff(input: $input) {{ userErrors {{ code field message }} cursor staffMember {{ {PERSON} }} }}
}}
"""
LIST = (
    "query($filter: StaffFilter) { staff(filter: $filter, orderBy: {field: NAME, direction: ASC}) { nodes { name } } }"
)


async def act(brand: Brand, query: str, caller: Any = None, **input: Any) -> dict[str, Any]:
    body = await brand.world.ask(caller or brand.owner, query, {"input": input})
    assert "errors" not in body, body
    (payload,) = body["data"].values()
    return dict(payload)


def refusals(payload: dict[str, Any]) -> list[tuple[str, list[str] | None]]:
    return [(error["code"], error["field"]) for error in payload["userErrors"]]


async def invited(brand: Brand, **input: Any) -> dict[str, Any]:
    payload = await act(brand, INVITE, **input)
    assert payload["userErrors"] == [], payload
    return dict(payload["staffMember"])


# ------------------------------------------------------------------------------------------------------------- inviting


async def test_a_person_joins(brand: Make) -> None:
    one = await brand()
    person = await invited(
        one,
        name=" 林悦 ",
        email="Lin.Yue@Brand.example",
        key="lin_yue",
        joinedAt="2026-01-31T08:30:00+08:00",
        externalRefs=[{"system": "wecom", "id": "LinYue"}],
    )
    assert person | {"id": None} == {
        "id": None,
        "name": "林悦",
        "email": "lin.yue@brand.example",
        "key": "lin_yue",
        "dataScope": "OWN_CUSTOMERS",
        "joinedAt": "2026-01-31T00:30:00.000000Z",
        "leftAt": None,
        "version": 1,
        "externalRefs": [{"system": "wecom", "id": "LinYue"}],
    }
    assert (await one.events())[-1][1] == "staff_member.invited"
    read = await one.ask("query($id: ID!) { staffMember(id: $id) { name } }", {"id": person["id"]})
    assert read["data"]["staffMember"] == {"name": "林悦"}


@pytest.mark.parametrize(
    ("given", "code", "field", "message"),
    [
        ({"key": "taken"}, "ALREADY_EXISTS", ["key"], "Another staff member has this key."),
        (
            {"email": "TAKEN@brand.example"},
            "ALREADY_EXISTS",
            ["email"],
            "Another staff member has this e-mail address.",
        ),
        (
            {"externalRefs": [{"system": "crm", "id": "2"}, {"system": "crm", "id": "1"}]},
            "ALREADY_EXISTS",
            ["externalRefs", "1", "id"],
            "This external id already belongs to another one.",
        ),
        ({"email": "nobody"}, "INVALID", ["email"], "email: must be an e-mail address"),
        (
            {"joinedAt": "1850-01-01T00:00:00Z"},
            "INVALID",
            ["joinedAt"],
            "joinedAt: must be between the years 1900 and 2200",
        ),
        ({"name": "a\nb"}, "INVALID", ["name"], "name: must be a single line"),
    ],
    ids=["key", "email", "ref", "address", "year", "name"],
)
async def test_a_refused_person_leaves_nothing(
    brand: Make, given: dict[str, Any], code: str, field: list[str], message: str
) -> None:
    one = await brand()
    await invited(
        one, name="First", key="taken", email="taken@brand.example", externalRefs=[{"system": "crm", "id": "1"}]
    )
    log = await one.events()
    payload = await act(one, INVITE, **{"name": "Second", **given})
    assert (payload["staffMember"], payload["cursor"]) == (None, None)
    assert [(error["code"], error["field"], error["message"]) for error in payload["userErrors"]] == [
        (code, field, message)
    ]
    assert (await one.count("staff_members"), await one.count("external_refs")) == (2, 1)
    assert await one.events() == log


async def test_another_brand_may_use_the_same_key_address_and_external_id(brand: Make) -> None:
    for one in (await brand(), await brand()):
        await invited(
            one, name="Same", key="same", email="same@brand.example", externalRefs=[{"system": "s", "id": "1"}]
        )


async def test_of_concurrent_invitations_with_one_address_one_is_accepted(brand: Make) -> None:
    one = await brand()
    answers = await asyncio.gather(*(act(one, INVITE, name=f"P{n}", email="p@brand.example") for n in range(5)))
    assert sorted(code for answer in answers for code, _ in refusals(answer)) == ["ALREADY_EXISTS"] * 4
    assert await one.count("staff_members") == 2


async def test_an_address_is_free_again_when_its_owner_has_left(brand: Make) -> None:
    one = await brand()
    person = await invited(one, name="First", email="desk@brand.example")
    await leave(one, person["id"])
    assert (await invited(one, name="Second", email="desk@brand.example"))["name"] == "Second"


async def leave(brand: Brand, staff_id: str) -> None:
    async with brand.work() as work:
        await work.raw.execute("UPDATE staff_members SET left_at = joined_at WHERE id = $1", uuid_of(staff_id))


async def test_in_a_batch_each_row_stands_for_itself(brand: Make) -> None:
    one = await brand()
    payload = await act(
        one,
        BATCH,
        staff=[
            {"name": "A", "key": "a"},
            {"name": "B", "key": "a"},
            {"name": "C", "email": "nobody"},
            {"name": "D", "dataScope": "ALL"},
        ],
    )
    assert payload["userErrors"] == []
    shown = [
        (row["index"], refusals(row), row["staffMember"] and row["staffMember"]["name"]) for row in payload["results"]
    ]
    assert shown == [
        (0, [], "A"),
        (1, [("ALREADY_EXISTS", ["key"])], None),
        (2, [("INVALID", ["email"])], None),
        (3, [], "D"),
    ]
    assert await one.count("staff_members") == 3
    assert [type for _, type in await one.events()][-2:] == ["staff_member.invited"] * 2


@pytest.mark.parametrize("size", [0, 101])
async def test_a_batch_has_1_to_100_rows(brand: Make, size: int) -> None:
    one = await brand()
    payload = await act(one, BATCH, staff=[{"name": f"P{n}"} for n in range(size)])
    assert (refusals(payload), payload["results"]) == ([("INVALID", ["staff"])], [])
    assert await one.count("staff_members") == 1


# ------------------------------------------------------------------------------------------------------------- changing


async def test_what_is_given_changes_and_null_takes_away(brand: Make) -> None:
    one = await brand()
    person = await invited(one, name="Lin", email="lin@brand.example", key="lin")
    payload = await act(one, UPDATE, staffId=person["id"], email=None, dataScope="OWN_GROUP", expectedVersion=1)
    assert payload["userErrors"] == []
    changed = payload["staffMember"]
    assert (changed["name"], changed["email"], changed["key"], changed["dataScope"], changed["version"]) == (
        "Lin",
        None,
        "lin",
        "OWN_GROUP",
        2,
    )
    assert (await one.events())[-1][1] == "staff_member.updated"


async def test_a_person_is_found_by_an_external_id(brand: Make) -> None:
    one = await brand()
    await invited(one, name="Lin", externalRefs=[{"system": "hr", "id": "E:1"}])
    payload = await act(one, UPDATE, staffId="ref:hr:E:1", name="Lin Yue")
    assert payload["staffMember"]["name"] == "Lin Yue"


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"name": None}, "INVALID", ["name"]),
        ({"dataScope": None}, "INVALID", ["dataScope"]),
        ({"key": "first"}, "ALREADY_EXISTS", ["key"]),
        ({"email": "first@brand.example"}, "ALREADY_EXISTS", ["email"]),
        ({"name": "New", "expectedVersion": 2}, "CONFLICT", ["expectedVersion"]),
        ({"name": "New", "staffId": "nonsense"}, "NOT_FOUND", ["staffId"]),
        ({"name": "New", "staffId": global_id("StaffMember", new_id())}, "NOT_FOUND", ["staffId"]),
        ({"name": "New", "staffId": "ref:hr:nobody"}, "NOT_FOUND", ["staffId"]),
    ],
    ids=["name", "scope", "key", "email", "version", "id", "missing", "ref"],
)
async def test_a_refused_change_changes_nothing(
    brand: Make, given: dict[str, Any], code: str, field: list[str]
) -> None:
    one = await brand()
    await invited(one, name="First", key="first", email="first@brand.example")
    person = await invited(one, name="Second")
    log = await one.events()
    payload = await act(one, UPDATE, **{"staffId": person["id"], **given})
    assert (refusals(payload), payload["staffMember"]) == ([(code, field)], None)
    read = await one.ask(f"query($id: ID!) {{ staffMember(id: $id) {{ {PERSON} }} }}", {"id": person["id"]})
    assert (read["data"]["staffMember"], await one.events()) == (person, log)


async def test_another_brand_s_person_cannot_be_named(brand: Make) -> None:
    mine, theirs = await brand(), await brand()
    person = await invited(theirs, name="Theirs")
    assert refusals(await act(mine, UPDATE, staffId=person["id"], name="Mine")) == [("NOT_FOUND", ["staffId"])]


async def test_who_has_left_is_not_changed(brand: Make) -> None:
    one = await brand()
    person = await invited(one, name="Lin")
    await leave(one, person["id"])
    payload = await act(one, UPDATE, staffId=person["id"], name="New")
    assert [(error["code"], error["field"], error["message"]) for error in payload["userErrors"]] == [
        ("NOT_ALLOWED", ["staffId"], "This person has left the brand.")
    ]


# ------------------------------------------------------------------------------------------------- scopes and permissions


@pytest.mark.parametrize(
    ("own", "wanted", "allowed"),
    [
        ("ALL", "ALL", True),
        ("ALL", "OWN_STORE", True),
        ("OWN_STORE", "OWN_STORE", True),
        ("OWN_STORE", "OWN_CUSTOMERS", True),
        ("OWN_STORE", "OWN_GROUP", False),
        ("OWN_STORE", "ALL", False),
        ("OWN_CUSTOMERS", "OWN_CUSTOMERS", True),
        ("OWN_CUSTOMERS", "OWN_GROUP", False),
        ("OWN_CUSTOMERS", "ALL", False),
    ],
)
async def test_nobody_opens_more_than_they_see(brand: Make, own: str, wanted: str, allowed: bool) -> None:
    one = await brand()
    manager = one.as_staff(uuid_of((await invited(one, name="Manager"))["id"]), DataScope(own), EVERYTHING)
    payload = await act(one, INVITE, manager, name="New", dataScope=wanted)
    assert refusals(payload) == ([] if allowed else [("NOT_ALLOWED", ["dataScope"])])


async def test_a_wider_scope_than_one_s_own_is_not_touched(brand: Make) -> None:
    one = await brand()
    chief = await invited(one, name="Chief", dataScope="ALL")
    manager = one.as_staff(uuid_of((await invited(one, name="Manager"))["id"]), DataScope.OWN_STORE, EVERYTHING)
    payload = await act(one, UPDATE, manager, staffId=chief["id"], dataScope="OWN_CUSTOMERS")
    assert refusals(payload) == [("NOT_ALLOWED", ["dataScope"])]


async def test_inviting_needs_a_permission(brand: Make) -> None:
    one = await brand()
    staff = one.as_staff(new_id(), DataScope.ALL, EVERYTHING - {Permission.TENANT_MANAGE})
    with pytest.raises(RequestError) as refused:
        await one.world.ask(staff, INVITE, {"input": {"name": "New"}})
    assert refused.value.code is ErrorCode.FORBIDDEN
    assert await one.count("staff_members") == 1


# ---------------------------------------------------------------------------------------------------------- the list


async def test_the_list_filters_and_orders(brand: Make) -> None:
    one = await brand()
    await invited(one, name="B", key="b", dataScope="OWN_STORE")
    gone = await invited(one, name="A", key="a")
    await leave(one, gone["id"])

    async def names(**filter: Any) -> list[str]:
        body = await one.ask(LIST, {"filter": filter})
        return [node["name"] for node in body["data"]["staff"]["nodes"]]

    assert await names() == ["A", "B", "Owner"]
    assert await names(leftAt={"isNull": True}) == ["B", "Owner"]
    assert await names(key={"in": ["a", "b", "c"]}) == ["A", "B"]
    assert await names(dataScope={"eq": "OWN_STORE"}) == ["B"]
    assert await names(leftAt={"isNull": True}, key={"eq": "a"}) == []


# -------------------------------------------------------------------------------------------------------- external ids


async def test_external_ids_are_of_one_thing_per_type(brand: Make) -> None:
    one = await brand()
    first, second = new_id(), new_id()
    ref = ExternalRefCommand(system="erp", id="7")
    async with one.work() as work:
        await external_refs.attach(work, "Item", first, [ref, ref])
        await external_refs.attach(work, "Store", second, [ref])
        with pytest.raises(DomainError) as refused:
            await external_refs.attach(work, "Item", second, [ExternalRefCommand(system="erp", id="8"), ref])
        assert refused.value.field == ("external_refs", "1", "id")
        assert await external_refs.find(work, "Item", "ref:erp:7") == first
        assert await external_refs.find(work, "Store", "ref:erp:7") == second
        for nothing in ("ref:erp:9", "ref:erp", "erp:7", "ref::7", ""):
            assert await external_refs.find(work, "Item", nothing) is None
        await external_refs.detach_all(work, "Item", first)
        assert await external_refs.find(work, "Item", "ref:erp:7") is None
        assert await external_refs.find(work, "Store", "ref:erp:7") == second
