"""Adding a customer: one person is one customer, whoever adds them and how often."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from server.access.permissions import DataScope
from server.customers import errors
from server.customers.customer_kinds import CustomerKind
from server.customers.relationship_terms import RelationshipState
from server.errors import Invalid, NotFound
from server.operations.errors import OneUnit
from server.tenants.errors import ExternalRefTaken
from tests.customers.clinic import Clinic, seen_by

FIRST_ADD = [
    "customer.added",
    "trust.account_opened",
    "trust.entry_posted",
    "identity.recorded",
    "relationship.started",
    "relationship.role_given",
    "case.opened",
    "case.stage_changed",
    "customer.stage_changed",
]


async def test_a_stranger_becomes_a_customer_with_a_friend_a_case_and_a_trust_account(clinic: Clinic) -> None:
    store = await clinic.store("S1")
    role = await clinic.role("customer_service")
    staff = await clinic.staff(role=role, store=store)
    before = len(await clinic.brand.events())

    added = await clinic.add(staff_id=staff)

    assert (added.created, added.customer.name, added.customer.kind) == (True, "李雷", CustomerKind.PERSON)
    assert added.customer.home_store_id == store
    assert added.customer.stage_id == await clinic.stage("LEAD")
    assert [type for _, type in (await clinic.brand.events())[before:]] == FIRST_ADD
    [held] = await clinic.fetch("SELECT role_id, group_id, store_id, reason, until_at FROM relationship_roles")
    assert tuple(held) == (role, None, store, "ADDED", None)
    [account] = await clinic.fetch("SELECT customer_id FROM trust_accounts")
    assert account["customer_id"] == added.customer.id
    [case] = await clinic.fetch("SELECT id, status, stage_id FROM cases")
    assert added.case is not None
    assert tuple(case) == (added.case.id, "OPEN", await clinic.stage("LEAD"))


async def test_the_same_person_through_a_colleague_is_one_customer_with_two_friends(clinic: Clinic) -> None:
    one = await clinic.staff("Wang", role=await clinic.role("customer_service"))
    other = await clinic.staff("Zhao", role=await clinic.role("doctor"))
    first = await clinic.add(staff_id=one)
    before = len(await clinic.brand.events())

    second = await clinic.add(staff_id=other, phone="+86 138-0000-1234", name="Li Lei")

    assert (second.created, second.customer.id, second.case) == (False, first.customer.id, None)
    assert second.customer.name == "李雷"
    assert [type for _, type in (await clinic.brand.events())[before:]] == [
        "relationship.started",
        "relationship.role_given",
    ]
    assert await clinic.brand.count("customers") == 1
    assert await clinic.brand.count("relationships") == 2
    assert await clinic.brand.count("cases") == 1


async def test_again_through_the_same_colleague_is_the_friendship_that_exists(clinic: Clinic) -> None:
    staff = await clinic.staff()
    given: dict[str, Any] = {
        "tags": ["VIP"],
        "needs": [{"text": "less redness"}],
        "subject": {"kind": "PERSON", "name": "Li"},
    }
    first = await clinic.add(staff_id=staff, **given)
    before = await clinic.brand.events()

    again = await clinic.add(staff_id=staff, **given)

    assert first.relationship is not None
    assert again.relationship is not None
    assert again.relationship.id == first.relationship.id
    assert again.created is False
    assert await clinic.brand.events() == before
    assert await clinic.brand.count("customer_needs") == 1


async def test_five_colleagues_at_once_make_one_customer(clinic: Clinic) -> None:
    staff = [await clinic.staff(f"Colleague {number}") for number in range(5)]

    added = await asyncio.gather(*(clinic.add(staff_id=one) for one in staff))

    assert len({one.customer.id for one in added}) == 1
    assert sorted(one.created for one in added) == [False, False, False, False, True]
    assert await clinic.brand.count("customers") == 1
    assert await clinic.brand.count("identities") == 1
    assert await clinic.brand.count("relationships") == 5
    assert await clinic.brand.count("cases") == 1
    assert await clinic.brand.count("trust_accounts") == 1


async def test_the_same_colleague_at_once_makes_one_friendship(clinic: Clinic) -> None:
    staff = await clinic.staff()

    added = await asyncio.gather(*(clinic.add(staff_id=staff) for _ in range(4)))

    assert len({one.relationship.id for one in added if one.relationship}) == 1
    assert [type for _, type in await clinic.brand.events()].count("relationship.started") == 1


async def test_identities_of_two_customers_are_refused_and_leave_nothing(clinic: Clinic) -> None:
    staff = await clinic.staff()
    await clinic.add(staff_id=staff, phone="13800001111")
    await clinic.add(staff_id=staff, phone="13800002222", name="韩梅梅")
    before = await clinic.brand.events()
    both = [{"kind": "PHONE", "value": "13800001111"}, {"kind": "PHONE", "value": "13800002222"}]

    with pytest.raises(errors.SeveralCustomers) as refusal:
        await clinic.add(staff_id=staff, phone=None, identities=both)

    assert refusal.value.field == ("identities",)
    assert await clinic.brand.events() == before
    assert await clinic.brand.count("relationships") == 2


async def test_a_weak_identity_decides_only_where_nothing_strong_is_given(clinic: Clinic) -> None:
    staff = await clinic.staff()
    weak = {"kind": "WECHAT_OPENID", "namespace": "app1", "value": "o-123"}
    first = await clinic.add(staff_id=staff, phone=None, identities=[weak])
    same = await clinic.add(staff_id=staff, phone=None, identities=[weak])
    elsewhere = await clinic.add(staff_id=staff, phone=None, identities=[{**weak, "namespace": "app2"}])
    strong = await clinic.add(staff_id=staff, phone=None, identities=[weak, {"kind": "PHONE", "value": "13800003333"}])

    assert same.customer.id == first.customer.id
    assert elsewhere.customer.id != first.customer.id
    assert strong.created is True
    [owner] = await clinic.fetch(
        "SELECT customer_id FROM identities WHERE kind = 'WECHAT_OPENID' AND namespace = 'app1'"
    )
    assert owner["customer_id"] == first.customer.id


async def test_an_external_id_recognises_a_customer(clinic: Clinic) -> None:
    refs = [{"system": "crm", "id": "77"}]
    staff, other = await clinic.staff(), await clinic.staff("Zhao")
    first = await clinic.add(staff_id=staff, phone=None, external_refs=refs)
    second = await clinic.add(staff_id=other, external_refs=refs)

    assert second.customer.id == first.customer.id
    assert await clinic.brand.count("identities") == 1


async def test_an_external_id_of_one_and_a_phone_of_another_are_refused(clinic: Clinic) -> None:
    staff = await clinic.staff()
    await clinic.add(staff_id=staff, phone=None, external_refs=[{"system": "crm", "id": "77"}])
    await clinic.add(staff_id=staff)
    with pytest.raises(errors.SeveralCustomers):
        await clinic.add(staff_id=staff, external_refs=[{"system": "crm", "id": "77"}])
    assert ExternalRefTaken.code.value == "ALREADY_EXISTS"


async def test_what_is_refused_leaves_nothing_behind(clinic: Clinic) -> None:
    staff = await clinic.staff()
    await clinic.channel("C1")
    before = await clinic.brand.events()
    store = await clinic.store("closed")
    await clinic.fetch("UPDATE stores SET closed_at = now() WHERE id = $1", store)
    gone = await clinic.staff("Gone")
    await clinic.fetch("UPDATE staff_members SET left_at = now() WHERE id = $1", gone)

    with pytest.raises(errors.WhoAdds):
        await clinic.add()
    with pytest.raises(errors.WhoAdds):
        await clinic.add(staff_id=staff, channel_code="C1")
    with pytest.raises(OneUnit, check=lambda refusal: refusal.field == ("role_id",)):
        await clinic.add(staff_id=staff, role_id=await clinic.role("doctor"), group_id=staff)
    with pytest.raises(errors.StaffMemberGone):
        await clinic.add(staff_id=gone)
    with pytest.raises(NotFound, check=lambda refusal: refusal.field == ("home_store_id",)):
        await clinic.add(staff_id=staff, home_store_id=store)
    with pytest.raises(NotFound, check=lambda refusal: refusal.field == ("channel_code",)):
        await clinic.add(channel_code="nowhere")
    with pytest.raises(Invalid, check=lambda refusal: refusal.field == ("identities", "0", "value")):
        await clinic.add(staff_id=staff, phone="12")
    with pytest.raises(errors.InFuture):
        await clinic.add(staff_id=staff, occurred_at="2199-01-01T00:00:00Z")

    assert await clinic.brand.events() == before
    assert await clinic.brand.count("customers") == 0


async def test_without_a_placement_the_friendship_is_held_in_no_role(clinic: Clinic) -> None:
    added = await clinic.add(staff_id=await clinic.staff())
    assert added.relationship is not None
    assert added.relationship.state == RelationshipState.ACTIVE
    assert await clinic.brand.count("relationship_roles") == 0


async def test_of_several_placements_the_one_that_adds_first_is_taken(clinic: Clinic) -> None:
    manager, consultant = await clinic.role("store_manager"), await clinic.role("consultant")
    staff = await clinic.staff(role=manager)
    await clinic.fetch(
        "INSERT INTO placements (tenant_id, id, staff_id, role_id, from_at)"
        " VALUES ($1, gen_random_uuid(), $2, $3, now())",
        clinic.brand.tenant_id,
        staff,
        consultant,
    )
    await clinic.add(staff_id=staff)
    [held] = await clinic.fetch("SELECT role_id FROM relationship_roles")
    assert held["role_id"] == consultant


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("field", ["staff_id", "channel_code"])
async def test_who_sees_some_customers_adds_for_nobody_elsewhere(clinic: Clinic, field: str, known: bool) -> None:
    there = await clinic.staff("There", role=await clinic.role("doctor"), store=await clinic.store("S5"))
    await clinic.channel("AD5", role_id=await clinic.role("doctor"))
    if known:
        await clinic.add(staff_id=there)
    caller = clinic.brand.as_staff(await clinic.staff("Here"), DataScope.OWN_CUSTOMERS)
    ways: dict[str, dict[str, Any]] = {"staff_id": {"staff_id": there}, "channel_code": {"channel_code": "AD5"}}
    through = ways[field]
    before = await clinic.brand.events()
    with pytest.raises(errors.OutOfSight, check=lambda refusal: refusal.field == (field,)):
        await clinic.add(by=caller, tags=["seen"], **through)
    assert await clinic.brand.events() == before
    assert await clinic.brand.count("customers") == int(known)
    assert await clinic.brand.count("customer_tags") == 0


async def test_adding_opens_a_customer_of_another_store_to_the_caller(clinic: Clinic) -> None:
    one = await clinic.staff("Wang")
    other = await clinic.staff("Zhao")
    added = await clinic.add(staff_id=one)
    caller = clinic.brand.as_staff(other, DataScope.OWN_CUSTOMERS)

    again = await clinic.add(by=caller)

    assert again.customer.id == added.customer.id
    async with clinic.brand.work() as work:
        assert await seen_by(work, added.customer.id) == {(one, "RELATIONSHIP"), (other, "RELATIONSHIP")}
