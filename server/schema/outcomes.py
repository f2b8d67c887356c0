"""Payloads as stored outcomes: refs and values as JSON, never bytes, never secrets.

A retry builds the payload again from what is stored and reads its own selection of it.
"""

import dataclasses
import enum
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from graphql import GraphQLEnumType, GraphQLObjectType, GraphQLSchema

from server.planner.declarations import Ref

SECRET = "secret"
"""Key in a payload field's metadata: shown once, stored never."""


class Outcomes:
    """Stores and rebuilds payloads of one schema."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._types: dict[str, type] = {}
        self._enums: dict[str, type[enum.Enum]] = {}
        for name, type_ in schema.type_map.items():
            definition = type_.extensions.get("strawberry-definition")
            if isinstance(type_, GraphQLObjectType) and definition is not None and not name.startswith("__"):
                self._types[name] = definition.origin
            elif isinstance(type_, GraphQLEnumType) and definition is not None:
                self._enums[name] = definition.wrapped_cls
        self._enum_names = {cls: name for name, cls in self._enums.items()}

    def stored(self, payload: Any) -> dict[str, Any]:
        result: dict[str, Any] = self._plain(payload)
        return result

    def rebuilt(self, stored: dict[str, Any]) -> Any:
        return self._value(stored)

    def had_secret(self, payload: Any) -> bool:
        """Whether the payload's type has a field that is shown once, and the act was not refused."""
        return not payload.user_errors and any(SECRET in field.metadata for field in dataclasses.fields(payload))

    def _plain(self, value: Any) -> Any:
        if isinstance(value, Ref):
            return {"$ref": str(value.id), "type": value.type_name}
        if isinstance(value, enum.Enum):
            return {"$enum": self._enum_names[type(value)], "value": value.value}
        if isinstance(value, datetime):
            return {"$time": value.isoformat()}
        if isinstance(value, date):
            return {"$date": value.isoformat()}
        if isinstance(value, Decimal):
            return {"$decimal": str(value)}
        if isinstance(value, UUID):
            return {"$uuid": str(value)}
        if isinstance(value, list | tuple):
            return [self._plain(item) for item in value]
        if dataclasses.is_dataclass(value):
            fields = {
                field.name: None if SECRET in field.metadata else self._plain(getattr(value, field.name))
                for field in dataclasses.fields(value)
            }
            return {"$type": type(value).__strawberry_definition__.name, "fields": fields}  # type: ignore[union-attr]  # payloads are Strawberry types
        return value

    def _value(self, stored: Any) -> Any:
        if isinstance(stored, list):
            return [self._value(item) for item in stored]
        if not isinstance(stored, dict):
            return stored
        if "$ref" in stored:
            return Ref(UUID(stored["$ref"]), stored["type"])
        if "$enum" in stored:
            return self._enums[stored["$enum"]](stored["value"])
        if "$time" in stored:
            return datetime.fromisoformat(stored["$time"])
        if "$date" in stored:
            return date.fromisoformat(stored["$date"])
        if "$decimal" in stored:
            return Decimal(stored["$decimal"])
        if "$uuid" in stored:
            return UUID(stored["$uuid"])
        fields = {name: self._value(value) for name, value in stored["fields"].items()}
        return self._types[stored["$type"]](**fields)
