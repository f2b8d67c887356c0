"""Attention: what the brand says of it, whose turn it is, contacts that are reserved, and what was set aside with leave.

What was recorded before has no `attention_units`: it counts for what its medium costs.

Revision ID: 0022
Revises: 0021
"""

from __future__ import annotations

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _policies()
    _turns()
    _reservations()
    _overrides()
    _touchpoints()


def _policies() -> None:
    op.execute(
        """
CREATE TABLE attention_policies (
  tenant_id UUID NOT NULL,
  id UUID NOT NULL,
  version BIGINT NOT NULL,
  preset TEXT,
  document JSONB NOT NULL,
  memory_days BIGINT NOT NULL,
  staff_id UUID,
  recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_attention_policies PRIMARY KEY (tenant_id, id),
  CONSTRAINT fk_attention_policies_tenant_id_staff_id FOREIGN KEY(tenant_id, staff_id) REFERENCES staff_members (tenant_id, id),
  CONSTRAINT uq_attention_policies_tenant_id_version UNIQUE (tenant_id, version),
  CONSTRAINT ck_attention_policies_preset CHECK (preset IN ('LOW_FREQUENCY_ONE_TO_ONE')),
  CONSTRAINT ck_attention_policies_version CHECK (version > 1),
  CONSTRAINT ck_attention_policies_memory_days CHECK (memory_days BETWEEN 1 AND 366)
)"""
    )
    op.execute("ALTER TABLE attention_policies ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE attention_policies FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY tenant ON attention_policies TO shuke_app USING (tenant_id = (SELECT current_setting('app.tenant_id')::uuid)) WITH CHECK (tenant_id = (SELECT current_setting('app.tenant_id')::uuid))"
    )
    op.execute("GRANT SELECT, INSERT ON attention_policies TO shuke_app")
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON attention_policies FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()"
    )


