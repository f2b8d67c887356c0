"""Moments that fall due: what a play is proposed for, what is proposed, birthdays of whom is served, their place in the inbox.

Revision ID: 0025
Revises: 0024
"""

from __future__ import annotations

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

DUE_WOW_MOMENTS = (
    """CREATE TABLE due_wow_moments (
  tenant_id UUID NOT NULL,
  id UUID NOT NULL,
  play_id UUID NOT NULL,
  customer_id UUID NOT NULL,
  occasion TEXT NOT NULL,
  cause_id UUID NOT NULL,
  birthday DATE,
  order_id UUID,
  appointment_id UUID,
  case_id UUID,
  subject_id UUID,
  state TEXT NOT NULL,
  due_at TIMESTAMP WITH TIME ZONE NOT NULL,
  settled_at TIMESTAMP WITH TIME ZONE,
  wow_moment_id UUID,
  version BIGINT NOT NULL,
  recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_due_wow_moments PRIMARY KEY (tenant_id, id),
  CONSTRAINT fk_due_wow_moments_tenant_id_play_id FOREIGN KEY(tenant_id, play_id) REFERENCES wow_plays (tenant_id, id),
  CONSTRAINT fk_due_wow_moments_tenant_id_customer_id FOREIGN KEY(tenant_id, customer_id) REFERENCES customers (tenant_id, id),
  CONSTRAINT fk_due_wow_moments_tenant_id_order_id FOREIGN KEY(tenant_id, order_id) REFERENCES orders (tenant_id, id),
  CONSTRAINT fk_due_wow_moments_tenant_id_appointment_id FOREIGN KEY(tenant_id, appointment_id) REFERENCES appointments (tenant_id, id),
  CONSTRAINT fk_due_wow_moments_tenant_id_case_id FOREIGN KEY(tenant_id, case_id) REFERENCES cases (tenant_id, id),
  CONSTRAINT fk_due_wow_moments_tenant_id_subject_id FOREIGN KEY(tenant_id, subject_id) REFERENCES subjects (tenant_id, id),
  CONSTRAINT fk_due_wow_moments_tenant_id_wow_moment_id FOREIGN KEY(tenant_id, wow_moment_id) REFERENCES wow_moments (tenant_id, id),
  CONSTRAINT uq_due_wow_moments_tenant_id_play_id_cause_id_birthday UNIQUE NULLS NOT DISTINCT (tenant_id, play_id, cause_id, birthday),
  CONSTRAINT ck_due_wow_moments_occasion CHECK (occasion IN ('ORDER', 'APPOINTMENT', 'STAGE', 'CUSTOMER_BIRTHDAY', 'FAMILY_BIRTHDAY')),
  CONSTRAINT ck_due_wow_moments_state CHECK (state IN ('OPEN', 'PERFORMED', 'LAPSED', 'WITHDRAWN')),
  CONSTRAINT ck_due_wow_moments_settled CHECK ((settled_at IS NULL) = (state = 'OPEN')),
  CONSTRAINT ck_due_wow_moments_performed CHECK ((wow_moment_id IS NOT NULL) = (state = 'PERFORMED'))
)""",
    "CREATE INDEX ix_due_wow_moments_tenant_id_customer_id_due_at_id ON due_wow_moments (tenant_id, customer_id, due_at, id)",
    "CREATE INDEX ix_due_wow_moments_tenant_id_due_at_id ON due_wow_moments (tenant_id, due_at, id)",
    "CREATE INDEX ix_due_wow_moments_tenant_id_play_id_due_at_id ON due_wow_moments (tenant_id, play_id, due_at, id)",
    "CREATE INDEX ix_due_wow_moments_tenant_id_state_due_at_id ON due_wow_moments (tenant_id, state, due_at, id)",
    "CREATE INDEX ix_due_wow_moments_waiting ON due_wow_moments (tenant_id, cause_id) WHERE state = 'OPEN'",
    "ALTER TABLE due_wow_moments ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE due_wow_moments FORCE ROW LEVEL SECURITY",
    "CREATE POLICY tenant ON due_wow_moments TO shuke_app USING (tenant_id = (SELECT current_setting('app.tenant_id')::uuid)) WITH CHECK (tenant_id = (SELECT current_setting('app.tenant_id')::uuid))",
    "CREATE POLICY scope ON due_wow_moments AS RESTRICTIVE FOR SELECT TO shuke_app USING ((SELECT current_setting('app.scope')) = 'ALL' OR (SELECT true FROM customer_access a WHERE a.tenant_id = due_wow_moments.tenant_id AND a.staff_id = (SELECT nullif(current_setting('app.staff_id'), '')::uuid) AND a.customer_id = due_wow_moments.customer_id LIMIT 1))",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON due_wow_moments TO shuke_app",
)

