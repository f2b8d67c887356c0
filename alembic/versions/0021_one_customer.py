"""Customers who are one: who was merged into whom, whose identities passed, and what suggests duplicates.

Revision ID: 0021
Revises: 0020
"""

from __future__ import annotations

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

# The columns are new and empty: checking them is one quick look, and the index holds nothing.
LOOKED_AT_ONCE = "-- squawk-ignore constraint-missing-not-valid\n"
IN_ONE_TRANSACTION = "-- squawk-ignore require-concurrent-index-creation, require-concurrent-index-deletion\n"

DUPLICATE_KEYS = (
    """
CREATE TABLE duplicate_keys (
  tenant_id UUID NOT NULL,
  id UUID NOT NULL,
  customer_id UUID NOT NULL,
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  CONSTRAINT pk_duplicate_keys PRIMARY KEY (tenant_id, id),
  CONSTRAINT fk_duplicate_keys_tenant_id_customer_id FOREIGN KEY(tenant_id, customer_id) REFERENCES customers (tenant_id, id),
  CONSTRAINT uq_duplicate_keys_tenant_id_key_customer_id UNIQUE (tenant_id, key, customer_id),
  CONSTRAINT ck_duplicate_keys_kind CHECK (kind IN ('NAME_AND_TAIL', 'NAME_AND_BIRTHDAY', 'SAME_UNIONID', 'SAME_OPENID', 'SAME_OTHER_ID'))
)""",
    "CREATE INDEX ix_duplicate_keys_tenant_id_customer_id ON duplicate_keys (tenant_id, customer_id)",
    "ALTER TABLE duplicate_keys ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE duplicate_keys FORCE ROW LEVEL SECURITY",
    "CREATE POLICY tenant ON duplicate_keys TO shuke_app USING (tenant_id = (SELECT current_setting('app.tenant_id')::uuid)) WITH CHECK (tenant_id = (SELECT current_setting('app.tenant_id')::uuid))",
    "CREATE POLICY scope ON duplicate_keys AS RESTRICTIVE FOR SELECT TO shuke_app USING ((SELECT current_setting('app.scope')) = 'ALL' OR (SELECT true FROM customer_access a WHERE a.tenant_id = duplicate_keys.tenant_id AND a.staff_id = (SELECT nullif(current_setting('app.staff_id'), '')::uuid) AND a.customer_id = duplicate_keys.customer_id LIMIT 1))",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON duplicate_keys TO shuke_app",
)


def upgrade() -> None:
    op.execute("ALTER TABLE customers ADD COLUMN merged_at TIMESTAMP WITH TIME ZONE, ADD COLUMN family_id UUID")
    op.execute("ALTER TABLE identities ADD COLUMN merged_from UUID")
    for table, column in (("customers", "family_id"), ("identities", "merged_from")):
        name = f"fk_{table}_tenant_id_{column}"
        op.execute(
            f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY (tenant_id, {column}) "
            "REFERENCES customers (tenant_id, id) NOT VALID"
        )
        op.execute(f"{LOOKED_AT_ONCE}ALTER TABLE {table} VALIDATE CONSTRAINT {name}")
    op.execute(
        "ALTER TABLE customers ADD CONSTRAINT ck_customers_merged "
        "CHECK (merged_into IS NULL OR (merged_at IS NOT NULL AND family_id IS NOT NULL)) NOT VALID"
    )
    op.execute(f"{LOOKED_AT_ONCE}ALTER TABLE customers VALIDATE CONSTRAINT ck_customers_merged")
    op.execute(
        f"{IN_ONE_TRANSACTION}CREATE INDEX ix_customers_tenant_id_family_id_id ON customers (tenant_id, family_id, id) "
        "WHERE family_id IS NOT NULL"
    )
    for statement in DUPLICATE_KEYS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE duplicate_keys")
    op.execute(f"{IN_ONE_TRANSACTION}DROP INDEX ix_customers_tenant_id_family_id_id")
    op.execute("ALTER TABLE identities DROP COLUMN merged_from")
    op.execute("ALTER TABLE customers DROP CONSTRAINT ck_customers_merged")
    op.execute("ALTER TABLE customers DROP COLUMN family_id, DROP COLUMN merged_at")
