"""Appends to the log. One statement: take the numbers, insert the events; so per tenant the order is commit order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

import orjson

from server.db.work import Work
from server.events.catalogue import Event

_NUMBERING = "platform.append_events(door.t::uuid, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
"""Made by a migration: takes the numbers, inserts the events. One call with the tenant of the door, so the door comes first."""
_APPEND = f"SELECT {_NUMBERING} FROM (SELECT $12::uuid AS t) door"  # noqa: S608  # composed of constants alone


class EventLog:
    """The sink of every unit of work."""

    async def append(self, work: Work, emitted: Sequence[tuple[UUID, Event]]) -> int:
        """Number and store the events; answers the number of the last one.

        Locks the tenant's counter until COMMIT, so it must be the last statement of the act.
        """
        _, values = self.numbering(work, emitted)
        last_seq = await work.raw.fetchval(_APPEND, *values, work.tenant_id)
        if last_seq is None:
            raise LookupError("The tenant has no stream; nothing may be recorded for it.")
        return cast(int, last_seq)

    def numbering(self, work: Work, events: Sequence[tuple[UUID, Event]]) -> tuple[str, Sequence[Any]]:
        """The same as an expression behind the door of a statement: its text and values."""
        told = [event for _, event in events]
        return _NUMBERING, (
            [id for id, _ in events],
            [event.type for event in told],
            [event.version for event in told],
            [event.occurred_at or work.now for event in told],
            [event.subject_type for event in told],
            [event.subject_id for event in told],
            [event.about_customer for event in told],
            [orjson.dumps(event.body()).decode() for event in told],
            work.now,
            work.caller.kind.value,
            work.caller.principal_id,
        )
