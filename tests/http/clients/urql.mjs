// urql: its default exchanges, and the normalised cache (graphcache) with the schema of the server itself.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { Client, cacheExchange, fetchExchange, gql, subscriptionExchange } from "@urql/core";
import { cacheExchange as graphcache } from "@urql/exchange-graphcache";
import { relayPagination } from "@urql/exchange-graphcache/extras";
import { buildSchema, introspectionFromSchema } from "graphql";
import { createClient } from "graphql-ws";
import { filter, pipe, take, toPromise } from "wonka";
import WebSocket from "ws";

import { NAMES } from "./brand.mjs";

const schema = introspectionFromSchema(buildSchema(readFileSync("schema.graphql", "utf8")));

function clientOf(brand, cache, authorization = brand.authorization) {
  const sockets = createClient({
    url: brand.socket, webSocketImpl: WebSocket, lazy: true, connectionParams: { authorization },
  });
  const forward = (request) => ({
    subscribe: (sink) => ({ unsubscribe: sockets.subscribe({ ...request, query: request.query ?? "" }, sink) }),
  });
  const client = new Client({
    url: brand.url,
    preferGetMethod: false,
    exchanges: [cache, fetchExchange, subscriptionExchange({ forwardSubscription: forward })],
    fetchOptions: { headers: { authorization } },
  });
  return { client, close: () => sockets.dispose() };
}

const normalised = () => graphcache({ schema, resolvers: { Query: { customers: relayPagination({ mergeMode: "outwards" }) } } });

const LIST = gql`
  query Customers($first: Int, $after: String) {
    customers(first: $first, after: $after, orderBy: { field: ADDED_AT, direction: ASC }) {
      __typename
      edges { __typename node { __typename id name version } }
      pageInfo { __typename hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
`;
const RENAME = gql`
  mutation Rename($input: UpdateCustomerInput!) {
    updateCustomer(input: $input) {
      customer { id name version }
      userErrors { code message field }
      cursor
    }
  }
`;

export const checks = {
  async "default exchanges: a query by POST, and one by GET"(brand) {
    const { client, close } = clientOf(brand, cacheExchange);
    const posted = await client.query(LIST, { first: 5 }).toPromise();
    const got = await client.query(LIST, { first: 5 }, { preferGetMethod: "force", requestPolicy: "network-only" }).toPromise();
    assert.ifError(posted.error);
    assert.deepEqual(posted.data.customers.edges.map(({ node }) => node.name), NAMES);
    assert.deepEqual(got.data, posted.data);
    close();
  },

  async "graphcache: pages are merged"(brand) {
    const { client, close } = clientOf(brand, normalised());
    let page = await client.query(LIST, { first: 2 }).toPromise();
    while (page.data.customers.pageInfo.hasNextPage) {
      page = await client.query(LIST, { first: 2, after: page.data.customers.pageInfo.endCursor }).toPromise();
      assert.ifError(page.error);
    }
    assert.deepEqual(page.data.customers.edges.map(({ node }) => node.name), NAMES);
    close();
  },

  async "graphcache: an act updates what the cache holds"(brand) {
    const { client, close } = clientOf(brand, normalised());
    await client.query(LIST, { first: 5 }).toPromise();
    const input = { customerId: brand.customers[3].id, name: "Ding urql" };
    const renamed = await client.mutation(RENAME, { input }).toPromise();
    assert.ifError(renamed.error);
    const cached = client.readQuery(LIST, { first: 5 }).data.customers.edges[3].node;
    assert.equal(cached.name, "Ding urql");
    await client.mutation(RENAME, { input: { ...input, name: "Ding" } }).toPromise();
    close();
  },

  async "a refusal is data, with its user errors"(brand) {
    const { client, close } = clientOf(brand, cacheExchange);
    const refused = await client.mutation(RENAME, { input: { customerId: brand.customers[3].id, name: "" } }).toPromise();
    assert.ifError(refused.error);
    assert.equal(refused.data.updateCustomer.customer, null);
    assert.deepEqual(refused.data.updateCustomer.userErrors.map(({ field }) => field), [["name"]]);
    close();
  },

  async "wrong documents and credentials are errors with their code"(brand) {
    const { client, close } = clientOf(brand, cacheExchange);
    const wrong = await client.query(gql`{ nothing }`, {}).toPromise();
    assert.equal(wrong.error.graphQLErrors[0].extensions.code, "GRAPHQL_VALIDATION_FAILED");
    const stranger = clientOf(brand, cacheExchange, "Bearer nobody");
    const unknown = await stranger.client.query(gql`{ cursor }`, {}).toPromise();
    assert.equal(unknown.error.graphQLErrors[0].extensions.code, "UNAUTHENTICATED");
    assert.equal(unknown.error.response.status, 401);
    close();
    stranger.close();
  },

  async "a subscription tells of an act"(brand) {
    const { client, close } = clientOf(brand, cacheExchange);
    const { data: { cursor } } = await client.query(gql`{ cursor }`, {}).toPromise();
    const follow = gql`subscription ($after: String) { events(after: $after) { id cursor subject { id } } }`;
    const first = pipe(client.subscription(follow, { after: cursor }), filter(({ data }) => Boolean(data)), take(1), toPromise);
    const input = { customerId: brand.customers[4].id, birthday: "1991-02-03" };
    const done = await client.mutation(RENAME, { input }).toPromise();
    const { data } = await first;
    assert.equal(data.events.cursor, done.data.updateCustomer.cursor);
    close();
  },
};
