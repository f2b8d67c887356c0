"""Moving an account by hand, with the reason in words."""

from __future__ import annotations

from server.db.work import Work
from server.errors import Invalid
from server.trust.commands import AdjustTrust
from server.trust.entries import Posting, enter
from server.trust.errors import TooManyPoints
from server.trust.policy import HUNDREDTHS, Worth
from server.trust.reasons import TrustReason
from server.trust.tables import TrustEntry, TrustNote


async def adjust_trust(work: Work, command: AdjustTrust) -> TrustEntry:
    """Deposit or withdraw by hand, with the reason in words. The caller has shown that the customer is visible.

    Raises Invalid where not exactly one of deposit and withdrawal is given, or a deposit with a severity; TooManyPoints
    above the reason's limit.
    """
    if command.deposit is not None and command.withdrawal is not None:
        raise Invalid("withdrawal", why="Give a deposit or a withdrawal, not both.", why_zh="存入与支取只能选择一项。")
    if command.deposit is not None:
        if command.severity_bp is not None:
            raise Invalid("severity_bp", why="Only a withdrawal creases.", why_zh="只有支取才留折痕。")
        posting = _by_hand(TrustReason.MANUAL_DEPOSIT, command.deposit, None, "deposit")
    elif command.withdrawal is not None:
        posting = _by_hand(TrustReason.MANUAL_WITHDRAWAL, -command.withdrawal, command.severity_bp, "withdrawal")
    else:
        raise Invalid("deposit", why="Give a deposit or a withdrawal.", why_zh="请填写存入或支取的分数。")
    entry = await enter(work, command.customer_id, posting)
    assert entry is not None, "A posting without a key is never taken for an earlier one."
    work.add(TrustNote(entry_id=entry.id, customer_id=entry.customer_id, text=command.reason))
    return entry


def _by_hand(reason: TrustReason, points: int, severity_bp: int | None, field: str) -> Posting:
    most = reason.rule.max_abs
    if most is not None and abs(points) > most:
        raise TooManyPoints(field, most=most)
    return Posting(reason=reason, worth=Worth(points * HUNDREDTHS, severity_bp or None))
