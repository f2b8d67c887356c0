"""What follows when a customer is heard, known or answered: thanks are proposed, and askers of a shipped change are counted."""

from __future__ import annotations

from server.customers import visibility
from server.db.work import Work
from server.feedback import service, voices
from server.feedback.commands import AnswerFeedback, AttachFeedback, RaiseFeedback
from server.feedback.kinds import FeedbackKind
from server.feedback.tables import Feedback
from server.improvements.service import note_told
from server.rewards.service import propose_by_policy


async def raise_feedback(work: Work, command: RaiseFeedback) -> Feedback:
    """Record what was said; a complaint of a customer is to be thanked, as the policy says. Raises as both do."""
    if command.customer_id is not None:
        await visibility.require_visible(work, command.customer_id, "customer_id")
    feedback = await service.raise_feedback(work, command)
    if feedback.kind == FeedbackKind.COMPLAINT:
        await propose_by_policy(work, feedback)
    return feedback


async def attach_feedback(work: Work, command: AttachFeedback) -> Feedback:
    """Say whose voice it was; a complaint is thanked from now on, by the clock of when it was made."""
    await visibility.require_visible(work, command.customer_id, "customer_id")
    feedback = await voices.attach_feedback(work, command)
    if feedback.kind == FeedbackKind.COMPLAINT:
        await propose_by_policy(work, feedback)
    return feedback


async def answer_feedback(work: Work, command: AnswerFeedback) -> Feedback:
    """The customer was told; where they had asked for what is shipped, they know that too."""
    feedback = await service.answer_feedback(work, command)
    await note_told(work, feedback)
    return feedback
