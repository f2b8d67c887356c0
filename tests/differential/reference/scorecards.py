"""Scorecards a second time: the cards and figures made of the facts that `scoring` finds, and their pages."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import ROUND_HALF_UP, Decimal
from statistics import median
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from server.operations.metrics import COMMON_BRAND_METRICS, METRICS, Metric
from tests.differential.data import Row
from tests.differential.reference import texts
from tests.differential.reference.asking import Reading
from tests.differential.reference.counting import Counting, Fact, Unit, unit_of
from tests.differential.reference.scoring import FACTS, NODES

PLACES = Decimal("0.0001")


def scorecards(reading: Reading, given: Mapping[str, Any]) -> dict[str, Any]:
    return _Cards(reading, given).page()


class _Cards:
    def __init__(self, reading: Reading, given: Mapping[str, Any]) -> None:
        self._reading, self._given = reading, given
        tenant = reading.eyes.find("tenants", reading.asker.tenant_id)
        assert tenant is not None
        self._zone = ZoneInfo(tenant["timezone"])
        self._days = (given["period"]["from"], given["period"]["to"])
        self._before = _compared(*self._days, given.get("compareTo"))
        self._split: list[str] = list(dict.fromkeys(given.get("groupBy") or ()))
        self._filter: Mapping[str, Any] = given.get("filter") or {}
        self._now = self._counting(self._days)
        self._facts: dict[Any, list[Fact]] = {}

    def _counting(self, days: tuple[date, date]) -> Counting:
        starts, ends = (datetime.combine(day, time(), self._zone).astimezone(UTC) for day in days)
        return Counting(self._reading.eyes, starts, ends, datetime.now(UTC))

    def page(self) -> dict[str, Any]:
        cards = list(self._cards())
        after, first = self._given.get("after"), self._given["first"]
        if after is not None:
            unit_id, *split = json.loads(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)))
            order = list(dict.fromkeys(card["_place"][0] for card in cards))
            here = (order.index(unit_id), split) if unit_id in order else (len(order), [])
            cards = [card for card in cards if (order.index(card["_place"][0]), card["_place"][1:]) > here]
        shown = cards[:first]
        cursors = [_written(card["_place"]) for card in shown]
        return {
            "nodes": shown,
            "edges": [{"node": card, "cursor": cursor} for card, cursor in zip(shown, cursors, strict=True)],
            "pageInfo": _info(cursors, more=len(cards) > first, after=after),
        }

    def _cards(self) -> Iterator[dict[str, Any]]:
        counting = self._now
        answering: dict[Unit, list[Metric]] = {}
        for version in reversed(counting.versions_inside()):
            for unit, metrics in counting.answering(version).items():
                answering[unit] = list(dict.fromkeys([*answering.get(unit, []), *metrics]))
        everybody: list[tuple[Unit | None, list[Metric]]] = [*answering.items(), (None, list(COMMON_BRAND_METRICS))]
        for whose, metrics in everybody:
            shown = [metric for metric in metrics if self._is_shown(metric)]
            if not shown or not self._is_asked_for(whose):
                continue
            headline = None if whose is None else metrics[0]
            splits = {
                self._split_of(counting, fact, whose)
                for metric in shown
                for days in (self._days, self._before)
                if days is not None
                for fact in self._of(metric, whose, days)
            }
            for split in sorted(splits, key=_order) if self._split else [()]:
                yield self._card(whose, split, shown, headline)

    def _is_shown(self, metric: Metric) -> bool:
        if metric not in FACTS or NODES[metric][1] not in self._reading.asker.permissions:
            return False
        return passes(self._filter.get("metric"), metric.value, None)

    def _is_asked_for(self, unit: Unit | None) -> bool:
        if unit is None and ("STAFF" in self._split or _says(self._filter.get("staff"))):
            return False
        ids = {"OpsGroup": None, "ServiceRole": None} | ({} if unit is None else {unit[0]: unit[1]})
        return passes(self._filter.get("group"), ids["OpsGroup"], "OpsGroup") and passes(
            self._filter.get("role"), ids["ServiceRole"], "ServiceRole"
        )

    def _of(self, metric: Metric, unit: Unit | None, days: tuple[date, date]) -> list[Fact]:
        """The facts of a figure before they are split: those of the unit that pass the filter."""
        key = (metric, unit, days)
        if key not in self._facts:
            if (metric, days) not in self._facts:
                self._facts[metric, days] = list(FACTS[metric](self._counting(days), metric))
            counting = self._now
            self._facts[key] = [
                fact
                for fact in self._facts[metric, days]
                if (unit is None or unit in fact.units)
                and at_a_store(counting, self._filter.get("store"), counting.store(fact))
                and passes(self._filter.get("staff"), counting.holder(fact, unit), "StaffMember")
                and passes(self._filter.get("channel"), counting.channel(fact), "Channel")
                and passes(self._filter.get("campaign"), counting.campaign(fact), None)
            ]
        return self._facts[key]

    def _split_of(self, counting: Counting, fact: Fact, unit: Unit | None) -> tuple[Any, ...]:
        told: Mapping[str, Callable[[], Any]] = {
            "STORE": lambda: counting.store(fact),
            "STAFF": lambda: counting.holder(fact, unit),
            "CHANNEL": lambda: counting.channel(fact),
            "CAMPAIGN": lambda: counting.campaign(fact),
        }
        return tuple(told[one]() for one in self._split)

    def _card(
        self, unit: Unit | None, split: tuple[Any, ...], metrics: Sequence[Metric], headline: Metric | None
    ) -> dict[str, Any]:
        reading, by_name = self._reading, dict(zip(self._split, split, strict=True))
        return {
            "_place": ["" if unit is None else str(unit[1]), *_order(split)],
            "unit": None if unit is None else reading.thing(*unit),
            "store": reading.thing("Store", by_name.get("STORE")),
            "staff": reading.thing("StaffMember", by_name.get("STAFF")),
            "channel": reading.thing("Channel", by_name.get("CHANNEL")),
            "campaign": by_name.get("CAMPAIGN"),
            "since": self._days[0],
            "until": self._days[1],
            "figures": [self._figure(metric, unit, split, metric is headline) for metric in metrics],
        }

    def _figure(self, metric: Metric, unit: Unit | None, split: tuple[Any, ...], is_headline: bool) -> dict[str, Any]:
        def counted(days: tuple[date, date]) -> tuple[list[Fact], dict[str, Any]]:
            facts = [one for one in self._of(metric, unit, days) if self._split_of(self._now, one, unit) == split]
            return facts, _counted(metric, facts)

        facts, now = counted(self._days)
        before = None if self._before is None else counted(self._before)[1]
        target = self._target(metric, unit, dict(zip(self._split, split, strict=True)))
        known = now["value"] is not None
        share = None if target is None else Decimal(target["basis_points"]) / 10_000
        ripe = [fact.measure for fact in facts if not fact.maturing and fact.measure is not None]
        beside = None
        if metric is Metric.SATISFACTION and known and ripe:
            beside = {"kind": "MEAN_SCORE", "number": placed(Decimal(sum(ripe)) / len(ripe))}
        if metric is Metric.FIRST_RESPONSE_RATE and known and ripe:
            beside = {"kind": "MEDIAN_MINUTES", "number": placed(Decimal(median(ripe)) / 60_000_000)}
        return {
            **now,
            "metric": metric.value,
            "_label": metric,
            "kind": METRICS[metric].kind.value,
            "better": METRICS[metric].better.value,
            "isHeadline": is_headline,
            "minSample": METRICS[metric].min_sample,
            "isEnough": known,
            "window": self._window(metric),
            "beside": beside,
            "previous": None if before is None else {**before, "since": self._before[0], "until": self._before[1]},  # type: ignore[index]  # before comes of it
            "change": now["value"] - before["value"] if known and before and before["value"] is not None else None,
            "target": None if target is None else self._reading.thing("MetricTarget", target["id"]),
            "isOnTarget": None if share is None or not known else now["value"] >= share,
            "_facts": (facts, unit, NODES[metric][0], self._now),
        }

    def _target(self, metric: Metric, unit: Unit | None, split: Mapping[str, Any]) -> Row | None:
        store_id = split["STORE"] if "STORE" in split else self._only_store()
        held = [
            row
            for row in self._reading.eyes.where("metric_targets", metric=metric.value, until=None)
            if unit_of(row) == unit
        ]
        there = [row for row in held if row["store_id"] == store_id]
        return next(iter(there or [row for row in held if row["store_id"] is None]), None)

    def _only_store(self) -> UUID | None:
        said = [(one, wanted) for one, wanted in (self._filter.get("store") or {}).items() if one != "isNull"]
        if len(said) != 1:
            return None
        operator, wanted = said[0]
        ids = [wanted] if operator == "eq" else wanted
        below = self._now.by("store_ancestors", "ancestor_id", _id(ids[0], "Store")) if len(ids) == 1 else []
        return below[0]["store_id"] if len(below) == 1 else None

    def _window(self, metric: Metric) -> dict[str, Any] | None:
        found = None
        for version in self._now.versions:
            if version is self._now.versions[0] or version["since"] < self._now.ends:
                for row in self._now.by("metric_parameters", "operating_model_id", version["id"]):
                    places = self._now.by("model_stages", "operating_model_id", version["id"])
                    if row["metric"] == metric and any(one["stage_id"] == row["to_stage_id"] for one in places):
                        found = row
        if found is None:
            return None
        stages = {name: self._reading.thing("Stage", found[column]) for name, column in _ENDS.items()}
        return {**stages, "days": found["days"]}


_ENDS = {"fromStage": "from_stage_id", "toStage": "to_stage_id"}


def facts_of(reading: Reading, figure: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The page of facts behind a figure."""
    facts, unit, node, counting = figure["_facts"]
    wanted = given.get("results")
    ordered = sorted(facts, key=lambda fact: (fact.at, fact.id), reverse=True)
    kept = [fact for fact in ordered if wanted is None or fact.result in wanted]
    after, first = given.get("after"), given["first"]
    if after is not None:
        at, id = json.loads(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)))
        kept = [fact for fact in kept if (fact.at, fact.id) < (datetime.fromisoformat(at), UUID(id))]
    shown = kept[:first]
    cursors = [_written([fact.at.isoformat(), str(fact.id)]) for fact in shown]
    nodes = [
        {
            "at": fact.at,
            "result": fact.result,
            "subject": reading.named(node, fact.subject_id),
            "customer": reading.thing("Customer", fact.customer_id),
            "staff": reading.thing("StaffMember", counting.holder(fact, unit)),
            "store": reading.thing("Store", counting.store(fact)),
        }
        for fact in shown
    ]
    return {
        "nodes": nodes,
        "edges": [{"node": node, "cursor": cursor} for node, cursor in zip(nodes, cursors, strict=True)],
        "pageInfo": _info(cursors, more=len(kept) > first, after=after),
    }


