"""Clocks

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

from alembic import op

from server.db.clocks import CLOCK_FUNCTIONS

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
CREATE TABLE platform.clocks (tenant_id uuid NOT NULL, kind text NOT NULL, subject_id uuid NOT NULL, due_at timestamptz NOT NULL,
claimed_until timestamptz, CONSTRAINT pk_clocks PRIMARY KEY (tenant_id, kind, subject_id))"""
    )
    op.execute("CREATE INDEX ix_clocks_due_at ON platform.clocks (due_at)")
    op.execute("REVOKE ALL ON platform.clocks FROM PUBLIC")
    op.execute("GRANT SELECT, UPDATE, DELETE ON platform.clocks TO shuke_worker")
    for function in CLOCK_FUNCTIONS:
        op.execute(function.strip())


def downgrade() -> None:
    op.execute("DROP FUNCTION platform.stop_clock, platform.set_clock")
    op.execute("DROP TABLE platform.clocks")
