"""Two customers who are one person: what the merge moves, what is read as one, what refuses it, and what undoes it."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from server.access.permissions import DEFAULTS, DataScope, Permission, PrincipalKind
from server.customers.service import merging
from server.ids import global_id
from tests.customers.clinic import Clinic
from tests.customers.families import ask, everything, gid, merge, unmerge

FAMILY = """
  name tags lastTouchAt mergedAt mergedInto { id } mergedCustomers { id }
  identities { tail } externalRefs { id } subjects { name }
  relationships { totalCount nodes { customer { id } staff { name } } }
  team { staff { name } }
  cases(orderBy: {field: OPENED_AT, direction: ASC}) { totalCount nodes { id } }
  touchpoints(first: 2) { totalCount nodes { id occurredAt } pageInfo { hasNextPage endCursor } }
  trust { id } trustAccounts { id entries { totalCount } }
"""
TOUCH = """
mutation($input: RecordTouchpointInput!) { recordTouchpoint(input: $input) {
  userErrors { code field } touchpoint { id customer { id } role { key } } } }
"""


class Pair:
    """One person who came twice: by a consultant as 李雷, by a doctor as 李蕾, with two phones ending alike."""

    def __init__(self, clinic: Clinic) -> None:
        self.clinic = clinic

    async def come(self) -> Pair:
        clinic = self.clinic
        self.consultant = await clinic.staff("Wang", role=await clinic.role("consultant"))
        self.doctor = await clinic.staff("Zhou", role=await clinic.role("doctor"))
        one = await clinic.add(name="李雷", phone="13800001234", staff_id=self.consultant, tags=["vip"],
                               external_refs=[{"system": "erp", "id": "1"}])  # fmt: skip
        other = await clinic.add(name="李蕾", phone="13900001234", staff_id=self.doctor, tags=["new"],
                                 subject={"kind": "CHILD", "name": "豆豆"}, external_refs=[{"system": "erp", "id": "2"}])  # fmt: skip
        self.one, self.other = one.customer.id, other.customer.id
        return self

    async def touch(self, customer: UUID, minutes_ago: int, **more: Any) -> str:
        payload = await self.clinic.brand.ask(
            TOUCH,
            {
                "input": {
                    "customerId": gid(customer),
                    "direction": "INBOUND",
                    "medium": "PHONE",
                    "purpose": "ENQUIRY",
                    "occurredAt": f"2026-03-01T08:{59 - minutes_ago:02}:00Z",
                    **more,
                }
            },
        )
        told = payload["data"]["recordTouchpoint"]
        assert told["userErrors"] == []
        return str(told["touchpoint"]["id"])


@pytest.fixture
async def pair(clinic: Clinic) -> Pair:
    return await Pair(clinic).come()


async def test_everything_of_both_is_read_as_one_and_the_loser_keeps_its_id(clinic: Clinic, pair: Pair) -> None:
    old = [await pair.touch(pair.other, minutes) for minutes in (40, 20)]
    new = [await pair.touch(pair.one, minutes) for minutes in (30, 10)]
    before = {
        one["id"]: one
        for one in (await ask(clinic, "customers { nodes { id cases { nodes { id } } } }"))["customers"]["nodes"]
    }

    merged = await merge(clinic, pair.one, pair.other)

    assert merged["userErrors"] == []
    assert merged["removedIds"] == [gid(pair.other)]
    assert merged["customer"]["id"] == gid(pair.one)
    assert merged["cursor"] is not None
    of_one = (await ask(clinic, f'customer(id: "{gid(pair.one)}") {{ {FAMILY} }}'))["customer"]
    of_other = (await ask(clinic, f'customer(id: "{gid(pair.other)}") {{ {FAMILY} }}'))["customer"]
    assert of_one["tags"] == of_other["tags"] == ["new", "vip"]
    assert Counter(one["tail"] for one in of_one["identities"]) == {"1234": 2}
    assert {one["id"] for one in of_one["externalRefs"]} == {"1", "2"}
    assert [one["name"] for one in of_one["subjects"]] == ["豆豆"]
    assert of_one["relationships"]["totalCount"] == 2
    assert {one["customer"]["id"] for one in of_one["relationships"]["nodes"]} == {gid(pair.one), gid(pair.other)}
    assert [one["staff"]["name"] for one in of_one["team"]] == ["Wang", "Zhou"]
    cases = [case["id"] for one in before.values() for case in one["cases"]["nodes"]]
    assert sorted(case["id"] for case in of_one["cases"]["nodes"]) == sorted(cases)
    assert of_one["touchpoints"]["totalCount"] == 4
    assert [one["id"] for one in of_one["touchpoints"]["nodes"]] == [new[1], old[1]]
    assert of_one["touchpoints"]["pageInfo"]["hasNextPage"] is True
    rest = await ask(
        clinic,
        f'customer(id: "{gid(pair.one)}") {{ touchpoints(first: 5, after: "{of_one["touchpoints"]["pageInfo"]["endCursor"]}") '
        "{ nodes { id } pageInfo { hasNextPage } } }",
    )
    assert [one["id"] for one in rest["customer"]["touchpoints"]["nodes"]] == [new[0], old[0]]
    assert of_one["lastTouchAt"] == of_other["lastTouchAt"] == "2026-03-01T08:49:00.000000Z"
    assert len(of_one["trustAccounts"]) == 2
    assert of_one["trust"]["id"] != of_other["trust"]["id"], "two accounts, whose points are never added up"
    assert [one["entries"]["totalCount"] for one in of_one["trustAccounts"]] == [1, 1]
    assert of_one["mergedInto"] is None
    assert of_other["mergedInto"] == {"id": gid(pair.one)}
    assert of_other["name"] == "李蕾"
    assert of_one["mergedCustomers"] == of_other["mergedCustomers"] == [{"id": gid(pair.other)}]
    same = ("relationships", "team", "cases", "touchpoints", "identities", "subjects", "trustAccounts")
    assert {name: of_other[name] for name in same} == {name: of_one[name] for name in same}
    assert [kind for _, kind in await clinic.brand.events()][-1:] != []
    assert (await clinic.brand.events())[-2:] == [
        (len(await clinic.brand.events()) - 1, "customer.merged"),
        (len(await clinic.brand.events()), "customer.updated"),
    ]


async def test_who_was_merged_is_no_customer_of_lists_counts_and_searches(clinic: Clinic, pair: Pair) -> None:
    await merge(clinic, pair.one, pair.other)
    doctors = f'staff: {{eq: "{global_id("StaffMember", pair.doctor)}"}}'
    found = await ask(
        clinic,
        f"""
        all: customers {{ totalCount nodes {{ id }} }}
        tagged: customers(filter: {{tag: {{eq: "new"}}}}) {{ totalCount nodes {{ id }} }}
        named: customers(filter: {{tag: {{eq: "new"}}}}, orderBy: {{field: NAME}}) {{ totalCount nodes {{ id }} }}
        either: customers(filter: {{tag: {{in: ["new", "vip"]}}}}) {{ totalCount nodes {{ id }} }}
        friends: customers(filter: {{{doctors}}}) {{ totalCount nodes {{ id }} }}
        both: customers(filter: {{{doctors}, tag: {{eq: "vip"}}}}) {{ totalCount nodes {{ id }} }}
        neither: customers(filter: {{tag: {{eq: "old"}}}}) {{ totalCount nodes {{ id }} }}
        called: customers(search: "李蕾") {{ totalCount nodes {{ id }} }}
        child: customers(search: "豆豆") {{ nodes {{ id }} }}
        number: customers(search: "1234") {{ nodes {{ id }} }}
        """,
    )
    one = [{"id": gid(pair.one)}]
    assert found.pop("neither") == {"totalCount": 0, "nodes": []}
    assert found == {
        **{
            name: {"totalCount": 1, "nodes": one}
            for name in ("all", "tagged", "named", "either", "friends", "both", "called")
        },
        "child": {"nodes": one},
        "number": {"nodes": one},
    }
    by_phone = '{ customerByIdentity(kind: PHONE, value: "13900001234") { id } }'
    assert (await clinic.brand.ask(by_phone))["data"]["customerByIdentity"] == one[0]


async def test_undoing_it_restores_what_was(clinic: Clinic, pair: Pair) -> None:
    before = await everything(clinic)
    await merge(clinic, pair.one, pair.other)
    assert await everything(clinic) != before
    undone = await unmerge(clinic, pair.other)
    assert undone["userErrors"] == []
    assert undone["customers"] == [{"id": gid(pair.other)}]
    assert await everything(clinic) == before
    assert [kind for _, kind in await clinic.brand.events()].count("customer.unmerged") == 1


async def test_the_same_person_again_is_the_one_who_stays(clinic: Clinic, pair: Pair) -> None:
    """By the moved number, by the other system's id; through the same colleague it is the friendship that exists."""
    await merge(clinic, pair.one, pair.other)
    before = await everything(clinic)
    again = await clinic.add(
        name="李蕾", phone="13900001234", staff_id=pair.doctor, external_refs=[{"system": "erp", "id": "2"}]
    )
    assert again.customer.id == pair.one
    assert again.created is False
    assert again.relationship is not None
    assert again.relationship.customer_id == pair.other
    assert await everything(clinic) == before
    known = await clinic.add(
        phone=None, name="x", staff_id=pair.consultant, external_refs=[{"system": "erp", "id": "2"}]
    )
    assert known.customer.id == pair.one


