"""A unit of work without a transaction until it needs one: for acts that ask, decide and then add.

What such an act asked is one statement, and all it adds is another: rows, numbers and events, and the answer read from
the very row that was added. Where the facts are as it supposed, both are one (`db.supposing`). Under READ COMMITTED,
questions that take no lock are worth the same before BEGIN as behind it. Whatever else the act does (locks, changes,
savepoints, any other statement) begins an ordinary transaction first.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import lru_cache
from typing import Any, cast
from uuid import UUID

import asyncpg
from sqlalchemy import bindparam, literal_column, select, table, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import SQLModel

from server.db.asking import Question
from server.db.lanes import Lanes
from server.db.statements import renumbered, sql_of, table_of
from server.db.supposing import NOW, MustAsk, Supposition, Unknown
from server.db.tables import TenantRow
from server.db.tenancy import DOOR_TENANT_ID, Passage, pass_door, supposing_door, writing_door
from server.db.turns import TurnTaken, insertion, missed, takes_turns, turn_or_conflict
from server.db.work import EventSink, Work, whole_tenant
from server.errors import CredentialEnded

_NO_STREAM = "The tenant has no stream; nothing may be recorded for it."
MOST_ROWS = 4
"""Rows one statement adds; its text varies with them."""


class AtOnceWork(Work):
    """`now` is known from the first question on; it is the time of that question."""

    def __init__(self, connection: asyncpg.Connection, tenant_id: UUID, caller: Any, passage: Passage) -> None:
        self._connection = connection
        self._passage = passage
        self._transaction: Any = None
        self._known_now: datetime | None = None
        self._supposes = True
        self._supposition: Supposition | None = None
        self._answer: asyncpg.Record | None = None
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
        if self._supposition is not None:
            return cast(datetime, NOW)
        if self._known_now is None:
            raise LookupError("The time is not known before the first question.")
        return self._known_now

    @now.setter
    def now(self, time: datetime | None) -> None:
        self._known_now = time

    @property
    def has_begun(self) -> bool:
        return self._transaction is not None

    @property
    def is_supposing(self) -> bool:
        return self._supposition is not None

    def start_again(self) -> None:
        """Forget what the act did by what it supposed; from here on it is told the facts."""
        self._supposes, self._supposition = False, None
        self.emitted.clear()
        self._pending.clear()

    async def begin(self) -> None:
        if self._transaction is not None:
            return
        if self._supposition is not None:
            raise MustAsk
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
        if self._supposition is not None:
            raise MustAsk
        if self._transaction is not None or self.added:
            return await super().ask(question, **values)
        rows: list[asyncpg.Record] = await self._connection.fetch(
            question.text, *question.values(values, self._passage)
        )
        if not rows:
            raise CredentialEnded
        self._confirmed(rows[0]["now"])
        return rows

    async def ask_supposing(
        self, question: Question, supposed: Mapping[str, bool], **values: Any
    ) -> Sequence[Mapping[str, Any]]:
        if self._supposes and self._supposition is None and self._transaction is None and not self.added:
            self._supposition = Supposition(question, supposed, values)
            return [self._supposition.facts()]
        if self._answer is not None:
            found, self._answer = self._answer, None
            return [found]
        return await self.ask(question, **values)

    async def flush(self) -> None:
        if self._supposition is not None:
            raise MustAsk
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
        if self._supposition is not None:
            return await self._ask_and_store(self._supposition, log, reading)
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
            raise LookupError(_NO_STREAM)
        return record[0], record[1]

    async def _ask_and_store(
        self, supposition: Supposition, log: EventSink, reading: str | None
    ) -> tuple[int, str | None]:
        """Raises MustAsk where the facts, which are known then, are others than was supposed: nothing is stored."""
        question = supposition.question
        numbering, numbers = log.numbering_found(self, self.emitted)
        kinds, values = [], question.own_values(supposition.values)
        for row in self.added:
            model, held, unknown = type(row), row.__dict__, []
            for name in _columns(model):
                one = held[name]
                if type(one) is Unknown:
                    unknown.append((name, one.name))
                else:
                    values.append(one)
            kinds.append((model, tuple(unknown)))
        text = _supposing_text(question.asking, supposition.as_condition(), tuple(kinds), numbering, reading)
        try:
            record = await self._connection.fetchrow(text, *values, *numbers, *self._passage.values)
        except asyncpg.NotNullViolationError as fault:
            if missed(fault, [model for model, _ in kinds]):
                raise TurnTaken from None
            raise
        if record is None:
            raise CredentialEnded
        self._supposition = None
        self._confirmed(record["now"])
        if record["seq"] is None:
            if all(record[name] is value for name, value in supposition.supposed.items()):
                raise LookupError(_NO_STREAM)
            self._answer = record
            raise MustAsk
        return record["seq"], record["answer"]

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


@lru_cache(maxsize=500)
def _columns(model: type[SQLModel]) -> list[str]:
    """All but the tenant, which is the door's."""
    return [one.name for one in table_of(model).c if one.name != "tenant_id"]


_Kind = tuple[type[TenantRow], tuple[tuple[str, str], ...]]
"""A row to add: its model, and its columns that are columns of what is found, each with the other's name."""


@lru_cache(maxsize=500)
def _supposing_text(asking: str, condition: str, kinds: tuple[_Kind, ...], numbering: str, reading: str | None) -> str:
    used = _parameters(asking)
    parts = []
    for index, (model, unknown) in enumerate(kinds):
        insertion, names = _found_insertion(model, unknown, condition)
        parts.append(f"added{index} AS ({renumbered(insertion, used)})")
        used += len(names)
    read = "NULL::text" if reading is None else f"({reading})"
    # Turns are taken before the events are numbered, as above.
    turns = "".join(
        f", (SELECT count(*) FROM added{index}) AS turn{index}"
        for index, (model, _) in enumerate(kinds)
        if takes_turns(model)
    )
    answer = f"found.*, (SELECT {renumbered(numbering, used)} FROM added0{turns}) AS seq, {read} AS answer"
    return supposing_door(used + _parameters(numbering), asking, ", ".join(parts), answer)


def _found_insertion(
    model: type[TenantRow], unknown: tuple[tuple[str, str], ...], condition: str
) -> tuple[str, list[str]]:
    rows, found = table_of(model), dict(unknown)
    values: dict[str, Any] = {one.name: bindparam(one.name, type_=one.type) for one in rows.c}
    values |= {name: literal_column(f"found.{column}") for name, column in found.items()}
    values["tenant_id"] = literal_column(DOOR_TENANT_ID)
    chosen = select(*values.values()).select_from(table("found")).where(text(condition))
    adding = insert(rows).from_select(list(values), chosen, include_defaults=False)
    return sql_of(turn_or_conflict(model, adding).returning(*rows.c))


def _parameters(part: str) -> int:
    """How many placeholders a part of a statement has."""
    return max((int(found) for found in re.findall(r"\$(\d+)", part)), default=0)
