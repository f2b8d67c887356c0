"""The mass of rows, as SQL of the database's superuser: what years of acts would have left, without their log.

Every row obeys the rules the acts keep (`tests/benchmarks` asks the acts themselves). A fact follows from its number by
hashing, so the same sizes give the same data. Ids are UUIDv7 of the time at which the row would have been recorded, and
rows lie in the order of time within their brand, as after an import. Foreign keys are not checked while loading.
"""

from __future__ import annotations

from server.customers.case_terms import LossReason
from server.feedback.kinds import FEEDBACK_RULES, FeedbackKind
from server.operations.feedback_duties import ANSWERED_BY_OWNER_OF
from server.operations.purposes import Purpose
from server.touchpoints.media import Medium
from server.touchpoints.outcomes import Outcome
from server.trust.policy import DEFAULT_TRUST_POLICY
from server.wow_moments.surprise_terms import ShareMedium

_MEDIA = {
    Medium.WECOM_CHAT: 50,
    Medium.PHONE: 12,
    Medium.WECOM_MASS_SEND: 12,
    Medium.SMS: 10,
    Medium.IN_PERSON: 8,
    Medium.MINI_PROGRAM: 8,
}
_QUIET = (Outcome.DELIVERED, Outcome.REPLIED, Outcome.OPENED, Outcome.CLICKED, Outcome.IGNORED, Outcome.FAILED)
"""Outcomes that change nothing else. The first ones are the commonest."""
_PURPOSES = (
    Purpose.ENQUIRY,
    Purpose.APPOINTMENT,
    Purpose.PROFESSIONAL_AFTERCARE,
    Purpose.PROMOTION,
    Purpose.GREETING,
    Purpose.RECEPTION,
    Purpose.REPURCHASE,
    Purpose.QUOTATION,
    Purpose.SATISFACTION_SURVEY,
    Purpose.CONTENT,
)
_KINDS = (
    FeedbackKind.RATING,
    FeedbackKind.PRAISE,
    FeedbackKind.COMPLAINT,
    FeedbackKind.PRODUCT_REQUEST,
    FeedbackKind.SUGGESTION,
)
_TAGS = (
    *("vip", "老客户", "母婴", "敏感肌", "价格敏感", "高净值", "转介绍", "周末到店"),
    *("会员日", "新客", "学生", "企业采购", "夜间", "沉默", "易投诉", "送礼"),
)
_NEEDS = (
    "补水保湿",
    "想预约周末",
    "比较价格",
    "要一份方案",
    "孩子换牙",
    "送父母",
    "长期复购",
    "企业开票",
    "想看案例",
    "问售后",
)


def _texts(words: object) -> str:
    return "ARRAY[" + ", ".join(f"'{word}'" for word in words) + "]"  # type: ignore[attr-defined]  # any iterable of our own words


def _table(rows: list[tuple[str, ...]]) -> str:
    return "VALUES " + ", ".join(f"({', '.join(row)})" for row in rows)


_MEDIA_ROWS = _table(
    [
        (
            f"'{medium}'",
            str(sum(list(_MEDIA.values())[:place]) / 100),
            str(sum(list(_MEDIA.values())[: place + 1]) / 100),
            _texts([one for one in _QUIET if one in medium.traits.observes]),
        )
        for place, medium in enumerate(_MEDIA)
    ]
)
_DUTY_ROWS = _table(
    [(f"'{kind}'", f"'{ANSWERED_BY_OWNER_OF[kind.value]}'", str(FEEDBACK_RULES[kind].clock_hours)) for kind in _KINDS]
)
_BALANCE, _CEILING = DEFAULT_TRUST_POLICY.opening_balance, DEFAULT_TRUST_POLICY.opening_ceiling

