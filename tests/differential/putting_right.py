"""Columns that a CHECK holds together, put right in rows made at random, so that not nearly every one is refused."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

from server.ids import new_id

Row = dict[str, Any]

_START = datetime(2026, 3, 1, 8, tzinfo=UTC)
TIMES = tuple(_START + timedelta(days=day, microseconds=day % 2) for day in range(6))


def _relationship(row: Row, dice: random.Random) -> None:
    row["ended_at"] = None if row["state"] in ("PENDING", "ACTIVE") else dice.choice(TIMES)


def _case(row: Row, dice: random.Random) -> None:
    row["closed_at"] = None if row["status"] == "OPEN" else dice.choice(TIMES)
    row["loss_reason"] = (row["loss_reason"] or "OTHER") if row["status"] == "LOST" else None


def _feedback(row: Row, dice: random.Random) -> None:
    row["score"] = dice.randrange(1, 6) if row["kind"] == "RATING" else None
    row["due_at"] = None if row["clock_result"] is None else dice.choice((*TIMES, datetime(2099, 1, 1, tzinfo=UTC)))
    row["rated_type"] = row["rated_id"] = None  # a thing is rated once, and by an act


def _clock(row: Row, dice: random.Random) -> None:
    row["number"] += 1
    row["stopped_at"] = None if row["result"] == "RUNNING" else dice.choice(TIMES)
    row["ack_due_at"] = None if row["ack_result"] is None else dice.choice(TIMES)


def _reward(row: Row, dice: random.Random) -> None:
    row["amount_minor"] += 1
    approved = row["status"] in ("APPROVED", "PAID")
    row["approved_at"] = dice.choice(TIMES) if approved else None
    row["budget_month"] = date(2026, 3, 1) if approved else None
    row["paid_at"] = dice.choice(TIMES) if row["status"] == "PAID" else None
    row["void_reason"] = "x" if row["status"] == "VOID" else None


def _improvement(row: Row, dice: random.Random) -> None:
    row["voices"] += row["told"]
    shipped = row["status"] == "SHIPPED"
    row["shipped_at"] = dice.choice(TIMES) if shipped else None
    row["answer"], row["medium"] = ("x", "SMS") if shipped else (None, None)
    row["drop_reason"] = "x" if row["status"] == "DROPPED" else None


def _entry(row: Row, dice: random.Random) -> None:
    row["cause_key"] = None
    row["seq"] = dice.randrange(1_000, 10**6)  # behind those that acts still number
    row["claimed"], row["amount"], row["limited_by"] = dice.choice(((5, 3, "CEILING"), (-4, -4, None), (0, 0, None)))
    row["policy_version"] = dice.randrange(2)
    if row["reason"] == "REVERSAL" or row["ground"] is not None:
        row["reason"], row["ground"], row["reverses_entry_id"] = "PROMISE_KEPT", None, None


def _share(row: Row, dice: random.Random) -> None:
    row["spontaneous"] = not row["prompted"] and not row["rewarded"]


def _referral(row: Row, dice: random.Random) -> None:
    """A share where there is a moment, a moment where there is a play."""
    if row["share_id"] is None:
        row["wow_moment_id"] = None
    if row["wow_moment_id"] is None:
        row["play_id"] = None


def _play(row: Row, dice: random.Random) -> None:
    row["stage_id"] = row["stage_id"] if row["occasion"] == "STAGE" else None
    row["within_hours"] = None if row["within_hours"] is None else row["within_hours"] + 1


def _due(row: Row, dice: random.Random) -> None:
    row["cause_id"] = new_id()
    if row["state"] != "PERFORMED":
        row["wow_moment_id"] = None
    row["settled_at"] = None if row["state"] == "OPEN" else dice.choice(TIMES)


def _model(row: Row, dice: random.Random) -> None:
    row["purpose"] = row["purpose"] if dice.random() < 0.5 else "ENQUIRY"


def _customer(row: Row, dice: random.Random) -> None:
    row["merged_into"] = row["merged_at"] = row["family_id"] = None  # who is one with whom is told at the end


def _listed(row: Row, dice: random.Random) -> None:
    row["position"] = dice.randrange(10, 10**6)  # a version lists things one after the other, never two at once


def _order(row: Row, dice: random.Random) -> None:
    row["lines_minor"] = dice.randrange(10**6)
    row["discount_minor"] = dice.randrange(row["lines_minor"] + 1)
    row["total_minor"] = row["lines_minor"] - row["discount_minor"]
    row["paid_minor"] = dice.randrange(row["total_minor"] + 1)
    row["refunded_minor"] = dice.choice((0, dice.randrange(row["paid_minor"] + 1), row["paid_minor"]))
    part = "WHOLLY" if row["refunded_minor"] == row["paid_minor"] else "PARTLY"
    row["refund_state"] = part if row["refunded_minor"] else "NONE"
    row["delivered_at"] = dice.choice((None, TIMES[-1]))


def _order_line(row: Row, dice: random.Random) -> None:
    row["number"], row["quantity"] = dice.randrange(2, 1000), row["quantity"] or 1
    row["words"] = row["words"] if row["item_id"] is not None else "x"
    row["amount_minor"] = dice.randrange(10**6)
    row["discount_minor"] = dice.randrange(row["amount_minor"] + 1)
    row["total_minor"] = row["amount_minor"] - row["discount_minor"]
    row["refunded_minor"] = dice.randrange(row["total_minor"] + 1)


def _order_refund(row: Row, dice: random.Random) -> None:
    row["amount_minor"] += 1


def _appointment(row: Row, dice: random.Random) -> None:
    expected = row["status"] in ("BOOKED", "RESCHEDULED")
    row["settled_at"] = None if expected else dice.choice(TIMES)
    row["cancelled_by"] = (row["cancelled_by"] or "BRAND") if row["status"] == "CANCELLED" else None
    row["ends_at"] = row["starts_at"] + timedelta(minutes=30 * dice.randrange(1, 4))
    row["times"] = 2


def _appointment_time(row: Row, dice: random.Random) -> None:
    row["number"], row["ends_at"] = dice.randrange(2, 1000), row["starts_at"] + timedelta(hours=1)


def _promise(row: Row, dice: random.Random) -> None:
    row["settled_at"] = None if row["status"] == "OPEN" else dice.choice(TIMES)
    row["due_at"] = dice.choice((None, TIMES[-1], datetime(2099, 1, 1, tzinfo=UTC)))
    row["within_hours"] = dice.choice((None, 72))
    if row["status"] not in ("KEPT", "BROKEN") or row["due_at"] is None:
        row["kept_in_time"] = None
    if row["customer_id"] is None:
        row["case_id"] = None


def _quote(row: Row, dice: random.Random) -> None:
    row["valid_from"] = None if row["status"] == "DRAFTED" else TIMES[0] - timedelta(days=1)
    row["valid_until"] = dice.choice((*TIMES, datetime(2099, 1, 1, tzinfo=UTC)))
    if row["role_id"] is not None:
        row["group_id"] = None


def _quote_line(row: Row, dice: random.Random) -> None:
    row["position"], row["quantity_milli"] = dice.randrange(1, 10**6), dice.choice((1, 500, 1000, 2750, 10**7))
    row["unit_minor"] = dice.randrange(10**6)


def _quote_guarantee(row: Row, dice: random.Random) -> None:
    row["position"], row["months"] = dice.randrange(1, 10**6), dice.randrange(1, 200)


def _item(row: Row, dice: random.Random) -> None:
    row["subject_id"] = new_id()  # one item per kind and subject; what it is about is then gone
    row["closed_at"] = None if row["state"] == "OPEN" else dice.choice(TIMES)
    row["due_at"] = dice.choice((*TIMES, datetime(2099, 1, 1, tzinfo=UTC)))


def _override(row: Row, dice: random.Random) -> None:
    row["fact_id"] = new_id()


def _handoff(row: Row, dice: random.Random) -> None:
    row["answered_at"] = None if row["status"] in ("REQUESTED", "ESCALATED") else dice.choice(TIMES)
    row["due_at"] = dice.choice((*TIMES, datetime(2099, 1, 1, tzinfo=UTC)))
    if row["role_id"] is None and row["group_id"] is None:
        row["to_staff_id"] = row["to_staff_id"] or row["staff_id"] or row["escalated_to_id"]


def _workload(row: Row, dice: random.Random) -> None:
    row["weight"] = dice.randrange(1, 5)
    row["added"] = 0 if row["added_on"] is None else dice.randrange(1, 5)


def _interval(row: Row, dice: random.Random) -> None:
    row["weekday"], row["opens"] = dice.randrange(1, 8), dice.randrange(0, 700)
    row["closes"] = dice.randrange(701, 1441)


def _waiting(row: Row, dice: random.Random) -> None:
    row["settled_at"] = None if row["state"] == "WAITING" else dice.choice(TIMES)
    if row["state"] != "ASSIGNED":
        row["staff_id"] = None


def _transfer(row: Row, dice: random.Random) -> None:
    row["finished_at"] = None if row["state"] == "RUNNING" else dice.choice(TIMES)


def _reservation(row: Row, dice: random.Random) -> None:
    row["units"] = dice.randrange(3)
    row["expires_at"] = dice.choice((*TIMES, datetime(2099, 1, 1, tzinfo=UTC)))
    if row["state"] not in ("RESERVED", "RELEASED", "EXPIRED"):
        row["state"] = "EXPIRED"
    row["ended_at"] = None if row["state"] == "RESERVED" else dice.choice(TIMES)
    row["touchpoint_id"] = None


def _contact(row: Row, dice: random.Random) -> None:
    row["attention_units"] = dice.choice((None, 0, 1, 2))


def _chat(row: Row, dice: random.Random) -> None:
    if row["dissolved_at"] is not None:
        row["dissolved_at"] = max(row["occurred_at"], row["dissolved_at"])


def _stay(row: Row, dice: random.Random) -> None:
    row["leave_reason"] = None if row["left_at"] is None else row["leave_reason"] or "OTHER"


def _campaign(row: Row, dice: random.Random) -> None:
    if row["ends_at"] is not None:
        row["ends_at"] = max(row["starts_at"], row["ends_at"])


def _part(row: Row, dice: random.Random) -> None:
    names = ("segment_id", "store_id", "channel_id", "content_id")
    given = [name for name in names if row[name] is not None]
    kept = dice.choice(given) if given else None
    for name in names:
        row[name] = row[name] if name == kept else None


PUT_RIGHT: dict[str, Any] = {
    "group_chats": _chat,
    "group_memberships": _stay,
    "campaigns": _campaign,
    "campaign_parts": _part,
    "contact_reservations": _reservation,
    "touchpoints": _contact,
    "transfers": _transfer,
    "assignment_queue": _waiting,
    "channel_hours": _interval,
    "work_shifts": _interval,
    "workloads": _workload,
    "boundary_overrides": _override,
    "handoffs": _handoff,
    "work_items": _item,
    "quotes": _quote,
    "quote_lines": _quote_line,
    "quote_guarantees": _quote_guarantee,
    "orders": _order,
    "order_lines": _order_line,
    "order_refunds": _order_refund,
    "appointments": _appointment,
    "appointment_times": _appointment_time,
    "promises": _promise,
    "model_units": _listed,
    "model_stages": _listed,
    "relationships": _relationship,
    "cases": _case,
    "feedback": _feedback,
    "feedback_clocks": _clock,
    "rewards": _reward,
    "improvements": _improvement,
    "trust_entries": _entry,
    "shares": _share,
    "referrals": _referral,
    "wow_plays": _play,
    "due_wow_moments": _due,
    "role_purposes": _model,
    "customers": _customer,
}
"""By table: a function of the row and the dice."""
