"""What a trust entry can point to as its cause: promises, handoffs, quote conflicts, orders, rewards, improvements, referrals.

Revision ID: 0015
Revises: 0014
"""

from __future__ import annotations

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

# One transaction, so it is checked at once; every entry there is has one of the types before and after.
WIDENED = "-- squawk-ignore ban-drop-constraint, constraint-missing-not-valid\n"

BEFORE = ("Relationship", "Touchpoint", "Feedback", "WowMoment", "Share")
SINCE = ("Promise", "Handoff", "QuoteConflict", "Order", "Reward", "Improvement", "Referral")


def _types(*types: str) -> None:
    codes = ", ".join(f"'{type}'" for type in types)
    op.execute(f"{WIDENED}ALTER TABLE trust_entries DROP CONSTRAINT ck_trust_entries_cause_type")
    op.execute(
        f"{WIDENED}ALTER TABLE trust_entries ADD CONSTRAINT ck_trust_entries_cause_type CHECK (cause_type IN ({codes}))"
    )


def upgrade() -> None:
    _types(*BEFORE, *SINCE)


def downgrade() -> None:
    """Entries are never changed: where one points to a cause of a later kind already, there is no way back."""
    _types(*BEFORE)
