"""A small trade for testing the planner alone: shops, visitors, visits. Its own tables, its own schema, no domain."""

import enum
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry
from sqlalchemy import BigInteger, Index, MetaData, UniqueConstraint, case, func, literal_column, select
from sqlmodel import Field, SQLModel
from strawberry.schema.config import StrawberryConfig

from server.db.reader import Reader
from server.db.statements import table_of
from server.db.tables import instant, references, tenant_table, text, texts, whole
from server.errors import ErrorCode, RequestError
from server.ids import new_id
from server.planner.call import Call
from server.planner.declarations import (
    all_rows,
    argument,
    by_id,
    column,
    composite,
    computed,
    connection,
    link,
    links,
    ref,
    value,
)
from server.planner.filters import ChoiceFilter, IdFilter, IntFilter, TextFilter, filter_type, matches, orders
from server.planner.json_text import fixed
from server.planner.nodes import node
from server.schema.nodes import Connection, Node
from server.schema.scalars import SCALARS, Money, locale_argument, localized, money

toy_metadata = MetaData(naming_convention=SQLModel.metadata.naming_convention)


class ToyRow(SQLModel):
    metadata = toy_metadata
    tenant_id: UUID = Field(default=None, primary_key=True)
    id: UUID = Field(default_factory=new_id, primary_key=True)


class ToyAccess(ToyRow, table=True):
    __tablename__ = "customer_access"
    __table_args__ = tenant_table(UniqueConstraint("tenant_id", "staff_id", "customer_id"))
    staff_id: UUID
    customer_id: UUID


class ToyKey(ToyRow, table=True):
    """What the door asks of a credential."""

    __tablename__ = "api_keys"
    __table_args__ = tenant_table()
    staff_id: UUID | None = Field(default=None)
    permissions: list[str] = texts()
    expires_at: datetime | None = instant(nullable=True)
    revoked_at: datetime | None = instant(nullable=True)


class ToyStaff(ToyRow, table=True):
    __tablename__ = "staff_members"
    __table_args__ = tenant_table()
    data_scope: str = text()
    left_at: datetime | None = instant(nullable=True)


class Shop(ToyRow, table=True):
    __tablename__ = "toy_shops"
    __table_args__ = tenant_table()
    name: str = text()
    name_zh: str = text()


class Visitor(ToyRow, table=True):
    __tablename__ = "toy_visitors"
    __table_args__ = tenant_table(references("shop_id", "toy_shops"), customer="id")
    name: str = text()
    note: str | None = text(default=None, nullable=True)
    points: int = whole(default=0)
    spent_minor: int | None = whole(default=None, nullable=True)
    currency: str | None = text(default=None, nullable=True)
    shop_id: UUID | None = Field(default=None)
    since: datetime = instant()


class Visit(ToyRow, table=True):
    __tablename__ = "toy_visits"
    __table_args__ = tenant_table(
        references("visitor_id", "toy_visitors"),
        Index(None, "tenant_id", "visitor_id", "at", "id"),
        customer="visitor_id",
    )
    visitor_id: UUID
    shop_id: UUID | None = Field(default=None)
    kind: str = text()
    minutes: int = whole()
    at: datetime = instant()


@strawberry.enum(description="Kind of visit.")
class VisitKind(enum.Enum):
    WALK_IN = "WALK_IN"
    BOOKED = "BOOKED"


def _lengths(_: Call, rows: Sequence[Any]) -> list[str]:
    return [f"{row.minutes} min" for row in rows]


@strawberry.interface(description="A visit of any kind.")
class AnyVisit(Node):
    minutes: int = column(Visit.minutes, description="How long.")
    at: datetime = column(Visit.at, description="When.")
    length: str = computed(_lengths, needs={"minutes": Visit.minutes}, pure=True, description="How long, in words.")
    visitor: Annotated["VisitorType", strawberry.lazy("tests.planner.toy")] | None = link(
        Visit.visitor_id, description="Who."
    )


_kind = table_of(Visit).c.kind


@node(Visit, name="WalkIn", description="Came by.", kind_column=_kind, kind_value="WALK_IN")
class WalkIn(AnyVisit):
    pass


@node(Visit, name="Booked", description="Had booked.", kind_column=_kind, kind_value="BOOKED")
class Booked(AnyVisit):
    kind: VisitKind = column(Visit.kind, description="Kind.")


@strawberry.input(description="Filter.")
class VisitFilter:
    kind: ChoiceFilter[VisitKind] | None = matches(Visit.kind, description="Kind.")
    minutes: IntFilter | None = matches(Visit.minutes, description="Minutes.")
    visitor: IdFilter | None = matches(Visit.visitor_id, id_of="Visitor", description="Who.")


