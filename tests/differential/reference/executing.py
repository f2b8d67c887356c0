"""Runs an operation through graphql-core with the reference's resolvers, over the schema as `schema.graphql` says it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    OperationDefinitionNode,
    build_schema,
    execute_sync,
    get_named_type,
    get_variable_values,
    parse,
    validate,
)

from server.tenants.currencies import CURRENCIES
from tests.differential.data import Row, Rows
from tests.differential.reference import fields, lists, paging, roots, texts, values
from tests.differential.reference.asking import Asker, Reading, Thing
from tests.differential.reference.refusals import Refusal, coded, predicted

SDL = Path(__file__).resolve().parents[3] / "server" / "schema" / "schema.graphql"
_MAX_ERRORS = 20


class Answer(NamedTuple):
    """A body, or the bodies one of which a refusal must be."""

    body: dict[str, Any] | None
    refusal: Refusal | None = None


@cache
def schema() -> GraphQLSchema:
    """The contract as text, with the forms of its scalars said by hand."""
    built = build_schema(SDL.read_text())
    for name, (write, read) in _SCALARS.items():
        scalar: Any = built.type_map[name]
        assert isinstance(scalar, GraphQLScalarType)
        remade = GraphQLScalarType(name, serialize=write, parse_value=read)
        for attribute in ("serialize", "parse_value", "coerce_output_value", "coerce_input_value"):
            setattr(scalar, attribute, getattr(remade, attribute))
    return built


def event_types() -> dict[str, str]:
    """The GraphQL type of each type of event, by its code, which stands at the end of the type's description."""
    events = schema().type_map["Event"]
    assert isinstance(events, GraphQLInterfaceType)
    found = {}
    for type_ in schema().get_possible_types(events):
        (code,) = re.findall(r"`([a-z_]+\.[a-z_]+)`\.$", type_.description or "")
        found[code] = type_.name
    return found


class Reference:
    """Answers operations over some rows."""

    def __init__(self, rows: Rows, epoch: int) -> None:
        self.rows = rows
        self.epoch = epoch
        self.event_types = event_types()

    def reading(self, asker: Asker) -> Reading:
        return Reading(self.rows, asker, epoch=self.epoch, event_types=self.event_types)

    def answer(
        self, asker: Asker, query: str, variables: Mapping[str, Any] | None, produced: Mapping[str, Any] | None = None
    ) -> Answer:
        """`produced`: what the root fields of a mutation or subscription come to, by name."""
        document = parse(query, allow_empty_selection_sets=False)
        faults = validate(schema(), document, max_errors=_MAX_ERRORS, allow_empty_selection_sets=False)
        if faults:
            return Answer(None, Refusal([coded("GRAPHQL_VALIDATION_FAILED", faults)]))
        operation = next(one for one in document.definitions if isinstance(one, OperationDefinitionNode))
        values_ = get_variable_values(
            schema(), operation.variable_definitions or (), dict(variables or {}), max_errors=_MAX_ERRORS
        )
        if isinstance(values_, list):
            return Answer(None, Refusal([coded("BAD_USER_INPUT", values_)]))
        reading = self.reading(asker)
        reading.produced = produced or {}
        refusal = predicted(schema(), operation, fragments_of(document), values_, reading)
        if refusal is not None:
            return Answer(None, refusal)
        result = execute_sync(
            schema(),
            document,
            context_value=reading,
            variable_values=dict(variables or {}),
            field_resolver=resolve,
            type_resolver=lambda thing, info, type_: thing.type_name,
        )
        body: dict[str, Any] = {"data": result.data}
        if result.errors:
            body["errors"] = [_masked(fault) for fault in result.errors]
        return Answer(body)


def _masked(fault: GraphQLError) -> dict[str, Any]:
    """An error as it is told: what went wrong inside is nobody's business, but a number that is no Int is told."""
    told: dict[str, Any] = dict(fault.formatted)
    message = told["message"] if told["message"].startswith("Int cannot represent") else "Internal error"
    return {**told, "message": message, "extensions": {"code": "INTERNAL", "requestId": "differential"}}


