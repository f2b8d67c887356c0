"""One brand, a customer, and a colleague who may do everything but is nobody's friend: data scope OWN_CUSTOMERS.

Permissions say what may be done, the scope with whom: no query, act, list or stream may show or touch the customer.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest

from server.access import keys
from server.access.caller import Caller
from server.access.permissions import EVERYTHING, DataScope
from server.db.tables import metadata
from server.events.tables import EventRow
from server.ids import global_id
from tests.factories.brands import Brand, World, uuid_of
from tests.factories.furnished import CUSTOMER_SECRET, SECRET, furnish
from tests.factories.serving import Served, received, subscribe
from tests.isolation.walking import (
    EVENT_PARTS,
    EXTENT,
    answer,
    calls_with_an_id,
    event_selection,
    is_event,
    queries_without_id,
    schema_of,
    tries,
)

Make = Callable[..., Awaitable[Brand]]

ABOUT_THE_CUSTOMER = {
    "AssignmentQueueEntry", "AttentionOverride", "BoundaryOverride", "ContactReservation", "GroupMembership", "Handoff",
    "ImprovementLink", "Reward",
    "Case", "Consent", "Customer", "CustomerNeed", "Feedback", "Identity", "Quote", "QuoteConflict", "QuoteGuarantee",
    "QuoteLine", "DueWowMoment", "Referral", "ReferralCode", "Relationship", "ServiceNote", "Share",
    "Appointment", "AppointmentTime", "Order", "OrderLine", "OrderRefund", "Promise",
    "Subject", "Touchpoint", "TrustAccount", "TrustEntry", "WowMoment",
    "WorkItem",
}  # fmt: skip

_INVITE = (
    'mutation { inviteStaff(input: {name: "Newcomer", dataScope: OWN_CUSTOMERS})'
    " { cursor userErrors { message } staffMember { id } } }"
)
_KEY = (
    "mutation($staff: ID!, $permissions: [Permission!]) {"
    ' createApiKey(input: {name: "newcomer", kind: STAFF, staffId: $staff, permissions: $permissions})'
    " { secret userErrors { message } } }"
)


@dataclass
class Colleague:
    """Somebody of the brand, with a key, and what there is that this person must not see."""

    brand: Brand
    key: str
    caller: Caller
    ids: dict[str, str]
    """Type name → global id, of everything in the brand."""
    hidden: dict[str, str]
    """Those of them that are the customer's: rows and events."""

    @property
    def customer_id(self) -> UUID:
        return uuid_of(self.ids["Customer"])


@pytest.fixture
async def colleague(world: World, brand: Make) -> Colleague:
    made = await brand()
    ids = await furnish(made)
    invited = (await made.ask(_INVITE))["data"]["inviteStaff"]
    permissions = sorted(permission.value for permission in EVERYTHING)
    given = {"staff": invited["staffMember"]["id"], "permissions": permissions}
    key = (await made.ask(_KEY, given))["data"]["createApiKey"]
    assert key["userErrors"] == []
    caller = await keys.authenticate(world.gateway.services.database, f"Bearer {key['secret']}")
    assert (caller.permissions, caller.data_scope) == (EVERYTHING, DataScope.OWN_CUSTOMERS)
    owned = await _rows_of_customers(made)
    hidden = {type_name: id for type_name, id in ids.items() if uuid_of(id) in owned}
    return Colleague(made, key["secret"], caller, ids, hidden)


@EXTENT
async def test_no_id_of_the_customers_opens_or_moves_anything(
    world: World, colleague: Colleague, complete: bool
) -> None:
    about = {type_name for type_name in colleague.hidden if not is_event(world, type_name)}
    assert about == ABOUT_THE_CUSTOMER
    before = await _fingerprint(colleague)
    tried = 0
    for type_name, id, walked in tries(world, calls_with_an_id(world), colleague.hidden, complete=complete):
        asked = await answer(world, colleague.caller, walked, id)
        tried += 1
        assert CUSTOMER_SECRET not in asked, f"{walked.name} with {type_name} shows the customer"
        if walked.kind == "query":
            missing = global_id(type_name, uuid4())
            never = await answer(world, colleague.caller, walked, missing)
            assert asked.replace(id, "ID") == never.replace(missing, "ID"), f"{walked.name} tells {type_name} apart"
    assert tried > 500
    assert await _fingerprint(colleague) == before


async def test_an_external_reference_moves_nothing_either(world: World, colleague: Colleague) -> None:
    reference = f"ref:erp:{CUSTOMER_SECRET}-1"
    before = await _fingerprint(colleague)
    for walked in calls_with_an_id(world):
        asked = await answer(world, colleague.caller, walked, reference)
        assert CUSTOMER_SECRET not in asked.replace(reference, "REF"), walked.name
    assert await _fingerprint(colleague) == before


@EXTENT
async def test_no_way_through_the_brand_leads_to_the_customer(
    world: World, colleague: Colleague, complete: bool
) -> None:
    """Staff, stores, channels, items and plays are everybody's to see; who stands behind them is not."""
    queries = [walked for walked in calls_with_an_id(world) if walked.kind == "query"]
    shown = set()
    for type_name, id, walked in tries(world, queries, colleague.ids, complete=complete):
        asked = await answer(world, colleague.caller, walked, id)
        if SECRET in asked:
            shown.add(type_name)
        assert CUSTOMER_SECRET not in asked, f"{walked.name} with {type_name} shows the customer"
    assert shown >= {"Channel", "Item", "StaffMember", "Store", "WowPlay"}
    for walked in queries_without_id(world):
        asked = await answer(world, colleague.caller, walked, "")
        assert CUSTOMER_SECRET not in asked, f"{walked.name} shows the customer"
        assert not [name for name, id in colleague.hidden.items() if id in asked], walked.name


