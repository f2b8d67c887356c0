"""The root fields that are neither a list that grows nor one thing by its id."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from server.customers.identity_kinds import IdentityKind
from server.customers.normal_identities import normal, region_of
from server.customers.sealing import sealer
from server.errors import Invalid
from server.feedback.kinds import FeedbackStatus
from server.feedback.moves import FeedbackAct, refusal
from server.operations.templates import template
from server.tenants.business import Industry, OperatingModelKind
from server.tenants.glossary import vocabulary
from server.tenants.operating_model import advise
from server.terms import Locale
from tests.differential.data import Row
from tests.differential.reference import planning, texts
from tests.differential.reference.asking import Reading, Thing
from tests.differential.reference.fields import Field, language
from tests.differential.reference.fitting import fit
from tests.differential.reference.profiles import understood

Root = Callable[[Reading, Mapping[str, Any]], Any]

BY_ID: Mapping[str, str] = {
    "case": "Case", "channel": "Channel", "customer": "Customer", "item": "Item", "oneFeedback": "Feedback",
    "operatingModelChange": "OperatingModelChange",
    "share": "Share", "staffMember": "StaffMember", "store": "Store", "touchpoint": "Touchpoint",
    "wowMoment": "WowMoment", "wowPlay": "WowPlay",
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


ROOTS: Mapping[str, Root] = {
    "adviseOperatingModel": _advice,
    "businessHours": _everything("BusinessHours", "weekday", "opens"),
    "closedDays": _everything("ClosedDay", "day"),
    "cursor": _cursor,
    "customerByIdentity": _by_identity,
    "events": _events,
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
    "planOperatingModelChange": planning.change,
    "planRoleCleanup": planning.cleanup,
    "serviceRoles": _everything("ServiceRole", "recorded_at", retired_at=None),
    "tenant": _tenant,
    "viewer": _viewer,
}


def by_id(reading: Reading, field: str, text: str) -> Thing | None:
    wanted = BY_ID[field]
    parsed = texts.read_global_id(text)
    return reading.thing(wanted, parsed[1] if parsed is not None and parsed[0] == wanted else UUID(int=0))


def available_actions(reading: Reading, row: Row, given: Mapping[str, Any]) -> list[dict[str, Any]]:
    locale = Locale(reading.asker.locale)
    found = []
    for act in FeedbackAct:
        refused = refusal(act, FeedbackStatus(row["status"]), resolved_at=row["resolved_at"], now=datetime.now(UTC))
        reason = None if refused is None else refused.message(locale)
        if "FEEDBACK_WRITE" not in reading.asker.permissions:
            needed = {"EN": "This needs the permission FEEDBACK_WRITE.", "ZH": "需要权限：处理反馈（FEEDBACK_WRITE）。"}
            reason = needed[locale.value]
        found.append({"action": act.value, "allowed": reason is None, "reason": reason})
    return found


ACTIONS: Mapping[tuple[str, str], Field] = {("Feedback", "availableActions"): available_actions}
