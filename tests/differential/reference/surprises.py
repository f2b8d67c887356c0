"""What the fields of surprises mean: stories that may be shown, the circle around a customer, the figures of moments."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from tests.differential.data import Row
from tests.differential.reference import texts
from tests.differential.reference.asking import Reading


def may_be_shown(reading: Reading, row: Row, given: Mapping[str, Any]) -> bool:
    about = {"customer_id": row["customer_id"], "scope": "PHOTO_AND_STORY"}
    words = sorted(
        reading.eyes.where("consents", **about), key=lambda one: (one["occurred_at"], one["recorded_at"], one["id"])
    )
    return bool(words and words[-1]["granted"])


def circle(reading: Reading, row: Row, given: Mapping[str, Any]) -> dict[str, Any]:
    """Whom the customer brought, generation by generation."""
    far, most = min(max(given["generations"], 1), 5), min(max(given["first"], 1), 50)
    members: list[dict[str, Any]] = []
    frontier = [row["id"]]
    for generation in range(1, far + 2):
        came = [one for id in dict.fromkeys(frontier) for one in reading.eyes.where("referrals", referrer_id=id)]
        came.sort(key=lambda one: (one["occurred_at"], one["id"]))
        room = most - len(members) if generation <= far else 0
        members += [
            {
                "customer": reading.thing("Customer", one["customer_id"]),
                "referral": reading.thing("Referral", one["id"]),
                "referrer": reading.thing("Customer", one["referrer_id"]),
                "generation": generation,
            }
            for one in came[:room]
        ]
        if len(came) > room:
            return {"members": members, "isComplete": False}
        frontier = [one["customer_id"] for one in came]
    return {"members": members, "isComplete": True}


def wow_figures(reading: Reading, given: Mapping[str, Any]) -> dict[str, Any]:
    tenant = reading.eyes.find("tenants", reading.asker.tenant_id)
    assert tenant is not None
    zone, now = ZoneInfo(tenant["timezone"]), datetime.now(UTC)
    start, end = (datetime.combine(given["period"][name], time(), zone) for name in ("from", "to"))
    name, type_name = {
        "PLAY": ("play", "WowPlay"), "ROLE": ("role", "ServiceRole"),
        "GROUP": ("group", "OpsGroup"), "STORE": ("store", "Store"),
    }[given["by"]]  # fmt: skip
    cohort = [one for one in reading.eyes.all("wow_moments") if start <= one["occurred_at"] < end]

    def rounded(part: int, whole: int) -> str | None:
        exact = None if whole == 0 else (Decimal(part) / whole).quantize(Decimal("1.0000"), ROUND_HALF_UP)
        return None if exact is None else f"{exact:f}".rstrip("0").rstrip(".")

    def money(minor: int) -> dict[str, Any]:
        return {"amount": texts.amount_text(minor, tenant["currency"]), "currency": tenant["currency"]}

    def figure(moments: list[Row], group: UUID | None) -> dict[str, Any]:
        old = [one for one in moments if one["occurred_at"] + timedelta(days=14) <= now]
        numerator = sum(
            any(
                share["spontaneous"] and share["occurred_at"] < one["occurred_at"] + timedelta(days=14)
                for share in reading.eyes.where("shares", wow_moment_id=one["id"])
            )
            for one in old
        )
        came = sum(len(reading.eyes.where("referrals", wow_moment_id=one["id"])) for one in moments)
        costed = [one["cost_minor"] for one in moments if one["cost_currency"] == tenant["currency"]]
        each = int((Decimal(sum(costed)) / came).quantize(Decimal(1), ROUND_HALF_UP)) if came else None
        rate = rounded(numerator, len(old)) if len(old) >= 20 else None
        return {
            **dict.fromkeys(("play", "role", "group", "store")),
            name: reading.thing(type_name, group),
            "moments": len(moments),
            "spontaneousShareRate": {
                "numerator": numerator, "denominator": len(old), "value": rate, "minSample": 20
            },
            "newCustomers": came,
            "newCustomersPerMoment": rounded(came, len(moments)),
            "cost": money(sum(costed)),
            "notCosted": len(moments) - len(costed),
            "costPerNewCustomer": None if each is None else money(each),
        }  # fmt: skip

    groups: dict[UUID | None, list[Row]] = {}
    for moment in cohort:
        groups.setdefault(moment[f"{name}_id"], []).append(moment)
    ordered = sorted(groups.items(), key=lambda one: (-len(one[1]), one[0] is None, one[0] or UUID(int=0)))
    return {
        "total": figure(cohort, None),
        "groups": [figure(moments, group) for group, moments in ordered[: given["first"]]],
    }
