"""What the planner could not execute is told when the process starts: one small schema for each way to be wrong."""

from collections.abc import AsyncIterator, Sequence
from decimal import Decimal
from typing import Any, NewType
from uuid import UUID

import pytest
import strawberry
from sqlalchemy import ARRAY, BigInteger, Integer, MetaData, Numeric, func
from sqlmodel import Field, SQLModel
from strawberry.schema.config import StrawberryConfig
from strawberry.utils.str_converters import to_camel_case

from server.db.statements import table_of
from server.planner import declarations as d
from server.planner.checking import _PARTS, UndeclaredField
from server.planner.declarations import (
    all_rows,
    argument,
    by_id,
    column,
    composite,
    computed,
    connection,
    declared,
    link,
    links,
    single,
    value,
)
from server.planner.filters import IntFilter, OrderBy, filter_type, matches, orders
from server.planner.nodes import node
from server.planner.operations import Operations
from server.planner.searching import Search
from server.schema.nodes import Connection, Edge, Node, PageInfo
from server.schema.scalars import SCALARS, Money


class Row(SQLModel):
    metadata = MetaData()
    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)


class Guest(Row, table=True):
    __tablename__ = "guests"
    name: str
    note: str | None = None
    points: int
    currency: str
    house_id: UUID


class House(Row, table=True):
    __tablename__ = "houses"
    name: str


class Stay(Row, table=True):
    __tablename__ = "stays"
    guest_id: UUID
    house_id: UUID
    kind: str
    minutes: int


class Loose(SQLModel, table=True):
    __tablename__ = "loose"
    metadata = Row.metadata
    id: UUID = Field(primary_key=True)
    name: str
    amount: Decimal = Field(sa_type=Numeric)
    guest_id: UUID


_columns = table_of(Guest).c
_kind = table_of(Stay).c.kind


@node(House, name="House", description="A house.")
class HouseType(Node):
    name: str = column(House.name, description="Name.")


@node(Guest, name="Guest", description="A guest.")
class GuestType(Node):
    name: str = column(Guest.name, description="Name.")


@node(Stay, name="Long", description="A long stay.", kind_column=_kind, kind_value="LONG")
class Long(Node):
    minutes: int = column(Stay.minutes, description="Minutes.")


@node(Stay, name="Short", description="A short stay.", kind_column=_kind, kind_value="SHORT")
class Short(Node):
    minutes: int = column(Stay.minutes, description="Minutes.")


@strawberry.type(description="A value.")
class Plain:
    score: int = value(description="Score.")


Odd = NewType("Odd", str)


@node(Loose, name="Loose", description="Of no tenant.")
class LooseType(Node):
    name: str = column(Loose.name, description="Name.")


def _started(
    *types: type, query: type | None = None, mutation: type | None = None, subscription: type | None = None
) -> None:
    root = query or strawberry.type(type("Query", (), {"__annotations__": {"ok": int}, "ok": _ok()}))
    odd = strawberry.scalar(name="Odd", serialize=str)
    config = StrawberryConfig(scalar_map={**SCALARS, Odd: odd})
    schema = strawberry.Schema(root, mutation=mutation, subscription=subscription, types=types, config=config)
    Operations(schema, max_cost=100)


def _ok() -> Any:
    return computed(lambda call, rows: [1], pure=True, description="One.")


def _typed(name: str, annotation: Any, field: Any) -> type:
    return strawberry.type(
        type(name, (), {"__annotations__": {"bad": annotation}, "bad": field}), description="A type."
    )


def _guest(annotation: Any, field: Any) -> type:
    """The rows of Guest with one field that may be wrong."""
    made = type("Guest", (Node,), {"__annotations__": {"bad": annotation}, "bad": field})
    return node(Guest, name="Guest", description="A guest.")(made)


def _query(annotation: Any, field: Any) -> type:
    return _typed("Query", annotation, field)


def _faults(*types: type, **roots: type) -> str:
    with pytest.raises(UndeclaredField) as caught:
        _started(*types, **roots)
    return str(caught.value)


async def _async(reader: Any, rows: Sequence[Any]) -> list[int]:
    return [1 for _ in rows]


def _plain(call: Any, rows: Sequence[Any]) -> list[int]:
    return [1 for _ in rows]


