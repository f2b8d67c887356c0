"""How far customers come along the journey: values, not rows."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from server.access.permissions import Permission
from server.db.reader import Reader
from server.planner.declarations import argument, computed, ref, value
from server.planner.filters import IdFilter, TextFilter
from server.schema.periods import PeriodInput, check_period, instants
from server.schema.score_filters import check_filter, choice_of, choice_of_ids, choice_of_stores
from server.schema.value_pages import bad_argument
from server.scorecards import cards, funnels
from server.scorecards.counting import Choice
from server.scorecards.questions import Question
from server.scorecards.score_terms import ScorecardDimension

if TYPE_CHECKING:
    from server.schema.channels import Channel
    from server.schema.journeys import Stage
    from server.schema.stores import Store

_MAX = 100


@strawberry.input(description="Which cases. All conditions must hold.")
class FunnelFilter:
    store: IdFilter | None = strawberry.field(
        default=None, description="Of customers whose home store is which, or below it: a region holds its stores."
    )
    channel: IdFilter | None = strawberry.field(
        default=None, description="Of customers who came through which channels."
    )
    campaign: TextFilter | None = strawberry.field(
        default=None, description="Of customers who came through a channel of which campaigns."
    )


@strawberry.type(description="How many cases came as far as one stage.")
class FunnelStep:
    stage: Annotated["Stage", strawberry.lazy("server.schema.journeys")] | None = value(
        get=lambda step, call: ref(step.stage_id), description="The stage."
    )
    reached: int = value(description="Cases that entered it, or one behind it.")
    share: Decimal | None = value(description="Of all cases of the funnel, to four places; null of none.")
    passed: Decimal | None = value(
        description="Of those that reached the stage before, to four places; of the first stage, of all. Null of none."
    )


@strawberry.type(description="How far the cases opened in a period came along the journey 漏斗.")
class Funnel:
    store: Annotated["Store", strawberry.lazy("server.schema.stores")] | None = value(
        get=lambda funnel, call: ref(funnel.of(ScorecardDimension.STORE)),
        description="Grouped by store: the customers' home store; null: none.",
    )
    channel: Annotated["Channel", strawberry.lazy("server.schema.channels")] | None = value(
        get=lambda funnel, call: ref(funnel.of(ScorecardDimension.CHANNEL)),
        description="Grouped by channel: through which they came; null: through none.",
    )
    campaign: str | None = value(
        get=lambda funnel, call: funnel.of(ScorecardDimension.CAMPAIGN),
        description="Grouped by campaign: `Channel.campaign` of the channel through which they came; null: none.",
    )
    cases: int = value(description="How many cases were opened.")
    steps: list[FunnelStep] = value(description="The stages of the journey in force, in order.")


def _check(
    period: PeriodInput,
    group_by: list[ScorecardDimension] | None = None,
    filter: FunnelFilter | None = None,
    first: int = 20,
) -> None:
    check_period(period, "funnel(period)")
    if not 1 <= first <= _MAX:
        raise bad_argument(f"funnel(first): must be from 1 to {_MAX}.", "first")
    if ScorecardDimension.STAFF in (group_by or ()):
        raise bad_argument("funnel(groupBy): a case passes through many hands; it has no one person.", "groupBy")
    check_filter("funnel", filter, ("store", "channel", "campaign"))


async def _funnels(
    reader: Reader,
    rows: Sequence[Any],
    period: PeriodInput,
    group_by: list[ScorecardDimension] | None = None,
    filter: FunnelFilter | None = None,
    first: int = 20,
) -> list[list[funnels.Funnel]]:
    given = filter or FunnelFilter()
    said = {
        ScorecardDimension.STORE: await choice_of_stores(reader, given.store),
        ScorecardDimension.CHANNEL: choice_of_ids(given.channel, "Channel"),
        ScorecardDimension.CAMPAIGN: choice_of(given.campaign),
    }
    choices = {dimension: choice for dimension, choice in said.items() if choice != Choice()}
    dimensions = tuple(dict.fromkeys(group_by or ()))
    brand = await cards.brand_of(reader)
    starts, ends = instants(period, cards.zone_of(brand))
    question = Question(brand, starts, ends, by_unit=False, dimensions=frozenset({*dimensions, *choices}))
    return [await funnels.funnels(reader, question, dimensions, choices, limit=first)]


@strawberry.type
class FunnelQueries:
    funnel: list[Funnel] = computed(
        _funnels,
        check=_check,
        permission=Permission.CUSTOMER_READ,
        arguments=[
            argument("period", PeriodInput, "Of cases opened in these days."),
            argument(
                "group_by",
                list[ScorecardDimension] | None,
                "A funnel for each value of these: STORE, CHANNEL, CAMPAIGN.",
                default=None,
            ),
            argument("filter", FunnelFilter | None, "Which cases.", default=None),
            argument("first", int, "How many funnels, at most 100.", default=20),
        ],
        description="How far the cases opened in a period came along the journey in force 漏斗, of the customers the caller sees: "
        "one funnel, or one for each value of `groupBy`, those with the most cases first.",
    )