@strawberry.input(description="Filter.")
class VisitorFilter:
    name: TextFilter | None = matches(Visitor.name, description="Name.")
    points: IntFilter | None = matches(Visitor.points, description="Points.")
    shop: IdFilter | None = matches(Visitor.shop_id, id_of="Shop", description="Shop.")
    visited: ChoiceFilter[VisitKind] | None = matches(
        Visit.kind, via={Visit.visitor_id: Visitor.id}, description="Had a visit of this kind."
    )
    stayed: IntFilter | None = matches(
        Visit.minutes, via={Visit.visitor_id: Visitor.id}, description="Had a visit of this length."
    )


VISITS = orders("Visit", AT=Visit.at, MINUTES=Visit.minutes)
VISITORS = orders("Visitor", NAME=Visitor.name, POINTS=Visitor.points, SINCE=Visitor.since, newest_first=False)


@node(Shop, name="Shop", description="A shop.", permission="SHOP_READ")
class ShopType(Node):
    name: str = column(Shop.name, description="Name.")
    label: str = column(
        localized(Shop.name, Shop.name_zh), arguments=[locale_argument()], description="Name, by language."
    )
    visitors: list[Annotated["VisitorType", strawberry.lazy("tests.planner.toy")]] = links(
        by=Visitor.shop_id, order=[Visitor.name], description="All of them."
    )
    regular: Annotated["VisitorType", strawberry.lazy("tests.planner.toy")] = link(
        by=Visitor.shop_id, where=Visitor.points == 1, description="Who has 1 point; not every shop has such a visitor."
    )


async def _raised(reader: Reader, rows: Sequence[Any], by: int = 1) -> list[int | None]:
    """A batch over values; it may read."""
    assert await reader.scalar(select(func.count()).select_from(table_of(Shop))) > 0
    return [verdict.score + by or None for verdict in rows]


def _check_raise(by: int = 1) -> None:
    if by > 9:
        raise RequestError(ErrorCode.BAD_USER_INPUT, "raised(by): at most 9.", argument="by")


def _better(_: Call, rows: Sequence[Any]) -> list[Any]:
    return [None if one.score > 3 else Verdict(score=one.score + 1, favourite=one.favourite) for one in rows]


