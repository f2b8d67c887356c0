// Mercurius with graphql-jit. One transaction per request, prepared statements by name, lists of children by DataLoader
// and LATERAL, one statement per level.
import DataLoader from "dataloader";
import Fastify from "fastify";
import mercurius from "mercurius";
import pg from "pg";
import { connection, passage } from "./connection.mjs";

for (const type of [1184, 1082]) pg.types.setTypeParser(type, (text) => text); // times and dates stay text: cheaper
pg.types.setTypeParser(20, Number);
const pool = new pg.Pool(connection);

const schema = `
type PageInfo { hasNextPage: Boolean! endCursor: String }
type Staff { id: ID! name: String! }
type Touchpoint { id: ID! medium: String! purpose: String! occurredAt: String! staff: Staff }
type TouchpointEdge { node: Touchpoint! }
type TouchpointConnection { edges: [TouchpointEdge!]! }
type Feedback { id: ID! kind: String! text: String }
type FeedbackEdge { node: Feedback! }
type FeedbackConnection { edges: [FeedbackEdge!]! }
type Trust { balance: Int! }
type Customer {
  id: ID! name: String! kind: String! addedAt: String! updatedAt: String! version: Int! birthday: String erasedAt: String
  trust: Trust touchpoints(first: Int!): TouchpointConnection! feedback(first: Int!): FeedbackConnection!
}
type CustomerEdge { node: Customer! }
type CustomerConnection { edges: [CustomerEdge!]! pageInfo: PageInfo! }
type Query {
  customer(id: ID!): Customer
  customers(first: Int!, stage: ID, search: [String!]): CustomerConnection!
}
type Mutation {
  recordTouchpoint(customer: ID!, staff: ID!, direction: String!, medium: String!, purpose: String!): Touchpoint!
}`;

const CUSTOMER = `c.id, c.name, c.kind, c.first_added_at AS "addedAt", c.updated_at AS "updatedAt", c.version, c.birthday,
  c.erased_at AS "erasedAt"`;
const TOUCHPOINT = `id, customer_id, staff_id, medium, purpose, occurred_at AS "occurredAt"`;
const ONE = `SELECT ${CUSTOMER}, t.balance / 100 AS balance FROM customers c
  LEFT JOIN trust_accounts t ON t.tenant_id = c.tenant_id AND t.customer_id = c.id WHERE c.tenant_id = $1 AND c.id = $2`;
const NEWEST = "ORDER BY c.first_added_at DESC, c.id DESC LIMIT $2";
const PAGE = `SELECT ${CUSTOMER} FROM customers c WHERE c.tenant_id = $1 ${NEWEST}`;
const BY_STAGE = `SELECT ${CUSTOMER} FROM customers c WHERE c.tenant_id = $1 AND c.stage_id = $3 ${NEWEST}`;
const OWN = `SELECT ${CUSTOMER} FROM (SELECT DISTINCT customer_added_at, customer_id FROM customer_access
  WHERE tenant_id = $1 AND staff_id = $3 ORDER BY 1 DESC, 2 DESC LIMIT $2) a
  JOIN customers c ON c.tenant_id = $1 AND c.id = a.customer_id ${NEWEST}`;
const SEARCH = `SELECT ${CUSTOMER} FROM customers c WHERE c.tenant_id = $1 AND c.id IN (
  SELECT s.customer_id FROM search_terms s WHERE s.tenant_id = $1 AND s.term = ANY($3)
  GROUP BY s.customer_id HAVING count(DISTINCT s.term) = cardinality($3)) ${NEWEST}`;
const children = (columns, table) => `SELECT t.* FROM unnest($2::uuid[]) i (id) CROSS JOIN LATERAL (
  SELECT ${columns} FROM ${table} t WHERE t.tenant_id = $1 AND t.customer_id = i.id
  ORDER BY t.occurred_at DESC, t.id DESC LIMIT $3) t`;
const TOUCHPOINTS = children(TOUCHPOINT, "touchpoints");
const FEEDBACK = children("id, customer_id, kind, text", "feedback");
const TRUST = "SELECT customer_id, balance / 100 AS balance FROM trust_accounts WHERE tenant_id = $1 AND customer_id = ANY($2)";
const STAFF = "SELECT id, name FROM staff_members WHERE tenant_id = $1 AND id = ANY($2)";
const RECORD = `INSERT INTO touchpoints (tenant_id, id, customer_id, staff_id, direction, medium, purpose, state, outcome,
  occurred_at, recorded_at) VALUES ($1, uuidv7(), $2, $3, $4, $5, $6, 'SENT', 'PENDING', now(), now()) RETURNING ${TOUCHPOINT}`;

