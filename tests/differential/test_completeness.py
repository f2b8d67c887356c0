"""The reference knows the whole contract, and everything in the contract is asked for."""

from __future__ import annotations

from collections import Counter

from graphql import (
    FieldNode,
    GraphQLInputObjectType,
    GraphQLObjectType,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    is_leaf_type,
    parse,
    visit,
)
from hypothesis import HealthCheck, Phase, given, settings

from tests.differential.data import ABOUT_A_CUSTOMER
from tests.differential.generating import Operation
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
    assert nodes - ground.reference.event_types == set(TABLES) - {"ExternalRef"}
    for type_name, name in values.VALUES:
        assert name in schema().type_map[type_name].fields  # type: ignore[attr-defined]  # object types have fields


def test_tables_about_customers_are_known_to_be(ground: Ground) -> None:
    with_customer = {name for name, rows in ground.rows.tables.items() if rows and "customer_id" in rows[0]}
    assert with_customer == ABOUT_A_CUSTOMER | {"customer_access"}


def test_operations_ask_for_everything(ground: Ground) -> None:
    """Of what a brand can read, no field, argument, order or filter is out of the generator's reach."""
    asked: Counter[str] = Counter()

    @settings(
        max_examples=1_000,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(ground.operations())
    def count(operation: Operation) -> None:
        asked.update(_named(operation))

    count()
    reachable = {
        f"{type_.name}.{name}"
        for type_ in _types()
        if type_.name in TABLES or type_.name == "Query"
        for name in type_.fields
    }
    arguments = {
        f"{type_name}.{name}({argument})"
        for type_name, name in lists.CONNECTIONS
        for argument in schema().type_map[type_name].fields[name].args  # type: ignore[attr-defined]  # object types have fields
    }
    missed = sorted((reachable | arguments) - set(asked))
    assert len(missed) <= len(reachable | arguments) // 20, missed


def _named(operation: Operation) -> set[str]:
    info = TypeInfo(schema())
    found: set[str] = set()

    class Naming(Visitor):
        def enter_field(self, node: FieldNode, *_: object) -> None:
            parent = info.get_parent_type()
            if parent is not None:
                found.add(f"{parent.name}.{node.name.value}")
                found.update(f"{parent.name}.{node.name.value}({one.name.value})" for one in node.arguments)

    visit(parse(operation.query), TypeInfoVisitor(info, Naming()))
    return found