FUNCTIONS = """
CREATE SCHEMA bench;
-- A number in [0, 1) that depends on the number of a row, its brand, and what it is for.
CREATE FUNCTION bench.r(n bigint, brand bigint, use bigint) RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS 'SELECT (hashint8extended($1, $2 * 1000 + $3) & 16777215)::float8 / 16777216';
CREATE FUNCTION bench.pick(count bigint, r float8, skew float8) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS 'SELECT floor($1 * power($2, $3))::bigint';
CREATE FUNCTION bench.word(words text[], r float8, skew float8) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS 'SELECT $1[1 + floor(cardinality($1) * power($2, $3))::int]';
-- UUIDv7 of this time.
CREATE FUNCTION bench.id(at timestamptz, n bigint, brand bigint, use bigint) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$SELECT (lpad(to_hex((extract(epoch FROM $1) * 1000)::bigint), 12, '0') || '7'
    || substr(lpad(to_hex(hashint8extended($2, $3 * 1000 + $4)), 16, '0'), 1, 3) || 'a'
    || substr(lpad(to_hex(hashint8extended($2, $3 * 1000 + $4 + 500)), 16, '0'), 1, 15))::uuid$$;
CREATE UNLOGGED TABLE bench.brand (
  tenant_id uuid PRIMARY KEY, brand bigint, customers bigint, touchpoints int, feedback int, scoped_staff uuid,
  scoped_customers int, starts timestamptz, ends timestamptz);
CREATE UNLOGGED TABLE bench.person (tenant_id uuid, ord bigint, staff_id uuid, role_id uuid, group_id uuid);
CREATE UNLOGGED TABLE bench.name (ord bigint PRIMARY KEY, name text, terms text[]);
"""

PLACES = f"""
CREATE UNLOGGED TABLE bench.store AS
  SELECT tenant_id, row_number() OVER (PARTITION BY tenant_id ORDER BY key) - 1 AS ord, id AS store_id FROM stores;
CREATE UNLOGGED TABLE bench.stage AS
  SELECT tenant_id, row_number() OVER (PARTITION BY tenant_id ORDER BY position) - 1 AS ord, id AS stage_id
  FROM stages WHERE retired_at IS NULL;
CREATE UNLOGGED TABLE bench.count AS
  SELECT tenant_id, (SELECT count(*) FROM bench.person p WHERE p.tenant_id = b.tenant_id) AS people,
    (SELECT count(*) FROM bench.store s WHERE s.tenant_id = b.tenant_id) AS stores,
    (SELECT count(*) FROM bench.stage s WHERE s.tenant_id = b.tenant_id) AS stages,
    (SELECT count(*) FROM bench.name) AS names
  FROM bench.brand b;
CREATE UNLOGGED TABLE bench.medium AS
  SELECT * FROM ({_MEDIA_ROWS}) m (medium, low, high, outcomes);
CREATE UNLOGGED TABLE bench.duty AS
  SELECT p.tenant_id, k.kind, k.hours, p.role_id, p.group_id FROM ({_DUTY_ROWS}) k (kind, purpose, hours)
  JOIN role_purposes p ON p.purpose = k.purpose AND p.mode = 'OWNS'
  JOIN operating_models m ON m.tenant_id = p.tenant_id AND m.id = p.operating_model_id AND m.in_force;
ANALYZE bench.store; ANALYZE bench.stage; ANALYZE bench.count; ANALYZE bench.medium; ANALYZE bench.duty;
ANALYZE bench.name; ANALYZE bench.person; ANALYZE bench.brand;
"""

