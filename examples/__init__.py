"""The twelve systems this backend was made for, as scripts that speak GraphQL over HTTP. See README.md."""
