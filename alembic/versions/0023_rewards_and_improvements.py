"""Rewards and improvements.

Revision ID: 0023
Revises: 0022
"""

from __future__ import annotations

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

NOW = (
    "HANDOFF",
    "FEEDBACK_CLOCK",
    "PROMISE_DUE",
    "APPOINTMENT",
    "MISSED_VISIT",
    "ASSIGNMENT_QUEUE",
    "UNANSWERED_ENQUIRY",
    "REWARD",
)
BEFORE = tuple(kind for kind in NOW if kind != "REWARD")
# Widened, it holds for every row there is. Narrowed, the rows that would break it are gone.
CHECKED = "-- squawk-ignore ban-drop-constraint, constraint-missing-not-valid\n"
PERMISSIONS = "ARRAY['REWARD_APPROVE']"


def _owners_keys(permissions: str) -> None:
    """An owner's key opens everything: it gets, or loses, what there is to open now."""
    # The owner of the table is bound by the policies' FORCE and has none of its own; for this statement it looks at all tenants.
    op.execute("ALTER TABLE api_keys NO FORCE ROW LEVEL SECURITY")
    op.execute(f"UPDATE api_keys SET permissions = {permissions} WHERE kind = 'OWNER'")
    op.execute("ALTER TABLE api_keys FORCE ROW LEVEL SECURITY")


def _kinds(kinds: tuple[str, ...]) -> None:
    codes = ", ".join(f"'{kind}'" for kind in kinds)
    op.execute(f"{CHECKED}ALTER TABLE work_items DROP CONSTRAINT ck_work_items_kind")
    op.execute(f"{CHECKED}ALTER TABLE work_items ADD CONSTRAINT ck_work_items_kind CHECK (kind IN ({codes}))")