KINDS = (
    "HANDOFF",
    "FEEDBACK_CLOCK",
    "PROMISE_DUE",
    "APPOINTMENT",
    "MISSED_VISIT",
    "ASSIGNMENT_QUEUE",
    "UNANSWERED_ENQUIRY",
    "REWARD",
)
OCCASIONS = ("ORDER", "APPOINTMENT", "STAGE", "CUSTOMER_BIRTHDAY", "FAMILY_BIRTHDAY")

# Widened, it holds for every row there is. Narrowed, the rows that would break it are gone. New columns hold nothing yet.
CHECKED = "-- squawk-ignore ban-drop-constraint, constraint-missing-not-valid, adding-foreign-key-constraint\n"
IN_ONE_TRANSACTION = "-- squawk-ignore require-concurrent-index-creation\n"

PLAYS = {
    "fk_wow_plays_tenant_id_stage_id": "FOREIGN KEY (tenant_id, stage_id) REFERENCES stages (tenant_id, id)",
    "ck_wow_plays_occasion": f"CHECK (occasion IN ({', '.join(repr(code) for code in OCCASIONS)}))",
    "ck_wow_plays_stage": "CHECK ((stage_id IS NOT NULL) = (occasion IS NOT DISTINCT FROM 'STAGE'))",
    "ck_wow_plays_times": "CHECK (lead_days BETWEEN 0 AND 30 AND within_hours BETWEEN 1 AND 720)",
}


def _kinds(*kinds: str) -> None:
    codes = ", ".join(f"'{kind}'" for kind in kinds)
    op.execute(f"{CHECKED}ALTER TABLE work_items DROP CONSTRAINT ck_work_items_kind")
    op.execute(f"{CHECKED}ALTER TABLE work_items ADD CONSTRAINT ck_work_items_kind CHECK (kind IN ({codes}))")


def upgrade() -> None:
    op.execute(
        "ALTER TABLE wow_plays ADD COLUMN occasion text, ADD COLUMN stage_id uuid, ADD COLUMN lead_days bigint, "
        "ADD COLUMN within_hours bigint"
    )
    for name, constraint in PLAYS.items():
        op.execute(f"{CHECKED}ALTER TABLE wow_plays ADD CONSTRAINT {name} {constraint}")
    op.execute("ALTER TABLE subjects ADD COLUMN birthday date")
    op.execute(
        f"{IN_ONE_TRANSACTION}CREATE INDEX ix_subjects_tenant_id_birthday_id ON subjects (tenant_id, birthday, id) "
        "WHERE birthday IS NOT NULL"
    )
    for statement in DUE_WOW_MOMENTS:
        op.execute(statement)
    _kinds(*KINDS, "WOW_MOMENT_DUE")


def downgrade() -> None:
    op.execute("ALTER TABLE work_items NO FORCE ROW LEVEL SECURITY")
    op.execute("DELETE FROM work_items WHERE kind = 'WOW_MOMENT_DUE'")
    op.execute("ALTER TABLE work_items FORCE ROW LEVEL SECURITY")
    _kinds(*KINDS)
    op.execute("DELETE FROM platform.clocks WHERE kind IN ('wow_moment.lapse', 'wow_play.round')")
    op.execute("DROP TABLE due_wow_moments")
    op.execute("ALTER TABLE subjects DROP COLUMN birthday")
    op.execute(
        "ALTER TABLE wow_plays DROP COLUMN occasion, DROP COLUMN stage_id, DROP COLUMN lead_days, DROP COLUMN within_hours"
    )
