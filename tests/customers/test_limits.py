"""Lists that are read whole are bound where they are written, also against acts at the same moment."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest

from server.customers import commands
from server.customers.service import profiles
from server.db.work import Work
from server.errors import LimitReached
from server.ids import new_id
from server.tenants import external_refs
from server.tenants.external_refs import ExternalRefCommand
from tests.customers.clinic import Clinic, customer_gid

FILL = {
    "customer_needs": (
        "INSERT INTO customer_needs (tenant_id, id, customer_id, words, source, stated, occurred_at, recorded_at) "
        "SELECT $1, gen_random_uuid(), $2, 'need ' || n, 'FORM', true, now(), now() FROM generate_series(1, $3::int) n"
    ),
    "subjects": (
        "INSERT INTO subjects (tenant_id, id, customer_id, kind, name, recorded_at) "
        "SELECT $1, gen_random_uuid(), $2, 'PET', 'pet ' || n, now() FROM generate_series(1, $3::int) n"
    ),
    "contacts": (
        "INSERT INTO contacts (tenant_id, id, customer_id, name, recorded_at) "
        "SELECT $1, gen_random_uuid(), $2, 'contact ' || n, now() FROM generate_series(1, $3::int) n"
    ),
    "identities": (
        "INSERT INTO identities "
        "(tenant_id, id, customer_id, kind, namespace, fingerprint, sealed, tail, recorded_at) "
        "SELECT $1, gen_random_uuid(), $2, 'OTHER', '', 'print ' || n, 's', 't', now() "
        "FROM generate_series(1, $3::int) n"
    ),
    "customer_tags": (
        "INSERT INTO customer_tags (tenant_id, id, customer_id, tag, recorded_at) "
        "SELECT $1, gen_random_uuid(), $2, 'tag ' || n, now() FROM generate_series(1, $3::int) n"
    ),
}
Write = Callable[[Work, UUID], Awaitable[Any]]


def need(work: Work, customer_id: UUID) -> Awaitable[Any]:
    return profiles.record_need(work, commands.RecordNeed(customer_id=customer_id, text=f"wish {new_id()}"))


def subject(work: Work, customer_id: UUID) -> Awaitable[Any]:
    given = {"customer_id": customer_id, "kind": "PET", "name": f"Rex {new_id()}"}
    return profiles.record_subject(work, commands.RecordSubject.model_validate(given))


def contact(work: Work, customer_id: UUID) -> Awaitable[Any]:
    return profiles.add_contact(work, commands.AddContact(customer_id=customer_id, name="Chen"))


def identity(work: Work, customer_id: UUID) -> Awaitable[Any]:
    given = {"customer_id": customer_id, "kind": "OTHER", "value": f"id {new_id()}"}
    return profiles.record_identity(work, commands.RecordIdentity.model_validate(given))


def tag(work: Work, customer_id: UUID) -> Awaitable[Any]:
    given = commands.TagCustomers(customer_ids=(customer_id,), add=(f"word {new_id()}",))
    return profiles.tag_customers(work, given)


@pytest.mark.parametrize(
    ("table", "limit", "field", "write"),
    [
        ("customer_needs", 200, "text", need),
        ("subjects", 200, "name", subject),
        ("contacts", 200, "name", contact),
        ("identities", 50, "value", identity),
        ("customer_tags", 100, "add", tag),
    ],
)
async def test_of_many_at_once_only_as_many_as_there_is_room_for(
    clinic: Clinic, table: str, limit: int, field: str, write: Write
) -> None:
    customer_id = (await clinic.add(kind="COMPANY", phone=None, staff_id=await clinic.staff())).customer.id
    await clinic.fetch(FILL[table], clinic.brand.tenant_id, customer_id, limit - 2)

    async def once() -> None:
        async with clinic.brand.work() as work:
            await write(work, customer_id)

    results = await asyncio.gather(*(once() for _ in range(5)), return_exceptions=True)
    refusals = [result for result in results if result is not None]
    assert [(type(one), getattr(one, "field", None)) for one in refusals] == [(LimitReached, (field,))] * 3
    assert await clinic.brand.count(table) == limit


@pytest.mark.parametrize(
    ("table", "limit", "given", "field"),
    [
        ("customer_needs", 200, {"needs": [{"text": "x"}, {"text": "y"}]}, ("needs",)),
        ("subjects", 200, {"subject": {"kind": "PET", "name": "Rex"}}, ("subject",)),
        ("customer_tags", 100, {"tags": ["x", "y"]}, ("tags",)),
        (
            "identities",
            50,
            {"identities": [{"kind": "PHONE", "value": "13800001234"}, {"kind": "EMAIL", "value": "li@example.com"}]},
            ("identities", "1", "value"),
        ),
    ],
)
async def test_adding_somebody_known_passes_no_limit_either(
    clinic: Clinic, table: str, limit: int, given: dict[str, Any], field: tuple[str, ...]
) -> None:
    staff = await clinic.staff()
    customer_id = (await clinic.add(staff_id=staff)).customer.id
    kept = await clinic.brand.count(table)
    await clinic.fetch(FILL[table], clinic.brand.tenant_id, customer_id, limit - kept)
    before = await clinic.brand.events()
    with pytest.raises(LimitReached, check=lambda refusal: refusal.field == field):
        await clinic.add(staff_id=staff, **given)
    assert await clinic.brand.count(table) == limit
    assert await clinic.brand.events() == before


async def test_a_tag_taken_off_makes_room(clinic: Clinic) -> None:
    customer_id = (await clinic.add(staff_id=await clinic.staff())).customer.id
    await clinic.fetch(FILL["customer_tags"], clinic.brand.tenant_id, customer_id, 100)
    async with clinic.brand.work() as work:
        command = commands.TagCustomers(customer_ids=(customer_id,), add=("new",), remove=("tag 1",))
        await profiles.tag_customers(work, command)
    assert await clinic.brand.count("customer_tags") == 100


async def test_a_thing_has_twenty_external_ids(clinic: Clinic) -> None:
    customer_id = (await clinic.add(staff_id=await clinic.staff())).customer.id

    async def attach(*ids: int) -> None:
        async with clinic.brand.work() as work:
            refs = [ExternalRefCommand(system="crm", id=str(id)) for id in ids]
            await external_refs.attach(work, "Customer", customer_id, refs)

    await attach(*range(18))
    results = await asyncio.gather(*(attach(id) for id in range(100, 105)), return_exceptions=True)
    refusals = [result for result in results if result is not None]
    assert [(type(one), getattr(one, "field", None)) for one in refusals] == [(LimitReached, ("external_refs",))] * 3
    await attach(*range(18))
    assert await clinic.brand.count("external_refs") == 20


async def test_a_full_list_is_told_in_words(clinic: Clinic) -> None:
    added = await clinic.add(staff_id=await clinic.staff())
    await clinic.fetch(FILL["customer_needs"], clinic.brand.tenant_id, added.customer.id, 200)
    body = await clinic.brand.ask(
        'mutation($c: ID!) { recordNeed(input: {customerId: $c, text: "one more"}) {'
        " userErrors { code message field } } }",
        {"c": customer_gid(added)},
    )
    assert body["data"]["recordNeed"]["userErrors"] == [
        {"code": "LIMIT_REACHED", "message": "At most 200 of these are kept.", "field": ["text"]}
    ]
