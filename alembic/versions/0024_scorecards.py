"""What scorecards count over a period, found by the time it belongs to.

Revision ID: 0024
Revises: 0023
"""

from __future__ import annotations

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

# Seconds for a brand of 500,000 customers, in the transaction that makes the whole migration or none of it.
IN_ONE_TRANSACTION = "-- squawk-ignore require-concurrent-index-creation, require-concurrent-index-deletion\n"

INDEXES = {
    "ix_relationships_tenant_id_since_id": "relationships (tenant_id, since, id)",
    "ix_cases_tenant_id_closed_at_id": "cases (tenant_id, closed_at, id) WHERE closed_at IS NOT NULL",
    "ix_promises_tenant_id_settled_at_id": "promises (tenant_id, settled_at, id) WHERE settled_at IS NOT NULL",
    "ix_feedback_clocks_tenant_id_due_at_id": "feedback_clocks (tenant_id, due_at, id)",
    "ix_feedback_clocks_tenant_id_stopped_at_id": (
        "feedback_clocks (tenant_id, stopped_at, id) WHERE stopped_at IS NOT NULL"
    ),
}


def upgrade() -> None:
    for name, index in INDEXES.items():
        op.execute(f"{IN_ONE_TRANSACTION}CREATE INDEX {name} ON {index}")


def downgrade() -> None:
    for name in reversed(INDEXES):
        op.execute(f"{IN_ONE_TRANSACTION}DROP INDEX {name}")
