"""Every SELECT this room needs beside reading a row by its id."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select

from server.db.statements import among, table_of
from server.db.work import Work
from server.items.tables import Item
from server.orders.tables import Order, OrderLine


async def lines_of(work: Work, order_id: UUID) -> list[OrderLine]:
    """In their order. Whoever changes them holds the order's row."""
    lines = table_of(OrderLine).c
    return await work.rows(OrderLine, lines.order_id == order_id, order_by=[lines.number])


async def hold_orders(work: Work, order_ids: Iterable[UUID]) -> dict[UUID, Order]:
    """Those of these orders that are there, locked in the order of their ids, so that two acts on them cannot lock up."""
    found = await work.rows(Order, among(table_of(Order).c.id, order_ids), lock=True)
    return {order.id: order for order in found}


async def known_items(work: Work, item_ids: Iterable[UUID]) -> set[UUID]:
    items = table_of(Item).c
    statement = select(items.id).where(items.tenant_id == work.tenant_id, among(items.id, item_ids))
    return {record["id"] for record in await work.fetch(statement)}
