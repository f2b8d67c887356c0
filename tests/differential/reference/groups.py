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
        for field, operators in sorted(row["conditions"].items())
        for operator, value in sorted(operators.items())
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


# -------------------------------------------------------------------------------------------------------------- figures

_CLICKED = {"CLICKED"}
_OPENED = {"OPENED", "MISLED"} | _CLICKED
_DELIVERED = {"DELIVERED", "IGNORED", "REPLIED", "COMPLAINED", "OPTED_OUT"} | _OPENED


def _contacts(reading: Reading, contacts: list[Row]) -> dict[str, Any]:
    became = [
        {o["outcome"] for o in reading.eyes.where("touchpoint_outcomes", touchpoint_id=c["id"])} for c in contacts
    ]
    return {
        "sent": len(contacts),
        "delivered": sum(bool(one & _DELIVERED) for one in became),
        "opened": sum(bool(one & _OPENED) for one in became),
        "clicked": sum(bool(one & _CLICKED) for one in became),
        "replied": sum("REPLIED" in one for one in became),
    }


def _content_figures(reading: Reading, row: Row, given: Mapping[str, Any]) -> dict[str, Any]:
    return _contacts(reading, reading.eyes.where("touchpoints", content_id=row["id"], direction="OUTBOUND"))


class _Came:
    """The facts that count for a campaign: contacts, friendships, orders, each with its store and staff member."""

    def __init__(self, reading: Reading, campaign: Row, customers: set[UUID] | None = None) -> None:
        eyes = reading.eyes

        def counts(row: Row) -> bool:
            return customers is None or row["customer_id"] in customers

        def within(at: datetime) -> bool:
            return bool(campaign["starts_at"] <= at and (campaign["ends_at"] is None or at < campaign["ends_at"]))

        contacts = eyes.where("touchpoints", campaign_id=campaign["id"], direction="OUTBOUND")
        named = {one["channel_id"] for one in eyes.where("campaign_parts", campaign_id=campaign["id"])} - {None}
        channels = {one["id"]: one for one in eyes.all("channels") if one["id"] in named}
        added = [
            {**one, "store_id": channels[one["channel_id"]]["store_id"]}
            for one in eyes.all("relationships")
            if one["channel_id"] in channels and within(one["since"])
        ]
        reached: dict[UUID, datetime] = {}
        for customer_id, at in [(one["customer_id"], one["occurred_at"]) for one in contacts] + [
            (one["customer_id"], one["since"]) for one in added
        ]:
            reached[customer_id] = min(at, reached.get(customer_id, at))
        self.contacts = [one for one in contacts if counts(one)]
        self.added = [one for one in added if counts(one)]
        self.orders = [
            one
            for one in eyes.all("orders")
            if counts(one)
            and one["customer_id"] in reached
            and one["occurred_at"] >= reached[one["customer_id"]]
            and within(one["occurred_at"])
        ]

    def parts(self, column: str) -> list[UUID | None]:
        found = {one[column] for one in [*self.contacts, *self.added, *self.orders]}
        return sorted(found, key=lambda id: (id is None, str(id)))

    def figures(self, reading: Reading, column: str | None = None, part: UUID | None = None) -> dict[str, Any]:
        def mine(rows: list[Row]) -> list[Row]:
            return [one for one in rows if column is None or one[column] == part]

        turnover: dict[str, int] = {}
        for one in mine(self.orders):
            turnover[one["currency"]] = turnover.get(one["currency"], 0) + one["total_minor"] - one["refunded_minor"]
        return {
            **_contacts(reading, mine(self.contacts)),
            "adds": len(mine(self.added)),
            "orders": len(mine(self.orders)),
            "turnover": [
                {"amount": texts.amount_text(minor, currency), "currency": currency}
                for currency, minor in sorted(turnover.items())
            ],
        }


def _totals(reading: Reading, row: Row, given: Mapping[str, Any]) -> dict[str, Any]:
    return _Came(reading, row).figures(reading)


def _apart(column: str, name: str, type_name: str) -> Field:
    def read(reading: Reading, row: Row, given: Mapping[str, Any]) -> list[dict[str, Any]]:
        came = _Came(reading, row)
        return [
            {name: reading.thing(type_name, part), "figures": came.figures(reading, column, part)}
            for part in came.parts(column)
        ]

    return read


def _by_segment(reading: Reading, row: Row, given: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = []
    for thing in _parts("segment_id", "Segment")(reading, row, given):
        if not may_ask(reading, thing.row):
            found.append({"segment": thing, "figures": None})
            continue
        customers = {one["id"] for one in belonging(reading, thing.row)}
        found.append({"segment": thing, "figures": _Came(reading, row, customers).figures(reading)})
    return found


FIELDS: Mapping[tuple[str, str], Field] = {
    ("Campaign", "figures"): _totals,
    ("Campaign", "figuresBySegment"): _by_segment,
    ("Campaign", "figuresByStaff"): _apart("staff_id", "staff", "StaffMember"),
    ("Campaign", "figuresByStore"): _apart("store_id", "store", "Store"),
    ("Content", "figures"): _content_figures,
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
