"""The voices of people who are no customer yet, and what becomes of them when it is known whose they are.

A voice is kept as it was said: what they called themselves and how they can be reached stay with it, as personal words, and
are no identity of anybody. It is seen by who may see such voices (see `tables.VOICE_IS_FOR`). Given to a customer it is seen
with that customer and nobody else; its moves keep saying who did what, its clocks keep running.
"""

from __future__ import annotations

from server.customers import visibility
from server.db.work import Work
from server.feedback import queries
from server.feedback.commands import AttachFeedback
from server.feedback.errors import KnownAlready
from server.feedback.events import FeedbackAttached
from server.feedback.kinds import ClockResult
from server.feedback.proceeding import await_answer, require_visible
from server.feedback.tables import Feedback


async def attach_feedback(work: Work, command: AttachFeedback) -> Feedback:
    """Give a voice to the customer whose it is. Given to the same customer again, nothing happens.

    Raises NotFound for a voice or a customer the caller does not see, KnownAlready.
    """
    feedback = await work.require(Feedback, command.feedback_id, "feedback_id", lock=True)
    await require_visible(work, feedback)
    await visibility.require_visible(work, command.customer_id, "customer_id")
    if feedback.customer_id == command.customer_id:
        return feedback
    if feedback.customer_id is not None:
        raise KnownAlready("feedback_id")
    await work.change(feedback, customer_id=command.customer_id, updated_at=work.now)
    for clock in await queries.clocks(work, feedback.id):
        await work.change(clock, customer_id=command.customer_id)
        if clock.result == ClockResult.RUNNING:
            await await_answer(work, feedback, clock)
    work.emit(FeedbackAttached(feedback_id=feedback.id, customer_id=command.customer_id, staff_id=work.caller.staff_id))
    return feedback
