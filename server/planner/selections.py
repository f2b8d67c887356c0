"""What an operation asks: its selection sets as a tree of fields, fragments and directives resolved.

Built once per operation and set of flags (the values of @skip and @include); arguments stay functions of the variables.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    is_composite_type,
)
from graphql.execution.values import VariableValues
from graphql.type import is_abstract_type

from server.planner import declarations as d
from server.planner.converting import Arguments, Convert
from server.planner.limits import too_complex
from server.planner.nodes import Catalogue, strawberry_field

Variables = VariableValues

MAX_SELECTED = 5_000
"""Fields with those of every type of an interface counted one by one: what is built in memory."""
MAX_COMPILED = 800
"""What becomes SQL, by the time it takes to write: a page weighs ten fields. At this size compiling takes about 0.2 s."""
MAX_LOOKED_AT = 50_000
"""Selections looked at, once for each type of an interface they may apply to."""

_WEIGHTS: dict[type[Any], int] = {d.Connection: 10, d.Link: 3}

_Shared = dict[tuple[int, tuple[int, ...]], "Selected"]
"""The fields met in one place of the answer, by declaration and the parts of the document that ask for them."""


class Settled(NamedTuple):
    """What the arguments of a field come to: the values, the parameters and the part of the shape they become."""

    given: dict[str, Any] | None
    parameters: Mapping[str, Any]
    shape: tuple[Any, ...] | None = None


@dataclass(slots=True, eq=False)
class Selected:
    """One field of a selection. `children` holds, by the name of each concrete type, what is asked of it."""

    key: str
    name: str
    nodes: list[FieldNode]
    definition: GraphQLField | None
    declaration: d.Declaration | None
    parent_type: str
    type_name: str = ""
    children: dict[str, list[Selected]] = field(default_factory=dict)
    arguments: Arguments | None = None
    site: int = -1
    is_constant: bool = False
    """Its arguments are the same in every call."""
    settled: dict[bool, Settled] = field(default_factory=dict)
    """What they come to, once that is known to be the same in every call; by whether the caller sees everything."""

    @property
    def is_typename(self) -> bool:
        return self.definition is None

    def only(self) -> list[Selected]:
        """The children, where the type is no interface."""
        return next(iter(self.children.values()))


@dataclass(slots=True)
class Selection:
    """A whole operation: its root fields, and every field with arguments in the order it was met."""

    roots: list[Selected]
    sites: list[Selected]
    count: int = 0
    """How many fields it has, those of every type of an interface counted one by one."""
    referred: frozenset[str] = frozenset()
    """The permissions that rows need to which a link leads by type and id."""

    def demanding(self) -> Iterator[tuple[Selected, list[str]]]:
        """Every field whose permission counts, with its path of response keys.

        Below an act that opens a tenant everything is the new owner's to see, so nothing below it counts.
        """
        stack = [(selected, [selected.key]) for selected in reversed(self.roots)]
        met: set[int] = set()
        while stack:
            selected, path = stack.pop()
            yield selected, path
            if isinstance(selected.declaration, d.Act) and selected.declaration.opens_tenant:
                continue
            if id(selected.children) in met:
                continue  # what several types of an interface have in common stands in one place
            met.add(id(selected.children))
            for children in selected.children.values():
                stack.extend((child, [*path, child.key]) for child in children)


class Selector:
    """Builds the selection of one operation for one set of flags."""

    def __init__(
        self,
        catalogue: Catalogue,
        fragments: Mapping[str, FragmentDefinitionNode],
        flags: Mapping[str, bool],
        convert: Convert,
    ) -> None:
        self._catalogue = catalogue
        self._fragments = fragments
        self._flags = flags
        self._convert = convert
        self._sites: list[Selected] = []
        self._referred: set[str] = set()
        self._selected_count = self._compiled = self._looked_at = 0

    def select(self, operation: OperationDefinitionNode, root: GraphQLObjectType) -> Selection:
        """Raises TOO_COMPLEX where fragments on interfaces come to more than can be compiled in a moment."""
        roots = self._fields(root, [operation.selection_set], {})
        return Selection(roots, self._sites, self._selected_count, frozenset(self._referred))

    def _fields(self, type_: GraphQLObjectType, sets: Sequence[SelectionSetNode], shared: _Shared) -> list[Selected]:
        grouped: dict[str, list[FieldNode]] = {}
        visited: set[str] = set()
        for selection_set in sets:
            self._collect(type_, selection_set, grouped, visited)
        return [self._selected(type_, key, nodes, shared) for key, nodes in grouped.items()]

    def _collect(
        self,
        type_: GraphQLObjectType,
        selection_set: SelectionSetNode,
        grouped: dict[str, list[FieldNode]],
        visited: set[str],
    ) -> None:
        self._looked_at += len(selection_set.selections)
        if self._looked_at > MAX_LOOKED_AT:
            raise too_complex("its fragments apply to too many types")
        for selection in selection_set.selections:
            if not self._included(selection):
                continue
            if isinstance(selection, FieldNode):
                key = selection.alias.value if selection.alias else selection.name.value
                grouped.setdefault(key, []).append(selection)
                continue
            if isinstance(selection, FragmentSpreadNode):
                if selection.name.value in visited:
                    continue
                visited.add(selection.name.value)
                fragment: Any = self._fragments[selection.name.value]
            else:
                fragment = selection
            if self._applies(type_, fragment):
                self._collect(type_, fragment.selection_set, grouped, visited)

    def _included(self, selection: Any) -> bool:
        for directive in selection.directives or ():
            if directive.name.value in ("skip", "include"):
                condition = directive.arguments[0].value
                value = self._flags[condition.name.value] if isinstance(condition, VariableNode) else condition.value
                if value is (directive.name.value == "skip"):
                    return False
        return True

    def _applies(self, type_: GraphQLObjectType, fragment: InlineFragmentNode | FragmentDefinitionNode) -> bool:
        if fragment.type_condition is None:
            return True
        condition: Any = self._catalogue.schema.type_map[fragment.type_condition.name.value]
        return condition is type_ or (
            is_abstract_type(condition) and self._catalogue.schema.is_sub_type(condition, type_)
        )

    def _selected(self, type_: GraphQLObjectType, key: str, nodes: list[FieldNode], shared: _Shared) -> Selected:
        """`shared` holds what other types of the same interface were asked in the same place.

        Where they declare the field alike, what is below it, and its arguments, are theirs too: an interface within an
        interface would otherwise multiply their types.
        """
        self._selected_count += 1
        if self._selected_count > MAX_SELECTED:
            raise too_complex(f"more than {MAX_SELECTED} fields of all types together")
        name = nodes[0].name.value
        if name == "__typename":
            return Selected(key, name, nodes, None, None, type_.name)
        definition = _field_of(self._catalogue.schema, type_, name)
        metadata = strawberry_field(definition).metadata if "strawberry-definition" in definition.extensions else {}
        selected = Selected(key, name, nodes, definition, metadata.get(d.PLAN), type_.name)
        named = get_named_type(definition.type)
        selected.type_name = named.name
        place = (id(selected.declaration), tuple(id(node) for node in nodes))
        twin = shared.get(place) if selected.declaration is not None else None
        if twin is not None and twin.type_name == selected.type_name:
            selected.site, selected.arguments, selected.children = twin.site, twin.arguments, twin.children
            return selected
        shared[place] = selected
        self._compiled += _WEIGHTS.get(type(selected.declaration), 1)
        if self._compiled > MAX_COMPILED:
            raise too_complex("too many different fields and lists in it")
        if definition.args:
            selected.site = len(self._sites)
            self._sites.append(selected)
            selected.arguments = self._convert.arguments(definition, nodes[0])
            selected.is_constant = _is_constant(nodes[0])
        if is_composite_type(named) and not name.startswith("__"):
            sets = [node.selection_set for node in nodes if node.selection_set is not None]
            below: _Shared = {}
            for concrete in self._catalogue.concrete(named.name):
                selected.children[concrete.name] = self._fields(concrete, sets, below)
            if isinstance(selected.declaration, d.Link) and selected.declaration.type_key is not None:
                needed = (self._catalogue.nodes[name].permission for name in selected.children)
                self._referred.update(one for one in needed if one is not None)
        return selected


def _field_of(schema: GraphQLSchema, type_: GraphQLObjectType, name: str) -> GraphQLField:
    found = schema.get_field(type_, name)
    if found is None:
        raise LookupError(f"{type_.name}.{name}")  # validation refuses such a document before
    return found


def _is_constant(node: FieldNode) -> bool:
    """Whether the arguments are written out: no variable stands anywhere in them."""
    stack: list[Any] = [argument.value for argument in node.arguments or ()]
    while stack:
        value = stack.pop()
        if isinstance(value, VariableNode):
            return False
        stack.extend(getattr(value, "values", None) or ())
        stack.extend(field.value for field in getattr(value, "fields", None) or ())
    return True


def flags_of(operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]) -> tuple[str, ...]:
    """The names of the variables that decide @skip and @include anywhere in the operation."""
    names: set[str] = set()
    stack: list[Any] = [operation.selection_set, *(fragment.selection_set for fragment in fragments.values())]
    while stack:
        for selection in stack.pop().selections:
            for directive in selection.directives or ():
                if directive.name.value in ("skip", "include"):
                    condition = directive.arguments[0].value
                    if isinstance(condition, VariableNode):
                        names.add(condition.name.value)
            if getattr(selection, "selection_set", None) is not None:
                stack.append(selection.selection_set)
    return tuple(sorted(names))