async def test_rules_ask_of_the_person(clinic: Clinic, pair: Pair) -> None:
    """Whose case it is, in which role one acts, which cases are open: of everybody who is one with who was named."""
    await clinic.brand.welcome_everything()
    doctor = clinic.brand.as_staff(pair.doctor, DataScope.ALL)
    async with clinic.brand.work() as work:  # a doctor to nobody but the one friend
        await work.raw.execute("UPDATE placements SET until_at = now() WHERE staff_id = $1", pair.doctor)
    contact = {
        "customerId": gid(pair.one),
        "direction": "OUTBOUND",
        "medium": "PHONE",
        "purpose": "PROFESSIONAL_AFTERCARE",
    }
    case = (await ask(clinic, f'customer(id: "{gid(pair.other)}") {{ cases {{ nodes {{ id }} }} }}'))["customer"][
        "cases"
    ]["nodes"]
    stranger = await clinic.brand.world.ask(doctor, TOUCH, {"input": {**contact, "caseId": case[0]["id"]}})
    assert [one["field"] for one in stranger["data"]["recordTouchpoint"]["userErrors"]] == [["caseId"]]

    await merge(clinic, pair.one, pair.other)

    told = (await clinic.brand.world.ask(doctor, TOUCH, {"input": {**contact, "caseId": case[0]["id"]}}))["data"]
    assert told["recordTouchpoint"]["userErrors"] == []
    assert told["recordTouchpoint"]["touchpoint"]["role"] == {"key": "doctor"}
    stage = global_id("Stage", await clinic.stage("PAID"))
    advance = "mutation($input: AdvanceCustomerInput!) { advanceCustomer(input: $input) { userErrors { code message } case { id } } }"
    several = (await clinic.brand.ask(advance, {"input": {"customerId": gid(pair.one), "stageId": stage}}))["data"][
        "advanceCustomer"
    ]
    assert [one["code"] for one in several["userErrors"]] == ["AMBIGUOUS"]
    moved = await clinic.brand.ask(
        advance, {"input": {"customerId": gid(pair.one), "stageId": stage, "caseId": case[0]["id"]}}
    )
    assert moved["data"]["advanceCustomer"]["userErrors"] == []
    stages = await ask(
        clinic,
        " ".join(
            f'c{n}: customer(id: "{gid(id)}") {{ stage {{ key }} }}' for n, id in enumerate((pair.one, pair.other))
        ),
    )
    assert [one["stage"]["key"] for one in stages.values()] == ["PAID", "PAID"]
    await unmerge(clinic, pair.other)
    stages = await ask(
        clinic,
        " ".join(
            f'c{n}: customer(id: "{gid(id)}") {{ stage {{ key }} }}' for n, id in enumerate((pair.one, pair.other))
        ),
    )
    assert [one["stage"]["key"] for one in stages.values()] == ["LEAD", "PAID"]


