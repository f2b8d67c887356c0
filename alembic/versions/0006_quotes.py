"""Quotes: what they say, the conflicts somebody answered for, the policy; frozen by triggers

Revision: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# What a quote says is written once; of an accepted one nothing changes, and none is ever deleted.
KEEP_QUOTE = """
CREATE FUNCTION platform.keep_quote() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' OR OLD.status = 'ACCEPTED'
     OR (NEW.tenant_id, NEW.id, NEW.customer_id, NEW.case_id, NEW.revises_id, NEW.currency, NEW.total_minor, NEW.valid_until,
         NEW.drafted_at, NEW.recorded_at)
        IS DISTINCT FROM
        (OLD.tenant_id, OLD.id, OLD.customer_id, OLD.case_id, OLD.revises_id, OLD.currency, OLD.total_minor, OLD.valid_until,
         OLD.drafted_at, OLD.recorded_at)
     OR (OLD.status <> 'DRAFTED' AND NEW.valid_from IS DISTINCT FROM OLD.valid_from) THEN
    RAISE EXCEPTION 'the terms of a quote are kept' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$"""

# The description may hold what is personal, so that erasure may empty it. Nothing else.
KEEP_QUOTE_LINE = """
CREATE FUNCTION platform.keep_quote_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' OR NEW.description IS NOT NULL
     OR to_jsonb(NEW) - 'description' IS DISTINCT FROM to_jsonb(OLD) - 'description' THEN
    RAISE EXCEPTION 'the terms of a quote are kept' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$"""

TRIGGERS = (("quotes", "keep_quote"), ("quote_lines", "keep_quote_line"))
TABLES = ("quote_guarantees", "quote_lines", "quote_conflicts", "quotes", "quote_policies")
PERMISSIONS = "ARRAY['QUOTE_READ', 'QUOTE_WRITE', 'QUOTE_MANAGE']"


# (table, columns behind the tenant, unique, condition)
INDEXES: tuple[tuple[str, str, bool, str | None], ...] = (
    ("quotes", "case_id drafted_at id", False, "case_id IS NOT NULL"),
    ("quotes", "case_id updated_at id", False, "case_id IS NOT NULL"),
    ("quotes", "customer_id drafted_at id", False, None),
    ("quotes", "customer_id updated_at id", False, None),
    ("quotes", "department_id drafted_at id", False, None),
    ("quotes", "drafted_at id", False, None),
    ("quotes", "group_id drafted_at id", False, "group_id IS NOT NULL"),
    ("quotes", "issued_at id", False, "issued_at IS NOT NULL"),
    ("quotes", "revises_id", False, "revises_id IS NOT NULL"),
    ("quotes", "role_id drafted_at id", False, "role_id IS NOT NULL"),
    ("quotes", "staff_id drafted_at id", False, None),
    ("quotes", "status drafted_at id", False, None),
    ("quotes", "status updated_at id", False, None),
    ("quotes", "status valid_until id", False, None),
    ("quotes", "updated_at id", False, None),
    ("quote_conflicts", "customer_id resolved_at id", False, None),
    ("quote_conflicts", "other_quote_id resolved_at id", False, None),
    ("quote_conflicts", "quote_id resolved_at id", False, None),
    ("quote_conflicts", "resolution resolved_at id", False, None),
    ("quote_conflicts", "resolved_at id", False, None),
    ("quote_lines", "item_id customer_id recorded_at id", False, None),
    ("quote_lines", "item_id recorded_at id", False, "item_id IS NOT NULL"),
    ("quote_lines", "quote_id item_id", True, "item_id IS NOT NULL"),
    ("quote_guarantees", "line_id position", False, "line_id IS NOT NULL"),
)
# (table, whether its rows are a customer's, what the application may)
ALL = "SELECT, INSERT, UPDATE, DELETE"
PROTECTED = (
    ("quote_policies", False, ALL),
    ("quotes", True, ALL),
    ("quote_conflicts", True, ALL),
    ("quote_lines", True, ALL),
    ("quote_guarantees", True, "SELECT, INSERT"),
)


def _protect(table: str, customer: bool, acts: str) -> None:
    tenant = "tenant_id = (SELECT current_setting('app.tenant_id')::uuid)"
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY tenant ON {table} TO shuke_app USING ({tenant}) WITH CHECK ({tenant})")
    if customer:
        op.execute(
            f"CREATE POLICY scope ON {table} AS RESTRICTIVE FOR SELECT TO shuke_app USING ("
            "(SELECT current_setting('app.scope')) = 'ALL' OR (SELECT true FROM customer_access a "
            f"WHERE a.tenant_id = {table}.tenant_id AND a.staff_id = (SELECT nullif(current_setting('app.staff_id'), '')::uuid) "
            f"AND a.customer_id = {table}.customer_id LIMIT 1))"
        )
    op.execute(f"GRANT {acts} ON {table} TO shuke_app")
    if acts != ALL:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()"
        )


def _owners_keys(permissions: str) -> None:
    """An owner's key opens everything: it gets, or loses, what there is to open now."""
    # The owner of the table is bound by the policies' FORCE and has none of its own; for this statement it looks at all tenants.
    op.execute("ALTER TABLE api_keys NO FORCE ROW LEVEL SECURITY")
    op.execute(f"UPDATE api_keys SET permissions = {permissions} WHERE kind = 'OWNER'")
    op.execute("ALTER TABLE api_keys FORCE ROW LEVEL SECURITY")


