"""The acts on attention over the API, and a brand whose days have no quiet hours: tests run at any time of day."""

from __future__ import annotations

from typing import Any

from server.ids import global_id
from tests.factories.brands import Brand
from tests.touchpoints import people

REFUSAL = """code message field
  ... on AttentionRefused { purpose medium nextWelcomeAt remaining reasons { code until limit used days hours } }"""
SET = """mutation($input: SetAttentionPolicyInput!) { setAttentionPolicy(input: $input) { userErrors { code message field }
  attentionPolicy { version preset windowDays total minGapHours reservationMinutes companyTotal
    quietHours { start end also } byClass { purposeClass max gapHours } byPurpose { purpose max gapHours windowDays } } } }"""
RESERVE = f"""mutation($input: ReserveContactInput!) {{ reserveContact(input: $input) {{ userErrors {{ {REFUSAL} }}
  reservation {{ id state units expiresAt endedAt attentionOverride {{ reason }} touchpoint {{ id }} }} }} }}"""
RECORD = f"""mutation($input: RecordTouchpointInput!) {{ recordTouchpoint(input: $input) {{ userErrors {{ {REFUSAL} }}
  touchpoint {{ id state attentionUnits purpose medium customer {{ id }} staff {{ id }}
    attentionOverride {{ reasons reason }} }} }} }}"""
RELEASE = """mutation($input: ReleaseContactInput!) { releaseContact(input: $input) { userErrors { code message field }
  reservation { id state endedAt } } }"""
VERDICT = """query($id: ID!, $purpose: Purpose!, $medium: Medium!) { customer(id: $id) {
  attention(purpose: $purpose, medium: $medium) { welcome remaining units exemption nextWelcomeAt
    reasons { code until } spentBy { purpose units staff { id } touchpoint { id } reservation { id } } } } }"""

AWAKE: dict[str, Any] = {"quietHours": None}


async def act(one: Brand, mutation: str, caller: Any = None, **input: Any) -> dict[str, Any]:
    """The payload."""
    body = await one.world.ask(caller or one.owner, mutation, {"input": input})
    assert "errors" not in body, body
    [payload] = body["data"].values()
    answer: dict[str, Any] = payload
    return answer


async def verdict(
    one: Brand, customer: str, purpose: str, medium: str = "WECOM_CHAT", caller: Any = None
) -> dict[str, Any]:
    body = await one.world.ask(caller or one.owner, VERDICT, {"id": customer, "purpose": purpose, "medium": medium})
    assert "errors" not in body, body
    answer: dict[str, Any] = body["data"]["customer"]["attention"]
    return answer


async def customer_of(one: Brand) -> str:
    async with one.work() as work:
        return global_id("Customer", people.customer(work))


def chat(customer: str, purpose: str = "RECALL", **more: Any) -> dict[str, Any]:
    return {"customerId": customer, "direction": "OUTBOUND", "medium": "WECOM_CHAT", "purpose": purpose, **more}


def held(customer: str, purpose: str = "RECALL", **more: Any) -> dict[str, Any]:
    return {"customerId": customer, "medium": "WECOM_CHAT", "purpose": purpose, **more}


def codes(payload: dict[str, Any]) -> list[str]:
    """The reasons of a refusal."""
    [error] = payload["userErrors"]
    return [reason["code"] for reason in error["reasons"]]
