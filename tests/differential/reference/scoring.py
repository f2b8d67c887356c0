"""The facts of scorecards a second time: found in plain Python in whole tables, by the words of the trade.

Nothing here is shared with the room that counts in SQL, but for the closed lists of the trade: stages, metrics and their
samples. Every fact is a `Fact`; whose it is, and in which figure it stands, is asked of it afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from server.operations.metrics import METRICS, Metric
from server.tenants.business import BusinessType
from server.touchpoints.media import MEDIA
from server.touchpoints.outcomes import OUTCOME_EFFECTS, Outcome
from tests.differential.data import Row
from tests.differential.reference.counting import DAY, Counting, Fact, Unit, unit_of, units
from tests.differential.reference.opening import Opening

NODES = {
    Metric.ATTENDANCE_RATE: ("Appointment", "APPOINTMENT_READ"),
    Metric.SATISFACTION: ("Feedback", "FEEDBACK_READ"),
    Metric.NO_COMPLAINT_RATE: ("Case", "FEEDBACK_READ"),
    Metric.ON_TIME_RATE: ("Promise", "PROMISE_READ"),
    Metric.PROMISE_KEPT_RATE: ("Promise", "PROMISE_READ"),
    Metric.FIRST_RESPONSE_RATE: ("Touchpoint", "TOUCHPOINT_READ"),
    Metric.CLOSED_LOOP_RATE: ("Feedback", "FEEDBACK_READ"),
    Metric.RETENTION_RATE: ("Relationship", "CUSTOMER_READ"),
    Metric.ENGAGEMENT_RATE: ("Touchpoint", "TOUCHPOINT_READ"),
    Metric.SPONTANEOUS_SHARE_RATE: ("WowMoment", "WOW_READ"),
    Metric.REFERRAL_RATE: ("Customer", "WOW_READ"),
    **{metric: ("Case", "CUSTOMER_READ") for metric in Metric if metric.is_stage_conversion},
}
"""Which type a fact is shown as, and what the caller must be allowed to read."""

# --------------------------------------------------------------------------------------------------------------- the facts


def _conversions(counting: Counting, metric: Metric) -> Iterator[Fact]:
    for case_id in {row["case_id"] for row in counting.eyes.all("case_stage_changes")}:
        moves = sorted(
            counting.by("case_stage_changes", "case_id", case_id), key=lambda row: (row["occurred_at"], row["id"])
        )
        for stage in {row["to_stage_id"] for row in moves}:
            entered = next(row for row in moves if row["to_stage_id"] == stage)
            at = entered["occurred_at"]
            if not counting.inside(at):
                continue
            version = counting.version_at(at)
            for window in counting.by("metric_parameters", "operating_model_id", version["id"]):
                if window["metric"] != metric or window["from_stage_id"] != stage:
                    continue
                until = at + window["days"] * DAY
                later = _from(counting, version, window["to_stage_id"])
                reached = [
                    row["occurred_at"]
                    for row in moves
                    if row["to_stage_id"] in later and at <= row["occurred_at"] <= until
                ]
                yield Fact(
                    entered["id"], at, entered["customer_id"], case_id,
                    hit=bool(reached),
                    maturing=until > counting.now,
                    credited_at=min(reached) if reached else min(until, counting.now),
                    units=counting.owners(metric, at),
                )  # fmt: skip


def _from(counting: Counting, version: Row, stage_id: UUID) -> set[UUID]:
    """The stage and those behind it in the version."""
    place = {
        row["stage_id"]: row["position"] for row in counting.by("model_stages", "operating_model_id", version["id"])
    }
    return {id for id, position in place.items() if stage_id in place and position >= place[stage_id]}


def _attendance(counting: Counting, metric: Metric) -> Iterator[Fact]:
    for row in counting.eyes.all("appointments"):
        if counting.inside(row["starts_at"]) and row["cancelled_by"] != "BRAND":
            expected = row["status"] in ("BOOKED", "RESCHEDULED") and row["ends_at"] > counting.now
            yield Fact(
                row["id"], row["starts_at"], row["customer_id"], row["id"], row["status"] == "ARRIVED", expected,
                units=counting.owners(metric, row["starts_at"]), store_id=row["store_id"],
            )  # fmt: skip


def _satisfaction(counting: Counting, metric: Metric) -> Iterator[Fact]:
    for row in counting.eyes.all("feedback"):
        counts = row["kind"] == "RATING" and row["status"] not in ("DUPLICATE", "WITHDRAWN")
        if not counts or not counting.inside(row["occurred_at"]):
            continue
        of, id = row["rated_type"], row["rated_id"]
        visit = counting.eyes.find("appointments", id) if of == "Appointment" else None
        answer = counting.eyes.find("feedback", id) if of == "Feedback" else None
        served = [units(unit_of(one)) for one in (visit, answer) if one is not None]
        case_id = row["case_id"] or (id if of == "Case" else None) or (None if visit is None else visit["case_id"])
        owner = next(filter(None, served), None) or counting.stage_owner(
            row["customer_id"], case_id, row["occurred_at"]
        )
        yield Fact(
            row["id"], row["occurred_at"], row["customer_id"], row["id"], row["score"] in (4, 5),
            measure=row["score"], units=owner, store_id=row["store_id"],
            staff_id=None if visit is None else visit["staff_id"],
        )  # fmt: skip


def _no_complaint(counting: Counting, metric: Metric) -> Iterator[Fact]:
    for row in counting.eyes.all("cases"):
        if row["status"] not in ("WON", "COMPLETED") or not counting.inside(row["closed_at"]):
            continue
        until = row["closed_at"] + 30 * DAY
        complaints = [
            one
            for one in counting.by("feedback", "customer_id", row["customer_id"])
            if one["kind"] == "COMPLAINT"
            and one["status"] not in ("DUPLICATE", "WITHDRAWN")
            and one["occurred_at"] <= until
            and (one["case_id"] == row["id"] if one["case_id"] is not None else one["occurred_at"] >= row["opened_at"])
        ]
        yield Fact(
            row["id"], row["closed_at"], row["customer_id"], row["id"], not complaints, until > counting.now,
            units=counting.owners(metric, row["closed_at"]),
        )  # fmt: skip


def _on_time(counting: Counting, metric: Metric) -> Iterator[Fact]:
    for row in counting.eyes.all("promises"):
        if row["status"] != "RELEASED" and counting.inside(row["due_at"]):
            open_still = row["status"] == "OPEN" and row["due_at"] > counting.now
            yield Fact(
                row["id"], row["due_at"], row["customer_id"], row["id"], row["kept_in_time"] is True, open_still,
                units=units(unit_of(row)), store_id=row["store_id"], staff_id=row["staff_id"],
            )  # fmt: skip


def _promise_kept(counting: Counting, metric: Metric) -> Iterator[Fact]:
    for row in counting.eyes.all("promises"):
        if row["status"] in ("KEPT", "BROKEN") and counting.inside(row["settled_at"]):
            yield Fact(
                row["id"], row["settled_at"], row["customer_id"], row["id"], row["status"] == "KEPT",
                units=units(unit_of(row)), store_id=row["store_id"], staff_id=row["staff_id"],
            )  # fmt: skip


def _closed_loop(counting: Counting, metric: Metric) -> Iterator[Fact]:
    for clock in counting.eyes.all("feedback_clocks"):
        row = counting.eyes.find("feedback", clock["feedback_id"])
        if row is None or row["status"] in ("DUPLICATE", "WITHDRAWN"):
            continue
        stopped = clock["stopped_at"]
        in_time = stopped is not None and stopped <= clock["due_at"]
        ended = stopped if in_time else clock["due_at"]
        if not counting.inside(ended):
            continue
        told = [
            one
            for one in counting.by("feedback_moves", "feedback_id", row["id"])
            if one["to_status"] in ("ANSWERED", "DECLINED") and stopped is not None and one["occurred_at"] == stopped
        ]
        first = min(told, key=lambda one: (one["recorded_at"], one["id"]), default=None)
        yield Fact(
            clock["id"], ended, clock["customer_id"], row["id"], in_time,
            maturing=stopped is None and clock["due_at"] > counting.now,
            units=units(unit_of(row)), store_id=row["store_id"],
            staff_id=None if first is None else first["staff_id"],
        )  # fmt: skip


def _retention(counting: Counting, metric: Metric) -> Iterator[Fact]:
    for row in counting.eyes.all("relationships"):
        if row["state"] == "PENDING" or not counting.inside(row["since"]):
            continue
        before = counting.by("relationships", "customer_id", row["customer_id"])
        if any(
            one["state"] == "TRANSFERRED" and one["ended_at"] == row["since"] and one["id"] != row["id"]
            for one in before
        ):
            continue  # a colleague's, taken over
        until = row["since"] + 30 * DAY
        lasted = row["ended_at"] is None or row["ended_at"] > until or row["state"] == "TRANSFERRED"
        held = counting.by("relationship_roles", "relationship_id", row["id"])
        first = min(held, key=lambda one: (one["from_at"], one["id"]), default=None)
        yield Fact(
            row["id"], row["since"], row["customer_id"], row["id"], lasted, until > counting.now,
            units=() if first is None else units(unit_of(first)),
            store_id=None if first is None else first["store_id"],
            staff_id=row["staff_id"], channel_id=row["channel_id"],
        )  # fmt: skip


def _shares(counting: Counting, metric: Metric) -> Iterator[Fact]:
    for row in counting.eyes.all("wow_moments"):
        if not counting.inside(row["occurred_at"]):
            continue
        until = row["occurred_at"] + 14 * DAY
        told = any(
            one["spontaneous"] and one["occurred_at"] < until
            for one in counting.by("shares", "wow_moment_id", row["id"])
        )
        play = counting.eyes.find("wow_plays", row["play_id"])
        performs = () if play is None else units(unit_of(play))
        yield Fact(
            row["id"], row["occurred_at"], row["customer_id"], row["id"], told, until > counting.now,
            units=units(unit_of(row)) or performs or counting.stage_owner(row["customer_id"], row["case_id"], row["occurred_at"]),
            store_id=row["store_id"], staff_id=row["staff_id"],
        )  # fmt: skip


def _referrals(counting: Counting, metric: Metric) -> Iterator[Fact]:
    bought = [(row["customer_id"], row["occurred_at"]) for row in counting.eyes.all("orders")]
    won = [(row["customer_id"], row["closed_at"]) for row in counting.eyes.where("cases", status="WON")]
    first: dict[UUID, datetime] = {}
    for customer_id, at in [*bought, *won]:
        first[customer_id] = min(at, first.get(customer_id, at))
    for customer_id, at in first.items():
        if not counting.inside(at):
            continue
        until = at + 180 * DAY
        brought = [
            row["occurred_at"]
            for row in counting.by("referrals", "referrer_id", customer_id)
            if at <= row["occurred_at"] <= until
        ]
        yield Fact(
            customer_id, at, customer_id, customer_id, bool(brought), until > counting.now,
            credited_at=min(brought) if brought else min(until, counting.now),
            units=counting.owners(metric, at),
        )  # fmt: skip


# ------------------------------------------------------------------------------------------------------------ contacts

_LOOKED = {"OPENED", "CLICKED", "REPLIED"}
_MANY = {"WECOM_MASS_SEND", "WECOM_GROUP_CHAT", "WECOM_MOMENTS", "LIVE_STREAM"}


def _engagement(counting: Counting, metric: Metric) -> Iterator[Fact]:
    for row in counting.eyes.all("touchpoints"):
        shows = any(medium == row["medium"] and _LOOKED & set(traits.observes) for medium, traits in MEDIA.items())
        delivered = OUTCOME_EFFECTS[Outcome(row["outcome"])].rank >= 2
        ours = row["direction"] == "OUTBOUND" and row["state"] == "SENT"
        if not (shows and delivered and ours and counting.inside(row["occurred_at"])):
            continue
        known = {one["outcome"] for one in counting.by("touchpoint_outcomes", "touchpoint_id", row["id"])}
        above = OUTCOME_EFFECTS[Outcome(row["outcome"])].rank > 6
        yield Fact(
            row["id"], row["occurred_at"], row["customer_id"], row["id"],
            row["outcome"] in _LOOKED or (above and bool(known & _LOOKED)),
            row["occurred_at"] + timedelta(hours=72) > counting.now,
            units=units(unit_of(row)), store_id=row["store_id"], staff_id=row["staff_id"],
        )  # fmt: skip


def _first_response(counting: Counting, metric: Metric) -> Iterator[Fact]:
    tenant = counting.eyes.find("tenants", counting.eyes.tenant_id)
    assert tenant is not None
    minutes = (METRICS[metric].target_minutes or {})[BusinessType(tenant["business_type"])]
    target, week = timedelta(minutes=minutes), 7 * DAY
    flows: dict[tuple[Any, Any], list[Row]] = {}
    for row in counting.eyes.all("touchpoints"):
        said = row["state"] == "SENT" and row["medium"] not in _MANY
        if said and (row["direction"] == "INBOUND" or row["staff_id"] is not None):
            flows.setdefault((row["customer_id"], row["purpose"]), []).append(row)
    opening = Opening(counting.eyes)
    for (_, purpose), flow in flows.items():
        flow.sort(key=lambda row: (row["occurred_at"], row["id"]))
        for place, row in enumerate(flow):
            at = row["occurred_at"]
            before = flow[place - 1] if place else None
            waits = before is not None and before["direction"] == "INBOUND" and before["occurred_at"] >= at - week
            if row["direction"] != "INBOUND" or waits or not counting.inside(at):
                continue
            answer = next((one for one in flow[place + 1 :] if one["direction"] == "OUTBOUND"), None)
            if answer is not None and answer["occurred_at"] > at + week:
                answer = None
            waited = None if answer is None else opening.between(at, answer["occurred_at"])
            unit = unit_of(row)
            if unit is None:
                unit = _owner_of_purpose(counting, purpose, at)
            yield Fact(
                row["id"], at, row["customer_id"], row["id"],
                hit=waited is not None and waited <= target,
                maturing=opening.between(at, counting.now, enough=target) < target,
                measure=None if waited is None else waited // timedelta(microseconds=1),
                units=units(unit), store_id=row["store_id"],
                staff_id=row["staff_id"] or (None if answer is None else _answerer(flow, answer)),
            )  # fmt: skip


def _answerer(flow: Sequence[Row], answer: Row) -> UUID:
    """Of several answers at one moment, whose came first by its id."""
    there = [one for one in flow if one["direction"] == "OUTBOUND" and one["occurred_at"] == answer["occurred_at"]]
    return min(there, key=lambda one: one["id"])["staff_id"]  # type: ignore[no-any-return]  # a row's columns are untyped


def _owner_of_purpose(counting: Counting, purpose: str, moment: datetime) -> Unit | None:
    for line in counting.by("role_purposes", "operating_model_id", counting.version_at(moment)["id"]):
        if line["purpose"] == purpose and line["mode"] == "OWNS":
            return unit_of(line)
    return None


FACTS: Mapping[Metric, Callable[[Counting, Metric], Iterator[Fact]]] = {
    **{metric: _conversions for metric in Metric if metric.is_stage_conversion},
    Metric.ATTENDANCE_RATE: _attendance,
    Metric.SATISFACTION: _satisfaction,
    Metric.NO_COMPLAINT_RATE: _no_complaint,
    Metric.ON_TIME_RATE: _on_time,
    Metric.PROMISE_KEPT_RATE: _promise_kept,
    Metric.FIRST_RESPONSE_RATE: _first_response,
    Metric.CLOSED_LOOP_RATE: _closed_loop,
    Metric.RETENTION_RATE: _retention,
    Metric.ENGAGEMENT_RATE: _engagement,
    Metric.SPONTANEOUS_SHARE_RATE: _shares,
    Metric.REFERRAL_RATE: _referrals,
}
