"""What a connection can do besides paging: filter, order, search.

SQL text must not vary with values, so every condition is built over bind parameters; what does vary it (which conditions
are there, which order) is the *shape* of the arguments, and a plan keeps one text per shape.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any, Generic, TypeVar
from uuid import UUID

import strawberry
from sqlalchemy import (
    ARRAY,
    Boolean,
    Column,
    ColumnElement,
    FromClause,
    and_,
    any_,
    bindparam,
    exists,
    false,
    func,
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy.sql.util import ClauseAdapter
from strawberry.utils.str_converters import to_camel_case

from server.db.statements import is_instant, plain
from server.ids import parse_global_id

_NOTHING = UUID(int=0)
_MAX_CHOICES = 100
_FURTHEST = 2**62
"""Beyond every number that is kept."""
_IS = "is:"
"""Operator of what is implied; the value, one of the declaration's own, follows in the text."""

T = TypeVar("T")


@strawberry.input(description="By id: foreign, missing and wrongly typed ids match nothing.")
class IdFilter:
    eq: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description="Exactly this one.")
    in_: list[strawberry.ID] | None = strawberry.field(
        name="in", default=strawberry.UNSET, description="Any of these, at most 100."
    )
    is_null: bool | None = strawberry.field(default=strawberry.UNSET, description="Whether there is none.")


@strawberry.input(description="By text, exactly.")
class TextFilter:
    eq: str | None = strawberry.field(default=strawberry.UNSET, description="Exactly this text.")
    in_: list[str] | None = strawberry.field(
        name="in", default=strawberry.UNSET, description="Any of these, at most 100."
    )
    is_null: bool | None = strawberry.field(default=strawberry.UNSET, description="Whether there is none.")


@strawberry.input(description="By one of a closed list.", name="Filter")
class ChoiceFilter(Generic[T]):
    eq: T | None = strawberry.field(default=strawberry.UNSET, description="Exactly this one.")
    in_: list[T] | None = strawberry.field(name="in", default=strawberry.UNSET, description="Any of these.")


@strawberry.input(description="By whole number; the range includes both ends.")
class IntFilter:
    eq: int | None = strawberry.field(default=strawberry.UNSET, description="Exactly this number.")
    from_: int | None = strawberry.field(name="from", default=strawberry.UNSET, description="At least this.")
    to: int | None = strawberry.field(default=strawberry.UNSET, description="At most this.")


@strawberry.input(description="By number; the range includes both ends.")
class NumberFilter:
    eq: float | None = strawberry.field(default=strawberry.UNSET, description="Exactly this number.")
    from_: float | None = strawberry.field(name="from", default=strawberry.UNSET, description="At least this.")
    to: float | None = strawberry.field(default=strawberry.UNSET, description="At most this.")


@strawberry.input(description="By flag.")
class BooleanFilter:
    eq: bool | None = strawberry.field(default=strawberry.UNSET, description="Exactly this.")


@strawberry.input(description="By point in time; half-open: from is included, to is not.")
class DateTimeFilter:
    from_: datetime | None = strawberry.field(name="from", default=strawberry.UNSET, description="At or after this.")
    to: datetime | None = strawberry.field(default=strawberry.UNSET, description="Before this.")
    is_null: bool | None = strawberry.field(default=strawberry.UNSET, description="Whether there is none.")


@strawberry.input(description="A range of time; half-open: from is included, to is not.")
class DateTimeRange:
    from_: datetime | None = strawberry.field(name="from", default=strawberry.UNSET, description="At or after this.")
    to: datetime | None = strawberry.field(default=strawberry.UNSET, description="Before this.")


@strawberry.input(description="By day; half-open: from is included, to is not.")
class DateFilter:
    from_: date | None = strawberry.field(name="from", default=strawberry.UNSET, description="On or after this day.")
    to: date | None = strawberry.field(default=strawberry.UNSET, description="Before this day.")
    is_null: bool | None = strawberry.field(default=strawberry.UNSET, description="Whether there is none.")


