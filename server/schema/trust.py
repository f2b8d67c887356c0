"""Trust accounts 信任账户: what a customer's confidence amounts to, explained entry by entry."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry
from sqlalchemy import select

from server.access.permissions import Permission
from server.db.reader import Reader
from server.db.statements import table_of
from server.planner.call import Call
from server.planner.declarations import argument, by_id, column, computed, connection, link, value
from server.planner.filters import (
    BooleanFilter,
    ChoiceFilter,
    DateTimeFilter,
    IntFilter,
    NumberFilter,
    filter_type,
    matches,
    orders,
)
from server.planner.nodes import node
from server.schema.nodes import Connection, Node
from server.schema.scalars import locale_argument, points
from server.terms import Locale
from server.trust import queries, stories, tables
from server.trust.balance import TrustLimit
from server.trust.entry_terms import ReversalGround, TrustEntryReason
from server.trust.explaining import account_in_words, entry_in_words
from server.trust.leaving import LeavingSign
from server.trust.policy import HUNDREDTHS, in_points

if TYPE_CHECKING:
    from server.schema.customers import Customer

_accounts = table_of(tables.TrustAccount).c
_entries = table_of(tables.TrustEntry).c
_notes = table_of(tables.TrustNote).c


def _beside(words: Any) -> Any:
    """What is kept of the entry in its note."""
    return (
        select(words)
        .where(_notes.tenant_id == _entries.tenant_id, _notes.entry_id == _entries.id)
        .correlate(table_of(tables.TrustEntry))
        .scalar_subquery()
    )


TRUST_ENTRY_ORDERS = orders("TrustEntry", SEQ=_entries.seq)


@strawberry.input(description="Which entries of a trust account.")
class TrustEntryFilter:
    reason: ChoiceFilter[TrustEntryReason] | None = matches(_entries.reason, description="Why the account moved.")
    severity_bp: IntFilter | None = matches(
        _entries.severity_bp, description="How deep it creased, in basis points; `from: 1` finds every crease."
    )
    occurred_at: DateTimeFilter | None = matches(_entries.occurred_at, description="When the cause came about.")
    recorded_at: DateTimeFilter | None = matches(_entries.recorded_at, description="When it was recorded.")


TRUST_ENTRY_FILTER = filter_type(TrustEntryFilter)

TRUST_ACCOUNT_ORDERS = orders("TrustAccount", newest_first=False, BALANCE=_accounts.balance, CEILING=_accounts.ceiling)


@strawberry.input(description="Which trust accounts.")
class TrustAccountFilter:
    near_leaving: BooleanFilter | None = matches(
        _accounts.near_leaving, description="Whether the customer is near leaving 濒临流失."
    )
    balance: NumberFilter | None = matches(_accounts.balance, units=HUNDREDTHS, description="By balance, in points.")
    ceiling: NumberFilter | None = matches(_accounts.ceiling, units=HUNDREDTHS, description="By ceiling, in points.")


TRUST_ACCOUNT_FILTER = filter_type(TrustAccountFilter)


def _labels(call: Call, rows: Sequence[Any], locale: Locale | None = None) -> list[str]:
    return [TrustEntryReason(row.reason).label(locale or call.locale) for row in rows]


def _entries_in_words(call: Call, rows: Sequence[Any], locale: Locale | None = None) -> list[str]:
    return [
        entry_in_words({**{name: getattr(row, name) for name in _TOLD}, "day": _date(row.day)}, locale or call.locale)
        for row in rows
    ]


_TOLD = ("seq", "reason", "claimed", "amount", "limited_by", "balance_after", "ceiling_after", "severity_bp")


def _date(day: Any) -> date:
    return day if isinstance(day, date) else date.fromisoformat(day)


async def _explained(reader: Reader, rows: Sequence[Any], locale: Locale | None = None) -> list[str]:
    told = await stories.stories(reader, [UUID(row.id) for row in rows])
    return [account_in_words(one, locale or reader.call.locale) for one in told]


def _signs(_: Call, rows: Sequence[Any]) -> list[list[LeavingSign]]:
    return [[LeavingSign(sign) for sign in row.signs] for row in rows]


@strawberry.type(description="Where a trust account is not what follows from its entries.")
class TrustDifference:
    seq: int | None = value(description="Number of the entry at fault; null where it is the account's own figure.")
    what: str = value(description="Which column.")
    stored: str = value(description="What is stored; points in hundredths.")
    expected: str = value(description="What follows from the rules and the entries before.")


async def _differences(reader: Reader, rows: Sequence[Any]) -> list[list[TrustDifference]]:
    found = await stories.differences_of(reader, [UUID(row.id) for row in rows])
    return [
        [TrustDifference(seq=one.seq, what=one.what, stored=one.stored, expected=one.expected) for one in each]
        for each in found
    ]


async def _balances_at(reader: Reader, rows: Sequence[Any], time: datetime) -> list[float | None]:
    found = await queries.balances_at(reader, [UUID(row.id) for row in rows], time)
    return [None if balance is None else in_points(balance) for balance in found]


@node(
    tables.TrustEntry,
    permission=Permission.TRUST_READ,
    description="One movement of a trust account 存取: a deposit, a withdrawal or a visible zero. Nobody can change or "
    "remove it.",
)
class TrustEntry(Node):
    account: Annotated["TrustAccount", strawberry.lazy("server.schema.trust")] | None = link(
        _entries.account_id, description="The account that moved."
    )
    seq: int = column(_entries.seq, description="Number of the entry in its account, from 1, without gaps.")
    reason: TrustEntryReason = column(_entries.reason, description="Why the account moved.")
    label: str = computed(
        _labels,
        needs={"reason": _entries.reason},
        pure=True,
        arguments=[locale_argument()],
        description="The reason in words.",
    )
    claimed: float = column(
        points(_entries.claimed),
        description="Points the rule said, with at most two decimals; negative for a withdrawal.",
    )
    amount: float = column(
        points(_entries.amount), description="Points that were applied: less than claimed where a limit was met."
    )
    limited_by: TrustLimit | None = column(
        _entries.limited_by, description="What kept it from being applied in full; null where it was."
    )
    balance_after: float = column(
        points(_entries.balance_after),
        description="The balance after this entry, in points. A CEILING_CUT follows where the ceiling came to lie below.",
    )
    ceiling_after: float = column(
        points(_entries.ceiling_after), description="The ceiling after this entry and its crease, in points."
    )
    severity_bp: int | None = column(
        _entries.severity_bp,
        description="How deep a withdrawal creases the account, in basis points: 10,000 is deepest. Null where it does "
        "not.",
    )
    cause: Node | None = link(
        _entries.cause_id,
        type_key=_entries.cause_type,
        description="What caused it. Null where nothing else did (the opening, an adjustment by hand), or it is not "
        "yours to see.",
    )
    reverses: Annotated["TrustEntry", strawberry.lazy("server.schema.trust")] | None = link(
        _entries.reverses_entry_id, description="The entry this one takes back."
    )
    reversed_by: Annotated["TrustEntry", strawberry.lazy("server.schema.trust")] | None = link(
        by=_entries.reverses_entry_id, description="The reversal 冲正 that took this entry back, if any."
    )
    ground: ReversalGround | None = column(
        _entries.ground, description="Why the entry taken back was posted in error; null for what is no reversal."
    )
    policy_version: int = column(
        _entries.policy_version, description="The policy it was posted under; 0: what a brand starts with."
    )
    day: date = column(_entries.day, description="The brand's day on which it was recorded.")
    note: str | None = column(
        _beside(_notes.text),
        description="Why somebody moved the account by hand or took an entry back, in their words. Empty after erasure.",
        personal=True,
    )
    evidence: str | None = column(
        _beside(_notes.evidence), description="What proves that a reversal was due. Empty after erasure.", personal=True
    )
    explanation: str = computed(
        _entries_in_words,
        needs={name: _entries[name] for name in (*_TOLD, "day")},
        pure=True,
        arguments=[locale_argument()],
        description="The entry as a sentence to read aloud.",
    )
    occurred_at: datetime = column(_entries.occurred_at, description="When the cause came about; may be past.")
    recorded_at: datetime = column(_entries.recorded_at, description="When it was recorded.")


@node(
    tables.TrustAccount,
    permission=Permission.TRUST_READ,
    description="What a customer's confidence in the brand amounts to 信任账户. Points are whole numbers; nobody edits "
    "the past.",
)
class TrustAccount(Node):
    customer: Annotated["Customer", strawberry.lazy("server.schema.customers")] | None = link(
        _accounts.customer_id, description="Whose trust it is."
    )
    balance: float = column(
        points(_accounts.balance),
        description="Points with at most two decimals, from 0 to the ceiling: the sum of the amounts of all entries.",
    )
    ceiling: float = column(
        points(_accounts.ceiling), description="The highest balance this account can reach, in points."
    )
    creases: int = column(
        _accounts.creases,
        description="How many breaches have left their mark 折痕: each lowers the ceiling for good. `entries(filter: "
        "{severityBp: {from: 1}})` are they.",
    )
    near_leaving: bool = column(
        _accounts.near_leaving, description="Whether the customer is near leaving 濒临流失, by the marks of the policy."
    )
    leaving_since: datetime | None = column(
        _accounts.leaving_since, description="Since when; null where the customer is not."
    )
    leaving_signs: list[LeavingSign] = computed(
        _signs, needs={"signs": _accounts.leaving_signs}, pure=True, description="What speaks for it."
    )
    opened_at: datetime = column(_accounts.opened_at, description="When the account was opened.")
    recorded_at: datetime = column(_accounts.recorded_at, description="When that was recorded.")
    entries: Connection[TrustEntry] = connection(
        by=_entries.account_id,
        orders=TRUST_ENTRY_ORDERS,
        filter=TRUST_ENTRY_FILTER,
        description="Everything that ever moved the account, newest first.",
    )
    balance_at: float | None = computed(
        _balances_at,
        needs={"id": _accounts.id},
        arguments=[argument("time", datetime, "The moment asked about.")],
        description="The balance at that time, by what had been recorded then; null before the account was opened.",
    )
    explanation: str = computed(
        _explained,
        needs={"id": _accounts.id},
        arguments=[locale_argument()],
        description="The whole balance in words, to read aloud to the customer: what is said adds up to it.",
    )
    differences: list[TrustDifference] = computed(
        _differences,
        needs={"id": _accounts.id},
        permission=Permission.TRUST_MANAGE,
        description="The account gone through again from its first entry: where it is not what follows from the rules. "
        "Empty where everything is right.",
    )


@strawberry.type
class TrustQueries:
    trust_accounts: Connection[TrustAccount] = connection(
        orders=TRUST_ACCOUNT_ORDERS,
        filter=TRUST_ACCOUNT_FILTER,
        permission=Permission.TRUST_READ,
        description="The trust accounts of the customers in the caller's data scope, the lowest balance first. "
        "`{nearLeaving: {eq: true}}` are those who are near leaving.",
    )
    trust_account: TrustAccount | None = by_id(
        permission=Permission.TRUST_READ, description="One account; null where it is not there or not yours to see."
    )
