// The reference clients of the two protocols for results that keep coming: graphql-ws and graphql-sse.
import assert from "node:assert/strict";

import { createClient as createStreams } from "graphql-sse";
import { createClient as createSockets } from "graphql-ws";
import WebSocket from "ws";

const RENAME = `mutation ($input: UpdateCustomerInput!) { updateCustomer(input: $input) { cursor userErrors { code } } }`;
const FOLLOW = `subscription ($after: String) { events(after: $after) { cursor type } }`;

const sockets = (brand, authorization = brand.authorization) =>
  createSockets({
    url: brand.socket, webSocketImpl: WebSocket, retryAttempts: 0, connectionParams: { authorization }, onNonLazyError() {},
  });
const streams = (brand, authorization = brand.authorization) =>
  createStreams({ url: brand.url, retryAttempts: 0, headers: { authorization } });

async function one(client, request) {
  for await (const result of client.iterate(request)) return result;
  throw new Error("no result");
}

/** Everything over one client: a query, an act, its event from the cursor read before, and a document that is wrong. */
async function everything(client, brand, birthday) {
  const { data: { cursor } } = await one(client, { query: "{ cursor }" });
  const following = client.iterate({ query: FOLLOW, variables: { after: cursor } });
  const input = { customerId: brand.customers[0].id, birthday };
  const done = await one(client, { query: RENAME, variables: { input } });
  const { value } = await following.next();
  assert.equal(value.data.events.cursor, done.data.updateCustomer.cursor);
  await following.return();
}

export const checks = {
  async "graphql-ws: query, act, subscription"(brand) {
    const client = sockets(brand);
    await everything(client, brand, "1993-01-01");
    await client.dispose();
  },

  async "graphql-ws: a wrong operation ends itself, not the socket"(brand) {
    const client = sockets(brand);
    const faults = await one(client, { query: "{ nothing }" }).catch((errors) => errors);
    assert.equal(faults[0].extensions.code, "GRAPHQL_VALIDATION_FAILED");
    assert.ok((await one(client, { query: "{ cursor }" })).data.cursor);
    await client.dispose();
  },

  async "graphql-ws: a wrong credential closes with 4403"(brand) {
    const client = sockets(brand, "Bearer nobody");
    const closed = await one(client, { query: "{ cursor }" }).catch((event) => event);
    assert.equal(closed.code, 4403);
    await client.dispose();
  },

  async "graphql-sse: query, act, subscription"(brand) {
    const client = streams(brand);
    await everything(client, brand, "1994-01-01");
    client.dispose();
  },

  async "graphql-sse: a wrong document is a result with errors"(brand) {
    const client = streams(brand);
    const result = await one(client, { query: "{ nothing }" });
    assert.equal(result.errors[0].extensions.code, "GRAPHQL_VALIDATION_FAILED");
    client.dispose();
  },
};
