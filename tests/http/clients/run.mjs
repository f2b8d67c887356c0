// Runs every check of every client against a server that is up, each client with a brand of its own.
//
//   npm install --ignore-scripts && npx relay-compiler && node run.mjs http://127.0.0.1:8000/graphql
//
// The server must let anybody open a brand (ONBOARDING=open). Exit status 0: all hold. 1: one does not. 2: could not be run.
import { openBrand } from "./brand.mjs";

const CHECK_SECONDS = 20;
const [url, ...only] = process.argv.slice(2);
if (!url) {
  console.error("usage: node run.mjs <url of the GraphQL endpoint> [client …]");
  process.exit(2);
}

async function within(seconds, work) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing came within ${seconds} s`)), seconds * 1000);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

let failed = 0;
for (const client of ["apollo", "urql", "relay", "protocols"]) {
  if (only.length && !only.includes(client)) continue;
  const { checks } = await import(`./${client}.mjs`);
  const brand = await openBrand(url).catch((error) => {
    console.error(`no brand could be opened at ${url}: ${error.message}`);
    process.exit(2);
  });
  for (const [name, check] of Object.entries(checks)) {
    try {
      await within(CHECK_SECONDS, check(brand));
      console.log(`ok    ${client}: ${name}`);
    } catch (error) {
      failed += 1;
      console.log(`FAIL  ${client}: ${name}\n      ${(error.stack ?? JSON.stringify(error)).replaceAll("\n", "\n      ")}`);
    }
  }
}
console.log(failed ? `${failed} failed` : "all hold");
process.exit(failed ? 1 : 0);
