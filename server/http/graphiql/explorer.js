// Connects GraphiQL to the endpoint it was loaded from: queries and mutations as JSON, subscriptions as an event stream,
// because a browser can send the Authorization header with both, and cannot with a WebSocket.
"use strict";

const DEFAULT_QUERY = `# Shuke 熟客
#
# 1. Open "Headers" below and put your API key or session token after "Bearer".
# 2. Press "Re-fetch GraphQL schema" on the left: the schema is shown to callers who say who they are.
# 3. Run this query with Ctrl+Enter.

query FirstLook {
  cursor
  tenant {
    id
    name
  }
  customers(first: 5) {
    edges {
      node {
        id
        name
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
`;

const DEFAULT_HEADERS = JSON.stringify({ Authorization: "Bearer " }, null, 2);

function request(parameters, given, accept) {
  const headers = { ...given, "Content-Type": "application/json", Accept: accept };
  for (const [name, value] of Object.entries(headers)) {
    if (name.toLowerCase() === "authorization" && !/^\S+\s+\S/.test(value)) {
      delete headers[name]; // No token was filled in: call as the public does.
    }
  }
  return fetch(location.pathname, { method: "POST", headers, body: JSON.stringify(parameters) });
}

async function once(parameters, headers) {
  const answer = await request(parameters, headers, "application/graphql-response+json, application/json;q=0.9");
  return answer.json();
}

async function* follow(parameters, headers) {
  const answer = await request(parameters, headers, "text/event-stream");
  if (!answer.ok) {
    yield await answer.json();
    return;
  }
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  try {
    let text = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      text += value;
      let end;
      while ((end = text.indexOf("\n\n")) >= 0) {
        const lines = text.slice(0, end).split("\n");
        text = text.slice(end + 2);
        if (lines[0] === "event: complete") return;
        if (lines[0] === "event: next") yield JSON.parse(lines[1].slice("data: ".length));
      }
    }
  } finally {
    await reader.cancel();
  }
}

function isSubscription(document, name) {
  const operations = (document ? document.definitions : []).filter((node) => node.kind === "OperationDefinition");
  const chosen = name ? operations.find((node) => node.name && node.name.value === name) : operations[0];
  return Boolean(chosen) && chosen.operation === "subscription";
}

function fetcher(parameters, options) {
  const headers = (options && options.headers) || {};
  const streams = isSubscription(options && options.documentAST, parameters.operationName);
  return streams ? follow(parameters, headers) : once(parameters, headers);
}

ReactDOM.createRoot(document.getElementById("graphiql")).render(
  React.createElement(GraphiQL, { fetcher, defaultQuery: DEFAULT_QUERY, defaultHeaders: DEFAULT_HEADERS }),
);
