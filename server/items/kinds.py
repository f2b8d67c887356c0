"""What an item can be. Pure data."""

from __future__ import annotations

from server.terms import Term


class ItemKind(Term):
    """What the customer gets."""

    GOODS = "GOODS", "Goods", "商品", "A thing that is handed over."
    SERVICE = "SERVICE", "Service", "项目", "Something that is done for the customer: a treatment, a course, a design."
