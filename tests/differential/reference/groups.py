"""What fields of group chats, contents, campaigns and segments mean, where they are no plain columns."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from tests.differential.data import Row
from tests.differential.reference import lists, texts
from tests.differential.reference.asking import Reading
from tests.differential.reference.permissions import OF_CONDITION

Field = Callable[[Reading, Row, Mapping[str, Any]], Any]


def _member_count(reading: Reading, row: Row, given: Mapping[str, Any]) -> int:
    return len(reading.eyes.where("group_memberships", group_chat_id=row["id"], left_at=None))


def _renamed(name: str) -> Field:
    return lambda reading, row, given: row[name]


def _content_items(reading: Reading, row: Row, given: Mapping[str, Any]) -> Any:
    ids = {one["item_id"] for one in reading.eyes.where("content_items", content_id=row["id"])}
    return reading.things("Item", [one for one in reading.eyes.all("items") if one["id"] in ids], "key")


def _content_tags(reading: Reading, row: Row, given: Mapping[str, Any]) -> list[str]:
    return sorted(one["tag"] for one in reading.eyes.where("content_tags", content_id=row["id"]))


def _state(reading: Reading, row: Row, given: Mapping[str, Any]) -> str:
    now = datetime.now(UTC)
    if row["starts_at"] > now:
        return "PLANNED"
    return "ENDED" if row["ends_at"] is not None and row["ends_at"] <= now else "RUNNING"


def _parts(column: str, type_name: str) -> Field:
    def read(reading: Reading, row: Row, given: Mapping[str, Any]) -> Any:
        named = [one for one in reading.eyes.where("campaign_parts", campaign_id=row["id"]) if one[column] is not None]
        in_order = sorted(named, key=lambda one: (one["recorded_at"], one["id"]))
        return [reading.thing(type_name, one[column]) for one in in_order]

    return read


def _channel_campaigns(reading: Reading, row: Row, given: Mapping[str, Any]) -> Any:
    named = reading.eyes.where("campaign_parts", channel_id=row["id"])
    in_order = sorted(named, key=lambda one: (one["recorded_at"], one["id"]))
    return [reading.thing("Campaign", one["campaign_id"]) for one in in_order]


# ------------------------------------------------------------------------------------------------------------- segments


def _conditions(reading: Reading, row: Row, given: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {"field": field, "operator": operator, "values": [_word(one) for one in _listed(value)]}
        for field, operators in row["conditions"].items()
        for operator, value in operators.items()
    ]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def may_ask(reading: Reading, segment: Row) -> bool:
    """Whether the asker may filter by everything the segment asks about."""
    needed = {OF_CONDITION.get(("CustomerFilter", field)) for field in segment["conditions"]}
    return needed - {None} <= reading.asker.permissions


def belonging(reading: Reading, segment: Row) -> list[Row]:
    """The customers who belong to the segment, who was added last first."""
    asked = {
        field: {operator: _meant(operator, value) for operator, value in operators.items()}
        for field, operators in segment["conditions"].items()
    }
    found = [
        one
        for one in reading.eyes.all("customers")
        if one["merged_into"] is None and lists.passes(reading.eyes, "CustomerFilter", asked, one)
    ]
    return sorted(found, key=lambda one: (one["first_added_at"], one["id"]), reverse=True)


def _meant(operator: str, value: Any) -> Any:
    if operator not in ("from", "to") or not isinstance(value, str):
        return value
    return date.fromisoformat(value) if len(value) == 10 else datetime.fromisoformat(value)


def _count(reading: Reading, row: Row, given: Mapping[str, Any]) -> int | None:
    return len(belonging(reading, row)) if may_ask(reading, row) else None


def segment_cursor(customer: Row) -> str:
    plain = f"{texts.time_text(customer['first_added_at'])}|{customer['id']}"
    return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def _customers(reading: Reading, row: Row, given: Mapping[str, Any]) -> Any:
    if not may_ask(reading, row):
        return None
    rows, after, first = belonging(reading, row), given.get("after"), given["first"]
    if after is not None:
        time, id = base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)).decode().split("|")
        rows = [one for one in rows if (one["first_added_at"], one["id"]) < (datetime.fromisoformat(time), UUID(id))]
    shown = [(reading.thing("Customer", one["id"]), segment_cursor(one)) for one in rows[:first]]
    return {
        "edges": [{"node": node, "cursor": cursor} for node, cursor in shown],
        "nodes": [node for node, _ in shown],
        "pageInfo": {
            "hasNextPage": len(rows) > first,
            "hasPreviousPage": after is not None,
            "startCursor": shown[0][1] if shown else None,
            "endCursor": shown[-1][1] if shown else None,
        },
    }


FIELDS: Mapping[tuple[str, str], Field] = {
    ("Campaign", "channels"): _parts("channel_id", "Channel"),
    ("Campaign", "contents"): _parts("content_id", "Content"),
    ("Campaign", "segments"): _parts("segment_id", "Segment"),
    ("Campaign", "state"): _state,
    ("Campaign", "stores"): _parts("store_id", "Store"),
    ("Channel", "campaigns"): _channel_campaigns,
    ("Content", "items"): _content_items,
    ("Content", "publishedAt"): _renamed("occurred_at"),
    ("Content", "tags"): _content_tags,
    ("GroupChat", "createdAt"): _renamed("occurred_at"),
    ("GroupChat", "memberCount"): _member_count,
    ("Segment", "conditions"): _conditions,
    ("Segment", "count"): _count,
    ("Segment", "customers"): _customers,
}
