"""Promises, appointments and the assignment queue lie in the inbox, and so do visits that were missed; what a leaver had
still to do is counted, and transfers are jobs.

Revision ID: 0016
Revises: 0015
"""

from __future__ import annotations

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

BEFORE = ("HANDOFF", "FEEDBACK_CLOCK", "PROMISE_DUE", "APPOINTMENT", "ASSIGNMENT_QUEUE", "UNANSWERED_ENQUIRY")
NOW = (*BEFORE[:4], "MISSED_VISIT", *BEFORE[4:])

# Widened, it holds for every row there is. Narrowed, the rows that would break it are gone.
CHECKED = "-- squawk-ignore ban-drop-constraint, constraint-missing-not-valid\n"

# The default only fills the rows there are; whoever writes others says how many.
FILLED = "-- squawk-ignore ban-drop-default\n"

# What is open is to be done, whenever it was recorded. No event says so: the events of the promises, appointments and
# places in the queue did.
OPEN = """
INSERT INTO work_items (tenant_id, id, kind, subject_type, subject_id, customer_id, purpose, assignee_id, role_id, group_id,
                        store_id, state, due_at, opened_at, version, recorded_at, updated_at)
SELECT tenant_id, gen_random_uuid(), 'PROMISE_DUE', 'Promise', id, customer_id, NULL, staff_id, role_id, group_id, store_id,
       'OPEN', due_at, occurred_at, 1, now(), now()
FROM promises WHERE status = 'OPEN' AND due_at IS NOT NULL
UNION ALL
SELECT tenant_id, gen_random_uuid(), 'APPOINTMENT', 'Appointment', id, customer_id, 'APPOINTMENT', staff_id, role_id, group_id,
       store_id, 'OPEN', starts_at, occurred_at, 1, now(), now()
FROM appointments WHERE status IN ('BOOKED', 'RESCHEDULED')
UNION ALL
SELECT tenant_id, gen_random_uuid(), 'ASSIGNMENT_QUEUE', 'AssignmentQueueEntry', id, customer_id, NULL, NULL, role_id, group_id,
       store_id, 'OPEN', since + interval '15 minutes', since, 1, now(), now()
FROM assignment_queue WHERE state = 'WAITING'
"""
READ = ("promises", "appointments", "assignment_queue", "work_items")


def _kinds(kinds: tuple[str, ...]) -> None:
    codes = ", ".join(f"'{kind}'" for kind in kinds)
    op.execute(f"{CHECKED}ALTER TABLE work_items DROP CONSTRAINT ck_work_items_kind")
    op.execute(f"{CHECKED}ALTER TABLE work_items ADD CONSTRAINT ck_work_items_kind CHECK (kind IN ({codes}))")


def _over_all_tenants(statement: str) -> None:
    """The owner is bound by the policies' FORCE and has none of its own; for this statement it looks at all tenants."""
    for table in READ:
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(statement.strip())
    for table in READ:
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def upgrade() -> None:
    _kinds(NOW)
    _over_all_tenants(OPEN)
    op.execute("ALTER TABLE transfers ADD COLUMN matters_moved bigint NOT NULL DEFAULT 0")
    op.execute("ALTER TABLE transfers ADD COLUMN matters_left bigint NOT NULL DEFAULT 0")
    for column in ("matters_moved", "matters_left"):
        op.execute(f"{FILLED}ALTER TABLE transfers ALTER COLUMN {column} DROP DEFAULT")
    op.execute(
        f"{CHECKED}ALTER TABLE transfers ADD CONSTRAINT ck_transfers_matters "
        "CHECK (matters_moved >= 0 AND matters_left >= 0)"
    )
    op.execute(
        "INSERT INTO platform.jobs (tenant_id, kind, id, actor_kind, due_at, attempts, recorded_at) "
        "SELECT tenant_id, 'transfer', subject_id, 'PUBLIC', due_at, 0, now() FROM platform.clocks WHERE kind = 'TRANSFER'"
    )
    op.execute("DELETE FROM platform.clocks WHERE kind = 'TRANSFER'")


def downgrade() -> None:
    op.execute(
        "INSERT INTO platform.clocks (tenant_id, kind, subject_id, due_at) "
        "SELECT tenant_id, 'TRANSFER', id, due_at FROM platform.jobs WHERE kind = 'transfer'"
    )
    op.execute("DELETE FROM platform.jobs WHERE kind = 'transfer'")
    op.execute("ALTER TABLE transfers DROP COLUMN matters_moved")
    op.execute("ALTER TABLE transfers DROP COLUMN matters_left")
    _over_all_tenants(
        "DELETE FROM work_items WHERE kind IN ('PROMISE_DUE', 'APPOINTMENT', 'MISSED_VISIT', 'ASSIGNMENT_QUEUE')"
    )
    _kinds(BEFORE)
