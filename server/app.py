"""Assembly of the API: settings in, an ASGI application out. One of the few files that may import everything."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any

from server.access.caller import Caller
from server.config import Settings
from server.customers import sealing
from server.db import directory
from server.db.database import Database
from server.db.migrations import is_current
from server.events.following import Tailer
from server.events.log import EventLog
from server.http.application import Application, create_application
from server.http.gateway import CallContext, Figure, OperationRequest
from server.log import answering
from server.planner.call import Call
from server.planner.operations import Operations, Ready
from server.schema.assembly import build_schema
from server.schema.gateway import Gateway
from server.schema.services import Services
from server.secret import installation_secret


class Door:
    """The gateway as the transports know it."""

    def __init__(self, gateway: Gateway, dsn: str) -> None:
        self._gateway = gateway
        self._dsn = dsn
        self._development = gateway.services.settings.development

    async def authenticate(self, authorization: str | None) -> Caller:
        return await self._gateway.authenticate(authorization)

    def recognise(self, authorization: str | None) -> Caller | None:
        return self._gateway.recognise(authorization)

    def prepare(self, request: OperationRequest, context: CallContext) -> Ready:
        call = self._call(context)
        ready = self._gateway.prepare(request.query, request.operation_name, request.variables, call)
        if self._development and request.extensions is not None:
            ready.is_explained = request.extensions.get("explain") is True
        return ready

    async def run(self, prepared: Any, context: CallContext) -> bytes:
        call: Call = prepared.call
        answering.set((call.request_id, call.caller.tenant_id))
        body = await self._gateway.run(prepared)
        return self._gateway.operations.explained(prepared, body) if prepared.is_explained else body

    def follow(self, prepared: Any, context: CallContext) -> AsyncIterator[bytes]:
        return self._gateway.follow(prepared)

    def figures(self) -> Iterator[Figure]:
        operations, database = self._gateway.operations, self._gateway.services.database
        cache = operations.cache.figures
        for name, meaning, count in (
            ("plan_cache_hits", "Operations whose plan was there.", cache.hits),
            ("plan_cache_misses", "Operations that were parsed, validated and compiled.", cache.misses),
            ("plan_cache_evictions", "Compiled operations that were dropped.", cache.evictions),
            ("snapshots", "Reads that fell back from one statement to a snapshot of several.", database.snapshots),
            ("deadlines_missed", "Operations that were stopped at their deadline.", self._gateway.deadlines.missed),
        ):
            yield Figure(name, meaning, count, is_counter=True)
        yield Figure("plan_cache_operations", "Compiled operations that are kept.", len(operations.cache))
        yield Figure("plan_cache_bytes", "What they weigh, about.", cache.bytes)
        for pool, connections in (("reads", database.reads), ("acts", database.acts)):
            open_, idle = connections.get_size(), connections.get_idle_size()
            yield Figure("pool_connections", "Connections to PostgreSQL.", idle, {"pool": pool, "state": "idle"})
            yield Figure("pool_connections", "", open_ - idle, {"pool": pool, "state": "used"})
            yield Figure("pool_size", "Connections it may open.", connections.get_max_size(), {"pool": pool})

    async def ready(self) -> Mapping[str, bool]:
        found = dict(await self._gateway.ready())
        found["migrations"] = found["database"] and await is_current(self._dsn)
        return found

    def _call(self, context: CallContext) -> Call:
        return Call(
            caller=context.caller,
            locale=context.locale,
            request_id=context.request_id,
            idempotency_key=context.idempotency_key,
            read_only_transport=context.read_only_transport,
            services=self._gateway.services,
        )


@asynccontextmanager
async def open_gateway(settings: Settings, dsn: str) -> AsyncIterator[Gateway]:
    """Everything an operation needs, opened in order and closed in reverse."""
    sealing.install(installation_secret(settings))
    async with AsyncExitStack() as stack:
        database = await Database.open(dsn, settings)
        stack.push_async_callback(database.close)
        tailer = Tailer(database)
        await stack.enter_async_context(tailer.running())
        async with database.reads.acquire() as connection:
            epoch = await directory.epoch(connection)
        services = Services(settings, database, EventLog(), tailer, epoch)
        operations = Operations(
            build_schema(),
            max_cost=settings.max_cost,
            open_introspection=settings.development,
            max_cache_bytes=settings.plan_cache_mb << 20,
        )
        gateway = Gateway(operations, services)
        # Schema, declarations and tables stay as long as the process: the collector need not walk them again, which takes
        # a tenth of a second of everybody's time.
        gc.collect()
        gc.freeze()
        try:
            yield gateway
        finally:
            gc.unfreeze()


def create_app(settings: Settings, dsn: str) -> Application:
    """The ASGI application over the database at `dsn`, whose migrations have been run."""

    @asynccontextmanager
    async def factory() -> AsyncIterator[Door]:
        async with open_gateway(settings, dsn) as gateway:
            yield Door(gateway, dsn)

    made: Callable[[], AbstractAsyncContextManager[Door]] = factory
    return create_application(made, settings, allowed_origins=settings.origins)
