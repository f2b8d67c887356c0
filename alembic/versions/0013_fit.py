"""What all friendships are held in, readable from an index alone.

Revision ID: 0013
Revises: 0012
"""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# Seconds for a brand of 500,000 customers, in the transaction that makes the whole migration or none of it.
IN_ONE_TRANSACTION = "-- squawk-ignore require-concurrent-index-creation, require-concurrent-index-deletion\n"


def upgrade() -> None:
    op.execute(
        f"{IN_ONE_TRANSACTION}CREATE INDEX ix_relationship_roles_lasting ON relationship_roles "
        "(tenant_id, customer_id, from_at, relationship_id, role_id, group_id) WHERE until_at IS NULL"
    )


def downgrade() -> None:
    op.execute(f"{IN_ONE_TRANSACTION}DROP INDEX ix_relationship_roles_lasting")
