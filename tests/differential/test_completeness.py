"""The reference knows the whole contract, and everything in the contract is asked for."""

from __future__ import annotations

from graphql import (
    GraphQLInputObjectType,
    GraphQLObjectType,
    get_named_type,
    is_leaf_type,
)

from tests.differential.data import ABOUT_A_CUSTOMER
from tests.differential.ground import Ground
from tests.differential.reference import lists, roots, values
from tests.differential.reference.asking import TABLES
from tests.differential.reference.executing import schema, special
from tests.differential.reference.texts import snake


def _types() -> list[GraphQLObjectType]:
    return [
        type_
        for name, type_ in sorted(schema().type_map.items())
        if isinstance(type_, GraphQLObjectType) and not name.startswith("__")
    ]


def test_the_reference_knows_every_field_of_rows(ground: Ground) -> None:
    reading = ground.reference.reading(ground.voices["owner"].asker)
    columns = {table: set(rows[0]) for table, rows in ground.rows.tables.items() if rows}
    unknown = []
    for type_ in _types():
        table = TABLES.get(type_.name)
        if table is None:
            continue
        for name, field in type_.fields.items():
            kind = get_named_type(field.type)
            column = snake(name) + ("" if is_leaf_type(kind) else "_id")
            known = (
                name == "id"
                or special(reading, type_.name, name) is not None
                or (type_.name, name) in lists.CONNECTIONS
                or column in columns[table]
            )
            if not known:
                unknown.append(f"{type_.name}.{name}")
    assert unknown == []


def test_the_reference_knows_every_root_list_order_and_filter() -> None:
    query = schema().query_type
    assert query is not None
    by_field = {name for type_, name in lists.CONNECTIONS if type_ == "Query"}
    assert set(query.fields) == by_field | set(roots.BY_ID) | set(roots.ROOTS)
    connections = {
        (type_.name, name)
        for type_ in _types()
        for name, field in type_.fields.items()
        if "totalCount" in getattr(get_named_type(field.type), "fields", {})
    }
    assert set(lists.CONNECTIONS) == connections
    for name, type_ in schema().type_map.items():
        if isinstance(type_, GraphQLInputObjectType) and name.endswith("Order"):
            assert name.removesuffix("Order") in lists.ORDERS, name


def test_every_type_is_a_row_an_event_or_a_value(ground: Ground) -> None:
    """A new type of row has to be given its table; values are taken from the objects of the trade."""
    nodes = {one.name for one in schema().get_possible_types(schema().type_map["Node"])}  # type: ignore[arg-type]  # the interface
    assert nodes - set(ground.reference.event_types.values()) == set(TABLES) - {"ExternalRef"}
    for type_name, name in values.VALUES:
        assert name in schema().type_map[type_name].fields  # type: ignore[attr-defined]  # object types have fields


def test_tables_about_customers_are_known_to_be(ground: Ground) -> None:
    with_customer = {name for name, rows in ground.rows.tables.items() if rows and "customer_id" in rows[0]}
    assert with_customer == ABOUT_A_CUSTOMER | {"customer_access"}