@strawberry.type(description="A verdict.")
class Verdict:
    score: int = value(description="Score.")
    word: str = value(get=lambda verdict, call: f"{verdict.score} {call.locale.value}", description="In words.")
    favourite: ShopType | None = value(description="A shop.")
    risky: int | None = value(get=lambda verdict, call: 1 // verdict.score, description="Fails at 0.")
    strict: int = value(get=lambda verdict, call: 1 // verdict.score, description="Fails at 0, and may not be null.")
    grid: list[list[int | None]] = value(
        get=lambda verdict, call: [[verdict.score, None], [], [0]], description="Lists of lists, nulls among them."
    )
    strict_grid: list[list[int] | None] | None = value(
        get=lambda verdict, call: [[1], [verdict.score or None, 2]], description="A null at 0, where none may be."
    )
    parts: list["Verdict"] = value(
        get=lambda verdict, call: [Verdict(score=score) for score in range(min(verdict.score, 3))],
        description="Smaller ones; the first may not be asked for `strict`.",
    )
    loose_parts: list["Verdict | None"] | None = value(
        get=lambda verdict, call: [None, Verdict(score=0), Verdict(score=1)], description="Smaller ones, or null."
    )
    shops: list[ShopType] = value(
        get=lambda verdict, call: [verdict.favourite] * 2 if verdict.favourite else [], description="Rows, twice."
    )
    raised: int | None = computed(
        _raised,
        check=_check_raise,
        arguments=[argument("by", int, "How much, at most 9.", default=1)],
        description="Higher; null where that comes to 0. Asked once for all verdicts of the field.",
    )
    raised_strict: int = computed(
        _raised, arguments=[argument("by", int, "How much.", default=1)], description="The same."
    )
    better: "Verdict | None" = computed(_better, pure=True, description="One higher, with the same shop; none above 3.")


def _verdicts(call: Call, rows: Sequence[Any], plus: int = 0) -> list[Any]:
    return [None if row.points < 0 else Verdict(score=row.points + plus, favourite=ref(row.shop)) for row in rows]


def _broken(_: Call, rows: Sequence[Any], at: int = 3) -> list[str]:
    """A bug in a batch leaves all rows of the level without it."""
    if at == 3:
        raise ZeroDivisionError
    return ["whole" for _ in rows]


async def _sometimes(reader: Any, rows: Sequence[Any]) -> list[str | None]:
    return [None if row.points % 2 else str(row.points) for row in rows]


async def _visit_counts(reader: Any, rows: Sequence[Any]) -> list[int]:
    visits = table_of(Visit).c
    from sqlalchemy import select

    from server.db.statements import among

    ids = [UUID(row.id) for row in rows]
    found = await reader.fetch(
        select(visits.visitor_id, func.count()).where(among(visits.visitor_id, ids)).group_by(visits.visitor_id)
    )
    counts = {record[0]: record[1] for record in found}
    return [counts.get(id, 0) for id in ids]


@strawberry.type(description="Numbers.")
class Billions:
    loose: int | None = value(description="May be null.")
    strict: int = value(description="May not be null.")


_visitors = table_of(Visitor).c
_billions = _visitors.points * literal_column("1000000000", BigInteger)
_some_note = func.lower(_visitors.note)


@node(Visitor, name="Visitor", description="A visitor.")
class VisitorType(Node):
    name: str = column(Visitor.name, description="Name.")
    note: str | None = column(Visitor.note, description="Note.")
    points: int = column(Visitor.points, description="Points.")
    spent: Money | None = money(Visitor.spent_minor, Visitor.currency, description="Spent.")
    since: datetime = column(Visitor.since, description="Since.")
    shop: ShopType | None = link(Visitor.shop_id, description="Shop.")
    whereabouts: Node | None = link(
        Visitor.shop_id,
        type_key=case((_visitors.points < 4, fixed("Shop")), else_=fixed("Visitor")),
        description="The shop, by its type and id; from 4 points on of a type that it is not.",
    )
    billions: int | None = column(_billions, description="Points times 10 to the 9th: from 3 points on no Int.")
    billions_strict: int = column(_billions, description="The same, where null may not be.")
    billions_twice: Billions = composite(
        {"loose": _billions, "strict": _billions}, description="The same in an object that may not be null."
    )
    strict_note: str = column(_some_note, description="The note, where null may not be.")
    visits: Connection[AnyVisit] = connection(
        by=Visit.visitor_id, orders=VISITS, filter=filter_type(VisitFilter), description="Visits."
    )
    verdict: Verdict | None = computed(
        _verdicts,
        needs={"points": Visitor.points, "shop": Visitor.shop_id},
        pure=True,
        arguments=[argument("plus", int, "Added.", default=0)],
        description="Verdict.",
    )
    broken: str | None = computed(
        _broken,
        needs={"points": Visitor.points},
        pure=True,
        arguments=[argument("at", int, "Fails at 3.", default=3)],
        description="May fail.",
    )
    broken_strict: str = computed(
        _broken,
        needs={"points": Visitor.points},
        pure=True,
        arguments=[argument("at", int, "Fails at 3.", default=3)],
        description="Fails where it may not.",
    )
    sometimes: str | None = computed(_sometimes, needs={"points": Visitor.points}, description="Null for odd points.")
    sometimes_strict: str = computed(
        _sometimes, needs={"points": Visitor.points}, description="Null for odd points, where it may not be."
    )
    visit_count: int = computed(_visit_counts, needs={"id": Visitor.id}, description="Counted.")


async def _node(reader: Any, rows: Sequence[Any], id: str) -> list[Any]:
    from server.ids import parse_global_id

    parsed = parse_global_id(id)
    return [None if parsed is None else ref(parsed[1], parsed[0])]


@strawberry.type
class Query:
    visitors: Connection[VisitorType] = connection(
        orders=VISITORS, filter=filter_type(VisitorFilter), description="Visitors."
    )
    visitor: VisitorType | None = by_id(description="One.")
    booked: Booked | None = by_id(description="One booked visit.")
    visits: Connection[AnyVisit] = connection(orders=VISITS, filter=filter_type(VisitFilter), description="Visits.")
    shops: list[ShopType] = all_rows(order=[Shop.name], description="Shops.")
    node: Node | None = computed(_node, arguments=[argument("id", strawberry.ID, "Id.")], description="Any node.")
    hello: str = computed(
        lambda call, rows, name="you": [f"hello {name}"],
        pure=True,
        public=True,
        arguments=[argument("name", str, "Whom.", default="you")],
        description="Hello.",
    )


def build() -> strawberry.Schema:
    return strawberry.Schema(Query, types=[WalkIn, Booked], config=StrawberryConfig(scalar_map=SCALARS))
