"""Quotes 报价: what customers were offered, on what guarantee, and how they answered."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import Numeric, Text, cast, func, literal_column

from server.access.permissions import Permission
from server.customers.case_terms import LossReason
from server.db.reader import Reader
from server.db.statements import table_of
from server.operations.tables import StoreAncestor
from server.planner.declarations import by_id, column, computed, connection, link, links
from server.planner.filters import ChoiceFilter, DateTimeFilter, IdFilter, filter_type, matches, orders
from server.planner.nodes import node
from server.quotes import tables
from server.quotes.moves import QuoteAct, refusal
from server.quotes.quote_terms import QuoteStatus
from server.schema.available_actions import AvailableAction, Judged, available_actions
from server.schema.external_refs import ExternalRef, external_refs_field
from server.schema.nodes import Connection, Node
from server.schema.quote_conflicts import QUOTE_CONFLICT_FILTER, QUOTE_CONFLICT_ORDERS, QuoteConflict
from server.schema.roles_of_rows import BoundaryFact
from server.schema.scalars import Money, money
from server.touchpoints.media import Medium

if TYPE_CHECKING:
    from server.schema.cases import Case
    from server.schema.customers import Customer
    from server.schema.items import Item
    from server.schema.operating_models import OpsGroup, ServiceRole
    from server.schema.staff import StaffMember
    from server.schema.stores import Store

_rows, _lines = table_of(tables.Quote).c, table_of(tables.QuoteLine).c
_terms, _conflicts = table_of(tables.QuoteGuarantee).c, table_of(tables.QuoteConflict).c

_quantity = cast(func.trim_scale(cast(_lines.quantity_milli, Numeric) / literal_column("1000", Numeric)), Text)


async def _available_actions(reader: Reader, rows: Sequence[Any]) -> list[list[AvailableAction]]:
    return available_actions(reader.call, Permission.QUOTE_WRITE, (_judged(row, reader.now) for row in rows))


def _judged(row: Any, now: datetime) -> list[Judged]:
    status, valid_until = QuoteStatus(row.status), datetime.fromisoformat(row.valid_until)
    return [(act, refusal(act, status, valid_until=valid_until, at=now)) for act in QuoteAct]


# ------------------------------------------------------------------------------------------------------- what it says


@node(
    tables.QuoteGuarantee,
    permission=Permission.QUOTE_READ,
    description="A guarantee term 保障条款 of a quote: what is covered, for how long, on what conditions. Never changed.",
)
class QuoteGuarantee(Node):
    position: int = column(_terms.position, description="Its place among the quote's terms, from 1.")
    line: Annotated["QuoteLine", strawberry.lazy("server.schema.quotes")] | None = link(
        _terms.line_id, description="The line it is for; null: the whole quote."
    )
    scope: str = column(_terms.scope, description="What is covered. Two terms in the same words cover the same.")
    months: int = column(_terms.months, description="For how many months.")
    conditions: str | None = column(_terms.conditions, description="On what conditions; null: on none.")


@node(
    tables.QuoteLine,
    permission=Permission.QUOTE_READ,
    description="One line of a quote 报价行. Written with the draft and never changed.",
)
class QuoteLine(Node):
    quote: Annotated["Quote", strawberry.lazy("server.schema.quotes")] | None = link(
        _lines.quote_id, description="The quote it is of."
    )
    customer: Annotated["Customer", strawberry.lazy("server.schema.customers")] | None = link(
        _lines.customer_id, description="To whom it was quoted."
    )
    position: int = column(_lines.position, description="Its place in the quote, from 1.")
    item: Annotated["Item", strawberry.lazy("server.schema.items")] | None = link(
        _lines.item_id, description="What is offered; null for something that is no item of the brand."
    )
    description: str | None = column(
        _lines.description, personal=True, description="What it is, in words. Empty after erasure."
    )
    quantity: Decimal = column(_quantity, description="How much or how many, with at most 3 decimals.")
    unit_price: Money = money(_lines.unit_minor, _lines.currency, description="The price of one.")
    amount: Money = money(
        _lines.amount_minor, _lines.currency, description="Quantity times unit price, half a minor unit rounded up."
    )
    guarantees: list[QuoteGuarantee] = links(
        by=_terms.line_id, order=[_terms.position], description="The guarantee terms of this line alone."
    )
    recorded_at: datetime = column(_lines.recorded_at, description="When it was recorded.")


QUOTE_LINE_ORDERS = orders("QuoteLine", RECORDED_AT=_lines.recorded_at)


@strawberry.input(description="Which lines.")
class QuoteLineFilter:
    customer: IdFilter | None = matches(_lines.customer_id, id_of="Customer", description="Quoted to whom.")
    recorded_at: DateTimeFilter | None = matches(_lines.recorded_at, description="When it was recorded.")


QUOTE_LINE_FILTER = filter_type(QuoteLineFilter)


# --------------------------------------------------------------------------------------------------------------- quotes


@node(
    tables.Quote,
    permission=Permission.QUOTE_READ,
    description="A price with guarantee terms, made to one customer 报价. What it says never changes: a change is a "
    "revision, which takes its place when it is issued. Nothing at all of an accepted one changes.",
)
class Quote(BoundaryFact):
    customer: Annotated["Customer", strawberry.lazy("server.schema.customers")] | None = link(
        _rows.customer_id, description="To whom it is made."
    )
    case: Annotated["Case", strawberry.lazy("server.schema.cases")] | None = link(
        _rows.case_id, description="The case it belongs to."
    )
    staff: Annotated["StaffMember", strawberry.lazy("server.schema.staff")] | None = link(
        _rows.staff_id, description="Who answers for it: who wrote it, and once it is issued, who issued it."
    )
    role: Annotated["ServiceRole", strawberry.lazy("server.schema.operating_models")] | None = link(
        _rows.role_id, description="The role in which that person acted."
    )
    group: Annotated["OpsGroup", strawberry.lazy("server.schema.operating_models")] | None = link(
        _rows.group_id, description="The ops group in which that person acted."
    )
    department: Annotated["Store", strawberry.lazy("server.schema.stores")] | None = link(
        _rows.department_id, description="The department that makes it; else the store of the role it was issued in."
    )
    status: QuoteStatus = column(_rows.status, description="How far it has come.")
    lines: list[QuoteLine] = links(by=_lines.quote_id, order=[_lines.position], description="What is offered.")
    guarantees: list[QuoteGuarantee] = links(
        by=_terms.quote_id,
        order=[_terms.position],
        description="All its guarantee terms 保障条款, those of single lines among them.",
    )
    total: Money = money(_rows.total_minor, _rows.currency, description="What all lines come to.")
    valid_from: datetime | None = column(
        _rows.valid_from, description="From when it is valid; null for a draft that will be from when it is issued."
    )
    valid_until: datetime = column(_rows.valid_until, description="Until when it is valid, that moment excluded.")
    revises: Annotated["Quote", strawberry.lazy("server.schema.quotes")] | None = link(
        _rows.revises_id, description="The quote in whose place it was made."
    )
    revisions: list[Annotated["Quote", strawberry.lazy("server.schema.quotes")]] = links(
        by=_rows.revises_id,
        order=[_rows.drafted_at, _rows.id],
        description="What was made in its place, the oldest first; at most one of them was issued.",
    )
    conflicts: Connection[QuoteConflict] = connection(
        by=_conflicts.quote_id,
        orders=QUOTE_CONFLICT_ORDERS,
        filter=QUOTE_CONFLICT_FILTER,
        description="The live quotes it contradicts that somebody answered for 报价冲突, newest first.",
    )
    drafted_at: datetime = column(_rows.drafted_at, description="When it was written; may be past.")
    issued_at: datetime | None = column(_rows.issued_at, description="When the brand gave it out.")
    presented_at: datetime | None = column(_rows.presented_at, description="The moment the customer saw it.")
    medium: Medium | None = column(_rows.medium, description="Through what the customer saw it, where it was said.")
    answered_at: datetime | None = column(_rows.answered_at, description="When the customer accepted or declined it.")
    declined_because: LossReason | None = column(_rows.declined_because, description="Why it was declined, if said.")
    ended_at: datetime | None = column(
        _rows.ended_at, description="When it was revised or withdrawn, or its validity ran out."
    )
    words: str | None = column(
        _rows.words, personal=True, description="What was said when it was declined or withdrawn. Empty after erasure."
    )
    available_actions: list[AvailableAction] = computed(
        _available_actions,
        needs={"status": _rows.status, "valid_until": _rows.valid_until},
        description="Every act on this quote, whether its status, its validity or your permissions refuse it now, and "
        "why. Whose it is, who may quote and what it contradicts is looked at when it is done.",
    )
    external_refs: list[ExternalRef] = external_refs_field("Quote")
    version: int = column(_rows.version, description="Rises with every change.")
    recorded_at: datetime = column(_rows.recorded_at, description="When it was recorded.")
    updated_at: datetime = column(_rows.updated_at, description="When it last changed.")


QUOTE_ORDERS = orders("Quote", DRAFTED_AT=_rows.drafted_at, UPDATED_AT=_rows.updated_at)


@strawberry.input(description="Which quotes.")
class QuoteFilter:
    customer: IdFilter | None = matches(_rows.customer_id, id_of="Customer", description="To whom.")
    case: IdFilter | None = matches(_rows.case_id, id_of="Case", description="In which case.")
    item: IdFilter | None = matches(
        _lines.item_id, via={_lines.quote_id: _rows.id}, id_of="Item", description="With a line for this item."
    )
    status: ChoiceFilter[QuoteStatus] | None = matches(_rows.status, description="How far they have come.")
    staff: IdFilter | None = matches(_rows.staff_id, id_of="StaffMember", description="Who answers for them.")
    role: IdFilter | None = matches(_rows.role_id, id_of="ServiceRole", description="In which role.")
    group: IdFilter | None = matches(_rows.group_id, id_of="OpsGroup", description="In which ops group.")
    department: IdFilter | None = matches(_rows.department_id, id_of="Store", description="Of which department.")
    within_store: IdFilter | None = matches(
        StoreAncestor.ancestor_id,
        via={StoreAncestor.store_id: _rows.department_id},
        id_of="Store",
        description="Of this department or store, or of any below it.",
    )
    drafted_at: DateTimeFilter | None = matches(_rows.drafted_at, description="When they were written.")
    issued_at: DateTimeFilter | None = matches(
        _rows.issued_at, description="When they were given out; `isNull: true` for drafts."
    )
    valid_until: DateTimeFilter | None = matches(_rows.valid_until, description="Until when they are valid.")
    updated_at: DateTimeFilter | None = matches(_rows.updated_at, description="When they last changed.")


QUOTE_FILTER = filter_type(QuoteFilter)


@strawberry.type
class QuoteQueries:
    quotes: Connection[Quote] = connection(
        orders=QUOTE_ORDERS,
        filter=QUOTE_FILTER,
        permission=Permission.QUOTE_READ,
        description="What customers were quoted 报价, in the caller's data scope, newest first.",
    )
    quote: Quote | None = by_id(permission=Permission.QUOTE_READ, description="One quote, or null.")
    quote_conflicts: Connection[QuoteConflict] = connection(
        orders=QUOTE_CONFLICT_ORDERS,
        filter=QUOTE_CONFLICT_FILTER,
        permission=Permission.QUOTE_READ,
        description="Quotes that contradict each other and were issued all the same 报价冲突, in the caller's data scope, "
        "newest first. One that was refused is not here: a refusal changes nothing.",
    )
