"""Who is calling, and what they may do.

Words: *caller* (the tenant and principal behind a credential), *permission* (one kind of act or read), *data scope* (which
customers a staff member sees), *API key* (`shuke_<tenant>_<secret>`, shown once, stored as a hash, revocable), *outcome*
(what an act answered under an idempotency key).

Invariants: the tenant comes from the credential, never from input; a revoked or expired key opens nothing, from the next
request on; emits `api_key.created` and `api_key.revoked`.
"""