def _counted(metric: Metric, facts: Sequence[Fact]) -> dict[str, Any]:
    ripe = [fact for fact in facts if not fact.maturing]
    hits = sum(fact.hit for fact in ripe)
    enough = len(ripe) >= METRICS[metric].min_sample
    return {
        "numerator": hits,
        "denominator": len(ripe),
        "maturing": len(facts) - len(ripe),
        "value": placed(Decimal(hits) / len(ripe)) if enough else None,
    }


def placed(number: Decimal) -> Decimal:
    return number.quantize(PLACES, ROUND_HALF_UP)


def _compared(since: date, until: date, comparison: str | None) -> tuple[date, date] | None:
    if comparison is None:
        return None
    if comparison == "PREVIOUS_PERIOD":
        return since - (until - since), since

    def earlier(day: date) -> date:
        return date(day.year - 1, 2, 28) if (day.month, day.day) == (2, 29) else day.replace(year=day.year - 1)

    return earlier(since), earlier(until)


def _order(split: Sequence[Any]) -> list[str]:
    return ["" if value is None else str(value) for value in split]


def _written(place: list[str]) -> str:
    text = json.dumps(place, separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _info(cursors: Sequence[str], *, more: bool, after: str | None) -> dict[str, Any]:
    return {
        "hasNextPage": more,
        "hasPreviousPage": after is not None,
        "startCursor": cursors[0] if cursors else None,
        "endCursor": cursors[-1] if cursors else None,
    }


def at_a_store(counting: Counting, operators: Mapping[str, Any] | None, store_id: UUID | None) -> bool:
    """The store, or one above it, is what the filter names."""
    above = {row["ancestor_id"] for row in counting.by("store_ancestors", "store_id", store_id)}
    for operator, wanted in (operators or {}).items():
        if operator == "isNull":
            if (store_id is None) != wanted:
                return False
        elif not above & {_id(one, "Store") for one in (wanted if operator == "in" else [wanted])}:
            return False
    return True


def _says(operators: Mapping[str, Any] | None) -> bool:
    return bool(operators)


def passes(operators: Mapping[str, Any] | None, value: Any, id_type: str | None) -> bool:
    for operator, wanted in (operators or {}).items():
        if operator == "isNull":
            if (value is None) != wanted:
                return False
        elif value is None or value not in [_id(one, id_type) for one in (wanted if operator == "in" else [wanted])]:
            return False
    return True


def _id(text: Any, id_type: str | None) -> Any:
    if id_type is None:
        return text
    parsed = texts.read_global_id(text)
    return parsed[1] if parsed is not None and parsed[0] == id_type else UUID(int=0)
