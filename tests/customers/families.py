"""Merging as a client does it, and what the tables say of who is one with whom."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from server.access.caller import Caller
from server.ids import global_id
from tests.customers.clinic import Clinic

MERGE = """
mutation($input: MergeCustomersInput!) { mergeCustomers(input: $input) {
  userErrors { __typename code message field ... on IdentitiesDiffer { kinds } } cursor removedIds customer { id version }
} }
"""
UNMERGE = """
mutation($input: UnmergeCustomersInput!) { unmergeCustomers(input: $input) {
  userErrors { code message field } cursor customers { id }
} }
"""


def gid(customer_id: UUID) -> str:
    return global_id("Customer", customer_id)


async def act(clinic: Clinic, text: str, input: dict[str, Any], by: Caller | None = None) -> dict[str, Any]:
    body = await clinic.brand.world.ask(by or clinic.brand.owner, text, {"input": input})
    assert "errors" not in body, body
    [payload] = body["data"].values()
    return dict(payload)


async def merge(
    clinic: Clinic, customer: UUID, *duplicates: UUID, by: Caller | None = None, **more: Any
) -> dict[str, Any]:
    return await act(
        clinic, MERGE, {"customerId": gid(customer), "duplicateIds": [gid(one) for one in duplicates], **more}, by
    )


async def unmerge(clinic: Clinic, *customers: UUID, by: Caller | None = None) -> dict[str, Any]:
    return await act(clinic, UNMERGE, {"customerIds": [gid(one) for one in customers]}, by)


async def ask(clinic: Clinic, selection: str, by: Caller | None = None) -> Any:
    body = await clinic.brand.world.ask(by or clinic.brand.owner, f"{{ {selection} }}")
    assert "errors" not in body, body
    return body["data"]


TABLES = {
    "customers": "id, kind, name, home_store_id, stage_id, birthday, merged_into, merged_at, family_id, first_added_at",
    "identities": "id, customer_id, contact_id, kind, tail, merged_from",
    "relationships": "id, customer_id, staff_id, state, since, ended_at, version",
    "relationship_roles": "id, customer_id, relationship_id, role_id, until_at",
    "cases": "id, customer_id, stage_id, status, version",
    "touchpoints": "id, customer_id, staff_id",
    "trust_accounts": "id, customer_id, balance, ceiling, last_seq",
    "trust_entries": "id, customer_id, amount",
    "customer_access": "staff_id, customer_id, via",
    "customer_tags": "customer_id, tag",
    "search_terms": "customer_id, kind, term",
    "duplicate_keys": "customer_id, kind, key",
}


async def everything(clinic: Clinic) -> dict[str, list[tuple[Any, ...]]]:
    """What a merge may touch, but for versions and times of change of the customers themselves."""
    return {
        table: [
            tuple(row) for row in await clinic.fetch(f"SELECT {columns} FROM {table} ORDER BY {columns}")
        ]  # names of the test's own
        for table, columns in TABLES.items()
    }
