"""A quote is written, or written anew in the place of another one. What it says is complete from then on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from server.customers import family, visibility
from server.customers.tables import Case
from server.db.statements import among, table_of
from server.db.work import Work
from server.errors import NotFound
from server.items.errors import NegativeAmount
from server.items.tables import Item
from server.operations.store_kinds import StoreKind
from server.operations.tables import Store
from server.quotes import errors, queries
from server.quotes.amounts import line_amount, thousandths
from server.quotes.commands import DraftQuote, GuaranteeGiven, LineGiven, QuoteGiven, ReviseQuote
from server.quotes.conflicts import scope_key
from server.quotes.events import QuoteDrafted, QuoteGuaranteeStated, QuoteLineStated
from server.quotes.moves import QuoteAct
from server.quotes.proceeding import held, last_step, require_move, require_own
from server.quotes.tables import Quote, QuoteGuarantee, QuoteLine
from server.tenants import currencies, external_refs
from server.tenants import queries as tenants
from server.touchpoints.circumstances import time_of_fact

_QUOTING = frozenset({StoreKind.DEPARTMENT.value, StoreKind.STORE.value})


async def draft_quote(work: Work, command: DraftQuote) -> Quote:
    """Write a quote. Nobody is bound by it until it is issued.

    Raises NotFound for what is named and is not there (an invisible customer among it), AnotherCurrency, NegativeAmount,
    Invalid, ItemNamedTwice, ItemIsRetired, LineSaysNothing, ScopeNamedTwice, NoSuchLine, ValidForNoTime, NoDepartment,
    ActsForAnother, InTheFuture.
    """
    await visibility.require_visible(work, command.customer_id, "customer_id")
    quote = Quote(customer_id=command.customer_id, case_id=command.case_id, department_id=command.department_id)
    return await _write(work, command, quote, time_of_fact(work, command.occurred_at))


async def revise_quote(work: Work, command: ReviseQuote) -> Quote:
    """Write a quote that will take the place of this one, which stays as it is until that is issued.

    Raises NotYourQuote, QuoteMoveNotAllowed where it was accepted, revised or withdrawn, BeforeLastStep, and like
    `draft_quote`.
    """
    before = await held(work, command.quote_id)
    require_own(work, before)
    require_move(before, QuoteAct.REVISE, work.now)
    at = time_of_fact(work, command.occurred_at)
    if command.occurred_at is not None and at < last_step(before):
        raise errors.BeforeLastStep("occurred_at")
    quote = Quote(
        customer_id=before.customer_id,
        case_id=command.case_id or before.case_id,
        department_id=command.department_id or before.department_id,
        revises_id=before.id,
    )
    return await _write(work, command, quote, at)


async def issuer_of(work: Work, given: UUID | None, otherwise: UUID | None) -> UUID | None:
    """Who answers for the quote: the calling staff member, or whom somebody without a staff member's key names.

    Raises ActsForAnother, and NotFound or StaffMemberLeft for whoever is named.
    """
    own = work.caller.staff_id
    if own is not None:
        if given not in (None, own):
            raise errors.ActsForAnother("staff_id")
        return UUID(str(own))
    if given is not None:
        await tenants.require_working_staff(work, given, "staff_id")
        return given
    return otherwise


async def _write(work: Work, command: QuoteGiven, quote: Quote, at: datetime) -> Quote:
    """Complete the quote by who makes it and what it says, and tell."""
    starts = command.valid_from or at
    if command.valid_until <= starts:
        raise errors.ValidForNoTime("valid_until")
    await _require_places(work, quote)
    quote.staff_id = await issuer_of(work, command.staff_id, None)
    if quote.staff_id is not None:
        held_in = await queries.capacities(work, quote.staff_id, quote.customer_id)
        if held_in:
            quote.role_id, quote.group_id = held_in[0][0].role_id, held_in[0][0].group_id
    quote.currency = await tenants.currency(work)
    quote.valid_from, quote.valid_until = command.valid_from, command.valid_until
    quote.drafted_at, quote.updated_at = at, work.now
    await _require_items(work, command.lines)
    lines = [_line(quote, one, place) for place, one in enumerate(command.lines)]
    terms = _terms(quote, command.guarantees, lines)
    quote.total_minor = sum(line.amount_minor for line in lines)
    if quote.total_minor > currencies.LARGEST_AMOUNT:
        raise errors.TotalTooLarge("lines")
    for row in (quote, *lines, *terms):
        work.add(row)
    _tell(work, quote, lines, terms)
    await external_refs.attach(work, "Quote", quote.id, command.external_refs, just_made=True)
    return quote


async def _require_places(work: Work, quote: Quote) -> None:
    """The case is the customer's, the department one that quotes."""
    if quote.case_id is not None:
        case = await work.require(Case, quote.case_id, "case_id")
        if not await family.are_one(work, case.customer_id, quote.customer_id):
            raise NotFound("case_id")
    if quote.department_id is not None:
        store = await work.require(Store, quote.department_id, "department_id")
        if store.kind not in _QUOTING or store.closed_at is not None:
            raise errors.NoDepartment("department_id")


