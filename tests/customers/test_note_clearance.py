"""A sensitive note shows an uncleared reader that something is there, and whom to ask."""

from __future__ import annotations

import dataclasses
from typing import Any
from uuid import UUID

from server.access.caller import Caller
from server.access.permissions import DataScope, Permission
from server.ids import global_id
from tests.customers.clinic import Clinic, customer_gid

WRITE = """
mutation($input: WriteServiceNoteInput!) {
  writeServiceNote(input: $input) { userErrors { code field } serviceNote { text withheld } }
}
"""
READ = """
query($id: ID!) { customer(id: $id) { notes(orderBy: {field: OCCURRED_AT, direction: ASC}) {
  nodes { kind sensitive text withheld askWhom { id } author { id } } } } }
"""
CONSENT = """
mutation($id: ID!) { recordConsent(input: {customerId: $id, scope: SENSITIVE_HEALTH, source: FORM}) { userErrors { code } } }
"""


async def read(clinic: Clinic, customer: str, caller: Caller) -> list[dict[str, Any]]:
    body = await clinic.brand.world.ask(caller, READ, {"id": customer})
    nodes: list[dict[str, Any]] = body["data"]["customer"]["notes"]["nodes"]
    return nodes


def staff_gid(staff_id: UUID) -> str:
    return global_id("StaffMember", staff_id)


async def test_who_reads_what(clinic: Clinic) -> None:
    doctor = await clinic.staff("Doctor", role=await clinic.role("doctor"))
    second_doctor = await clinic.staff("Second", role=await clinic.role("doctor"))
    consultant = await clinic.staff("Consultant", role=await clinic.role("consultant"))
    customer = customer_gid(await clinic.add(staff_id=consultant))
    for staff in (doctor, second_doctor):
        await clinic.add(staff_id=staff)
    callers = {
        name: clinic.brand.as_staff(staff, DataScope.OWN_CUSTOMERS)
        for name, staff in (("doctor", doctor), ("second", second_doctor), ("consultant", consultant))
    }
    note = {"customerId": customer, "kind": "DIAGNOSIS", "text": "Rosacea."}
    body = await clinic.brand.world.ask(callers["consultant"], WRITE, {"input": note})
    assert body["data"]["writeServiceNote"] == {
        "userErrors": [{"code": "CONSENT_REQUIRED", "field": ["kind"]}],
        "serviceNote": None,
    }
    await clinic.brand.ask(CONSENT, {"id": customer})
    await clinic.brand.world.ask(callers["doctor"], WRITE, {"input": note})
    own = await clinic.brand.world.ask(callers["consultant"], WRITE, {"input": {**note, "text": "Said so herself."}})
    assert own["data"]["writeServiceNote"]["serviceNote"] == {"text": "Said so herself.", "withheld": False}
    await clinic.brand.world.ask(
        callers["doctor"], WRITE, {"input": {"customerId": customer, "kind": "PREFERENCE", "text": "Tea."}}
    )

    open_texts = ["Rosacea.", "Said so herself.", "Tea."]
    for reader in (callers["doctor"], callers["second"], clinic.brand.owner):
        assert [one["text"] for one in await read(clinic, customer, reader)] == open_texts
        assert [one["askWhom"] for one in await read(clinic, customer, reader)] == [[], [], []]
    seen = await read(clinic, customer, callers["consultant"])
    assert [one["text"] for one in seen] == [None, "Said so herself.", "Tea."]
    assert [one["withheld"] for one in seen] == [True, False, False]
    assert seen[0]["askWhom"] == [{"id": staff_gid(doctor)}, {"id": staff_gid(second_doctor)}]
    assert seen[0]["author"] == {"id": staff_gid(doctor)}


async def test_an_integrator_without_clearance_sees_that_something_is_there(clinic: Clinic) -> None:
    added = await clinic.add(staff_id=await clinic.staff())
    customer = customer_gid(added)
    await clinic.brand.ask(CONSENT, {"id": customer})
    await clinic.brand.ask(WRITE, {"input": {"customerId": customer, "kind": "ALLERGY", "text": "Penicillin."}})
    uncleared = dataclasses.replace(
        clinic.brand.owner, permissions=clinic.brand.owner.permissions - {Permission.NOTE_READ_SENSITIVE}
    )
    [note] = await read(clinic, customer, uncleared)
    assert (note["kind"], note["text"], note["withheld"], note["askWhom"]) == ("ALLERGY", None, True, [])
