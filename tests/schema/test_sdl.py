"""The contract: in git as the code says it, and readable by somebody who has nothing else."""

from __future__ import annotations

import re

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    get_named_type,
    is_specified_scalar_type,
)

from server.cli import SDL
from server.schema.assembly import sdl


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema(SDL.read_text(encoding="utf-8"))


def test_the_file_is_what_the_code_says() -> None:
    assert SDL.read_text(encoding="utf-8") == sdl()


def test_everything_has_a_description(schema: GraphQLSchema) -> None:
    """Every type, field, argument, input field and value, of the roots too."""
    assert without_description(schema) == []


def test_a_missing_description_is_found() -> None:
    bare = build_schema(
        '"""A"""\ntype Query { a(b: Int): E! }\n"""E"""\nenum E { "v" V W }\ninput I { "x" x: Int }\n'
        '"""D"""\ndirective @d on FIELD'
    )
    assert without_description(bare) == ["Query.a", "Query.a(b)", "E.W", "I"]


def without_description(schema: GraphQLSchema) -> list[str]:
    """What stands there bare, by its coordinate."""
    bare = []
    for name, type_ in schema.type_map.items():
        if name.startswith("__") or is_specified_scalar_type(type_):
            continue
        if not type_.description:
            bare.append(name)
        if isinstance(type_, GraphQLEnumType):
            bare.extend(f"{name}.{value}" for value, one in type_.values.items() if not one.description)
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            for key, field in type_.fields.items():
                if not field.description:
                    bare.append(f"{name}.{key}")
                arguments = getattr(field, "args", {})
                bare.extend(f"{name}.{key}({argument})" for argument, one in arguments.items() if not one.description)
    return bare


def test_an_order_names_a_field_there_is(schema: GraphQLSchema) -> None:
    """The description of an order points to the field; where there is none, the key must be another word."""
    named = {name: type_ for name, type_ in schema.type_map.items() if name.endswith("OrderField")}
    assert len(named) > 10
    for name, type_ in named.items():
        assert isinstance(type_, GraphQLEnumType)
        for value, one in type_.values.items():
            words = re.fullmatch(r"In the order of `([a-zA-Z.]+)`\.", one.description or "")
            assert words, f"{name}.{value}"
            at: GraphQLNamedType = schema.type_map[name.removesuffix("OrderField")]
            for step in words[1].split("."):
                assert isinstance(at, GraphQLObjectType)
                assert step in at.fields, f"{name}.{value} names {words[1]}"
                at = get_named_type(at.fields[step].type)


def test_the_input_of_a_mutation_is_described_by_its_own_words(schema: GraphQLSchema) -> None:
    assert schema.mutation_type is not None
    described = {name: field.args["input"].description for name, field in schema.mutation_type.fields.items()}
    assert described["raiseFeedback"] == "The act's particulars: What somebody said."
    assert len(set(described.values())) == len(described)


def test_names_follow_the_conventions(schema: GraphQLSchema) -> None:
    for name, type_ in schema.type_map.items():
        if name.startswith("__"):
            continue
        assert re.fullmatch(r"[A-Z][A-Za-z]*", name)
        if isinstance(type_, GraphQLEnumType):
            assert all(re.fullmatch(r"[A-Z][A-Z0-9_]*", value) for value in type_.values)


def test_every_mutation_takes_one_input_and_answers_in_one_form(schema: GraphQLSchema) -> None:
    assert schema.mutation_type is not None
    for name, field in schema.mutation_type.fields.items():
        assert list(field.args) == ["input"]
        assert str(field.args["input"].type) == f"{name[0].upper()}{name[1:]}Input!"
        input_type, payload = field.args["input"].type, field.type
        assert "clientMutationId" in input_type.of_type.fields, name
        fields = payload.of_type.fields
        assert str(payload) == f"{name[0].upper()}{name[1:]}Payload!"
        assert str(fields["userErrors"].type) == "[UserError!]!"
        assert str(fields["cursor"].type) == "String"


def test_nothing_of_unstructured_json(schema: GraphQLSchema) -> None:
    assert not {"JSON", "JSONObject", "Any"} & set(schema.type_map)
