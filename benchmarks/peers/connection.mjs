// Where the database is. Both peers use it as the role the product uses, through the same socket, with the same settings.
export const connection = {
  host: process.env.PGHOST, // the folder of the socket
  port: 5432,
  user: "shuke_app",
  database: "shuke",
  max: 16,
  // As Shuke's own connections: compiling a plan costs far more than running one of these.
  options: "-c jit=off -c timezone=UTC",
};

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

// Whose request it is. A real peer would find this in a credential; here a header says it, which costs nothing.
export function passage(headers) {
  const tenant = headers["x-tenant"], staff = headers["x-staff"] ?? "";
  if (!UUID.test(tenant) || (staff && !UUID.test(staff))) throw new Error("no tenant");
  return { tenant, staff, scope: staff ? "STAFF" : "ALL" };
}