async def test_edits_of_who_was_merged_are_edits_of_who_stays(clinic: Clinic, pair: Pair) -> None:
    await merge(clinic, pair.one, pair.other)
    update = "mutation($input: UpdateCustomerInput!) { updateCustomer(input: $input) { userErrors { code } customer { id name } } }"
    told = (await clinic.brand.ask(update, {"input": {"customerId": gid(pair.other), "name": "李雷雷"}}))["data"][
        "updateCustomer"
    ]
    assert told == {"userErrors": [], "customer": {"id": gid(pair.one), "name": "李雷雷"}}
    tag = (
        "mutation($input: TagCustomersInput!) { tagCustomers(input: $input) { userErrors { code } customers { id } } }"
    )
    input = {"customerIds": [gid(pair.other), gid(pair.one)], "add": ["tall"]}
    told = (await clinic.brand.ask(tag, {"input": input}))["data"]["tagCustomers"]
    assert told["customers"] == [{"id": gid(pair.one)}] * 2
    rows = await clinic.fetch("SELECT customer_id FROM customer_tags WHERE tag = 'tall'")
    assert [row["customer_id"] for row in rows] == [pair.one]


async def test_nobody_sees_more_than_before(clinic: Clinic, pair: Pair) -> None:
    """Each of the two friends sees what they saw; who is merged stays in the list of whoever does not see who stays."""
    callers = {
        pair.one: clinic.brand.as_staff(pair.consultant, DataScope.OWN_CUSTOMERS),
        pair.other: clinic.brand.as_staff(pair.doctor, DataScope.OWN_CUSTOMERS),
    }
    for customer in callers:
        await pair.touch(customer, 5)
    seen = "id mergedInto { id } touchpoints { totalCount nodes { customer { id } } } team { staff { name } } tags"
    looked = (
        f'customers {{ totalCount nodes {{ id }} }} one: customer(id: "{gid(pair.one)}") {{ {seen} }} '
        f'other: customer(id: "{gid(pair.other)}") {{ {seen} }}'
    )
    before = {customer: await ask(clinic, looked, caller) for customer, caller in callers.items()}
    assert [found["customers"]["totalCount"] for found in before.values()] == [1, 1]
    await merge(clinic, pair.one, pair.other)
    assert {customer: await ask(clinic, looked, caller) for customer, caller in callers.items()} == before
    doctor = callers[pair.other]
    told = await clinic.brand.world.ask(
        doctor,
        "mutation($input: UpdateCustomerInput!) { updateCustomer(input: $input) { userErrors { code } customer { id } } }",
        {"input": {"customerId": gid(pair.other), "name": "李小蕾"}},
    )
    assert told["data"]["updateCustomer"] == {"userErrors": [], "customer": {"id": gid(pair.other)}}
    again = await clinic.add(name="李蕾", phone="13900001234", by=doctor)
    assert again.customer.id == pair.other, "known by a number that is the other's now: the customer this friend sees"


