"""Group chats, contents, campaigns and segments; and what contacts say of them.

Revision ID: 0019
Revises: 0018
"""

from __future__ import annotations

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

SEGMENTS = (
    """CREATE TABLE segments (
  tenant_id UUID NOT NULL,
  id UUID NOT NULL,
  key TEXT NOT NULL,
  name TEXT NOT NULL,
  conditions JSONB NOT NULL,
  retired_at timestamptz,
  version BIGINT NOT NULL,
  recorded_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  CONSTRAINT pk_segments PRIMARY KEY (tenant_id, id),
  CONSTRAINT uq_segments_tenant_id_key UNIQUE (tenant_id, key)
)""",
    "CREATE INDEX ix_segments_tenant_id_recorded_at_id ON segments (tenant_id, recorded_at, id)",
    "ALTER TABLE segments ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE segments FORCE ROW LEVEL SECURITY",
    "CREATE POLICY tenant ON segments TO shuke_app USING (tenant_id = (SELECT current_setting('app.tenant_id')::uuid)) WITH CHECK (tenant_id = (SELECT current_setting('app.tenant_id')::uuid))",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON segments TO shuke_app",
)
CONTENTS = (
    """CREATE TABLE contents (
  tenant_id UUID NOT NULL,
  id UUID NOT NULL,
  kind TEXT NOT NULL,
  title TEXT NOT NULL,
  medium TEXT,
  url TEXT,
  staff_id UUID,
  withdrawn_at timestamptz,
  version BIGINT NOT NULL,
  occurred_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL,
  CONSTRAINT pk_contents PRIMARY KEY (tenant_id, id),
  CONSTRAINT fk_contents_tenant_id_staff_id FOREIGN KEY(tenant_id, staff_id) REFERENCES staff_members (tenant_id, id),
  CONSTRAINT ck_contents_kind CHECK (kind IN ('ARTICLE', 'RECIPE', 'TIP', 'POSTER', 'VIDEO', 'LIVE_STREAM', 'OFFER', 'QUESTIONNAIRE', 'OTHER'))
)""",
    "CREATE INDEX ix_contents_tenant_id_kind_occurred_at_id ON contents (tenant_id, kind, occurred_at, id)",
    "CREATE INDEX ix_contents_tenant_id_medium_occurred_at_id ON contents (tenant_id, medium, occurred_at, id)",
    "CREATE INDEX ix_contents_tenant_id_occurred_at_id ON contents (tenant_id, occurred_at, id)",
    "CREATE INDEX ix_contents_tenant_id_staff_id_occurred_at_id ON contents (tenant_id, staff_id, occurred_at, id)",
    "ALTER TABLE contents ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE contents FORCE ROW LEVEL SECURITY",
    "CREATE POLICY tenant ON contents TO shuke_app USING (tenant_id = (SELECT current_setting('app.tenant_id')::uuid)) WITH CHECK (tenant_id = (SELECT current_setting('app.tenant_id')::uuid))",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON contents TO shuke_app",
)
CONTENT_ITEMS = (
    """CREATE TABLE content_items (
  tenant_id UUID NOT NULL,
  id UUID NOT NULL,
  content_id UUID NOT NULL,
  item_id UUID NOT NULL,
  CONSTRAINT pk_content_items PRIMARY KEY (tenant_id, id),
  CONSTRAINT fk_content_items_tenant_id_content_id FOREIGN KEY(tenant_id, content_id) REFERENCES contents (tenant_id, id),
  CONSTRAINT fk_content_items_tenant_id_item_id FOREIGN KEY(tenant_id, item_id) REFERENCES items (tenant_id, id),
  CONSTRAINT uq_content_items_tenant_id_content_id_item_id UNIQUE (tenant_id, content_id, item_id)
)""",
    "CREATE INDEX ix_content_items_tenant_id_item_id_content_id ON content_items (tenant_id, item_id, content_id)",
    "ALTER TABLE content_items ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE content_items FORCE ROW LEVEL SECURITY",
    "CREATE POLICY tenant ON content_items TO shuke_app USING (tenant_id = (SELECT current_setting('app.tenant_id')::uuid)) WITH CHECK (tenant_id = (SELECT current_setting('app.tenant_id')::uuid))",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON content_items TO shuke_app",
)
CONTENT_TAGS = (
    """CREATE TABLE content_tags (
  tenant_id UUID NOT NULL,
  id UUID NOT NULL,
  content_id UUID NOT NULL,
  tag TEXT NOT NULL,
  CONSTRAINT pk_content_tags PRIMARY KEY (tenant_id, id),
  CONSTRAINT fk_content_tags_tenant_id_content_id FOREIGN KEY(tenant_id, content_id) REFERENCES contents (tenant_id, id),
  CONSTRAINT uq_content_tags_tenant_id_content_id_tag UNIQUE (tenant_id, content_id, tag)
)""",
    "CREATE INDEX ix_content_tags_tenant_id_tag_content_id ON content_tags (tenant_id, tag, content_id)",
    "ALTER TABLE content_tags ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE content_tags FORCE ROW LEVEL SECURITY",
    "CREATE POLICY tenant ON content_tags TO shuke_app USING (tenant_id = (SELECT current_setting('app.tenant_id')::uuid)) WITH CHECK (tenant_id = (SELECT current_setting('app.tenant_id')::uuid))",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON content_tags TO shuke_app",
)
CAMPAIGNS = (
    """CREATE TABLE campaigns (
  tenant_id UUID NOT NULL,
  id UUID NOT NULL,
  key TEXT NOT NULL,
  name TEXT NOT NULL,
  starts_at timestamptz NOT NULL,
  ends_at timestamptz,
  version BIGINT NOT NULL,
  recorded_at timestamptz NOT NULL,
  CONSTRAINT pk_campaigns PRIMARY KEY (tenant_id, id),
  CONSTRAINT uq_campaigns_tenant_id_key UNIQUE (tenant_id, key),
  CONSTRAINT ck_campaigns_period CHECK (ends_at >= starts_at)
)""",
    "CREATE INDEX ix_campaigns_tenant_id_starts_at_id ON campaigns (tenant_id, starts_at, id)",
    "ALTER TABLE campaigns ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE campaigns FORCE ROW LEVEL SECURITY",
    "CREATE POLICY tenant ON campaigns TO shuke_app USING (tenant_id = (SELECT current_setting('app.tenant_id')::uuid)) WITH CHECK (tenant_id = (SELECT current_setting('app.tenant_id')::uuid))",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON campaigns TO shuke_app",
)
CAMPAIGN_PARTS = (
    """CREATE TABLE campaign_parts (
  tenant_id UUID NOT NULL,
  id UUID NOT NULL,
  campaign_id UUID NOT NULL,
  segment_id UUID,
  store_id UUID,
  channel_id UUID,
  content_id UUID,
  recorded_at timestamptz NOT NULL,
  CONSTRAINT pk_campaign_parts PRIMARY KEY (tenant_id, id),
  CONSTRAINT fk_campaign_parts_tenant_id_campaign_id FOREIGN KEY(tenant_id, campaign_id) REFERENCES campaigns (tenant_id, id),
  CONSTRAINT fk_campaign_parts_tenant_id_segment_id FOREIGN KEY(tenant_id, segment_id) REFERENCES segments (tenant_id, id),
  CONSTRAINT fk_campaign_parts_tenant_id_store_id FOREIGN KEY(tenant_id, store_id) REFERENCES stores (tenant_id, id),
  CONSTRAINT fk_campaign_parts_tenant_id_channel_id FOREIGN KEY(tenant_id, channel_id) REFERENCES channels (tenant_id, id),
  CONSTRAINT fk_campaign_parts_tenant_id_content_id FOREIGN KEY(tenant_id, content_id) REFERENCES contents (tenant_id, id),
  CONSTRAINT ck_campaign_parts_one CHECK (num_nonnulls(segment_id, store_id, channel_id, content_id) = 1)
)""",
    "CREATE INDEX ix_campaign_parts_tenant_id_channel_id_campaign_id ON campaign_parts (tenant_id, channel_id, campaign_id) WHERE channel_id IS NOT NULL",
    "CREATE INDEX ix_campaign_parts_tenant_id_content_id_campaign_id ON campaign_parts (tenant_id, content_id, campaign_id) WHERE content_id IS NOT NULL",
    "CREATE INDEX ix_campaign_parts_tenant_id_segment_id_campaign_id ON campaign_parts (tenant_id, segment_id, campaign_id) WHERE segment_id IS NOT NULL",
    "CREATE INDEX ix_campaign_parts_tenant_id_store_id_campaign_id ON campaign_parts (tenant_id, store_id, campaign_id) WHERE store_id IS NOT NULL",
    "CREATE UNIQUE INDEX uq_campaign_parts_named ON campaign_parts (tenant_id, campaign_id, segment_id, store_id, channel_id, content_id) NULLS NOT DISTINCT",
    "ALTER TABLE campaign_parts ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE campaign_parts FORCE ROW LEVEL SECURITY",
    "CREATE POLICY tenant ON campaign_parts TO shuke_app USING (tenant_id = (SELECT current_setting('app.tenant_id')::uuid)) WITH CHECK (tenant_id = (SELECT current_setting('app.tenant_id')::uuid))",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON campaign_parts TO shuke_app",
)
GROUP_CHATS = (
    """CREATE TABLE group_chats (
  tenant_id UUID NOT NULL,
  id UUID NOT NULL,
  name TEXT NOT NULL,
  store_id UUID,
  group_id UUID,
  role_id UUID,
  owner_id UUID,
  dissolved_at timestamptz,
  version BIGINT NOT NULL,
  occurred_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL,
  CONSTRAINT pk_group_chats PRIMARY KEY (tenant_id, id),
  CONSTRAINT fk_group_chats_tenant_id_store_id FOREIGN KEY(tenant_id, store_id) REFERENCES stores (tenant_id, id),
  CONSTRAINT fk_group_chats_tenant_id_group_id FOREIGN KEY(tenant_id, group_id) REFERENCES ops_groups (tenant_id, id),
  CONSTRAINT fk_group_chats_tenant_id_role_id FOREIGN KEY(tenant_id, role_id) REFERENCES service_roles (tenant_id, id),
  CONSTRAINT fk_group_chats_tenant_id_owner_id FOREIGN KEY(tenant_id, owner_id) REFERENCES staff_members (tenant_id, id),
  CONSTRAINT ck_group_chats_dates CHECK (dissolved_at >= occurred_at),
  CONSTRAINT ck_group_chats_unit CHECK (num_nonnulls(group_id, role_id) <= 1)
)""",
    "CREATE INDEX ix_group_chats_tenant_id_group_id_occurred_at_id ON group_chats (tenant_id, group_id, occurred_at, id) WHERE group_id IS NOT NULL",
    "CREATE INDEX ix_group_chats_tenant_id_occurred_at_id ON group_chats (tenant_id, occurred_at, id)",
    "CREATE INDEX ix_group_chats_tenant_id_owner_id_occurred_at_id ON group_chats (tenant_id, owner_id, occurred_at, id) WHERE owner_id IS NOT NULL",
    "CREATE INDEX ix_group_chats_tenant_id_role_id_occurred_at_id ON group_chats (tenant_id, role_id, occurred_at, id) WHERE role_id IS NOT NULL",
    "CREATE INDEX ix_group_chats_tenant_id_store_id_occurred_at_id ON group_chats (tenant_id, store_id, occurred_at, id) WHERE store_id IS NOT NULL",
    "ALTER TABLE group_chats ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE group_chats FORCE ROW LEVEL SECURITY",
    "CREATE POLICY tenant ON group_chats TO shuke_app USING (tenant_id = (SELECT current_setting('app.tenant_id')::uuid)) WITH CHECK (tenant_id = (SELECT current_setting('app.tenant_id')::uuid))",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON group_chats TO shuke_app",
)
GROUP_MEMBERSHIPS = (
    """CREATE TABLE group_memberships (
  tenant_id UUID NOT NULL,
  id UUID NOT NULL,
  group_chat_id UUID NOT NULL,
  customer_id UUID NOT NULL,
  joined_at timestamptz NOT NULL,
  join_source TEXT NOT NULL,
  left_at timestamptz,
  leave_reason TEXT,
  version BIGINT NOT NULL,
  recorded_at timestamptz NOT NULL,
  CONSTRAINT pk_group_memberships PRIMARY KEY (tenant_id, id),
  CONSTRAINT fk_group_memberships_tenant_id_group_chat_id FOREIGN KEY(tenant_id, group_chat_id) REFERENCES group_chats (tenant_id, id),
  CONSTRAINT fk_group_memberships_tenant_id_customer_id FOREIGN KEY(tenant_id, customer_id) REFERENCES customers (tenant_id, id),
  CONSTRAINT ck_group_memberships_join_source CHECK (join_source IN ('INVITED_BY_STAFF', 'INVITED_BY_MEMBER', 'GROUP_CODE', 'WELCOME_LINK', 'IMPORTED', 'OTHER')),
  CONSTRAINT ck_group_memberships_leave_reason CHECK (leave_reason IN ('BY_CUSTOMER', 'REMOVED', 'DISSOLVED', 'OTHER')),
  CONSTRAINT ck_group_memberships_dates CHECK (left_at >= joined_at),
  CONSTRAINT ck_group_memberships_left CHECK ((left_at IS NULL) = (leave_reason IS NULL))
)""",
    "CREATE INDEX ix_group_memberships_tenant_id_customer_id_joined_at_id ON group_memberships (tenant_id, customer_id, joined_at, id)",
    "CREATE INDEX ix_group_memberships_tenant_id_group_chat_id_joined_at_id ON group_memberships (tenant_id, group_chat_id, joined_at, id)",
    "CREATE UNIQUE INDEX uq_group_memberships_live ON group_memberships (tenant_id, group_chat_id, customer_id) WHERE left_at IS NULL",
    "ALTER TABLE group_memberships ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE group_memberships FORCE ROW LEVEL SECURITY",
    "CREATE POLICY tenant ON group_memberships TO shuke_app USING (tenant_id = (SELECT current_setting('app.tenant_id')::uuid)) WITH CHECK (tenant_id = (SELECT current_setting('app.tenant_id')::uuid))",
    "CREATE POLICY scope ON group_memberships AS RESTRICTIVE FOR SELECT TO shuke_app USING ((SELECT current_setting('app.scope')) = 'ALL' OR (SELECT true FROM customer_access a WHERE a.tenant_id = group_memberships.tenant_id AND a.staff_id = (SELECT nullif(current_setting('app.staff_id'), '')::uuid) AND a.customer_id = group_memberships.customer_id LIMIT 1))",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON group_memberships TO shuke_app",
)
GROUP_POSTS = (
    """CREATE TABLE group_posts (
  tenant_id UUID NOT NULL,
  id UUID NOT NULL,
  group_chat_id UUID NOT NULL,
  staff_id UUID,
  role_id UUID,
  group_id UUID,
  store_id UUID,
  item_id UUID,
  content_id UUID,
  campaign_id UUID,
  purpose TEXT NOT NULL,
  summary TEXT,
  receivers BIGINT NOT NULL,
  occurred_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL,
  CONSTRAINT pk_group_posts PRIMARY KEY (tenant_id, id),
  CONSTRAINT fk_group_posts_tenant_id_group_chat_id FOREIGN KEY(tenant_id, group_chat_id) REFERENCES group_chats (tenant_id, id),
  CONSTRAINT fk_group_posts_tenant_id_staff_id FOREIGN KEY(tenant_id, staff_id) REFERENCES staff_members (tenant_id, id),
  CONSTRAINT fk_group_posts_tenant_id_role_id FOREIGN KEY(tenant_id, role_id) REFERENCES service_roles (tenant_id, id),
  CONSTRAINT fk_group_posts_tenant_id_group_id FOREIGN KEY(tenant_id, group_id) REFERENCES ops_groups (tenant_id, id),
  CONSTRAINT fk_group_posts_tenant_id_store_id FOREIGN KEY(tenant_id, store_id) REFERENCES stores (tenant_id, id),
  CONSTRAINT fk_group_posts_tenant_id_item_id FOREIGN KEY(tenant_id, item_id) REFERENCES items (tenant_id, id),
  CONSTRAINT fk_group_posts_tenant_id_content_id FOREIGN KEY(tenant_id, content_id) REFERENCES contents (tenant_id, id),
  CONSTRAINT fk_group_posts_tenant_id_campaign_id FOREIGN KEY(tenant_id, campaign_id) REFERENCES campaigns (tenant_id, id),
  CONSTRAINT ck_group_posts_purpose CHECK (purpose IN ('WELCOME', 'HANDOFF_INTRODUCTION', 'ENQUIRY', 'NEEDS_DISCOVERY', 'APPOINTMENT', 'RECEPTION', 'PROFESSIONAL_ASSESSMENT', 'SOLUTION', 'QUOTATION', 'CONTRACT', 'PAPERWORK', 'ORDER_STATUS', 'DELIVERY', 'SERVICE_PROGRESS', 'PROFESSIONAL_AFTERCARE', 'USAGE_GUIDANCE', 'AFTER_SALES', 'COMPLAINT', 'FEEDBACK_REPLY', 'SATISFACTION_SURVEY', 'RECALL', 'REPURCHASE', 'PROMOTION', 'CONTENT', 'COMMUNITY', 'GREETING', 'REFERRAL_INVITATION', 'WOW', 'SAFETY_NOTICE')),
  CONSTRAINT ck_group_posts_capacity CHECK (role_id IS NULL OR group_id IS NULL),
  CONSTRAINT ck_group_posts_receivers CHECK (receivers >= 0)
)""",
    "CREATE INDEX ix_group_posts_tenant_id_campaign_id_occurred_at_id ON group_posts (tenant_id, campaign_id, occurred_at, id) WHERE campaign_id IS NOT NULL",
    "CREATE INDEX ix_group_posts_tenant_id_content_id_occurred_at_id ON group_posts (tenant_id, content_id, occurred_at, id) WHERE content_id IS NOT NULL",
    "CREATE INDEX ix_group_posts_tenant_id_group_chat_id_occurred_at_id ON group_posts (tenant_id, group_chat_id, occurred_at, id)",
    "CREATE INDEX ix_group_posts_tenant_id_item_id_occurred_at_id ON group_posts (tenant_id, item_id, occurred_at, id) WHERE item_id IS NOT NULL",
    "CREATE INDEX ix_group_posts_tenant_id_occurred_at_id ON group_posts (tenant_id, occurred_at, id)",
    "CREATE INDEX ix_group_posts_tenant_id_staff_id_occurred_at_id ON group_posts (tenant_id, staff_id, occurred_at, id) WHERE staff_id IS NOT NULL",
    "CREATE INDEX ix_group_posts_tenant_id_store_id_occurred_at_id ON group_posts (tenant_id, store_id, occurred_at, id) WHERE store_id IS NOT NULL",
    "ALTER TABLE group_posts ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE group_posts FORCE ROW LEVEL SECURITY",
    "CREATE POLICY tenant ON group_posts TO shuke_app USING (tenant_id = (SELECT current_setting('app.tenant_id')::uuid)) WITH CHECK (tenant_id = (SELECT current_setting('app.tenant_id')::uuid))",
    "GRANT SELECT, INSERT ON group_posts TO shuke_app",
    "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON group_posts FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()",
)

