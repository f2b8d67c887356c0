"""A quote is written: what it says, in what currency, by whom, and what is refused."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from server.db.statements import table_of
from server.errors import DomainError, Invalid, NotFound
from server.ids import new_id
from server.items.errors import NegativeAmount
from server.items.prices import Amount
from server.items.tables import Item
from server.operations.tables import Store
from server.quotes import errors
from server.quotes.commands import DraftQuote, GuaranteeGiven, LineGiven, ReviseQuote
from server.quotes.service.drafting import draft_quote, revise_quote
from server.quotes.tables import Quote, QuoteGuarantee, QuoteLine
from server.tenants.external_refs import ExternalRefCommand
from server.touchpoints.errors import InTheFuture
from tests.factories.brands import World, onboard
from tests.feedback.people import new_case
from tests.quotes.people import DAY, House, house, new_customer


def line(amount: str = "100.00", **given: Any) -> LineGiven:
    given = {"description": "水电改造", **given}
    return LineGiven(unit_price=Amount(amount=Decimal(amount), currency=given.pop("currency", None)), **given)


async def drafted(shop: House, *lines: LineGiven, **given: Any) -> Quote:
    async with shop.work() as work:
        until = given.pop("valid_until", work.now + 30 * DAY)
        about = {"customer_id": shop.customer, **given}
        return await draft_quote(work, DraftQuote(lines=lines or (line(),), valid_until=until, **about))


async def test_a_draft_holds_what_is_offered(shop: House) -> None:
    quote = await drafted(
        shop,
        line("1180.00", item_id=shop.wiring, quantity=Decimal("128.5"), description=None),
        line("0.01", quantity=Decimal("1.5")),
        guarantees=(
            GuaranteeGiven(scope="水电", months=120, conditions="年检", line=1),
            GuaranteeGiven(scope="整体", months=24),
        ),
        external_refs=(ExternalRefCommand(system="erp", id="Q-1"),),
    )
    assert (quote.status, quote.currency, quote.total_minor) == ("DRAFTED", "CNY", 118_000 * 128_500 // 1000 + 2)
    assert (quote.staff_id, quote.department_id, quote.issued_at) == (shop.sales.staff, None, None)
    async with shop.brand.work() as work:
        lines = await work.rows(QuoteLine, order_by=[table_of(QuoteLine).c.position])
        terms = await work.rows(QuoteGuarantee, order_by=[table_of(QuoteGuarantee).c.position])
    assert [(one.position, one.item_id, one.quantity_milli, one.unit_minor, one.amount_minor) for one in lines] == [
        (1, shop.wiring, 128_500, 118_000, 15_163_000),
        (2, None, 1_500, 1, 2),
    ]
    assert [(one.line_id, one.scope, one.months, one.conditions) for one in terms] == [
        (lines[0].id, "水电", 120, "年检"),
        (None, "整体", 24, None),
    ]
    log = [type for _, type in await shop.brand.events() if type.startswith("quote.")]
    assert log == ["quote.drafted"] + ["quote.line_stated"] * 2 + ["quote.guarantee_stated"] * 2


async def test_yen_have_no_decimals(world: World) -> None:
    shop = await house(await onboard(world, industry="HOME_DECORATION", currency="JPY"))
    assert (await drafted(shop, line("500"))).total_minor == 500
    with pytest.raises(Invalid) as refused:
        await drafted(shop, line("500.5"))
    assert refused.value.field == ("lines", "0", "unit_price", "amount")


@pytest.mark.parametrize(
    ("lines", "refusal", "field"),
    [
        ([line(), line(currency="USD")], errors.AnotherCurrency, ("lines", "1", "unit_price", "currency")),
        ([line("-0.01")], NegativeAmount, ("lines", "0", "unit_price", "amount")),
        ([line("0.001")], Invalid, ("lines", "0", "unit_price", "amount")),
        ([line(quantity=Decimal(0))], Invalid, ("lines", "0", "quantity")),
        ([line(description=None)], errors.LineSaysNothing, ("lines", "0")),
        ([line(), line(item_id=UUID(int=5))], NotFound, ("lines", "1", "item_id")),
        ([line("9999999999.99", quantity=Decimal(1_000_000))], errors.TotalTooLarge, ("lines",)),
    ],
)
async def test_a_bad_line_is_named(
    shop: House, lines: list[LineGiven], refusal: type[DomainError], field: tuple[str, ...]
) -> None:
    with pytest.raises(refusal) as refused:
        await drafted(shop, *lines)
    assert refused.value.field == field
    assert (await shop.brand.count("quotes"), await shop.told()) == (0, [])


async def test_the_brands_own_currency_may_be_named(shop: House) -> None:
    assert (await drafted(shop, line(currency="CNY"))).total_minor == 10_000


async def test_an_item_is_named_once_and_is_on_offer(shop: House) -> None:
    with pytest.raises(errors.ItemNamedTwice) as refused:
        await drafted(shop, line(item_id=shop.wiring), line(item_id=shop.wiring))
    assert refused.value.field == ("lines", "1", "item_id")
    async with shop.brand.work() as work:
        await work.change(await work.require(Item, shop.wiring), retired_at=work.now)
    with pytest.raises(errors.ItemIsRetired):
        await drafted(shop, line(item_id=shop.wiring))


@pytest.mark.parametrize(
    ("terms", "refusal", "field"),
    [
        ([("水电", None), ("防水", 2)], errors.NoSuchLine, ("guarantees", "1", "line")),
        ([("Pipes", None), (" ｐｉｐｅｓ", None)], errors.ScopeNamedTwice, ("guarantees", "1", "scope")),
    ],
)
async def test_a_bad_guarantee_is_named(
    shop: House, terms: list[tuple[str, int | None]], refusal: type[DomainError], field: tuple[str, ...]
) -> None:
    given = tuple(GuaranteeGiven(scope=scope, months=12, line=number) for scope, number in terms)
    with pytest.raises(refusal) as refused:
        await drafted(shop, guarantees=given)
    assert refused.value.field == field
    assert await shop.brand.count("quotes") == 0


async def test_a_scope_may_be_guaranteed_otherwise_for_a_line(shop: House) -> None:
    terms = (GuaranteeGiven(scope="水电", months=12), GuaranteeGiven(scope="水电", months=24, line=1))
    await drafted(shop, guarantees=terms)
    assert await shop.brand.count("quote_guarantees") == 2


async def test_validity_ends_after_it_begins(shop: House) -> None:
    async with shop.work() as work:
        now = work.now
    for given in ({"valid_until": now - DAY}, {"valid_from": now + DAY, "valid_until": now + DAY}):
        with pytest.raises(errors.ValidForNoTime) as refused:
            await drafted(shop, **given)
        assert refused.value.field == ("valid_until",)
    past = await drafted(shop, occurred_at=now - 10 * DAY, valid_until=now - DAY)
    assert (past.drafted_at, past.valid_until) == (now - 10 * DAY, now - DAY)
    with pytest.raises(InTheFuture):
        await drafted(shop, occurred_at=now + timedelta(hours=1))


async def test_case_and_department_are_ones_that_can_be(shop: House) -> None:
    async with shop.brand.work() as work:
        other_case = new_case(work, new_customer(work))
        own_case = new_case(work, shop.customer)
        department = work.add(Store(key="hard", name="硬装部", kind="DEPARTMENT")).id
        region = work.add(Store(key="east", name="华东", kind="REGION")).id
        closed = work.add(Store(key="old", name="旧店", kind="STORE", closed_at=work.now)).id
    quote = await drafted(shop, case_id=own_case, department_id=department)
    assert (quote.case_id, quote.department_id) == (own_case, department)
    for id in (other_case, new_id()):
        with pytest.raises(NotFound) as missing:
            await drafted(shop, case_id=id)
        assert missing.value.field == ("case_id",)
    for id in (region, closed):
        with pytest.raises(errors.NoDepartment) as refused:
            await drafted(shop, department_id=id)
        assert refused.value.field == ("department_id",)


async def test_an_invisible_customer_reads_as_none(shop: House) -> None:
    async with shop.brand.work() as work:
        unseen = new_customer(work)
    for id in (unseen, new_id()):
        with pytest.raises(NotFound) as refused:
            await drafted(shop, customer_id=id)
        assert refused.value.field == ("customer_id",)
    assert await shop.brand.count("quotes") == 0


async def test_staff_quote_in_their_own_name_and_owners_name_somebody(shop: House) -> None:
    with pytest.raises(errors.ActsForAnother):
        await drafted(shop, staff_id=shop.sales_two.staff)
    async with shop.brand.work() as work:
        terms = shop.terms(work.now)
        nobodys = await draft_quote(work, DraftQuote(customer_id=shop.customer, **terms))
        named = await draft_quote(work, DraftQuote(customer_id=shop.customer, staff_id=shop.sales.staff, **terms))
        with pytest.raises(NotFound):
            await draft_quote(work, DraftQuote(customer_id=shop.customer, staff_id=new_id(), **terms))
    assert (nobodys.staff_id, named.staff_id) == (None, shop.sales.staff)


async def test_only_whoever_made_it_revises_it(shop: House) -> None:
    quote = await shop.issued()

    async def revise(work: Any) -> Quote:
        return await revise_quote(work, ReviseQuote(quote_id=quote.id, **shop.terms(work.now, price="90.00")))

    with pytest.raises(errors.NotYourQuote):
        async with shop.work(shop.sales_two) as work:
            await revise(work)
    async with shop.work() as work:
        own = await revise(work)
    async with shop.brand.work() as work:
        owners = await revise(work)
    assert (own.revises_id, owners.revises_id, own.customer_id) == (quote.id, quote.id, shop.customer)
    assert (await shop.quote(quote.id)).status == "ISSUED", "it stays until its revision is issued"


async def test_the_terms_of_a_draft_are_kept_by_the_database(shop: House) -> None:
    quote = await shop.draft()
    for statement in (
        "UPDATE quotes SET total_minor = 1",
        "UPDATE quotes SET valid_until = now()",
        "DELETE FROM quotes",
        "UPDATE quote_lines SET unit_minor = 1",
        "UPDATE quote_lines SET description = 'another'",
        "DELETE FROM quote_lines",
        "UPDATE quote_guarantees SET months = 1",
    ):
        async with shop.brand.work() as work:
            with pytest.raises(asyncpg.PostgresError, match=r"kept|append-only|denied"):
                async with work.savepoint():
                    await work.raw.execute(statement)
    async with shop.brand.work() as work:
        await work.raw.execute("UPDATE quote_lines SET description = NULL")
    assert (await shop.quote(quote.id)).total_minor == 10_000
