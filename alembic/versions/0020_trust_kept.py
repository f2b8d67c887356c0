"""Trust accounts in hundredths of a point, by a policy of versions: limits, creases, interest, reversals, who is near leaving.

Revision ID: 0020
Revises: 0019
"""

from __future__ import annotations

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

# Some seconds for a brand of 500,000 accounts, in the transaction that makes the whole migration or none of it. The entries
# are append-only for everybody, the owner among them, so their unit changes by writing the table anew, not row by row.
ANEW = "-- squawk-ignore changing-column-type, adding-required-field\n"
AT_ONCE = (
    "-- squawk-ignore constraint-missing-not-valid, require-concurrent-index-creation, "
    "require-concurrent-index-deletion, ban-drop-column, ban-drop-constraint, ban-drop-table\n"
)
# The default fills the rows that are there; whoever adds one says what it holds.
FILLED = "-- squawk-ignore ban-drop-default\n"

TENANT = "(SELECT current_setting('app.tenant_id')::uuid)"
ACCOUNT_POINTS = ("balance", "ceiling")
ENTRY_POINTS = ("claimed", "amount", "balance_after", "ceiling_after")
LIMITS = "'FLOOR', 'CEILING', 'DAILY_CAP', 'CUSTOMER_CAP'"
GROUNDS = "'DID_NOT_HAPPEN', 'WRONG_CUSTOMER', 'RECORDED_TWICE'"

CHECKS = (
    ("trust_accounts", "deposited", "deposited >= 0"),
    ("trust_accounts", "leaving", "near_leaving = (leaving_since IS NOT NULL)"),
    ("trust_entries", "limited_by", f"limited_by IN ({LIMITS})"),
    ("trust_entries", "ground", f"ground IN ({GROUNDS})"),
    ("trust_entries", "limited", "(limited_by IS NULL) = (amount = claimed)"),
    ("trust_entries", "reversal", "(reason = 'REVERSAL') = (reverses_entry_id IS NOT NULL)"),
    ("trust_entries", "grounded", "(ground IS NULL) = (reverses_entry_id IS NULL)"),
)

INDEXES = (
    "ix_trust_accounts_by_balance ON trust_accounts (tenant_id, balance, id)",
    "ix_trust_accounts_by_ceiling ON trust_accounts (tenant_id, ceiling, id)",
    "ix_trust_accounts_leaving_balance ON trust_accounts (tenant_id, near_leaving, balance, id) WHERE near_leaving",
    "ix_trust_accounts_leaving_ceiling ON trust_accounts (tenant_id, near_leaving, ceiling, id) WHERE near_leaving",
    "ix_trust_entries_tenant_id_day ON trust_entries (tenant_id, day)",
)

POLICIES = """
CREATE TABLE trust_policies (
  tenant_id UUID NOT NULL,
  id UUID NOT NULL,
  version BIGINT NOT NULL,
  opening_balance BIGINT NOT NULL,
  opening_ceiling BIGINT NOT NULL,
  minimum_ceiling BIGINT NOT NULL,
  crease_rate_bp BIGINT NOT NULL,
  daily_deposit_cap BIGINT NOT NULL,
  interest_rate_bp BIGINT NOT NULL,
  leaving_balance_below BIGINT NOT NULL,
  leaving_withdrawals BIGINT NOT NULL,
  leaving_withdrawal_days BIGINT NOT NULL,
  leaving_ceiling_below BIGINT NOT NULL,
  leaving_falling_days BIGINT NOT NULL,
  worths JSONB NOT NULL,
  staff_id UUID,
  recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_trust_policies PRIMARY KEY (tenant_id, id),
  CONSTRAINT uq_trust_policies_tenant_id_version UNIQUE (tenant_id, version),
  CONSTRAINT fk_trust_policies_tenant_id_staff_id FOREIGN KEY(tenant_id, staff_id) REFERENCES staff_members (tenant_id, id),
  CONSTRAINT ck_trust_policies_version CHECK (version > 0),
  CONSTRAINT ck_trust_policies_opening CHECK (0 <= opening_balance AND opening_balance <= opening_ceiling),
  CONSTRAINT ck_trust_policies_minimum CHECK (0 <= minimum_ceiling AND minimum_ceiling <= opening_ceiling),
  CONSTRAINT ck_trust_policies_rates CHECK (crease_rate_bp BETWEEN 0 AND 10000 AND interest_rate_bp BETWEEN 0 AND 10000),
  CONSTRAINT ck_trust_policies_caps CHECK (daily_deposit_cap >= 0),
  CONSTRAINT ck_trust_policies_leaving CHECK (leaving_withdrawals > 0 AND leaving_withdrawal_days > 0 AND leaving_falling_days > 0)
)"""

