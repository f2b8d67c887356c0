"""A brand with one of everything in it, every text of which says what it is, for tests that look for what leaks.

Texts about the brand say TOP-SECRET; texts about its one customer say TOP-SECRET-CUSTOMER, which holds the former.
"""

from __future__ import annotations

from typing import Any

from tests.factories.brands import Brand

SECRET = "TOP-SECRET"
CUSTOMER_SECRET = f"{SECRET}-CUSTOMER"

_ALL = """
{ assignmentQueue { nodes { id } } absences { nodes { id } } channels { nodes { id hours { id } } }
  spread: staff { nodes { id shifts { id } workload { id } } } opsGroups { assignmentRule { id } }
  tenant { id operatingModel { id } } apiKeys { nodes { id } } opsGroups { id personas { id } }
  serviceRoles { id personas { id } } journey { id } businessHours { id } metricTargets { nodes { id } } closedDays { id }
  placements: staff { nodes { placements { nodes { id } } } }
  customers { nodes { id identities { id } contacts { id } needs { id } consents { nodes { id } }
    relationships { nodes { id roles { id } } } cases { nodes { id } } notes { nodes { id } }
    trust { id entries { nodes { id } } } } }
  rewards { nodes { id } } improvements { nodes { links { nodes { id } } } }
  workItems { nodes { id } } boundaryOverrides { nodes { id } } events(first: 100) { nodes { id __typename } } }
"""


async def _act(brand: Brand, name: str, input: dict[str, Any], select: str) -> dict[str, Any]:
    type_name = name[0].upper() + name[1:] + "Input"
    query = (
        f"mutation($input: {type_name}!) {{ {name}(input: $input) {{ userErrors {{ code message field }} {select} }} }}"
    )
    body = await brand.ask(query, {"input": input})
    assert "errors" not in body, body
    payload: dict[str, Any] = body["data"][name]
    assert payload["userErrors"] == [], (name, payload["userErrors"])
    return payload


