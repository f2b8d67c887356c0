"""The fit of the operating model, by whole tables.

The rows the reference is asked about lie long before the last thirty days, so what it has to say is what is said of too few
facts; `tests/lifecycles` counts the figures by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from server.lifecycles.fit_rules import MIN_SAMPLE, Counts, Fit, Period, judge
from server.tenants.business import OperatingModelKind
from tests.differential.reference.asking import Reading


def fit(reading: Reading, given: Mapping[str, Any]) -> Fit:
    [model] = reading.eyes.where("operating_models", in_force=True)
    tenant = reading.eyes.find("tenants", reading.asker.tenant_id)
    assert tenant is not None
    period = Period.up_to(datetime.now(UTC), tenant["timezone"])
    recent = [row for row in reading.eyes.all("touchpoints") if period.begins <= row["occurred_at"] < period.ends]
    assert len(recent) < MIN_SAMPLE, "these rows must be counted"
    directions: dict[tuple[Any, str], list[str]] = {}
    for row in sorted(recent, key=lambda one: (one["occurred_at"], one["id"])):
        directions.setdefault((row["customer_id"], row["purpose"]), []).append(row["direction"])
    answered = sum(" ".join(flow).count("INBOUND OUTBOUND") for flow in directions.values())
    return judge(OperatingModelKind(model["kind"]), Counts(answered=answered), period)
