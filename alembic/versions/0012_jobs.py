"""A queue for work that takes longer than an act.

Revision ID: 0012
Revises: 0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "jobs",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "kind", "id", name="pk_jobs"),
        schema="platform",
    )
    op.create_index("ix_jobs_due_at", "jobs", ["due_at"], schema="platform")
    op.execute("REVOKE ALL ON platform.jobs FROM PUBLIC")
    op.execute("GRANT SELECT, UPDATE, DELETE ON platform.jobs TO shuke_worker")
    op.execute(
        """
CREATE FUNCTION platform.enqueue(job_kind text, job_id uuid, by_kind text, by_id uuid, due timestamptz) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = platform, pg_temp AS $$
  WITH queued AS (
    INSERT INTO platform.jobs (tenant_id, kind, id, actor_kind, actor_id, due_at, attempts, recorded_at)
    VALUES (current_setting('app.tenant_id')::uuid, job_kind, job_id, by_kind, by_id, due, 0, now())
    ON CONFLICT DO NOTHING RETURNING 1
  ) SELECT EXISTS (SELECT 1 FROM queued)
$$"""
    )


def downgrade() -> None:
    op.execute("DROP FUNCTION platform.enqueue")
    op.drop_table("jobs", schema="platform")
