"""Bounds a document and its variables before anything expensive looks at them: one linear pass, each fragment measured once.

Syntax only. What a valid operation may read is bounded by its cost (`costs`), what compiling it may take by the number of
its fields (`selections`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from server.errors import ErrorCode, RequestError

MAX_LENGTH = 100_000
MAX_TOKENS = 8_000
MAX_DEFINITIONS = 200
"""Operations and fragments together. Validation compares each with each."""
MAX_DEPTH = 20
MAX_FIELDS = 2_000
MAX_ALIASES = 100
MAX_ROOTS = 30
MAX_DIRECTIVES = 100
MAX_FRAGMENTS = 400
"""Uses of fragments, inline ones included. An interface has dozens of types, and a component has its own fragment."""
MAX_VARIABLES = 200
MAX_ARGUMENTS = 40
"""Of one field or directive."""
MAX_VALUES = 4_000
"""Literals in the document: items of lists and fields of input objects."""
MAX_INPUT_FIELDS = 200
"""Of one input object, as a literal."""
MAX_VARIABLE_VALUES = 20_000
"""Items and fields in the variables. The largest input there is (100 rows of an upsert) stays below a quarter of it."""
MAX_VARIABLE_DEPTH = 32
_CEILING = 10**9
"""Counts are cut off here: nested fragments multiply, and numbers without bound cost time of their own."""


@dataclass(slots=True)
class _Size:
    """What a selection set comes to with its fragments in place."""

    roots: int = 0
    fields: int = 0
    aliases: int = 0
    directives: int = 0
    depth: int = 0

    def add(self, other: _Size, deeper: int) -> None:
        self.fields = min(self.fields + other.fields, _CEILING)
        self.aliases = min(self.aliases + other.aliases, _CEILING)
        self.directives = min(self.directives + other.directives, _CEILING)
        self.depth = max(self.depth, other.depth + deeper)
        if not deeper:
            self.roots = min(self.roots + other.roots, _CEILING)


@dataclass(slots=True)
class _Pass:
    """The one pass: what stands in the document, used or not, and what each operation comes to."""

    fragments: Mapping[str, FragmentDefinitionNode]
    measured: dict[str, _Size] = field(default_factory=dict)
    fields: int = 0
    uses: int = 0
    directives: int = 0
    values: int = 0

    def measure(self, selection_set: SelectionSetNode, depth: int) -> _Size:
        _bound(depth, MAX_DEPTH * 2, "levels")
        size = _Size()
        for selection in selection_set.selections:
            size.directives += len(selection.directives or ())
            self.directed(selection)
            if isinstance(selection, FieldNode):
                self.fields += 1
                size.fields += 1
                size.roots += 1
                size.aliases += selection.alias is not None
                self.arguments(selection)
                inner = selection.selection_set
                size.add(self.measure(inner, depth + 1) if inner is not None else _Size(), 1)
            else:
                self.uses += 1
                if isinstance(selection, InlineFragmentNode):
                    size.add(self.measure(selection.selection_set, depth + 1), 0)
                elif isinstance(selection, FragmentSpreadNode):
                    size.add(self.fragment(selection.name.value, depth), 0)
        _bound(self.fields, MAX_FIELDS, "fields")
        _bound(self.uses, MAX_FRAGMENTS, "uses of fragments")
        return size

    def fragment(self, name: str, depth: int) -> _Size:
        """A fragment counts the same wherever it is used. A cycle counts as what has been seen of it; validation refuses it."""
        if name not in self.measured and name in self.fragments:
            self.measured[name] = _Size()
            definition = self.fragments[name]
            self.directed(definition)
            self.measured[name] = self.measure(definition.selection_set, depth + 1)
        return self.measured.get(name, _Size())

    def directed(self, node: Any) -> None:
        self.directives += len(node.directives or ())
        _bound(self.directives, MAX_DIRECTIVES, "directives")
        for directive in node.directives or ():
            self.arguments(directive)

    def arguments(self, node: Any) -> None:
        given = node.arguments or ()
        _bound(len(given), MAX_ARGUMENTS, "arguments of one field")
        for argument in given:
            self.value(argument.value)

    def value(self, value: Any) -> None:
        """Literals nest no deeper than the parser lets them."""
        if isinstance(value, ListValueNode):
            inner: list[Any] = list(value.values)
        elif isinstance(value, ObjectValueNode):
            inner = [one.value for one in value.fields]
            _bound(len(inner), MAX_INPUT_FIELDS, "fields of one input object")
        else:
            return
        self.values += len(inner)
        _bound(self.values, MAX_VALUES, "values")
        for one in inner:
            self.value(one)


def check_document(document: DocumentNode) -> None:
    """Raises TOO_COMPLEX. Everything in the document counts, also what the operation asked for does not use."""
    _bound(len(document.definitions), MAX_DEFINITIONS, "operations and fragments")
    fragments = {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}
    counting = _Pass(fragments)
    for definition in document.definitions:
        if isinstance(definition, FragmentDefinitionNode):
            counting.fragment(definition.name.value, 0)
        elif isinstance(definition, OperationDefinitionNode):
            counting.directed(definition)
            variables = definition.variable_definitions or ()
            _bound(len(variables), MAX_VARIABLES, "variables")
            for variable in variables:
                counting.directed(variable)
                counting.value(variable.default_value)
            size = counting.measure(definition.selection_set, 0)
            _bound(size.roots, MAX_ROOTS, "root fields")
            _bound(size.depth, MAX_DEPTH, "levels")
            _bound(size.fields, MAX_FIELDS, "fields")
            _bound(size.aliases, MAX_ALIASES, "aliases")
            _bound(size.directives, MAX_DIRECTIVES, "directives")


def check_variables(variables: Mapping[str, Any]) -> None:
    """Raises TOO_COMPLEX for values too many or too deep to be coerced in a moment. Plain values cost nothing here."""
    stack = [(value, 1) for value in variables.values() if isinstance(value, dict | list)]
    count = len(variables)
    while stack:
        value, depth = stack.pop()
        _bound(depth, MAX_VARIABLE_DEPTH, "levels in its variables")
        count += len(value)
        _bound(count, MAX_VARIABLE_VALUES, "values in its variables")
        items = value.values() if isinstance(value, dict) else value
        stack.extend((item, depth + 1) for item in items if isinstance(item, dict | list))


def _bound(amount: int, limit: int, what: str) -> None:
    if amount > limit:
        raise too_complex(f"more than {limit} {what}")


def too_complex(why: str, **figures: Any) -> RequestError:
    return RequestError(ErrorCode.TOO_COMPLEX, f"The operation is too large: {why}.", **figures)
