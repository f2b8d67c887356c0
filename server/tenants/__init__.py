"""Tenants 租户: the brands on the platform, what business they are in, and how they decided to serve.

Words: a Tenant is a brand; its BusinessType and Industry say what it sells and to whom; its OperatingModel says who
adds the customer as a friend: one central ops group 在线运营小组, or the role that serves at each key node 按角色分工.
A StaffMember is a person who works for the tenant, wherever placed.

Invariants: tenants never see each other. A choice of model keeps its reasons, and a choice against the advice keeps
the tenant's own reason and the warnings. Advice is pure: the same facts and thresholds give the same answer.
"""
