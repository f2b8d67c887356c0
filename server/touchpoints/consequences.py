"""What follows from what came of a contact: the customer's preference, and the withdrawals from their trust.

Part of the act that records the outcome, so both happen or neither; each once per cause, however often it is reported.
"""

from __future__ import annotations

from datetime import datetime

from server.customers.commands import Refusal
from server.customers.service import consents
from server.db.work import Work
from server.operations.purposes import Purpose
from server.touchpoints.media import Medium
from server.touchpoints.outcomes import Outcome
from server.touchpoints.tables import Touchpoint
from server.trust.entries import Cause, post
from server.trust.entry_terms import CauseType
from server.trust.reasons import TrustReason

FOLLOWED = frozenset({Outcome.MISLED, Outcome.COMPLAINED, Outcome.OPTED_OUT})


async def follow(work: Work, touchpoint: Touchpoint, outcome: Outcome, at: datetime) -> None:
    """Do what the outcome asks for. Locks the customer's trust account where it costs trust."""
    if outcome is Outcome.OPTED_OUT:
        refusal = Refusal(purpose=Purpose(touchpoint.purpose), medium=Medium(touchpoint.medium))
        await consents.refuse(work, touchpoint.customer_id, refusal)
    elif outcome is Outcome.MISLED:
        # Once per customer and content: the same bait sent twice is one bait. What has no content is its own.
        await costs(work, touchpoint, TrustReason.BAIT, at, key=str(touchpoint.content_id or touchpoint.id))
    elif outcome is Outcome.COMPLAINED:
        await costs(work, touchpoint, TrustReason.ATTENTION_COMPLAINT, at)


async def costs(
    work: Work, touchpoint: Touchpoint, reason: TrustReason, at: datetime, *, key: str | None = None
) -> None:
    """Post the withdrawal to the customer's account, once for the contact or for `key`."""
    cause = Cause(CauseType.TOUCHPOINT, touchpoint.id, key=key, occurred_at=at)
    await post(work, touchpoint.customer_id, reason, cause)
