// PostGraphile 5 on the same tables, with the Amber preset and in production mode. It writes its own SQL.
import "./node20.mjs";
import { createServer } from "node:http";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { connection, passage } from "./connection.mjs";

const preset = {
  extends: [PostGraphileAmberPreset],
  pgServices: [makePgService({ poolConfig: connection, schemas: ["public"] })],
  grafserv: { graphqlPath: "/graphql", graphiql: false, watch: false, maxRequestLength: 100_000 },
  grafast: {
    explain: false,
    context: (given) => {
      const { tenant, staff, scope } = passage(given.node.req.headers);
      return { pgSettings: { "app.tenant_id": tenant, "app.staff_id": staff, "app.scope": scope } };
    },
  },
};

const instance = postgraphile(preset);
await instance.getSchema(); // listening means ready
const server = createServer();
await instance.createServ(grafserv).addTo(server);
server.listen(Number(process.env.PORT), "127.0.0.1");
