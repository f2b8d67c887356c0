"""Many contacts in one act: each row by itself, and in no more statements than needed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from server.errors import NotFound
from server.ids import global_id, new_id
from server.operations.purposes import Purpose
from server.tenants.external_refs import ExternalRefCommand
from server.touchpoints import service
from server.touchpoints.commands import RecordTouchpoint
from server.touchpoints.errors import InTheFuture
from server.touchpoints.media import Medium
from server.touchpoints.outcomes import Direction, Outcome
from server.touchpoints.tables import Touchpoint
from tests.factories.brands import Brand
from tests.touchpoints import people

Brands = Callable[..., Awaitable[Brand]]

_MANY = """
mutation($rows: [TouchpointInput!]!) {
  recordTouchpoints(input: { touchpoints: $rows }) {
    userErrors { code field }
    results { touchpoint { summary outcome } userErrors { code field } }
  }
}
"""


def pushed(**given: Any) -> RecordTouchpoint:
    plain: dict[str, Any] = {
        "direction": Direction.OUTBOUND,
        "medium": Medium.APP_PUSH,
        "purpose": Purpose.CONTENT,
        **given,
    }
    return RecordTouchpoint(**plain)


async def test_a_refused_row_leaves_the_others_alone(brand: Brands) -> None:
    one = await brand()
    async with one.work() as work:
        customer, other = people.customer(work), people.customer(work)
        staff = people.colleague(work)
    async with one.work() as work:
        answers = await service.record_touchpoints(
            work,
            [
                pushed(customer_id=customer, staff_id=staff),
                pushed(customer_id=new_id()),
                pushed(customer_id=other, staff_id=new_id()),
                pushed(customer_id=other, occurred_at=work.now + timedelta(hours=1)),
                pushed(customer_id=other, outcome=Outcome.OPENED),
            ],
        )
        first, no_customer, no_colleague, future, last = answers
        assert isinstance(first, Touchpoint)
        assert isinstance(last, Touchpoint)
        assert [(type(answer), answer.field) for answer in (no_customer, no_colleague, future)] == [  # type: ignore[union-attr]  # these are refusals
            (NotFound, ("customer_id",)),
            (NotFound, ("staff_id",)),
            (InTheFuture, ("occurred_at",)),
        ]
        kept = await work.rows(Touchpoint)
        assert {(row.id, row.customer_id, row.outcome) for row in kept} == {
            (first.id, customer, "PENDING"),
            (last.id, other, "OPENED"),
        }
        assert [event.type for event in work.events] == [
            "touchpoint.recorded",
            "touchpoint.recorded",
            "touchpoint.outcome_recorded",
        ]


async def test_a_row_with_a_taken_id_is_undone_whole(brand: Brands) -> None:
    one = await brand()
    known = (ExternalRefCommand(system="crm", id="7"),)
    async with one.work() as work:
        customer = people.customer(work)
        first, again, free = await service.record_touchpoints(
            work,
            [
                pushed(customer_id=customer, external_refs=known),
                pushed(
                    customer_id=customer,
                    outcome=Outcome.OPENED,
                    external_refs=(ExternalRefCommand(system="crm", id="8"), *known),
                ),
                pushed(customer_id=customer, external_refs=(ExternalRefCommand(system="crm", id="9"),)),
            ],
        )
        assert isinstance(first, Touchpoint)
        assert isinstance(free, Touchpoint)
        assert again.field == ("external_refs", "1", "id")  # type: ignore[union-attr]  # a refusal
        assert [event.subject_id for event in work.events] == [first.id, free.id]
    assert await one.count("touchpoints") == 2
    assert await one.count("touchpoint_outcomes") == 0
    async with one.work() as work:
        ids = await work.raw.fetch("SELECT external_id FROM external_refs WHERE node_type = 'Touchpoint' ORDER BY 1")
        assert [row["external_id"] for row in ids] == ["7", "9"]


async def test_rows_that_name_nothing_else_cost_two_statements_for_all(brand: Brands) -> None:
    """One question per customer and one insert, however many rows."""
    one = await brand()
    async with one.work() as work:
        customer, staff = people.customer(work), people.colleague(work)
    async with one.work() as work:
        statements: list[str] = []
        with work.raw.query_logger(lambda record: statements.append(record.query)):
            await service.record_touchpoints(work, [pushed(customer_id=customer, staff_id=staff) for _ in range(100)])
            await work.flush()
    assert sum("INSERT INTO touchpoints" in text for text in statements) == 1
    assert sum("unnest" in text for text in statements) == 1
    assert await one.count("touchpoints") == 100


async def test_results_stand_in_the_order_of_the_rows(brand: Brands) -> None:
    one = await brand()
    async with one.work() as work:
        customer = people.customer(work)
    row = {
        "customerId": global_id("Customer", customer),
        "direction": "OUTBOUND",
        "medium": "APP_PUSH",
        "purpose": "CONTENT",
    }
    body = await one.ask(
        _MANY,
        {
            "rows": [
                {**row, "summary": "first"},
                {**row, "customerId": global_id("Customer", new_id())},
                {**row, "summary": ""},
                {**row, "staffId": global_id("Customer", customer)},
                {**row, "summary": "last", "outcome": "CLICKED"},
            ]
        },
    )
    assert body["data"]["recordTouchpoints"] == {
        "userErrors": [],
        "results": [
            {"touchpoint": {"summary": "first", "outcome": "PENDING"}, "userErrors": []},
            {"touchpoint": None, "userErrors": [{"code": "NOT_FOUND", "field": ["touchpoints", "1", "customerId"]}]},
            {"touchpoint": None, "userErrors": [{"code": "INVALID", "field": ["touchpoints", "2", "summary"]}]},
            {"touchpoint": None, "userErrors": [{"code": "NOT_FOUND", "field": ["touchpoints", "3", "staffId"]}]},
            {"touchpoint": {"summary": "last", "outcome": "CLICKED"}, "userErrors": []},
        ],
    }


async def test_at_most_a_hundred_rows(brand: Brands) -> None:
    one = await brand()
    async with one.work() as work:
        customer = people.customer(work)
    row = {
        "customerId": global_id("Customer", customer),
        "direction": "INBOUND",
        "medium": "WECOM_CHAT",
        "purpose": "ENQUIRY",
    }
    body = await one.ask(_MANY, {"rows": [row] * 101})
    assert body["data"]["recordTouchpoints"] == {
        "userErrors": [{"code": "LIMIT_REACHED", "field": ["touchpoints"]}],
        "results": [],
    }
    assert await one.count("touchpoints") == 0
