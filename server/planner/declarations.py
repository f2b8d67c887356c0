"""The ways a field can get its value. Each field of the schema is declared as exactly one of them.

column      an attribute of the row, or a named SQL expression
composite   a value of several columns, like Money
link        one other row, or a short closed list of them
connection  a list that can grow: a keyset page with filter, order and search
computed    a batch function over all rows, or all values, of a level
value       an attribute of the object its parent produced: payloads, advice, verdicts, user errors
act         a mutation
stream      a subscription
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import strawberry
from sqlalchemy import ColumnElement
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField
from strawberry.types.unset import UNSET

from server.db.statements import plain
from server.planner.filters import NO_FILTER, FilterType, Orders
from server.planner.searching import Search

_FILTER = (
    "All conditions must hold. A page for which more than 2,000 rows would have to be looked through is refused with "
    "TOO_COMPLEX; narrowing by time, or the order the list has by default, avoids it."
)

PLAN = "plan"
"""Key of the declaration in a Strawberry field's metadata."""


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """What every field says besides how it gets its value."""

    permission: str | None = None
    """Needed by the caller; without it the whole operation is refused."""
    public: bool = False
    """May be asked by a caller without credential."""
    personal: bool = False
    """Holds personal data: never in the event log, emptied by erasure."""


@dataclass(frozen=True, kw_only=True)
class Column(Declaration):
    expression: Any
    """A column, an SQL expression over the row's table, or a function (arguments) -> expression where the field has some."""


@dataclass(frozen=True, kw_only=True)
class GlobalId(Declaration):
    """The global id of the row itself."""


@dataclass(frozen=True, kw_only=True)
class Composite(Declaration):
    parts: Mapping[str, ColumnElement[Any]]
    present: ColumnElement[bool] | None


@dataclass(frozen=True, kw_only=True)
class Link(Declaration):
    key: Any = None
    """A column of this row that holds the id of the other one."""
    by: Any = None
    """A column of the other table that holds the id of this row."""
    type_key: Any = None
    """A column of this row that names the node type of the other one, where it varies."""
    many: bool = False
    where: Any = None
    order: Sequence[Any] = ()
    argument: str | None = None
    """At the root: the argument that holds the global id."""
    match: Callable[[Any], Any] | None = None
    """At the root without argument: (door's tenant) -> condition on the other table."""


@dataclass(frozen=True, kw_only=True)
class Connection(Declaration):
    by: Any = None
    orders: Orders | None = None
    filter: FilterType = NO_FILTER
    search: Search | None = None
    where: Any = None
    default_size: int = 20


@dataclass(frozen=True, kw_only=True)
class Computed(Declaration):
    function: Callable[..., Any]
    needs: Mapping[str, Any] = field(default_factory=dict)
    pure: bool = False
    """Reads nothing: a plain function of the call, the rows and the arguments."""
    check: Callable[..., None] | None = None
    """Refuses arguments that cannot be meant, before anything is read, wherever the field stands."""


