"""What the transports call: authenticate, prepare, run, follow."""

import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import asyncpg
import structlog

from server.access.caller import Caller
from server.access.keys import Credentials
from server.db.budget import WALKED_TOO_FAR
from server.errors import ErrorCode, RequestError
from server.planner import declarations as d
from server.planner.call import Call
from server.planner.completing import Data, Slot
from server.planner.executing import Execution, body
from server.planner.operations import Operations, Ready
from server.planner.reading import step
from server.schema.acts import Acts
from server.schema.deadlines import Deadlines
from server.schema.services import Services

_log = structlog.get_logger()
_CHECK_SECONDS = 1.0
"""How long a revoked credential may go on listening."""


class Gateway:
    """Runs operations of one schema against one installation."""

    def __init__(self, operations: Operations, services: Services) -> None:
        self.operations = operations
        self.services = services
        self._acts = Acts(services, operations.schema)
        self._credentials = Credentials(services.database)
        self.deadlines = Deadlines(services.settings.deadline_ms / 1000)

    async def authenticate(self, authorization: str | None) -> Caller:
        with _answering("authenticate"), self.deadlines.limit():
            return await self._credentials.authenticate(authorization)

    def recognise(self, authorization: str | None) -> Caller | None:
        return self._credentials.recognise(authorization)

    def prepare(self, query: str, operation_name: str | None, variables: dict[str, Any] | None, call: Call) -> Ready:
        return self.operations.prepare(query, operation_name, variables, call)

    async def run(self, ready: Ready, call: Call) -> bytes:
        """The JSON body of a query or mutation. Raises RequestError; everything else is a bug."""
        with _answering(call.request_id), self.deadlines.limit(act=ready.kind == "mutation"):
            if ready.kind == "mutation":
                return await self._acts.run(ready, call)
            execution = Execution(ready.plan, ready.evaluated, call, call.caller.passage)
            return await execution.query(
                self.services.database, self.operations.introspect(ready, call), ready.variables
            )

    async def follow(self, ready: Ready, call: Call) -> AsyncIterator[bytes]:
        """One JSON result per event. Ends with UNAUTHENTICATED when the credential is revoked or expires."""
        (root,) = ready.plan.selection.roots
        declaration = root.declaration
        assert isinstance(declaration, d.Stream)
        checked = time.monotonic()
        arguments = ready.evaluated.by_site.get(root.site, {})
        async for batch in declaration.function(call, **arguments):
            if not batch or time.monotonic() - checked > _CHECK_SECONDS:
                await self.services.database.confirm(call.caller.passage)
                checked = time.monotonic()
            for produced in batch:
                yield await self._result(ready, call, produced)

    async def _result(self, ready: Ready, call: Call, produced: Any) -> bytes:
        (root,) = ready.plan.selection.roots
        execution = Execution(ready.plan, ready.evaluated, call, call.caller.passage)
        data = Data({root.key: None})
        execution.completion.put(root, produced, Slot(data, root.key, None, step(root)[1]))
        with self.deadlines.limit():
            await execution.references(self.services.database)
        return body(data, execution.completion.errors)

    async def ready(self) -> Mapping[str, bool]:
        """Whether the database answers."""
        try:
            async with self.services.database.reads.acquire(timeout=2) as connection:
                await connection.fetchval("SELECT 1")
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return {"database": False}
        return {"database": True}


@contextmanager
def _answering(request_id: str) -> Iterator[None]:
    """What goes wrong between us and the database, as the caller should hear it."""
    try:
        yield
    except asyncpg.QueryCanceledError:
        raise RequestError(ErrorCode.TOO_COMPLEX, "The operation took too long and was stopped.") from None
    except RecursionError:
        raise RequestError(ErrorCode.TOO_COMPLEX, "The operation is nested too deeply.") from None
    except asyncpg.CharacterNotInRepertoireError:
        raise RequestError(ErrorCode.BAD_USER_INPUT, "Text must not contain U+0000.") from None
    except asyncpg.LockNotAvailableError:
        raise RequestError(
            ErrorCode.UNAVAILABLE, "Something else holds what this act needs; try again.", retryAfter=1
        ) from None
    except (OSError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.CannotConnectNowError):
        _log.warning("database.unavailable", request_id=request_id, exc_info=True)
        raise RequestError(ErrorCode.UNAVAILABLE, "The database does not answer; try again.", retryAfter=2) from None
    except asyncpg.PostgresError as fault:
        if fault.sqlstate != WALKED_TOO_FAR:
            raise
        raise RequestError(
            ErrorCode.TOO_COMPLEX,
            f"{fault}: too many rows would have to be looked through for what is asked here. Order by another field, narrow"
            " further (by time, a store or one of the staff), or search by more of the name.",
            argument="filter",
        ) from None