def upgrade() -> None:
    op.execute(
        """
CREATE TABLE rewards (
  tenant_id UUID NOT NULL,
  id UUID NOT NULL,
  customer_id UUID NOT NULL,
  feedback_id UUID NOT NULL,
  kind TEXT NOT NULL,
  status TEXT NOT NULL,
  amount_minor BIGINT NOT NULL,
  currency TEXT NOT NULL,
  due_at TIMESTAMP WITH TIME ZONE NOT NULL,
  clock_result TEXT NOT NULL,
  proposed_at TIMESTAMP WITH TIME ZONE NOT NULL,
  approved_at TIMESTAMP WITH TIME ZONE,
  approved_by_id UUID,
  budget_month DATE,
  paid_at TIMESTAMP WITH TIME ZONE,
  paid_by_id UUID,
  evidence TEXT,
  void_reason TEXT,
  version BIGINT NOT NULL,
  recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_rewards PRIMARY KEY (tenant_id, id),
  CONSTRAINT fk_rewards_tenant_id_customer_id FOREIGN KEY(tenant_id, customer_id) REFERENCES customers (tenant_id, id),
  CONSTRAINT fk_rewards_tenant_id_feedback_id FOREIGN KEY(tenant_id, feedback_id) REFERENCES feedback (tenant_id, id),
  CONSTRAINT fk_rewards_tenant_id_approved_by_id FOREIGN KEY(tenant_id, approved_by_id) REFERENCES staff_members (tenant_id, id),
  CONSTRAINT fk_rewards_tenant_id_paid_by_id FOREIGN KEY(tenant_id, paid_by_id) REFERENCES staff_members (tenant_id, id),
  CONSTRAINT uq_rewards_tenant_id_feedback_id UNIQUE (tenant_id, feedback_id),
  CONSTRAINT ck_rewards_kind CHECK (kind IN ('PRODUCT_REQUEST', 'COMPLAINT', 'SUGGESTION', 'PRAISE', 'RATING')),
  CONSTRAINT ck_rewards_status CHECK (status IN ('PROPOSED', 'APPROVED', 'PAID', 'VOID')),
  CONSTRAINT ck_rewards_clock_result CHECK (clock_result IN ('ON_TIME', 'LATE', 'RUNNING')),
  CONSTRAINT ck_rewards_amount CHECK (amount_minor > 0),
  CONSTRAINT ck_rewards_approved CHECK ((approved_at IS NULL) = (budget_month IS NULL)),
  CONSTRAINT ck_rewards_proposed CHECK (status <> 'PROPOSED' OR approved_at IS NULL),
  CONSTRAINT ck_rewards_in_force CHECK (status NOT IN ('APPROVED', 'PAID') OR approved_at IS NOT NULL),
  CONSTRAINT ck_rewards_paid CHECK ((status = 'PAID') = (paid_at IS NOT NULL)),
  CONSTRAINT ck_rewards_void CHECK ((status = 'VOID') = (void_reason IS NOT NULL))
)"""
    )
    op.execute(
        "CREATE INDEX ix_rewards_tenant_id_customer_id_proposed_at_id ON rewards (tenant_id, customer_id, proposed_at, id)"
    )
    op.execute(
        "CREATE INDEX ix_rewards_tenant_id_kind_budget_month ON rewards (tenant_id, kind, budget_month) WHERE budget_month IS NOT NULL"
    )
    op.execute("CREATE INDEX ix_rewards_tenant_id_proposed_at_id ON rewards (tenant_id, proposed_at, id)")
    op.execute(
        "CREATE INDEX ix_rewards_tenant_id_status_proposed_at_id ON rewards (tenant_id, status, proposed_at, id)"
    )
    op.execute("CREATE INDEX ix_rewards_tenant_id_updated_at_id ON rewards (tenant_id, updated_at, id)")
    op.execute("ALTER TABLE rewards ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE rewards FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY tenant ON rewards TO shuke_app USING (tenant_id = (SELECT current_setting('app.tenant_id')::uuid)) WITH CHECK (tenant_id = (SELECT current_setting('app.tenant_id')::uuid))"
    )
    op.execute(
        "CREATE POLICY scope ON rewards AS RESTRICTIVE FOR SELECT TO shuke_app USING ((SELECT current_setting('app.scope')) = 'ALL' OR (SELECT true FROM customer_access a WHERE a.tenant_id = rewards.tenant_id AND a.staff_id = (SELECT nullif(current_setting('app.staff_id'), '')::uuid) AND a.customer_id = rewards.customer_id LIMIT 1))"
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON rewards TO shuke_app")
    op.execute(
        """
CREATE TABLE improvements (
  tenant_id UUID NOT NULL,
  id UUID NOT NULL,
  title TEXT NOT NULL,
  description TEXT,
  item_id UUID,
  staff_id UUID,
  status TEXT NOT NULL,
  planned_for DATE,
  answer TEXT,
  medium TEXT,
  shipped_at TIMESTAMP WITH TIME ZONE,
  drop_reason TEXT,
  voices BIGINT NOT NULL,
  told BIGINT NOT NULL,
  change_seconds BIGINT,
  version BIGINT NOT NULL,
  recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_improvements PRIMARY KEY (tenant_id, id),
  CONSTRAINT fk_improvements_tenant_id_item_id FOREIGN KEY(tenant_id, item_id) REFERENCES items (tenant_id, id),
  CONSTRAINT fk_improvements_tenant_id_staff_id FOREIGN KEY(tenant_id, staff_id) REFERENCES staff_members (tenant_id, id),
  CONSTRAINT ck_improvements_status CHECK (status IN ('OPEN', 'PLANNED', 'SHIPPED', 'DROPPED')),
  CONSTRAINT ck_improvements_medium CHECK (medium IN ('WECOM_CHAT', 'WECOM_MASS_SEND', 'WECOM_GROUP_CHAT', 'WECOM_MOMENTS', 'OFFICIAL_ACCOUNT', 'MINI_PROGRAM', 'APP_PUSH', 'SMS', 'EMAIL', 'PHONE', 'VIDEO_CALL', 'IN_PERSON', 'PARCEL', 'LIVE_STREAM', 'OTHER')),
  CONSTRAINT ck_improvements_shipped CHECK ((status = 'SHIPPED') = (shipped_at IS NOT NULL)),
  CONSTRAINT ck_improvements_told_how CHECK ((shipped_at IS NULL) = (medium IS NULL) AND (shipped_at IS NULL) = (answer IS NULL)),
  CONSTRAINT ck_improvements_dropped CHECK ((status = 'DROPPED') = (drop_reason IS NOT NULL)),
  CONSTRAINT ck_improvements_counts CHECK (0 <= told AND told <= voices)
)"""
    )
    op.execute(
        "CREATE INDEX ix_improvements_tenant_id_item_id_recorded_at_id ON improvements (tenant_id, item_id, recorded_at, id) WHERE item_id IS NOT NULL"
    )
    op.execute("CREATE INDEX ix_improvements_tenant_id_recorded_at_id ON improvements (tenant_id, recorded_at, id)")
    op.execute(
        "CREATE INDEX ix_improvements_tenant_id_status_recorded_at_id ON improvements (tenant_id, status, recorded_at, id)"
    )
    op.execute("CREATE INDEX ix_improvements_tenant_id_updated_at_id ON improvements (tenant_id, updated_at, id)")
    op.execute("ALTER TABLE improvements ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE improvements FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY tenant ON improvements TO shuke_app USING (tenant_id = (SELECT current_setting('app.tenant_id')::uuid)) WITH CHECK (tenant_id = (SELECT current_setting('app.tenant_id')::uuid))"
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON improvements TO shuke_app")
    op.execute(
        """
CREATE TABLE improvement_links (
  tenant_id UUID NOT NULL,
  id UUID NOT NULL,
  improvement_id UUID NOT NULL,
  feedback_id UUID NOT NULL,
  customer_id UUID,
  touchpoint_id UUID,
  told_at TIMESTAMP WITH TIME ZONE,
  by_hand BOOLEAN NOT NULL,
  recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_improvement_links PRIMARY KEY (tenant_id, id),
  CONSTRAINT fk_improvement_links_tenant_id_improvement_id FOREIGN KEY(tenant_id, improvement_id) REFERENCES improvements (tenant_id, id),
  CONSTRAINT fk_improvement_links_tenant_id_feedback_id FOREIGN KEY(tenant_id, feedback_id) REFERENCES feedback (tenant_id, id),
  CONSTRAINT fk_improvement_links_tenant_id_customer_id FOREIGN KEY(tenant_id, customer_id) REFERENCES customers (tenant_id, id),
  CONSTRAINT fk_improvement_links_tenant_id_touchpoint_id FOREIGN KEY(tenant_id, touchpoint_id) REFERENCES touchpoints (tenant_id, id),
  CONSTRAINT uq_improvement_links_tenant_id_feedback_id UNIQUE (tenant_id, feedback_id)
)"""
    )
    op.execute(
        "CREATE INDEX ix_improvement_links_tenant_id_improvement_id_id ON improvement_links (tenant_id, improvement_id, id) WHERE told_at IS NULL AND NOT by_hand"
    )
    op.execute(
        "CREATE INDEX ix_improvement_links_tenant_id_improvement_id_recorded_at_id ON improvement_links (tenant_id, improvement_id, recorded_at, id)"
    )
    op.execute("ALTER TABLE improvement_links ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE improvement_links FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY tenant ON improvement_links TO shuke_app USING (tenant_id = (SELECT current_setting('app.tenant_id')::uuid)) WITH CHECK (tenant_id = (SELECT current_setting('app.tenant_id')::uuid))"
    )
    op.execute(
        "CREATE POLICY scope ON improvement_links AS RESTRICTIVE FOR SELECT TO shuke_app USING ((SELECT current_setting('app.scope')) = 'ALL' OR (improvement_links.customer_id IS NULL AND (EXISTS (SELECT 1 FROM feedback f WHERE f.tenant_id = improvement_links.tenant_id AND f.id = improvement_links.feedback_id))) OR (SELECT true FROM customer_access a WHERE a.tenant_id = improvement_links.tenant_id AND a.staff_id = (SELECT nullif(current_setting('app.staff_id'), '')::uuid) AND a.customer_id = improvement_links.customer_id LIMIT 1))"
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON improvement_links TO shuke_app")
    _kinds(NOW)
    _owners_keys(f"ARRAY(SELECT DISTINCT p FROM unnest(permissions || {PERMISSIONS}) p ORDER BY p)")


def downgrade() -> None:
    _owners_keys(f"ARRAY(SELECT p FROM unnest(permissions) p WHERE p <> ALL ({PERMISSIONS}) ORDER BY p)")
    op.execute("ALTER TABLE work_items NO FORCE ROW LEVEL SECURITY")
    op.execute("DELETE FROM work_items WHERE kind = 'REWARD'")
    op.execute("ALTER TABLE work_items FORCE ROW LEVEL SECURITY")
    _kinds(BEFORE)
    for table in ("improvement_links", "improvements", "rewards"):
        op.execute(f"DROP TABLE {table}")