def fragments_of(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    return {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}


def resolve(source: Any, info: Any, **given: Any) -> Any:
    """One field of anything."""
    reading: Reading = info.context
    return field_of(reading, source, info.parent_type, info.field_name, given)


class Unknown(LookupError):
    """The reference has no idea of a field: see `fields` for how to add one."""


def field_of(reading: Reading, source: Any, parent: GraphQLObjectType, name: str, given: Mapping[str, Any]) -> Any:
    listing = lists.CONNECTIONS.get((parent.name, name))
    if listing is not None:
        return _page(reading, source, parent, name, given)
    if parent.name in ("Mutation", "Subscription"):
        return reading.produced[name]
    if parent.name == "Query":
        if name in roots.BY_ID:
            return roots.by_id(reading, name, given["id"])
        return roots.ROOTS[name](reading, given)
    if isinstance(source, Thing):
        return _field_of_row(reading, source, parent, name, given)
    return values.value_field(reading, parent.name, source, name, given)


def _field_of_row(
    reading: Reading, thing: Thing, parent: GraphQLObjectType, name: str, given: Mapping[str, Any]
) -> Any:
    type_name, row = thing
    said = special(reading, type_name, name)
    if said is not None:
        return said(reading, row, given)
    if name == "id":
        return texts.global_id(type_name, row["id"])
    kind = get_named_type(parent.fields[name].type)
    if reading.table_of(type_name) == "events":
        return fields.thin_field(type_name, row, name, is_id=kind.name == "ID")
    if isinstance(kind, GraphQLObjectType):
        return reading.thing(kind.name, row[f"{texts.snake(name)}_id"])
    return row[texts.snake(name)]


def special(reading: Reading, type_name: str, name: str) -> fields.Field | None:
    """What is said of this field, where it is not what convention makes of its name."""
    for said in (fields.FIELDS, values.OBJECTS, roots.ACTIONS):
        if (type_name, name) in said:
            return said[type_name, name]
    return fields.EVERY_EVENT.get(name) if reading.is_event(type_name) else None


def _page(reading: Reading, source: Any, parent: GraphQLObjectType, name: str, given: Mapping[str, Any]) -> Any:
    listing = lists.CONNECTIONS[parent.name, name]
    table = reading.table_of(listing.of)
    assert table is not None
    argument = parent.fields[name].args.get("filter")
    filter_type = "" if argument is None else get_named_type(argument.type).name
    wanted = None if not (given.get("search") or "").strip() else lists.pieces(given["search"])
    owners: set[Any] = set()
    if listing.by is not None:
        own = source.row["id"]
        owners = reading.eyes.kin(own) if parent.name == "Customer" else {own}
    candidates: list[Row] = [
        row
        for row in reading.eyes.all(table)
        if (listing.by is None or row[listing.by] in owners)
        and listing.where(reading.eyes, row)
        and lists.passes(reading.eyes, filter_type, given.get("filter"), row)
        and (wanted is None or lists.is_found(reading.eyes, wanted, row))
    ]
    page = paging.page_of(reading.eyes, listing, candidates, given)
    nodes = [Thing(listing.of, row) for row in page.pop("rows")]
    cursors = page.pop("cursors")
    edges = [{"node": node, "cursor": cursor} for node, cursor in zip(nodes, cursors, strict=True)]
    return {**page, "nodes": nodes, "edges": edges}


# -------------------------------------------------------------------------------------------------------------- scalars


def _read_time(given: object) -> datetime:
    form = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)"
    if not isinstance(given, str) or re.fullmatch(form, given, re.ASCII) is None:
        raise GraphQLError("DateTime must be like 2026-01-31T08:30:00Z, with a zone.")
    try:
        return datetime.fromisoformat(given).astimezone(UTC)
    except (ValueError, OverflowError):
        raise GraphQLError("DateTime is not a point in time.") from None


def _read_day(given: object) -> date:
    if not isinstance(given, str) or re.fullmatch(r"\d{4}-\d\d-\d\d", given, re.ASCII) is None:
        raise GraphQLError("Date must be like 2026-01-31.")
    try:
        day = date.fromisoformat(given)
    except ValueError:
        raise GraphQLError("Date is not a day of the calendar.") from None
    if not 1900 <= day.year <= 2200:
        raise GraphQLError("Date must be between the years 1900 and 2200.")
    return day


def _read_decimal(given: object) -> Decimal:
    text = str(given) if isinstance(given, int | float) and not isinstance(given, bool) else given
    if not isinstance(text, str) or re.fullmatch(r"-?\d{1,15}(\.\d{1,6})?", text, re.ASCII) is None:
        raise GraphQLError("Decimal must be a number like 1234.50: at most 15 digits and 6 decimals.")
    return Decimal(text)


def _read_currency(given: object) -> str:
    if not isinstance(given, str) or given not in CURRENCIES:
        raise GraphQLError("CurrencyCode must be a currency code of ISO 4217, like CNY.")
    return given


def _write_time(moment: Any) -> str:
    return moment if isinstance(moment, str) else texts.time_text(moment)


_SCALARS: Mapping[str, tuple[Any, Any]] = {
    "DateTime": (_write_time, _read_time),
    "Date": (str, _read_day),
    "Decimal": (str, _read_decimal),
    "CurrencyCode": (str, _read_currency),
}
