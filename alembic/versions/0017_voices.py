"""The policy of answering; by when a matter is taken on; what a rating is of; a voice keeps its words when it is known.

Revision ID: 0017
Revises: 0016
"""

from __future__ import annotations

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

# Seconds for a brand with much feedback, in the transaction that makes the whole migration or none of it.
IN_ONE_TRANSACTION = "-- squawk-ignore require-concurrent-index-creation, require-concurrent-index-deletion\n"
# New columns are null in every row there is: nothing has to be looked at.
NEW_COLUMNS_ONLY = "-- squawk-ignore constraint-missing-not-valid\n"
# A voice keeps its words when it is known whose it is: whoever reads them reads them as before.
MORE_MAY_BE = "-- squawk-ignore constraint-missing-not-valid, ban-drop-constraint\n"
PERMISSIONS = "ARRAY['FEEDBACK_MANAGE']"


def _owners_keys(permissions: str) -> None:
    """An owner's key opens everything: it gets, or loses, what there is to open now."""
    # The owner of the table is bound by the policies' FORCE and has none of its own; for this statement it looks at all tenants.
    op.execute("ALTER TABLE api_keys NO FORCE ROW LEVEL SECURITY")
    op.execute(f"UPDATE api_keys SET permissions = {permissions} WHERE kind = 'OWNER'")
    op.execute("ALTER TABLE api_keys FORCE ROW LEVEL SECURITY")


def upgrade() -> None:
    op.execute(
        """
CREATE TABLE feedback_policies (
  tenant_id UUID NOT NULL,
  id UUID NOT NULL,
  said JSONB NOT NULL,
  version BIGINT NOT NULL,
  recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_feedback_policies PRIMARY KEY (tenant_id, id),
  CONSTRAINT uq_feedback_policies_tenant_id UNIQUE (tenant_id)
)"""
    )
    op.execute("ALTER TABLE feedback_policies ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE feedback_policies FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY tenant ON feedback_policies TO shuke_app USING (tenant_id = (SELECT current_setting('app.tenant_id')::uuid)) WITH CHECK (tenant_id = (SELECT current_setting('app.tenant_id')::uuid))"
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON feedback_policies TO shuke_app")
    op.execute(
        "ALTER TABLE feedback ADD COLUMN rated_type TEXT, ADD COLUMN rated_id UUID, ADD COLUMN confirmed BOOLEAN"
    )
    op.execute(
        f"{MORE_MAY_BE}ALTER TABLE feedback DROP CONSTRAINT ck_feedback_voice, "
        "ADD CONSTRAINT ck_feedback_rated_type CHECK (rated_type IN ('Case', 'Order', 'Appointment', 'Feedback')), "
        "ADD CONSTRAINT ck_feedback_rated CHECK ((rated_type IS NULL) = (rated_id IS NULL) AND (rated_id IS NULL OR kind = 'RATING'))"
    )
    op.execute(
        f"{IN_ONE_TRANSACTION}CREATE UNIQUE INDEX ix_feedback_tenant_id_rated_id ON feedback (tenant_id, rated_id) "
        "WHERE rated_id IS NOT NULL"
    )
    op.execute(
        "ALTER TABLE feedback_clocks ADD COLUMN ack_due_at TIMESTAMP WITH TIME ZONE, "
        "ADD COLUMN acknowledged_at TIMESTAMP WITH TIME ZONE, ADD COLUMN ack_result TEXT"
    )
    op.execute(
        f"{NEW_COLUMNS_ONLY}ALTER TABLE feedback_clocks "
        "ADD CONSTRAINT ck_feedback_clocks_ack_result CHECK (ack_result IN ('ON_TIME', 'LATE', 'RUNNING')), "
        "ADD CONSTRAINT ck_feedback_clocks_ack CHECK ((ack_due_at IS NULL) = (ack_result IS NULL))"
    )
    _owners_keys(f"ARRAY(SELECT DISTINCT p FROM unnest(permissions || {PERMISSIONS}) p ORDER BY p)")


def downgrade() -> None:
    _owners_keys(f"ARRAY(SELECT p FROM unnest(permissions) p WHERE p <> ALL ({PERMISSIONS}) ORDER BY p)")
    op.execute(
        "ALTER TABLE feedback_clocks DROP CONSTRAINT ck_feedback_clocks_ack, DROP CONSTRAINT ck_feedback_clocks_ack_result, "
        "DROP COLUMN ack_result, DROP COLUMN acknowledged_at, DROP COLUMN ack_due_at"
    )
    op.execute(f"{IN_ONE_TRANSACTION}DROP INDEX ix_feedback_tenant_id_rated_id")
    # A voice that was given to a customer keeps its words above, and has none below.
    op.execute("ALTER TABLE feedback NO FORCE ROW LEVEL SECURITY")
    op.execute("UPDATE feedback SET voice_name = NULL, voice_contact = NULL WHERE customer_id IS NOT NULL")
    op.execute("ALTER TABLE feedback FORCE ROW LEVEL SECURITY")
    op.execute(
        f"{NEW_COLUMNS_ONLY}ALTER TABLE feedback DROP CONSTRAINT ck_feedback_rated, DROP CONSTRAINT ck_feedback_rated_type, "
        "DROP COLUMN confirmed, DROP COLUMN rated_id, DROP COLUMN rated_type, "
        "ADD CONSTRAINT ck_feedback_voice CHECK (customer_id IS NULL OR (voice_name IS NULL AND voice_contact IS NULL))"
    )
    op.execute("DROP TABLE feedback_policies")
