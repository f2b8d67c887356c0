"""Who takes how many customers, when, and who waits: rules, workloads, shifts, absences, the queue.

Revision ID: 0010
Revises: 0009
"""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# One transaction, so it is checked at once; the table is read once, its rows are small.
WIDENED = "-- squawk-ignore ban-drop-constraint, constraint-missing-not-valid\n"


def _reasons(*reasons: str) -> None:
    """Why a staff member may see a customer."""
    codes = ", ".join(f"'{reason}'" for reason in reasons)
    op.execute(f"{WIDENED}ALTER TABLE customer_access DROP CONSTRAINT ck_customer_access_via")
    op.execute(f"{WIDENED}ALTER TABLE customer_access ADD CONSTRAINT ck_customer_access_via CHECK (via IN ({codes}))")


def upgrade() -> None:
    _reasons("RELATIONSHIP", "GROUP", "STORE", "HANDOFF", "COVER")
    op.execute(
        """
CREATE TABLE absences (
  tenant_id UUID NOT NULL,
  id UUID NOT NULL,
  staff_id UUID NOT NULL,
  cover_id UUID,
  from_at TIMESTAMP WITH TIME ZONE NOT NULL,
  until_at TIMESTAMP WITH TIME ZONE,
  recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_absences PRIMARY KEY (tenant_id, id),
  CONSTRAINT fk_absences_tenant_id_staff_id FOREIGN KEY(tenant_id, staff_id) REFERENCES staff_members (tenant_id, id),
  CONSTRAINT fk_absences_tenant_id_cover_id FOREIGN KEY(tenant_id, cover_id) REFERENCES staff_members (tenant_id, id),
  CONSTRAINT ck_absences_dates CHECK (until_at > from_at),
  CONSTRAINT ck_absences_cover CHECK (cover_id <> staff_id)
)"""
    )
    op.execute("CREATE INDEX ix_absences_tenant_id_cover_id_from_at_id ON absences (tenant_id, cover_id, from_at, id)")
    op.execute("CREATE INDEX ix_absences_tenant_id_from_at_id ON absences (tenant_id, from_at, id)")
    op.execute("CREATE INDEX ix_absences_tenant_id_staff_id_from_at_id ON absences (tenant_id, staff_id, from_at, id)")
    op.execute("ALTER TABLE absences ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE absences FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY tenant ON absences TO shuke_app USING (tenant_id = (SELECT current_setting('app.tenant_id')::uuid)) WITH CHECK (tenant_id = (SELECT current_setting('app.tenant_id')::uuid))"
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON absences TO shuke_app")
    op.execute(
        """
CREATE TABLE assignment_rules (
  tenant_id UUID NOT NULL,
  id UUID NOT NULL,
  group_id UUID,
  role_id UUID,
  method TEXT NOT NULL,
  capacity BIGINT,
  daily_limit BIGINT,
  backup_group_id UUID,
  recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
  version BIGINT NOT NULL,
  CONSTRAINT pk_assignment_rules PRIMARY KEY (tenant_id, id),
  CONSTRAINT fk_assignment_rules_tenant_id_group_id FOREIGN KEY(tenant_id, group_id) REFERENCES ops_groups (tenant_id, id),
  CONSTRAINT fk_assignment_rules_tenant_id_role_id FOREIGN KEY(tenant_id, role_id) REFERENCES service_roles (tenant_id, id),
  CONSTRAINT fk_assignment_rules_tenant_id_backup_group_id FOREIGN KEY(tenant_id, backup_group_id) REFERENCES ops_groups (tenant_id, id),
  CONSTRAINT ck_assignment_rules_method CHECK (method IN ('LEAST_LOADED', 'ROUND_ROBIN', 'WEIGHTED')),
  CONSTRAINT ck_assignment_rules_capacity CHECK (capacity > 0),
  CONSTRAINT ck_assignment_rules_daily_limit CHECK (daily_limit > 0),
  CONSTRAINT ck_assignment_rules_backup CHECK (backup_group_id <> group_id),
  CONSTRAINT ck_assignment_rules_unit CHECK (num_nonnulls(group_id, role_id) = 1)
)"""
    )
    op.execute(
        "CREATE UNIQUE INDEX ix_assignment_rules_tenant_id_group_id_role_id ON assignment_rules (tenant_id, group_id, role_id) NULLS NOT DISTINCT"
    )
    op.execute("CREATE INDEX ix_assignment_rules_tenant_id_role_id ON assignment_rules (tenant_id, role_id)")
    op.execute("ALTER TABLE assignment_rules ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE assignment_rules FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY tenant ON assignment_rules TO shuke_app USING (tenant_id = (SELECT current_setting('app.tenant_id')::uuid)) WITH CHECK (tenant_id = (SELECT current_setting('app.tenant_id')::uuid))"
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON assignment_rules TO shuke_app")
    op.execute(
        """
CREATE TABLE work_shifts (
  tenant_id UUID NOT NULL,
  id UUID NOT NULL,
  staff_id UUID NOT NULL,
  weekday BIGINT NOT NULL,
  opens BIGINT NOT NULL,
  closes BIGINT NOT NULL,
  CONSTRAINT pk_work_shifts PRIMARY KEY (tenant_id, id),
  CONSTRAINT fk_work_shifts_tenant_id_staff_id FOREIGN KEY(tenant_id, staff_id) REFERENCES staff_members (tenant_id, id),
  CONSTRAINT uq_work_shifts_tenant_id_staff_id_weekday_opens UNIQUE (tenant_id, staff_id, weekday, opens),
  CONSTRAINT ck_work_shifts_weekday CHECK (weekday BETWEEN 1 AND 7),
  CONSTRAINT ck_work_shifts_interval CHECK (opens >= 0 AND opens < closes AND closes <= 1440)
)"""
    )
    op.execute("ALTER TABLE work_shifts ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE work_shifts FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY tenant ON work_shifts TO shuke_app USING (tenant_id = (SELECT current_setting('app.tenant_id')::uuid)) WITH CHECK (tenant_id = (SELECT current_setting('app.tenant_id')::uuid))"
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON work_shifts TO shuke_app")
    op.execute(
        """
CREATE TABLE workloads (
  tenant_id UUID NOT NULL,
  id UUID NOT NULL,
  staff_id UUID NOT NULL,
  capacity BIGINT,
  daily_limit BIGINT,
  weight BIGINT NOT NULL,
  friends BIGINT NOT NULL,
  taken BIGINT NOT NULL,
  added_on DATE,
  added BIGINT NOT NULL,
  last_turn_at TIMESTAMP WITH TIME ZONE,
  recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
  version BIGINT NOT NULL,
  CONSTRAINT pk_workloads PRIMARY KEY (tenant_id, id),
  CONSTRAINT fk_workloads_tenant_id_staff_id FOREIGN KEY(tenant_id, staff_id) REFERENCES staff_members (tenant_id, id),
  CONSTRAINT uq_workloads_tenant_id_staff_id UNIQUE (tenant_id, staff_id),
  CONSTRAINT ck_workloads_capacity CHECK (capacity > 0),
  CONSTRAINT ck_workloads_daily_limit CHECK (daily_limit > 0),
  CONSTRAINT ck_workloads_weight CHECK (weight BETWEEN 1 AND 100),
  CONSTRAINT ck_workloads_added CHECK ((added_on IS NULL) = (added = 0))
)"""
    )
    # Whoever has friends is counted from the start. The owner is bound by the policies' FORCE and has none of its own.
    op.execute("ALTER TABLE relationships NO FORCE ROW LEVEL SECURITY")
    op.execute(
        """
INSERT INTO workloads (tenant_id, id, staff_id, weight, friends, taken, added, recorded_at, version)
SELECT tenant_id, gen_random_uuid(), staff_id, 1, count(*), 0, 0, now(), 1 FROM relationships
WHERE ended_at IS NULL GROUP BY tenant_id, staff_id"""
    )
    op.execute("ALTER TABLE relationships FORCE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE workloads ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE workloads FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY tenant ON workloads TO shuke_app USING (tenant_id = (SELECT current_setting('app.tenant_id')::uuid)) WITH CHECK (tenant_id = (SELECT current_setting('app.tenant_id')::uuid))"
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON workloads TO shuke_app")
    op.execute(
        """
CREATE TABLE channel_hours (
  tenant_id UUID NOT NULL,
  id UUID NOT NULL,
  channel_id UUID NOT NULL,
  weekday BIGINT NOT NULL,
  opens BIGINT NOT NULL,
  closes BIGINT NOT NULL,
  CONSTRAINT pk_channel_hours PRIMARY KEY (tenant_id, id),
  CONSTRAINT fk_channel_hours_tenant_id_channel_id FOREIGN KEY(tenant_id, channel_id) REFERENCES channels (tenant_id, id),
  CONSTRAINT uq_channel_hours_tenant_id_channel_id_weekday_opens UNIQUE (tenant_id, channel_id, weekday, opens),
  CONSTRAINT ck_channel_hours_weekday CHECK (weekday BETWEEN 1 AND 7),
  CONSTRAINT ck_channel_hours_interval CHECK (opens >= 0 AND opens < closes AND closes <= 1440)
)"""
    )
    op.execute("ALTER TABLE channel_hours ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE channel_hours FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY tenant ON channel_hours TO shuke_app USING (tenant_id = (SELECT current_setting('app.tenant_id')::uuid)) WITH CHECK (tenant_id = (SELECT current_setting('app.tenant_id')::uuid))"
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON channel_hours TO shuke_app")
    op.execute(
        """
CREATE TABLE assignment_queue (
  tenant_id UUID NOT NULL,
  id UUID NOT NULL,
  customer_id UUID NOT NULL,
  group_id UUID,
  role_id UUID,
  store_id UUID,
  channel_id UUID,
  relationship_id UUID,
  reason TEXT NOT NULL,
  state TEXT NOT NULL,
  since TIMESTAMP WITH TIME ZONE NOT NULL,
  settled_at TIMESTAMP WITH TIME ZONE,
  staff_id UUID,
  recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
  version BIGINT NOT NULL,
  CONSTRAINT pk_assignment_queue PRIMARY KEY (tenant_id, id),
  CONSTRAINT fk_assignment_queue_tenant_id_customer_id FOREIGN KEY(tenant_id, customer_id) REFERENCES customers (tenant_id, id),
  CONSTRAINT fk_assignment_queue_tenant_id_channel_id FOREIGN KEY(tenant_id, channel_id) REFERENCES channels (tenant_id, id),
  CONSTRAINT fk_assignment_queue_tenant_id_group_id FOREIGN KEY(tenant_id, group_id) REFERENCES ops_groups (tenant_id, id),
  CONSTRAINT fk_assignment_queue_tenant_id_role_id FOREIGN KEY(tenant_id, role_id) REFERENCES service_roles (tenant_id, id),
  CONSTRAINT fk_assignment_queue_tenant_id_store_id FOREIGN KEY(tenant_id, store_id) REFERENCES stores (tenant_id, id),
  CONSTRAINT fk_assignment_queue_tenant_id_relationship_id FOREIGN KEY(tenant_id, relationship_id) REFERENCES relationships (tenant_id, id),
  CONSTRAINT fk_assignment_queue_tenant_id_staff_id FOREIGN KEY(tenant_id, staff_id) REFERENCES staff_members (tenant_id, id),
  CONSTRAINT ck_assignment_queue_reason CHECK (reason IN ('NOBODY_PLACED', 'ALL_OFF', 'OUT_OF_HOURS', 'CHANNEL_CLOSED', 'DAILY_LIMIT', 'CAPACITY')),
  CONSTRAINT ck_assignment_queue_state CHECK (state IN ('WAITING', 'ASSIGNED', 'WITHDRAWN')),
  CONSTRAINT ck_assignment_queue_settled CHECK ((settled_at IS NULL) = (state = 'WAITING')),
  CONSTRAINT ck_assignment_queue_assigned CHECK ((staff_id IS NOT NULL) = (state = 'ASSIGNED')),
  CONSTRAINT ck_assignment_queue_unit CHECK (num_nonnulls(group_id, role_id) = 1)
)"""
    )
    op.execute(
        "CREATE INDEX ix_assignment_queue_tenant_id_channel_id_since_id ON assignment_queue (tenant_id, channel_id, since, id)"
    )
    op.execute(
        "CREATE INDEX ix_assignment_queue_tenant_id_customer_id_since_id ON assignment_queue (tenant_id, customer_id, since, id)"
    )
    op.execute(
        "CREATE INDEX ix_assignment_queue_tenant_id_group_id_state_since_id ON assignment_queue (tenant_id, group_id, state, since, id)"
    )
    op.execute(
        "CREATE INDEX ix_assignment_queue_tenant_id_reason_since_id ON assignment_queue (tenant_id, reason, since, id)"
    )
    op.execute(
        "CREATE INDEX ix_assignment_queue_tenant_id_relationship_id ON assignment_queue (tenant_id, relationship_id) WHERE relationship_id IS NOT NULL"
    )
    op.execute(
        "CREATE INDEX ix_assignment_queue_tenant_id_role_id_state_since_id ON assignment_queue (tenant_id, role_id, state, since, id)"
    )
    op.execute("CREATE INDEX ix_assignment_queue_tenant_id_since_id ON assignment_queue (tenant_id, since, id)")
    op.execute(
        "CREATE INDEX ix_assignment_queue_tenant_id_staff_id_since_id ON assignment_queue (tenant_id, staff_id, since, id)"
    )
    op.execute(
        "CREATE INDEX ix_assignment_queue_tenant_id_state_since_id ON assignment_queue (tenant_id, state, since, id)"
    )
    op.execute(
        "CREATE INDEX ix_assignment_queue_tenant_id_store_id_since_id ON assignment_queue (tenant_id, store_id, since, id)"
    )
    op.execute(
        "CREATE UNIQUE INDEX ix_assignment_queue_waiting ON assignment_queue (tenant_id, customer_id, group_id, role_id) NULLS NOT DISTINCT WHERE state = 'WAITING'"
    )
    op.execute("ALTER TABLE assignment_queue ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE assignment_queue FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY tenant ON assignment_queue TO shuke_app USING (tenant_id = (SELECT current_setting('app.tenant_id')::uuid)) WITH CHECK (tenant_id = (SELECT current_setting('app.tenant_id')::uuid))"
    )
    op.execute(
        "CREATE POLICY scope ON assignment_queue AS RESTRICTIVE FOR SELECT TO shuke_app USING ((SELECT current_setting('app.scope')) = 'ALL' OR (SELECT true FROM customer_access a WHERE a.tenant_id = assignment_queue.tenant_id AND a.staff_id = (SELECT nullif(current_setting('app.staff_id'), '')::uuid) AND a.customer_id = assignment_queue.customer_id LIMIT 1))"
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON assignment_queue TO shuke_app")


def downgrade() -> None:
    op.execute("DROP TABLE assignment_queue")
    op.execute("DROP TABLE channel_hours")
    op.execute("DROP TABLE workloads")
    op.execute("DROP TABLE work_shifts")
    op.execute("DROP TABLE assignment_rules")
    op.execute("DROP TABLE absences")
    op.execute("ALTER TABLE customer_access NO FORCE ROW LEVEL SECURITY")
    op.execute("DELETE FROM customer_access WHERE via = 'COVER'")
    op.execute("ALTER TABLE customer_access FORCE ROW LEVEL SECURITY")
    _reasons("RELATIONSHIP", "GROUP", "STORE", "HANDOFF")