async def test_every_list_about_customers_is_empty(world: World, colleague: Colleague) -> None:
    names = _connections_about_customers(world)
    assert names >= {"customers", "cases", "feedback", "touchpoints", "wowMoments", "shares"}
    query = "{ " + " ".join(f"{name} {{ totalCount }}" for name in sorted(names)) + " }"
    owner = (await colleague.brand.ask(query))["data"]
    assert {name for name, found in owner.items() if found["totalCount"] == 0} == set()
    seen = (await world.ask(colleague.caller, query))["data"]
    assert seen == {name: {"totalCount": 0} for name in names}


@pytest.mark.parametrize("part", [*range(EVENT_PARTS), None])
async def test_no_event_of_the_customers_is_listed(world: World, colleague: Colleague, part: int | None) -> None:
    """All that they say, a part of the types at a time, and at last what they are about."""
    theirs, all = await _event_ids(colleague)
    selection = "id subject { __typename id }" if part is None else event_selection(world, part)
    query = (
        f"query($after: String) {{ events(first: 50, after: $after) {{ nodes {{ {selection} }}"
        " pageInfo { hasNextPage endCursor } } }"
    )
    seen: list[dict[str, Any]] = []
    after = None
    while True:
        page = (await world.ask(colleague.caller, query, {"after": after}))["data"]["events"]
        seen += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert {uuid_of(event["id"]) for event in seen} == all - theirs
    _assert_nothing_shows(colleague, seen)


@pytest.mark.parametrize("part", range(EVENT_PARTS))
async def test_no_event_of_the_customers_is_followed(
    world: World, served: Served, brand: Make, colleague: Colleague, part: int
) -> None:
    """From the brand's first event to one that happens while the stream is open."""
    query = f"subscription($after: String) {{ events(after: $after) {{ {event_selection(world, part)} }} }}"
    seen: list[dict[str, Any]] = []
    async with served.socket(colleague.key) as socket:
        await subscribe(socket, "1", query, {"after": colleague.brand.onboarded["cursor"]})
        seen.append((await received(socket))["payload"]["data"]["events"])
        need = "mutation($input: RecordNeedInput!) { recordNeed(input: $input) { cursor userErrors { message } } }"
        wanted = {"customerId": colleague.ids["Customer"], "text": CUSTOMER_SECRET}
        assert (await served.ask(colleague.brand.key, need, {"input": wanted})).json()["data"]["recordNeed"]["cursor"]
        last = (await served.ask(colleague.brand.key, _INVITE)).json()["data"]["inviteStaff"]["cursor"]
        while seen[-1]["cursor"] != last:
            seen.append((await received(socket))["payload"]["data"]["events"])
    theirs, all = await _event_ids(colleague)
    assert {uuid_of(event["id"]) for event in seen} & theirs == set()
    assert {uuid_of(event["id"]) for event in seen} <= all
    assert {event["__typename"] for event in seen} >= {"StoreDefined", "StaffMemberInvited", "ItemDefined"}
    _assert_nothing_shows(colleague, seen)


def _assert_nothing_shows(colleague: Colleague, seen: list[dict[str, Any]]) -> None:
    text = json.dumps(seen, ensure_ascii=False)
    assert CUSTOMER_SECRET not in text
    assert [name for name, id in colleague.hidden.items() if id in text] == []


def _connections_about_customers(world: World) -> set[str]:
    """The root connections whose rows belong to customers; the log holds more than that and has tests of its own."""
    nodes = world.gateway.operations.catalogue.nodes
    root = schema_of(world).query_type
    assert root is not None
    found = set()
    for name, field in root.fields.items():
        listed = getattr(getattr(field.type, "of_type", None), "fields", {}).get("nodes")
        info = None if listed is None else nodes.get(str(listed.type).strip("[]!"))
        if info is not None and info.model is not EventRow and info.table.info["customer"] is not None:
            found.add(name)
    return found


async def _event_ids(colleague: Colleague) -> tuple[set[UUID], set[UUID]]:
    """The ids of events about customers, none of whom the colleague sees, and of all events of the brand."""
    async with colleague.brand.work() as work:
        rows = await work.raw.fetch("SELECT id, customer_id FROM events")
    theirs = {row["id"] for row in rows if row["customer_id"] is not None}
    assert len(theirs) > 10
    return theirs, {row["id"] for row in rows}


async def _rows_of_customers(brand: Brand) -> set[UUID]:
    """The ids of everything that belongs to a customer, in whichever table: to the one, or to the friend who came by a code."""
    found: set[UUID] = set()
    async with brand.work() as work:
        for table in metadata.sorted_tables:
            column = table.info.get("customer")
            if column is not None:
                rows = await work.raw.fetch(f'SELECT id FROM "{table.name}" WHERE "{column}" IS NOT NULL')
                found |= {row["id"] for row in rows}
    return found


async def _fingerprint(colleague: Colleague) -> dict[str, tuple[str, ...]]:
    """Every row of the customer, and who has access to them."""
    found: dict[str, tuple[str, ...]] = {}
    async with colleague.brand.work() as work:
        for table in metadata.sorted_tables:
            column = table.info.get("customer") or ("customer_id" if "customer_id" in table.c else None)
            if column is not None:
                rows = await work.raw.fetch(
                    f'SELECT t::text AS row FROM "{table.name}" t WHERE "{column}" = $1 ORDER BY 1',
                    colleague.customer_id,
                )
                found[table.name] = tuple(row["row"] for row in rows)
    assert sum(map(bool, found.values())) > len(ABOUT_THE_CUSTOMER)
    return found
