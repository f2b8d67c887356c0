"""What becomes of a promise, what would refuse it, and whether it was kept in time. Pure.

The acts and the list of available actions ask the same question here, so they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from server.errors import DomainError
from server.promises.errors import PromiseSettled
from server.promises.promise_terms import PromiseStatus


class PromiseAct(StrEnum):
    """An act that settles a promise; the value is the mutation's name."""

    KEEP = "keepPromise"
    BREAK = "breakPromise"
    RELEASE = "releasePromise"


LEADS_TO: Mapping[PromiseAct, PromiseStatus] = MappingProxyType(
    {
        PromiseAct.KEEP: PromiseStatus.KEPT,
        PromiseAct.BREAK: PromiseStatus.BROKEN,
        PromiseAct.RELEASE: PromiseStatus.RELEASED,
    }
)


def refusal(status: PromiseStatus) -> DomainError | None:
    """Why a promise that stands so is not settled; None where it may be, in each of the three ways."""
    if status is PromiseStatus.OPEN:
        return None
    return PromiseSettled("promise_id", status=status.value, status_zh=status.zh)


def kept_in_time(outcome: PromiseStatus, due_at: datetime | None, at: datetime) -> bool | None:
    """Whether it was kept by its time: the moment it is due is still in time. A broken one was not.

    None where nobody can say: it was released, or is open, or never had a time.
    """
    if due_at is None or outcome in (PromiseStatus.OPEN, PromiseStatus.RELEASED):
        return None
    return outcome is PromiseStatus.KEPT and at <= due_at
