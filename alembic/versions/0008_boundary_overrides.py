"""Acts outside a service boundary with leave, and the purpose a note is written for

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

BOUNDARY_OVERRIDES = (
    """CREATE TABLE boundary_overrides (
  tenant_id UUID NOT NULL,
  id UUID NOT NULL,
  customer_id UUID,
  staff_id UUID NOT NULL,
  group_id UUID,
  role_id UUID,
  purpose TEXT NOT NULL,
  fact_type TEXT NOT NULL,
  fact_id UUID NOT NULL,
  reason TEXT NOT NULL,
  occurred_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL,
  CONSTRAINT pk_boundary_overrides PRIMARY KEY (tenant_id, id),
  CONSTRAINT fk_boundary_overrides_tenant_id_customer_id FOREIGN KEY(tenant_id, customer_id) REFERENCES customers (tenant_id, id),
  CONSTRAINT fk_boundary_overrides_tenant_id_staff_id FOREIGN KEY(tenant_id, staff_id) REFERENCES staff_members (tenant_id, id),
  CONSTRAINT fk_boundary_overrides_tenant_id_group_id FOREIGN KEY(tenant_id, group_id) REFERENCES ops_groups (tenant_id, id),
  CONSTRAINT fk_boundary_overrides_tenant_id_role_id FOREIGN KEY(tenant_id, role_id) REFERENCES service_roles (tenant_id, id),
  CONSTRAINT ck_boundary_overrides_purpose CHECK (purpose IN ('WELCOME', 'HANDOFF_INTRODUCTION', 'ENQUIRY', 'NEEDS_DISCOVERY', 'APPOINTMENT', 'RECEPTION', 'PROFESSIONAL_ASSESSMENT', 'SOLUTION', 'QUOTATION', 'CONTRACT', 'PAPERWORK', 'ORDER_STATUS', 'DELIVERY', 'SERVICE_PROGRESS', 'PROFESSIONAL_AFTERCARE', 'USAGE_GUIDANCE', 'AFTER_SALES', 'COMPLAINT', 'FEEDBACK_REPLY', 'SATISFACTION_SURVEY', 'RECALL', 'REPURCHASE', 'PROMOTION', 'CONTENT', 'COMMUNITY', 'GREETING', 'REFERRAL_INVITATION', 'WOW', 'SAFETY_NOTICE')),
  CONSTRAINT ck_boundary_overrides_unit CHECK (num_nonnulls(group_id, role_id) = 1)
)""",
    "CREATE INDEX ix_boundary_overrides_tenant_id_customer_id_occurred_at_id ON boundary_overrides (tenant_id, customer_id, occurred_at, id)",
    "CREATE INDEX ix_boundary_overrides_tenant_id_fact_id_occurred_at_id ON boundary_overrides (tenant_id, fact_id, occurred_at, id)",
    "CREATE INDEX ix_boundary_overrides_tenant_id_occurred_at_id ON boundary_overrides (tenant_id, occurred_at, id)",
    "CREATE INDEX ix_boundary_overrides_tenant_id_purpose_occurred_at_id ON boundary_overrides (tenant_id, purpose, occurred_at, id)",
    "CREATE INDEX ix_boundary_overrides_tenant_id_staff_id_occurred_at_id ON boundary_overrides (tenant_id, staff_id, occurred_at, id)",
    "ALTER TABLE boundary_overrides ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE boundary_overrides FORCE ROW LEVEL SECURITY",
    "CREATE POLICY tenant ON boundary_overrides TO shuke_app USING (tenant_id = (SELECT current_setting('app.tenant_id')::uuid)) WITH CHECK (tenant_id = (SELECT current_setting('app.tenant_id')::uuid))",
    "CREATE POLICY scope ON boundary_overrides AS RESTRICTIVE FOR SELECT TO shuke_app USING ((SELECT current_setting('app.scope')) = 'ALL' OR (boundary_overrides.customer_id IS NULL AND (false)) OR (SELECT true FROM customer_access a WHERE a.tenant_id = boundary_overrides.tenant_id AND a.staff_id = (SELECT nullif(current_setting('app.staff_id'), '')::uuid) AND a.customer_id = boundary_overrides.customer_id LIMIT 1))",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON boundary_overrides TO shuke_app",
)

PURPOSES = (
    "WELCOME",
    "HANDOFF_INTRODUCTION",
    "ENQUIRY",
    "NEEDS_DISCOVERY",
    "APPOINTMENT",
    "RECEPTION",
    "PROFESSIONAL_ASSESSMENT",
    "SOLUTION",
    "QUOTATION",
    "CONTRACT",
    "PAPERWORK",
    "ORDER_STATUS",
    "DELIVERY",
    "SERVICE_PROGRESS",
    "PROFESSIONAL_AFTERCARE",
    "USAGE_GUIDANCE",
    "AFTER_SALES",
    "COMPLAINT",
    "FEEDBACK_REPLY",
    "SATISFACTION_SURVEY",
    "RECALL",
    "REPURCHASE",
    "PROMOTION",
    "CONTENT",
    "COMMUNITY",
    "GREETING",
    "REFERRAL_INVITATION",
    "WOW",
    "SAFETY_NOTICE",
)


# What is looked through holds nothing to find: no note has a purpose yet.
CHECKED = "-- squawk-ignore constraint-missing-not-valid\n"


def upgrade() -> None:
    for statement in BOUNDARY_OVERRIDES:
        op.execute(statement)
    op.execute("ALTER TABLE service_notes ADD COLUMN purpose text")
    codes = ", ".join(f"'{code}'" for code in PURPOSES)
    op.execute(
        f"{CHECKED}ALTER TABLE service_notes ADD CONSTRAINT ck_service_notes_purpose CHECK (purpose IN ({codes}))"
    )


def downgrade() -> None:
    op.execute("ALTER TABLE service_notes DROP COLUMN purpose")
    op.execute("DROP TABLE boundary_overrides")
