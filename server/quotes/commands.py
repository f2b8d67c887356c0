"""The inputs of this room's acts."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from pydantic import Field

from server.commands import Command, LongText, Moment, ShortText
from server.customers.case_terms import LossReason
from server.items.prices import Amount
from server.quotes.quote_terms import ConflictPolicy, ConflictResolution
from server.tenants.commands import ExternalRefs
from server.touchpoints.media import Medium

LINES_AT_MOST = 50
GUARANTEES_AT_MOST = 50
MONTHS_AT_MOST = 1_200


class LineGiven(Command):
    """An item, or something free in words; both where the item needs a word more."""

    item_id: UUID | None = None
    description: ShortText | None = None
    quantity: Decimal = Decimal(1)
    unit_price: Amount


class GuaranteeGiven(Command):
    """Without `line` (counted from 1) it holds for the whole quote."""

    scope: ShortText
    months: int = Field(ge=1, le=MONTHS_AT_MOST)
    conditions: ShortText | None = None
    line: int | None = Field(default=None, ge=1)


class QuoteGiven(Command):
    """What a quote says. Without `valid_from` it is valid from when it is issued; without `staff_id` it is the caller's."""

    lines: tuple[LineGiven, ...] = Field(min_length=1, max_length=LINES_AT_MOST)
    guarantees: tuple[GuaranteeGiven, ...] = Field(default=(), max_length=GUARANTEES_AT_MOST)
    valid_from: Moment | None = None
    valid_until: Moment
    case_id: UUID | None = None
    department_id: UUID | None = None
    staff_id: UUID | None = None
    occurred_at: Moment | None = None
    external_refs: ExternalRefs = ()


class DraftQuote(QuoteGiven):
    customer_id: UUID


class ReviseQuote(QuoteGiven):
    """A new draft that takes the place of the quote once it is issued. Case and department stay where not given."""

    quote_id: UUID


class IssueQuote(Command):
    """`boundary_override`: why, where quoting is not within the boundary of whoever issues."""

    quote_id: UUID
    staff_id: UUID | None = None
    boundary_override: ShortText | None = None
    occurred_at: Moment | None = None


class PresentQuote(Command):
    quote_id: UUID
    medium: Medium | None = None
    occurred_at: Moment | None = None


class AcceptQuote(Command):
    quote_id: UUID
    occurred_at: Moment | None = None


class DeclineQuote(Command):
    quote_id: UUID
    reason: LossReason | None = None
    words: LongText | None = None
    occurred_at: Moment | None = None


class WithdrawQuote(Command):
    quote_id: UUID
    words: LongText | None = None
    occurred_at: Moment | None = None


class ResolveQuoteConflict(Command):
    """Answer for a draft that contradicts one live quote."""

    quote_id: UUID
    other_quote_id: UUID
    resolution: ConflictResolution
    reason: ShortText


class SetQuotePolicy(Command):
    on_conflict: ConflictPolicy
    expected_version: int | None = None