RUNS = """
CREATE TABLE trust_runs (
  tenant_id UUID NOT NULL,
  id UUID NOT NULL,
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  done_to UUID,
  accounts BIGINT NOT NULL,
  posted BIGINT NOT NULL,
  finished_at TIMESTAMP WITH TIME ZONE,
  recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_trust_runs PRIMARY KEY (tenant_id, id),
  CONSTRAINT uq_trust_runs_tenant_id_kind_key UNIQUE (tenant_id, kind, key),
  CONSTRAINT ck_trust_runs_kind CHECK (kind IN ('INTEREST', 'JUDGEMENT')),
  CONSTRAINT ck_trust_runs_counts CHECK (accounts >= 0 AND posted >= 0)
)"""


def _table(statement: str, name: str, rights: str) -> None:
    op.execute(statement)
    op.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY tenant ON {name} TO shuke_app USING (tenant_id = {TENANT}) WITH CHECK (tenant_id = {TENANT})"
    )
    op.execute(f"GRANT {rights} ON {name} TO shuke_app")


def _scaled(table: str, columns: tuple[str, ...], by: str) -> None:
    changes = ", ".join(f"ALTER COLUMN {name} TYPE BIGINT USING {name} {by}" for name in columns)
    op.execute(f"{ANEW}ALTER TABLE {table} {changes}")


def upgrade() -> None:
    _scaled("trust_accounts", ACCOUNT_POINTS, "* 100")
    _scaled("trust_entries", ENTRY_POINTS, "* 100")
    for column in (
        "deposit_day DATE",
        "deposited BIGINT NOT NULL DEFAULT 0",
        "near_leaving BOOLEAN NOT NULL DEFAULT false",
        "leaving_since TIMESTAMP WITH TIME ZONE",
        "leaving_signs TEXT[] NOT NULL DEFAULT '{}'",
        "kept_since TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now()",
    ):
        op.execute(f"{ANEW}ALTER TABLE trust_accounts ADD COLUMN {column}")
    for name in ("deposited", "near_leaving", "leaving_signs", "kept_since"):
        op.execute(f"{FILLED}ALTER TABLE trust_accounts ALTER COLUMN {name} DROP DEFAULT")
    for column in ("limited_by TEXT", "policy_version BIGINT NOT NULL DEFAULT 0", "ground TEXT", "day DATE"):
        op.execute(f"{ANEW}ALTER TABLE trust_entries ADD COLUMN {column}")
    op.execute(f"{FILLED}ALTER TABLE trust_entries ALTER COLUMN policy_version DROP DEFAULT")
    op.execute(
        f"{ANEW}ALTER TABLE trust_entries "
        "ALTER COLUMN day TYPE DATE USING (recorded_at AT TIME ZONE 'UTC')::date, "
        "ALTER COLUMN limited_by TYPE TEXT USING CASE WHEN amount = claimed THEN NULL WHEN claimed < 0 THEN 'FLOOR' "
        "ELSE 'CEILING' END"
    )
    op.execute("-- squawk-ignore adding-not-nullable-field\nALTER TABLE trust_entries ALTER COLUMN day SET NOT NULL")
    op.execute("ALTER TABLE trust_notes ADD COLUMN evidence TEXT")
    for table, name, condition in CHECKS:
        op.execute(f"{AT_ONCE}ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{name} CHECK ({condition})")
    for index in INDEXES:
        op.execute(f"{AT_ONCE}CREATE INDEX {index}")
    _table(POLICIES, "trust_policies", "SELECT, INSERT")
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON trust_policies "
        "FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()"
    )
    _table(RUNS, "trust_runs", "SELECT, INSERT, UPDATE, DELETE")
    # Each brand's own clock finds out by the brand's time zone when its month ends.
    op.execute(
        "INSERT INTO platform.clocks (tenant_id, kind, subject_id, due_at) "
        "SELECT tenant_id, 'trust.interest', tenant_id, now() FROM platform.directory ON CONFLICT DO NOTHING"
    )


def downgrade() -> None:
    op.execute("DELETE FROM platform.clocks WHERE kind IN ('trust.interest', 'trust.leaving')")
    op.execute("DELETE FROM platform.jobs WHERE kind = 'trust_run'")
    op.execute(f"{AT_ONCE}DROP TABLE trust_runs")
    op.execute(f"{AT_ONCE}DROP TABLE trust_policies")
    for index in INDEXES:
        op.execute(f"{AT_ONCE}DROP INDEX {index.split()[0]}")
    for table, name, _ in CHECKS:
        op.execute(f"{AT_ONCE}ALTER TABLE {table} DROP CONSTRAINT ck_{table}_{name}")
    op.execute(f"{AT_ONCE}ALTER TABLE trust_notes DROP COLUMN evidence")
    for name in ("limited_by", "policy_version", "ground", "day"):
        op.execute(f"{AT_ONCE}ALTER TABLE trust_entries DROP COLUMN {name}")
    for name in ("deposit_day", "deposited", "near_leaving", "leaving_since", "leaving_signs", "kept_since"):
        op.execute(f"{AT_ONCE}ALTER TABLE trust_accounts DROP COLUMN {name}")
    _scaled("trust_accounts", ACCOUNT_POINTS, "/ 100")
    _scaled("trust_entries", ENTRY_POINTS, "/ 100")
