"""The root fields that are neither a list that grows nor one thing by its id."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from server.access.permissions import Permission
from server.appointments.appointment_terms import AppointmentStatus
from server.appointments.moves import AppointmentAct
from server.appointments.moves import refusal as appointment_refusal
from server.customers.identity_kinds import IdentityKind
from server.customers.normal_identities import normal, region_of
from server.customers.queue_moves import QueueAct
from server.customers.queue_moves import refusal as queue_refusal
from server.customers.sealing import sealer
from server.errors import Invalid
from server.feedback.kinds import FeedbackStatus
from server.feedback.moves import FeedbackAct, refusal
from server.handoffs.statuses import HandoffAct, HandoffStatus
from server.handoffs.statuses import refusal as handoff_refusal
from server.operations.assignment_terms import QueueState
from server.operations.templates import template
from server.orders.totals import OrderAct
from server.orders.totals import refusal as order_refusal
from server.promises.promise_terms import PromiseStatus
from server.promises.settling import PromiseAct
from server.promises.settling import refusal as promise_refusal
from server.quotes.moves import QuoteAct
from server.quotes.moves import refusal as quote_refusal
from server.quotes.quote_terms import QuoteStatus
from server.tenants.business import Industry, OperatingModelKind
from server.tenants.glossary import vocabulary
from server.tenants.operating_model import advise
from server.terms import Locale
from tests.differential.data import Row
from tests.differential.reference import (
    answering,
    attending,
    designing,
    duplicates,
    lists,
    planning,
    surprises,
    texts,
    trusting,
)
from tests.differential.reference.asking import Reading, Thing
from tests.differential.reference.fields import Field, language
from tests.differential.reference.fitting import fit
from tests.differential.reference.funnels import funnel
from tests.differential.reference.profiles import understood
from tests.differential.reference.scorecards import scorecards

Root = Callable[[Reading, Mapping[str, Any]], Any]

BY_ID: Mapping[str, str] = {
    "attentionOverride": "AttentionOverride", "contactReservation": "ContactReservation",
    "appointment": "Appointment", "boundaryOverride": "BoundaryOverride", "handoff": "Handoff",
    "campaign": "Campaign", "content": "Content", "groupChat": "GroupChat", "groupPost": "GroupPost", "segment": "Segment",
    "case": "Case", "channel": "Channel", "customer": "Customer", "item": "Item",
    "improvement": "Improvement", "reward": "Reward",
    "oneFeedback": "Feedback", "operatingModelChange": "OperatingModelChange",
    "order": "Order", "promise": "Promise", "quote": "Quote", "dueWowMoment": "DueWowMoment", "referral": "Referral",
    "share": "Share", "staffMember": "StaffMember",
    "store": "Store", "touchpoint": "Touchpoint", "transfer": "Transfer",
    "trustAccount": "TrustAccount", "workItem": "WorkItem", "wowMoment": "WowMoment", "wowPlay": "WowPlay",
}  # fmt: skip


def _one(reading: Reading, text: str) -> Thing | None:
    parsed = texts.read_global_id(text)
    assert parsed is not None, "a bad id refuses the operation before"
    type_name, id = parsed
    return None if type_name in NOT_FOR_NODE else reading.named(type_name, id)


NOT_FOR_NODE = frozenset({"ExternalRef"})


def _tenant(reading: Reading, given: Mapping[str, Any]) -> Thing | None:
    return reading.thing("Tenant", reading.asker.tenant_id)


def _in_force(reading: Reading, given: Mapping[str, Any]) -> Thing | None:
    found = reading.eyes.where("operating_models", in_force=True)
    return Thing("OperatingModel", found[0]) if found else None


def _everything(type_name: str, *order: str, **equal: Any) -> Root:
    def read(reading: Reading, given: Mapping[str, Any]) -> Any:
        table = reading.table_of(type_name)
        assert table is not None
        return reading.things(type_name, reading.eyes.where(table, **equal), *order)

    return read


def _viewer(reading: Reading, given: Mapping[str, Any]) -> dict[str, Any]:
    asker = reading.asker
    return {
        "kind": asker.kind,
        "permissions": sorted(asker.permissions),
        "dataScope": asker.data_scope,
        "tenant": _tenant(reading, given),
        "staff": reading.thing("StaffMember", asker.staff_id),
        "expiresAt": asker.expires_at,
    }


def _events(reading: Reading, given: Mapping[str, Any]) -> dict[str, Any]:
    after, types, first = given.get("after"), given.get("types"), given["first"]
    start = 0 if after is None else int((texts.decoded(after) or "").split(":")[1])
    rows = sorted(reading.eyes.all("events"), key=lambda row: row["seq"])
    behind = [
        row for row in rows if row["seq"] > start and (types is None or row["type"].upper().replace(".", "_") in types)
    ]
    shown = behind[:first]
    cursors = [texts.log_cursor(row["seq"], row["tenant_id"], reading.epoch) for row in shown]
    nodes = [reading.event(row) for row in shown]
    return {
        "edges": [{"cursor": cursor, "node": node} for cursor, node in zip(cursors, nodes, strict=True)],
        "nodes": nodes,
        "pageInfo": {
            "hasNextPage": len(behind) > first,
            "hasPreviousPage": after is not None,
            "startCursor": cursors[0] if cursors else None,
            "endCursor": cursors[-1] if cursors else None,
        },
    }


def _cursor(reading: Reading, given: Mapping[str, Any]) -> str:
    tenant_id = reading.asker.tenant_id
    (stream,) = reading.eyes.rows.of("tenant_streams", tenant_id)
    return texts.log_cursor(stream["last_seq"], tenant_id, reading.epoch)


def _by_identity(reading: Reading, given: Mapping[str, Any]) -> Thing | None:
    kind, namespace, tenant_id = IdentityKind(given["kind"]), given["namespace"], reading.asker.tenant_id
    tenant = reading.eyes.find("tenants", tenant_id)
    assert tenant is not None
    try:
        value = normal(kind, given["value"], "value", region=region_of(tenant["timezone"]))
    except Invalid:
        return None
    fingerprint = sealer().fingerprint(tenant_id, kind, namespace, value)
    found = reading.eyes.where("identities", kind=kind.value, namespace=namespace, fingerprint=fingerprint)
    return reading.thing("Customer", found[0]["customer_id"]) if found else None


def _glossary(reading: Reading, given: Mapping[str, Any]) -> list[dict[str, Any]]:
    own = {(row["kind"], row["code"]): row for row in reading.eyes.all("term_labels")}
    locale = language(reading, given)
    found = []
    for kind, terms in vocabulary().items():
        for term in terms:
            usual = term.zh if locale == "ZH" else term.en
            relabelled = own.get((kind, term.value))
            label = None if relabelled is None else relabelled[f"label_{locale.lower()}"]
            found.append(
                {
                    "kind": kind,
                    "code": term.value,
                    "label": usual if label is None else label,
                    "defaultLabel": usual,
                    "meaning": term.meaning,
                }
            )
    return found


def _advice(reading: Reading, given: Mapping[str, Any]) -> dict[str, Any]:
    profile, thresholds = understood(reading, given["profile"])
    advice = advise(profile, thresholds)
    return {
        "model": advice.model,
        "strength": advice.strength,
        "decidedBy": advice.decided_by,
        "reasons": advice.reasons,
        "warnings": advice.warnings,
        "assumed": advice.assumed,
        "missing": advice.missing,
        "preview": template(profile.industry, advice.model),
    }


def _quote_policy(reading: Reading, given: Mapping[str, Any]) -> dict[str, Any]:
    said = reading.eyes.all("quote_policies")
    return (
        {"onConflict": said[0]["on_conflict"], "version": said[0]["version"]}
        if said
        else {"onConflict": "BLOCK", "version": 0}
    )


def _price_spreads(reading: Reading, given: Mapping[str, Any]) -> list[dict[str, Any]]:
    tenant = reading.eyes.find("tenants", reading.asker.tenant_id)
    assert tenant is not None
    zone = ZoneInfo(tenant["timezone"])
    start, end = (datetime.combine(given["period"][name], time(), zone) for name in ("from", "to"))
    ids = given.get("itemIds")
    wanted = (
        None
        if ids is None
        else {parsed[1] for parsed in map(texts.read_global_id, ids) if parsed and parsed[0] == "Item"}
    )
    quotes = {
        one["id"]: one
        for one in reading.eyes.all("quotes")
        if one["issued_at"] is not None and start <= one["issued_at"] < end
    }
    found: dict[UUID, list[tuple[UUID | None, int]]] = {}
    for line in reading.eyes.all("quote_lines"):
        item_id = line["item_id"]
        if line["quote_id"] in quotes and item_id is not None and (wanted is None or item_id in wanted):
            priced = (quotes[line["quote_id"]]["department_id"], line["unit_minor"])
            found.setdefault(item_id, []).append(priced)

    def figures(prices: list[int]) -> dict[str, Any]:
        middle = sum(sorted(prices)[(len(prices) - 1) // 2 : len(prices) // 2 + 1])
        median = (middle + 1) // 2 if len(prices) % 2 == 0 else middle
        return {
            "count": len(prices),
            **{
                name: {"amount": texts.amount_text(minor, tenant["currency"]), "currency": tenant["currency"]}
                for name, minor in (("min", min(prices)), ("median", median), ("max", max(prices)))
            },
        }

    def of_department(priced: list[tuple[UUID | None, int]]) -> list[dict[str, Any]]:
        parts: dict[UUID | None, list[int]] = {}
        for department_id, price in priced:
            parts.setdefault(department_id, []).append(price)
        shown = [(id, figures(prices)) for id, prices in parts.items()]
        shown.sort(key=lambda one: (-Decimal(one[1]["median"]["amount"]), str(one[0] or "")))
        return [{"department": reading.thing("Store", id), **one} for id, one in shown]

    def apart(item_id: UUID) -> tuple[int, UUID]:
        prices = [price for _, price in found[item_id]]
        return min(prices) - max(prices), item_id

    return [
        {
            "item": reading.thing("Item", item_id),
            "departments": of_department(found[item_id]),
            **figures([price for _, price in found[item_id]]),
        }
        for item_id in sorted(found, key=apart)[: given["first"]]
    ]


def _work_item_counts(reading: Reading, given: Mapping[str, Any]) -> dict[str, Any]:
    kinds = [
        "HANDOFF", "FEEDBACK_CLOCK", "PROMISE_DUE", "APPOINTMENT", "MISSED_VISIT", "WOW_MOMENT_DUE", "ASSIGNMENT_QUEUE",
        "UNANSWERED_ENQUIRY", "REWARD",
    ]  # fmt: skip
    rows = [
        row
        for row in reading.eyes.where("work_items", state="OPEN")
        if lists.passes(reading.eyes, "WorkItemFilter", given.get("filter"), row)
    ]
    by_kind = []
    for kind in kinds:
        own = [row for row in rows if row["kind"] == kind]
        if own:
            by_kind.append({"kind": kind, "open": len(own), "overdue": sum(map(lists.is_open_too_long, own))})
    overdue = sum(map(lists.is_open_too_long, rows))
    return {"open": len(rows), "overdue": overdue, "isExact": True, "byKind": by_kind}


ROOTS: Mapping[str, Root] = {
    "adviseOperatingModel": _advice,
    "businessHours": _everything("BusinessHours", "weekday", "opens"),
    "closedDays": _everything("ClosedDay", "day"),
    "cursor": _cursor,
    "customerByIdentity": _by_identity,
    "designCheck": designing.check,
    "duplicateCustomers": duplicates.connection,
    "events": _events,
    "feedbackPolicy": answering.policy,
    "funnel": funnel,
    "glossary": _glossary,
    "journey": _everything("Stage", "position", retired_at=None),
    "node": lambda reading, given: _one(reading, given["id"]),
    "nodes": lambda reading, given: [_one(reading, id) for id in given["ids"]],
    "operatingModel": _in_force,
    "operatingModelFit": fit,
    "operatingModelTemplate": lambda reading, given: template(
        Industry(given["industry"]), OperatingModelKind(given["kind"])
    ),
    "opsGroups": _everything("OpsGroup", "recorded_at", retired_at=None),
    "attentionPolicy": attending.policy,
    "quotePolicy": _quote_policy,
    "scorecards": scorecards,
    "quotePriceSpreads": _price_spreads,
    "planOperatingModelChange": planning.change,
    "planRoleCleanup": planning.cleanup,
    "similarFeedback": answering.similar,
    "serviceRoles": _everything("ServiceRole", "recorded_at", retired_at=None),
    "tenant": _tenant,
    "trustPolicy": trusting.policy,
    "trustReport": trusting.report,
    "viewer": _viewer,
    "workItemCounts": _work_item_counts,
    "wowFigures": surprises.wow_figures,
}


def by_id(reading: Reading, field: str, text: str) -> Thing | None:
    wanted = BY_ID[field]
    parsed = texts.read_global_id(text)
    return reading.thing(wanted, parsed[1] if parsed is not None and parsed[0] == wanted else UUID(int=0))


def _told(reading: Reading, permission: Permission, judged: Sequence[tuple[StrEnum, Any]]) -> list[dict[str, Any]]:
    """Acts and why each would be refused; to who lacks the permission, all of them for that."""
    locale = Locale(reading.asker.locale)
    missing = {
        "EN": f"This needs the permission {permission.value}.",
        "ZH": f"需要权限：{permission.zh}（{permission.value}）。",
    }
    may = permission.value in reading.asker.permissions
    found = []
    for act, refused in judged:
        reason = missing[locale.value] if not may else None if refused is None else refused.message(locale)
        found.append({"action": act.value, "allowed": reason is None, "reason": reason})
    return found


def _quote_actions(reading: Reading, row: Row, given: Mapping[str, Any]) -> list[dict[str, Any]]:
    locale, now = Locale(reading.asker.locale), datetime.now(UTC)
    found = []
    for act in QuoteAct:
        refused = quote_refusal(act, QuoteStatus(row["status"]), valid_until=row["valid_until"], at=now)
        reason = None if refused is None else refused.message(locale)
        if "QUOTE_WRITE" not in reading.asker.permissions:
            needed = {"EN": "This needs the permission QUOTE_WRITE.", "ZH": "需要权限：报价（QUOTE_WRITE）。"}
            reason = needed[locale.value]
        found.append({"action": act.value, "allowed": reason is None, "reason": reason})
    return found


def _is_asked(reading: Reading, row: Row) -> bool:
    """Whether the asker may answer the handoff."""
    me = reading.asker.staff_id
    if me is None or me == row["escalated_to_id"]:
        return True
    if row["to_staff_id"] is not None:
        return bool(row["to_staff_id"] == me)
    lines = {(one["store_id"], one["ancestor_id"]) for one in reading.eyes.all("store_ancestors")}
    for placement in reading.eyes.where("placements", staff_id=me, until_at=None):
        here, there = placement["store_id"], row["store_id"]
        close = here is None or there is None or (here, there) in lines or (there, here) in lines
        if close and (placement["role_id"], placement["group_id"]) == (row["role_id"], row["group_id"]):
            return bool(me != row["staff_id"])
    return False


def _handoff_actions(reading: Reading, row: Row, given: Mapping[str, Any]) -> list[dict[str, Any]]:
    locale, me = Locale(reading.asker.locale), reading.asker.staff_id
    found = []
    for act in HandoffAct:
        asked, asker = _is_asked(reading, row), me is None or me == row["staff_id"]
        refused = handoff_refusal(act, HandoffStatus(row["status"]), is_asked=asked, is_asker=asker)
        reason = None if refused is None else refused.message(locale)
        if "CUSTOMER_WRITE" not in reading.asker.permissions:
            needed = {"EN": "This needs the permission CUSTOMER_WRITE.", "ZH": "需要权限：维护客户（CUSTOMER_WRITE）。"}
            reason = needed[locale.value]
        found.append({"action": act.value, "allowed": reason is None, "reason": reason})
    return found


def _of_feedback(reading: Reading, row: Row, given: Mapping[str, Any]) -> list[dict[str, Any]]:
    status, now = FeedbackStatus(row["status"]), datetime.now(UTC)
    days = answering.policy(reading, {})["reopenDays"]
    judged = [
        (act, refusal(act, status, resolved_at=row["resolved_at"], now=now, reopen_days=days)) for act in FeedbackAct
    ]
    return _told(reading, Permission.FEEDBACK_WRITE, judged)


def _of_appointment(reading: Reading, row: Row, given: Mapping[str, Any]) -> list[dict[str, Any]]:
    status, now = AppointmentStatus(row["status"]), datetime.now(UTC)
    judged = [(act, appointment_refusal(act, status, starts_at=row["starts_at"], at=now)) for act in AppointmentAct]
    return _told(reading, Permission.APPOINTMENT_WRITE, judged)


def _of_promise(reading: Reading, row: Row, given: Mapping[str, Any]) -> list[dict[str, Any]]:
    judged = [(act, promise_refusal(PromiseStatus(row["status"]))) for act in PromiseAct]
    return _told(reading, Permission.PROMISE_WRITE, judged)


def _of_order(reading: Reading, row: Row, given: Mapping[str, Any]) -> list[dict[str, Any]]:
    judged = [(OrderAct.REFUND, order_refusal(row["paid_minor"], row["refunded_minor"]))]
    return _told(reading, Permission.ORDER_WRITE, judged)


def _of_place(reading: Reading, row: Row, given: Mapping[str, Any]) -> list[dict[str, Any]]:
    judged = [(act, queue_refusal(QueueState(row["state"]))) for act in QueueAct]
    return _told(reading, Permission.CUSTOMER_WRITE, judged)


ACTIONS: Mapping[tuple[str, str], Field] = {
    ("Appointment", "availableActions"): _of_appointment,
    ("AssignmentQueueEntry", "availableActions"): _of_place,
    ("Feedback", "availableActions"): _of_feedback,
    ("Order", "availableActions"): _of_order,
    ("Promise", "availableActions"): _of_promise,
    ("Quote", "availableActions"): _quote_actions,
    ("Handoff", "availableActions"): _handoff_actions,
}
