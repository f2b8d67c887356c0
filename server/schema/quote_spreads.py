"""How far the prices quoted for an item lie apart 报价离散度."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry

from server.access.permissions import Permission
from server.db.reader import Reader
from server.errors import ErrorCode, RequestError
from server.ids import parse_global_id
from server.planner.declarations import argument, computed, ref, value
from server.quotes.spreads import Spread, price_spreads, spreads_by_department
from server.schema.periods import PeriodInput, check_period, instants
from server.schema.scalars import CurrencyCode, Money
from server.tenants import queries as tenants
from server.tenants.currencies import main_units

if TYPE_CHECKING:
    from server.schema.items import Item
    from server.schema.stores import Store

_MAX = 100
_NOTHING = UUID(int=0)


@strawberry.type(description="The prices one department quoted for the item.")
class DepartmentPriceSpread:
    department: Annotated["Store", strawberry.lazy("server.schema.stores")] | None = value(
        description="The department or store; null for quotes that were made nowhere in particular."
    )
    count: int = value(description="How many quotes.")
    min: Money = value(description="The lowest price of one.")
    median: Money = value(description="The middle price; of an even number the mean of the middle two.")
    max: Money = value(description="The highest price of one.")


@strawberry.type(description="The prices the brand quoted for one item in a period.")
class QuotePriceSpread:
    item: Annotated["Item", strawberry.lazy("server.schema.items")] | None = value(description="The item.")
    count: int = value(description="How many quotes.")
    min: Money = value(description="The lowest price of one.")
    median: Money = value(description="The middle price; of an even number the mean of the middle two.")
    max: Money = value(description="The highest price of one.")
    departments: list[DepartmentPriceSpread] = value(
        description="The same for each department or store that quoted it, the highest median first."
    )


async def _spreads(
    reader: Reader,
    rows: Sequence[Any],
    period: PeriodInput,
    item_ids: list[strawberry.ID] | None = None,
    first: int = 20,
) -> list[list[QuotePriceSpread]]:
    check_period(period, "quotePriceSpreads(period)")
    if not 1 <= first <= _MAX:
        raise RequestError(
            ErrorCode.BAD_USER_INPUT, f"quotePriceSpreads(first): must be from 1 to {_MAX}.", argument="first"
        )
    if item_ids is not None and len(item_ids) > _MAX:
        raise RequestError(
            ErrorCode.BAD_USER_INPUT, f"quotePriceSpreads(itemIds): at most {_MAX} ids.", argument="itemIds"
        )
    start, end = instants(period, await tenants.time_zone(reader))
    wanted = None if item_ids is None else [_item_id(one) for one in item_ids]
    found = await price_spreads(reader, start, end, item_ids=wanted, limit=first)
    if not found:
        return [[]]
    currency = await tenants.currency(reader)
    parts = await spreads_by_department(reader, start, end, [one.item_id for one in found])
    return [[_shown(one, [part for part in parts if part.item_id == one.item_id], currency) for one in found]]


def _item_id(text: strawberry.ID) -> UUID:
    parsed = parse_global_id(text)
    return parsed[1] if parsed is not None and parsed[0] == "Item" else _NOTHING


def _shown(spread: Spread, parts: Sequence[Spread], currency: str) -> QuotePriceSpread:
    return QuotePriceSpread(
        item=ref(spread.item_id),
        departments=[
            DepartmentPriceSpread(department=ref(part.department_id), **_figures(part, currency)) for part in parts
        ],
        **_figures(spread, currency),
    )


def _figures(spread: Spread, currency: str) -> dict[str, Any]:
    def amount(minor: int) -> Money:
        return Money(amount=main_units(minor, currency), currency=CurrencyCode(currency))

    return {
        "count": spread.count,
        "min": amount(spread.lowest),
        "median": amount(spread.median),
        "max": amount(spread.highest),
    }


@strawberry.type
class QuoteSpreadQueries:
    quote_price_spreads: list[QuotePriceSpread] = computed(
        _spreads,
        permission=Permission.QUOTE_READ,
        arguments=[
            argument("period", PeriodInput, "Of quotes issued in these days."),
            argument(
                "item_ids",
                list[strawberry.ID] | None,
                "Of these items, at most 100; of all that were quoted if left out.",
                default=None,
            ),
            argument("first", int, "How many items, at most 100.", default=20),
        ],
        description="How far the prices quoted for an item lie apart 报价离散度, the widest apart first: every quote that was "
        "issued in the period counts, whatever became of it, in the caller's data scope.",
    )
