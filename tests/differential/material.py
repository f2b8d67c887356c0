"""Values to ask with: ids, cursors, times and texts of the data, and wrong ones where the operation is to be faulty."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from graphql import GraphQLInputType

from tests.differential.choosing import Choose
from tests.differential.data import Rows
from tests.differential.furnishing import CURRENCIES, DAYS, TEXTS
from tests.differential.generating import Place
from tests.differential.putting_right import TIMES
from tests.differential.reference import groups, lists, roots, texts
from tests.differential.reference.asking import NODES_WITHOUT_ID, TABLES, Reading

UNDECODABLE = ("", "x", "=", "not an id", "Q3VzdG9tZXI6", "Q3VzdG9tZXI6MQ==", "Ünïcode", "a" * 300)
BAD_CURSORS = ("", "x", "!", "T0NDVVJSRURfQVQ=", texts.encoded("NAME\x1fx"), texts.encoded("e0:1:abc"))
SEARCHES = (
    "to",
    "王小",
    "小明 to",
    "王小明",
    "王",
    "t王",
    "5678",
    "13912345678",
    "",
    "  ",
    "!!",
    "top secret",
    "ＴＯ",
    "x" * 80,
)

PERIOD = {"from": ("2026-02-20", "2026-03-01", "2026-03-03"), "to": ("2026-03-04", "2026-03-08", "2026-04-02")}
"""Around the times of the rows that are made up."""
PLACES = {
    ("Query", "scorecards"): ('[""]', '["x"]', '["","y"]'),
    ("MetricFigure", "facts"): tuple(
        f'["2026-03-0{day}T08:00:00+00:00","00000000-0000-0000-0000-000000000001"]' for day in (1, 3, 5)
    ),
}
"""Places in lists of values."""


class Material:
    """What one brand's data offers to a generator of operations. `foreign` is another brand's id."""

    def __init__(self, rows: Rows, reading: Reading, foreign: UUID) -> None:
        self._reading = reading
        self._everything = Reading(rows, _all_seeing(reading), epoch=reading.epoch, event_types=reading.event_types)
        tenant_id = reading.asker.tenant_id
        self.ids = _ids_of(rows, tenant_id, reading.event_types)
        self._foreign_tenant = foreign
        self._foreign = _ids_of(rows, foreign, reading.event_types)
        self._types = sorted(self.ids)
        self._foreign_log = texts.log_cursor(1, foreign, reading.epoch)

    def __call__(self, choose: Choose, kind: GraphQLInputType, place: Place) -> Any:
        name = place.path[-1]
        match str(kind):
            case "ID":
                return self._id(choose, place)
            case "Int":
                return self._number(choose, place)
            case "Boolean":
                return choose.chance(50)
            case "DateTime":
                return self._time(choose, place)
            case "Date":
                if self._wrong(choose, place):
                    return "2026-02-30"
                return choose.one(PERIOD[name]) if name in PERIOD and choose.chance(80) else str(choose.one(DAYS))
            case "Decimal":
                return choose.one(("1200", "3.50", "0", "99999.99", "-1" if place.faulty else "1"))
            case "CurrencyCode":
                return choose.one(("CNY", *CURRENCIES)) if place.faulty else "CNY"
        if name in ("after", "before"):
            return self._cursor(choose, place)
        return self._text(choose, place)

    def _wrong(self, choose: Choose, place: Place) -> bool:
        return place.faulty and choose.chance(25)

    def _id(self, choose: Choose, place: Place) -> str:
        if self._wrong(choose, place):
            return choose.one(UNDECODABLE)
        wanted = self._wanted_type(choose, place)
        if choose.chance(6):
            wanted = choose.one(self._types)  # an id of something else matches nothing
        pool = self._foreign if choose.chance(6) else self.ids
        found = choose.one(pool.get(wanted) or self.ids[wanted])
        return found.rstrip("=") if choose.chance(5) else found

    def _wanted_type(self, choose: Choose, place: Place) -> str:
        if place.parent == "Query" and place.field in roots.BY_ID:
            return roots.BY_ID[place.field]
        name = place.path[1] if len(place.path) > 1 else place.path[0]
        return lists.ID_TYPES.get(name) or choose.one(self._types)

    def _number(self, choose: Choose, place: Place) -> int:
        if place.path[-1] in ("first", "last"):
            if self._wrong(choose, place) and place.parent != "Segment":  # rows would refuse it: of none nobody does
                return choose.one((-1, 101, 2**31 - 1))
            return choose.one((1, 2, 3, 4, 5, 0, 7, 10, 20, 100))
        return choose.one((0, 1, 2, 3, 5, 10, -1, 100))

    def _time(self, choose: Choose, place: Place) -> str:
        if self._wrong(choose, place):
            return choose.one(("2026-03-01", "2026-03-01T08:00:00", "2026-02-30T08:00:00Z", "now"))
        moment: datetime = choose.one(TIMES)
        if choose.chance(20):
            return moment.isoformat().replace("+00:00", "+08:00")
        return choose.one((texts.time_text(moment), "2026-03-03T08:00:00Z", "2030-01-01T00:00:00.5Z"))

    def _cursor(self, choose: Choose, place: Place) -> str:
        if place.parent == "Segment":
            customers = sorted(self._everything.eyes.all("customers"), key=lambda row: row["id"])
            return groups.segment_cursor(choose.one(customers))
        if self._wrong(choose, place):
            return choose.one(BAD_CURSORS)
        if place.field == "events":
            seq = choose.number(0, 80)
            return self._foreign_log if self._wrong(choose, place) else self._log(seq)
        if (place.parent, place.field) in PLACES:
            return texts.encoded(choose.one(PLACES[place.parent, place.field])).rstrip("=")
        listing = lists.CONNECTIONS[place.parent, place.field]
        order_by = place.siblings.get("orderBy")
        order = lists.ORDERS[listing.of].default if order_by is None else str(order_by["field"])
        table = self._everything.table_of(listing.of)
        assert table is not None
        row = choose.one(sorted(self._everything.eyes.all(table), key=lambda row: row["id"]))
        value = lists.ordered_by(self._everything.eyes, listing.of, order, row)
        if self._wrong(choose, place):
            order = "RECORDED_AT" if order != "RECORDED_AT" else "NAME"
        eyes = self._everything.eyes
        tenant_id = self._foreign_tenant if self._wrong(choose, place) else eyes.tenant_id
        of = "Customer" if self._wrong(choose, place) else listing.of
        found = texts.cursor(texts.Order(of, order, tenant_id), value, row["id"])
        return found.rstrip("=") if choose.chance(5) else found

    def _log(self, seq: int) -> str:
        return texts.log_cursor(seq, self._reading.asker.tenant_id, self._reading.epoch)

    def _text(self, choose: Choose, place: Place) -> str:
        name = place.path[0]
        if name == "search":
            return "y" * 201 if self._wrong(choose, place) else choose.one(SEARCHES)
        if place.field == "customerByIdentity":
            return choose.one(("13912345678", "+86 139 1234 5678", "x@y.example", "")) if name == "value" else ""
        if len(place.path) > 1 and choose.chance(70):
            held = self._held(place)
            if held:
                return choose.one(held)
        return choose.one(TEXTS)

    def _held(self, place: Place) -> list[str]:
        """Texts the filtered column holds."""
        listing = lists.CONNECTIONS.get((place.parent, place.field))
        table = None if listing is None else self._everything.table_of(listing.of)
        if listing is None or table is None or place.path[0] != "filter":
            return []
        candidates = lists.candidates_of(_filter_of(listing.of), place.path[1])
        rows = self._everything.eyes.all(table)
        values = {value for row in rows for value in candidates(self._everything.eyes, row)}
        return sorted(value for value in values if isinstance(value, str))


def _filter_of(type_name: str) -> str:
    return "StaffFilter" if type_name == "StaffMember" else f"{type_name}Filter"


def _all_seeing(reading: Reading) -> Any:
    from dataclasses import replace

    return replace(reading.asker, data_scope="ALL")


def _ids_of(rows: Rows, tenant_id: UUID, event_types: Mapping[str, str]) -> Mapping[str, list[str]]:
    """Global ids by type, in a fixed order."""
    found: dict[str, list[str]] = {}
    for type_name, table in TABLES.items():
        if type_name in NODES_WITHOUT_ID:
            continue
        ids = sorted(row["id"] for row in rows.of(table, tenant_id))
        if ids:
            found[type_name] = [texts.global_id(type_name, id) for id in ids]
    for row in sorted(rows.of("events", tenant_id), key=lambda row: int(row["seq"])):
        name = event_types[row["type"]]
        found.setdefault(name, []).append(texts.global_id(name, row["id"]))
    return found


def shown(value: Any) -> str:
    """A value for a message."""
    return json.dumps(value, ensure_ascii=False, indent=1, default=str)
