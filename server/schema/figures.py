"""Figures of scorecards, and the facts behind each: values, not rows."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from server.db.reader import Reader
from server.operations.metrics import Better, Metric, MetricKind
from server.planner.declarations import argument, computed, ref, value
from server.schema.nodes import Node, PageInfo
from server.schema.scalars import locale_argument
from server.schema.value_pages import ValuePage, bad_argument, check_first, read_place, written_place
from server.scorecards import counting
from server.scorecards.figures import Fact, Figure
from server.scorecards.score_terms import FactResult, ShownBeside

if TYPE_CHECKING:
    from server.schema.customers import Customer
    from server.schema.journeys import MetricTarget, Stage
    from server.schema.staff import StaffMember
    from server.schema.stores import Store


@strawberry.type(description="What a metric came to in another period.")
class PreviousFigure:
    since: date = value(get=lambda reached, call: reached.days.since, description="The first day of that period.")
    until: date = value(get=lambda reached, call: reached.days.until, description="The day behind its last one.")
    numerator: int = value(get=lambda reached, call: reached.tally.numerator, description="Hits.")
    denominator: int = value(get=lambda reached, call: reached.tally.denominator, description="Hits and misses.")
    maturing: int = value(get=lambda reached, call: reached.tally.maturing, description="In neither of the two.")
    value: Decimal | None = value(description="The share, to four places; null below `minSample`.")


@strawberry.type(description="A second number that is shown with a figure.")
class FigureBeside:
    kind: ShownBeside = value(description="Which number.")
    number: Decimal = value(get=lambda beside, call: beside.value, description="The number, to four places.")


@strawberry.type(description="The stages a conversion runs between, and in what time.")
class FigureWindow:
    from_stage: Annotated["Stage", strawberry.lazy("server.schema.journeys")] | None = value(
        get=lambda window, call: ref(window.from_stage_id), description="Counted are cases that entered this stage."
    )
    to_stage: Annotated["Stage", strawberry.lazy("server.schema.journeys")] | None = value(
        get=lambda window, call: ref(window.to_stage_id),
        description="Hits are those that entered this stage, or one behind it.",
    )
    days: int = value(description="Within so many days of 24 hours.")


@strawberry.type(description="One row a figure was counted from.")
class MetricFact:
    at: datetime = value(description="The moment by which it belongs to the period.")
    result: FactResult = value(description="How it counts.")
    subject: Node | None = value(
        get=lambda fact, call: ref(fact.subject_id, fact.node),
        description="The row: a case, appointment, feedback, promise, touchpoint, relationship or wow moment; null where "
        "the caller may not read such.",
    )
    customer: Annotated["Customer", strawberry.lazy("server.schema.customers")] | None = value(
        get=lambda fact, call: ref(fact.customer_id), description="Whose it is; null where nobody is known."
    )
    staff: Annotated["StaffMember", strawberry.lazy("server.schema.staff")] | None = value(
        get=lambda fact, call: ref(fact.staff_id),
        description="Who is credited with it: whoever did it, or held the role for the customer then.",
    )
    store: Annotated["Store", strawberry.lazy("server.schema.stores")] | None = value(
        get=lambda fact, call: ref(fact.store_id), description="Where it happened; else the customer's home store."
    )


@strawberry.type(description="One fact with its place.")
class MetricFactEdge:
    cursor: str = value(get=lambda fact, call: _fact_cursor(fact), description="Its place in the list.")
    node: MetricFact = value(get=lambda fact, call: fact, description="The fact.")


@strawberry.type(description="A page of facts, the newest first.")
class MetricFactConnection:
    edges: list[MetricFactEdge] = value(get=lambda page, call: page.items, description="The facts with their cursors.")
    nodes: list[MetricFact] = value(
        get=lambda page, call: page.items, description="The facts, where cursors are not needed."
    )
    page_info: PageInfo = value(get=lambda page, call: page.info(_fact_cursor), description="Whether there is more.")


async def _facts(
    reader: Reader,
    rows: Sequence[Figure],
    results: list[FactResult] | None = None,
    first: int = 20,
    after: str | None = None,
) -> list[ValuePage]:
    behind = None if after is None else _fact_place(after)
    wanted = list(FactResult) if results is None else results
    found = await counting.listed(reader, rows, wanted, first=first, after=behind)
    return [ValuePage(facts[:first], more=len(facts) > first, after=after) for facts in found]


def _check_facts(results: list[FactResult] | None = None, first: int = 20, after: str | None = None) -> None:
    check_first("facts", first)
    if after is not None:
        _fact_place(after)


@strawberry.type(description="One metric of a card 指标: a share of recorded facts.")
class MetricFigure:
    metric: Metric = value(description="Which.")
    label: str = value(
        get=lambda figure, call, locale=None: figure.metric.label(locale or call.locale),
        arguments=[locale_argument()],
        description="What it is called.",
    )
    kind: MetricKind = value(get=lambda figure, call: figure.metric.definition.kind, description="How it is computed.")
    better: Better = value(
        get=lambda figure, call: figure.metric.definition.better, description="Which way it should move."
    )
    is_headline: bool = value(description="Whether it is the headline figure of the role or group.")
    numerator: int = value(get=lambda figure, call: figure.reached.tally.numerator, description="Hits.")
    denominator: int = value(
        get=lambda figure, call: figure.reached.tally.denominator, description="Hits and misses: the sample."
    )
    maturing: int = value(
        get=lambda figure, call: figure.reached.tally.maturing,
        description="Facts of the period whose time is not over 观察期内: in neither of the two.",
    )
    min_sample: int = value(
        get=lambda figure, call: figure.metric.definition.min_sample,
        description="The smallest denominator that gives a value.",
    )
    is_enough: bool = value(
        get=lambda figure, call: figure.reached.is_enough, description="Whether the sample is large enough."
    )
    window: FigureWindow | None = value(description="Of a stage conversion: between which stages, in what time.")
    beside: FigureBeside | None = value(
        description="Of satisfaction the mean score, of the first response the median; null below `minSample`."
    )
    previous: PreviousFigure | None = value(description="The same in the period compared with; null without one.")
    change: Decimal | None = value(description="How much higher the value is than before; null where either is.")
    target: Annotated["MetricTarget", strawberry.lazy("server.schema.journeys")] | None = value(
        get=lambda figure, call: ref(figure.target and figure.target.id),
        description="What is to be reached now 目标: at the card's store, or else everywhere. Null where nothing was set.",
    )
    is_on_target: bool | None = value(
        description="Whether the value reaches the target; null where there is none of either."
    )
    facts: MetricFactConnection = computed(
        _facts,
        check=_check_facts,
        arguments=[
            argument("results", list[FactResult] | None, "Those that count so; all if left out.", default=None),
            argument("first", int, "How many, at most 100.", default=20),
            argument("after", str | None, "Behind this cursor.", default=None),
        ],
        description="The facts the figure was counted from, the newest first.",
    )
    value: Decimal | None = value(
        get=lambda figure, call: figure.reached.value,
        description="Numerator by denominator, to four places; null below `minSample`.",
    )


def _fact_cursor(fact: Fact) -> str:
    return written_place([fact.at.isoformat(), str(fact.id)])


def _fact_place(cursor: str) -> tuple[datetime, UUID]:
    try:
        at, id = read_place(cursor) or []
        return datetime.fromisoformat(at).astimezone(UTC), UUID(id)
    except (ValueError, OverflowError):
        raise bad_argument("facts(after): this is not a cursor of the list.", "after") from None
