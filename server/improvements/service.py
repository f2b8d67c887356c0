"""The acts on improvements: opened, linked with what asked for them, planned, dropped. Shipping is in `shipping`.

Whoever changes an improvement holds its row; feedback that is linked is looked at, not changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from server.db.work import Work
from server.feedback.kinds import FeedbackStatus, ImprovementStatus
from server.feedback.proceeding import require_visible
from server.feedback.tables import Feedback
from server.improvements import errors, events, queries
from server.improvements.commands import DropImprovement, LinkFeedback, OpenImprovement, PlanImprovement
from server.improvements.tables import Improvement, ImprovementLink
from server.items.tables import Item

_GONE = (FeedbackStatus.DUPLICATE, FeedbackStatus.WITHDRAWN)
_UNDER_WAY = (ImprovementStatus.OPEN, ImprovementStatus.PLANNED)


async def open_improvement(work: Work, command: OpenImprovement) -> Improvement:
    """Propose a change, with what asks for it. Raises NotFound, LinkedElsewhere, NotLinkable."""
    if command.item_id is not None:
        await work.require(Item, command.item_id, "item_id")
    improvement = work.add(
        Improvement(
            title=command.title,
            description=command.description,
            item_id=command.item_id,
            staff_id=work.caller.staff_id,
            updated_at=work.now,
        )
    )
    work.emit(
        events.ImprovementOpened(
            improvement_id=improvement.id, staff_id=work.caller.staff_id, item_id=improvement.item_id
        )
    )
    await work.flush()
    await _link(work, improvement, command.feedback_ids)
    return improvement


async def link_feedback(work: Work, command: LinkFeedback) -> Improvement:
    """These ask for it too. What is linked to it already stays so.

    Raises NotFound, NoLongerOpen, LinkedElsewhere, NotLinkable; then nothing is linked.
    """
    improvement = await work.require(Improvement, command.improvement_id, "improvement_id", lock=True)
    status = ImprovementStatus(improvement.status)
    if status not in _UNDER_WAY:
        raise errors.NoLongerOpen("improvement_id", status=status.value, status_zh=status.zh)
    await _link(work, improvement, command.feedback_ids)
    return improvement


async def plan_improvement(work: Work, command: PlanImprovement) -> Improvement:
    """It will be made, perhaps by a day; said again, the day changes. Raises NotFound, ImprovementMoveNotAllowed, Conflict."""
    improvement = await in_hand(work, command.improvement_id, ImprovementStatus.PLANNED)
    await work.change(
        improvement,
        expected_version=command.expected_version,
        status=ImprovementStatus.PLANNED.value,
        planned_for=command.planned_for,
        updated_at=work.now,
    )
    work.emit(events.ImprovementPlanned(improvement_id=improvement.id, staff_id=work.caller.staff_id))
    return improvement


async def drop_improvement(work: Work, command: DropImprovement) -> Improvement:
    """It will not be made. What asked for it goes on: each is declined or answered by itself.

    Raises NotFound, ImprovementMoveNotAllowed, Conflict.
    """
    improvement = await in_hand(work, command.improvement_id, ImprovementStatus.DROPPED)
    await work.change(
        improvement,
        expected_version=command.expected_version,
        status=ImprovementStatus.DROPPED.value,
        drop_reason=command.reason,
        updated_at=work.now,
    )
    work.emit(events.ImprovementDropped(improvement_id=improvement.id, staff_id=work.caller.staff_id))
    return improvement


async def in_hand(work: Work, improvement_id: UUID, wanted: ImprovementStatus) -> Improvement:
    """The improvement, locked, if it may become that now. Raises NotFound, ImprovementMoveNotAllowed."""
    improvement = await work.require(Improvement, improvement_id, "improvement_id", lock=True)
    status = ImprovementStatus(improvement.status)
    if status not in _UNDER_WAY:
        raise errors.ImprovementMoveNotAllowed(
            "improvement_id", status=status.value, wanted=wanted.value, status_zh=status.zh, wanted_zh=wanted.zh
        )
    return improvement


async def note_told(work: Work, feedback: Feedback) -> None:
    """This feedback was answered by hand: if it asked for something that is shipped, its asker knows by now.

    Nothing happens for what the job tells, or where nothing was asked for. Locks the improvement.
    """
    link = await queries.link_of(work, feedback.id)
    if link is None or link.told_at is not None or not link.by_hand or feedback.answered_at is None:
        return
    improvement = await work.require(Improvement, link.improvement_id, lock=True)
    await told(work, link, feedback)
    await work.change(improvement, told=improvement.told + 1, updated_at=work.now)


async def told(work: Work, link: ImprovementLink, feedback: Feedback) -> None:
    """Write down that the asker of this link knows: now, or since their feedback was answered by hand. The improvement's own
    count is the caller's to raise."""
    values: dict[str, Any] = {"told_at": work.now}
    if link.by_hand:
        values = {"told_at": feedback.answered_at, "touchpoint_id": feedback.answer_touchpoint_id}
    await work.change(link, **values)
    assert link.told_at is not None
    work.emit(
        events.ImprovementAskerTold(
            improvement_id=link.improvement_id,
            staff_id=work.caller.staff_id,
            feedback_id=link.feedback_id,
            customer_id=link.customer_id,
            touchpoint_id=link.touchpoint_id,
            told_at=link.told_at,
        )
    )


async def _link(work: Work, improvement: Improvement, feedback_ids: Sequence[UUID]) -> None:
    new = 0
    for index, feedback_id in sorted(enumerate(feedback_ids), key=lambda one: one[1]):
        field = ("feedback_ids", index)
        feedback = await work.require(Feedback, feedback_id, *field)
        await require_visible(work, feedback, *field)
        if FeedbackStatus(feedback.status) in _GONE:
            raise errors.NotLinkable(*field)
        link = ImprovementLink(improvement_id=improvement.id, feedback_id=feedback.id, customer_id=feedback.customer_id)
        if not await queries.linked(work, link):
            there = await queries.link_of(work, feedback.id)
            if there is None or there.improvement_id != improvement.id:
                raise errors.LinkedElsewhere(*field)
            continue
        new += 1
        work.emit(
            events.FeedbackLinked(
                improvement_id=improvement.id,
                staff_id=work.caller.staff_id,
                feedback_id=feedback.id,
                customer_id=feedback.customer_id,
            )
        )
    if new:
        await work.change(improvement, voices=improvement.voices + new, updated_at=work.now)
