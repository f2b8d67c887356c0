"""Generates operations over a whole schema: every field, argument, fragment and directive can come about.

The document is grown top down. A `Scope` remembers what each response key means so far in one place of the answer, so that
what is asked twice merges instead of contradicting itself. Values come from `Material`: real ids, cursors, times and texts,
and (in an operation that was chosen to be faulty) wrong ones.

`Operation` is what comes out; its repr is what a failing test prints.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_required_argument,
    is_required_input_field,
)
from hypothesis import strategies as st

from tests.differential.choosing import Choose
from tests.differential.reference.texts import read_global_id

ALIASES = ("a", "b", "id", "name", "nodes", "n", "c", "item_nodes", "type", "r0", "x", "order_key")
"""Few, and some of them names of real fields and of columns of generated SQL."""


_SHARE = {"filter": 45, "search": 40, "orderBy": 35, "first": 30}
"""Percent of the fields with an optional argument that are given it; 22 for the others."""


class Code(str):
    """A value of an enumeration: written without quotes in a document."""

    __slots__ = ()


@dataclass
class Operation:
    """A document with its variables."""

    query: str
    variables: dict[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"\n{self.query}\nvariables: {json.dumps(self.variables, ensure_ascii=False)}\n"


Give = Callable[[Choose, GraphQLInputType, "Place"], Any]


@dataclass(frozen=True)
class Place:
    """Where a value is wanted: the field's type and name, then the names of argument and input fields."""

    parent: str
    field: str
    path: tuple[str, ...]
    siblings: Mapping[str, Any]
    """What the arguments before it were given."""
    faulty: bool


@dataclass
class Scope:
    """What the response keys of one object mean so far: (field, written arguments, type) and what lies below."""

    meant: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    below: dict[str, Scope] = field(default_factory=dict)


@dataclass(frozen=True)
class Taste:
    """How operations are to be: which fields are asked for more often, how deep, how many."""

    roots: Sequence[str] | None = None
    depth: int = 5
    fields: int = 5
    budget: int = 45
    faulty: int = 20
    """Percent of the operations that may ask with wrong values."""
    avoid: frozenset[tuple[str, str]] = frozenset()
    """(type, field) that must not be asked for."""