@dataclass(frozen=True, slots=True)
class Predicate:
    """How one field of a filter input becomes a condition on `column`.

    `via` places the column in a child table: {child column: column of the filtered table}; the condition then reads
    "there is a child row such that". `id_of` is the node type where values are global ids. `implies` tells of a flag that
    is an expression what else holds where it is true, {column: value}: an index on that column finds the rows. `units`: so
    many of what the column counts make one of what callers give.
    `family` is a column of the filtered table: a child row of one row that shares its value counts for all who do.
    """

    column: Any
    via: Mapping[Any, Any] | None = None
    id_of: str | None = None
    where: Any = None
    half_open: bool = False
    permission: str | None = None
    implies: Mapping[Any, str] | None = None
    units: int | None = None
    family: Any = None

    def condition(
        self,
        operators: Sequence[tuple[str, str]],
        source: FromClause,
        adapt: Callable[[Any], Any],
        *,
        probed: bool = False,
    ) -> ColumnElement[bool]:
        """The condition over `source`; each operator comes with the name of the parameter that holds its value.

        `probed`: children, those of the row's family too, are looked for row by row; for the few rows of a page.

        All operators of a field speak of the same child row: `{from, to}` is one row inside the range.
        """
        if self.via is None:
            column = adapt(self.column)
            return and_(*(_compare(column, operator, name, self.half_open) for operator, name in operators))
        child = self.column.table.alias()
        conditions = [
            child.c.tenant_id == source.c.tenant_id,
            *(child.c[child_column.name] == adapt(own) for child_column, own in self.via.items()),
            *self.inside(operators, child),
        ]
        if probed:
            # EXISTS may be hashed: then every child row there is would be read to check a few of ours.
            own = select(true()).select_from(child).where(*conditions).correlate(source).limit(literal_column("1"))
            found = func.coalesce(own.scalar_subquery(), false(), type_=Boolean)
            return found if self.family is None else or_(found, self._of_relatives(operators, source, adapt))
        return exists(select(1).select_from(child).where(*conditions).correlate(source))

    def _of_relatives(
        self, operators: Sequence[tuple[str, str]], source: FromClause, adapt: Callable[[Any], Any]
    ) -> ColumnElement[bool]:
        """A child of another row of the family is such a one. Not looked for where the row is alone."""
        child, relative, family = self.column.table.alias(), self.family.table.alias(), adapt(self.family)
        same = [*self.of_relative(operators, child, relative), relative.c[self.family.name] == family]
        found = select(true()).where(*same).correlate(source).limit(literal_column("1")).scalar_subquery()
        return and_(family.isnot(None), func.coalesce(found, false(), type_=Boolean))

    def of_relative(
        self, operators: Sequence[tuple[str, str]], child: FromClause, relative: FromClause
    ) -> list[ColumnElement[bool]]:
        """What joins a child row with the row of a family it belongs to."""
        assert self.via is not None
        ((owner, own),) = self.via.items()
        return [
            relative.c[self.family.name].isnot(None),
            child.c.tenant_id == relative.c.tenant_id,
            child.c[owner.name] == relative.c[own.name],
            *self.inside(operators, child),
        ]

    def inside(self, operators: Sequence[tuple[str, str]], child: FromClause) -> list[ColumnElement[bool]]:
        """What holds for the row of the child table."""
        inner = ClauseAdapter(child).traverse
        column = inner(self.column)
        found = [_compare(column, operator, name, self.half_open) for operator, name in operators]
        return found if self.where is None else [*found, inner(self.where)]

    def bound(self, operator: str, value: Any) -> Any:
        """The value as PostgreSQL gets it."""
        if self.units is not None:
            return counted(operator, value, self.units)
        if isinstance(value, list):
            return [self._one(item) for item in value]
        return self._one(value)

    def _one(self, value: Any) -> Any:
        if self.id_of is None:
            return value.value if isinstance(value, enum.Enum) else value
        parsed = parse_global_id(value)
        return parsed[1] if parsed is not None and parsed[0] == self.id_of else _NOTHING


def counted(operator: str, value: float, units: int) -> int:
    """A bound given in wholes, in units: the next one inside the range; for a number between two units one that no row has."""
    exact = Decimal(str(value)) * units
    whole = int(exact.to_integral_value(ROUND_CEILING if operator == "from_" else ROUND_FLOOR))
    if operator == "eq" and whole != exact:
        return _FURTHEST
    return max(-_FURTHEST, min(whole, _FURTHEST))