async def test_what_refuses_a_merge_changes_nothing(clinic: Clinic, pair: Pair) -> None:
    company = (await clinic.add(name="李雷", phone=None, kind="COMPANY", staff_id=pair.doctor)).customer.id
    members = [
        (
            await clinic.add(
                name="李雷", phone=None, staff_id=pair.doctor, identities=[{"kind": "MEMBER_ID", "value": value}]
            )
        ).customer.id
        for value in ("m1", "m2")
    ]
    erased = (await clinic.add(name="李雷", phone=None, staff_id=pair.doctor)).customer.id
    async with clinic.brand.work() as work:
        await work.raw.execute("UPDATE customers SET erased_at = now() WHERE id = $1", erased)
    version = (await ask(clinic, f'customer(id: "{gid(pair.one)}") {{ version }}'))["customer"]["version"]
    before = await everything(clinic), await clinic.brand.events()
    refused = {
        "company": await merge(clinic, pair.one, company),
        "members": await merge(clinic, members[0], pair.one, members[1]),
        "erased": await merge(clinic, pair.one, erased),
        "self": await merge(clinic, pair.one, pair.one),
        "missing": await merge(clinic, pair.one, uuid4()),
        "stale": await merge(clinic, pair.one, pair.other, expectedVersion=version - 1),
        "none": await merge(clinic, pair.one),
        "not merged": await unmerge(clinic, pair.one),
        "not there": await unmerge(clinic, uuid4()),
    }
    assert {
        name: (told["userErrors"][0]["code"], told["userErrors"][0]["field"]) for name, told in refused.items()
    } == {
        "company": ("NOT_ALLOWED", ["duplicateIds", "0"]),
        "members": ("NOT_ALLOWED", ["duplicateIds", "1"]),
        "erased": ("NOT_ALLOWED", ["duplicateIds", "0"]),
        "self": ("INVALID", ["duplicateIds", "0"]),
        "missing": ("NOT_FOUND", ["duplicateIds", "0"]),
        "stale": ("CONFLICT", ["expectedVersion"]),
        "none": ("INVALID", ["duplicateIds"]),
        "not merged": ("NOT_ALLOWED", ["customerIds", "0"]),
        "not there": ("NOT_FOUND", ["customerIds", "0"]),
    }
    assert refused["members"]["userErrors"][0]["kinds"] == ["MEMBER_ID"]
    assert all(told["cursor"] is None and not told.get("removedIds") for told in refused.values())
    assert (await everything(clinic), await clinic.brand.events()) == before
    assert (await merge(clinic, pair.one, pair.other, expectedVersion=version))["userErrors"] == []


