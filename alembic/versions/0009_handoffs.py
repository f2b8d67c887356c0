"""Handoffs, and access to a customer by way of one

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

HANDOFFS = (
    """CREATE TABLE handoffs (
  tenant_id UUID NOT NULL,
  id UUID NOT NULL,
  customer_id UUID NOT NULL,
  case_id UUID,
  purpose TEXT,
  staff_id UUID,
  to_staff_id UUID,
  role_id UUID,
  group_id UUID,
  store_id UUID,
  message TEXT,
  status TEXT NOT NULL,
  requested_at timestamptz NOT NULL,
  due_at timestamptz NOT NULL,
  escalated_at timestamptz,
  escalated_to_id UUID,
  answered_at timestamptz,
  answered_by_id UUID,
  declined_reason TEXT,
  version BIGINT NOT NULL,
  recorded_at timestamptz NOT NULL,
  CONSTRAINT pk_handoffs PRIMARY KEY (tenant_id, id),
  CONSTRAINT fk_handoffs_tenant_id_customer_id FOREIGN KEY(tenant_id, customer_id) REFERENCES customers (tenant_id, id),
  CONSTRAINT fk_handoffs_tenant_id_case_id FOREIGN KEY(tenant_id, case_id) REFERENCES cases (tenant_id, id),
  CONSTRAINT fk_handoffs_tenant_id_staff_id FOREIGN KEY(tenant_id, staff_id) REFERENCES staff_members (tenant_id, id),
  CONSTRAINT fk_handoffs_tenant_id_to_staff_id FOREIGN KEY(tenant_id, to_staff_id) REFERENCES staff_members (tenant_id, id),
  CONSTRAINT fk_handoffs_tenant_id_escalated_to_id FOREIGN KEY(tenant_id, escalated_to_id) REFERENCES staff_members (tenant_id, id),
  CONSTRAINT fk_handoffs_tenant_id_answered_by_id FOREIGN KEY(tenant_id, answered_by_id) REFERENCES staff_members (tenant_id, id),
  CONSTRAINT fk_handoffs_tenant_id_role_id FOREIGN KEY(tenant_id, role_id) REFERENCES service_roles (tenant_id, id),
  CONSTRAINT fk_handoffs_tenant_id_group_id FOREIGN KEY(tenant_id, group_id) REFERENCES ops_groups (tenant_id, id),
  CONSTRAINT fk_handoffs_tenant_id_store_id FOREIGN KEY(tenant_id, store_id) REFERENCES stores (tenant_id, id),
  CONSTRAINT ck_handoffs_purpose CHECK (purpose IN ('WELCOME', 'HANDOFF_INTRODUCTION', 'ENQUIRY', 'NEEDS_DISCOVERY', 'APPOINTMENT', 'RECEPTION', 'PROFESSIONAL_ASSESSMENT', 'SOLUTION', 'QUOTATION', 'CONTRACT', 'PAPERWORK', 'ORDER_STATUS', 'DELIVERY', 'SERVICE_PROGRESS', 'PROFESSIONAL_AFTERCARE', 'USAGE_GUIDANCE', 'AFTER_SALES', 'COMPLAINT', 'FEEDBACK_REPLY', 'SATISFACTION_SURVEY', 'RECALL', 'REPURCHASE', 'PROMOTION', 'CONTENT', 'COMMUNITY', 'GREETING', 'REFERRAL_INVITATION', 'WOW', 'SAFETY_NOTICE')),
  CONSTRAINT ck_handoffs_status CHECK (status IN ('REQUESTED', 'ACCEPTED', 'DECLINED', 'ESCALATED', 'CANCELLED')),
  CONSTRAINT ck_handoffs_unit CHECK (num_nonnulls(group_id, role_id) <= 1),
  CONSTRAINT ck_handoffs_addressed CHECK (num_nonnulls(to_staff_id, group_id, role_id) >= 1),
  CONSTRAINT ck_handoffs_answered CHECK ((answered_at IS NULL) = (status IN ('REQUESTED', 'ESCALATED')))
)""",
    "CREATE INDEX ix_handoffs_tenant_id_case_id_requested_at_id ON handoffs (tenant_id, case_id, requested_at, id) WHERE case_id IS NOT NULL",
    "CREATE INDEX ix_handoffs_tenant_id_customer_id_requested_at_id ON handoffs (tenant_id, customer_id, requested_at, id)",
    "CREATE INDEX ix_handoffs_tenant_id_due_at_id ON handoffs (tenant_id, due_at, id)",
    "CREATE INDEX ix_handoffs_tenant_id_group_id_requested_at_id ON handoffs (tenant_id, group_id, requested_at, id) WHERE group_id IS NOT NULL",
    "CREATE INDEX ix_handoffs_tenant_id_requested_at_id ON handoffs (tenant_id, requested_at, id)",
    "CREATE INDEX ix_handoffs_tenant_id_role_id_requested_at_id ON handoffs (tenant_id, role_id, requested_at, id) WHERE role_id IS NOT NULL",
    "CREATE INDEX ix_handoffs_tenant_id_staff_id_requested_at_id ON handoffs (tenant_id, staff_id, requested_at, id) WHERE staff_id IS NOT NULL",
    "CREATE INDEX ix_handoffs_tenant_id_status_due_at_id ON handoffs (tenant_id, status, due_at, id)",
    "CREATE INDEX ix_handoffs_tenant_id_status_requested_at_id ON handoffs (tenant_id, status, requested_at, id)",
    "CREATE INDEX ix_handoffs_tenant_id_store_id_requested_at_id ON handoffs (tenant_id, store_id, requested_at, id) WHERE store_id IS NOT NULL",
    "CREATE INDEX ix_handoffs_tenant_id_to_staff_id_requested_at_id ON handoffs (tenant_id, to_staff_id, requested_at, id) WHERE to_staff_id IS NOT NULL",
    "CREATE UNIQUE INDEX uq_handoffs_open ON handoffs (tenant_id, customer_id, to_staff_id, role_id, group_id, store_id, purpose) NULLS NOT DISTINCT WHERE status IN ('REQUESTED', 'ESCALATED')",
    "ALTER TABLE handoffs ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE handoffs FORCE ROW LEVEL SECURITY",
    "CREATE POLICY tenant ON handoffs TO shuke_app USING (tenant_id = (SELECT current_setting('app.tenant_id')::uuid)) WITH CHECK (tenant_id = (SELECT current_setting('app.tenant_id')::uuid))",
    "CREATE POLICY scope ON handoffs AS RESTRICTIVE FOR SELECT TO shuke_app USING ((SELECT current_setting('app.scope')) = 'ALL' OR (SELECT true FROM customer_access a WHERE a.tenant_id = handoffs.tenant_id AND a.staff_id = (SELECT nullif(current_setting('app.staff_id'), '')::uuid) AND a.customer_id = handoffs.customer_id LIMIT 1))",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON handoffs TO shuke_app",
)

IGNORED = "-- squawk-ignore ban-drop-constraint, constraint-missing-not-valid\n"


def _reasons(*codes: str) -> None:
    """Why somebody may see a customer. Every row there is has one of the reasons before and after."""
    listed = ", ".join(f"'{code}'" for code in codes)
    op.execute(f"{IGNORED}ALTER TABLE customer_access DROP CONSTRAINT ck_customer_access_via")
    op.execute(f"{IGNORED}ALTER TABLE customer_access ADD CONSTRAINT ck_customer_access_via CHECK (via IN ({listed}))")


def upgrade() -> None:
    for statement in HANDOFFS:
        op.execute(statement)
    _reasons("RELATIONSHIP", "GROUP", "STORE", "HANDOFF")


def downgrade() -> None:
    op.execute("ALTER TABLE customer_access NO FORCE ROW LEVEL SECURITY")
    op.execute("DELETE FROM customer_access WHERE via = 'HANDOFF'")
    op.execute("ALTER TABLE customer_access FORCE ROW LEVEL SECURITY")
    _reasons("RELATIONSHIP", "GROUP", "STORE")
    op.execute("DROP TABLE handoffs")
