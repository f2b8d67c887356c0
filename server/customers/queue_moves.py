"""What can be done about a place in the assignment queue, and what would refuse it. Pure."""

from __future__ import annotations

from enum import StrEnum

from server.customers.errors import WaitsNoMore
from server.errors import DomainError
from server.operations.assignment_terms import QueueState


class QueueAct(StrEnum):
    """An act on whoever waits; the value is the mutation's name."""

    ASSIGN = "assignCustomer"


def refusal(state: QueueState) -> DomainError | None:
    """Why nothing is done about a place that stands so; None where it is."""
    if state is QueueState.WAITING:
        return None
    return WaitsNoMore("customer_id", state=state.value, state_zh=state.zh)
