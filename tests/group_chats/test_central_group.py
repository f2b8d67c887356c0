"""The central group at work: a colleague takes over with everything there is to know; roles serve that never add."""

from __future__ import annotations

from typing import Any

from server.access.caller import Caller
from server.access.permissions import DataScope
from server.ids import global_id
from tests.factories.deals import Deal
from tests.touchpoints import people

CONTEXT = """
query($id: ID!) {
  customer(id: $id) {
    name notes { nodes { text } }
    promises(filter: { status: { eq: OPEN } }) { nodes { text } }
    feedback(filter: { status: { eq: RAISED } }) { nodes { text } }
    touchpoints { nodes { summary staff { id } } }
    groupChats { nodes { groupChat { name } } }
    relationships { nodes { state staff { id } personaName } }
    workItems(filter: { kinds: { in: [UNANSWERED_ENQUIRY] } }) { nodes { state assignee { id } group { key } } }
  }
}
"""


async def hired(shop: Deal, key: str, scope: DataScope, *, at_store: bool = False) -> Caller:
    """Somebody placed in the ops group or a service role."""
    async with shop.work() as work:
        staff = people.colleague(work)
        if key == "ops_group":
            people.placed_in_group(work, staff, await people.group(work, key), work.now)
        else:
            store = shop.store if at_store else None
            people.placed(work, staff, await people.role_of(work, key), work.now, store_id=store)
    return shop.brand.as_staff(staff, scope)


async def test_a_colleague_who_takes_over_knows_what_was_said_promised_and_asked(shop: Deal) -> None:
    first, second = [await hired(shop, "ops_group", DataScope.OWN_CUSTOMERS) for _ in range(2)]
    ids = [global_id("StaffMember", one.staff_id) for one in (first, second) if one.staff_id is not None]
    customer = (
        await shop.done(
            "addCustomer",
            "customer { id }",
            staffId=ids[0],
            name="林晓",
            identities=[{"kind": "PHONE", "value": "13912345678"}],
        )
    )["customer"]["id"]
    about = {"customerId": customer}
    chat = (await shop.done("createGroupChat", "groupChat { id }", name="熟客群"))["groupChat"]["id"]
    for name, input in (
        ("writeServiceNote", {"kind": "PREFERENCE", "text": "不吃花生"}),
        ("makePromise", {"text": "周五前回电"}),
        ("raiseFeedback", {"kind": "PRODUCT_REQUEST", "text": "想要小包装"}),
        ("recordGroupMembership", {"groupChatId": chat}),
        (
            "recordTouchpoint",
            {"direction": "INBOUND", "medium": "WECOM_CHAT", "purpose": "ENQUIRY", "summary": "几点关门？"},
        ),
    ):
        await shop.done(name, "cursor", by=first, **about, **input)
    gone = await shop.brand.world.ask(second, CONTEXT, {"id": customer})
    assert gone["data"] == {"customer": None}

    await shop.done("assignCustomer", "relationship { id }", **about, staffId=ids[1])

    seen = (await shop.brand.world.ask(second, CONTEXT, {"id": customer}))["data"]["customer"]
    assert seen["notes"]["nodes"] == [{"text": "不吃花生"}]
    assert seen["promises"]["nodes"] == [{"text": "周五前回电"}]
    assert seen["feedback"]["nodes"] == [{"text": "想要小包装"}]
    assert seen["touchpoints"]["nodes"] == [{"summary": "几点关门？", "staff": {"id": ids[0]}}]
    assert seen["groupChats"]["nodes"] == [{"groupChat": {"name": "熟客群"}}]
    states = {one["staff"]["id"]: one["state"] for one in seen["relationships"]["nodes"]}
    assert states == {ids[0]: "TRANSFERRED", ids[1]: "ACTIVE"}
    [waiting] = seen["workItems"]["nodes"]
    assert (waiting["state"], waiting["group"]) == ("OPEN", {"key": "ops_group"})
    assert (await shop.brand.world.ask(first, CONTEXT, {"id": customer}))["data"] == {"customer": None}
    # The one who took over answers, and nobody waits any more.
    answer = {"direction": "OUTBOUND", "medium": "WECOM_CHAT", "purpose": "ENQUIRY", "summary": "十点"}
    await shop.done("recordTouchpoint", "touchpoint { group { key } }", by=second, **about, **answer)
    seen = (await shop.brand.world.ask(second, CONTEXT, {"id": customer}))["data"]["customer"]
    assert [one["state"] for one in seen["workItems"]["nodes"]] == ["CLOSED"]


