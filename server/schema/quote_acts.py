"""The acts on quotes 报价: written, issued, presented, revised, accepted, declined, taken back."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import strawberry

from server.access.permissions import Permission
from server.customers.case_terms import LossReason
from server.db.work import Work
from server.planner.declarations import ref, value
from server.quotes import commands
from server.quotes.service import answering, drafting, issuing
from server.schema.boundaries import boundary_override_reason
from server.schema.external_refs import ExternalRefInput, external_ref_commands, external_refs_input
from server.schema.items import amount_given
from server.schema.mutations import Payload, id_of, id_or_none, idempotency_key, mutation
from server.schema.quotes import Quote
from server.schema.scalars import MoneyInput
from server.touchpoints.media import Medium

_QUOTE = "Global id of the quote, or `ref:<system>:<id>`."
_WHEN = "When it happened: now if left out, at most 5 minutes ahead, not before the quote's last step."
_STAFF = "Who answers for it, where the caller is no staff member; staff make quotes in their own name."
_LINES = "What is offered: 1 to 50 lines, each item at most once."
_GUARANTEES = "The guarantee terms 保障条款, at most 50."
_VALID_FROM = "From when it is valid; from when it is issued, if left out."
_VALID_UNTIL = "Until when it is valid, that moment excluded."
_DEPARTMENT = "The department that makes it: a store of kind DEPARTMENT or STORE that is open."


@strawberry.input(description="One line of a quote: an item, or something free in words.")
class QuoteLineInput:
    item_id: strawberry.ID | None = strawberry.field(default=None, description="The item; it must not be retired.")
    description: str | None = strawberry.field(
        default=None, description="What it is, in words, 1 to 500 characters; needed without an item. Personal."
    )
    quantity: Decimal = strawberry.field(
        default=Decimal(1), description="How much or how many: above 0, at most 1,000,000, at most 3 decimals."
    )
    unit_price: MoneyInput = strawberry.field(
        description="The price of one, not negative, in the brand's own currency; another one is refused."
    )


@strawberry.input(description="One guarantee term.")
class QuoteGuaranteeInput:
    scope: str = strawberry.field(description="What is covered, 1 to 500 characters.")
    months: int = strawberry.field(description="For how many months, 1 to 1,200.")
    conditions: str | None = strawberry.field(
        default=None, description="On what conditions, 1 to 500 characters; on none if left out."
    )
    line: int | None = strawberry.field(
        default=None, description="The number of the line it is for, from 1; for the whole quote if left out."
    )


@strawberry.input(description="What is quoted to whom.")
class DraftQuoteInput:
    customer_id: strawberry.ID = strawberry.field(description="To whom.")
    case_id: strawberry.ID | None = strawberry.field(default=None, description="A case of this customer.")
    department_id: strawberry.ID | None = strawberry.field(default=None, description=_DEPARTMENT)
    staff_id: strawberry.ID | None = strawberry.field(default=None, description=_STAFF)
    lines: list[QuoteLineInput] = strawberry.field(description=_LINES)
    guarantees: list[QuoteGuaranteeInput] | None = strawberry.field(default=None, description=_GUARANTEES)
    valid_from: datetime | None = strawberry.field(default=None, description=_VALID_FROM)
    valid_until: datetime = strawberry.field(description=_VALID_UNTIL)
    occurred_at: datetime | None = strawberry.field(
        default=None, description="When it was written: now if left out, at most 5 minutes ahead."
    )
    external_refs: list[ExternalRefInput] | None = external_refs_input()
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What became of it.")
class DraftQuotePayload(Payload):
    quote: Quote | None = value(description="The draft.")


@strawberry.input(description="What a quote is to say instead: all of it.")
class ReviseQuoteInput:
    quote_id: strawberry.ID = strawberry.field(description=f"What is revised. {_QUOTE}")
    case_id: strawberry.ID | None = strawberry.field(
        default=None, description="A case of the customer; that of the quote if left out."
    )
    department_id: strawberry.ID | None = strawberry.field(
        default=None, description=f"{_DEPARTMENT} That of the quote if left out."
    )
    staff_id: strawberry.ID | None = strawberry.field(default=None, description=_STAFF)
    lines: list[QuoteLineInput] = strawberry.field(description=_LINES)
    guarantees: list[QuoteGuaranteeInput] | None = strawberry.field(default=None, description=_GUARANTEES)
    valid_from: datetime | None = strawberry.field(default=None, description=_VALID_FROM)
    valid_until: datetime = strawberry.field(description=_VALID_UNTIL)
    occurred_at: datetime | None = strawberry.field(default=None, description=_WHEN)
    external_refs: list[ExternalRefInput] | None = external_refs_input()
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What became of it.")
class ReviseQuotePayload(Payload):
    quote: Quote | None = value(description="The new draft; what it revises stays as it is until it is issued.")


@strawberry.input(description="Which draft is given out.")
class IssueQuoteInput:
    quote_id: strawberry.ID = strawberry.field(description=_QUOTE)
    staff_id: strawberry.ID | None = strawberry.field(default=None, description=f"{_STAFF} Who wrote it, if left out.")
    boundary_override: str | None = boundary_override_reason()
    occurred_at: datetime | None = strawberry.field(default=None, description=_WHEN)
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What became of it.")
class IssueQuotePayload(Payload):
    quote: Quote | None = value(description="The quote as it is now.")


@strawberry.input(description="The customer saw a quote.")
class PresentQuoteInput:
    quote_id: strawberry.ID = strawberry.field(description=_QUOTE)
    medium: Medium | None = strawberry.field(default=None, description="Through what.")
    occurred_at: datetime | None = strawberry.field(default=None, description=_WHEN)
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What became of it.")
class PresentQuotePayload(Payload):
    quote: Quote | None = value(description="The quote as it is now.")


@strawberry.input(description="The customer agreed to a quote.")
class AcceptQuoteInput:
    quote_id: strawberry.ID = strawberry.field(description=_QUOTE)
    occurred_at: datetime | None = strawberry.field(default=None, description=_WHEN)
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What became of it.")
class AcceptQuotePayload(Payload):
    quote: Quote | None = value(description="The quote as it is now, and stays.")


@strawberry.input(description="The customer said no to a quote.")
class DeclineQuoteInput:
    quote_id: strawberry.ID = strawberry.field(description=_QUOTE)
    reason: LossReason | None = strawberry.field(default=None, description="Why, where it was said.")
    words: str | None = strawberry.field(default=None, description="In their words, 1 to 4,000 characters. Personal.")
    occurred_at: datetime | None = strawberry.field(default=None, description=_WHEN)
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What became of it.")
class DeclineQuotePayload(Payload):
    quote: Quote | None = value(description="The quote as it is now.")


@strawberry.input(description="Which quote is taken back.")
class WithdrawQuoteInput:
    quote_id: strawberry.ID = strawberry.field(description=_QUOTE)
    words: str | None = strawberry.field(default=None, description="Why, 1 to 4,000 characters. Personal.")
    occurred_at: datetime | None = strawberry.field(default=None, description=_WHEN)
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What became of it.")
class WithdrawQuotePayload(Payload):
    quote: Quote | None = value(description="The quote as it is now.")


async def _given(work: Work, input: DraftQuoteInput | ReviseQuoteInput) -> dict[str, Any]:
    """What both inputs have in common, as the commands take it."""
    return {
        "case_id": await id_or_none(work, "Case", input.case_id, "case_id"),
        "department_id": await id_or_none(work, "Store", input.department_id, "department_id"),
        "staff_id": await id_or_none(work, "StaffMember", input.staff_id, "staff_id"),
        "lines": await _lines(work, input.lines),
        "guarantees": tuple(
            {"scope": one.scope, "months": one.months, "conditions": one.conditions, "line": one.line}
            for one in input.guarantees or ()
        ),
        "valid_from": input.valid_from,
        "valid_until": input.valid_until,
        "occurred_at": input.occurred_at,
        "external_refs": external_ref_commands(input.external_refs),
    }


async def _lines(work: Work, given: Sequence[QuoteLineInput]) -> tuple[dict[str, Any], ...]:
    """Ids of no more lines than a quote can have are looked up; what is too many, the command refuses."""
    looked_up = given[: commands.LINES_AT_MOST]
    items = [await id_or_none(work, "Item", line.item_id, "lines", at, "item_id") for at, line in enumerate(looked_up)]
    items += [None] * (len(given) - len(items))
    return tuple(
        {
            "item_id": item_id,
            "description": line.description,
            "quantity": line.quantity,
            "unit_price": amount_given(line.unit_price),
        }
        for item_id, line in zip(items, given, strict=True)
    )


@mutation(
    Permission.QUOTE_WRITE,
    description="Write a quote 报价. Nobody is bound by it until `issueQuote`; what it says cannot be changed, only revised.",
)
async def draft_quote(work: Work, input: DraftQuoteInput) -> DraftQuotePayload:
    customer_id = await id_of(work, "Customer", input.customer_id, "customer_id")
    given = await _given(work, input)
    quote = await drafting.draft_quote(work, commands.DraftQuote(customer_id=customer_id, **given))
    return DraftQuotePayload(quote=ref(quote.id))


@mutation(
    Permission.QUOTE_WRITE,
    description="Write a quote in the place of one's own earlier one 改版. When it is issued, the earlier one is REVISED in "
    "the same act; one that was declined or ran out stays so. An accepted quote cannot be revised.",
)
async def revise_quote(work: Work, input: ReviseQuoteInput) -> ReviseQuotePayload:
    quote_id = await id_of(work, "Quote", input.quote_id, "quote_id")
    given = await _given(work, input)
    quote = await drafting.revise_quote(work, commands.ReviseQuote(quote_id=quote_id, **given))
    return ReviseQuotePayload(quote=ref(quote.id))


@mutation(
    Permission.QUOTE_WRITE,
    description="Give a draft out 开出. Where QUOTATION lies outside the boundary of the role or group whoever issues serves "
    "in, it is refused with `OutOfBoundary`. A quote that contradicts a live one of anybody in the brand is refused with "
    "`QuoteConflicts`, unless the policy allows it and `resolveQuoteConflict` answered for each.",
)
async def issue_quote(work: Work, input: IssueQuoteInput) -> IssueQuotePayload:
    command = commands.IssueQuote(
        quote_id=await id_of(work, "Quote", input.quote_id, "quote_id"),
        staff_id=await id_or_none(work, "StaffMember", input.staff_id, "staff_id"),
        boundary_override=input.boundary_override,
        occurred_at=input.occurred_at,
    )
    return IssueQuotePayload(quote=ref((await issuing.issue_quote(work, command)).id))


@mutation(
    Permission.QUOTE_WRITE,
    description="Record the moment the customer saw an issued quote 出示. Needed before an answer.",
)
async def present_quote(work: Work, input: PresentQuoteInput) -> PresentQuotePayload:
    command = commands.PresentQuote(
        quote_id=await id_of(work, "Quote", input.quote_id, "quote_id"),
        medium=input.medium,
        occurred_at=input.occurred_at,
    )
    return PresentQuotePayload(quote=ref((await answering.present_quote(work, command)).id))


@mutation(
    Permission.QUOTE_WRITE,
    description="Record that the customer agreed 接受, which freezes the quote. Accepting it again answers the accepted "
    "quote and changes nothing; one that contradicts an accepted quote is refused with `QuoteConflicts`.",
)
async def accept_quote(work: Work, input: AcceptQuoteInput) -> AcceptQuotePayload:
    quote_id = await id_of(work, "Quote", input.quote_id, "quote_id")
    command = commands.AcceptQuote(quote_id=quote_id, occurred_at=input.occurred_at)
    return AcceptQuotePayload(quote=ref((await answering.accept_quote(work, command)).id))


@mutation(Permission.QUOTE_WRITE, description="Record that the customer said no to a presented quote 拒绝.")
async def decline_quote(work: Work, input: DeclineQuoteInput) -> DeclineQuotePayload:
    command = commands.DeclineQuote(
        quote_id=await id_of(work, "Quote", input.quote_id, "quote_id"),
        reason=input.reason,
        words=input.words,
        occurred_at=input.occurred_at,
    )
    return DeclineQuotePayload(quote=ref((await answering.decline_quote(work, command)).id))


@mutation(
    Permission.QUOTE_WRITE,
    description="Take one's own quote back before the customer answered 撤回. Others' are taken back by managers of quotes.",
)
async def withdraw_quote(work: Work, input: WithdrawQuoteInput) -> WithdrawQuotePayload:
    quote_id = await id_of(work, "Quote", input.quote_id, "quote_id")
    command = commands.WithdrawQuote(quote_id=quote_id, words=input.words, occurred_at=input.occurred_at)
    return WithdrawQuotePayload(quote=ref((await answering.withdraw_quote(work, command)).id))