TABLES = (
    SEGMENTS,
    CONTENTS,
    CONTENT_ITEMS,
    CONTENT_TAGS,
    CAMPAIGNS,
    CAMPAIGN_PARTS,
    GROUP_CHATS,
    GROUP_MEMBERSHIPS,
    GROUP_POSTS,
)

# Nothing that is there has any of these: the columns are empty, so that keys hold and indexes are made in one reading.
NAMED = {
    "content_id": "contents",
    "campaign_id": "campaigns",
    "group_chat_id": "group_chats",
    "group_post_id": "group_posts",
}
OF_EMPTY_COLUMNS = "-- squawk-ignore adding-foreign-key-constraint, constraint-missing-not-valid\n"
IN_ONE_TRANSACTION = "-- squawk-ignore require-concurrent-index-creation, require-concurrent-index-deletion\n"


def upgrade() -> None:
    for table in TABLES:
        for statement in table:
            op.execute(statement)
    for column, table in NAMED.items():
        op.execute(f"ALTER TABLE touchpoints ADD COLUMN {column} uuid")
        op.execute(
            f"{OF_EMPTY_COLUMNS}ALTER TABLE touchpoints ADD CONSTRAINT fk_touchpoints_tenant_id_{column} "
            f"FOREIGN KEY (tenant_id, {column}) REFERENCES {table} (tenant_id, id)"
        )
        op.execute(
            f"{IN_ONE_TRANSACTION}CREATE INDEX ix_touchpoints_tenant_id_{column}_occurred_at_id "
            f"ON touchpoints (tenant_id, {column}, occurred_at, id) WHERE {column} IS NOT NULL"
        )


def downgrade() -> None:
    for column in reversed(NAMED):
        op.execute(f"ALTER TABLE touchpoints DROP COLUMN {column}")
    for table in (
        "group_posts",
        "group_memberships",
        "group_chats",
        "campaign_parts",
        "campaigns",
        "content_tags",
        "content_items",
        "contents",
        "segments",
    ):
        op.execute(f"DROP TABLE {table}")