@dataclass(frozen=True, kw_only=True)
class Value(Declaration):
    get: Callable[..., Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Act(Declaration):
    function: Callable[..., Any]
    opens_tenant: bool = False
    """The act makes its own tenant, so it starts without one."""
    at_once: bool = False
    """The act asks questions that take no lock, then only adds: it needs no transaction around the two."""


@dataclass(frozen=True, kw_only=True)
class Stream(Declaration):
    function: Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Ref:
    """In place of a node in a payload or a computed value: the planner reads the rest. Never holds a row."""

    id: Any
    type_name: str | None = None
    """Needed where the field's type is an interface."""


def ref(id: Any, type_name: str | None = None) -> Any:
    """A `Ref`, typed so that it may stand where the schema says a node; None stays None."""
    return None if id is None else Ref(id, type_name)


def argument(name: str, annotation: Any, description: str, *, default: Any = UNSET) -> StrawberryArgument:
    """An argument of a field that has no resolver to read a signature from."""
    return StrawberryArgument(
        python_name=name,
        graphql_name=None,
        type_annotation=StrawberryAnnotation(annotation),
        description=description,
        default=default,
    )


def declared(
    declaration: Declaration,
    description: str,
    *,
    arguments: Sequence[StrawberryArgument] = (),
    annotation: Any = None,
    name: str | None = None,
    deprecation: str | None = None,
) -> Any:
    made: StrawberryField = strawberry.field(
        description=description,
        metadata={PLAN: declaration},
        name=name,
        deprecation_reason=deprecation,
        default=None if isinstance(declaration, Value) else strawberry.UNSET,
    )
    made.arguments = list(arguments)
    if annotation is not None:
        made.type_annotation = StrawberryAnnotation(annotation)
    return made


def column(expression: Any, *, description: str, arguments: Sequence[StrawberryArgument] = (), **more: Any) -> Any:
    """A column or SQL expression. With `arguments`, `expression` is a function of their bound parameters (by name)."""
    return declared(Column(expression=_plain(expression), **more), description, arguments=arguments)


def _plain(expression: Any) -> Any:
    """Functions of arguments stay functions; their result is made plain when it is built."""
    if expression is None or (callable(expression) and not hasattr(expression, "__clause_element__")):
        return expression
    return plain(expression)


def composite(parts: Mapping[str, Any], *, description: str, present: Any = None, **more: Any) -> Any:
    """An object made of columns: {field of the type: column}. Null where `present` does not hold."""
    return declared(
        Composite(parts={name: plain(part) for name, part in parts.items()}, present=_plain(present), **more),
        description,
    )


def link(
    key: Any = None, *, description: str, by: Any = None, where: Any = None, type_key: Any = None, **more: Any
) -> Any:
    """The row whose id is in `key`, or the one row whose `by` column holds our id."""
    return declared(
        Link(key=_plain(key), by=_plain(by), where=_plain(where), type_key=_plain(type_key), **more), description
    )


def links(*, by: Any, order: Sequence[Any], description: str, where: Any = None, **more: Any) -> Any:
    """A short closed list: the rows whose `by` column holds our id, all of them, in order."""
    ordering = [plain(one) for one in order]
    return declared(Link(by=plain(by), order=ordering, where=_plain(where), many=True, **more), description)


def all_rows(*, order: Sequence[Any], description: str, where: Any = None, **more: Any) -> Any:
    """At the root: a short closed list of everything of its type in the tenant."""
    ordering = [plain(one) for one in order]
    return declared(Link(order=ordering, where=_plain(where), many=True, **more), description)


def by_id(*, description: str, **more: Any) -> Any:
    """At the root: the node with the global id given as `id`, or null."""
    arguments = [argument("id", strawberry.ID, "Global id.")]
    return declared(Link(argument="id", **more), description, arguments=arguments)


def single(match: Callable[[Any], Any], *, description: str, **more: Any) -> Any:
    """At the root: the one row that matches, for example the tenant itself."""
    return declared(Link(match=match, **more), description)


def connection(
    *,
    description: str,
    orders: Orders,
    by: Any = None,
    filter: FilterType = NO_FILTER,
    search: Search | None = None,
    where: Any = None,
    **more: Any,
) -> Any:
    """A Relay connection. Its arguments follow from what it can do; the first order given is the default one."""
    arguments = [
        argument(
            "first",
            int | None,
            "How many from the start, at most 100. 20 where neither first nor last is given.",
            default=None,
        ),
        argument("after", str | None, "Continue behind this cursor.", default=None),
        argument("last", int | None, "How many from the end, at most 100.", default=None),
        argument("before", str | None, "Stop in front of this cursor.", default=None),
        argument("order_by", orders.input_type | None, "Order of the list; the id breaks ties.", default=None),
    ]
    if filter.input_type is not None:
        arguments.append(argument("filter", filter.input_type | None, _FILTER, default=None))
    if search is not None:
        arguments.append(argument("search", str | None, search.description, default=None))
    declaration = Connection(by=_plain(by), orders=orders, filter=filter, search=search, where=_plain(where), **more)
    return declared(declaration, description, arguments=arguments)


def computed(
    function: Callable[..., Any],
    *,
    description: str,
    needs: Mapping[str, Any] | None = None,
    pure: bool = False,
    arguments: Sequence[StrawberryArgument] = (),
    **more: Any,
) -> Any:
    """`async function(reader, rows, arguments) -> list`, one result per row, in order; rows hold what `needs` names.

    With `pure`, a plain function (call, rows, arguments). At the root there is one row, and it is empty; below values the rows
    are the objects their parents produced.
    """
    needed = {name: plain(expression) for name, expression in (needs or {}).items()}
    return declared(Computed(function=function, needs=needed, pure=pure, **more), description, arguments=arguments)


def value(
    *,
    description: str,
    get: Callable[..., Any] | None = None,
    arguments: Sequence[StrawberryArgument] = (),
    **more: Any,
) -> Any:
    """An attribute of the object the parent produced, or `get(object, call)` where it depends on the call."""
    return declared(Value(get=get, **more), description, arguments=arguments)
