"""Fills an onboarded brand with a crowd: many customers and all that hangs on them, skewed as real ones are.

Rows are made by PostgreSQL itself, from numbers, so that half a million customers take a minute. Checks and triggers are
off meanwhile: what is written here must be what the acts would have written.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import asyncpg

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉萍红建文玲云辉梅兰鹏飞宁雪晨浩宇轩子涵欣怡佳琪诗雨梦"
FEW, MANY = 60, 0.08
"""How many customers the first staff member has, and which share of all the second one sees through a group."""

_MIX = """
CREATE OR REPLACE FUNCTION pg_temp.mix(n bigint, salt int) RETURNS bigint IMMUTABLE LANGUAGE sql AS
$$ SELECT abs(hashint8extended(n, salt)) $$;
CREATE OR REPLACE FUNCTION pg_temp.uuid7(at timestamptz, n bigint, salt int) RETURNS uuid IMMUTABLE LANGUAGE sql AS $$
  SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7'
    || substr(md5(n::text || salt::text), 1, 3) || '8' || substr(md5(n::text || salt::text), 4, 15))::uuid $$;
CREATE OR REPLACE FUNCTION pg_temp.pick(list uuid[], n bigint, salt int) RETURNS uuid IMMUTABLE LANGUAGE sql AS $$
  -- The first of the list are the most frequent ones.
  SELECT list[1 + floor(cardinality(list) * power((pg_temp.mix(n, salt) % 10000) / 10000.0, 2))::int] $$;
"""


@dataclass(frozen=True)
class Crowd:
    """A brand's crowd and whom its scoped lists are measured with."""

    tenant_id: UUID
    customers: int
    few: UUID
    many: UUID


async def fill(admin: asyncpg.Connection, tenant_id: UUID, customers: int, *, touchpoints: int = 4) -> Crowd:
    """Add `customers` customers to the brand, with `touchpoints` contacts each. `admin` is a superuser's connection."""
    async with admin.transaction():
        await admin.execute("SET LOCAL session_replication_role = replica")
        await admin.execute("SET LOCAL timezone = 'UTC'")
        await admin.execute(_MIX)
        await _places(admin, tenant_id, customers)
        await _customers(admin, tenant_id, customers)
        await _around(admin, tenant_id)
        await _events(admin, tenant_id, touchpoints)
        few, many = await admin.fetchrow(
            "SELECT (array_agg(id ORDER BY n))[1], (array_agg(id ORDER BY n))[2] FROM staffs"
        )
        for name in ("made", "staffs"):
            await admin.execute(f"DROP TABLE {name}")
    return Crowd(tenant_id, customers, few, many)