async def furnish(brand: Brand) -> dict[str, str]:
    """One global id of every type there is, by type name."""
    ids: dict[str, str] = {}

    async def make(type_name: str, name: str, input: dict[str, Any], field: str) -> str:
        payload = await _act(brand, name, input, f"{field} {{ id }}")
        ids[type_name] = payload[field]["id"]
        return ids[type_name]

    refs = [{"system": "erp", "id": f"{CUSTOMER_SECRET}-1"}]
    store = await make("Store", "defineStore", {"key": "s1", "name": SECRET, "kind": "STORE"}, "store")
    staff = await make(
        "StaffMember", "inviteStaff", {"name": SECRET, "email": "top-secret@brand.example"}, "staffMember"
    )
    roles = (await brand.ask("{ serviceRoles { id adds } }"))["data"]["serviceRoles"]
    role = next(one["id"] for one in roles if one["adds"])
    await make("Placement", "assignServiceRole", {"staffId": staff, "roleId": role, "storeId": store}, "placement")
    await make(
        "OpsGroup",
        "defineOpsGroup",
        {"key": "vips", "labelEn": SECRET, "labelZh": SECRET, "headlineMetric": "SATISFACTION"},
        "opsGroup",
    )
    await make(
        "Channel", "createChannel", {"name": SECRET, "kind": "STAFF_CARD", "roleId": role, "storeId": store}, "channel"
    )
    item = await make("Item", "defineItem", {"key": "i1", "name": SECRET, "kind": "GOODS"}, "item")
    customer = await make(
        "Customer",
        "addCustomer",
        {
            "name": CUSTOMER_SECRET,
            "staffId": staff,
            "homeStoreId": store,
            "tags": [CUSTOMER_SECRET],
            "needs": [{"text": CUSTOMER_SECRET}],
            "identities": [{"kind": "PHONE", "value": "13912345678"}],
            "externalRefs": refs,
        },
        "customer",
    )
    about = {"customerId": customer}
    await _spread(brand, ids, customer, [one["id"] for one in roles if one["adds"] and one["id"] != role])
    subject = await make("Subject", "recordSubject", {**about, "kind": "PERSON", "name": CUSTOMER_SECRET}, "subject")
    case = await make("Case", "openCase", {**about, "subjectId": subject}, "case")
    await make("Consent", "recordConsent", {**about, "scope": "SENSITIVE_HEALTH", "source": "IN_PERSON"}, "consent")
    await make(
        "ServiceNote",
        "writeServiceNote",
        {**about, "caseId": case, "kind": "DIAGNOSIS", "text": CUSTOMER_SECRET},
        "serviceNote",
    )
    touched = {**about, "staffId": staff, "direction": "OUTBOUND", "medium": "WECOM_CHAT", "purpose": "ENQUIRY"}
    touchpoint = await make(
        "Touchpoint", "recordTouchpoint", {**touched, "summary": CUSTOMER_SECRET, "itemId": item}, "touchpoint"
    )
    await _act(brand, "recordTouchpointOutcome", {"touchpointId": touchpoint, "outcome": "REPLIED"}, "cursor")
    outside = {**touched, "purpose": "COMPLAINT", "boundaryOverride": CUSTOMER_SECRET}
    again = await _act(
        brand, "recordTouchpoint", {**outside, "attentionOverride": CUSTOMER_SECRET},
        "touchpoint { attentionOverride { id } }",
    )  # fmt: skip
    ids["AttentionOverride"] = again["touchpoint"]["attentionOverride"]["id"]
    await make(
        "ContactReservation", "reserveContact", {**about, "purpose": "SAFETY_NOTICE", "medium": "SMS"}, "reservation"
    )
    await make("Handoff", "requestHandoff", {**about, "toStaffId": staff, "message": CUSTOMER_SECRET}, "handoff")
    await make("Feedback", "raiseFeedback", {**about, "kind": "COMPLAINT", "text": CUSTOMER_SECRET}, "feedback")
    await _furnish_quotes(brand, ids)
    play = await make(
        "WowPlay", "defineWowPlay", {"key": "p1", "name": SECRET, "script": SECRET, "trigger": "BIRTHDAY"}, "wowPlay"
    )
    moment = await make(
        "WowMoment", "recordWowMoment", {**about, "playId": play, "story": CUSTOMER_SECRET}, "wowMoment"
    )
    await make(
        "Share",
        "recordShare",
        {**about, "wowMomentId": moment, "medium": "MOMENTS", "evidence": CUSTOMER_SECRET},
        "share",
    )
    await _friend(brand, ids)
    off = {"key": "p2", "name": SECRET, "script": SECRET, "trigger": "DELIVERY", "occasion": "ORDER"}
    await _act(brand, "defineWowPlay", off, "cursor")
    ids |= await _deal(brand, about, item)
    ids["DueWowMoment"] = (await brand.ask("{ dueWowMoments { nodes { id } } }"))["data"]["dueWowMoments"]["nodes"][0][
        "id"
    ]
    ids |= await _groups(brand, ids)
    await _act(brand, "setFeedbackPolicy", {"reopenDays": 20}, "cursor")
    rated = {**about, "orderId": ids["Order"], "score": 5, "text": CUSTOMER_SECRET}
    await _act(brand, "rateService", rated, "cursor")
    asked = {"title": SECRET, "description": SECRET, "itemId": item, "feedbackIds": [ids["Feedback"]]}
    await make("Improvement", "openImprovement", asked, "improvement")
    made = await _act(brand, "adjustTrust", {**about, "deposit": 5, "reason": CUSTOMER_SECRET}, "trustEntry { id }")
    wrong = {"entryId": made["trustEntry"]["id"], "ground": "RECORDED_TWICE", "reason": CUSTOMER_SECRET}
    await _act(brand, "reverseTrustEntry", {**wrong, "evidence": CUSTOMER_SECRET}, "cursor")
    worth = {"reason": "PROMISE_KEPT", "points": 15}
    await _act(brand, "setTrustPolicy", {"creaseRateBp": 2_000, "worths": [worth]}, "trustPolicy { version }")
    plan = (await brand.ask("{ planRoleCleanup { planId } }"))["data"]["planRoleCleanup"]["planId"]
    await make("OperatingModelChange", "cleanUpRoles", {"planId": plan}, "operatingModelChange")
    await make("ApiKey", "createApiKey", {"name": SECRET, "kind": "INTEGRATOR"}, "apiKey")
    ids.update(await _read_ids(brand, customer))
    return ids


async def _friend(brand: Brand, ids: dict[str, str]) -> None:
    """Somebody else, who came by the customer's code."""
    given = {"customerId": ids["Customer"], "shareId": ids["Share"]}
    code = (await _act(brand, "createReferralCode", given, "referralCode { id code }"))["referralCode"]
    friend = {"name": CUSTOMER_SECRET, "staffId": ids["StaffMember"], "referralCode": code["code"]}
    added = await _act(brand, "addCustomer", friend, "referral { id }")
    ids |= {"ReferralCode": code["id"], "Referral": added["referral"]["id"]}


