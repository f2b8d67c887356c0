"""Customers of another system: each row kept or refused by itself, and again is an update."""

from __future__ import annotations

import asyncio
from typing import Any

from server.access.caller import Caller
from server.access.permissions import DataScope
from server.customers import errors
from server.customers.commands import UpsertCustomer
from server.customers.service import upserting
from server.customers.service.adding import Added
from server.errors import DomainError, Invalid
from tests.customers.clinic import Clinic


async def upsert(clinic: Clinic, *rows: dict[str, Any], by: Caller | None = None) -> list[Added | DomainError]:
    commands = [UpsertCustomer.model_validate(row) for row in rows]
    async with clinic.brand.world.work(by or clinic.brand.owner) as work:
        return await upserting.upsert_customers(work, commands)


def row(number: int, **given: Any) -> dict[str, Any]:
    phone = {"kind": "PHONE", "value": f"1380000{number:04}"}
    return {"name": f"Customer {number}", "identities": [phone], **given}


async def test_rows_become_customers_without_friends_or_cases(clinic: Clinic) -> None:
    results = await upsert(clinic, row(1), row(2), row(1))
    assert [result.created for result in results if isinstance(result, Added)] == [True, True, False]
    counts = {
        table: await clinic.brand.count(table) for table in ("customers", "trust_accounts", "relationships", "cases")
    }
    assert counts == {"customers": 2, "trust_accounts": 2, "relationships": 0, "cases": 0}


async def test_again_updates_only_what_is_given(clinic: Clinic) -> None:
    await upsert(clinic, row(1, birthday="1990-05-01", external_refs=[{"system": "crm", "id": "1"}]))
    before = await clinic.brand.events()
    await upsert(clinic, row(1))
    assert await clinic.brand.events() == before

    await upsert(clinic, {"name": "New name", "external_refs": [{"system": "crm", "id": "1"}], "tags": ["VIP"]})

    [customer] = await clinic.fetch("SELECT name, birthday::text FROM customers")
    assert tuple(customer) == ("New name", "1990-05-01")
    assert await clinic.brand.count("customer_tags") == 1


async def test_a_refused_row_leaves_the_others(clinic: Clinic) -> None:
    await upsert(clinic, row(1), row(2))
    count = len(await clinic.brand.events())
    clash = {"name": "Both", "identities": [*row(1)["identities"], *row(2)["identities"]]}
    bad = {"name": "Bad", "identities": [{"kind": "PHONE", "value": "12"}]}

    results = await upsert(clinic, clash, row(3), bad, row(4, channel_code="nowhere"))

    assert [type(result) for result in results[:3]] == [errors.SeveralCustomers, Added, Invalid]
    assert isinstance(results[3], DomainError)
    assert [refusal.field for refusal in results if isinstance(refusal, DomainError)] == [
        ("identities",),
        ("identities", "0", "value"),
        ("channel_code",),
    ]
    assert await clinic.brand.count("customers") == 3
    assert [type for _, type in (await clinic.brand.events())[count:]] == [
        "customer.added",
        "trust.account_opened",
        "trust.entry_posted",
        "identity.recorded",
    ]


async def test_two_imports_of_the_same_people_in_opposite_order(clinic: Clinic) -> None:
    rows = [row(number) for number in range(20)]
    await asyncio.gather(upsert(clinic, *rows), upsert(clinic, *reversed(rows)))
    assert await clinic.brand.count("customers") == 20
    assert await clinic.brand.count("identities") == 20


async def test_nobody_overwrites_a_customer_they_cannot_see(clinic: Clinic) -> None:
    friend, stranger = await clinic.staff("Friend"), await clinic.staff("Stranger")
    await upsert(clinic, row(1, staff_id=friend))
    caller = clinic.brand.as_staff(stranger, DataScope.OWN_CUSTOMERS)

    through = [row(1, name="Through a colleague", staff_id=friend), row(2, staff_id=friend)]
    refusals = await upsert(clinic, *through, by=caller)
    found = [(type(one), one.field) for one in refusals if isinstance(one, DomainError)]
    assert found == [(errors.OutOfSight, ("staff_id",))] * 2
    [customer] = await clinic.fetch("SELECT name FROM customers")
    assert customer["name"] == "Customer 1"

    await upsert(clinic, row(1, name="In person"), by=caller)
    [customer] = await clinic.fetch("SELECT name FROM customers")
    assert customer["name"] == "Customer 1"  # the number makes a friend, it does not rewrite the record
    assert await clinic.brand.count("relationships") == 2
    await upsert(clinic, row(1, name="Seen by now"), by=caller)
    [customer] = await clinic.fetch("SELECT name FROM customers")
    assert customer["name"] == "Seen by now"