class Growing:
    """Grows one operation."""

    def __init__(self, choose: Choose, schema: GraphQLSchema, give: Give, taste: Taste) -> None:
        self._choose, self._schema, self._give, self._taste = choose, schema, give, taste
        self._definitions: list[str] = []
        self.variables: dict[str, Any] = {}
        self._fragments: list[str] = []
        self._reusable: list[tuple[str, str, Scope]] = []
        self._left = taste.budget
        self._likely: list[str] = []
        """Types the ids that were just given are of: worth asking by name."""
        self._faulty = choose.chance(taste.faulty)

    def operation(self, kind: str = "query") -> Operation:
        root = {
            "query": self._schema.query_type,
            "subscription": self._schema.subscription_type,
            "mutation": self._schema.mutation_type,
        }[kind]
        assert root is not None
        names = self._taste.roots or [name for name in root.fields if (root.name, name) not in self._taste.avoid]
        scope = Scope()
        parts = [self._field(root, self._choose.one(names), scope, self._taste.depth)]
        if kind == "query":
            for _ in range(self._choose.number(0, 2)):
                if self._choose.chance(12):
                    parts.append(self._beside(scope))
                else:
                    parts.append(self._field(root, self._choose.one(names), scope, self._taste.depth))
        return self._document(kind, "{ " + " ".join(parts) + " }")

    def below(self, kind: str, call: str, type_name: str) -> Operation:
        """An operation of one root field that is written by hand, with a generated selection of its type."""
        selection = self._selection(self._schema.type_map[type_name], Scope(), self._taste.depth)
        return self._document(kind, f"{{ {call} {selection} }}")

    def _document(self, kind: str, body: str) -> Operation:
        definitions = f"({', '.join(self._definitions)})" if self._definitions else ""
        named = " Asked" if definitions or kind != "query" or self._choose.chance(20) else ""
        shorthand = "" if not named and not definitions and self._choose.chance(50) else f"{kind}{named}{definitions} "
        return Operation(shorthand + body + "".join(f"\n{fragment}" for fragment in self._fragments), self.variables)

    def _beside(self, scope: Scope) -> str:
        """What any schema has at its root."""
        if self._choose.chance(40):
            return self._typename(scope)
        if self._choose.chance(50):
            return "__schema { queryType { name kind } mutationType { name } directives { name } }"
        name = self._choose.one(["Query", "DateTime", "NoSuchType", "Node", "String"])
        return f'__type(name: "{name}") {{ name kind __typename }}'

    # ------------------------------------------------------------------------------------------------------ selections

    def _selection(self, type_: Any, scope: Scope, depth: int) -> str:
        parts: list[str] = []
        fresh = not scope.meant
        if fresh and self._choose.chance(6):
            reused = self._reused(type_, scope)
            if reused is not None:
                parts.append(reused)
        most = min(self._taste.fields, len(getattr(type_, "fields", ())) + 1)
        parts.extend(self._part(type_, scope, depth) for _ in range(self._choose.number(1, max(most, 2))))
        return "{ " + " ".join(parts) + " }"

    def _part(self, type_: Any, scope: Scope, depth: int) -> str:
        self._left -= 1
        if self._left < -self._taste.budget // 2:  # fragments within fragments come to an end too
            return self._typename(scope)
        if is_abstract_type(type_):
            if not isinstance(type_, GraphQLInterfaceType) or self._choose.chance(50):
                return self._inline(self._narrowed(type_), scope, depth, condition=True)
        elif self._choose.chance(9):
            return self._inline(self._seen_as(type_), scope, depth, condition=self._choose.chance(70), own=type_)
        if self._choose.chance(7):
            return self._named_fragment(type_, scope, depth)
        if self._choose.chance(12):
            return self._typename(scope)
        return self._field(type_, self._name_in(type_, depth), scope, depth)

    def _narrowed(self, type_: Any) -> Any:
        possible = {one.name: one for one in self._schema.get_possible_types(type_)}
        likely = [possible[name] for name in self._likely if name in possible]
        return self._choose.one(likely if likely and self._choose.chance(75) else self._below(type_))

    def _below(self, type_: Any) -> list[Any]:
        """Types a value of an abstract type may be narrowed to: those it is of most kinds, and interfaces between."""
        found = list(self._schema.get_possible_types(type_))
        return found + [
            one
            for one in self._schema.type_map.values()
            if isinstance(one, GraphQLInterfaceType) and one is not type_ and type_ in one.interfaces
        ] * max(len(found) // 6, 1)

    def _seen_as(self, type_: Any) -> Any:
        """The type itself, or an interface it has."""
        interfaces = list(getattr(type_, "interfaces", ()))
        return self._choose.one([type_, *interfaces])

    def _inline(self, type_: Any, scope: Scope, depth: int, *, condition: bool, own: Any = None) -> str:
        inner = self._selection(type_ if condition else own or type_, scope, depth)
        on = f" on {type_.name}" if condition else ""
        return f"...{on}{self._directive()} {inner}"

    def _named_fragment(self, type_: Any, scope: Scope, depth: int) -> str:
        name = f"F{len(self._fragments)}"
        self._fragments.append("")
        place = len(self._fragments) - 1
        before = dict(scope.meant)
        body = self._selection(type_, scope, depth)
        self._fragments[place] = f"fragment {name} on {type_.name} {body}"
        if not before:
            self._reusable.append((name, type_.name, scope))
        return f"...{name}{self._directive()}"

    def _reused(self, type_: Any, scope: Scope) -> str | None:
        """A fragment that is spread a second time, at the start of a place where nothing else is meant yet."""
        fitting = [one for one in self._reusable if one[1] == type_.name and one[2].meant]
        if not fitting:
            return None
        name, _, known = self._choose.one(fitting)
        if not self._fragments[int(name[1:])]:
            return None  # still being written: it would spread itself
        _merge(scope, known)
        return f"...{name}"

    def _typename(self, scope: Scope) -> str:
        key = self._key("__typename", "", "String!", scope)
        return ("" if key == "__typename" else f"{key}: ") + "__typename" + self._directive()

    def _name_in(self, type_: Any, depth: int) -> str:
        names = [name for name in type_.fields if (type_.name, name) not in self._taste.avoid]
        deep = [name for name in names if is_composite_type(get_named_type(type_.fields[name].type))]
        flat = [name for name in names if name not in deep]
        if (depth <= 0 or self._left <= 0) and flat:
            only: str = self._choose.one(flat)
            return only
        if deep and (not flat or self._choose.chance(70 if "pageInfo" in names else 40)):
            further: str = self._choose.one(deep)
            return further
        any_of_them: str = self._choose.one(flat or names)
        return any_of_them

    def _field(self, type_: Any, name: str, scope: Scope, depth: int) -> str:
        definition: GraphQLField = type_.fields[name]
        self._likely = []
        arguments = self._arguments(type_, name, definition)
        likely = self._likely
        key = self._key(name, arguments, str(definition.type), scope)
        written = ("" if key == name else f"{key}: ") + name + arguments + self._directive()
        named = get_named_type(definition.type)
        if not is_composite_type(named):
            return written
        below = scope.below.setdefault(key, Scope())
        self._likely = likely
        text = f"{written} {self._selection(named, below, depth - 1)}"
        if self._choose.chance(8):  # the same again: both selections are one
            again = ("" if key == name else f"{key}: ") + name + arguments
            text += f" {again} {self._selection(named, below, depth - 1)}"
        return text

    def _key(self, name: str, arguments: str, type_: str, scope: Scope) -> str:
        meaning = (name, arguments, type_)
        key = self._choose.one(ALIASES) if self._choose.chance(20) else name
        number = 2
        while scope.meant.get(key, meaning) != meaning:
            key = f"{name.lstrip('_')}{number}"
            number += 1
        scope.meant[key] = meaning
        return key

    def _directive(self) -> str:
        if not self._choose.chance(7):
            return ""
        name = self._choose.one(["include", "skip"])
        value = (name == "include") != self._choose.chance(40)
        if not self._choose.chance(50):
            return f" @{name}(if: {json.dumps(value)})"
        return f" @{name}(if: {self._variable('Boolean!', value)})"

    # ------------------------------------------------------------------------------------------------------- arguments

    def _arguments(self, type_: Any, name: str, definition: GraphQLField) -> str:
        given: dict[str, Any] = {}
        written = []
        for argument in sorted(definition.args, key=lambda one: one != "orderBy"):  # cursors depend on the order
            kind = definition.args[argument].type
            needed = is_required_argument(definition.args[argument])
            if not needed and not self._choose.chance(_SHARE.get(argument, 22)):
                continue
            place = Place(type_.name, name, (argument,), given, self._faulty)
            if not isinstance(kind, GraphQLNonNull) and self._choose.chance(4):
                value = None
            else:
                value = self._value(kind, place)
            given[argument] = value
            written.append(f"{argument}: {self._written(kind, value)}")
        return f"({', '.join(written)})" if written else ""

    def _value(self, kind: GraphQLInputType, place: Place) -> Any:
        if isinstance(kind, GraphQLNonNull):
            return self._value(kind.of_type, place)
        if isinstance(kind, GraphQLList):
            return [self._value(kind.of_type, place) for _ in range(self._choose.number(0, 3))]
        if isinstance(kind, GraphQLEnumType):
            return Code(self._choose.one(list(kind.values)))
        if isinstance(kind, GraphQLInputObjectType):
            return self._input(kind, place)
        value = self._give(self._choose, kind, place)
        if kind.name == "ID":
            self._likely += _types_of([value])
        return value

    def _input(self, kind: GraphQLInputObjectType, place: Place) -> dict[str, Any]:
        needed = [name for name, one in kind.fields.items() if is_required_input_field(one)]
        names = [
            *needed,
            *self._choose.some([name for name in kind.fields if name not in needed] or needed, 0 if needed else 1, 2),
        ]
        found = {}
        for name in dict.fromkeys(names):
            below = Place(place.parent, place.field, (*place.path, name), place.siblings, place.faulty)
            optional = not isinstance(kind.fields[name].type, GraphQLNonNull)
            null = optional and place.faulty and self._choose.chance(20)
            found[name] = None if null else self._value(kind.fields[name].type, below)
        return found

    def _written(self, kind: GraphQLInputType, value: Any) -> str:
        """As a literal, or as a variable that brings it by itself or by its default."""
        if self._choose.chance(22):
            return self._variable(str(kind), value)
        inner: Any = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
        if isinstance(inner, GraphQLInputObjectType) and value is not None:
            parts = [f"{name}: {self._written(inner.fields[name].type, one)}" for name, one in value.items()]
            return "{" + ", ".join(parts) + "}"
        return literal(value)

    def _variable(self, kind: str, value: Any) -> str:
        name = f"v{len(self._definitions)}"
        if self._choose.chance(30) and (value is not None or not kind.endswith("!")):
            self._definitions.append(f"${name}: {kind} = {literal(value)}")
            if self._choose.chance(30):
                self.variables[name] = value
        else:
            self._definitions.append(f"${name}: {kind}")
            if kind.endswith("!") or not self._choose.chance(15):
                self.variables[name] = value
        return f"${name}"


def _types_of(ids: list[str]) -> list[str]:
    parsed = [read_global_id(id) for id in ids]
    return [one[0] for one in parsed if one is not None]


def _merge(into: Scope, known: Scope) -> None:
    into.meant.update(known.meant)
    for key, below in known.below.items():
        _merge(into.below.setdefault(key, Scope()), below)


def literal(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, Code):
        return str(value)
    if isinstance(value, list):
        return "[" + ", ".join(literal(one) for one in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {literal(one)}" for name, one in value.items()) + "}"
    return json.dumps(value)


def operations_below(
    schema: GraphQLSchema, give: Give, call: tuple[str, str, str], taste: Taste | None = None
) -> st.SearchStrategy[Operation]:
    """Operations whose root field is given: (kind of operation, the field with its arguments, its type)."""
    chosen = taste or Taste(faulty=0)

    @st.composite
    def grown(draw: Callable[[st.SearchStrategy[Any]], Any]) -> Operation:
        return Growing(Choose(draw), schema, give, chosen).below(*call)

    return grown()


def operations(
    schema: GraphQLSchema, give: Give, taste: Taste | None = None, kind: str = "query"
) -> st.SearchStrategy[Operation]:
    """A strategy for operations over a schema."""
    chosen = taste or Taste()

    @st.composite
    def grown(draw: Callable[[st.SearchStrategy[Any]], Any]) -> Operation:
        return Growing(Choose(draw), schema, give, chosen).operation(kind)

    return grown()
