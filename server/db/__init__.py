"""The way to PostgreSQL, and the only one: what every domain stands on and none goes around.

Here live the engine and its two pools, the one door through which a tenant is bound to a transaction, units of work,
row policies, keyset pages, the embedded server with its doctor, and the protocols by which events and reads are plugged
in from above. Nothing here knows a domain, GraphQL or HTTP.
"""
