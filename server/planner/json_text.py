"""Values as JSON text inside SQL. Text concatenation is what PostgreSQL does fastest, and the answer needs no further work.

One format per type on every path: a time is `YYYY-MM-DDTHH:MM:SS.ffffffZ`, an id is base64url of `Type:uuid`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from graphql import GraphQLEnumType, GraphQLList, GraphQLNonNull, GraphQLOutputType, get_named_type
from sqlalchemy import (
    Cast,
    ColumnElement,
    DateTime,
    Integer,
    SmallInteger,
    Text,
    Uuid,
    case,
    cast,
    func,
    literal_column,
)
from sqlalchemy import Column as SqlColumn

_QUOTE = literal_column("'\"'", Text)
_NULL = literal_column("'null'", Text)
INT_FROM, INT_TO = -(2**31), 2**31 - 1
UTC_FORMAT = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'


MARK = "\x01"
"""Stands where something is that may not be. No JSON text holds a raw control character, so none but ours holds this."""


class NoJsonForm(TypeError):
    """A column is declared with a GraphQL type that has no form in SQL."""


def fixed(text: str) -> ColumnElement[str]:
    """Text that is known when the plan is made; never a value from outside."""
    return literal_column("'" + text.replace("'", "''") + "'", Text)


def joined(parts: Iterable[ColumnElement[str] | str]) -> ColumnElement[str]:
    """Concatenation; neighbouring fixed texts are merged."""
    merged: list[ColumnElement[str] | str] = []
    for part in parts:
        if isinstance(part, str) and merged and isinstance(merged[-1], str):
            merged[-1] += part
        else:
            merged.append(part)
    return concatenated([fixed(part) if isinstance(part, str) else part for part in merged])


def concatenated(parts: Sequence[ColumnElement[str]]) -> ColumnElement[str]:
    """All parts in order, as a balanced tree: one operator below the other would be as deep as the selection is wide."""
    if len(parts) == 1:
        return parts[0]
    half = len(parts) // 2
    return concatenated(parts[:half]).op("||")(concatenated(parts[half:]))


def base64url(plain: ColumnElement[str]) -> ColumnElement[str]:
    encoded = func.encode(func.convert_to(plain, fixed("UTF8")), fixed("base64"))
    return func.translate(encoded, literal_column("E'+/\\n'", Text), fixed("-_"))


def global_id_sql(type_name: str, id: ColumnElement[Any]) -> ColumnElement[str]:
    return base64url(joined([f"{type_name}:", cast(id, Text)]))


def time_text(instant: ColumnElement[Any]) -> ColumnElement[str]:
    return func.to_char(func.timezone(fixed("UTC"), instant), fixed(UTC_FORMAT))


def quoted(text: ColumnElement[str]) -> ColumnElement[str]:
    """Text that needs no escaping, in quotes."""
    result: ColumnElement[str] = _QUOTE.op("||")(text).op("||")(_QUOTE)
    return result


def or_null(text: ColumnElement[str]) -> ColumnElement[str]:
    return func.coalesce(text, _NULL)


def leaf_text(
    expression: ColumnElement[Any], type_: GraphQLOutputType, *, not_null: bool, id_type: str | None = None
) -> ColumnElement[str]:
    """The JSON text of a scalar, enum or list of those. `id_type`: the expression is the uuid of such a node."""
    text = _plain_text(expression, type_, id_type)
    return text if not_null else or_null(text)


def is_not_null(expression: Any) -> bool:
    """Whether the database guarantees a value."""
    return isinstance(expression, SqlColumn) and not expression.nullable


def _plain_text(expression: ColumnElement[Any], type_: GraphQLOutputType, id_type: str | None) -> ColumnElement[str]:
    inner = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
    if isinstance(inner, GraphQLList):
        return cast(func.to_json(expression), Text)
    named = get_named_type(inner)
    if isinstance(named, GraphQLEnumType):
        return quoted(expression)
    match named.name:
        case "ID":
            if id_type is not None:
                return quoted(global_id_sql(id_type, expression))
            return quoted(expression)
        case "String":
            return cast(func.to_json(cast(expression, Text) if isinstance(expression.type, Uuid) else expression), Text)
        case "Int" | "Boolean" | "Float":
            return cast(expression, Text)
        case "DateTime":
            return quoted(time_text(expression))
        case "Date" | "Time" | "Decimal" | "CurrencyCode":
            return quoted(cast(expression, Text))
    raise NoJsonForm(f"{named.name} has no JSON form in SQL; declare the field as computed.")


def may_exceed_int(expression: Any, type_: GraphQLOutputType) -> bool:
    """Whether a field of type Int is fed from what can hold numbers of more than 32 bits."""
    inner = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
    # What SQLAlchemy calls an Integer may be a bigint in PostgreSQL, like a count; a column or a cast of that type is none.
    small = isinstance(expression, SqlColumn | Cast) and type(expression.type) in (Integer, SmallInteger)
    return getattr(inner, "name", "") == "Int" and not small


def is_int(number: ColumnElement[Any]) -> ColumnElement[bool]:
    return number.between(literal_column(str(INT_FROM)), literal_column(str(INT_TO)))


def need_text(expression: ColumnElement[Any]) -> ColumnElement[str]:
    """The JSON text of a column a computed field needs, whatever its type."""
    if isinstance(expression.type, DateTime):
        return or_null(quoted(time_text(expression)))
    return or_null(cast(func.to_json(expression), Text))


def when_present(present: ColumnElement[bool], text: ColumnElement[str]) -> ColumnElement[str]:
    return case((present, text), else_=_NULL)
