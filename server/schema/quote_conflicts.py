"""Quotes that contradict each other: as recorded, as a refusal, and the brand's policy about them."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from server.access.permissions import Permission
from server.db.reader import Reader
from server.db.statements import table_of
from server.db.work import Work
from server.errors import DomainError
from server.ids import global_id
from server.planner.declarations import column, computed, link, ref, value
from server.planner.filters import ChoiceFilter, DateTimeFilter, IdFilter, filter_type, matches, orders
from server.planner.nodes import node
from server.quotes import commands, tables
from server.quotes.conflicts import ItemConflict
from server.quotes.errors import ContradictedQuote, QuotesContradict
from server.quotes.policies import said_policy
from server.quotes.quote_terms import ConflictPolicy, ConflictResolution, Contradiction, QuoteStatus
from server.quotes.service import resolving
from server.schema.mutations import Payload, id_of, idempotency_key, mutation
from server.schema.nodes import Node
from server.schema.scalars import CurrencyCode, Money
from server.schema.user_errors import UserError, common, user_error_for
from server.tenants.currencies import main_units
from server.terms import Locale

if TYPE_CHECKING:
    from server.schema.customers import Customer
    from server.schema.quotes import Quote
    from server.schema.staff import StaffMember

_rows = table_of(tables.QuoteConflict).c


# ---------------------------------------------------------------------------------------------------------- as recorded


@node(
    tables.QuoteConflict,
    permission=Permission.QUOTE_READ,
    description="Two quotes of one customer that contradict each other 报价冲突, and how somebody answered for it.",
)
class QuoteConflict(Node):
    customer: Annotated["Customer", strawberry.lazy("server.schema.customers")] | None = link(
        _rows.customer_id, description="Whose quotes they are."
    )
    quote: Annotated["Quote", strawberry.lazy("server.schema.quotes")] | None = link(
        _rows.quote_id, description="The one that came second."
    )
    other_quote: Annotated["Quote", strawberry.lazy("server.schema.quotes")] | None = link(
        _rows.other_quote_id, description="The live one it contradicts."
    )
    kinds: list[Contradiction] = column(_rows.kinds, description="In what they disagree.")
    resolution: ConflictResolution = column(_rows.resolution, description="Why both may stand.")
    reason: str | None = column(
        _rows.reason,
        personal=True,
        description="The same in the words of whoever answered for it. Empty after erasure.",
    )
    staff: Annotated["StaffMember", strawberry.lazy("server.schema.staff")] | None = link(
        _rows.staff_id, description="Who answered for it; null where no staff member did."
    )
    resolved_at: datetime = column(_rows.resolved_at, description="When.")
    seen_at: datetime | None = column(
        _rows.seen_at, description="Since when the customer has seen both of them; null while that is not so."
    )
    recorded_at: datetime = column(_rows.recorded_at, description="When it was recorded.")


QUOTE_CONFLICT_ORDERS = orders("QuoteConflict", RESOLVED_AT=_rows.resolved_at)


@strawberry.input(description="Which conflicts.")
class QuoteConflictFilter:
    customer: IdFilter | None = matches(_rows.customer_id, id_of="Customer", description="Whose quotes.")
    quote: IdFilter | None = matches(_rows.quote_id, id_of="Quote", description="Of which second quote.")
    other_quote: IdFilter | None = matches(_rows.other_quote_id, id_of="Quote", description="With which live quote.")
    resolution: ChoiceFilter[ConflictResolution] | None = matches(_rows.resolution, description="Why both may stand.")
    resolved_at: DateTimeFilter | None = matches(_rows.resolved_at, description="When somebody answered for it.")
    seen_at: DateTimeFilter | None = matches(
        _rows.seen_at, description="When the customer had seen both; `isNull: false` for those that reached one."
    )


QUOTE_CONFLICT_FILTER = filter_type(QuoteConflictFilter)


# --------------------------------------------------------------------------------------------------------- as a refusal


@strawberry.type(description="In what two quotes disagree about one item.")
class ItemContradiction:
    item_id: strawberry.ID = value(description="Global id of the item.")
    kinds: list[Contradiction] = value(description="In what they disagree.")
    unit_price: Money = value(description="What the refused quote asks for one.")
    other_unit_price: Money = value(description="What the live quote asks for one.")
    narrower_scopes: list[str] = value(description="Where the refused quote guarantees less, in the live one's words.")
    other_narrower_scopes: list[str] = value(
        description="Where the live quote guarantees less, in the refused one's words."
    )


@strawberry.type(description="A live quote that stands in the way: what whoever is refused may know of it.")
class ContradictedLiveQuote:
    quote_id: strawberry.ID = value(description="Global id of the quote.")
    status: QuoteStatus = value(description="How far it has come.")
    own: bool = value(description="Whether it is the caller's own: `reviseQuote` makes one that takes its place.")
    staff_id: strawberry.ID | None = value(description="Global id of whoever answers for it.")
    staff_name: str | None = value(description="The name of whoever answers for it: whom to talk to.")
    department_id: strawberry.ID | None = value(description="Global id of the department or store that made it.")
    department_name: str | None = value(description="The name of that department or store.")
    valid_from: datetime = value(description="From when it is valid.")
    valid_until: datetime = value(description="Until when it is valid.")
    presented_at: datetime | None = value(description="When the customer saw it; null where it was not shown yet.")
    items: list[ItemContradiction] = value(description="In what the two disagree, item by item.")


@strawberry.type(description="The quote contradicts live ones of the same customer, of whomever in the brand 报价冲突.")
class QuoteConflicts(UserError):
    conflicts: list[ContradictedLiveQuote] = value(description="The live quotes it contradicts, the oldest first.")


@user_error_for(QuotesContradict)
def _quote_conflicts(refusal: DomainError, locale: Locale) -> UserError:
    assert isinstance(refusal, QuotesContradict)
    return QuoteConflicts(conflicts=[_contradicted(one) for one in refusal.quotes], **common(refusal, locale))


def _contradicted(quote: ContradictedQuote) -> ContradictedLiveQuote:
    return ContradictedLiveQuote(
        quote_id=_id("Quote", quote.quote_id),
        status=QuoteStatus(quote.status),
        own=quote.own,
        staff_id=None if quote.staff_id is None else _id("StaffMember", quote.staff_id),
        staff_name=quote.staff_name,
        department_id=None if quote.department_id is None else _id("Store", quote.department_id),
        department_name=quote.department_name,
        valid_from=quote.valid_from,
        valid_until=quote.valid_until,
        presented_at=quote.presented_at,
        items=[_item(one, quote.currency) for one in quote.conflicts],
    )


def _item(conflict: ItemConflict, currency: str) -> ItemContradiction:
    return ItemContradiction(
        item_id=_id("Item", conflict.item_id),
        kinds=list(conflict.kinds),
        unit_price=_amount(conflict.unit_minor, currency),
        other_unit_price=_amount(conflict.other_unit_minor, currency),
        narrower_scopes=list(conflict.narrower_scopes),
        other_narrower_scopes=list(conflict.other_narrower_scopes),
    )


def _amount(minor: int, currency: str) -> Money:
    return Money(amount=main_units(minor, currency), currency=CurrencyCode(currency))


def _id(type_name: str, id: Any) -> strawberry.ID:
    return strawberry.ID(global_id(type_name, id))


# ----------------------------------------------------------------------------------------------------------- the policy


@strawberry.type(description="What the brand does about a quote that contradicts a live one.")
class QuotePolicy:
    on_conflict: ConflictPolicy = value(description="What happens to it.")
    version: int = value(description="Give it as `expectedVersion` when changing it; 0 while nothing was ever said.")


async def _policy(reader: Reader, rows: Sequence[Any]) -> list[QuotePolicy]:
    on_conflict, version = await said_policy(reader)
    return [QuotePolicy(on_conflict=on_conflict, version=version)]


@strawberry.type
class QuotePolicyQueries:
    quote_policy: QuotePolicy = computed(
        _policy,
        permission=Permission.QUOTE_READ,
        description="What the brand does about quotes that contradict each other. BLOCK unless it said otherwise.",
    )


@strawberry.input(description="What happens from now on to a quote that contradicts a live one.")
class SetQuotePolicyInput:
    on_conflict: ConflictPolicy = strawberry.field(description="What happens to it.")
    expected_version: int | None = strawberry.field(
        default=None, description="Only if the policy is at this version; otherwise CONFLICT."
    )
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What became of it.")
class SetQuotePolicyPayload(Payload):
    quote_policy: QuotePolicy | None = value(description="The policy as it is now.")


@mutation(
    Permission.QUOTE_MANAGE,
    description="Say what happens to quotes that contradict live ones. What is issued already stays as it is.",
)
async def set_quote_policy(work: Work, input: SetQuotePolicyInput) -> SetQuotePolicyPayload:
    command = commands.SetQuotePolicy(on_conflict=input.on_conflict, expected_version=input.expected_version)
    said = await resolving.set_quote_policy(work, command)
    policy = QuotePolicy(on_conflict=ConflictPolicy(said.on_conflict), version=said.version)
    return SetQuotePolicyPayload(quote_policy=policy)


@strawberry.input(description="Who answers for a conflict, and how.")
class ResolveQuoteConflictInput:
    quote_id: strawberry.ID = strawberry.field(description="The draft that is to be issued.")
    other_quote_id: strawberry.ID = strawberry.field(description="The live quote it contradicts.")
    resolution: ConflictResolution = strawberry.field(description="Why both may stand.")
    reason: str = strawberry.field(description="The same in words, 1 to 500 characters. Personal.")
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What became of it.")
class ResolveQuoteConflictPayload(Payload):
    quote_conflict: QuoteConflict | None = value(description="The conflict as recorded.")


@mutation(
    Permission.QUOTE_MANAGE,
    description="Answer for a draft that contradicts a live quote, so that it can be issued beside it 处理报价冲突. Only "
    "where the policy allows it; each live quote it contradicts needs an answer of its own.",
)
async def resolve_quote_conflict(work: Work, input: ResolveQuoteConflictInput) -> ResolveQuoteConflictPayload:
    command = commands.ResolveQuoteConflict(
        quote_id=await id_of(work, "Quote", input.quote_id, "quote_id"),
        other_quote_id=await id_of(work, "Quote", input.other_quote_id, "other_quote_id"),
        resolution=input.resolution,
        reason=input.reason,
    )
    conflict = await resolving.resolve_quote_conflict(work, command)
    return ResolveQuoteConflictPayload(quote_conflict=ref(conflict.id))