def _compare(column: ColumnElement[Any], operator: str, name: str, half_open: bool) -> ColumnElement[bool]:
    parameter = bindparam(name, type_=column.type)
    match operator:
        case "eq":
            return column == parameter
        case "in_":
            return column == any_(bindparam(name, type_=ARRAY(column.type)))
        case "from_":
            return column >= parameter
        case "to":
            return column < parameter if half_open else column <= parameter
        case "is_null:True":
            return column.is_(None)
        case "is_null:False":
            return column.isnot(None)
        case "eq:True" | "eq:False":
            return column == (true() if operator == "eq:True" else false())
    if operator.startswith(_IS):
        return column == literal_column("'" + operator.removeprefix(_IS).replace("'", "''") + "'", column.type)
    raise TypeError(f"Unknown operator {operator}.")


@dataclass(frozen=True, slots=True)
class Condition:
    """A predicate in use: its operators, each with the name of the parameter that holds the value."""

    predicate: Predicate
    operators: tuple[tuple[str, str], ...]

    def on(self, source: FromClause, adapt: Callable[[Any], Any], *, probed: bool = False) -> ColumnElement[bool]:
        return self.predicate.condition(self.operators, source, adapt, probed=probed)

    def with_column(self, column: Any) -> ColumnElement[bool]:
        """The same asked of another column."""
        return and_(*(_compare(column, one, name, self.predicate.half_open) for one, name in self.operators))

    @property
    def own(self) -> str | None:
        """The column of the filtered table that it speaks of, where it is one."""
        column = self.predicate.column
        return column.name if self.predicate.via is None and isinstance(column, Column) else None

    @property
    def owner(self) -> Any:
        """In a child table: the column that says whose the row is."""
        via = self.predicate.via
        return None if via is None or len(via) != 1 else next(iter(via))

    @property
    def towards(self) -> str | None:
        """The column of the filtered table whose values it can name."""
        if self.owner is None or self.predicate.via is None:
            return self.own
        return str(next(iter(self.predicate.via.values())).name)

    @property
    def operator(self) -> str | None:
        """The operator, where there is one only."""
        return self.operators[0][0] if len(self.operators) == 1 else None

    @property
    def is_point(self) -> bool:
        """One value, so that an index can hold it in front of another column."""
        one = self.operator or ""
        return one in ("eq", "is_null:True") or one.startswith((_IS, "eq:"))

    @property
    def is_range(self) -> bool:
        return all(operator in ("from_", "to") for operator, _ in self.operators)

    @property
    def implied(self) -> list[Condition]:
        if self.predicate.implies is None or self.operator != "eq:True":
            return []
        return [Condition(Predicate(column), ((_IS + value, ""),)) for column, value in self.predicate.implies.items()]


@dataclass(frozen=True, slots=True)
class FilterType:
    """A filter input and what its fields mean."""

    input_type: Any
    predicates: Mapping[str, Predicate]

    def used(self, given: Any) -> tuple[tuple[str, str], ...]:
        """The shape: which fields with which operators the caller gave. Null conditions are no conditions."""
        if given is None:
            return ()
        found = []
        for name in self.predicates:
            operators = getattr(given, name, None)
            if operators is None:
                continue
            for operator in dataclasses.fields(operators):
                value = getattr(operators, operator.name)
                if value is strawberry.UNSET:
                    continue
                place = f"{to_camel_case(name)}.{to_camel_case(operator.name.rstrip('_'))}"
                if value is None:
                    # A variable a front end forgot to set must not become "no condition": that would show everything.
                    raise ValueError(f"{place}: null is not a value; leave it out, or use isNull")
                if isinstance(value, list) and len(value) > _MAX_CHOICES:
                    raise ValueError(f"{place}: at most {_MAX_CHOICES} values")
                in_text = operator.name == "is_null" or self.predicates[name].implies is not None
                spelled = f"{operator.name}:{value}" if in_text else operator.name
                found.append((name, spelled))
        return tuple(found)

    def conditions(
        self, used: Sequence[tuple[str, str]], source: FromClause, adapt: Callable[[Any], Any], prefix: str
    ) -> list[Any]:
        return [condition.on(source, adapt) for condition in self.given(used, prefix)]

    def given(self, used: Sequence[tuple[str, str]], prefix: str) -> list[Condition]:
        """One condition per field in use."""
        by_field: dict[str, list[tuple[str, str]]] = {}
        for index, (name, operator) in enumerate(used):
            by_field.setdefault(name, []).append((operator, f"{prefix}f{index}"))
        return [Condition(self.predicates[name], tuple(operators)) for name, operators in by_field.items()]

    def parameters(self, used: Sequence[tuple[str, str]], given: Any, prefix: str) -> dict[str, Any]:
        bound = {}
        for index, (name, operator) in enumerate(used):
            if ":" not in operator:
                value = getattr(getattr(given, name), operator)
                bound[f"{prefix}f{index}"] = self.predicates[name].bound(operator, value)
        return bound


