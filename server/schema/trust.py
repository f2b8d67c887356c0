"""Trust accounts 信任账户: what a customer's confidence amounts to, explained entry by entry."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry
from sqlalchemy import select

from server.access.permissions import Permission
from server.customers.visibility import require_visible
from server.db.reader import Reader
from server.db.statements import table_of
from server.db.work import Work
from server.planner.call import Call
from server.planner.declarations import argument, column, computed, connection, link, ref, value
from server.planner.filters import ChoiceFilter, DateTimeFilter, filter_type, matches, orders
from server.planner.nodes import node
from server.schema.mutations import Payload, id_of, idempotency_key, mutation
from server.schema.nodes import Connection, Node
from server.schema.scalars import locale_argument
from server.terms import Locale
from server.trust import entries, queries, tables
from server.trust.commands import AdjustTrust
from server.trust.entry_terms import TrustEntryReason

if TYPE_CHECKING:
    from server.schema.customers import Customer

_accounts = table_of(tables.TrustAccount).c
_entries = table_of(tables.TrustEntry).c
_notes = table_of(tables.TrustNote).c

_note = (
    select(_notes.text)
    .where(_notes.tenant_id == _entries.tenant_id, _notes.entry_id == _entries.id)
    .correlate(table_of(tables.TrustEntry))
    .scalar_subquery()
)

TRUST_ENTRY_ORDERS = orders("TrustEntry", SEQ=_entries.seq)


@strawberry.input(description="Which entries of a trust account.")
class TrustEntryFilter:
    reason: ChoiceFilter[TrustEntryReason] | None = matches(_entries.reason, description="Why the account moved.")
    occurred_at: DateTimeFilter | None = matches(_entries.occurred_at, description="When the cause came about.")
    recorded_at: DateTimeFilter | None = matches(_entries.recorded_at, description="When it was recorded.")


TRUST_ENTRY_FILTER = filter_type(TrustEntryFilter)


def _labels(call: Call, rows: Sequence[Any], locale: Locale | None = None) -> list[str]:
    return [TrustEntryReason(row.reason).label(locale or call.locale) for row in rows]


async def _balances_at(reader: Reader, rows: Sequence[Any], time: datetime) -> list[int | None]:
    return await queries.balances_at(reader, [UUID(row.id) for row in rows], time)


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
    claimed: int = column(_entries.claimed, description="Points the rule said; negative for a withdrawal.")
    amount: int = column(
        _entries.amount,
        description="Points that were applied: less than claimed where the balance met 0 or the ceiling.",
    )
    balance_after: int = column(_entries.balance_after, description="The balance after this entry, in points.")
    ceiling_after: int = column(_entries.ceiling_after, description="The ceiling after this entry, in points.")
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
    note: str | None = column(
        _note, description="Why somebody moved the account by hand, in their words. Empty after erasure.", personal=True
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
    balance: int = column(
        _accounts.balance, description="Points, from 0 to the ceiling: the sum of the amounts of all entries."
    )
    ceiling: int = column(_accounts.ceiling, description="The highest balance this account can reach, in points.")
    creases: int = column(
        _accounts.creases, description="How many breaches have left their mark 折痕: each lowers the ceiling for good."
    )
    opened_at: datetime = column(_accounts.opened_at, description="When the account was opened.")
    recorded_at: datetime = column(_accounts.recorded_at, description="When that was recorded.")
    entries: Connection[TrustEntry] = connection(
        by=_entries.account_id,
        orders=TRUST_ENTRY_ORDERS,
        filter=TRUST_ENTRY_FILTER,
        description="Everything that ever moved the account, newest first.",
    )
    balance_at: int | None = computed(
        _balances_at,
        needs={"id": _accounts.id},
        arguments=[argument("time", datetime, "The moment asked about.")],
        description="The balance at that time, by what had been recorded then; null before the account was opened.",
    )


@strawberry.input(description="Move a trust account by hand. Give exactly one of deposit and withdrawal.")
class AdjustTrustInput:
    customer_id: strawberry.ID = strawberry.field(description="Whose account.")
    deposit: int | None = strawberry.field(
        default=None, description="Points to deposit, 1 to 30. Never for a discount: that buys a conversion, not trust."
    )
    withdrawal: int | None = strawberry.field(default=None, description="Points to withdraw, 1 to 50.")
    reason: str = strawberry.field(description="Why, in your own words; 1 to 500 characters. Kept as the entry's note.")
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What an adjustment answers.")
class AdjustTrustPayload(Payload):
    trust_account: TrustAccount | None = value(description="The account after it.")
    trust_entry: TrustEntry | None = value(description="The new entry.")


@mutation(
    Permission.TRUST_ADJUST,
    description="Deposit to or withdraw from a customer's trust account by hand 人工调整, with a reason that is kept.",
)
async def adjust_trust(work: Work, input: AdjustTrustInput) -> AdjustTrustPayload:
    customer_id = await id_of(work, "Customer", input.customer_id, "customer_id")
    command = AdjustTrust(
        customer_id=customer_id, deposit=input.deposit, withdrawal=input.withdrawal, reason=input.reason
    )
    await require_visible(work, command.customer_id, "customer_id")
    entry = await entries.adjust_trust(work, command)
    return AdjustTrustPayload(trust_account=ref(entry.account_id), trust_entry=ref(entry.id))
