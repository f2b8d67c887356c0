"""Candidates for being one person, found by looking at every key of every customer there is."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from server.customers.duplicates import Shared, keys_of, kind_of
from server.customers.identity_kinds import IdentityKind
from server.customers.search import folded
from server.terms import Locale
from tests.differential.reference.asking import Reading

MOST = 50


def connection(reading: Reading, given: Mapping[str, Any]) -> dict[str, Any]:
    first, after = given["first"], given.get("after")
    start = (
        None if after is None else base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)).decode().split("\x1f")[2]
    )
    faces = _faces(reading)
    keys = [key for key in sorted(faces) if start is None or key > start]
    found = [(key, _group(reading, key, faces)) for key in keys]
    groups = [(key, group) for key, group in found if group is not None]
    shown, more = groups[:first], len(groups) > first
    looked = {row["key"] for row in reading.eyes.all("duplicate_keys") if start is None or row["key"] > start}
    end = (shown[-1][0] if shown else start) if more else max(looked, default=start)
    cursors = [_cursor(reading, key) for key, _ in shown]
    nodes = [group for _, group in shown]
    return {
        "edges": [{"cursor": cursor, "node": node} for cursor, node in zip(cursors, nodes, strict=True)],
        "nodes": nodes,
        "pageInfo": {
            "hasNextPage": more,
            "hasPreviousPage": after is not None,
            "startCursor": cursors[0] if cursors else None,
            "endCursor": None if end is None else _cursor(reading, end),
        },
    }


def _cursor(reading: Reading, key: str) -> str:
    plain = f"DuplicateGroup\x1f{str(reading.asker.tenant_id)[-8:]}\x1f{key}"
    return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def _faces(reading: Reading) -> dict[str, set[UUID]]:
    found: dict[str, set[UUID]] = {}
    for row in reading.eyes.all("duplicate_keys"):
        customer = reading.eyes.find("customers", row["customer_id"])
        assert customer is not None, "A key is seen with its customer."
        if customer["erased_at"] is None:
            head = reading.eyes.find("customers", customer["family_id"]) or customer
            found.setdefault(row["key"], set()).add(head["id"])
    return found


def _group(reading: Reading, key: str, faces: Mapping[str, set[UUID]]) -> dict[str, Any] | None:
    own = sorted(faces[key])[:MOST]
    if len(own) < 2 or any(other < key and set(own) <= people for other, people in faces.items()):
        return None
    evidence = []
    for other in sorted(faces):
        sharing = [one for one in own if one in faces[other]]
        if len(sharing) > 1:
            evidence.append(_hint(reading, other, sharing))
    return {"customers": [reading.thing("Customer", one) for one in own], "evidence": evidence}


def _hint(reading: Reading, key: str, sharing: list[UUID]) -> dict[str, Any]:
    shared = _meaning(reading).get(key, Shared(kind_of(key)))
    return {
        "kind": shared.kind.value,
        "label": shared.kind.label(Locale(reading.asker.locale)),
        "name": shared.name,
        "tail": shared.tail,
        "birthday": shared.birthday,
        "customers": [reading.thing("Customer", one) for one in sharing],
    }


def _meaning(reading: Reading) -> dict[str, Shared]:
    found: dict[str, Shared] = {}
    for customer in reading.eyes.all("customers"):
        numbers = [
            (IdentityKind(one["kind"]), one["tail"])
            for one in reading.eyes.where("identities", customer_id=customer["id"])
        ]
        found |= keys_of([(folded(customer["name"]), customer["birthday"])], numbers)
    return found
