"""The unit of work: one business act in one transaction.

Services add and change rows and emit events; they never commit. Whoever opened the unit finishes it, in this order: rows,
payload, outcome, events (numbered as the last statement), commit. Events belong to the savepoint in which they were emitted
and die with it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import cache, lru_cache
from typing import Any, Protocol, TypeVar, cast
from uuid import UUID

import asyncpg
from sqlalchemy import ColumnElement, Select, bindparam, literal_column, select, update
from sqlmodel import SQLModel

from server.db.asking import Question
from server.db.lanes import Lanes
from server.db.statements import Statements, sql_of, table_of
from server.db.tables import TenantRow
from server.db.tenancy import Passage, Scope, pass_door
from server.db.turns import TurnTaken, insertion, missed
from server.errors import Conflict, DomainError, NotFound
from server.ids import new_id

Row = TypeVar("Row", bound=TenantRow)
Given = TypeVar("Given")
Answer = TypeVar("Answer")


class EventSink(Protocol):
    """Numbers and stores the events of a unit of work; the event log is one."""

    async def append(self, work: Work, events: Sequence[tuple[UUID, Any]]) -> int:
        """The sequence number of the last event. Runs as the last statement before COMMIT."""
        ...

    def numbering(self, work: Work, events: Sequence[tuple[UUID, Any]]) -> tuple[str, Sequence[Any]]:
        """The same as an expression over `door.t`, with parameters from $1 on, and its values."""
        ...

    def numbering_found(self, work: Work, events: Sequence[tuple[UUID, Any]]) -> tuple[str, Sequence[Any]]:
        """The same for events with unknown facts, which are columns of `found`. Raises MustAsk where that cannot be."""
        ...


class Work(Statements):
    """One act's transaction, bound to one tenant, seeing the whole of it.

    What the caller may see is narrower: every customer an input names passes `require_visible` (customers.visibility).
    """

    def __init__(self, raw: asyncpg.Connection, tenant_id: UUID, caller: Any, now: datetime) -> None:
        super().__init__(raw)
        self.tenant_id = tenant_id
        self.caller = caller
        self.now = now
        """The transaction's time. The process clock decides nothing."""
        self.emitted: list[tuple[UUID, Any]] = []
        """What has been emitted, each with the id it will be stored under."""
        self._pending: list[TenantRow] = []

    def add(self, row: Row) -> Row:
        """Insert a row, in the order of adding, before the next statement. Fills in the tenant and `recorded_at`."""
        row.tenant_id = self.tenant_id
        if _is_recorded(type(row)) and row.recorded_at is None:  # type: ignore[attr-defined]  # just asked for
            row.recorded_at = self.now
        self._pending.append(row)
        return row

    def emit(self, event: Any) -> None:
        """Record what happened; stored with the rows or not at all."""
        self.emitted.append((new_id(), event))

    @property
    def events(self) -> list[Any]:
        """What has been emitted so far, in order."""
        return [event for _, event in self.emitted]

    @property
    def has_begun(self) -> bool:
        """Whether a transaction has begun, so that locks hold."""
        return True

    @property
    def is_supposing(self) -> bool:
        """Whether the act goes by what is supposed, and its facts are not known yet."""
        return False

    async def begin(self) -> None:
        """Begin the transaction, where there is none yet."""

    async def ask(self, question: Question, **values: Any) -> list[asyncpg.Record]:
        """The answer to a question that takes no lock; each row has the time as `now`."""
        await self.flush()
        found = await self.raw.fetch(question.text, *question.values(values, Passage(self.tenant_id, None, Scope.ALL)))
        return cast(list[asyncpg.Record], found)

    async def ask_supposing(
        self, question: Question, supposed: Mapping[str, bool], **values: Any
    ) -> Sequence[Mapping[str, Any]]:
        """The same, where the answer is most probably what is `supposed`; see `db.supposing`."""
        return await self.ask(question, **values)

    @property
    def added(self) -> Sequence[TenantRow]:
        """The rows added and not yet inserted."""
        return self._pending

    async def flush(self) -> None:
        """Insert the rows added so far."""
        pending, self._pending = self._pending, []
        start = 0
        while start < len(pending):
            model = type(pending[start])
            end = start + 1
            while end < len(pending) and type(pending[end]) is model:
                end += 1
            await self._insert(model, pending[start:end])
            start = end

    async def fetch(self, statement: Any, **params: Any) -> list[asyncpg.Record]:
        await self.flush()
        return await super().fetch(statement, **params)

    async def fetch_one(self, statement: Any, **params: Any) -> asyncpg.Record | None:
        await self.flush()
        return await super().fetch_one(statement, **params)

    async def scalar(self, statement: Any, **params: Any) -> Any:
        await self.flush()
        return await super().scalar(statement, **params)

    async def execute(self, statement: Any, **params: Any) -> int:
        await self.flush()
        return await super().execute(statement, **params)

    async def execute_text(self, text: str, values: Sequence[Any]) -> str:
        await self.flush()
        return await super().execute_text(text, values)

    async def get(self, model: type[Row], id: UUID, *, lock: bool = False) -> Row | None:
        """The row of this tenant with this id; locked FOR UPDATE where the act will decide by what it reads."""
        record = await self.fetch_one(_by_id(model, lock), tenant=self.tenant_id, id=id)
        return None if record is None else row_of(model, record)

    async def require(self, model: type[Row], id: UUID | None, *field: str | int, lock: bool = False) -> Row:
        """Like `get`; raises NotFound on `field` where there is no such row."""
        row = None if id is None else await self.get(model, id, lock=lock)
        if row is None:
            raise NotFound(*field)
        return row

    async def rows(
        self,
        model: type[Row],
        *where: ColumnElement[bool],
        order_by: Sequence[ColumnElement[Any]] = (),
        limit: int | None = None,
        lock: bool = False,
    ) -> list[Row]:
        """The rows of this tenant that match; locked in id order where `lock` (so two acts cannot deadlock on them)."""
        table = table_of(model)
        statement: Select[Any] = select(table).where(table.c.tenant_id == self.tenant_id, *where)
        if lock:
            statement = statement.order_by(*order_by or (table.c.id,)).with_for_update()
        elif order_by:
            statement = statement.order_by(*order_by)
        if limit is not None:
            statement = statement.limit(limit)
        return [row_of(model, record) for record in await self.fetch(statement)]

    async def change(self, row: TenantRow, *, expected_version: int | None = None, **values: Any) -> None:
        """Write `values` to the row and to the object. Raises the row's `version`, where it has one.

        Raises Conflict on `expected_version` where the row has moved on, NotFound where it is gone.
        """
        model = type(row)
        names = tuple(sorted(values))
        text, parameters = _update(model, names)
        bound = {**values, "tenant_": self.tenant_id, "id_": row.id, "version_": expected_version}
        await self.flush()
        record = await self.raw.fetchrow(text, *(bound[name] for name in parameters))
        if record is None:
            current = await self.get(model, row.id)
            if current is None:
                raise NotFound("id")
            raise Conflict("expected_version", version=current.version)  # type: ignore[attr-defined]  # only versioned rows can miss
        for name, value in values.items():
            setattr(row, name, value)
        if "version" in model.model_fields:
            row.version = record["version"]

    async def remove(self, row: TenantRow) -> None:
        table = table_of(type(row))
        await self.execute(table.delete().where(table.c.tenant_id == self.tenant_id, table.c.id == row.id))

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """What happens inside is kept whole or undone whole, events included."""
        await self.flush()
        mark = len(self.emitted)
        async with self.raw.transaction():
            try:
                yield
                await self.flush()
            except BaseException:
                del self.emitted[mark:]
                self._pending.clear()
                raise

    async def one_by_one(
        self, given: Iterable[Given], act: Callable[[Given], Awaitable[Answer]]
    ) -> list[Answer | DomainError]:
        """Do the act for each, in order, every one in a savepoint of its own: a refused one leaves the others alone."""
        answers: list[Answer | DomainError] = []
        for one in given:
            try:
                async with self.savepoint():
                    answers.append(await act(one))
            except DomainError as refusal:
                answers.append(refusal)
        return answers

    async def _insert(self, model: type[TenantRow], rows: list[TenantRow]) -> None:
        text, names = insert_sql(model)
        values = [[getattr(row, name) for name in names] for row in rows]
        try:
            if len(values) == 1:
                await self.raw.execute(text, *values[0])
            else:
                await self.raw.executemany(text, values)
        except asyncpg.NotNullViolationError as fault:
            if missed(fault, [model]):
                raise TurnTaken from None
            raise


