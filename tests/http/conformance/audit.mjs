// Runs every audit of graphql-http against a URL and prints the results as JSON.
//
//   npm install --ignore-scripts && node audit.mjs http://127.0.0.1:8000/graphql
//
// AUTHORIZATION in the environment is sent along, for servers that show introspection to authenticated callers only.
// Exit status 0: every MUST and every SHOULD holds. 1: one of them does not. 2: the audits could not be run.
import { auditServer } from "graphql-http";

const [url] = process.argv.slice(2);
if (!url) {
  console.error("usage: node audit.mjs <url of the GraphQL endpoint>");
  process.exit(2);
}

const authorization = process.env.AUTHORIZATION;

function fetchFn(input, init = {}) {
  const headers = authorization ? { ...init.headers, authorization } : init.headers;
  return fetch(input, { ...init, headers });
}

function levelOf(name) {
  return name.startsWith("MUST") ? "MUST" : name.startsWith("SHOULD") ? "SHOULD" : "MAY";
}

let results;
try {
  results = await auditServer({ url, fetchFn });
} catch (error) {
  console.error(`the audits could not be run: ${error}`);
  process.exit(2);
}

const audits = results.map(({ id, name, status, reason }) => ({
  id,
  level: levelOf(name),
  name,
  passed: status === "ok",
  ...(reason ? { reason } : {}),
}));
const failures = audits.filter(({ passed }) => !passed);
const summary = Object.fromEntries(
  ["MUST", "SHOULD", "MAY"].map((level) => [
    level,
    {
      total: audits.filter((audit) => audit.level === level).length,
      failed: failures.filter((audit) => audit.level === level).length,
    },
  ]),
);
console.log(JSON.stringify({ url, summary, failures, audits }, null, 2));
// An empty suite is not a passed one.
process.exit(audits.length > 0 && failures.every(({ level }) => level === "MAY") ? 0 : 1);
