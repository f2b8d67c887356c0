"""Appends to the log. One statement: take the numbers, insert the events; so per tenant the order is commit order."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, cast
from uuid import UUID

import orjson

from server.db.supposing import NOW, MustAsk, Unknown
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

    def numbering_found(self, work: Work, events: Sequence[tuple[UUID, Event]]) -> tuple[str, Sequence[Any]]:
        """The same for events of which some facts are only found by the statement that stores them."""
        values: list[Any] = [work.caller.kind.value, work.caller.principal_id]
        unknown = []
        for id, event in events:
            occurred: Any = event.occurred_at
            if occurred is not None and occurred is not NOW:
                raise MustAsk
            known = event.body()
            found = [(name, fact.name) for name, fact in known.items() if type(fact) is Unknown]
            for name, _ in found:
                del known[name]
            unknown.append(tuple(found))
            values += (id, event.type, event.version, event.subject_type, event.subject_id, event.about_customer)
            values.append(orjson.dumps(known).decode())
        return _numbering_found(tuple(unknown)), values


@lru_cache(maxsize=200)
def _numbering_found(unknown: tuple[tuple[tuple[str, str], ...], ...]) -> str:
    """For so many events. What each does not know of its body are columns of `found`: ids, each under its name there."""
    columns: list[list[str]] = [[] for _ in range(8)]
    for place, facts in enumerate(unknown):
        if any(column == NOW.name for _, column in facts):
            raise MustAsk  # a time would be written otherwise than the catalogue does
        id, type_, version, subject_type, subject, customer, body = (f"${3 + 7 * place + n}" for n in range(7))
        known = f"{body}::text"
        if facts:
            found = ", ".join(f"'{name}', found.{column}" for name, column in facts)
            known = f"({known}::jsonb || jsonb_build_object({found}))::text"
        row = (
            f"{id}::uuid", f"{type_}::text", f"{version}::bigint", "found.now", f"{subject_type}::text",
            f"{subject}::uuid", f"{customer}::uuid", known,
        )  # fmt: skip
        for column, one in zip(columns, row, strict=True):
            column.append(one)
    told = ", ".join(f"ARRAY[{', '.join(column)}]" for column in columns)
    return f"platform.append_events((SELECT door.t::uuid FROM door), {told}, found.now, $1, $2)"  # noqa: S608  # composed of names of the catalogue and of questions
