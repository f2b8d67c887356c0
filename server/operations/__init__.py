"""Operations 运营: how a tenant is set up to serve, under either operating model.

Words: an OpsGroup 运营小组 is the central team behind one or a few personas; a ServiceRole 服务角色 is a role with a
Persona (what the customer sees), a Boundary (the purposes it owns or may use) and a headline Metric; a Journey
业务旅程 is the ordered Stages 环节, and a stage that `adds` is a key node 关键节点 where its owner becomes the
customer's friend; a Store is a place of service; a Channel 渠道活码 is a code a customer scans. An AssignmentRule
分配规则 says how a group or role takes turns, a Workload 承接量 what one person takes and has, WorkShifts 班次 when they
work, an Absence 休假 when they are off and who stands in.

Invariants: every stage and every purpose in use has exactly one owner. A headline metric is moved at a stage its role
owns, or the role has a duty instead. A role adds friends only where a stage says so. Roles, stages, groups and stores
are retired, never deleted. The trade's closed lists may be relabelled by a tenant, not extended.
"""
