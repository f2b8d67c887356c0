// Relay's runtime over artifacts of its own compiler, doing what its hooks do: fetch, read fragments, load the next page,
// refetch a node, commit a mutation, request a subscription.
import assert from "node:assert/strict";

import { createClient } from "graphql-ws";
import runtime from "relay-runtime";
import WebSocket from "ws";

import { NAMES } from "./brand.mjs";
import anything from "./relay/__generated__/clientsAnythingQuery.graphql.js";
import cursorQuery from "./relay/__generated__/clientsCursorQuery.graphql.js";
import refetch from "./relay/__generated__/clientsCustomerRefetchQuery.graphql.js";
import customerFragment from "./relay/__generated__/clients_customer.graphql.js";
import follow from "./relay/__generated__/clientsFollowSubscription.graphql.js";
import next from "./relay/__generated__/clientsListPaginationQuery.graphql.js";
import listQuery from "./relay/__generated__/clientsListQuery.graphql.js";
import listFragment from "./relay/__generated__/clients_list.graphql.js";
import rename from "./relay/__generated__/clientsRenameMutation.graphql.js";

const {
  Environment, Network, Observable, RecordSource, Store,
  commitMutation, createOperationDescriptor, fetchQuery, getPaginationMetadata, getPaginationVariables,
  getSingularSelector, requestSubscription,
} = runtime;

function environmentOf(brand, authorization = brand.authorization) {
  const sockets = createClient({
    url: brand.socket, webSocketImpl: WebSocket, lazy: true, connectionParams: { authorization },
  });
  async function fetchFn(request, variables) {
    const answer = await fetch(brand.url, {
      method: "POST",
      headers: { accept: "application/graphql-response+json", "content-type": "application/json", authorization },
      body: JSON.stringify({ query: request.text, variables }),
    });
    return answer.json();
  }
  const subscribeFn = (request, variables) =>
    Observable.create((sink) =>
      sockets.subscribe({ operationName: request.name, query: request.text, variables }, {
        next: sink.next, error: sink.error, complete: sink.complete,
      }),
    );
  const environment = new Environment({
    network: Network.create(fetchFn, subscribeFn), store: new Store(new RecordSource()),
  });
  return { environment, close: () => sockets.dispose() };
}

/** The data of a fragment, as `useFragment` reads it. */
function read(environment, fragment, reference) {
  const found = environment.lookup(getSingularSelector(fragment, reference));
  assert.equal(found.isMissingData, false);
  return found.data;
}

function readList(environment, operation) {
  const root = environment.lookup(operation.fragment).data;
  const data = read(environment, listFragment, root);
  return { root, connection: data.customers, names: data.customers.edges.map(({ node }) => read(environment, customerFragment, node).name) };
}

export const checks = {
  async "a list is paged as usePaginationFragment does"(brand) {
    const { environment, close } = environmentOf(brand);
    const variables = { count: 2, cursor: null };
    await fetchQuery(environment, listQuery, variables).toPromise();
    const operation = createOperationDescriptor(listQuery, variables);
    const retained = environment.retain(operation);
    let list = readList(environment, operation);
    assert.deepEqual(list.names, NAMES.slice(0, 2));
    const { paginationMetadata } = getPaginationMetadata(listFragment, "usePaginationFragment()");
    while (list.connection.pageInfo.hasNextPage) {
      const more = getPaginationVariables("forward", 2, list.connection.pageInfo.endCursor, variables, {}, paginationMetadata);
      await fetchQuery(environment, next, more).toPromise();
      list = readList(environment, operation);
    }
    assert.deepEqual(list.names, NAMES);
    retained.dispose();
    close();
  },

  async "a fragment is refetched through node(id)"(brand) {
    const { environment, close } = environmentOf(brand);
    const [{ id, name }] = brand.customers;
    await fetchQuery(environment, refetch, { id }).toPromise();
    const root = environment.lookup(createOperationDescriptor(refetch, { id }).fragment).data;
    assert.equal(read(environment, customerFragment, root.node).name, name);
    close();
  },

  async "what does not exist is null"(brand) {
    const { environment, close } = environmentOf(brand);
    const id = Buffer.from("Customer:01900000-0000-7000-8000-000000000000").toString("base64url");
    assert.deepEqual(await fetchQuery(environment, anything, { id }).toPromise(), { node: null });
    close();
  },

  async "an act changes the record everybody reads"(brand) {
    const { environment, close } = environmentOf(brand);
    const { id } = brand.customers[1];
    await fetchQuery(environment, refetch, { id }).toPromise();
    const act = (input) =>
      new Promise((resolve, reject) => {
        commitMutation(environment, {
          mutation: rename, variables: { input }, onCompleted: (data, errors) => resolve({ data, errors }), onError: reject,
        });
      });
    const { data, errors } = await act({ customerId: id, name: "Bo Relay" });
    assert.equal(errors, null);
    assert.deepEqual(data.updateCustomer.userErrors, []);
    assert.equal(environment.getStore().getSource().get(id).name, "Bo Relay");
    const refused = await act({ customerId: id, name: "Bo", expectedVersion: 1 });
    assert.deepEqual(refused.data.updateCustomer.userErrors.map(({ code }) => code), ["CONFLICT"]);
    assert.equal(environment.getStore().getSource().get(id).name, "Bo Relay");
    await act({ customerId: id, name: "Bo" });
    close();
  },

  async "a refused operation is an error"(brand) {
    const { environment, close } = environmentOf(brand, "Bearer nobody");
    const fault = await fetchQuery(environment, cursorQuery, {}).toPromise().catch((error) => error);
    assert.ok(fault instanceof Error);
    assert.equal(fault.source.errors[0].extensions.code, "UNAUTHENTICATED");
    close();
  },

  async "a subscription tells of an act"(brand) {
    const { environment, close } = environmentOf(brand);
    const { cursor } = await fetchQuery(environment, cursorQuery, {}).toPromise();
    const first = new Promise((resolve, reject) => {
      requestSubscription(environment, {
        subscription: follow, variables: { after: cursor }, onNext: resolve, onError: reject,
      });
    });
    const done = await new Promise((resolve, reject) => {
      const input = { customerId: brand.customers[2].id, birthday: "1992-03-04" };
      commitMutation(environment, { mutation: rename, variables: { input }, onCompleted: resolve, onError: reject });
    });
    const { events } = await first;
    assert.equal(events.cursor, done.updateCustomer.cursor);
    assert.deepEqual(events.subject, { id: brand.customers[2].id, name: "Chen" });
    close();
  },
};
