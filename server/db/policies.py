"""The protection of a table as DDL: grants, row-level security, append-only.

`env.py` adds these statements to the migration that creates a table, so that no table exists unprotected for a moment.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Table

OWNER, APP, WORKER = "shuke_owner", "shuke_app", "shuke_worker"

ACCESS = "customer_access"
"""The table of who sees whom: (tenant_id, staff_id, customer_id)."""

_TENANT = "(SELECT current_setting('app.tenant_id')::uuid)"
# Staff see a customer's rows through customer_access; everybody else passes with scope ALL.
_SCOPE = "(SELECT current_setting('app.scope'))"
_STAFF = "(SELECT nullif(current_setting('app.staff_id'), '')::uuid)"


def protection(table: Table) -> Iterator[str]:
    """The statements that protect a newly created table."""
    if table.info.get("tenant"):
        yield from _tenant_protection(table)
    else:
        yield from _platform_protection(table)


def _tenant_protection(table: Table) -> Iterator[str]:
    name, append_only = table.name, bool(table.info.get("append_only"))
    yield f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY"
    yield f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY"
    yield (f"CREATE POLICY tenant ON {name} TO {APP} USING (tenant_id = {_TENANT}) WITH CHECK (tenant_id = {_TENANT})")
    if customer := table.info.get("customer"):
        nobodys = ""
        if table.c[customer].nullable:
            rule = str(table.info["without_customer"]).format(staff=_STAFF)
            nobodys = f"({name}.{customer} IS NULL AND ({rule})) OR "
        # A scalar subquery, not EXISTS: that would be hashed, and everything its staff member sees read for every page.
        yield (
            f"CREATE POLICY scope ON {name} AS RESTRICTIVE FOR SELECT TO {APP} USING ({_SCOPE} = 'ALL' OR "
            f"{nobodys}(SELECT true FROM {ACCESS} a WHERE a.tenant_id = {name}.tenant_id "
            f"AND a.staff_id = {_STAFF} AND a.customer_id = {name}.{customer} LIMIT 1))"
        )
    acts = "SELECT, INSERT" if append_only else "SELECT, INSERT, UPDATE, DELETE"
    if any("repeats" in column.info for column in table.c):
        yield (
            f"CREATE TRIGGER repeat_added_at BEFORE INSERT ON {name} FOR EACH ROW "
            f"WHEN (NEW.customer_added_at IS NULL) EXECUTE FUNCTION platform.repeat_added_at()"
        )
    yield f"GRANT {acts} ON {name} TO {APP}"
    if append_only:
        yield (
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {name} "
            f"FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()"
        )


def _platform_protection(table: Table) -> Iterator[str]:
    """Platform tables are reached through functions that answer for one exact key; see `directory`."""
    yield f"REVOKE ALL ON {table.schema}.{table.name} FROM PUBLIC"
    if rights := table.info.get("worker"):
        yield f"GRANT {rights} ON {table.schema}.{table.name} TO {WORKER}"
