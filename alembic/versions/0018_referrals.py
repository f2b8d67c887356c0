"""Who brought whom: referral codes and referrals; and in what capacity a surprise was done.

Revision ID: 0018
Revises: 0017
"""

from __future__ import annotations

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

REFERRAL_CODES = (
    """CREATE TABLE referral_codes (
  tenant_id UUID NOT NULL,
  id UUID NOT NULL,
  customer_id UUID NOT NULL,
  share_id UUID,
  code TEXT NOT NULL,
  rewarded BOOLEAN NOT NULL,
  occurred_at TIMESTAMP WITH TIME ZONE NOT NULL,
  recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_referral_codes PRIMARY KEY (tenant_id, id),
  CONSTRAINT fk_referral_codes_tenant_id_customer_id FOREIGN KEY(tenant_id, customer_id) REFERENCES customers (tenant_id, id),
  CONSTRAINT fk_referral_codes_tenant_id_share_id FOREIGN KEY(tenant_id, share_id) REFERENCES shares (tenant_id, id),
  CONSTRAINT uq_referral_codes_tenant_id_code UNIQUE (tenant_id, code),
  CONSTRAINT uq_referral_codes_tenant_id_customer_id_share_id_rewarded UNIQUE NULLS NOT DISTINCT (tenant_id, customer_id, share_id, rewarded)
)""",
    "CREATE INDEX ix_referral_codes_tenant_id_customer_id_occurred_at_id ON referral_codes (tenant_id, customer_id, occurred_at, id)",
    "ALTER TABLE referral_codes ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE referral_codes FORCE ROW LEVEL SECURITY",
    "CREATE POLICY tenant ON referral_codes TO shuke_app USING (tenant_id = (SELECT current_setting('app.tenant_id')::uuid)) WITH CHECK (tenant_id = (SELECT current_setting('app.tenant_id')::uuid))",
    "CREATE POLICY scope ON referral_codes AS RESTRICTIVE FOR SELECT TO shuke_app USING ((SELECT current_setting('app.scope')) = 'ALL' OR (SELECT true FROM customer_access a WHERE a.tenant_id = referral_codes.tenant_id AND a.staff_id = (SELECT nullif(current_setting('app.staff_id'), '')::uuid) AND a.customer_id = referral_codes.customer_id LIMIT 1))",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON referral_codes TO shuke_app",
)

REFERRALS = (
    """CREATE TABLE referrals (
  tenant_id UUID NOT NULL,
  id UUID NOT NULL,
  customer_id UUID NOT NULL,
  referrer_id UUID NOT NULL,
  code_id UUID,
  share_id UUID,
  wow_moment_id UUID,
  play_id UUID,
  rewarded BOOLEAN NOT NULL,
  occurred_at TIMESTAMP WITH TIME ZONE NOT NULL,
  recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_referrals PRIMARY KEY (tenant_id, id),
  CONSTRAINT fk_referrals_tenant_id_customer_id FOREIGN KEY(tenant_id, customer_id) REFERENCES customers (tenant_id, id),
  CONSTRAINT fk_referrals_tenant_id_referrer_id FOREIGN KEY(tenant_id, referrer_id) REFERENCES customers (tenant_id, id),
  CONSTRAINT fk_referrals_tenant_id_code_id FOREIGN KEY(tenant_id, code_id) REFERENCES referral_codes (tenant_id, id),
  CONSTRAINT fk_referrals_tenant_id_share_id FOREIGN KEY(tenant_id, share_id) REFERENCES shares (tenant_id, id),
  CONSTRAINT fk_referrals_tenant_id_wow_moment_id FOREIGN KEY(tenant_id, wow_moment_id) REFERENCES wow_moments (tenant_id, id),
  CONSTRAINT fk_referrals_tenant_id_play_id FOREIGN KEY(tenant_id, play_id) REFERENCES wow_plays (tenant_id, id),
  CONSTRAINT uq_referrals_tenant_id_customer_id UNIQUE (tenant_id, customer_id),
  CONSTRAINT ck_referrals_oneself CHECK (referrer_id <> customer_id),
  CONSTRAINT ck_referrals_chain CHECK ((wow_moment_id IS NULL OR share_id IS NOT NULL) AND (play_id IS NULL OR wow_moment_id IS NOT NULL))
)""",
    "CREATE INDEX ix_referrals_tenant_id_occurred_at_id ON referrals (tenant_id, occurred_at, id)",
    "CREATE INDEX ix_referrals_tenant_id_play_id_occurred_at_id ON referrals (tenant_id, play_id, occurred_at, id) WHERE play_id IS NOT NULL",
    "CREATE INDEX ix_referrals_tenant_id_referrer_id_occurred_at_id ON referrals (tenant_id, referrer_id, occurred_at, id)",
    "CREATE INDEX ix_referrals_tenant_id_share_id_occurred_at_id ON referrals (tenant_id, share_id, occurred_at, id) WHERE share_id IS NOT NULL",
    "CREATE INDEX ix_referrals_tenant_id_wow_moment_id_occurred_at_id ON referrals (tenant_id, wow_moment_id, occurred_at, id) WHERE wow_moment_id IS NOT NULL",
    "ALTER TABLE referrals ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE referrals FORCE ROW LEVEL SECURITY",
    "CREATE POLICY tenant ON referrals TO shuke_app USING (tenant_id = (SELECT current_setting('app.tenant_id')::uuid)) WITH CHECK (tenant_id = (SELECT current_setting('app.tenant_id')::uuid))",
    "CREATE POLICY scope ON referrals AS RESTRICTIVE FOR SELECT TO shuke_app USING ((SELECT current_setting('app.scope')) = 'ALL' OR (SELECT true FROM customer_access a WHERE a.tenant_id = referrals.tenant_id AND a.staff_id = (SELECT nullif(current_setting('app.staff_id'), '')::uuid) AND a.customer_id = referrals.customer_id LIMIT 1))",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON referrals TO shuke_app",
)

# The new columns are empty, so that nothing is found to check, and their indexes hold no row.
EMPTY = "-- squawk-ignore constraint-missing-not-valid, adding-foreign-key-constraint\n"
IN_ONE_TRANSACTION = "-- squawk-ignore require-concurrent-index-creation\n"

CAPACITIES = {"role_id": "service_roles", "group_id": "ops_groups"}


def upgrade() -> None:
    op.execute("ALTER TABLE wow_moments ADD COLUMN role_id uuid, ADD COLUMN group_id uuid")
    for column, table in CAPACITIES.items():
        op.execute(
            f"{EMPTY}ALTER TABLE wow_moments ADD CONSTRAINT fk_wow_moments_tenant_id_{column} "
            f"FOREIGN KEY (tenant_id, {column}) REFERENCES {table} (tenant_id, id)"
        )
        op.execute(
            f"{IN_ONE_TRANSACTION}CREATE INDEX ix_wow_moments_tenant_id_{column}_occurred_at_id ON wow_moments "
            f"(tenant_id, {column}, occurred_at, id) WHERE {column} IS NOT NULL"
        )
    op.execute(
        f"{EMPTY}ALTER TABLE wow_moments ADD CONSTRAINT ck_wow_moments_capacity "
        "CHECK (role_id IS NULL OR group_id IS NULL)"
    )
    for statement in (*REFERRAL_CODES, *REFERRALS):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE referrals")
    op.execute("DROP TABLE referral_codes")
    op.execute("ALTER TABLE wow_moments DROP COLUMN role_id, DROP COLUMN group_id")
