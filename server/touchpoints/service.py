"""The acts of this room: contacts are recorded, and what came of them.

Recording a contact is the act that is done most: it asks one question and adds one row, and changes no other, not even the
customer's; one that spends attention counts up the customer's turn in the same statement.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from server.customers import boundary, visibility
from server.db.work import Work
from server.errors import DomainError
from server.group_chats.queries import Receiver
from server.group_chats.tables import GroupPost
from server.operations.purposes import Purpose
from server.tenants import external_refs
from server.touchpoints import consequences, permitted, queries
from server.touchpoints.attention import leave
from server.touchpoints.attention.leave import Leave
from server.touchpoints.circumstances import CLOCK_TOLERANCE, judged, time_of_fact
from server.touchpoints.commands import RecordTouchpoint, RecordTouchpointOutcome
from server.touchpoints.enquiries import Enquiries
from server.touchpoints.errors import OutcomeBeforeContact
from server.touchpoints.events import TouchpointOutcomeRecorded, TouchpointRecorded
from server.touchpoints.media import Medium
from server.touchpoints.outcomes import Direction, Outcome, TouchpointState
from server.touchpoints.permitted import Allowed
from server.touchpoints.tables import Touchpoint, TouchpointOutcome
from server.trust.reasons import TrustReason


async def record_touchpoint(work: Work, command: RecordTouchpoint) -> Touchpoint:
    """Record a contact that took place, or takes place now: the latter needs the customer's attention, and spends it.

    Raises NotFound for what is named and is not there, InTheFuture, OutcomeNotObservable for an outcome the medium
    cannot show, OutOfBoundary for what the staff member's role may not do, AttentionRefused for what the customer does not
    welcome now, OverrideNotGranted (of either kind), and ExternalRefTaken.
    """
    named = permitted.named(work, command)
    held = named.weighs and await leave.hold_turn(work, command.customer_id)
    # Of a contact we make now, the facts are often the ones that let it be recorded.
    supposing = command.direction is Direction.OUTBOUND and command.occurred_at is None and permitted.may_be_calm(named)
    [found] = await queries.known(work, [named], supposing=supposing)
    await visibility.require_visible(work, command.customer_id, "customer_id", answered=found["visible"])
    return await recorded(work, await permitted.allowed(work, command, named, found, held=held))


async def record_judged(work: Work, command: RecordTouchpoint) -> Touchpoint:
    """Record the contact by which another act answers the customer, which has judged whether the caller may make it.

    An answer to what the customer said costs no attention. Raises as `record_touchpoint` does, except of boundaries and
    attention.
    """
    named = permitted.named(work, command)._replace(weighs=False, asks=False)
    [found] = await queries.known(work, [named])
    await visibility.require_visible(work, command.customer_id, "customer_id", answered=found["visible"])
    return await recorded(work, Allowed(command, named, found, judged(found), None, permitted.FREE))


async def record_touchpoints(work: Work, commands: Sequence[RecordTouchpoint]) -> list[Touchpoint | DomainError]:
    """Record many contacts, each by itself: one answer per command, in order; a refused one leaves the others alone.

    What is told in bulk has happened: it spends the customers' attention, but is not refused for it.
    """
    answers: dict[int, Touchpoint | DomainError] = {}
    at_once: list[tuple[Touchpoint, Allowed]] = []
    enquiries = Enquiries(work)
    all_named = [permitted.named(work, command) for command in commands]
    all_found = await queries.known(work, all_named) if commands else []
    for index, (command, named, found) in enumerate(zip(commands, all_named, all_found, strict=True)):
        try:
            await visibility.require_visible(work, command.customer_id, "customer_id", answered=found["visible"])
            allowed = await permitted.allowed(work, command, named, found, held=False, facts=True)
        except DomainError as refusal:
            answers[index] = refusal
            continue
        if command.external_refs:
            answers[index] = await _by_itself(work, allowed, enquiries)
        else:
            answers[index] = touchpoint = _took_place(work, allowed)
            at_once.append((touchpoint, allowed))
    for touchpoint, allowed in at_once:
        _first_outcome(work, touchpoint)
        _keep_overrides(work, touchpoint, allowed)
    for touchpoint, allowed in at_once:
        await enquiries.follow(touchpoint, allowed.found)
    # Trust accounts are locked in the customers' order, as everywhere.
    for touchpoint, allowed in sorted(at_once, key=lambda one: one[0].customer_id):
        await _consequences(work, touchpoint, allowed.leave)
    return [answers[index] for index in range(len(commands))]


def record_post(work: Work, post: GroupPost, receivers: Iterable[Receiver]) -> list[Touchpoint]:
    """What was posted to everybody in a group chat, as a contact with each of these customers.

    It is no proactive contact with any single one: it spends nobody's units, and answers nobody's enquiry. It happened at
    the store the chat is served at, or else in or for the store the customer belongs to.
    """
    return [
        _made(
            work,
            Touchpoint(
                customer_id=receiver.customer_id,
                staff_id=post.staff_id,
                store_id=post.store_id or receiver.home_store_id,
                role_id=post.role_id,
                group_id=post.group_id,
                item_id=post.item_id,
                content_id=post.content_id,
                campaign_id=post.campaign_id,
                group_chat_id=post.group_chat_id,
                group_post_id=post.id,
                direction=Direction.OUTBOUND,
                medium=Medium.WECOM_GROUP_CHAT,
                purpose=post.purpose,
                summary=post.summary,
                attention_units=0,
                occurred_at=post.occurred_at,
            ),
        )
        for receiver in receivers
    ]


async def record_touchpoint_outcome(work: Work, command: RecordTouchpointOutcome) -> TouchpointOutcome:
    """Append what came of a contact; the contact shows the outcome of highest rank.

    The same outcome at the same time is the same report: nothing happens, and the entry that is there is returned.
    Raises NotFound, OutcomeNotObservable, InTheFuture and OutcomeBeforeContact.
    """
    touchpoint = await work.require(Touchpoint, command.touchpoint_id, "touchpoint_id", lock=True)
    await visibility.require_visible(work, touchpoint.customer_id, "touchpoint_id")
    permitted.require_observable(Medium(touchpoint.medium), command.outcome)
    at = time_of_fact(work, command.occurred_at)
    if at < touchpoint.occurred_at - CLOCK_TOLERANCE:
        raise OutcomeBeforeContact("occurred_at")
    entry = _entry(touchpoint, command.outcome, at)
    if not await queries.append_outcome(work, entry):
        return await queries.outcome_at(work, touchpoint.id, command.outcome, at)
    shown = max(Outcome(touchpoint.outcome), command.outcome, key=lambda outcome: outcome.rank)
    if shown != touchpoint.outcome:
        await work.change(touchpoint, outcome=shown)
    work.emit(_became_known(entry, shown))
    await consequences.follow(work, touchpoint, command.outcome, at)
    return entry


async def recorded(work: Work, allowed: Allowed, enquiries: Enquiries | None = None) -> Touchpoint:
    """Add a contact that may be recorded, with everything that hangs on it."""
    touchpoint = _took_place(work, allowed)
    _first_outcome(work, touchpoint)
    _keep_overrides(work, touchpoint, allowed)
    leave.take_turn(work, touchpoint.customer_id, allowed.leave)
    refs = allowed.command.external_refs
    await external_refs.attach(work, "Touchpoint", touchpoint.id, refs, just_made=True)
    await (enquiries or Enquiries(work)).follow(touchpoint, allowed.found)
    await _consequences(work, touchpoint, allowed.leave)
    return touchpoint


async def _by_itself(work: Work, allowed: Allowed, enquiries: Enquiries) -> Touchpoint | DomainError:
    """A row of many that can still be refused, for its external ids."""
    try:
        async with work.savepoint():
            return await recorded(work, allowed, enquiries)
    except DomainError as refusal:
        return refusal


async def _consequences(work: Work, touchpoint: Touchpoint, given: Leave) -> None:
    """What follows at once: from an outcome that was known already, and from having gone against the customer's wish."""
    outcome = Outcome(touchpoint.outcome)
    if outcome in consequences.FOLLOWED:
        await consequences.follow(work, touchpoint, outcome, touchpoint.occurred_at)
    if given.overridden:
        await consequences.costs(work, touchpoint, TrustReason.ATTENTION_OVERDRAWN, touchpoint.occurred_at)
    if given.after_opt_out:
        await consequences.costs(work, touchpoint, TrustReason.CONTACT_AFTER_OPT_OUT, touchpoint.occurred_at)


