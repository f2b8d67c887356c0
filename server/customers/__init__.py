"""Customers 客户: one person or company, whatever number of staff added them.

Words: an Identity 身份 is a number or id by which a customer is recognised; a Relationship 好友关系 is the friendship
between one staff member and one customer, and its dated roles say in which capacity; a Case 服务单 is one pass through
the journey for one Subject 服务对象 (a pet, a child, a home); a ServiceNote 服务记录 is what happened; a Consent 同意
is what was allowed; the assignment queue 待分配 holds who found nobody with room.

Invariants: one active relationship per customer and staff member, counted in the act that begins or ends it. Nobody is
given a customer beyond capacity or daily limit; nobody who scans a code is lost. A person added by five colleagues is one customer
with five relationships. Merging 合并 moves identities and never rewrites history: customers who are one share `family_id`, and what is
asked of one is asked of all (`family.py`). Consent is append-only. A sensitive note
shows an uncleared reader that something is there and whom to ask, never its text.
"""