async def test_two_phones_are_no_contradiction_and_a_companys_contacts_are_people(clinic: Clinic) -> None:
    wecom = [{"kind": "WECOM_EXTERNAL_USERID", "value": value, "namespace": "corp"} for value in ("w1", "w2")]
    firms = [
        (await clinic.add(name="光明", phone=None, kind="COMPANY", staff_id=await clinic.staff())).customer.id
        for _ in wecom
    ]
    add = "mutation($input: AddContactInput!) { addContact(input: $input) { userErrors { code } } }"
    for firm, identity in zip(firms, wecom, strict=True):
        await clinic.brand.ask(add, {"input": {"customerId": gid(firm), "name": "王", "identities": [identity]}})
    assert (await merge(clinic, *firms))["userErrors"] == []


async def test_who_may_merge(clinic: Clinic, pair: Pair) -> None:
    """The permission, and sight of both; who sees one of them is told there is no other."""
    clerk = clinic.brand.as_staff(pair.doctor, DataScope.ALL)
    body = await clinic.brand.world.ask(clerk, "{ viewer { permissions } }")
    assert "CUSTOMER_MERGE" not in body["data"]["viewer"]["permissions"]
    allowed = DEFAULTS[PrincipalKind.STAFF] | {Permission.CUSTOMER_MERGE}
    narrow = clinic.brand.as_staff(pair.doctor, DataScope.OWN_CUSTOMERS, allowed)
    before = await everything(clinic)
    for told in (
        await merge(clinic, pair.other, pair.one, by=narrow),
        await merge(clinic, pair.one, pair.other, by=narrow),
    ):
        assert [one["code"] for one in told["userErrors"]] == ["NOT_FOUND"]
    assert await everything(clinic) == before
    await merge(clinic, pair.one, pair.other)
    told = await merge(clinic, pair.other, pair.other, by=narrow)
    assert [one["code"] for one in told["userErrors"]] == ["NOT_FOUND"], "who stays is out of sight"


async def test_a_merge_is_undone_for_thirty_days(clinic: Clinic, pair: Pair) -> None:
    await merge(clinic, pair.one, pair.other)
    for age, code in ((timedelta(days=30, seconds=1), ["NOT_ALLOWED"]), (timedelta(days=29, hours=23), [])):
        async with clinic.brand.work() as work:
            await work.raw.execute("UPDATE customers SET merged_at = $1 WHERE id = $2", work.now - age, pair.other)
        assert [one["code"] for one in (await unmerge(clinic, pair.other))["userErrors"]] == code
    assert timedelta(days=30) == merging.UNDONE_WITHIN


async def test_again_the_same_merge_is_no_merge(clinic: Clinic, pair: Pair) -> None:
    await merge(clinic, pair.one, pair.other)
    events = await clinic.brand.events()
    again = await merge(clinic, pair.one, pair.other)
    assert (again["userErrors"], again["removedIds"], again["cursor"]) == ([], [], None)
    back = await merge(clinic, pair.other, pair.one)
    assert [one["code"] for one in back["userErrors"]] == ["INVALID"], "who stays cannot be merged into themselves"
    assert await clinic.brand.events() == events


async def test_merges_at_the_same_moment(clinic: Clinic) -> None:
    """A into B while B into A: one of them happens. A into B while B into C: all are one. The number keeps its owner."""
    staff = await clinic.staff()
    for round in range(5):
        a, b, c = [
            (await clinic.add(name="李雷", phone=f"1380000{round}{n}34", staff_id=staff)).customer.id for n in range(3)
        ]
        told = await asyncio.gather(merge(clinic, a, b), merge(clinic, b, a))
        assert sorted(len(one["removedIds"]) for one in told) == [0, 1]
        assert sorted(len(one["userErrors"]) for one in told) == [0, 1]
        told = await asyncio.gather(
            merge(clinic, a, c), merge(clinic, c, b), clinic.add(phone=f"1380000{round}134", staff_id=staff)
        )
        families = await clinic.fetch("SELECT DISTINCT family_id FROM customers WHERE id = ANY($1)", [a, b, c])
        assert len(families) == 1
        assert families[0]["family_id"] is not None
        heads = await clinic.fetch("SELECT id FROM customers WHERE id = ANY($1) AND merged_into IS NULL", [a, b, c])
        assert [row["id"] for row in heads] == [families[0]["family_id"]]
        owners = await clinic.fetch(
            "SELECT DISTINCT customer_id FROM identities WHERE customer_id = ANY($1) OR merged_from = ANY($1)",
            [a, b, c],
        )
        assert [row["customer_id"] for row in owners] == [families[0]["family_id"]]
