"""The customer's page and list through the whole gateway, as the owner, an integrator and staff read them."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from server.access.permissions import DataScope, Permission
from server.customers.relationship_terms import RelationshipState
from server.customers.service import relationships
from server.customers.tables import Relationship
from server.db.statements import table_of
from server.errors import ErrorCode, RequestError
from server.ids import global_id
from server.operations.store_kinds import StoreKind
from server.terms import Locale
from tests.customers.clinic import Clinic, customer_gid

PAGE = """
query($id: ID!) {
  customer(id: $id) {
    kind name birthday locale timezone tags version erasedAt
    identities { kind namespace tail value }
    contacts { name }
    needs { text source stated item { id } }
    homeStore { id } stage { key }
    subjects { kind name }
    cases { totalCount nodes { status stage { key } subject { name } stageHistory { nodes { reason toStage { key } } } } }
    stageHistory { nodes { fromStage { key } toStage { key } staff { id } } }
    relationships { nodes { staff { name } state standing personaName(locale: ZH)
                            roles { role { key } group { key } store { id } reason until } channel { id } endedAt } }
    team { personaName staff { name } role { key } group { key } store { id } }
    consents { nodes { scope granted evidence } }
    preferences { purpose medium }
    trust { balance }
    externalRefs { system id }
    touchpoints { totalCount } feedback { totalCount } wowMoments { totalCount } shares { totalCount }
    notes { totalCount }
  }
}
"""
NAMES = "query($f: CustomerFilter, $o: CustomerOrder) { customers(filter: $f, orderBy: $o) { nodes { name } } }"


async def names(clinic: Clinic, filter: dict[str, Any] | None = None, order: dict[str, Any] | None = None) -> list[str]:
    body = await clinic.brand.ask(NAMES, {"f": filter, "o": order or {"field": "NAME", "direction": "ASC"}})
    assert "errors" not in body, body
    return [node["name"] for node in body["data"]["customers"]["nodes"]]


async def test_a_whole_page(clinic: Clinic) -> None:
    store, role = await clinic.store("N"), await clinic.role("doctor")
    staff = await clinic.staff("周文", role=role, store=store)
    added = await clinic.add(
        staff_id=staff,
        birthday="1990-05-01",
        tags=["VIP", "anti-age"],
        needs=[{"text": "less redness"}],
        subject={"kind": "PERSON", "name": "本人"},
        external_refs=[{"system": "crm", "id": "77"}],
    )
    body = await clinic.brand.ask(PAGE, {"id": customer_gid(added)})
    assert "errors" not in body, body
    page = body["data"]["customer"]
    assert page == {
        "kind": "PERSON",
        "name": "李雷",
        "birthday": "1990-05-01",
        "locale": None,
        "timezone": None,
        "tags": ["VIP", "anti-age"],
        "version": added.customer.version,
        "erasedAt": None,
        "identities": [{"kind": "PHONE", "namespace": "", "tail": "1234", "value": "+8613800001234"}],
        "contacts": [],
        "needs": [{"text": "less redness", "source": "IN_PERSON", "stated": True, "item": None}],
        "homeStore": {"id": global_id("Store", store)},
        "stage": {"key": "LEAD"},
        "subjects": [{"kind": "PERSON", "name": "本人"}],
        "cases": {
            "totalCount": 1,
            "nodes": [
                {
                    "status": "OPEN",
                    "stage": {"key": "LEAD"},
                    "subject": {"name": "本人"},
                    "stageHistory": {"nodes": [{"reason": None, "toStage": {"key": "LEAD"}}]},
                }
            ],
        },
        "stageHistory": {"nodes": [{"fromStage": None, "toStage": {"key": "LEAD"}, "staff": None}]},
        "relationships": {
            "nodes": [
                {
                    "staff": {"name": "周文"},
                    "state": "ACTIVE",
                    "standing": "LEGITIMATE",
                    "personaName": "周文医生",
                    "roles": [
                        {
                            "role": {"key": "doctor"},
                            "group": None,
                            "store": {"id": global_id("Store", store)},
                            "reason": "ADDED",
                            "until": None,
                        }
                    ],
                    "channel": None,
                    "endedAt": None,
                }
            ]
        },
        "team": page["team"],
        "consents": {"nodes": []},
        "preferences": [],
        "trust": {"balance": page["trust"]["balance"]},
        "externalRefs": [{"system": "crm", "id": "77"}],
        "touchpoints": {"totalCount": 0},
        "feedback": {"totalCount": 0},
        "wowMoments": {"totalCount": 0},
        "shares": {"totalCount": 0},
        "notes": {"totalCount": 0},
    }
    [member] = page["team"]
    assert (member["staff"], member["role"], member["group"]) == ({"name": "周文"}, {"key": "doctor"}, None)


async def test_standing_of_everybody_who_added_the_customer(clinic: Clinic) -> None:
    doctor = await clinic.role("doctor")
    first = await clinic.staff("First", role=doctor)
    for staff in (
        first,
        await clinic.staff("Second", role=doctor),
        await clinic.staff("Manager", role=await clinic.role("store_manager")),
        await clinic.staff("Unplaced"),
        await clinic.staff("Service", role=await clinic.role("customer_service")),
    ):
        added = await clinic.add(staff_id=staff)
    query = "query($id: ID!) { customer(id: $id) { relationships { nodes { staff { name } standing } } } }"

    async def standing() -> dict[str, str]:
        body = await clinic.brand.ask(query, {"id": customer_gid(added)})
        return {one["staff"]["name"]: one["standing"] for one in body["data"]["customer"]["relationships"]["nodes"]}

    assert await standing() == {
        "First": "LEGITIMATE",
        "Second": "REDUNDANT",
        "Manager": "REDUNDANT",
        "Unplaced": "REDUNDANT",
        "Service": "LEGITIMATE",
    }
    await clinic.fetch("UPDATE staff_members SET left_at = now() WHERE id = $1", first)
    assert (await standing())["First"] == "ORPHAN"
    assert (await standing())["Second"] == "LEGITIMATE"


async def test_filters_and_orders(clinic: Clinic) -> None:
    north, south = await clinic.store("N"), await clinic.store("S")
    wang = await clinic.staff("Wang", role=await clinic.role("customer_service"), store=north)
    zhao = await clinic.staff("Zhao", store=south)
    channel = await clinic.channel("AD")
    await clinic.add(name="a", phone="13800000001", staff_id=wang, tags=["VIP"], occurred_at="2026-01-05T00:00:00Z")
    await clinic.add(name="b", phone="13800000002", staff_id=zhao, home_store_id=south, kind="COMPANY")
    await clinic.add(name="c", phone="13800000003", channel_code="AD", birthday="1990-05-01")
    await clinic.fetch(
        "UPDATE trust_accounts SET balance = 0 WHERE customer_id = (SELECT id FROM customers WHERE name = 'b')"
    )
    stage = global_id("Stage", await clinic.stage("LEAD"))

    assert await names(clinic) == ["a", "b", "c"]
    assert await names(clinic, {"kind": {"eq": "COMPANY"}}) == ["b"]
    assert await names(clinic, {"tag": {"in": ["VIP", "other"]}}) == ["a"]
    assert await names(clinic, {"staff": {"eq": global_id("StaffMember", wang)}}) == ["a", "c"]
    assert await names(clinic, {"channel": {"eq": global_id("Channel", channel)}}) == ["c"]
    assert await names(clinic, {"homeStore": {"eq": global_id("Store", south)}}) == ["b"]
    assert await names(clinic, {"stage": {"eq": stage}}) == ["a", "b", "c"]
    assert await names(clinic, {"addedAt": {"to": "2026-02-01T00:00:00Z"}}) == ["a"]
    assert await names(clinic, {"birthday": {"from": "1990-01-01", "to": "1991-01-01"}}) == ["c"]
    assert await names(clinic, {"trustBalance": {"to": 0}}) == ["b"]
    assert (await names(clinic, None, {"field": "TRUST_BALANCE", "direction": "ASC"}))[0] == "b"
    assert (await names(clinic, None, {"field": "ADDED_AT", "direction": "ASC"}))[0] == "a"
    assert await names(clinic, {"need": {"eq": global_id("Item", wang)}}) == []


async def test_cases_are_found_by_the_customers_friend_store_and_channel(clinic: Clinic) -> None:
    region = await clinic.store("R", kind=StoreKind.REGION)
    north, south = await clinic.store("N", below=region), await clinic.store("S")
    role = await clinic.role("customer_service")
    wang = await clinic.staff("Wang", role=role, store=north)
    zhao = await clinic.staff("Zhao", role=role, store=south)
    channel = await clinic.channel("AD", store_id=north, role_id=role)
    added = await clinic.add(name="a", phone="13800000001", channel_code="AD")
    await clinic.add(name="b", phone="13800000002", staff_id=zhao)
    assert added.relationship is not None
    assert added.relationship.staff_id == wang

    async def of(filter: dict[str, Any]) -> list[str]:
        query = "query($f: CaseFilter) { cases(filter: $f) { totalCount nodes { customer { name } } } }"
        found = (await clinic.brand.ask(query, {"f": filter}))["data"]["cases"]
        assert found["totalCount"] == len(found["nodes"])
        return sorted(node["customer"]["name"] for node in found["nodes"])

    assert await of({}) == ["a", "b"]
    assert await of({"staff": {"eq": global_id("StaffMember", wang)}}) == ["a"]
    assert await of({"channel": {"eq": global_id("Channel", channel)}}) == ["a"]
    assert await of({"store": {"eq": global_id("Store", south)}}) == ["b"]
    assert await of({"store": {"eq": global_id("Store", region)}}) == []
    assert await of({"withinStore": {"eq": global_id("Store", region)}}) == ["a"]
    assert await of({"withinStore": {"in": [global_id("Store", region), global_id("Store", south)]}}) == ["a", "b"]
    async with clinic.brand.work() as work:
        [friendship] = await work.rows(Relationship, table_of(Relationship).c.staff_id == wang, lock=True)
        await relationships.end(work, friendship, RelationshipState.ENDED)
    assert await of({"staff": {"eq": global_id("StaffMember", wang)}}) == []
    assert await of({"channel": {"eq": global_id("Channel", channel)}}) == ["a"]


async def test_the_whole_value_of_an_identity_needs_a_permission(clinic: Clinic) -> None:
    added = await clinic.add(staff_id=await clinic.staff())
    narrow = dataclasses.replace(
        clinic.brand.owner, permissions=clinic.brand.owner.permissions - {Permission.IDENTITY_READ}
    )
    query = "query($id: ID!) { customer(id: $id) { identities { tail %s } } }"
    body = await clinic.brand.world.ask(narrow, query % "", {"id": customer_gid(added)})
    assert body["data"]["customer"]["identities"] == [{"tail": "1234"}]
    with pytest.raises(RequestError) as refusal:
        await clinic.brand.world.ask(narrow, query % "value", {"id": customer_gid(added)})
    assert refusal.value.code is ErrorCode.FORBIDDEN


async def test_by_identity(clinic: Clinic) -> None:
    one, other = await clinic.staff("Wang"), await clinic.staff("Zhao")
    added = await clinic.add(staff_id=one)
    query = "query($v: String!) { customerByIdentity(kind: PHONE, value: $v) { id } }"

    async def found(value: str, caller: Any) -> Any:
        body = await clinic.brand.world.ask(caller, query, {"v": value})
        assert "errors" not in body, body
        return body["data"]["customerByIdentity"]

    assert await found("138 0000 1234", clinic.brand.owner) == {"id": customer_gid(added)}
    assert await found("13800009999", clinic.brand.owner) is None
    assert await found("no number", clinic.brand.owner) is None
    assert await found("13800001234", clinic.brand.as_staff(one, DataScope.OWN_CUSTOMERS)) == {
        "id": customer_gid(added)
    }
    assert await found("13800001234", clinic.brand.as_staff(other, DataScope.OWN_CUSTOMERS)) is None


async def test_by_identity_is_not_asked_in_a_url(clinic: Clinic) -> None:
    world = clinic.brand.world
    call = dataclasses.replace(world.call(clinic.brand.owner, locale=Locale.EN), read_only_transport=True)
    ready = world.gateway.prepare('{ customerByIdentity(kind: PHONE, value: "13800001234") { id } }', None, None, call)
    with pytest.raises(RequestError) as refusal:
        await world.gateway.run(ready)
    assert refusal.value.code is ErrorCode.BAD_USER_INPUT
    assert refusal.value.errors[0]["extensions"] == {"code": "BAD_USER_INPUT", "allow": "POST"}
