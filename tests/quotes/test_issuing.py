"""A draft is given out: who may, what stands in the way, and what a revision replaces."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from server.access.permissions import DEFAULTS, DataScope, Permission, PrincipalKind
from server.customers.errors import OutOfBoundary, OverrideNotGranted
from server.errors import NotFound
from server.ids import new_id
from server.operations.tables import BoundaryOverride, Placement, Store
from server.quotes import errors
from server.quotes.commands import DraftQuote, GuaranteeGiven, IssueQuote, ReviseQuote, WithdrawQuote
from server.quotes.quote_terms import Contradiction
from server.quotes.service.answering import withdraw_quote
from server.quotes.service.drafting import draft_quote, revise_quote
from server.quotes.service.issuing import issue_quote
from server.quotes.tables import Quote
from server.tenants.tables import StaffMember
from server.terms import Locale
from tests.factories.brands import World, onboard
from tests.quotes.people import DAY, House, Seller, house, new_customer, sees


async def revised(shop: House, quote: Quote, seller: Seller | None = None, **given: Any) -> Quote:
    async with shop.work(seller) as work:
        return await revise_quote(work, ReviseQuote(quote_id=quote.id, **shop.terms(work.now, **given)))


async def test_an_issued_quote_names_who_in_what_and_where(shop: House) -> None:
    quote = await shop.issued()
    async with shop.work() as work:
        role = await work.raw.fetchval("SELECT key FROM service_roles WHERE id = $1", quote.role_id)
    assert (quote.status, role, quote.group_id, quote.department_id) == ("ISSUED", "sales", None, shop.sales.store)
    assert quote.valid_from == quote.issued_at
    assert await shop.told() == ["quote.drafted", "quote.issued"]


async def test_a_department_named_in_the_draft_stays(shop: House) -> None:
    async with shop.brand.work() as work:
        department = work.add(Store(key="hard", name="硬装部", kind="DEPARTMENT")).id
    assert (await shop.issued(department_id=department)).department_id == department


@pytest.mark.parametrize("price", ["99.99", "100.01"])
async def test_another_price_of_anybody_is_caught_before_it_is_issued(shop: House, price: str) -> None:
    first = await shop.presented()
    draft = await shop.draft(shop.sales_two, price=price)
    before = await shop.brand.events()
    with pytest.raises(errors.QuotesContradict) as refused:
        await shop.issue(draft, shop.sales_two)
    [found] = refused.value.quotes
    assert (found.quote_id, found.status, found.own) == (first.id, "PRESENTED", False)
    assert (found.staff_name, found.department_name) == ("员工 sales", "展厅 sales")
    assert (found.valid_from, found.valid_until) == (first.valid_from, first.valid_until)
    assert found.presented_at == first.presented_at
    [conflict] = found.conflicts
    assert conflict.kinds == (Contradiction.PRICE,)
    assert (conflict.item_id, conflict.other_unit_minor) == (shop.wiring, 10_000)
    assert refused.value.message(Locale.ZH) == "与该客户的1份有效报价在价格或保障条款上冲突。"
    assert (await shop.quote(draft.id)).status == "DRAFTED"
    assert await shop.brand.events() == before, "a refusal changes nothing"


@pytest.mark.parametrize(
    "terms",
    [(), (GuaranteeGiven(scope="水电", months=60),), (GuaranteeGiven(scope="水电", months=120, conditions="x"),)],
)
async def test_a_narrower_guarantee_is_caught(shop: House, terms: tuple[GuaranteeGiven, ...]) -> None:
    await shop.issued()
    with pytest.raises(errors.QuotesContradict) as refused:
        await shop.issued(shop.sales_two, guarantees=terms)
    [conflict] = refused.value.quotes[0].conflicts
    assert (conflict.kinds, conflict.narrower_scopes) == ((Contradiction.GUARANTEE,), ("水电",))


async def test_what_does_not_contradict_passes(shop: House) -> None:
    await shop.issued()
    await shop.issued(shop.sales_two)
    await shop.issued(shop.sales_two, item=shop.kitchen, price="5.00")
    async with shop.brand.work() as work:
        later = work.now + 30 * DAY
    assert (await shop.issued(shop.sales_two, price="1.00", valid_from=later, days=60)).status == "ISSUED"


async def test_quotes_of_other_customers_do_not_count(shop: House) -> None:
    await shop.issued()
    async with shop.brand.work() as work:
        other = new_customer(work)
        sees(work, shop.sales_two.staff, other)
    async with shop.work(shop.sales_two) as work:
        quote = await draft_quote(work, DraftQuote(customer_id=other, **shop.terms(work.now, price="1.00")))
    assert (await shop.issue(quote, shop.sales_two)).status == "ISSUED"


@pytest.mark.parametrize("ended", ["withdrawn", "revised"])
async def test_what_is_no_longer_live_does_not_count(shop: House, ended: str) -> None:
    first = await shop.issued()
    if ended == "withdrawn":
        async with shop.work() as work:
            await withdraw_quote(work, WithdrawQuote(quote_id=first.id))
    else:
        await shop.issue(await revised(shop, first, price="90.00"))
    price = "1.00" if ended == "withdrawn" else "90.00"
    assert (await shop.issued(shop.sales_two, price=price)).status == "ISSUED"


async def test_an_accepted_quote_is_stood_by(shop: House) -> None:
    await shop.accepted()
    with pytest.raises(errors.QuotesContradict) as refused:
        await shop.issued(shop.sales_two, price="90.00")
    assert refused.value.quotes[0].status == "ACCEPTED"


async def test_ones_own_quote_is_told_to_be_ones_own(shop: House) -> None:
    await shop.issued()
    with pytest.raises(errors.QuotesContradict) as refused:
        await shop.issued(price="90.00")
    assert refused.value.quotes[0].own


async def test_every_quote_in_the_way_is_named(shop: House) -> None:
    first, second = await shop.issued(), await shop.issued(shop.sales_two)
    with pytest.raises(errors.QuotesContradict) as refused:
        await shop.issued(price="90.00")
    assert [one.quote_id for one in refused.value.quotes] == [first.id, second.id]


async def test_a_revision_takes_the_place_of_what_it_revises(shop: House) -> None:
    first = await shop.presented()
    second = await shop.issue(await revised(shop, first, price="90.00", guarantees=()))
    before = await shop.quote(first.id)
    assert (second.status, before.status, before.ended_at) == ("ISSUED", "REVISED", second.issued_at)
    assert await shop.told() == [
        "quote.drafted", "quote.issued", "quote.presented", "quote.drafted", "quote.revised", "quote.issued"
    ]  # fmt: skip


async def test_a_revision_contradicts_others_all_the_same(shop: House) -> None:
    mine, theirs = await shop.issued(), await shop.issued(shop.sales_two)
    revision = await revised(shop, mine, price="90.00")
    with pytest.raises(errors.QuotesContradict) as refused:
        await shop.issue(revision)
    assert [one.quote_id for one in refused.value.quotes] == [theirs.id]
    assert (await shop.quote(mine.id)).status == "ISSUED", "refused whole"


async def test_of_two_revisions_one_is_issued(shop: House) -> None:
    first = await shop.issued()
    one, other = await revised(shop, first, price="90.00"), await revised(shop, first, price="80.00")
    await shop.issue(one)
    with pytest.raises(errors.RevisedAlready):
        await shop.issue(other)
    assert (await shop.quote(other.id)).status == "DRAFTED"


async def test_a_draft_is_replaced_too(shop: House) -> None:
    draft = await shop.draft()
    await shop.issue(await revised(shop, draft, price="90.00"))
    assert (await shop.quote(draft.id)).status == "REVISED"


async def test_the_designer_may_not_quote(shop: House) -> None:
    draft = await shop.draft(shop.designer)
    with pytest.raises(OutOfBoundary) as refused:
        await shop.issue(draft, shop.designer)
    facts: dict[str, Any] = refused.value.facts
    assert (facts["acting"].key, facts["owner"].key, facts["customer_id"]) == ("designer", "sales", shop.customer)
    assert (await shop.quote(draft.id)).status == "DRAFTED"
    assert await shop.told() == ["quote.drafted"]
    issued = await shop.issue(draft, shop.sales)
    assert (issued.staff_id, issued.department_id) == (shop.sales.staff, shop.sales.store), "sales answers for it now"


async def test_somebody_in_two_roles_quotes_in_the_one_that_may(shop: House) -> None:
    quote = await shop.issued()
    async with shop.brand.work() as work:
        store = work.add(Store(key="both", name="Both", kind="STORE")).id
        work.add(Placement(staff_id=shop.designer.staff, role_id=quote.role_id, store_id=store, from_at=work.now - DAY))
    second = await shop.issued(shop.designer)
    assert (second.role_id, second.department_id) == (quote.role_id, store)


async def test_nobody_quotes_where_the_model_has_no_quoting(world: World) -> None:
    brand = await onboard(world, industry="HOME_DECORATION")
    shop = await house(brand)
    async with brand.work() as work:
        await work.raw.execute("DELETE FROM role_purposes WHERE purpose = 'QUOTATION'")
    with pytest.raises(OutOfBoundary) as refused:
        await shop.issued()
    assert refused.value.facts["owner"] is None


async def test_who_may_go_outside_answers_for_it(shop: House) -> None:
    draft = await shop.draft(shop.designer)
    outside = IssueQuote(quote_id=draft.id, boundary_override="销售休假，客户在场")
    async with shop.work(shop.designer) as work:
        with pytest.raises(OverrideNotGranted) as refused:
            await issue_quote(work, outside)
    assert refused.value.field == ("boundary_override",)
    granted = DEFAULTS[PrincipalKind.STAFF] | {Permission.BOUNDARY_OVERRIDE}
    caller = shop.brand.as_staff(shop.designer.staff, DataScope.OWN_CUSTOMERS, granted)
    async with shop.brand.world.work(caller) as work:
        issued = await issue_quote(work, outside)
        [kept] = await work.rows(BoundaryOverride)
    assert (kept.fact_type, kept.fact_id, kept.purpose, kept.reason) == (
        "Quote", draft.id, "QUOTATION", "销售休假，客户在场"
    )  # fmt: skip
    assert (kept.role_id, kept.customer_id) == (issued.role_id, shop.customer)
    told = await shop.brand.ask("{ boundaryOverrides { nodes { fact { ... on Quote { status } } } } }")
    assert told["data"]["boundaryOverrides"]["nodes"] == [{"fact": {"status": "ISSUED"}}]


async def test_who_serves_in_no_role_has_no_boundary(shop: House) -> None:
    async with shop.brand.work() as work:
        free = work.add(StaffMember(name="Free", joined_at=work.now)).id
        quote = await draft_quote(work, DraftQuote(customer_id=shop.customer, **shop.terms(work.now)))
        issued = await issue_quote(work, IssueQuote(quote_id=quote.id, staff_id=free))
    assert (issued.status, issued.staff_id, issued.role_id, issued.department_id) == ("ISSUED", free, None, None)


async def test_an_owner_names_who_answers_for_it(shop: House) -> None:
    async with shop.brand.work() as work:
        quote = await draft_quote(work, DraftQuote(customer_id=shop.customer, **shop.terms(work.now)))
        with pytest.raises(errors.QuotesIssuer):
            await issue_quote(work, IssueQuote(quote_id=quote.id))
        with pytest.raises(OutOfBoundary):
            await issue_quote(work, IssueQuote(quote_id=quote.id, staff_id=shop.designer.staff))
        issued = await issue_quote(work, IssueQuote(quote_id=quote.id, staff_id=shop.sales.staff))
    assert (issued.status, issued.staff_id) == ("ISSUED", shop.sales.staff)


async def test_who_does_not_see_the_customer_does_not_find_the_quote(shop: House) -> None:
    draft = await shop.draft()
    stranger = Seller(new_id(), shop.brand.as_staff(new_id(), DataScope.OWN_CUSTOMERS), new_id())
    for id in (draft.id, new_id()):
        with pytest.raises(NotFound) as refused:
            await shop.issue(id, stranger)
        assert refused.value.field == ("quote_id",)


async def test_steps_come_one_after_the_other(shop: House) -> None:
    draft = await shop.draft()
    async with shop.work() as work:
        with pytest.raises(errors.BeforeLastStep):
            await issue_quote(work, IssueQuote(quote_id=draft.id, occurred_at=draft.drafted_at - timedelta(seconds=1)))
    await shop.issue(draft)
    with pytest.raises(errors.QuoteMoveNotAllowed) as refused:
        await shop.issue(draft)
    assert "ISSUED" in str(refused.value)


async def test_a_draft_whose_time_is_over_is_not_issued(shop: House) -> None:
    async with shop.work() as work:
        terms = shop.terms(work.now, days=-1, occurred_at=work.now - 5 * DAY)
        draft = await draft_quote(work, DraftQuote(customer_id=shop.customer, **terms))
        with pytest.raises(errors.QuoteOutOfDate):
            await issue_quote(work, IssueQuote(quote_id=draft.id))
