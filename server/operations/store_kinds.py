"""The closed list of what a node of the store tree can be."""

from __future__ import annotations

from server.terms import Term


class StoreKind(Term):
    """What kind of place, or part of the organisation, a store is."""

    STORE = "STORE", "Store", "门店", "A place where customers are served."
    REGION = "REGION", "Region", "区域", "A group of stores."
    DEPARTMENT = "DEPARTMENT", "Department", "部门", "A part of the brand that serves without a place of its own."
    WAREHOUSE = "WAREHOUSE", "Warehouse", "仓库", "A place goods are sent from."