async def test_roles_that_never_add_serve_within_their_boundary_without_a_friendship(shop: Deal) -> None:
    """Store staff, service desk and buyer of a retailer; the customer is nobody's friend among them, before and after."""
    async with shop.work() as work:
        customer = people.customer(work, home_store_id=shop.store)
    serving = {
        "store_staff": ("RECEPTION", "COMPLAINT", DataScope.OWN_STORE),
        "service_desk": ("AFTER_SALES", "PROMOTION", DataScope.OWN_STORE),
        "buyer": ("FEEDBACK_REPLY", "CONTENT", DataScope.ALL),
    }
    for key, (own, others, scope) in serving.items():
        caller = await hired(shop, key, scope, at_store=scope is DataScope.OWN_STORE)
        async with shop.work() as work:
            if scope is DataScope.OWN_STORE and caller.staff_id is not None:
                people.may_see(work, caller.staff_id, customer)
        contact: dict[str, Any] = {
            "customerId": global_id("Customer", customer),
            "direction": "OUTBOUND",
            "medium": "IN_PERSON",
        }
        served = await shop.done("recordTouchpoint", "touchpoint { role { key } }", by=caller, **contact, purpose=own)
        assert served["touchpoint"] == {"role": {"key": key}}
        refused = await shop.act("recordTouchpoint", "cursor", by=caller, **contact, purpose=others)
        assert [(one["code"], one["field"]) for one in refused["userErrors"]] == [("OUT_OF_BOUNDARY", ["purpose"])]
        role = (await shop.brand.ask("{ serviceRoles { id key adds } }"))["data"]["serviceRoles"]
        [mine] = [one for one in role if one["key"] == key]
        assert mine["adds"] is False
        code = await shop.act("createChannel", "channel { id }", name="x", kind="FRONT_DESK", roleId=mine["id"])
        assert [(one["code"], one["field"]) for one in code["userErrors"]] == [("NOT_ALLOWED", ["roleId"])]
        asked = await shop.done(
            "requestHandoff",
            "handoff { id }",
            customerId=global_id("Customer", customer),
            roleId=mine["id"],
            purpose=own,
        )
        await shop.done("acceptHandoff", "handoff { status }", by=caller, handoffId=asked["handoff"]["id"])
    assert await shop.brand.count("relationships") == 0
    assert await shop.brand.count("touchpoints") == len(serving)


async def test_a_rider_performs_the_show_and_has_no_friends(brand: Any) -> None:
    bakery = await brand(businessType="LOW_PRICE_B2C", industry="BAKERY")
    async with bakery.work() as work:
        rider, customer = people.colleague(work), people.customer(work)
        people.placed(work, rider, await people.role_of(work, "delivery_rider"), work.now)
    caller = bakery.as_staff(rider, DataScope.ALL)
    record = (
        "mutation($input: RecordTouchpointInput!) { recordTouchpoint(input: $input) {"
        " userErrors { code } touchpoint { role { key } } } }"
    )
    contact = {"customerId": global_id("Customer", customer), "direction": "OUTBOUND", "medium": "IN_PERSON"}
    answers = []
    for purpose in ("DELIVERY", "WOW", "REPURCHASE"):
        body = await bakery.world.ask(caller, record, {"input": {**contact, "purpose": purpose}})
        answers.append([one["code"] for one in body["data"]["recordTouchpoint"]["userErrors"]])
    assert answers == [[], [], ["OUT_OF_BOUNDARY"]]
    assert await bakery.count("relationships") == 0