def row_of(model: type[Row], record: asyncpg.Record) -> Row:
    """A row object from a record that holds its columns."""
    return model(**{name: record[name] for name in model.model_fields})


@cache
def _is_recorded(model: type[SQLModel]) -> bool:
    return "recorded_at" in model.model_fields


@cache
def insert_sql(model: type[SQLModel]) -> tuple[str, list[str]]:
    """The insertion of one row, and its columns in the order of the parameters."""
    return sql_of(insertion(model))


@lru_cache(maxsize=2_000)
def _update(model: type[SQLModel], names: tuple[str, ...]) -> tuple[str, list[str]]:
    table = table_of(model)
    values: dict[str, Any] = {name: bindparam(name, type_=table.c[name].type) for name in names}
    statement = update(table).where(
        table.c.tenant_id == bindparam("tenant_", type_=table.c.tenant_id.type),
        table.c.id == bindparam("id_", type_=table.c.id.type),
    )
    if "version" in table.c:
        values["version"] = literal_column(f"{table.name}.version + 1")
        expected = bindparam("version_", type_=table.c.version.type)
        statement = statement.where((expected.is_(None)) | (table.c.version == expected)).returning(table.c.version)
    else:
        statement = statement.returning(table.c.id)
    return sql_of(statement.values(values))


@cache
def _by_id(model: type[SQLModel], lock: bool) -> Select[Any]:
    table = table_of(model)
    statement = select(table).where(table.c.tenant_id == bindparam("tenant"), table.c.id == bindparam("id"))
    return statement.with_for_update() if lock else statement


def whole_tenant(tenant_id: UUID, caller: Any, confirming: Passage | None) -> Passage:
    """How an act passes the door: the whole tenant in view, and the credential of `confirming`, if any, asked for."""
    if confirming is None:
        return Passage(tenant_id, getattr(caller, "staff_id", None), Scope.ALL)
    return confirming.of_whole_tenant


@asynccontextmanager
async def open_work(
    pool: Lanes, tenant_id: UUID, caller: Any, *, confirming: Passage | None = None
) -> AsyncIterator[Work]:
    """A transaction that has passed the door with the whole tenant in view. Commits unless an exception leaves it.

    Raises CredentialEnded where the credential of `confirming` no longer holds.
    """
    async with pool.acquire() as raw, raw.transaction():
        now = await pass_door(raw, whole_tenant(tenant_id, caller, confirming))
        work = Work(raw, tenant_id, caller, now)
        yield work
        await work.flush()


async def finish(work: Work, sink: EventSink) -> int | None:
    """Store the events of the act as its last statement; answers the number of the last one."""
    await work.flush()
    if not work.emitted:
        return None
    return await sink.append(work, work.emitted)
