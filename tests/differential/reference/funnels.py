"""Funnels a second time, in plain Python over whole tables."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from tests.differential.reference.asking import Reading
from tests.differential.reference.counting import Counting, Fact
from tests.differential.reference.scorecards import at_a_store, passes, placed


def funnel(reading: Reading, given: Mapping[str, Any]) -> list[dict[str, Any]]:
    tenant = reading.eyes.find("tenants", reading.asker.tenant_id)
    assert tenant is not None
    zone, filter = ZoneInfo(tenant["timezone"]), given.get("filter") or {}
    days = (given["period"]["from"], given["period"]["to"])
    starts, ends = (datetime.combine(day, time(), zone).astimezone(UTC) for day in days)
    counting = Counting(reading.eyes, starts, ends, datetime.now(UTC))
    journey = sorted(reading.eyes.where("stages", retired_at=None), key=lambda row: (row["position"], row["id"]))
    places = {row["id"]: row["position"] for row in journey}
    dimensions = list(dict.fromkeys(given.get("groupBy") or ()))
    furthest: dict[tuple[Any, ...], list[int]] = {} if dimensions else {(): []}
    for case in reading.eyes.all("cases"):
        fact = Fact(case["id"], case["opened_at"], case["customer_id"], case["id"], hit=True)
        store, channel, campaign = counting.store(fact), counting.channel(fact), counting.campaign(fact)
        if not (
            counting.inside(case["opened_at"])
            and at_a_store(counting, filter.get("store"), store)
            and passes(filter.get("channel"), channel, "Channel")
            and passes(filter.get("campaign"), campaign, None)
        ):
            continue
        known = {"STORE": store, "CHANNEL": channel, "CAMPAIGN": campaign}
        moves = counting.by("case_stage_changes", "case_id", case["id"])
        reached = max((places.get(row["to_stage_id"], 0) for row in moves), default=0)
        furthest.setdefault(tuple(known[one] for one in dimensions), []).append(reached)
    found = [
        _one(reading, dict(zip(dimensions, split, strict=True)), cases, journey) for split, cases in furthest.items()
    ]
    found.sort(key=lambda one: (-one["cases"], [_text(one["_split"][dimension]) for dimension in dimensions]))
    return found[: given["first"]]


def _one(reading: Reading, split: Mapping[str, Any], cases: list[int], journey: list[Any]) -> dict[str, Any]:
    steps, before = [], len(cases)
    for stage in journey:
        reached = sum(place >= stage["position"] for place in cases)
        steps.append(
            {
                "stage": reading.thing("Stage", stage["id"]),
                "reached": reached,
                "share": placed(Decimal(reached) / len(cases)) if cases else None,
                "passed": placed(Decimal(reached) / before) if before else None,
            }
        )
        before = reached
    return {
        "_split": split,
        "store": reading.thing("Store", split.get("STORE")),
        "channel": reading.thing("Channel", split.get("CHANNEL")),
        "campaign": split.get("CAMPAIGN"),
        "cases": len(cases),
        "steps": steps,
    }


def _text(value: Any) -> str:
    return "" if value is None else str(value)