def _turns() -> None:
    op.execute(
        """
CREATE TABLE attention_turns (
  tenant_id UUID NOT NULL,
  id UUID NOT NULL,
  turn BIGINT NOT NULL,
  CONSTRAINT pk_attention_turns PRIMARY KEY (tenant_id, id),
  CONSTRAINT fk_attention_turns_tenant_id_id FOREIGN KEY(tenant_id, id) REFERENCES customers (tenant_id, id),
  CONSTRAINT ck_attention_turns_turn CHECK (turn > 0)
)"""
    )
    op.execute("ALTER TABLE attention_turns ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE attention_turns FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY tenant ON attention_turns TO shuke_app USING (tenant_id = (SELECT current_setting('app.tenant_id')::uuid)) WITH CHECK (tenant_id = (SELECT current_setting('app.tenant_id')::uuid))"
    )
    op.execute(
        "CREATE POLICY scope ON attention_turns AS RESTRICTIVE FOR SELECT TO shuke_app USING ((SELECT current_setting('app.scope')) = 'ALL' OR (SELECT true FROM customer_access a WHERE a.tenant_id = attention_turns.tenant_id AND a.staff_id = (SELECT nullif(current_setting('app.staff_id'), '')::uuid) AND a.customer_id = attention_turns.id LIMIT 1))"
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON attention_turns TO shuke_app")


def _reservations() -> None:
    op.execute(
        """
CREATE TABLE contact_reservations (
  tenant_id UUID NOT NULL,
  id UUID NOT NULL,
  customer_id UUID NOT NULL,
  staff_id UUID,
  case_id UUID,
  item_id UUID,
  contact_id UUID,
  tag TEXT,
  medium TEXT NOT NULL,
  purpose TEXT NOT NULL,
  units BIGINT NOT NULL,
  content_id UUID,
  state TEXT NOT NULL,
  reserved_at TIMESTAMP WITH TIME ZONE NOT NULL,
  expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
  ended_at TIMESTAMP WITH TIME ZONE,
  touchpoint_id UUID,
  recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_contact_reservations PRIMARY KEY (tenant_id, id),
  CONSTRAINT fk_contact_reservations_tenant_id_customer_id FOREIGN KEY(tenant_id, customer_id) REFERENCES customers (tenant_id, id),
  CONSTRAINT fk_contact_reservations_tenant_id_staff_id FOREIGN KEY(tenant_id, staff_id) REFERENCES staff_members (tenant_id, id),
  CONSTRAINT fk_contact_reservations_tenant_id_case_id FOREIGN KEY(tenant_id, case_id) REFERENCES cases (tenant_id, id),
  CONSTRAINT fk_contact_reservations_tenant_id_item_id FOREIGN KEY(tenant_id, item_id) REFERENCES items (tenant_id, id),
  CONSTRAINT fk_contact_reservations_tenant_id_contact_id FOREIGN KEY(tenant_id, contact_id) REFERENCES contacts (tenant_id, id),
  CONSTRAINT fk_contact_reservations_tenant_id_content_id FOREIGN KEY(tenant_id, content_id) REFERENCES contents (tenant_id, id),
  CONSTRAINT fk_contact_reservations_tenant_id_touchpoint_id FOREIGN KEY(tenant_id, touchpoint_id) REFERENCES touchpoints (tenant_id, id),
  CONSTRAINT ck_contact_reservations_medium CHECK (medium IN ('WECOM_CHAT', 'WECOM_MASS_SEND', 'WECOM_GROUP_CHAT', 'WECOM_MOMENTS', 'OFFICIAL_ACCOUNT', 'MINI_PROGRAM', 'APP_PUSH', 'SMS', 'EMAIL', 'PHONE', 'VIDEO_CALL', 'IN_PERSON', 'PARCEL', 'LIVE_STREAM', 'OTHER')),
  CONSTRAINT ck_contact_reservations_purpose CHECK (purpose IN ('WELCOME', 'HANDOFF_INTRODUCTION', 'ENQUIRY', 'NEEDS_DISCOVERY', 'APPOINTMENT', 'RECEPTION', 'PROFESSIONAL_ASSESSMENT', 'SOLUTION', 'QUOTATION', 'CONTRACT', 'PAPERWORK', 'ORDER_STATUS', 'DELIVERY', 'SERVICE_PROGRESS', 'PROFESSIONAL_AFTERCARE', 'USAGE_GUIDANCE', 'AFTER_SALES', 'COMPLAINT', 'FEEDBACK_REPLY', 'SATISFACTION_SURVEY', 'RECALL', 'REPURCHASE', 'PROMOTION', 'CONTENT', 'COMMUNITY', 'GREETING', 'REFERRAL_INVITATION', 'WOW', 'SAFETY_NOTICE')),
  CONSTRAINT ck_contact_reservations_state CHECK (state IN ('RESERVED', 'SENT', 'RELEASED', 'EXPIRED')),
  CONSTRAINT ck_contact_reservations_units CHECK (units >= 0),
  CONSTRAINT ck_contact_reservations_ended CHECK ((ended_at IS NULL) = (state = 'RESERVED')),
  CONSTRAINT ck_contact_reservations_touchpoint CHECK ((touchpoint_id IS NOT NULL) = (state = 'SENT'))
)"""
    )
    op.execute(
        "CREATE INDEX ix_contact_reservations_open ON contact_reservations (tenant_id, customer_id) WHERE state = 'RESERVED'"
    )
    op.execute(
        "CREATE INDEX ix_contact_reservations_tenant_id_customer_id_reserved_at_id ON contact_reservations (tenant_id, customer_id, reserved_at, id)"
    )
    op.execute(
        "CREATE INDEX ix_contact_reservations_tenant_id_reserved_at_id ON contact_reservations (tenant_id, reserved_at, id)"
    )
    op.execute(
        "CREATE INDEX ix_contact_reservations_tenant_id_staff_id_reserved_at_id ON contact_reservations (tenant_id, staff_id, reserved_at, id)"
    )
    op.execute(
        "CREATE INDEX ix_contact_reservations_tenant_id_state_reserved_at_id ON contact_reservations (tenant_id, state, reserved_at, id)"
    )
    op.execute("ALTER TABLE contact_reservations ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE contact_reservations FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY tenant ON contact_reservations TO shuke_app USING (tenant_id = (SELECT current_setting('app.tenant_id')::uuid)) WITH CHECK (tenant_id = (SELECT current_setting('app.tenant_id')::uuid))"
    )
    op.execute(
        "CREATE POLICY scope ON contact_reservations AS RESTRICTIVE FOR SELECT TO shuke_app USING ((SELECT current_setting('app.scope')) = 'ALL' OR (SELECT true FROM customer_access a WHERE a.tenant_id = contact_reservations.tenant_id AND a.staff_id = (SELECT nullif(current_setting('app.staff_id'), '')::uuid) AND a.customer_id = contact_reservations.customer_id LIMIT 1))"
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON contact_reservations TO shuke_app")


def _overrides() -> None:
    op.execute(
        """
CREATE TABLE attention_overrides (
  tenant_id UUID NOT NULL,
  id UUID NOT NULL,
  customer_id UUID NOT NULL,
  staff_id UUID,
  touchpoint_id UUID,
  reservation_id UUID,
  purpose TEXT NOT NULL,
  medium TEXT NOT NULL,
  reasons TEXT[] NOT NULL,
  reason TEXT NOT NULL,
  occurred_at TIMESTAMP WITH TIME ZONE NOT NULL,
  recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_attention_overrides PRIMARY KEY (tenant_id, id),
  CONSTRAINT fk_attention_overrides_tenant_id_customer_id FOREIGN KEY(tenant_id, customer_id) REFERENCES customers (tenant_id, id),
  CONSTRAINT fk_attention_overrides_tenant_id_staff_id FOREIGN KEY(tenant_id, staff_id) REFERENCES staff_members (tenant_id, id),
  CONSTRAINT fk_attention_overrides_tenant_id_touchpoint_id FOREIGN KEY(tenant_id, touchpoint_id) REFERENCES touchpoints (tenant_id, id),
  CONSTRAINT fk_attention_overrides_tenant_id_reservation_id FOREIGN KEY(tenant_id, reservation_id) REFERENCES contact_reservations (tenant_id, id),
  CONSTRAINT ck_attention_overrides_purpose CHECK (purpose IN ('WELCOME', 'HANDOFF_INTRODUCTION', 'ENQUIRY', 'NEEDS_DISCOVERY', 'APPOINTMENT', 'RECEPTION', 'PROFESSIONAL_ASSESSMENT', 'SOLUTION', 'QUOTATION', 'CONTRACT', 'PAPERWORK', 'ORDER_STATUS', 'DELIVERY', 'SERVICE_PROGRESS', 'PROFESSIONAL_AFTERCARE', 'USAGE_GUIDANCE', 'AFTER_SALES', 'COMPLAINT', 'FEEDBACK_REPLY', 'SATISFACTION_SURVEY', 'RECALL', 'REPURCHASE', 'PROMOTION', 'CONTENT', 'COMMUNITY', 'GREETING', 'REFERRAL_INVITATION', 'WOW', 'SAFETY_NOTICE')),
  CONSTRAINT ck_attention_overrides_medium CHECK (medium IN ('WECOM_CHAT', 'WECOM_MASS_SEND', 'WECOM_GROUP_CHAT', 'WECOM_MOMENTS', 'OFFICIAL_ACCOUNT', 'MINI_PROGRAM', 'APP_PUSH', 'SMS', 'EMAIL', 'PHONE', 'VIDEO_CALL', 'IN_PERSON', 'PARCEL', 'LIVE_STREAM', 'OTHER'))
)"""
    )
    op.execute(
        "CREATE INDEX ix_attention_overrides_tenant_id_customer_id_occurred_at_id ON attention_overrides (tenant_id, customer_id, occurred_at, id)"
    )
    op.execute(
        "CREATE INDEX ix_attention_overrides_tenant_id_occurred_at_id ON attention_overrides (tenant_id, occurred_at, id)"
    )
    op.execute(
        "CREATE INDEX ix_attention_overrides_tenant_id_reservation_id ON attention_overrides (tenant_id, reservation_id) WHERE reservation_id IS NOT NULL"
    )
    op.execute(
        "CREATE INDEX ix_attention_overrides_tenant_id_touchpoint_id ON attention_overrides (tenant_id, touchpoint_id) WHERE touchpoint_id IS NOT NULL"
    )
    op.execute("ALTER TABLE attention_overrides ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE attention_overrides FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY tenant ON attention_overrides TO shuke_app USING (tenant_id = (SELECT current_setting('app.tenant_id')::uuid)) WITH CHECK (tenant_id = (SELECT current_setting('app.tenant_id')::uuid))"
    )
    op.execute(
        "CREATE POLICY scope ON attention_overrides AS RESTRICTIVE FOR SELECT TO shuke_app USING ((SELECT current_setting('app.scope')) = 'ALL' OR (SELECT true FROM customer_access a WHERE a.tenant_id = attention_overrides.tenant_id AND a.staff_id = (SELECT nullif(current_setting('app.staff_id'), '')::uuid) AND a.customer_id = attention_overrides.customer_id LIMIT 1))"
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON attention_overrides TO shuke_app")


def _touchpoints() -> None:
    op.execute("ALTER TABLE touchpoints ADD COLUMN attention_units bigint")
    op.execute("ALTER TABLE touchpoints ADD COLUMN contact_id uuid")
    op.execute(
        "ALTER TABLE touchpoints ADD CONSTRAINT ck_touchpoints_attention_units CHECK (attention_units >= 0) NOT VALID"
    )
    op.execute("ALTER TABLE touchpoints VALIDATE CONSTRAINT ck_touchpoints_attention_units")
    op.execute(
        "ALTER TABLE touchpoints ADD CONSTRAINT fk_touchpoints_tenant_id_contact_id"
        " FOREIGN KEY (tenant_id, contact_id) REFERENCES contacts (tenant_id, id) NOT VALID"
    )
    op.execute("ALTER TABLE touchpoints VALIDATE CONSTRAINT fk_touchpoints_tenant_id_contact_id")


def downgrade() -> None:
    op.execute("ALTER TABLE touchpoints DROP CONSTRAINT fk_touchpoints_tenant_id_contact_id")
    op.execute("ALTER TABLE touchpoints DROP CONSTRAINT ck_touchpoints_attention_units")
    for column in ("contact_id", "attention_units"):
        op.execute(f"ALTER TABLE touchpoints DROP COLUMN {column}")
    for table in ("attention_overrides", "contact_reservations", "attention_turns", "attention_policies"):
        op.execute(f"DROP TABLE {table}")
