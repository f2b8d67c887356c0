// Apollo Client with its normalised cache, a list that is paged with relayStylePagination, and subscriptions over graphql-ws.
import assert from "node:assert/strict";

import { ApolloClient, ApolloLink, CombinedGraphQLErrors, HttpLink, InMemoryCache, ServerError, gql } from "@apollo/client";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { getMainDefinition, relayStylePagination } from "@apollo/client/utilities";
import { createClient } from "graphql-ws";
import WebSocket from "ws";

import { NAMES } from "./brand.mjs";

function clientOf(brand, authorization = brand.authorization) {
  const sockets = createClient({
    url: brand.socket, webSocketImpl: WebSocket, lazy: true, connectionParams: { authorization },
  });
  const link = ApolloLink.split(
    ({ query }) => getMainDefinition(query).operation === "subscription",
    new GraphQLWsLink(sockets),
    new HttpLink({ uri: brand.url, headers: { authorization } }),
  );
  const cache = new InMemoryCache({ typePolicies: { Query: { fields: { customers: relayStylePagination() } } } });
  return { client: new ApolloClient({ link, cache }), close: () => sockets.dispose() };
}

const LIST = gql`
  query Customers($first: Int!, $after: String) {
    customers(first: $first, after: $after, orderBy: { field: ADDED_AT, direction: ASC }) {
      edges { cursor node { id name version } }
      pageInfo { hasNextPage endCursor }
    }
  }
`;
const RENAME = gql`
  mutation Rename($input: UpdateCustomerInput!) {
    updateCustomer(input: $input) {
      customer { id name version }
      userErrors { __typename code message field }
      cursor
    }
  }
`;

export const checks = {
  async "a list, page after page, merged in the cache"(brand) {
    const { client, close } = clientOf(brand);
    let { data } = await client.query({ query: LIST, variables: { first: 2 } });
    const watched = client.watchQuery({ query: LIST, variables: { first: 2 } });
    const seen = [];
    const subscription = watched.subscribe(({ data, dataState }) => dataState === "complete" && seen.push(data));
    while (data.customers.pageInfo.hasNextPage) {
      ({ data } = await watched.fetchMore({ variables: { after: data.customers.pageInfo.endCursor } }));
    }
    await new Promise((resolve) => setTimeout(resolve, 50)); // observers are told in a turn of their own
    const merged = watched.getCurrentResult().data;
    subscription.unsubscribe();
    close();
    assert.deepEqual(merged.customers.edges.map(({ node }) => node.name), NAMES);
    assert.deepEqual(seen.at(-1), merged);
  },

  async "an act updates what the cache holds"(brand) {
    const { client, close } = clientOf(brand);
    const before = (await client.query({ query: LIST, variables: { first: 5 } })).data.customers.edges[0].node;
    const input = { customerId: before.id, name: "An Apollo", expectedVersion: before.version };
    const { data } = await client.mutate({ mutation: RENAME, variables: { input } });
    assert.deepEqual(data.updateCustomer.userErrors, []);
    const after = client.readQuery({ query: LIST, variables: { first: 5 } }).customers.edges[0].node;
    assert.equal(after.name, "An Apollo");
    assert.equal(after.version, before.version + 1);
    await client.mutate({ mutation: RENAME, variables: { input: { customerId: before.id, name: "An" } } });
    close();
  },

  async "a refusal is data, with its user errors"(brand) {
    const { client, close } = clientOf(brand);
    const input = { customerId: brand.customers[1].id, name: "Nobody", expectedVersion: 99 };
    const { data } = await client.mutate({ mutation: RENAME, variables: { input } });
    assert.equal(data.updateCustomer.customer, null);
    assert.deepEqual(data.updateCustomer.userErrors.map(({ code, field }) => ({ code, field })), [
      { code: "CONFLICT", field: ["expectedVersion"] },
    ]);
    close();
  },

  async "a wrong document is GraphQL errors with their code"(brand) {
    const { client, close } = clientOf(brand);
    const fault = await client.query({ query: gql`{ customers { nodes { nothing } } }` }).catch((error) => error);
    assert.ok(CombinedGraphQLErrors.is(fault), String(fault));
    assert.equal(fault.errors[0].extensions.code, "GRAPHQL_VALIDATION_FAILED");
    close();
  },

  async "a wrong credential is told as such"(brand) {
    const { client, close } = clientOf(brand, "Bearer nobody");
    const fault = await client.query({ query: gql`{ cursor }` }).catch((error) => error);
    const code = CombinedGraphQLErrors.is(fault)
      ? fault.errors[0].extensions.code
      : ServerError.is(fault) && JSON.parse(fault.bodyText).errors[0].extensions.code;
    assert.equal(code, "UNAUTHENTICATED");
    close();
  },

  async "a subscription tells of an act"(brand) {
    const { client, close } = clientOf(brand);
    const { data: { cursor } } = await client.query({ query: gql`{ cursor }` });
    const events = client.subscribe({
      query: gql`subscription Follow($after: String) { events(after: $after) { __typename id cursor type subject { id } } }`,
      variables: { after: cursor },
    });
    const first = new Promise((resolve, reject) => events.subscribe({ next: resolve, error: reject }));
    const input = { customerId: brand.customers[2].id, name: "Chen", tags: undefined, birthday: "1990-01-02" };
    const done = await client.mutate({ mutation: RENAME, variables: { input } });
    const { data } = await first;
    assert.equal(data.events.cursor, done.data.updateCustomer.cursor);
    assert.equal(data.events.subject.id, brand.customers[2].id);
    close();
  },
};
