"""Indexes for lists that stay bounded, and in the tables that narrow customers the instant they are ordered by

Revision: 0002
Revises: 0001
"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

REFUSE_WALK = """
CREATE FUNCTION platform.refuse_walk(place text) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'SHK01', MESSAGE = place;
END $$"""

# Where there is no such customer the foreign key has the last word, not the null.
REPEAT_ADDED_AT = """
CREATE FUNCTION platform.repeat_added_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.customer_added_at := coalesce(
    (SELECT c.first_added_at FROM public.customers c WHERE c.tenant_id = NEW.tenant_id AND c.id = NEW.customer_id),
    '-infinity');
  RETURN NEW;
END $$"""

REPEATING = ("customer_access", "customer_needs", "customer_tags", "relationships", "search_terms")

SCOPED = (
    ("case_stage_changes", "customer_id"),
    ("cases", "customer_id"),
    ("consents", "customer_id"),
    ("contact_preferences", "customer_id"),
    ("contacts", "customer_id"),
    ("customer_needs", "customer_id"),
    ("customer_tags", "customer_id"),
    ("customers", "id"),
    ("fact_words", "customer_id"),
    ("identities", "customer_id"),
    ("relationship_roles", "customer_id"),
    ("relationships", "customer_id"),
    ("search_terms", "customer_id"),
    ("service_notes", "customer_id"),
    ("shares", "customer_id"),
    ("subjects", "customer_id"),
    ("touchpoint_outcomes", "customer_id"),
    ("touchpoints", "customer_id"),
    ("trust_accounts", "customer_id"),
    ("trust_entries", "customer_id"),
    ("trust_notes", "customer_id"),
    ("wow_moments", "customer_id"),
)
# Tables with rows that are about no customer: the rule for those.
VOICES = {
    "events": "(events.customer_id IS NULL AND (events.subject_type <> 'Feedback' OR EXISTS (SELECT 1 FROM feedback f WHERE f.tenant_id = events.tenant_id AND f.id = events.subject_id)))",  # as the first migration has it
    "feedback": "(feedback.customer_id IS NULL AND ( feedback.staff_id = {staff} OR EXISTS ( SELECT 1 FROM placements p JOIN store_ancestors sa ON sa.tenant_id = p.tenant_id AND sa.ancestor_id = p.store_id WHERE p.tenant_id = feedback.tenant_id AND p.staff_id = {staff} AND p.until_at IS NULL AND sa.store_id = feedback.store_id ) OR EXISTS ( SELECT 1 FROM placements p WHERE p.tenant_id = feedback.tenant_id AND p.staff_id = {staff} AND p.until_at IS NULL AND p.store_id IS NULL AND (p.role_id = feedback.role_id OR p.group_id = feedback.group_id) ) ))",  # as the first migration has it
    "feedback_clocks": "(feedback_clocks.customer_id IS NULL AND (EXISTS (SELECT 1 FROM feedback f WHERE f.tenant_id = feedback_clocks.tenant_id AND f.id = feedback_clocks.feedback_id)))",  # as the first migration has it
    "feedback_moves": "(feedback_moves.customer_id IS NULL AND (EXISTS (SELECT 1 FROM feedback f WHERE f.tenant_id = feedback_moves.tenant_id AND f.id = feedback_moves.feedback_id)))",  # as the first migration has it
}

# (table, name or none for the usual one, columns behind the tenant, condition)
NEW = (
    ("cases", None, ("stage_id", "opened_at", "id"), None),
    ("cases", None, ("status", "opened_at", "id"), None),
    ("cases", None, ("status", "moved_at", "id"), None),
    ("cases", None, ("subject_id", "opened_at", "id"), "subject_id IS NOT NULL"),
    ("customer_access", "ix_customer_access_by_staff", ("staff_id", "customer_added_at", "customer_id"), None),
    ("customer_needs", "ix_customer_needs_by_item", ("item_id", "customer_added_at", "customer_id"), None),
    ("customer_tags", None, ("tag", "customer_added_at", "customer_id"), None),
    ("customers", None, ("birthday", "id"), None),
    ("customers", None, ("home_store_id", "name", "id"), None),
    ("customers", None, ("home_store_id", "stage_id", "first_added_at", "id"), None),
    ("customers", None, ("home_store_id", "updated_at", "id"), None),
    ("customers", None, ("kind", "first_added_at", "id"), None),
    ("customers", None, ("kind", "name", "id"), None),
    ("customers", None, ("kind", "updated_at", "id"), None),
    ("customers", None, ("stage_id", "name", "id"), None),
    ("customers", None, ("stage_id", "updated_at", "id"), None),
    ("feedback", None, ("case_id", "occurred_at", "id"), "case_id IS NOT NULL"),
    ("feedback", None, ("clock_result", "occurred_at", "id"), None),
    ("feedback", None, ("group_id", "occurred_at", "id"), "group_id IS NOT NULL"),
    ("feedback", None, ("item_id", "occurred_at", "id"), "item_id IS NOT NULL"),
    ("feedback", None, ("kind", "occurred_at", "id"), None),
    ("feedback", None, ("role_id", "occurred_at", "id"), "role_id IS NOT NULL"),
    ("feedback", None, ("staff_id", "occurred_at", "id"), None),
    ("feedback", None, ("status", "occurred_at", "id"), None),
    ("feedback", None, ("status", "updated_at", "id"), None),
    ("feedback", None, ("store_id", "occurred_at", "id"), None),
    ("feedback", None, ("store_id", "status", "occurred_at", "id"), None),
    ("relationships", "ix_relationships_by_channel", ("channel_id", "customer_added_at", "customer_id"), None),
    (
        "relationships",
        "ix_relationships_live_by_staff",
        ("staff_id", "customer_added_at", "customer_id"),
        "ended_at IS NULL",
    ),
    ("search_terms", None, ("term", "customer_added_at", "customer_id"), None),
    ("touchpoints", None, ("case_id", "occurred_at", "id"), "case_id IS NOT NULL"),
    ("touchpoints", None, ("item_id", "occurred_at", "id"), "item_id IS NOT NULL"),
    ("touchpoints", None, ("store_id", "occurred_at", "id"), "store_id IS NOT NULL"),
    ("wow_moments", None, ("case_id", "occurred_at", "id"), "case_id IS NOT NULL"),
    ("wow_moments", None, ("store_id", "occurred_at", "id"), None),
)
OLD = (
    ("customer_needs", None, ("item_id", "customer_id"), None),
    ("customer_tags", None, ("tag", "customer_id"), None),
    ("relationships", None, ("channel_id", "since", "id"), None),
    ("relationships", None, ("since", "id"), None),
    ("search_terms", None, ("term", "customer_id"), None),
    ("touchpoints", None, ("case_id", "occurred_at", "id"), None),
)


# The whole migration is one transaction, so that a killed one leaves nothing behind; an index made concurrently cannot be
# part of one. Writes wait while it runs: minutes for a tenant of 500,000 customers (194 s measured).
IN_ONE_TRANSACTION = "-- squawk-ignore require-concurrent-index-creation, require-concurrent-index-deletion\n"
UNIQUE = "-- squawk-ignore disallowed-unique-constraint, constraint-missing-not-valid, ban-drop-constraint\n"
FILLED = "-- squawk-ignore adding-not-nullable-field\n"


def _name(index: tuple[str, str | None, tuple[str, ...], str | None]) -> str:
    table, name, columns, _ = index
    return name or f"ix_{table}_tenant_id_{'_'.join(columns)}"


def _create(index: tuple[str, str | None, tuple[str, ...], str | None]) -> None:
    table, _, columns, where = index
    condition = f" WHERE {where}" if where else ""
    op.execute(
        f"{IN_ONE_TRANSACTION}CREATE INDEX {_name(index)} ON {table} (tenant_id, {', '.join(columns)}){condition}"
    )


def _drop(index: tuple[str, str | None, tuple[str, ...], str | None]) -> None:
    op.execute(f"{IN_ONE_TRANSACTION}DROP INDEX {_name(index)}")


_STAFF = "(SELECT nullif(current_setting('app.staff_id'), '')::uuid)"


def _scope(probe: str) -> None:
    """Rewrite what every table about customers asks of `customer_access`."""
    for table, column in (*SCOPED, *((table, "customer_id") for table in VOICES)):
        nobodys = VOICES[table].format(staff=_STAFF) + " OR " if table in VOICES else ""
        access = (
            f"customer_access a WHERE a.tenant_id = {table}.tenant_id AND a.staff_id = {_STAFF}"
            f" AND a.customer_id = {table}.{column}"
        )
        op.execute(
            f"ALTER POLICY scope ON {table} USING ((SELECT current_setting('app.scope')) = 'ALL' OR "
            f"{nobodys}{probe.format(access=access)})"
        )


def upgrade() -> None:
    # EXISTS was hashed: for every page everything the staff member sees was read (7 ms at 40,000 customers, now 0.1).
    _scope("(SELECT true FROM {access} LIMIT 1)")
    op.execute(REFUSE_WALK.strip())
    op.execute(REPEAT_ADDED_AT.strip())
    for index in OLD:
        _drop(index)
    for table in REPEATING:
        op.execute(f"ALTER TABLE {table} ADD COLUMN customer_added_at timestamptz")
        # The owner is bound by the policies' FORCE and has none of its own; for this statement it looks at all tenants.
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        op.execute("ALTER TABLE customers NO FORCE ROW LEVEL SECURITY")
        op.execute(
            f"UPDATE {table} SET customer_added_at = c.first_added_at FROM customers c"
            f" WHERE c.tenant_id = {table}.tenant_id AND c.id = {table}.customer_id"
        )
        op.execute("ALTER TABLE customers FORCE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"{FILLED}ALTER TABLE {table} ALTER COLUMN customer_added_at SET NOT NULL")
        op.execute(
            f"CREATE TRIGGER repeat_added_at BEFORE INSERT ON {table} FOR EACH ROW"
            " WHEN (NEW.customer_added_at IS NULL) EXECUTE FUNCTION platform.repeat_added_at()"
        )
    op.execute(f"{UNIQUE}ALTER TABLE search_terms DROP CONSTRAINT uq_search_terms_tenant_id_customer_id_kind_term")
    op.execute(
        f"{UNIQUE}ALTER TABLE search_terms ADD CONSTRAINT uq_search_terms_tenant_id_customer_id_term_kind"
        " UNIQUE (tenant_id, customer_id, term, kind)"
    )
    for index in NEW:
        _create(index)


def downgrade() -> None:
    _scope("EXISTS (SELECT 1 FROM {access})")
    op.execute(f"{UNIQUE}ALTER TABLE search_terms DROP CONSTRAINT uq_search_terms_tenant_id_customer_id_term_kind")
    op.execute(
        f"{UNIQUE}ALTER TABLE search_terms ADD CONSTRAINT uq_search_terms_tenant_id_customer_id_kind_term"
        " UNIQUE (tenant_id, customer_id, kind, term)"
    )
    for index in NEW:
        _drop(index)
    for table in REPEATING:
        op.execute(f"DROP TRIGGER repeat_added_at ON {table}")
        op.execute(f"ALTER TABLE {table} DROP COLUMN customer_added_at")
    for index in OLD:
        _create(index)
    op.execute("DROP FUNCTION platform.repeat_added_at()")
    op.execute("DROP FUNCTION platform.refuse_walk(text)")
