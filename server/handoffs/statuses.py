"""How far a handoff has come, what may be done to it, and how long it may wait. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType

from server.errors import DomainError
from server.handoffs.errors import HandoffAnswered, NotAsked, NotYours
from server.operations.purposes import Purpose, PurposeClass
from server.terms import Term


class HandoffStatus(Term):
    """How far it has come."""

    REQUESTED = "REQUESTED", "Requested", "待接"
    ACCEPTED = "ACCEPTED", "Accepted", "已接"
    DECLINED = "DECLINED", "Declined", "已拒"
    ESCALATED = (
        "ESCALATED",
        "Escalated",
        "已升级",
        "Nobody answered in time: who answers for the store or group is asked.",
    )
    CANCELLED = "CANCELLED", "Cancelled", "已撤回"

    @property
    def is_open(self) -> bool:
        return self in OPEN


OPEN = frozenset({HandoffStatus.REQUESTED, HandoffStatus.ESCALATED})

_HOURS: Mapping[PurposeClass, int] = MappingProxyType(
    {PurposeClass.SERVICE: 2, PurposeClass.TRANSACTION: 4, PurposeClass.CARE: 4, PurposeClass.LEGAL: 2}
)
_OTHERWISE_HOURS = 24
LONGEST = timedelta(days=30)


def answer_within(purpose: Purpose | None) -> timedelta:
    """How long a handoff may wait for an answer where nobody says otherwise: a customer who waits, less."""
    return timedelta(hours=_OTHERWISE_HOURS if purpose is None else _HOURS.get(purpose.purpose_class, _OTHERWISE_HOURS))


class HandoffAct(StrEnum):
    """What can be done to a handoff; the value is the mutation's name."""

    ACCEPT = "acceptHandoff"
    DECLINE = "declineHandoff"
    CANCEL = "cancelHandoff"


def refusal(act: HandoffAct, status: HandoffStatus, *, is_asked: bool, is_asker: bool) -> DomainError | None:
    """Why the act is refused; None where it is not. Whoever speaks for the brand is both asked and asker."""
    if not status.is_open:
        return HandoffAnswered("handoff_id", status=status)
    if act is HandoffAct.CANCEL:
        return None if is_asker else NotYours("handoff_id")
    return None if is_asked else NotAsked("handoff_id")