NO_FILTER = FilterType(None, {})


def matches(
    column: Any,
    *,
    description: str,
    via: Mapping[Any, Any] | None = None,
    id_of: str | None = None,
    where: Any = None,
    permission: str | None = None,
    implies: Mapping[Any, str] | None = None,
    units: int | None = None,
    family: Any = None,
) -> Any:
    """A field of a filter input: the column it filters by. `permission` is needed to use it. See `Predicate`."""
    column = plain(column)
    joined = None if via is None else {plain(child): plain(own) for child, own in via.items()}
    implied = None if implies is None else {plain(one): value for one, value in implies.items()}
    predicate = Predicate(
        column,
        joined,
        id_of,
        None if where is None else plain(where),
        is_instant(column),
        permission,
        implied,
        units,
        None if family is None else plain(family),
    )
    return strawberry.field(default=None, description=description, metadata={"predicate": predicate})


def filter_type(input_type: type) -> FilterType:
    """Reads the predicates off a Strawberry input whose fields were declared by `matches`."""
    fields = input_type.__strawberry_definition__.fields  # type: ignore[attr-defined]  # set by strawberry.input
    return FilterType(input_type, {field.python_name: field.metadata["predicate"] for field in fields})


@strawberry.enum(name="OrderDirection", description="Direction of an order.")
class Direction(enum.Enum):
    ASC = strawberry.enum_value("ASC", description="Smallest, earliest or first in the alphabet first.")
    DESC = strawberry.enum_value("DESC", description="Largest, latest or last in the alphabet first.")


@dataclass(frozen=True, slots=True)
class OrderBy:
    """A column to order by. `joined` is the column that equals our id where the column lies in a one-to-one table."""

    column: Any
    joined: Any = None
    permission: str | None = None
    """Needed to use this order: a cursor shows the value it stands at."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "column", plain(self.column))
        object.__setattr__(self, "joined", None if self.joined is None else plain(self.joined))


@dataclass(frozen=True, slots=True)
class Orders:
    """The orders of a connection and the input type that names them."""

    name: str
    by: Mapping[str, OrderBy]
    default: str
    direction: Direction
    input_type: Any

    def chosen(self, given: Any) -> tuple[str, Direction]:
        if given is None:
            return self.default, self.direction
        return given.field.value, given.direction


def orders(name: str, *, newest_first: bool = True, **by: Any) -> Orders:
    """`orders("Customer", RECORDED_AT=tables.Customer.recorded_at, …)`: the first one is the default.

    A key is the name of the field whose values it orders by, so that its description can point there. Columns must not
    be nullable. Makes the input `CustomerOrder { field: CustomerOrderField!, direction: Direction! }`.
    """
    fields = {key: column if isinstance(column, OrderBy) else OrderBy(column) for key, column in by.items()}
    direction = Direction.DESC if newest_first else Direction.ASC
    choices = enum.Enum(f"{name}OrderField", {key: key for key in fields})  # type: ignore[misc]  # made at import, from the declaration
    field_type: Any = strawberry.enum(choices, description=f"What a list of {name} can be ordered by.")
    for choice in field_type.__strawberry_definition__.values:
        choice.description = f"In the order of `{_field_of(choice.name, fields[choice.name])}`."
    namespace = {
        "__annotations__": {"field": field_type, "direction": Direction},
        "__module__": __name__,
        "field": strawberry.field(description="What to order by."),
        "direction": strawberry.field(default=direction, description="Ascending or descending."),
    }
    input_type = strawberry.input(type(f"{name}Order", (), namespace), description=f"Order of a list of {name}.")
    return Orders(name, fields, next(iter(fields)), direction, input_type)


def _field_of(key: str, order: OrderBy) -> str:
    """The field a key names, as callers write it: MOVED_AT is `movedAt`; in a one-to-one table TRUST_BALANCE is `trust.balance`."""
    first, *rest = key.lower().split("_")
    if order.joined is None:
        return first + "".join(word.title() for word in rest)
    return f"{first}.{rest[0]}" + "".join(word.title() for word in rest[1:])
