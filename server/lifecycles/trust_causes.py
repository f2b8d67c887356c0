"""Whether trust accounts hold what the facts caused: every fact has its entry, and every entry its fact.

The facts are read from the event log, which nobody can change. What an act posts by what it saw at that moment and no event
tells (whether a customer waited, was introduced, was contacted against a refusal) is replayed within its account only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

from server.db.reader import Reader
from server.db.work import Work
from server.promises.trusting import EARLY
from server.trust.reasons import TrustReason


class Expected(NamedTuple):
    """An entry there must be: whose, for which reason, by which key of its cause."""

    customer_id: UUID
    reason: str
    key: str


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A fact without its entry (`missing`), or an entry without its fact."""

    customer_id: UUID
    reason: str
    key: str
    missing: bool


_Body = Mapping[str, Any]
_Read = Callable[[_Body, datetime | None], list[tuple[TrustReason, str]]]


def expected_of(type: str, body: _Body, occurred_at: datetime | None) -> list[tuple[TrustReason, str]]:
    """What an event of this type posts: reasons and keys. Pure."""
    read = _POSTS.get(type)
    return [] if read is None else read(body, occurred_at)


def _kept(body: _Body, at: datetime | None) -> list[tuple[TrustReason, str]]:
    if body["in_time"] is False:
        return [(TrustReason.PROMISE_LATE, body["promise_id"])]
    due = body["due_at"]
    early = due is not None and at is not None and at <= _moment(due) - EARLY
    return [(TrustReason.PROMISE_KEPT_EARLY if early else TrustReason.PROMISE_KEPT, body["promise_id"])]


def _told(body: _Body, at: datetime | None) -> list[tuple[TrustReason, str]]:
    late = body["clock_result"] == "LATE"
    return [(TrustReason.FEEDBACK_LATE if late else TrustReason.FEEDBACK_ANSWERED_IN_TIME, body["clock_id"])]


def _rated(body: _Body, at: datetime | None) -> list[tuple[TrustReason, str]]:
    if body["kind"] != "RATING":
        return []
    reason = {5: TrustReason.GOOD_RATING, 1: TrustReason.BAD_RATING, 2: TrustReason.BAD_RATING}.get(body["score"])
    return [] if reason is None else [(reason, body["feedback_id"])]


def _shared(body: _Body, at: datetime | None) -> list[tuple[TrustReason, str]]:
    if body["rewarded"]:
        return [(TrustReason.REWARDED_SHARE, body["share_id"])]
    return [(TrustReason.PROMPTED_SHARE if body["prompted"] else TrustReason.SPONTANEOUS_SHARE, body["share_id"])]


def _parted(body: _Body, at: datetime | None) -> list[tuple[TrustReason, str]]:
    by_customer = body["state"] == "REMOVED_BY_CUSTOMER"
    return [(TrustReason.BLOCKED_BY_CUSTOMER, body["relationship_id"])] if by_customer else []


def _of(reason: TrustReason, field: str) -> _Read:
    return lambda body, at: [(reason, body[field])]


_POSTS: Mapping[str, _Read] = MappingProxyType(
    {
        "promise.kept": _kept,
        "promise.broken": _of(TrustReason.PROMISE_BROKEN, "promise_id"),
        "feedback.answered": _told,
        "feedback.declined": _told,
        "feedback.raised": _rated,
        "wow_moment.recorded": _of(TrustReason.WOW_MOMENT, "wow_moment_id"),
        "share.recorded": _shared,
        "quote.conflict_seen": _of(TrustReason.QUOTE_CONFLICT_SEEN, "quote_conflict_id"),
        "relationship.ended": _parted,
    }
)
FOLLOWED = frozenset(
    {
        TrustReason.PROMISE_KEPT,
        TrustReason.PROMISE_KEPT_EARLY,
        TrustReason.PROMISE_LATE,
        TrustReason.PROMISE_BROKEN,
        TrustReason.FEEDBACK_ANSWERED_IN_TIME,
        TrustReason.GOOD_RATING,
        TrustReason.BAD_RATING,
        TrustReason.WOW_MOMENT,
        TrustReason.SPONTANEOUS_SHARE,
        TrustReason.PROMPTED_SHARE,
        TrustReason.REWARDED_SHARE,
        TrustReason.QUOTE_CONFLICT_SEEN,
        TrustReason.BLOCKED_BY_CUSTOMER,
    }
)
"""Reasons of which every entry has an event. A late answer may also have been posted by its clock, before any event."""

_EVENTS = """
SELECT e.type, e.customer_id, e.occurred_at, e.body FROM events e
JOIN trust_accounts a ON a.tenant_id = e.tenant_id AND a.customer_id = e.customer_id
WHERE e.tenant_id = $1 AND e.customer_id = ANY($2) AND e.type = ANY($3) AND ($4 OR e.recorded_at >= a.kept_since)
"""
_ENTRIES = """
SELECT customer_id, reason, cause_key FROM trust_entries
WHERE tenant_id = $1 AND customer_id = ANY($2) AND cause_key IS NOT NULL
"""


async def unmatched(statements: Work | Reader, customer_ids: Sequence[UUID]) -> list[Unmatched]:
    """Of these customers' accounts: facts since the account is kept without an entry, and entries no fact caused."""
    owed = await _expected(statements, customer_ids, all_time=False)
    known = await _expected(statements, customer_ids, all_time=True)
    rows = await statements.raw.fetch(_ENTRIES, statements.tenant_id, list(customer_ids))
    posted = {Expected(row["customer_id"], row["reason"], row["cause_key"]) for row in rows}
    unfounded = {one for one in posted if TrustReason(one.reason) in FOLLOWED} - known
    return [Unmatched(*one, missing=True) for one in sorted(owed - posted)] + [
        Unmatched(*one, missing=False) for one in sorted(unfounded)
    ]


async def _expected(statements: Work | Reader, customer_ids: Sequence[UUID], *, all_time: bool) -> set[Expected]:
    given = (statements.tenant_id, list(customer_ids), list(_POSTS), all_time)
    found = set()
    for row in await statements.raw.fetch(_EVENTS, *given):
        for reason, key in expected_of(row["type"], row["body"], row["occurred_at"]):
            found.add(Expected(row["customer_id"], reason.value, str(key)))
    return found


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
