"""The one door: the only place that tells PostgreSQL whose rows may be seen.

Every setting is local to its transaction; a session-level setting would be inherited by the next user of the connection.
A transaction that did not pass the door fails on its first touch of a tenant's table, it does not see an empty list.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import cast
from uuid import UUID

import asyncpg
from sqlalchemy import Text, Uuid, literal_column

from server.errors import CredentialEnded


class Scope(StrEnum):
    """Whether the transaction sees the whole tenant, or only customers opened to one staff member."""

    ALL = "ALL"
    STAFF = "STAFF"


Values = tuple[str, str, str, UUID | None, str]


@dataclass(frozen=True)
class Passage:
    """Who passes the door. `staff_id` is needed where the scope is STAFF.

    With a `credential`, the API key's id, the door opens only while that key still holds and gives the rights it gave
    when the caller was let in: `stamp` is what `CREDENTIAL_STAMP` said then, and rows that changed say something else.
    So a caller remembered from an earlier request costs no round trip of its own, and a key that is revoked opens
    nothing from the next statement on.
    """

    tenant_id: UUID
    staff_id: UUID | None
    scope: Scope
    credential: UUID | None = None
    stamp: str = ""

    @cached_property
    def values(self) -> Values:
        """As the door's parameters."""
        return str(self.tenant_id), str(self.staff_id or ""), self.scope.value, self.credential, self.stamp

    @cached_property
    def within(self) -> Passage:
        """The same passage for statements behind a door whose credential was confirmed."""
        return self if self.credential is None else replace(self, credential=None, stamp="")

    @cached_property
    def of_whole_tenant(self) -> Passage:
        """The same with the whole tenant in view, as acts have it."""
        return self if self.scope is Scope.ALL else replace(self, scope=Scope.ALL)


DOOR_TENANT = literal_column("door.t::uuid", Uuid)
"""The tenant inside a statement wrapped by `through_door`. A plan compares its root tables with it."""

DOOR_STAFF = literal_column("nullif(door.s, '')::uuid", Uuid)
"""Likewise the staff member by whose access the statement sees."""

DOOR_TAG = literal_column("right(door.t, 8)", Text)
"""`tenant_tag` inside a statement wrapped by `through_door`."""


def tenant_tag(tenant_id: UUID | None) -> str:
    """Tells cursors of one tenant's lists from another's. Not a secret: visibility never depends on it."""
    return str(tenant_id)[-8:]


CREDENTIAL_STAMP = "k.xmin::text || ':' || coalesce(s.xmin::text, '')"
"""Which version of its row a key was let in by, and of the row of the staff member it belongs to, if any.

A row that was changed since, in whatever it grants, has another version: the credential is then read anew.
"""

_HOLDS = """door.credential IS NULL OR door.stamp = (
  SELECT k.xmin::text || ':' || coalesce(
    (SELECT s.xmin::text FROM staff_members s WHERE s.tenant_id = k.tenant_id AND s.id = k.staff_id), '')
  FROM api_keys k WHERE k.tenant_id = door.t::uuid AND k.id = door.credential
    AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now()))"""

PASSAGE_VALUES = ("tenant_id", "staff_id", "scope", "credential", "stamp")
"""What a passage brings, in the order of the door's parameters."""


def _door(first: int) -> str:
    """The door as a common table expression; its parameters are numbered from `first` on."""
    tenant, staff, scope, credential, stamp = (f"${first + n}" for n in range(len(PASSAGE_VALUES)))
    return (
        f"WITH door AS MATERIALIZED (SELECT set_config('app.tenant_id', {tenant}, true) AS t,"
        f" set_config('app.staff_id', {staff}, true) AS s, set_config('app.scope', {scope}, true) AS c,"
        f" {credential}::uuid AS credential, {stamp}::text AS stamp)"
    )


_BIND = f"{_door(1)} SELECT now() FROM door WHERE {_HOLDS}"


async def pass_door(connection: asyncpg.Connection, passage: Passage) -> datetime:
    """Bind the running transaction to a tenant; answers the transaction's time.

    Raises TypeError before any SQL where there is no tenant, and CredentialEnded.
    """
    if not isinstance(passage.tenant_id, UUID):
        raise TypeError("A transaction needs a tenant.")
    now = await connection.fetchval(_BIND, *passage.values)
    if now is None:
        raise CredentialEnded
    return cast(datetime, now)


def through_door(select: str, parameters: int) -> str:
    """`select`, which uses `parameters` placeholders and `door.t`, as one statement that carries its own door.

    The values of the passage follow as the last parameters. There is no row where the credential has ended. OFFSET 0
    is a fence: without it the planner may evaluate a row-security policy before the settings it reads.
    """
    return f"{_door(parameters + 1)} SELECT x.* FROM door CROSS JOIN LATERAL ({select} OFFSET 0) x WHERE {_HOLDS}"


DOOR_TENANT_ID = "(SELECT door.t::uuid FROM door)"
"""The tenant in a part of such a statement that is no row beside the door."""


def writing_door(parameters: int, additions: str, select: str) -> str:
    """A statement that adds rows and answers `select`, which may read them, behind its own door.

    `additions` are common table expressions that take their tenant from `DOOR_TENANT_ID`, so that none of them can run,
    and no policy be evaluated, before the settings are made.
    """
    added = f", {additions}" if additions else ""
    return (
        f"{_door(parameters + 1)}{added} SELECT x.* FROM door CROSS JOIN LATERAL ({select} OFFSET 0) x WHERE {_HOLDS}"
    )


def supposing_door(parameters: int, asking: str, additions: str, select: str) -> str:
    """A statement that asks, adds rows by what it `found`, and answers both, behind its own door.

    Every addition reads `found`, and so none runs before the door has opened and the question was answered.
    """
    found = f"SELECT x.* FROM door CROSS JOIN LATERAL ({asking} OFFSET 0) x WHERE {_HOLDS}"
    return f"{_door(parameters + 1)}, found AS MATERIALIZED ({found}), {additions} SELECT {select} FROM found"


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