async def _require_items(work: Work, lines: Sequence[LineGiven]) -> None:
    """Each item is there, offered, and named once."""
    named = [line.item_id for line in lines if line.item_id is not None]
    found = {item.id: item for item in await work.rows(Item, among(table_of(Item).c.id, named))} if named else {}
    seen: set[UUID] = set()
    for place, line in enumerate(lines):
        if line.item_id is None:
            if line.description is None:
                raise errors.LineSaysNothing("lines", place)
            continue
        if line.item_id not in found:
            raise NotFound("lines", place, "item_id")
        if found[line.item_id].retired_at is not None:
            raise errors.ItemIsRetired("lines", place, "item_id")
        if line.item_id in seen:
            raise errors.ItemNamedTwice("lines", place, "item_id")
        seen.add(line.item_id)


def _line(quote: Quote, given: LineGiven, place: int) -> QuoteLine:
    price, field = given.unit_price, ("lines", place, "unit_price")
    if price.currency not in (None, quote.currency):
        raise errors.AnotherCurrency(*field, "currency", currency=quote.currency)
    if price.amount < 0:
        raise NegativeAmount(*field, "amount")
    unit = currencies.minor_units(price.amount, quote.currency, *field, "amount")
    quantity = thousandths(given.quantity, "lines", place, "quantity")
    return QuoteLine(
        quote_id=quote.id,
        customer_id=quote.customer_id,
        position=place + 1,
        item_id=given.item_id,
        description=given.description,
        quantity_milli=quantity,
        currency=quote.currency,
        unit_minor=unit,
        amount_minor=line_amount(unit, quantity),
    )


def _terms(quote: Quote, given: Sequence[GuaranteeGiven], lines: Sequence[QuoteLine]) -> list[QuoteGuarantee]:
    made: list[QuoteGuarantee] = []
    seen: set[tuple[int | None, str]] = set()
    for place, one in enumerate(given):
        if one.line is not None and one.line > len(lines):
            raise errors.NoSuchLine("guarantees", place, "line")
        key = (one.line, scope_key(one.scope))
        if key in seen:
            raise errors.ScopeNamedTwice("guarantees", place, "scope")
        seen.add(key)
        made.append(
            QuoteGuarantee(
                quote_id=quote.id,
                line_id=None if one.line is None else lines[one.line - 1].id,
                customer_id=quote.customer_id,
                position=place + 1,
                scope=one.scope,
                months=one.months,
                conditions=one.conditions,
            )
        )
    return made


def _tell(work: Work, quote: Quote, lines: Sequence[QuoteLine], terms: Sequence[QuoteGuarantee]) -> None:
    work.emit(
        QuoteDrafted(
            quote_id=quote.id,
            customer_id=quote.customer_id,
            case_id=quote.case_id,
            staff_id=quote.staff_id,
            role_id=quote.role_id,
            group_id=quote.group_id,
            department_id=quote.department_id,
            revises_id=quote.revises_id,
            total_minor=quote.total_minor,
            valid_from=quote.valid_from,
            valid_until=quote.valid_until,
            occurred_at=quote.drafted_at,
        )
    )
    for line in lines:
        work.emit(
            QuoteLineStated(
                quote_id=quote.id,
                customer_id=quote.customer_id,
                quote_line_id=line.id,
                position=line.position,
                item_id=line.item_id,
                quantity_milli=line.quantity_milli,
                unit_minor=line.unit_minor,
                amount_minor=line.amount_minor,
                occurred_at=quote.drafted_at,
            )
        )
    for term in terms:
        work.emit(
            QuoteGuaranteeStated(
                quote_id=quote.id,
                customer_id=quote.customer_id,
                quote_guarantee_id=term.id,
                quote_line_id=term.line_id,
                position=term.position,
                months=term.months,
                occurred_at=quote.drafted_at,
            )
        )