CUSTOMERS = f"""
CREATE UNLOGGED TABLE bench.customer AS
WITH known AS (
  SELECT b.*, c.people, c.stores, c.stages, c.names, n, bench.r(n, b.brand, 1) AS luck,
    b.ends - (b.ends - b.starts) * power((b.customers - n + bench.r(n, b.brand, 2)) / b.customers, 0.8) AS added
  FROM bench.brand b JOIN bench.count c USING (tenant_id), generate_series(1, b.customers) n
), chosen AS (
  SELECT *,
    CASE WHEN scoped_staff IS NOT NULL AND n % (customers / scoped_customers) = 0
           AND n / (customers / scoped_customers) <= scoped_customers THEN people - 1
         ELSE bench.pick(people - (scoped_staff IS NOT NULL)::int, bench.r(n, brand, 3), 1.3) END AS person,
    CASE WHEN luck < 0.62 THEN 'OPEN' WHEN luck < 0.72 THEN 'WON' WHEN luck < 0.84 THEN 'COMPLETED'
         WHEN luck < 0.92 THEN 'LOST' ELSE 'DORMANT' END AS status,
    bench.pick(stages, bench.r(n, brand, 4), 1.8) AS stage,
    added + (ends - added) * bench.r(n, brand, 5) * 0.8 AS moved
  FROM known
)
SELECT c.tenant_id, c.brand, c.n, c.starts, c.ends, c.added, c.people, c.scoped_staff,
  bench.id(c.added, c.n, c.brand, 10) AS id, bench.id(c.added, c.n, c.brand, 11) AS case_id,
  bench.id(c.added, c.n, c.brand, 12) AS relationship_id, bench.id(c.added, c.n, c.brand, 13) AS account_id,
  bench.pick(c.names, bench.r(c.n, c.brand, 6), 1) AS name, c.status, s.stage_id, c.stage,
  CASE WHEN c.stage > 0 OR c.status <> 'OPEN' THEN c.moved ELSE c.added END AS moved,
  p.ord AS person, p.staff_id, p.role_id, p.group_id, st.store_id,
  100 * bench.r(c.n, c.brand, 7) AS deposit, c.touchpoints, c.feedback
FROM chosen c
JOIN bench.person p ON p.tenant_id = c.tenant_id AND p.ord = c.person
JOIN bench.stage s ON s.tenant_id = c.tenant_id AND s.ord = c.stage
LEFT JOIN bench.store st ON st.tenant_id = c.tenant_id AND bench.r(c.n, c.brand, 8) < 0.85
  AND st.ord = bench.pick(c.stores, bench.r(c.n, c.brand, 9), 1.6)
ORDER BY c.brand, c.n;
ANALYZE bench.customer;
CREATE UNLOGGED TABLE bench.friend AS
SELECT tenant_id, brand, n, id AS customer_id, relationship_id AS id, bench.id(added, n, brand, 14) AS role_row,
  staff_id, role_id, group_id, store_id, added, added AS since FROM bench.customer
UNION ALL
SELECT c.tenant_id, c.brand, c.n, c.id, bench.id(since, c.n, c.brand, 15), bench.id(since, c.n, c.brand, 16),
  p.staff_id, p.role_id, p.group_id, c.store_id, c.added, since
FROM bench.customer c CROSS JOIN LATERAL (SELECT c.added + (c.ends - c.added) * bench.r(c.n, c.brand, 17) AS since) s
JOIN bench.person p ON p.tenant_id = c.tenant_id
  AND p.ord = (c.person + 1) % (c.people - (c.scoped_staff IS NOT NULL)::int)
WHERE bench.r(c.n, c.brand, 18) < 0.1 AND c.staff_id IS DISTINCT FROM c.scoped_staff AND p.staff_id <> c.staff_id;
ANALYZE bench.friend;
CREATE UNLOGGED TABLE bench.voice AS
SELECT v.*, v.kind <> 'RATING' OR v.score <= 3 AS clocked, v.occurred + v.hours * interval '1 hour' AS due,
  v.occurred + v.hours * interval '1 hour' * (0.05 + 1.15 * bench.r(v.n * 8 + v.k, v.brand, 33)) AS answered,
  bench.r(v.n * 8 + v.k, v.brand, 34) AS fate
FROM (
  SELECT c.tenant_id, c.brand, c.n, k, c.id AS customer_id, c.staff_id, c.store_id, c.ends, d.kind, d.hours,
    d.role_id, d.group_id, t.occurred, bench.id(t.occurred, c.n * 8 + k, c.brand, 30) AS id,
    CASE WHEN d.kind = 'RATING' THEN 5 - bench.pick(5, bench.r(c.n * 8 + k, c.brand, 31), 2.5) END AS score
  FROM bench.customer c CROSS JOIN LATERAL generate_series(1, c.feedback) k
  CROSS JOIN LATERAL (SELECT c.added + (c.ends - c.added) * bench.r(c.n * 8 + k, c.brand, 32) AS occurred) t
  JOIN bench.duty d ON d.tenant_id = c.tenant_id
    AND d.kind = bench.word({_texts(_KINDS)}, bench.r(c.n * 8 + k, c.brand, 35), 1.8)
) v;
-- A matter is over only where its answer and the seven days behind it lie before the end of time.
ALTER TABLE bench.voice ADD COLUMN status text;
UPDATE bench.voice SET status = CASE
  WHEN NOT clocked THEN 'RESOLVED'
  WHEN answered + interval '7 days' > ends OR fate < 0.04 THEN CASE WHEN fate < 0.5 THEN 'RAISED' ELSE 'ACKNOWLEDGED' END
  WHEN fate < 0.15 THEN 'DECLINED' WHEN fate < 0.35 THEN 'ANSWERED' ELSE 'RESOLVED' END;
ANALYZE bench.voice;
"""
"""What the tables below have in common, one row per customer, friendship and voice."""