async def _furnish_quotes(brand: Brand, ids: dict[str, str]) -> None:
    """A live quote, and a draft that contradicts it, for which somebody answered."""
    roles = (await brand.ask("{ serviceRoles { key adds boundary { purpose mode } } }"))["data"]["serviceRoles"]
    role = next(one for one in roles if one["adds"])
    may = [line["purpose"] for line in role["boundary"] if line["mode"] == "MAY"]
    await _act(brand, "defineServiceRole", {"key": role["key"], "may": [*may, "QUOTATION"]}, "cursor")
    about = {"customerId": ids["Customer"], "staffId": ids["StaffMember"]}
    await _act(brand, "setQuotePolicy", {"onConflict": "ALLOW_WITH_RESOLUTION"}, "cursor")
    select = "quote { id lines { id } guarantees { id } }"
    live = await _act(brand, "draftQuote", {**about, **_offer(ids["Item"], "9.00"), "caseId": ids["Case"]}, select)
    await _act(brand, "issueQuote", {"quoteId": live["quote"]["id"]}, "cursor")
    draft = await _act(brand, "draftQuote", {**about, **_offer(ids["Item"], "8.00")}, select)
    pair = {"quoteId": draft["quote"]["id"], "otherQuoteId": live["quote"]["id"]}
    answer = {**pair, "resolution": "OTHER", "reason": CUSTOMER_SECRET}
    resolved = await _act(brand, "resolveQuoteConflict", answer, "quoteConflict { id }")
    ids["Quote"] = live["quote"]["id"]
    ids["QuoteLine"] = live["quote"]["lines"][0]["id"]
    ids["QuoteGuarantee"] = live["quote"]["guarantees"][0]["id"]
    ids["QuoteConflict"] = resolved["quoteConflict"]["id"]


def _offer(item: str, price: str) -> dict[str, Any]:
    """What a quote says, every text of it about the customer."""
    return {
        "lines": [{"itemId": item, "description": CUSTOMER_SECRET, "unitPrice": {"amount": price}}],
        "guarantees": [{"scope": CUSTOMER_SECRET, "months": 12, "conditions": CUSTOMER_SECRET, "line": 1}],
        "validUntil": "2099-01-01T00:00:00Z",
    }


async def _deal(brand: Brand, about: dict[str, Any], item: str) -> dict[str, str]:
    """What was bought and given back, agreed and promised."""
    order = {**about, "lines": [{"itemId": item, "text": CUSTOMER_SECRET, "amount": {"amount": "10"}}]}
    bought = (
        await _act(brand, "recordOrder", {**order, "discountReason": CUSTOMER_SECRET}, "order { id lines { id } }")
    )["order"]
    refund = {"orderId": bought["id"], "amount": {"amount": "1"}, "reason": CUSTOMER_SECRET}
    refunded = await _act(brand, "refundOrder", refund, "orderRefund { id }")
    visit = {**about, "startsAt": "2030-05-01T09:00:00Z"}
    booked = (await _act(brand, "bookAppointment", visit, "appointment { id times { id } }"))["appointment"]
    called_off = {"appointmentId": booked["id"], "cancelledBy": "CUSTOMER", "reason": CUSTOMER_SECRET}
    await _act(brand, "cancelAppointment", called_off, "cursor")
    promised = await _act(brand, "makePromise", {**about, "text": CUSTOMER_SECRET}, "promise { id }")
    return {
        "Order": bought["id"],
        "OrderLine": bought["lines"][0]["id"],
        "OrderRefund": refunded["orderRefund"]["id"],
        "Appointment": booked["id"],
        "AppointmentTime": booked["times"][0]["id"],
        "Promise": promised["promise"]["id"],
    }


async def _groups(brand: Brand, ids: dict[str, str]) -> dict[str, str]:
    """A segment, a campaign with everything it can name, a group chat with the customer in it, and a post there."""
    since = {"addedAt": {"from": "2020-01-01T00:00:00Z"}, "birthday": {"isNull": True}}
    given = {"key": "locals", "name": SECRET, "filter": {"homeStore": {"eq": ids["Store"]}, **since}}
    segment = (await _act(brand, "defineSegment", given, "segment { id }"))["segment"]["id"]
    await _act(
        brand,
        "defineSegment",
        {"key": "tagged", "name": SECRET, "filter": {"tag": {"in": ["x", "top"]}, "trustBalance": {"from": 1}}},
        "cursor",
    )
    content = (
        await _act(
            brand,
            "publishContent",
            {
                "kind": "ARTICLE",
                "title": SECRET,
                "itemIds": [ids["Item"]],
                "tags": [SECRET],
                "url": f"https://x/{SECRET}",
            },
            "content { id }",
        )
    )["content"]["id"]
    parts = {
        "segmentIds": [segment],
        "storeIds": [ids["Store"]],
        "channelIds": [ids["Channel"]],
        "contentIds": [content],
    }
    started = await _act(brand, "startCampaign", {"key": "spring", "name": SECRET, **parts}, "campaign { id }")
    served = {"storeId": ids["Store"], "groupId": ids["OpsGroup"], "ownerId": ids["StaffMember"]}
    chat = (
        await _act(
            brand,
            "createGroupChat",
            {"name": SECRET, **served, "occurredAt": "2026-01-01T00:00:00Z"},
            "groupChat { id }",
        )
    )["groupChat"]["id"]
    joined = {"groupChatId": chat, "customerId": ids["Customer"], "source": "GROUP_CODE"}
    stay = await _act(brand, "recordGroupMembership", joined, "groupMembership { id }")
    said = {"groupChatId": chat, "purpose": "WELCOME", "contentId": content, "campaignId": started["campaign"]["id"]}
    post = await _act(brand, "postToGroupChat", {**said, "summary": SECRET, "itemId": ids["Item"]}, "groupPost { id }")
    return {
        "Segment": segment,
        "Content": content,
        "Campaign": started["campaign"]["id"],
        "GroupChat": chat,
        "GroupMembership": stay["groupMembership"]["id"],
        "GroupPost": post["groupPost"]["id"],
    }


