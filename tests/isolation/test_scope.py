"""What a data scope hides, it hides on every path: the manager of one store sees nothing of another store's customers."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from server.access.caller import Caller
from server.access.permissions import DataScope
from server.customers.queue_tables import AssignmentQueueEntry
from server.customers.tables import Customer, CustomerAccess
from server.db.statements import table_of
from server.db.tables import metadata
from server.group_chats.tables import GroupChat, GroupMembership
from server.handoffs.tables import Handoff
from server.ids import global_id, new_id
from server.operations.tables import BoundaryOverride
from server.quotes.tables import QuoteConflict
from server.wow_moments.tables import Referral
from tests.customers.clinic import Clinic
from tests.factories.brands import Brand, uuid_of

SECRET = "不可见"


@dataclass
class TwoStores:
    """Store 3 has a manager; store 5 has a customer about whom everything there is, is known."""

    clinic: Clinic
    manager: Caller
    hidden: dict[str, str]
    """Node type → global id of something of the customer of store 5."""

    async def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        return await self.clinic.brand.world.ask(self.manager, query, variables)


@pytest.fixture
async def stores(brand: Callable[..., Awaitable[Brand]]) -> TwoStores:
    clinic = Clinic(await brand())
    three, five = await clinic.store("S3"), await clinic.store("S5")
    role = await clinic.role("store_manager")
    manager = await clinic.staff("Manager", scope=DataScope.OWN_STORE, role=role, store=three)
    friend = await clinic.staff("Doctor", role=await clinic.role("doctor"), store=five)
    added = await clinic.add(
        name=SECRET,
        staff_id=friend,
        tags=[SECRET],
        needs=[{"text": SECRET}],
        subject={"kind": "PET", "name": SECRET},
        external_refs=[{"system": "crm", "id": "5"}],
    )
    await clinic.add(name="Visible", phone="13900003333", staff_id=await clinic.staff("Nurse", role=role, store=three))
    customer = global_id("Customer", added.customer.id)
    async with clinic.brand.work() as work:
        work.add(
            AssignmentQueueEntry(
                customer_id=added.customer.id, role_id=role, store_id=five, reason="CAPACITY", since=work.now
            )
        )
    owner = clinic.brand.ask
    await owner(
        "mutation($id: ID!, $text: String!) {"
        " writeServiceNote(input: {customerId: $id, kind: GENERAL, text: $text}) { cursor }"
        " recordConsent(input: {customerId: $id, scope: MARKETING, source: FORM, evidence: $text}) { cursor }"
        " setContactPreferences(input: {customerId: $id, refused: [{medium: SMS}]}) { cursor } }",
        {"id": customer, "text": SECRET},
    )
    hidden = {"Customer": customer, **await _happenings(clinic, customer, five, friend)}
    for type_name, table in (
        ("AssignmentQueueEntry", "assignment_queue"),
        ("Identity", "identities"),
        ("Relationship", "relationships"),
        ("RelationshipRole", "relationship_roles"),
        ("Case", "cases"),
        ("CaseStageChange", "case_stage_changes"),
        ("Subject", "subjects"),
        ("CustomerNeed", "customer_needs"),
        ("ServiceNote", "service_notes"),
        ("Consent", "consents"),
        ("ContactPreference", "contact_preferences"),
        ("TrustAccount", "trust_accounts"),
        ("TrustEntry", "trust_entries"),
        ("TouchpointOutcome", "touchpoint_outcomes"),
        ("OrderLine", "order_lines"),
        ("AppointmentTime", "appointment_times"),
    ):
        row, *_ = await clinic.fetch(f"SELECT id FROM {table} WHERE customer_id = $1", added.customer.id)
        hidden[type_name] = global_id(type_name, row["id"])
    adjust = 'mutation($id: ID!) { adjustTrust(input: {customerId: $id, deposit: 5, reason: "r"}) { cursor } }'
    await owner(adjust, {"id": customer})
    return TwoStores(clinic, clinic.brand.as_staff(manager, DataScope.OWN_STORE), hidden)


async def _happenings(clinic: Clinic, customer: str, store: UUID, friend: UUID) -> dict[str, str]:
    """What happened with the customer, and what somebody unknown said at the same store."""
    made: dict[str, str] = {}

    async def make(type_name: str, act: str, **input: Any) -> None:
        query = (
            f"mutation($input: {act[0].upper()}{act[1:]}Input!) {{ {act}(input: $input) {{"
            f" userErrors {{ code }} made: {type_name[0].lower()}{type_name[1:]} {{ id }} }} }}"
        )
        body = await clinic.brand.ask(query, {"input": input})
        made[type_name] = body["data"][act]["made"]["id"]

    about, here = {"customerId": customer}, {"storeId": global_id("Store", store)}
    contact = {"direction": "INBOUND", "medium": "WECOM_CHAT", "purpose": "ENQUIRY", "summary": SECRET}
    await make("Touchpoint", "recordTouchpoint", **about, **here, **contact, outcome="REPLIED")
    notice = {"purpose": "SAFETY_NOTICE", "medium": "SMS"}
    await make("Reservation", "reserveContact", **about, **notice)
    made["ContactReservation"] = made.pop("Reservation")
    ours = {"direction": "OUTBOUND", "medium": "PHONE", "purpose": "COMPLAINT", "boundaryOverride": SECRET}
    record = (
        "mutation($input: RecordTouchpointInput!) { recordTouchpoint(input: $input) {"
        " userErrors { code } touchpoint { attentionOverride { id } } } }"
    )
    ours["staffId"] = global_id("StaffMember", friend)
    told = await clinic.brand.ask(record, {"input": {**about, **ours}})
    assert told["data"]["recordTouchpoint"]["userErrors"] == []
    # The second comes too soon after the first, at whatever hour.
    second = await clinic.brand.ask(record, {"input": {**about, **ours, "attentionOverride": SECRET}})
    made["AttentionOverride"] = second["data"]["recordTouchpoint"]["touchpoint"]["attentionOverride"]["id"]
    await make("Feedback", "raiseFeedback", **here, kind="COMPLAINT", text=SECRET, name=SECRET)
    made["Voice"] = made.pop("Feedback")
    await make("Feedback", "raiseFeedback", **about, **here, kind="COMPLAINT", text=SECRET)
    await make("Improvement", "openImprovement", title="t", feedbackIds=[made["Feedback"]])
    made.pop("Improvement")  # a change is the brand's own; that her words ask for it is hidden
    await make("WowMoment", "recordWowMoment", **about, **here, story=SECRET)
    await make("Share", "recordShare", **about, wowMomentId=made["WowMoment"], medium="MOMENTS", evidence=SECRET)
    await make("ReferralCode", "createReferralCode", **about)
    offer = {
        "lines": [{"description": SECRET, "unitPrice": {"amount": "9.00"}}],
        "guarantees": [{"scope": SECRET, "months": 12}],
        "validUntil": "2099-01-01T00:00:00Z",
    }
    await make("Quote", "draftQuote", **about, **offer)
    first = made["Quote"]
    await make("Quote", "draftQuote", **about, **offer)
    async with clinic.brand.work() as work:
        conflict = work.add(
            QuoteConflict(
                quote_id=uuid_of(made["Quote"]),
                other_quote_id=uuid_of(first),
                customer_id=uuid_of(customer),
                resolution="OTHER",
                reason=SECRET,
                resolved_at=work.now,
            )
        )
        handoff = work.add(
            Handoff(
                customer_id=uuid_of(customer),
                to_staff_id=friend,
                message=SECRET,
                requested_at=work.now,
                due_at=work.now,
            )
        )
        earlier = work.add(Customer(kind="PERSON", name=SECRET, first_added_at=work.now, updated_at=work.now))
        referral = work.add(
            Referral(
                customer_id=uuid_of(customer),
                referrer_id=earlier.id,
                rewarded=False,
                occurred_at=work.now,
            )
        )
        override = work.add(
            BoundaryOverride(
                customer_id=uuid_of(customer),
                staff_id=friend,
                role_id=await clinic.role("doctor"),
                purpose="ENQUIRY",
                fact_type="Touchpoint",
                fact_id=uuid_of(made["Touchpoint"]),
                reason=SECRET,
                occurred_at=work.now,
            )
        )
        chat = work.add(GroupChat(name="群", occurred_at=work.now))
        stay = work.add(
            GroupMembership(
                group_chat_id=chat.id, customer_id=uuid_of(customer), joined_at=work.now, join_source="OTHER"
            )
        )
    made["GroupMembership"] = global_id("GroupMembership", stay.id)
    made["Handoff"], made["BoundaryOverride"] = (
        global_id("Handoff", handoff.id),
        global_id("BoundaryOverride", override.id),
    )
    made["QuoteConflict"] = global_id("QuoteConflict", conflict.id)
    made["Referral"] = global_id("Referral", referral.id)
    for type_name, table in (("QuoteLine", "quote_lines"), ("QuoteGuarantee", "quote_guarantees")):
        [row] = await clinic.fetch(f"SELECT id FROM {table} WHERE quote_id = $1", uuid_of(first))
        made[type_name] = global_id(type_name, row["id"])
    line = {"text": SECRET, "amount": {"amount": "1"}}
    shown = {"key": "p", "name": "p", "script": "p", "trigger": "DELIVERY", "occasion": "ORDER"}
    await make("WowPlay", "defineWowPlay", **shown)
    del made["WowPlay"]  # a play is about nobody
    await make("Order", "recordOrder", **about, **here, lines=[line])
    found = await clinic.brand.ask("{ dueWowMoments { nodes { id } } }")
    made["DueWowMoment"] = found["data"]["dueWowMoments"]["nodes"][0]["id"]
    await make("OrderRefund", "refundOrder", orderId=made["Order"], reason=SECRET)
    await make("Appointment", "bookAppointment", **about, **here, startsAt="2030-01-01T09:00:00Z")
    await make("Promise", "makePromise", **about, **here, text=SECRET)
    return made


async def test_no_list_shows_the_other_stores_customers(stores: TwoStores) -> None:
    body = await stores.ask(
        "query($five: [ID!]!, $name: String, $crm: String) {"
        " customers { totalCount nodes { name } }"
        " named: customers(filter: {name: {eq: $name}}) { totalCount }"
        " searched: customers(search: $name) { totalCount nodes { id } }"
        ' tail: customers(search: "1234") { totalCount }'
        " tagged: customers(filter: {tag: {eq: $crm}}) { totalCount }"
        " cases { totalCount nodes { customer { name } } }"
        " touchpoints { totalCount nodes { id } } feedback { totalCount nodes { id } }"
        " wowMoments { totalCount nodes { id } } shares { totalCount nodes { id } } referrals { totalCount nodes { id } }"
        " dueWowMoments { totalCount nodes { id } }"
        " quotes { totalCount nodes { id } } quoteConflicts { totalCount nodes { id } }"
        " orders { totalCount nodes { id } } appointments { totalCount nodes { id } } promises { totalCount nodes { id } }"
        " nodes(ids: $five) { id } }",
        five=list(stores.hidden.values()),
        name=SECRET,
        crm=SECRET,
    )
    assert body["data"]["customers"] == {"totalCount": 1, "nodes": [{"name": "Visible"}]}
    assert body["data"]["named"] == body["data"]["tail"] == body["data"]["tagged"] == {"totalCount": 0}
    assert body["data"]["searched"] == {"totalCount": 0, "nodes": []}
    assert body["data"]["cases"]["nodes"] == [{"customer": {"name": "Visible"}}] * body["data"]["cases"]["totalCount"]
    for happenings in (
        "touchpoints", "feedback", "wowMoments", "shares", "referrals", "dueWowMoments",
        "quotes", "quoteConflicts", "orders", "appointments", "promises",
    ):  # fmt: skip
        assert body["data"][happenings] == {"totalCount": 0, "nodes": []}, happenings
    assert body["data"]["nodes"] == [None] * len(stores.hidden)


async def test_no_id_opens_anything_of_them(stores: TwoStores) -> None:
    for type_name, id in stores.hidden.items():
        body = await stores.ask("query($id: ID!) { node(id: $id) { __typename id } }", id=id)
        assert body == {"data": {"node": None}}, type_name
    body = await stores.ask(
        "query($c: ID!, $k: ID!) { customer(id: $c) { name } case(id: $k) { id }"
        ' customerByIdentity(kind: PHONE, value: "13800001234") { id } }',
        c=stores.hidden["Customer"],
        k=stores.hidden["Case"],
    )
    assert body == {"data": {"customer": None, "case": None, "customerByIdentity": None}}


async def test_no_way_through_staff_stores_or_channels_leads_to_them(stores: TwoStores) -> None:
    body = await stores.ask("{ staff { nodes { name placements { nodes { staff { name } } } } } }")
    assert SECRET not in json.dumps(body, ensure_ascii=False)


async def test_no_event_tells_of_them(stores: TwoStores) -> None:
    body = await stores.ask("{ events(first: 100) { nodes { type customer { name } } } }")
    seen = body["data"]["events"]["nodes"]
    assert {event["customer"]["name"] for event in seen if event["customer"]} == {"Visible"}
    about_customers = ("CUSTOMER_", "RELATIONSHIP_", "CASE_", "NOTE_", "CONSENT_", "TRUST_", "IDENTITY_", "NEED_")
    happenings = ("TOUCHPOINT_", "FEEDBACK_", "WOW_MOMENT_", "SHARE_", "REFERRAL_", "DUE_WOW_", "QUOTE_")
    assert [
        event
        for event in seen
        if event["type"].startswith((*about_customers, *happenings)) and event["customer"] is None
    ] == []


_OFFER = 'validUntil: "2099-01-01T00:00:00Z", lines: [{description: $text, unitPrice: {amount: "1"}}]'
ACTS = (
    ("updateCustomer(input: {customerId: $Customer, name: $text})", ["customerId"]),
    ("tagCustomers(input: {customerIds: [$Customer], add: [$text]})", ["customerIds", "0"]),
    ("recordNeed(input: {customerId: $Customer, text: $text})", ["customerId"]),
    ("recordSubject(input: {customerId: $Customer, kind: PET, name: $text})", ["customerId"]),
    ("recordIdentity(input: {customerId: $Customer, kind: OTHER, value: $text})", ["customerId"]),
    ("addContact(input: {customerId: $Customer, name: $text})", ["customerId"]),
    ("openCase(input: {customerId: $Customer})", ["customerId"]),
    ("closeCase(input: {caseId: $Case, status: WON})", ["caseId"]),
    ("advanceCustomer(input: {customerId: $Customer, stageId: $stage})", ["customerId"]),
    ("writeServiceNote(input: {customerId: $Customer, kind: GENERAL, text: $text})", ["customerId"]),
    ("recordConsent(input: {customerId: $Customer, scope: MARKETING, source: FORM})", ["customerId"]),
    ("withdrawConsent(input: {customerId: $Customer, scope: MARKETING, source: FORM})", ["customerId"]),
    ("setContactPreferences(input: {customerId: $Customer, refused: []})", ["customerId"]),
    ("recordTouchpointOutcome(input: {touchpointId: $Touchpoint, outcome: REPLIED})", ["touchpointId"]),
    ("acknowledgeFeedback(input: {feedbackId: $Feedback})", ["feedbackId"]),
    ("answerFeedback(input: {feedbackId: $Voice, text: $text})", ["feedbackId"]),
    ("acknowledgeFeedback(input: {feedbackId: $Voice})", ["feedbackId"]),
    ("declineFeedback(input: {feedbackId: $Voice, reason: $text})", ["feedbackId"]),
    ("reopenFeedback(input: {feedbackId: $Voice})", ["feedbackId"]),
    ("resolveFeedback(input: {feedbackId: $Voice})", ["feedbackId"]),
    ("recordWowMoment(input: {customerId: $Customer, story: $text})", ["customerId"]),
    ("recordShare(input: {customerId: $Customer, wowMomentId: $WowMoment, medium: MOMENTS})", ["customerId"]),
    ("createReferralCode(input: {customerId: $Customer})", ["customerId"]),
    ("attributeReferral(input: {customerId: $Customer, referrerId: $Customer})", ["customerId"]),
    (f"draftQuote(input: {{customerId: $Customer, {_OFFER}}})", ["customerId"]),
    (f"reviseQuote(input: {{quoteId: $Quote, {_OFFER}}})", ["quoteId"]),
    ("issueQuote(input: {quoteId: $Quote})", ["quoteId"]),
    ("presentQuote(input: {quoteId: $Quote})", ["quoteId"]),
    ("acceptQuote(input: {quoteId: $Quote})", ["quoteId"]),
    ("declineQuote(input: {quoteId: $Quote, words: $text})", ["quoteId"]),
    ("withdrawQuote(input: {quoteId: $Quote})", ["quoteId"]),
    ("endRelationship(input: {relationshipId: $Relationship, state: ENDED})", ["relationshipId"]),
)


@pytest.mark.parametrize(
    ("act", "field"), ACTS, ids=lambda value: value.partition("(")[0] if isinstance(value, str) else ""
)
async def test_no_act_may_name_them_and_missing_looks_the_same(stores: TwoStores, act: str, field: list[str]) -> None:
    before = await stores.clinic.brand.events()
    stage = global_id("Stage", await stores.clinic.stage("ARRIVED"))
    named = (
        "Customer",
        "Case",
        "Relationship",
        "Touchpoint",
        "Feedback",
        "Voice",
        "WowMoment",
        "Quote",
        "stage",
        "text",
    )
    declared = [name for name in named if f"${name}" in act]
    kinds = ", ".join(f"${name}: {'String' if name == 'text' else 'ID'}!" for name in declared)
    query = f"mutation({kinds}) {{ done: {act} {{ cursor userErrors {{ code message field }} }} }}"
    answers = []
    missing = {name: global_id("Feedback" if name == "Voice" else name, new_id()) for name in stores.hidden}
    for ids in (stores.hidden, missing):
        given = {**ids, "stage": stage, "text": "text"}
        answers.append(await stores.ask(query, **{name: given[name] for name in declared}))
    refusal = {"code": "NOT_FOUND", "message": "Not found.", "field": field}
    assert answers == [{"data": {"done": {"cursor": None, "userErrors": [refusal]}}}] * 2
    assert await stores.clinic.brand.events() == before


async def test_an_external_id_names_nobody_either(stores: TwoStores) -> None:
    body = await stores.ask(
        'mutation { updateCustomer(input: {customerId: "ref:crm:5", name: "x"}) { userErrors { code field } } }'
    )
    assert body["data"]["updateCustomer"] == {"userErrors": [{"code": "NOT_FOUND", "field": ["customerId"]}]}


async def test_adding_them_again_is_how_they_come_into_sight(stores: TwoStores) -> None:
    add = (
        'mutation { addCustomer(input: {name: "x", identities: [{kind: PHONE, value: "13800001234"}]})'
        " { created customer { name } } }"
    )
    body = await stores.ask(add)
    assert body["data"]["addCustomer"] == {"created": False, "customer": {"name": SECRET}}
    body = await stores.ask("query($c: ID!) { customer(id: $c) { name } }", c=stores.hidden["Customer"])
    assert body["data"]["customer"] == {"name": SECRET}


def test_every_table_about_a_customer_is_scoped() -> None:
    """`customer_access` itself is what the scope is made of; a policy on it would ask itself."""
    unscoped = {
        table.name
        for table in metadata.sorted_tables
        if "customer_id" in table.c and table.info["customer"] != "customer_id"
    }
    assert unscoped == {table_of(CustomerAccess).name}


async def test_the_database_hides_them_whatever_the_query(stores: TwoStores) -> None:
    """Below the planner: every scoped table, asked for everything, in the manager's own passage and in the owner's."""
    database = stores.clinic.brand.world.gateway.services.database
    customer_id = uuid_of(stores.hidden["Customer"])
    scoped = {table.name: table.info["customer"] for table in metadata.sorted_tables if table.info.get("customer")}
    found: dict[Caller, dict[str, int]] = {}
    for caller in (stores.manager, stores.clinic.brand.owner):
        async with database.snapshot(caller.passage) as (raw, _):
            found[caller] = {
                name: await raw.fetchval(f'SELECT count(*) FROM "{name}" WHERE "{column}" = $1', customer_id)
                for name, column in scoped.items()
            }
    assert set(found[stores.manager].values()) == {0}
    # Persons have no contacts. Of everything else there is something to hide.
    assert {name for name, rows in found[stores.clinic.brand.owner].items() if rows == 0} == {"contacts"}


async def test_the_database_hides_the_voices_of_nobody_known(stores: TwoStores) -> None:
    database = stores.clinic.brand.world.gateway.services.database
    tables = ("feedback", "feedback_clocks", "feedback_moves")
    for caller, count in ((stores.manager, 0), (stores.clinic.brand.owner, 1)):
        async with database.snapshot(caller.passage) as (raw, _):
            for name in tables:
                found = await raw.fetchval(f'SELECT count(*) FROM "{name}" WHERE customer_id IS NULL')
                assert found == count, (caller.kind, name)
            events = await raw.fetchval(
                "SELECT count(*) FROM events WHERE customer_id IS NULL AND type LIKE 'feedback.%'"
            )
            assert events == count
