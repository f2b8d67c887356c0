"""The GraphQL schema: what the outside sees. One file per domain, declaring where each field's value comes from.

Nothing here fetches: reads are declared and executed by the planner, acts call a domain's service. The contract is
`schema.graphql` beside this file, generated from these declarations and kept in git.
"""
