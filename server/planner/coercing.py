"""Values of variables and arguments by graphql-core's rules, with all that does not change worked out once.

The library looks up the types of variables and walks literals anew in every call. Here that is done when an operation is
compiled, for what is usual; whatever is not (missing, null, wrong) is left to the library, which also words the errors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLNonNull,
    GraphQLSchema,
    ObjectValueNode,
    Undefined,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    is_leaf_type,
    visit,
)
from graphql.execution.get_variable_signature import get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource, get_argument_values
from graphql.utilities.coerce_input_value import coerce_input_value

UsualVariables = Callable[[Mapping[str, Any]], VariableValues | None]
Slots = tuple[tuple[str, str], ...]


def usual_variables(schema: GraphQLSchema, definitions: Sequence[VariableDefinitionNode]) -> UsualVariables:
    """A function that coerces values that are all given and all right; None for any others."""
    readers: list[tuple[str, Any, Callable[[Any], Any]]] = []
    for definition in definitions:
        signature = get_variable_signature(schema, definition)
        if isinstance(signature, GraphQLError):
            return lambda given: None
        readers.append((signature.name, signature, _reader(signature.type)))

    def coerce(given: Mapping[str, Any]) -> VariableValues | None:
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        for name, signature, read in readers:
            value = given.get(name)
            if value is None:
                return None
            try:
                found = read(value)
            except Exception:  # noqa: BLE001  # as the library takes it: no value, which it then explains
                return None
            if found is Undefined:
                return None
            sources[name] = VariableValueSource(signature, value)
            coerced[name] = found
        return VariableValues(sources, coerced)

    return coerce


def _reader(type_: Any) -> Callable[[Any], Any]:
    inner = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
    if is_leaf_type(inner):
        read: Callable[[Any], Any] = inner.coerce_input_value
        return read
    return lambda value: coerce_input_value(value, inner)


def argument_values(definition: GraphQLField, node: FieldNode) -> Callable[[VariableValues], dict[str, Any]]:
    """`get_argument_values` of one field of one document.

    What does not depend on variables is made at the first call, by the library and with its checks. After that only
    variables are put in: those that are arguments themselves, and those that are fields of an argument's input.
    """
    places = _places(definition, node)
    if places is None:
        return lambda variables: get_argument_values(definition, node, variables)
    slots, inputs = places
    names = tuple({name for _, name in slots} | {name for within in inputs.values() for _, name in within})
    settled: list[dict[str, Any]] = []

    def evaluate(variables: VariableValues) -> dict[str, Any]:
        coerced = variables.coerced
        if any(coerced.get(name) is None for name in names):
            return get_argument_values(definition, node, variables)
        if not settled:
            settled.append(get_argument_values(definition, node, variables))
        made = settled[0].copy()
        for key, name in slots:
            made[key] = coerced[name]
        for key, within in inputs.items():
            made[key] = {**made[key], **{field: coerced[name] for field, name in within}}
        return made

    return evaluate


def _places(definition: GraphQLField, node: FieldNode) -> tuple[Slots, dict[str, Slots]] | None:
    """Which arguments are variables, and which fields of which arguments; None where variables stand elsewhere too."""
    slots: list[tuple[str, str]] = []
    inputs: dict[str, Slots] = {}
    for argument in node.arguments or ():
        declared = definition.args[argument.name.value]
        key = declared.out_name or argument.name.value
        match argument.value:
            case VariableNode(name=variable):
                slots.append((key, variable.value))
            case ObjectValueNode(fields=fields):
                within = _fields_places(declared.type, fields)
                if within is None:
                    return None
                if within:
                    inputs[key] = within
            case other if _has_variables(other):
                return None
    return tuple(slots), inputs


def _fields_places(type_: Any, fields: Sequence[Any]) -> Slots | None:
    inner = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
    named = [field for field in fields if isinstance(field.value, VariableNode)]
    others = [field for field in fields if not isinstance(field.value, VariableNode)]
    if any(_has_variables(field.value) for field in others):
        return None
    if not named:
        return ()
    if not isinstance(inner, GraphQLInputObjectType) or inner.is_one_of or inner.out_type({}) != {}:
        return None
    return tuple(
        (inner.fields[field.name.value].out_name or field.name.value, field.value.name.value) for field in named
    )


def _has_variables(value: Any) -> bool:
    found = _Variables()
    visit(value, found)
    return found.are_there


class _Variables(Visitor):
    """Whether a literal holds any."""

    are_there = False

    def enter_variable(self, *_: Any) -> None:
        self.are_there = True
