"""Coerced argument values become the Python objects that declarations and acts expect.

Strawberry's own conversion finds out names and types anew for every value. Here each argument's converter is made once,
from the same types and by the same rules; what is rare is left to Strawberry.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING
from typing import Any

from graphql import FieldNode, GraphQLField
from graphql.execution.values import VariableValues
from strawberry.scalars import is_scalar
from strawberry.types.arguments import StrawberryArgument, convert_argument
from strawberry.types.base import (
    StrawberryList,
    StrawberryMaybe,
    StrawberryOptional,
    has_object_definition,
)
from strawberry.types.enum import has_enum_definition
from strawberry.types.lazy_type import LazyType
from strawberry.types.unset import UNSET

from server.planner.coercing import argument_values
from server.planner.nodes import strawberry_field

Arguments = Callable[[VariableValues], dict[str, Any]]
Converter = Callable[[Any], Any]


class Convert:
    """The converters of one schema's arguments."""

    def __init__(self, strawberry_schema: Any) -> None:
        self._registry = strawberry_schema.schema_converter.scalar_registry
        self._config = strawberry_schema.config
        self._inputs: dict[type, Converter] = {}
        self._of_field: dict[int, list[tuple[str, str, Converter]]] = {}

    def arguments(self, definition: GraphQLField, node: FieldNode) -> Arguments:
        """A function of the variables that gives a field's arguments by their Python names; absent ones are left out."""
        converters = self._converters(definition)
        values = argument_values(definition, node)

        def evaluate(variables: VariableValues) -> dict[str, Any]:
            raw = values(variables)
            return {python: convert(raw[name]) for name, python, convert in converters if name in raw}

        return evaluate

    def _converters(self, definition: GraphQLField) -> list[tuple[str, str, Converter]]:
        found = self._of_field.get(id(definition))
        if found is None:
            made = "strawberry-definition" in definition.extensions
            arguments: list[StrawberryArgument] = strawberry_field(definition).arguments if made else []
            name_of = self._config.name_converter.from_argument
            found = [(name_of(one), one.python_name, self._converter(one.type)) for one in arguments]
            self._of_field[id(definition)] = found
        return found

    def _converter(self, type_: Any) -> Converter:
        if isinstance(type_, StrawberryMaybe):
            return self._left_to_strawberry(type_)
        if isinstance(type_, StrawberryOptional):
            return self._converter(type_.of_type)
        if isinstance(type_, LazyType):
            return self._converter(type_.resolve_type())
        if isinstance(type_, StrawberryList):
            of_item = self._converter(type_.of_type)
            return lambda value: value if _is_nothing(value) else [of_item(item) for item in value]
        if has_object_definition(type_):
            return self._input(type_)
        if has_enum_definition(type_) or is_scalar(type_, self._registry):
            # graphql-core has made the value of every scalar and enumeration of ours when it coerced the input.
            return _as_it_is
        return self._left_to_strawberry(type_)

    def _input(self, type_: Any) -> Converter:
        """An input's converter; it looks itself up when called, so that inputs may hold each other."""
        definition = type_.__strawberry_definition__
        if definition.from_input is not None:
            return self._left_to_strawberry(type_)

        def convert(value: Any) -> Any:
            if _is_nothing(value):
                return value
            made = self._inputs.get(type_)
            if made is None:
                made = self._inputs[type_] = self._construct(type_)
            return made(value)

        return convert

    def _construct(self, type_: Any) -> Converter:
        definition = type_.__strawberry_definition__
        name_of = self._config.name_converter.from_field
        implicit = {
            field.python_name: None
            for field in definition.fields
            if field.default_value is MISSING and field.default_factory is MISSING
        }
        fields = [
            (name_of(field), field.python_name, self._converter(field.resolve_type(type_definition=definition)))
            for field in definition.fields
        ]

        def construct(value: Any) -> Any:
            given = {python: convert(value[name]) for name, python, convert in fields if name in value}
            return type_(**{**implicit, **given})

        return construct

    def _left_to_strawberry(self, type_: Any) -> Converter:
        return lambda value: convert_argument(value, type_, self._registry, self._config)


def _is_nothing(value: Any) -> bool:
    return value is None or value is UNSET


def _as_it_is(value: Any) -> Any:
    return value