async def _follow(call: Any) -> AsyncIterator[int]:
    yield 1


async def _not_a_stream(call: Any) -> int:
    return 1


async def _act(work: Any, input: Any, call: Any) -> Any:
    return None


def _money(**parts: Any) -> Any:
    return composite(parts, description="Money.")


_RIGHT: dict[str, tuple[Any, Any]] = {
    "a column": (str, column(Guest.name, description="x")),
    "an expression": (str, column(func.upper(_columns.name), description="x")),
    "a composite": (Money, _money(amount=func.cast(_columns.points, Numeric), currency=_columns.currency)),
    "a list of numbers that are small": (list[int], column(func.array([1], type_=ARRAY(Integer)), description="x")),
    "a link": (HouseType | None, link(Guest.house_id, description="x")),
    "computed": (int, computed(_async, description="x", needs={"id": Guest.id})),
    "purely computed": (int, computed(_plain, pure=True, description="x")),
}


@pytest.mark.parametrize(("annotation", "field"), _RIGHT.values(), ids=_RIGHT.keys())
def test_what_is_right_starts(annotation: Any, field: Any) -> None:
    _started(_guest(annotation, field))


_ON_ROWS: dict[str, tuple[Any, Any, str]] = {
    "undeclared": (str, strawberry.field(description="x"), "is not declared"),
    "a value on a row": (str, value(description="x"), "cannot be a value on this type"),
    "an act on a row": (str, declared(d.Act(function=_act), "x"), "cannot be a act on this type"),
    "an object as a column": (Plain, column(Guest.name, description="x"), "is an object; declare it as composite, link or computed"),
    "a scalar without form": (
        Odd, column(Guest.name, description="x"),
        "cannot be read as Odd: Odd has no JSON form in SQL; declare the field as computed.",
    ),
    "a list of such": (
        list[strawberry.ID], column(Guest.name, description="x"),
        "is a list of ID, which has no JSON form in SQL; declare the field as computed",
    ),
    "a column of another table": (str, column(House.name, description="x"), "reads the table houses, and its row is of guests"),
    "a column whose function wants other arguments": (
        str, column(lambda other: other, description="x", arguments=[argument("one", str, "x")]),
        "cannot be built: <lambda>() got an unexpected keyword argument 'one'",
    ),
    "a composite without a part": (Money, _money(amount=_columns.points), "is a composite without a part for Money.currency"),
    "a composite of a leaf": (str, _money(), "is a composite, so its type must be one object type"),
    "a composite that is a row": (HouseType, _money(id=_columns.id), "is a composite, but House is a row"),
    "a part of another table": (
        Money, _money(amount=_columns.points, currency=table_of(House).c.name),
        "part currency reads the table houses, and its row is of guests",
    ),
    "a link to a value": (Plain | None, link(Guest.house_id, description="x"), "leads to a type that is no row"),
    "a link to a list": (list[HouseType], link(Guest.house_id, description="x"), "must be a list exactly where it is declared as many"),
    "links to one": (
        HouseType | None, links(by=House.id, order=[], description="x"),
        "must be a list exactly where it is declared as many",
    ),
    "a link both ways": (
        HouseType | None, link(Guest.house_id, by=House.id, description="x"), "must say by which one column it finds its row"
    ),
    "a link by nothing": (HouseType | None, link(description="x"), "must say by which one column it finds its row"),
    "a link by a stranger's column": (
        HouseType | None, link(Stay.house_id, description="x"), "reads the table stays, and its row is of guests"
    ),
    "a link to any type without saying which": (
        Node | None, link(Guest.house_id, description="x"), "leads to rows of several tables; say with type_key in which one"
    ),
    "a link to rows of varying type that must be there": (
        Node, link(Guest.house_id, type_key=Guest.name, description="x"),
        "leads to rows of varying type, some of which a caller may not read, so it may be null",
    ),
    "a list of numbers that may be large": (
        list[int], column(func.array([1], type_=ARRAY(BigInteger)), description="x"),
        "is a list of Int, and its items may be no Int; declare the field as computed",
    ),
    "a pure function that waits": (int, computed(_async, pure=True, description="x"), "needs a plain function"),
    "a function that nobody awaits": (int, computed(_plain, description="x"), "needs async"),
    "a function with other arguments": (
        int, computed(_plain, pure=True, description="x", arguments=[argument("more", int, "x")]),
        "has a function that cannot be called: got an unexpected keyword argument 'more'",
    ),
    "needs of another table": (
        int, computed(_plain, pure=True, needs={"name": House.name}, description="x"),
        "reads the table houses, and its row is of guests",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("annotation", "field", "why"), _ON_ROWS.values(), ids=_ON_ROWS.keys())
def test_on_a_row(annotation: Any, field: Any, why: str) -> None:
    assert f"Guest.bad {why}" in _faults(_guest(annotation, field), HouseType).split("\n")


@strawberry.input(description="Filter.")
class StrangeFilter:
    minutes: IntFilter | None = matches(Stay.minutes, description="x")
    other: IntFilter | None = matches(Stay.minutes, via={Stay.guest_id: House.id}, description="x")
    loose: IntFilter | None = matches(Loose.name, via={Loose.guest_id: Guest.id}, description="x")


_NAMES = orders("CheckedName", NAME=Guest.name)
_search = Search(lambda text: [text], Stay.kind, Guest.id, "x")

_LISTS: dict[str, tuple[Any, list[str]]] = {
    "nullable": (
        orders("CheckedNote", NOTE=Guest.note),
        ["order NOTE is by a column that may be null: such rows have no place in a keyset"],
    ),
    "of another table": (orders("CheckedHouse", NAME=House.name), ["order NAME is by a column of houses, not of guests"]),
    "an expression": (orders("CheckedUpper", NAME=func.upper(_columns.name)), ["order NAME is no column"]),
    "a number no cursor holds": (
        orders("CheckedAmount", LOOSE_AMOUNT=OrderBy(Loose.amount, joined=Loose.guest_id)),
        ["order LOOSE_AMOUNT is by a column of type NUMERIC, which no cursor holds"],
    ),
    "joined elsewhere": (
        orders("CheckedJoined", HOUSE_NAME=OrderBy(House.name, joined=Stay.guest_id)),
        ["order HOUSE_NAME is joined by a column of another table than the one it orders by"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("order", "faults"), _LISTS.values(), ids=_LISTS.keys())
def test_orders(order: Any, faults: list[str]) -> None:
    found = _faults(query=_query(Connection[GuestType], connection(orders=order, description="x")))
    assert found.split("\n") == [f"Query.bad {fault}" for fault in faults]


def test_filters_and_searches() -> None:
    listed = connection(orders=_NAMES, filter=filter_type(StrangeFilter), search=_search, description="x")
    assert _faults(query=_query(Connection[GuestType], listed)).split("\n") == [
        "Query.bad filter loose goes through loose, which has no tenant_id",
        "Query.bad filter minutes is on a column of stays, not of guests; say via which columns",
        "Query.bad filter other goes through columns that do not lead from stays to guests",
        "Query.bad searches in a table that does not name the row searched for",
    ]


def test_lists_that_lead_nowhere() -> None:
    def listed() -> Any:
        return connection(orders=_NAMES, description="x")

    assert "Query.bad leads to a type that is no row" in _faults(query=_query(Connection[Plain], listed()))
    assert "Query.bad is a connection, so its type must be one" in _faults(query=_query(Plain, listed()))
    assert "Query.bad leads to rows of several tables" in _faults(
        Long, HouseType, query=_query(Connection[Node], listed())
    )
    fault = "Guest.bad must say by which column it belongs to its row"
    assert fault in _faults(_guest(Connection[HouseType], listed()))


_AT_THE_ROOT: dict[str, tuple[Any, Any, str]] = {
    "a value": (str, value(description="x"), "cannot be a value on this type"),
    "a row by nothing": (HouseType | None, link(description="x"), "must say which row it means"),
    "a row by an argument it lacks": (
        HouseType | None, declared(d.Link(argument="id"), "x"), "finds its row by an argument id that it does not have"
    ),
    "computed over a row": (
        int, computed(_plain, pure=True, needs={"id": Guest.id}, description="x"), "needs columns, and there is no row"
    ),
}  # fmt: skip


@pytest.mark.parametrize(("annotation", "field", "why"), _AT_THE_ROOT.values(), ids=_AT_THE_ROOT.keys())
def test_at_the_root(annotation: Any, field: Any, why: str) -> None:
    assert f"Query.bad {why}" in _faults(query=_query(annotation, field)).split("\n")


def test_the_root_may_read_rows_in_every_way() -> None:
    _started(query=_query(HouseType | None, by_id(description="x")))
    _started(query=_query(HouseType | None, single(lambda tenant: House.id == tenant, description="x")))
    _started(query=_query(list[HouseType], all_rows(order=[House.name], description="x")))
    _started(query=_query(str, column(func.concat, description="x")))


def test_below_a_value_there_are_only_values() -> None:
    listed = _typed(
        "Holder", Connection[HouseType], connection(orders=orders("Held", NAME=House.name), description="x")
    )
    assert "Holder.bad cannot be a connection on this type" in _faults(
        query=_query(listed, computed(_plain, pure=True, description="x"))
    )
    wrong = _typed("Holder", int, value(get=lambda held: 1, description="x"))
    assert "Holder.bad has a function that cannot be called: too many positional arguments" in _faults(
        query=_query(wrong, computed(_plain, pure=True, description="x"))
    )


def test_acts_and_streams() -> None:
    act = declared(d.Act(function=_act), "x", arguments=[argument("other", int, "x")], annotation=Plain)
    assert "Mutation.bad is an act and takes one argument, input" in _faults(mutation=_typed("Mutation", Plain, act))
    short = declared(d.Act(function=_plain), "x", arguments=[argument("input", int, "x")], annotation=Plain)
    assert _faults(mutation=_typed("Mutation", Plain, short)).split("\n") == [
        "Mutation.bad has a function that cannot be called: too many positional arguments", "Mutation.bad needs async",
    ]  # fmt: skip
    stream = declared(d.Stream(function=_not_a_stream), "x")
    assert "Subscription.bad needs an async generator" in _faults(subscription=_typed("Subscription", int, stream))
    _started(subscription=_typed("Subscription", int, declared(d.Stream(function=_follow), "x")))


def test_tables_of_rows() -> None:
    assert _faults(LooseType) == "Loose: its table loose has no tenant_id"

    @node(Stay, name="AnyKind", description="Shares the table, and has no kind.")
    class AnyKind(Node):
        minutes: int = column(Stay.minutes, description="x")

    fault = "types that share the table stays need a kind_column and kinds of their own"
    assert fault in _faults(Long, Short, AnyKind)

    @node(Stay, name="AlsoShort", description="Has another's kind.", kind_column=_kind, kind_value="SHORT")
    class AlsoShort(Node):
        minutes: int = column(Stay.minutes, description="x")

    assert fault in _faults(Long, Short, AlsoShort)

    @node(Stay, name="Secret", description="x", kind_column=_kind, kind_value="SECRET", permission="SECRET_READ")
    class Secret(Node):
        minutes: int = column(Stay.minutes, description="x")

    assert _faults(Long, Secret) == "Long, Secret: types that share the table stays must need the same permission"


def test_an_interface_is_rows_or_values() -> None:
    @strawberry.interface(description="x")
    class Anything:
        name: str = value(description="x")

    @strawberry.type(description="x")
    class Word(Anything):
        pass

    row: Any = type(
        "Named", (Anything,), {"__annotations__": {"name": str}, "name": column(House.name, description="x")}
    )
    named = node(House, name="Named", description="x")(row)
    assert "Anything is rows and values mixed" in _faults(Word, named)


def test_every_fault_is_told_at_once() -> None:
    made = type("Guest", (Node,), {
        "__annotations__": {"one": str, "two": int},
        "one": column(House.name, description="x"),
        "two": value(description="x"),
    })  # fmt: skip
    assert _faults(node(Guest, name="Guest", description="x")(made)).split("\n") == [
        "Guest.one reads the table houses, and its row is of guests",
        "Guest.two cannot be a value on this type",
    ]


def test_pages_are_what_the_planner_thinks_they_are() -> None:
    """The parts it can write are the fields the types have."""
    for name, type_ in (("connection", Connection), ("edge", Edge), ("PageInfo", PageInfo)):
        made: Any = type_
        fields = made.__strawberry_definition__.fields
        assert {to_camel_case(field.python_name) for field in fields} == _PARTS[name]
