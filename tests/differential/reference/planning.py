"""Plans of changing the operating model and of cleaning up roles: their facts gathered from whole tables.

What follows from the facts is the trade's own pure planner; which facts there are is written out a second time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from server.lifecycles.change_facts import RESTS_ON
from server.lifecycles.change_plans import Drawing, Plan, PlanFacts
from server.lifecycles.change_rules import NO_UNIT, Design, Friendship, Held, Rules, Seat
from server.lifecycles.change_terms import ModelChangeKind, RoleSuccession
from server.operations.purposes import PurposeClass
from server.operations.templates import template
from server.tenants.business import OperatingModelKind
from server.tenants.documents import profile_of, thresholds_of
from server.touchpoints.attention_policies import ATTENTION_POLICIES
from tests.differential.data import Row
from tests.differential.reference import texts
from tests.differential.reference.asking import Reading


def change(reading: Reading, given: Mapping[str, Any]) -> Plan:
    return _drawn(reading, given, OperatingModelKind(given["to"]))


def cleanup(reading: Reading, given: Mapping[str, Any]) -> Plan:
    return _drawn(reading, given, None)


def refusal(reading: Reading, field: str, given: Mapping[str, Any]) -> tuple[str, dict[str, Any]] | None:
    """Why it is refused: message and extensions; None where it is not."""

    def bad(why: str, argument: str) -> tuple[str, dict[str, Any]]:
        return why, {"code": "BAD_USER_INPUT", "argument": argument}

    if reading.asker.data_scope != "ALL":
        return f"{field} needs the data scope ALL: it is about every customer.", {"code": "FORBIDDEN"}
    if not 0 <= given["first"] <= 100:
        return bad(f"{field}(first): must be from 0 to 100.", "first")
    if given.get("after") is not None and _id("Relationship", given["after"]) is None:
        return bad(f"{field}(after): this is no id of a Relationship.", "after")
    asked = given.get("input") or {}
    if any(_id("Store", text) is None for text in asked.get("storeIds") or ()):
        return bad(f"{field}(input): this is no id of a Store.", "input")
    chinese = reading.asker.locale == "ZH"
    to = given.get("to")
    if to is not None and to == _in_force(reading)["kind"]:
        told = f"{to} 已是当前运营模式。" if chinese else f"{to} is the operating model in force."
        return bad(f"{field}: {told}", "input")
    awake = _design(reading, None if to is None else OperatingModelKind(to)).awake
    for wanted in _mapping(asked).values():
        if wanted not in awake:
            told = f"目标模式中没有服务的 {wanted}" if chinese else f"the wanted model has no {wanted} that serves"
            return bad(f"{field}: {told}", "input")
    return None


def _drawn(reading: Reading, given: Mapping[str, Any], to: OperatingModelKind | None) -> Plan:
    asked = given.get("input") or {}
    kind = ModelChangeKind.ROLE_CLEANUP if to is None else ModelChangeKind.MODEL_CHANGE
    rules = Rules(kind, RoleSuccession(asked.get("succession") or "PLACEMENT_FIRST"), _mapping(asked))
    after = given.get("after")
    drawing = Drawing(
        _facts(reading, rules, asked, to), given["first"], None if after is None else _id("Relationship", after)
    )
    live: dict[UUID, list[Row]] = {}
    for row in sorted(
        reading.eyes.where("relationships", ended_at=None), key=lambda one: (one["customer_id"], one["id"])
    ):
        live.setdefault(row["customer_id"], []).append(row)
    for rows in live.values():
        drawing.add([_friendship(reading, row) for row in rows])
    return drawing.plan()


def _facts(reading: Reading, rules: Rules, asked: Mapping[str, Any], to: OperatingModelKind | None) -> PlanFacts:
    eyes = reading.eyes
    tenant = eyes.find("tenants", reading.asker.tenant_id)
    assert tenant is not None
    policy = ATTENTION_POLICIES[profile_of(tenant["profile"]).business_type]
    model = _in_force(reading)
    if asked.get("storeIds") is None:
        rows = list(eyes.where("stores", kind="STORE", closed_at=None))
        stores = [row["id"] for row in sorted(rows, key=lambda one: (one["recorded_at"], one["id"]))]
    else:
        stores = [id for text in asked["storeIds"] if (id := _id("Store", text)) is not None]
    above: dict[UUID, set[UUID]] = {store: {store} for store in stores}
    for row in eyes.all("store_ancestors"):
        if row["store_id"] in above:
            above[row["store_id"]].add(row["ancestor_id"])
    seats: dict[UUID, list[Seat]] = {}
    for row in sorted(eyes.where("placements", until_at=None), key=lambda one: (one["from_at"], one["id"])):
        staff = eyes.find("staff_members", row["staff_id"])
        assert staff is not None
        if staff["left_at"] is None:
            seats.setdefault(staff["id"], []).append(Seat(_key(reading, row), row["store_id"]))
    channels = [row for row in eyes.where("channels", retired_at=None) if row["group_id"] or row["role_id"]]
    return PlanFacts(
        design=_design(reading, to),
        rules=rules,
        seats=seats,
        stores=stores,
        above={store: frozenset(found) for store, found in above.items()},
        channels=Counter(_key(reading, row) for row in channels),
        friends_per_person=thresholds_of(tenant["thresholds"]).friends_per_person,
        service_budget=policy.by_class[PurposeClass.SERVICE].max,
        window_days=policy.window_days,
        digest={
            "to": None if to is None else to.value,
            "model": str(model["id"]),
            "revision": model["version"],
            "place": max((row["seq"] for row in eyes.all("events") if row["type"].startswith(RESTS_ON)), default=0),
        },
    )


def _design(reading: Reading, to: OperatingModelKind | None) -> Design:
    if to is not None:
        tenant = reading.eyes.find("tenants", reading.asker.tenant_id)
        assert tenant is not None
        wanted = template(profile_of(tenant["profile"]).industry, to)
        owners = [stage.owner for stage in wanted.stages if stage.adds]
        return Design(tuple(dict.fromkeys(owners)), frozenset(role.key for role in wanted.roles if not role.dormant))
    stages = sorted(reading.eyes.where("stages", retired_at=None, adds=True), key=lambda one: one["position"])
    owners = [_key(reading, row, "owner_group_id", "owner_role_id") for row in stages]
    awake = [row["key"] for row in reading.eyes.where("ops_groups", retired_at=None)]
    awake += [row["key"] for row in reading.eyes.where("service_roles", retired_at=None, dormant=False)]
    return Design(tuple(dict.fromkeys(owners)), frozenset(awake))


def _friendship(reading: Reading, row: Row) -> Friendship:
    staff = reading.eyes.find("staff_members", row["staff_id"])
    customer = reading.eyes.find("customers", row["customer_id"])
    assert staff is not None
    assert customer is not None
    held = reading.eyes.where("relationship_roles", relationship_id=row["id"], until_at=None)
    return Friendship(
        id=row["id"],
        customer_id=row["customer_id"],
        staff_id=row["staff_id"],
        works_here=staff["left_at"] is None,
        home_store_id=customer["home_store_id"],
        since=row["since"],
        held=tuple(
            Held(one["id"], _key(reading, one), one["from_at"])
            for one in sorted(held, key=lambda one: (one["from_at"], one["id"]))
        ),
    )


def _in_force(reading: Reading) -> Row:
    [found] = reading.eyes.where("operating_models", in_force=True)
    return found


def _key(reading: Reading, row: Row, group: str = "group_id", role: str = "role_id") -> str:
    unit = (
        reading.eyes.find("service_roles", row[role])
        if row[group] is None
        else reading.eyes.find("ops_groups", row[group])
    )
    assert unit is not None
    key: str = unit["key"]
    return key


def _mapping(asked: Mapping[str, Any]) -> dict[str, str]:
    return {one.get("fromKey") or NO_UNIT: one["toKey"] for one in asked.get("mapping") or ()}


def _id(type_name: str, text: str) -> UUID | None:
    parsed = texts.read_global_id(text)
    return parsed[1] if parsed is not None and parsed[0] == type_name else None
