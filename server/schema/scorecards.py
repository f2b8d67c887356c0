"""Scorecards: what each role and group reached of what it answers for: values, not rows."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from server.access.permissions import Permission
from server.db.reader import Reader
from server.operations.metrics import Metric
from server.operations.units import Unit
from server.planner.declarations import argument, computed, ref, value
from server.planner.filters import ChoiceFilter, IdFilter, TextFilter
from server.schema.figures import MetricFigure
from server.schema.nodes import PageInfo
from server.schema.periods import PeriodInput, check_period, instants
from server.schema.score_filters import check_filter, choice_of, choice_of_ids, choice_of_stores
from server.schema.service_units import ServiceUnit
from server.schema.value_pages import ValuePage, bad_argument, check_first, read_place, written_place
from server.scorecards import cards
from server.scorecards.counting import Choice
from server.scorecards.figures import Card, Days, Key
from server.scorecards.score_terms import Comparison, ScorecardDimension

if TYPE_CHECKING:
    from server.schema.channels import Channel
    from server.schema.staff import StaffMember
    from server.schema.stores import Store


@strawberry.input(description="Which cards, figures and facts. All conditions must hold.")
class ScorecardFilter:
    metric: ChoiceFilter[Metric] | None = strawberry.field(default=None, description="Which figures.")
    role: IdFilter | None = strawberry.field(
        default=None, description="Cards of which roles; `isNull: true` for groups and the brand."
    )
    group: IdFilter | None = strawberry.field(
        default=None, description="Cards of which ops groups; `isNull: true` for roles and the brand."
    )
    store: IdFilter | None = strawberry.field(
        default=None, description="Facts at which stores, and at those below them: a region holds its stores."
    )
    staff: IdFilter | None = strawberry.field(default=None, description="Facts credited to whom.")
    channel: IdFilter | None = strawberry.field(
        default=None, description="Facts of customers who came through which channels."
    )
    campaign: TextFilter | None = strawberry.field(
        default=None, description="Facts of customers who came through a channel of which campaigns."
    )


@strawberry.type(description="What a group or role, or the brand, reached in a period 指标卡.")
class Scorecard:
    unit: ServiceUnit | None = value(
        get=lambda card, call: _unit_ref(card.key.unit),
        description="The group or role; null: the brand, for what is credited to nobody else.",
    )
    store: Annotated["Store", strawberry.lazy("server.schema.stores")] | None = value(
        get=lambda card, call: ref(card.split(ScorecardDimension.STORE)),
        description="Grouped by store: at which; null: at none.",
    )
    staff: Annotated["StaffMember", strawberry.lazy("server.schema.staff")] | None = value(
        get=lambda card, call: ref(card.split(ScorecardDimension.STAFF)),
        description="Grouped by staff: whose; null: nobody held the role.",
    )
    channel: Annotated["Channel", strawberry.lazy("server.schema.channels")] | None = value(
        get=lambda card, call: ref(card.split(ScorecardDimension.CHANNEL)),
        description="Grouped by channel: through which; null: through none.",
    )
    campaign: str | None = value(
        get=lambda card, call: card.split(ScorecardDimension.CAMPAIGN),
        description="Grouped by campaign: `Channel.campaign` of the channel through which they came; null: none.",
    )
    since: date = value(get=lambda card, call: card.days.since, description="The first day of the period.")
    until: date = value(get=lambda card, call: card.days.until, description="The day behind its last one.")
    figures: list[MetricFigure] = value(description="Its figures, the headline first.")


@strawberry.type(description="One card with its place.")
class ScorecardEdge:
    cursor: str = value(get=lambda card, call: _card_cursor(card.key), description="Its place in the list.")
    node: Scorecard = value(get=lambda card, call: card, description="The card.")


@strawberry.type(description="A page of scorecards: groups and roles in the order of the model, then the brand.")
class ScorecardConnection:
    edges: list[ScorecardEdge] = value(get=lambda page, call: page.items, description="The cards with their cursors.")
    nodes: list[Scorecard] = value(
        get=lambda page, call: page.items, description="The cards, where cursors are not needed."
    )
    page_info: PageInfo = value(
        get=lambda page, call: page.info(lambda card: _card_cursor(card.key)), description="Whether there is more."
    )


async def _scorecards(
    reader: Reader,
    rows: Sequence[Any],
    period: PeriodInput,
    group_by: list[ScorecardDimension] | None = None,
    compare_to: Comparison | None = None,
    filter: ScorecardFilter | None = None,
    first: int = 20,
    after: str | None = None,
) -> list[ValuePage]:
    behind = None if after is None else _card_place(after)
    asked = await _asked(reader, period, group_by, compare_to, filter)
    found = await cards.scorecards(reader, asked)
    rest = found if behind is None else _behind(found, behind)
    return [ValuePage(rest[:first], more=len(rest) > first, after=after)]


async def _asked(
    reader: Reader,
    period: PeriodInput,
    group_by: Sequence[ScorecardDimension] | None,
    compare_to: Comparison | None,
    filter: ScorecardFilter | None,
) -> cards.Asked:
    brand = await cards.brand_of(reader)

    def days(since: date, until: date) -> Days:
        starts, ends = instants(PeriodInput(from_=since, to=until), cards.zone_of(brand))
        return Days(since, until, starts, ends)

    given = filter or ScorecardFilter()
    stores = await choice_of_stores(reader, given.store)
    choices = {
        ScorecardDimension.STORE: stores,
        ScorecardDimension.STAFF: choice_of_ids(given.staff, "StaffMember"),
        ScorecardDimension.CHANNEL: choice_of_ids(given.channel, "Channel"),
        ScorecardDimension.CAMPAIGN: choice_of(given.campaign),
    }
    before = None if compare_to is None else days(*cards.compared(period.from_, period.to, compare_to))
    return cards.Asked(
        brand=brand,
        days=days(period.from_, period.to),
        previous=before,
        dimensions=tuple(dict.fromkeys(group_by or ())),
        choices={dimension: choice for dimension, choice in choices.items() if choice != Choice()},
        metrics=choice_of(given.metric),
        groups=choice_of_ids(given.group, "OpsGroup"),
        roles=choice_of_ids(given.role, "ServiceRole"),
        store_id=stores.sets[0][0] if [len(one) for one in stores.sets] == [1] else None,
        permissions=frozenset(reader.call.caller.permissions),
    )


def _check(
    period: PeriodInput,
    group_by: list[ScorecardDimension] | None = None,
    compare_to: Comparison | None = None,
    filter: ScorecardFilter | None = None,
    first: int = 20,
    after: str | None = None,
) -> None:
    check_period(period, "scorecards(period)")
    check_first("scorecards", first)
    if after is not None:
        _card_place(after)
    check_filter("scorecards", filter, ("metric", "role", "group", "store", "staff", "channel", "campaign"))


def _behind(found: Sequence[Card], place: Sequence[str]) -> Sequence[Card]:
    """The cards behind a place. Where there is no card any more, the place is where it would stand."""
    unit_id, *split = place
    order = list(dict.fromkeys(_unit_text(card.key.unit) for card in found))
    if unit_id not in order:
        return []
    here = (order.index(unit_id), tuple(split))
    return [card for card in found if (order.index(_unit_text(card.key.unit)), cards.sorted_split(card.key)) > here]


def _unit_ref(unit: Unit | None) -> Any:
    return None if unit is None else ref(unit.id, unit.node_type)


def _unit_text(unit: Unit | None) -> str:
    return "" if unit is None else str(unit.id)


def _card_cursor(key: Key) -> str:
    return written_place([_unit_text(key.unit), *cards.sorted_split(key)])


def _card_place(cursor: str) -> list[str]:
    place = read_place(cursor)
    if not place:
        raise bad_argument("scorecards(after): this is not a cursor of the list.", "after")
    return place


@strawberry.type
class ScorecardQueries:
    scorecards: ScorecardConnection = computed(
        _scorecards,
        check=_check,
        permission=Permission.CUSTOMER_READ,
        arguments=[
            argument("period", PeriodInput, "Facts of these days."),
            argument(
                "group_by",
                list[ScorecardDimension] | None,
                "A card for each value of these, besides the role or group.",
                default=None,
            ),
            argument("compare_to", Comparison | None, "With which period figures are compared.", default=None),
            argument("filter", ScorecardFilter | None, "Which cards, figures and facts.", default=None),
            argument("first", int, "How many cards, at most 100.", default=20),
            argument("after", str | None, "Cards behind this cursor.", default=None),
        ],
        description="What each group and role reached of what it answers for 指标卡, counted from the recorded facts of the "
        "customers the caller sees. A metric stands on the card of who answers for it and on no other. Figures whose facts the "
        "caller may not read are left out.",
    )
