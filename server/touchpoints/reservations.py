"""Reserving a contact 预留: the units are held, then the contact is made, given back, or too late.

A reservation ends by itself. From that moment it counts for nothing and cannot be committed, whether or not the worker has
been by: its clock only writes down what the rule says already.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from server.customers import boundary, visibility
from server.db import clocks
from server.db.statements import table_of
from server.db.work import Work
from server.errors import NotFound
from server.operations.purposes import Purpose
from server.touchpoints import consequences, permitted, queries, service
from server.touchpoints.attention import leave
from server.touchpoints.attention.errors import NotTheirs, ReservationOver
from server.touchpoints.attention.events import ContactExpired, ContactReleased, ContactReserved
from server.touchpoints.attention.leave import Leave
from server.touchpoints.attention.tables import AttentionOverride, ContactReservation
from server.touchpoints.circumstances import judged, time_of_fact
from server.touchpoints.commands import CommitContact, RecordTouchpoint, ReleaseContact, ReserveContact
from server.touchpoints.media import Medium
from server.touchpoints.outcomes import Direction, Outcome, TouchpointState
from server.touchpoints.permitted import Allowed
from server.touchpoints.queries import Named
from server.touchpoints.tables import Touchpoint
from server.trust.reasons import TrustReason

EXPIRY = "contact_reservation.expiry"
"""The kind of clock that a reservation runs on."""

RESERVED = ("customer_id", "case_id", "item_id", "contact_id", "tag", "content_id", "medium", "purpose")
"""What was said when it was reserved, and stays."""


async def reserve_contact(work: Work, command: ReserveContact) -> ContactReservation:
    """Hold what a contact costs, for as long as the policy says.

    Raises NotFound for what is named and is not there, OutOfBoundary, AttentionRefused, OverrideNotGranted. Locks the
    customer's turn: of two people who would spend the last unit, one is refused.
    """
    named = _named(work, command)
    held = named.weighs and await leave.hold_turn(work, command.customer_id)
    [found] = await queries.known(work, [named])
    await visibility.require_visible(work, command.customer_id, "customer_id", answered=found["visible"])
    judged(found)
    outside: boundary.Override | None = None
    if named.staff_id is not None:
        outside = await permitted.within(
            work, found, named.staff_id, command.customer_id, command.purpose, command.boundary_override
        )
    given = leave.weighed(
        work,
        found,
        permitted.contact_of(command),
        is_owner=permitted.is_owner(found, named.staff_id),
        held=held,
        override=command.attention_override,
    )
    reservation = _held(work, command, named, given)
    boundary.keep(
        work,
        outside,
        "ContactReservation",
        reservation.id,
        customer_id=reservation.customer_id,
        occurred_at=reservation.reserved_at,
    )
    leave.keep_override(
        work,
        given,
        permitted.contact_of(command),
        customer_id=reservation.customer_id,
        staff_id=reservation.staff_id,
        reservation_id=reservation.id,
        occurred_at=reservation.reserved_at,
    )
    await clocks.set_clock(work, EXPIRY, reservation.id, reservation.expires_at)
    return reservation


async def commit_contact(work: Work, command: CommitContact) -> Touchpoint:
    """The reserved contact has been made: record it, with what was held for it.

    Raises NotFound, ReservationOver, NotTheirs for what differs from the reservation, AttentionRefused where the customer
    has refused it since, and what recording a contact raises.
    """
    reservation = await _open(work, command.reservation_id)
    recording = _as_reserved(reservation, command)
    time_of_fact(work, command.occurred_at)
    named = permitted.named(work, recording)._replace(weighs=False)
    [found] = await queries.known(work, [named])
    await visibility.require_visible(work, recording.customer_id, "reservation_id", answered=found["visible"])
    if recording.outcome is not Outcome.PENDING:
        permitted.require_observable(recording.medium, recording.outcome)
    outside: boundary.Override | None = None
    if named.staff_id is not None:
        outside = await permitted.within(
            work, found, named.staff_id, recording.customer_id, recording.purpose, command.boundary_override
        )
    leave.still_wanted(work, found, permitted.contact_of(recording))
    given = Leave(units=reservation.units)
    touchpoint = await service.recorded(
        work, Allowed(recording, named, found, judged(found), outside, given, reservation.id)
    )
    await work.change(reservation, state=TouchpointState.SENT.value, ended_at=work.now, touchpoint_id=touchpoint.id)
    await clocks.stop_clock(work, EXPIRY, reservation.id)
    await _answered_for(work, reservation, touchpoint)
    return touchpoint


async def release_contact(work: Work, command: ReleaseContact) -> ContactReservation:
    """The contact will not be made: its units are free again. Released already, nothing happens.

    Raises NotFound, ReservationOver.
    """
    reservation = await _visible(work, command.reservation_id)
    if reservation.state == TouchpointState.RELEASED:
        return reservation
    _require_open(work, reservation)
    await work.change(reservation, state=TouchpointState.RELEASED.value, ended_at=work.now)
    await clocks.stop_clock(work, EXPIRY, reservation.id)
    work.emit(ContactReleased(reservation_id=reservation.id, customer_id=reservation.customer_id))
    return reservation


async def expire_reservation(work: Work, reservation_id: UUID) -> None:
    """Write down that a reservation ended by itself. Bears being done twice, and being early."""
    reservation = await work.get(ContactReservation, reservation_id, lock=True)
    if reservation is None or reservation.state != TouchpointState.RESERVED or reservation.expires_at > work.now:
        return
    await work.change(reservation, state=TouchpointState.EXPIRED.value, ended_at=reservation.expires_at)
    work.emit(
        ContactExpired(
            reservation_id=reservation.id, customer_id=reservation.customer_id, occurred_at=reservation.expires_at
        )
    )


def _named(work: Work, command: ReserveContact) -> Named:
    return Named(
        customer_id=command.customer_id,
        staff_id=command.staff_id or work.caller.staff_id,
        case_id=command.case_id,
        store_id=None,
        item_id=command.item_id,
        at=None,
        purpose=command.purpose,
        medium=command.medium,
        contact_id=command.contact_id,
        content_id=command.content_id,
        tag=command.tag,
        weighs=command.medium.traits.unit > 0,
        asks=True,
    )


def _held(work: Work, command: ReserveContact, named: Named, given: Leave) -> ContactReservation:
    reservation = work.add(
        ContactReservation(
            customer_id=command.customer_id,
            staff_id=named.staff_id,
            case_id=command.case_id,
            item_id=command.item_id,
            contact_id=command.contact_id,
            tag=command.tag,
            medium=command.medium.value,
            purpose=command.purpose.value,
            units=given.units,
            content_id=command.content_id,
            reserved_at=work.now,
            expires_at=work.now + timedelta(minutes=given.reservation_minutes),
        )
    )
    work.emit(
        ContactReserved(
            reservation_id=reservation.id,
            customer_id=reservation.customer_id,
            staff_id=reservation.staff_id,
            purpose=command.purpose,
            medium=command.medium,
            units=reservation.units,
            expires_at=reservation.expires_at,
        )
    )
    return reservation


def _as_reserved(reservation: ContactReservation, command: CommitContact) -> RecordTouchpoint:
    for name in RESERVED:
        given = getattr(command, name)
        if given is not None and given != getattr(reservation, name):
            raise NotTheirs(name)
    return RecordTouchpoint(
        customer_id=reservation.customer_id,
        staff_id=command.staff_id or reservation.staff_id,
        case_id=reservation.case_id,
        store_id=command.store_id,
        item_id=reservation.item_id,
        contact_id=reservation.contact_id,
        tag=reservation.tag,
        content_id=reservation.content_id,
        direction=Direction.OUTBOUND,
        medium=Medium(reservation.medium),
        purpose=Purpose(reservation.purpose),
        outcome=command.outcome,
        summary=command.summary,
        occurred_at=command.occurred_at,
        external_refs=command.external_refs,
        boundary_override=command.boundary_override,
    )


async def _open(work: Work, reservation_id: UUID) -> ContactReservation:
    reservation = await _visible(work, reservation_id)
    _require_open(work, reservation)
    return reservation


async def _visible(work: Work, reservation_id: UUID) -> ContactReservation:
    """The reservation, locked. Raises NotFound where its customer is not the caller's to see."""
    reservation = await work.require(ContactReservation, reservation_id, "reservation_id", lock=True)
    if not await visibility.is_visible(work, reservation.customer_id):
        raise NotFound("reservation_id")
    return reservation


def _require_open(work: Work, reservation: ContactReservation) -> None:
    state = TouchpointState(reservation.state)
    if state is TouchpointState.RESERVED and reservation.expires_at <= work.now:
        state = TouchpointState.EXPIRED
    if state is not TouchpointState.RESERVED:
        raise ReservationOver("reservation_id", state=state)


async def _answered_for(work: Work, reservation: ContactReservation, touchpoint: Touchpoint) -> None:
    """What was set aside when it was reserved costs trust now that the contact was made."""
    overrides = table_of(AttentionOverride).c
    for override in await work.rows(AttentionOverride, overrides.reservation_id == reservation.id, lock=True):
        await work.change(override, touchpoint_id=touchpoint.id)
        await consequences.costs(work, touchpoint, TrustReason.ATTENTION_OVERDRAWN, touchpoint.occurred_at)
