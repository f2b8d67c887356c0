"""What this room emits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from server.events.catalogue import Event, event, fact, points_to, thin_fields
from server.trust.balance import TrustLimit
from server.trust.entry_terms import CauseType, ReversalGround, TrustEntryReason
from server.trust.tables import TrustAccount, TrustEntry


@event(
    "trust.account_opened",
    subject="TrustAccount",
    subject_field="account_id",
    description="A customer's trust account was opened. Its opening balance follows as entry number 1.",
    version=2,
)
@dataclass(frozen=True, kw_only=True)
class TrustAccountOpened(Event):
    account_id: UUID = points_to("TrustAccount", "The account.")
    customer_id: UUID = points_to("Customer", "Whose trust it keeps.")
    ceiling: int = fact("The highest balance it can reach, in hundredths of a point.")


@event(
    "trust.entry_posted",
    subject="TrustEntry",
    subject_field="entry_id",
    description="A trust account moved, or a visible zero was written into it. Points are in hundredths (version 1: in "
    "whole points).",
    version=2,
)
@dataclass(frozen=True, kw_only=True)
class TrustEntryPosted(Event):
    entry_id: UUID = points_to("TrustEntry", "The entry.")
    account_id: UUID = points_to("TrustAccount", "The account.")
    customer_id: UUID = points_to("Customer", "Whose trust it is.")
    seq: int = fact("Number of the entry in its account, from 1, without gaps.")
    reason: TrustEntryReason = fact("Why the account moved.")
    claimed: int = fact("What the rule said, in hundredths of a point; negative for a withdrawal.")
    amount: int = fact("What was applied, in hundredths of a point.")
    limited_by: TrustLimit | None = fact("Why that was less than claimed; null where it was not.")
    balance_after: int = fact("Balance after the entry, in hundredths of a point.")
    ceiling_after: int = fact("Ceiling after the entry, in hundredths of a point.")
    severity_bp: int | None = fact(
        "How deep a withdrawal creases the account, in basis points; null where it does not."
    )
    policy_version: int = fact("The policy it was posted under; 0: what a brand starts with.")
    day: date = fact("The brand's day on which it was recorded.")
    reverses_entry_id: UUID | None = points_to("TrustEntry", "The entry this one takes back, if any.")
    ground: ReversalGround | None = fact("Why that one was posted in error; null for what is no reversal.")
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


@event(
    "trust.leaving_changed",
    subject="TrustAccount",
    subject_field="account_id",
    description="A customer came near leaving, is so for other signs, or is no longer.",
)
@dataclass(frozen=True, kw_only=True)
class TrustLeavingChanged(Event):
    account_id: UUID = points_to("TrustAccount", "The account.")
    customer_id: UUID = points_to("Customer", "Who.")
    near_leaving: bool = fact("Whether the customer is near leaving now.")
    leaving_since: datetime | None = fact("Since when; null where they are not.")
    low_balance: bool = fact("Whether the balance is low.")
    withdrawals: bool = fact("Whether there were several withdrawals in a short time.")
    falling: bool = fact("Whether the ceiling is low and the balance has been falling.")


@event(
    "trust.policy_set",
    subject="Tenant",
    subject_field="tenant_id",
    description="The brand changed how its trust accounts are kept. Points are in hundredths.",
)
@dataclass(frozen=True, kw_only=True)
class TrustPolicySet(Event):
    tenant_id: UUID = points_to("Tenant", "The brand.")
    policy_version: int = fact("Its version, from 1.")
    opening_balance: int = fact("What new accounts open with.")
    opening_ceiling: int = fact("The ceiling new accounts open with.")
    minimum_ceiling: int = fact("No crease takes a ceiling lower.")
    crease_rate_bp: int = fact("How much of the ceiling a breach of full severity takes, in basis points.")
    daily_deposit_cap: int = fact("What deposits can add to an account in a day.")
    interest_rate_bp: int = fact("What a month without a withdrawal earns, in basis points.")
    leaving_balance_below: int = fact("Below this balance a customer is near leaving.")
    leaving_withdrawals: int = fact("With so many withdrawals a customer is near leaving.")
    leaving_withdrawal_days: int = fact("Within so many days.")
    leaving_ceiling_below: int = fact("With a ceiling below this and a falling balance a customer is near leaving.")
    leaving_falling_days: int = fact("Falling over so many days.")


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
        limited_by=None if entry.limited_by is None else TrustLimit(entry.limited_by),
        severity_bp=entry.severity_bp,
        policy_version=entry.policy_version,
        day=entry.day,
        ground=None if entry.ground is None else ReversalGround(entry.ground),
        reverses_entry_id=entry.reverses_entry_id,
        occurred_at=entry.occurred_at,
        **causes,
    )