def _keep_overrides(work: Work, touchpoint: Touchpoint, allowed: Allowed) -> None:
    boundary.keep(
        work,
        allowed.override,
        "Touchpoint",
        touchpoint.id,
        customer_id=touchpoint.customer_id,
        occurred_at=touchpoint.occurred_at,
    )
    leave.keep_override(
        work,
        allowed.leave,
        allowed.contact,
        customer_id=touchpoint.customer_id,
        staff_id=touchpoint.staff_id,
        touchpoint_id=touchpoint.id,
        occurred_at=touchpoint.occurred_at,
    )


def _took_place(work: Work, allowed: Allowed) -> Touchpoint:
    command, named, acted = allowed.command, allowed.named, allowed.acted
    return _made(
        work,
        Touchpoint(
            customer_id=named.customer_id,
            staff_id=named.staff_id,
            case_id=named.case_id,
            store_id=acted.store_id,
            role_id=acted.role_id,
            group_id=acted.group_id,
            item_id=named.item_id,
            content_id=named.content_id,
            campaign_id=named.campaign_id,
            group_chat_id=named.group_chat_id,
            direction=command.direction,
            medium=command.medium,
            purpose=command.purpose,
            outcome=command.outcome,
            summary=command.summary,
            attention_units=allowed.leave.units,
            contact_id=command.contact_id,
            occurred_at=named.at or work.now,
        ),
        reservation_id=allowed.reservation_id,
    )