def upgrade() -> None:
    op.create_table(
        "quote_policies",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("on_conflict", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "on_conflict IN ('BLOCK', 'ALLOW_WITH_RESOLUTION')", name=op.f("ck_quote_policies_on_conflict")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_quote_policies")),
        sa.UniqueConstraint("tenant_id", name=op.f("uq_quote_policies_tenant_id")),
        info={"tenant": True, "customer": None, "without_customer": "false", "append_only": False},
    )
    op.create_table(
        "quotes",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("role_id", sa.Uuid(), nullable=True),
        sa.Column("group_id", sa.Uuid(), nullable=True),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("revises_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("presented_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("medium", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("declined_because", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "declined_because IN ('PRICE', 'COMPETITOR', 'TIMING', 'NO_CONTACT', 'DISTRUST', 'NOT_A_FIT', 'QUOTE_CONFLICT', 'OTHER')",
            name=op.f("ck_quotes_declined_because"),
        ),
        sa.CheckConstraint(
            "medium IN ('WECOM_CHAT', 'WECOM_MASS_SEND', 'WECOM_GROUP_CHAT', 'WECOM_MOMENTS', 'OFFICIAL_ACCOUNT', 'MINI_PROGRAM', 'APP_PUSH', 'SMS', 'EMAIL', 'PHONE', 'VIDEO_CALL', 'IN_PERSON', 'PARCEL', 'LIVE_STREAM', 'OTHER')",
            name=op.f("ck_quotes_medium"),
        ),
        sa.CheckConstraint(
            "status IN ('DRAFTED', 'ISSUED', 'PRESENTED', 'ACCEPTED', 'DECLINED', 'REVISED', 'WITHDRAWN', 'EXPIRED')",
            name=op.f("ck_quotes_status"),
        ),
        sa.CheckConstraint("revises_id <> id", name=op.f("ck_quotes_revises")),
        sa.CheckConstraint("role_id IS NULL OR group_id IS NULL", name=op.f("ck_quotes_unit")),
        sa.CheckConstraint("total_minor >= 0", name=op.f("ck_quotes_total")),
        sa.CheckConstraint("valid_from IS NULL OR valid_from < valid_until", name=op.f("ck_quotes_validity")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"], ["cases.tenant_id", "cases.id"], name=op.f("fk_quotes_tenant_id_case_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "customer_id"],
            ["customers.tenant_id", "customers.id"],
            name=op.f("fk_quotes_tenant_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "department_id"],
            ["stores.tenant_id", "stores.id"],
            name=op.f("fk_quotes_tenant_id_department_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "group_id"],
            ["ops_groups.tenant_id", "ops_groups.id"],
            name=op.f("fk_quotes_tenant_id_group_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "revises_id"], ["quotes.tenant_id", "quotes.id"], name=op.f("fk_quotes_tenant_id_revises_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "role_id"],
            ["service_roles.tenant_id", "service_roles.id"],
            name=op.f("fk_quotes_tenant_id_role_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "staff_id"],
            ["staff_members.tenant_id", "staff_members.id"],
            name=op.f("fk_quotes_tenant_id_staff_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_quotes")),
        info={"tenant": True, "customer": "customer_id", "without_customer": "false", "append_only": False},
    )
    op.create_table(
        "quote_conflicts",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("quote_id", sa.Uuid(), nullable=False),
        sa.Column("other_quote_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("kinds", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("resolution", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "resolution IN ('DIFFERENT_SCOPE', 'BETTER_TERMS_HOLD', 'CUSTOMER_INFORMED', 'OTHER')",
            name=op.f("ck_quote_conflicts_resolution"),
        ),
        sa.CheckConstraint("quote_id <> other_quote_id", name=op.f("ck_quote_conflicts_two")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "customer_id"],
            ["customers.tenant_id", "customers.id"],
            name=op.f("fk_quote_conflicts_tenant_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "other_quote_id"],
            ["quotes.tenant_id", "quotes.id"],
            name=op.f("fk_quote_conflicts_tenant_id_other_quote_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "quote_id"],
            ["quotes.tenant_id", "quotes.id"],
            name=op.f("fk_quote_conflicts_tenant_id_quote_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "staff_id"],
            ["staff_members.tenant_id", "staff_members.id"],
            name=op.f("fk_quote_conflicts_tenant_id_staff_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_quote_conflicts")),
        sa.UniqueConstraint(
            "tenant_id", "quote_id", "other_quote_id", name=op.f("uq_quote_conflicts_tenant_id_quote_id_other_quote_id")
        ),
        info={"tenant": True, "customer": "customer_id", "without_customer": "false", "append_only": False},
    )
    op.create_table(
        "quote_lines",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("quote_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("quantity_milli", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("unit_minor", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("position > 0", name=op.f("ck_quote_lines_position")),
        sa.CheckConstraint("quantity_milli > 0", name=op.f("ck_quote_lines_quantity")),
        sa.CheckConstraint("unit_minor >= 0 AND amount_minor >= 0", name=op.f("ck_quote_lines_amounts")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "customer_id"],
            ["customers.tenant_id", "customers.id"],
            name=op.f("fk_quote_lines_tenant_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "item_id"], ["items.tenant_id", "items.id"], name=op.f("fk_quote_lines_tenant_id_item_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "quote_id"], ["quotes.tenant_id", "quotes.id"], name=op.f("fk_quote_lines_tenant_id_quote_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_quote_lines")),
        sa.UniqueConstraint(
            "tenant_id", "quote_id", "position", name=op.f("uq_quote_lines_tenant_id_quote_id_position")
        ),
        info={"tenant": True, "customer": "customer_id", "without_customer": "false", "append_only": False},
    )
    op.create_table(
        "quote_guarantees",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("quote_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=True),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("months", sa.BigInteger(), nullable=False),
        sa.Column("conditions", sa.Text(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("months > 0", name=op.f("ck_quote_guarantees_months")),
        sa.CheckConstraint("position > 0", name=op.f("ck_quote_guarantees_position")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "customer_id"],
            ["customers.tenant_id", "customers.id"],
            name=op.f("fk_quote_guarantees_tenant_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "line_id"],
            ["quote_lines.tenant_id", "quote_lines.id"],
            name=op.f("fk_quote_guarantees_tenant_id_line_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "quote_id"],
            ["quotes.tenant_id", "quotes.id"],
            name=op.f("fk_quote_guarantees_tenant_id_quote_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_quote_guarantees")),
        sa.UniqueConstraint(
            "tenant_id", "quote_id", "position", name=op.f("uq_quote_guarantees_tenant_id_quote_id_position")
        ),
        info={"tenant": True, "customer": "customer_id", "without_customer": "false", "append_only": True},
    )
    for name, columns, unique, condition in INDEXES:
        where = None if condition is None else sa.text(condition)
        made = op.f(f"ix_{name}_tenant_id_{columns.replace(' ', '_')}")
        op.create_index(made, name, ["tenant_id", *columns.split()], unique=unique, postgresql_where=where)
    for table, customer, acts in PROTECTED:
        _protect(table, customer, acts)
    op.execute(KEEP_QUOTE.strip())
    op.execute(KEEP_QUOTE_LINE.strip())
    for table, function in TRIGGERS:
        op.execute(
            f"CREATE TRIGGER {function} BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION platform.{function}()"
        )
    _owners_keys(f"ARRAY(SELECT DISTINCT p FROM unnest(permissions || {PERMISSIONS}) p ORDER BY p)")


def downgrade() -> None:
    _owners_keys(f"ARRAY(SELECT p FROM unnest(permissions) p WHERE p <> ALL ({PERMISSIONS}) ORDER BY p)")
    for table in TABLES:
        op.drop_table(table)
    for _, function in TRIGGERS:
        op.execute(f"DROP FUNCTION platform.{function}()")
