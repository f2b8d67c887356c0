"""Work items: what somebody should do next, and by when

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

WORK_ITEMS = (
    """CREATE TABLE work_items (
  tenant_id UUID NOT NULL,
  id UUID NOT NULL,
  kind TEXT NOT NULL,
  subject_type TEXT NOT NULL,
  subject_id UUID NOT NULL,
  customer_id UUID,
  purpose TEXT,
  assignee_id UUID,
  role_id UUID,
  group_id UUID,
  store_id UUID,
  state TEXT NOT NULL,
  due_at timestamptz NOT NULL,
  opened_at timestamptz NOT NULL,
  closed_at timestamptz,
  version BIGINT NOT NULL,
  recorded_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  CONSTRAINT pk_work_items PRIMARY KEY (tenant_id, id),
  CONSTRAINT fk_work_items_tenant_id_customer_id FOREIGN KEY(tenant_id, customer_id) REFERENCES customers (tenant_id, id),
  CONSTRAINT fk_work_items_tenant_id_assignee_id FOREIGN KEY(tenant_id, assignee_id) REFERENCES staff_members (tenant_id, id),
  CONSTRAINT fk_work_items_tenant_id_role_id FOREIGN KEY(tenant_id, role_id) REFERENCES service_roles (tenant_id, id),
  CONSTRAINT fk_work_items_tenant_id_group_id FOREIGN KEY(tenant_id, group_id) REFERENCES ops_groups (tenant_id, id),
  CONSTRAINT fk_work_items_tenant_id_store_id FOREIGN KEY(tenant_id, store_id) REFERENCES stores (tenant_id, id),
  CONSTRAINT uq_work_items_tenant_id_kind_subject_id UNIQUE (tenant_id, kind, subject_id),
  CONSTRAINT ck_work_items_kind CHECK (kind IN ('HANDOFF', 'FEEDBACK_CLOCK', 'PROMISE_DUE', 'APPOINTMENT', 'ASSIGNMENT_QUEUE', 'UNANSWERED_ENQUIRY')),
  CONSTRAINT ck_work_items_state CHECK (state IN ('OPEN', 'CLOSED')),
  CONSTRAINT ck_work_items_purpose CHECK (purpose IN ('WELCOME', 'HANDOFF_INTRODUCTION', 'ENQUIRY', 'NEEDS_DISCOVERY', 'APPOINTMENT', 'RECEPTION', 'PROFESSIONAL_ASSESSMENT', 'SOLUTION', 'QUOTATION', 'CONTRACT', 'PAPERWORK', 'ORDER_STATUS', 'DELIVERY', 'SERVICE_PROGRESS', 'PROFESSIONAL_AFTERCARE', 'USAGE_GUIDANCE', 'AFTER_SALES', 'COMPLAINT', 'FEEDBACK_REPLY', 'SATISFACTION_SURVEY', 'RECALL', 'REPURCHASE', 'PROMOTION', 'CONTENT', 'COMMUNITY', 'GREETING', 'REFERRAL_INVITATION', 'WOW', 'SAFETY_NOTICE')),
  CONSTRAINT ck_work_items_unit CHECK (num_nonnulls(group_id, role_id) <= 1),
  CONSTRAINT ck_work_items_closed CHECK ((closed_at IS NULL) = (state = 'OPEN'))
)""",
    "CREATE INDEX ix_work_items_tenant_id_assignee_id_state_due_at_id ON work_items (tenant_id, assignee_id, state, due_at, id) WHERE assignee_id IS NOT NULL",
    "CREATE INDEX ix_work_items_tenant_id_customer_id_due_at_id ON work_items (tenant_id, customer_id, due_at, id)",
    "CREATE INDEX ix_work_items_tenant_id_due_at_id ON work_items (tenant_id, due_at, id)",
    "CREATE INDEX ix_work_items_tenant_id_group_id_state_due_at_id ON work_items (tenant_id, group_id, state, due_at, id) WHERE group_id IS NOT NULL",
    "CREATE INDEX ix_work_items_tenant_id_kind_state_due_at_id ON work_items (tenant_id, kind, state, due_at, id)",
    "CREATE INDEX ix_work_items_tenant_id_role_id_state_due_at_id ON work_items (tenant_id, role_id, state, due_at, id) WHERE role_id IS NOT NULL",
    "CREATE INDEX ix_work_items_tenant_id_state_due_at_id ON work_items (tenant_id, state, due_at, id)",
    "CREATE INDEX ix_work_items_tenant_id_store_id_state_due_at_id ON work_items (tenant_id, store_id, state, due_at, id) WHERE store_id IS NOT NULL",
    "CREATE INDEX ix_work_items_tenant_id_updated_at_id ON work_items (tenant_id, updated_at, id)",
    "CREATE INDEX ix_work_items_waiting ON work_items (tenant_id, customer_id, kind) WHERE state = 'OPEN'",
    "ALTER TABLE work_items ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE work_items FORCE ROW LEVEL SECURITY",
    "CREATE POLICY tenant ON work_items TO shuke_app USING (tenant_id = (SELECT current_setting('app.tenant_id')::uuid)) WITH CHECK (tenant_id = (SELECT current_setting('app.tenant_id')::uuid))",
    "CREATE POLICY scope ON work_items AS RESTRICTIVE FOR SELECT TO shuke_app USING ((SELECT current_setting('app.scope')) = 'ALL' OR (work_items.customer_id IS NULL AND ( work_items.assignee_id = (SELECT nullif(current_setting('app.staff_id'), '')::uuid) OR EXISTS ( SELECT 1 FROM placements p JOIN store_ancestors sa ON sa.tenant_id = p.tenant_id AND sa.ancestor_id = p.store_id WHERE p.tenant_id = work_items.tenant_id AND p.staff_id = (SELECT nullif(current_setting('app.staff_id'), '')::uuid) AND p.until_at IS NULL AND sa.store_id = work_items.store_id ) OR EXISTS ( SELECT 1 FROM placements p WHERE p.tenant_id = work_items.tenant_id AND p.staff_id = (SELECT nullif(current_setting('app.staff_id'), '')::uuid) AND p.until_at IS NULL AND p.store_id IS NULL AND (p.role_id = work_items.role_id OR p.group_id = work_items.group_id) ) )) OR (SELECT true FROM customer_access a WHERE a.tenant_id = work_items.tenant_id AND a.staff_id = (SELECT nullif(current_setting('app.staff_id'), '')::uuid) AND a.customer_id = work_items.customer_id LIMIT 1))",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON work_items TO shuke_app",
)

# Clocks that run are waiting to be answered: by whoever serves the customer in the role that answers, else by that role.
# No event says so: the clocks' own events did.
RUNNING = """
INSERT INTO work_items (tenant_id, id, kind, subject_type, subject_id, customer_id, purpose, assignee_id, role_id, group_id,
                        store_id, state, due_at, opened_at, version, recorded_at, updated_at)
