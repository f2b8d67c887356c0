// A brand of its own for every run, opened through the public mutation, with five customers.
import { randomBytes } from "node:crypto";

export const NAMES = ["An", "Bo", "Chen", "Ding", "En"];

/** Asks without any client library. Raises where the answer has errors. */
async function ask(url, key, query, variables = {}) {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...(key ? { authorization: `Bearer ${key}` } : {}) },
    body: JSON.stringify({ query, variables }),
  });
  const body = await answer.json();
  if (body.errors) throw new Error(JSON.stringify(body.errors));
  const refused = Object.values(body.data).flatMap((root) => root?.userErrors ?? []);
  if (refused.length) throw new Error(JSON.stringify(refused));
  return body.data;
}

export async function openBrand(url) {
  const slug = `clients-${randomBytes(6).toString("hex")}`;
  const { onboardTenant } = await ask(
    url,
    null,
    `mutation ($input: OnboardTenantInput!) {
       onboardTenant(input: $input) { tenant { id name } apiKey cursor userErrors { code message field } }
     }`,
    {
      input: {
        name: "Clients", slug, businessType: "LOW_PRICE_B2C", industry: "FMCG",
        owner: { name: "Lin Yue", email: `${slug}@clients.example` },
      },
    },
  );
  const key = onboardTenant.apiKey;
  const rows = NAMES.map((name) => ({ name, externalRefs: [{ system: "clients", id: name }] }));
  const { upsertCustomers } = await ask(
    url,
    key,
    `mutation ($input: UpsertCustomersInput!) {
       upsertCustomers(input: $input) {
         results { customer { id name version } userErrors { code message field } }
         userErrors { code message field }
       }
     }`,
    { input: { rows } },
  );
  const customers = upsertCustomers.results.map(({ customer }) => customer);
  if (customers.some((customer) => customer === null)) throw new Error(JSON.stringify(upsertCustomers));
  return { url, key, authorization: `Bearer ${key}`, socket: url.replace(/^http/, "ws"), customers };
}
