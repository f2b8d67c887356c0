"""What somebody who takes a customer must know: read over the rooms, in the eyes of whoever asks.

One statement for any number of customers; of each customer no more than a few rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Integer, Select, func, literal_column, select, union_all

from server.customers.tables import ServiceNote
from server.db.reader import Reader
from server.db.statements import among, table_of
from server.feedback.kinds import ClockResult
from server.feedback.tables import Feedback
from server.promises.promise_terms import PromiseStatus
from server.promises.tables import Promise
from server.quotes.quote_terms import LIVE
from server.quotes.tables import Quote

LAST_NOTES = 5
AT_MOST = 20
"""Of each of the other matters."""

_feedback, _promises = table_of(Feedback), table_of(Promise)
_quotes, _notes = table_of(Quote), table_of(ServiceNote)
_Matter = tuple[FromClause, list[ColumnElement[bool]], list[ColumnElement[Any]], int]
"""Rows, which of them, in what order, and how many of a customer."""


class Context(NamedTuple):
    """Ids: of the feedback that waits for an answer and of the promises to be kept, the most urgent first; of the quotes
    the brand stands by, and of the last notes, newest first."""

    feedback: list[UUID]
    promises: list[UUID]
    quotes: list[UUID]
    notes: list[UUID]


async def contexts(reader: Reader, customer_ids: Iterable[UUID]) -> dict[UUID, Context]:
    """Of each of the customers. What the reader may not see of them is not there."""
    wanted = list(dict.fromkeys(customer_ids))
    waiting = _feedback.c.clock_result == ClockResult.RUNNING.value
    to_keep = _promises.c.status == PromiseStatus.OPEN.value
    stood_by = among(_quotes.c.status, [status.value for status in LIVE])
    valid = _quotes.c.valid_until > reader.now
    matters: list[_Matter] = [
        (_feedback, [waiting], [_feedback.c.due_at, _feedback.c.id], AT_MOST),
        (_promises, [to_keep], [_promises.c.due_at.nulls_last(), _promises.c.id], AT_MOST),
        (_quotes, [stood_by, valid], [_quotes.c.issued_at.desc(), _quotes.c.id.desc()], AT_MOST),
        (_notes, [], [_notes.c.occurred_at.desc(), _notes.c.id.desc()], LAST_NOTES),
    ]
    found = union_all(*(_first(reader, wanted, which, matter) for which, matter in enumerate(matters))).subquery()
    contexts = {one: Context([], [], [], []) for one in wanted}
    for which, customer_id, id, _ in await reader.fetch(select(found).order_by(found.c.which, found.c.place)):
        contexts[customer_id][which].append(id)
    return contexts


def _first(reader: Reader, customer_ids: Sequence[UUID], which: int, matter: _Matter) -> Select[Any]:
    """Of each customer the first of these rows, in order."""
    rows, where, order, at_most = matter
    place = func.row_number().over(partition_by=rows.c.customer_id, order_by=order)
    placed = (
        select(literal_column(str(which), Integer).label("which"), rows.c.customer_id, rows.c.id, place.label("place"))
        .where(rows.c.tenant_id == reader.tenant_id, among(rows.c.customer_id, customer_ids), *where)
        .subquery()
    )
    return select(placed).where(placed.c.place <= at_most)
