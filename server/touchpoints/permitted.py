"""Whether a contact may be recorded or reserved: the customer is the caller's to name, the rest is there, what we do lies
within our boundary, and the customer welcomes it.

One question tells all of that (`queries.known`); what comes of it is decided here, and nothing is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from server.customers import boundary
from server.customers.capacities import Acting, of_record
from server.db.work import Work
from server.operations.purposes import Purpose, PurposeClass
from server.touchpoints.attention import leave
from server.touchpoints.attention.facts import Contact
from server.touchpoints.attention.leave import Leave
from server.touchpoints.circumstances import CLOCK_TOLERANCE, Capacity, judged, time_of_fact
from server.touchpoints.commands import RecordTouchpoint, ReserveContact
from server.touchpoints.errors import OutcomeNotObservable
from server.touchpoints.media import Medium
from server.touchpoints.outcomes import Direction, Outcome
from server.touchpoints.queries import Named

TOLD_BY_PEOPLE = frozenset({Outcome.MISLED, Outcome.COMPLAINED})
"""Outcomes that no medium observes: the customer says so, or a manager does."""

Recorded = RecordTouchpoint
"""What is said of a contact that was made; who acts on it asks whether the customer is visible."""

Told = RecordTouchpoint | ReserveContact
"""What is said of a contact that was made, or is about to be."""

FREE = Leave(units=0)
"""Of a contact that the customer made, or by which they are answered."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """A contact that may be recorded: as told, what is known of what it names, in what capacity it was made."""

    command: RecordTouchpoint
    named: Named
    found: Mapping[str, Any]
    acted: Capacity
    override: boundary.Override | None
    leave: Leave
    reservation_id: UUID | None = None
    """The reservation it was made from, if any."""

    @property
    def contact(self) -> Contact:
        return contact_of(self.command)


def named(work: Work, command: Recorded) -> Named:
    outbound = command.direction is Direction.OUTBOUND
    return Named(
        customer_id=command.customer_id,
        staff_id=command.staff_id or work.caller.staff_id,
        case_id=command.case_id,
        store_id=command.store_id,
        item_id=command.item_id,
        at=command.occurred_at,
        purpose=command.purpose,
        medium=command.medium,
        contact_id=command.contact_id,
        content_id=command.content_id,
        campaign_id=command.campaign_id,
        group_chat_id=command.group_chat_id,
        tag=command.tag,
        weighs=outbound and command.medium.traits.unit > 0,
        asks=outbound,
    )


def may_be_calm(named: Named) -> bool:
    """Whether what is asked of this contact can be supposed: it is not weighed, or by little (`questions.calm`)."""
    if not named.asks or named.purpose is None or named.medium is None:
        return True
    of_class, traits = Purpose(named.purpose).purpose_class, Medium(named.medium).traits
    return named.weighs and of_class is PurposeClass.SERVICE and traits.platform_cap is None


def contact_of(command: Told) -> Contact:
    return Contact(
        command.purpose,
        command.medium,
        person_id=command.contact_id,
        names_something=command.item_id is not None or command.tag is not None,
    )


async def allowed(
    work: Work, command: Recorded, named: Named, found: Mapping[str, Any], *, held: bool, facts: bool = False
) -> Allowed:
    """The customer is visible: the caller has seen to it. The rest must be possible; what we do lies within our boundary.

    A contact of now needs leave; one of the past, and every one of `facts`, has happened and is counted. `held`: what
    `leave.hold_turn` said before the question was asked.
    """
    if command.outcome is not Outcome.PENDING:
        require_observable(command.medium, command.outcome)
    at = time_of_fact(work, command.occurred_at)
    acted, override = judged(found), None
    if command.direction is Direction.INBOUND:
        return Allowed(command, named, found, acted, None, FREE)
    if named.staff_id is not None:
        override = await within(
            work, found, named.staff_id, command.customer_id, command.purpose, command.boundary_override
        )
    if work.is_supposing:
        if not named.asks:
            return Allowed(command, named, found, acted, override, FREE)
        return Allowed(command, named, found, acted, override, leave.supposed(found, command.medium))
    owns = is_owner(found, named.staff_id)
    if facts or at < work.now - CLOCK_TOLERANCE:
        given = leave.happened(found, contact_of(command), at, is_owner=owns)
    else:
        given = leave.weighed(
            work, found, contact_of(command), is_owner=owns, held=held, override=command.attention_override
        )
    return Allowed(command, named, found, acted, override, given)


async def within(
    work: Work, found: Mapping[str, Any], staff_id: UUID, customer_id: UUID, purpose: Purpose, reason: str | None
) -> boundary.Override | None:
    """The staff member acts within the boundary, or answers for acting outside. Raises OutOfBoundary, OverrideNotGranted."""
    if not found["outside"]:
        return None
    return await boundary.weighed(work, of_record(found), staff_id, customer_id, purpose, "purpose", reason=reason)


def is_owner(found: Mapping[str, Any], staff_id: UUID | None) -> bool:
    """Whether whoever makes the contact owns its purpose; the brand itself owns every one."""
    acting: Acting = of_record(found)
    return staff_id is None or (acting.unit is not None and acting.unit == acting.owner)


def require_observable(medium: Medium, outcome: Outcome) -> None:
    if outcome not in medium.traits.observes | TOLD_BY_PEOPLE:
        raise OutcomeNotObservable("outcome", medium=medium, outcome=outcome)
