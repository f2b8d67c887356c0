"""What is known of a customer: changed only where it differs, told only when it changed."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest

from server.access.permissions import DataScope
from server.customers import errors
from server.customers.commands import AddContact, RecordIdentity, RecordSubject, TagCustomers, UpdateCustomer
from server.customers.identity_kinds import IdentityKind
from server.customers.service import profiles
from server.customers.subject_kinds import SubjectKind
from server.errors import Conflict, Invalid, NotFound
from tests.customers.clinic import Clinic


@pytest.fixture
async def customer_id(clinic: Clinic) -> UUID:
    return (await clinic.add(staff_id=await clinic.staff())).customer.id


async def update(clinic: Clinic, customer_id: UUID, **given: Any) -> int:
    """The version after it."""
    async with clinic.brand.work() as work:
        return (await profiles.update_customer(work, UpdateCustomer(customer_id=customer_id, **given))).version


async def tags(clinic: Clinic, customer_id: UUID) -> list[str]:
    rows = await clinic.fetch("SELECT tag FROM customer_tags WHERE customer_id = $1 ORDER BY tag", customer_id)
    return [row["tag"] for row in rows]


async def test_only_what_is_given_is_written(clinic: Clinic, customer_id: UUID) -> None:
    await update(clinic, customer_id, birthday="1990-05-01", timezone="Asia/Tokyo")
    await update(clinic, customer_id, timezone=None, name="李小雷")
    [row] = await clinic.fetch("SELECT name, birthday::text, timezone FROM customers")
    assert tuple(row) == ("李小雷", "1990-05-01", None)


async def test_saying_what_is_known_changes_nothing(clinic: Clinic, customer_id: UUID) -> None:
    version = await update(clinic, customer_id, name="李小雷")
    before = await clinic.brand.events()
    assert await update(clinic, customer_id, name="李小雷") == version
    assert await clinic.brand.events() == before


async def test_a_stale_version_and_an_empty_name_are_refused(clinic: Clinic, customer_id: UUID) -> None:
    version = await update(clinic, customer_id, name="李小雷")
    with pytest.raises(Conflict, check=lambda refusal: refusal.facts == {"version": version}):
        await update(clinic, customer_id, name="x", expected_version=version - 1)
    with pytest.raises(Invalid, check=lambda refusal: refusal.field == ("name",)):
        await update(clinic, customer_id, name=None)
    assert await update(clinic, customer_id, name="y", expected_version=version) == version + 1


async def test_of_two_updates_with_one_version_one_wins(clinic: Clinic, customer_id: UUID) -> None:
    version = await update(clinic, customer_id, name="李小雷")
    given = [update(clinic, customer_id, name=name, expected_version=version) for name in ("a", "b", "c")]
    results = await asyncio.gather(*given, return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["Conflict", "Conflict", "int"]


async def test_tags_change_all_customers_or_none(clinic: Clinic, customer_id: UUID) -> None:
    other = await clinic.add(staff_id=await clinic.staff("Zhao"), phone="13800009999", tags=["old"])
    both = (customer_id, other.customer.id)
    async with clinic.brand.work() as work:
        command = TagCustomers(customer_ids=both, add=("VIP", "new"), remove=("old", "never"))
        changed = await profiles.tag_customers(work, command)
    assert [customer.id for customer in changed] == [*both]
    assert await tags(clinic, customer_id) == await tags(clinic, other.customer.id) == ["VIP", "new"]

    before = await clinic.brand.events()
    async with clinic.brand.work() as work:
        await profiles.tag_customers(work, TagCustomers(customer_ids=both, add=("VIP",)))
    assert await clinic.brand.events() == before

    stranger = clinic.brand.as_staff(await clinic.staff("Stranger"), DataScope.OWN_CUSTOMERS)
    with pytest.raises(NotFound, check=lambda refusal: refusal.field == ("customer_ids", "0")):
        async with clinic.brand.world.work(stranger) as work:
            await profiles.tag_customers(work, TagCustomers(customer_ids=both, add=("mine",)))
    assert await tags(clinic, customer_id) == ["VIP", "new"]


async def test_an_identity_belongs_to_one_customer(clinic: Clinic, customer_id: UUID) -> None:
    other = await clinic.add(staff_id=await clinic.staff("Zhao"), phone="13800009999")

    async def record(customer: UUID, value: str) -> UUID:
        async with clinic.brand.work() as work:
            command = RecordIdentity(customer_id=customer, kind=IdentityKind.PHONE, value=value)
            return (await profiles.record_identity(work, command)).id

    first = await record(customer_id, "13800007777")
    before = await clinic.brand.events()
    assert await record(customer_id, "+86 13800007777") == first
    with pytest.raises(errors.IdentityTaken, check=lambda refusal: refusal.field == ("value",)):
        await record(other.customer.id, "13800007777")
    assert await clinic.brand.events() == before


async def test_an_identity_recorded_twice_at_once_has_one_owner(clinic: Clinic, customer_id: UUID) -> None:
    other = await clinic.add(staff_id=await clinic.staff("Zhao"), phone="13800009999")

    async def record(customer: UUID) -> None:
        async with clinic.brand.work() as work:
            command = RecordIdentity(customer_id=customer, kind=IdentityKind.EMAIL, value="li@example.com")
            await profiles.record_identity(work, command)

    results = await asyncio.gather(record(customer_id), record(other.customer.id), return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["IdentityTaken", "NoneType"]


async def test_a_contact_leads_to_its_company(clinic: Clinic, customer_id: UUID) -> None:
    staff = await clinic.staff("Zhao")
    company = await clinic.add(staff_id=staff, kind="COMPANY", name="Acme", phone=None)
    async with clinic.brand.work() as work:
        contact = await profiles.add_contact(
            work,
            AddContact.model_validate(
                {
                    "customer_id": company.customer.id,
                    "name": "陈总",
                    "position": "CEO",
                    "identities": [{"kind": "PHONE", "value": "13811112222"}],
                }
            ),
        )
    again = await clinic.add(staff_id=await clinic.staff("Sun"), phone="13811112222", name="Chen")
    assert again.customer.id == company.customer.id
    [identity] = await clinic.fetch("SELECT contact_id FROM identities WHERE tail = '2222'")
    assert identity["contact_id"] == contact.id
    with pytest.raises(errors.OnlyCompaniesHaveContacts):
        async with clinic.brand.work() as work:
            await profiles.add_contact(work, AddContact(customer_id=customer_id, name="Nobody"))


async def test_a_subject_of_the_same_kind_and_name_is_the_one_that_exists(clinic: Clinic, customer_id: UUID) -> None:
    async def record(kind: SubjectKind) -> UUID:
        async with clinic.brand.work() as work:
            return (
                await profiles.record_subject(work, RecordSubject(customer_id=customer_id, kind=kind, name="旺财"))
            ).id

    first = await record(SubjectKind.PET)
    assert await record(SubjectKind.PET) == first
    assert await record(SubjectKind.CHILD) != first
    assert [type for _, type in await clinic.brand.events()].count("subject.recorded") == 2
