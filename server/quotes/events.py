"""What this room emits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from server.customers.case_terms import LossReason
from server.events.catalogue import Event, event, fact, points_to
from server.quotes.quote_terms import ConflictPolicy, ConflictResolution
from server.touchpoints.media import Medium


@dataclass(frozen=True, kw_only=True)
class _OfQuote(Event):
    """What everything that happens to a quote carries."""

    quote_id: UUID = points_to("Quote", "The quote.")
    customer_id: UUID = points_to("Customer", "To whom it is made.")


@dataclass(frozen=True, kw_only=True)
class _Moved(_OfQuote):
    """What every change of status carries besides."""

    staff_id: UUID | None = points_to("StaffMember", "Who did it, where a staff member did.")
    quote_version: int = fact("The quote's version from now on.")


@event("quote.drafted", subject="Quote", subject_field="quote_id", description="A quote 报价 was written.")
@dataclass(frozen=True, kw_only=True)
class QuoteDrafted(_OfQuote):
    case_id: UUID | None = points_to("Case", "The case it belongs to.")
    staff_id: UUID | None = points_to("StaffMember", "Who answers for it.")
    role_id: UUID | None = points_to("ServiceRole", "The role in which that person acts.")
    group_id: UUID | None = points_to("OpsGroup", "The ops group in which that person acts.")
    department_id: UUID | None = points_to("Store", "The department or store that makes it.")
    revises_id: UUID | None = points_to("Quote", "The quote in whose place it is made.")
    total_minor: int = fact("What it comes to, in minor units of the brand's currency.")
    valid_from: datetime | None = fact("From when it is valid; null: from when it is issued.")
    valid_until: datetime = fact("Until when it is valid.")


@event("quote.line_stated", subject="QuoteLine", subject_field="quote_line_id", description="A line of a draft.")
@dataclass(frozen=True, kw_only=True)
class QuoteLineStated(_OfQuote):
    quote_line_id: UUID = points_to("QuoteLine", "The line.")
    position: int = fact("Its place, from 1.")
    item_id: UUID | None = points_to("Item", "The item; null for something free.")
    quantity_milli: int = fact("How much of it, in thousandths.")
    unit_minor: int = fact("The price of one, in minor units of the brand's currency.")
    amount_minor: int = fact("What the line comes to, in minor units.")


@event(
    "quote.guarantee_stated",
    subject="QuoteGuarantee",
    subject_field="quote_guarantee_id",
    description="A guarantee term 保障条款 of a draft.",
)
@dataclass(frozen=True, kw_only=True)
class QuoteGuaranteeStated(_OfQuote):
    quote_guarantee_id: UUID = points_to("QuoteGuarantee", "The term.")
    quote_line_id: UUID | None = points_to("QuoteLine", "The line it is for; null: for the whole quote.")
    position: int = fact("Its place, from 1.")
    months: int = fact("For how many months it holds.")


@event(
    "quote.issued",
    subject="Quote",
    subject_field="quote_id",
    description="The brand gave a quote out, after it was seen to contradict no live one that nobody answered for.",
)
@dataclass(frozen=True, kw_only=True)
class QuoteIssued(_Moved):
    role_id: UUID | None = points_to("ServiceRole", "The role in which the issuer acts.")
    group_id: UUID | None = points_to("OpsGroup", "The ops group in which the issuer acts.")
    department_id: UUID | None = points_to("Store", "The department or store that makes it.")
    valid_from: datetime = fact("From when it is valid.")


@event("quote.presented", subject="Quote", subject_field="quote_id", description="The customer saw a quote.")
@dataclass(frozen=True, kw_only=True)
class QuotePresented(_Moved):
    medium: Medium | None = fact("Through what, where it was said.")


@event("quote.accepted", subject="Quote", subject_field="quote_id", description="The customer agreed to a quote.")
@dataclass(frozen=True, kw_only=True)
class QuoteAccepted(_Moved):
    pass


@event("quote.declined", subject="Quote", subject_field="quote_id", description="The customer said no to a quote.")
@dataclass(frozen=True, kw_only=True)
class QuoteDeclined(_Moved):
    declined_because: LossReason | None = fact("Why, where it was said.")


@event("quote.revised", subject="Quote", subject_field="quote_id", description="A revision took a quote's place.")
@dataclass(frozen=True, kw_only=True)
class QuoteRevised(_Moved):
    revision_id: UUID = points_to("Quote", "The quote that was issued in its place.")


@event("quote.withdrawn", subject="Quote", subject_field="quote_id", description="A quote was taken back.")
@dataclass(frozen=True, kw_only=True)
class QuoteWithdrawn(_Moved):
    pass


@event(
    "quote.expired",
    subject="Quote",
    subject_field="quote_id",
    description="A quote's validity ran out before the customer answered.",
)
@dataclass(frozen=True, kw_only=True)
class QuoteExpired(_Moved):
    pass


@event(
    "quote_conflict.resolved",
    subject="QuoteConflict",
    subject_field="quote_conflict_id",
    description="Somebody answered for a draft that contradicts a live quote 报价冲突.",
)
@dataclass(frozen=True, kw_only=True)
class QuoteConflictResolved(Event):
    quote_conflict_id: UUID = points_to("QuoteConflict", "The conflict.")
    customer_id: UUID = points_to("Customer", "Whose quotes they are.")
    quote_id: UUID = points_to("Quote", "The draft.")
    other_quote_id: UUID = points_to("Quote", "The live quote it contradicts.")
    staff_id: UUID | None = points_to("StaffMember", "Who answered for it, where a staff member did.")
    price_differs: bool = fact("Whether the price of an item differs.")
    guarantee_differs: bool = fact("Whether one of the two guarantees less.")
    resolution: ConflictResolution = fact("Why both may stand.")


@event(
    "quote_conflict.seen",
    subject="QuoteConflict",
    subject_field="quote_conflict_id",
    description="The customer has now seen both of two quotes that contradict each other.",
)
@dataclass(frozen=True, kw_only=True)
class QuoteConflictSeen(Event):
    quote_conflict_id: UUID = points_to("QuoteConflict", "The conflict.")
    customer_id: UUID = points_to("Customer", "Who saw both.")


@event(
    "quote_policy.set",
    subject="Tenant",
    subject_field="tenant_id",
    description="The brand says anew what happens to quotes that contradict live ones.",
)
@dataclass(frozen=True, kw_only=True)
class QuotePolicySet(Event):
    tenant_id: UUID = points_to("Tenant", "The brand.")
    on_conflict: ConflictPolicy = fact("What happens to such a quote.")
    policy_version: int = fact("The policy's version from now on.")
