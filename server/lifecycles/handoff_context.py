"""What somebody who takes a customer must know: read over the rooms, in the eyes of whoever asks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, select

from server.customers.tables import ServiceNote
from server.db.reader import Reader
from server.db.statements import among, table_of
from server.feedback.kinds import ClockResult
from server.feedback.tables import Feedback

LAST_NOTES = 5
MOST_FEEDBACK = 20

_feedback, _notes = table_of(Feedback), table_of(ServiceNote)


class Context(NamedTuple):
    """Ids: of the feedback that waits for an answer, the most urgent first; of the last notes, newest first."""

    feedback: list[UUID]
    notes: list[UUID]


async def contexts(reader: Reader, customer_ids: Iterable[UUID]) -> dict[UUID, Context]:
    """Of each of the customers. What the reader may not see of them is not there."""
    wanted = list(dict.fromkeys(customer_ids))
    found = {one: Context([], []) for one in wanted}
    place = func.row_number().over(partition_by=_feedback.c.customer_id, order_by=[_feedback.c.due_at, _feedback.c.id])
    waiting = (
        select(_feedback.c.customer_id, _feedback.c.id, place.label("place"))
        .where(
            _feedback.c.tenant_id == reader.tenant_id,
            among(_feedback.c.customer_id, wanted),
            _feedback.c.clock_result == ClockResult.RUNNING.value,
        )
        .subquery()
    )
    for customer_id, id, _ in await reader.fetch(
        select(waiting).where(waiting.c.place <= MOST_FEEDBACK).order_by(waiting.c.place)
    ):
        found[customer_id].feedback.append(id)
    place = func.row_number().over(
        partition_by=_notes.c.customer_id, order_by=[_notes.c.occurred_at.desc(), _notes.c.id.desc()]
    )
    last = (
        select(_notes.c.customer_id, _notes.c.id, place.label("place"))
        .where(_notes.c.tenant_id == reader.tenant_id, among(_notes.c.customer_id, wanted))
        .subquery()
    )
    for customer_id, id, _ in await reader.fetch(select(last).where(last.c.place <= LAST_NOTES).order_by(last.c.place)):
        found[customer_id].notes.append(id)
    return found
