"""What surprises came to: how often customers could not help telling, who came through it, what it cost."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from server.access.permissions import Permission
from server.db.reader import Reader
from server.errors import ErrorCode, RequestError
from server.planner.declarations import argument, computed, ref, value
from server.schema.periods import PeriodInput, check_period, instants
from server.schema.scalars import CurrencyCode, Money
from server.tenants import queries as tenants
from server.tenants.currencies import main_units
from server.wow_moments.figures import MIN_SAMPLE, Figures, figures, half_up
from server.wow_moments.surprise_terms import WowGrouping

if TYPE_CHECKING:
    from server.schema.service_units import OpsGroup, ServiceRole
    from server.schema.stores import Store
    from server.schema.wow_moments import WowPlay

_MOST = 100
_PLACES = 10_000


@strawberry.type(
    description="Of the moments old enough to tell, how many the customer could not help telling 忍不住率."
)
class SpontaneousShareRate:
    numerator: int = value(
        description="Moments told of by a share that was neither prompted nor rewarded, within 14 days of the moment."
    )
    denominator: int = value(description="Moments of the period that are older than 14 days.")
    min_sample: int = value(description="From so many moments on the rate says something.")
    value: Decimal | None = value(
        description="The one by the other, from 0 to 1 to four places. Null below `minSample`."
    )


@strawberry.type(description="What a group of moments came to.")
class WowFigure:
    play: Annotated["WowPlay", strawberry.lazy("server.schema.wow_moments")] | None = value(
        description="The play, where told apart by plays; null for moments nobody had planned."
    )
    role: Annotated["ServiceRole", strawberry.lazy("server.schema.service_units")] | None = value(
        description="The role, where told apart by roles; null for moments of nobody in a role."
    )
    group: Annotated["OpsGroup", strawberry.lazy("server.schema.service_units")] | None = value(
        description="The ops group, where told apart by groups; null for moments of nobody in one."
    )
    store: Annotated["Store", strawberry.lazy("server.schema.stores")] | None = value(
        description="The store, where told apart by stores; null for moments at none."
    )
    moments: int = value(description="How often it happened.")
    spontaneous_share_rate: SpontaneousShareRate = value(
        description="How often the customer could not help telling 忍不住率: the deciding measure."
    )
    new_customers: int = value(description="How many customers came because of these moments, up to now.")
    new_customers_per_moment: Decimal | None = value(
        description="The new customers by the moments, to four places. Null where there was no moment."
    )
    cost: Money = value(description="What the moments cost together, as far as it is known in the brand's currency.")
    not_costed: int = value(description="Of how many moments no cost is known, or one in another currency.")
    cost_per_new_customer: Money | None = value(
        description="The cost by the new customers, half a smallest unit up. Null where nobody came."
    )


@strawberry.type(description="What the surprises of a period came to.")
class WowFigures:
    total: WowFigure = value(description="All of them together.")
    groups: list[WowFigure] = value(description="Told apart, the most moments first.")


async def _figures(
    reader: Reader, rows: Sequence[Any], period: PeriodInput, by: WowGrouping, first: int = 20
) -> list[WowFigures]:
    check_period(period, "wowFigures(period)")
    if not 1 <= first <= _MOST:
        raise RequestError(ErrorCode.BAD_USER_INPUT, f"wowFigures(first): must be from 1 to {_MOST}.", argument="first")
    start, end = instants(period, await tenants.time_zone(reader))
    currency = await tenants.currency(reader)
    [total] = await figures(reader, start, end, currency, by=None, limit=1)
    groups = await figures(reader, start, end, currency, by=by, limit=first)
    return [
        WowFigures(
            total=_shown(total, None, currency),
            groups=[_shown(one, by, currency) for one in groups],
        )
    ]


def _shown(one: Figures, by: WowGrouping | None, currency: str) -> WowFigure:
    def group(grouping: WowGrouping) -> Any:
        return ref(one.group_id) if by is grouping else None

    def amount(minor: int) -> Money:
        return Money(amount=main_units(minor, currency), currency=CurrencyCode(currency))

    enough = one.old_enough >= MIN_SAMPLE
    return WowFigure(
        play=group(WowGrouping.PLAY),
        role=group(WowGrouping.ROLE),
        group=group(WowGrouping.GROUP),
        store=group(WowGrouping.STORE),
        moments=one.moments,
        spontaneous_share_rate=SpontaneousShareRate(
            numerator=one.told,
            denominator=one.old_enough,
            value=_ratio(one.told, one.old_enough) if enough else None,
            min_sample=MIN_SAMPLE,
        ),
        new_customers=one.new_customers,
        new_customers_per_moment=_ratio(one.new_customers, one.moments),
        cost=amount(one.cost_minor),
        not_costed=one.not_costed,
        cost_per_new_customer=amount(half_up(one.cost_minor, one.new_customers)) if one.new_customers else None,
    )


def _ratio(part: int, whole: int) -> Decimal | None:
    return Decimal(half_up(part * _PLACES, whole)) / _PLACES if whole else None


@strawberry.type
class WowFigureQueries:
    wow_figures: WowFigures = computed(
        _figures,
        permission=Permission.WOW_READ,
        arguments=[
            argument("period", PeriodInput, "Of moments that happened in these days."),
            argument("by", WowGrouping, "By what they are told apart."),
            argument("first", int, "How many groups, at most 100.", default=20),
        ],
        description="What surprises came to 惊喜成效, in the caller's data scope: how often customers could not help telling, "
        "who came because of it, and what that cost. Shares that were asked for or paid do not enter into the rate.",
    )
