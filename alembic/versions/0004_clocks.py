"""Deadlines as data: what is to be looked at again, and when.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
CREATE TABLE platform.clocks (
  tenant_id UUID NOT NULL,
  kind TEXT NOT NULL,
  subject_id UUID NOT NULL,
  due_at TIMESTAMP WITH TIME ZONE NOT NULL,
  claimed_until TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_clocks PRIMARY KEY (tenant_id, kind, subject_id)
)"""
    )
    op.execute("CREATE INDEX ix_clocks_due_at ON platform.clocks (due_at)")
    op.execute("REVOKE ALL ON platform.clocks FROM PUBLIC")
    op.execute("GRANT SELECT, UPDATE, DELETE ON platform.clocks TO shuke_worker")
    op.execute(
        """
CREATE FUNCTION platform.set_clock(what text, subject uuid, due timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = platform, pg_temp AS $$
  INSERT INTO platform.clocks (tenant_id, kind, subject_id, due_at)
  VALUES (current_setting('app.tenant_id')::uuid, what, subject, due)
  ON CONFLICT (tenant_id, kind, subject_id) DO UPDATE SET due_at = EXCLUDED.due_at, claimed_until = NULL
$$"""
    )
    op.execute(
        """
CREATE FUNCTION platform.stop_clock(what text, subject uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = platform, pg_temp AS $$
  DELETE FROM platform.clocks
  WHERE tenant_id = current_setting('app.tenant_id')::uuid AND kind = what AND subject_id = subject
$$"""
    )


def downgrade() -> None:
    op.execute("DROP FUNCTION platform.stop_clock")
    op.execute("DROP FUNCTION platform.set_clock")
    op.execute("DROP TABLE platform.clocks")