SELECT f.tenant_id, gen_random_uuid(), 'FEEDBACK_CLOCK', 'Feedback', f.id, f.customer_id,
  CASE f.kind WHEN 'COMPLAINT' THEN 'COMPLAINT' WHEN 'RATING' THEN 'SATISFACTION_SURVEY' ELSE 'FEEDBACK_REPLY' END,
  (SELECT r.staff_id FROM relationships r
   JOIN relationship_roles rr ON rr.tenant_id = r.tenant_id AND rr.relationship_id = r.id
   JOIN staff_members s ON s.tenant_id = r.tenant_id AND s.id = r.staff_id
   WHERE r.tenant_id = f.tenant_id AND r.customer_id = f.customer_id AND r.ended_at IS NULL AND rr.until_at IS NULL
     AND s.left_at IS NULL AND (rr.role_id = f.role_id OR rr.group_id = f.group_id)
   ORDER BY rr.from_at, rr.id LIMIT 1),
  f.role_id, f.group_id, f.store_id, 'OPEN', c.due_at, c.started_at, 1, now(), now()
FROM feedback f JOIN feedback_clocks c ON c.tenant_id = f.tenant_id AND c.feedback_id = f.id AND c.result = 'RUNNING'
"""
READ = ("feedback", "feedback_clocks", "relationships", "relationship_roles", "staff_members", "work_items")

_STAFF = "(SELECT nullif(current_setting('app.staff_id'), '')::uuid)"
_VOICE = "EXISTS (SELECT 1 FROM feedback f WHERE f.tenant_id = events.tenant_id AND f.id = events.subject_id)"
_ITEM = "EXISTS (SELECT 1 FROM work_items w WHERE w.tenant_id = events.tenant_id AND w.id = events.subject_id)"


def _events_seen(about_nobody: str) -> None:
    op.execute(
        f"ALTER POLICY scope ON events USING ((SELECT current_setting('app.scope')) = 'ALL' OR "
        f"(events.customer_id IS NULL AND ({about_nobody})) OR "
        f"(SELECT true FROM customer_access a WHERE a.tenant_id = events.tenant_id AND a.staff_id = {_STAFF} "
        f"AND a.customer_id = events.customer_id LIMIT 1))"
    )


def upgrade() -> None:
    for statement in WORK_ITEMS:
        op.execute(statement)
    # The owner is bound by the policies' FORCE and has none of its own; for this statement it looks at all tenants.
    for table in READ:
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(RUNNING.strip())
    for table in READ:
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    _events_seen(f"events.subject_type NOT IN ('Feedback', 'WorkItem') OR {_VOICE} OR {_ITEM}")


def downgrade() -> None:
    _events_seen(f"events.subject_type <> 'Feedback' OR {_VOICE}")
    op.execute("DROP TABLE work_items")
