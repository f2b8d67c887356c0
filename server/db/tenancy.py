"""The one door: the only place that tells PostgreSQL whose rows may be seen.

Every setting is local to its transaction; a session-level setting would be inherited by the next user of the connection.
A transaction that did not pass the door fails on its first touch of a tenant's table, it does not see an empty list.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, cast
from uuid import UUID

import asyncpg
from sqlalchemy import Uuid, literal_column


class Scope(StrEnum):
    """Whether the transaction sees the whole tenant, or only customers opened to one staff member."""

    ALL = "ALL"
    STAFF = "STAFF"


class Passage(NamedTuple):
    """Who passes the door. `staff_id` is needed where the scope is STAFF."""

    tenant_id: UUID
    staff_id: UUID | None
    scope: Scope

    def values(self) -> tuple[str, str, str]:
        return str(self.tenant_id), str(self.staff_id or ""), self.scope.value


DOOR_TENANT = literal_column("door.t::uuid", Uuid)
"""The tenant inside a statement wrapped by `through_door`. A plan compares its root tables with it."""

DOOR_STAFF = literal_column("nullif(door.s, '')::uuid", Uuid)
"""Likewise the staff member by whose access the statement sees."""

_BIND = (
    "SELECT set_config('app.tenant_id', $1, true), set_config('app.staff_id', $2, true),"
    " set_config('app.scope', $3, true), now()"
)


async def pass_door(connection: asyncpg.Connection, passage: Passage) -> datetime:
    """Bind the running transaction to a tenant; answers the transaction's time.

    Raises TypeError before any SQL where there is no tenant.
    """
    if not isinstance(passage.tenant_id, UUID):
        raise TypeError("A transaction needs a tenant.")
    row = await connection.fetchrow(_BIND, *passage.values())
    return cast(datetime, row[3])


def through_door(select: str, parameters: int) -> str:
    """`select`, which uses `parameters` placeholders and `door.t`, as one statement that carries its own door.

    The three values of the passage follow as the last parameters. OFFSET 0 is a fence: without it the planner may
    evaluate a row-security policy before the settings it reads.
    """
    tenant, staff, scope = (f"${parameters + n}" for n in (1, 2, 3))
    return (
        f"WITH door AS MATERIALIZED (SELECT set_config('app.tenant_id', {tenant}, true) AS t,"
        f" set_config('app.staff_id', {staff}, true) AS s, set_config('app.scope', {scope}, true) AS c)"
        f" SELECT x.* FROM door CROSS JOIN LATERAL ({select} OFFSET 0) x"
    )


STREAM_POSITIONS = """
CREATE FUNCTION platform.stream_positions(wanted uuid[]) RETURNS TABLE (tenant_id uuid, last_seq bigint)
LANGUAGE plpgsql AS $$
DECLARE one uuid;
BEGIN
  FOREACH one IN ARRAY wanted LOOP
    PERFORM set_config('app.tenant_id', one::text, true);
    RETURN QUERY SELECT s.tenant_id, s.last_seq FROM public.tenant_streams s WHERE s.tenant_id = one;
  END LOOP;
END $$"""
"""Passes the door of each tenant in turn, so that one round trip polls every followed tenant. Runs with the caller's rights."""
