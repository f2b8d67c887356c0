"""Leave to contact a customer: given where the contact is welcome, or where somebody answers for it all the same.

Decides from what a question has told; asks nothing itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import literal, select
from sqlalchemy.dialects.postgresql import insert

from server.access.permissions import Permission
from server.customers.tables import Customer
from server.db.statements import table_of
from server.db.work import Work
from server.operations.purposes import PurposeClass
from server.touchpoints.attention.errors import AttentionRefused, OverrideNotGranted
from server.touchpoints.attention.events import AttentionOverridden
from server.touchpoints.attention.facts import Contact, Facts
from server.touchpoints.attention.questions import facts_of
from server.touchpoints.attention.rules import BY_CUSTOMER, exempt, judge
from server.touchpoints.attention.tables import AttentionOverride, AttentionTurn
from server.touchpoints.attention_policies import AttentionReason
from server.touchpoints.media import Medium

_customers = table_of(Customer)
_turns = table_of(AttentionTurn)


@dataclass(frozen=True, slots=True)
class Leave:
    """What a contact costs, and what was set aside for it."""

    units: int
    turn: int | None = None
    """The turn that is taken by making it. None where nothing is spent, or the turn is held."""
    overridden: tuple[AttentionReason, ...] = ()
    reason: str | None = None
    after_opt_out: bool = False
    """It happened although the customer had opted out of it."""
    reservation_minutes: int = 0


async def hold_turn(work: Work, customer_id: UUID) -> bool:
    """Where a transaction has begun, nobody else is given leave for this customer until it ends: whether that is so.

    Locks the customer's turn, before anything else of theirs. A customer who is not there has none.
    """
    if not work.has_begun:
        return False
    customers = select(_customers.c.tenant_id, _customers.c.id, literal(1)).where(
        _customers.c.tenant_id == work.tenant_id, _customers.c.id == customer_id
    )
    statement = insert(_turns).from_select(["tenant_id", "id", "turn"], customers, include_defaults=False)
    await work.execute(
        statement.on_conflict_do_update(index_elements=["tenant_id", "id"], set_={"turn": _turns.c.turn + 1})
    )
    return True


def weighed(
    work: Work, found: Mapping[str, Any], contact: Contact, *, is_owner: bool, held: bool, override: str | None
) -> Leave:
    """Leave for a contact that is to be made now. `held`: what `hold_turn` said before the question was asked.

    Raises AttentionRefused with the whole verdict, and OverrideNotGranted on `attention_override`. What only the customer
    can lift is overridden by nobody.
    """
    facts = facts_of(found, is_owner=is_owner)
    verdict = judge(facts, contact, work.now)
    minutes = facts.policy.common.reservation_minutes
    turn = None if held or not verdict.units else (found["turn"] or 0) + 1
    if verdict.welcome:
        return Leave(verdict.units, turn, reservation_minutes=minutes)
    if override is None or BY_CUSTOMER & set(verdict.reasons):
        raise AttentionRefused("purpose", purpose=contact.purpose, medium=contact.medium, verdict=verdict)
    if Permission.ATTENTION_OVERRIDE not in work.caller.permissions:
        raise OverrideNotGranted("attention_override")
    return Leave(verdict.units, turn, verdict.reasons, override, reservation_minutes=minutes)


def supposed(found: Mapping[str, Any], medium: Medium) -> Leave:
    """Leave for a contact that nothing stands against: whether that is so, the statement that stores it finds out."""
    assert found["calm"] is True, "It is what is supposed."
    return Leave(medium.traits.unit, found["next_turn"])


def happened(found: Mapping[str, Any], contact: Contact, at: datetime, *, is_owner: bool) -> Leave:
    """What a contact cost that was made at that time, whoever allowed it: what has happened is not refused."""
    facts = facts_of(found, is_owner=is_owner)
    units = 0 if exempt(facts, contact, at) is not None else contact.medium.traits.unit
    return Leave(units, after_opt_out=_against_opt_out(facts, contact))


def still_wanted(work: Work, found: Mapping[str, Any], contact: Contact) -> None:
    """What was reserved may have been refused by the customer since. Raises AttentionRefused."""
    verdict = judge(facts_of(found), contact, work.now)
    if BY_CUSTOMER & set(verdict.reasons):
        raise AttentionRefused("reservation_id", purpose=contact.purpose, medium=contact.medium, verdict=verdict)


def take_turn(work: Work, customer_id: UUID, leave: Leave) -> None:
    """Spend what the leave was given for, unless somebody else has been given leave since."""
    if leave.turn is not None:
        work.add(AttentionTurn(id=customer_id, turn=leave.turn))


def keep_override(
    work: Work,
    leave: Leave,
    contact: Contact,
    *,
    customer_id: UUID,
    staff_id: UUID | None,
    touchpoint_id: UUID | None = None,
    reservation_id: UUID | None = None,
    occurred_at: datetime,
) -> AttentionOverride | None:
    """Write down what was set aside, and why. Adds one row, and asks nothing."""
    if leave.reason is None:
        return None
    row = work.add(
        AttentionOverride(
            customer_id=customer_id,
            staff_id=staff_id,
            touchpoint_id=touchpoint_id,
            reservation_id=reservation_id,
            purpose=contact.purpose.value,
            medium=contact.medium.value,
            reasons=[reason.value for reason in leave.overridden],
            reason=leave.reason,
            occurred_at=occurred_at,
        )
    )
    work.emit(
        AttentionOverridden(
            attention_override_id=row.id,
            customer_id=customer_id,
            staff_id=staff_id,
            touchpoint_id=touchpoint_id,
            reservation_id=reservation_id,
            purpose=contact.purpose,
            medium=contact.medium,
            occurred_at=occurred_at,
        )
    )
    return row


def _against_opt_out(facts: Facts, contact: Contact) -> bool:
    return facts.opted_out and contact.purpose.purpose_class is not PurposeClass.LEGAL