class Transaction {
  constructor(whose) {
    this.whose = whose;
    this.client = null;
    const lists = (name, text) => new DataLoader(async (asked) => {
      const ids = asked.map((one) => one.id), found = new Map(ids.map((id) => [id, { edges: [] }]));
      for (const row of await this.rows(name, text, [this.whose.tenant, ids, asked[0].first])) {
        found.get(row.customer_id).edges.push({ node: row });
      }
      return ids.map((id) => found.get(id));
    }, { cache: false });
    const ones = (name, text, key) => new DataLoader(async (ids) => {
      const rows = await this.rows(name, text, [this.whose.tenant, ids]);
      const found = new Map(rows.map((row) => [row[key], row]));
      return ids.map((id) => found.get(id) ?? null);
    });
    this.touchpoints = lists("touchpoints", TOUCHPOINTS);
    this.feedback = lists("feedback", FEEDBACK);
    this.trust = ones("trust", TRUST, "customer_id");
    this.staff = ones("staff", STAFF, "id");
  }

  open() {
    this.opened ??= pool.connect().then((client) => {
      this.client = client;
      // Not awaited: the first statement follows it down the same connection. The values were checked to be uuids.
      const { tenant, staff, scope } = this.whose;
      client.query(`BEGIN; SET LOCAL app.tenant_id = '${tenant}'; SET LOCAL app.staff_id = '${staff}'; SET LOCAL app.scope = '${scope}'`);
    });
    return this.opened;
  }

  async rows(name, text, values) {
    await this.open();
    return (await this.client.query({ name, text, values })).rows;
  }

  async end(word) {
    if (this.client === null) return;
    const client = this.client;
    this.client = null;
    await client.query(word);
    client.release();
  }

  async page(name, text, values, first) {
    const rows = await this.rows(name, text, values), more = rows.length > first;
    if (more) rows.pop();
    const last = rows.at(-1);
    const endCursor = last ? Buffer.from(`${last.addedAt}|${last.id}`).toString("base64") : null;
    return { edges: rows.map((node) => ({ node })), pageInfo: { hasNextPage: more, endCursor } };
  }
}

const resolvers = {
  Query: {
    customer: async (_, { id }, { transaction: t }) => {
      const [row] = await t.rows("one", ONE, [t.whose.tenant, id]);
      if (row) row.trust = row.balance === null ? null : { balance: row.balance };
      return row ?? null;
    },
    customers: (_, { first, stage, search }, { transaction: t }) => {
      const values = [t.whose.tenant, first + 1];
      if (stage) return t.page("by-stage", BY_STAGE, [...values, stage], first);
      if (search) return t.page("search", SEARCH, [...values, search], first);
      // Whoever sees few customers of many: the row security alone would look through all of them.
      if (t.whose.staff) return t.page("own", OWN, [...values, t.whose.staff], first);
      return t.page("page", PAGE, values, first);
    },
  },
  Customer: {
    trust: (customer, _, { transaction: t }) => (customer.trust === undefined ? t.trust.load(customer.id) : customer.trust),
    touchpoints: (customer, { first }, { transaction: t }) => t.touchpoints.load({ id: customer.id, first }),
    feedback: (customer, { first }, { transaction: t }) => t.feedback.load({ id: customer.id, first }),
  },
  Touchpoint: { staff: (touchpoint, _, { transaction: t }) => (touchpoint.staff_id ? t.staff.load(touchpoint.staff_id) : null) },
  Mutation: {
    recordTouchpoint: async (_, a, { transaction: t }) =>
      (await t.rows("record", RECORD, [t.whose.tenant, a.customer, a.staff, a.direction, a.medium, a.purpose]))[0],
  },
};

const app = Fastify();
app.register(mercurius, {
  schema,
  resolvers,
  jit: 1,
  graphiql: false,
  context: (request) => ({ transaction: (request.transaction = new Transaction(passage(request.headers))) }),
});
// What was written is there before the answer leaves; what failed is taken back.
app.addHook("preSerialization", async (request, _, body) => {
  await request.transaction?.end(body?.errors ? "ROLLBACK" : "COMMIT");
  return body;
});
app.addHook("onError", async (request) => request.transaction?.end("ROLLBACK"));
await app.listen({ port: Number(process.env.PORT), host: "127.0.0.1" });
