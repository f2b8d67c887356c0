"""A unit of work without a transaction until it needs one: for acts that ask, decide and then add.

What such an act asked is one statement, and all it adds is another: rows, numbers and events, and the answer read from
the very row that was added. Under READ COMMITTED, questions that take no lock are worth the same before BEGIN as behind
it. Whatever else the act does (locks, changes, savepoints, any other statement) begins an ordinary transaction first.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import literal_column
from sqlmodel import SQLModel

from server.db.asking import Question
from server.db.lanes import Lanes
from server.db.statements import renumbered, sql_of, table_of
from server.db.tables import TenantRow
from server.db.tenancy import DOOR_TENANT_ID, Passage, pass_door, writing_door
from server.db.turns import TurnTaken, insertion, missed, takes_turns
from server.db.work import EventSink, Work, whole_tenant
from server.errors import CredentialEnded

MOST_ROWS = 4
"""Rows one statement adds; its text varies with them."""


class AtOnceWork(Work):
    """`now` is known from the first question on; it is the time of that question."""

    def __init__(self, connection: asyncpg.Connection, tenant_id: UUID, caller: Any, passage: Passage) -> None:
        self._connection = connection
        self._passage = passage
        self._transaction: Any = None
        self._known_now: datetime | None = None
        super().__init__(connection, tenant_id, caller, None)  # type: ignore[arg-type]  # not known before the first question

    @property
    def raw(self) -> asyncpg.Connection:
        if self._transaction is None:
            raise LookupError("No transaction has begun.")
        return self._connection

    @raw.setter
    def raw(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    @property
    def now(self) -> datetime:
        if self._known_now is None:
            raise LookupError("The time is not known before the first question.")
        return self._known_now

    @now.setter
    def now(self, time: datetime | None) -> None:
        self._known_now = time

    @property
    def has_begun(self) -> bool:
        return self._transaction is not None

    async def begin(self) -> None:
        if self._transaction is not None:
            return
        transaction = self._connection.transaction()
        await transaction.start()
        self._transaction = transaction
        time = await pass_door(self._connection, self._passage)
        self._confirmed(time)

    async def confirm(self) -> None:
        """Find out whether the credential holds, where no question has done so. Raises CredentialEnded."""
        if self._passage.credential is not None:
            await self.begin()

    async def ask(self, question: Question, **values: Any) -> list[asyncpg.Record]:
        if self._transaction is not None or self.added:
            return await super().ask(question, **values)
        rows: list[asyncpg.Record] = await self._connection.fetch(
            question.text, *question.values(values, self._passage)
        )
        if not rows:
            raise CredentialEnded
        self._confirmed(rows[0]["now"])
        return rows

    async def flush(self) -> None:
        await self.begin()
        await super().flush()

    def fits_one_statement(self) -> bool:
        """Whether all that happened are a few rows added and their events."""
        return self._transaction is None and bool(self.emitted) and len(self.added) <= MOST_ROWS

    async def store(self, log: EventSink, reading: str | None) -> tuple[int, str | None]:
        """Add the rows, number the events and read the answer in one statement, which commits itself.

        `reading` is a SELECT of one text, without parameters, from `added0`: the first row that is added. Raises
        TurnTaken.
        """
        rows = list(self.added)
        numbering, numbers = log.numbering(self, self.emitted)
        models = tuple(type(row) for row in rows)
        text = _text(models, numbering, len(numbers), reading)
        values = [getattr(row, name) for row in rows for name in _insertion(type(row))[1]]
        try:
            record = await self._connection.fetchrow(text, *values, *numbers, *self._passage.values)
        except asyncpg.NotNullViolationError as fault:
            if missed(fault, models):
                raise TurnTaken from None
            raise
        if record is None:
            raise CredentialEnded
        if record[0] is None:
            raise LookupError("The tenant has no stream; nothing may be recorded for it.")
        return record[0], record[1]

    async def close(self) -> None:
        if self._transaction is not None:
            await super().flush()
            await self._transaction.commit()

    async def abandon(self) -> None:
        if self._transaction is not None:
            await self._transaction.rollback()

    def _confirmed(self, time: datetime) -> None:
        self._passage = self._passage.within
        if self._known_now is None:
            self._known_now = time


@asynccontextmanager
async def open_at_once(
    pool: Lanes, tenant_id: UUID, caller: Any, *, confirming: Passage | None = None
) -> AsyncIterator[AtOnceWork]:
    """Like `open_work`, without a transaction so far. What has begun is committed unless an exception leaves it."""
    async with pool.acquire() as connection:
        work = AtOnceWork(connection, tenant_id, caller, whole_tenant(tenant_id, caller, confirming))
        try:
            yield work
        except BaseException:
            await work.abandon()
            raise
        await work.close()


@lru_cache(maxsize=500)
def _insertion(model: type[SQLModel]) -> tuple[str, list[str]]:
    """The insertion of one row of the door's tenant: reading the tenant from the door puts the door first."""
    statement = insertion(model, tenant_id=literal_column(DOOR_TENANT_ID))
    return sql_of(statement.returning(*table_of(model).c))


@lru_cache(maxsize=500)
def _text(models: tuple[type[TenantRow], ...], numbering: str, numbers: int, reading: str | None) -> str:
    parts, used = [], 0
    for index, model in enumerate(models):
        insertion, names = _insertion(model)
        parts.append(f"added{index} AS ({renumbered(insertion, used)})")
        used += len(names)
    numbered = renumbered(numbering, used)
    read = "NULL::text" if reading is None else f"({reading})"
    # Turns are taken before the events are numbered: whoever waits for a turn must not hold up the whole brand.
    turns = [f"(SELECT count(*) FROM added{index}) = 1" for index, model in enumerate(models) if takes_turns(model)]
    select = f"SELECT {numbered}, {read}" + (f" WHERE {' AND '.join(turns)}" if turns else "")
    return writing_door(used + numbers, ", ".join(parts), select)
