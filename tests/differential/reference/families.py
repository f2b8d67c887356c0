"""Customers who are one: what is read of all of them together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from tests.differential.data import Eyes, Row
from tests.differential.reference.asking import Reading, Thing

Field = Callable[[Reading, Row, Mapping[str, Any]], Any]


def is_face(eyes: Eyes, row: Row) -> bool:
    """Nobody's other id, or the one whose it is is not seen."""
    others = (row["family_id"], row["merged_into"])
    return row["merged_into"] is None or all(eyes.find("customers", one) is None for one in others)


def friendships(eyes: Eyes, row: Row, customer: str) -> list[Row]:
    """Of a customer, and of whoever is one with them; of another row, those of the customer it is recorded for."""
    if customer == "id":
        return eyes.about("relationships", row["id"])
    return eyes.where("relationships", customer_id=row[customer])


def candidates(table: str, column: str) -> Callable[[Eyes, Row], list[Any]]:
    """What is recorded of a customer and of whoever is one with them."""
    return lambda eyes, row: [one[column] for one in eyes.about(table, row["id"])]


def rows(type_name: str, *order: str, by: str = "customer_id", **equal: Any) -> Field:
    """The rows of a type that belong to this customer or to one who is one with them."""

    def read(reading: Reading, row: Row, given: Mapping[str, Any]) -> Any:
        table = reading.table_of(type_name)
        assert table is not None
        people = reading.eyes.kin(row["id"])
        return reading.things(
            type_name, [one for one in reading.eyes.where(table, **equal) if one[by] in people], *order
        )

    return read


def merged(reading: Reading, row: Row, given: Mapping[str, Any]) -> list[Thing]:
    people = reading.eyes.kin(row["id"])
    found = [one for one in reading.eyes.all("customers") if one["family_id"] in people and one["merged_into"]]
    return reading.things("Customer", found, "merged_at")


def tags(reading: Reading, row: Row, given: Mapping[str, Any]) -> list[str]:
    return sorted({one["tag"] for one in reading.eyes.about("customer_tags", row["id"])})


def last_touch(reading: Reading, row: Row, given: Mapping[str, Any]) -> datetime | None:
    times = [one["occurred_at"] for one in reading.eyes.about("touchpoints", row["id"])]
    return max(times, default=None)