_STOPPED = "v.clocked AND v.status NOT IN ('RAISED', 'ACKNOWLEDGED')"
_RESULT = (
    "CASE WHEN NOT v.clocked THEN NULL WHEN v.status IN ('RAISED', 'ACKNOWLEDGED') THEN 'RUNNING'"
    " WHEN v.answered <= v.due THEN 'ON_TIME' ELSE 'LATE' END"
)
_TOOK_ON = "v.occurred + (v.answered - v.occurred) * 0.1"

TABLES: dict[str, str] = {
    "touchpoints": f"""
INSERT INTO touchpoints (tenant_id, id, customer_id, staff_id, case_id, store_id, role_id, group_id, direction, medium,
  purpose, state, outcome, summary, occurred_at, recorded_at)
SELECT c.tenant_id, bench.id(t.at, c.n * 16 + k, c.brand, 40), c.id, c.staff_id,
  CASE WHEN r5 < 0.5 THEN c.case_id END, c.store_id, c.role_id, c.group_id,
  CASE WHEN m.medium IN ('WECOM_CHAT', 'PHONE', 'IN_PERSON') AND r5 < 0.3 THEN 'INBOUND' ELSE 'OUTBOUND' END,
  m.medium, bench.word({_texts(_PURPOSES)}, bench.r(c.n * 16 + k, c.brand, 42), 1.5), 'SENT',
  CASE WHEN r6 < 0.45 THEN 'PENDING' ELSE bench.word(m.outcomes, (r6 - 0.45) / 0.55, 1.5) END,
  CASE WHEN r5 > 0.8 THEN '聊到下次到店的时间' END, t.at, t.at
FROM bench.customer c CROSS JOIN LATERAL generate_series(1, c.touchpoints) k
CROSS JOIN LATERAL (SELECT c.added + (c.ends - c.added) * bench.r(c.n * 16 + k, c.brand, 41) AS at,
  bench.r(c.n * 16 + k, c.brand, 43) AS r4, bench.r(c.n * 16 + k, c.brand, 44) AS r5,
  bench.r(c.n * 16 + k, c.brand, 45) AS r6) t
JOIN bench.medium m ON r4 >= m.low AND r4 < m.high
ORDER BY c.brand, t.at;
INSERT INTO touchpoint_outcomes (tenant_id, id, touchpoint_id, customer_id, outcome, occurred_at, recorded_at)
SELECT tenant_id, bench.id(occurred_at, hashtextextended(id::text, 0), 0, 50), id, customer_id, outcome, occurred_at,
  recorded_at FROM touchpoints WHERE outcome <> 'PENDING'""",
    "search_terms": """
INSERT INTO search_terms (tenant_id, id, customer_id, customer_added_at, kind, term)
SELECT c.tenant_id, gen_random_uuid(), c.id, c.added, 'NAME', t.term
FROM bench.customer c JOIN bench.name p ON p.ord = c.name CROSS JOIN LATERAL unnest(p.terms) t (term)""",
    "customers": """
INSERT INTO customers (tenant_id, id, kind, name, home_store_id, stage_id, birthday, first_added_at, recorded_at,
  updated_at, version)
SELECT c.tenant_id, c.id, 'PERSON', p.name, c.store_id, CASE WHEN c.status = 'OPEN' THEN c.stage_id END,
  CASE WHEN bench.r(c.n, c.brand, 60) < 0.4 THEN date '1955-01-01' + (18000 * bench.r(c.n, c.brand, 61))::int END,
  c.added, c.added, c.moved, 1 + (c.moved > c.added)::int
FROM bench.customer c JOIN bench.name p ON p.ord = c.name ORDER BY c.brand, c.n;
INSERT INTO cases (tenant_id, id, customer_id, status, stage_id, loss_reason, opened_at, moved_at, closed_at,
  recorded_at, updated_at, version)
SELECT c.tenant_id, c.case_id, c.id, c.status, c.stage_id,
  CASE WHEN c.status = 'LOST' THEN bench.word(%(losses)s, bench.r(c.n, c.brand, 62), 1.5) END,
  c.added, CASE WHEN c.stage > 0 THEN c.moved ELSE c.added END, CASE WHEN c.status <> 'OPEN' THEN c.moved END, c.added,
  c.moved, 1 + (c.moved > c.added)::int
FROM bench.customer c ORDER BY c.brand, c.n;
INSERT INTO case_stage_changes (tenant_id, id, customer_id, case_id, from_stage_id, to_stage_id, staff_id, occurred_at,
  recorded_at)
SELECT c.tenant_id, bench.id(c.added, c.n, c.brand, 63), c.id, c.case_id, NULL, s.stage_id, c.staff_id, c.added, c.added
FROM bench.customer c JOIN bench.stage s ON s.tenant_id = c.tenant_id AND s.ord = 0 ORDER BY c.brand, c.n;
INSERT INTO case_stage_changes (tenant_id, id, customer_id, case_id, from_stage_id, to_stage_id, staff_id, occurred_at,
  recorded_at)
SELECT c.tenant_id, bench.id(c.moved, c.n, c.brand, 64), c.id, c.case_id, s.stage_id, c.stage_id, c.staff_id, c.moved,
  c.moved
FROM bench.customer c JOIN bench.stage s ON s.tenant_id = c.tenant_id AND s.ord = 0 WHERE c.stage > 0
ORDER BY c.brand, c.moved""".replace("%(losses)s", _texts(LossReason)),
    "relationships": """
INSERT INTO relationships (tenant_id, id, customer_id, customer_added_at, staff_id, state, since, recorded_at, version)
SELECT tenant_id, id, customer_id, added, staff_id, 'ACTIVE', since, since, 1 FROM bench.friend ORDER BY brand, since;
INSERT INTO relationship_roles (tenant_id, id, customer_id, relationship_id, role_id, group_id, store_id, from_at,
  reason, recorded_at)
SELECT tenant_id, role_row, customer_id, id, role_id, group_id, store_id, since, 'ADDED', since FROM bench.friend
ORDER BY brand, since;
INSERT INTO workloads (tenant_id, id, staff_id, weight, friends, taken, added, recorded_at, version)
SELECT tenant_id, gen_random_uuid(), staff_id, 1, count(*), 0, 0, now(), 1 FROM bench.friend GROUP BY tenant_id, staff_id;
INSERT INTO customer_access (tenant_id, id, staff_id, customer_id, customer_added_at, via)
SELECT tenant_id, gen_random_uuid(), staff_id, customer_id, added, 'RELATIONSHIP' FROM bench.friend ORDER BY brand, since""",
    "feedback": f"""
INSERT INTO feedback (tenant_id, id, customer_id, kind, status, text, score, staff_id, store_id, role_id, group_id, medium,
  due_at, clock_result, acknowledged_at, answered_at, answer_text, resolved_at, declined_reason, reopen_count, version,
  occurred_at, recorded_at, updated_at)
SELECT v.tenant_id, v.id, v.customer_id, v.kind, v.status,
  CASE WHEN bench.r(v.n * 8 + v.k, v.brand, 36) < 0.7 THEN '希望下次能安排同一位店员，等待时间再短一些' END, v.score,
  v.staff_id, v.store_id, v.role_id, v.group_id,
  CASE WHEN v.fate < 0.6 THEN 'WECOM_CHAT' WHEN v.fate < 0.8 THEN 'PHONE' END,
  CASE WHEN v.clocked THEN v.due END, {_RESULT}, CASE WHEN v.status = 'ACKNOWLEDGED' THEN v.occurred + (v.ends - v.occurred) / 8 END,
  CASE WHEN v.clocked AND v.status IN ('ANSWERED', 'RESOLVED') THEN v.answered END,
  CASE WHEN v.clocked AND v.status IN ('ANSWERED', 'RESOLVED') THEN '已和客户沟通' END,
  CASE WHEN v.status = 'RESOLVED' THEN CASE WHEN v.clocked THEN v.answered + interval '7 days' ELSE v.occurred END END,
  CASE WHEN v.status = 'DECLINED' THEN '暂时无法提供' END, 0,
  CASE v.status WHEN 'RESOLVED' THEN CASE WHEN v.clocked THEN 3 ELSE 1 END WHEN 'RAISED' THEN 1 ELSE 2 END,
  v.occurred, v.occurred,
  CASE v.status WHEN 'RESOLVED' THEN CASE WHEN v.clocked THEN v.answered + interval '7 days' ELSE v.occurred END
    WHEN 'RAISED' THEN v.occurred WHEN 'ACKNOWLEDGED' THEN v.occurred + (v.ends - v.occurred) / 8 ELSE v.answered END
FROM bench.voice v ORDER BY v.brand, v.occurred;
INSERT INTO feedback_clocks (tenant_id, id, feedback_id, customer_id, number, started_at, due_at, stopped_at, result,
  recorded_at)
SELECT v.tenant_id, bench.id(v.occurred, v.n * 8 + v.k, v.brand, 37), v.id, v.customer_id, 1, v.occurred, v.due,
  CASE WHEN {_STOPPED} THEN v.answered END, {_RESULT}, v.occurred FROM bench.voice v WHERE v.clocked
ORDER BY v.brand, v.occurred;
INSERT INTO feedback_moves (tenant_id, id, feedback_id, customer_id, from_status, to_status, staff_id, occurred_at,
  recorded_at)
SELECT v.tenant_id, bench.id(m.at, (v.n * 8 + v.k) * 4 + m.ord, v.brand, 38), v.id, v.customer_id, m.before, m.after,
  v.staff_id, m.at, m.at
FROM bench.voice v CROSS JOIN LATERAL (VALUES
  (0, NULL, CASE WHEN v.clocked THEN 'RAISED' ELSE 'RESOLVED' END, v.occurred),
  (1, 'RAISED', v.status, CASE WHEN v.status = 'ACKNOWLEDGED' THEN v.occurred + (v.ends - v.occurred) / 8 ELSE v.answered END),
  (2, 'RAISED', 'ANSWERED', v.answered), (3, 'ANSWERED', 'RESOLVED', v.answered + interval '7 days')
) m (ord, before, after, at)
WHERE m.ord = 0 OR (v.clocked AND CASE m.ord WHEN 1 THEN v.status IN ('ACKNOWLEDGED', 'ANSWERED', 'DECLINED')
  ELSE v.status = 'RESOLVED' END)
ORDER BY v.brand, m.at""",
    "trust": f"""
INSERT INTO trust_accounts (tenant_id, id, customer_id, balance, ceiling, creases, last_seq, deposited, near_leaving,
  leaving_signs, kept_since, opened_at, recorded_at)
SELECT c.tenant_id, c.account_id, c.id, {_BALANCE} + CASE WHEN c.deposit >= 50 THEN 100 * c.deposit::bigint ELSE 0 END, {_CEILING},
  0, 1 + (c.deposit >= 50)::int, 0, false, '{{}}', c.added, c.added, c.added FROM bench.customer c ORDER BY c.brand, c.n;
INSERT INTO trust_entries (tenant_id, id, account_id, customer_id, seq, reason, claimed, amount, balance_after,
  ceiling_after, policy_version, day, occurred_at, recorded_at)
SELECT c.tenant_id, bench.id(e.at, c.n * 2 + e.seq, c.brand, 70), c.account_id, c.id, e.seq, e.reason, e.amount, e.amount,
  e.after, {_CEILING}, 0, (e.at AT TIME ZONE 'UTC')::date, e.at, e.at
FROM bench.customer c CROSS JOIN LATERAL (VALUES
  (1, 'OPENED', {_BALANCE}::bigint, {_BALANCE}::bigint, c.added),
  (2, 'MANUAL_DEPOSIT', 100 * c.deposit::bigint, {_BALANCE} + 100 * c.deposit::bigint, c.added + (c.ends - c.added) / 3)
) e (seq, reason, amount, after, at) WHERE e.seq = 1 OR c.deposit >= 50 ORDER BY c.brand, e.at;
INSERT INTO trust_notes (tenant_id, id, entry_id, customer_id, text, recorded_at)
SELECT tenant_id, bench.id(recorded_at, hashtextextended(id::text, 0), 0, 71), id, customer_id, '老客户回馈', recorded_at
FROM trust_entries WHERE reason = 'MANUAL_DEPOSIT'""",
    "details": f"""
INSERT INTO customer_tags (tenant_id, id, customer_id, customer_added_at, tag, recorded_at)
SELECT c.tenant_id, bench.id(c.added, c.n * 4 + t.k, c.brand, 80), c.id, c.added, t.tag, c.added
FROM bench.customer c CROSS JOIN LATERAL (
  SELECT min(k) AS k, tag FROM (SELECT k, bench.word({_texts(_TAGS)}, bench.r(c.n * 4 + k, c.brand, 81), 2) AS tag
    FROM generate_series(1, bench.pick(4, bench.r(c.n, c.brand, 82), 1.3)) k) one GROUP BY tag) t
ORDER BY c.brand, c.n;
INSERT INTO customer_needs (tenant_id, id, customer_id, customer_added_at, words, source, stated, occurred_at, recorded_at)
SELECT c.tenant_id, bench.id(c.added, c.n, c.brand, 83), c.id, c.added, bench.word({_texts(_NEEDS)}, bench.r(c.n, c.brand, 84), 1.8),
  'CHAT', true, c.added, c.added FROM bench.customer c WHERE bench.r(c.n, c.brand, 85) < 0.6 ORDER BY c.brand, c.n""",
    "wow_moments": f"""
INSERT INTO wow_moments (tenant_id, id, customer_id, staff_id, store_id, story, occurred_at, recorded_at)
SELECT c.tenant_id, bench.id(t.at, c.n, c.brand, 90), c.id, c.staff_id, c.store_id, '记得孩子的生日，送了一张手写卡片', t.at, t.at
FROM bench.customer c CROSS JOIN LATERAL (SELECT c.added + (c.ends - c.added) * bench.r(c.n, c.brand, 91) AS at) t
WHERE c.touchpoints >= 10 OR bench.r(c.n, c.brand, 92) < 0.2 ORDER BY c.brand, t.at;
INSERT INTO shares (tenant_id, id, customer_id, wow_moment_id, medium, prompted, rewarded, spontaneous, occurred_at,
  recorded_at)
SELECT w.tenant_id, bench.id(s.at, s.h, 0, 93), w.customer_id, w.id, bench.word({_texts(ShareMedium)}, bench.r(s.h, 0, 94), 1.5),
  false, false, true, s.at, s.at
FROM wow_moments w CROSS JOIN LATERAL (SELECT hashtextextended(w.id::text, 0) AS h, w.occurred_at + interval '1 hour' AS at) s
WHERE bench.r(s.h, 0, 95) < 0.2 ORDER BY w.tenant_id, s.at""",
}
"""Groups of tables that can be filled beside one another, the longest first."""

TAILS = """
INSERT INTO search_terms (tenant_id, id, customer_id, customer_added_at, kind, term)
SELECT c.tenant_id, gen_random_uuid(), c.id, c.added, 'TAIL', i.tail
FROM bench.customer c JOIN identities i ON i.tenant_id = c.tenant_id AND i.customer_id = c.id"""
