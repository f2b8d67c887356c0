"""Promises through GraphQL: made, settled, filtered, and what a front end is told may be done."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from server.access.permissions import DEFAULTS, Permission, PrincipalKind
from server.errors import RequestError
from server.ids import global_id
from server.terms import Locale
from tests.factories.deals import Deal

ACTIONS = "availableActions { action allowed reason }"


async def test_what_a_promise_reads_like(shop: Deal) -> None:
    input = {**shop.about, "text": "终身保修", "withinHours": 48, "occurredAt": "2026-05-01T00:00:00Z"}
    made = await shop.done(
        "makePromise",
        "promise { id text status madeAt dueAt withinHours overdue keptInTime settledAt customer { id } staff { id }"
        " role { id } store { id } case { id } version externalRefs { id } }",
        by=shop.clerk,
        caseId=global_id("Case", shop.case),
        externalRefs=[{"system": "crm", "id": "p1"}],
        **input,
    )
    assert made["promise"].pop("id")
    assert made["promise"] == {
        "text": "终身保修",
        "status": "OPEN",
        "madeAt": "2026-05-01T00:00:00.000000Z",
        "dueAt": "2026-05-03T00:00:00.000000Z",
        "withinHours": 48,
        "overdue": True,
        "keptInTime": None,
        "settledAt": None,
        "customer": {"id": global_id("Customer", shop.customer)},
        "staff": {"id": global_id("StaffMember", shop.staff)},
        "role": None,
        "store": None,
        "case": {"id": global_id("Case", shop.case)},
        "version": 1,
        "externalRefs": [{"id": "p1"}],
    }
    kept = await shop.done(
        "keepPromise",
        "promise { status keptInTime settledBy { id } overdue settledAt }",
        by=shop.clerk,
        promiseId="ref:crm:p1",
        occurredAt="2026-05-02T00:00:00Z",
    )
    assert kept["promise"] == {
        "status": "KEPT",
        "keptInTime": True,
        "settledBy": {"id": global_id("StaffMember", shop.staff)},
        "overdue": False,
        "settledAt": "2026-05-02T00:00:00.000000Z",
    }


async def test_it_is_found_from_customer_case_store_and_staff(shop: Deal) -> None:
    await shop.done("makePromise", "cursor", by=shop.clerk, text="x", caseId=global_id("Case", shop.case), **shop.about)
    await shop.done("makePromise", "cursor", text="x", toEveryone=True)
    for type_name, id in (
        ("Customer", shop.customer),
        ("Case", shop.case),
        ("Store", shop.store),
        ("StaffMember", shop.staff),
    ):
        query = f"query($id: ID!) {{ node(id: $id) {{ ... on {type_name} {{ promises {{ totalCount }} }} }} }}"
        body = await shop.brand.ask(query, {"id": global_id(type_name, id)})
        assert body["data"]["node"]["promises"]["totalCount"] == 1, type_name


async def test_filters(shop: Deal) -> None:
    async def make(**more: Any) -> str:
        given = {"text": "x", **(shop.about if "toEveryone" not in more else {}), **more}
        id: str = (await shop.done("makePromise", "promise { id }", **given))["promise"]["id"]
        return id

    old, due = "2026-05-01T00:00:00Z", "2026-05-02T00:00:00Z"
    overdue = await make(occurredAt=old, dueAt=due)
    late = await make(occurredAt=old, dueAt=due)
    await shop.done("keepPromise", "cursor", promiseId=late)
    everyone = await make(toEveryone=True, withinHours=72)
    later = await make(dueAt=(datetime.now(UTC) + timedelta(days=1)).isoformat())
    asked: list[tuple[dict[str, Any], set[str]]] = [
        ({"overdue": {"eq": True}}, {overdue}),
        ({"overdue": {"eq": False}}, {late, everyone, later}),
        ({"status": {"eq": "KEPT"}, "keptInTime": {"eq": False}}, {late}),
        ({"customer": {"isNull": True}}, {everyone}),
        ({"dueAt": {"isNull": True}}, {everyone}),
        ({"dueAt": {"to": "2026-06-01T00:00:00Z"}, "status": {"eq": "OPEN"}}, {overdue}),
    ]
    for filter, found in asked:
        body = await shop.brand.ask("query($f: PromiseFilter) { promises(filter: $f) { nodes { id } } }", {"f": filter})
        assert {node["id"] for node in body["data"]["promises"]["nodes"]} == found, filter


async def test_what_may_be_done_is_what_would_be_done(shop: Deal) -> None:
    made = await shop.done("makePromise", f"promise {{ id {ACTIONS} }}", text="x", **shop.about)
    assert made["promise"]["availableActions"] == [
        {"action": action, "allowed": True, "reason": None}
        for action in ("keepPromise", "breakPromise", "releasePromise")
    ]
    broken = await shop.done("breakPromise", f"promise {{ {ACTIONS} }}", promiseId=made["promise"]["id"])
    assert {(one["allowed"], one["reason"]) for one in broken["promise"]["availableActions"]} == {
        (False, "This promise is BROKEN already, and that stays.")
    }
    reader = shop.brand.as_staff(
        shop.staff, shop.clerk.data_scope, DEFAULTS[PrincipalKind.STAFF] - {Permission.PROMISE_WRITE}
    )
    body = await shop.brand.world.ask(reader, f"{{ promises {{ nodes {{ {ACTIONS} }} }} }}", locale=Locale.ZH)
    [node] = body["data"]["promises"]["nodes"]
    assert {one["reason"] for one in node["availableActions"]} == {"需要权限：登记承诺（PROMISE_WRITE）。"}
    with pytest.raises(RequestError):
        await shop.act("makePromise", "cursor", by=reader, text="x", **shop.about)


async def test_in_bulk_each_row_is_answered_by_itself(shop: Deal) -> None:
    rows = [
        {**shop.about, "text": "x", "externalRefs": [{"system": "crm", "id": "p1"}]},
        {"text": "nobody's"},
        {**shop.about, "text": "x", "status": "RELEASED"},
        {"customerId": "ref:crm:nobody", "text": "x"},
    ]
    select = "results { promise { status } userErrors { code field } }"
    results = (await shop.done("recordPromises", select, promises=rows))["results"]
    assert results == [
        {"promise": {"status": "OPEN"}, "userErrors": []},
        {"promise": None, "userErrors": [{"code": "INVALID", "field": ["promises", "1"]}]},
        {"promise": None, "userErrors": [{"code": "INVALID", "field": ["promises", "2"]}]},
        {"promise": None, "userErrors": [{"code": "NOT_FOUND", "field": ["promises", "3", "customerId"]}]},
    ]
    assert await shop.brand.count("promises") == 1
