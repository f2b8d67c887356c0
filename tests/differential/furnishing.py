"""Furnishes the brands the differential tests ask: one of everything by acts, then many more rows by hand.

What acts make is tidy. So every table is filled up with rows that no act would make but the database allows: copies of
what is there with other links, other times (few, so that orders have ties), other codes, quotes and Chinese in texts, and
null wherever null may be. What a CHECK or key refuses is left out. Each type of event is put into the log as well.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg

from server.access.permissions import DataScope
from server.customers.duplicates import keys_of
from server.customers.identity_kinds import IdentityKind
from server.customers.search import folded
from server.events.catalogue import CATALOGUE, thin_fields
from server.ids import new_id
from tests.differential.putting_right import PUT_RIGHT, TIMES, Row
from tests.factories.brands import Brand, World, onboard, uuid_of
from tests.factories.furnished import furnish

TEXTS = (
    "",
    "a",
    "B",
    '"quoted" \\ back',
    "熟客\n二行",
    "王小明 Tel",
    "tab\t\u2028 \x7f",
    "émoji 🐼",
    "%_'",
    "</script>",
)
DAYS = (date(1990, 2, 28), date(2000, 12, 31), date(2026, 3, 2))
CURRENCIES = ("CNY", "JPY", "KWD", "USD")

_HANDS_OFF = frozenset(
    {
        "act_outcomes", "tenants", "tenant_streams", "events", "api_keys", "operating_models", "store_ancestors",
        "trust_accounts", "trust_runs", "customer_access", "alembic_version", "search_terms", "duplicate_keys",
        "attention_policies",
    }
)  # fmt: skip
"""Tables that are not filled at random: one row per brand, or filled below with what must fit."""

_FITTING = {
    "identities": {"kind", "sealed"},
    "channels": {"auto_tags"},
    "trust_entries": {"cause_type", "cause_id", "reverses_entry_id", "ground", "reason"},
    "external_refs": {"node_type", "node_id"},
    "work_items": {"subject_type"},
    "boundary_overrides": {"fact_type"},
}
"""Columns that keep what the copied row has, because they belong together."""

_ROUNDS = {"customers": 14, "events": 1, "staff_members": 5, "stores": 6, "external_refs": 30}
_USUAL = 22


async def furnish_brand(world: World, dsn: str, seed: int, **onboarding: Any) -> tuple[Brand, dict[str, str]]:
    """A brand with much of everything; the ids are of one of each type, by type name."""
    brand = await onboard(world, **onboarding)
    ids = await furnish(brand)
    await brand.ask(
        "mutation($input: RelabelInput!) { relabel(input: $input) { userErrors { message } } }",
        {"input": {"kind": "CustomerKind", "code": "PERSON", "labelEn": "Guest", "labelZh": "客人"}},
    )
    await brand.ask(
        "mutation($input: SetBusinessHoursInput!) { setBusinessHours(input: $input) { userErrors { message } } }",
        {
            "input": {
                "hours": [
                    {"weekday": 1, "opens": "09:05", "closes": "12:00"},
                    {"weekday": 1, "opens": "13:00", "closes": "24:00"},
                    {"weekday": 7, "opens": "00:00", "closes": "08:00"},
                ],
                "closedDays": [{"day": "2026-10-01", "reason": '国庆 "holiday"'}, {"day": "2026-05-01"}],
            }
        },
    )
    connection = await asyncpg.connect(dsn)
    try:
        await connection.set_type_codec(
            "jsonb", schema="pg_catalog", encoder=json.dumps, decoder=json.loads, format="text"
        )
        await _Filling(connection, brand.tenant_id, random.Random(seed)).fill()
    finally:
        await connection.close()
    return brand, ids


async def scoped_staff(brand: Brand, dsn: str) -> dict[DataScope, UUID]:
    """A staff member for every data scope, each of whom sees some customers and not others."""
    made = {}
    for scope in DataScope:
        body = await brand.ask(
            "mutation($input: InviteStaffInput!) { inviteStaff(input: $input) { staffMember { id } userErrors { message } } }",
            {"input": {"name": f"Scope {scope.value}", "dataScope": scope.value}},
        )
        made[scope] = uuid_of(body["data"]["inviteStaff"]["staffMember"]["id"])
    connection = await asyncpg.connect(dsn)
    try:
        tenant_id = brand.tenant_id
        customers = [row["id"] for row in await connection.fetch(_CUSTOMERS, tenant_id)]
        stores = [row["id"] for row in await connection.fetch("SELECT id FROM stores WHERE tenant_id = $1", tenant_id)]
        roles = [row["id"] for row in await connection.fetch(_ROLES, tenant_id)]
        for number, staff_id in enumerate(made.values()):
            for customer_id in customers[number :: number + 2]:
                await connection.execute(_SEES, tenant_id, new_id(), staff_id, customer_id)
            store_id = stores[number % len(stores)] if number % 2 else None
            await connection.execute(_PLACED, tenant_id, new_id(), staff_id, roles[number % len(roles)], store_id)
    finally:
        await connection.close()
    return made


_CUSTOMERS = "SELECT id FROM customers WHERE tenant_id = $1 ORDER BY id"
_ROLES = "SELECT id FROM service_roles WHERE tenant_id = $1 ORDER BY id"
_SEES = (
    "INSERT INTO customer_access (tenant_id, id, staff_id, customer_id, via) VALUES ($1, $2, $3, $4, 'RELATIONSHIP')"
)
_PLACED = (
    "INSERT INTO placements (tenant_id, id, staff_id, role_id, store_id, from_at) VALUES ($1, $2, $3, $4, $5, now())"
)


class _Filling:
    """Fills one brand's tables. Rows are copies with differences; see the module's docstring."""

    def __init__(self, connection: asyncpg.Connection, tenant_id: UUID, dice: random.Random) -> None:
        self._connection = connection
        self._tenant_id = tenant_id
        self._dice = dice
        self._columns: dict[str, dict[str, asyncpg.Record]] = {}
        self._links: dict[tuple[str, str], str] = {}
        self._codes: dict[tuple[str, str], list[str]] = {}

    async def fill(self) -> None:
        await self._learn()
        order = await self._in_order_of_links()
        for table in order:
            if table in _HANDS_OFF:
                continue
            for _ in range(_ROUNDS.get(table, _USUAL)):
                await self._add(table)
            if table == "customers":
                await self._accounts()
        await self._stores_below()
        await self._more_access()
        await self._events()
        await self._search_terms()
        await self._families()
        await self._duplicate_keys()

    async def _learn(self) -> None:
        for record in await self._connection.fetch(
            "SELECT table_name, column_name, is_nullable = 'YES' AS nullable, data_type FROM information_schema.columns "
            "WHERE table_schema = 'public'"
        ):
            self._columns.setdefault(record["table_name"], {})[record["column_name"]] = record
        for record in await self._connection.fetch(
            "SELECT conrelid::regclass::text AS t, confrelid::regclass::text AS other, "
            "(SELECT attname FROM pg_attribute WHERE attrelid = conrelid AND attnum = conkey[2]) AS c "
            "FROM pg_constraint WHERE contype = 'f' AND cardinality(conkey) = 2"
        ):
            self._links[record["t"], record["c"]] = record["other"]
        for record in await self._connection.fetch(
            "SELECT conrelid::regclass::text AS t, pg_get_constraintdef(oid) AS d FROM pg_constraint WHERE contype = 'c'"
        ):
            match = re.fullmatch(r"CHECK \(\((\w+) = ANY \(ARRAY\[(.*)\]\)\)\)", record["d"])
            if match:
                self._codes[record["t"], match[1]] = re.findall(r"'([A-Z_a-z]+)'", match[2])

    async def _in_order_of_links(self) -> list[str]:
        tables = sorted(name for name, columns in self._columns.items() if "tenant_id" in columns)
        placed: list[str] = []
        while len(placed) < len(tables):
            for table in tables:
                needs = {other for (t, _), other in self._links.items() if t == table and other != table}
                if table not in placed and needs <= set(placed):
                    placed.append(table)
        return placed

    async def _rows(self, table: str) -> list[Row]:
        found = await self._connection.fetch(
            f'SELECT * FROM "{table}" WHERE tenant_id = $1 ORDER BY id', self._tenant_id
        )
        return [dict(one) for one in found]

    async def _add(self, table: str) -> None:
        there = await self._rows(table)
        row = dict(self._dice.choice(there)) if there else {"tenant_id": self._tenant_id}
        for name, column in self._columns[table].items():
            if name == "id":
                row[name] = new_id()
            elif name != "tenant_id" and name not in _FITTING.get(table, ()):
                row[name] = await self._value(table, name, column, row.get(name))
        self._put_right(table, row)
        await self._insert(table, row)

    async def _insert(self, table: str, row: Row) -> None:
        names = ", ".join(f'"{name}"' for name in row)
        holes = ", ".join(f"${number}" for number in range(1, len(row) + 1))
        try:
            await self._connection.execute(f'INSERT INTO "{table}" ({names}) VALUES ({holes})', *row.values())
        except (asyncpg.IntegrityConstraintViolationError, asyncpg.NotNullViolationError):
            return  # such a row cannot be: the tables say so

    async def _value(self, table: str, name: str, column: asyncpg.Record, held: Any) -> Any:
        dice = self._dice
        if column["nullable"] and dice.random() < 0.25:
            return None
        if (table, name) in self._links:
            choices = [one["id"] for one in await self._rows(self._links[table, name])]
            return dice.choice(choices) if choices else None
        if (table, name) in self._codes:
            return dice.choice(self._codes[table, name])
        match column["data_type"]:
            case "timestamp with time zone":
                return dice.choice(TIMES)
            case "date":
                return dice.choice(DAYS)
            case "boolean":
                return dice.random() < 0.5
            case "bigint" | "integer":
                return dice.randrange(0, 12)
            case "uuid":
                facts = await self._rows(dice.choice(_FACTS)) if (table, name) == ("fact_words", "fact_id") else []
                return dice.choice(facts)["id"] if facts else held
            case "ARRAY" | "jsonb":
                return held if held is not None or column["nullable"] else []
            case "text" if name.endswith("currency"):
                return dice.choice(CURRENCIES)
            case "text" if name in _UNIQUE_TEXTS:
                return f"{dice.choice(TEXTS)}{dice.randrange(10**6)}"
            case "text" if name in _CODES_ABOVE:
                return held if held is not None else _CODES_ABOVE[name]
            case "text" if name == "timezone":
                return "Asia/Tokyo"
        return dice.choice(TEXTS) or "x"

    def _put_right(self, table: str, row: Row) -> None:
        """Pairs that a CHECK holds together, so that not nearly every row is refused."""
        if "customer_added_at" in row:
            row["customer_added_at"] = None  # repeats the customer's own, which a trigger fills in: it is never another
        for minor, currency in (("list_price_minor", "list_price_currency"), ("cost_minor", "cost_currency")):
            if minor in row:
                row[minor] = None if row[currency] is None else self._dice.randrange(10**6)
        for first, second in (("group_id", "role_id"), ("owner_group_id", "owner_role_id")):
            if first in row and second in row:
                row[self._dice.choice((first, second))] = None
        for start, end in (("from_at", "until_at"), ("joined_at", "left_at"), ("since", "until")):
            if row.get(end) is not None:
                row[end] = max(row[start], row[end])
        if table in PUT_RIGHT:
            PUT_RIGHT[table](row, self._dice)

    async def _accounts(self) -> None:
        for customer in await self._rows("customers"):
            row = {
                "tenant_id": self._tenant_id, "id": new_id(), "customer_id": customer["id"], "ceiling": 100,
                "balance": self._dice.randrange(0, 5), "creases": self._dice.randrange(3), "last_seq": 1,
                "deposited": 0, "near_leaving": self._dice.random() < 0.3, "leaving_signs": [], "kept_since": TIMES[0],
                "opened_at": TIMES[0], "recorded_at": TIMES[1],
            }  # fmt: skip
            if row["near_leaving"]:
                row |= {"leaving_since": TIMES[1], "leaving_signs": ["FALLING", "LOW_BALANCE"]}
            await self._insert("trust_accounts", row)

    async def _stores_below(self) -> None:
        stores = {row["id"]: row for row in await self._rows("stores")}
        for store in stores.values():
            above: Row | None = store
            seen: set[Any] = set()
            while above is not None and above["id"] not in seen:
                seen.add(above["id"])
                ids = {"store_id": store["id"], "ancestor_id": above["id"]}
                await self._insert("store_ancestors", {"tenant_id": self._tenant_id, "id": new_id(), **ids})
                above = stores.get(above["parent_id"])

    async def _more_access(self) -> None:
        """Access as the acts keep it for friends: what the copied friendships would have opened."""
        for friendship in await self._rows("relationships"):
            ids = {"staff_id": friendship["staff_id"], "customer_id": friendship["customer_id"], "via": "RELATIONSHIP"}
            await self._insert("customer_access", {"tenant_id": self._tenant_id, "id": new_id(), **ids})

    async def _events(self) -> None:
        """Two events of every type, about things that are there and things that are gone."""
        stream = await self._connection.fetchval(
            "SELECT last_seq FROM tenant_streams WHERE tenant_id = $1", self._tenant_id
        )
        tables = {table for table in self._columns if "tenant_id" in self._columns[table]}
        customers = [row["id"] for row in await self._rows("customers")]
        codes = [code for code in sorted(CATALOGUE) for _ in range(2)]
        self._dice.shuffle(codes)
        for code in codes:
            stream += 1
            kind = CATALOGUE[code]
            body = {name: self._thin(thin) for name, thin in thin_fields(kind).items()}
            subjects = await self._subjects(kind.subject_type, tables)
            about = "customer_id" in body
            row = {
                "tenant_id": self._tenant_id, "id": new_id(), "seq": stream, "type": code,
                "version": kind.version, "recorded_at": self._dice.choice(TIMES), "occurred_at": self._dice.choice(TIMES),
                "actor_kind": self._dice.choice(("OWNER", "STAFF", "INTEGRATOR", "PUBLIC")),
                "actor_id": self._dice.choice((None, new_id())), "subject_type": kind.subject_type,
                "subject_id": self._dice.choice([*subjects, new_id()]),
                "customer_id": self._dice.choice([*customers, *customers, None]) if about else None, "body": body,
            }  # fmt: skip
            await self._insert("events", row)
        await self._connection.execute(
            "UPDATE tenant_streams SET last_seq = $2 WHERE tenant_id = $1", self._tenant_id, stream
        )

    async def _subjects(self, type_name: str, tables: set[str]) -> Sequence[UUID]:
        from tests.differential.reference.asking import TABLES

        table = TABLES.get(type_name)
        return [row["id"] for row in await self._rows(table)] if table in tables and table is not None else []

    def _thin(self, thin: Any) -> Any:
        if thin.nullable and self._dice.random() < 0.4:
            return None
        if thin.points_to is not None:
            return str(new_id())
        if thin.python_type is bool:
            return self._dice.random() < 0.5
        if issubclass(thin.python_type, str):
            return self._dice.choice(list(thin.python_type)).value
        if issubclass(thin.python_type, datetime):
            return self._dice.choice(TIMES).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        if issubclass(thin.python_type, date):
            return str(self._dice.choice(DAYS))
        return self._dice.randrange(1000)

    async def _search_terms(self) -> None:
        terms = ("t", "to", "王", "王小", "小明", "5678")
        for customer in await self._rows("customers"):
            for term in self._dice.sample(terms, 3):
                row = {"kind": "NAME", "term": term, "customer_id": customer["id"]}
                await self._insert("search_terms", {"tenant_id": self._tenant_id, "id": new_id(), **row})

    async def _families(self) -> None:
        """Two who are one, two merged into a third, and one merged into one who was merged, at times of which some tie."""
        people = [row["id"] for row in await self._rows("customers")]
        for heads in ((0, 1), (2, 3, 4), (5, 6, 7)):
            head, *merged = (people[place] for place in heads)
            ids = [head, *merged]
            await self._connection.execute("UPDATE customers SET family_id = $1 WHERE id = ANY($2)", head, ids)
            for place, one in enumerate(merged):
                into = merged[place - 1] if heads[0] == 5 and place else head
                await self._connection.execute(
                    "UPDATE customers SET merged_into = $1, merged_at = $2 WHERE id = $3",
                    into,
                    self._dice.choice(TIMES),
                    one,
                )

    async def _duplicate_keys(self) -> None:
        """What names, birthdays and numbers make of themselves, and a weak identity some were told of with."""
        numbers: dict[UUID, set[tuple[IdentityKind, str]]] = {}
        for row in await self._rows("identities"):
            numbers.setdefault(row["customer_id"], set()).add((IdentityKind(row["kind"]), row["tail"]))
        for customer in await self._rows("customers"):
            names = {(folded(customer["name"]), customer["birthday"])}
            keys = [*keys_of(names, numbers.get(customer["id"], ()))]
            keys += [f"SAME_UNIONID:{self._dice.choice('abc')}0"] if self._dice.random() < 0.5 else []
            for key in keys:
                row = {"customer_id": customer["id"], "kind": key.partition(":")[0], "key": key}
                await self._insert("duplicate_keys", {"tenant_id": self._tenant_id, "id": new_id(), **row})


_FACTS = ("consents", "case_stage_changes", "order_refunds")
"""Whose words lie in `fact_words`, which names no table."""
_UNIQUE_TEXTS = frozenset({"key", "fingerprint", "external_id", "email", "state", "tag", "code"})
_CODES_ABOVE = {"medium": "PHONE", "via": "RELATIONSHIP", "kind": "CustomerKind", "metric": "SATISFACTION"}
"""Codes no CHECK lists, with one that is always right."""
