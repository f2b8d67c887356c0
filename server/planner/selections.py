"""What an operation asks: its selection sets as a tree of fields, fragments and directives resolved.

Built once per operation and set of flags (the values of @skip and @include); arguments stay functions of the variables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

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
from graphql.execution.values import VariableValues, get_argument_values
from graphql.type import is_abstract_type
from strawberry.types.arguments import convert_arguments

from server.planner import declarations as d
from server.planner.nodes import Catalogue, strawberry_field

Variables = VariableValues
Arguments = Callable[[Variables], dict[str, Any]]


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

    def demanding(self) -> Iterator[tuple[Selected, list[str]]]:
        """Every field whose permission counts, with its path of response keys.

        Below an act that opens a tenant everything is the new owner's to see, so nothing below it counts.
        """
        stack = [(selected, [selected.key]) for selected in reversed(self.roots)]
        while stack:
            selected, path = stack.pop()
            yield selected, path
            if isinstance(selected.declaration, d.Act) and selected.declaration.opens_tenant:
                continue
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

    def select(self, operation: OperationDefinitionNode, root: GraphQLObjectType) -> Selection:
        roots = self._fields(root, [operation.selection_set])
        return Selection(roots, self._sites)

    def _fields(self, type_: GraphQLObjectType, sets: Sequence[SelectionSetNode]) -> list[Selected]:
        grouped: dict[str, list[FieldNode]] = {}
        visited: set[str] = set()
        for selection_set in sets:
            self._collect(type_, selection_set, grouped, visited)
        return [self._selected(type_, key, nodes) for key, nodes in grouped.items()]

    def _collect(
        self,
        type_: GraphQLObjectType,
        selection_set: SelectionSetNode,
        grouped: dict[str, list[FieldNode]],
        visited: set[str],
    ) -> None:
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

    def _selected(self, type_: GraphQLObjectType, key: str, nodes: list[FieldNode]) -> Selected:
        name = nodes[0].name.value
        if name == "__typename":
            return Selected(key, name, nodes, None, None, type_.name)
        definition = _field_of(self._catalogue.schema, type_, name)
        metadata = strawberry_field(definition).metadata if "strawberry-definition" in definition.extensions else {}
        selected = Selected(key, name, nodes, definition, metadata.get(d.PLAN), type_.name)
        named = get_named_type(definition.type)
        selected.type_name = named.name
        if definition.args:
            selected.site = len(self._sites)
            self._sites.append(selected)
            selected.arguments = self._convert.arguments(definition, nodes[0])
        if is_composite_type(named) and not name.startswith("__"):
            sets = [node.selection_set for node in nodes if node.selection_set is not None]
            for concrete in self._catalogue.concrete(named.name):
                selected.children[concrete.name] = self._fields(concrete, sets)
        return selected


def _field_of(schema: GraphQLSchema, type_: GraphQLObjectType, name: str) -> GraphQLField:
    found = schema.get_field(type_, name)
    if found is None:
        raise LookupError(f"{type_.name}.{name}")  # validation refuses such a document before
    return found


class Convert:
    """Turns coerced argument values into the Python objects that declarations and acts expect."""

    def __init__(self, strawberry_schema: Any) -> None:
        self._registry = strawberry_schema.schema_converter.scalar_registry
        self._config = strawberry_schema.config

    def arguments(self, definition: GraphQLField, node: FieldNode) -> Arguments:
        made = strawberry_field(definition).arguments if "strawberry-definition" in definition.extensions else []

        def evaluate(variables: Variables) -> dict[str, Any]:
            raw = get_argument_values(definition, node, variables)
            return convert_arguments(raw, made, self._registry, self._config)

        return evaluate


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
