"""Whole tables as the owner of the database reads them, and who may see which row, in plain Python.

Nothing here asks the database to decide: every row of every tenant is read, and the rules of tenancy and data scope are
written out a second time. A new table about customers belongs into `ABOUT_A_CUSTOMER`; a test compares the list with the
tables there are.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg

Row = dict[str, Any]

ABOUT_A_CUSTOMER = frozenset(
    {
        "assignment_queue", "contacts", "identities", "relationships", "relationship_roles", "customer_tags", "customer_needs", "subjects",
        "cases", "case_stage_changes", "service_notes", "consents", "fact_words", "contact_preferences", "search_terms",
        "feedback", "feedback_clocks", "feedback_moves", "touchpoints", "touchpoint_outcomes", "trust_accounts",
        "trust_entries", "trust_notes", "wow_moments", "shares", "referral_codes", "referrals", "due_wow_moments",
        "quotes", "quote_lines", "quote_guarantees",
        "quote_conflicts", "events", "orders", "order_lines", "order_refunds",
        "appointments", "appointment_times", "promises", "work_items",
        "attention_overrides", "boundary_overrides", "contact_reservations", "handoffs", "duplicate_keys", "group_memberships",
        "rewards", "improvement_links",
    }
)  # fmt: skip
"""Tables whose column `customer_id` decides who sees a row."""


class Rows:
    """Every row of every tenant, by table."""

    def __init__(self, tables: dict[str, list[Row]]) -> None:
        self._by_tenant: dict[tuple[str, UUID], list[Row]] = {}
        self._by_id: dict[tuple[str, UUID, UUID], Row] = {}
        self.tables = tables
        for name, rows in tables.items():
            for row in rows:
                self._by_tenant.setdefault((name, row["tenant_id"]), []).append(row)
                if "id" in row:
                    self._by_id[name, row["tenant_id"], row["id"]] = row

    @classmethod
    async def read(cls, dsn: str) -> Rows:
        """`dsn` is of a superuser, whom row security does not concern."""
        connection = await asyncpg.connect(dsn)
        try:
            await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=json.dumps, decoder=json.loads)
            async with connection.transaction(isolation="repeatable_read"):
                names = await connection.fetch(
                    "SELECT table_name FROM information_schema.columns "
                    "WHERE table_schema = 'public' AND column_name = 'tenant_id' ORDER BY 1"
                )
                return cls(
                    {
                        name["table_name"]: [
                            dict(row) for row in await connection.fetch(f'SELECT * FROM "{name["table_name"]}"')
                        ]
                        for name in names
                    }
                )
        finally:
            await connection.close()

    def of(self, table: str, tenant_id: UUID) -> list[Row]:
        return self._by_tenant.get((table, tenant_id), [])

    def with_id(self, table: str, tenant_id: UUID, id: UUID) -> Row | None:
        return self._by_id.get((table, tenant_id, id))


@dataclass
class Eyes:
    """What one caller sees. `staff_id` None with `everything`: owners and programs."""

    rows: Rows
    tenant_id: UUID
    staff_id: UUID | None
    everything: bool
    _seen: dict[str, list[Row]] = field(default_factory=dict)

    def all(self, table: str) -> list[Row]:
        """The rows of the table this caller sees, in no order."""
        seen = self._seen.get(table)
        if seen is None:
            seen = self._seen[table] = [row for row in self.rows.of(table, self.tenant_id) if self.sees(table, row)]
        return seen

    def where(self, table: str, **equal: Any) -> list[Row]:
        return [row for row in self.all(table) if all(row[name] == value for name, value in equal.items())]

    def kin(self, customer_id: UUID | None) -> set[UUID | None]:
        """The ids of the customers seen that are one with this one, its own among them."""
        named = self.find("customers", customer_id)
        if named is None or named["family_id"] is None:
            return {customer_id}
        return {customer_id, *(one["id"] for one in self.where("customers", family_id=named["family_id"]))}

    def about(self, table: str, customer_id: UUID | None, **equal: Any) -> list[Row]:
        """The rows about the customer and whoever is one with them."""
        people = self.kin(customer_id)
        return [row for row in self.where(table, **equal) if row["customer_id"] in people]

    def find(self, table: str, id: UUID | None) -> Row | None:
        """The row with this id, if there is one and this caller sees it."""
        row = None if id is None else self.rows.with_id(table, self.tenant_id, id)
        return row if row is not None and self.sees(table, row) else None

    def sees(self, table: str, row: Row) -> bool:
        if row["tenant_id"] != self.tenant_id:
            return False
        if self.everything or (table != "customers" and table not in ABOUT_A_CUSTOMER):
            return True
        customer_id = row["id"] if table == "customers" else row["customer_id"]
        if customer_id is not None:
            return customer_id in self._customers
        rule = _WITHOUT_A_CUSTOMER.get(table)
        return rule is not None and rule(self, row)

    @property
    def _customers(self) -> set[UUID]:
        found = self._seen.get("")
        if found is None:
            own = self.rows.of("customer_access", self.tenant_id)
            found = self._seen[""] = [row for row in own if row["staff_id"] == self.staff_id]
        return {row["customer_id"] for row in found}

    def _placements_now(self) -> Iterator[Row]:
        for row in self.rows.of("placements", self.tenant_id):
            if row["staff_id"] == self.staff_id and row["until_at"] is None:
                yield row

    def _stores_from(self, store_id: UUID) -> set[UUID]:
        below = self.rows.of("store_ancestors", self.tenant_id)
        return {row["store_id"] for row in below if row["ancestor_id"] == store_id}


def _hears(eyes: Eyes, voice: Row) -> bool:
    """A voice of nobody known: for who heard it, who is placed at or above its store, who answers it from everywhere."""
    if voice["staff_id"] is not None and voice["staff_id"] == eyes.staff_id:
        return True
    for placement in eyes._placements_now():
        if placement["store_id"] is not None:
            if voice["store_id"] in eyes._stores_from(placement["store_id"]):
                return True
        elif any(placement[unit] is not None and placement[unit] == voice[unit] for unit in ("role_id", "group_id")):
            return True
    return False


def _with_its_feedback(eyes: Eyes, row: Row) -> bool:
    return eyes.find("feedback", row["feedback_id"]) is not None


def _is_for(eyes: Eyes, item: Row) -> bool:
    """Something to do about nobody known: for whose it is, and else for whom a voice would be for."""
    return _hears(eyes, {**item, "staff_id": item["assignee_id"]})


def _event_about_nobody(eyes: Eyes, row: Row) -> bool:
    if row["subject_type"] not in ("Feedback", "WorkItem"):
        return True
    return any(eyes.find(table, row["subject_id"]) is not None for table in ("feedback", "work_items"))


_WITHOUT_A_CUSTOMER: dict[str, Callable[[Eyes, Row], bool]] = {
    "feedback": _hears,
    "feedback_clocks": _with_its_feedback,
    "feedback_moves": _with_its_feedback,
    "improvement_links": _with_its_feedback,
    "work_items": _is_for,
    "events": _event_about_nobody,
    "promises": lambda eyes, row: True,  # what was promised to everyone
}
