"""What facts of scorecards are counted with, a second time: a period, who answered for what when, who, where.

In plain Python over whole tables; shares nothing with the room that counts in SQL but the closed lists of the trade.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from server.operations.metrics import COMMON_GROUP_METRICS, Metric
from tests.differential.data import Eyes, Row

DAY = timedelta(days=1)

Unit = tuple[str, UUID]
"""The type of a group or role, and its id."""


class Fact(NamedTuple):
    id: UUID
    at: datetime
    customer_id: UUID | None
    subject_id: UUID
    hit: bool
    maturing: bool = False
    measure: int | None = None
    credited_at: datetime | None = None
    units: tuple[Unit, ...] = ()
    store_id: UUID | None = None
    staff_id: UUID | None = None
    channel_id: UUID | None = None

    @property
    def result(self) -> str:
        return "MATURING" if self.maturing else "HIT" if self.hit else "MISS"


@dataclass
class Counting:
    """One period of one tenant's facts, as one caller sees them."""

    eyes: Eyes
    starts: datetime
    ends: datetime
    now: datetime
    _of: dict[tuple[str, str], dict[Any, list[Row]]] = field(default_factory=dict)

    def inside(self, moment: datetime | None) -> bool:
        return moment is not None and self.starts <= moment < self.ends

    def by(self, table: str, column: str, value: Any) -> list[Row]:
        """The rows of a table with this value."""
        if (table, column) not in self._of:
            found: dict[Any, list[Row]] = {}
            for row in self.eyes.all(table):
                found.setdefault(row[column], []).append(row)
            self._of[table, column] = found
        return self._of[table, column].get(value, [])

    # ---------------------------------------------------------------------------------------------- the operating model

    @property
    def versions(self) -> list[Row]:
        return sorted(self.eyes.all("operating_models"), key=lambda row: row["number"])

    def version_at(self, moment: datetime) -> Row:
        """The last one that had begun; the first counts for all time before it."""
        return [row for place, row in enumerate(self.versions) if place == 0 or row["since"] <= moment][-1]

    def versions_inside(self) -> list[Row]:
        last = self.version_at(self.ends - timedelta(microseconds=1))
        first = self.version_at(self.starts)
        return self.versions[self.versions.index(first) : self.versions.index(last) + 1]

    def answering(self, version: Row) -> dict[Unit, list[Metric]]:
        stages = sorted(
            self.by("model_stages", "operating_model_id", version["id"]), key=lambda row: (row["position"], row["id"])
        )
        lines = sorted(
            self.by("model_units", "operating_model_id", version["id"]), key=lambda row: (row["position"], row["id"])
        )
        by_stage = {Metric(row["metric"]) for row in stages}
        found: dict[Unit, list[Metric]] = {}
        for line in lines:
            if line["dormant"]:
                continue
            unit = unit_of(line)
            assert unit is not None
            own = [Metric(row["metric"]) for row in stages if unit_of(row) == unit]
            metrics = [Metric(line["headline_metric"]), *map(Metric, line["also"]), *own]
            if unit[0] == "OpsGroup":
                metrics += COMMON_GROUP_METRICS
            found[unit] = [
                metric
                for metric in dict.fromkeys(metrics)
                if not (metric.is_stage_conversion and metric in by_stage and metric not in own)
            ]
        return found

    def owners(self, metric: Metric, moment: datetime) -> tuple[Unit, ...]:
        """Who answered for the metric then."""
        return tuple(unit for unit, metrics in self.answering(self.version_at(moment)).items() if metric in metrics)

    def stage_owner(self, customer_id: UUID | None, case_id: UUID | None, moment: datetime) -> tuple[Unit, ...]:
        moves = [
            row
            for row in self.by("case_stage_changes", "customer_id", customer_id)
            if row["occurred_at"] <= moment and case_id in (None, row["case_id"])
        ]
        if customer_id is None or not moves:
            return ()
        stood = max(moves, key=lambda row: (row["occurred_at"], row["id"]))["to_stage_id"]
        listed = self.by("model_stages", "operating_model_id", self.version_at(moment)["id"])
        return units(*(unit_of(row) for row in listed if row["stage_id"] == stood))

    # -------------------------------------------------------------------------------------------------------- who, where

    def holder(self, fact: Fact, unit: Unit | None) -> UUID | None:
        """Whoever did it, or held the role or group for the customer."""
        if fact.staff_id is not None or unit is None or fact.customer_id is None:
            return fact.staff_id
        at = fact.credited_at or fact.at
        held = [
            row
            for row in self.by("relationship_roles", "customer_id", fact.customer_id)
            if unit_of(row) == unit and row["from_at"] <= at and (row["until_at"] is None or row["until_at"] > at)
        ]
        for row in sorted(held, key=lambda row: (row["from_at"], row["id"])):
            friendship = self.eyes.find("relationships", row["relationship_id"])
            if friendship is not None:
                return friendship["staff_id"]  # type: ignore[no-any-return]  # a row's columns are untyped
        return None

    def store(self, fact: Fact) -> UUID | None:
        if fact.store_id is not None:
            return fact.store_id
        customer = self.eyes.find("customers", fact.customer_id)
        return None if customer is None else customer["home_store_id"]

    def channel(self, fact: Fact) -> UUID | None:
        if fact.channel_id is not None or fact.customer_id is None:
            return fact.channel_id
        came = [
            row for row in self.by("relationships", "customer_id", fact.customer_id) if row["channel_id"] is not None
        ]
        return min(came, key=lambda row: (row["since"], row["id"]))["channel_id"] if came else None

    def campaign(self, fact: Fact) -> str | None:
        channel = self.eyes.find("channels", self.channel(fact))
        return None if channel is None else channel["campaign"]


def unit_of(row: Row) -> Unit | None:
    if row["group_id"] is not None:
        return ("OpsGroup", row["group_id"])
    return None if row["role_id"] is None else ("ServiceRole", row["role_id"])


def units(*found: Unit | None) -> tuple[Unit, ...]:
    return tuple(unit for unit in found if unit is not None)
