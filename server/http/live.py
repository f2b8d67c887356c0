"""What all transports of one application share while it runs: the gateway, the tracker, the limits and origin rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from server.deadlines import Deadlines
from server.http.cross_origin import CrossOrigin
from server.http.gateway import CallContext, Caller, Gateway, Prepared
from server.http.limits import Limits
from server.http.stopping import Tracker, going_away


class Live:
    """Filled by the lifespan: without a gateway nothing is served."""

    def __init__(self, limits: Limits, cross_origin: CrossOrigin) -> None:
        self.limits = limits
        self.cross_origin = cross_origin
        self.tracker = Tracker()
        self.bodies = Deadlines(limits.body_seconds)
        """Of request bodies that are on their way."""
        self.answers: Counter[int] = Counter()
        """How many answers `/graphql` gave, by status."""
        self.opened: Gateway | None = None

    @property
    def gateway(self) -> Gateway:
        if self.opened is None:
            raise going_away()
        return self.opened

    @asynccontextmanager
    async def following(self, prepared: Prepared, context: CallContext) -> AsyncIterator[AsyncIterator[bytes]]:
        """A subscription's results; its source is closed on the way out, wherever the reader stopped."""
        results = self.gateway.follow(prepared, context)
        try:
            yield results
        finally:
            close = getattr(results, "aclose", None)
            if close is not None:
                await close()


def seconds_left(caller: Caller) -> float | None:
    """How long the caller's credential still holds, None where it does not end by itself."""
    if caller.expires_at is None:
        return None
    return (caller.expires_at - datetime.now(UTC)).total_seconds()