async def _spread(brand: Brand, ids: dict[str, str], customer: str, free_roles: list[str]) -> None:
    """Limits, hours, an absence to come, and the customer waiting for a role in which nobody is placed."""
    hours = [{"weekday": 1, "opens": "00:00", "closes": "24:00"}]
    away = [{"since": "2190-01-01T00:00:00Z", "until": "2191-01-01T00:00:00Z"}]
    for type_name, name, input, field in (
        (
            "AssignmentRule",
            "setAssignmentRule",
            {"groupId": ids["OpsGroup"], "method": "ROUND_ROBIN"},
            "assignmentRule",
        ),
        ("Workload", "setWorkload", {"staffId": ids["StaffMember"], "capacity": 500, "shifts": hours}, "workload"),
        ("Absence", "setAvailability", {"staffId": ids["StaffMember"], "off": away}, "absences"),
    ):
        payload = await _act(brand, name, input, f"{field} {{ id }}")
        made = payload[field]
        ids[type_name] = made[0]["id"] if isinstance(made, list) else made["id"]
    other = await _act(brand, "inviteStaff", {"name": SECRET}, "staffMember { id }")
    given = {"fromStaffId": other["staffMember"]["id"]}
    ids["Transfer"] = (await _act(brand, "transferRelationships", given, "transfer { id }"))["transfer"]["id"]
    await _act(brand, "setChannelHours", {"channelId": ids["Channel"], "hours": hours}, "cursor")
    code = await _act(
        brand, "createChannel", {"name": SECRET, "kind": "OTHER", "roleId": free_roles[0]}, "channel { code }"
    )
    scan = {
        "name": CUSTOMER_SECRET,
        "channelCode": code["channel"]["code"],
        "identities": [{"kind": "PHONE", "value": "13912345678"}],
    }
    added = await _act(brand, "addCustomer", scan, "customer { id } queueEntry { id }")
    assert added["customer"]["id"] == customer
    ids["AssignmentQueueEntry"] = added["queueEntry"]["id"]


async def _read_ids(brand: Brand, customer_id: str) -> dict[str, str]:
    """Ids of what has no act of its own."""
    data = (await brand.ask(_ALL))["data"]
    found = {
        "Tenant": data["tenant"]["id"],
        "OperatingModel": data["tenant"]["operatingModel"]["id"],
        "ServiceRole": data["serviceRoles"][0]["id"],
        "Persona": data["serviceRoles"][0]["personas"][0]["id"],
        "Stage": data["journey"][0]["id"],
    }
    found["ChannelHours"] = next(one["hours"][0]["id"] for one in data["channels"]["nodes"] if one["hours"])
    found["WorkShift"] = next(one["shifts"][0]["id"] for one in data["spread"]["nodes"] if one["shifts"])
    customer = next(one for one in data["customers"]["nodes"] if one["id"] == customer_id)
    found["Identity"] = customer["identities"][0]["id"]
    found["CustomerNeed"] = customer["needs"][0]["id"]
    found["Relationship"] = customer["relationships"]["nodes"][0]["id"]
    found["TrustAccount"] = customer["trust"]["id"]
    found["TrustEntry"] = customer["trust"]["entries"]["nodes"][0]["id"]
    found["BoundaryOverride"] = data["boundaryOverrides"]["nodes"][0]["id"]
    found["WorkItem"] = data["workItems"]["nodes"][0]["id"]
    found["Reward"] = data["rewards"]["nodes"][0]["id"]
    found["ImprovementLink"] = data["improvements"]["nodes"][0]["links"]["nodes"][0]["id"]
    for event in data["events"]["nodes"]:
        found[event["__typename"]] = event["id"]
    return found
