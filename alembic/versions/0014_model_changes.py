"""How far changes of the operating model have come.

Revision ID: 0014
Revises: 0013
"""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
CREATE TABLE model_changes (
  tenant_id UUID NOT NULL,
  id UUID NOT NULL,
  kind TEXT NOT NULL,
  to_kind TEXT,
  status TEXT NOT NULL,
  plan_id TEXT NOT NULL,
  succession TEXT NOT NULL,
  mapping JSONB NOT NULL,
  pace BIGINT,
  from_model_id UUID NOT NULL,
  to_model_id UUID NOT NULL,
  customers BIGINT NOT NULL,
  customers_done BIGINT NOT NULL,
  moved BIGINT NOT NULL,
  released BIGINT NOT NULL,
  last_customer UUID,
  totals_before JSONB,
  totals_after JSONB,
  recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
  completed_at TIMESTAMP WITH TIME ZONE,
  version BIGINT NOT NULL,
  CONSTRAINT pk_model_changes PRIMARY KEY (tenant_id, id),
  CONSTRAINT fk_model_changes_tenant_id_from_model_id FOREIGN KEY(tenant_id, from_model_id) REFERENCES operating_models (tenant_id, id),
  CONSTRAINT fk_model_changes_tenant_id_to_model_id FOREIGN KEY(tenant_id, to_model_id) REFERENCES operating_models (tenant_id, id),
  CONSTRAINT ck_model_changes_kind CHECK (kind IN ('MODEL_CHANGE', 'ROLE_CLEANUP')),
  CONSTRAINT ck_model_changes_to_kind CHECK (to_kind IN ('CENTRAL_OPS_GROUP', 'PER_ROLE')),
  CONSTRAINT ck_model_changes_status CHECK (status IN ('RUNNING', 'COMPLETED', 'FAILED')),
  CONSTRAINT ck_model_changes_succession CHECK (succession IN ('PLACEMENT_FIRST', 'MAPPING_FIRST')),
  CONSTRAINT ck_model_changes_to_kind_of_change CHECK ((kind = 'MODEL_CHANGE') = (to_kind IS NOT NULL)),
  CONSTRAINT ck_model_changes_completed CHECK ((completed_at IS NULL) = (status = 'RUNNING')),
  CONSTRAINT ck_model_changes_pace CHECK (pace > 0)
)"""
    )
    op.execute("CREATE UNIQUE INDEX ix_model_changes_running ON model_changes (tenant_id) WHERE status = 'RUNNING'")
    op.execute("CREATE INDEX ix_model_changes_tenant_id_recorded_at_id ON model_changes (tenant_id, recorded_at, id)")
    op.execute("ALTER TABLE model_changes ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE model_changes FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY tenant ON model_changes TO shuke_app USING (tenant_id = (SELECT current_setting('app.tenant_id')::uuid)) WITH CHECK (tenant_id = (SELECT current_setting('app.tenant_id')::uuid))"
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON model_changes TO shuke_app")


def downgrade() -> None:
    op.execute("DROP TABLE model_changes")
