"""What the end of a promise does to the customer's trust: kept is a deposit, late and broken are withdrawals.

A promise to everyone is kept or broken towards nobody in particular, and moves no account. One that was released moves none.
"""

from __future__ import annotations

from datetime import timedelta

from server.db.work import Work
from server.promises.promise_terms import PromiseStatus
from server.promises.tables import Promise
from server.trust.entries import Cause, post
from server.trust.entry_terms import CauseType
from server.trust.reasons import TrustReason

EARLY = timedelta(hours=24)
"""Kept at least so long before its time."""


async def settle_trust(work: Work, promise: Promise) -> None:
    """Post what the promise's end is worth. The promise is held, and settled."""
    reason = reason_of(promise)
    if promise.customer_id is not None and reason is not None:
        await post(
            work,
            promise.customer_id,
            reason,
            Cause(CauseType.PROMISE, promise.id, occurred_at=promise.settled_at),
        )


def reason_of(promise: Promise) -> TrustReason | None:
    """Pure: by how it ended, and when."""
    match PromiseStatus(promise.status):
        case PromiseStatus.BROKEN:
            return TrustReason.PROMISE_BROKEN
        case PromiseStatus.KEPT if promise.kept_in_time is False:
            return TrustReason.PROMISE_LATE
        case PromiseStatus.KEPT:
            assert promise.settled_at is not None
            early = promise.due_at is not None and promise.settled_at <= promise.due_at - EARLY
            return TrustReason.PROMISE_KEPT_EARLY if early else TrustReason.PROMISE_KEPT
    return None
