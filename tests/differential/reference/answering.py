"""How a brand answers feedback, and what seems to ask for the same, a second time in plain Python."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from server.tenants.currencies import main_units
from tests.differential.reference import texts
from tests.differential.reference.asking import Reading

_BY_THE_LISTS = {
    "PRODUCT_REQUEST": (72, "ALL_HOURS", 24),
    "COMPLAINT": (24, "ALL_HOURS", 2),
    "SUGGESTION": (168, "BUSINESS_HOURS", 24),
    "PRAISE": (72, "BUSINESS_HOURS", 24),
    "RATING": (24, "ALL_HOURS", 24),
}


def policy(reading: Reading, given: Mapping[str, Any]) -> dict[str, Any]:
    row = next(iter(reading.eyes.all("feedback_policies")), None)
    said = {} if row is None else row["said"]
    kinds = []
    for kind, listed in _BY_THE_LISTS.items():
        names = ("clock_hours", "calendar", "ack_hours")
        told = [
            said.get("kinds", {}).get(kind, {}).get(name, by_list) for name, by_list in zip(names, listed, strict=True)
        ]
        kinds.append({"kind": kind, "clockHours": told[0], "calendar": told[1], "ackHours": told[2]})
    return {
        "reopenDays": said.get("reopen_days", 30),
        "confirmDays": said.get("confirm_days", 7),
        "kinds": kinds,
        "rewards": [_thanks(kind, said.get("rewards", {}).get(kind)) for kind in ("COMPLAINT", "SUGGESTION")],
        "version": 0 if row is None else row["version"],
    }


def _thanks(kind: str, said: Any) -> dict[str, Any]:
    listed = {"COMPLAINT": (50_000, 50_000, None, 72, "CNY"), "SUGGESTION": (0, 0, None, 168, "CNY")}[kind]
    names = ("amount_minor", "approval_above_minor", "monthly_budget_minor", "due_hours", "currency")
    told: dict[str, Any] = dict(zip(names, listed, strict=True)) if said is None else said

    def amount(name: str) -> dict[str, Any] | None:
        minor = told[name]
        return None if minor is None else {"amount": main_units(minor, told["currency"]), "currency": told["currency"]}

    return {
        "kind": kind,
        "amount": amount("amount_minor"),
        "approvalAbove": amount("approval_above_minor"),
        "monthlyBudget": amount("monthly_budget_minor"),
        "dueHours": told["due_hours"],
    }


def similar(reading: Reading, given: Mapping[str, Any]) -> list[dict[str, Any]]:
    parsed = texts.read_global_id(given["feedbackId"])
    one = reading.eyes.find("feedback", parsed[1]) if parsed is not None and parsed[0] == "Feedback" else None
    if one is None:
        return []
    linked = {row["feedback_id"] for row in reading.eyes.all("improvement_links")}
    found = []
    for row in reading.eyes.where("feedback", kind=one["kind"]):
        if row["id"] == one["id"] or row["id"] in linked or row["status"] in ("DUPLICATE", "WITHDRAWN"):
            continue
        same = one["item_id"] is not None and one["item_id"] == row["item_id"]
        mine, theirs = _pairs(one["text"]), _pairs(row["text"])
        alike = 20_000 * len(mine & theirs) // (len(mine) + len(theirs)) if mine or theirs else 0
        if same or alike >= 2_000:
            found.append((same, alike, row["occurred_at"], row["id"]))
    found.sort(reverse=True)
    return [
        {"feedback": reading.thing("Feedback", id), "sameItem": same, "likeness": alike}
        for same, alike, _, id in found[: given.get("first", 10)]
    ]


def _pairs(text: str | None) -> set[str]:
    folded = unicodedata.normalize("NFKC", text or "").casefold()
    words = re.findall(r"[^\W_]+", folded)
    return {word[at : at + 2] for word in words for at in range(max(len(word) - 1, 1))}
