"""The log is appended to by a function: one call numbers and stores, from any statement that has passed the door.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
CREATE FUNCTION platform.append_events(
  tenant uuid, ids uuid[], types text[], versions bigint[], occurred timestamptz[], subject_types text[],
  subject_ids uuid[], customers uuid[], bodies text[], recorded timestamptz, kind text, actor uuid
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE last bigint;
BEGIN
  UPDATE public.tenant_streams s SET last_seq = s.last_seq + cardinality(ids) WHERE s.tenant_id = tenant
  RETURNING s.last_seq INTO last;
  IF last IS NULL THEN
    RETURN NULL;
  END IF;
  INSERT INTO public.events (tenant_id, id, seq, type, version, recorded_at, occurred_at, actor_kind, actor_id,
                             subject_type, subject_id, customer_id, body)
  SELECT tenant, e.id, last - cardinality(ids) + e.ord, e.type, e.version, recorded, e.occurred_at, kind, actor,
         e.subject_type, e.subject_id, e.customer_id, e.body::jsonb
  FROM unnest(ids, types, versions, occurred, subject_types, subject_ids, customers, bodies)
       WITH ORDINALITY AS e (id, type, version, occurred_at, subject_type, subject_id, customer_id, body, ord);
  RETURN last;
END $$"""
    )


def downgrade() -> None:
    op.execute("DROP FUNCTION platform.append_events")
