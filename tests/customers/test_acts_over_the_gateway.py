"""The mutations of this room as a client calls them: payloads, user errors, absent and null."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from server.access.permissions import DataScope
from server.ids import global_id
from tests.customers.clinic import Clinic, customer_gid

ADD = """
mutation($input: AddCustomerInput!) { addCustomer(input: $input) {
  userErrors { code message field } cursor created customer { name version } relationship { id } case { stage { key } }
} }
"""


async def act(clinic: Clinic, text: str, input: dict[str, Any], caller: Any = None, **more: Any) -> Any:
    body = await clinic.brand.world.ask(caller or clinic.brand.owner, text, {"input": input}, **more)
    assert "errors" not in body, body
    [payload] = body["data"].values()
    return payload


def staff_gid(staff_id: UUID) -> str:
    return global_id("StaffMember", staff_id)


async def test_add_customer(clinic: Clinic) -> None:
    staff = await clinic.staff(role=await clinic.role("customer_service"))
    input = {"name": "李雷", "staffId": staff_gid(staff), "identities": [{"kind": "PHONE", "value": "13800001234"}]}

    first = await act(clinic, ADD, input)
    again = await act(clinic, ADD, input)

    assert first["userErrors"] == again["userErrors"] == []
    assert (first["created"], again["created"]) == (True, False)
    assert first["case"] == {"stage": {"key": "LEAD"}}
    assert again["case"] is None
    assert again["relationship"] == first["relationship"]
    assert first["cursor"] is not None
    assert again["cursor"] is None, "nothing happened, so there is no place in the log"


async def test_a_retry_with_its_key_gets_the_first_answer(clinic: Clinic) -> None:
    staff = await clinic.staff()
    input = {"name": "李雷", "staffId": staff_gid(staff), "clientMutationId": "scan-1"}
    first = await act(clinic, ADD, input)
    again = await act(clinic, ADD, input)
    assert again == first
    assert await clinic.brand.count("customers") == 1


async def test_a_staff_member_adds_in_person(clinic: Clinic) -> None:
    staff = await clinic.staff()
    caller = clinic.brand.as_staff(staff, DataScope.OWN_CUSTOMERS)
    payload = await act(clinic, ADD, {"name": "李雷"}, caller)
    assert payload["customer"] == {"name": "李雷", "version": 2}


async def test_refusals_name_the_field(clinic: Clinic) -> None:
    staff = staff_gid(await clinic.staff())
    for input, code, field in (
        ({"name": "李雷"}, "REQUIRED", ["staffId"]),
        ({"name": "李雷", "staffId": global_id("Store", UUID(int=1))}, "NOT_FOUND", ["staffId"]),
        ({"name": "李雷", "channelCode": "nowhere"}, "NOT_FOUND", ["channelCode"]),
        ({"name": " ", "staffId": staff}, "INVALID", ["name"]),
        ({"name": "x", "staffId": staff, "timezone": "Mars"}, "INVALID", ["timezone"]),
        (
            {"name": "x", "staffId": staff, "identities": [{"kind": "EMAIL", "value": "no"}]},
            "INVALID",
            ["identities", "0", "value"],
        ),
        (
            {"name": "x", "staffId": staff, "needs": [{"text": "y", "itemId": staff}]},
            "NOT_FOUND",
            ["needs", "0", "itemId"],
        ),
    ):
        payload = await act(clinic, ADD, input)
        assert [(error["code"], error["field"]) for error in payload["userErrors"]] == [(code, field)]
        assert payload["customer"] is None
    assert await clinic.brand.count("customers") == 0


async def test_absent_and_null_differ(clinic: Clinic) -> None:
    added = await clinic.add(staff_id=await clinic.staff(), birthday="1990-05-01", timezone="Asia/Tokyo")
    update = """
    mutation($input: UpdateCustomerInput!) { updateCustomer(input: $input) {
      userErrors { code field } customer { name birthday timezone } } }
    """
    payload = await act(clinic, update, {"customerId": customer_gid(added), "timezone": None})
    assert payload["customer"] == {"name": "李雷", "birthday": "1990-05-01", "timezone": None}
    payload = await act(clinic, update, {"customerId": customer_gid(added), "name": None})
    assert payload == {"userErrors": [{"code": "INVALID", "field": ["name"]}], "customer": None}


async def test_upsert_answers_row_by_row(clinic: Clinic) -> None:
    upsert = """
    mutation($input: UpsertCustomersInput!) { upsertCustomers(input: $input) {
      userErrors { code field } results { created customer { name } userErrors { code field } } } }
    """
    rows: list[dict[str, Any]] = [
        {"name": "a", "identities": [{"kind": "MEMBER_ID", "value": "A1"}]},
        {"name": ""},
        {"name": "c", "homeStoreId": "nonsense"},
        {"name": "d", "identities": [{"kind": "PHONE", "value": "12"}]},
    ]
    payload = await act(clinic, upsert, {"rows": rows})
    assert payload["userErrors"] == []
    assert payload["results"] == [
        {"created": True, "customer": {"name": "a"}, "userErrors": []},
        {"created": None, "customer": None, "userErrors": [{"code": "INVALID", "field": ["name"]}]},
        {"created": None, "customer": None, "userErrors": [{"code": "NOT_FOUND", "field": ["homeStoreId"]}]},
        {"created": None, "customer": None, "userErrors": [{"code": "INVALID", "field": ["identities", "0", "value"]}]},
    ]
    payload = await act(clinic, upsert, {"rows": []})
    assert payload == {"userErrors": [{"code": "INVALID", "field": ["rows"]}], "results": []}
    payload = await act(clinic, upsert, {"rows": [{"name": "x"}] * 101})
    assert payload["userErrors"] == [{"code": "INVALID", "field": ["rows"]}]
    assert await clinic.brand.count("customers") == 1


async def test_cases_and_notes_have_external_ids(clinic: Clinic) -> None:
    added = await clinic.add(staff_id=await clinic.staff())
    about = {"customerId": customer_gid(added), "externalRefs": [{"system": "his", "id": "7"}]}
    open_case = """
    mutation($input: OpenCaseInput!) { openCase(input: $input) {
      userErrors { code field } case { externalRefs { system id } }
    } }"""
    write = """
    mutation($input: WriteServiceNoteInput!) { writeServiceNote(input: $input) {
      userErrors { code field } serviceNote { externalRefs { system id } }
    } }"""
    refs = {"externalRefs": [{"system": "his", "id": "7"}]}
    assert await act(clinic, open_case, about) == {"userErrors": [], "case": refs}
    note = {**about, "kind": "GENERAL", "text": "t", "caseId": "ref:his:7"}
    assert await act(clinic, write, note) == {"userErrors": [], "serviceNote": refs}
    taken = [{"code": "ALREADY_EXISTS", "field": ["externalRefs", "0", "id"]}]
    assert await act(clinic, open_case, about) == {"userErrors": taken, "case": None}
    assert await act(clinic, write, note) == {"userErrors": taken, "serviceNote": None}
    assert (await clinic.brand.count("cases"), await clinic.brand.count("service_notes")) == (2, 1)


async def test_several_open_cases_are_named(clinic: Clinic) -> None:
    added = await clinic.add(staff_id=await clinic.staff(role=await clinic.role("customer_service")))
    customer = customer_gid(added)
    opened = await act(
        clinic, "mutation($input: OpenCaseInput!) { openCase(input: $input) { case { id } } }", {"customerId": customer}
    )
    advance = """
    mutation($input: AdvanceCustomerInput!) { advanceCustomer(input: $input) {
      userErrors { code message field } case { id stage { key } } customer { stage { key } } } }
    """
    stage = global_id("Stage", await clinic.stage("ARRIVED"))
    payload = await act(clinic, advance, {"customerId": customer, "stageId": stage})
    [error] = payload["userErrors"]
    assert (error["code"], error["field"]) == ("AMBIGUOUS", ["caseId"])
    assert opened["case"]["id"] in error["message"]
    payload = await act(clinic, advance, {"customerId": customer, "stageId": stage, "caseId": opened["case"]["id"]})
    assert payload["case"] == {"id": opened["case"]["id"], "stage": {"key": "ARRIVED"}}
    assert payload["customer"] == {"stage": {"key": "ARRIVED"}}


async def test_close_tag_need_subject_preferences_and_end(clinic: Clinic) -> None:
    added = await clinic.add(staff_id=await clinic.staff(role=await clinic.role("customer_service")))
    customer = customer_gid(added)
    assert added.case is not None
    assert added.relationship is not None
    closed = await act(
        clinic,
        "mutation($input: CloseCaseInput!) { closeCase(input: $input) { case { status lossReason version } } }",
        {"caseId": global_id("Case", added.case.id), "status": "LOST", "lossReason": "PRICE"},
    )
    assert closed == {"case": {"status": "LOST", "lossReason": "PRICE", "version": 2}}
    tagged = await act(
        clinic,
        "mutation($input: TagCustomersInput!) { tagCustomers(input: $input) { customers { tags } } }",
        {"customerIds": [customer], "add": ["VIP"]},
    )
    assert tagged == {"customers": [{"tags": ["VIP"]}]}
    need = await act(
        clinic,
        "mutation($input: RecordNeedInput!) { recordNeed(input: $input) { need { text stated source } } }",
        {"customerId": customer, "text": "less redness", "stated": False, "source": "OBSERVED"},
    )
    assert need == {"need": {"text": "less redness", "stated": False, "source": "OBSERVED"}}
    subject = await act(
        clinic,
        "mutation($input: RecordSubjectInput!) { recordSubject(input: $input) { subject { kind name details } } }",
        {"customerId": customer, "kind": "PET", "name": "旺财", "details": "Shiba"},
    )
    assert subject == {"subject": {"kind": "PET", "name": "旺财", "details": "Shiba"}}
    preferences = await act(
        clinic,
        "mutation($input: SetContactPreferencesInput!) { setContactPreferences(input: $input) {"
        " customer { preferences { purpose medium } } } }",
        {"customerId": customer, "refused": [{"medium": "SMS"}]},
    )
    assert preferences == {"customer": {"preferences": [{"purpose": None, "medium": "SMS"}]}}
    ended = await act(
        clinic,
        "mutation($input: EndRelationshipInput!) { endRelationship(input: $input) {"
        " userErrors { code field } relationship { state standing personaName version } } }",
        {"relationshipId": global_id("Relationship", added.relationship.id), "state": "REMOVED_BY_CUSTOMER"},
    )
    assert ended == {
        "userErrors": [],
        "relationship": {"state": "REMOVED_BY_CUSTOMER", "standing": None, "personaName": None, "version": 2},
    }


async def test_identities_and_contacts(clinic: Clinic) -> None:
    company = await clinic.add(staff_id=await clinic.staff(), kind="COMPANY", name="Acme", phone=None)
    customer = customer_gid(company)
    contact = await act(
        clinic,
        "mutation($input: AddContactInput!) { addContact(input: $input) {"
        " contact { id name position identities { tail } } } }",
        {
            "customerId": customer,
            "name": "陈总",
            "position": "CEO",
            "identities": [{"kind": "PHONE", "value": "13811112222"}],
        },
    )
    assert contact["contact"]["identities"] == [{"tail": "2222"}]
    record = """
    mutation($input: RecordIdentityInput!) { recordIdentity(input: $input) {
      userErrors { code field } identity { kind value contact { name } } } }
    """
    identity = await act(
        clinic,
        record,
        {"customerId": customer, "kind": "EMAIL", "value": "Chen@Acme.cn", "contactId": contact["contact"]["id"]},
    )
    assert identity["identity"] == {"kind": "EMAIL", "value": "chen@acme.cn", "contact": {"name": "陈总"}}
    other = await clinic.add(staff_id=await clinic.staff("Zhao"))
    taken = await act(clinic, record, {"customerId": customer_gid(other), "kind": "EMAIL", "value": "chen@acme.cn"})
    assert taken == {"userErrors": [{"code": "ALREADY_EXISTS", "field": ["value"]}], "identity": None}
