"""What a rating is of: something that was served to this customer, and it is rated once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from server.customers import visibility
from server.db.work import Work
from server.errors import Invalid, NotFound
from server.feedback import served
from server.feedback.commands import RateService
from server.feedback.errors import NothingServed, RatedAlready
from server.feedback.kinds import RatedKind
from server.feedback.tables import Feedback


@dataclass(frozen=True, slots=True)
class Rated:
    """A thing that may be rated."""

    kind: RatedKind
    id: UUID


async def rated(work: Work, command: RateService) -> Rated:
    """What the command rates: what it names, else what was served last and has not been rated.

    Holds the customer's row, so that two ratings of the same thing come one after the other.
    Raises Invalid without a customer, NotFound for what is another customer's, NothingServed, RatedAlready.
    """
    if command.customer_id is None:
        raise Invalid(
            "customer_id",
            why="who rates must have been served, so the customer is needed",
            why_zh="评价须来自接受过服务的客户，请填写客户",
        )
    await visibility.require_visible(work, command.customer_id, "customer_id")
    await served.hold_customer(work, command.customer_id)
    named = _named(command)
    if named is None:
        found = await served.latest_unrated(work, command.customer_id)
        if found is None:
            raise NothingServed("customer_id")
        return Rated(*found)
    kind, id, field = named
    there = await served.is_served(work, kind, command.customer_id, id)
    if there is None:
        raise NotFound(field)
    if not there:
        raise NothingServed(field)
    if await served.is_rated(work, id):
        raise RatedAlready(field)
    return Rated(kind, id)


def pointers(feedback: Feedback) -> dict[str, Any]:
    """What the event of a feedback says of the thing rated: the one it is, and that it is none of the others."""
    return {name: feedback.rated_id if feedback.rated_type == kind else None for kind, name in _POINTERS.items()}


_POINTERS = {
    RatedKind.ORDER: "order_id",
    RatedKind.APPOINTMENT: "appointment_id",
    RatedKind.CASE: "rated_case_id",
    RatedKind.FEEDBACK: "rated_feedback_id",
}


def _named(command: RateService) -> tuple[RatedKind, UUID, str] | None:
    for kind, id, field in (
        (RatedKind.FEEDBACK, command.feedback_id, "feedback_id"),
        (RatedKind.APPOINTMENT, command.appointment_id, "appointment_id"),
        (RatedKind.ORDER, command.order_id, "order_id"),
        (RatedKind.CASE, command.case_id, "case_id"),
    ):
        if id is not None:
            return kind, id, field
    return None
