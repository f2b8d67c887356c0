"""The check of the design, by whole tables; what is a gap is decided by the rule itself, which has tests of its own."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from server.lifecycles.design_gaps import Aim, DesignGap, DesignInForce, OwnedStage, Serving, gaps_of
from server.operations.metrics import Metric
from server.operations.purposes import Purpose
from server.operations.templates import template
from server.operations.units import Unit
from server.tenants.business import Industry, OperatingModelKind
from server.terms import Locale
from tests.differential.data import Row
from tests.differential.reference.asking import Reading


def check(reading: Reading, given: Mapping[str, Any]) -> dict[str, Any]:
    gaps = gaps_of(_design(reading))
    return {"ok": not gaps, "gaps": [_told(reading, gap) for gap in gaps]}


def _design(reading: Reading) -> DesignInForce:
    eyes = reading.eyes
    [model] = eyes.where("operating_models", in_force=True)
    usual = template(Industry(model["industry"]), OperatingModelKind(model["kind"]))
    lines = eyes.where("role_purposes", operating_model_id=model["id"])
    gone = {row["id"] for row in eyes.all("staff_members") if row["left_at"] is not None}
    units, names = [], {}
    for table, column in (("ops_groups", "group_id"), ("service_roles", "role_id")):
        for row in sorted(eyes.all(table), key=lambda one: (one["recorded_at"], one["id"])):
            unit = Unit(**{column: row["id"]})
            names[unit] = (row["label_en"], row["label_zh"])
            if row["retired_at"] is not None or row.get("dormant"):
                continue
            own = [line for line in lines if line[column] == row["id"]]
            placed = eyes.where("placements", until_at=None, **{column: row["id"]})
            units.append(
                Serving(
                    unit,
                    *names[unit],
                    Metric(row["headline_metric"]),
                    frozenset(map(Metric, row["also"])),
                    frozenset(Purpose(line["purpose"]) for line in own if line["mode"] == "OWNS"),
                    frozenset(Purpose(line["purpose"]) for line in own if line["mode"] != "OWNS"),
                    len(eyes.where("wow_plays", retired_at=None, **{column: row["id"]})),
                    len({one["staff_id"] for one in placed} - gone),
                )
            )
    stages = [
        OwnedStage(row["id"], row["label_en"], row["label_zh"], _owner(row, "owner_"), Metric(row["metric"]))
        for row in sorted(eyes.where("stages", retired_at=None), key=lambda one: one["position"])
    ]
    aims = [
        Aim(Metric(row["metric"]), _owner(row) if row["group_id"] or row["role_id"] else None)
        for row in sorted(eyes.where("metric_targets", until=None), key=lambda one: (one["since"], one["id"]))
    ]
    return DesignInForce(units, stages, aims, frozenset(Purpose) - frozenset(usual.not_used), names)


def _owner(row: Row, prefix: str = "") -> Unit:
    return Unit(row[f"{prefix}group_id"], row[f"{prefix}role_id"])


def _told(reading: Reading, gap: DesignGap) -> dict[str, Any]:
    locale, unit, stage = Locale(reading.asker.locale), gap.unit, gap.stage
    place = 1 if locale is Locale.ZH else 0
    about = {
        "unit": gap.named[place],
        "stage": "" if stage is None else (stage.en, stage.zh)[place],
        "purpose": "" if gap.purpose is None else gap.purpose.label(locale),
        "metric": "" if gap.metric is None else gap.metric.label(locale),
        **{name: str(number) for name, number in gap.figures},
    }
    return {
        "code": gap.code,
        "message": gap.code.message(locale, about),
        "figures": [{"name": name, "currency": None, "value": Decimal(number)} for name, number in gap.figures],
        "evidence": {
            "role": reading.thing("ServiceRole", None if unit is None else unit.role_id),
            "group": reading.thing("OpsGroup", None if unit is None else unit.group_id),
            "stage": reading.thing("Stage", None if stage is None else stage.id),
            "purpose": gap.purpose,
            "metric": gap.metric,
        },
    }
