"""Appends to the log. One statement: take the numbers, insert the events; so per tenant the order is commit order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast
from uuid import UUID

import orjson

from server.db.work import Work
from server.events.catalogue import Event

_APPEND = """
WITH counter AS (
  UPDATE tenant_streams SET last_seq = last_seq + $2 WHERE tenant_id = $1 RETURNING last_seq
), stored AS (
  INSERT INTO events (tenant_id, id, seq, type, version, recorded_at, occurred_at, actor_kind, actor_id,
                      subject_type, subject_id, customer_id, body)
  SELECT $1, e.id, counter.last_seq - $2 + e.ord, e.type, e.version, $10, e.occurred_at, $11, $12,
         e.subject_type, e.subject_id, e.customer_id, e.body::jsonb
  FROM counter, unnest($3::uuid[], $4::text[], $5::bigint[], $6::timestamptz[], $7::text[], $8::uuid[], $9::uuid[],
                       $13::text[])
       WITH ORDINALITY AS e (id, type, version, occurred_at, subject_type, subject_id, customer_id, body, ord)
)
SELECT last_seq FROM counter
"""


class EventLog:
    """The sink of every unit of work."""

    async def append(self, work: Work, emitted: Sequence[tuple[UUID, Event]]) -> int:
        """Number and store the events; answers the number of the last one.

        Locks the tenant's counter until COMMIT, so it must be the last statement of the act.
        """
        events = [event for _, event in emitted]
        last_seq = await work.raw.fetchval(
            _APPEND,
            work.tenant_id,
            len(events),
            [id for id, _ in emitted],
            [event.type for event in events],
            [event.version for event in events],
            [event.occurred_at or work.now for event in events],
            [event.subject_type for event in events],
            [event.subject_id for event in events],
            [event.about_customer for event in events],
            work.now,
            work.caller.kind.value,
            work.caller.principal_id,
            [orjson.dumps(event.body()).decode() for event in events],
        )
        if last_seq is None:
            raise LookupError("The tenant has no stream; nothing may be recorded for it.")
        return cast(int, last_seq)
