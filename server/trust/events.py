"""What this room emits."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from server.events.catalogue import Event, event, fact, points_to, thin_fields
from server.trust.entry_terms import CauseType, TrustEntryReason
from server.trust.tables import TrustAccount, TrustEntry


@event(
    "trust.account_opened",
    subject="TrustAccount",
    subject_field="account_id",
    description="A customer's trust account was opened. Its opening balance follows as entry number 1.",
)
@dataclass(frozen=True, kw_only=True)
class TrustAccountOpened(Event):
    account_id: UUID = points_to("TrustAccount", "The account.")
    customer_id: UUID = points_to("Customer", "Whose trust it keeps.")
    ceiling: int = fact("The highest balance it can reach, in points.")


@event(
    "trust.entry_posted",
    subject="TrustEntry",
    subject_field="entry_id",
    description="A trust account moved, or a visible zero was written into it.",
)
@dataclass(frozen=True, kw_only=True)
class TrustEntryPosted(Event):
    entry_id: UUID = points_to("TrustEntry", "The entry.")
    account_id: UUID = points_to("TrustAccount", "The account.")
    customer_id: UUID = points_to("Customer", "Whose trust it is.")
    seq: int = fact("Number of the entry in its account, from 1, without gaps.")
    reason: TrustEntryReason = fact("Why the account moved.")
    claimed: int = fact("Points the rule said, negative for a withdrawal.")
    amount: int = fact("Points that were applied.")
    balance_after: int = fact("Balance after the entry, in points.")
    ceiling_after: int = fact("Ceiling after the entry, in points.")
    severity_bp: int | None = fact(
        "How deep a withdrawal creases the account, in basis points; null where it does not."
    )
    reverses_entry_id: UUID | None = points_to("TrustEntry", "The entry this one takes back, if any.")
    relationship_id: UUID | None = points_to("Relationship", "The cause, where it is a relationship.")
    touchpoint_id: UUID | None = points_to("Touchpoint", "The cause, where it is a touchpoint.")
    feedback_id: UUID | None = points_to("Feedback", "The cause, where it is a feedback.")
    wow_moment_id: UUID | None = points_to("WowMoment", "The cause, where it is a wow moment.")
    share_id: UUID | None = points_to("Share", "The cause, where it is a share.")
    promise_id: UUID | None = points_to("Promise", "The cause, where it is a promise.")
    handoff_id: UUID | None = points_to("Handoff", "The cause, where it is a handoff.")
    quote_conflict_id: UUID | None = points_to("QuoteConflict", "The cause, where it is a quote conflict.")
    order_id: UUID | None = points_to("Order", "The cause, where it is an order.")
    reward_id: UUID | None = points_to("Reward", "The cause, where it is a reward.")
    improvement_id: UUID | None = points_to("Improvement", "The cause, where it is an improvement.")


def opened(account: TrustAccount) -> TrustAccountOpened:
    return TrustAccountOpened(
        account_id=account.id,
        customer_id=account.customer_id,
        ceiling=account.ceiling,
        occurred_at=account.opened_at,
    )


def posted(entry: TrustEntry) -> TrustEntryPosted:
    causes: dict[str, UUID | None] = {
        cause.field: entry.cause_id if entry.cause_type == cause else None
        for cause in CauseType
        if cause.field in thin_fields(TrustEntryPosted)
    }
    return TrustEntryPosted(
        entry_id=entry.id,
        account_id=entry.account_id,
        customer_id=entry.customer_id,
        seq=entry.seq,
        reason=TrustEntryReason(entry.reason),
        claimed=entry.claimed,
        amount=entry.amount,
        balance_after=entry.balance_after,
        ceiling_after=entry.ceiling_after,
        severity_bp=entry.severity_bp,
        reverses_entry_id=entry.reverses_entry_id,
        occurred_at=entry.occurred_at,
        **causes,
    )
