"""The brands of the benchmark, onboarded through the API like any other: tenants, stores, staff and their keys."""

from __future__ import annotations

import json
import urllib.request
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from server.ids import parse_global_id

_ONBOARD = """mutation($name: String!, $slug: String!, $type: BusinessType!, $industry: Industry!, $email: String!) {
  onboardTenant(input: {name: $name, slug: $slug, businessType: $type, industry: $industry,
    owner: {name: "林岳", email: $email}, currency: "CNY", timezone: "Asia/Shanghai", locale: ZH}) {
    tenant { id } apiKey userErrors { message } } }"""
_UNITS = "{ serviceRoles { id adds } opsGroups { id adds } }"
_STORE = """mutation($key: String!, $name: String!) { defineStore(input: {key: $key, name: $name, kind: STORE}) {
  store { id } userErrors { message } } }"""
_INVITE = """mutation($staff: [InviteStaffRow!]!) { inviteStaffBatch(input: {staff: $staff}) {
  results { staffMember { id } userErrors { message } } } }"""
_PLACE = """mutation($staff: ID!, $role: ID, $group: ID) {
  assignServiceRole(input: {staffId: $staff, roleId: $role, groupId: $group}) { userErrors { message } } }"""
_KEY = """mutation($staff: ID!) { createApiKey(input: {kind: STAFF, name: "Bench", staffId: $staff}) {
  secret userErrors { message } } }"""
# Every contact is weighed, and none is too many: what is measured is recording, not refusing.
_PATIENT = """mutation($classes: [AttentionClassBudgetInput!]!) { setAttentionPolicy(input: {total: 1000, minGapHours: 0,
  quietHours: null, byClass: $classes, byPurpose: []}) { userErrors { message } } }"""
_CLASSES = ("SERVICE", "TRANSACTION", "CARE", "RELATION", "MARKETING")

# The operating models differ: roles that add customers, or one group for all.
_BUSINESSES = (
    ("HIGH_PRICE_B2C", "DENTAL"),
    ("HIGH_PRICE_B2C", "PET_HOSPITAL"),
    ("LOW_PRICE_B2C", "CATERING"),
    ("HIGH_PRICE_B2C", "EDUCATION"),
    ("LOW_PRICE_B2C", "FMCG"),
)


@dataclass(frozen=True)
class Brand:
    """One tenant of the data set. `scoped_*` are of a staff member who sees few of its customers."""

    slug: str
    tenant_id: str
    customers: int
    key: str
    staff: tuple[str, ...]
    scoped_staff: str | None = None
    scoped_key: str | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of_json(cls, told: dict[str, Any]) -> Brand:
        return cls(**{**told, "staff": tuple(told["staff"])})


def onboard(url: str, number: int, *, customers: int, staff: int, stores: int, scoped: bool) -> Brand:
    """Brand `number` with its people placed where customers are added. The staff's ids are uuids."""
    slug = f"bench-{number:03d}"
    business, industry = _BUSINESSES[number % len(_BUSINESSES)]
    given = {
        "name": f"品牌 {number}",
        "slug": slug,
        "type": business,
        "industry": industry,
        "email": f"o@{slug}.example",
    }
    made = _done(ask(url, None, _ONBOARD, given)["onboardTenant"])
    key: str = made["apiKey"]
    classes = [{"purposeClass": one, "max": 1000, "gapHours": 0} for one in _CLASSES]
    _done(ask(url, key, _PATIENT, {"classes": classes})["setAttentionPolicy"])
    for place in range(stores):
        _done(ask(url, key, _STORE, {"key": f"store_{place}", "name": f"{place + 1} 号店"})["defineStore"])
    people = [{"name": f"店员 {n + 1}"} for n in range(staff + scoped)]
    ids: list[str] = []
    for start in range(0, len(people), 50):
        answer = ask(url, key, _INVITE, {"staff": people[start : start + 50]})["inviteStaffBatch"]["results"]
        ids += [_done(one)["staffMember"]["id"] for one in answer]
    units = _units_that_add(url, key)
    for n, person in enumerate(ids):
        _done(ask(url, key, _PLACE, {"staff": person, **units[n % len(units)]})["assignServiceRole"])
    scoped_key = _done(ask(url, key, _KEY, {"staff": ids[-1]})["createApiKey"])["secret"] if scoped else None
    uuids = tuple(plain(id) for id in ids)
    return Brand(
        slug=slug,
        tenant_id=plain(made["tenant"]["id"]),
        customers=customers,
        key=key,
        staff=uuids[:staff],
        scoped_staff=uuids[-1] if scoped else None,
        scoped_key=scoped_key,
    )


def plain(global_id: str) -> str:
    """The uuid in a global id."""
    parsed = parse_global_id(global_id)
    if parsed is None or not isinstance(parsed[1], UUID):
        raise ValueError(f"{global_id!r} is no global id.")
    return str(parsed[1])


def ask(url: str, key: str | None, query: str, variables: dict[str, Any]) -> dict[str, Any]:
    """One request that must succeed."""
    request = urllib.request.Request(  # noqa: S310  # our own loopback address
        f"{url}/graphql",
        json.dumps({"query": query, "variables": variables}).encode(),
        {"Content-Type": "application/json", **({"Authorization": f"Bearer {key}"} if key else {})},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310  # our own loopback address
        body: dict[str, Any] = json.loads(answer.read())
    if "errors" in body:
        raise ValueError(json.dumps(body["errors"], ensure_ascii=False))
    data: dict[str, Any] = body["data"]
    return data


def _units_that_add(url: str, key: str) -> list[dict[str, str]]:
    found = ask(url, key, _UNITS, {})
    roles = [{"role": one["id"]} for one in found["serviceRoles"] if one["adds"]]
    return roles + [{"group": one["id"]} for one in found["opsGroups"] if one["adds"]]


def _done(payload: dict[str, Any]) -> dict[str, Any]:
    if payload["userErrors"]:
        raise ValueError(json.dumps(payload["userErrors"], ensure_ascii=False))
    return payload