async def _places(admin: asyncpg.Connection, tenant: UUID, customers: int) -> None:
    """Stores in two regions, staff, items, channels."""
    stores, staff = max(6, min(100, customers // 2_000)), max(8, min(250, customers // 1_000))
    await admin.execute(
        """CREATE TEMP TABLE staffs AS SELECT n, pg_temp.uuid7(now() - interval '4 years', n, 1) AS id
           FROM generate_series(1, $1::int) n""",
        staff,
    )
    await admin.execute(
        """INSERT INTO staff_members (tenant_id, id, name, data_scope, joined_at, version, recorded_at)
           SELECT $1::uuid, id, 'Staff ' || n, CASE n WHEN 2 THEN 'OWN_GROUP' ELSE 'OWN_CUSTOMERS' END,
             now() - n * interval '1 day', 1, now() FROM staffs""",
        tenant,
    )
    await admin.execute(
        """INSERT INTO stores (tenant_id, id, key, name, kind, parent_id, recorded_at, version)
           SELECT $1::uuid, pg_temp.uuid7(now() - interval '4 years', n, 2), 'crowd-' || n, 'Store ' || n,
             CASE WHEN n <= 2 THEN 'REGION' ELSE 'STORE' END,
             CASE WHEN n > 2 THEN pg_temp.uuid7(now() - interval '4 years', 1 + n % 2, 2) END, now(), 1
           FROM generate_series(1, $2::int) n""",
        tenant,
        stores,
    )
    await admin.execute(
        """INSERT INTO store_ancestors (tenant_id, id, store_id, ancestor_id)
           SELECT tenant_id, gen_random_uuid(), id, above FROM stores,
             LATERAL (VALUES (id), (parent_id)) a(above) WHERE tenant_id = $1 AND key LIKE 'crowd-%' AND above IS NOT NULL""",
        tenant,
    )
    await admin.execute(
        """INSERT INTO items (tenant_id, id, key, name, kind, version, recorded_at)
           SELECT $1::uuid, pg_temp.uuid7(now(), n, 3), 'crowd-' || n, 'Item ' || n, 'GOODS', 1, now() FROM generate_series(1, 40) n""",
        tenant,
    )
    await admin.execute(
        """INSERT INTO wow_plays (tenant_id, id, key, name, script, trigger, version, recorded_at)
           SELECT $1::uuid, pg_temp.uuid7(now(), n, 4), 'crowd-' || n, 'Play ' || n, '…', 'BIRTHDAY', 1, now()
           FROM generate_series(1, 8) n""",
        tenant,
    )
    await admin.execute(
        """INSERT INTO channels (tenant_id, id, state, name, kind, auto_tags, recorded_at, version)
           SELECT $1::uuid, pg_temp.uuid7(now(), n, 5), 'crowd-' || n, 'Channel ' || n, 'STAFF_CARD', '{}', now(), 1
           FROM generate_series(1, 20) n""",
        tenant,
    )


async def _customers(admin: asyncpg.Connection, tenant: UUID, customers: int) -> None:
    await admin.execute(
        """CREATE TEMP TABLE made AS
           SELECT n, pg_temp.uuid7(added, n, 6) AS id, added,
             added + (now() - added) * power((pg_temp.mix(n, 7) % 1000) / 1000.0, 3) AS updated,
             substr($2, 1 + floor(length($2) * power((pg_temp.mix(n, 8) % 10000) / 10000.0, 2))::int, 1)
             || substr($3, 1 + floor(length($3) * power((pg_temp.mix(n, 9) % 10000) / 10000.0, 1.5))::int, 1)
             || CASE WHEN n % 5 > 0 THEN substr($3, 1 + (pg_temp.mix(n, 10) % length($3))::int, 1) ELSE '' END AS name
           FROM generate_series(1, $1::int) n,
             LATERAL (SELECT now() - interval '3 years' * (pg_temp.mix(n, 11) % 1000000 / 1000000.0) AS added) a""",
        customers,
        SURNAMES,
        GIVEN,
    )
    await admin.execute(
        """INSERT INTO customers (tenant_id, id, kind, name, home_store_id, stage_id, birthday, first_added_at,
             recorded_at, updated_at, version)
           SELECT $1::uuid, made.id, CASE WHEN n % 200 = 0 THEN 'COMPANY' ELSE 'PERSON' END, name,
             CASE WHEN n % 10 > 0 THEN pg_temp.pick(stores, n, 12) END,
             CASE WHEN n % 4 > 0 THEN pg_temp.pick(stages, n, 13) END,
             CASE WHEN n % 3 > 0 THEN DATE '1960-01-01' + (pg_temp.mix(n, 14) % 18000)::int END,
             added, added, updated, 1
           FROM made,
             (SELECT array_agg(id ORDER BY id) AS stores FROM stores WHERE tenant_id = $1 AND key LIKE 'crowd-%') s,
             (SELECT array_agg(id ORDER BY id) AS stages FROM stages WHERE tenant_id = $1) j""",
        tenant,
    )
    await admin.execute(
        """INSERT INTO trust_accounts (tenant_id, id, customer_id, balance, ceiling, creases, last_seq, deposited,
             near_leaving, leaving_signs, kept_since, opened_at, recorded_at)
           SELECT $1::uuid, gen_random_uuid(), id, 100 * (pg_temp.mix(n, 15) % 1000), 100000, 0, 1, 0,
             false, '{}', added, added, added FROM made""",
        tenant,
    )
    await admin.execute(
        """INSERT INTO identities (tenant_id, id, customer_id, kind, namespace, fingerprint, sealed, tail, recorded_at)
           SELECT $1::uuid, gen_random_uuid(), id, 'PHONE', '', md5(id::text), '', lpad((pg_temp.mix(n, 16) % 10000)::text, 4, '0'), added
           FROM made""",
        tenant,
    )
    await admin.execute(
        """INSERT INTO search_terms (tenant_id, id, customer_id, customer_added_at, kind, term)
           SELECT $1::uuid, gen_random_uuid(), id, added, 'NAME', term FROM (
             SELECT DISTINCT id, added, substr(name, at, long) AS term FROM made, generate_series(1, 3) at, generate_series(1, 2) long
             WHERE at + long - 1 <= length(name)) t
           UNION ALL SELECT $1::uuid, gen_random_uuid(), customer_id, recorded_at, 'TAIL', tail FROM identities WHERE tenant_id = $1""",
        tenant,
    )


async def _around(admin: asyncpg.Connection, tenant: UUID) -> None:
    """Tags, needs, friendships and the access that follows from them, cases."""
    await admin.execute(
        """INSERT INTO customer_tags (tenant_id, id, customer_id, customer_added_at, tag, recorded_at)
           SELECT $1::uuid, gen_random_uuid(), id, added, tag, added FROM made, LATERAL (VALUES
             (CASE WHEN pg_temp.mix(n, 20) % 10 = 0 THEN 'vip' END),
             ('tag ' || pg_temp.mix(n, 21) % 100),
             (CASE WHEN n % 5000 = 7 THEN 'rare' END)) t(tag) WHERE tag IS NOT NULL""",
        tenant,
    )
    await admin.execute(
        """INSERT INTO customer_needs (tenant_id, id, customer_id, customer_added_at, words, item_id, source, stated,
             occurred_at, recorded_at)
           SELECT $1::uuid, gen_random_uuid(), made.id, added, 'wanted', pg_temp.pick(items, n, 22), 'CHAT', true, added, added
           FROM made, (SELECT array_agg(id ORDER BY id) AS items FROM items WHERE tenant_id = $1) i WHERE n % 3 = 0""",
        tenant,
    )
    await admin.execute(
        """INSERT INTO relationships (tenant_id, id, customer_id, customer_added_at, staff_id, state, channel_id,
             since, ended_at, recorded_at, version)
           SELECT $1::uuid, gen_random_uuid(), made.id, added, s.id, CASE WHEN made.n % 30 = 0 THEN 'ENDED' ELSE 'ACTIVE' END,
             pg_temp.pick(channels, made.n, 23), added, CASE WHEN made.n % 30 = 0 THEN updated END, added, 1
           FROM made JOIN staffs s ON s.n = CASE WHEN made.n <= $2 THEN 1 ELSE
               2 + floor(((SELECT count(*) FROM staffs) - 1) * power((pg_temp.mix(made.n, 24) % 10000) / 10000.0, 1.5))::int END,
             (SELECT array_agg(id ORDER BY id) AS channels FROM channels WHERE tenant_id = $1) c""",
        tenant,
        FEW,
    )
    # Some had been friends before, through the same channel: two rows that must be one customer in a list.
    await admin.execute(
        """INSERT INTO relationships (tenant_id, id, customer_id, customer_added_at, staff_id, state, channel_id, since, ended_at,
             recorded_at, version)
           SELECT tenant_id, gen_random_uuid(), customer_id, customer_added_at, staff_id, 'ENDED', channel_id, since, since,
             recorded_at, 1
           FROM relationships WHERE tenant_id = $1 AND ended_at IS NULL AND abs(uuid_hash(customer_id)::bigint) % 20 = 0""",
        tenant,
    )
    await admin.execute(
        """INSERT INTO workloads (tenant_id, id, staff_id, weight, friends, taken, added, recorded_at, version)
           SELECT $1::uuid, gen_random_uuid(), staff_id, 1, count(*), 0, 0, now(), 1 FROM relationships
           WHERE tenant_id = $1 AND ended_at IS NULL GROUP BY staff_id
           ON CONFLICT (tenant_id, staff_id) DO UPDATE SET friends = EXCLUDED.friends""",
        tenant,
    )
    await admin.execute(
        """INSERT INTO customer_access (tenant_id, id, staff_id, customer_id, customer_added_at, via)
           SELECT $1::uuid, gen_random_uuid(), staff_id, customer_id, customer_added_at, 'RELATIONSHIP' FROM relationships
           WHERE tenant_id = $1 AND ended_at IS NULL
           UNION ALL SELECT $1::uuid, gen_random_uuid(), s.id, made.id, added, 'GROUP' FROM made JOIN staffs s ON s.n = 2
           WHERE pg_temp.mix(made.n, 25) % 10000 < 10000 * $2::float""",
        tenant,
        MANY,
    )
    await admin.execute(
        """INSERT INTO cases (tenant_id, id, customer_id, status, stage_id, loss_reason, opened_at, moved_at, closed_at,
             recorded_at, updated_at, version)
           SELECT $1::uuid, pg_temp.uuid7(added, n, 26), made.id, status, pg_temp.pick(stages, n, 13),
             CASE status WHEN 'LOST' THEN 'PRICE' END, added, updated, CASE WHEN status <> 'OPEN' THEN updated END, added, updated, 1
           FROM made, LATERAL (SELECT CASE WHEN n % 10 < 6 THEN 'OPEN' WHEN n % 10 < 9 THEN 'WON' ELSE 'LOST' END AS status) s,
             (SELECT array_agg(id ORDER BY id) AS stages FROM stages WHERE tenant_id = $1) j""",
        tenant,
    )


async def _events(admin: asyncpg.Connection, tenant: UUID, touchpoints: int) -> None:
    """Contacts, feedback, wow moments and shares over the time since each customer was added."""
    await admin.execute(
        """INSERT INTO touchpoints (tenant_id, id, customer_id, staff_id, case_id, store_id, role_id, item_id, direction, medium,
             purpose, state, outcome, occurred_at, recorded_at)
           SELECT $1::uuid, pg_temp.uuid7(at, k, 30), made.id, CASE WHEN pg_temp.mix(k, 38) % 20 > 0 THEN r.staff_id END,
             CASE WHEN k % 2 = 0 THEN pg_temp.uuid7(added, n, 26) END,
             CASE WHEN k % 4 > 0 THEN pg_temp.pick(stores, n, 12) END,
             CASE WHEN k % 3 > 0 THEN pg_temp.pick(roles, k, 31) END,
             CASE WHEN pg_temp.mix(k, 39) % 10 = 0 THEN pg_temp.pick(items, k, 32) END,
             CASE WHEN k % 3 = 0 THEN 'INBOUND' ELSE 'OUTBOUND' END,
             (ARRAY['WECOM_CHAT', 'WECOM_CHAT', 'WECOM_CHAT', 'PHONE', 'SMS', 'IN_PERSON'])[1 + pg_temp.mix(k, 33) % 6],
             (ARRAY['ENQUIRY', 'ENQUIRY', 'WELCOME', 'APPOINTMENT', 'PROMOTION', 'AFTER_SALES'])[1 + pg_temp.mix(k, 34) % 6],
             CASE WHEN pg_temp.mix(k, 35) % 500 = 0 THEN 'SCHEDULED' ELSE 'SENT' END,
             (ARRAY['PENDING', 'PENDING', 'DELIVERED', 'REPLIED'])[1 + pg_temp.mix(k, 36) % 4], at, at
           FROM made LEFT JOIN relationships r ON r.tenant_id = $1 AND r.customer_id = made.id AND r.ended_at IS NULL,
             generate_series(1, $2::int) t,
             LATERAL (SELECT n::bigint * 100 + t AS k) k,
             LATERAL (SELECT added + (now() - added) * (pg_temp.mix(k, 37) % 100000 / 100000.0) AS at) a,
             (SELECT array_agg(id ORDER BY id) AS stores FROM stores WHERE tenant_id = $1 AND key LIKE 'crowd-%') s,
             (SELECT array_agg(id ORDER BY id) AS roles FROM service_roles WHERE tenant_id = $1) o,
             (SELECT array_agg(id ORDER BY id) AS items FROM items WHERE tenant_id = $1) i""",
        tenant,
        touchpoints,
    )
    await admin.execute(
        """INSERT INTO feedback (tenant_id, id, customer_id, kind, status, text, item_id, case_id, staff_id, store_id, role_id,
             due_at, clock_result, reopen_count, version, occurred_at, recorded_at, updated_at)
           SELECT tenant_id, pg_temp.uuid7(occurred_at, m, 40), customer_id,
             (ARRAY['COMPLAINT', 'SUGGESTION', 'PRODUCT_REQUEST', 'PRAISE'])[1 + m % 4],
             CASE WHEN m % 50 = 0 THEN 'RAISED' WHEN m % 50 < 3 THEN 'IN_PROGRESS' ELSE 'RESOLVED' END, 'said', item_id,
             case_id, staff_id, store_id, role_id, occurred_at + interval '1 day',
             CASE WHEN m % 50 < 3 THEN 'RUNNING' WHEN m % 7 = 0 THEN 'LATE' ELSE 'ON_TIME' END, 0, 1, occurred_at, recorded_at,
             occurred_at + (now() - occurred_at) * (m % 100 / 200.0)
           FROM touchpoints, LATERAL (SELECT abs(hashint8extended(('x' || substr(id::text, 20, 4))::bit(16)::bigint, 41)
             + uuid_hash(id)) AS m) m WHERE tenant_id = $1 AND m % 5 = 0""",
        tenant,
    )
    await admin.execute(
        """INSERT INTO wow_moments (tenant_id, id, customer_id, play_id, staff_id, store_id, story, occurred_at, recorded_at)
           SELECT t.tenant_id, pg_temp.uuid7(occurred_at, m, 42), customer_id, CASE WHEN m % 3 > 0 THEN pg_temp.pick(plays, m, 43) END,
             staff_id, store_id, 'wow', occurred_at, t.recorded_at
           FROM touchpoints t, LATERAL (SELECT abs(uuid_hash(id)::bigint) AS m) m,
             (SELECT array_agg(id ORDER BY id) AS plays FROM wow_plays WHERE tenant_id = $1) p WHERE tenant_id = $1 AND m % 10 = 1""",
        tenant,
    )
    await admin.execute(
        """INSERT INTO shares (tenant_id, id, customer_id, wow_moment_id, medium, prompted, rewarded, spontaneous,
             occurred_at, recorded_at)
           SELECT tenant_id, pg_temp.uuid7(occurred_at, m, 44), customer_id,
             CASE WHEN m % 2 = 0 THEN id END, 'MOMENTS', m % 5 = 0, m % 7 = 0,
             m % 5 > 0 AND m % 7 > 0, occurred_at + interval '1 hour', recorded_at
           FROM wow_moments, LATERAL (SELECT abs(uuid_hash(id)::bigint) AS m) m WHERE tenant_id = $1 AND m % 2 = 0""",
        tenant,
    )
