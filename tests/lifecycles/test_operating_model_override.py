"""Choosing the other operating model before there are customers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from server.access.permissions import EVERYTHING, DataScope, Permission
from server.errors import ErrorCode, RequestError
from server.ids import new_id
from tests.factories.brands import Brand

Make = Callable[..., Awaitable[Brand]]

OVERRIDE = """
mutation($input: OverrideOperatingModelInput!) {
  overrideOperatingModel(input: $input) {
    userErrors { code field message } cursor
    operatingModel { kind version inForce advisedKind overrideReason warnings { code } groups { key } }
  }
}
"""
IN_FORCE = "{ operatingModel { kind version } tenant { operatingModel { kind version } } }"


async def override(brand: Brand, **input: Any) -> dict[str, Any]:
    body = await brand.ask(OVERRIDE, {"input": {"reason": "我们先集中", **input}})
    assert "errors" not in body, body
    return dict(body["data"]["overrideOperatingModel"])


def refusals(payload: dict[str, Any]) -> list[tuple[str, list[str] | None]]:
    return [(error["code"], error["field"]) for error in payload["userErrors"]]


async def test_the_other_model_is_the_next_version_with_reason_and_warnings(brand: Make) -> None:
    one = await brand(industry="PET_HOSPITAL")
    payload = await override(one, kind="CENTRAL_OPS_GROUP", expectedVersion=1)
    assert payload["userErrors"] == []
    model = payload["operatingModel"]
    assert {**model, "warnings": None} == {
        "kind": "CENTRAL_OPS_GROUP",
        "version": 2,
        "inForce": True,
        "advisedKind": "PER_ROLE",
        "overrideReason": "我们先集中",
        "warnings": None,
        "groups": [{"key": "ops_group"}],
    }
    codes = {warning["code"] for warning in model["warnings"]}
    assert {"OVERRIDE_AGAINST_ADVICE", "IN_PERSON_UNDER_CENTRAL"} <= codes
    shown = {"kind": "CENTRAL_OPS_GROUP", "version": 2}
    assert (await one.ask(IN_FORCE))["data"] == {"operatingModel": shown, "tenant": {"operatingModel": shown}}


async def test_there_and_back_again(brand: Make) -> None:
    one = await brand()
    await override(one, kind="CENTRAL_OPS_GROUP")
    back = (await override(one, kind="PER_ROLE"))["operatingModel"]
    assert (back["kind"], back["version"], back["groups"]) == ("PER_ROLE", 3, [])
    assert await one.count("operating_models") == 3


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"kind": "PER_ROLE"}, "NOT_ALLOWED", ["kind"]),
        ({"kind": "CENTRAL_OPS_GROUP", "expectedVersion": 2}, "CONFLICT", ["expectedVersion"]),
        ({"kind": "CENTRAL_OPS_GROUP", "reason": " "}, "INVALID", ["reason"]),
        ({"kind": "CENTRAL_OPS_GROUP", "reason": "x" * 501}, "INVALID", ["reason"]),
    ],
    ids=["same", "version", "empty", "long"],
)
async def test_a_refused_choice_changes_nothing(
    brand: Make, given: dict[str, Any], code: str, field: list[str]
) -> None:
    one = await brand()
    before, log = await one.ask(IN_FORCE), await one.events()
    payload = await override(one, **given)
    assert (refusals(payload), payload["operatingModel"], payload["cursor"]) == ([(code, field)], None, None)
    assert (await one.ask(IN_FORCE), await one.events()) == (before, log)
    assert await one.count("operating_models") == 1


async def test_of_two_at_once_one_is_made(brand: Make) -> None:
    one = await brand()
    answers = await asyncio.gather(*(override(one, kind="CENTRAL_OPS_GROUP") for _ in range(3)))
    assert sorted(code for answer in answers for code, _ in refusals(answer)) == ["NOT_ALLOWED"] * 2
    assert await one.count("operating_models") == 2


async def test_with_customers_it_needs_a_plan(brand: Make) -> None:
    one = await brand()
    added = await one.ask(
        "mutation($input: AddCustomerInput!) { addCustomer(input: $input) { userErrors { message } } }",
        {"input": {"staffId": await owner_of(one), "name": "王女士"}},
    )
    assert added["data"]["addCustomer"]["userErrors"] == []
    log = await one.events()
    payload = await override(one, kind="CENTRAL_OPS_GROUP")
    assert refusals(payload) == [("NOT_ALLOWED", ["kind"])]
    assert "planOperatingModelChange" in payload["userErrors"][0]["message"]
    assert (await one.count("operating_models"), await one.events()) == (1, log)


async def owner_of(brand: Brand) -> str:
    return str((await brand.ask("{ staff { nodes { id } } }"))["data"]["staff"]["nodes"][0]["id"])


async def test_it_needs_a_permission(brand: Make) -> None:
    one = await brand()
    staff = one.as_staff(new_id(), DataScope.ALL, EVERYTHING - {Permission.OPERATING_MODEL_MANAGE})
    with pytest.raises(RequestError) as refused:
        await one.world.ask(staff, OVERRIDE, {"input": {"kind": "CENTRAL_OPS_GROUP", "reason": "r"}})
    assert refused.value.code is ErrorCode.FORBIDDEN
    assert await one.count("operating_models") == 1
