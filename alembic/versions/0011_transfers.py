"""Customers pass from one person to others: how far a transfer is.

Revision ID: 0011
Revises: 0010
"""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
CREATE TABLE transfers (
  tenant_id UUID NOT NULL,
  id UUID NOT NULL,
  from_staff_id UUID NOT NULL,
  to_staff_id UUID,
  rule TEXT NOT NULL,
  leaver BOOLEAN NOT NULL,
  state TEXT NOT NULL,
  total BIGINT NOT NULL,
  moved BIGINT NOT NULL,
  waiting BIGINT NOT NULL,
  started_at TIMESTAMP WITH TIME ZONE NOT NULL,
  finished_at TIMESTAMP WITH TIME ZONE,
  recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
  version BIGINT NOT NULL,
  CONSTRAINT pk_transfers PRIMARY KEY (tenant_id, id),
  CONSTRAINT fk_transfers_tenant_id_from_staff_id FOREIGN KEY(tenant_id, from_staff_id) REFERENCES staff_members (tenant_id, id),
  CONSTRAINT fk_transfers_tenant_id_to_staff_id FOREIGN KEY(tenant_id, to_staff_id) REFERENCES staff_members (tenant_id, id),
  CONSTRAINT ck_transfers_rule CHECK (rule IN ('SAME_ROLE_AND_STORE', 'ONE_PERSON')),
  CONSTRAINT ck_transfers_state CHECK (state IN ('RUNNING', 'DONE')),
  CONSTRAINT ck_transfers_finished CHECK ((finished_at IS NULL) = (state = 'RUNNING')),
  CONSTRAINT ck_transfers_to CHECK (to_staff_id <> from_staff_id),
  CONSTRAINT ck_transfers_counts CHECK (moved >= 0 AND waiting >= 0 AND total >= 0)
)"""
    )
    op.execute(
        "CREATE INDEX ix_transfers_tenant_id_from_staff_id_started_at_id ON transfers (tenant_id, from_staff_id, started_at, id)"
    )
    op.execute("CREATE INDEX ix_transfers_tenant_id_started_at_id ON transfers (tenant_id, started_at, id)")
    op.execute(
        "CREATE INDEX ix_transfers_tenant_id_state_started_at_id ON transfers (tenant_id, state, started_at, id)"
    )
    op.execute("ALTER TABLE transfers ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE transfers FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY tenant ON transfers TO shuke_app USING (tenant_id = (SELECT current_setting('app.tenant_id')::uuid)) WITH CHECK (tenant_id = (SELECT current_setting('app.tenant_id')::uuid))"
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON transfers TO shuke_app")


def downgrade() -> None:
    op.execute("DROP TABLE transfers")