def _made(work: Work, touchpoint: Touchpoint, *, reservation_id: UUID | None = None) -> Touchpoint:
    work.add(touchpoint)
    work.emit(
        TouchpointRecorded(
            touchpoint_id=touchpoint.id,
            customer_id=touchpoint.customer_id,
            staff_id=touchpoint.staff_id,
            case_id=touchpoint.case_id,
            store_id=touchpoint.store_id,
            role_id=touchpoint.role_id,
            group_id=touchpoint.group_id,
            item_id=touchpoint.item_id,
            content_id=touchpoint.content_id,
            campaign_id=touchpoint.campaign_id,
            group_chat_id=touchpoint.group_chat_id,
            group_post_id=touchpoint.group_post_id,
            direction=Direction(touchpoint.direction),
            medium=Medium(touchpoint.medium),
            purpose=Purpose(touchpoint.purpose),
            state=TouchpointState(touchpoint.state),
            reservation_id=reservation_id,
            attention_units=touchpoint.attention_units or 0,
            occurred_at=touchpoint.occurred_at,
        )
    )
    return touchpoint


def _first_outcome(work: Work, touchpoint: Touchpoint) -> None:
    """What was known already when the contact was recorded goes into the list like everything that follows."""
    outcome = Outcome(touchpoint.outcome)
    if outcome is not Outcome.PENDING:
        work.emit(_became_known(work.add(_entry(touchpoint, outcome, touchpoint.occurred_at)), outcome))


def _entry(touchpoint: Touchpoint, outcome: Outcome, at: datetime) -> TouchpointOutcome:
    return TouchpointOutcome(
        touchpoint_id=touchpoint.id, customer_id=touchpoint.customer_id, outcome=outcome, occurred_at=at
    )


def _became_known(entry: TouchpointOutcome, shown: Outcome) -> TouchpointOutcomeRecorded:
    return TouchpointOutcomeRecorded(
        touchpoint_outcome_id=entry.id,
        touchpoint_id=entry.touchpoint_id,
        customer_id=entry.customer_id,
        outcome=Outcome(entry.outcome),
        shown=shown,
        occurred_at=entry.occurred_at,
    )
